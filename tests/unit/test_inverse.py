"""The smallest change that reaches a target is where the algebra says, or said not to exist."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from negotiation import Case
from negotiation.errors import GridError, ParameterError
from negotiation.regimes.thresholds.inverse import Reach, Way, reach


def way(found: Reach, name: str) -> Way:
    (only,) = [each for each in found.ways if each.parameter == name]
    return only


def value(found: Reach, name: str) -> float:
    return float(way(found, name).value)


def test_values_that_reach_a_number_follow_from_the_formula() -> None:
    # Without a deal the importer gets tariff * (1 - diversification) * exports / 2 - damage.
    found = reach("tariff_standoff", "payoff.importer=6")
    assert_allclose(found.result, 0.75)
    assert_allclose(value(found, "tariff"), 0.4, rtol=1e-9)
    assert_allclose(value(found, "exports"), 160.0, rtol=1e-9)
    assert_allclose(value(found, "damage"), 2.75, rtol=1e-9)
    assert found.ways[0].parameter == "tariff"
    assert_allclose(found.ways[0].share, 0.15 / 2.0)
    none = way(found, "diversification")
    assert not none.reached
    assert_allclose(none.result, 4.5)
    assert none.value == 0.0


def test_a_phrase_is_reached_where_the_answer_changes() -> None:
    # The importer answers so once tariff * (1 - diversification) * exports / 2 is below the damage.
    phrase = "the importer would answer retaliate with refrain"
    found = reach(Case("tariff_standoff", {"diversification": 0.0}), phrase)
    assert not found.met
    for name, known in (("diversification", 0.36), ("damage", 12.5), ("exports", 64.0)):
        assert_allclose(value(found, name), known, rtol=1e-9)


def test_an_action_in_a_mixture_is_not_what_a_player_plays() -> None:
    # Beyond the same place the importer mixes, and imposes for sure only before it.
    found = reach(Case("tariff_standoff", {"diversification": 0.5}), "importer plays impose")
    assert not found.met
    assert_allclose(value(found, "diversification"), 0.36, rtol=1e-9)
    refrain = reach(
        Case("tariff_standoff", {"diversification": 0.5}), "importer: impose -> refrain"
    )
    assert not refrain.met


def test_a_target_that_holds_is_met() -> None:
    assert reach("tariff_standoff", "the importer plays impose").met
    assert reach("tariff_standoff", "payoff.importer=0.75").met


def test_only_the_parameters_asked_for_are_tried_and_cost_is_given_for_levers() -> None:
    found = reach("canada_us", "ncl.canada=-0.25", parameters=["diversification", "already_moved"])
    lever = way(found, "diversification")
    assert lever.reached
    assert found.cheapest is lever
    assert lever.cost > 0.0
    again = reach(
        Case("canada_us", {"diversification": lever.value}),
        "ncl.canada=-0.25",
        ["already_moved"],
    )
    assert_allclose(again.result, -0.25, atol=1e-9)
    assert np.isnan(way(found, "already_moved").cost)


def test_the_nearest_of_both_directions_is_taken() -> None:
    found = reach("tariff_standoff", "payoff.importer=0.7")
    assert_allclose(value(found, "tariff"), 0.25 - 0.05 / 35.0, rtol=1e-9)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("payof.importer=1", "no result 'payof.importer'"),
        ("payoff.importer=much", "NAME=NUMBER"),
        ("payoff.importer=inf", "cannot be reached"),
        ("importer plays impos", "did you mean 'the importer plays impose'"),
    ],
)
def test_a_wrong_target_is_refused(target: str, says: str) -> None:
    with pytest.raises(GridError, match=says):
        reach("tariff_standoff", target)


def test_a_file_of_the_user_is_no_other_value_to_be_tried() -> None:
    found = reach("canada_us", "ncl.canada=0", parameters=["us_lift_cost", "duties.us.keep"])
    assert [each.parameter for each in found.ways] == ["us_lift_cost"]


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ParameterError, match="tarif"):
        reach("tariff_standoff", "payoff.importer=1", parameters=["tarif"])
