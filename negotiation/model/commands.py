"""Commands about a model that can be pasted: its file as it was given, quoted for the shell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from negotiation.shell import command

if TYPE_CHECKING:
    from negotiation.model.model import Model


def address(model: Model | type[Model]) -> str:
    """Return what a user writes for a model: its name if it is shipped, else its path as given."""
    given = model.catalogue_address or model.name()
    return f"./{given}" if given.startswith("-") else given


def command_about(verb: str, model: Model | type[Model], *options: str) -> str:
    """Return a command about a model; an option is its name, a blank, and its value.

    An option given once more takes the place of the first, as `--select` and `--threat` do; what
    is varied or drawn is not set as well.
    """
    last: dict[str, str] = {}
    for each in options:
        last.pop(_subject(each), None)
        last[_subject(each)] = each
    words = [word for each in last.values() for word in each.split(" ", 1)]
    return command("negotiation", *verb.split(), address(model), *words)


def _subject(option: str) -> str:
    """What an option decides: a parameter, or what its own name says."""
    found = re.match(r"--(?:set|vary|over) ([^=]*)=", option)
    return f"parameter {found[1]}" if found else option.partition(" ")[0]
