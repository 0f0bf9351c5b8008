"""The one-page reading: ten lines, each true of the point and of what lies around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, evaluate, load_model, parameter
from negotiation.report import solution
from negotiation.report.reading import lines, sentences
from negotiation.report.render import render
from negotiation.report.text import WIDTH
from negotiation.study.reading import Reading, read


@pytest.fixture(scope="module")
def canada() -> Reading:
    return read(evaluate(load_model("canada_us")(), marginal=True))


def test_what_a_user_set_may_be_given_beside_the_outcome_as_in_0_1(canada: Reading) -> None:
    outcome = canada.outcome
    assert sentences(read(outcome, {})) == sentences(canada)
    point = evaluate(load_model("canada_us")(diversification=0.05), marginal=True)
    around = read(point, {"diversification": "0.05"})
    assert around.outcome.case.given == {"diversification": "0.05"}
    assert around.outcome.model is point.model
    assert sentences(around) == sentences(read(point))


def test_ten_lines_of_eighty_characters(canada: Reading) -> None:
    told = lines(canada)
    assert len(told) == 10
    assert max(map(len, told)) <= WIDTH


def test_it_says_where_canada_stands_and_what_would_change_it(canada: Reading) -> None:
    told = "\n".join(sentences(canada))
    for part in (
        "retaliate/escalate; Canada loses 25,189, the US gains 745.4",
        "In a deal Canada pays 12,967 (NCL -0.530)",
        "Canada loses 7,045; ending it costs it 3,754",
        "Walking out is not credible",
        "Its parts are metals_energy",
        "The US loses without a deal at diversification 0.0606",
        "elasticities=high",
        "The model leaves out money",
    ):
        assert part in told, part


def test_parts_add_up_to_the_deal_and_turns_are_turns(canada: Reading) -> None:
    assert canada.attribution is not None
    assert canada.outcome.leverage is not None
    delta = float(canada.outcome.leverage.concession["nash"].delta[0])
    assert float(canada.attribution.table.sum()) == pytest.approx(delta, rel=1e-9)
    assert canada.choices.count == 15  # the other elasticities, dates and the other run
    cls = load_model("canada_us")
    loss = next(turn for turn in canada.turns if turn.of_loss)
    way = next(way for way in loss.found.ways if way.parameter == "diversification")
    at = [cls.build({"diversification": float(way.value) + e}) for e in (-1e-6, 1e-6)]
    sides = [evaluate(point).leverage for point in at]
    assert [float(side.loss[1]) > 0 for side in sides if side is not None] == [False, True]


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
    assert lines(Reading.of(outcome))[0].startswith("The concepts disagree on who pays")


def test_what_is_not_certified_is_the_first_line() -> None:
    @dataclass(frozen=True)
    class Broken(Kinked):
        def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
            return {("wait", "wait"): (np.nan, 0.0)}

    assert lines(Reading.of(evaluate(Broken())))[0].startswith(
        "Do not rely on this result: not solved"
    )


def test_long_names_are_cut_not_wrapped_beyond_ten_lines() -> None:
    class Wordy(Kinked):
        names = {"left": "the " + "very " * 20 + "patient side", "right": "the other side"}  # noqa: RUF012 - as an author writes it

    told = lines(read(evaluate(Wordy(), marginal=True)))
    assert len(told) <= 10
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


def test_the_readme_shows_the_reading_as_it_is(canada: Reading) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert "\n".join(lines(canada)) in readme.read_text(encoding="utf-8")
