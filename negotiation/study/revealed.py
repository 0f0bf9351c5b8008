"""Revealed resolve of a model: which political costs make what is observed an equilibrium."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from negotiation.bargaining import Agreement, bargain
from negotiation.case import POSTURE, Case, study
from negotiation.errors import ParameterError, nearest
from negotiation.games import EquilibriumSet, solve
from negotiation.games.game import Array
from negotiation.games.revealed import Revealed, revealed
from negotiation.model import Model
from negotiation.outcome import Outcome, evaluate
from negotiation.tolerances import PAYOFF_ROUNDING
from negotiation.words import brief

#: A part of a mixture as people write it: `60% keep`.
_WEIGHT = re.compile(r"([0-9]*\.?[0-9]+)\s*%\s*(.+)")


@dataclasses.dataclass(frozen=True, eq=False)
class NoDeal:
    """What happens if talks fail, with or without the costs that were found.

    Attributes
    ----------
    profile : str
        The selected equilibrium without these costs; with them what is observed.
    payoffs : (P,) array
        Money: the costs that were found are left out.
    net : (P,) array
        The same less these costs.
    deal, net_deal : Agreement or None
        The deals in the shadow of either; None without talks, or where the threat is another one.
    """

    profile: str
    payoffs: Array
    net: Array
    deal: Agreement | None
    net_deal: Agreement | None


@dataclasses.dataclass(frozen=True, eq=False)
class Resolve:
    """Which costs of actions, beyond those in the payoffs, make what is observed an equilibrium.

    Attributes
    ----------
    outcome : Outcome
        Of the model as it is: its `equilibria` are those without further costs.
    found : Revealed
        The set of costs and its least point.
    equilibria : EquilibriumSet
        Of the game with the least costs.
    without, with_costs : NoDeal
    settings : mapping of str to float
        Parameters of the model that hold the least costs, rounded up to six digits; empty where
        the model has none for some action that has a cost.
    """

    outcome: Outcome
    found: Revealed
    equilibria: EquilibriumSet
    without: NoDeal
    with_costs: NoDeal
    settings: Mapping[str, float]

    @property
    def certified(self) -> bool:
        """Whether both sets of equilibria may be relied on."""
        return bool(self.outcome.certified) and bool(self.equilibria.completeness == "complete")


@study
def resolve(case: Case, observed: str | Sequence[Any] | None = None) -> Resolve:
    """Find the political costs that are revealed by what is observed.

    They come on top of whatever costs the payoffs of the model already hold. Compute them once, in
    today's world, and hold them along a sweep.

    Parameters
    ----------
    case : Case, or what makes one
        A point.
    observed : str or sequence, optional
        As `games.revealed.revealed` takes it, or a text: `counter,keep`; a mixture as in
        `counter/60% keep + 40% escalate`; `counter/keep+escalate` where only the support is known.
        By default what the model declares as `observed`.

    Raises
    ------
    ParameterError
        Where nothing is observed, for a text that says nothing, or for a cloud of points.
    PayoffError
        For what is no profile of the game, or payoffs that are not finite.
    """
    model = case.model
    if model.batch_shape:
        raise ParameterError(
            f"revealed costs were asked of a cloud of points of shape {model.batch_shape}; they "
            "belong to today's world: give one point"
        )
    given = type(model).observed if observed is None else observed
    if isinstance(given, str):
        given = read_observed(given, model)
    if len(given) == 0:
        example = ",".join(own[0] for own in model.actions)
        raise ParameterError(
            f"model {model.name()} declares nothing that is observed; give --observed with an "
            f"action for each of {', '.join(model.players)}, such as --observed {example}"
        )
    outcome = evaluate(case)
    found = revealed(outcome.game, given)
    costly = found.game()
    chosen = outcome.selection.payoffs
    at = outcome.game.expected(found.strategies)
    net = costly.expected(found.strategies)
    return Resolve(
        outcome,
        found,
        # The least costs make a side indifferent: floats cannot tell who is.
        solve(costly, exact=len(model.players) == 2 and costly.exact is not None),
        NoDeal(str(outcome.selection.support), chosen, chosen, *[_deal(outcome, chosen)] * 2),
        NoDeal(found.profile, at, net, _deal(outcome, at), _deal(outcome, net)),
        _settings(model, found),
    )


def _settings(model: Model, found: Revealed) -> dict[str, float]:
    """Values of the model's own political costs that hold the least costs on top of its own."""
    known = model.political_costs
    values: dict[str, float] = {}
    for p, (player, actions) in enumerate(zip(model.players, model.actions, strict=True)):
        for k, action in enumerate(actions):
            cost = float(found.least[p][k])
            if not cost > 0.0:
                continue
            if (player, action) not in known:
                return {}
            name = known[player, action]
            total = float(model.value(name)) + cost
            # Costs of observed actions are equalities; any others may be a little higher.
            values[name] = total if found.observed[p][k] else _rounded_up(total)
    return values


def _rounded_up(cost: float) -> float:
    """The least number of six digits that is no smaller, but for rounding in a float."""
    short = float(f"{cost:.6g}")
    if short < cost * (1.0 - PAYOFF_ROUNDING):
        short = float(f"{cost + 10.0 ** (math.floor(math.log10(cost)) - 5):.6g}")
    return short


def _deal(outcome: Outcome, disagreement: Array) -> Agreement | None:
    """The deal if talks fail into a profile of the game."""
    if outcome.talks is None or outcome.case.threat != POSTURE:
        return None
    return bargain(outcome.talks, np.asarray(disagreement), outcome.case.concept)


def read_observed(text: str, model: Model | type[Model]) -> tuple[Any, ...]:
    """Read what is observed: one part for each player, with commas or strokes between them.

    Raises
    ------
    ParameterError
        For another number of parts than there are players, or a mixture that is none.
    """
    parts = [each.strip() for each in text.split("/" if "/" in text else ",")]
    if len(parts) != len(model.players) or not all(parts):
        raise ParameterError(
            f"'{text}' was given as what is observed; expected an action for each of "
            f"{', '.join(model.players)}, with a comma between them"
        )
    return tuple(
        _read(part, player, own)
        for part, player, own in zip(parts, model.players, model.actions, strict=True)
    )


def _read(text: str, player: str, actions: Sequence[str]) -> Any:
    """An action, a support, or probabilities."""
    if text in actions:
        return text
    pieces = [each.strip() for each in text.split("+")]
    weights = [_WEIGHT.fullmatch(each) for each in pieces]
    if not any(weights):
        for piece in pieces:
            if piece not in actions:
                raise ParameterError(
                    f"action '{piece}' is not one of {player}'s{nearest(piece, actions)}; they are "
                    f"{', '.join(actions)}"
                )
        return tuple(pieces)
    strategy = np.zeros(len(actions))
    for found in weights:
        if found is None or found[2] not in actions:
            raise ParameterError(
                f"'{text}' was given as what is observed of {player}; expected a mixture such as "
                f"'60% {actions[0]} + 40% {actions[-1]}', of {', '.join(actions)}"
            )
        strategy[actions.index(found[2])] += float(found[1]) / 100.0
    if abs(strategy.sum() - 1.0) > 1e-3:  # percentages are printed with four digits
        raise ParameterError(
            f"the probabilities in {brief(text)} sum to {100 * strategy.sum():.4g}%; expected 100%"
        )
    return strategy / strategy.sum()
