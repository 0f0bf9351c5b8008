"""Draw whatever a model calls its things, wherever the program runs."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from negotiation.report.output import writing
from negotiation.words import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The style of the house: 6.5 inches wide in a memo, and nothing under 8 points at that size.
HOUSE: dict[str, Any] = {
    "savefig.dpi": 200,
    "font.family": "sans-serif",
    "font.sans-serif": [
        "Source Sans 3",
        "Inter",
        "Segoe UI",
        "Helvetica Neue",
        "Arial",
        "DejaVu Sans",
    ],
    "font.size": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.6,
    "axes.edgecolor": "#444444",
    "axes.linewidth": 0.8,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "ytick.major.size": 0,
    "xtick.major.size": 3,
    "lines.linewidth": 2,
    "lines.scale_dashes": False,
    "hatch.linewidth": 0.7,
    "axes.unicode_minus": True,
    "svg.fonttype": "none",  # texts of an SVG stay texts
}


@contextmanager
def drawing(style: Mapping[str, Any] = MappingProxyType({})) -> Iterator[None]:
    """Draw under settings in which a text is drawn as it stands; also a decorator.

    Two dollar signs are money, not mathematics. A backend that a notebook has asked for is none of
    ours: pictures are drawn to files, by matplotlib's own canvas.

    Parameters
    ----------
    style : mapping
        Further settings of matplotlib, such as `HOUSE`.
    """
    asked = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    finally:
        if asked is not None:
            os.environ["MPLBACKEND"] = asked
    settings: Any = {
        "text.parse_math": False,
        "text.usetex": False,
        "svg.hashsalt": "negotiation",  # the same picture is the same file
        **style,
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings(), _quiet():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of fonts that this machine lacks: the next of the list is taken."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def canvas(**options: Any) -> Figure:
    """Return an empty figure with matplotlib's own canvas."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(**options)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path, **options: Any) -> None:
    """Write a figure whole, without characters that show nothing or break the file.

    Raises
    ------
    OutputError
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        if isinstance(text, Text):
            shown = printable(text.get_text(), keep="\n")
            if shown != text.get_text():
                text.set_text(shown)
    with writing(path) as part:
        usual = {"dpi": 160, "bbox_inches": "tight", "facecolor": "white"}
        # The day on which it is drawn is none of the picture's content.
        day = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower(), {})
        options["metadata"] = {**options.get("metadata", {}), **day}
        figure.savefig(part, **{**usual, **options})
