"""Draw whatever a model calls its things, wherever the program runs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from negotiation.report.output import writing
from negotiation.words import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@contextmanager
def drawing() -> Iterator[None]:
    """Draw under settings in which a text is drawn as it stands; also a decorator.

    Two dollar signs are money, not mathematics. A backend that a notebook has asked for is none of
    ours: pictures are drawn to files, by matplotlib's own canvas.
    """
    asked = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    finally:
        if asked is not None:
            os.environ["MPLBACKEND"] = asked
    plain = {"text.parse_math": False, "text.usetex": False}
    with matplotlib.rc_context(plain), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


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
        figure.savefig(part, dpi=160, bbox_inches="tight", facecolor="white", **options)
