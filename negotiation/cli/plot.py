"""`negotiation plot`: one picture of a model or of a kept run, as a file for a memo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from negotiation.cli import complete
from negotiation.cli.options import Lever, command
from negotiation.cli.streams import note, say

if TYPE_CHECKING:
    from negotiation.case import Case
    from negotiation.study.kept import KeptRun

#: Figures of a report, beside those of the duties of each player.
FIGURES = (
    *("answer", "leverage", "tables", "packages", "dependence", "duties-over-time"),
    "assumptions-one-by-one",
)

#: The picture that a kept run has of its own: every number that is asked for, with its ranges.
_BANDS = "bands"


@command((), draws=400, runs=True)
def plot(
    case: Case,
    *,
    kept: KeptRun | None,
    picture: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Draw to FILE.svg, .png or .pdf."),
    ],
    which: Annotated[
        str,
        typer.Option(
            "--kind",
            autocompletion=complete.words("bands", *FIGURES, "duties-us", "duties-canada"),
            metavar="KIND",
            help="What is drawn: answer, leverage, tables, packages, dependence, duties-PLAYER, "
            "duties-over-time, assumptions-one-by-one; of a run also bands (default).",
        ),
    ] = "",
    shown: Annotated[
        str | None,
        typer.Option(
            "--show",
            autocompletion=complete.shown,
            metavar="NAMES",
            help="What bands show: deal, no_deal.us, loss.us, share, chances, or columns.",
        ),
    ] = None,
    lever: Lever = "",
) -> int:
    """Draw one picture of a model, or of the kept run of a sweep, for a memo 6.5 inches wide.

    The same numbers give the same file. SVG needs no matplotlib.
    """
    from negotiation.errors import ExitCode, ParameterError
    from negotiation.report.briefing.figures import check_kind, figure, kinds
    from negotiation.report.drawing import check_drawing, draw
    from negotiation.report.shown import read_names
    from negotiation.study.briefing import brief

    own = () if kept is None else (_BANDS,)
    kind = which or "".join(own)
    check_kind(kind, (*own, *kinds(case.model.players)), case.model.name())
    if shown and kind != _BANDS:
        raise ParameterError("--show says what bands of a kept run show; drop it, or --kind")
    check_drawing(picture)
    if kept is not None and kind == _BANDS:
        _bands(kept, picture, read_names(shown))
        return ExitCode.DONE
    found = brief(case, lever=lever, kept=None if kept is None else kept.drawn)
    draw(figure(found, kind), picture)
    note(f"wrote {picture}")
    if not found.certified:
        say(f"warning: {found.point.status}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE


def _bands(kept: KeptRun, picture: Path, names: list[str]) -> None:
    from negotiation.report.band_plot import bands_plot
    from negotiation.report.plots import check_picture
    from negotiation.study.bands import Bands

    assert kept.drawn is not None
    check_picture(picture)
    bands_plot(Bands.of(kept.drawn), picture, names)
    note(f"wrote {picture}: {kept.progress}")
