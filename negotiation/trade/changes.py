"""What a batch of counterfactuals changes: tariffs, trade costs and all other wedges, and tastes.

Rates are given in any of three ways: an array over all flows, one number, or a mapping of (origin,
destination) to rates of that pair. The solver works on the pairs that change, so the last is the
cheapest to write and to solve.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.tolerances import SHARE_SUM, TARIFF_USUAL
from negotiation.trade.checks import USES, Array
from negotiation.trade.rates import IN_PYTHON, divisor, doubt_of_changes, percentage, question
from negotiation.trade.sourcing import ImportColumn, Own, Shared, Sourcing, padded
from negotiation.trade.system import Exports, System
from negotiation.trade.wedges import PairWedges, Parts, QuotaWedge
from negotiation.trade.world import World

#: Rates on flows: an array broadcastable to (..., N, N, S, 2), or (origin, destination) codes to
#: arrays broadcastable to (..., S, 2).
Rates: TypeAlias = ArrayLike | Mapping[tuple[str, str], ArrayLike]

#: The same, or duties on parts of the trade of a pair.
Wedges: TypeAlias = ArrayLike | Mapping[tuple[str, str], ArrayLike | Parts]

Pair: TypeAlias = tuple[int, int]

#: A scenario gets a table of its own where it changes more than this part of all pairs, or where
#: what it takes away is more than this share of a buyer's purchases: the difference of nearly equal
#: numbers would lose more than two digits.
_MANY, _FEW_PAIRS, _LOST = 0.25, 16, 0.99

#: Log of the smallest factor on a flow that is written as it is, and of the largest: doubles end at
#: e^-708 and e^709, and unit costs are multiplied to it.
_SMALLEST = 650.0


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """Rates as they were given, checked, over a batch.

    Attributes
    ----------
    base : (N, N, S, 2) array
        What holds where nothing is given.
    values : array or mapping
        (batch..., N, N, S, 2), or (origin, destination) positions to (batch..., S, 2).
    """

    base: Array
    values: Array | dict[tuple[int, int], Array]
    batch: tuple[int, ...]

    @classmethod
    def read(
        cls,
        what: str,
        rates: Rates | None,
        world: World,
        base: Array,
        above: float,
        unit: str | None = "fraction",
    ) -> Given:
        """Check rates against a world; `unit` is that of tariffs, None where it was not stated.

        Raises
        ------
        DataError
            Not numbers, a shape that does not fit, a pair that is not known, a rate out of range.
        """
        shape = world.flows.shape
        if rates is None:
            return cls(base, {}, ())
        if isinstance(rates, Mapping):
            values: dict[tuple[int, int], Array] = {}
            asked: dict[tuple[int, int], str] = {}
            for pair, given in rates.items():
                name = f"{what}[{pair!r}]"
                at = _pair(what, pair, world)
                values[at] = _array(name, given, shape[2:], above, unit)
                if unit is None and percentage(given) is None:
                    asked[at] = name
            batch = common_batch(
                {
                    f"{what}[{pair!r}]": each.shape[:-2]
                    for pair, each in zip(rates, values.values(), strict=True)
                }
            )
            _ask([(name, values[at], base[at]) for at, name in asked.items()], bool(batch))
            return cls(base, values, batch)
        array = _array(what, rates, shape, above, unit)
        if unit is None and percentage(rates) is None:
            _ask([(what, array, base)], array.ndim > len(shape))
        return cls(base, array, array.shape[:-4])

    def over(self, batch: tuple[int, ...]) -> Given:
        """Broadcast to a batch."""
        if isinstance(self.values, dict):
            spread = {
                pair: np.broadcast_to(each, (*batch, *each.shape[-2:]))
                for pair, each in self.values.items()
            }
            return Given(self.base, spread, batch)
        whole = (*batch, *self.base.shape)
        return Given(self.base, np.broadcast_to(self.values, whole), batch)

    def rows(self, where: tuple[NDArray[np.int64], ...]) -> Given:
        """Return some scenarios of the batch, by position."""
        if isinstance(self.values, dict):
            chosen = {pair: each[where] for pair, each in self.values.items()}
            return Given(self.base, chosen, where[0].shape if where else ())
        return Given(self.base, self.values[where], where[0].shape if where else ())

    def changed(self) -> Array | None:
        """(B, K) what each scenario gives, flattened; None where whole tables are given."""
        if not isinstance(self.values, dict):
            return None
        total = int(np.prod(self.batch, dtype=int))
        parts = [each.reshape(total, -1) for each in self.values.values()]
        return np.ascontiguousarray(np.concatenate([np.empty((total, 0)), *parts], axis=-1))

    def touched(self) -> NDArray[np.bool_]:
        """(N, N) pairs, origin by destination, whose rates may differ from the baseline."""
        if isinstance(self.values, dict):
            found = np.zeros(self.base.shape[:2], dtype=bool)
            for pair in self.values:
                found[pair] = True
            return found
        axes = (*range(len(self.batch)), -2, -1)
        return np.asarray((self.values != self.base).any(axis=axes))

    def on(self, origins: NDArray[np.int64], buyers: NDArray[np.int64]) -> Array:
        """(P, batch..., S, 2) rates of some pairs."""
        if isinstance(self.values, dict):
            shape = (len(origins), *self.batch, *self.base.shape[2:])
            base = self.base[origins, buyers]
            found = np.empty(shape)
            found[...] = base.reshape(len(base), *[1] * len(self.batch), *base.shape[1:])
            for place, pair in enumerate(zip(origins.tolist(), buyers.tolist(), strict=True)):
                if pair in self.values:
                    found[place] = self.values[pair]
            return found
        return np.moveaxis(self.values[..., origins, buyers, :, :], -3, 0)

    def block(self, pair: tuple[slice, slice]) -> Array:
        """(batch..., I, N, S, 2) rates of some origins and destinations."""
        if not isinstance(self.values, dict):
            return self.values[(..., *pair, slice(None), slice(None))]
        n = len(self.base)
        origins, buyers = (range(*each.indices(n)) for each in pair)
        found = np.broadcast_to(self.base[pair], (*self.batch, *self.base[pair].shape)).copy()
        for (i, j), each in self.values.items():
            if i in origins and j in buyers:
                found[..., origins.index(i), buyers.index(j), :, :] = each
        return found

    @cached_property
    def full(self) -> Array:
        """(batch..., N, N, S, 2)."""
        if not isinstance(self.values, dict):
            return self.values
        whole = np.broadcast_to(self.base, (*self.batch, *self.base.shape))
        if self.values:
            whole = whole.copy()
            for (i, j), each in self.values.items():
                whole[..., i, j, :, :] = each
        return whole


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
    def _given(self) -> dict[str, Given]:
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
        changed: dict[str, Any] = {name: change(each) for name, each in self._given.items()}
        return dataclasses.replace(self, **changed)

    def touched(self) -> NDArray[np.bool_]:
        """(N, N) pairs, origin by destination, that may differ from the baseline."""
        found = self.tariff.touched() | self.cost.touched()
        for each in (self.factor, self.taste):
            if each is not None:
                found |= each.touched()
        return found

    def changed(self) -> Array | None:
        """(B, K) what each scenario gives, flattened; None where whole tables are given."""
        parts = [each.changed() for each in self._given.values()]
        if any(part is None for part in parts):
            return None
        return np.concatenate([part for part in parts if part is not None], axis=-1)


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


def _pair(what: str, key: object, world: World) -> Pair:
    """Positions of the regions that a key names."""
    if not (isinstance(key, tuple) and len(key) == 2):
        raise DataError(f"{what} has the key {key!r}; expected (origin, destination), two codes")
    return world.region(key[0]), world.region(key[1])


def _ask(
    rates: Sequence[tuple[str, Array, Array]], several: bool, way_out: str = IN_PYTHON
) -> None:
    """Ask about rates that look like percentages: what each is called, the rates, the baseline's.

    Only what changes is looked at.
    """
    if all(new.max(initial=0.0) <= TARIFF_USUAL for _, new, _ in rates):
        return
    changed = [(name, new[new != before]) for name, new, before in rates]
    at = doubt_of_changes(np.concatenate([new for _, new in changed]), several)
    for name, new in changed:
        if at is not None and at < len(new):
            raise DataError(f"{name} holds a rate in doubt: {question(float(new[at]), way_out)}")
        at = None if at is None else at - len(new)


def _array(
    what: str, given: ArrayLike, shape: tuple[int, ...], above: float, unit: str | None
) -> Array:
    stated, scale = percentage(given), divisor(unit)
    if isinstance(given, Parts):
        raise DataError(
            f"{what} is given by parts; expected an array of numbers (import duties and export "
            "taxes of a pair may be Parts, in a mapping by pair)"
        )
    try:
        values = np.asarray(given if stated is None else stated, dtype=float)
        if scale != 1.0 and stated is None:
            values = values / scale
    except (TypeError, ValueError):
        raise DataError(f"{what} is not an array of numbers") from None
    try:
        whole = np.broadcast_to(values, np.broadcast_shapes(values.shape, shape))
        if whole.shape[-len(shape) :] != shape:
            raise ValueError
    except ValueError:
        names = "N, N, S, 2" if len(shape) == 4 else "S, 2"
        raise DataError(
            f"{what} has shape {values.shape}; expected (..., {names}) = "
            f"(..., {', '.join(map(str, shape))})"
        ) from None
    # The least and the largest say it all: both are NaN if anything is.
    if values.size and not (values.min() > above and values.max() < np.inf):
        good = np.isfinite(values) & (values > above)
        raise DataError(
            f"{what} holds {values[~good].flat[0]:g}; every entry must be finite and above "
            f"{above:g}"
        )
    return whole


@dataclasses.dataclass(frozen=True, eq=False)
class Changes:
    """The shocks of some scenarios (one batch axis), as the solver wants them."""

    system: System
    shocks: Shocks
    size: int

    @cached_property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(P,) origins and destinations that change in any scenario, by destination."""
        buyers, origins = np.nonzero(self.shocks.touched().T)
        return origins, buyers

    @cached_property
    def _special(self) -> list[tuple[int, tuple[int, int]]]:
        """Places among the pairs, and positions, of pairs with more than one plain duty."""
        if self.shocks.factor is None:
            return []
        places = zip(*(each.tolist() for each in self.pairs), strict=True)
        place = {pair: p for p, pair in enumerate(places)}
        return [(place[pair], pair) for pair in self.shocks.cells]

    def _on(self, given: Given, pair: tuple[int, int]) -> Array:
        """(S, U, B) values of a pair."""
        assert isinstance(given.values, dict)
        uses = self.system.share.shape[1]
        return given.values[pair][..., -uses:].transpose(1, 2, 0)

    @cached_property
    def weights(self) -> Array:
        """(2, S, 2, U, P, B) weights and net weights of the pairs, and what they differ by."""
        system, shocks = self.system, self.shocks
        origins, buyers = self.pairs
        uses = system.share.shape[1]
        share = system.share[:, :, buyers, origins][..., None]  # (S, U, P, 1)
        before = 1.0 + system.tariff[:, :, buyers, origins][..., None]
        # (P, B, S, U) to (S, U, P, B)
        after = 1.0 + shocks.tariff.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        cost = shocks.cost.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        over = after
        if shocks.factor is not None and shocks.over is not None:
            after, over = after.copy(), after.copy()
            for p, pair in self._special:
                after[:, :, p] = self._on(shocks.factor, pair)
                over[:, :, p] = self._on(shocks.over, pair)
        with np.errstate(all="ignore"):  # an overflow is found in the residual
            kappa = after / before * cost
            weight = share * kappa ** -system.theta[:, None, None, None]
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
        kept = [(p, pair) for p, pair in self._special if np.any(self._on(given, pair)[..., lanes])]
        if not kept:
            return None
        lanes = padded(lanes)
        found = []
        for p, (origin, buyer) in kept:
            weight = self.weights[0, :, 0, :, p][..., lanes]
            if isinstance(sourcing, Own):  # its weights may be multiplied
                rows = np.minimum(np.arange(len(lanes)), len(sourcing.tables) - 1)
                weight = sourcing.tables[rows, :, 0, :, buyer, origin].transpose(1, 2, 0)
            found.append(weight * self._on(given, (origin, buyer))[..., lanes])
        origins, buyers = np.array([pair for _, pair in kept]).T
        return Exports(origins, buyers, np.stack(found, axis=2))

    @cached_property
    def tastes(self) -> Array | None:
        """(S, U, N, B) logs of what shifted tastes multiply the weights of a buyer by, or None.

        Shares at unchanged prices sum to one whatever tastes are: the weights are not divided by
        this sum, and the price index is.
        """
        if self.shocks.taste is None:
            return None
        system = self.system
        origins, buyers = self.pairs
        uses, n = system.share.shape[1], system.regions
        odds = self.shocks.taste.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        gained = system.share[:, :, buyers, origins][..., None] * (odds - 1.0)
        total = np.ones((len(system.share), uses, n, self.size))
        for p, buyer in enumerate(buyers):
            total[:, :, buyer] += gained[:, :, p]
        return np.log(total)

    @property
    def bytes(self) -> int:
        """Memory that the weights take."""
        return 32 * self.system.share[..., 0, 0].size * len(self.pairs[0]) * self.size

    @cached_property
    def distance(self) -> Array:
        """(B,) how far scenarios are from the baseline: how much of all purchases moves."""
        return np.asarray(np.abs(self.weights[1, :, 0]).sum(axis=(0, 1, 2)))

    @cached_property
    def far(self) -> NDArray[np.bool_]:
        """(B,) which scenarios get a table of their own; each decides by itself alone."""
        gross = self.weights[1, :, 0]  # (S, U, P, B)
        lost = np.zeros(self.size)
        for _, chosen in self._by_buyer():
            taken = np.minimum(gross[:, :, chosen], 0.0).sum(axis=2)
            lost = np.maximum(lost, -taken.min(axis=(0, 1)))
        far = ~(lost <= _LOST)
        many = max(_FEW_PAIRS, _MANY * self.system.regions**2)
        if len(self.pairs[0]) > many:
            far |= (gross != 0.0).any(axis=(0, 1)).sum(axis=0) > many
        return far

    def _by_buyer(self) -> list[tuple[int, slice]]:
        buyers, first = np.unique(self.pairs[1], return_index=True)
        edges = [*first.tolist(), len(self.pairs[1])]
        return [
            (int(buyer), slice(edges[k], edges[k + 1])) for k, buyer in enumerate(buyers.tolist())
        ]

    def shared(self, lanes: NDArray[np.int64]) -> Sourcing:
        """Return scenarios that share the world's table, filled up to a block."""
        common, lanes = self.system.common, padded(lanes)
        columns = []
        for buyer, chosen in self._by_buyer():
            weight, change = self.weights[..., chosen, :]
            there = (change != 0.0).any(axis=(0, 1, 2, 3))[lanes]
            if not there.any():
                continue
            kept = lanes if there.all() else lanes[there]
            columns.append(
                ImportColumn(
                    buyer=buyer,
                    origins=self.pairs[0][chosen],
                    lanes=None if there.all() else np.flatnonzero(there),
                    weight=np.ascontiguousarray(weight[..., kept]),
                    change=np.ascontiguousarray(change[..., kept]),
                )
            )
        raised = None if self.tastes is None else self.tastes[..., lanes]
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
            power = -system.theta[:, None, None, None]
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


def common_batch(batches: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Shape that all batches broadcast to."""
    try:
        return np.broadcast_shapes(*batches.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in batches.items() if shape)
        raise DataError(
            f"batches have shapes that do not fit together: {told}; expected shapes that broadcast"
        ) from None


@dataclasses.dataclass(frozen=True, eq=False)
class Asked:
    """Shocks as they were asked for, checked, of which quotas may still move some.

    Attributes
    ----------
    tariff, cost : Given
    parts, taxes : mapping of (origin, destination) positions to Parts
        Duties and export taxes on parts of the trade of a pair.
    tax, rent, rent_share, taste : Given, or None
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
    ) -> Asked:
        """Check what a counterfactual was given."""
        ones, zeros = (np.broadcast_to(each, world.flows.shape) for each in (1.0, 0.0))
        ask = tariff_unit is None
        tariff, parts = _apart("tariff", tariff, world, duties=True, ask=ask)
        export_tax, taxes = _apart("export_tax", export_tax, world, duties=False, ask=ask)

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
        theta = self.world.trade_elasticity[:, None]
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

    def border(self, pair: Pair) -> Array:
        """(..., S, 2) the value of sales with export taxes against that without."""
        return self._cell(pair, ()).border(self.world.trade_elasticity[:, None])

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


def _apart(
    what: str, given: Wedges | None, world: World, *, duties: bool, ask: bool
) -> tuple[Rates | None, dict[Pair, Parts]]:
    """Rates of plain duties, and those on parts of trade by positions of the pair."""
    if not isinstance(given, Mapping):
        return given, {}
    plain: dict[tuple[str, str], ArrayLike] = {}
    parts: dict[Pair, Parts] = {}
    for pair, value in given.items():
        if not isinstance(value, Parts):
            plain[pair] = value
            continue
        at = _pair(what, pair, world)
        _check_parts(f"{what}[{pair!r}]", value, world, world.tariff[at] if duties else 0.0, ask)
        parts[at] = value
    return plain, parts


def _check_parts(name: str, parts: Parts, world: World, treaty: Array | float, ask: bool) -> None:
    """Check shares and rates of parts; `treaty` is what the rates add to."""
    count = len(parts.share) if parts.share.ndim else 0
    shape = (count, len(world.sectors), 2)
    for what, values in (("name", parts.name), ("share", parts.share), ("rate", parts.rate)):
        there = values.shape[-3:] if what == "rate" else values.shape
        if there != shape or not count:
            raise DataError(
                f"{name} has parts whose {what} has shape {values.shape}; expected "
                f"{'(..., ' if what == 'rate' else '('}{max(count, 1)}, {shape[1]}, 2): parts, "
                "sectors and uses of the world"
            )
    total = parts.share.sum(axis=0)
    wrong = ~((parts.share >= 0.0) & (np.abs(total - 1.0) <= SHARE_SUM))
    if wrong.any():
        k, s, u = (int(each[0]) for each in np.nonzero(wrong))
        raise DataError(
            f"{name} has parts of {world.sectors[s]}, {USES[u]} use, whose shares sum to "
            f"{total[s, u]:g}, that of '{parts.name[k, s, u]}' being {parts.share[k, s, u]:g}; "
            "expected shares from 0 that sum to 1"
        )
    rates = parts.rate + treaty
    bad = (parts.share > 0.0) & ~((rates > -1.0) & (rates < np.inf))
    if bad.any():
        raise DataError(
            f"{name} holds {rates[bad].flat[0]:g}; every rate must be finite and above -1"
        )
    if ask:
        way_out = "rates of parts are fractions, tariff_unit='fraction' takes them as they are"
        several = parts.rate.ndim > len(shape)
        _ask([(name, parts.rate, np.zeros_like(parts.rate))], several, way_out)
