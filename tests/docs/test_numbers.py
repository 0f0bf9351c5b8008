"""W8: the figures of the pages are what the program prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.canada_us import facts
from negotiation import Case, Outcome, evaluate, load_model
from negotiation.case import POSTURE
from negotiation.outcome.dispute import breaks_off, yields
from negotiation.regimes.thresholds import thresholds
from negotiation.trade import levers
from tests.docs import migration, quoted
from tests.docs.commands import do
from tests.docs.pages import ROOT, prose

README = ROOT / "README.md"
PAGE = ROOT / "models" / "canada_us" / "README.md"
IN_FORCE = "in_force"

#: Sets of elasticities: those that others published, and all.
PUBLISHED = ("bsy", "cp", "fgo", "gyy", "is", "ll", "shap", "u4")
SETS = tuple(quoted.SETS.split(","))


def text(page: Path, *, without_blocks: bool = False) -> str:
    """A page on one line."""
    told = prose(page) if without_blocks else page.read_text(encoding="utf-8")
    return " ".join(told.split())


@cache
def at(threat: str = IN_FORCE, **settings: Any) -> Outcome:
    return evaluate(Case(load_model("canada_us").build(settings), threat=threat))


def deal(outcome: Outcome) -> np.ndarray[Any, Any]:
    return np.asarray(outcome.agreements["nash"].payoffs)


def found(outcome: Outcome, name: str) -> float:
    """A further result at the selected equilibrium."""
    return float(outcome.at_selection(name))


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


#: Sentences of the README with figures in US$ billion a year.
SENTENCES: Mapping[str, Callable[[], tuple[float, ...]]] = {
    "Canada loses US${:.1f} billion a year and the US loses US${:.1f} billion a year.": lambda: (
        *no_deal(),
    ),
    "Canada would then lose US${:.1f} billion a year and the US US${:.1f} billion.": lambda: (
        *no_deal(POSTURE),
    ),
    "Canada could concede up to US${:.1f} billion a year for it": lambda: (no_deal()[0],),
    "is a concession of US${:.1f} billion a year.": lambda: (concession(),),
    "Canada would concede US${:.1f} billion a year to end the present dispute, and US${:.1f} "
    "billion a year without diversification.": lambda: (
        concession(diversification=0.2),
        concession(),
    ),
    "Its position improves by US${:.1f} billion a year.": lambda: (improvement(),),
    "From a breakdown it improves by US${:.1f} billion a year.": lambda: (improvement(POSTURE),),
    "would earn Canada US${:.1f} billion a year, {:.0f} cents for every dollar": lambda: (
        earned(),
        100 * earned() / redirected(),
    ),
    "assumed to cost US${:.1f} billion a year, which is a judgement": lambda: (
        found(at(diversification=0.2), "diversification_cost_usd_m.canada") / 1000,
    ),
    "Walking out of the talks would cost Canada US${:.1f} billion a year against the deal and "
    "US${:.1f} billion against the dispute as it is; it would cost the US US${:.1f} and {:.1f} "
    "billion.": lambda: (-margin(0), -breakdown(0), -margin(1), -breakdown(1)),
}


def no_deal(threat: str = IN_FORCE) -> list[float]:
    """What both sides lose without a deal."""
    return [float(-each / 1000) for each in at(threat).threat.payoffs]


def concession(threat: str = IN_FORCE, **settings: Any) -> float:
    """What Canada concedes in the Nash deal."""
    return float(-deal(at(threat, **settings))[0] / 1000)


def improvement(threat: str = IN_FORCE, **settings: Any) -> float:
    """By how much a fifth of exports redirected lowers that."""
    return concession(threat, **settings) - concession(threat, diversification=0.2, **settings)


def earned() -> float:
    return found(at(diversification=0.2), "lever_effect_usd_m.canada") / 1000


def redirected() -> float:
    model: Any = at(diversification=0.2).model
    return float(levers.redirected(model.world, "CAN", "USA", model.shares())) / 1000


def margin(side: int) -> float:
    """What a side gains by walking out, over staying."""
    leverage = at("dispute").leverage
    assert leverage is not None
    return float(leverage.credibility.margin[side]) / 1000


def breakdown(side: int) -> float:
    """What a side gains where talks break down, over the dispute."""
    return float(breaks_off(at(), side)) / 1000


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_figure_of_the_readme(sentence: str) -> None:
    assert sentence.format(*SENTENCES[sentence]()) in text(README)


def test_every_figure_of_the_readme_is_checked() -> None:
    """Money in the text of the answers stands in a sentence that a test fills in."""
    told = text(README, without_blocks=True)
    figures = re.findall(r"US\$(\d+\.\d)(?: (?:to|and) (\d+\.\d))?", told)
    checked = sum(each.count(".1f}") for each in SENTENCES)
    by_elasticities = 3  # in the next test
    assert sum(1 + bool(more) for _, more in figures) == checked + by_elasticities


@pytest.mark.full
def test_what_diversification_brings_by_elasticities() -> None:
    gains = {name: improvement(elasticities=name) for name in (*PUBLISHED, "short_run")}
    yearly = gains.pop("short_run")
    low, high = min(gains.values()), max(gains.values())
    page = text(README)
    assert f"US${low:.1f} to {high:.1f} billion a year under the eight published sets" in page
    assert high < improvement(), "less than under their median sector by sector"
    assert f"up to US${yearly:.1f} billion with elasticities of one year" in page
    every = [improvement(elasticities=name) for name in SETS]
    assert max(every) == pytest.approx(yearly)


@pytest.mark.full
def test_the_threshold_of_the_readme() -> None:
    (event,) = thresholds(
        "canada_us", "escalation_rate=0.05:1", when="us gives way when the other escalates"
    ).events
    assert f"more than {100 * event.value:.0f} % on goods that are not energy" in text(README)


@pytest.mark.full
def test_who_lifts_its_duties_under_which_elasticities() -> None:
    support = {name: str(at(POSTURE, elasticities=name).selection.support) for name in PUBLISHED}
    lifts = [name for name, each in support.items() if each.endswith("/lift")]
    assert (len(lifts), len(PUBLISHED)) == (4, 8)
    assert text(README).lower().count("under four of the eight published sets") == 2
    assert str(at(POSTURE).selection.support) == "retaliate/escalate"


def test_nobody_gives_way() -> None:
    assert "Neither side's escalation would make the other stand down" in text(README)
    for side in (0, 1):
        gain = yields(at(), side)
        assert gain is not None
        assert float(gain) < 0.0


def test_what_is_observed_needs_political_costs() -> None:
    """The README and the model's page say that each side could gain by another choice."""
    game = at().game
    i, j = (own.index(each) for own, each in zip(game.actions, ("counter", "keep"), strict=True))
    assert game.payoffs[0, :, j].max() > game.payoffs[0, i, j]
    assert game.payoffs[1, i, :].max() > game.payoffs[1, i, j]


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
#
# Its tables are written by `benchmarks/page.py` and compared in tests/unit/test_evidence_tables.py.


def a_dollar_of_oil(
    rate: float = 0.07, years: int = 30, use: float = 1.0, money: float = 0.73, price: float = 70.0
) -> float:
    """Capital cost of the Trans Mountain expansion per US$ of oil that it takes."""
    annuity = rate / (1.0 - (1.0 + rate) ** -years)
    return 34e9 / 590e3 * annuity / 365 / use * money / price


def test_what_the_pipeline_of_the_page_costs() -> None:
    page = text(PAGE)
    assert f"| per US$ of oil at US$70 a barrel | 9.29 / 70 | {a_dollar_of_oil():.3f} |" in page
    rates = [a_dollar_of_oil(rate=rate) for rate in (0.05, 0.09)]
    assert f"Interest of 5 % or 9 % gives {rates[0]:.2f} or {rates[1]:.2f}" in page
    shorter, half = a_dollar_of_oil(years=20), a_dollar_of_oil(use=0.5)
    assert f"20 years {shorter:.2f}; half use {half:.2f}." in page
    model: Any = load_model("canada_us")()
    assert f"`diversification_cost` is {model.diversification_cost:.2f} US$ a year" in page


def test_what_the_page_says_of_its_data() -> None:
    world = at().model.ask("trade_world")
    model: Any = load_model("canada_us")()
    sold = dict(zip(world.sectors, model.world.flows[0, 1].sum(axis=-1), strict=True))
    energy = (sold["OIL"] + sold["PET"]) / sum(sold[code] for code in model.goods)
    assert 1 / 3 < energy < 0.5, "more than a third is oil"
    shipped: Any = load_model("canada_us")
    theta = {name: shipped(elasticities=name).world for name in PUBLISHED}
    sets = np.stack([each.trade_elasticity for each in theta.values()])
    apart = dict(zip(world.sectors, sets.max(axis=0) / sets.min(axis=0), strict=True))
    page = text(PAGE)
    assert "by up to eight times in metals, by four in wood and paper, and by a hundred in" in page
    assert [round(apart[code]) for code in ("STL", "NFM", "WOD", "PAP")] == [8, 8, 4, 4]
    assert apart["PET"] == pytest.approx(100, rel=0.05)
    assert max(apart[code] for code in model.goods if code != "PET") == apart["STL"]
    middle = dict(zip(world.sectors, model.world.trade_elasticity, strict=True))
    assert middle["SRV"] == middle["CNS"] == 2.8
    for s, code in enumerate(world.sectors):
        if code in model.goods:
            assert middle[code] == pytest.approx(np.median(sets[:, s]), abs=0.006)


def test_what_the_page_on_data_says() -> None:
    page = text(PAGE.parent / "data" / "README.md")
    sold = {}
    for data in ("icio", "customs"):
        model: Any = load_model("canada_us")(data=data)
        goods = model.world.flows[:, :, model.is_good].sum(axis=(-2, -1)) / 1000
        sold[data] = goods[0, 1], goods[1, 0]
    assert (
        f"are US${sold['icio'][1]:.0f} billion at basic prices and US${sold['customs'][1]:.0f} "
        f"billion at customs levels; Canada's to the US are {sold['icio'][0]:.0f} and "
        f"{sold['customs'][0]:.0f} billion."
    ) in page
    plain: Any = load_model("canada_us")()
    world = plain.world
    power = float(world.flows[0, 1, world.sector("ELY")].sum()) / 1000
    assert f"goods are {sold['icio'][0]:.1f}, {sold['icio'][0] + power:.1f} with" in page
    energy = world.flows[0, 1, [world.sector("OIL"), world.sector("PET")]].sum() / 1000
    share = 100 * energy / sold["icio"][0]
    assert f"{share:.0f} % of Canada's goods exports to the United States are `OIL`" in page
    autos = facts.jobs("USA", "MVH")
    assert autos is not None
    assert f"motor vehicles {autos.jobs:,.0f} jobs in {autos.year}" in page
    rate = facts.exchange_rate()
    assert f"US${rate.usd_per_cad:g} for a Canadian dollar on 5 October 2026" in page
    assert rate.date == "2026-10-05"
    imports = [each for each in facts.imports_from_canada() if each.period == "2024"]
    total = sum(each.value for each in imports) / 1000
    assert "US$411.7 billion in 2024" in page
    assert total == pytest.approx(411.7, abs=0.06)


def test_the_equilibrium_of_the_page() -> None:
    """What a breakdown leads to, and that there is no other."""
    outcome = at(POSTURE)
    assert str(outcome.selection.support) == "retaliate/escalate"
    assert int(outcome.equilibria.count) == 1
    assert "the one equilibrium of these postures is retaliate/escalate" in text(PAGE)
