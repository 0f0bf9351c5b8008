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
from numpy.typing import NDArray

from models.canada_us import facts
from negotiation import Case, Outcome, evaluate, load_model
from negotiation.case import POSTURE
from negotiation.outcome.dispute import breaks_off
from negotiation.regimes.thresholds import thresholds
from negotiation.study.bands import Band, Bands
from negotiation.study.drawn import drawn
from tests.docs import quoted
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


# --- README ---------------------------------------------------------------------------------------


@cache
def bands() -> Bands:
    """What the README tells: the defaults, without diversification and with two fifths."""
    return Bands.of(drawn(Case("canada_us", draws=400), {"diversification": [0.0, 0.4]}))


def ranged(band: Band, at: int, digits: int = 1, *, lost: bool = False) -> str:
    """A median with its range in US$ billion; of a loss with the ends the other way round."""
    values = [each[at] / 1000.0 for each in (band.middle, band.low, band.high)]
    middle, low, high = (abs(values[0]), *sorted(map(abs, values[1:])))
    told = [f"{each:.{digits}f}" for each in (middle, low, high)]
    assert not lost or values[2] <= 0.0
    return f"{told[0]}|{told[1]} to {told[2]}"


def of(name: str, at: int = 0, digits: int = 1, regime: int | None = None) -> tuple[str, str]:
    middle, _, both = ranged(bands().band(name, regime), at, digits).partition("|")
    return middle, both


def escalation() -> int:
    """Position of the regime in which Canada retaliates and the US escalates."""
    return [each.support for each in bands().regimes].index("retaliate/escalate")


def less(name: str, regime: int | None = None) -> tuple[str, str]:
    """How much less Canada concedes at two fifths, draw by draw."""
    values = bands().values(name)
    at = np.ones(values.shape[1], dtype=bool)
    if regime is not None:
        at = (bands().index == regime).all(axis=0)
    change = np.asarray(values[1] - values[0], dtype=float)[at] / 1000.0
    low, middle, high = np.quantile(change, [0.05, 0.5, 0.95], method="median_unbiased")
    assert (change > 0.0).all()
    return f"{middle:.1f}", f"{low:.1f} to {high:.1f}"


def of_100(share: float) -> int:
    return int(np.floor(100 * share + 0.5))


#: Sentences of the README with figures: what fills them in.
SENTENCES: Mapping[str, Callable[[], tuple[Any, ...]]] = {
    "Canada loses US${} billion a year (5 to 95 %: {}) and the US loses US${} billion ({}).": (
        lambda: (*of("inside_canada"), *of("inside_us"))
    ),
    "Canada would retaliate and the US would escalate in {} of 100 draws; Canada would then lose "
    "US${} billion a year ({}) and the US US${} billion ({}).": lambda: (
        of_100(float(bands().share[0, escalation()])),
        *of("payoff_canada", 0, 0, escalation()),
        *of("payoff_us", 0, 0, escalation()),
    ),
    "Canada could concede up to US${} billion a year ({}) for it": lambda: of("inside_canada"),
    "is a concession of US${} billion a year ({}).": lambda: of("delta_inside_canada"),
    "Canada would concede US${} billion a year less to end the present dispute (5 to 95 %: {})": (
        lambda: less("delta_inside_canada")
    ),
    "From a breakdown with escalation it would concede US${} billion less ({}).": lambda: less(
        "delta_breakdown_canada", escalation()
    ),
    "credible in {} of 100 draws, and is in {} today.": lambda: tuple(
        of_100(float(each)) for each in walk_outs()[::-1]
    ),
    "would earn Canada US${} billion a year ({}) at 40 %": lambda: of(
        "lever_effect_today_usd_m_canada", 1, 0
    ),
    "assumed to cost US${:.1f} billion a year, which is a judgement": lambda: (
        found(at(diversification=0.4), "diversification_cost_usd_m.canada") / 1000,
    ),
    "walking out of the talks would cost Canada US${:.1f} billion a year against the deal and "
    "US${:.1f} billion against the dispute as it is; it would cost the US US${:.1f} and {:.1f} "
    "billion.": lambda: (-margin(0), -breakdown(0), -margin(1), -breakdown(1)),
}


def walk_outs() -> NDArray[np.float64]:
    """(2,) share of draws in which Canada's walk-out is credible."""
    (event,) = [e for e in bands().events() if (e.signal.name, e.signal.side) == WALK_OUT]
    return event.probability.value


WALK_OUT = ("walk-out", "canada")


def margin(side: int) -> float:
    """What a side gains by walking out, over staying."""
    leverage = at("dispute").leverage
    assert leverage is not None
    return float(leverage.credibility.margin[side]) / 1000


def breakdown(side: int) -> float:
    """What a side gains where talks break down, over the dispute."""
    return float(breaks_off(at(), side)) / 1000


@pytest.mark.full
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_figure_of_the_readme(sentence: str) -> None:
    assert sentence.format(*SENTENCES[sentence]()) in text(README)


def test_every_figure_of_the_readme_is_checked() -> None:
    """Money in the text of the answers stands in a sentence that a test fills in."""
    told = text(README, without_blocks=True)
    figures = re.findall(r"US\$\d+(?:\.\d)?", told)
    assert len(figures) == sum(each.count("US${") for each in SENTENCES)


#: Pages that explain the summary by its own figures.
EXPLAIN = ("tour.md", "bands.md", "faq.md", "choosing.md", "limits.md")


@pytest.mark.parametrize("name", EXPLAIN)
def test_a_page_that_explains_the_summary_has_its_figures(name: str) -> None:
    """Figures and sentences in the text are those of a block that is quoted."""
    shown = " ".join(" ".join(block.split()) for _, block in quoted.blocks())
    told = text(ROOT / "docs" / name, without_blocks=True)
    known = set(re.findall(r"\d+(?:\.\d+)?", shown))
    assert set(re.findall(r"US\$(\d+(?:\.\d+)?)", told)) - known == set()
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert [each for each in re.findall(r"^> (.+)$", page, re.M) if each not in shown] == []


@pytest.mark.full
def test_the_threshold_of_the_readme() -> None:
    (event,) = thresholds(
        "canada_us", "escalation_rate=0.05:1", when="us gives way when the other escalates"
    ).events
    assert f"the rate is {100 * event.value:.0f} %;" in text(README)


@pytest.mark.full
def test_who_lifts_its_duties_under_which_elasticities() -> None:
    support = {name: str(at(POSTURE, elasticities=name).selection.support) for name in PUBLISHED}
    lifts = [name for name, each in support.items() if each.endswith("/lift")]
    assert (len(lifts), len(PUBLISHED)) == (4, 8)
    assert text(README).lower().count("under four of the eight published sets") == 2
    assert str(at(POSTURE).selection.support) == "retaliate/escalate"


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
