"""The certificate of a tariff equilibrium: what a global search says a country can still gain.

It looks at payoffs only, not at slopes, and does not know how the tariffs were found: a grid over a
single rate; over several, points spread evenly over the whole box, points around the candidate,
every rate by itself and all together; the best of them are then climbed from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ParameterError
from negotiation.trade.tariffs.payoff import TariffGame
from negotiation.trade.tariffs.schedule import Instruments, TariffSchedule, instruments
from negotiation.trade.world import Array, World

#: Bounds of each kind of tax.
_BOUNDS = {"import": "bounds", "export": "export_bounds"}

#: Points of the search over one rate, and of each closer look at its best places.
_GRID, _ZOOM, _LOOKS = 33, 9, 4

#: Evenly spread points: at least, per variable, at most.
_SPREAD = (64, 8, 1024)

#: Half-widths, log points, of the boxes around the candidate, and values tried of every rate.
_AROUND, _ALONE = (0.5, 0.1, 0.02), 9

#: Places climbed from, rounds of a climb, step of its differences, gain at which it ends.
_CLIMBS, _ROUNDS, _DIFFERENCE, _ENOUGH = 2, 12, 1e-3, 1e-10


@dataclasses.dataclass(frozen=True, eq=False)
class Certificate:
    """What a global search found that each country could gain by other rates, others' given.

    Attributes
    ----------
    countries : tuple of str
    gain_pct : (K,) array
        Largest gain found, percent of the country's income; 0 where nothing better was found, NaN
        where there is no trade equilibrium under the candidate itself.
    deviations : tuple of TariffSchedule
        The rates that attain it, country by country, a country's tariffs before its export taxes;
        the candidate's own where the gain is 0.
    points : (K,) array of int
        Trade equilibria the search looked at.
    unconverged : (K,) array of int
        How many of them did not converge; they count for nothing.
    """

    countries: tuple[str, ...]
    gain_pct: Array
    deviations: tuple[TariffSchedule, ...]
    points: NDArray[np.int64]
    unconverged: NDArray[np.int64]

    @property
    def largest_pct(self) -> float:
        """The largest gain of any country, percent of its income."""
        return float(self.gain_pct.max())

    @property
    def country(self) -> str:
        """Who has it."""
        return self.countries[int(self.gain_pct.argmax())]

    @property
    def deviation(self) -> TariffSchedule:
        """The rates that attain it, where they are of one kind.

        Raises
        ------
        ParameterError
            If the country chooses both tariffs and export taxes.
        """
        found = [each for each in self.deviations if each.country == self.country]
        if len(found) > 1:
            raise ParameterError(
                f"{self.country} has a schedule of tariffs and one of export taxes; take them from "
                "`deviations`"
            )
        return found[0]


def certify_tariffs(
    world: World,
    schedules: Sequence[TariffSchedule],
    *,
    objectives: Mapping[str, Mapping[str, float]] | None = None,
) -> Certificate:
    """Search for the most each country can gain by setting other rates than its schedule.

    Parameters
    ----------
    world : World
    schedules : sequence of TariffSchedule
        One for each country that chooses, or two, one of tariffs and one of export taxes; their
        bounds are those of the search.
    objectives : mapping of country to mapping of sector to weight, optional
        Political weights on real value added, see `nash_tariffs`.

    Returns
    -------
    Certificate
        A gain far from zero refutes; one near zero is evidence, not proof, as any search is.
    """
    own: dict[str, dict[str, TariffSchedule]] = {}
    for each in schedules:
        kinds = own.setdefault(each.country, {})
        first = next(iter(kinds.values()), each)
        if each.kind in kinds or _of_what(each) != _of_what(first):
            raise ParameterError(
                f"the schedules of {each.country} do not fit each other; give one of tariffs, one "
                "of export taxes, or both on the same partners and sectors"
            )
        kinds[each.kind] = each
    players = tuple(
        instruments(
            world,
            code,
            by=first.by,
            kinds=tuple(kinds),
            on=first.partners,
            sectors=first.sectors,
            objective=(objectives or {}).get(code),
            start=kinds,
            **{_BOUNDS[kind]: (each.low, each.high) for kind, each in kinds.items()},
        )
        for code, kinds in own.items()
        for first in [next(iter(kinds.values()))]
    )
    game = TariffGame.of(world, players)
    return search(game, game.start)


def _of_what(schedule: TariffSchedule) -> tuple[object, ...]:
    return schedule.by, schedule.partners, schedule.sectors


def search(game: TariffGame, point: Array) -> Certificate:
    """Search for the best deviation of every player from a point (n,), counted from the world."""
    near = game.nearby(point)
    count = len(game.players)
    best = np.tile(point, (count, 1))
    points, failed = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for number, player in enumerate(game.players):
        own = game.part(number)
        alone = near.alone(number, point)
        before = dataclasses.replace(game.count)

        def values(some: Array, alone: TariffGame = alone) -> Array:
            found = alone.payoffs(some)[:, 0]
            return np.where(np.isfinite(found), found, -np.inf)

        look = _over_one if player.count == 1 else _over_many
        best[number, own] = look(values, point[own], player)
        points[number] = game.count.solved - before.solved
        failed[number] = game.count.failed - before.failed
    # The verdict is counted from the world itself.
    payoffs = game.payoffs(np.concatenate([point[None], best]))
    gain = np.diagonal(payoffs[1:]) - payoffs[0]
    better = np.isfinite(gain) & (gain > 0.0)
    best[~better] = point
    nothing = np.where(np.isfinite(payoffs[0]), 0.0, np.nan)
    return Certificate(
        countries=tuple(player.code for player in game.players),
        gain_pct=np.where(better, 100.0 * gain, nothing),
        deviations=tuple(
            each
            for number, player in enumerate(game.players)
            for each in player.schedules(best[number, game.part(number)])
        ),
        points=points,
        unconverged=failed + ~np.isfinite(gain),
    )


def _over_one(values: Callable[[Array], Array], point: Array, player: Instruments) -> Array:
    """Best of a grid over one rate, its two best places looked at more closely again and again."""
    low, high = (bound[0] for bound in player.box)
    near = point[0] + np.array([0.0, -0.1, 0.1, -0.02, 0.02, -2e-3, 2e-3, -2e-4, 2e-4])
    grid = np.unique(np.clip(np.concatenate([np.linspace(low, high, _GRID), near]), low, high))
    found = values(grid[:, None])
    padded = np.concatenate([[-np.inf], found, [-np.inf]])
    peaks = np.flatnonzero((found >= padded[:-2]) & (found >= padded[2:]))
    peaks = peaks[np.argsort(-found[peaks], kind="stable")][:2]
    best, value = grid[found.argmax()], found.max()
    left, right = grid[np.maximum(peaks - 1, 0)], grid[np.minimum(peaks + 1, len(grid) - 1)]
    for _ in range(_LOOKS):
        looks = np.linspace(left, right, _ZOOM, axis=-1)
        found = values(looks.reshape(-1, 1)).reshape(looks.shape)
        rows, tops = np.arange(len(looks)), found.argmax(axis=1)
        left = looks[rows, np.maximum(tops - 1, 0)]
        right = looks[rows, np.minimum(tops + 1, _ZOOM - 1)]
        if found.max() > value:
            best, value = looks.reshape(-1)[found.argmax()], found.max()
    # The top of the parabola through the best of the last look and its neighbours.
    row, top = np.unravel_index(found.argmax(), found.shape)
    if 0 < top < _ZOOM - 1 and np.isfinite(found[row, top - 1 : top + 2]).all():
        left_of, mid, right_of = found[row, top - 1 : top + 2]
        bend = left_of - 2.0 * mid + right_of
        if bend < 0.0:
            width = looks[row, top + 1] - looks[row, top]
            last = looks[row, top] + 0.5 * width * (left_of - right_of) / bend
            if values(np.array([[last]]))[0] > value:
                best = last
    return np.array([best])


def _over_many(values: Callable[[Array], Array], point: Array, player: Instruments) -> Array:
    """Best of points spread over the box and around the candidate, and of climbs from the best."""
    low, high = player.box
    n = len(point)
    least, each, most = _SPREAD
    spread = low + (high - low) * evenly(min(least + each * n, most), n)
    around = np.concatenate(
        [point + width * (2.0 * evenly(16 + min(2 * n, 64), n) - 1.0) for width in _AROUND]
    )
    alone = np.repeat(point[None], n * _ALONE, axis=0)
    alone[np.arange(n * _ALONE), np.repeat(np.arange(n), _ALONE)] = np.linspace(
        low, high, _ALONE
    ).T.ravel()
    level = np.linspace(low, high, 21)
    shifted = point + np.linspace(-0.5, 0.5, 21)[:, None]
    tried = np.clip(np.concatenate([spread, around, alone, level, shifted]), low, high)
    found = values(tried)
    best, value = point, values(point[None])[0]
    starts = [point]
    for at in np.argsort(-found, kind="stable"):
        if len(starts) > _CLIMBS or not np.isfinite(found[at]):
            break
        # Places of one neighbourhood would end at one top.
        if min(float(np.abs((tried[at] - s) * player.scale).max()) for s in starts) > (
            0.05 * float(player.scale.max())
        ):
            starts.append(tried[at])
    for start in starts:
        top, reached = _climb(values, start, player)
        if reached > value:
            best, value = top, reached
    if found.max() > value:
        best = tried[found.argmax()]
    return best


def _climb(
    values: Callable[[Array], Array], start: Array, player: Instruments
) -> tuple[Array, float]:
    """Climb by values alone: differences for the slope, BFGS for the curvature."""
    low, high = player.box
    scale, n = player.scale, len(start)
    point, value = start, float(values(start[None])[0])
    curve = np.eye(n)  # inverse of minus the Hessian, scaled variables
    last: tuple[Array, Array] | None = None
    for round_ in range(_ROUNDS):
        step = np.minimum(_DIFFERENCE, 0.25 * (high - low))
        middle = np.clip(point, low + step, high - step)
        found = values(np.concatenate([middle + np.diag(step), middle - np.diag(step)]))
        up, down = found[:n], found[n:]
        with np.errstate(invalid="ignore"):  # neither of the two has an equilibrium
            slope = (up - down) / (2.0 * step * scale)
        slope = np.where(np.isfinite(slope), slope, 0.0)
        if last is not None:
            moved, bent = (point - last[0]) * scale, last[1] - slope
            along = float(moved @ bent)
            if along > 1e-14 * float(np.linalg.norm(moved) * np.linalg.norm(bent)):
                turn = np.eye(n) - np.outer(moved, bent) / along
                curve = turn @ curve @ turn.T + np.outer(moved, moved) / along
        elif np.isfinite(value):
            second = (up + down - 2.0 * value) / (step * scale) ** 2
            curve = np.diag(1.0 / np.clip(-np.where(np.isfinite(second), second, -1), 0.05, 50.0))
        loose = ~(((point <= low) & (slope <= 0.0)) | ((point >= high) & (slope >= 0.0)))
        move = np.zeros(n)
        move[loose] = curve[np.ix_(loose, loose)] @ slope[loose] / scale[loose]
        reach = float(np.abs(move).max())
        if reach == 0.0 or (round_ and 0.5 * float(slope @ (move * scale)) < _ENOUGH):
            break
        move *= min(1.0, 1.0 / reach)
        sizes = np.array([1.0, 2.0, 0.5, 0.25, 0.1, 0.03, 0.01, 0.001])
        tried = np.clip(point + sizes[:, None] * move, low, high)
        found = values(tried)
        top = int(found.argmax())
        last = (point, slope)
        if not found[top] > value:
            break
        point, value = tried[top], float(found[top])
    return point, value


def evenly(count: int, n: int) -> Array:
    """(count, n) points spread evenly over the unit box: multiples of square roots of primes.

    Richtmyer (1951); the same points every time.
    """
    limit = max(16, int(3.0 * n * np.log(n + 2.0)))
    sieve = np.ones(limit, dtype=bool)
    sieve[:2] = False
    for number in range(2, int(limit**0.5) + 1):
        sieve[number * number :: number] &= ~sieve[number]
    roots = np.sqrt(np.flatnonzero(sieve)[:n].astype(float))
    return np.asarray((np.arange(1, count + 1)[:, None] * roots) % 1.0)
