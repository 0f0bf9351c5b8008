"""What the explorer shows of a state: rows, curves and sentences; the script makes the same."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import POSTURE
from negotiation.games.game import Array
from negotiation.study.explorer import ExploredState, Explorer
from negotiation.tolerances import RARE_REGIME

#: Draws from which on the range from 5 to 95 % is shown, fewer than where nothing can be moved: a
#: reader sees where it leads, and the command below has as many draws as are asked for.
FEW = 20

#: Places along the lever at which curves are computed, and of their table.
PLACES, TOLD = 21, 5

#: What the posture is called in the address of a page.
BREAKDOWN = "breakdown"

_MILLION = re.compile(r"(?P<currency>\S+) million(?P<rest>\b.*)")
_MINUS, _SPACE = "\u2212", "\u00a0"


@dataclasses.dataclass(frozen=True)
class Scale:
    """How money is written.

    Attributes
    ----------
    factor : float
        What amounts are multiplied by.
    decimals : int
    unit : str
        Of what is written.
    before, after : str
        What stands around a number in a sentence.
    """

    factor: float
    decimals: int
    unit: str
    before: str
    after: str

    @classmethod
    def of(cls, unit: str, largest: float) -> Scale:
        """Choose tenths of a billion, or digits that tell a hundredth of the largest payoff."""
        found = _MILLION.fullmatch(unit)
        large = found is not None and largest >= 1000.0
        factor, decimals = 1e-3 if large else 1.0, 1
        if not large:
            decimals = max(0, 2 - math.floor(math.log10(largest if largest > 0.0 else 1.0)))
        if found is None:
            return cls(factor, decimals, unit, "", f" {unit}")
        money, rest = found["currency"], found["rest"]
        size = "billion" if large else "million"
        space = "" if money.endswith("$") else _SPACE
        return cls(factor, decimals, f"{money} {size}{rest}", f"{money}{space}", f" {size}{rest}")

    def told(self, number: str) -> str:
        """Put a number into a sentence with its unit."""
        return f"{self.before}{number}{self.after}"

    def number(self, value: float, *, signed: bool = True) -> str:
        """Write an amount, a median or the end of a range."""
        # What interpolation leaves of rounding is not to decide a half.
        told = round(float(f"{value * self.factor:.10g}"), self.decimals) + 0.0
        text = f"{abs(told):,.{self.decimals}f}"
        if told == 0.0 or not signed:
            return text
        return f"{_MINUS if told < 0.0 else '+'}{text}"

    def money(self, value: float) -> str:
        """Write the size of an amount in a sentence."""
        return self.told(self.number(abs(value), signed=False))

    def record(self) -> dict[str, Any]:
        """What the script needs of it."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class DrawnSpread:
    """A number over some draws; NaN where it is not shown."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Array) -> DrawnSpread:
        """Take the quantiles of values that are numbers."""
        known = values[~np.isnan(values)]
        if not len(known):
            return cls(math.nan, math.nan, math.nan)
        low, median, high = (float(each) for each in np.quantile(known, (0.05, 0.5, 0.95)))
        if len(known) < FEW:
            low = high = math.nan
        return cls(median, low, high)


@dataclasses.dataclass(frozen=True)
class StateRow:
    """A line of the table: what it is, in how many draws, and both sides; None: too rare.

    Attributes
    ----------
    name : str
        An id of the sentences.
    count : int or None
    spreads : tuple of DrawnSpread, or None
    """

    name: str
    count: int | None
    spreads: tuple[DrawnSpread, ...] | None


def marker(explorer: Explorer) -> tuple[int, int]:
    """Return the player and the action by which draws are told apart: a threat, the last if many.

    Without one that the model declares it is the last action of the last player.
    """
    model = explorer.case.model
    for p in (1, 0):
        action = model.harshest.get(model.players[p])
        if action in model.actions[p]:
            return p, list(model.actions[p]).index(action)
    return 1, len(model.actions[1]) - 1


def instead(state: ExploredState, marked: tuple[int, int]) -> list[int]:
    """Actions that the marked player takes in draws where it does not take the marked one."""
    player, _ = marked
    uses = state.uses[player]
    others = uses[~regimes(state, marked)]
    return [k for k in range(uses.shape[-1]) if others[..., k].any()]


def regimes(state: ExploredState, marked: tuple[int, int]) -> NDArray[np.bool_]:
    """(..., D) whether the action by which draws are told apart is in use after a breakdown."""
    player, action = marked
    return state.uses[player][..., action]


def rows(explorer: Explorer, state: ExploredState, fallback: str) -> list[StateRow]:
    """Return the lines of the table of one state."""
    own = list(explorer.fallbacks).index(fallback) if fallback != POSTURE else -1
    found = []
    if own >= 0:
        found.append(StateRow("row_fallback", None, _both(state.fallback)))
    hit = regimes(state, marker(explorer))
    found += _apart("row", "row_breakdown", state.breakdown, hit)
    if explorer.talks:
        deals = [StateRow("row_deal", None, _both(state.deal))] if own >= 0 else []
        found += deals or _apart("row_deal", "row_deal", state.deal, hit)
    return found


def _apart(name: str, whole: str, values: Array, hit: NDArray[np.bool_]) -> list[StateRow]:
    """Rows by regime; one where all draws are in the same."""
    if len(hit) == 1:
        return [StateRow(whole, None, _both(values))]
    return [
        StateRow(f"{name}_{which}", int(some.sum()), _both(values[some]) if _shown(some) else None)
        for which, some in (("if", hit), ("else", ~hit))
        if some.any()
    ]


def _shown(some: NDArray[np.bool_]) -> bool:
    return bool(some.mean() >= RARE_REGIME)


def _both(values: Array) -> tuple[DrawnSpread, ...]:
    return tuple(DrawnSpread.of(values[:, p]) for p in range(2))


@dataclasses.dataclass(frozen=True, eq=False)
class Curves:
    """What the chart shows along the lever.

    Attributes
    ----------
    x : (K,) array
    spreads : two lists of DrawnSpread
        Where the marked action is in use, and where it is not; or the fallback and nothing.
    share : (K,) array
        Of the draws in which it is.
    instead : list of int
        Actions that are taken where it is not.
    """

    x: Array
    spreads: tuple[list[DrawnSpread], list[DrawnSpread]]
    share: Array
    instead: list[int]


def curves(
    explorer: Explorer, values: Mapping[str, float], fallback: str, places: int = PLACES
) -> Curves:
    """Compute the first player's side along the lever, by regime."""
    ends = next(each for each in explorer.axes if explorer.lever in (each.name, each.parent))
    x = np.linspace(ends.low, ends.high, places)
    line = {**values, **dict.fromkeys(explorer.moves(explorer.lever), x)}
    state = explorer.at(line, fallback)
    told = state.deal if explorer.talks else state.breakdown
    hit = regimes(state, marker(explorer))
    nothing = DrawnSpread(math.nan, math.nan, math.nan)
    if fallback != POSTURE:
        own = [DrawnSpread.of(told[k, :, 0]) for k in range(places)]
        return Curves(x, (own, [nothing] * places), hit.mean(axis=-1), [])
    found: tuple[list[DrawnSpread], list[DrawnSpread]] = ([], [])
    for k in range(places):
        for into, some in zip(found, (hit[k], ~hit[k]), strict=True):
            into.append(DrawnSpread.of(told[k, some, 0]) if _shown(some) else nothing)
    return Curves(x, found, hit.mean(axis=-1), instead(state, marker(explorer)))


__all__ = [
    "BREAKDOWN",
    "FEW",
    "PLACES",
    "TOLD",
    "Curves",
    "DrawnSpread",
    "Scale",
    "StateRow",
    "curves",
    "instead",
    "marker",
    "regimes",
    "rows",
]
