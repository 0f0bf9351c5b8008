"""W8: the figures of the README and of the page on canada_us are what the program prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from negotiation import Case, Outcome, evaluate, load_model
from tests.docs.commands import do
from tests.docs.pages import ROOT, blocks

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


# --- README ---------------------------------------------------------------------------------------


@pytest.mark.full
def test_the_first_table_is_printed() -> None:
    said = do(["sweep", "canada_us", "--vary", "diversification=0:0.4:41"])
    assert said.code == 0
    lines = said.out.splitlines()
    table = next(
        each.text for each in blocks(README) if "diversification  equilibrium" in each.text
    )
    for line in table.splitlines():
        assert line in lines
    assert "diversification = 0.060" in said.out or "0.0606" in said.out
    assert "would buy 6.1 % of what Canada sells" in text(README)


@pytest.mark.full
def test_the_table_of_elasticities_is_printed() -> None:
    said = do(["sweep", "canada_us", "--vary", f"elasticities={','.join(SETS)}"])
    assert said.code == 0
    table = next(each.text for each in blocks(README) if "elasticities  equilibrium" in each.text)
    assert table in said.out


def test_the_sentences_under_the_first_table() -> None:
    """W8: 12.97 billion is against the status quo; against having no deal it is 12.22."""
    none, agreed = at().threat.payoffs, deal(at())
    page = text(README)
    assert f"Canada loses US${billions(-none[0], 1)} billion a year" in page
    assert f"the US gains {billions(none[1], 1)}." in page
    assert f"Canada pays the US {billions(agreed[1], 2)} billion a year" in page
    assert f"Against the status quo the US gains these {billions(agreed[1], 2)} billion" in page
    assert f"against having no deal it gains {billions(agreed[1] - none[1], 2)}." in page


@pytest.mark.full
def test_who_gains_under_which_elasticities() -> None:
    gains = {name: float(at(elasticities=name).threat.payoffs[1]) for name in SETS}
    judged = ("central", "low", "short_run")
    assert {name for name, gain in gains.items() if gain > 0} == set(judged)
    assert at(elasticities="high").selection.support == "counter/lift"
    others = {str(at(elasticities=n).selection.support) for n in SETS if n != "high"}
    assert others == {"retaliate/escalate"}


@pytest.mark.full
def test_the_tariff_war_of_the_readme() -> None:
    said = do(["tariffs", "canada_us", "--format", "json"])
    assert said.code == 0
    import json

    record = json.loads(said.out)
    rates = {
        player: [100 * rate for rate in leaves(record["tariffs"][player])]
        for player in ("canada", "us")
    }
    page = text(README)
    us, canada = rates["us"], rates["canada"]
    assert f"Canada would charge {min(canada):.0f} to {max(canada):.0f} %" in page
    assert f"the US {min(us):.0f} to {max(us):.0f} %" in page
    own = record["ev_usd_m"]
    assert f"Canada would lose {billions(-own['CAN'], 1)} billion a year" in page
    assert f"the US gain {billions(own['USA'], 1)}" in page


def leaves(value: Any) -> list[float]:
    if isinstance(value, Mapping):
        return [leaf for each in value.values() for leaf in leaves(each)]
    return [value] if isinstance(value, int | float) else []


def test_the_sizes_the_readme_gives() -> None:
    model: Any = load_model("canada_us")()
    page = text(README)
    assert "nine regions and sixteen sectors" in page
    assert (len(model.world.regions), len(model.world.sectors)) == (9, 16)
    assert f"{41 * model.game().payoffs[0].size} trade equilibria" in page
    assert f"{model.packages().payoffs[0].size} packages" in page


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
