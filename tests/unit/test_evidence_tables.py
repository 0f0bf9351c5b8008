"""The tables of the model's page: what was observed and published beside the model."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import incidence, published_scenarios
from models.canada_us.facts import published_results

W = published_scenarios.calibrated("published")
CANADA, US = W.region("CAN"), W.region("USA")


def test_every_published_result_is_run_or_says_why_not() -> None:
    named = {each.scenario for each in published_results() if each.scenario}
    assert named == set(published_scenarios.SCENARIOS)
    for each in published_results():
        reasons = published_scenarios.REASONS if each.scenario else published_scenarios.NOT_RUN
        sentence = published_scenarios.reason(each.study, reasons)
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_a_mark_that_asks_for_caution_is_printed() -> None:
    cells = published_scenarios.not_run().splitlines()
    (lashkaripour,) = [line for line in cells if line.startswith("| Lashkaripour")]
    assert "(second-hand)" in lashkaripour
    (ignatenko,) = [line for line in cells if line.startswith("| Ignatenko")]
    assert "(computed)" in ignatenko


def test_scenarios_are_what_their_words_say() -> None:
    def added(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.asarray(published_scenarios.SCENARIOS[name][1](W) - W.tariff)

    oil, cars, services = (W.sector(code) for code in ("OIL", "MVH", "SRV"))
    both = added("neighbours_25_energy_10_answered")
    assert both[CANADA, US, oil] == pytest.approx(0.10)
    assert both[W.region("MEX"), US, oil] == pytest.approx(0.25)
    assert both[US, CANADA, oil] == pytest.approx(0.25)
    assert not both[:, :, services].any()
    assert not both[W.region("CHN"), US].any()
    all_pay = added("everybody_25_answered")
    abroad = np.repeat(0.25 * (np.arange(9) != US)[:, None], 2, axis=1)
    assert all_pay[:, US, cars] == pytest.approx(abroad)
    assert all_pay[US, :, cars] == pytest.approx(abroad)
    exempt = added("china_60_others_10_answered")
    assert not exempt[[CANADA, W.region("MEX")], US].any()
    vehicles = added("cars_non_us_content")
    assert vehicles[CANADA, US, cars] == pytest.approx([0.0, 0.15])
    assert vehicles[W.region("JKT"), US, cars] == pytest.approx([0.25, 0.25])


def test_an_answer_that_is_best_is_worth_more_than_none() -> None:
    found = published_scenarios.solved("published")
    at = list(published_scenarios.SCENARIOS).index
    best, none, equal = (
        found.welfare[at(name), CANADA]
        for name in ("canada_25_optimal_answer", "canada_25", "canada_25_answered")
    )
    assert best > max(none, equal)
    assert found.welfare[at("us_optimal"), US] > 1.0


def test_an_answer_raises_canadian_prices_and_lowers_real_wages() -> None:
    found = incidence.incidence(W)
    answered = [case.answer > 0 for case in incidence.CASES]
    energy = [case.energy > 0 for case in incidence.CASES]
    for with_energy in (False, True):
        none, some = (
            next(k for k in range(4) if answered[k] == answer and energy[k] == with_energy)
            for answer in (False, True)
        )
        assert found.prices[some] < found.prices[none]
        assert found.real_wage_pct[some, 0] < found.real_wage_pct[none, 0]
    # Between nothing and a quarter of the duty falls on Canadian producers.
    assert found.prices.min() > 0.0
    assert found.prices.max() < 0.25
    # Wages fall by more than prices: Canadian goods hold inputs that do not get cheaper.
    assert (found.wages > found.prices).all()
