"""Texts of a picture: how wide they are, where they break, and how numbers are written on it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from negotiation.report.document import Form
from negotiation.words import printable

#: Sizes in pixels: of ticks and small print, of names, and of a value that stands alone.
SMALL, NAME, LARGE = 12.0, 13.0, 15.0

#: From one line to the next, in heights of letters.
LEADING = 1.25

MINUS = "\u2212"
_NO_BREAK = "\u00a0"

#: Widths of letters in ems, as the widest of the usual fonts has them.
_EMS = {
    letter: ems
    for ems, letters in (
        (0.29, "'ijlIJ"),
        (0.33, " ,.\u00a0\u00b7\u2019"),
        (0.36, "/:;\\|f-"),
        (0.41, "()[]tr!\u00b2\u00b3\u00b9"),
        (0.53, '"*_`sczk?\u2013'),
        (0.6, "LFPvxyoaTY"),
        (0.7, "AVKBRXCZ"),
        (0.8, "UHNDGOQ&"),
        (0.87, "w#+<=>^~\u2212\u00d7\u2192M\u00b1"),
        (1.02, "m%W@\u2014\u2026"),
    )
    for letter in letters
}
_OTHER, _WIDE = 0.65, 1.0

#: How much wider bold letters are.
_BOLD = 1.12


def width(text: str, size: float = SMALL, *, bold: bool = False) -> float:
    """Pixels that a text takes at most, in any of the usual fonts."""
    ems = sum(_EMS.get(c, _OTHER if ord(c) < 0x1100 else _WIDE) for c in text)
    return ems * size * (_BOLD if bold else 1.0)


def wrapped(
    text: str, size: float, room: float, *, bold: bool = False, most: int = 3
) -> tuple[str, ...]:
    """Break a text over at most so many lines of a width; what is left over becomes dots."""
    found: list[str] = []
    line = ""
    for word in printable(text).replace(" %", f"{_NO_BREAK}%").split(" "):
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= room:
            line = longer
            continue
        found += [line] if line else []
        line = word
        while width(line, size, bold=bold) > room and len(found) <= most and len(line) > 1:
            cut = _fitting(line, size, room, bold=bold)
            found.append(line[:cut])
            line = line[cut:]
        if len(found) > most:
            break
    found += [line] if line else []
    if len(found) <= most:
        return tuple(found)
    last = found[most - 1]
    while last and width(f"{last}\u2026", size, bold=bold) > room:
        last = last[:-1]
    return (*found[: most - 1], f"{last.rstrip()}\u2026")


def balanced(text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break a text over as few lines as it needs, of about the same length."""
    found = wrapped(text, size, room, bold=bold)
    if len(found) > 1 and not found[-1].endswith("\u2026"):
        for share in (0.6, 0.7, 0.8, 0.9):
            closer = wrapped(text, size, share * room, bold=bold)
            if len(closer) == len(found) and closer[-1][-1:] == found[-1][-1:]:
                return closer
    return found


def _fitting(text: str, size: float, room: float, *, bold: bool) -> int:
    taken, cut = 0.0, 0
    for c in text:
        taken += width(c, size, bold=bold)
        if taken > room:
            break
        cut += 1
    return max(1, cut)


def widest(lines: Iterable[str], size: float, *, bold: bool = False) -> float:
    """Pixels of the widest of some lines."""
    return max((width(line, size, bold=bold) for line in lines), default=0.0)


def spread_out(
    wanted: Sequence[float], sizes: Sequence[float], low: float, high: float, gap: float = 3.0
) -> list[float]:
    """Return centres of labels near the wanted ones, none over another, between two ends.

    Where they do not fit, they run over the upper end.
    """
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    centres = [0.0] * len(wanted)
    floor = low
    for k in order:
        centres[k] = max(wanted[k], floor + 0.5 * sizes[k])
        floor = centres[k] + 0.5 * sizes[k] + gap
    ceiling = high
    for k in reversed(order):
        centres[k] = min(centres[k], ceiling - 0.5 * sizes[k])
        ceiling = centres[k] - 0.5 * sizes[k] - gap
    floor = low
    for k in order:
        centres[k] = max(centres[k], floor + 0.5 * sizes[k])
        floor = centres[k] + 0.5 * sizes[k] + gap
    return centres


# --- numbers --------------------------------------------------------------------------------------


#: Larger numbers have no place on paper, nor have their differences.
_LARGEST = 1e300


def known(*values: float | None) -> bool:
    """Whether all of these are numbers that can be drawn."""
    return all(value is not None and abs(value) <= _LARGEST for value in values)


@dataclasses.dataclass(frozen=True)
class Numerals:
    """How the numbers of one picture are written: two digits, three from a hundred on.

    Attributes
    ----------
    decimals : int
        Most decimals that any of them has.
    percent : bool
        Whether fractions are written as percentages.
    signed : bool
        Whether positive numbers carry their sign.
    """

    decimals: int
    percent: bool = False
    signed: bool = False

    @classmethod
    def of(cls, values: Iterable[float | None], form: Form) -> Numerals:
        """Numerals of a picture by all its numbers; NaN and None are none of them."""
        percent = form in (Form.SHARE, Form.CHANCE)
        found = [
            value * (100.0 if percent else 1.0)
            for value in values
            if value is not None and known(value)
        ]
        signed = form == Form.CHANGE or (form == Form.MONEY and min(found, default=0.0) < 0.0)
        largest = max(map(abs, found), default=0.0)
        # One decimal where the largest has two digits before the point: -13 is the sum of -7.2, ..
        decimals = max(_decimals(largest), int(largest < 100.0))
        return cls(decimals, percent, signed)

    def __call__(self, value: float | None) -> str:
        """Write a number; what is none is a dash."""
        if value is None or not known(value):
            return "\u2013"
        number = value * (100.0 if self.percent else 1.0)
        end = f"{_NO_BREAK}%" if self.percent else ""
        if round(number, self.decimals) == 0.0:  # nothing, beside the others
            return f"0{end}"
        return f"{plain(number, min(self.decimals, _decimals(number)), signed=self.signed)}{end}"


def plain(number: float, decimals: int, *, signed: bool = False) -> str:
    """Write a number with so many decimals; digits before the point are rounded where negative."""
    if not known(number):
        return "\u2013"
    if number != 0.0 and not 1e-4 <= abs(number) < 1e7:
        return _powers_of_ten(number, signed=signed)
    told = round(number, decimals)
    if told == 0.0:
        return "0"
    sign = MINUS if told < 0.0 else ("+" if signed else "")
    return f"{sign}{abs(told):,.{max(decimals, 0)}f}"


def _powers_of_ten(number: float, *, signed: bool) -> str:
    digits, power = f"{abs(number):.1e}".split("e")
    raised = str(int(power)).translate(
        str.maketrans(
            "-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
        )
    )
    sign = MINUS if number < 0.0 else ("+" if signed else "")
    return f"{sign}{digits.removesuffix('.0')}\u00b710{raised}"


def _decimals(number: float) -> int:
    """Decimals with which a number has two digits, and three from a hundred on."""
    size = abs(number)
    if not size > 0.0 or not math.isfinite(size):
        return 0
    size = float(f"{size:.1e}")
    digits = 2 if size < 100.0 else 3
    return min(digits - 1 - math.floor(math.log10(size)), 300)


def span(low: str, high: str) -> str:
    """Write a range."""
    return f"({low} to {high})"


def round_ends(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return at most so many round numbers, evenly apart, that enclose a range.

    The range is not empty.
    """
    rough = (high / most - low / most) or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    for times in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0):
        step = times * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= most:
            break
    return tuple(k * step for k in range(first, last + 1))


def round_within(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return at most so many round numbers, evenly apart, within a range."""
    for each in range(most, 1, -1):
        found = tuple(t for t in round_ends(low, high, each + 2) if _inside(t, low, high))
        if 0 < len(found) <= most:
            return found
    return (low,)


def _inside(value: float, low: float, high: float) -> bool:
    slack = 1e-9 * (high - low)
    return low - slack <= value <= high + slack


def of_ticks(ticks: Sequence[float], form: Form, *, signed: bool = False) -> list[str]:
    """Write the numbers of an axis, all with the same decimals."""
    percent = form in (Form.SHARE, Form.CHANCE)
    scaled = [tick * (100.0 if percent else 1.0) for tick in ticks]
    step = scaled[1] - scaled[0] if len(scaled) > 1 else max(abs(scaled[0]), 1.0)
    decimals = next(
        (d for d in range(5) if abs(round(step, d) - step) <= 1e-6 * abs(step)),
        4,
    )
    end = f"{_NO_BREAK}%" if percent else ""
    slack = 1e-9 * abs(step)
    return [f"{plain(0.0 if abs(t) < slack else t, decimals, signed=signed)}{end}" for t in scaled]
