"""The tables of the model's pages: what they are made of, and what their sentences say."""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    assumptions,
    headline,
    incidence,
    observed_trade,
    page,
    published_scenarios,
    referee,
)
from models.canada_us.calibration import TRADE
from models.canada_us.facts import published_results
from models.canada_us.model import CanadaUS
from negotiation import Case, errors, evaluate

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
        rates = published_scenarios.SCENARIOS[name][1](W)
        assert not isinstance(rates, dict)
        return np.asarray(rates - W.tariff)

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
    best, none, equal = (
        published_scenarios.solved(name, "published").welfare[CANADA]
        for name in ("canada_25_optimal_answer", "canada_25", "canada_25_answered")
    )
    assert best > max(none, equal)
    assert published_scenarios.solved("us_optimal", "published").welfare[US] > 1.0


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


# --- pages ----------------------------------------------------------------------------------------


def test_every_table_of_a_page_is_known_and_every_one_is_shown() -> None:
    shown = [name for each in page.PAGES for name in page.named(each.read_text(encoding="utf-8"))]
    assert set(shown) == set(page.TABLES)


@pytest.mark.full
@pytest.mark.parametrize("each", page.PAGES, ids=lambda path: path.name)
def test_tables_of_a_page_are_what_the_script_makes(each: Path) -> None:
    """Otherwise `python -m benchmarks.page` writes them again."""
    text = each.read_text(encoding="utf-8")
    try:
        made = page.made(text)
    except errors.DataError as error:
        pytest.skip(str(error))
    assert made == text


@pytest.mark.parametrize("name", ["payoffs", "parameters", "sectors", "schedules", "answer"])
def test_what_the_model_is_stands_on_its_page(name: str) -> None:
    """The quick ones of the above."""
    assert page.TABLES[name]() in page.PAGES[0].read_text(encoding="utf-8")


def test_every_parameter_is_in_the_table_once() -> None:
    named = [
        name
        for line in page.parameters().splitlines()
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    ]
    assert sorted(named) == sorted(CanadaUS.parameters())


# --- from version 0.1 to today --------------------------------------------------------------------


def test_the_way_ends_at_the_model() -> None:
    *_, (_, setup) = headline.steps()
    found = headline.found(setup)
    outcome = evaluate(Case(CanadaUS()))
    assert found.in_force == pytest.approx(outcome.threat.payoffs, abs=1e-6)
    assert found.deal == pytest.approx(outcome.agreements["nash"].payoffs[0], abs=1e-6)
    broken = evaluate(Case(CanadaUS(), threat="posture")).threat.payoffs
    assert found.breakdown == pytest.approx(broken, abs=1e-6)


def test_the_way_begins_at_version_0_1() -> None:
    """Needs the history of the repository."""
    (_, setup), *_ = headline.steps()
    try:
        found = headline.found(setup)
    except errors.DataError as error:
        pytest.skip(str(error))
    said = headline.SAID
    assert found.breakdown.round().tolist() == [said["canada"], said["us"]]
    assert round(found.deal) == said["deal"]


def test_each_row_changes_one_thing() -> None:
    setups = [setup for _, setup in headline.steps()]
    for before, after in pairwise(setups):
        changed = [
            each.name
            for each in dataclasses.fields(headline.Setup)
            if getattr(before, each.name) != getattr(after, each.name)
        ]
        assert len(changed) == 1


# --- what a referee asks --------------------------------------------------------------------------


@pytest.mark.parametrize("data", TRADE)
@pytest.mark.parametrize("name", referee.LONG_RUN)
def test_signs_that_the_page_says_hold(name: str, data: str) -> None:
    now, answered, *_, deal = referee._cells(referee.payoffs(name, data))
    assert now < 0.0, "the United States loses under the duties in force"
    assert answered < 0.0, "and from an escalation that Canada answers"
    assert deal < 0.0, "Canada is the side that concedes"


@pytest.mark.parametrize("data", TRADE)
@pytest.mark.parametrize("name", referee.LONG_RUN)
def test_the_sign_of_procurement_is_that_of_its_waste(name: str, data: str) -> None:
    for waste, sign in ((0.0, 1.0), (1.0, -1.0)):
        settings = {"procurement": referee.PROCUREMENT, "procurement_waste": waste}
        assert sign * referee._lever(name, data, settings) > 0.0


def test_rows_of_coverage_share_a_mean() -> None:
    duties = [referee._listed(W, rate, covers) for rate, covers in ((0.5, 0.3), (0.15, 1.0))]
    assert duties[0].mean == pytest.approx(duties[1].mean)


def test_the_steel_quota_binds_and_its_rent_decides() -> None:
    free, taxed = (
        [line for line in referee.steel().splitlines() if f"rent to {side}" in line]
        for side in ("Canada", "the US")
    )
    for ours, theirs in zip(free, taxed, strict=True):
        assert "binding" in ours
        canada, us = (float(cell.replace(",", "")) for cell in ours.split("|")[-3:-1])
        assert canada > 0.0 > us
        canada, us = (float(cell.replace(",", "")) for cell in theirs.split("|")[-3:-1])
        assert canada < 0.0 < us


# --- what is assumed, and what happened -----------------------------------------------------------


def test_assumptions_are_ranked_by_the_deal() -> None:
    lines = assumptions.ranked(assumptions.ASSUMED[2:4]).splitlines()[2:]
    widths = [float(line.split("|")[3].replace(",", "")) for line in lines]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] > 0.0


def test_the_short_run_comes_nearer_to_what_happened() -> None:
    found = observed_trade.evidence()
    assert found.gap("short run") < found.gap("long run, published")
    steel, autos = (found.sectors.index(code) for code in ("STL", "MVH"))
    for at in (steel, autos):
        assert found.model["short run"][at] == pytest.approx(found.observed[at], abs=2.0)


# --- what was observed ----------------------------------------------------------------------------

SEEN = observed_trade.evidence()


def gap(run: str, sector: str) -> float:
    at = SEEN.sectors.index(sector)
    return float(SEEN.model[run][at] - SEEN.observed[at])


def test_the_short_run_is_near_what_happened_and_the_long_run_overshoots() -> None:
    for sector in ("STL", "MVH", "MCH"):
        assert abs(gap("short run", sector)) < 2.0
    # Duties on parts of forestry and agri-food leave more of their trade than mean rates do.
    for sector in ("WOD", "AGF"):
        assert abs(gap("short run, mean rates", sector)) < 1.0
        assert gap("short run", sector) > 2.0
    for sector in ("STL", "MVH", "NFM"):
        assert gap("long run, published", sector) < gap("long run, central", sector) < -15.0
    assert SEEN.gap("short run") < SEEN.gap("short run, mean rates") < SEEN.gap("long run, central")


def test_duties_are_those_of_the_day() -> None:
    us, canada = observed_trade.schedules()
    assert (us.imposer, us.target, us.date) == ("USA", "CAN", "2025-12-31")
    assert us.mean(W) == pytest.approx(0.07, abs=0.02)
    assert canada.mean(W) == pytest.approx(0.012, abs=0.005)


def test_the_table_has_every_goods_sector_once_and_the_gaps_last() -> None:
    lines = observed_trade.table(SEEN).splitlines()[2:]
    assert [line.count("|") for line in lines] == [lines[0].count("|")] * len(lines)
    assert sum("`STL`" in line for line in lines) == 1
    assert len(lines) == len(SEEN.sectors) + 1
    assert f"{SEEN.gap('short run'):.1f}" in lines[-1]
