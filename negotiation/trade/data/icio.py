"""Inter-country tables with labels such as `AUS_A01_02`: OECD ICIO as published, and its like."""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from negotiation.errors import DataError, nearest
from negotiation.trade.data.matrix import (
    ADDED,
    FINAL,
    INDUSTRY,
    OTHER,
    STOCKS,
    TAX,
    TOTAL,
    Line,
    Plan,
)
from negotiation.trade.data.source import Fault, Text
from negotiation.words import shown


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """What labels mean.

    Attributes
    ----------
    final : tuple of str
        Categories of final demand, what follows the first underscore of a column's label.
    inventory : tuple of str
        Those among them that may be negative.
    merge : mapping of str to str
        Regions that are parts of another, such as China's processing exports.
    total, added, taxes, passed : tuple of str
        Labels of total output, of value added, of rows of taxes and margins, of subtotals.
    """

    final: tuple[str, ...]
    inventory: tuple[str, ...]
    merge: Mapping[str, str] = dataclasses.field(default_factory=dict)
    total: tuple[str, ...] = ("OUT", "OUTPUT", "TOTAL")
    added: tuple[str, ...] = ("VA", "VALU")
    taxes: tuple[str, ...] = ("TLS", "TAXSUB")
    passed: tuple[str, ...] = ()

    def kind_of_row(self, label: str) -> int:
        """What a row holds, by its label; an industry where the label says nothing."""
        last = label.rpartition("_")[2]
        for words, kind in ((self.total, TOTAL), (self.added, ADDED), (self.passed, OTHER)):
            if label in words:
                return kind
        return TAX if label in self.taxes or last in self.taxes else INDUSTRY

    def kind_of_column(self, label: str) -> int:
        """What a column holds, by its label; an industry where the label says nothing."""
        if label in self.total:
            return TOTAL
        code = label.partition("_")[2]
        if code in self.inventory:
            return STOCKS
        return FINAL if code in self.final else INDUSTRY


#: ICIO, editions 2018 to 2025, small and extended.
ICIO = Vocabulary(
    final=("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR", "DIRP", "NONRES", "FD"),
    inventory=("INVNT",),
    merge={"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"},
)


def plan_icio(text: Text, vocabulary: Vocabulary = ICIO) -> Plan:
    """Read the labels of an ICIO file.

    The first row and the first column hold labels `REGION_INDUSTRY`; columns `REGION_CATEGORY` are
    final demand, one column is total output. Rows of value added, taxes less subsidies and output
    stand below the industries.

    Raises
    ------
    DataError
        Where no label of a row is one of a column.
    """
    header: list[str] = []
    rows: list[tuple[int, str]] = []
    for number, cells in text.records():
        if header:
            rows.append((number, cells[0].strip()))
        else:
            header = [cell.strip() for cell in cells]
    return plan(text, skip=1, first=1, columns=header[1:], rows=rows, vocabulary=vocabulary)


def plan(
    text: Text,
    *,
    skip: int,
    first: int,
    columns: Sequence[str],
    rows: Sequence[tuple[int, str]],
    vocabulary: Vocabulary,
    names: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> Plan:
    """Say what every row and column of a square table is, from their labels.

    Columns and rows without a partner are paired in order where there are as many of both, and
    the label that looks less like the others is the fault: what follows can still be judged.
    """
    resolved = _Labels(text, first, columns, rows, vocabulary)
    regions = list(dict.fromkeys(resolved.region(label) for label in resolved.industries))
    sectors = list(dict.fromkeys(label.partition("_")[2] for label in resolved.industries))
    at_region = {code: at for at, code in enumerate(regions)}
    at_sector = {code: at for at, code in enumerate(sectors)}

    def line(kind: int, label: str) -> Line:
        if kind in (FINAL, STOCKS, INDUSTRY):
            region = at_region.get(resolved.region(label), -1)
            sector = at_sector.get(label.partition("_")[2], -1)
            if kind == INDUSTRY or region >= 0:
                return Line(kind, region, sector, label)
            return Line(OTHER, label=label)
        return Line(kind, label=label)

    notes = []
    merged = sorted(
        {label.partition("_")[0] for label in resolved.industries} & set(vocabulary.merge)
    )
    if merged:
        into = ", ".join(dict.fromkeys(vocabulary.merge[code] for code in merged))
        notes.append(f"{', '.join(merged)} merged into {into}")
    pairs = {(resolved.region(label), label.partition("_")[2]) for label in resolved.industries}
    if len(pairs) < len(regions) * len(sectors):
        notes.append(
            f"{len(regions) * len(sectors) - len(pairs)} of {len(regions) * len(sectors)} pairs of "
            "region and sector have no row and count as zero"
        )
    return Plan(
        text=text,
        skip=skip,
        first=first,
        columns=[line(*column) for column in resolved.columns],
        rows=[line(*row) for row in resolved.rows],
        regions=tuple(regions),
        sectors=tuple(sectors),
        faults=resolved.faults,
        whole_rows=resolved.whole_rows,
        whole_columns=resolved.whole_columns,
        notes=tuple(notes),
        names=(
            tuple(names[0].get(code, "") for code in regions),
            tuple(names[1].get(code, "") for code in sectors),
        ),
    )


class _Labels:
    """Labels of rows and columns, matched with each other."""

    def __init__(
        self,
        text: Text,
        first: int,
        columns: Sequence[str],
        rows: Sequence[tuple[int, str]],
        vocabulary: Vocabulary,
    ) -> None:
        self.text, self.first, self.vocabulary = text, first, vocabulary
        self.numbers = [number for number, _ in rows]
        self.columns = [(vocabulary.kind_of_column(label), label) for label in columns]
        self.rows = [(vocabulary.kind_of_row(label), label) for _, label in rows]
        self.faults: list[Fault] = []
        self.whole_rows = self.whole_columns = True
        across = [label for kind, label in self.columns if kind == INDUSTRY]
        down = [label for kind, label in self.rows if kind == INDUSTRY]
        known = set(across) & set(down)
        if not known:
            raise DataError(
                f"{text.name}: no label of a row is the label of a column; expected labels such as "
                f"AUS_A01_02 in both, found rows {_first(down)} and columns {_first(across)}"
            )
        lone_columns = _lone(self.columns, known)
        lone_rows = _lone(self.rows, known)
        self._repeated(self.columns, (TOTAL, FINAL, STOCKS), rows=False)
        self._repeated(self.rows, (TOTAL, ADDED), rows=True)
        self._final(lone_columns, len(lone_columns) - len(lone_rows), down)
        self._pair(lone_columns, lone_rows, Counter(_parts((*across, *down))))
        self.industries = [label for kind, label in self.rows if kind == INDUSTRY]
        self._regions()

    def region(self, label: str) -> str:
        """Region of a label, merged."""
        code = label.partition("_")[0]
        return self.vocabulary.merge.get(code, code)

    def _fault(self, what: str, *, row: int | None = None, column: int | None = None) -> None:
        if row is not None:
            self.faults.append(self.text.fault("labels", what, row=self.numbers[row], column=1))
        elif column is not None:
            self.faults.append(
                self.text.fault("labels", what, row=1, column=self.first + column + 1)
            )

    def _repeated(self, lines: list[tuple[int, str]], kinds: tuple[int, ...], rows: bool) -> None:
        """Keep the first of each total, value added and final column."""
        seen: set[str] = set()
        for at, (kind, label) in enumerate(lines):
            if kind not in kinds:
                continue
            key = str(kind) if kind in (TOTAL, ADDED) else label
            if key in seen:
                if kind in (FINAL, STOCKS):  # misspelt, or there twice: sums cannot tell
                    self.whole_rows = False
                lines[at] = (OTHER, label)
                what = f"{shown(label)} stands twice; keep one"
                self._fault(what, **({"row": at} if rows else {"column": at}))
            seen.add(key)

    def _final(self, lone: list[int], extra: int, down: Sequence[str]) -> None:
        """Take for final demand what can only be that: a category or a region misspelt."""
        regions = list(dict.fromkeys(self.region(label) for label in down))
        have: dict[str, list[str]] = {region: [] for region in regions}
        for kind, label in self.columns:
            if kind in (FINAL, STOCKS):
                have.setdefault(self.region(label), []).append(label.partition("_")[2])
        often = Counter(code for codes in have.values() for code in codes)
        usual = [code for code, times in often.items() if 2 * times > len(regions)]
        for at in list(lone):
            _, label = self.columns[at]
            region, _, code = label.partition("_")
            region = self.vocabulary.merge.get(region, region)
            lacking = [each for each in usual if each not in have.get(region, usual)]
            close = difflib.get_close_matches(code, lacking, n=1, cutoff=0.6)
            if not close and not (extra > 0 and len(lacking) == 1):
                continue
            category = (close or lacking)[0]
            self._fault(self._unknown(label, f"{region}_{category}"), column=at)
            have[region].append(category)
            self.columns[at] = (
                STOCKS if category in self.vocabulary.inventory else FINAL,
                f"{region}_{category}",
            )
            lone.remove(at)
            extra -= 1

    def _regions(self) -> None:
        """Find final demand of regions that have no industries."""
        regions = list(dict.fromkeys(self.region(label) for label in self.industries))
        has = {label for kind, label in self.columns if kind in (FINAL, STOCKS)}
        for at, (kind, label) in enumerate(self.columns):
            region = self.region(label)
            if kind not in (FINAL, STOCKS) or region in regions:
                continue
            code = label.partition("_")[2]
            lacking = [each for each in regions if f"{each}_{code}" not in has]
            close = difflib.get_close_matches(region, lacking, n=1, cutoff=0.6) or lacking
            hint = f" (did you mean '{close[0]}_{code}'?)" if close else ""
            self._fault(f"{shown(label)} is unknown: no row is of region {region}{hint}", column=at)
            if close:
                self.columns[at] = (kind, f"{close[0]}_{code}")
                has.add(f"{close[0]}_{code}")
            else:
                self.columns[at] = (OTHER, label)
                self.whole_rows = False

    def _pair(self, columns: list[int], rows: list[int], parts: Counter[str]) -> None:
        """Pair columns and rows without a partner, and blame the odd label of each pair."""
        if len(columns) != len(rows):
            for at in columns:
                label = self.columns[at][1]
                self._fault(self._unknown(label, ""), column=at)
                self.columns[at] = (OTHER, label)
            for at in rows:
                label = self.rows[at][1]
                self._fault(
                    f"{shown(label)} is unknown: no column has this label"
                    f"{nearest(label, [each for _, each in self.columns])}",
                    row=at,
                )
                self.rows[at] = (OTHER, label)
            # A row without its column is missing from both sides.
            self.whole_rows = self.whole_columns = False
            return
        across = {label for at, (_, label) in enumerate(self.columns) if at not in columns}
        for c, r in zip(columns, rows, strict=True):
            column, row = self.columns[c][1], self.rows[r][1]
            weight_c = 0 if column in across else min(parts[each] for each in _parts([column]))
            weight_r = min(parts[each] for each in _parts([row]))
            if row in across:  # a row's label that stands above already
                weight_r = -1
            if weight_c <= weight_r:
                self._fault(self._unknown(column, row), column=c)
                self.columns[c] = (INDUSTRY, row)
            else:
                said = "stands twice" if row in across else "is unknown: no column has this label"
                self._fault(f"{shown(row)} {said} (did you mean '{column}'?)", row=r)
                self.rows[r] = (INDUSTRY, column)

    def _unknown(self, label: str, meant: str) -> str:
        if sum(label == each for _, each in self.columns) > 1:
            what = f"{shown(label)} stands twice"
        elif not label:
            what = "the label is empty"
        else:
            what = (
                f"{shown(label)} is unknown: no row has this label, and it is no final demand "
                f"({', '.join(self.vocabulary.final)})"
            )
        return what + (f" (did you mean '{meant}'?)" if meant else "")


def _lone(lines: Sequence[tuple[int, str]], known: set[str]) -> list[int]:
    """Positions of industries whose label has no partner, or stood before."""
    seen: set[str] = set()
    lone = []
    for at, (kind, label) in enumerate(lines):
        if kind == INDUSTRY:
            if label not in known or label in seen:
                lone.append(at)
            seen.add(label)
    return lone


def _parts(labels: Iterable[str]) -> list[str]:
    """Regions and sectors of labels, told apart by the underscore."""
    found = []
    for label in labels:
        region, _, sector = label.partition("_")
        found += [region + "_", "_" + sector]
    return found


def _first(labels: Sequence[str]) -> str:
    return ", ".join(shown(label) for label in labels[:2]) or "none"
