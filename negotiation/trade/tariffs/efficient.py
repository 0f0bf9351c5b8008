"""Efficient tariffs: what several governments can agree on when no money moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ParameterError
from negotiation.trade.equilibrium import TradeEquilibrium
from negotiation.trade.tariffs.chosen import ChosenTariffs, TariffConcept, TariffStatus, chosen
from negotiation.trade.tariffs.payoff import TariffGame
from negotiation.trade.tariffs.schedule import BOUNDS, EXPORT_BOUNDS, choosers, kinds_of
from negotiation.trade.tariffs.search import Climb, climb, first_point
from negotiation.trade.world import Array, World

#: Parts of the Nash rates from which the search for gains begins: free trade, and three between.
_BEGIN = (0.0, 0.25, 0.5, 0.75)

#: Width over which the least of several gains is smoothed when a search for gains for all begins,
#: and how often it is made ten times narrower.
_SMOOTH, _SHARPER = 1e-3, 4

#: How many widths below zero the largest least gain must be for the search to be given up.
_HOPELESS = 5.0

#: A gain so small that it is none, as a share of income.
_LEAST = 1e-9


_CONCEPTS = {"nash": TariffConcept.NASH_PRODUCT, "welfare": TariffConcept.WELFARE_SUM}


@dataclasses.dataclass(frozen=True, eq=False)
class _Together:
    """Landscape of a joint objective: a function of gains (B, K) and its derivatives."""

    game: TariffGame
    threat: Array  # (K,) welfare change in disagreement
    weight: Array  # (K,)
    shape: str  # "sum", "product" or "least"
    unit: float = 1.0  # a gain of usual size: keeps slopes of the product like those of payoffs

    def nearby(self, point: Array) -> _Together:
        return dataclasses.replace(self, game=self.game.nearby(point))

    def values(self, points: Array) -> Array:
        return self.joint(self.game.payoffs(points))[0]

    def slopes(self, points: Array) -> tuple[Array, Array]:
        payoffs, slopes = self.game.weighted(points, lambda each: self.joint(each)[1])
        return self.joint(payoffs)[0], slopes

    def joint(self, payoffs: Array) -> tuple[Array, Array]:
        """Objective (B,) and its derivatives by payoffs (B, K)."""
        gains = payoffs - self.threat
        if self.shape == "sum":
            return gains @ self.weight, np.broadcast_to(self.weight, gains.shape)
        if self.shape == "least":
            least = gains.min(axis=-1, keepdims=True)
            share = np.exp((least - gains) / self.unit)
            total = share.sum(axis=-1, keepdims=True)
            return (least - np.log(total) * self.unit)[:, 0], share / total
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where((gains > 0.0).all(axis=-1), np.log(gains) @ self.weight, -np.inf)
            return self.unit * value, self.unit * self.weight / gains


def efficient_tariffs(
    world: World,
    countries: Sequence[str],
    *,
    disagreement: Mapping[str, float] | ArrayLike | TradeEquilibrium | None = None,
    concept: str = "nash",
    weights: Mapping[str, float] | None = None,
    by: str = "uniform",
    instruments: Sequence[str] = ("import",),
    on: str = "players",
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = BOUNDS,
    export_bounds: tuple[float, float] = EXPORT_BOUNDS,
    start: Mapping[str, Any] | None = None,
) -> ChosenTariffs:
    """Find tariffs that no other tariffs of the same countries better for all of them.

    Parameters
    ----------
    world : World
    countries : sequence of str
        Who agrees.
    disagreement : mapping of country to W-hat, (K,) array, or TradeEquilibrium, optional
        Welfare of each country without an agreement, counted from the same world: for example
        `nash_tariffs(...).equilibrium`. None is the world as it is.
    concept : {"nash", "welfare"}
        Maximise the product of gains in welfare over disagreement, each to the power of its weight
        (Nash 1950), or the weighted sum of equivalent variations, in money.
    weights : mapping of country to weight, optional
        None is equal weights.
    by, instruments, on, sectors, bounds, export_bounds, start
        See `nash_tariffs`. Negative rates subsidise imports, and move money in their way. One
        instrument alone: two governments that agree on a tariff and an export tax on the same flow
        only agree on who collects.

    Returns
    -------
    ChosenTariffs
        A local optimum: the sum and the product of welfare need not be concave in tariffs.

    Raises
    ------
    ParameterError
        Arguments that do not fit the world or each other; the message says which.

    Notes
    -----
    With one rate or one schedule for each of two countries, efficient tariffs lie on a curve in
    payoffs along which one gains what the other loses (Mayer 1981); the concept picks its point.
    """
    if concept not in _CONCEPTS:
        raise ParameterError(f"concept '{concept}' is unknown; choose nash or welfare")
    if len(kinds_of(instruments)) > 1:
        raise ParameterError(
            "efficient tariffs take one instrument, import or export: a tariff and an export tax "
            "on the same flow are one wedge, and choosing both only moves money between governments"
        )
    players = choosers(
        world,
        countries,
        by=by,
        kinds=instruments,
        on=on,
        sectors=sectors,
        bounds=bounds,
        export_bounds=export_bounds,
        objectives=None,
        start=start,
    )
    codes = tuple(player.code for player in players)
    weight = _weights(codes, weights)
    game = TariffGame.of(world, players)
    threat = _threat(world, codes, disagreement)
    begin = game.start if start else _beginning(game, threat)
    if concept == "welfare":
        income = np.array([world.income[player.country] for player in players])
        money = weight * income / (weight @ income)
        found = _climb(_Together(game, threat, money, "sum"), begin)
    else:
        point = _everybody_gains(game, threat, begin)
        usual = max(float((game.payoffs(point[None])[0] - threat).min()), _LEAST)
        # The ridge on which one gains what the other loses is narrow and bends: many short steps.
        found = _climb(_Together(game, threat, weight, "product", usual), point, rounds=150)
    return _report(game, _CONCEPTS[concept], weight, threat, found)


def efficient_frontier(
    world: World,
    countries: Sequence[str],
    *,
    disagreement: Mapping[str, float] | ArrayLike | TradeEquilibrium | None = None,
    points: int = 11,
    **options: Any,
) -> tuple[ChosenTariffs, ...]:
    """Trace the efficient tariffs of two countries that both gain, by their weights.

    Parameters
    ----------
    world, countries, disagreement
        See `efficient_tariffs`.
    points : int
        How many weights of the first country, evenly between 0 and 1, both excluded.
    **options
        Passed on: by, instruments, on, sectors, bounds, export_bounds.

    Returns
    -------
    tuple of ChosenTariffs
        From what is worst for the first country to what is best for it: maximisers of the weighted
        Nash product, each found from its neighbour.

    Raises
    ------
    ParameterError
        If there are not two countries.
    """
    codes = tuple(countries)
    if len(codes) != 2 or points < 1:
        raise ParameterError(
            f"a frontier of {len(codes)} countries at {points} points cannot be traced; give two "
            "countries and at least one point"
        )
    found: list[ChosenTariffs] = []
    start: Mapping[str, Any] | None = None
    for power in np.arange(1, points + 1) / (points + 1.0):
        each = efficient_tariffs(
            world,
            codes,
            disagreement=disagreement,
            weights={codes[0]: float(power), codes[1]: float(1.0 - power)},
            start=start,
            **options,
        )
        found.append(each)
        if each.status is not TariffStatus.EFFICIENT:
            start = None
            continue
        start = {
            code: {
                side.kind: np.nan_to_num(side.rates)
                for side in each.schedules
                if side.country == code
            }
            for code in codes
        }
    return tuple(found)


def _weights(codes: tuple[str, ...], given: Mapping[str, float] | None) -> Array:
    if given is None:
        return np.full(len(codes), 1.0 / len(codes))
    if set(given) != set(codes):
        raise ParameterError(
            f"weights names {', '.join(given)}; expected one weight for each of {', '.join(codes)}"
        )
    weight = np.array([float(given[code]) for code in codes])
    if not ((weight >= 0.0).all() and 0.0 < weight.sum() < np.inf):
        raise ParameterError(
            f"weights are {', '.join(f'{w:g}' for w in weight)}; expected none below 0, and one "
            "above it"
        )
    return np.asarray(weight / weight.sum())


def _threat(world: World, codes: tuple[str, ...], given: Any) -> Array:
    """(K,) welfare change in disagreement."""
    if given is None:
        return np.zeros(len(codes))
    if isinstance(given, TradeEquilibrium):
        welfare = given.welfare[..., [world.region(code) for code in codes]]
    elif isinstance(given, Mapping):
        if set(given) != set(codes):
            raise ParameterError(
                f"disagreement names {', '.join(map(str, given))}; expected the W-hat of each of "
                f"{', '.join(codes)}"
            )
        welfare = np.array([float(given[code]) for code in codes])
    else:
        welfare = np.asarray(given, dtype=float)
    if welfare.shape != (len(codes),) or not (np.isfinite(welfare) & (welfare > 0.0)).all():
        raise ParameterError(
            f"disagreement is {welfare}; expected one welfare ratio W-hat above 0 for each of "
            f"{', '.join(codes)}, 1 being the world as it is"
        )
    return np.asarray(welfare - 1.0)


def _beginning(game: TariffGame, threat: Array) -> Array:
    """Best of a few points for whoever gains least: the world's tariffs are not among them."""
    level = first_point(game)
    tried = np.clip(np.array([part * level for part in _BEGIN]), *game.box)
    least = (game.payoffs(tried) - threat).min(axis=1)
    best = int(np.where(np.isfinite(least), least, -np.inf).argmax())
    return np.asarray(tried[best])


def _climb(landscape: _Together, start: Array, rounds: int = 40) -> Climb:
    game = landscape.game
    return climb(landscape, start, game.box, game.scale, rounds=rounds)


def _everybody_gains(game: TariffGame, threat: Array, start: Array) -> Array:
    """A point where everybody gains, if the search for the largest least gain finds one."""
    point, smooth = start, _SMOOTH
    for _ in range(_SHARPER):
        gains = game.payoffs(point[None])[0] - threat
        if (gains > 0.0).all():
            break
        equal = np.ones(len(threat)) / len(threat)
        found = _climb(_Together(game, threat, equal, "least", smooth), point)
        point = found.point
        # The least gain is at most this above its smooth stand-in: several times that is hopeless.
        if found.value < -_HOPELESS * smooth * np.log(len(threat)):
            break
        smooth /= 10.0
    return point


def _report(
    game: TariffGame, concept: TariffConcept, weight: Array, threat: Array, found: Climb
) -> ChosenTariffs:
    low, high = game.box
    loose: NDArray[np.bool_] = (found.point > low) & (found.point < high)
    slope = np.abs(found.slope / game.scale)[loose]
    result = chosen(
        concept,
        game,
        found.point,
        rounds=found.rounds,
        disagreement=threat,
        weights=weight,
        slope=float(slope.max()) if len(slope) else 0.0,
    )
    if concept is TariffConcept.NASH_PRODUCT and not (result.gains > 0.0).all():
        status = TariffStatus.NO_GAIN
    elif not found.converged:
        status = TariffStatus.NOT_CONVERGED
    elif (result.gains >= 0.0).all():
        status = TariffStatus.EFFICIENT
    else:
        status = TariffStatus.WELFARE
    return dataclasses.replace(result, status=status)
