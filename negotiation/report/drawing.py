"""Figures as pictures in files for a memo: 6.5 inches wide, with title, subtitle and notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from negotiation.errors import missing_extra
from negotiation.report.figure import Figure
from negotiation.report.layout import lay_out
from negotiation.report.layout.lettering import wrapped
from negotiation.report.layout.sheet import LIGHT, Disc, LaidOut, MarkStyle, Outline, Written
from negotiation.report.output import check_writable, write_text
from negotiation.report.picture import HOUSE, canvas, drawing, save
from negotiation.report.place import kind_of
from negotiation.report.svg import written
from negotiation.words import printable

#: Endings of files that pictures are drawn to.
FORMATS: Final = (".png", ".svg", ".pdf")

#: Pixels of the page, of which its margins; a text of 12 pixels has 8.5 points on paper.
_PAGE, _MARGIN = 660.0, 12.0

#: Inches of the page, and points of a pixel.
_INCHES = 6.5
_POINT = 72.0 * _INCHES / _PAGE

#: Pixels of letters: 11 points for the title, 10 further down, 9 for subtitles, 8 for notes.
_TITLE, _HEAD, _SUBTITLE, _NOTE = (points / _POINT for points in (11.0, 10.0, 9.0, 8.0))


def draw(figure: Figure, path: Path, below: Sequence[Figure] = ()) -> None:
    """Draw a figure of any kind to a file: SVG, PNG or PDF by its ending.

    The same figure gives the same file. SVG needs no matplotlib, and its texts stay texts.

    Parameters
    ----------
    figure : Figure
        Whose title and notes are those of the picture.
    path : Path
    below : sequence of Figure
        More of them, one below the other on the same page.

    Raises
    ------
    OutputError, MissingExtraError
    """
    page = _page(figure, below)
    if path.suffix.lower() == ".svg":
        write_text(path, written(page, figure, figure.name, inches=_INCHES) + "\n", "picture")
    elif find_spec("matplotlib") is None:
        raise missing_extra("matplotlib", f"Drawing {path.name}")
    else:
        _print(page, figure, path)


def check_place(path: Path) -> None:
    """Refuse a file that no picture can be written to.

    Raises
    ------
    OutputError
    """
    kind_of(path, {each: each for each in FORMATS}, None, "a plot is drawn to", option="")
    check_writable(path)


def check_drawing(path: Path) -> None:
    """Refuse a picture that cannot be drawn, before any work is done.

    Raises
    ------
    OutputError, MissingExtraError
    """
    check_place(path)
    if path.suffix.lower() != ".svg" and find_spec("matplotlib") is None:
        raise missing_extra("matplotlib", f"Drawing {path.name}")


@drawing({**HOUSE, "axes.grid": False})
def _print(page: LaidOut, figure: Figure, path: Path) -> None:
    picture = canvas(figsize=(_INCHES, page.height * _POINT / 72.0))
    axes = picture.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, page.width)
    axes.set_ylim(page.height, 0.0)
    axes.set_axis_off()
    for order, mark in enumerate(page.marks):
        if isinstance(mark, Written):
            _write(axes, mark, order)
        elif isinstance(mark, Disc):
            _disc(axes, mark, order)
        else:
            _outline(axes, mark, order)
    title, alt = (printable(text) for text in (figure.title, figure.alt))
    described = {"Title": title, "Subject" if path.suffix.lower() == ".pdf" else "Description": alt}
    save(picture, path, dpi=HOUSE["savefig.dpi"], bbox_inches=None, metadata=described)


def _page(figure: Figure, below: Sequence[Figure]) -> LaidOut:
    """The figures with what stands above and below them, on one sheet."""
    room = _PAGE - 2.0 * _MARGIN
    page = LaidOut(_PAGE)
    top = _MARGIN
    for each in (figure, *below):
        size = _TITLE if each is figure else _HEAD
        title = wrapped(each.title, size, room, bold=True)
        top = page.paragraph(_MARGIN, top, title, size=size, bold=True)
        subtitle = wrapped(each.subtitle, _SUBTITLE, room)
        top = page.paragraph(_MARGIN, top, subtitle, size=_SUBTITLE, colour="soft") + 6.0
        inside = lay_out(each, room)
        page.marks += [_moved(mark, _MARGIN, top) for mark in inside.marks]
        top += inside.height + (14.0 if below else 8.0)
    small = wrapped(" ".join(figure.notes), _NOTE, room, most=12)
    page.height = page.paragraph(_MARGIN, top, small, size=_NOTE, colour="soft") + _MARGIN
    return page


def _moved(mark: Written | Disc | Outline, right: float, down: float) -> Any:
    if isinstance(mark, Outline):
        pieces = tuple(tuple((x + right, y + down) for x, y in piece) for piece in mark.pieces)
        return dataclasses.replace(mark, pieces=pieces)
    return dataclasses.replace(mark, x=mark.x + right, y=mark.y + down)


def _colour(name: str) -> str:
    return LIGHT.get(name, name) or "none"


def _write(axes: Any, mark: Written, order: int) -> None:
    from matplotlib.patheffects import withStroke

    text = axes.text(
        mark.x,
        mark.y,
        mark.text,
        fontsize=mark.size * _POINT,
        color=_colour(mark.colour),
        fontweight="bold" if mark.bold else "normal",
        ha={"start": "left", "middle": "center", "end": "right"}[mark.anchor],
        va="baseline",
        zorder=order,
    )
    if mark.clear:
        text.set_path_effects([withStroke(linewidth=2.2, foreground=LIGHT["paper"])])


def _painted(look: MarkStyle, order: int) -> dict[str, Any]:
    """Settings of matplotlib for a look."""
    from matplotlib.colors import to_rgba

    fill = to_rgba(_colour(look.fill), look.opacity) if look.fill else "none"
    found: dict[str, Any] = {
        "facecolor": fill,
        "edgecolor": _colour(look.stroke),
        "linewidth": look.width * _POINT if look.stroke else 0.0,
        "zorder": order,
    }
    if look.dash:
        found["linestyle"] = (0.0, tuple(each * _POINT for each in look.dash))
    if look.hatched:
        over = _colour(look.fill) if look.opacity < 0.5 else LIGHT["paper"]
        found |= {"hatch": "////", "edgecolor": to_rgba(over, 0.45)}
    return found


def _disc(axes: Any, mark: Disc, order: int) -> None:
    from matplotlib.patches import Circle

    axes.add_patch(Circle((mark.x, mark.y), mark.radius, **_painted(mark.look, order)))


def _outline(axes: Any, mark: Outline, order: int) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Line

    points: list[tuple[float, float]] = []
    codes: list[Any] = []
    for piece in mark.pieces:
        points += piece
        codes += [Line.MOVETO] + [Line.LINETO] * (len(piece) - 1)
        if mark.closed:
            points.append(piece[0])
            codes.append(Line.CLOSEPOLY)
    if points:
        shape = PathPatch(Line(points, codes), capstyle="butt", **_painted(mark.look, order))
        axes.add_patch(shape)


__all__ = ["FORMATS", "check_drawing", "check_place", "draw"]
