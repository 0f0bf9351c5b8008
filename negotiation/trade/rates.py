"""Tariffs as they are written: fractions, or percent where that is said, and a question in doubt.

A duty of 12.5 % is 0.125. Whoever writes 12.5 gets 1,250 %, and every result with it. Such rates
are refused with a question unless the unit is stated: `tariff_unit`, or a percent sign.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ParameterError, nearest
from negotiation.tolerances import TARIFF_BAN, TARIFF_LIMIT, TARIFF_NEVER, TARIFF_USUAL

UNITS = ("fraction", "percent")

#: What to do about a doubt, in a file and in Python.
IN_FILES = (
    "--tariff-unit percent divides all of them by 100, --tariff-unit fraction takes them as they "
    "are; in Python tariff_unit='percent' or 'fraction'"
)
IN_PYTHON = "tariff_unit='percent' divides all of them by 100, 'fraction' takes them as they are"


def divisor(unit: str | None) -> float:
    """Return what rates of a unit are divided by.

    Raises
    ------
    ParameterError
        For an unknown unit.
    """
    if unit is not None and unit not in UNITS:
        raise ParameterError(
            f"tariff_unit '{unit}' is unknown{nearest(str(unit), UNITS)}; choose fraction or "
            "percent"
        )
    return 100.0 if unit == "percent" else 1.0


def percentage(given: Any) -> float | None:
    """Return the fraction that a text with a percent sign stands for, None for all else.

    The sign states the unit, so that such a rate is never in doubt.
    """
    if not (isinstance(given, str) and given.strip().endswith("%")):
        return None
    try:
        rate = float(given.strip()[:-1]) / 100.0
    except ValueError:
        return None
    return rate if math.isfinite(rate) else None


def doubt(rates: NDArray[np.float64], written: bool = True) -> int | None:
    """Position of the rate, of flattened rates, that is no fraction by its size; None if none is.

    One beyond 1,000 %, or the first above 100 % where most that are not zero are. Rates of bans
    such as 9.99 do not count among the latter.

    Parameters
    ----------
    rates : array
    written : bool
        Whether they stand in a file. Elsewhere they may have been drawn or solved for, and the
        second rule asks for two decimals at most, as rates have that somebody typed.
    """
    flat = np.ravel(rates)
    if not flat.size or not flat.max() > TARIFF_USUAL:
        return None
    if flat.max() > TARIFF_LIMIT:
        return int(flat.argmax())
    counted = (flat != 0.0) & (flat < TARIFF_BAN)
    high = counted & (flat > TARIFF_USUAL)
    asked = 2 * high.sum() > counted.sum() and (written or bool(_typed(flat[high]).all()))
    return int(high.argmax()) if asked else None


def doubt_of_changes(rates: NDArray[np.float64], several: bool) -> int | None:
    """Position of a new rate of a counterfactual that is no fraction by its size; None if none is.

    Whoever asks for a counterfactual may try duties of several hundred percent, or end trade with
    one of a million. So only what somebody typed is asked about: between 1,000 and 100,000 %, or
    three different ones above 100 % that are most of what changes (in a batch: all, as a grid
    begins below).
    """
    flat = np.ravel(rates)
    if not flat.size or not flat.max() > TARIFF_USUAL:
        return None
    typed = _typed(flat)
    beyond = typed & (flat > TARIFF_LIMIT) & (flat < TARIFF_NEVER)
    if beyond.any():
        return int(beyond.argmax())
    counted = (flat != 0.0) & (flat < TARIFF_BAN)
    high = counted & (flat > TARIFF_USUAL)
    most = bool((high == counted).all()) if several else 2 * high.sum() > counted.sum()
    asked = most and bool(typed[high].all()) and len(np.unique(flat[high])) > 2
    return int(high.argmax()) if asked else None


def _typed(rates: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.round(rates, 2) == rates)


def question(rate: float, way_out: str) -> str:
    """Ask about a rate in doubt."""
    said = f"{rate:g} is {100.0 * rate:,.6g} %"
    if rate <= TARIFF_LIMIT:
        said += ", and most of what is not zero is above 100 %"
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
        stated = percentage(high) is not None
        least, most = (
            float(each) if percentage(each) is None else float(percentage(each) or 0.0)
            for each in (low, high)
        )
    except (TypeError, ValueError):
        raise ParameterError(
            f"bounds are {bounds!r}; expected two rates, the least and the largest, such as "
            "(-0.5, 5)"
        ) from None
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
