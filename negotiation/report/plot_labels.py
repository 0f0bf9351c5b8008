"""Labels of a picture: broken over lines that fit, and set beside curves with none over another."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final

from negotiation.report.layout.lettering import spread_out
from negotiation.words import printable

#: Inches: of the page, of its margins to the right of the axes and at the edges.
WIDTH, RIGHT, SIDE = 6.5, 1.78, 0.08

#: Points: of labels and of small print; and how far apart lines are, in heights of letters.
SMALL, TINY, LEADING = 8.5, 8.0, 1.22

#: A hyphen that is the sign of a number, or of money.
_SIGN: Final = re.compile(r"(?<!\w)-(?=[\d.]|\S*[$€£])")

#: Widths of letters in ems, as the widest of the fonts has them; all others are as wide as a digit.
_EMS: Final = {
    **dict.fromkeys("ijl'|.,:;!", 0.32),
    **dict.fromkeys(" ftI()[]/-", 0.4),
    **dict.fromkeys("mMW@", 0.97),
    **dict.fromkeys("\u2212+=<>_", 0.84),
}


def label(text: str) -> list[str]:
    """Break a label over lines that fit on the right."""
    return wrapped(text, SMALL, RIGHT - 12.0 / 72.0 - 0.05)


def wrapped(text: str, size: float, inches: float) -> list[str]:
    """Break a text over lines of a width, between words where there are any."""
    found: list[str] = []
    for part in printable(text, keep="\n").split("\n"):
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if _ems(longer) * size <= 72.0 * inches:
                line = longer
                continue
            found += [line] if line else []
            line = word
            while _ems(line) * size > 72.0 * inches:
                cut = max(1, len(line) - 1)
                while cut > 1 and _ems(line[:cut]) * size > 72.0 * inches:
                    cut -= 1
                found.append(line[:cut])
                line = line[cut:]
        found += [line] if line else []
    return found


def _ems(text: str) -> float:
    return sum(_EMS.get(c, 0.63 if ord(c) < 0x1100 else 1.0) for c in text)


def room(labels: Sequence[Sequence[str]]) -> float:
    """Inches that labels take one above the other."""
    return sum(_high(len(label)) + 3.0 for label in labels) / 72.0


def _high(count: int) -> float:
    """Points that lines of a label take."""
    return count * SMALL * LEADING


def minus(text: str) -> str:
    """Write signs of numbers as minus signs; hyphens within words stay."""
    return _SIGN.sub("\u2212", text)


@dataclasses.dataclass(frozen=True)
class SideLabel:
    """A label to the right of axes.

    Attributes
    ----------
    value : float
        Height at which it belongs, in the unit of the axes.
    lines : sequence of str
    colour : str
    end : float
        Where its curve ends, as a share of the width of the axes.
    """

    value: float
    lines: Sequence[str]
    colour: str
    end: float = 1.0


def side_labels(axes: Any, labels: Sequence[SideLabel], ends: tuple[float, float]) -> None:
    """Write labels to the right of axes, each beside its curve and none over another."""
    box = axes.get_position()
    height = 72.0 * box.height * axes.figure.get_figheight()
    width = 72.0 * box.width * axes.figure.get_figwidth()
    per = height / (ends[1] - ends[0])
    wanted = [per * (each.value - ends[0]) for each in labels]
    places = spread_out(wanted, [_high(len(each.lines)) for each in labels], 0.0, height)
    for each, at, want in zip(labels, places, wanted, strict=True):
        axes.annotate(
            "\n".join(each.lines),
            (1.0, at / height),
            xycoords="axes fraction",
            xytext=(12, 0),
            textcoords="offset points",
            size=SMALL,
            color=each.colour,
            va="center",
            ha="left",
            linespacing=LEADING,
            annotation_clip=False,
        )
        if abs(at - want) > 3.0 or each.end < 1.0:
            axes.annotate(
                "",
                (each.end, want / height),
                xycoords="axes fraction",
                xytext=(11 + (1.0 - each.end) * width, at - want),
                textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": each.colour, "lw": 0.6, "shrinkA": 0},
                annotation_clip=False,
            )
