"""What a batch of counterfactuals changes: tariffs and trade costs, given in any of three ways.

An array over all flows, one number, or a mapping of (origin, destination) to rates of that pair.
The solver works on the pairs that change, so the last is the cheapest to write and to solve.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.tolerances import TARIFF_USUAL
from negotiation.trade.checks import Array
from negotiation.trade.rates import IN_PYTHON, divisor, doubt_of_changes, percentage, question
from negotiation.trade.sourcing import ImportColumn, Own, Shared, Sourcing, padded
from negotiation.trade.system import System
from negotiation.trade.world import World

#: Rates on flows: an array broadcastable to (..., N, N, S, 2), or (origin, destination) codes to
#: arrays broadcastable to (..., S, 2).
Rates: TypeAlias = ArrayLike | Mapping[tuple[str, str], ArrayLike]

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
                if not (isinstance(pair, tuple) and len(pair) == 2):
                    raise DataError(
                        f"{what} has the key {pair!r}; expected (origin, destination), two codes"
                    )
                at = world.region(pair[0]), world.region(pair[1])
                values[at] = _array(name, given, shape[2:], above, unit)
                if unit is None and percentage(given) is None:
                    asked[at] = name
            batch = np.broadcast_shapes(*(each.shape[:-2] for each in values.values()))
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


def _ask(rates: Sequence[tuple[str, Array, Array]], several: bool) -> None:
    """Ask about rates that look like percentages: what each is called, the rates, the baseline's.

    Only what changes is looked at.
    """
    if all(new.max(initial=0.0) <= TARIFF_USUAL for _, new, _ in rates):
        return
    changed = [(name, new[new != before]) for name, new, before in rates]
    at = doubt_of_changes(np.concatenate([new for _, new in changed]), several)
    for name, new in changed:
        if at is not None and at < len(new):
            raise DataError(f"{name} holds a rate in doubt: {question(float(new[at]), IN_PYTHON)}")
        at = None if at is None else at - len(new)


def _array(
    what: str, given: ArrayLike, shape: tuple[int, ...], above: float, unit: str | None
) -> Array:
    stated, scale = percentage(given), divisor(unit)
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
    """Tariffs and trade costs of some scenarios (one batch axis), as the solver wants them."""

    system: System
    tariff: Given
    cost: Given
    size: int

    @cached_property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(P,) origins and destinations that change in any scenario, by destination."""
        touched = self.tariff.touched() | self.cost.touched()
        buyers, origins = np.nonzero(touched.T)
        return origins, buyers

    @cached_property
    def weights(self) -> Array:
        """(2, S, 2, U, P, B) weights and net weights of the pairs, and what they differ by."""
        system = self.system
        origins, buyers = self.pairs
        uses = system.share.shape[1]
        share = system.share[:, :, buyers, origins][..., None]  # (S, U, P, 1)
        before = 1.0 + system.tariff[:, :, buyers, origins][..., None]
        # (P, B, S, U) to (S, U, P, B)
        after = 1.0 + self.tariff.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        cost = self.cost.on(origins, buyers)[..., -uses:].transpose(2, 3, 0, 1)
        with np.errstate(all="ignore"):  # an overflow is found in the residual
            kappa = after / before * cost
            weight = share * kappa ** -system.theta[:, None, None, None]
            found = np.empty((2, share.shape[0], 2, *weight.shape[1:]))
            found[0, :, 0], found[0, :, 1] = weight, weight / after
            np.subtract(found[0, :, 0], share, out=found[1, :, 0])
            np.subtract(found[0, :, 1], share / before, out=found[1, :, 1])
            return found

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
        return Shared(common, columns, len(lanes))

    def own(self, lanes: NDArray[np.int64]) -> Sourcing:
        """Return scenarios with a table of their own, filled up to a block."""
        system = self.system
        uses = system.share.shape[1]
        with np.errstate(all="ignore"):
            after = 1.0 + self._whole(self.tariff, lanes)[..., -uses:]
            cost = self._whole(self.cost, lanes)[..., -uses:]
            after, cost = after.transpose(0, 3, 4, 2, 1), cost.transpose(0, 3, 4, 2, 1)
            kappa = after / (1.0 + system.tariff) * cost
            power = -system.theta[:, None, None, None]
            weight = system.share * kappa**power
            shift = _shift(np.where(system.share > 0.0, power * np.log(kappa), 0.0))
            if shift is not None:
                by_buyer = shift[:, :, None, :, None]
                raised = power * np.log(kappa) + by_buyer
                lifted = by_buyer != 0.0
                weight = np.where(lifted, system.share * np.exp(raised), weight)
            return Own(np.stack([weight, weight / after], axis=2), len(padded(lanes)), shift)

    @staticmethod
    def _whole(given: Given, which: NDArray[np.int64]) -> Array:
        return given.rows((which,)).full
