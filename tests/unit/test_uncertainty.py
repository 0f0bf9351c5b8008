"""Sensitivity, probability, scenarios and robust choice: profiles, and what they refuse."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, evaluate, parameter, prior
from negotiation.case import Case
from negotiation.errors import (
    GridError,
    MissingExtraError,
    NegotiationError,
    ParameterError,
    PayoffError,
    SolveError,
)
from negotiation.study import sensitivity as study
from negotiation.study.observable import read_observable
from negotiation.study.probability import probability
from negotiation.study.robust import robust
from negotiation.study.scenarios import scenarios
from negotiation.study.sensitivity import sensitivity

PRIORS = {"tariff": "uniform(0.05,0.3)", "damage": "uniform(2,12)"}
STANDOFF = Case("tariff_standoff", draws=128, priors=PRIORS, threat="posture")


# --- a profile as given ---------------------------------------------------------------------------


def test_a_profile_may_be_taken_as_given() -> None:
    point = evaluate("tariff_standoff", profile="accept/impose")
    assert str(point.selection.support) == "accept/impose"
    assert point.selection.payoffs.tolist() == [-17.5, 8.75]
    assert point.selection.lowest.tolist() == point.selection.highest.tolist()
    assert float(point.selection.regret) > 0.0  # it is no equilibrium
    assert point.leverage is not None
    assert point.leverage.loss.tolist() == [17.5, -8.75]
    same = evaluate("tariff_standoff", profile=str(evaluate("tariff_standoff").selection.support))
    assert same.selection.regret == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("profile", ["accept", "accept/imposs", "accept+retaliate/impose"])
def test_what_is_no_pure_profile_is_refused(profile: str) -> None:
    with pytest.raises(PayoffError, match=r"support|profile"):
        evaluate("tariff_standoff", profile=profile)


# --- what decides ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Hit(Model):
    """Player a hits where that pays; b then loses 1 and y more."""

    x: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    y: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    bar: Any = parameter(0.25, low=0, high=2)

    players = ("a", "b")
    actions = (("hit", "wait"), ("bear",))
    payoff_unit = "points"
    horizon = "once"

    def payoffs(self) -> Any:
        x, y, zero = np.broadcast_arrays(self.x, self.y, np.zeros(self.batch_shape))
        hit = np.stack([x - self.bar, -1.0 - y], axis=-1)
        wait = np.stack([zero, -1.0 * x], axis=-1)
        return np.stack([hit, wait], axis=-1)[..., None]

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


def test_a_number_is_told_at_each_frequent_profile_in_every_draw() -> None:
    found = sensitivity(Hit, "loss.b", samples=64, tornado=False)
    assert list(found.profiles) == ["hit/bear", "wait/bear"]
    assert found.profiles["hit/bear"] == pytest.approx(0.75, abs=0.05)
    hit, wait, chosen, _ = found.found
    assert [each.profile for each in (hit, wait, chosen)] == ["hit/bear", "wait/bear", ""]
    total = {each.profile: {i.group: i.total for i in each.indices} for each in (hit, wait)}
    # Each regime has what decides it, in all draws: with the draws of one alone x would do less.
    assert total["hit/bear"] == pytest.approx({"x": 0.0, "y": 1.0}, abs=0.15)
    assert total["wait/bear"] == pytest.approx({"x": 1.0, "y": 0.0}, abs=0.15)
    assert (wait.low, wait.high) == pytest.approx((0.05, 0.95), abs=0.03)
    assert chosen.observable.about == "hit/bear is the selected equilibrium"
    assert chosen.mean == pytest.approx(0.75, abs=0.05)


def test_a_profile_that_is_asked_for_is_looked_at_however_rare() -> None:
    found = sensitivity(Case(Hit, {"bar": 2.0}), "loss.b", samples=16, profiles="hit/bear")
    assert found.profiles == {"hit/bear": 0.0}
    assert found.found[0].profile == "hit/bear"


def test_mixtures_are_no_profile_to_look_at() -> None:
    case = Case("tariff_standoff", {"damage": 1000}, priors={"tariff": "uniform(0.05,0.3)"})
    with pytest.raises(ParameterError, match="no pure profile is selected"):
        sensitivity(case, "loss.exporter", samples=16, threats="posture")


def test_a_number_that_depends_on_no_profile_is_told_once() -> None:
    case = Case(STANDOFF, threat="status_quo")
    found = sensitivity(case, "loss.exporter", samples=16)
    assert [(each.threat, each.profile) for each in found.found] == [("status_quo", "")]
    assert found.found[0].indices == ()  # nothing happens without a deal


def test_every_threat_has_its_own_answer() -> None:
    found = sensitivity(
        STANDOFF, "loss.exporter", samples=16, threats=["posture", "status_quo"], tornado=False
    )
    assert {each.threat for each in found.found if not each.observable.event} == {
        "posture",
        "status_quo",
    }


@dataclasses.dataclass(frozen=True)
class Holed(Model):
    """Has no payoffs in a share of the draws."""

    x: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    y: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    hole: Any = parameter(0.0, low=0, high=1)

    players = ("a", "b")
    actions = (("go",), ("go", "wait"))
    payoff_unit = "points"
    horizon = "once"

    def payoffs(self) -> Any:
        own = np.where(np.asarray(self.x) < self.hole, np.nan, np.asarray(self.x) + self.y)
        return np.stack([np.stack([own, own], -1), np.stack([own, own - 1.0], -1)], -2)[
            ..., None, :
        ]


@pytest.mark.full
def test_missing_evaluations_are_counted_and_too_many_refused() -> None:
    few = sensitivity(Case(Holed, {"hole": 0.004}), "breakdown.a", samples=256, tornado=False)
    assert few.found[0].left_out > 0
    assert not few.certified
    with pytest.raises(SolveError, match="more than 1 in 100"):
        sensitivity(Case(Holed, {"hole": 0.1}), "breakdown.a", samples=64)
    with pytest.raises(SolveError, match="more than 1 in 100"):
        scenarios(Case(Holed, {"hole": 0.1}, draws=100), "b plays go")
    lost = probability(Case(Holed, {"hole": 0.1}, draws=100), "b plays go").points[0]
    assert lost.undecided == 10


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"of": "ncl.exporter"}, "indices of ncl.exporter say nothing: it is a ratio"),
        ({"of": "loss.exportr"}, r"of no player .* \(did you mean 'exporter'\?\)"),
        ({"of": "losss"}, "has no number 'losss'"),
        ({"of": "the exporter loses"}, "is no phrase of model"),
        ({"of": "today.exporter"}, "no inside options"),
        ({"of": "loss.exporter < none"}, "expected a number"),
        ({"samples": 100}, "expected a power of two"),
        ({"samples": 8}, "expected a power of two, 16 or more"),
        ({"threats": "postur"}, "did you mean 'posture'"),
        ({"profiles": "accept/go"}, "not an action of importer"),
    ],
)
def test_words_that_are_not_known_are_refused(words: dict[str, Any], told: str) -> None:
    with pytest.raises(NegotiationError, match=told):
        sensitivity(STANDOFF, **words)


def test_without_anything_uncertain_there_is_nothing_to_say() -> None:
    plain = Case("tariff_standoff", draws=100)
    for ask in (
        lambda: sensitivity(plain, samples=16),
        lambda: probability(plain, "importer plays impose"),
        lambda: scenarios(plain, "importer plays impose"),
        lambda: robust(plain, "diversification=0,0.5", cost=1.0),
    ):
        with pytest.raises(ParameterError, match="uncertain"):
            ask()
    with pytest.raises(ParameterError, match="no draws are asked for"):
        probability(Case("tariff_standoff", priors=PRIORS), "importer plays impose")


def test_without_the_library_the_command_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(study, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install SALib"):
        sensitivity(STANDOFF)


# --- numbers and events ---------------------------------------------------------------------------


def test_numbers_by_word_are_those_of_the_outcome() -> None:
    outcome = evaluate(Case("tariff_standoff", {"tariff": np.array([0.1, 0.3])}))
    case = Case("tariff_standoff")
    assert outcome.leverage is not None

    def read(text: str) -> list[float]:
        return list(read_observable(case, text).read(outcome))

    assert read("loss.importer") == outcome.leverage.loss[:, 1].tolist()
    assert read("breakdown.importer") == outcome.selection.payoffs[:, 1].tolist()
    assert read("payoff.importer") == read("payoff_importer") == read("breakdown.importer")
    assert read("deal.exporter") == outcome.concession.delta[:, 0].tolist()
    assert read("exporter loses without a deal") == [1.0, 1.0]
    loss = outcome.leverage.loss[:, 0]
    assert read(f"loss.exporter > {loss.mean()}") == (loss > loss.mean()).astype(float).tolist()
    assert read("loss.exporter<0") == [0.0, 0.0]


@dataclasses.dataclass(frozen=True)
class NoDeal(Model):
    """Both gain without a deal, so that there is none."""

    gain: Any = parameter(1.0, low=0, high=9)
    players = ("a", "b")
    actions = (("go",), ("go",))
    payoff_unit = "points"
    horizon = "once"

    def payoffs(self) -> Any:
        return np.stack([np.asarray(self.gain, dtype=float)] * 2, axis=-1)[..., None, None]

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


def test_where_there_is_no_deal_its_number_is_what_happens_without_one() -> None:
    outcome = evaluate(NoDeal(gain=np.array([1.0, 3.0])))
    assert read_observable(Case(NoDeal), "deal.a").read(outcome).tolist() == [1.0, 3.0]


# --- the choice -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vary", "words", "told"),
    [
        ("diversification=0,0.5", {}, "is not modelled by tariff_standoff"),
        ("diversification=0", {"cost": 1.0}, "has one value"),
        ("damage=2,3", {"cost": 1.0}, "is no lever of a player; choose from diversification"),
        ("diversification=0,0.5", {"cost": 1.0, "ends": "deel"}, "choose from deal, no_deal"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(
    vary: str, words: dict[str, Any], told: str
) -> None:
    with pytest.raises((ParameterError, GridError), match=told):
        robust(STANDOFF, vary, **words)


def test_a_dear_lever_is_not_pulled() -> None:
    cheap = robust(STANDOFF, "diversification=0,0.9", cost=0.0)
    dear = robust(STANDOFF, "diversification=0,0.9", cost=1000.0)
    assert (cheap.by_expected, dear.by_expected) == (1, 0)
    assert dear.choices[0].best == 1.0
    assert dear.choices[0].largest_regret == 0.0


@pytest.mark.parametrize("density", [0.0, 1.5, -1.0])
def test_a_density_is_a_share(density: float) -> None:
    with pytest.raises(ParameterError, match="expected a share"):
        scenarios(STANDOFF, "importer plays impose", density=density)


# --- draws that enter -----------------------------------------------------------------------------


def test_only_what_enters_the_answer_is_drawn() -> None:
    every = Case("canada_us", draws=3).drawn()
    main = every.main
    assert set(every.priors) - set(main.priors) == set(every.beside)
    assert every.beside
    assert not main.beside
    assert main.groups == every.groups
    for name in ("escalation_rate", "retaliation_rate"):
        assert np.array_equal(main.values[name], every.values[name])


def test_along_a_parameter_each_point_is_what_it_is_alone() -> None:
    line = probability(STANDOFF, "exporter loses without a deal", "diversification=0.2,0.6,1")
    for k, at in enumerate((0.2, 0.6, 1.0)):
        case = Case(STANDOFF, {"diversification": at})
        alone = probability(case, "exporter loses without a deal")
        assert np.array_equal(line.holds[:, k], alone.holds[:, 0])


def test_every_table_of_the_page_on_what_decides_has_a_maker() -> None:
    from benchmarks import page, uncertainty

    names = page.named(uncertainty.PAGE.read_text(encoding="utf-8"))
    assert sorted(names) == sorted(uncertainty.TABLES)
