"""Tariffs as they are written: fractions, or percent where that is said, and a question in doubt.

A duty of 12.5 % is 0.125. Whoever writes 12.5 gets 1,250 %, and every result with it. Such rates
are refused with a question unless the unit is stated: `tariff_unit`, or a percent sign.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from negotiation.errors import ParameterError, nearest
from negotiation.tolerances import TARIFF_BAN, TARIFF_LIMIT, TARIFF_USUAL
from negotiation.trade.checks import Array

UNITS = ("fraction", "percent")

#: What to do about a doubt, in a file and in Python.
IN_FILES = (
    "--tariff-unit percent (in Python tariff_unit='percent') divides all of them by 100, fraction "
    "takes them as they are"
)
IN_PYTHON = "tariff_unit='percent' divides all of them by 100, 'fraction' takes them as they are"


def check_unit(unit: str | None) -> None:
    """Refuse an unknown unit.

    Raises
    ------
    ParameterError
    """
    if unit is not None and unit not in UNITS:
        raise ParameterError(
            f"tariff_unit '{unit}' is unknown{nearest(str(unit), UNITS)}; choose fraction or percent"
        )


def divisor(unit: str | None) -> float:
    """Return what rates of a unit are divided by."""
    check_unit(unit)
    return 100.0 if unit == "percent" else 1.0


def rate_of(text: str, unit: str | None = None) -> float:
    """Read a rate; a percent sign says its unit by itself.

    Raises
    ------
    ValueError
        As `float` does.
    """
    bare = text.strip()
    if bare.endswith("%"):
        return float(bare[:-1]) / 100.0
    return float(bare) / divisor(unit)


def plain(given: Any) -> Any:
    """Return rates with texts such as `25%` read; all else as it is."""
    return rate_of(given) if isinstance(given, str) and given.strip().endswith("%") else given


def doubt(rates: Array) -> int | None:
    """Position of the rate, among flattened baseline rates, that is no fraction by its size.

    One beyond 1,000 %, or the first above 100 % where most that are not zero are. Rates of bans
    such as 9.99 do not count among the latter.
    """
    flat = np.ravel(rates)
    if not flat.size or not flat.max() > TARIFF_USUAL:
        return None
    if flat.max() > TARIFF_LIMIT:
        return int(flat.argmax())
    counted = (flat != 0.0) & (flat < TARIFF_BAN)
    high = counted & (flat > TARIFF_USUAL)
    return int(high.argmax()) if 2 * high.sum() > counted.sum() else None


def doubt_of_scenarios(rates: Array, axes: int) -> int | None:
    """Position of a rate of scenarios, the last `axes` of them one scenario each, that is in doubt.

    Searches try duties of several hundred percent, so that only what somebody typed is asked about
    below 1,000 %: most rates of a scenario above 100 %, three different ones, of two decimals.
    """
    if not rates.size or not rates.max() > TARIFF_USUAL:
        return None
    if rates.max() > TARIFF_LIMIT:
        return int(rates.argmax())
    width = int(np.prod(rates.shape[rates.ndim - axes :], dtype=int))
    flat = rates.reshape(-1, width)
    counted = (flat != 0.0) & (flat < TARIFF_BAN)
    high = counted & (flat > TARIFF_USUAL)
    typed = np.where(high, np.round(flat, 2) == flat, True).all(axis=1)
    for row in np.flatnonzero(typed & (2 * high.sum(axis=1) > counted.sum(axis=1))):
        if len(np.unique(flat[row][high[row]])) > 2:
            return int(row) * width + int(high[row].argmax())
    return None


def question(rate: float, way_out: str) -> str:
    """Ask about a rate in doubt."""
    said = f"{rate:g} is {100.0 * rate:,.6g} %"
    if rate <= TARIFF_LIMIT:
        said += ", and most other tariffs that are not zero are above 100 % too"
    return f"{said}; tariffs are fractions, did you mean {rate / 100.0:g}? ({way_out})"


def limits(bounds: Any) -> tuple[float, float]:
    """Read the bounds on a rate: two fractions, or texts such as `50%`.

    Raises
    ------
    ParameterError
        Where they are no numbers, leave no room, or are percentages by their size.
    """
    try:
        low, high = bounds
        sure = [isinstance(each, str) for each in (low, high)]
        least, most = (
            rate_of(each) if text else float(each)
            for each, text in zip((low, high), sure, strict=True)
        )
    except (TypeError, ValueError):
        raise ParameterError(
            f"bounds are {bounds!r}; expected two rates, the least and the largest, such as "
            "(-0.5, 5)"
        ) from None
    stated = isinstance(high, str) and high.strip().endswith("%")
    if math.isfinite(most) and most > TARIFF_LIMIT and not stated:
        raise ParameterError(
            f"bounds ({least:g}, {most:g}) allow a rate of {100.0 * most:,.6g} %; rates are "
            f"fractions, did you mean ({least / 100.0:g}, {most / 100.0:g})? (a percent sign says "
            f"that it is meant: '{100.0 * most:g}%')"
        )
    if not -1.0 < least < most < math.inf:
        hint = ""
        if -100.0 < least <= -1.0 and least < most < math.inf:
            hint = f"; did you mean ({least / 100.0:g}, {most / 100.0:g})?"
        raise ParameterError(
            f"bounds ({least:g}, {most:g}) leave no room for a rate; expected two fractions above "
            f"-1, the lower first{hint}"
        )
    return least, most
