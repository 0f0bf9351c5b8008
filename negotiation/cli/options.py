"""Arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from negotiation.cli.streams import Voice
from negotiation.errors import GridError, ParameterError, nearest


def _hush(wanted: bool) -> bool:
    Voice.quiet = wanted
    return wanted


ModelName = Annotated[
    str, typer.Argument(metavar="MODEL", help="A shipped model's name, or the path of a file.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter; may be repeated."),
]
Rule = Annotated[
    str,
    typer.Option(
        "--select", metavar="RULE", help="Which equilibrium is the threat if there are several."
    ),
]
Threat = Annotated[
    str,
    typer.Option(
        "--threat",
        metavar="POINT",
        help="If talks fail: posture (default), dispute, status_quo, or the model's own.",
    ),
]
TextKind = Annotated[
    str | None,
    typer.Option("--format", metavar="KIND", help="Print table (default), json or md."),
]
TextFile = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to FILE.json, .md or .txt."),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", callback=_hush, help="Say nothing on stderr but errors and warnings."),
]
Budget = Annotated[
    float,
    typer.Option("--budget", metavar="SECONDS", help="Time for each game, reading included."),
]


def check_budget(seconds: float) -> float:
    """Check a number of seconds given to --budget."""
    if not 0 <= seconds < float("inf"):
        raise ParameterError(f"a budget of {seconds} was given; expected seconds, 0 or more")
    return seconds


def read_settings(settings: Sequence[str] | None) -> dict[str, Any]:
    """Read `name=value` pairs; a parameter turns its text into a number itself."""
    values: dict[str, Any] = {}
    for text in settings or []:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or not value:
            raise ParameterError(
                f"'{text}' sets nothing; expected --set name=value, e.g. --set diversification=0.2"
            )
        if name in values:
            raise ParameterError(f"parameter {name} is set twice; keep one")
        values[name] = value
    return values


def check_format(kind: str, known: Sequence[str]) -> str:
    """Check a word given to --format."""
    if kind not in known:
        raise GridError(
            f"format '{kind}' is unknown{nearest(kind, known)}; choose from {', '.join(known)}"
        )
    return kind
