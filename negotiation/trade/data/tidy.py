"""Tidy trade data, one row for each flow; the folder of `World.from_csv` is a case of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from itertools import product

import numpy as np

from negotiation.errors import DataError, nearest
from negotiation.tolerances import TARIFF_USUAL
from negotiation.trade import USES
from negotiation.trade.data.aggregate import above_usual
from negotiation.trade.data.inputs import Deliveries, read_coefficients, used_up
from negotiation.trade.data.matrix import Reading
from negotiation.trade.data.sheet import Codes, Sheet
from negotiation.trade.data.source import (
    TABLE_SUM,
    Text,
)
from negotiation.trade.data.table import Array, TradeTable
from negotiation.trade.rates import IN_FILES, divisor, doubt, percentage, question
from negotiation.words import shown

#: Columns by what they hold, as `--column` renames them.
COLUMNS = (
    *("origin", "destination", "sector", "use", "value", "intermediate", "final", "tariff"),
    *("region", "using_sector", "input_sector", "coefficient"),
)
HOUSE = {"intermediate": "intermediate_usd_m", "final": "final_usd_m"}
_FLOW_KEYS = ("origin", "destination", "sector")


@dataclasses.dataclass(frozen=True)
class _Flow:
    """One row: where it stands, from where to where, and what is sold by use."""

    row: int
    codes: tuple[str, str, str]
    sales: dict[str, float]  # by use: intermediate, final, or the sector that uses it
    tariff: float
    stated: bool  # the cell says its unit


def read_tidy(
    text: Text,
    *,
    names: Mapping[str, str] | None = None,
    coefficients: Text | None = None,
    tolerance: float = TABLE_SUM,
    known: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
    named: Collection[str] = (),
    tariff_unit: str | None = None,
) -> Reading:
    """Read one row for each flow.

    Columns `origin`, `destination`, `sector`, and either `intermediate` and `final`, or `value`
    and perhaps `use`, which is `intermediate`, `final`, or the code of the sector that uses it;
    without `use` all sales are final. A column `tariff` holds rates as fractions. Flows that have
    no row are zero; sales at home have to be there.

    Parameters
    ----------
    text : Text
    names : mapping of str to str, optional
        Headings of columns, where they differ from `COLUMNS`.
    coefficients : Text, optional
        A file with columns `region`, `using_sector`, `input_sector`, `coefficient`: cost shares of
        inputs in output, counted with or without tariffs. Needed where sales are intermediate and
        `use` does not name the using sector.
    tolerance : float
        Largest relative gap between inputs by coefficients and intermediate deliveries; up to it
        coefficients are rescaled.
    known : pair of tuples, optional
        Regions and sectors; every combination must then have a row.
    named : collection of str
        Columns that the user named, which says that they are meant.
    tariff_unit : str, optional
        `fraction` or `percent`; without it rates that look like percentages are a fault.

    Raises
    ------
    DataError
        Where a column is missing, or sales are told twice.
    """
    sheet = Sheet(text, names or {}, _FLOW_KEYS, COLUMNS[3:8])
    split = _by_columns(sheet, text, named)
    if not split and not sheet.has("value"):
        raise DataError(
            f"{text.name}, row 1: no column {sheet.name('value')}, nor {sheet.name('intermediate')}"
            f" and {sheet.name('final')}; found {', '.join(sheet.header)} (--column says what a "
            "column is called)"
        )
    flows = _flows(sheet, split, tariff_unit)
    if not flows:
        sheet.faults.append(text.fault("numbers", "no rows follow; expected one for each flow"))
    regions, sectors = known or _codes(sheet, flows)
    sold = _collect(sheet, flows, regions, sectors, quiet=known is None)
    if not flows:
        coefficients = None
    n, s = len(regions), len(sectors)
    if known is not None:
        _complete(sheet, text, regions, sectors, sold.seen)
    tariff = sold.tariff
    if not sheet.has("use") or split:
        tariff = np.repeat(tariff[..., 1:], 2, axis=-1)  # one rate for both uses
    notes = _high(flows)
    _ask(sheet, flows, tariff_unit)
    rows = sold.rows
    empty = n * n * s - len(rows)
    if empty:
        notes.append(f"{empty} of {n * n * s} flows have no row and count as zero")
    judged = np.ones(n, dtype=bool)
    if sheet.faults:  # flows that are not known leave the accounts of two regions open
        judged[list(sold.doubtful)] = False
        if sheet.has("use") and not split and any(each.check == "labels" for each in sheet.faults):
            judged[:] = False  # a flow may lack one of its uses
        for i, d, k in product(range(n), range(n), range(s)):
            if (i, d, k) not in rows:
                judged[[i, d]] = False
    inputs, net = sold.inputs, sold.sales[..., 0].sum(axis=0)
    if coefficients is not None:
        share, wrong, whole = read_coefficients(
            coefficients, names or {}, regions, sectors, complete=known is not None
        )
        sheet.faults += wrong
        output = sold.sales.sum(axis=(1, 3))
        inputs = share * output[:, None, :]
        judged &= whole
        gross = (sold.sales * (1.0 + tariff))[..., 0].sum(axis=0)
        deliveries = Deliveries(regions, sectors, share, output, net, gross)
        gaps = deliveries.faults(text, coefficients, rows, tolerance, judged)
        if not sheet.faults and not gaps:
            inputs = deliveries.inputs
        sheet.faults += gaps
        for fault in gaps:
            judged &= np.array([not _names(fault.what, code) for code in regions], dtype=bool)
    elif np.abs(net - inputs.sum(axis=2)).max(initial=0.0) > tolerance * net.max(initial=0.0):
        problem = (
            "column use holds both 'intermediate' and sectors; expected one of the two"
            if inputs.any()
            else "there are intermediate sales, but nothing says which sector uses them; give a "
            "file of input coefficients (--coefficients FILE)"
        )
        sheet.faults.append(text.fault("inputs", problem))
    abroad = ~np.eye(n, dtype=bool)[..., None]
    table = TradeTable(
        regions=regions,
        sectors=sectors,
        intermediate=sold.sales[..., 0],
        inputs=inputs,
        final=sold.sales[..., 1],
        stocks=np.zeros((n, n, s)),
        tariff=tariff,
        traded=np.asarray((sold.sales.sum(axis=-1) * abroad).sum(axis=(0, 1))),
        notes=tuple(notes),
        source=text.name,
    )
    if not sheet.faults:
        sheet.faults += used_up(coefficients or text, table)
    # In the order of the files, then of their rows.
    own = [each for each in sheet.faults if each.where.startswith(text.name)]
    other = [each for each in sheet.faults if not each.where.startswith(text.name)]
    for faults in (own, other):
        faults.sort(key=lambda each: (each.row or 0, each.column or 0))
    unjudged = tuple(code for code, fine in zip(regions, judged, strict=True) if not fine)
    return Reading(table, own + other, {}, unjudged)


def _by_columns(sheet: Sheet, text: Text, named: Collection[str]) -> bool:
    """Whether sales stand in a column for each use; refuse a file that tells them twice.

    Raises
    ------
    DataError
    """
    ways = {way: [each for each in way if sheet.has(each)] for way in (USES, ("value",), ("use",))}
    by_use, whole, use = ways.values()
    meant = [way for way in (USES, ("value",)) if set(way) & set(named)]
    if by_use and whole and len(meant) != 1:
        both = " and ".join(sheet.name(each) for each in by_use)
        raise DataError(
            f"{text.name}, row 1: columns {sheet.name('value')} and {both} both hold sales, so "
            "that it is not clear which are meant; keep value, or intermediate and final, or name "
            f"what is meant (--column value={sheet.name('value')})"
        )
    split = len(by_use) == len(USES) and not (whole and meant == [("value",)])
    if split and use:
        raise DataError(
            f"{text.name}, row 1: column {sheet.name('use')} says which use all sales of a row "
            f"are for, but columns {sheet.name('intermediate')} and {sheet.name('final')} hold "
            "those of each; keep value and use, or intermediate and final"
        )
    return split


def _names(sentence: str, code: str) -> bool:
    return code in sentence.replace(",", " ").split()


@dataclasses.dataclass(frozen=True, eq=False)
class _Sold:
    """Sales (N, N, S, 2), tariffs of the same shape, inputs (N, S, S), and the row of each flow.

    `doubtful` are regions that sell or buy in a row with a fault.
    """

    sales: Array
    tariff: Array
    inputs: Array
    seen: dict[tuple[int, int, int, str], int]
    doubtful: set[int]

    @property
    def rows(self) -> dict[tuple[int, int, int], int]:
        """First row of each flow, all uses."""
        rows: dict[tuple[int, int, int], int] = {}
        for (i, n, k, _), row in self.seen.items():
            rows.setdefault((i, n, k), row)
        return rows


def _collect(
    sheet: Sheet,
    flows: Sequence[_Flow],
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    quiet: bool,
) -> _Sold:
    """Put flows into arrays; a tariff that differs between using sectors is weighted with sales."""
    n, s = len(regions), len(sectors)
    at_region = {code: at for at, code in enumerate(regions)}
    at_sector = {code: at for at, code in enumerate(sectors)}
    codes = Codes(sheet, zip(_FLOW_KEYS, (at_region, at_region, at_sector), strict=True))
    sales, charged = np.zeros((n, n, s, 2)), np.zeros((n, n, s, 2))
    low, high = np.full((n, n, s, 2), np.inf), np.full((n, n, s, 2), -np.inf)
    inputs = np.zeros((n, s, s))
    seen: dict[tuple[int, int, int, str], int] = {}
    doubtful: set[int] = set()
    for flow in flows:
        places = codes.find(flow.row, flow.codes)
        if places is None:
            continue
        i, d, k = places
        if not flow.sales:
            doubtful |= {i, d}
        for use, value in flow.sales.items():
            if (i, d, k, use) in seen:
                problem = f"the same flow stands in row {seen[(i, d, k, use)]} already"
                sheet.fault("numbers", flow.row, "origin", problem)
                doubtful |= {i, d}
                break
            seen[(i, d, k, use)] = flow.row
            if use not in USES and use not in at_sector:
                problem = f"{shown(use)} is unknown; expected intermediate, final or a sector"
                sheet.fault("labels", flow.row, "use", problem + nearest(use, at_sector))
                doubtful |= {i, d}
                break
            at = (i, d, k, USES.index(use) if use in USES else 0)
            if use not in USES:
                inputs[d, k, at_sector[use]] += value
            sales[at] += value
            charged[at] += value * flow.tariff
            low[at], high[at] = min(low[at], flow.tariff), max(high[at], flow.tariff)
    if not quiet:
        codes.tell()
    mean = charged / np.where(sales > 0.0, sales, 1.0)
    tariff = np.where((low < high) & (sales > 0.0), mean, np.where(low <= high, low, 0.0))
    return _Sold(sales, tariff, inputs, seen, doubtful)


def _flows(sheet: Sheet, split: bool, unit: str | None) -> list[_Flow]:
    flows = []
    keys = [sheet.at(each) for each in _FLOW_KEYS]
    by_use, taxed = sheet.has("use") and not split, sheet.has("tariff")
    for row, cells in sheet.rows():
        codes = tuple(cells[at].strip() for at in keys)
        before = len(sheet.faults)
        for what, code in zip(_FLOW_KEYS, codes, strict=True):
            if not code:
                sheet.fault("labels", row, what, "is empty; expected a code")
        use = cells[sheet.at("use")].strip() if by_use else "final"
        sales = {
            kind: sheet.number(row, cells, kind if split else "value")
            for kind in (USES if split else (use,))
        }
        tariff: float | None = 0.0
        stated = percentage(cells[sheet.at("tariff")]) if taxed else None
        if stated is not None:
            tariff = stated
            if tariff <= -1.0:
                sheet.fault("negative", row, "tariff", "is -100 % or less; a tariff is above that")
        elif taxed:
            tariff = sheet.number(row, cells, "tariff", low=-divisor(unit))
            tariff = None if tariff is None else tariff / divisor(unit)
            if tariff == -1.0:
                least = f"is {-divisor(unit):g}; a tariff is more than that"
                sheet.fault("negative", row, "tariff", least)
        numbers = {kind: value for kind, value in sales.items() if value is not None}
        if len(sheet.faults) > before:
            numbers = {}
        if all(codes):  # a row without numbers still says that its codes are meant
            places = (codes[0], codes[1], codes[2])
            flows.append(_Flow(row, places, numbers, tariff or 0.0, stated is not None))
    return flows


def _ask(sheet: Sheet, flows: Sequence[_Flow], unit: str | None) -> None:
    """Keep a fault for rates that look like percentages, at the first of them."""
    open_ = [] if unit else [flow for flow in flows if not flow.stated]
    at = doubt(np.array([flow.tariff for flow in open_]))
    if at is not None:
        rate = open_[at].tariff
        asked = f"the rate {question(rate, IN_FILES)}"
        sheet.fault("tariffs", open_[at].row, "tariff", asked, size=rate)


def _high(flows: Sequence[_Flow]) -> list[str]:
    """Warn about tariffs above 100 %."""
    cells = [
        f"row {flow.row} ({flow.codes[0]} to {flow.codes[1]}, {flow.codes[2]}): {flow.tariff:g}"
        for flow in flows
        if flow.tariff > TARIFF_USUAL
    ]
    return [above_usual(cells)] if cells else []


def _codes(sheet: Sheet, flows: Sequence[_Flow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Regions that both sell and buy, and sectors, in file order; a code on one side is a fault."""
    sides = [dict[str, int](), dict[str, int]()]
    for flow in flows:
        for side, code in zip(sides, flow.codes[:2], strict=True):
            side.setdefault(code, flow.row)
    words = (("origin", "destination", "buys"), ("destination", "origin", "sells"))
    for side, other, (own, missing, verb) in zip(sides, sides[::-1], words, strict=True):
        for code, row in side.items():
            if code not in other:
                problem = f"{shown(code)} is never a {missing}, so it {verb} nothing"
                sheet.fault(
                    "labels",
                    row,
                    own,
                    problem + nearest(code, [each for each in other if each not in side]),
                )
    regions = tuple(code for code in sides[0] if code in sides[1])
    return regions, tuple(dict.fromkeys(flow.codes[2] for flow in flows))


def _complete(
    sheet: Sheet,
    text: Text,
    regions: tuple[str, ...],
    sectors: tuple[str, ...],
    seen: Mapping[tuple[int, int, int, str], int],
) -> None:
    """Say which flows have no row, unless rows with faults are the reason."""
    found = {key[:3] for key in seen}
    every = product(range(len(regions)), range(len(regions)), range(len(sectors)))
    lost = [each for each in every if each not in found]
    if lost and not sheet.faults:
        i, d, k = lost[0]
        sheet.faults.append(
            text.fault(
                "labels",
                f"no row for origin {regions[i]}, destination {regions[d]}, sector {sectors[k]} "
                f"({len(lost)} of {len(lost) + len(found)} combinations are missing)",
            )
        )
