"""Rates as they were given to a counterfactual, checked against a world.

Rates are given in any of three ways: an array over all flows, one number, or a mapping of (origin,
destination) to rates of that pair. The solver works on the pairs that change, so the last is the
cheapest to write and to solve. Import duties and export taxes of a pair may also be `Parts`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.tolerances import SHARE_SUM, TARIFF_USUAL
from negotiation.trade.checks import USES, Array
from negotiation.trade.rates import IN_PYTHON, divisor, doubt_of_changes, percentage, question
from negotiation.trade.wedges import Parts
from negotiation.trade.world import World

#: Rates on flows: an array broadcastable to (..., N, N, S, 2), or (origin, destination) codes to
#: arrays broadcastable to (..., S, 2).
Rates: TypeAlias = ArrayLike | Mapping[tuple[str, str], ArrayLike]

#: The same, or duties on parts of the trade of a pair.
Wedges: TypeAlias = ArrayLike | Mapping[tuple[str, str], ArrayLike | Parts]

Pair: TypeAlias = tuple[int, int]


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
            return Given(self.base, _Rows(self.values, where), where[0].shape if where else ())
        return Given(self.base, self.values[where], where[0].shape if where else ())

    def parts(self) -> list[Array] | None:
        """(batch..., K) what scenarios give; None where whole tables are given."""
        if not isinstance(self.values, dict):
            return None
        return list(self.values.values())

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


class _Rows(dict[Pair, Array]):
    """Some scenarios of what was given by pair, read when they are first asked for.

    Where all of them were given the same it is read once, and repeated without being copied.
    """

    def __init__(self, whole: Mapping[Pair, Array], where: tuple[NDArray[np.int64], ...]) -> None:
        super().__init__(dict.fromkeys(whole))  # type: ignore[arg-type]
        self._whole, self._where = whole, where

    def __getitem__(self, pair: Pair) -> Array:
        found: Array | None = super().__getitem__(pair)
        if found is None:
            self[pair] = found = self._chosen(self._whole[pair])
        return found

    def get(self, pair: Pair, default: Any = None) -> Any:
        return self[pair] if pair in self else default  # noqa: SIM401 - it is what `get` does

    def __reduce__(self) -> Any:
        return dict, (dict(self.items()),)

    def values(self) -> list[Array]:  # type: ignore[override]
        return [self[pair] for pair in self]

    def items(self) -> list[tuple[Pair, Array]]:  # type: ignore[override]
        return [(pair, self[pair]) for pair in self]

    @cached_property
    def _alike(self) -> list[bool]:
        """Whether the scenarios have one position along each axis."""
        return [bool((each == each[0]).all()) for each in self._where]

    def _chosen(self, whole: Array) -> Array:
        if not self._where or any(each.ndim != 1 for each in self._where):
            return whole[self._where]
        along = whole.strides[: len(self._where)]
        if any(step and not alike for alike, step in zip(self._alike, along, strict=True)):
            return whole[self._where]
        first = whole[tuple(each[0] for each in self._where)]
        return np.broadcast_to(first, (len(self._where[0]), *first.shape))


def parted(
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
    count = parts.share.shape[-3] if parts.share.ndim > 2 else 0
    shape = (count, len(world.sectors), 2)
    for what, values in (("name", parts.name), ("share", parts.share), ("rate", parts.rate)):
        there = values.shape if what == "name" else values.shape[-3:]
        if there != shape or not count:
            raise DataError(
                f"{name} has parts whose {what} has shape {values.shape}; expected "
                f"{'(' if what == 'name' else '(..., '}{max(count, 1)}, {shape[1]}, 2): parts, "
                "sectors and uses of the world"
            )
    total = parts.share.sum(axis=-3, keepdims=True)
    wrong = ~((parts.share >= 0.0) & (np.abs(total - 1.0) <= SHARE_SUM))
    if wrong.any():
        worst = np.argwhere(wrong)[0]
        k, s, u = (int(each) for each in worst[-3:])
        here = tuple(worst[:-3])
        raise DataError(
            f"{name} has parts of {world.sectors[s]}, {USES[u]} use, whose shares sum to "
            f"{total[(*here, 0, s, u)]:g}, that of '{parts.name[k, s, u]}' being "
            f"{parts.share[tuple(worst)]:g}; expected shares from 0 that sum to 1"
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


def common_batch(batches: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """Shape that all batches broadcast to."""
    try:
        return np.broadcast_shapes(*batches.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in batches.items() if shape)
        raise DataError(
            f"batches have shapes that do not fit together: {told}; expected shapes that broadcast"
        ) from None


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
