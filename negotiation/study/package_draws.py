"""Packages over draws: what each gains both sides, and how sure it is that it is any good."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Packages, settle, settle_plainly
from negotiation.case import DISPUTE, Case, study
from negotiation.draws import Draws
from negotiation.errors import ModelError, ParameterError
from negotiation.games.game import Array
from negotiation.outcome import Outcome, evaluate
from negotiation.outcome.threats import dispute_of
from negotiation.study import drawn
from negotiation.study.within import DrawRange, band, by_regime
from negotiation.tolerances import ZERO_LOSS
from negotiation.words import brief

#: A package is part of a deal with at least this probability.
_PART = 1e-9


@dataclasses.dataclass(frozen=True, eq=False)
class PackageDraws:
    """Packages in every draw.

    Attributes
    ----------
    case : Case
    draws : Draws
    packages : Packages
        Those of the point, for their words.
    gains : (D, V, 2) array
        Of both sides over no deal; NaN where a package could not be solved.
    over_today : (D, V, 2) array or None
        Over the dispute as it is; None where the model does not know it.
    frontier : (D, V) array of bool
        Whether no other package is better for one side and as good for the other.
    nash : (D,) array of int
        The best single package without money by the Nash product; -1 where none is better than no
        deal for both.
    in_deal : (D, V) array of bool
        Whether it is part of the deal with money and lotteries, by the concept of the case.
    value : (D, V) array
        Nash product of the gains, as a mean of them: zero where a side does not gain.
    regime : (D,) array of str
        Selected equilibrium after a breakdown.
    of_the_game : bool
        Whether no deal is that equilibrium in some draw, so that gains are told by regime.
    certified : (D,) array of bool
    """

    case: Case
    draws: Draws
    packages: Packages
    gains: Array
    over_today: Array | None
    frontier: NDArray[np.bool_]
    nash: NDArray[np.int64]
    in_deal: NDArray[np.bool_]
    value: Array
    regime: NDArray[np.str_]
    of_the_game: bool
    certified: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.nash)

    @property
    def distinct(self) -> NDArray[np.int64]:
        """(U,) the first of all packages that pay the same in every draw."""
        count = self.gains.shape[1]
        flat = np.nan_to_num(np.moveaxis(self.gains, 1, 0).reshape(count, -1))
        _, first = np.unique(flat, axis=0, return_index=True)
        return np.sort(first)

    def _chance(self, holds: NDArray[np.bool_]) -> Array:
        """(V,) share of the certified draws."""
        some = holds[self.certified]
        return some.mean(axis=0) if len(some) else np.full(holds.shape[1:], np.nan)

    @property
    def beats_no_deal(self) -> Array:
        """(V,) probability that it is better than no deal for both sides."""
        return self._chance(_both(self.gains))

    @property
    def beats_today(self) -> Array | None:
        """(V,) probability that it is better for both sides than the dispute as it is."""
        return None if self.over_today is None else self._chance(_both(self.over_today))

    @property
    def on_frontier(self) -> Array:
        """(V,) probability that it is on the Pareto frontier of the packages."""
        return self._chance(self.frontier)

    @property
    def is_nash(self) -> Array:
        """(V,) probability that it is the best single package."""
        return self._chance(self.nash[:, None] == np.arange(self.gains.shape[1]))

    @property
    def is_dealt(self) -> Array:
        """(V,) probability that it is part of the deal with money and lotteries."""
        return self._chance(self.in_deal)

    @property
    def regret(self) -> Array:
        """(D, V) how much less its Nash product is than that of the best package of the draw."""
        known = np.nan_to_num(self.value)
        return np.asarray(known.max(axis=-1, keepdims=True) - known)

    @property
    def robust(self) -> int:
        """The package with the least largest regret (Savage 1951), of equals the least mean one."""
        some = self.regret[self.certified]
        if not len(some):
            return -1
        worst, mean = some.max(axis=0), some.mean(axis=0)
        return int(np.lexsort((mean, np.round(worst, 9)))[0])

    @property
    def most_often(self) -> int:
        """The package that is the best single one most often; -1 where none ever is."""
        chances = self.is_nash
        return int(chances.argmax()) if np.nanmax(chances, initial=0.0) > 0.0 else -1

    @property
    def pooled(self) -> bool:
        """Whether one range over all draws means something."""
        known = self.regime[self.certified]
        return not self.of_the_game or len(set(known.tolist())) < 2

    def bands(self, package: int) -> tuple[DrawRange, DrawRange]:
        """Range of both sides' gains over no deal."""
        one, two = (
            band(np.where(self.certified, self.gains[:, package, side], np.nan)) for side in (0, 1)
        )
        return one, two

    def bands_by_regime(self, package: int) -> dict[str, tuple[DrawRange, DrawRange]]:
        """Return the same within each regime."""
        regimes = np.where(self.certified, self.regime, "")
        one, two = (by_regime(self.gains[:, package, side], regimes) for side in (0, 1))
        return {name: (one[name], two[name]) for name in one}

    def difference(self, package: int, other: int) -> tuple[Array, Array]:
        """(D,) by side what one package gives more than another, draw by draw."""
        apart = self.gains[:, package] - self.gains[:, other]
        apart = np.where(self.certified[:, None], apart, np.nan)
        return apart[:, 0], apart[:, 1]


@study
def package_draws(case: Case, packages: Packages) -> PackageDraws:
    """Evaluate the packages of a model in every draw.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`, and something uncertain.
    packages : Packages
        Those of the point.

    Raises
    ------
    ParameterError
        Without draws.
    ModelError
        If packages of a cloud are others than those of the point.
    """
    draws = case.drawn().main
    if not len(draws) or not draws.priors:
        raise ParameterError(
            f"model {case.model.name()} has nothing to draw; give draws=100, and a prior such as "
            "priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what is uncertain"
        )
    count, options = len(draws), len(packages.points)
    gains = np.empty((count, options, 2))
    today: Array | None = np.empty((count, options, 2))
    frontier = np.empty((count, options), dtype=bool)
    in_deal, value = np.empty((count, options), dtype=bool), np.empty((count, options))
    nash, regime = np.empty(count, dtype=np.int64), np.empty(count, dtype=object)
    certified = np.empty(count, dtype=bool)
    of_the_game = False
    size = max(1, drawn.TOGETHER // options)
    for start in range(0, count, size):
        rows = np.arange(start, min(start + size, count))
        for index, cloud in draws.clouds(rows=rows):
            outcome = evaluate(case.at(cloud))
            here = _of_cloud(outcome, packages, len(index))
            d, weight, walk = _disagreement(outcome, len(index))
            points = here.points
            gains[index] = points - d[:, None]
            inside = None if outcome.talks is None else outcome.talks.inside
            if inside is None:
                today = None
            elif today is not None:
                today[index] = points - np.broadcast_to(inside, d.shape)[:, None]
            frontier[index] = _undominated(points)
            plain = settle_plainly(here, d, weight)
            chosen = plain.weights.argmax(axis=-1)
            nash[index] = np.where(plain.agreed, chosen, -1)
            deal = settle(here, d, case.concept, weight, walk)
            in_deal[index] = deal.weights > _PART
            value[index] = _product(gains[index], np.broadcast_to(weight, index.shape))
            regime[index] = outcome.selection.support
            solved = np.isfinite(points).all(axis=(-1, -2))
            certified[index] = outcome.certified & np.broadcast_to(here.certified, index.shape)
            certified[index] &= solved
            of_the_game |= bool((d == outcome.selection.payoffs).all(axis=-1).any())
    return PackageDraws(
        case=case,
        draws=draws,
        packages=packages,
        gains=gains,
        over_today=today,
        frontier=frontier,
        nash=nash,
        in_deal=in_deal,
        value=value,
        regime=regime.astype(str),
        of_the_game=of_the_game,
        certified=certified,
    )


def _of_cloud(outcome: Outcome, at: Packages, count: int) -> Packages:
    """Return the packages of a cloud, each draw with its own payoffs."""
    found = outcome.model.ask("packages")
    if (
        not isinstance(found, Packages)
        or (found.tables, found.options) != (at.tables, at.options)
        or found.batch_shape not in ((), (count,))
    ):
        raise ModelError(
            f"{outcome.model.place('packages')}: packages of a cloud of {count} points are "
            f"{brief(found)}; expected those of a point, with payoffs of shape ({count}, 2, ...)"
        )
    own = found.payoffs[0] if found.batch_shape else found.payoffs
    payoffs = np.broadcast_to(found.payoffs, (count, *own.shape))
    return dataclasses.replace(found, payoffs=payoffs)


def _disagreement(outcome: Outcome, count: int) -> tuple[Array, Array, Array | None]:
    """(d, 2) no deal, (d,) the weight of the first side, and (d, 2) its way out, if it has one."""
    d = np.broadcast_to(np.asarray(outcome.threat.payoffs, dtype=float), (count, 2))
    weight, walk = (0.5 if outcome.talks is None else outcome.talks.weight), None
    if outcome.threat.name == DISPUTE and outcome.talks is not None:
        walk = np.broadcast_to(outcome.selection.payoffs, (count, 2))
        weight = dispute_of(outcome.talks, walk).talks.weight
    return d, np.broadcast_to(np.asarray(weight, dtype=float), (count,)), walk


def _both(gains: Array) -> NDArray[np.bool_]:
    """(..., V) whether both sides gain more than rounding."""
    known = np.nan_to_num(gains, nan=-np.inf)
    size = np.abs(np.nan_to_num(gains)).max(axis=(-1, -2), keepdims=True)
    return np.asarray((known > ZERO_LOSS * size).all(axis=-1))


def _product(gains: Array, weight: Array) -> Array:
    """(d, V) weighted geometric mean of both gains; zero where a side does not gain."""
    good = _both(gains)
    some = np.where(good[..., None], gains, 1.0)
    w = weight[:, None]
    mean = np.exp(w * np.log(some[..., 0]) + (1.0 - w) * np.log(some[..., 1]))
    return np.where(good, mean, 0.0)


def _undominated(points: Array) -> NDArray[np.bool_]:
    """(d, V) whether no package is better for one side and as good for the other."""
    known = np.nan_to_num(points, nan=-np.inf)
    least = ZERO_LOSS * np.abs(np.nan_to_num(points)).max(axis=(-1, -2))[:, None]
    beaten = np.zeros(points.shape[:2], dtype=bool)
    for k in range(points.shape[1]):
        other = known[:, k, None]
        with np.errstate(invalid="ignore"):
            as_good = (other[..., 0] >= known[..., 0] - least) & (
                other[..., 1] >= known[..., 1] - least
            )
            better = (other[..., 0] > known[..., 0] + least) | (
                other[..., 1] > known[..., 1] + least
            )
        beaten |= as_good & better
    return np.asarray(~beaten & np.isfinite(points).all(axis=-1))


__all__ = ["PackageDraws", "package_draws"]
