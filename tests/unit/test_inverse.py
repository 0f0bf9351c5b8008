"""The smallest change that reaches a target is where the algebra says, or said not to exist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from negotiation import AgreementSet, Case, Model, Talks, evaluate, load_model, parameter
from negotiation.errors import GridError, ParameterError
from negotiation.regimes.thresholds.inverse import Reach, Way, reach
from negotiation.regimes.thresholds.threshold import thresholds
from negotiation.report.reading import sentences
from negotiation.study.audit.audit import audit
from negotiation.study.reading import read


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
    assert reach("tariff_standoff", "the importer imposes the tariff").met
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


# --- values that the model refuses ----------------------------------------------------------------


@dataclass(frozen=True)
class Narrow(Model):
    """Values of the lever above 0.3 are refused, though its range goes to one."""

    pull: Any = parameter(0.1, low=0, high=1, unit="share", source="test", lever_of="left")
    other: Any = parameter(1.0, low=0, high=2, unit="US$", source="test")

    players = ("left", "right")
    actions = (("wait",), ("wait",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        if np.any(np.asarray(self.pull) > 0.3):
            raise ParameterError("no market buys so much")
        return {("wait", "wait"): (self.pull - self.other, -1.0 * self.other)}

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(1.0))


def test_what_the_model_refuses_is_not_defined_and_spoils_nothing_else() -> None:
    found = reach(Narrow(), "payoff.left=-0.75")
    assert_allclose(value(found, "pull"), 0.25, rtol=1e-9)
    assert_allclose(value(found, "other"), 0.85, rtol=1e-9)
    far = reach(Narrow(), "payoff.left=-0.5")
    assert not way(far, "pull").reached
    assert 0.2 < value(far, "pull") <= 0.3  # the nearest miss among what may be had
    assert_allclose(value(far, "other"), 0.6, rtol=1e-9)


def test_thresholds_look_beyond_a_range_as_far_as_the_model_goes() -> None:
    found = thresholds(Narrow(), "pull=0:0.2", when="left loses without a deal")
    (absence,) = found.absent
    assert 0.2 < absence.up <= 0.3
    with pytest.raises(ParameterError, match="no market buys so much"):
        thresholds(Narrow(), "pull=0:0.5")


@pytest.mark.full
def test_a_reading_and_an_audit_stop_where_a_market_is_full() -> None:
    few: Any = load_model("canada_us")(markets="GBR")
    assert sentences(read(evaluate(few, marginal=True)))
    found = {each.key: each for each in audit(few).findings}
    (highest,) = re.findall(
        r"Levels from 0 to ([\d.]+) were examined", found["anticipation"].sentence
    )
    assert 0.01 < float(highest) < 0.5
    assert np.isfinite(few.replace({"diversification": float(highest)}).payoffs()).all()
