"""Levers pulled before the talks: how far, when everybody sees what it does to the bargain."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from negotiation.case import Case, study
from negotiation.errors import GridError, ModelError
from negotiation.games.game import Array
from negotiation.outcome import evaluate
from negotiation.tolerances import SAME_VALUE

#: Points at which the range is looked at first: local maxima further apart than a few of them are
#: told apart.
SCAN = 65

#: Nodes of the polynomial put through a bracket, and how often a bracket may be narrowed where a
#: kink keeps the polynomial from fitting: each time to a quarter.
_NODES = 12
_NARROWINGS = 15

#: Share of the range to which a level is narrowed down where no polynomial fits.
_WIDTH = 1e-8


@dataclasses.dataclass(frozen=True)
class Level:
    """The level of a lever at which something is largest.

    Attributes
    ----------
    about : str
        What is maximised, in words.
    at, value : float
        NaN where it is not defined anywhere in the range.
    ties : tuple of float
        Other levels that are as good.
    """

    about: str
    at: float
    value: float
    ties: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Anticipation:
    """How far a lever is pulled before the talks, by what its owner looks ahead to.

    Attributes
    ----------
    lever, owner : str
    low, high : float
        The range looked at.
    cost : float
        Money per unit of the lever.
    perfect : Level
        Subgame perfect: what the lever is worth, plus the deal it leads to, less its cost.
    no_talks : Level
        The same with what the owner has once talks have failed.
    no_dispute : Level
        The same with the status quo: free trade for certain, nothing to bargain over.
    joint : Level
        The sum over both players: the deal and what the lever is worth to either, less its cost.
    values : mapping of str to mapping of str to float
        By level (`perfect`, `no_talks`, `no_dispute`, `joint`): `value`, `deal`, `no_deal`,
        `worth` and `cost` of the owner there, and `joint`.
    without_deal, undefined : int
        Points of the scan at which there is nothing to agree on, so that the payoff is that
        without a deal; and at which there is no certified equilibrium.
    """

    lever: str
    owner: str
    low: float
    high: float
    cost: float
    perfect: Level
    no_talks: Level
    no_dispute: Level
    joint: Level
    values: Mapping[str, Mapping[str, float]]
    without_deal: int
    undefined: int

    @property
    def over(self) -> float:
        """How much further than the joint optimum it is pulled: over-investment if positive."""
        return self.perfect.at - self.joint.at


@dataclasses.dataclass(frozen=True)
class LockIn:
    """What integration before the talks does to a side (McLaren 1997).

    Attributes
    ----------
    lever, side : str
    chosen : float
        What atomistic investors choose who expect the deal and do not see that their choice moves
        it: the joint optimum, given the deal.
    none : float
        No integration: the low end of the range.
    deal_chosen, deal_none, fallback_none : float
        The side's payoff in the deal at either, and without a deal at `none`.
    """

    lever: str
    side: str
    chosen: float
    none: float
    deal_chosen: float
    deal_none: float
    fallback_none: float

    @property
    def loss(self) -> float:
        """What the side loses by the integration, in the deal; negative: it gains."""
        return self.deal_none - self.deal_chosen

    @property
    def worse_than_none(self) -> bool:
        """Whether the deal after integration is worse than no integration and no deal."""
        return self.deal_chosen < self.fallback_none


_ABOUT = {
    "perfect": "what the lever is worth, plus the deal it leads to, less its cost",
    "no_talks": "what the lever is worth, plus the payoff without a deal, less its cost",
    "no_dispute": "what the lever is worth, plus the status quo for certain, less its cost",
    "joint": "what the lever and the deal are worth to both, less its cost",
}


@study
def anticipate(
    case: Case,
    lever: str,
    low: float | None = None,
    high: float | None = None,
    *,
    side: str = "",
    cost: float | None = None,
) -> Anticipation:
    """Find the level of a lever that its owner chooses before the talks.

    V(x) = worth(x) + u(x) - cost * x, with u the deal at level x, or the payoff without one
    where there is nothing to agree on. The cost is
    `lever_cost(lever)` per unit, the same for all units; nothing where the model has none. The
    largest value over the whole range is found by a scan and, around each of its local maxima, by
    the derivative of a polynomial through the values; where the equilibrium changes and none fits,
    the place is narrowed down to 1e-8 of the range.

    Parameters
    ----------
    low, high : float, optional
        Range of the lever; its bounds where not given.
    side : str, optional
        Who chooses; the lever's owner where not given.
    cost : float, optional
        Money per unit, in place of the model's own: of what is pulled before the talks, where
        `payoffs` already count the cost of what is pulled only after they have failed.

    Raises
    ------
    GridError
        For a lever that is a word, has no bounds where none are given, or has nobody to choose it.
    ModelError
        If the model has no talks.
    """
    model = case.model
    spec = model.find_parameter(lever)
    owner = side or spec.lever_of
    if not spec.numeric or owner not in model.players:
        raise GridError(
            f"{lever} of model {model.name()} is not a number that one of "
            f"{', '.join(model.players)} chooses; name a lever, or say whose choice it is"
        )
    bottom, top = spec.low if low is None else low, spec.upper if high is None else high
    if bottom is None or top is None or not bottom < top:
        raise GridError(f"{lever} is looked at from {bottom} to {top}; give two rising bounds")
    if spec.below is not None and top >= spec.below:
        top = bottom + (1.0 - 1e-3) * (spec.below - bottom)
    spec.check(bottom, model.name())
    spec.check(top, model.name())
    p = model.players.index(owner)
    own = model.ask("lever_cost", lever) if cost is None else cost
    spent = 0.0 if own is None else float(np.asarray(own))

    def parts(x: Array) -> dict[str, Array]:
        return _parts(case.at(model.at_values({lever: x})), x, p, spent)

    xs = np.linspace(bottom, top, SCAN)
    scan = parts(xs)
    levels = {
        name: _largest(lambda x, n=name: parts(x)[n], xs, scan[name], about)
        for name, about in _ABOUT.items()
    }
    at = np.array([level.at for level in levels.values()])
    known = np.isfinite(at)
    there = parts(np.where(known, at, bottom))
    shown = ("value", "deal", "no_deal", "worth", "cost", "joint")
    there["value"] = there["perfect"]
    values = {
        name: {key: float(there[key][k]) if known[k] else math.nan for key in shown}
        for k, name in enumerate(levels)
    }
    undefined = int((~np.isfinite(scan["deal"])).sum())
    without = int((~np.isfinite(scan["agreed"])).sum()) - undefined
    return Anticipation(
        lever,
        owner,
        bottom,
        top,
        spent,
        **levels,
        values=values,
        without_deal=without,
        undefined=undefined,
    )


@study
def lock_in(
    case: Case,
    lever: str,
    side: str,
    low: float | None = None,
    high: float | None = None,
) -> LockIn:
    """Compare a side's deal after integration by atomistic investors with that of none.

    Parameters
    ----------
    lever : str
        The parameter that says how far it has integrated; more is more.
    side : str
        The player that integrates.
    """
    model = case.model
    found = anticipate(case, lever, low, high, side=side)
    p = model.players.index(side)
    ends = np.array([found.joint.at, found.low])
    there = _parts(case.at(model.at_values({lever: ends})), ends, p, found.cost)
    deal, fallback = there["deal"] + there["worth"], there["no_deal"] + there["worth"]
    return LockIn(
        lever,
        side,
        found.joint.at,
        found.low,
        float(deal[0]),
        float(deal[1]),
        float(fallback[1]),
    )


def _parts(case: Case, x: Array, p: int, cost: float) -> dict[str, Array]:
    """What is maximised, and what it is made of, at levels x (B,)."""
    model, outcome = case.model, evaluate(case)
    if outcome.talks is None:
        raise ModelError(f"model {model.name()} has no talks(), so that nothing can be anticipated")
    shape = (*x.shape, len(model.players))
    agreed = np.broadcast_to(outcome.agreement.payoffs, shape)
    fails = np.broadcast_to(outcome.threat.payoffs, shape)
    deal = np.where(np.isnan(agreed), fails, agreed)
    quo = np.broadcast_to(np.asarray(outcome.talks.status_quo, dtype=float), shape)
    given = model.ask("levers_worth")
    worth = np.broadcast_to(0.0 if given is None else np.asarray(given, dtype=float), shape)
    spent = cost * x
    return {
        "perfect": worth[..., p] + deal[..., p] - spent,
        "no_talks": worth[..., p] + fails[..., p] - spent,
        "no_dispute": worth[..., p] + quo[..., p] - spent,
        "joint": (worth + deal).sum(axis=-1) - spent,
        "deal": deal[..., p],
        "no_deal": fails[..., p],
        "worth": worth[..., p],
        "cost": spent,
        "agreed": agreed[..., p],
    }


def _largest(f: Callable[..., Array], xs: Array, values: Array, about: str) -> Level:
    """Global maximum over a range of a function known at xs."""
    known = np.where(np.isfinite(values), values, -np.inf)
    if not np.isfinite(known).any():
        return Level(about, math.nan, math.nan, ())
    same = SAME_VALUE * max(float(np.abs(values[np.isfinite(values)]).max()), np.finfo(float).tiny)
    if np.ptp(values[np.isfinite(values)]) <= same:  # the same everywhere
        k = int(np.isfinite(known).argmax())
        return Level(about, float(xs[k]), float(known[k]), (float(xs[-1]),))
    padded = np.concatenate([[-np.inf], known, [-np.inf]])
    peaks = np.flatnonzero((known >= padded[:-2]) & (known >= padded[2:]) & np.isfinite(known))
    # A peak between two points exceeds both by no more than the curve bends: keep near rivals.
    steps = np.abs(np.diff(known[np.isfinite(known)])).max(initial=0.0)
    peaks = peaks[known[peaks] >= known.max() - steps]
    found = [
        _refined(
            f, xs[max(k - 1, 0)], xs[min(k + 1, len(xs) - 1)], xs[k], known[k], same, np.ptp(xs)
        )
        for k in peaks
    ]
    best = max(value for _, value in found)
    first, *others = sorted(x for x, value in found if value >= best - same)
    apart = 2.0 * _WIDTH * float(np.ptp(xs))
    return Level(about, first, best, tuple(x for x in others if x - first > apart))


def _refined(
    f: Callable[..., Array], low: float, high: float, x: float, value: float, same: float, span: Any
) -> tuple[float, float]:
    """Local maximum in a bracket: of a polynomial where one fits, else narrowed down."""
    for _ in range(_NARROWINGS):
        nodes = chebyshev.chebpts2(_NODES)
        at = low + (nodes + 1.0) / 2.0 * (high - low)
        at[0], at[-1] = low, high
        values = f(at)
        if np.isfinite(values).all():
            series = chebyshev.chebfit(nodes, values, _NODES - 1)
            falling = chebyshev.chebder(series)
            tiny = np.finfo(float).eps * float(np.abs(values).max())
            roots = chebyshev.chebroots(chebyshev.chebtrim(falling, tiny))
            real = [float(r.real) for r in roots if abs(r.imag) < 1e-9 and abs(r.real) < 1.0]
            tried = np.array([-1.0, 1.0, *real])
            t = float(tried[chebyshev.chebval(tried, series).argmax()])
            peak = low + (t + 1.0) / 2.0 * (high - low)
            peak = low if t == -1.0 else high if t == 1.0 else peak
            probes = np.array([peak, low + 0.31 * (high - low), low + 0.77 * (high - low)])
            told = f(probes)
            fits = chebyshev.chebval(2.0 * (probes - low) / (high - low) - 1.0, series)
            if np.isfinite(told).all() and np.abs(told - fits).max() <= same:
                return float(peak), float(told[0])
        ranked = np.where(np.isfinite(values), values, -np.inf)
        k = int(ranked.argmax())
        if ranked[k] > value:
            x, value = float(at[k]), float(ranked[k])
        width = (high - low) / 4.0
        low, high = max(low, x - width / 2.0), min(high, x + width / 2.0)
        if high - low <= _WIDTH * span:
            break
    return x, value


__all__ = ["Anticipation", "Level", "LockIn", "anticipate", "lock_in"]
