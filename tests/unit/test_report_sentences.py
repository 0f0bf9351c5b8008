"""Sentences by language: the same ids and fields in every file, numbers as people write."""

import json
import math
import re
from pathlib import Path

import pytest

from negotiation.errors import GridError
from negotiation.report import sentences as module
from negotiation.report.amounts import Amounts
from negotiation.report.sentences import Language, effect, fields, languages, sentences

MONEY = "US$ million a year"


def shape(lang: str) -> dict[str, object]:
    """Ids, variants and fields of a language."""
    return {
        name: fields(said)
        if isinstance(said, str)
        else {variant: fields(text) for variant, text in said.items()}
        for name, said in sentences(lang).items()
    }


@pytest.mark.parametrize("lang", languages())
def test_every_language_has_the_ids_variants_and_fields_of_english(lang: str) -> None:
    assert shape(lang) == shape("en")


def test_a_language_that_lacks_a_field_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.loads(json.dumps(sentences("en")))
    said["gives"]["loses"] = said["gives"]["loses"].replace("{range}", "")
    for lang, found in (("en", sentences("en")), ("xx", said)):
        (tmp_path / f"{lang}.json").write_text(json.dumps(found), encoding="utf-8")
    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    sentences.cache_clear()
    try:
        assert languages() == ["en", "xx"]
        assert shape("xx") != shape("en")
    finally:
        sentences.cache_clear()


def test_a_language_that_is_not_there() -> None:
    with pytest.raises(GridError, match=r"no report in language 'fi'.*choose from en"):
        Language("fi")


def test_sentences_end_with_a_full_stop_and_titles_do_not() -> None:
    for name in ("saves", "gives", "over_today", "concede", "harsh", "method", "note"):
        said = sentences("en")[name]
        for text in (said,) if isinstance(said, str) else said.values():
            assert text.endswith("."), text
    for name in ("title", "tables_title", "lever_title", "sure_title", "duties_title"):
        said = sentences("en")[name]
        assert not isinstance(said, str)
        for text in said.values():
            assert not text.endswith("."), text


@pytest.mark.parametrize("name", ["title", "tables_title", "packages_title", "time_title"])
def test_titles_have_fifteen_words_or_so(name: str) -> None:
    said = sentences("en")[name]
    assert not isinstance(said, str)
    assert max(len(re.sub(r"\{\w+\}", "x", text).split()) for text in said.values()) <= 17


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (7.94, "7.9"),
        (-18.2, "\u221218"),
        (0.0634, "0.063"),
        (-0.0, "0"),
        (321.4, "321"),
        (12967.5, "13,000"),
        (math.nan, "none"),
        (0.996, "1.0"),
    ],
)
def test_numbers_have_two_digits(value: float, told: str) -> None:
    assert Language().rounded(value) == told


def test_an_end_of_a_range_has_at_most_one_decimal_more_than_its_median() -> None:
    assert Language().rounded(0.049, beside=-2.2) == "0.05"


def test_signs_and_percentages() -> None:
    lang = Language()
    assert lang.rounded(1.9, signed=True) == "+1.9"
    assert lang.percent(0.13) == "13 %"
    assert lang.percent(0.004) == "0.4 %"
    assert lang.percent(math.nan) == "none"
    assert lang.day("2026-09-08") == "8 September 2026"


@pytest.mark.parametrize(
    ("share", "draws", "told"),
    [
        (0.64, 400, "64 of 100 draws"),
        (1.0, 400, "all draws"),
        (0.0, 400, "no draw"),
        (0.65, 40, "26 of 40 draws"),
        (0.0025, 400, "fewer than 1 of 100 draws"),
        (0.9975, 400, "more than 99 of 100 draws"),
        (math.nan, 0, "no draw that counts"),
    ],
)
def test_frequencies(share: float, draws: int, told: str) -> None:
    assert Language().hundred(share, draws) == told


@pytest.mark.parametrize(
    ("low", "middle", "high", "variant", "range_"),
    [
        (-10_400, -7_900, -5_900, "loses", "5.9 to 10"),
        (300, 1_900, 5_400, "gains", "0.30 to 5.4"),
        (-1_300, 200, 600, "may", "from a loss of 1.3 to a gain of 0.60"),
        (0, 0, 0, "even", ""),
        (math.nan, -21_000, math.nan, "loses", ""),
    ],
)
def test_a_sentence_by_what_an_amount_is(
    low: float, middle: float, high: float, variant: str, range_: str
) -> None:
    amounts = Amounts(low, middle, high, MONEY, True)
    assert effect(amounts) == variant
    assert Language().range(amounts) == range_


def test_money_in_any_unit() -> None:
    lang = Language()
    assert lang.money(Amounts(math.nan, 7_900, math.nan, MONEY)) == "US$7.9 billion a year"
    assert lang.money(Amounts(math.nan, -79, math.nan, MONEY)) == "US$79 million a year"
    assert lang.money(Amounts(math.nan, 14.5, math.nan, "bn USD a year")) == "14 bn USD a year"
    assert lang.listed(["a", "b", "c"]) == "a, b and c"
