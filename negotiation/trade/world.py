"""`World`: the validated baseline of a trade model - who sells what to whom, taxed how."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import ACCOUNTING, SHORT_RUN_ELASTICITY
from negotiation.trade import shares
from negotiation.trade.assumptions import horizon
from negotiation.trade.checks import (
    FINAL,
    INTERMEDIATE,
    USES,
    Array,
    Where,
    broadcast,
    component_of,
    frozen,
    frozen_mapping,
    numbers,
    shares_of,
)
from negotiation.trade.data.folder import read_folder
from negotiation.trade.rates import divisor


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
    labour_elasticity : float
        eta > 1 of Roy-Frechet labour between sectors; infinite is labour that moves freely.
    specific_share : (N, S) array
        Share of value added that goes to a fixed factor of the sector, such as a resource, and
        earns a rent; in [0, 1), zero by default.
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
    labour_elasticity: float = np.inf
    specific_share: Array = dataclasses.field(default_factory=lambda: np.zeros((1, 1)))

    def __post_init__(self) -> None:
        shape = (len(self.regions), len(self.sectors))
        share = broadcast("specific_share", self.specific_share, shape)
        where = Where(self.regions, self.sectors)
        where.check("specific_share", share, low=0.0, axes="rs")
        where.check("one less specific_share", 1.0 - share, above=0.0, axes="rs")
        object.__setattr__(self, "specific_share", frozen(share))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle and copy the data, not what was worked out from them."""
        state = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**state, "elasticity_sets": dict(self.elasticity_sets)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():  # and let nobody write to them here either
            kept = frozen(value) if isinstance(value, np.ndarray) else value
            object.__setattr__(self, name, kept)
        object.__setattr__(self, "elasticity_sets", frozen_mapping(state["elasticity_sets"]))

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
        tariff_unit: str | None = None,
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
        tariff_unit : {"fraction", "percent"}, optional
            Unit of `tariff`. Fractions by default, and then rates that look like percentages,
            above 10 or most of them above 1, are refused with a question.

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
        x = numbers("flows", flows)
        if x.shape == (n, n, s):
            x = np.stack([np.zeros_like(x), x], axis=-1)
        if x.shape != (n, n, s, 2):
            raise DataError(
                f"flows has shape {x.shape}; expected ({n}, {n}, {s}, 2) or ({n}, {n}, {s}) for "
                f"{n} regions and {s} sectors"
            )
        where = Where(regions, sectors)
        where.check("flows", x, low=0.0, axes="insu")
        given = numbers("tariff", 0.0 if tariff is None else tariff)
        t = broadcast("tariff", given / divisor(tariff_unit), x.shape)
        where.check("tariff", t, above=-1.0, axes="insu")
        where.ask("tariff", t, tariff_unit, axes="insu")
        theta = broadcast("trade_elasticity", trade_elasticity, (s,))
        where.check("trade_elasticity", theta, above=0.0, axes="s")
        value_added, inputs = shares_of(where, x, t, value_added_share, input_share)
        world = cls(
            regions=regions,
            sectors=sectors,
            flows=frozen(x),
            tariff=frozen(t),
            trade_elasticity=frozen(theta),
            value_added_share=frozen(value_added),
            input_share=frozen(inputs),
            **labels,
        )
        world._check_accounts()
        return world

    @classmethod
    def from_shares(
        cls,
        *,
        regions: Sequence[str],
        sectors: Sequence[str],
        share: ArrayLike,
        tariff: ArrayLike,
        value_added: ArrayLike,
        final_share: ArrayLike,
        trade_elasticity: ArrayLike,
        input_share: ArrayLike | None = None,
        transfer: ArrayLike | None = None,
        tariff_unit: str | None = None,
        **labels: Any,
    ) -> World:
        """Build the world that trade shares, technology and endowments imply.

        Published calibrations often come as shares that do not quite add up to an equilibrium, or
        with trade imbalances that are to be purged. Wages are solved such that all accounts
        balance; flows follow.

        Parameters
        ----------
        share : (N, N, S, 2) or (N, N, S) array
            `share[i, n, s]`: share of origin i in what n spends on s, tariffs included.
        tariff : array broadcastable to the shares
        value_added : (N,) array
            At the wages of the data.
        final_share : (N, S) array
        trade_elasticity : (S,) array or scalar
        input_share : (N, S, S) array, optional
            [region, input, using sector]; value added is the remainder.
        transfer : (N,) array, optional
            In units of world value added, summing to zero; none by default: balanced trade.
        tariff_unit : {"fraction", "percent"}, optional
            As for `from_arrays`.

        Raises
        ------
        DataError
            Shapes that do not fit, shares that do not sum to one, no equilibrium found.
        """
        regions, sectors = tuple(regions), tuple(sectors)
        implied = shares.implied(
            regions,
            sectors,
            share=share,
            tariff=tariff,
            value_added=value_added,
            final_share=final_share,
            trade_elasticity=trade_elasticity,
            input_share=input_share,
            transfer=transfer,
            tariff_unit=tariff_unit,
        )
        return cls.from_arrays(regions=regions, sectors=sectors, **implied, **labels)

    @classmethod
    def from_csv(
        cls,
        folder: str | Path,
        elasticities: str = "central",
        tariff_unit: str | None = None,
        *,
        flows_file: str = "flows.csv",
    ) -> World:
        """Read `regions.csv`, `sectors.csv`, `flows.csv` and `input_coefficients.csv`.

        Parameters
        ----------
        folder : path
        elasticities : str
            Which `theta_*` column of `sectors.csv` to use.
        tariff_unit : {"fraction", "percent"}, optional
            Unit of the column `tariff`, as for `from_arrays`. A cell with a percent sign says it
            for itself.
        flows_file : str
            Name of this file, relative to the folder: several tables of the same regions and
            technology can share it.

        Raises
        ------
        DataError
            Naming file, row and column of the first fault, and its size.
        """
        data = read_folder(Path(folder), elasticities, tariff_unit, flows_file)
        try:
            return cls.from_arrays(**data)
        except DataError as error:
            raise DataError(f"{folder}: {error}") from None

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
    def components(self) -> tuple[tuple[str, ...], ...]:
        """Codes of the regions that trade with each other, directly or through third ones.

        Nothing links the wages of two components, so each is solved for itself, and its own value
        added is its numeraire. A region that trades with nobody is a component of its own.
        """
        number = component_of(self.flows.sum(axis=(2, 3)))
        return tuple(
            tuple(code for code, own in zip(self.regions, number, strict=True) if own == each)
            for each in range(int(number.max()) + 1)
        )

    @property
    def numeraire(self) -> str:
        """The unit of income, wages and other money in results, in words."""
        if len(self.components) == 1:
            return "world value added"
        told = "; ".join(", ".join(each) for each in self.components)
        return f"value added of each group of regions that trade with each other: {told}"

    @cached_property
    def linked(self) -> bool:
        """Whether any sector buys inputs."""
        return bool(self.input_share.any())

    @property
    def horizon(self) -> str:
        """What the results of this world hold for, in words."""
        return horizon(self.labour_elasticity)

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

    def short_run(self, labour_elasticity: float = SHORT_RUN_ELASTICITY) -> World:
        """Return the same world over one year: short-run trade elasticities, sticky labour.

        Parameters
        ----------
        labour_elasticity : float
            eta > 1 of Roy-Frechet labour between sectors (Galle, Rodriguez-Clare and Yi 2023).

        Raises
        ------
        ParameterError
            If the data have no elasticity set `short_run`, or eta is not above 1.
        """
        if not labour_elasticity > 1.0:
            raise ParameterError(
                f"labour_elasticity is {labour_elasticity}; expected more than 1 (infinite is "
                "labour that moves freely)"
            )
        world = self.with_elasticities("short_run")
        return dataclasses.replace(world, labour_elasticity=float(labour_elasticity))

    def with_specific_share(self, share: ArrayLike | Mapping[str, float]) -> World:
        """Return the same world with factors that are fixed to their sectors.

        Parameters
        ----------
        share : array broadcastable to (N, S), or mapping of sector codes to numbers
            Share of value added that goes to the fixed factor, in [0, 1); sectors that a mapping
            does not name have none.

        Raises
        ------
        DataError
            A share that is not in [0, 1).
        ParameterError
            An unknown sector.
        """
        if isinstance(share, Mapping):
            values = np.zeros((len(self.regions), len(self.sectors)))
            for code, part in share.items():
                values[:, self.sector(code)] = part
            share = values
        return dataclasses.replace(self, specific_share=numbers("specific_share", share))

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


def _position(what: str, code: str, known: tuple[str, ...]) -> int:
    if code not in known:
        raise ParameterError(
            f"{what} '{code}' is not in the data{nearest(code, known)}; "
            f"choose from {', '.join(known)}"
        )
    return known.index(code)


__all__ = ["FINAL", "INTERMEDIATE", "USES", "Array", "World", "frozen_mapping"]
