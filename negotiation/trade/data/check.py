"""Every identity of a trade table, held or not, with the size of its gap."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.trade.data.matrix import Reading
from negotiation.trade.data.source import Fault
from negotiation.trade.data.table import TradeTable

#: What is checked, in the order in which it is told.
CHECKS = {
    "labels": "every label is known and stands once",
    "numbers": "every cell is a number",
    "negative": "no negative sale, inventories aside",
    "rows": "rows add up to output",
    "columns": "columns add up to output",
    "output": "output is the same by row and by column",
    "tariffs": "tariffs are fractions",
    "inputs": "coefficients use what is delivered",
    "value_added": "value added is above zero",
    "coefficients": "input coefficients sum to less than 1",
    "accounts": "value added + tariff revenue + imports - exports = final expenditure",
    "trade": "every region trades",
}


@dataclasses.dataclass(frozen=True)
class Check:
    """One identity.

    Attributes
    ----------
    key : str
        Of `CHECKS`.
    passed : bool or None
        None: it could not be judged, for want of totals or because of other faults.
    size : float
        Largest relative gap, share or amount; NaN where that means nothing.
    what : str
        What the size is of, and where it is.
    """

    key: str
    passed: bool | None
    size: float
    what: str

    @property
    def status(self) -> str:
        """PASS, FAIL or `not judged`."""
        return "not judged" if self.passed is None else "PASS" if self.passed else "FAIL"


@dataclasses.dataclass(frozen=True, eq=False)
class Report:
    """What `check_trade` found.

    Attributes
    ----------
    source, layout : str
    regions, sectors : tuple of str
    checks : tuple of Check
    faults : tuple of Fault
        All of them, one for each cause.
    notes : tuple of str
        What the data are like, without being wrong.
    """

    source: str
    layout: str
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    checks: tuple[Check, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def record(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "source": self.source,
            "layout": self.layout,
            "ok": self.ok,
            "regions": list(self.regions),
            "sectors": list(self.sectors),
            "checks": [
                {
                    "check": CHECKS[each.key],
                    "status": each.status,
                    "size": _finite(each.size),
                    "of": each.what,
                }
                for each in self.checks
            ],
            "faults": [
                {
                    "check": CHECKS[each.check],
                    "row": each.row,
                    "column": each.column,
                    "size": _finite(each.size),
                    "sentence": each.sentence,
                }
                for each in self.faults
            ],
            "notes": list(self.notes),
        }


def report(reading: Reading, layout: str, tolerance: float) -> Report:
    """Judge every identity of what was read."""
    table, faults = reading.table, list(reading.faults)
    region, size = _accounts(table)
    if not faults and size > tolerance:
        problem = (
            f"value added, tariff revenue and imports less exports of region {region} miss its "
            f"final expenditure by {100 * size:.2g} %"
        )
        faults.append(Fault("accounts", table.source, problem, size=size))
    if not faults:
        faults += _idle(table)
    by_key: dict[str, list[Fault]] = {key: [] for key in CHECKS}
    for fault in faults:
        by_key[fault.check].append(fault)
    measured = _measures(reading, layout, region, size)
    checks = []
    for key in CHECKS:
        own = by_key[key]
        passed: bool | None = not own
        if own:
            worst = max(own, key=lambda each: -1.0 if np.isnan(each.size) else each.size)
            many = f"{len(own)} faults, the worst: " if len(own) > 1 else ""
            checks.append(Check(key, False, worst.size, many + worst.where))
            continue
        if key not in measured:
            if key in ("rows", "columns", "output", "tariffs", "inputs"):
                continue  # this layout has no such thing
            checks.append(Check(key, passed, float("nan"), ""))
            continue
        size, what = measured[key]
        if not np.isfinite(size) and what:
            passed = None
        if (key == "coefficients" and size >= 1.0) or (key == "accounts" and size > tolerance):
            passed = None  # another fault is the cause, and is told
        checks.append(Check(key, passed, size, what))
    return Report(
        table.source,
        layout,
        table.regions,
        table.sectors,
        tuple(checks),
        tuple(faults),
        (*_notes(table), *table.notes),
    )


def _measures(
    reading: Reading, layout: str, region: str, size: float
) -> dict[str, tuple[float, str]]:
    """Size of each gap, and where; NaN with a reason where it cannot be judged."""
    table = reading.table
    found: dict[str, tuple[float, str]] = {}
    if layout in ("icio", "wiod"):
        for key in ("rows", "columns"):
            gap, label = reading.gaps.get(key, (float("nan"), ""))
            found[key] = (gap, f"largest gap, {label}" if label else "no totals, or other faults")
        both = "rows" in reading.gaps and "columns" in reading.gaps
        found["output"] = (float("nan"), "" if both else "no totals, or other faults")
    elif table.intermediate.any():
        found["inputs"] = (float("nan"), "")
    if table.tariff.any():
        i, n, s, _ = np.unravel_index(int(table.tariff.argmax()), table.tariff.shape)
        where = f"{table.regions[i]} to {table.regions[n]}, {table.sectors[s]}"
        found["tariffs"] = (float(table.tariff.max()), f"largest rate, {where}")
    output, cost = table.output, table.inputs.sum(axis=1)
    made = output > 0.0
    if made.any():
        share = np.where(made, cost / np.where(made, output, 1.0), 0.0)
        n, s = np.unravel_index(int(share.argmax()), share.shape)
        where = f"{table.regions[n]} {table.sectors[s]}"
        found["value_added"] = (1.0 - float(share[n, s]), f"smallest share of output, {where}")
        found["coefficients"] = (float(share[n, s]), f"largest sum, {where}")
    if region:
        found["accounts"] = (size, f"largest gap, {region}")
    return found


def _accounts(table: TradeTable) -> tuple[str, float]:
    """Region whose account is off the most, and by how much of its final expenditure."""
    flows, tariff = table.flows, table.tariff
    duty = flows * tariff
    final = (flows + duty)[..., 1].sum(axis=(0, 2))
    if table.value_added is not None and table.taxes is not None:
        added = (table.value_added + table.taxes).sum(axis=1)
    else:
        added = table.output.sum(axis=1) - table.inputs.sum(axis=(1, 2))
    added = added - duty[..., 0].sum(axis=(0, 2))
    balance = flows.sum(axis=(0, 2, 3)) - flows.sum(axis=(1, 2, 3))
    gap = np.abs(added + duty.sum(axis=(0, 2, 3)) + balance - final)
    size = gap / np.where(final > 0.0, final, 1.0)
    if not size.size:
        return "", float("nan")
    at = int(size.argmax())
    return table.regions[at], float(size[at])


def _abroad(table: TradeTable) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Exports and imports of each region."""
    pairs = table.flows.sum(axis=(2, 3))
    home = np.diag(pairs)
    return pairs.sum(axis=1) - home, pairs.sum(axis=0) - home


def _idle(table: TradeTable) -> list[Fault]:
    """Regions in isolation, or without production or purchases."""
    exports, imports = _abroad(table)
    faults = []
    for n, region in enumerate(table.regions):
        if len(table.regions) > 1 and exports[n] == 0.0 and imports[n] == 0.0:
            problem = f"region {region} neither sells nor buys abroad; leave it out or merge it"
            faults.append(Fault("trade", table.source, problem))
        elif not table.flows[:, n, :, 1].sum() > 0.0:
            problem = f"region {region} has no final purchases; leave it out or merge it"
            faults.append(Fault("accounts", table.source, problem))
    return faults


def _notes(table: TradeTable) -> list[str]:
    flows = table.flows
    zero = int((flows == 0.0).sum())
    notes = [f"{zero} of {flows.size} flows are zero ({100 * zero / max(flows.size, 1):.3g} %)"]
    exports, imports = _abroad(table)
    for what, values in (("sells", exports), ("buys", imports)):
        idle = [code for code, value in zip(table.regions, values, strict=True) if value == 0.0]
        if idle and len(table.regions) > 1:
            notes.append(f"{_few(idle)}: {what} nothing abroad")
    empty = int((table.output <= 0.0).sum())
    if empty:
        notes.append(f"{empty} of {table.output.size} industries sell nothing")
    if table.stocks.any():
        drawn, added = table.stocks[table.stocks < 0.0], table.stocks[table.stocks > 0.0]
        low = np.minimum(table.final + table.stocks, 0.0)
        notes.append(
            f"changes in inventories: {added.sum():.6g} added and {-drawn.sum():.6g} withdrawn; "
            f"{int((low < 0.0).sum())} final sales are below zero with them, {-low.sum():.6g} money"
        )
    return notes


def _few(words: Sequence[str], limit: int = 8) -> str:
    more = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
