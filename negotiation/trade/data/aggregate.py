"""Regions and sectors put together by maps; trade elasticities and tariffs from files."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError, nearest
from negotiation.tolerances import TARIFF_USUAL
from negotiation.trade import USES, Row, Table
from negotiation.trade.csv_folder import read_rates
from negotiation.trade.data.table import Array, TradeTable

_THETA = "theta"
_LISTED = 12


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
            text = row.text(column) if column in row.cells else ""
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
            raise row.error("sector", f"'{code}' stands in a row above already")
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
            use = row.cells.get("use", "").strip()
            at = (
                row.one_of("origin", table.regions),
                row.one_of("destination", table.regions),
                row.one_of("sector", table.sectors),
            )
            for u in range(len(USES)) if not use else (row.one_of("use", USES),):
                if seen[(*at, u)]:
                    raise row.error(
                        "origin", f"the same combination stands in row {seen[(*at, u)]} already"
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
