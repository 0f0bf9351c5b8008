"""What all readers of CSV files share: separator, header, and what is wrong with a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from negotiation.errors import DataError
from negotiation.words import printable

_QUOTED = re.compile(r'"[^"]*"')
_SHOWN = 30


def separator(line: str) -> str:
    """Separator of a file by its first line: spreadsheets in half of Europe write semicolons."""
    return max(",;\t", key=_QUOTED.sub("", line).count)


def alike(heading: str) -> str:
    """Return what remains of a heading where case, blanks and hyphens do not count."""
    return re.sub(r"[\W_]+", "", heading).casefold()


def check_header(name: str, header: Sequence[str]) -> None:
    """Refuse a column that stands twice, also where only case, blanks or hyphens differ.

    Raises
    ------
    DataError
    """
    seen: dict[str, str] = {}
    for column in filter(None, header):
        before = seen.setdefault(alike(column) or column, column)
        if header.count(column) > 1:
            raise DataError(f"{name}, row 1: column {printable(column)} stands twice; keep one")
        if before != column:
            raise DataError(
                f"{name}, row 1: columns {printable(before)} and {printable(column)} differ "
                "in case or punctuation only, so that it is not clear which is meant; keep one"
            )


def misnamed(name: str, header: Sequence[str], optional: Sequence[str]) -> None:
    """Refuse a heading that is an optional column but for case, blanks or hyphens.

    It would be passed over without a word.

    Raises
    ------
    DataError
    """
    for column in optional:
        for heading in header:
            if column not in header and heading and alike(heading) == alike(column):
                raise DataError(
                    f"{name}, row 1: column {printable(heading)} is not read; expected it to be "
                    f"called {column}"
                )


def number_problem(text: str) -> str:
    """Say why a cell is no number, and what to write."""
    text = text.strip()
    if not text:
        return "is empty; expected a number (write 0 for nothing)"
    if _is_number(text) and "_" not in text:
        return f"{text} is not a finite number"
    what = f"{_quoted(text)} is not a number"
    if text.endswith("%") and _is_number(text[:-1]):
        return f"{what}; write {float(text[:-1]) / 100.0:g}"
    whole, comma, part = text.partition(",")
    if comma and whole.lstrip("+-").isdigit() and part.isdigit():
        # 1,234 may be either; 0,125 and 1234,567 are decimal fractions.
        if len(part) != 3 or whole.lstrip("+-").startswith("0") or len(whole.lstrip("+-")) > 3:
            return f"{what}; write a decimal point, as in {whole}.{part}"
        return (
            f"{what}; write a decimal point and no thousands separators, {whole}.{part} or "
            f"{whole}{part}"
        )
    thousands, comma, part = text.rpartition(",")
    if comma and part.isdigit() and _is_number(thousands.replace(".", "")) and "." in thousands:
        return f"{what}; write a decimal point, as in {thousands.replace('.', '')}.{part}"
    bare = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("_", "")
    if bare != text or _is_number(bare.replace(",", "")):
        return f"{what}; write it without thousands separators, as in 1234.5"
    return what


def _quoted(text: str) -> str:
    return f"'{printable(text if len(text) <= _SHOWN else text[:_SHOWN] + '...')}'"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
