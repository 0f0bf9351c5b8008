"""Packages at one point of a model, and what bargaining over them comes to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import (
    CONCEPTS,
    Deal,
    Linkage,
    Packages,
    kinds,
    link,
    settle,
    settle_plainly,
)
from negotiation.bargaining.agenda import Table, check_order
from negotiation.bargaining.packages import frontier
from negotiation.case import DISPUTE
from negotiation.errors import ModelError
from negotiation.outcome import Outcome
from negotiation.outcome.threats import dispute_of
from negotiation.words import brief


@dataclasses.dataclass(frozen=True, eq=False)
class Study:
    """What packages come to at one point, from one disagreement point.

    Attributes
    ----------
    outcome : Outcome
    packages : Packages
    disagreement : (2,) array
    order : tuple of str
        The agenda asked for; empty: none in particular.
    deals : mapping of concept to Deal
    without_lottery, plain : Deal
        The best single package with money, and without.
    corners : (K,) array of int
        Packages on the frontier.
    undominated : (K,) array of int
        Packages that no other beats: the frontier without money and lotteries.
    distinct : int
        How many packages differ in what they pay.
    linkage, moneyless : Linkage
        All tables at once against one after the other, with money and without.
    tables : tuple of Table
    """

    outcome: Outcome
    packages: Packages
    disagreement: NDArray[np.float64]
    order: tuple[str, ...]
    deals: Mapping[str, Deal]
    without_lottery: Deal
    plain: Deal
    corners: NDArray[np.int64]
    undominated: NDArray[np.int64]
    distinct: int
    linkage: Linkage
    moneyless: Linkage
    tables: tuple[Table, ...]

    @property
    def deal(self) -> Deal:
        """The deal that is told: by the concept of the case."""
        return self.deals[self.outcome.case.concept]

    @property
    def certified(self) -> bool:
        """Whether the disagreement point and every package are certified."""
        return bool(self.outcome.certified) and bool(np.all(self.packages.certified))

    @property
    def status(self) -> str:
        """What may be relied on, in a sentence."""
        if not bool(self.outcome.certified):
            return str(self.outcome.status)
        if not self.certified:
            bad = int((~np.isfinite(self.packages.points).all(axis=-1)).sum())
            return (
                f"not certified: {bad} of {len(self.packages.points)} packages could not be solved "
                "and are left out"
            )
        return str(self.outcome.status)


def find_packages(outcome: Outcome) -> Packages:
    """Return the packages of a model at a point.

    Raises
    ------
    ModelError
        If the model has none, or is a cloud.
    """
    found = outcome.model.ask("packages")
    name = outcome.model.name()
    if found is None:
        raise ModelError(
            f"model {name} has no packages(), so that there is nothing to combine; "
            "see negotiation.bargaining.Packages for how to write them"
        )
    if not isinstance(found, Packages):
        raise ModelError(
            f"{outcome.model.place('packages')}: packages of model {name} are {brief(found)}; "
            "expected negotiation.bargaining.Packages, or None"
        )
    if found.players != tuple(outcome.model.players):
        raise ModelError(
            f"{outcome.model.place('packages')}: packages of model {name} are between "
            f"{' and '.join(found.players)}, its game between {', '.join(outcome.model.players)}; "
            "expected the players of the game, in their order"
        )
    if found.batch_shape:
        raise ModelError(
            f"packages of model {name} have shape {found.batch_shape}; package deals are reported "
            "at one point at a time, so give every parameter one value"
        )
    model = outcome.model
    called = tuple(
        model.named(player) if name == player else name
        for player, name in zip(found.players, found.names, strict=True)
    )
    unit = found.unit or type(model).payoff_unit
    return dataclasses.replace(found, names=(called[0], called[1]), unit=unit)


def study(outcome: Outcome, agenda: str = "") -> Study:
    """Bargain over the packages of a model from the threat point of its outcome.

    Parameters
    ----------
    agenda : str
        Every table once, joined by commas: an order to be reported first. Empty: none.

    Raises
    ------
    ModelError
        If the model has no packages, or is a cloud.
    ParameterError
        If the agenda does not name every table once.
    """
    packages = find_packages(outcome)
    order = [name.strip() for name in agenda.split(",")] if agenda else []
    d, concept = np.asarray(outcome.threat.payoffs, dtype=float), outcome.case.concept
    weight, walk = (0.5 if outcome.talks is None else outcome.talks.weight), None
    if outcome.threat.name == DISPUTE and outcome.talks is not None:
        # Patience sets the weight; walking out is an option beside the dispute.
        walk = outcome.selection.payoffs
        weight = dispute_of(outcome.talks, walk).talks.weight
    _, corners = frontier(packages)
    corners = np.array(list(dict.fromkeys(corners[corners >= 0].tolist())), dtype=np.int64)
    free = dataclasses.replace(packages, transfer=None)
    return Study(
        outcome=outcome,
        packages=packages,
        disagreement=d,
        order=check_order(packages, order) if order else (),
        deals={name: settle(packages, d, name, weight, walk) for name in CONCEPTS},
        without_lottery=settle_plainly(packages, d, weight, money=True),
        plain=settle_plainly(packages, d, weight),
        corners=corners,
        undominated=packages.undominated(),
        distinct=len(np.unique(packages.same_as[np.isfinite(packages.points).all(axis=-1)])),
        linkage=link(packages, d, concept, weight),
        moneyless=link(free, d, concept, weight),
        tables=kinds(packages),
    )
