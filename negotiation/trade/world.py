"""`World`: the validated baseline of a trade model - who sells what to whom, taxed how."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import ACCOUNTING, INTERMEDIATE_BALANCE, SHARE_SUM

Array = NDArray[np.float64]

USES = ("intermediate", "final")
INTERMEDIATE, FINAL = 0, 1


@dataclasses.dataclass(frozen=True, eq=False)
class World:
    """A baseline trade table in which every account balances.

    Build one with `World.from_csv` or `World.from_arrays`; both check it. Axes are N regions,
    S sectors and two uses (`intermediate`, `final`). Money is in US$ million a year (any money
    unit works: only ratios matter).

    Attributes
    ----------
    regions, sectors : tuple of str
        Codes, N and S long.
    flows : (N, N, S, 2) array
        `flows[i, n, s, u]`: sales of origin i to destination n, net of tariffs, home included.
    tariff : (N, N, S, 2) array
        Ad valorem rate that n charges on i, a fraction.
    trade_elasticity : (S,) array
        theta = sigma - 1.
    value_added_share : (N, S) array
        Share of value added in gross output.
    input_share : (N, S, S) array
        `input_share[i, k, s]`: cost share of input k in the output of sector s of region i, tariffs
        included.
    elasticity_sets : mapping of str to (S,) array
        Further named trade elasticities that came with the data.
    tables : tuple of str
        Negotiating table of each sector; `none` is not tradable in the talks.
    region_names, sector_names : tuple of str
    source : str
        Where the data came from.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Array
    tariff: Array
    trade_elasticity: Array
    value_added_share: Array
    input_share: Array
    elasticity_sets: Mapping[str, Array] = dataclasses.field(default_factory=dict)
    tables: tuple[str, ...] = ()
    region_names: tuple[str, ...] = ()
    sector_names: tuple[str, ...] = ()
    source: str = "arrays"

    @classmethod
    def from_arrays(
        cls,
        *,
        regions: Sequence[str],
        sectors: Sequence[str],
        flows: ArrayLike,
        tariff: ArrayLike | None = None,
        trade_elasticity: ArrayLike,
        value_added_share: ArrayLike | None = None,
        input_share: ArrayLike | None = None,
        **labels: Any,
    ) -> World:
        """Build and check a world from arrays.

        Parameters
        ----------
        flows : (N, N, S, 2) or (N, N, S) array
            Sales net of tariffs; three axes are taken as sales for final use.
        tariff : array broadcastable to the flows, optional
            Ad valorem rates; none is zero everywhere.
        trade_elasticity : (S,) array or scalar
        value_added_share : (N, S) array, optional
            The remainder of the input shares where it is not given.
        input_share : (N, S, S) array, optional
            None: value added is all of output, and all sales must be for final use. The shares
            must buy the intermediate sales, counted either with or without tariffs; they are
            rescaled by region and input so that spending with tariffs balances exactly, and value
            added is the remainder.

        Raises
        ------
        DataError
            Where shapes do not fit, a number is negative or not finite, or an identity fails; the
            message names the region and the sector.
        """
        regions, sectors = tuple(regions), tuple(sectors)
        n, s = len(regions), len(sectors)
        if not n or not s:
            raise DataError(f"a world of {n} regions and {s} sectors is empty; give at least one")
        for what, codes in (("regions", regions), ("sectors", sectors)):
            repeated = sorted({code for code in codes if codes.count(code) > 1})
            if repeated:
                raise DataError(f"{what} has '{repeated[0]}' twice; every code must be unique")
        x = _numbers("flows", flows)
        if x.shape == (n, n, s):
            x = np.stack([np.zeros_like(x), x], axis=-1)
        if x.shape != (n, n, s, 2):
            raise DataError(
                f"flows has shape {x.shape}; expected ({n}, {n}, {s}, 2) or ({n}, {n}, {s}) for "
                f"{n} regions and {s} sectors"
            )
        where = _Where(regions, sectors)
        where.check("flows", x, low=0.0, axes="insu")
        t = _broadcast("tariff", 0.0 if tariff is None else tariff, x.shape)
        where.check("tariff", t, above=-1.0, axes="insu")
        theta = _broadcast("trade_elasticity", trade_elasticity, (s,))
        where.check("trade_elasticity", theta, above=0.0, axes="s")
        value_added, shares = _shares(where, x, t, value_added_share, input_share)
        world = cls(
            regions=regions,
            sectors=sectors,
            flows=_frozen(x),
            tariff=_frozen(t),
            trade_elasticity=_frozen(theta),
            value_added_share=_frozen(value_added),
            input_share=_frozen(shares),
            **labels,
        )
        world._check_accounts()
        return world

    @classmethod
    def from_csv(cls, folder: str | Path, elasticities: str = "central") -> World:
        """Read `regions.csv`, `sectors.csv`, `flows.csv` and `input_coefficients.csv`.

        Parameters
        ----------
        folder : path
        elasticities : str
            Which `theta_*` column of `sectors.csv` to use.

        Raises
        ------
        DataError
            Naming file, row and column of the first fault, and its size.
        """
        from negotiation.trade.csv_folder import read_world

        return read_world(Path(folder), elasticities)

    # --- what follows from the table ------------------------------------------------------------

    @cached_property
    def output(self) -> Array:
        """(N, S) gross output: sales everywhere, net of tariffs."""
        return np.asarray(self.flows.sum(axis=(1, 3)))

    @cached_property
    def spending(self) -> Array:
        """(N, S, 2) purchases by region, sector and use, tariffs included."""
        return np.asarray((self.flows * (1.0 + self.tariff)).sum(axis=0))

    @cached_property
    def share(self) -> Array:
        """(N, N, S, 2) share of origin i in the spending of n, tariffs included.

        Where a region buys nothing, the share of home is one: a price without weight.
        """
        spent = self.spending
        bought = spent > 0.0
        share = self.flows * (1.0 + self.tariff) / np.where(bought, spent, 1.0)
        home = np.eye(len(self.regions))[:, :, None, None]
        return np.where(bought, share, home)

    @cached_property
    def final_share(self) -> Array:
        """(N, S) share of each sector in final expenditure."""
        final = self.spending[..., FINAL]
        return np.asarray(final / final.sum(axis=1, keepdims=True))

    @cached_property
    def value_added(self) -> Array:
        """(N,) value added (wages in the model) by region."""
        return np.asarray((self.value_added_share * self.output).sum(axis=1))

    @cached_property
    def tariff_revenue(self) -> Array:
        """(N,) tariff revenue by region."""
        return np.asarray((self.flows * self.tariff).sum(axis=(0, 2, 3)))

    @cached_property
    def income(self) -> Array:
        """(N,) final expenditure: value added, tariff revenue and transfer."""
        return np.asarray(self.spending[..., FINAL].sum(axis=1))

    @cached_property
    def transfer(self) -> Array:
        """(N,) imports less exports at the baseline, net of tariffs; sums to zero."""
        imports = self.flows.sum(axis=(0, 2, 3))
        return np.asarray(imports - self.flows.sum(axis=(1, 2, 3)))

    @cached_property
    def linked(self) -> bool:
        """Whether any sector buys inputs."""
        return bool(self.input_share.any())

    # --- words to numbers -----------------------------------------------------------------------

    def region(self, code: str) -> int:
        """Position of a region, by code."""
        return _position("region", code, self.regions)

    def sector(self, code: str) -> int:
        """Position of a sector, by code."""
        return _position("sector", code, self.sectors)

    def with_elasticities(self, name: str) -> World:
        """Return the same world with another of its named elasticity sets."""
        if name not in self.elasticity_sets:
            raise ParameterError(
                f"elasticities '{name}' is not in the data{nearest(name, self.elasticity_sets)}; "
                f"choose from {', '.join(self.elasticity_sets)}"
            )
        return dataclasses.replace(self, trade_elasticity=self.elasticity_sets[name])

    def _check_accounts(self) -> None:
        for what, values in (
            ("makes nothing: its value added", self.value_added),
            ("buys nothing: its final expenditure", self.spending[..., FINAL].sum(axis=1)),
        ):
            if not (values > 0.0).all():
                n = int(np.argmin(values))
                raise DataError(
                    f"region {self.regions[n]} {what} is {values[n]:g}; expected more than 0, or "
                    "leave the region out"
                )
        spent = self.value_added + self.tariff_revenue + self.transfer
        gap = np.abs(spent / self.income - 1.0)
        worst = int(gap.argmax())
        if not gap[worst] <= ACCOUNTING:
            raise DataError(
                f"region {self.regions[worst]}: value added + tariff revenue + imports - exports "
                f"is {spent[worst]:.6g}, final expenditure {self.income[worst]:.6g}, a relative "
                f"gap of {gap[worst]:.1e} where at most {ACCOUNTING:.0e} is rounding"
            )


class _Where:
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
        return ", ".join(
            f"{self.labels[axis][0]} {self.labels[axis][1][int(at)]}"
            for axis, at in zip(axes, index, strict=True)
        )

    def check(
        self,
        what: str,
        values: Array,
        *,
        axes: str,
        low: float | None = None,
        above: float | None = None,
    ) -> None:
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


def _shares(
    where: _Where,
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
        shares = _broadcast("input_share", input_share, (n, s, s)).copy()
        where.check("input_share", shares, low=0.0, axes="rks")
    if value_added_share is not None:
        given = _broadcast("value_added_share", value_added_share, (n, s))
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


def _broadcast(what: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    given = _numbers(what, values)
    try:
        return np.broadcast_to(given, shape)
    except ValueError:
        raise DataError(f"{what} has shape {given.shape}; expected {shape}") from None


def _numbers(what: str, values: ArrayLike) -> Array:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{what} is no array of numbers") from None


def _frozen(values: Array) -> Array:
    owned = np.array(values, dtype=float, order="C")
    owned.setflags(write=False)
    return owned


def frozen_mapping(sets: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return a read-only copy whose arrays cannot be written to."""
    return MappingProxyType({name: _frozen(values) for name, values in sets.items()})


def _position(what: str, code: str, known: tuple[str, ...]) -> int:
    if code not in known:
        raise ParameterError(
            f"{what} '{code}' is not in the data{nearest(code, known)}; "
            f"choose from {', '.join(known)}"
        )
    return known.index(code)
