"""The one-page reading: a few lines, each true of the point and of what lies around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, evaluate, load_model, parameter
from negotiation.report import solution
from negotiation.report.reading import LINES, lines, sentences
from negotiation.report.render import render
from negotiation.report.text import WIDTH
from negotiation.study.reading import Reading, read


@pytest.fixture(scope="module")
def canada() -> Reading:
    return read(evaluate(load_model("canada_us")(), marginal=True))


@pytest.mark.full
def test_what_a_user_set_may_be_given_beside_the_outcome_as_in_0_1(canada: Reading) -> None:
    outcome = canada.outcome
    assert sentences(read(outcome, {})) == sentences(canada)
    point = evaluate(load_model("canada_us")(diversification=0.05), marginal=True)
    around = read(point, {"diversification": "0.05"})
    assert around.outcome.case.given == {"diversification": "0.05"}
    assert around.outcome.model is point.model
    assert sentences(around) == sentences(read(point))


@pytest.mark.full
def test_few_lines_of_eighty_characters(canada: Reading) -> None:
    told = lines(canada)
    assert len(told) == 13
    assert max(map(len, told)) <= WIDTH
    pulled = {"diversification": 0.1, "procurement": 0.1, "canada_retaliation_cost": 5000.0}
    model = load_model("canada_us").build(pulled)
    more = lines(read(evaluate(Case(model, threat="posture"), marginal=True)))
    assert 13 < len(more) <= LINES == 16
    assert max(map(len, more)) <= WIDTH


def test_it_says_where_canada_stands_and_what_would_change_it(canada: Reading) -> None:
    told = "\n".join(sentences(canada))
    # Duties in force cost 8.6 and 2.1 bn, a breakdown 18.6 and 9.6; half of the difference is
    # conceded; walking out gives up what lies between the deal and a breakdown.
    for part in (
        "Without a deal: in force; Canada loses 8,574, the US loses 2,107.",
        "If talks break down: retaliate/escalate; Canada loses 18,624, the US loses 9,583.",
        "A deal is worth conceding up to 8,574 to Canada",
        "Canada concedes 3,233 to the US by the Nash solution (NCL -0.303)",
        "Walking out is not credible: it costs Canada 15,390 and the US 12,816",
        "Its parts are other -1,123, autos",
        "No lever alone is enough for this: Canada stops paying",
        "The US gains without a deal at procurement 0.851",
        "21 other choices give",
        "The model leaves out migration",
    ):
        assert part in told, part
    assert "by themselves" not in told  # no lever is pulled


@pytest.mark.full
def test_another_threat_is_told_beside_the_dispute_as_it_is() -> None:
    found = evaluate(Case(load_model("canada_us")(), threat="posture"), marginal=True)
    told = sentences(read(found))
    assert told[0] == "Without a deal: retaliate/escalate; Canada loses 18,624, the US loses 9,583."
    # (18,624 - 9,583) / 2 by a breakdown; (8,574 - 2,107) / 2 in the dispute as it is.
    assert "Canada concedes 4,520 to the US" in told[1]
    assert "In the present dispute Canada loses 8,574; ending it costs it 3,233." in told


@pytest.mark.full
def test_a_deal_that_is_worse_than_the_dispute_it_ends_says_so_first() -> None:
    model = load_model("canada_us")(canada_retaliation_cost=5000.0)
    found = evaluate(Case(model, threat="posture"), marginal=True)
    assert found.talks is not None
    inside = float(np.asarray(found.talks.inside)[0])
    deal = float(found.agreement.payoffs[0])
    assert deal < inside - 1000.0
    told = sentences(read(found))
    assert told[0] == (
        f"This deal is worse for Canada than the dispute it ends, by {inside - deal:,.0f}."
    )
    assert not any("worse" in each for each in sentences(read(evaluate(load_model("canada_us")()))))


def test_what_levers_do_by_themselves_is_told_where_one_is_pulled() -> None:
    """It cancels within the game: the sentence counts from today."""
    model: Any = load_model("canada_us")(diversification=0.1)
    (told,) = (each for each in sentences(Reading.of(evaluate(model))) if "themselves" in each)
    world = model.world
    gained = (model.dispute.welfare - model.today.welfare) * world.income
    ours, theirs = (float(gained[world.region(code)]) for code in ("CAN", "USA"))
    assert told.startswith(
        f"The levers by themselves, against today: income of Canada {ours:+,.0f}, income of the US "
        f"{theirs:+.1f}"
    )
    autos = model.world.sector("MVH")
    now, today = (float(at.employment[0, autos]) for at in (model.dispute, model.today))
    assert f"auto jobs in Canada {100 * (now / today - 1):+.4g} %" in told


def test_parts_add_up_to_the_deal_and_turns_are_turns(canada: Reading) -> None:
    assert canada.attribution is not None
    assert canada.outcome.leverage is not None
    delta = float(canada.outcome.leverage.concession["nash"].delta[0])
    assert float(canada.attribution.table.sum()) == pytest.approx(delta, rel=1e-9)
    # 14 other elasticities, the other run, the other table, two shares of a fixed resource.
    assert canada.choices.count == 21
    cls = load_model("canada_us")
    loss = next(turn for turn in canada.turns if turn.of_loss)
    way = next(way for way in loss.found.ways if way.parameter == "procurement")
    at = [cls.build({"procurement": float(way.value) + e}) for e in (-1e-6, 1e-6)]
    sides = [evaluate(point).leverage for point in at]
    assert [float(side.loss[1]) > 0 for side in sides if side is not None] == [True, False]


@dataclass(frozen=True)
class Kinked(Model):
    """A frontier on which Nash and Kalai-Smorodinsky fall on different sides of the status quo."""

    width: Any = parameter(1.0, low=0.1, high=5, unit="US$", source="test", lever_of="left")

    players = ("left", "right")
    actions = (("wait",), ("wait",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {("wait", "wait"): (0.0 * self.width, 0.0)}

    def talks(self) -> Talks:
        corner = AgreementSet.frontier([(0.0, 4.0), (2.0, 3.0), (2.5, 0.0)])
        return Talks(self.players, status_quo=(2.0, 1.0), agreement=corner)


def test_concepts_that_disagree_on_the_sign_are_the_first_line() -> None:
    outcome = evaluate(Kinked())
    assert outcome.leverage is not None
    low, high = (float(each[0]) for each in outcome.leverage.spread("delta"))
    assert low < 0 < high, (low, high)
    assert lines(Reading.of(outcome))[0].startswith(
        "The concepts disagree on who concedes in a deal: left pays"
    )


def test_what_is_not_certified_is_the_first_line() -> None:
    @dataclass(frozen=True)
    class Broken(Kinked):
        def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
            return {("wait", "wait"): (np.nan, 0.0)}

    assert lines(Reading.of(evaluate(Broken())))[0].startswith(
        "Do not rely on this result: not solved"
    )


def test_long_names_are_cut_not_wrapped_beyond_the_lines_of_a_reading() -> None:
    class Wordy(Kinked):
        names = {"left": "the " + "very " * 20 + "patient side", "right": "the other side"}  # noqa: RUF012 - as an author writes it

    told = lines(read(evaluate(Wordy(), marginal=True)))
    assert len(told) <= LINES
    assert max(map(len, told)) <= WIDTH


def test_a_model_without_talks_says_where_the_sides_stand() -> None:
    class Silent(Kinked):
        def talks(self) -> None:  # type: ignore[override] # no talks at all
            return None

    told = lines(read(evaluate(Silent())))
    assert told[0].startswith("Without a deal: wait/wait")


def test_in_markdown_every_sentence_is_an_item(canada: Reading) -> None:
    told = render(solution.document(canada.outcome, canada), "md")
    whole = told.replace("\n  ", " ")  # an item that is too long for a line goes on below
    items = [line[2:] for line in whole.splitlines() if line.startswith("- ")]
    assert items[: len(sentences(canada))] == sentences(canada)
