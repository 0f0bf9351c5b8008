"""`TradeTable`: what any file of trade data comes to before it is a `World`; maps join parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.tolerances import TARIFF_USUAL
from negotiation.trade.data.csv_file import Row, Table, read_rates
from negotiation.trade.world import USES, World

Array = NDArray[np.float64]

#: How changes in inventories are treated, see `TradeTable.settled`.
INVENTORIES = ("net", "produced", "dropped")

#: Rounds of the Leontief series and the relative change at which it has ended: coefficients that
#: sum to 0.99 need about 3,000.
_ROUNDS = 20_000
_SERIES = 1e-15

_THETA = "theta"
_LISTED = 12


@dataclasses.dataclass(frozen=True, eq=False)
class TradeTable:
    """An inter-country table, summed as a `World` needs it: N regions, S sectors, one money unit.

    Attributes
    ----------
    regions, sectors : tuple of str
    intermediate : (N, N, S) array
        Sales of origin to all industries of destination, net of tariffs.
    inputs : (N, S, S) array
        `inputs[n, k, s]`: what sector s of region n buys of input k, all origins, net of tariffs.
    final : (N, N, S) array
        Sales for final use, changes in inventories apart.
    stocks : (N, N, S) array
        Changes in inventories, of either sign.
    tariff : (N, N, S, 2) array
        Ad valorem rates by use.
    traded : (S,) array
        Trade between the regions of the file: the weights of trade elasticities.
    theta : mapping of str to (S,) array
        Trade elasticities by name, empty where none are known.
    value_added, taxes : (N, S) array or None
        As the file states them; taxes less subsidies on inputs and what else is no value added.
    region_names, sector_names, tables : tuple of str
    region_members, sector_members : tuple of tuple of str
        Codes of the file that each region and sector is made of.
    notes : tuple of str
        What was merged, dropped or changed on the way, one sentence each.
    source : str
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    intermediate: Array
    inputs: Array
    final: Array
    stocks: Array
    tariff: Array
    traded: Array
    theta: Mapping[str, Array] = dataclasses.field(default_factory=dict)
    value_added: Array | None = None
    taxes: Array | None = None
    region_names: tuple[str, ...] = ()
    sector_names: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    region_members: tuple[tuple[str, ...], ...] = ()
    sector_members: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    source: str = "arrays"

    @property
    def output(self) -> Array:
        """(N, S) sales everywhere, changes in inventories included."""
        return np.asarray((self.intermediate + self.final + self.stocks).sum(axis=1))

    @property
    def flows(self) -> Array:
        """(N, N, S, 2) sales by use, changes in inventories among final sales."""
        return np.stack([self.intermediate, self.final + self.stocks], axis=-1)

    def noted(self, *notes: str) -> TradeTable:
        """Return the same table with further notes."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))

    def with_theta(self, theta: ArrayLike) -> TradeTable:
        """Return the same table with central trade elasticities, (S,) or one number."""
        values = np.broadcast_to(np.asarray(theta, dtype=float), (len(self.sectors),)).copy()
        return dataclasses.replace(self, theta={**self.theta, "central": values})

    def settled(self, inventories: str = "net", floor: float | None = None) -> TradeTable:
        """Return a table without inventories and without negative sales, in which all adds up.

        Parameters
        ----------
        inventories : str
            `net`: a change in inventories is part of final sales; where a sale for final use is
            then below zero it is lifted to zero. `produced`: every withdrawal from stock is taken
            for a sale out of this year's production, so it is lifted to zero by itself, and
            additions are final sales. `dropped`: there are none.
        floor : float, optional
            Smallest share of value added in output. Inputs of an industry that has less are
            scaled down to it. None: nothing is scaled.

        Returns
        -------
        TradeTable
            Output is solved anew for the final sales that are left, input coefficients and sourcing
            by destination and sector unchanged (Costinot and Rodriguez-Clare 2014, online
            appendix). The notes say how much money that moved. Where nothing is negative, dropped
            or below the floor, the table is as it was.

        Raises
        ------
        ParameterError
            For an unknown treatment or a floor outside (0, 1).
        DataError
            Where an industry sells nothing or less but buys inputs, or its inputs cost its whole
            output.
        """
        if inventories not in INVENTORIES:
            raise ParameterError(
                f"inventories '{inventories}' is unknown; choose from {', '.join(INVENTORIES)}"
            )
        if floor is not None and not 0.0 < floor < 1.0:
            raise ParameterError(f"a floor of {floor} was given; expected a share between 0 and 1")
        kept = {"net": self.stocks, "produced": np.maximum(self.stocks, 0.0)}.get(inventories)
        wanted = self.final + (0.0 if kept is None else kept)
        final = np.maximum(wanted, 0.0)
        bought = self.inputs.sum(axis=1)
        share = _ratio(self.inputs, self.output[:, None, :])
        notes = []
        if floor is not None:
            low = (bought > 0.0) & (share.sum(axis=1) > 1.0 - floor)
            scale = np.where(
                low, (1.0 - floor) * _ratio(np.ones_like(bought), share.sum(axis=1)), 1
            )
            share = share * scale[:, None, :]
            if low.any():
                notes.append(
                    f"inputs of {low.sum()} industries scaled down to leave value added of "
                    f"{floor:g} of output: {_some(low, self)}"
                )
        asked = self.final + self.stocks
        if not notes and (final == asked).all():
            return dataclasses.replace(self, final=final, stocks=np.zeros_like(final))
        empty = (self.output <= 0.0) & (bought > 0.0)
        if empty.any():
            n, s = np.argwhere(empty)[0]
            raise DataError(
                f"{self.source}: sector {self.sectors[s]} of region {self.regions[n]} sells "
                f"{self.output[n, s]:g} but buys inputs of {bought[n, s]:g}; merge it with another "
                "sector by a map"
            )
        sourcing = _ratio(self.intermediate, self.intermediate.sum(axis=0))
        output = _leontief(share, sourcing, final.sum(axis=1), self.source)
        inputs = share * output[:, None, :]
        lifted = (final - asked)[final > asked].sum()
        cut = (asked - final)[asked > final].sum()
        moved = np.abs(output - self.output).sum()
        if (final != asked).any():
            notes.insert(
                0,
                f"changes in inventories ({inventories}): final sales raised by {lifted:.6g} and "
                f"lowered by {cut:.6g} in {(final != asked).sum()} cells",
            )
        notes.append(
            f"output solved anew: it moved by {moved:.6g} in all, "
            f"{100 * moved / self.output.sum():.3g} % of world output"
        )
        return dataclasses.replace(
            self,
            intermediate=sourcing * inputs.sum(axis=2)[None],
            inputs=inputs,
            final=final,
            stocks=np.zeros_like(final),
            value_added=None,
            taxes=None,
        ).noted(*notes)

    def to_world(self) -> World:
        """Return the world of a settled table; it has to have trade elasticities.

        Raises
        ------
        DataError
            Where there are none, or an identity fails.
        """
        if "central" not in self.theta:
            raise DataError(
                f"{self.source} comes without trade elasticities; give them, as a number or as a "
                "CSV file with columns sector,theta"
            )
        linked = bool(self.intermediate.any() or self.inputs.any())
        try:
            return World.from_arrays(
                regions=self.regions,
                sectors=self.sectors,
                flows=self.flows,
                tariff=self.tariff,
                tariff_unit="fraction",  # asked about where it was read
                trade_elasticity=self.theta["central"],
                input_share=_ratio(self.inputs, self.output[:, None, :]) if linked else None,
                elasticity_sets=_read_only(self.theta),
                tables=self.tables or ("other",) * len(self.sectors),
                region_names=self.region_names or ("",) * len(self.regions),
                sector_names=self.sector_names or ("",) * len(self.sectors),
                source=self.source,
            )
        except DataError as error:
            raise DataError(f"{self.source}: {error}") from None


def _read_only(sets: Mapping[str, Array]) -> Mapping[str, Array]:
    copies = {name: values.copy() for name, values in sets.items()}
    for values in copies.values():
        values.setflags(write=False)
    return MappingProxyType(copies)


def _ratio(over: Array, under: Array) -> Array:
    """Quotient, zero where nothing positive divides."""
    shape = np.broadcast_shapes(over.shape, under.shape)
    under = np.broadcast_to(under, shape)
    return np.asarray(np.divide(over, under, out=np.zeros(shape), where=under > 0.0))


def _leontief(share: Array, sourcing: Array, final: Array, source: str) -> Array:
    """Solve output (N, S) for final sales, by the series of rounds of orders."""
    total = share.sum(axis=1)
    if total.max() >= 1.0:
        raise DataError(
            f"{source}: inputs of an industry cost {total.max():.6g} of its output, so output "
            "cannot be solved anew; set a floor for value added (--value-added-floor 0.01)"
        )
    output = ordered = final.copy()
    for _ in range(_ROUNDS):
        used = np.einsum("nks,ns->nk", share, ordered)
        ordered = np.asarray(np.einsum("ink,nk->ik", sourcing, used))
        output = np.asarray(output + ordered)
        if ordered.max() <= _SERIES * output.max():
            return output
    raise DataError(
        f"{source}: output cannot be solved anew, inputs cost up to {total.max():.6g} of output; "
        "set a floor for value added (--value-added-floor 0.01)"
    )


def _some(mask: NDArray[np.bool_], table: TradeTable, limit: int = 6) -> str:
    """Name the first industries of a mask."""
    found = [f"{table.regions[n]} {table.sectors[s]}" for n, s in np.argwhere(mask)]
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + more


# --- maps, and files of elasticities and tariffs --------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Grouping:
    """Which code goes into which group.

    Attributes
    ----------
    groups : tuple of str
        In the order in which the map first names them.
    of : mapping of str to str
        Group of each code.
    names, tables : dict of str to str
        Of the groups, where the map has a column for them.
    """

    groups: tuple[str, ...]
    of: dict[str, str]
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    tables: dict[str, str] = dataclasses.field(default_factory=dict)

    def matrix(self, codes: Sequence[str]) -> Array:
        """(groups, codes) indicator matrix."""
        found = np.zeros((len(self.groups), len(codes)))
        for at, code in enumerate(codes):
            found[self.groups.index(self.of[code]), at] = 1.0
        return found


def read_map(path: str | Path, codes: Sequence[str], what: str) -> Grouping:
    """Read a map with columns `code,group`, and perhaps `name` and `table` of the group.

    Parameters
    ----------
    path : path
    codes : sequence of str
        Codes of the data, each of which must stand in the map once. Further codes may.
    what : str
        `region` or `sector`, for messages.

    Raises
    ------
    DataError
        Naming the codes that are not mapped or mapped twice, or the groups named in two ways.
    """
    table = Table(Path(path), ("code", "group"), ("name", "table"))
    first: dict[str, Row] = {}
    twice: list[str] = []
    labels: dict[str, dict[str, tuple[str, int]]] = {"name": {}, "table": {}}
    for row in table.rows():
        code, group = row.text("code"), row.text("group")
        for column, text in (("code", code), ("group", group)):
            if not text:
                raise row.error(column, f"is empty; expected a {column}")
        if code in first:
            twice.append(f"{code} (rows {first[code].number} and {row.number})")
            continue
        first[code] = row
        for column, known in labels.items():
            text = row.text(column, "")
            if not text or code not in codes:
                continue
            said, at = known.setdefault(group, (text, row.number))
            if said != text:
                raise row.error(column, f"'{text}' for group {group}, but '{said}' in row {at}")
    if twice:
        raise DataError(f"{path}: mapped twice: {_list(twice)}; keep one row for each {what}")
    missing = [code for code in codes if code not in first]
    if missing:
        hint = nearest(missing[0], [code for code in first if code not in codes])
        raise DataError(
            f"{path}: no row for {len(missing)} of {len(codes)} {what} codes of the data: "
            f"{_list(missing)}{hint}; give each a group"
        )
    of = {code: row.text("group") for code, row in first.items() if code in codes}
    return Grouping(
        tuple(dict.fromkeys(of.values())),
        of,
        {group: text for group, (text, _) in labels["name"].items()},
        {group: text for group, (text, _) in labels["table"].items()},
    )


def aggregate(
    table: TradeTable, regions: Grouping | None = None, sectors: Grouping | None = None
) -> TradeTable:
    """Add up regions and sectors; everything is money, so coefficients come out output-weighted.

    Tariffs are weighted with the sales they are charged on, by use, with both uses together where
    the rates of both are the same; with equal weights where nothing is sold. Trade elasticities are
    weighted with trade between the regions of the file. Aggregating twice is aggregating once,
    except for tariffs on nothing.
    """
    if regions is None and sectors is None:
        return table
    own = {code: code for code in (*table.regions, *table.sectors)}
    r = regions or Grouping(table.regions, own)
    s = sectors or Grouping(table.sectors, own)
    R, K = r.matrix(table.regions), s.matrix(table.sectors)

    def pairs(values: Array) -> Array:
        return np.asarray(np.einsum("ai,bn,ck,ink->abc", R, R, K, values, optimize=True))

    def industries(values: Array | None) -> Array | None:
        return None if values is None else R @ values @ K.T

    weight = np.maximum(table.flows, 0.0)
    if (table.tariff[..., 0] == table.tariff[..., 1]).all():
        weight = np.repeat(weight.sum(axis=-1, keepdims=True), 2, axis=-1)
    tariff = np.stack(
        [_mean(pairs, table.tariff[..., u], weight[..., u]) for u in range(len(USES))], axis=-1
    )
    traded = K @ table.traded
    theta = {
        name: np.where(
            traded > 0.0,
            K @ (table.traded * values) / np.where(traded > 0.0, traded, 1.0),
            K @ values / K.sum(axis=1),
        )
        for name, values in table.theta.items()
    }
    return dataclasses.replace(
        table,
        regions=r.groups,
        sectors=s.groups,
        intermediate=pairs(table.intermediate),
        inputs=np.einsum("an,ck,ds,nks->acd", R, K, K, table.inputs, optimize=True),
        final=pairs(table.final),
        stocks=pairs(table.stocks),
        tariff=tariff,
        traded=traded,
        theta=theta,
        value_added=industries(table.value_added),
        taxes=industries(table.taxes),
        region_names=_labels(r, regions is not None, r.names, table.region_names),
        sector_names=_labels(s, sectors is not None, s.names, table.sector_names),
        tables=_labels(s, sectors is not None, s.tables, table.tables, "other"),
        region_members=_members(r, table.regions, table.region_members),
        sector_members=_members(s, table.sectors, table.sector_members),
    )


def _mean(pairs: Callable[[Array], Array], rate: Array, weight: Array) -> Array:
    total = pairs(weight)
    sold = total > 0.0
    plain = pairs(rate) / pairs(np.ones_like(rate))
    return np.where(sold, pairs(rate * weight) / np.where(sold, total, 1.0), plain)


def _labels(
    grouping: Grouping, mapped: bool, given: dict[str, str], own: tuple[str, ...], default: str = ""
) -> tuple[str, ...]:
    """Labels of groups: those of the map, else as they were where there is no map."""
    if not mapped:
        return own
    return tuple(given.get(group, default) for group in grouping.groups)


def _members(
    grouping: Grouping, codes: tuple[str, ...], members: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    before = members or tuple((code,) for code in codes)
    return tuple(
        tuple(
            part
            for code, parts in zip(codes, before, strict=True)
            if grouping.of[code] == group
            for part in parts
        )
        for group in grouping.groups
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Elasticities:
    """Trade elasticities of a file, by sector code: of the data or of the groups."""

    path: Path
    sets: dict[str, dict[str, float]]

    def fit(self, codes: Iterable[str]) -> bool:
        """Whether every code has one."""
        return set(codes) <= set(self.sets["central"])

    def to(self, table: TradeTable) -> TradeTable:
        """Return a table with these elasticities; a `DataError` names the sectors without."""
        missing = [code for code in table.sectors if code not in self.sets["central"]]
        if missing:
            raise DataError(
                f"{self.path}: no row for {len(missing)} of {len(table.sectors)} sectors: "
                f"{_list(missing)}{nearest(missing[0], self.sets['central'])}; give each a theta"
            )
        theta = {
            name: np.array([values[code] for code in table.sectors])
            for name, values in self.sets.items()
        }
        return dataclasses.replace(table, theta=theta)


def read_theta(path: str | Path) -> Elasticities:
    """Read `sector,theta`, or `sector,theta_central` and further sets `theta_NAME`.

    Raises
    ------
    DataError
        Naming file, row and column.
    """
    table = Table(Path(path), ("sector",))
    if {_THETA, _THETA + "_central"} <= set(table.header):
        raise DataError(
            f"{path}, row 1: columns theta and theta_central hold the same, the central trade "
            "elasticities, so that it is not clear which is meant; keep one"
        )
    columns = {
        (column.removeprefix(_THETA).removeprefix("_") or "central"): column
        for column in table.header
        if column == _THETA or column.startswith(_THETA + "_")
    }
    if "central" not in columns:
        raise DataError(
            f"{path}, row 1: found no column theta or theta_central; found "
            f"{', '.join(table.header)}"
        )
    sets: dict[str, dict[str, float]] = {name: {} for name in columns}
    for row in table.rows():
        code = row.text("sector")
        if code in sets["central"]:
            raise row.error("sector", f"'{code}' is already in a row above")
        for name, column in columns.items():
            sets[name][code] = row.number_in(column, above=0.0)
    return Elasticities(Path(path), sets)


@dataclasses.dataclass(frozen=True, eq=False)
class Tariffs:
    """Tariffs of a file; codes are those of the data or of the groups."""

    path: Path
    rows: tuple[Row, ...]
    rates: tuple[float, ...]

    def fit(self, table: TradeTable) -> bool:
        """Whether every code of the file is one of the table's."""
        regions, sectors = set(table.regions), set(table.sectors)
        return all(
            {row.text("origin"), row.text("destination")} <= regions
            and row.text("sector") in sectors
            for row in self.rows
        )

    def to(self, table: TradeTable) -> TradeTable:
        """Return a table with these tariffs, zero where the file is silent.

        Raises
        ------
        DataError
            For an unknown code, or a combination that stands twice.
        """
        tariff = np.zeros_like(table.flows)
        seen: NDArray[np.int64] = np.zeros(tariff.shape, dtype=np.int64)
        high = []
        for row, rate in zip(self.rows, self.rates, strict=True):
            if rate > TARIFF_USUAL:
                high.append(
                    f"row {row.number} ({row.text('origin')} to {row.text('destination')}, "
                    f"{row.text('sector')}): {rate:g}"
                )
            use = row.text("use", "")
            at = (
                row.one_of("origin", table.regions),
                row.one_of("destination", table.regions),
                row.one_of("sector", table.sectors),
            )
            for u in range(len(USES)) if not use else (row.one_of("use", USES),):
                if seen[(*at, u)]:
                    raise row.error(
                        "origin", f"the same combination is already in row {seen[(*at, u)]}"
                    )
                seen[(*at, u)] = row.number
                tariff[(*at, u)] = rate
        table = dataclasses.replace(table, tariff=tariff)
        return table.noted(f"{self.path}: {above_usual(high)}") if high else table


def read_tariffs(path: str | Path, unit: str | None = None) -> Tariffs:
    """Read `origin,destination,sector,tariff`, and perhaps `use`.

    Rates are fractions unless a unit or a percent sign says otherwise; those that look like
    percentages are asked about.
    """
    table = Table(Path(path), ("origin", "destination", "sector", "tariff"), ("use",))
    rows = tuple(table.rows())
    return Tariffs(Path(path), rows, tuple(read_rates(rows, "tariff", unit)))


def above_usual(cells: Sequence[str]) -> str:
    """Warn about tariffs above 100 %, naming the cells."""
    return f"{len(cells)} tariff{'s' * (len(cells) > 1)} above 100 %, as fractions: {_list(cells)}"


def _list(words: Sequence[str]) -> str:
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more
