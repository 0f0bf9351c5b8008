"""W8: the figures of the pages are what the program prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from negotiation import Case, Outcome, evaluate, load_model
from negotiation.regimes.thresholds import thresholds
from tests.docs import migration, quoted
from tests.docs.commands import do
from tests.docs.pages import ROOT

README = ROOT / "README.md"
PAGE = ROOT / "models" / "canada_us" / "README.md"
SETS = ("central", "low", "high", "short_run", "bsy", "cp", "fgo", "gyy", "is", "ll", "shap", "u4")


def text(page: Any) -> str:
    """A page on one line."""
    return " ".join(page.read_text(encoding="utf-8").split())


@cache
def at(threat: str = "posture", **settings: Any) -> Outcome:
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return evaluate(Case(load_model("canada_us").build(named), threat=threat))


def deal(outcome: Outcome) -> np.ndarray[Any, Any]:
    return np.asarray(outcome.agreements["nash"].payoffs)


def found(outcome: Outcome, name: str) -> float:
    """A further result at the selected equilibrium."""
    return float(outcome.at_selection(name))


def ncl(outcome: Outcome) -> float:
    assert outcome.leverage is not None
    return float(outcome.leverage.concession["nash"].ncl[0])


def billions(value: float, digits: int) -> str:
    return f"{value / 1000:.{digits}f}"


def test_the_page_on_migration_is_made_from_the_tables() -> None:
    assert migration.PAGE.read_text(encoding="utf-8") == migration.text()


# --- README ---------------------------------------------------------------------------------------


def test_every_block_that_is_quoted_is_known() -> None:
    assert set(quoted.blocks()) == set(quoted.QUOTES)


@pytest.mark.full
@pytest.mark.parametrize("name", quoted.QUOTES)
def test_what_is_quoted_is_printed(name: str) -> None:
    """Otherwise `python -m tests.docs.quoted` writes it again."""
    assert quoted.blocks()[name] == quoted.QUOTES[name].text()


def less(at_first: Outcome, then: Outcome) -> float:
    """By how much Canada's payoff in a deal rises."""
    return float(deal(then)[0] - deal(at_first)[0])


#: Sentences of the README with a figure in US$ billion a year, or in per cent.
SENTENCES: Mapping[str, Callable[[], float]] = {
    "Canada would lose US${:.1f} billion a year and": lambda: -at().threat.payoffs[0] / 1000,
    "the US would gain US${:.1f} billion a year.": lambda: at().threat.payoffs[1] / 1000,
    "Canada pays US${:.1f} billion a year to the US": lambda: -deal(at())[0] / 1000,
    "leaves Canada US${:.1f} billion a year better off": lambda: (
        (deal(at())[0] - at().threat.payoffs[0]) / 1000
    ),
    "Canada would pay US${:.1f} billion a year for a deal": lambda: (
        -deal(at(diversification=0.2))[0] / 1000
    ),
    "It would pay US${:.1f} billion a year without diversification": lambda: -deal(at())[0] / 1000,
    "improves by US${:.1f} billion a year": lambda: less(at(), at(diversification=0.2)) / 1000,
    "assumed to cost US${:.1f} billion a year": lambda: (
        found(at(diversification=0.2), "diversification_cost_usd_m.canada") / 1000
    ),
    "would earn Canada US${:.1f} billion a year": lambda: (
        found(at(diversification=0.2), "lever_effect_usd_m.canada") / 1000
    ),
    "Canada would pay US${:.1f} billion a year to end the dispute": lambda: (
        -deal(at("dispute"))[0] / 1000
    ),
    "diversification improves that by US${:.1f} billion.": lambda: (
        less(at("dispute"), at("dispute", diversification=0.2)) / 1000
    ),
    "In that deal Canada pays US${:.1f} billion a year": lambda: -deal(at("dispute"))[0] / 1000,
    "Canada would get US${:.1f} billion a year less": lambda: -margin(0) / 1000,
    "the US would get US${:.1f} billion a year less": lambda: -margin(1) / 1000,
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_figure_of_the_readme(sentence: str) -> None:
    assert sentence.format(SENTENCES[sentence]()) in text(README)


@pytest.mark.full
def test_the_threshold_of_the_readme() -> None:
    (event,) = thresholds(
        "canada_us", "diversification=0:0.6", when="us loses without a deal"
    ).events
    assert f"if other markets bought {100 * event.value:.1f} % of what Canada sells" in text(README)


@pytest.mark.full
def test_what_diversification_brings_by_elasticities() -> None:
    """Seven sets are published, `u4` is 4 everywhere; `high` is a judgement."""
    gains = {
        name: less(at(elasticities=name), at(elasticities=name, diversification=0.2)) / 1000
        for name in (*SETS[4:], "high")
    }
    assert abs(gains.pop("high")) < 0.05
    low, high = min(gains.values()), max(gains.values())
    assert f"US${low:.1f} to {high:.1f} billion a year under the seven" in text(README)
    assert len(gains) == 8


@pytest.mark.full
def test_who_gains_under_which_elasticities() -> None:
    gains = {name: float(at(elasticities=name).threat.payoffs[1]) for name in SETS}
    judged = ("central", "low", "short_run")
    assert {name for name, gain in gains.items() if gain > 0} == set(judged)
    assert at(elasticities="high").selection.support == "counter/lift"
    others = {str(at(elasticities=n).selection.support) for n in SETS if n != "high"}
    assert others == {"retaliate/escalate"}


@pytest.mark.parametrize(
    ("elasticities", "credible"),
    [("low", [False, True]), ("central", [False, False]), ("high", [True, False])],
)
def test_who_can_walk_away_under_which_elasticities(
    elasticities: str, credible: list[bool]
) -> None:
    leverage = at("dispute", elasticities=elasticities).leverage
    assert leverage is not None
    assert (leverage.credibility.margin > 0).tolist() == credible


@pytest.mark.full
def test_the_tariff_war_of_the_page_on_talks() -> None:
    said = do(["tariffs", "canada_us", "--format", "json"])
    assert said.code == 0
    record = json.loads(said.out)
    rates = {
        player: [100 * rate for rate in leaves(record["tariffs"][player])]
        for player in ("canada", "us")
    }
    page = text(ROOT / "docs" / "talks.md")
    us, canada = rates["us"], rates["canada"]
    assert f"Canada would charge {min(canada):.0f} to {max(canada):.0f} %" in page
    assert f"the US {min(us):.0f} to {max(us):.0f} %" in page
    own = record["ev_usd_m"]
    assert f"Canada would lose US${billions(-own['CAN'], 1)} billion a year" in page
    assert f"the US would gain US${billions(own['USA'], 1)} billion" in page


def leaves(value: Any) -> list[float]:
    if isinstance(value, Mapping):
        return [leaf for each in value.values() for leaf in leaves(each)]
    return [value] if isinstance(value, int | float) else []


def test_the_sizes_the_readme_gives() -> None:
    model: Any = load_model("canada_us")()
    page = text(README)
    assert "nine regions and sixteen sectors" in page
    assert (len(model.world.regions), len(model.world.sectors)) == (9, 16)
    fast = text(ROOT / "docs" / "performance.md")
    assert f"{41 * model.game().payoffs[0].size} trade equilibria" in fast
    assert f"{model.packages().payoffs[0].size} packages" in text(ROOT / "docs" / "talks.md")


# --- the page on canada_us ------------------------------------------------------------------------


def test_the_payoffs_of_the_page() -> None:
    model = load_model("canada_us")
    payoffs = at().game.payoffs
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for i, action in enumerate(model.actions[0]):
        line = next(each for each in lines if each.startswith(f"| {action} "))
        told = [cell.strip() for cell in line.split("|")[2:-1]]
        assert told == [f"{payoffs[0, i, j]:,.0f} / {payoffs[1, i, j]:,.0f}" for j in range(3)]


def test_the_deal_of_the_page() -> None:
    agreed, none = deal(at()), at().threat.payoffs
    page = text(PAGE)
    assert f"A deal gives Canada {agreed[0]:,.0f}" in page
    assert f"still {agreed[0] - none[0]:,.0f} better off" in page
    assert f"NCL of Canada is {ncl(at()):.3f}" in page
    assert f"gains a little without a deal ({none[1]:.0f})" in page


def table_row(*start: str) -> list[str]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells[: len(start)] == list(start):
            return cells[len(start) :]
    raise AssertionError(f"the page has no row {start}")


@pytest.mark.full
@pytest.mark.parametrize("name", SETS)
def test_the_elasticities_of_the_page(name: str) -> None:
    outcome = at(elasticities=name)
    support, *numbers = table_row(name)
    none = outcome.threat.payoffs
    assert support == str(outcome.selection.support)
    assert numbers == [
        f"{none[0]:+,.0f}",
        f"{none[1]:+,.0f}",
        f"{deal(outcome)[0]:+,.0f}",
        f"{ncl(outcome):.3f}",
    ]


def test_the_parameters_of_the_page() -> None:
    """Every parameter stands in the page's table, with its default and its range."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    page = {}
    for line in lines:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 7:
            for name in re.findall(r"`([^`]+)`", cells[0]):
                page[name if not name.startswith(".") else f"at_stake{name}"] = cells
    for name, spec in load_model("canada_us").parameters().items():
        assert name in page, f"{name} is not in the table"
        default, bounds, unit = page[name][2:5]
        if spec.default is None:
            assert default == f"as `{spec.inherits}`"
        elif spec.numeric:
            assert float(default) == float(spec.default), name
        else:
            assert default == str(spec.default), name
        if spec.numeric:
            assert bounds == spec.range, name
        elif not spec.many:
            assert set(re.split(r"[,;] ", bounds)) == set(spec.choices), name
        assert unit == spec.unit, name
        owner = page[name][6]
        assert owner == (spec.lever_of or "-"), name


@pytest.mark.full
@pytest.mark.parametrize(
    ("row", "threat", "settings"),
    [
        ("`posture`", "posture", {}),
        ("`tariff_war`", "tariff_war", {}),
        ("`in_force`, and `dispute` at the defaults", "in_force", {}),
        ("`in_force`, and `dispute` at the defaults", "dispute", {}),
        ("`posture`, `run=short_run`", "posture", {"run": "short_run"}),
        ("`tariff_war`, `run=short_run`", "tariff_war", {"run": "short_run"}),
    ],
)
def test_the_threat_points_of_the_page(row: str, threat: str, settings: dict[str, Any]) -> None:
    outcome = at(threat, **settings)
    none = outcome.threat.payoffs
    assert table_row(row) == [
        f"{none[0]:+,.0f}",
        f"{none[1]:+,.0f}",
        f"{deal(outcome)[0]:+,.0f}",
        f"{ncl(outcome):.3f}",
    ]


FIGURES: Mapping[str, Callable[[], float]] = {
    "{:,.0f} at `diversification=0.2`, against": lambda: found(
        at(diversification=0.2), "lever_effect_usd_m.canada"
    ),
    "against a cost of {:,.0f} at the default": lambda: found(
        at(diversification=0.2), "diversification_cost_usd_m.canada"
    ),
    "With `integration_loss=0.2` Canada loses {:,.0f} before any duty": lambda: (
        -found(at(integration_loss=0.2), "lever_effect_usd_m.canada")
    ),
    "`procurement` ({:,.0f} at 0.2)": lambda: found(
        at(procurement=0.2), "lever_effect_usd_m.canada"
    ),
    "`pass_through=0` Canada has {:+,.0f} there": lambda: float(
        at(diversification=0.2, pass_through=0).game.payoffs[0, 0, 0]
    ),
    "Canada would pay {:,.0f} a year to end the dispute": lambda: -float(deal(at("dispute"))[0]),
    "walking out would cost Canada {:,.0f}": lambda: -margin(0),
    "and the United States {:,.0f}: neither": lambda: -margin(1),
    "Canada then loses {:,.0f} at retaliate/escalate": lambda: (
        -float(at(run="short_run").game.payoffs[0, 2, 2])
    ),
    "with `labour_elasticity` 1.2 it is {:,.0f}": lambda: (
        -float(at(run="short_run", labour_elasticity=1.2).game.payoffs[0, 2, 2])
    ),
    "with 3 it is {:,.0f}": lambda: (
        -float(at(run="short_run", labour_elasticity=3).game.payoffs[0, 2, 2])
    ),
    "| {:.2f} % welfare | this model, central | `welfare_pct.CAN` at": lambda: found(
        at(), "welfare_pct.CAN"
    ),
    "| US 25 % (energy 25 %), Canada 25 % | {:.2f} % welfare": lambda: welfare(0.25, 0.25, 0.25),
    "| US 10 % on all goods, Canada 10 % | {:.2f} % welfare": lambda: welfare(0.1, 0.1, 0.1),
    "around it ({:,.0f} there": lambda: float(at(retaliation_rate=0.109).game.payoffs[0, 2, 2]),
}


def welfare(rate: float, energy: float, answer: float) -> float:
    outcome = at(escalation_rate=rate, escalation_rate_energy=energy, retaliation_rate=answer)
    return float(outcome.quantities["welfare_pct.CAN"].values[2, 2])


def margin(side: int) -> float:
    leverage = at("dispute").leverage
    assert leverage is not None
    return float(leverage.credibility.margin[side])


@pytest.mark.parametrize("sentence", FIGURES)
def test_a_figure_of_the_page(sentence: str) -> None:
    assert sentence.format(FIGURES[sentence]()) in text(PAGE)


@pytest.mark.full
def test_the_best_uniform_answer_of_the_page() -> None:
    rates = np.linspace(0.05, 0.2, 151)
    outcome = evaluate(load_model("canada_us").build({"retaliation_rate": rates}))
    own = outcome.game.payoffs[:, 0, 2, 2]
    assert f"{rates[own.argmax()]:.3f}" in text(PAGE)
    # Above this rate retaliating against escalation is worse than the effective countermeasures.
    for rate, better in ((0.2575, True), (0.2585, False)):
        payoffs = at(retaliation_rate=rate).game.payoffs
        assert bool(payoffs[0, 2, 2] > payoffs[0, 1, 2]) is better
    assert "Above 0.258" in text(PAGE)
