"""The page that lists every command, from the application itself: `docs/commands.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from negotiation.cli.app import GROUPS, TOPICS
from negotiation.cli.examples import EXAMPLES
from tests.docs.commands import every_command
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "commands.md"

_HEAD = """\
# Commands

`python -m tests.docs.remake` writes this page from the program, and a test compares the two.
`negotiation solve --help` prints the same in a terminal. [questions.md](questions.md) goes from a
question to its command, and [command_line.md](command_line.md) explains the options that many
commands share.
"""


def text() -> str:
    """Return the page, whole: the commands by topic, then each of them."""
    listed = [_HEAD.rstrip("\n")]
    for topic, places in TOPICS.items():
        rows = ["| command | answers |", "| --- | --- |"]
        for name, place in places.items():
            group = GROUPS.get(name)
            members = {f"{name} {each}": one.about for each, one in group.items()} if group else {}
            for words, about in (members or {name: place.about}).items():
                anchor = f"negotiation-{words.replace(' ', '-')}"
                rows.append(f"| [{words}](#{anchor}) | {_cell(about)} |")
        listed += [f"**{topic}**", "\n".join(rows)]
    sections = ["\n\n".join(_section(words, each)) for words, each in every_command()]
    return "\n\n".join([*listed, *sections]) + "\n"


def _section(words: str, command: Any) -> Iterator[str]:
    yield f"## negotiation {words}"
    yield from (" ".join(each.split()) for each in re.split(r"\n\s*\n", command.help.strip()))
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [
        each
        for each in command.params
        if each.param_type_name == "option" and not each.hidden and "--help" not in each.opts
    ]
    names = " ".join(_argument(each) for each in arguments)
    yield f"Usage: `negotiation {words} {names}".rstrip() + "`"
    rows = [f"| `{_argument(each)}` | {_cell(each.help or '')} |" for each in arguments]
    rows += [f"| `{_option(each)}` | {_cell(_meaning(each))} |" for each in options]
    if rows:
        yield "\n".join(["| argument or option | is |", "| --- | --- |", *rows])
    for example in EXAMPLES.get(words, ()):
        yield f"{example.about}:"
        yield f"```\n{example.line}\n```"


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    name += "..." if argument.nargs == -1 else ""
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> str:
    names = ", ".join(sorted(option.opts, key=lambda each: each.startswith("--")))
    if option.secondary_opts:
        return f"{names} / {', '.join(option.secondary_opts)}"
    return names if option.is_flag else f"{names} {option.metavar or option.type.name.upper()}"


def _meaning(option: Any) -> str:
    told, default = option.help or "", option.default
    if default is None or isinstance(default, bool) or default in ("", ()) or "efault" in told:
        return told
    return f"{told} Default: `{default}`."


def _cell(told: str) -> str:
    return " ".join(told.split()).replace("|", "\\|")
