"""Results at every pair of actions: at the point, over draws, in words and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest

from negotiation import Case, Model, evaluate, parameter
from negotiation.errors import ParameterError
from negotiation.model import Quantity
from negotiation.report.render import render
from negotiation.report.solution import document, record
from negotiation.study.by_posture import by_posture

_BELIEF = {"stake": "uniform(0,10)"}


@dataclass(frozen=True)
class Works(Model):
    """Jobs differ at every pair, and rise with what is at stake."""

    stake: float = parameter(2.0, low=0, high=10, unit="units", source="test")

    players = ("left", "right")
    actions = (("a", "b"), ("c", "d"))
    names = MappingProxyType({"left": "the left", "left.a": "waits", "right.d": "acts"})

    def payoffs(self) -> dict[tuple[str, str], tuple[float, float]]:
        return {("a", "c"): (1, 1), ("a", "d"): (1, 0), ("b", "c"): (0, 1), ("b", "d"): (0, 0)}

    def outcomes(self) -> dict[str, Quantity]:
        table = np.array([[0.0, 100.0], [200.0, 300.0]])
        stake = np.asarray(self.stake, dtype=float)[..., None, None]
        return {
            "jobs.left": Quantity(stake + table, "jobs", "people at work"),
            "idle": Quantity(-stake + table, "jobs"),
        }


def test_the_point_has_every_pair_whether_it_is_an_equilibrium_or_not() -> None:
    found = by_posture(Case(Works, draws=0), ["jobs.left", "idle", "jobs_left"])
    assert found.profiles == ("a/c", "a/d", "b/c", "b/d")
    assert list(found.bands) == ["jobs_left", "idle"]
    assert found.draws == 0
    np.testing.assert_array_equal(found.bands["jobs_left"].middle, [2.0, 102.0, 202.0, 302.0])
    np.testing.assert_array_equal(found.bands["idle"].middle, [-2.0, 98.0, 198.0, 298.0])
    assert np.isnan(found.bands["idle"].low).all()


def test_over_draws_each_pair_has_a_median_and_a_range_of_its_own() -> None:
    case = Case(Works, draws=200, priors=_BELIEF)
    band = by_posture(case, ["jobs.left"]).bands["jobs_left"]
    np.testing.assert_allclose(band.middle, [5.0, 105.0, 205.0, 305.0], atol=0.1)
    np.testing.assert_allclose(band.low, [0.5, 100.5, 200.5, 300.5], atol=0.1)
    np.testing.assert_allclose(band.high, [9.5, 109.5, 209.5, 309.5], atol=0.1)
    assert (band.draws == 200).all()


def test_it_is_told_in_words_and_for_machines() -> None:
    case = Case(Works, draws=200, priors=_BELIEF)
    outcome, found = evaluate(case), by_posture(case, ["jobs.left"])
    page = render(document(outcome, postures=found), "md")
    assert "| The left waits and right acts | +105 | +101 to +109 |" in page
    assert "jobs_left: people at work; jobs." in page
    made = record(outcome, postures=found)["by_posture"]["jobs_left"]["a/d"]
    assert made["draws"] == 200
    assert made["low"] < made["median"] < made["high"]


def test_an_unknown_result_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ParameterError, match=r"no result 'jobs_lef' \(did you mean 'jobs_left'\?"):
        by_posture(Case(Works), ["jobs.lef"])
