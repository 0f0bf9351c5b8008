"""Checks of the arrays a `World` is built from; errors name region, sector and use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError
from negotiation.tolerances import INTERMEDIATE_BALANCE, SHARE_SUM, TRADE_LINK
from negotiation.trade.rates import IN_PYTHON, doubt, question

Array: TypeAlias = NDArray[np.float64]

USES = ("intermediate", "final")
INTERMEDIATE, FINAL = 0, 1


class Where:
    """Names the worst entry of an array that breaks a rule."""

    def __init__(self, regions: tuple[str, ...], sectors: tuple[str, ...]) -> None:
        self.labels = {
            "i": ("origin", regions),
            "n": ("destination", regions),
            "r": ("region", regions),
            "k": ("input", sectors),
            "s": ("sector", sectors),
            "u": ("use", USES),
        }

    def name(self, index: Sequence[Any], axes: str) -> str:
        """Put a position into words."""
        return ", ".join(
            f"{self.labels[axis][0]} {self.labels[axis][1][int(at)]}"
            for axis, at in zip(axes, index, strict=True)
        )

    def ask(self, what: str, rates: Array, unit: str | None, *, axes: str) -> None:
        """Refuse rates that look like percentages, with a question, unless their unit is stated."""
        at = None if unit is not None else doubt(rates, written=False)
        if at is not None:
            index = np.unravel_index(at, rates.shape)
            asked = question(float(rates[index]), IN_PYTHON)
            raise DataError(f"{what} at {self.name(index, axes)}: {asked}")

    def check(
        self,
        what: str,
        values: Array,
        *,
        axes: str,
        low: float | None = None,
        above: float | None = None,
    ) -> None:
        """Refuse numbers that are not finite, below `low`, or not above `above`."""
        for bad, expected in (
            (~np.isfinite(values), "a finite number"),
            (values < low if low is not None else None, f"at least {low}"),
            (values <= above if above is not None else None, f"more than {above}"),
        ):
            if bad is not None and bad.any():
                index = np.argwhere(bad)[0]
                raise DataError(
                    f"{what} at {self.name(index, axes)} is {values[tuple(index)]:g}; "
                    f"expected {expected}"
                )


def component_of(trade: Array) -> NDArray[np.int64]:
    """(N,) number of the component of each region, from what origins sell to destinations (N, N).

    Regions are in one component where a chain of trade, in either direction, joins them. Components
    are numbered in the order of their first regions. Trade too little for a wage to follow from it
    joins nobody.
    """
    size = trade.sum(axis=1)
    joined = trade > TRADE_LINK * np.minimum(size[:, None], size)
    joined |= joined.T
    found = np.full(len(joined), -1, dtype=np.int64)
    for region in range(len(joined)):
        if found[region] >= 0:
            continue
        number, waiting = found.max() + 1, [region]
        found[region] = number
        while waiting:
            further = np.flatnonzero(joined[waiting.pop()] & (found < 0))
            found[further] = number
            waiting += further.tolist()
    return found


def shares_of(
    where: Where,
    flows: Array,
    tariff: Array,
    value_added_share: ArrayLike | None,
    input_share: ArrayLike | None,
) -> tuple[Array, Array]:
    """Check the shares against each other and the flows; rescale them to balance exactly."""
    n, _, s, _ = flows.shape
    net = flows[..., INTERMEDIATE].sum(axis=0)
    gross = (flows * (1.0 + tariff))[..., INTERMEDIATE].sum(axis=0)
    output = flows.sum(axis=(1, 3))
    if input_share is None:
        if net.any():
            index = np.argwhere(net)[0]
            raise DataError(
                f"flows has intermediate purchases ({where.name(index, 'rs')}: "
                f"{net[tuple(index)]:g}) but no input_share says who uses them; give input_share, "
                "or put all sales under final use"
            )
        shares = np.zeros((n, s, s))
    else:
        shares = broadcast("input_share", input_share, (n, s, s)).copy()
        where.check("input_share", shares, low=0.0, axes="rks")
    if value_added_share is not None:
        given = broadcast("value_added_share", value_added_share, (n, s))
        where.check("value_added_share", given, above=0.0, axes="rs")
        total = given + shares.sum(axis=1)
        index = np.unravel_index(np.abs(total - 1.0).argmax(), total.shape)
        if not abs(total[index] - 1.0) <= SHARE_SUM:
            raise DataError(
                f"value added and input shares of {where.name(index, 'rs')} sum to "
                f"{total[index]:.8g}; expected 1 to within {SHARE_SUM:.0e}"
            )
    used = np.einsum("rks,rs->rk", shares, output)
    gaps = [_gap(used, bought) for bought in (gross, net)]
    if not min(gap.max() for gap in gaps) <= INTERMEDIATE_BALANCE:
        gap = min(gaps, key=lambda each: float(each.max()))
        index = np.unravel_index(gap.argmax(), gap.shape)
        raise DataError(
            f"input shares of {where.name(index, 'rk')} buy {used[index]:.8g}, but intermediate "
            f"deliveries are {net[index]:.8g} net and {gross[index]:.8g} with tariffs: a relative "
            f"gap of {gap[index]:.1e} where at most {INTERMEDIATE_BALANCE:.0e} is rounding"
        )
    shares *= np.divide(gross, used, out=np.ones_like(used), where=used > 0.0)[:, :, None]
    value_added = 1.0 - shares.sum(axis=1)
    where.check("value added share (one less the input shares)", value_added, above=0.0, axes="rs")
    return value_added, shares


def _gap(used: Array, bought: Array) -> Array:
    scale = np.maximum(np.abs(used), np.abs(bought))
    return np.abs(used - bought) / np.where(scale > 0.0, scale, 1.0)


def broadcast(what: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Spread numbers over a shape, or say that they do not fit."""
    given = numbers(what, values)
    try:
        return np.broadcast_to(given, shape)
    except ValueError:
        raise DataError(f"{what} has shape {given.shape}; expected {shape}") from None


def numbers(what: str, values: ArrayLike) -> Array:
    """Read an array of numbers."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{what} is not an array of numbers") from None


def frozen(values: Array) -> Array:
    """Return a copy that cannot be written to."""
    owned = np.array(values, dtype=float, order="C")
    owned.setflags(write=False)
    return owned


def frozen_mapping(sets: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return a read-only copy whose arrays cannot be written to."""
    return MappingProxyType({name: frozen(values) for name, values in sets.items()})
