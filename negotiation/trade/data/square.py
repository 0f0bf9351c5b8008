"""World input-output tables in the manner of WIOD: countries and codes in rows of their own."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from negotiation.errors import DataError
from negotiation.trade.data.icio import Vocabulary, plan
from negotiation.trade.data.matrix import Plan
from negotiation.trade.data.source import Text

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


def plan_wiod(text: Text, vocabulary: Vocabulary = WIOD) -> Plan:
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


def _flat(text: Text, head: _Head, vocabulary: Vocabulary) -> Plan:
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


def _stacked(text: Text, head: _Head, vocabulary: Vocabulary) -> Plan:
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


def _corner(text: Text, head: _Head) -> tuple[int, int]:
    """Find records above and cells to the left of the numbers."""
    lefts: Counter[int] = Counter()
    for _, cells in head.records:
        first = len(cells)
        while first and (_is_number(cells[first - 1]) or not cells[first - 1]):
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
    return 2 * sum(map(_is_number, cells)) > len(cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
