"""Talks, and leverage in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from negotiation import Agreement, AgreementSet, Leverage, Talks, bargaining, leverage
from negotiation.bargaining import (
    CONCEPTS,
    PROPORTIONAL,
    SPREAD,
    AgreementStatus,
    Attrition,
    Belief,
    Concessions,
    Deal,
    Delay,
    Enforcement,
    Honoured,
    Impasse,
    Linkage,
    NashInNash,
    Offers,
    Packages,
    Partners,
    SmoothFrontier,
    TakeItOrLeaveIt,
    Utilitarian,
    beliefs,
)

Array = NDArray[np.float64]


def sets() -> None:
    assert_type(AgreementSet.money(0.0), AgreementSet)
    assert_type(AgreementSet.frontier([(-20.0, 12.0), (0.0, 0.0)]), AgreementSet)
    assert_type(AgreementSet.packages([(-20.0, 12.0), (0.0, 0.0)], transfer=0.8), AgreementSet)
    SmoothFrontier(lambda x: 1.0 - x**2, 0.0, 1.0, slope=lambda x: -2.0 * x)


def bargained() -> None:
    talks = Talks(("a", "b"), (0, 0), AgreementSet.money(1.0), weight=0.4, discount=(0.1, 0.1))
    found = bargaining.bargain(talks, [-10, -5], "nash", outside=(-9, -5))
    assert_type(found, Agreement)
    assert_type(bargaining.bargains(talks, (-10, -5), SPREAD), dict[str, Agreement])
    assert_type(bargaining.conceded(talks, np.array([-10.0, -5.0]), "nash", 0), Array)
    assert_type(found.payoffs, Array)
    assert_type(found.status, NDArray[np.str_])
    assert_type(AgreementStatus(str(found.status)), AgreementStatus)
    assert_type(bargaining.utilitarian(talks, (0, 0)), Utilitarian)
    assert_type(bargaining.zeuthen(talks, (0, 0), concession=0.02), Concessions)
    names: tuple[str, ...] = (*SPREAD, PROPORTIONAL)
    print(names)
    assert_type("nash" in CONCEPTS, bool)
    assert_type(
        bargaining.impasse(inside=(-1, -2), discount=(0.1, 0.2), hazard=0.1, after=(0, 0)), Impasse
    )


def packaged(whole: Packages) -> None:
    deal = bargaining.settle(whole, [0, 0], "nash")
    assert_type(deal, Deal)
    assert_type(bargaining.settle_plainly(whole, (0, 0), money=True), Deal)
    assert_type(bargaining.agenda(whole, ("steel", "cars")), Deal)
    assert_type(bargaining.alone(whole, "steel"), Deal)
    assert_type(bargaining.link(whole), Linkage)
    assert_type(len(bargaining.kinds(whole)), int)
    players: tuple[str, ...] = ("a", "b")
    Packages(players, ("steel",), (("no", "yes"),), np.zeros((2, 2)))


def dynamic(agreement: AgreementSet) -> None:
    pause = Delay(np.array([0.1, 0.1]), np.zeros(2))
    assert_type(bargaining.alternating(agreement, pause, rounds=5), Offers)
    assert_type(bargaining.attrition(cost=(1, 2), prize=(3, 4)), Attrition)
    assert_type(bargaining.enforcement((1, 1), (2, 2), (0, 0)), Enforcement)
    assert_type(bargaining.honoured((1, 1), (2, 2), (0, 0), 0.9, paid="together"), Honoured)


def private() -> None:
    belief = beliefs.uniform(0.0, 1.0)
    assert_type(belief, Belief)
    assert_type(beliefs.normal(0.0, 1.0), Belief)
    assert_type(beliefs.sampled([0.1, 0.2]), Belief)
    assert_type(beliefs.given(lambda w: w, lambda w: 0.0 * w + 1.0, 0.0, 1.0), Belief)
    assert_type(bargaining.credible(belief, 0.4), Array)
    assert_type(bargaining.take_it_or_leave_it(2.0, 0.0, belief), TakeItOrLeaveIt)


def many() -> None:
    links = [(0, 1), (0, 2)]
    assert_type(bargaining.over_sets(lambda some: [float(len(some)), 0.0, 0.0], 2), Array)
    assert_type(bargaining.nash_in_nash(np.zeros((4, 3)), links), NashInNash)
    assert_type(bargaining.worths(np.zeros((4, 3)), links), Array)
    assert_type(bargaining.partners(np.zeros((4, 3)), hub=0), Partners)


def scored(talks: Talks, agreements: Mapping[str, Agreement], found: Leverage) -> None:
    assert_type(leverage.AtStake.of(np.ones((3, 2))), leverage.AtStake)
    assert_type(leverage.score(talks, agreements, np.zeros(2)), Leverage)
    assert_type(found.players, tuple[str, ...])
    assert_type(found.loss, Array)
    assert_type(found.concession["nash"], leverage.Concession)
    assert_type(found.concession["nash"].ncl, Array)
    assert_type(found.asymmetry, leverage.Asymmetry)
    assert_type(found.credibility, leverage.Credibility)
    total, why = leverage.losses_at_stake(found.loss)
    assert_type(total, Array)
    assert_type(leverage.NclStatus(str(why)), leverage.NclStatus)
    assert_type(found.marginal["tariff"], leverage.Marginal)
    assert_type(found.marginal["tariff"].right, leverage.Slope)
    assert_type(found.marginal["tariff"].right.total, Array)
    assert_type(found.spread("ncl"), tuple[Array, Array])
    assert_type(leverage.AsymmetryStatus(str(found.asymmetry.status)), leverage.AsymmetryStatus)
    assert_type(leverage.asymmetry(np.ones(2), None, ("a", "b")), leverage.Asymmetry)
    assert_type(leverage.concession(agreements["nash"], np.ones(2)), leverage.Concession)


def sloped(here: leverage.Threat, there: leverage.Threat) -> None:
    near = leverage.moved(here, there, 0, "nash")
    assert_type(leverage.unmoved(here, 0, "nash"), leverage.Moved)
    assert_type(near, leverage.Moved)
    assert_type(leverage.slope(near, near, near, np.ones(1)), leverage.Slope)
