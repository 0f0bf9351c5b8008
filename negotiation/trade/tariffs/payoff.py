"""What countries get from taxes on trade they choose: payoffs, slopes by own rates, in batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from negotiation.trade.adjoint import Gradient, by_flow, gradient
from negotiation.trade.equilibrium import TradeEquilibrium, counterfactual
from negotiation.trade.tariffs.schedule import Instruments, Levy, formula_rate
from negotiation.trade.world import Array, World

#: Bytes of tariffs handed to the solver at once: a large batch costs least per scenario, but its
#: arrays over the flows must fit in memory beside the solver's own.
_BATCH_BYTES = 48_000_000

#: Part of all pairs of regions beyond which a game counts from where it is.
_DENSE = 0.2

#: Pairs of regions beyond which rates are written as one array rather than pair by pair.
_MANY_PAIRS = 200

#: Points, each a move of one country from where all trade is taxed, that are solved together.
_TOGETHER = 8

#: Sales, as a share of the largest, that have ended: what they come to elsewhere cannot be counted
#: from there in doubles.
_ENDED = 1e-200

#: Points so few that one scenario for each player costs less than one solve for each.
_FEW = 4


@dataclasses.dataclass
class Count:
    """Trade equilibria solved so far, and how many of them did not converge."""

    solved: int = 0
    failed: int = 0


@dataclasses.dataclass(frozen=True, eq=False)
class TariffGame:
    """Countries that choose tariffs or export taxes; a point is all their variables in a row.

    The payoff of a country is its welfare change plus what its government sees in jobs, both as
    shares of its income: (EV + sum over s of lambda_s * change in real value added) / income.

    Attributes
    ----------
    world : World
        What payoffs are counted from.
    players : tuple of Instruments
    base : (N, N, S, 2) array
        The tariffs that hold where nobody chooses.
    base_tax : mapping of (origin, destination) positions to (S, 1) arrays
        Export taxes that hold; no others do where nobody chooses.
    engine : World
        The world counted from when solving: a world nearby makes changes small. Never seen in a
        result.
    welfare : (N,) array
        What the engine's world is to `world`, W-hat.
    value_added : (N, S) array
        The same for real value added.
    near : TradeEquilibrium, optional
        Where solutions start.
    origin : (n,) array, optional
        The point at which the rates of the engine's world are.
    count : Count
    """

    world: World
    players: tuple[Instruments, ...]
    base: Array
    base_tax: Mapping[tuple[int, int], Array]
    engine: World
    welfare: Array
    value_added: Array
    near: TradeEquilibrium | None
    origin: Array | None
    count: Count

    @classmethod
    def of(cls, world: World, players: tuple[Instruments, ...]) -> TariffGame:
        """Return the game, counted from the world itself."""
        n, s = world.output.shape
        base = world.tariff
        for player in players:
            for levy in player.levies:
                if levy.held is not None:  # a tariff always
                    base = base.copy()
                    origin, sector = np.nonzero(levy.held.cells)
                    base[origin, player.country, sector] = levy.held.rate
        return cls(
            world, players, base, {}, world, np.ones(n), np.ones((n, s)), None, None, Count()
        )

    @property
    def start(self) -> Array:
        """(n,) first point of all players."""
        return np.concatenate([player.start for player in self.players])

    @property
    def scale(self) -> Array:
        """(n,) scale of the variables."""
        return np.concatenate([player.scale for player in self.players])

    @property
    def box(self) -> tuple[Array, Array]:
        """Bounds, twice (n,)."""
        low, high = zip(*(player.box for player in self.players), strict=True)
        return np.concatenate(low), np.concatenate(high)

    def part(self, player: int) -> slice:
        """Where a player's variables stand in a point."""
        return slice(self._first[player], self._first[player + 1])

    @cached_property
    def _first(self) -> list[int]:
        return [0, *accumulate(player.count for player in self.players)]

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """(n,) whose variable each is."""
        return np.repeat(np.arange(len(self.players)), [each.count for each in self.players])

    @cached_property
    def pairs(self) -> list[list[tuple[int, int]]]:
        """(origin, destination) pairs on which each player sets tariffs."""
        return [[(k, each.country) for k in _partners(each, "import")] for each in self.players]

    @cached_property
    def sold(self) -> list[list[tuple[int, int]]]:
        """(origin, destination) pairs on which each player sets export taxes."""
        return [[(each.country, k) for k in _partners(each, "export")] for each in self.players]

    @cached_property
    def exports(self) -> bool:
        """Whether there are export taxes."""
        return bool(self.base_tax) or any(self.sold)

    @cached_property
    def dense(self) -> bool:
        """Whether much of the world's trade is taxed by choice, in tariffs alone.

        Changes can be counted from where it is only then: a world holds no export taxes.
        """
        much = sum(map(len, self.pairs)) > _DENSE * len(self.world.regions) ** 2
        return much and not self.exports

    @cached_property
    def _elsewhere(self) -> dict[tuple[int, int], Array]:
        """(S, 2) rates that nobody chooses and the engine's world does not have, by pair."""
        if self.origin is not None:
            return {}
        differs = np.argwhere((self.base != self.engine.tariff).any(axis=(2, 3)))
        return {(int(i), int(n)): self.base[i, n] for i, n in differs}

    def _levy(self, number: int, kind: str) -> tuple[Levy, slice] | None:
        """A player's tariffs or its export taxes, and where their variables stand in a point."""
        player, begin = self.players[number], self._first[number]
        for levy, first, last in zip(player.levies, player.edges, player.edges[1:], strict=False):
            if levy.kind == kind and levy.count:
                return levy, slice(begin + first, begin + last)
        return None

    def _rates(self, points: Array, number: int) -> Array:
        """(B, P, S, 2) tariffs on the pairs on which a player sets them, at points (B, n)."""
        found = self._levy(number, "import")
        origins = [pair[0] for pair in self.pairs[number]]
        kept = self.base[origins, self.players[number].country]
        if found is None:
            return np.broadcast_to(kept, (len(points), *kept.shape))
        levy, own = found
        group = levy.group[origins]
        chosen = np.expm1(points[:, own])[:, np.maximum(group, 0), None]
        return np.where((group >= 0)[..., None], chosen, kept)

    def taxes(self, points: Array) -> dict[tuple[int, int], Array]:
        """(B, S, 1) export taxes at points (B, n), by (origin, destination) positions."""
        taxes = {
            pair: np.broadcast_to(each, (len(points), *each.shape))
            for pair, each in self.base_tax.items()
        }
        for number, pairs in enumerate(self.sold):
            found = self._levy(number, "export")
            if found is not None:
                levy, own = found
                chosen = np.expm1(points[:, own])
                for pair in pairs:
                    group = levy.group[pair[1]]
                    rates = np.where(group >= 0, chosen[:, np.maximum(group, 0)], 0.0)
                    taxes[pair] = rates[..., None]
        return taxes

    def tariff(self, points: Array) -> Array:
        """(B, N, N, S, 2) tariffs at points (B, n)."""
        return self._table(self.base, points, range(len(self.players)))

    def _table(self, table: Array, points: Array, moved: Iterable[int]) -> Array:
        """(B, N, N, S, 2) rates of a table, and of some players at points (B, n)."""
        tariff = np.repeat(table[None], len(points), axis=0)
        chosen = np.expm1(points)
        for number in moved:
            found = self._levy(int(number), "import")
            if found is not None:
                levy, own = found
                origin, sector = np.nonzero(levy.group >= 0)
                rates = chosen[:, own][:, levy.group[origin, sector], None]
                tariff[:, origin, self.players[number].country, sector] = rates
        return tariff

    def solve(self, points: Array) -> TradeEquilibrium:
        """Solve at points (B, n), counted from the engine's world."""
        rates: Array | dict[tuple[str, str], Array]
        moved = np.arange(len(self.players))
        if self.origin is not None:
            moved = np.unique(self.owner[(points != self.origin).any(axis=0)])
        if sum(len(self.pairs[number]) for number in moved) > _MANY_PAIRS:
            table = self.base if self.origin is None else self.engine.tariff
            rates = self._table(table, points, moved)
        else:
            # Rates that nobody moves are the engine's own; one pair at least carries the batch.
            codes = self.world.regions
            rates = {(codes[i], codes[n]): each for (i, n), each in self._elsewhere.items()}
            if not len(moved):
                rates[codes[0], codes[0]] = np.repeat(self.base[:1, 0], len(points), axis=0)
            for number in moved:
                own = self._rates(points, int(number))
                pairs = self.pairs[number]
                rates |= {(codes[i], codes[n]): own[:, at] for at, (i, n) in enumerate(pairs)}
        equilibrium = counterfactual(
            self.engine,
            rates,
            start=self.near,
            tariff_unit="fraction",
            export_tax=self.named(self.taxes(points)) if self.exports else None,
        )
        self.count.solved += len(points)
        self.count.failed += int((~equilibrium.converged).sum())
        return equilibrium

    def named(self, taxes: Mapping[tuple[int, int], Array]) -> dict[tuple[str, str], Array]:
        """Return export taxes by the codes of their pairs."""
        codes = self.world.regions
        return {(codes[i], codes[n]): each for (i, n), each in taxes.items()}

    def payoffs(self, points: Array) -> Array:
        """(B, players) payoffs at points (B, n); NaN where not converged."""
        return np.concatenate([self.payoffs_at(self.solve(some)) for some in self._parts(points)])

    def _parts(self, points: Array) -> list[Array]:
        """Cut a batch where its tariffs would not fit."""
        taxed = sum(map(len, self.pairs)) + sum(map(len, self.sold))
        if self.dense:
            taxed = len(self.world.regions) ** 2
        size = max(16, _BATCH_BYTES // (16 * taxed * len(self.world.sectors)))
        if self.origin is not None and len(self.players) > 1:
            # Few players move in each of a few points; but nobody does where slopes are wanted.
            size = _TOGETHER if (points != self.origin).any() else max(size, 64)
        return [points[at : at + size] for at in range(0, len(points), size)]

    def payoffs_at(self, equilibrium: TradeEquilibrium) -> Array:
        """(B, players) payoffs in equilibria counted from the engine's world."""
        welfare = equilibrium.welfare * self.welfare
        payoffs = [welfare[..., player.country] - 1.0 for player in self.players]
        for number, player in enumerate(self.players):
            favoured = np.flatnonzero(player.reward)
            if len(favoured):
                before = self.value_added[player.country, favoured]
                now = before * equilibrium.real_value_added[..., player.country, favoured]
                payoffs[number] = payoffs[number] + (now - 1.0) @ player.reward[favoured]
        return np.stack(payoffs, axis=-1)

    def weighted(self, points: Array, weight: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Payoffs (B, players), and slopes (B, n) of their weighted sum.

        Parameters
        ----------
        points : (B, n) array
        weight : function
            From the payoffs to the weights, (B, players).
        """
        found = []
        for some in self._parts(points):
            equilibrium = self.solve(some)
            payoffs = self.payoffs_at(equilibrium)
            slope = gradient(equilibrium, self._seed(weight(payoffs)))
            rows = np.arange(len(some))
            parts = [self._by_own(slope, some, rows, number) for number in range(len(self.players))]
            found.append((payoffs, np.concatenate(parts, axis=1) * np.exp(some)))
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def own(self, points: Array) -> Array:
        """(B, n) slopes of each player's payoff by its own variables, at points (B, n)."""
        slopes = np.empty_like(points)
        if len(points) < _FEW:
            who = np.tile(np.arange(len(self.players)), len(points))
            found = self.own_of(np.repeat(points, len(self.players), axis=0), who)
            for number in range(len(self.players)):
                own = self.part(number)
                slopes[:, own] = found[number :: len(self.players), own]
            return slopes
        for at, some in _numbered(self._parts(points)):
            equilibrium = self.solve(some)
            for number, row in enumerate(np.eye(len(self.players))):
                slope = gradient(equilibrium, self._seed(np.tile(row, (len(some), 1))))
                here = self._by_own(slope, some, np.arange(len(some)), number)
                slopes[at : at + len(some), self.part(number)] = here
        return slopes * np.exp(points)

    def own_of(self, points: Array, who: NDArray[np.int64]) -> Array:
        """(B, n) slopes of the payoff of one player per point by its own variables, else NaN."""
        slopes = np.full(points.shape, np.nan)
        for at, some in _numbered(self._parts(points)):
            here = who[at : at + len(some)]
            slope = gradient(self.solve(some), self._seed(np.eye(len(self.players))[here]))
            for number in np.unique(here):
                rows = np.flatnonzero(here == number)
                slopes[at + rows, self.part(number)] = self._by_own(slope, some, rows, number)
        return slopes * np.exp(points)

    def _seed(self, weight: Array) -> dict[str, Array]:
        """Weights on results whose sum has the slope of payoffs weighted by (B, players)."""
        n, s = self.world.output.shape
        welfare, added = np.zeros((len(weight), n)), np.zeros((len(weight), n, s))
        for number, player in enumerate(self.players):
            at = player.country
            welfare[:, at] += weight[:, number] * self.welfare[at]
            jobs = player.reward * self.value_added[at]
            added[:, at] += weight[:, number, None] * jobs
        return {"welfare": welfare, **({"real_value_added": added} if added.any() else {})}

    def _by_own(
        self, slope: Gradient, points: Array, rows: NDArray[np.int64], number: int
    ) -> Array:
        """(rows, n) derivatives by the rates of one player, in some scenarios."""
        if self.exports:
            return self._by_taxes(slope, points, rows, number)
        at, world = slope.equilibrium, self.engine
        buyer = self.players[number].country
        origins = np.array([pair[0] for pair in self.pairs[number]])
        theta = world.trade_elasticity[:, None]
        rates = self._rates(points[rows], number)
        change = (1.0 + rates) / (1.0 + world.tariff[origins, buyer])
        price = change * at.unit_cost[rows][:, origins, :, None]
        share = world.share[origins, buyer] * (price / at.prices[rows, None, buyer]) ** -theta
        bought = at.spending[rows, None, buyer] * slope.at_output[rows][:, origins, :, None]
        index = slope.at_index[rows, None, buyer]
        by_rate, _ = by_flow(theta, share, rates, index, bought)
        (levy,) = self.players[number].levies
        return _by_group(by_rate, levy.group[origins], levy.count)

    def _by_taxes(
        self, slope: Gradient, points: Array, rows: NDArray[np.int64], number: int
    ) -> Array:
        """Do the same where there are export taxes: `Gradient` pair by pair, all pairs at once."""
        at, world, here = slope.equilibrium, self.engine, points[rows]
        theta = world.trade_elasticity[:, None]
        taxes = self.taxes(here)
        none = np.zeros((len(rows), len(world.sectors), 1))
        parts = []
        for levy in self.players[number].levies:
            pairs = (self.pairs if levy.kind == "import" else self.sold)[number]
            if not pairs:
                parts.append(np.zeros((len(rows), 0)))
                continue
            i, n = np.array(pairs).T
            duty = 1.0 + self._duties(here, pairs)
            tax = 1.0 + np.stack([taxes.get(pair, none) for pair in pairs], axis=1)
            price = duty * tax / (1.0 + world.tariff[i, n]) * at.unit_cost[rows][:, i, :, None]
            share = world.share[i, n] * (price / at.prices[rows][:, n]) ** -theta
            bought, index = at.spending[rows][:, n], slope.at_index[rows][:, n]
            # By the log of what reaches the seller, and by what the seller's government collects.
            net = (index[..., 1] + bought * slope.at_output[rows][:, i, :, None]) / (duty * tax)
            collected = slope.at_abroad[rows][:, i] - slope.at_home[rows][:, n]
            got = bought * collected[..., None, None]
            export = (tax - 1.0) / (duty * tax)
            by_log = -theta * (index[..., 0] + net + got * export) - net
            if levy.kind == "import":
                by_rate = share * (by_log - got * export) / duty
                group = levy.group[i]
            else:
                by_rate = share * (by_log + got / (duty * tax)) / tax
                group = levy.group[n]
            parts.append(_by_group(by_rate, group, levy.count))
        return np.concatenate(parts, axis=1)

    def _duties(self, points: Array, pairs: list[tuple[int, int]]) -> Array:
        """(B, P, S, 2) tariffs on some pairs at points (B, n), whoever sets them."""
        rates = np.repeat(self.base[tuple(np.array(pairs).T)][None], len(points), axis=0)
        chosen = {
            pair: (number, place)
            for number, own in enumerate(self.pairs)
            for place, pair in enumerate(own)
        }
        of = {number: self._rates(points, number)
              for number in {chosen[pair][0] for pair in pairs if pair in chosen}}  # fmt: skip
        for at, pair in enumerate(pairs):
            if pair in chosen:
                number, place = chosen[pair]
                rates[:, at] = of[number][:, place]
        return rates

    def nearby(self, point: Array) -> TariffGame:
        """Return the same game, solved faster around a point (n,).

        Where much of the world's trade is taxed, changes are counted from the equilibrium at the
        point, so that each country's deviation changes its own imports only; elsewhere solutions
        start from it.
        """
        equilibrium = self.solve(point[None])
        if not bool(equilibrium.converged[0]):
            return self
        if not self.dense:
            return dataclasses.replace(self, near=equilibrium)
        engine = equilibrium.as_world(0)
        if ((engine.flows < _ENDED * engine.flows.max()) & (self.engine.flows > 0.0)).any():
            return dataclasses.replace(self, near=equilibrium)
        added = self.value_added * equilibrium.real_value_added[0]
        return dataclasses.replace(
            self,
            engine=engine,
            origin=point.copy(),
            welfare=self.welfare * equilibrium.welfare[0],
            value_added=np.where(np.isfinite(added), added, 1.0),
        )

    def formula(self) -> Array:
        """(n,) every player's rates from the demand for its exports in the engine's world."""
        world = self.engine
        answer = np.empty(len(self.owner))
        for number, player in enumerate(self.players):
            partners = [pair[0] for pair in self.pairs[number]]
            exports, share = (each[player.country, partners] for each in (world.flows, world.share))
            rate = formula_rate(exports, share, world.trade_elasticity)
            answer[self.part(number)] = np.log1p(rate)
        return np.clip(answer, *self.box)

    def alone(self, player: int, point: Array) -> TariffGame:
        """Return the game of one player whose opponents stay at a point (n,)."""
        others = {
            pair: each[0]
            for pair, each in self.taxes(point[None]).items()
            if pair not in self.sold[player]
        }
        return dataclasses.replace(
            self,
            players=(self.players[player],),
            base=self.tariff(point[None])[0],
            base_tax=others,
            origin=None,
        )


def _partners(player: Instruments, kind: str) -> list[int]:
    """Positions of those whose trade with a player it taxes."""
    levy = player.of(kind)
    return [] if levy is None else np.flatnonzero((levy.group >= 0).any(axis=1)).tolist()


def _by_group(by_rate: Array, group: NDArray[np.int64], count: int) -> Array:
    """(B, n) derivatives by variables, of those by rates of pairs, (B, P, S, 2)."""
    member = group.ravel()[:, None] == np.arange(count)
    return np.asarray(by_rate.sum(axis=-1).reshape(len(by_rate), len(member)) @ member)


def _numbered(parts: list[Array]) -> Iterator[tuple[int, Array]]:
    """Parts of a batch with the place of their first point."""
    at = 0
    for part in parts:
        yield at, part
        at += len(part)
