"""Shapley, Owen and interaction on games with known answers; what is refused; what is missing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from negotiation.bargaining.shapley import (
    interaction,
    members,
    owen,
    owen_coalitions,
    owen_from,
    quotient,
    quotient_coalitions,
    shapley,
)
from negotiation.errors import ParameterError
from negotiation.games.game import Array

# --- tables and sectors: half the gap between losses, with one complementarity --------------------

METALS, AUTOS, FORESTRY = 1, 2, 4


def gap(loss_canada: list[float], loss_us: list[float], extra: int, also: list[int]) -> Array:
    """(l_US - l_Canada) / 2 of every coalition; 4 and 8 are added where `extra` meets `also`."""
    values = np.zeros(2 ** len(loss_canada))
    for mask in range(len(values)):
        canada = sum(x for k, x in enumerate(loss_canada) if mask >> k & 1)
        us = sum(x for k, x in enumerate(loss_us) if mask >> k & 1)
        if mask & extra and any(mask & other for other in also):
            canada, us = canada + 4.0, us + 8.0
        values[mask] = (us - canada) / 2.0
    return values


def test_tables_of_the_worked_example() -> None:
    values = gap([30, 40, 10], [18, 20, 2], METALS, [AUTOS])
    told = dict(zip(range(8), values, strict=True))
    assert told == {0: 0, 1: -6, 2: -10, 4: -4, 3: -14, 5: -10, 6: -14, 7: -18}
    assert shapley(values) == pytest.approx([-5.0, -9.0, -4.0], abs=1e-14)
    assert interaction(values)[0, 1] == pytest.approx(2.0, abs=1e-14)
    assert interaction(values)[2, :2] == pytest.approx([0.0, 0.0], abs=1e-14)


def test_sectors_within_tables_of_the_worked_example() -> None:
    steel, aluminum, autos = 1, 2, 8
    values = gap([12, 8, 10, 40, 10], [4, 6, 8, 20, 2], autos, [steel, aluminum])
    unions = [[0, 1, 2], [3], [4]]
    found = owen(values, unions)
    assert found == pytest.approx([-3.5, -0.5, -1.0, -9.0, -4.0], abs=1e-13)
    assert shapley(values) == pytest.approx([-11 / 3, -2 / 3, -1.0, -26 / 3, -4.0], abs=1e-13)
    tables = shapley(quotient(values, unions))
    assert tables == pytest.approx([-5.0, -9.0, -4.0], abs=1e-13)
    assert [found[union].sum() for union in unions] == pytest.approx(list(tables), abs=1e-13)


def test_two_gloves_and_a_veto() -> None:
    # One left glove, two right ones (Shapley 1953's kind of market): 2/3, 1/6, 1/6.
    gloves = np.array([float(mask & 1 and mask & 6 and 1) for mask in range(8)])
    assert shapley(gloves) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-15)
    # The two right gloves stand in for each other: with the left one there, they are worth 0 + 0
    # less 1 at the margin; without it nothing. Over the two coalitions of the third: -1/2.
    found = interaction(gloves)
    assert found[1, 2] == pytest.approx(-0.5, abs=1e-15)
    assert found[0, 1] == pytest.approx(0.5, abs=1e-15)


def test_one_player_takes_all() -> None:
    assert shapley([3.0, 10.0]).tolist() == [7.0]
    assert owen([3.0, 10.0], [[0]]).tolist() == [7.0]
    assert interaction([3.0, 10.0]).tolist() == [[7.0]]


# --- which coalitions are needed ------------------------------------------------------------------


def test_owen_asks_for_whole_unions_and_parts_of_one() -> None:
    unions = [[0, 3], [1, 2, 5], [4]]
    whole = [{0, 3}, {1, 2, 5}, {4}]
    wanted = set()
    for j, union in enumerate(whole):
        others = [other for k, other in enumerate(whole) if k != j]
        for size in range(len(others) + 1):
            for come in combinations(others, size):
                for count in range(len(union) + 1):
                    for part in combinations(sorted(union), count):
                        wanted.add(frozenset(part).union(*come))
    masks = owen_coalitions(unions)
    assert np.all(np.diff(masks) > 0)
    assert {frozenset(np.flatnonzero(each).tolist()) for each in members(masks, 6)} == wanted


def test_owen_needs_far_fewer_than_all() -> None:
    assert len(owen_coalitions([[0, 1, 2], [3, 4], [5, 6], [7]])) == 96
    assert len(owen_coalitions([list(range(8)), list(range(8, 16))])) == 1020


def test_the_unions_as_wholes() -> None:
    assert quotient_coalitions([[0, 2], [1]]).tolist() == [0, 0b101, 0b010, 0b111]
    assert quotient(np.arange(8.0), [[0, 2], [1]]).tolist() == [0.0, 5.0, 2.0, 7.0]


# --- missing worths -------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", range(8))
def test_a_worth_that_is_missing_leaves_no_value(mask: int) -> None:
    values = np.stack([np.arange(8.0), np.arange(8.0)])
    values[1, mask] = np.nan
    for found in (shapley(values), interaction(values), owen(values, [[0], [1], [2]])):
        assert np.isfinite(found[0]).all()
        assert np.isnan(found[1]).all()


def test_an_infinite_worth_leaves_no_value() -> None:
    assert np.isnan(shapley([0.0, np.inf, 1.0, 2.0])).all()


def test_owen_misses_only_what_it_needs() -> None:
    unions = [[0, 1], [2, 3]]
    for mask in range(16):
        values = np.arange(16.0) ** 2
        whole = owen(values, unions)
        values[mask] = np.nan
        found = owen(values, unions)
        if mask not in owen_coalitions(unions):
            assert np.array_equal(found, whole)
        else:
            assert np.isnan(found).any()
        # Player 0 is asked for in coalitions with no part of the other union alone.
        parted = mask & 0b1100 not in (0, 0b1100)
        assert np.isnan(found[0]) == (not parted)


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 6), (0,), (2**17,)])
def test_worths_of_no_game_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ParameterError, match=r"expected a last axis of 2\*\*n"):
        shapley(np.zeros(shape))


@pytest.mark.parametrize("unions", [[], [[0], []], [[0, 1], [1]], [[0], [2]], [[1], [2]]])
def test_unions_that_are_no_partition_are_refused(unions: list[list[int]]) -> None:
    with pytest.raises(ParameterError, match="stands once"):
        owen_coalitions(unions)


def test_worths_and_unions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="unions name 2 players and the worths are of 3"):
        owen(np.zeros(8), [[0], [1]])
    with pytest.raises(ParameterError, match="expected the last axis to hold the 12 coalitions"):
        owen_from(np.zeros(16), [[0, 1], [2, 3]])
    with pytest.raises(ParameterError, match="at most 16"):
        owen_coalitions([[k] for k in range(17)])
