"""Amounts and frequencies as sentences have them."""

from __future__ import annotations

import math

import pytest

from negotiation.report.amounts import NOW, WOULD, Amounts, how_often, in_hundred

MILLION = "US$ million a year"
NAN = math.nan


def told(low: float, middle: float, high: float, unit: str = MILLION) -> tuple[str, str, str]:
    amounts = Amounts(low, middle, high, unit)
    return amounts.verb(NOW), amounts.money(middle), amounts.span()


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((-11234.0, -8574.0, -6123.0), ("loses", "US$8.6 billion a year", "6.1 to 11.2")),
        ((6123.0, 8574.0, 11234.0), ("gains", "US$8.6 billion a year", "6.1 to 11.2")),
        ((-24100.0, -21300.0, -20200.0), ("loses", "US$21 billion a year", "20 to 24")),
        ((-21400.0, -21300.0, -21200.0), ("loses", "US$21.3 billion a year", "21.2 to 21.4")),
        (
            (-8500.0, -3420.0, 310.0),
            ("loses", "US$3.4 billion a year", "from a loss of 8.5 to a gain of 0.3"),
        ),
        ((-510.0, -404.4, -301.0), ("loses", "US$400 million a year", "300 to 510")),
        ((-996.0, -996.0, -996.0), ("loses", "US$1.0 billion a year", "")),
        ((-4.0e3, 10.0, 4.0e3), ("gains", "US$0.0 billion a year", "x")),
        ((NAN, -2345.0, NAN), ("loses", "US$2.3 billion a year", "")),
        ((NAN, 0.0, NAN), ("breaks even", "US$0 million a year", "")),
        ((-1e-16, 1e-17, 1e-16), ("breaks even", "US$0 million a year", "")),
    ],
)
def test_amounts_have_two_digits_and_a_range_with_the_same_decimals(
    numbers: tuple[float, float, float], expected: tuple[str, str, str]
) -> None:
    if expected[2] == "x":  # a median that is nothing beside its range
        amounts = Amounts(*numbers, MILLION)
        assert amounts.even
        assert amounts.span() == "from a loss of 4.0 to a gain of 4.0"
        return
    assert told(*numbers) == expected


def test_units_that_are_no_million_are_left_as_they_are() -> None:
    assert told(-28.1, -18.4, -10.2, "bn USD a year") == ("loses", "18 bn USD a year", "10 to 28")
    assert told(1.0, 2.0, 3.0, "points") == ("gains", "2.0 points", "1.0 to 3.0")
    assert told(0.1, 0.25, 0.4, "CHF million") == ("gains", "CHF 0.25 million", "0.10 to 0.40")


def test_a_second_amount_need_not_repeat_its_unit() -> None:
    amounts = Amounts(NAN, -8574.0, NAN, MILLION)
    assert amounts.money(-8574.0, period=False) == "US$8.6 billion"
    assert amounts.money(-8574.0, unit=False) == "8.6 billion"
    assert amounts.verb(WOULD) == "would lose"


def test_tables_have_signs_and_one_scale() -> None:
    amounts = Amounts(-404.0, -300.0, 20.0, MILLION, large=True)
    assert (amounts.scale, amounts.number(-300.0, signed=True)) == ("US$ billion a year", "-0.30")
    assert amounts.signed_span() == "-0.40 to +0.02"
    assert Amounts(NAN, 1.0, NAN, MILLION).signed_span() == ""
    assert Amounts(NAN, NAN, NAN, MILLION).number(NAN) == ""


def test_cells_hold_all_digits_in_the_unit_of_the_table() -> None:
    amounts = Amounts(-404.4, -300.1, 20.2, MILLION, large=True)
    number, span = amounts.number_cell(), amounts.span_cell()
    assert (number.text, span.text) == ("-0.30", "-0.40 to +0.02")
    told = (number.value, span.low, span.high)
    assert told == pytest.approx((-0.3001, -0.4044, 0.0202), rel=1e-12)
    assert amounts.number_cell(none=True).text == "none"
    same = Amounts(1.0, 1.0, 1.0, MILLION)
    assert (same.span_cell().text, same.span_cell(point=False).text) == ("+1.0", "")


@pytest.mark.parametrize(
    ("share", "draws", "expected"),
    [
        (0.54, 400, "in 54 of 100 draws"),
        (0.9, 400, "in 9 of 10 draws"),
        (0.899, 1000, "in 9 of 10 draws"),
        (1.0, 400, "in all draws"),
        (0.0, 400, "in no draw"),
        (0.0025, 400, "in fewer than 1 of 100 draws"),
        (0.9975, 400, "in more than 99 of 100 draws"),
        (13 / 20, 20, "in 13 of 20 draws"),
        (0.125, 400, "in 13 of 100 draws"),
        (NAN, 400, "in no draw that counts"),
    ],
)
def test_frequencies_are_words_with_numbers(share: float, draws: int, expected: str) -> None:
    assert how_often(share, draws) == expected


def test_frequencies_in_a_table_are_draws_in_a_hundred() -> None:
    found = [in_hundred(each) for each in (0.0, 0.002, 0.125, 0.54, 0.998, 1.0, NAN)]
    assert found == ["0", "< 1", "13", "54", "> 99", "100", ""]
