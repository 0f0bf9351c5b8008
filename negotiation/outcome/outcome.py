"""`evaluate(model)`: payoffs, equilibria, talks and leverage at a point or a cloud of points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation import bargaining, games, leverage
from negotiation.bargaining import Agreement, SmoothFrontier, Talks
from negotiation.case import DISPUTE, POSTURE, Case, own_threat, repeated, study
from negotiation.coded import Coded, coded, worded
from negotiation.errors import Named, ParameterError, ResultError
from negotiation.games import Completeness, EquilibriumSet, Selection
from negotiation.games.game import Array, Game
from negotiation.games.played import played
from negotiation.leverage import Concession, Credibility, Leverage, Threat
from negotiation.model import Model, Quantity, ThreatPoint
from negotiation.model.commands import command_about
from negotiation.outcome.marginals import marginals
from negotiation.outcome.scores import Score, scores_of
from negotiation.outcome.threats import (
    dispute_of,
    is_walked_out_of,
    talks_of,
    threat,
    threat_point,
)
from negotiation.shell import mention
from negotiation.words import StatusEnum, html_table, money


class Status(StatusEnum):
    """What may be relied on at a point; the value is the sentence a user reads."""

    CERTIFIED = "certified", "every equilibrium found, each with its regret within tolerance"
    PARTIAL = "partial", "the equilibria shown are certified, but there may be others"
    EMPTY = "no certified equilibrium was found"
    NO_PAYOFFS = "not solved", "the model has no payoffs at this point"
    THREAT = "not certified", "the game is solved, but its threat point is not certified"

    @property
    def certified(self) -> bool:
        """Whether everything at the point may be relied on."""
        return self is Status.CERTIFIED


#: In a pickled outcome: its talks are those of its model.
_AGAIN = "talks of the model"


@worded("status")
@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """Everything at a point of a model, or at each point of a cloud.

    Attributes
    ----------
    case : Case
        What was asked; `model` is its model.
    game : Game
    equilibria : EquilibriumSet
    selection : Selection
        The equilibrium of the game, chosen by a named rule; the threat unless another was asked
        for.
    threat : ThreatPoint
        What happens if talks fail.
    talks : Talks or None
    agreements : mapping of concept to Agreement
        That of the case first; empty without talks.
    leverage : Leverage or None
    status : (...) array of str
        `Status` values.
    """

    case: Case
    game: Game
    equilibria: EquilibriumSet
    selection: Selection
    threat: ThreatPoint
    talks: Talks | None
    agreements: Mapping[str, Agreement]
    leverage: Leverage | None
    status: NDArray[np.str_]

    @property
    def model(self) -> Model:
        """The point, or the cloud of points."""
        return self.case.model

    @property
    def agreement(self) -> Agreement:
        """The deal that is told: by the concept of the case.

        Raises
        ------
        ResultError
            Without talks.
        """
        return self.agreements[self.case.concept]

    @property
    def concession(self) -> Concession:
        """Who concedes what in the deal that is told.

        Raises
        ------
        ResultError
            Without talks.
        """
        if self.leverage is None:
            raise ResultError(f"model {self.model.name()} has no talks(), so that nobody concedes")
        return self.leverage.concession[self.case.concept]

    def __getstate__(self) -> dict[str, Any]:
        """Pickle and copy what was found; a frontier that is a function is asked for again."""
        worked_out = ("quantities", "selected", "scores")
        state = {name: value for name, value in vars(self).items() if name not in worked_out}
        if self.talks is not None and isinstance(self.talks.agreement, SmoothFrontier):
            state["talks"] = _AGAIN
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state["talks"], str):
            state = {**state, "talks": talks_of(state["case"].model)}
        vars(self).update(state)

    def __repr__(self) -> str:
        name, batch = self.model.name(), self.status.shape
        if batch:
            sure = int(np.count_nonzero(self.certified))
            return f"<Outcome of {name}, {batch} points, {sure} of {self.status.size} certified>"
        told = "; ".join(f"{what}: {', '.join(cells)}" for what, *cells in self._rows())
        status = Status(str(self.status)).verdict
        return f"<Outcome of {name}, {status}: {self.selection.support or 'none'}; {told}>"

    def _repr_html_(self) -> str:
        name, batch = self.model.name(), self.status.shape
        if batch:
            sure = int(np.count_nonzero(self.certified))
            rows = [("points", str(self.status.size)), ("certified", str(sure))]
            return html_table(f"{name}, {batch} points", rows)
        support = self.selection.support or "none"
        title = f"{name}: {support}; {self.status} ({type(self.model).payoff_unit})"
        return html_table(title, self._rows(), ("", *self.game.players))

    def _rows(self) -> list[tuple[str, ...]]:
        """What matters most at a point: by player, in a few lines."""
        fails = "without a deal" if self.threat.name == POSTURE else self.threat.name
        rows = [(fails, *(money(float(each), signed=True) for each in self.threat.payoffs))]
        if self.agreements:
            gains = (money(float(value), signed=True) for value in self.agreement.concession)
            rows.append((f"deal ({self.case.concept})", *gains))
        return rows

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """The model's own results for every profile, by name; computed when first asked for."""
        shape = self.game.batch_shape + self.game.payoffs.shape[-len(self.game.players) :]
        found = {
            name: dataclasses.replace(each, values=np.broadcast_to(each.values, shape))
            for name, each in self.model.ask("outcomes").items()
        }
        return Named(
            f"result of model {self.model.name()}", found, "its outcomes() would name them"
        )

    @cached_property
    def selected(self) -> Mapping[str, Quantity]:
        """The model's own results (...) at the selected equilibrium, expected over mixtures."""
        found = self.model.ask("outcomes_at", self.selection.strategies)
        if found is not None:
            return found  # type: ignore[no-any-return]
        return {
            name: dataclasses.replace(each, values=self.at_selection(name))
            for name, each in self.quantities.items()
        }

    @cached_property
    def scores(self) -> Mapping[str, Score]:
        """Scores that `register_score` added, by name; computed when first asked for."""
        return Named("score", scores_of(self), "register_score adds one")

    def at_selection(self, name: str) -> Array:
        """(...) value of a quantity at the selected equilibrium, expected over mixtures.

        Raises
        ------
        ResultError
            If the model has no such result.
        """
        values = self.quantities[name].values
        for strategy in reversed(self.selection.strategies):
            values = np.einsum("...a,...a->...", values, _between(strategy, values.ndim))
        return np.asarray(values)

    @property
    def certified(self) -> NDArray[np.bool_]:
        """(...) whether a point may enter a table without a warning."""
        return coded(self, "status").among(Status.CERTIFIED)


def _between(strategy: Array, ndim: int) -> Array:
    """Insert axes so that (..., A) lines up with an array of `ndim` axes, last with last."""
    missing = ndim - strategy.ndim
    return strategy.reshape(*strategy.shape[:-1], *[1] * missing, strategy.shape[-1])


@study
def evaluate(case: Case, *, marginal: bool = False, profile: str | None = None) -> Outcome:
    """Solve a case: its game, the talks in its shadow, and the leverage of each side.

    Parameters
    ----------
    case : Case, or what makes one
        A point or a cloud; of a name, a path or a class the point with its defaults.
    marginal : bool
        Also compute marginal leverage (L3) for every lever, by differences; for the threat
        `posture`, and those of a model that can be had for many points at once.
    profile : str, optional
        What talks break down into, such as `retaliate/escalate`, whether it is an equilibrium or
        not; by default the equilibrium that the rule selects.

    Raises
    ------
    ModelError
        If the author's code fails, or another threat than `posture` is asked for without talks.
    """
    model, concept = case.model, case.concept
    game = model.game()
    found = games.solve(game)
    chosen = games.select(found, case.rule) if profile is None else played(game, profile)
    talks = talks_of(model)
    status = _status(game, found)
    agreements: Mapping[str, Agreement] = Named(
        "agreement by the concept", {}, "the model has no talks()"
    )
    scores = None
    names = tuple(dict.fromkeys((concept, *bargaining.SPREAD)))
    found_by: dict[str, Agreement] = {}
    dispute = None
    if talks is not None:
        # Then the deals from a breakdown are those from the disagreement point, and told of once.
        if case.threat == POSTURE and is_walked_out_of(talks):
            found_by = bargaining.bargains(talks, chosen.payoffs, names)
        dispute = dispute_of(talks, chosen.payoffs, concept, found_by.get(concept))
    certain = status.among(Status.CERTIFIED)
    fails = threat_point(case, talks, chosen, certain, dispute)
    if talks is not None and dispute is not None:
        long = case.threat == DISPUTE
        found_by = found_by or bargaining.bargains(
            dispute.talks if long else talks,
            fails.payoffs,
            names,
            outside=chosen.payoffs if long else None,
        )
        agreements = Named("agreement by the concept", found_by)
        here = threat(case) if own_threat(model, case.threat) else None
        if case.threat == POSTURE:
            here = Threat(talks, chosen.payoffs, coded(chosen, "support").as_field())
        size = model.ask("size")
        scores = leverage.score(
            talks,
            agreements,
            fails.payoffs,
            None if size is None else np.asarray(size, dtype=float),
            marginals(case, here) if marginal and here is not None and in_clouds(case) else None,
            (model.named(talks.players[0]), model.named(talks.players[1])),
            Credibility(chosen.payoffs, dispute.staying),
        )
    return Outcome(
        case=case,
        game=game,
        equilibria=found,
        selection=chosen,
        threat=fails,
        talks=talks,
        agreements=agreements,
        leverage=scores,
        status=status.replaced(
            Status.CERTIFIED, Status.THREAT, ~np.asarray(fails.certified)
        ).as_field(),
    )


def in_clouds(case: Case) -> bool:
    """Whether the threat point of a case can be had for many points at once."""
    model = case.model
    spec = next((each for each in model.parameters().values() if each.numeric), None)
    if spec is None or case.threat not in model.threats:
        return True
    return not _refuses(case, model.at_values({spec.name: np.array([model.value(spec.name)])}))


def _refuses(case: Case, cloud: Model) -> bool:
    """Whether it is the threat point that refuses a cloud, and not the model's own values."""
    try:
        evaluate(case.at(cloud))
    except ParameterError:
        try:
            evaluate(Case(case, threat=POSTURE).at(cloud))
        except ParameterError:
            return False
        return True
    return False


def check_clouds(case: Case, who: str) -> None:
    """Refuse a study of many points under a threat point that is solved at one at a time.

    Parameters
    ----------
    who : str
        Subject and verb of the complaint, such as "a sweep looks".

    Raises
    ------
    ParameterError
    """
    if not in_clouds(case):
        one = mention(command_about("solve", case.model, *repeated(case)))
        raise ParameterError(
            f"{who} at many points at once, but threat point {case.threat} is solved at one point "
            f"at a time; take another threat, or one point, as {one} does"
        )


def _status(game: Game, found: EquilibriumSet) -> Coded:
    axes = tuple(range(len(game.batch_shape), game.payoffs.ndim))
    finite = np.isfinite(game.payoffs)
    unsolved = np.False_ if finite.all() else ~finite.all(axis=axes)
    claims = found.claimed
    return Coded.first(
        [unsolved, claims.among(Completeness.COMPLETE), claims.among(Completeness.PARTIAL)],
        [Status.NO_PAYOFFS, Status.CERTIFIED, Status.PARTIAL],
        Status.EMPTY,
        game.batch_shape,
    )
