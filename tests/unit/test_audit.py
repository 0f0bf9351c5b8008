"""The audit: each pitfall where it occurs, where it does not, and where there is nothing to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, ThreatPoint, evaluate, load_model, parameter
from negotiation.bargaining import bargain
from negotiation.case import Case
from negotiation.errors import GridError
from negotiation.games.game import Array
from negotiation.report import audit as report
from negotiation.report.render import render
from negotiation.study.audit import nearby, nearest, pitfalls
from negotiation.study.audit.audit import audit
from negotiation.study.audit.finding import Audited, Pitfall, Verdict
from tests.unit.test_anticipation import Outlets
from tests.unit.test_credibility import Broken, Options

SIDES = ("canada", "us")
Payoffs = dict[tuple[str, ...], tuple[Any, ...]]
KEYS = [
    "concept",
    "choices",
    "selection",
    "threat",
    "size",
    "ncl",
    "erosion",
    "circumstances",
    "breakdown",
    "enforcement",
    "anticipation",
    "threshold",
]


def found(model: Model, **options: Any) -> dict[str, Pitfall]:
    return {each.key: each for each in audit(model, **options).findings}


def case(model: Model, full: bool = False) -> Audited:
    return Audited(Case(model), full, evaluate(model, marginal=True))


@dataclass(frozen=True)
class Plain(Model):
    """Both lose without a deal: 80 and 40, and more by a drag on both."""

    drag: Any = parameter(1.0, low=0, high=10, unit="points", source="test")
    mood: str = parameter("calm", choices=("calm", "angry"), unit="word", source="test")

    players = SIDES
    actions = (("wait",), ("wait",))
    threats = {"storm": "Canada is spared", "siege": "one at a time"}  # noqa: RUF012 - as an author writes it

    def payoffs(self) -> Payoffs:
        us = 40.0 if self.mood == "calm" else 400.0
        return {("wait", "wait"): (-80.0 - 3.0 * self.drag, -us - self.drag)}

    def talks(self) -> Talks:
        return Talks(SIDES, (0.0, 0.0), AgreementSet.money(0.0))

    def threat_point(self, name: str) -> ThreatPoint:
        if name == "siege":
            return ThreatPoint(np.array([-500.0, -10.0]), "a siege")
        return ThreatPoint(np.broadcast_to([-10.0, -60.0], (*self.batch_shape, 2)), "a storm")

    def size(self) -> Array:
        return np.array([100.0, 900.0])


class Cornered(Plain):
    """A frontier on which the concepts differ, and a status quo between what they give."""

    def talks(self) -> Talks:
        d = np.array([-83.0, -41.0])
        frontier = AgreementSet.frontier([(-20.0, 60.0), (10.0, 50.0), (40.0, -30.0)])
        deals = [
            float(bargain(Talks(SIDES, (0.0, 0.0), frontier), d, name).payoffs[0])
            for name in ("nash", "kalai_smorodinsky", "egalitarian")
        ]
        return Talks(SIDES, ((min(deals) + max(deals)) / 2, 0.0), frontier)


@dataclass(frozen=True)
class Coordination(Model):
    """Two equilibria, each better for one side, and a mixed one."""

    players = SIDES
    actions = (("left", "right"), ("left", "right"))

    def payoffs(self) -> Payoffs:
        return {
            ("left", "left"): (2.0, 1.0),
            ("right", "right"): (1.0, 2.0),
            ("left", "right"): (0.0, 0.0),
            ("right", "left"): (0.0, 0.0),
        }

    def talks(self) -> Talks | None:
        return Talks(SIDES, (2.0, 2.0), AgreementSet.money(4.0))


class Mute(Coordination):
    def talks(self) -> None:
        return None


# --- the concept, choices, selection, threat, size ------------------------------------------------


def test_concepts_that_must_agree_are_no_evidence() -> None:
    got = pitfalls.concept(case(Plain()))
    assert got.verdict == Verdict.DOES_NOT
    assert "They must agree" in got.sentence
    # A surplus of 124: a weight of 0.4 takes 12.4 from Canada's -21.
    assert got.details["delta_at_weight_0.4"] == pytest.approx(-33.4)
    assert "-33.40" in got.sentence


def test_concepts_that_disagree_on_the_sign() -> None:
    got = pitfalls.concept(case(Cornered()))
    assert got.verdict == Verdict.BITES
    values = list(got.details["delta"].values())
    assert min(values) < 0.0 < max(values)
    assert got.size == pytest.approx(max(values) - min(values))
    assert got.sentence.startswith("The sign depends on the concept")


def test_a_choice_that_flips_the_sign() -> None:
    got = pitfalls.choices(case(Plain()))
    assert got.verdict == Verdict.BITES
    assert got.details["flips"] == {"deal of canada": ["mood=angry (+159.0)"]}
    assert got.size == pytest.approx(180.0)  # (401 - 83) / 2 against (41 - 83) / 2
    assert got.command == "negotiation sweep Plain --vary mood=calm,angry"


def test_a_choice_that_was_set_is_not_set_in_the_sweep_over_it() -> None:
    model = Plain(mood="angry")
    got = pitfalls.choices(
        Audited(Case(model, {"mood": "angry", "drag": 1}), False, evaluate(model))
    )
    assert got.command == "negotiation sweep Plain --set drag=1 --vary mood=calm,angry"


def test_one_equilibrium_leaves_nothing_to_select() -> None:
    assert pitfalls.several(case(Plain())).verdict == Verdict.DOES_NOT


def test_the_rule_decides_among_several() -> None:
    """Deals of 2.5, 1.5 and, from (2/3, 2/3), 2: against a status quo of 2."""
    got = pitfalls.several(case(Coordination()))
    assert got.verdict == Verdict.BITES
    assert got.size == pytest.approx(1.0)
    assert sorted(got.details["deal"].values()) == pytest.approx([-0.5, 0.0, 0.5])
    assert got.details["rules"]["best_for_us"] == "right/right"
    without = pitfalls.several(case(Mute()))
    assert without.size == pytest.approx(2.0 - 2.0 / 3.0)
    assert "the payoff of canada" in without.sentence


def test_another_threat_point_turns_the_sign() -> None:
    got = pitfalls.threats(case(Plain()))
    assert got.verdict == Verdict.BITES
    assert got.details["delta"]["posture"] == pytest.approx(-21.0)
    assert got.details["delta"]["storm"] == pytest.approx(25.0)
    assert got.details["skipped"] == ["siege"]
    assert "Examined only with --full: siege" in got.sentence
    assert got.command == "negotiation solve Plain --threat storm"
    full = pitfalls.threats(case(Plain(), full=True))
    assert full.details["delta"]["siege"] == pytest.approx(-245.0)
    assert full.details["skipped"] == []


def test_size_enters_equal_gains_only() -> None:
    """Shares of a surplus of 124 by size: 12.4 for Canada, from -83."""
    got = pitfalls.size(case(Plain()))
    assert got.verdict == Verdict.BITES
    assert got.details["nash"]["in_shares_of_size"] == pytest.approx(-21.0)
    assert got.details["kalai_smorodinsky"]["in_shares_of_size"] == pytest.approx(-21.0)
    assert got.details["egalitarian"]["in_shares_of_size"] == pytest.approx(-83.0 + 12.4)
    assert got.size == pytest.approx(-83.0 + 12.4 + 21.0)


# --- what moves -----------------------------------------------------------------------------------


def test_a_lever_that_makes_the_other_side_less_dependent() -> None:
    """The US loses 2 x less: half of that is lost to Canada, a hundredth of 1."""
    got = nearby.erosion(case(Outlets(harm=-2.0)))
    assert got.verdict == Verdict.BITES
    assert got.size == pytest.approx(-0.01)
    assert got.details["per_hundredth"]["x"] == pytest.approx([0.005, 0.015, -0.01])
    assert nearby.erosion(case(Outlets())).verdict == Verdict.DOES_NOT


@dataclass(frozen=True)
class Gamma(Model):
    """Oracle H05: outlets as an option, or already in use, which frees the other side as well."""

    theta: Any = parameter(0.25, low=0, high=1, unit="share", source="H05", lever_of="canada")
    already_moved: Any = parameter(1.0, low=0, high=1, unit="share", source="H05")

    players = SIDES
    actions = (("wait",), ("wait",))

    def payoffs(self) -> Payoffs:
        us = 1.0 - np.asarray(self.already_moved) * self.theta
        return {("wait", "wait"): (-80.0 * (1.0 - np.asarray(self.theta)), -40.0 * us)}

    def talks(self) -> Talks:
        return Talks(SIDES, (0.0, 0.0), AgreementSet.money(0.0))

    def lever_cost(self, name: str) -> float | None:
        return 30.0 if name == "theta" else None


def test_oracle_h05_outlets_in_use_erode_and_options_do_not() -> None:
    """40 a unit by the own fallback; 20 of it lost where the goods have already moved."""
    got = nearby.erosion(case(Gamma()))
    assert got.verdict == Verdict.BITES
    assert got.details["per_hundredth"]["theta"] == pytest.approx([0.2, 0.4, -0.2])
    assert got.details["already_moved_0"]["theta"] == pytest.approx([0.4, 0.4, 0.0], abs=1e-12)
    assert got.details["already_moved_1"]["theta"] == pytest.approx([0.2, 0.4, -0.2])
    option = nearby.erosion(case(Gamma(already_moved=0.0)))
    assert option.verdict == Verdict.DOES_NOT


def test_what_is_opened_only_after_talks_fail_costs_nothing_before() -> None:
    """Half of the outlets at 30 a unit cost 15; the deal gives 40 - 10: all of them pay."""
    got = nearby.anticipation(case(Gamma(already_moved=0.5))).details
    assert got["cost_per_unit"] == 15.0
    assert got["perfect"]["at"] == 1.0
    full = nearby.anticipation(case(Gamma())).details  # 40 - 20 less 30: none does
    assert (full["cost_per_unit"], full["perfect"]["at"]) == (30.0, 0.0)


def test_a_circumstance_that_weakens() -> None:
    """A drag of a tenth more costs Canada 0.3 and the US 0.1: the deal moves by -0.1."""
    got = nearby.integration(case(Plain()))
    assert got.verdict == Verdict.BITES
    assert got.details["drag"] == pytest.approx({"step": 0.1, "change": -0.1})
    assert got.command == "negotiation solve Plain --set drag=1.1"


def test_leverage_that_risks_the_deal_and_makes_it_harder_to_keep() -> None:
    """At 0.3 the importer is sure to impose; at 0.4 both mix, and the importer has nothing."""
    here = case(load_model("tariff_standoff")())
    risk = nearby.breakdown(here)
    told = risk.details["diversification"]
    before, after = told["probability"]
    assert told["spread"] == pytest.approx(14.5 / 4)
    assert before == 0.0
    surplus = 3 * told["risk_begins_at"][1]
    assert after == pytest.approx(0.75 - surplus / 14.5)
    assert risk.verdict == Verdict.BITES
    assert risk.size == pytest.approx(after)
    kept = nearby.keeping(here)
    assert kept.verdict == Verdict.BITES
    # The importer breaks the deal for 8.75 against 7.625 + 8 at stake, then 7.5 against 9.375.
    assert kept.details["diversification"]["critical"][0][1] == pytest.approx(8.75 / 15.625)
    assert kept.details["diversification"]["critical"][1][1] == pytest.approx(7.5 / 9.375)
    assert kept.size == pytest.approx(0.8 - 0.56)


def test_a_lever_pulled_too_far_because_talks_follow() -> None:
    got = nearby.anticipation(case(Outlets()))
    assert got.verdict == Verdict.BITES
    assert got.size == pytest.approx(0.5 / 8, abs=1e-9)
    assert "further than" in got.sentence
    assert got.details["perfect"]["at"] == pytest.approx(5.5 / 8, abs=1e-9)
    assert "less far than" in nearby.anticipation(case(Outlets(help=0.0, harm=-2.0))).sentence
    same = nearby.anticipation(case(Outlets(help=2.0)))
    assert same.verdict == Verdict.DOES_NOT
    assert "as far as" in same.sentence


def test_the_nearest_threshold() -> None:
    """Imposing pays 35 tariff - 8: nothing at 8 / 35, a hundredth of the range from 0.25."""
    got = nearest.nearest_threshold(case(load_model("tariff_standoff")()))
    assert got.verdict == Verdict.BITES
    value = got.details["tariff: retaliate/impose is no longer an equilibrium"]
    assert value["value"] == pytest.approx(8 / 35, abs=2e-10)
    assert got.size == pytest.approx((0.25 - 8 / 35) / 2, abs=1e-9)
    far = nearest.nearest_threshold(case(Options(theta=0.0)))
    assert far.verdict == Verdict.DOES_NOT
    # From (80 theta, 20) the deal gives Canada 40 + 40 theta, and 50 is its status quo.
    assert far.size == pytest.approx(0.25)


# --- everything -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [Plain(), Outlets(), Mute(), Coordination(), Broken(theta=0.75), Options()]
)
def test_every_model_can_be_audited(model: Model) -> None:
    steps: list[tuple[int, int]] = []
    got = audit(model, progress=lambda done, total: steps.append((done, total)))
    assert [each.key for each in got.findings] == KEYS
    assert steps == [(k + 1, len(KEYS)) for k in range(len(KEYS))]
    for each in got.findings:
        assert each.sentence.endswith(".")
        assert each.command.startswith("negotiation ")
        assert (each.verdict == Verdict.BITES) <= bool(each.unit)
    assert got.bites == sum(each.verdict == Verdict.BITES for each in got.findings)
    assert render(report.document(got), "json")
    for markdown in (False, True):
        text = render(report.document(got), "md" if markdown else "table")
        assert all(each.question.split()[0] in text for each in got.findings)
        if not markdown:
            assert max(map(len, text.split("\n"))) <= 80


def test_without_a_certified_equilibrium_nothing_bites() -> None:
    got = audit(Broken(theta=0.75))
    assert got.bites == 0
    assert "Do not rely on this result" in render(report.document(got), "table")


def test_without_talks_little_applies() -> None:
    got = {key: each.verdict for key, each in found(Mute()).items()}
    left = {"selection", "threshold"}
    assert {key for key, verdict in got.items() if verdict != Verdict.NOT_APPLICABLE} == left


def test_a_cloud_is_refused() -> None:
    with pytest.raises(GridError, match="one point"):
        audit(Plain(drag=np.array([1.0, 2.0])))


def test_canada_us_depends_on_its_threat_point_and_its_size_does_not_count() -> None:
    here = case(load_model("canada_us")())
    threats = pitfalls.threats(here)
    assert threats.verdict == Verdict.BITES
    assert threats.details["skipped"] == ["tariff_war"]
    assert abs(threats.details["delta"]["in_force"]) < abs(threats.details["delta"]["posture"])
    size = pitfalls.size(here)
    assert size.details["nash"]["in_shares_of_size"] == pytest.approx(here.delta, rel=1e-9)
    assert size.verdict == Verdict.BITES
