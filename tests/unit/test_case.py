"""A case is a question, whole: from whatever makes one, and through every study."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from negotiation import Case, evaluate, load_model
from negotiation.bargaining import CONCEPTS
from negotiation.case import repeated, study
from negotiation.errors import GridError, NegotiationError, ParameterError
from negotiation.outcome.choices import other_choices
from negotiation.provenance import provenance
from negotiation.regimes import reach, regime_map, regimes, thresholds
from negotiation.study import sweep
from negotiation.study.attribution import attribute
from negotiation.study.audit.anticipation import anticipate
from negotiation.study.audit.audit import audit
from negotiation.study.credibility.credibility import credibility
from negotiation.study.estimate import estimate
from negotiation.study.revealed import resolve

NAME, OWN = "tariff_standoff", {"damage": 5, "exports": 120}

#: Every study, with one number of its result.
STUDIES: dict[str, Callable[[Any], Any]] = {
    "evaluate": lambda case: evaluate(case).concession.delta.tolist(),
    "sweep": lambda case: sweep(case, {"tariff": [0.1, 0.3]})["delta_exporter"].values.tolist(),
    "thresholds": lambda case: [e.value for e in thresholds(case, "tariff=0:1", points=17).events],
    "reach": lambda case: reach(case, "payoff.importer=0.5").result,
    "regime_map": lambda case: [
        region.label
        for region in regime_map(case, "tariff=0:1", "diversification=0:0.9", points=(5, 5)).regions
    ],
    "audit": lambda case: [each.sentence for each in audit(case).findings],
    "credibility": lambda case: [each.margin for each in credibility(case).acts],
    "resolve": lambda case: [e.tolist() for e in resolve(case, "accept,refrain").found.gains],
    "choices": lambda case: other_choices(case).count,
    "provenance": lambda case: provenance(case)["parameters"],
}


def test_a_case_keeps_what_another_says() -> None:
    first = Case(NAME, {"damage": "8"}, threat="status_quo", concept="egalitarian", seed=3)
    again = Case(first, {"exports": 120}, rule="welfare", draws=9)
    assert (again.threat, again.rule, again.concept) == ("status_quo", "welfare", "egalitarian")
    assert (again.draws, again.seed) == (9, 3)
    assert again.given == {"damage": "8", "exports": 120}
    assert (first.rule, first.draws, first.given) == ("pareto", 0, {"damage": "8"})
    other = again.at(load_model(NAME)(tariff=0.1))
    assert other.model.value("tariff") == 0.1
    assert other.threat == "status_quo"


@pytest.mark.parametrize("copied", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_a_case_is_copied_and_pickled(copied: Callable[[Case], Case]) -> None:
    case = Case(NAME, OWN, threat="dispute", draws=4, seed=1)
    there = copied(case)
    assert repr(there) == repr(case)
    assert provenance(there) == provenance(case)


def test_a_case_says_in_short_what_it_is() -> None:
    assert repr(Case(NAME)) == "Case('tariff_standoff')"
    assert repr(Case(NAME, {"damage": 5}, threat="dispute", draws=4)) == (
        "Case('tariff_standoff', {'damage': 5}, threat='dispute', draws=4)"
    )


@pytest.mark.parametrize("value", [-1, 1.5, "3", True])
@pytest.mark.parametrize("name", ["draws", "seed"])
def test_draws_and_seed_are_whole_numbers(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"{name} of a case is .* whole number"):
        Case(NAME, **{name: value})


def test_what_is_drawn_is_in_the_provenance_and_nothing_else() -> None:
    assert provenance(NAME)["seed"] == "none: nothing is drawn at random"
    assert provenance(Case(NAME, seed=7)) == provenance(NAME)
    drawn = Case(NAME, draws=50, seed=7, priors={"tariff": "uniform(0.1,0.4)"})
    assert provenance(drawn)["seed"] == "7, 50 draws by latin hypercube"
    assert provenance(drawn)["priors"] == "tariff ~ uniform(0.1,0.4)"


@pytest.mark.full
@pytest.mark.parametrize("name", STUDIES)
def test_whatever_makes_a_case_is_the_same_question(name: str) -> None:
    ask, cls = STUDIES[name], load_model(NAME)
    usual = [ask(source) for source in (NAME, cls.catalogue_path, cls, cls(), Case(cls))]
    for each in usual[1:]:
        assert each == usual[0]
    assert ask(cls.build(OWN)) == ask(Case(NAME, OWN))
    if name not in ("choices", "regime_map"):  # these are the same with other values
        assert ask(cls.build(OWN)) != usual[0]


def test_values_of_an_instance_count_and_settings_go_before_them() -> None:
    model = load_model(NAME).build(OWN)
    here = sweep(model, {"tariff": [0.2]})
    assert here.attrs["parameters"] == "damage=5; exports=120"
    wanted = evaluate(model.replace({"tariff": 0.2})).selection.payoffs
    assert here["payoff_importer"].values[0] == wanted[1]
    over = sweep(Case(model, {"damage": 7}), {"tariff": [0.2]})
    assert over.attrs["parameters"] == "damage=7; exports=120"


#: The studies as they were called in 0.1, which a type checker refuses today.
OLD: Any = SimpleNamespace(
    audit=audit,
    evaluate=evaluate,
    other_choices=other_choices,
    reach=reach,
    regime_map=regime_map,
    regimes=regimes,
    sweep=sweep,
    thresholds=thresholds,
)


@pytest.mark.parametrize(
    ("once", "now"),
    [
        (
            lambda: OLD.sweep(NAME, ["tariff=0.1,0.4"], {"damage": 5}, rule="welfare"),
            lambda: sweep(Case(NAME, {"damage": 5}, rule="welfare"), ["tariff=0.1,0.4"]),
        ),
        (
            lambda: (
                OLD.thresholds(NAME, "tariff=0:1", {"damage": 5}, threat="status_quo").looked_at
            ),
            lambda: (
                thresholds(Case(NAME, {"damage": 5}, threat="status_quo"), "tariff=0:1").looked_at
            ),
        ),
        (
            lambda: OLD.reach(NAME, "payoff.importer=0.5", OWN, ["tariff"]).ways[0].value,
            lambda: reach(Case(NAME, OWN), "payoff.importer=0.5", ["tariff"]).ways[0].value,
        ),
        (
            lambda: OLD.reach(NAME, "payoff.importer=0.5", None, ["tariff"]).ways[0].value,
            lambda: reach(NAME, "payoff.importer=0.5", ["tariff"]).ways[0].value,
        ),
        (
            lambda: (
                OLD.regime_map(
                    NAME, "tariff=0:1", "damage=0:9", {"exports": 120}, points=(5, 5)
                ).provenance
            ),
            lambda: (
                regime_map(
                    Case(NAME, {"exports": 120}), "tariff=0:1", "damage=0:9", points=(5, 5)
                ).provenance
            ),
        ),
        (
            lambda: OLD.regimes(OLD.sweep(NAME, ["tariff=0:1:5"], OWN), NAME, OWN),
            lambda: regimes(Case(NAME, OWN), sweep(Case(NAME, OWN), ["tariff=0:1:5"])),
        ),
        (
            lambda: OLD.audit(NAME, {"damage": 5}, rule="welfare").findings[2].sentence,
            lambda: audit(Case(NAME, {"damage": 5}, rule="welfare")).findings[2].sentence,
        ),
        (
            lambda: OLD.other_choices(load_model(NAME)(), "welfare", "dispute"),
            lambda: other_choices(NAME),
        ),
        (
            lambda: OLD.evaluate(NAME, fixed={"damage": 5}, threat="dispute").threat.about,
            lambda: evaluate(Case(NAME, {"damage": 5}, threat="dispute")).threat.about,
        ),
        (
            lambda: list(OLD.evaluate(model=NAME).selection.payoffs),
            lambda: list(evaluate(NAME).selection.payoffs),
        ),
    ],
)
def test_calls_of_0_1_ask_the_same(once: Callable[[], Any], now: Callable[[], Any]) -> None:
    old, new = once(), now()
    if hasattr(old, "identical"):
        assert old.identical(new)
    else:
        assert old == new


@study(once={2: "settings"})
def _asked(case: Case, first: int = 0, *, second: int = 0) -> tuple[Case, int, int]:
    """Return what arrives."""
    return case, first, second


asked: Any = _asked


def test_the_convention_of_studies() -> None:
    case, *rest = asked(NAME, 1, {"damage": 5}, second=2, threat="dispute")
    assert (case.given, case.threat, rest) == ({"damage": 5}, "dispute", [1, 2])
    whole = Case(NAME, concept="egalitarian")
    assert asked(whole, 1)[0] is whole
    assert asked(whole, rule="welfare")[0].concept == "egalitarian"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: asked(NAME, ruel="x"), r"_asked takes no 'ruel' \(did you mean 'rule'\?\)"),
        (asked, r"missing a required argument: 'case'.*_asked\(case, first=0"),
        (lambda: asked(NAME, 1, 2, 3), "_asked: too many positional arguments"),
        (lambda: asked(3), "3 is not a model"),
        (lambda: asked(NAME, 1, OWN, settings=OWN), "_asked was given the settings twice"),
        (lambda: asked(NAME, 1, fixed=OWN, settings={}), "_asked was given the settings twice"),
        (lambda: asked(case=NAME, model=NAME), "_asked takes no 'model'"),
        (lambda: asked(NAME, concept=["nash"]), r"bargaining concept '\['nash'\]' is unknown"),
        (lambda: asked(NAME, settings={3: 1}), "3 is no name of a parameter of model tariff_stand"),
        (lambda: asked(NAME, threat="war"), "no threat point 'war'"),
        (lambda: asked(NAME, concept="nahs"), r"'nahs' is unknown \(did you mean 'nash'"),
    ],
)
def test_what_a_study_does_not_take_is_refused_in_a_sentence(
    call: Callable[[], Any], words: str
) -> None:
    with pytest.raises(NegotiationError, match=words):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda case: sweep(case, ["damage=1,2"]),
        lambda case: thresholds(case, "damage=1:9"),
        lambda case: regime_map(case, "tariff=0:1", "damage=1:9"),
        lambda case: estimate(case, ["damage=1,2"]),
    ],
)
def test_what_is_set_is_not_varied(call: Callable[[Case], Any]) -> None:
    with pytest.raises(GridError, match="damage is both set and varied"):
        call(Case(NAME, OWN))


def test_the_options_of_a_case_make_it_again() -> None:
    case = Case("canada_us", {"diversification": 0.2}, rule="welfare", threat="dispute")
    case = Case(case, concept="egalitarian")
    assert repeated(case) == [
        "--set diversification=0.2",
        "--select welfare",
        "--threat dispute",
        "--concept egalitarian",
    ]
    assert repeated(case, ["diversification"])[0] == "--select welfare"


def test_at_another_point_what_was_given_is_said_no_more() -> None:
    case = Case(NAME, {"damage": "5", "exports": "120"})
    there = case.at(case.model.at_values({"damage": np.array([5.0, 6.0])}))
    assert there.settings(["damage"]) == {"exports": "120"}
    assert case.at(case.model.replace({"damage": 6})).settings() == {"damage": 6, "exports": "120"}


# --- the concept ----------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", CONCEPTS)
def test_the_deal_that_is_told_is_by_the_concept(concept: str) -> None:
    case = Case("canada_us", {"diversification": 0.2}, concept=concept)
    outcome = evaluate(case, marginal=True)
    assert next(iter(outcome.agreements)) == concept
    assert outcome.agreement is outcome.agreements[concept]
    swept = sweep(Case("canada_us", concept=concept), {"diversification": [0.2]})
    assert swept["delta_canada"].values[0] == pytest.approx(outcome.concession.delta[0], rel=1e-12)
    assert concept in swept.attrs["concept"]
    parts = attribute(case, by="tables")
    assert parts.concept == concept
    assert float(parts.total) == pytest.approx(float(outcome.concession.delta[0]), rel=1e-9)


def test_what_does_not_depend_on_the_concept_stays() -> None:
    nash, other = (evaluate(Case("canada_us", concept=name)) for name in ("nash", "egalitarian"))
    assert nash.leverage is not None
    assert other.leverage is not None
    np.testing.assert_array_equal(nash.selection.payoffs, other.selection.payoffs)
    np.testing.assert_array_equal(nash.leverage.loss, other.leverage.loss)
    assert nash.selection.support == other.selection.support
    assert set(nash.agreements) == set(other.agreements)


@pytest.mark.full
def test_anticipation_and_audit_follow_the_concept() -> None:
    case = Case("canada_us", threat="dispute", concept="egalitarian")
    found = audit(case)
    assert "--threat dispute --concept egalitarian" in found.findings[0].command
    level = anticipate(case, "diversification", 0.0, 0.5)
    there = evaluate(Case(case, {"diversification": level.perfect.at}))
    assert level.values["perfect"]["deal"] == pytest.approx(float(there.agreement.payoffs[0]))
