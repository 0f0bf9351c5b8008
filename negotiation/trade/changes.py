"""What a batch of counterfactuals changes: tariffs, trade costs, all other wedges, and tastes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError
from negotiation.trade.checks import Array
from negotiation.trade.given import Given, Pair, Rates, Wedges, common_batch, parted
from negotiation.trade.sourcing import ImportColumn, Own, Shared, Sourcing, padded
from negotiation.trade.system import Exports, System
from negotiation.trade.wedges import PairWedges, Parts, QuotaWedge
from negotiation.trade.world import World

#: A scenario gets a table of its own where it changes more than this part of all pairs, or where
#: what it takes away is more than this share of a buyer's purchases: the difference of nearly equal
#: numbers would lose more than two digits.
_MANY, _FEW_PAIRS, _LOST = 0.25, 16, 0.99

#: Log of the smallest factor on a flow that is written as it is, and of the largest: doubles end at
#: e^-708 and e^709, and unit costs are multiplied to it.
_SMALLEST = 650.0


@dataclasses.dataclass(frozen=True, eq=False)
class Shocks:
    """All that a batch of scenarios changes.

    Attributes
    ----------
    tariff : Given
        t'. Of pairs with other wedges, the rate that raises what the destination collects.
    cost : Given
        tau-hat.
    factor, over, export : Given, or None
        Of the pairs that have more than one plain duty: see `Wedge`.
    taste : Given, or None
        Odds by which the tastes of buyers multiply the share of an origin.
    cells : mapping of (origin, destination) positions to PairWedges
        Where `factor`, `over` and `export` come from.
    """

    tariff: Given
    cost: Given
    factor: Given | None = None
    over: Given | None = None
    export: Given | None = None
    taste: Given | None = None
    cells: Mapping[tuple[int, int], PairWedges] = dataclasses.field(default_factory=dict)

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return self.tariff.batch

    @property
    def given(self) -> dict[str, Given]:
        """What is given, by name; what is not given is left out."""
        names = ("tariff", "cost", "factor", "over", "export", "taste")
        found = {name: getattr(self, name) for name in names}
        return {name: each for name, each in found.items() if each is not None}

    def over_batch(self, batch: tuple[int, ...]) -> Shocks:
        """Broadcast to a batch."""
        return self._each(lambda given: given.over(batch))

    def rows(self, where: tuple[NDArray[np.int64], ...]) -> Shocks:
        """Return some scenarios of the batch, by position."""
        return self._each(lambda given: given.rows(where))

    def _each(self, change: Callable[[Given], Given]) -> Shocks:
        changed: dict[str, Any] = {name: change(each) for name, each in self.given.items()}
        return dataclasses.replace(self, **changed)

    def touched(self) -> NDArray[np.bool_]:
        """(N, N) pairs, origin by destination, that may differ from the baseline."""
        found = self.priced()
        return found if self.taste is None else found | self.taste.touched()

    def priced(self) -> NDArray[np.bool_]:
        """(N, N) those of them that may differ in more than tastes."""
        found = self.tariff.touched() | self.cost.touched()
        return found if self.factor is None else found | self.factor.touched()

    def copies(self, numbers: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """(B,) the first scenario that gives the same; None where whole tables are given.

        Comparing those would cost more memory than solving them.

        Parameters
        ----------
        numbers : (B,) array, optional
            A number of each scenario that has to be the same too.
        """
        total = int(np.prod(self.batch, dtype=int))
        parts: list[Array] = []
        for each in self.given.values():
            found = each.parts()
            if found is None:
                return None
            parts += found
        key = np.zeros(self.batch, dtype=np.uint64)
        for k, values in enumerate(parts):
            # Axes along which all is the same are not read more than once.
            once = tuple(slice(0, 1) if not step else slice(None) for step in values.strides)
            key += _hashed(values[once[: len(self.batch)]], k + 1)
        key = key.reshape(-1)
        if numbers is not None:
            key = key + _mixed(numbers.astype(np.uint64))
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        copy_of = first[which.reshape(-1)]
        own = np.arange(total)
        more = np.flatnonzero(copy_of != own)
        here, there = (np.unravel_index(rows, self.batch) for rows in (more, copy_of[more]))
        same = np.ones(len(more), dtype=bool)
        for values in parts:
            same &= (values[here] == values[there]).all(axis=(-2, -1))
        if numbers is not None:
            same &= numbers[more] == numbers[copy_of[more]]
        copy_of[more[~same]] = more[~same]
        return np.asarray(copy_of)


def _hashed(values: Array, seed: int) -> NDArray[np.uint64]:
    """(...) 64 bits that tell (..., S, 2) numbers apart, nearly always."""
    bits = np.ascontiguousarray(values).view(np.uint64)
    place = np.arange(bits.shape[-2] * bits.shape[-1], dtype=np.uint64).reshape(bits.shape[-2:])
    place += np.uint64(seed << 32)
    return np.asarray(_mixed(bits ^ _mixed(place)).sum(axis=(-2, -1), dtype=np.uint64))


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix bits (SplitMix64, Steele, Lea and Flood 2014)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def _shift(power: Array) -> Array | None:
    """(T, S, N) what to add to the logs of factors (T, S, U, N, N) to make all of them doubles.

    None where all are. Factors that are too small all the same are those of trade that has ended.
    """
    axes = (2, 4)
    low = np.where(power > -2.0 * _SMALLEST, power, 0.0).min(axis=axes)
    high = power.max(axis=axes)
    # No more than it takes: unit costs that have moved much are multiplied to the factors.
    shift = np.where(low < -_SMALLEST, -_SMALLEST - low, 0.0)
    shift = np.minimum(shift, _SMALLEST - high)
    return shift if shift.any() else None


@dataclasses.dataclass(frozen=True, eq=False)
class BuyerColumn:
    """What the trade of one buyer changes to.

    Attributes
    ----------
    buyer : int
    origins : (P,) array
    weights : (2, S, 2, U, P, B) array
        Weights and net weights, and what they differ by; one scenario where all are alike.
    """

    buyer: int
    origins: NDArray[np.int64]
    weights: Array

    @cached_property
    def moved(self) -> Array:
        """(B,) how much of what the buyer purchases moves."""
        return np.asarray(np.abs(self.weights[1, :, 0]).sum(axis=(0, 1, 2)))

    @cached_property
    def lost(self) -> Array:
        """(B,) the largest part of what the buyer purchases for a use that goes."""
        taken = np.minimum(self.weights[1, :, 0], 0.0).sum(axis=2)
        return np.asarray(-taken.min(axis=(0, 1)))

    @cached_property
    def count(self) -> NDArray[np.int64]:
        """(B,) origins whose weights change."""
        return np.asarray((self.weights[1, :, 0] != 0.0).any(axis=(0, 1)).sum(axis=0))

    @cached_property
    def changed(self) -> NDArray[np.bool_]:
        """(B,) whether any weight changes."""
        return np.asarray((self.weights[1] != 0.0).any(axis=(0, 1, 2, 3)))


@dataclasses.dataclass(frozen=True, eq=False)
class Changes:
    """The shocks of some scenarios (one batch axis), as the solver wants them."""

    system: System
    shocks: Shocks
    size: int
    theta: Array | None = None  # (S, B) trade elasticities; None: those of the system
    #: Columns of buyers that are known: of scenarios that change the same for these buyers.
    known: dict[int, BuyerColumn] = dataclasses.field(default_factory=dict)

    @property
    def _theta(self) -> Array:
        """(S, B) trade elasticities, (S, 1) where all have the same."""
        return self.system.theta[:, None] if self.theta is None else self.theta

    @cached_property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(P,) origins and destinations that change in any scenario, by destination."""
        buyers, origins = np.nonzero(self.shocks.touched().T)
        return origins, buyers

    def _on(self, given: Given, pair: tuple[int, int]) -> Array:
        """(S, U, B) values of a pair."""
        assert isinstance(given.values, dict)
        uses = self.system.share.shape[1]
        return given.values[pair][..., -uses:].transpose(1, 2, 0)

    @cached_property
    def columns(self) -> dict[int, BuyerColumn]:
        """What each buyer's trade changes to."""
        buyers, first = np.unique(self.pairs[1], return_index=True)
        edges = [*first.tolist(), len(self.pairs[1])]
        groups: dict[bool, list[slice]] = {True: [], False: []}
        for buyer, start, stop in zip(buyers.tolist(), edges[:-1], edges[1:], strict=True):
            if buyer not in self.known:
                groups[self._alike(self.pairs[0][start:stop], buyer)].append(slice(start, stop))
        found = {}
        for alike, members in groups.items():
            if not members:
                continue
            # All pairs at once: for few scenarios calls cost more than what they do.
            shocks = self.shocks.rows((np.zeros(1, dtype=np.int64),)) if alike else self.shocks
            every = np.concatenate([np.arange(each.start, each.stop) for each in members])
            weights = self._weights(self.pairs[0][every], self.pairs[1][every], shocks)
            start = 0
            for each in members:
                stop = start + each.stop - each.start
                buyer, origins = int(self.pairs[1][each.start]), self.pairs[0][each]
                found[buyer] = BuyerColumn(buyer, origins, weights[..., start:stop, :])
                start = stop
        return {buyer: self.known.get(buyer) or found[buyer] for buyer in buyers.tolist()}

    def _alike(self, origins: NDArray[np.int64], buyer: int) -> bool:
        """Whether a buyer's trade changes in tastes alone, and alike in all scenarios."""
        taste = self.shocks.taste
        if taste is None or not isinstance(taste.values, dict) or self.size == 1:
            return False
        if self.shocks.priced()[:, buyer].any():
            return False
        values = [taste.values[int(origin), buyer] for origin in origins]
        return all(not each.strides[0] or bool((each == each[:1]).all()) for each in values)

    def _weights(
        self, origins: NDArray[np.int64], buyers: NDArray[np.int64], shocks: Shocks
    ) -> Array:
        """(2, S, 2, U, P, B) weights and net weights of pairs, and what they differ by."""
        system = self.system
        uses = system.share.shape[1]
        share = system.share[:, :, buyers, origins][..., None]  # (S, U, P, 1)
        before = 1.0 + system.tariff[:, :, buyers, origins][..., None]
        # (P, B, S, U) to (S, U, P, B)
        after = 1.0 + shocks.tariff.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        cost = shocks.cost.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        over = after
        if shocks.factor is not None and shocks.over is not None:
            after, over = after.copy(), after.copy()
            for p, pair in enumerate(zip(origins.tolist(), buyers.tolist(), strict=True)):
                if pair in shocks.cells:
                    after[:, :, p] = self._on(shocks.factor, pair)
                    over[:, :, p] = self._on(shocks.over, pair)
        with np.errstate(all="ignore"):  # an overflow is found in the residual
            # Where tastes alone shift no power need be taken.
            priced = shocks.priced()[origins, buyers]
            kappa = (after / before * cost)[:, :, priced]
            weight = np.empty(after.shape)
            weight[:] = share
            if priced.any():
                weight[:, :, priced] *= kappa ** -self._theta[:, None, None]
            if shocks.taste is not None:
                weight *= shocks.taste.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
            found = np.empty((2, share.shape[0], 2, *weight.shape[1:]))
            found[0, :, 0], found[0, :, 1] = weight, weight / over
            np.subtract(found[0, :, 0], share, out=found[1, :, 0])
            np.subtract(found[0, :, 1], share / before, out=found[1, :, 1])
            return found

    def exports(self, lanes: NDArray[np.int64], sourcing: Sourcing) -> Exports | None:
        """What origins collect in some scenarios, filled up to a block; None where nothing."""
        given = self.shocks.export
        if given is None:
            return None
        kept = [
            (origin, buyer)
            for buyer, column in self.columns.items()
            for origin in column.origins.tolist()
            if (origin, buyer) in self.shocks.cells
            and np.any(self._on(given, (origin, buyer))[..., lanes])
        ]
        if not kept:
            return None
        lanes = padded(lanes)
        found = []
        for origin, buyer in kept:
            column = self.columns[buyer]
            place = column.origins.tolist().index(origin)
            weight = column.weights[0, :, 0, :, place][..., lanes]
            if isinstance(sourcing, Own):  # its weights may be multiplied
                rows = np.minimum(np.arange(len(lanes)), len(sourcing.tables) - 1)
                weight = sourcing.tables[rows, :, 0, :, buyer, origin].transpose(1, 2, 0)
            found.append(weight * self._on(given, (origin, buyer))[..., lanes])
        origins, buyers = np.array(kept).T
        return Exports(origins, buyers, np.stack(found, axis=2))

    @cached_property
    def tastes(self) -> Array | None:
        """(S, U, N, B) logs of what shifted tastes multiply the weights of a buyer by, or None.

        Shares at unchanged prices sum to one whatever tastes are: the weights are not divided by
        this sum, and the price index is.
        """
        if self.shocks.taste is None:
            return None
        system, taste = self.system, self.shocks.taste
        uses = system.share.shape[1]
        size, shifted = self.size, self._shifted
        if not shifted:
            return None
        if all(column.weights.shape[-1] == 1 for column in shifted):
            size, taste = 1, taste.rows((np.zeros(1, dtype=np.int64),))
        total = np.ones((len(system.share), uses, system.regions, size))
        origins = np.concatenate([each.origins for each in shifted])
        buyers = np.concatenate([np.full(len(each.origins), each.buyer) for each in shifted])
        odds = taste.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        gained = system.share[:, :, buyers, origins][..., None] * (odds - 1.0)
        for p, buyer in enumerate(buyers.tolist()):
            total[:, :, buyer] += gained[:, :, p]
        return np.broadcast_to(np.log(total), (*total.shape[:-1], self.size))

    @property
    def _shifted(self) -> list[BuyerColumn]:
        """Columns of the buyers whose tastes may shift."""
        assert self.shocks.taste is not None
        shifted = np.atleast_1d(self.shocks.taste.touched().any(axis=0))
        return [column for column in self.columns.values() if shifted[column.buyer]]

    @property
    def bytes(self) -> int:
        """Memory that the weights take."""
        return 32 * self.system.share[..., 0, 0].size * len(self.pairs[0]) * self.size

    @cached_property
    def distance(self) -> Array:
        """(B,) how far scenarios are from the baseline: how much of all purchases moves."""
        total = np.zeros(self.size)
        for column in self.columns.values():
            total = total + column.moved
        return total

    @cached_property
    def far(self) -> NDArray[np.bool_]:
        """(B,) which scenarios get a table of their own; each decides by itself alone."""
        lost, changed = np.zeros(self.size), np.zeros(self.size)
        for column in self.columns.values():
            lost = np.maximum(lost, column.lost)
            changed = changed + column.count
        far = ~(lost <= _LOST)
        many = max(_FEW_PAIRS, _MANY * self.system.regions**2)
        if len(self.pairs[0]) > many:
            far |= changed > many
        return far

    def shared(self, lanes: NDArray[np.int64]) -> Sourcing:
        """Return scenarios that share the world's table, filled up to a block."""
        common, lanes = self.system.common, padded(lanes)
        columns = []
        for buyer, column in self.columns.items():
            weight, change = column.weights
            there = np.broadcast_to(column.changed, self.size)[lanes]
            if not there.any():
                continue
            kept = lanes if there.all() else lanes[there]
            columns.append(
                ImportColumn(
                    buyer=buyer,
                    origins=column.origins,
                    lanes=None if there.all() else np.flatnonzero(there),
                    kept=kept if weight.shape[-1] == self.size else kept[:1] * 0,
                    weights=weight,
                    changes=change,
                )
            )
        raised = self.tastes
        if raised is not None and raised.strides[-1]:
            raised = raised[..., lanes]
        elif raised is not None:
            raised = np.broadcast_to(raised[..., :1], (*raised.shape[:-1], len(lanes)))
        return Shared(common, columns, len(lanes), raised)

    def own(self, lanes: NDArray[np.int64]) -> Sourcing:
        """Return scenarios with a table of their own, filled up to a block."""
        system, shocks = self.system, self.shocks
        with np.errstate(all="ignore"):
            after = 1.0 + self._whole(shocks.tariff, lanes)
            cost = self._whole(shocks.cost, lanes)
            over = after
            if shocks.factor is not None and shocks.over is not None:
                over = after.copy()
                for i, n in shocks.cells:
                    # (S, U, B) to (B, S, U)
                    there = (slice(None), slice(None), slice(None), n, i)
                    one = self._on(shocks.factor, (i, n))[..., lanes].transpose(2, 0, 1)
                    after[there] = one
                    over[there] = self._on(shocks.over, (i, n))[..., lanes].transpose(2, 0, 1)
            kappa = after / (1.0 + system.tariff) * cost
            power = -self._theta.T[..., None, None, None]  # (T or 1, S, 1, 1, 1)
            power = power if self.theta is None else power[lanes]
            weight = system.share * kappa**power
            shift = _shift(np.where(system.share > 0.0, power * np.log(kappa), 0.0))
            odds = None if shocks.taste is None else self._whole(shocks.taste, lanes)
            if shift is not None:
                by_buyer = shift[:, :, None, :, None]
                raised = power * np.log(kappa) + by_buyer
                lifted = by_buyer != 0.0
                weight = np.where(lifted, system.share * np.exp(raised), weight)
                shift = shift[:, :, None]
            if odds is not None and self.tastes is not None:
                weight = weight * odds
                taste = self.tastes[..., lanes].transpose(3, 0, 1, 2)
                shift = taste if shift is None else shift + taste
            return Own(np.stack([weight, weight / over], axis=2), len(padded(lanes)), shift)

    def _whole(self, given: Given, which: NDArray[np.int64]) -> Array:
        """(T, S, U, N, N) values over all flows, [destination, origin]."""
        uses = self.system.share.shape[1]
        return given.rows((which,)).full[..., -uses:].transpose(0, 3, 4, 2, 1)


@dataclasses.dataclass(frozen=True, eq=False)
class Asked:
    """Shocks as they were asked for, checked, of which quotas may still move some.

    Attributes
    ----------
    tariff, cost : Given
    parts, taxes : mapping of (origin, destination) positions to Parts
        Duties and export taxes on parts of the trade of a pair.
    tax, rent, rent_share, taste : Given, or None
    elasticity : (..., S) array, or None
        Trade elasticities where they differ by scenario.
    """

    world: World
    tariff: Given
    cost: Given
    parts: dict[tuple[int, int], Parts]
    taxes: dict[tuple[int, int], Parts]
    tax: Given | None
    rent: Given | None
    rent_share: Given | None
    taste: Given | None
    elasticity: Array | None = None

    @classmethod
    def read(
        cls,
        world: World,
        *,
        tariff: Wedges | None,
        trade_cost: Rates | None,
        export_tax: Wedges | None = None,
        rent: Rates | None = None,
        rent_share: Rates | float = 1.0,
        taste: Rates | None = None,
        tariff_unit: str | None = None,
        elasticity: Array | None = None,
    ) -> Asked:
        """Check what a counterfactual was given."""
        ones, zeros = (np.broadcast_to(each, world.flows.shape) for each in (1.0, 0.0))
        ask = tariff_unit is None
        tariff, parts = parted("tariff", tariff, world, duties=True, ask=ask)
        export_tax, taxes = parted("export_tax", export_tax, world, duties=False, ask=ask)

        def other(
            what: str,
            given: Rates | None,
            base: Array,
            above: float,
            unit: str | None = "fraction",
        ) -> Given | None:
            if given is None:
                return None
            return Given.read(what, given, world, base, above=above, unit=unit)

        shares = None
        if rent is not None:
            whole = rent_share if isinstance(rent_share, Mapping) else np.asarray(rent_share)
            if not isinstance(whole, Mapping) and whole.ndim < 4:
                whole = whole[..., None, None, None, None] if whole.ndim else whole
            shares = Given.read("rent_share", whole, world, ones, above=-np.inf)
            every = shares.values.values() if isinstance(shares.values, dict) else [shares.values]
            if any(values.min() < 0.0 or values.max() > 1.0 for values in every):
                raise DataError("rent_share holds a number that is not a share; expected 0 to 1")
        return cls(
            world=world,
            tariff=Given.read("tariff", tariff, world, world.tariff, above=-1.0, unit=tariff_unit),
            cost=Given.read("trade_cost", trade_cost, world, ones, above=0.0),
            parts=parts,
            taxes=taxes,
            tax=other("export_tax", export_tax, zeros, -1.0, tariff_unit),
            rent=other("rent", rent, zeros, -1.0),
            rent_share=shares,
            taste=other("taste", taste, ones, 0.0),
            elasticity=elasticity,
        )

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch."""
        return common_batch(self.batches)

    @property
    def batches(self) -> dict[str, tuple[int, ...]]:
        """Shapes of batches, by what has them."""
        given = {
            "tariff": self.tariff,
            "trade_cost": self.cost,
            "export_tax": self.tax,
            "rent": self.rent,
            "rent_share": self.rent_share,
            "taste": self.taste,
        }
        found = {name: each.batch for name, each in given.items() if each is not None}
        for what, each in (("tariff", self.parts), ("export_tax", self.taxes)):
            for (i, n), parts in each.items():
                one, other = self.world.regions[i], self.world.regions[n]
                found[f"{what} on {one} to {other}"] = np.broadcast_shapes(
                    parts.rate.shape[:-3], parts.share.shape[:-3]
                )
        return found

    def shocks(
        self, batch: tuple[int, ...], quotas: Mapping[Pair, tuple[QuotaWedge, ...]] | None = None
    ) -> Shocks:
        """Put all wedges together over a batch.

        Parameters
        ----------
        quotas : mapping of (origin, destination) positions to tuples of QuotaWedge, optional
        """
        theta = self._theta
        quotas = quotas or {}
        pairs = {*self.parts, *self.taxes, *quotas}
        for each in (self.tax, self.rent):
            if each is not None:
                pairs |= {(int(i), int(n)) for i, n in np.argwhere(each.touched())}
        cells, wedges = {}, {}
        for pair in sorted(pairs):
            cell = self._cell(pair, tuple(quotas.get(pair, ())))
            with np.errstate(all="ignore"):
                wedge = cell.at(theta)
            shape = (*batch, *self.world.flows.shape[2:])
            cells[pair] = cell
            wedges[pair] = [
                np.broadcast_to(each, shape) for each in (wedge.factor, wedge.over, wedge.export)
            ]
        tariff = self.tariff.over(batch)
        shocks = Shocks(
            tariff,
            self.cost.over(batch),
            taste=None if self.taste is None else self.taste.over(batch),
        )
        if not cells:
            return shocks
        if isinstance(tariff.values, dict):
            rates = dict(tariff.values)
            for pair, (_, over, export) in wedges.items():
                rates[pair] = over * (1.0 - export) - 1.0  # on what the producer gets
            tariff = Given(tariff.base, rates, batch)
        found = [
            Given(base, {pair: values[k] for pair, values in wedges.items()}, batch)
            for k, base in enumerate(
                (1.0 + self.world.tariff, 1.0 + self.world.tariff, np.zeros_like(self.world.tariff))
            )
        ]
        return dataclasses.replace(
            shocks, tariff=tariff, factor=found[0], over=found[1], export=found[2], cells=cells
        )

    @property
    def _theta(self) -> Array:
        """(..., S, 1) trade elasticities."""
        own = self.world.trade_elasticity if self.elasticity is None else self.elasticity
        return own[..., None]

    @property
    def crossed(self) -> set[Pair]:
        """Pairs of which both duties and export taxes are on parts."""
        return {*self.parts} & {*self.taxes}

    def border(self, pair: Pair, quotas: tuple[QuotaWedge, ...] = ()) -> Array:
        """(..., S, 2) the value of sales with export taxes against that without.

        Of crossed pairs it moves with the duties and the quotas.
        """
        return np.asarray(self._cell(pair, quotas).at(self._theta).border)

    def _cell(self, pair: Pair, quotas: tuple[QuotaWedge, ...]) -> PairWedges:
        def at(given: Given | None, otherwise: float) -> Array:
            block = (slice(pair[0], pair[0] + 1), slice(pair[1], pair[1] + 1))
            if given is None:
                return np.full((1, 1), otherwise)
            return given.block(block)[..., 0, 0, :, :]

        return PairWedges(
            treaty=self.world.tariff[pair],
            duty=self.parts[pair] if pair in self.parts else at(self.tariff, 0.0),
            tax=self.taxes[pair] if pair in self.taxes else at(self.tax, 0.0),
            rent=at(self.rent, 0.0),
            rent_share=at(self.rent_share, 1.0),
            quotas=quotas,
        )
