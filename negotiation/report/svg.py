"""Figures as plain SVG: no library, no script, colours that a page sets.

A page includes `STYLE` once and may set the variables of `variables`; without them a picture has
the colours of print on white paper.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Mapping, Sequence

from negotiation.report.figure import Figure
from negotiation.report.layout import lay_out
from negotiation.report.layout.sheet import (
    DARK,
    LIGHT,
    AxesPlace,
    Disc,
    LaidOut,
    Mark,
    MarkStyle,
    Outline,
    Point,
    Written,
)
from negotiation.words import printable

_FONTS = "system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"


def variables(colours: Mapping[str, str]) -> str:
    """Declarations of a page's colours: of `LIGHT`, of `DARK`, or its own."""
    return "".join(f"--{name}:{value};" for name, value in colours.items())


#: What a page says of colours once, above all pictures.
STYLE = "svg.figure{display:block;max-width:100%;height:auto;font-family:inherit}" + "".join(
    f"svg.figure .f-{name}{{fill:var(--{name},{value})}}"
    f"svg.figure .s-{name}{{stroke:var(--{name},{value})}}"
    for name, value in LIGHT.items()
)

__all__ = ["DARK", "LIGHT", "STYLE", "path", "scale", "svg", "variables", "written"]


def svg(figure: Figure, *, width: int = 720, ids: str = "") -> str:
    """Return a figure as SVG, without its title, notes and table, which the page has.

    Parameters
    ----------
    figure : Figure
        Of any kind.
    width : int
        Pixels for which it is laid out; letters are as large on every width.
    ids : str
        What ids in it begin with; otherwise the figure's name and the width.

    Returns
    -------
    str
        With ids such as `{ids}-median-0`, `{ids}-band-0` and `{ids}-ribbon`, and where the axes
        are as `data-left`, `data-x0` and so on, for scripts that replace paths.
    """
    sheet = lay_out(figure, width)
    return written(sheet, figure, ids or f"{figure.name}-{width}")


def written(sheet: LaidOut, figure: Figure, ids: str, *, inches: float | None = None) -> str:
    """Return a sheet that a figure is laid out on as SVG.

    Parameters
    ----------
    sheet : LaidOut
    figure : Figure
        Whose title and description it has.
    ids : str
        What ids in it begin with.
    inches : float, optional
        For a picture on its own: its width on paper, which is white.
    """
    head = re.sub(r"[^A-Za-z0-9_-]+", "-", ids) or "figure"
    wide, high = sheet.width, sheet.height
    size = (
        f'width="{_n(wide)}" height="{_n(high)}"'
        if inches is None
        else f'width="{inches:g}in" height="{inches * high / wide:.4g}in"'
    )
    paper = (
        ""
        if inches is None
        else f'<path class="f-paper" fill="{LIGHT["paper"]}" d="M0 0H{_n(wide)}V{_n(high)}H0Z"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" id="{head}" '
        f'viewBox="0 0 {_n(wide)} {_n(high)}" {size} role="img" '
        f'aria-labelledby="{head}-title {head}-desc" font-family="{_FONTS}"{_data(sheet.scale)}>'
        f'<title id="{head}-title">{_escaped(figure.title)}</title>'
        f'<desc id="{head}-desc">{_escaped(figure.alt)}</desc>{_patterns(sheet, head)}'
        f"{paper}{''.join(_groups(sheet, head))}</svg>"
    )


def scale(figure: Figure, width: int = 720) -> AxesPlace | None:
    """Where numbers are in a chart of lines or points laid out for a width; None for others."""
    return lay_out(figure, width).scale


def path(pieces: Sequence[Sequence[Point]], *, closed: bool = False) -> str:
    """Return the `d` of a line or an area in pieces."""
    end = "Z" if closed else ""
    return "".join("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in piece) + end for piece in pieces)


def _escaped(text: str) -> str:
    return html.escape(printable(text))


def _n(value: float) -> str:
    told = f"{value:.1f}".removesuffix(".0")
    return "0" if told == "-0" else told


def _data(found: AxesPlace | None) -> str:
    if found is None:
        return ""
    return "".join(
        f' data-{name.replace("_", "-")}="{value:.10g}"'
        for name, value in ((name, getattr(found, name)) for name in AxesPlace.__dataclass_fields__)
    )


# --- looks ----------------------------------------------------------------------------------------


def _colour(name: str, attribute: str) -> tuple[str, str]:
    """Class and attribute of a colour; the class lets a page change it."""
    if name in LIGHT:
        return f"{attribute[0]}-{name}", f'{attribute}="{LIGHT[name]}"'
    return "", f'{attribute}="{name or "none"}"'


def _look(look: MarkStyle, head: str) -> str:
    """Attributes of a look."""
    classes, found = [], []
    if look.hatched:
        found.append(f'fill="url(#{head}-{_pattern(look)})"')
    else:
        name, attribute = _colour(look.fill, "fill")
        classes.append(name)
        found.append(attribute)
        if look.opacity < 1.0:
            found.append(f'fill-opacity="{look.opacity:g}"')
    if look.stroke:
        name, attribute = _colour(look.stroke, "stroke")
        classes.append(name)
        found += [attribute, f'stroke-width="{look.width:g}"']
        if look.dash:
            found.append(f'stroke-dasharray="{" ".join(f"{each:g}" for each in look.dash)}"')
    named = " ".join(each for each in classes if each)
    return (f'class="{named}" ' if named else "") + " ".join(found)


def _pattern(look: MarkStyle) -> str:
    return f"hatch-{look.fill}-{round(100 * look.opacity)}"


def _patterns(sheet: LaidOut, head: str) -> str:
    """Fillings with lines over them: an area stays one path that a script may replace."""
    looks = {
        mark.look: None
        for mark in sheet.marks
        if not isinstance(mark, Written) and mark.look.hatched
    }
    found = []
    for look in looks:
        name, attribute = _colour(look.fill, "fill")
        over = look.fill if look.opacity < 0.5 else "paper"
        line, stroke = _colour(over, "stroke")
        found.append(
            f'<pattern id="{head}-{_pattern(look)}" width="6" height="6" '
            'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect class="{name}" {attribute} fill-opacity="{look.opacity:g}" width="6" '
            f'height="6"/><path class="{line}" {stroke} stroke-opacity="0.45" d="M0 0v6"/>'
            "</pattern>"
        )
    return f"<defs>{''.join(found)}</defs>" if found else ""


# --- marks ----------------------------------------------------------------------------------------


def _groups(sheet: LaidOut, head: str) -> list[str]:
    """Marks, those with the same look in one group."""
    found = []
    for attributes, marks in itertools.groupby(sheet.marks, key=lambda m: _shared(m, head)):
        inside = "".join(_mark(mark, head) for mark in marks)
        found.append(f"<g {attributes}>{inside}</g>")
    return found


def _shared(mark: Mark, head: str) -> str:
    if not isinstance(mark, Written):
        return _look(mark.look, head)
    name, attribute = _colour(mark.colour, "fill")
    classes = [name] if name else []
    found = [attribute, f'font-size="{mark.size:g}"']
    if mark.bold:
        found.append('font-weight="600"')
    if mark.anchor != "start":
        found.append(f'text-anchor="{mark.anchor}"')
    if mark.clear:
        under, stroke = _colour("paper", "stroke")
        classes.append(under)
        found += [stroke, 'stroke-width="3" stroke-linejoin="round" paint-order="stroke"']
    return (f'class="{" ".join(classes)}" ' if classes else "") + " ".join(found)


def _mark(mark: Mark, head: str) -> str:
    own = f' id="{head}-{mark.id}"' if mark.id else ""
    if isinstance(mark, Written):
        return f'<text{own} x="{_n(mark.x)}" y="{_n(mark.y)}">{_escaped(mark.text)}</text>'
    if isinstance(mark, Disc):
        return f'<circle{own} cx="{_n(mark.x)}" cy="{_n(mark.y)}" r="{_n(mark.radius)}"/>'
    assert isinstance(mark, Outline)
    return f'<path{own} d="{path(mark.pieces, closed=mark.closed)}"/>'
