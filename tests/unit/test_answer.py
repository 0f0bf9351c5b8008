"""The answer that `solve` gives over draws: sentences by hand, and the command as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, ThreatPoint, parameter, prior
from negotiation.case import Case
from negotiation.cli.console import run
from negotiation.outcome import Status, evaluate
from negotiation.outcome.columns import Column
from negotiation.report import schema
from negotiation.report.answer import Answer
from negotiation.report.document import Table
from negotiation.report.draws import blocks
from negotiation.report.playing import playing
from negotiation.study.bands import Bands
from negotiation.study.drawn import Drawn
from negotiation.study.reading import Reading
from tests.json_schema import problems

Run = Callable[..., Any]


@dataclass(frozen=True)
class Border(Model):
    """Two sides with a dispute, and words for most of what they do."""

    stakes: float = parameter(
        1.0, low=0.0, high=9.0, about="what is at stake", prior=prior.uniform(1.0, 3.0)
    )

    players = ("north", "south")
    actions = (("yield", "fight"), ("open", "close"))
    names = MappingProxyType(
        {
            "north": "the North",
            "south": "the South",
            "north.yield": "yields",
            "north.fight": "fights",
            "south.close": "closes the border",
        }
    )
    harshest = MappingProxyType({"north": "fight", "south": "close"})
    threats = MappingProxyType({"in_force": "things stay as they are"})
    default_threat = "in_force"
    payoff_unit = "US$ million a year"

    def payoffs(self) -> Any:
        stakes = np.asarray(self.stakes)
        return {
            ("yield", "open"): (0.0 * stakes, 0.0 * stakes),
            ("yield", "close"): (-stakes, stakes),
            ("fight", "open"): (stakes, -stakes),
            ("fight", "close"): (-0.5 * stakes, -0.5 * stakes),
        }

    def talks(self) -> Talks:
        inside = self.threat_point("in_force").payoffs
        pie = AgreementSet.money(9.0)
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=pie, inside=inside)

    def threat_point(self, name: str) -> ThreatPoint:
        stakes = np.asarray(self.stakes)
        return ThreatPoint(np.stack([-2.0 * stakes, -stakes], axis=-1), name)


WAR, PEACE, RARE = "fight/close", "fight/open", "yield/open"


def answer(
    supports: list[str],
    threat: str = "in_force",
    beside: dict[str, Any] | None = None,
    **columns: Any,
) -> Answer:
    """Return an answer over draws that are what they are told to be."""
    words = np.array([supports])
    case = Case(Border, draws=len(supports), threat=threat)
    made: dict[str, Any] = {"equilibrium": words, "status": Status.CERTIFIED.value}
    for kind in ("payoff", "inside", "gain", "delta", "walkout"):
        made |= {f"{kind}_{player}": 0.0 for player in Border.players}
    made |= columns
    found = {
        name: Column(np.broadcast_to(each, words.shape), "US$ million a year", name)
        for name, each in made.items()
    }
    extra = {
        name: Column(np.broadcast_to(each, words.shape), "US$ million a year", name)
        for name, each in (beside or {}).items()
    }
    bands = Bands.of(Drawn(case, case.drawn(), {}, found, extra))
    return Answer(bands, Reading.of(evaluate(Case(case, draws=0))))


def even(low: float, high: float, count: int = 400) -> Any:
    """Numbers that are spread evenly, so that their quantiles are known."""
    return np.linspace(low, high, count)


# --- sentences ------------------------------------------------------------------------------------


def test_today_and_a_breakdown_are_told_by_regime() -> None:
    north = np.concatenate([even(-24000, -20000, 300), even(-8000, 1000, 100)])
    told = answer(
        [WAR] * 300 + [PEACE] * 100,
        inside_north=even(-12000, -4000),
        inside_south=-2100.0,
        gain_north=even(-12000, -4000),
        gain_south=-2100.0,
        payoff_north=north,
        payoff_south=-500.0,
    ).sentences()
    assert told[0] == (
        "In the dispute as it is, which goes on without a deal, the North loses US$8.0 billion a "
        "year (5 to 95 %: 4.4 to 11.6) and the South loses 2.1 billion."
    )
    assert told[1] == (
        "If talks break down, the South closes the border in 75 of 100 draws and the North fights "
        "in all draws."
    )
    assert told[2] == (
        "The North fights and the South closes the border in 75 of 100 draws: the North loses "
        "US$22 billion (5 to 95 %: 20 to 24) and the South loses 500 million."
    )
    assert told[3] == (
        "The North fights and the South plays 'open' in 25 of 100 draws: the North loses US$3.5 "
        "billion (5 to 95 %: from a loss of 7.6 to a gain of 0.6) and the South loses 500 million."
    )


def test_regimes_that_are_rare_have_their_frequency_only() -> None:
    told = answer([WAR] * 385 + [PEACE] * 10 + [RARE] * 5, payoff_north=even(-9000, -7000))
    assert "Something else happens in 4 of 100 draws (2 other outcomes)." in told.sentences()
    table = next(each for each in blocks(told) if isinstance(each, Table))
    rows = {row[0]: tuple(row[1:]) for row in table.cells()}
    assert rows["breakdown: other outcomes"] == ("4", "", "", "", "")


def test_few_draws_have_a_median_and_no_range() -> None:
    told = answer([WAR] * 30, payoff_north=even(-9000, -7000, 30)).sentences()
    assert any("in all draws: the North loses US$8.0 billion (median)" in each for each in told)
    assert any(each.startswith("30 draws are too few for a range.") for each in told)


def test_a_deal_that_is_worse_than_the_dispute_is_said_first() -> None:
    found = answer(
        [WAR] * 400, "posture", delta_south=even(-100, 300), inside_south=0.0, inside_north=-5.0
    )
    assert found.sentences()[0] == (
        "A deal is worse for the South than the dispute it ends in 25 of 100 draws."
    )
    assert not any("worse for the North" in each for each in found.sentences())


def test_a_deal_is_told_with_who_concedes_up_to_what_and_how_often() -> None:
    told = answer(
        [WAR] * 400,
        delta_north=np.where(np.arange(400) < 40, 10.0, -3000.0),
        delta_south=3000.0,
        gain_north=-9000.0,
        inside_north=-9000.0,
    ).sentences()
    assert (
        "In a deal by the Nash solution the North concedes US$3.0 billion a year (5 to 95 %: 0 to "
        "3.0) to the South in 9 of 10 draws; a deal is worth conceding up to 9.0 billion to the "
        "North."
    ) in told
    assert any(
        each.startswith("Against the dispute as it is a deal changes this: the North gains")
        for each in told
    )


def test_a_deal_that_depends_on_the_regime_is_told_by_regime() -> None:
    told = answer(
        [WAR, PEACE] * 200,
        "posture",
        delta_north=np.tile([-2000.0, 5000.0], 200),
        delta_south=np.tile([2000.0, -5000.0], 200),
        gain_north=np.tile([-8000.0, 1000.0], 200),
        gain_south=np.tile([-1000.0, -6000.0], 200),
    ).sentences()
    assert (
        "If the North fights and the South closes the border, in a deal by the Nash solution the "
        "North concedes US$2.0 billion a year to the South; a deal is worth conceding up to 8.0 "
        "billion to the North."
    ) in told
    assert (
        "If the North fights and the South plays 'open', in a deal the South concedes US$5.0 "
        "billion a year to the North; a deal is worth conceding up to 6.0 billion to the South."
    ) in told


def test_no_deal_and_draws_that_are_not_solved_are_counted() -> None:
    delta = np.where(np.arange(400) < 100, np.nan, -5.0)
    status = np.full(400, Status.CERTIFIED.value, dtype="<U80")
    status[200:240] = Status.PARTIAL.value
    told = answer([WAR] * 400, delta_north=delta, status=status).sentences()
    assert "There is no deal in 28 of 100 draws." in told
    assert any("40 of 400 draws could not be solved and are left out" in each for each in told)
    found = answer([WAR] * 400, delta_north=np.nan)
    assert "There is no deal in any draw." in found.sentences()
    table = next(each for each in blocks(found) if isinstance(each, Table))
    assert table.cells()[-1][:3] == ["deal, Nash solution", "", "none"]
    none = answer([WAR] * 400, status=Status.PARTIAL.value).sentences()
    assert none == ["Do not rely on this result: none of 400 draws could be solved."]


def test_revealed_costs_stand_beside() -> None:
    beside = {"equilibrium": PEACE, "payoff_north": -1.0, "payoff_south": -1.0}
    beside |= {"money_north": -3000.0, "money_south": -4000.0}
    found = answer([WAR] * 400, beside=beside, payoff_north=-9000.0)
    assert (
        "At the political costs that today's behaviour reveals, the North fights and the South "
        "plays 'open' in all draws: the North loses US$3.0 billion and the South loses 4.0 billion."
    ) in found.sentences()
    table = next(each for each in blocks(found) if isinstance(each, Table))
    row = next(row for row in table.cells() if row[0].startswith("breakdown, revealed"))
    assert row[1:] == ["100", "-3.0", "-3.0", "-4.0", "-4.0"]


def test_deals_at_revealed_costs_stand_beside_with_and_without_them_in_the_bargain() -> None:
    beside: dict[str, Any] = {"equilibrium": PEACE, "payoff_north": -1.0, "payoff_south": -1.0}
    beside |= {"money_north": -3000.0, "money_south": -4000.0}
    beside |= {"delta_north": -800.0, "delta_south": 800.0}
    beside |= {"money_delta_north": 500.0, "money_delta_south": -500.0}

    def deals(threat: str) -> list[list[str]]:
        found = answer([WAR] * 400, threat, beside, delta_north=-2000.0, delta_south=2000.0)
        table = next(each for each in blocks(found) if isinstance(each, Table))
        return [row for row in table.cells() if "deal" in row[0]]

    assert [row[1:3] for row in deals("posture")[1:]] == [["100", "-0.80"], ["100", "+0.50"]]
    assert len(deals("in_force")) == 1  # no breakdown moves it


def test_money_leaves_political_costs_out() -> None:
    found = answer([WAR] * 400, payoff_north=-9000.0, money_north=-7000.0, money_south=0.0)
    assert any("the North loses US$7.0 billion" in each for each in found.sentences())


def test_the_assumption_that_decides_is_named_by_what_it_is() -> None:
    case = Case(Border, draws=400)
    stakes = case.drawn().values["stakes"]
    supports = [WAR if each > 2.0 else PEACE for each in stakes.tolist()]
    told = answer(supports).sentences()
    assert (
        "Whether the South closes the border hangs most on one assumption (what is at stake): it "
        "does so in all draws where it is high, and in no draw where it is low."
    ) in told
    rng = np.random.default_rng(0)
    supports = [WAR if each > 0.5 else PEACE for each in rng.random(400).tolist()]
    assert not any("hangs most" in each for each in answer(supports).sentences())


def test_mixtures_and_unknown_actions_are_told_as_they_are() -> None:
    case = Case(Border)
    assert playing(case.model, "yield+fight/open") == (
        "the North either yields or fights and the South plays 'open'"
    )


def test_sentences_have_no_names_of_parameters_and_no_pairs_of_postures() -> None:
    told = " ".join(answer([WAR] * 300 + [PEACE] * 100, "posture").sentences())
    assert "/" not in told.replace("5 to 95", "")
    assert "stakes" in told  # the group of what is drawn, at the end
    assert "in_force" not in told


# --- the command ----------------------------------------------------------------------------------

PRIORS = ("--prior", "tariff=triangular(0.1,0.25,0.5)", "--prior", "damage=uniform(2,12)")


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_record_has_everything_about_the_draws(cli: Run) -> None:
    code, out, err = cli("solve", "tariff_standoff", *PRIORS, "--format", "json", "--seed", "3")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert not list(problems(found, schema.schema("solve")))
    draws = found["draws"]
    assert (draws["draws"], draws["counted"], draws["seed"]) == (400, 400, 3)
    assert draws["design"] == "latin_hypercube"
    assert draws["priors"]["tariff"]["prior"] == "triangular(0.1,0.25,0.5)"
    assert draws["priors"]["tariff"]["source"] == "as given by the user"
    assert sum(each["share"] for each in draws["regimes"]) == pytest.approx(1.0)
    band = draws["regimes"][0]["bands"]["payoff_exporter"]
    assert band["low"] < band["median"] < band["high"] < 0.0
    assert band["draws"] == draws["regimes"][0]["draws"]
    events = {(each["name"], each["side"]): each for each in draws["events"]}
    loss = events["loss", "importer"]
    share = loss["probability"]
    assert 0.5 < share < 1.0
    assert loss["error"] == pytest.approx((share * (1.0 - share) / 400) ** 0.5)
    assert found["reading"][0].startswith("Without a deal, the exporter retaliates")
    assert found["other_choices"] is None  # they were not looked at


def test_terminal_and_markdown_tell_the_same(cli: Run) -> None:
    _, out, _ = cli("solve", "tariff_standoff", *PRIORS)
    assert max(map(len, out.splitlines())) <= 80
    _, written, _ = cli("solve", "tariff_standoff", *PRIORS, "--format", "md")
    for words in ("5 to 95 %", "How often", "The point estimate", "Situations: median and range"):
        assert words in out
        assert words in written
    assert out.index("Situations") < out.index("The point estimate") < out.index("Payoffs")


@pytest.mark.full
def test_without_priors_or_draws_nothing_changes(cli: Run) -> None:
    plain = cli("solve", "tariff_standoff")
    assert plain == cli("solve", "tariff_standoff", "--draws", "0")
    assert "Ranges" not in plain[1]
    _, out, _ = cli("solve", "tariff_standoff", "--format", "json")
    assert "draws" not in json.loads(out)
    quick = cli("solve", "tariff_standoff", "--quick")
    assert quick == cli("solve", "tariff_standoff", "--quick", *PRIORS)


ONE_BY_ONE = '''"""A threat point that is solved at one point at a time. Illustrative."""
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from negotiation import AgreementSet, Model, Talks, ThreatPoint, parameter, prior


@dataclass(frozen=True)
class Slow(Model):
    """Its war takes long."""

    stakes: float = parameter(1.0, low=0.0, high=9.0, prior=prior.uniform(1.0, 3.0))
    players = ("a", "b")
    actions = (("x", "y"), ("x", "y"))
    threats = MappingProxyType({"war": "a war"})
    default_threat = "war"

    def payoffs(self):
        s = np.asarray(self.stakes)
        return {(p, q): (-s * (p == "y"), -s * (q == "y")) for p in "xy" for q in "xy"}

    def talks(self):
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))

    def threat_point(self, name):
        return ThreatPoint(np.array([-1.0, -2.0]), "a war")
'''


def test_a_threat_that_is_solved_one_by_one_is_not_drawn_and_says_so(
    cli: Run, tmp_path: Path
) -> None:
    path = tmp_path / "slow.py"
    path.write_text(ONE_BY_ONE, encoding="utf-8")
    code, out, err = cli("solve", str(path))
    assert code == 0
    assert "note: nothing is drawn, since threat point war is solved at one point" in err
    assert out == cli("solve", str(path), "--draws", "0")[1]
    code, out, err = cli("solve", str(path), "--threat", "posture")
    assert (code, err) == (0, "")
    assert "Ranges leave out one draw in ten of 400" in out
