"""Whole sentences by language, and how each language writes numbers.

A language is one file, `report/words/en.json`: a sentence for every id, or several variants of one,
with named fields in braces. Code never joins parts of sentences; what differs in grammar is a
variant. A further language is one more file with the same ids, variants and fields.
"""

from __future__ import annotations

import functools
import json
import math
import string
from collections.abc import Mapping
from importlib import resources
from typing import Any

from negotiation.errors import GridError, nearest
from negotiation.report.amounts import Amounts
from negotiation.words import decimals, opening

#: The language in which everything is written where none is asked for.
ENGLISH = "en"

_FOLDER = resources.files("negotiation") / "report" / "words"

#: A sentence, or its variants.
Said = str | Mapping[str, str]


def languages() -> list[str]:
    """Return the languages there are, by the names of their files."""
    names = (each.name for each in _FOLDER.iterdir())
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


@functools.lru_cache(maxsize=4)
def sentences(lang: str) -> Mapping[str, Said]:
    """Read the sentences of a language.

    Raises
    ------
    GridError
        If there is no such language.
    """
    known = languages()
    if lang not in known:
        raise GridError(
            f"there is no report in language '{lang}'{nearest(lang, known)}; choose from "
            f"{', '.join(known)}"
        )
    found: Mapping[str, Said] = json.loads((_FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    return found


def fields(text: str) -> frozenset[str]:
    """Return the names of the fields of a sentence."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


class Language:
    """Sentences and numbers in one language.

    Parameters
    ----------
    lang : str
        As in `en`.
    """

    def __init__(self, lang: str = ENGLISH) -> None:
        self.lang = lang
        self._said = sentences(lang)
        signs = self._said["numbers"]
        assert not isinstance(signs, str)
        self._signs = signs

    def say(self, name: str, variant: str = "", /, **given: Any) -> str:
        """Return a sentence with its fields filled in, its first letter large.

        Fields hold what is in the language already: `number`, `money` and others make it.
        """
        return opening(self.phrase(name, variant, **given))

    def phrase(self, name: str, variant: str = "", /, **given: Any) -> str:
        """Return the same as it stands within a sentence."""
        found = self._said[name]
        text = found if isinstance(found, str) else found[variant]
        return text.format_map(given)

    # --- numbers --------------------------------------------------------------------------------

    def number(self, value: float, places: int = 0, *, signed: bool = False) -> str:
        """Write a number with so many decimals; negative ones round digits before the point."""
        if not math.isfinite(value):
            return self._signs["none"]
        told = round(value, places) + 0.0
        text = "0" if told == 0.0 else f"{abs(told):,.{max(places, 0)}f}"
        text = text.translate({ord(","): self._signs["group"], ord("."): self._signs["point"]})
        if told < 0.0:
            return f"{self._signs['minus']}{text}"
        return f"+{text}" if signed and told > 0.0 else text

    def percent(self, share: float, places: int = 0) -> str:
        """Write a fraction as a percentage; small ones with a decimal."""
        value = 100.0 * share
        if not places and 0.0 < abs(value) < 0.95:
            places = 1
        if not math.isfinite(value):
            return self._signs["none"]
        return f"{self.number(value, places)}{self._signs['percent']}"

    def hundred(self, share: float, draws: int) -> str:
        """Write how many of 100 draws, or of as many as there are."""
        if not draws or not math.isfinite(share):
            return self.phrase("often", "none")
        count = round(share * draws)
        if count in (0, draws):
            return self.phrase("often", "never" if count == 0 else "always")
        if draws < 100:
            return self.phrase("often", "few", count=count, draws=draws)
        n = math.floor(100.0 * count / draws + 0.5)
        if n in (0, 100):
            return self.phrase("often", "rarely" if n == 0 else "nearly")
        return self.phrase("often", "some", count=n)

    def rounded(self, value: float, *, signed: bool = False, beside: float = 0.0) -> str:
        """Write a number with two digits, and with three from a hundred on.

        Beside a median an end of its range has at most one decimal more.
        """
        places = decimals(value)
        if beside:
            places = min(places, decimals(beside) + 1)
        return self.number(value, places, signed=signed)

    def day(self, date: str) -> str:
        """Write a day that is given as in `2026-09-29`."""
        year, month, day = date.split("-")
        return self.phrase("day", "", year=year, month=self.phrase("months", month), day=int(day))

    def size(self, amounts: Amounts, value: float) -> str:
        """Write the size of one of some amounts."""
        scale = 1000.0 if amounts.billions else 1.0
        return self.rounded(abs(value) / scale, beside=amounts.middle / scale)

    def money(self, amounts: Amounts, value: float | None = None) -> str:
        """Write the size of an amount with its unit: `US$7.9 billion a year`."""
        number = self.size(amounts, amounts.middle if value is None else value)
        currency, rest = amounts.currency
        if currency is None:
            return self.phrase("money", "other", number=number, unit=rest)
        space = "" if currency.endswith("$") else " "
        way = "billion" if amounts.billions else "million"
        return self.phrase("money", way, currency=f"{currency}{space}", number=number, rest=rest)

    def range(self, amounts: Amounts) -> str:
        """Write where 90 of 100 draws lie, smaller sizes first; empty where there is none."""
        low, high = amounts.low, amounts.high
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        one, two = self.size(amounts, low), self.size(amounts, high)
        if one == two and not low < 0.0 < high:
            return ""
        if low < 0.0 < high:
            return self.phrase("range", "across", loss=one, gain=two)
        small, large = (two, one) if high <= 0.0 or abs(low) > abs(high) else (one, two)
        return self.phrase("range", "same", low=small, high=large)

    def listed(self, parts: list[str]) -> str:
        """Join phrases as a list."""
        if len(parts) < 2:
            return "".join(parts)
        head = self._signs["comma"].join(parts[:-1])
        return self.phrase("list", head=head, last=parts[-1])


def effect(amounts: Amounts) -> str:
    """Return the variant of a sentence for an amount: loses, gains, may or even."""
    across = math.isfinite(amounts.low) and amounts.low < 0.0 < amounts.high
    if across:
        return "may"
    if amounts.even:
        return "even"
    return "loses" if amounts.middle < 0.0 else "gains"


__all__ = ["ENGLISH", "Language", "effect", "fields", "languages", "sentences"]
