"""Threat points: what each side gets if talks fail, by name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation import bargaining, games
from negotiation.bargaining import Agreement, Talks
from negotiation.case import POSTURE, THREATS, Breakdown, Case, own_threat, study
from negotiation.coded import coded
from negotiation.errors import ModelError, ParameterError
from negotiation.games import Selection
from negotiation.games.game import Array, across
from negotiation.leverage import Threat
from negotiation.model import Model, ThreatPoint
from negotiation.moved import names_of
from negotiation.words import brief


def talks_of(model: Model) -> Talks | None:
    """Return the talks of a model, checked; None where there are none."""
    talks = model.ask("talks")
    if talks is not None and not isinstance(talks, Talks):
        raise ModelError(
            f"{model.place('talks')}: talks of model {model.name()} are {brief(talks)}; expected "
            "negotiation.Talks, or None"
        )
    if talks is not None and talks.players != tuple(model.players):
        why = "" if len(model.players) == 2 else "; talks are between two sides, so return None"
        raise ModelError(
            f"{model.place('talks')}: talks of model {model.name()} are between "
            f"{' and '.join(talks.players)}, its game between {', '.join(model.players)}; expected "
            f"the players of the game, in their order{why}"
        )
    if talks is not None:
        _fits(model, talks)
    return talks


def _fits(model: Model, talks: Talks) -> None:
    """Refuse talks for more points than the model has."""
    for name, shape in talks.batch_shapes.items():
        try:
            np.broadcast_to(np.zeros(shape), model.batch_shape)
        except ValueError:
            raise ModelError(
                f"{model.place('talks')}: {name} of talks of model {model.name()} has batch axes "
                f"{shape}, the parameters {model.batch_shape}; expected one for each point"
            ) from None


@dataclasses.dataclass(frozen=True, eq=False)
class Dispute:
    """Talks that go on: with the weights that patience implies, from the inside options.

    Attributes
    ----------
    talks : Talks
    disagreement : (..., 2) array
        Payoff a year of a dispute without end.
    staying : (..., 2) array
        Payoff a year of the deal it leads to if nobody walks out.
    """

    talks: Talks
    disagreement: Array
    staying: Array


def dispute_of(
    talks: Talks, walking_out: Array, concept: str = "nash", deal: Agreement | None = None
) -> Dispute:
    """Put the inside options, the hazard and the patience of talks into a disagreement point.

    Parameters
    ----------
    deal : Agreement, optional
        From walking out, where it is known and nothing but that is the disagreement point.
    """
    d = walking_out if talks.inside is None else np.asarray(talks.inside)
    if talks.discount is not None:
        discount = np.asarray(talks.discount)
        lasting = bargaining.impasse(
            inside=d, discount=discount, hazard=talks.hazard, after=walking_out / discount
        )
        d = lasting.yearly
        talks = dataclasses.replace(talks, weight=lasting.weight)
    deal = deal or bargaining.bargain(talks, d, concept)
    return Dispute(talks, deal.disagreement, np.where(np.isnan(deal.payoffs), d, deal.payoffs))


def is_walked_out_of(talks: Talks) -> bool:
    """Whether a dispute is worth no more than walking out of it: talks have no inside options."""
    return talks.inside is None and talks.discount is None


def threat_point(
    case: Case,
    talks: Talks | None,
    chosen: Selection,
    certain: NDArray[np.bool_],
    dispute: Dispute | None,
) -> ThreatPoint:
    """What happens if talks fail; its payoffs have the shape of the game's."""
    model, name = case.model, case.threat
    if name != POSTURE and (talks is None or dispute is None):
        raise ModelError(
            f"model {model.name()} has no talks(), so that nothing can be threatened with {name}"
        )
    if own_threat(model, name):
        point: ThreatPoint = model.ask("threat_point", name)
        if model.batch_shape and np.ndim(point.payoffs) < 2:
            raise ParameterError(
                f"threat point {name} is solved at one point at a time, but parameters of model "
                f"{model.name()} have shape {model.batch_shape}; evaluate the points one by one"
            )
    else:
        lasting = None if dispute is None else dispute.disagreement
        point = THREATS[name](Breakdown(case, talks, chosen, certain, lasting))
    try:
        payoffs = np.broadcast_to(np.asarray(point.payoffs, dtype=float), chosen.payoffs.shape)
    except ValueError:
        raise ModelError(
            f"payoffs of threat point {name} of model {model.name()} have shape "
            f"{np.shape(point.payoffs)}; expected one for each of {', '.join(model.players)}"
        ) from None
    certified = np.asarray(point.certified) & across(np.logical_and, np.isfinite(payoffs))
    return dataclasses.replace(point, payoffs=payoffs, certified=certified, name=name)


@study(once={1: "rule"})
def threat(case: Case) -> Threat:
    """Return the talks of a model with their disagreement point.

    The model's own threat point where the case has one, and otherwise the selected equilibrium.
    """
    model = case.model
    talks = talks_of(model)
    if talks is None:
        raise ModelError(f"model {model.name()} has no talks(), so there is nothing to threaten")
    if own_threat(model, case.threat):
        payoffs = np.asarray(model.ask("threat_point", case.threat).payoffs, dtype=float)
        payoffs = np.broadcast_to(payoffs, (*model.batch_shape, len(talks.players)))
        return Threat(talks, payoffs, np.full(payoffs.shape[:-1], case.threat))
    chosen = games.select(games.solve(model.game()), case.rule)
    return Threat(talks, chosen.payoffs, coded(chosen, "support").as_field())


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
