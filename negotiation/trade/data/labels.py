"""What the rows and columns of square tables are, by their labels: OECD ICIO, WIOD, and their like.

ICIO and its like have labels such as `AUS_A01_02`; WIOD has rows of countries and of codes.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from negotiation.errors import DataError, nearest
from negotiation.trade.data.csv_file import CsvFile, Fault, is_number
from negotiation.trade.data.matrix import (
    ADDED,
    FINAL,
    INDUSTRY,
    OTHER,
    STOCKS,
    TAX,
    TOTAL,
    Account,
    Plan,
)
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


def plan_icio(text: CsvFile, vocabulary: Vocabulary = ICIO) -> Plan:
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
    text: CsvFile,
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

    def line(kind: int, label: str) -> Account:
        if kind in (FINAL, STOCKS, INDUSTRY):
            region = at_region.get(resolved.region(label), -1)
            sector = at_sector.get(label.partition("_")[2], -1)
            if kind == INDUSTRY or region >= 0:
                return Account(kind, region, sector, label)
            return Account(OTHER, label=label)
        return Account(kind, label=label)

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
        text: CsvFile,
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
                what = f"{shown(label)} occurs twice; keep one"
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
                said = "occurs twice" if row in across else "is unknown: no column has this label"
                self._fault(f"{shown(row)} {said} (did you mean '{column}'?)", row=r)
                self.rows[r] = (INDUSTRY, column)

    def _unknown(self, label: str, meant: str) -> str:
        if sum(label == each for _, each in self.columns) > 1:
            what = f"{shown(label)} occurs twice"
        elif not label:
            what = "the label is empty"
        else:
            what = (
                f"{shown(label)} is unknown: no row has this label, and it is not final demand "
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


# --- WIOD -----------------------------------------------------------------------------------------

#: WIOD, releases 2013 and 2016.
WIOD = Vocabulary(
    final=("CONS_h", "CONS_np", "CONS_g", "GFCF", "INVEN"),
    inventory=("INVEN",),
    total=("GO",),
    added=("VA",),
    taxes=("TXSP", "EXP_adj", "PURR", "PURNR", "IntTTM"),
    passed=("II_fob",),
)

#: Codes by what descriptions say, for releases whose codes are numbers of rows and columns.
_ROWS = (
    ("total intermediate", "II_fob"),
    ("taxes less", "TXSP"),
    ("cif/", "EXP_adj"),
    ("purchases on the domestic", "PURNR"),
    ("direct purchases", "PURR"),
    ("value added", "VA"),
    ("transport margins", "IntTTM"),
    ("output", "GO"),
)
_COLUMNS = (
    ("non-profit", "CONS_np"),
    ("government", "CONS_g"),
    ("households", "CONS_h"),
    ("capital formation", "GFCF"),
    ("inventor", "INVEN"),
    ("total output", "GO"),
)

_LABEL_CELLS = 8
_HEADER_RECORDS = 12
_NUMBERED = re.compile(r"([A-Za-z]{3})_?(\d+)$")


@dataclasses.dataclass(frozen=True, eq=False)
class _Head:
    """The beginning of a file: its first records whole, of all records the first cells."""

    records: list[tuple[int, list[str]]]
    labels: list[tuple[int, list[str]]]


def plan_wiod(text: CsvFile, vocabulary: Vocabulary = WIOD) -> Plan:
    """Read the labels of a table in the manner of WIOD.

    Two arrangements are known. *Stacked*, the published workbook saved as CSV: rows of industry
    codes, descriptions and countries above the numbers, columns of the same to their left. *Flat*:
    one header `IndustryCode,IndustryDescription,Country,RNr,Year,AUS1,AUS2,...,TOT` whose columns
    are countries and row numbers; numbers past the last industry are the categories of final
    demand in the order of `vocabulary.final`.

    Raises
    ------
    DataError
        Where neither is found.
    """
    head = _Head([], [])
    for number, cells in text.records():
        if len(head.records) < _HEADER_RECORDS:
            head.records.append((number, [cell.strip() for cell in cells]))
        head.labels.append((number, [cell.strip() for cell in cells[:_LABEL_CELLS]]))
    header = head.records[0][1]
    if "Country" in header and "RNr" in header:
        return _flat(text, head, vocabulary)
    return _stacked(text, head, vocabulary)


def _flat(text: CsvFile, head: _Head, vocabulary: Vocabulary) -> Plan:
    header = head.records[0][1]
    first = next((at for at, cell in enumerate(header) if _NUMBERED.match(cell)), None)
    code = next((at for at, cell in enumerate(header) if cell == "IndustryCode"), None)
    if first is None or code is None or first > _LABEL_CELLS:
        raise DataError(
            f"{text.name}, row 1: expected columns IndustryCode, Country, RNr and then AUS1, "
            f"AUS2, ...; found {', '.join(header[:_LABEL_CELLS])}"
        )
    country, place = header.index("Country"), header.index("RNr")
    told = header.index("IndustryDescription") if "IndustryDescription" in header else code
    rows: list[tuple[int, str]] = []
    numbered: dict[str, str] = {}
    names: dict[str, str] = {}
    for number, found_cells in head.labels[1:]:
        cells = [*found_cells, *[""] * (first - len(found_cells))]
        if cells[country] == "TOT":
            rows.append((number, _code(cells[code], cells[told], _ROWS, vocabulary)))
            continue
        rows.append((number, f"{cells[country]}_{cells[code]}"))
        numbered.setdefault(cells[place], cells[code])
        names.setdefault(cells[code], cells[told] if told != code else "")
    last = max((int(each) for each in numbered if each.isdigit()), default=0)
    for k, category in enumerate(vocabulary.final, start=last + 1):
        numbered[str(k)] = category
    columns: list[str] = []
    for cell in header[first:]:
        found = _NUMBERED.match(cell)
        if found and found[2] in numbered:
            columns.append(f"{found[1]}_{numbered[found[2]]}")
        else:
            columns.append(vocabulary.total[0] if cell in ("TOT", "GO") else cell)
    return plan(
        text,
        skip=1,
        first=first,
        columns=columns,
        rows=rows,
        vocabulary=vocabulary,
        names=({}, names),
    )


def _stacked(text: CsvFile, head: _Head, vocabulary: Vocabulary) -> Plan:
    skip, first = _corner(text, head)
    above = [cells for _, cells in head.records[:skip]]
    width = max(map(len, above))
    above = [[*cells, *[""] * (width - len(cells))] for cells in above]
    beside = [[*cells, *[""] * first][:first] for _, cells in head.labels[skip:]]
    matches = _matches(above, beside, first)
    country = next(
        (pair for pair in matches if _in_blocks([cells[pair[1]] for cells in beside])), None
    )
    codes = [pair for pair in matches if country is not None and pair[1] != country[1]]
    if country is None or not codes:
        raise DataError(
            f"{text.name}: found no rows of countries and industry codes above the numbers that "
            "are also columns beside them; expected the manner of WIOD"
        )
    code = codes[0]
    told = next((pair for pair in codes if pair[1] != code[1]), code)
    columns = []
    for at in range(first, width):
        where, what, said = (above[pair[0]][at] for pair in (country, code, told))
        what = _code(what, said, _COLUMNS, vocabulary)
        columns.append(what if what in vocabulary.total else f"{where}_{what}")
    rows = []
    names: dict[str, str] = {}
    known = {above[country[0]][at] for at in range(first, width)} - {"", "TOT"}
    for (number, _), cells in zip(head.labels[skip:], beside, strict=True):
        where, what, said = (cells[pair[1]] for pair in (country, code, told))
        if where in ("", "TOT") or (where not in known and not what):
            rows.append((number, _code(what, said, _ROWS, vocabulary)))
        else:
            rows.append((number, f"{where}_{what}"))
            names.setdefault(what, said if told != code else "")
    return plan(
        text,
        skip=skip,
        first=first,
        columns=columns,
        rows=rows,
        vocabulary=vocabulary,
        names=({}, names),
    )


def _code(code: str, said: str, words: Sequence[tuple[str, str]], known: Vocabulary) -> str:
    """Return the code as it is where it is known, else the one that the description calls for."""
    if code in (*known.final, *known.total, *known.added, *known.taxes, *known.passed):
        return code
    low = said.lower()
    return next((meant for word, meant in words if word in low), code)


def _corner(text: CsvFile, head: _Head) -> tuple[int, int]:
    """Find records above and cells to the left of the numbers."""
    lefts: Counter[int] = Counter()
    for _, cells in head.records:
        first = len(cells)
        while first and (is_number(cells[first - 1]) or not cells[first - 1]):
            first -= 1
        if 2 <= first <= _LABEL_CELLS and _numeric(cells[first:]):
            lefts[first] += 1
    for first, _ in lefts.most_common(1):
        # A row whose first number is misspelt is still a row of numbers.
        for skip, (_, cells) in enumerate(head.records):
            if skip and _numeric(cells[first:]):
                return skip, first
    raise DataError(
        f"{text.name}: found no row of labels followed by numbers in the first {_HEADER_RECORDS} "
        "rows; expected the manner of WIOD, ICIO or one row for each flow"
    )


def _matches(
    above: Sequence[Sequence[str]], beside: Sequence[Sequence[str]], first: int
) -> list[tuple[int, int]]:
    """Pairs of header row and label column such that a third of the labels stand in the row.

    Final demand and total output stand in one of the two only, so that is a lot.
    """
    pairs = []
    for column in range(first):
        labels = [cells[column] for cells in beside if cells[column]]
        for row, cells in enumerate(above):
            words = set(cells[first:])
            if labels and 3 * sum(label in words for label in labels) >= len(labels):
                pairs.append((row, column))
                break
    return pairs


def _in_blocks(labels: Sequence[str]) -> bool:
    """Whether equal labels stand together and most stand more than once: countries do."""
    runs = sum(a != b for a, b in pairwise(labels)) + 1
    return runs <= len(set(labels)) + 1 < len(labels)


def _numeric(cells: Sequence[str]) -> bool:
    """Whether most cells are numbers."""
    return 2 * sum(map(is_number, cells)) > len(cells)
