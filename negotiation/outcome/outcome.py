"""`evaluate(model)`: payoffs, equilibria, talks and leverage at a point or a cloud of points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from negotiation import bargaining, equilibria, leverage
from negotiation.bargaining import Agreement, AgreementSet, Talks
from negotiation.equilibria import Completeness, EquilibriumSet, Selection
from negotiation.errors import ModelError, ParameterError, nearest
from negotiation.game import Array, Game
from negotiation.leverage import Leverage, Marginal, Threat
from negotiation.model import Model, Parameter, Quantity, ThreatPoint
from negotiation.tolerances import MARGINAL_STEP


class Status(StrEnum):
    """What may be relied on at a point; the value is the sentence a user reads."""

    CERTIFIED = "certified: every equilibrium found, each with its regret within tolerance"
    PARTIAL = "partial: the equilibria shown are certified, but there may be others"
    EMPTY = "no certified equilibrium was found"
    NO_PAYOFFS = "not solved: the model has no payoffs at this point"
    THREAT = "not certified: the game is solved, but its threat point is not certified"


#: Threat points of every model: its game's selected equilibrium, and what talks start from.
POSTURE, STATUS_QUO = "posture", "status_quo"


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """Everything at a point of a model, or at each point of a cloud.

    Attributes
    ----------
    model : Model
    game : Game
    equilibria : EquilibriumSet
    selection : Selection
        The equilibrium of the game, chosen by a named rule; the threat unless another was asked
        for.
    threat : ThreatPoint
        What happens if talks fail.
    talks : Talks or None
    agreements : mapping of concept to Agreement
        Empty without talks.
    leverage : Leverage or None
    quantities : mapping of name to Quantity
        The model's own results for every profile.
    status : (...) array of str
        `Status` values.
    """

    model: Model
    game: Game
    equilibria: EquilibriumSet
    selection: Selection
    threat: ThreatPoint
    talks: Talks | None
    agreements: Mapping[str, Agreement]
    leverage: Leverage | None
    quantities: Mapping[str, Quantity]
    status: NDArray[np.str_]

    def at_selection(self, name: str) -> Array:
        """(...) value of a quantity at the selected equilibrium, expected over mixtures."""
        values = self.quantities[name].values
        for strategy in reversed(self.selection.strategies):
            values = np.einsum("...a,...a->...", values, _between(strategy, values.ndim))
        return np.asarray(values)

    @property
    def certified(self) -> NDArray[np.bool_]:
        """(...) whether a point may enter a table without a warning."""
        return np.asarray(self.status == Status.CERTIFIED.value)


def _between(strategy: Array, ndim: int) -> Array:
    """Insert axes so that (..., A) lines up with an array of `ndim` axes, last with last."""
    missing = ndim - strategy.ndim
    return strategy.reshape(*strategy.shape[:-1], *[1] * missing, strategy.shape[-1])


def evaluate(
    model: Model, *, rule: str = "pareto", marginal: bool = False, threat: str = POSTURE
) -> Outcome:
    """Solve a model: its game, the talks in its shadow, and the leverage of each side.

    Parameters
    ----------
    model : Model
        A point or a cloud.
    rule : str
        Which equilibrium is the threat where there are several; see `equilibria.select`.
    marginal : bool
        Also compute marginal leverage (L3) for every lever, by differences; for the threat
        `posture` only.
    threat : str
        What happens if talks fail: `posture`, payoffs at the selected equilibrium; `status_quo`,
        things stay as they are, and neither side loses; or one of the model's `threats`.

    Raises
    ------
    ParameterError
        If the model has no such threat point.
    ModelError
        If the author's code fails, or another threat than `posture` is asked for without talks.
    """
    check_threat(model, threat)
    game = model.game()
    players = len(game.players)
    found = equilibria.solve(game)
    chosen = equilibria.select(found, rule)
    talks = _talks(model)
    status = _status(game, found)
    fails = _threat_point(model, threat, talks, chosen, status)
    agreements: dict[str, Agreement] = {}
    scores = None
    if talks is not None:
        agreements = {
            concept: bargaining.bargain(talks, fails.payoffs, concept)
            for concept in bargaining.CONCEPTS
        }
        here = Threat(talks, chosen.payoffs, chosen.support)
        scores = leverage.score(
            talks,
            agreements,
            fails.payoffs,
            model.size(),
            _marginals(model, here, rule) if marginal and threat == POSTURE else None,
            (model.named(talks.players[0]), model.named(talks.players[1])),
        )
    return Outcome(
        model=model,
        game=game,
        equilibria=found,
        selection=chosen,
        threat=fails,
        talks=talks,
        agreements=agreements,
        leverage=scores,
        quantities={
            name: dataclasses.replace(
                each,
                values=np.broadcast_to(
                    each.values, game.batch_shape + game.payoffs.shape[-players:]
                ),
            )
            for name, each in model.ask("outcomes").items()
        },
        status=np.where(
            (status == Status.CERTIFIED.value) & ~np.asarray(fails.certified),
            Status.THREAT.value,
            status,
        ),
    )


def check_threat(model: Model | type[Model], threat: str) -> None:
    """Check the name of a threat point.

    Raises
    ------
    ParameterError
    """
    known = (POSTURE, STATUS_QUO, *model.threats)
    if threat not in known:
        raise ParameterError(
            f"model {model.name()} has no threat point '{threat}'{nearest(threat, known)}; choose "
            f"from {', '.join(known)}"
        )


def _threat_point(
    model: Model, name: str, talks: Talks | None, chosen: Selection, status: NDArray[np.str_]
) -> ThreatPoint:
    """What happens if talks fail, by name; its payoffs have the shape of the game's."""
    if name == POSTURE:
        about = f"payoffs at the selected equilibrium of the game (rule: {chosen.rule})"
        certain = np.asarray(status == Status.CERTIFIED.value)
        return ThreatPoint(chosen.payoffs, about, certain, name=name)
    if talks is None:
        raise ModelError(
            f"model {model.name()} has no talks(), so that nothing can be threatened with {name}"
        )
    if name == STATUS_QUO:
        point = ThreatPoint(np.asarray(talks.status_quo, dtype=float), "the status quo itself")
    else:
        if model.batch_shape:
            raise ParameterError(
                f"threat point {name} is solved at one point at a time, but parameters of model "
                f"{model.name()} have shape {model.batch_shape}; evaluate the points one by one"
            )
        point = model.ask("threat_point", name)
        if not isinstance(point, ThreatPoint):
            raise ModelError(
                f"threat_point of model {model.name()} is {point!r:.60}; expected ThreatPoint"
            )
    try:
        payoffs = np.broadcast_to(np.asarray(point.payoffs, dtype=float), chosen.payoffs.shape)
    except ValueError:
        raise ModelError(
            f"payoffs of threat point {name} of model {model.name()} have shape "
            f"{np.shape(point.payoffs)}; expected one for each of {', '.join(model.players)}"
        ) from None
    return dataclasses.replace(point, payoffs=payoffs, name=name)


def _talks(model: Model) -> Talks | None:
    talks = model.ask("talks")
    if talks is not None and not isinstance(talks, Talks):
        raise ModelError(
            f"talks of model {model.name()} are {talks!r:.60}; expected negotiation.Talks, or None"
        )
    return talks


def _status(game: Game, found: EquilibriumSet) -> NDArray[np.str_]:
    axes = tuple(range(len(game.batch_shape), game.payoffs.ndim))
    return np.select(
        [
            ~np.isfinite(game.payoffs).all(axis=axes),
            found.completeness == Completeness.COMPLETE.value,
            found.completeness == Completeness.PARTIAL.value,
        ],
        [Status.NO_PAYOFFS.value, Status.CERTIFIED.value, Status.PARTIAL.value],
        default=Status.EMPTY.value,
    )


def threat(model: Model, rule: str = "pareto") -> Threat:
    """Return the talks of a model with the disagreement point that its game implies."""
    talks = _talks(model)
    if talks is None:
        raise ModelError(f"model {model.name()} has no talks(), so there is nothing to threaten")
    chosen = equilibria.select(equilibria.solve(model.game()), rule)
    return Threat(talks, chosen.payoffs, chosen.support)


#: Points of a one-sided difference on either side, in steps.
_STEPS = (-1, -2, 1, 2)


def _marginals(model: Model, here: Threat, rule: str, concept: str = "nash") -> dict[str, Marginal]:
    """Marginal leverage of every numeric lever: all the points it takes, as one cloud."""
    levers = [
        spec
        for spec in model.parameters().values()
        if spec.numeric and spec.lever_of in model.players
    ]
    if not levers:
        return {}
    batch = model.batch_shape
    steps = [_step(spec, np.asarray(model.value(spec.name), dtype=float)) for spec in levers]
    room = {spec.name: _room(model, spec, step) for spec, step in zip(levers, steps, strict=True)}
    cloud: dict[str, Array] = {}
    shape = (len(levers), len(_STEPS), *batch)
    # An inheriting lever follows its parent's column of the cloud, so parents come first.
    for spec in sorted(levers, key=lambda each: len(_ancestors(model, each))):
        parent = next((name for name in _ancestors(model, spec) if name in cloud), None)
        follows = getattr(model, spec.field) is None and parent is not None
        start = cloud[str(parent)] if follows else np.asarray(model.value(spec.name), dtype=float)
        cloud[spec.name] = np.array(np.broadcast_to(start, shape))
        row = levers.index(spec)
        for k, times in enumerate(_STEPS):
            move = np.where(room[spec.name][times > 0], times * steps[row], 0.0)
            cloud[spec.name][row, k] += move
    moved = threat(model.replace(cloud), rule)
    results = {}
    for row, spec in enumerate(levers):
        side = model.players.index(spec.lever_of)
        slopes = []
        for first, sign in ((0, -1), (2, 1)):
            near, far = (_one(moved, (row, first + k), batch) for k in (0, 1))
            with np.errstate(invalid="ignore"):
                found = leverage.slope(here, near, far, sign * steps[row], side, concept)
            blocked = np.where(room[spec.name][sign > 0], 0.0, np.nan)
            slopes.append(
                dataclasses.replace(
                    found,
                    total=found.total + blocked,
                    own_fallback=found.own_fallback + blocked,
                    their_fallback=found.their_fallback + blocked,
                    pie=found.pie + blocked,
                )
            )
        cost = model.lever_cost(spec.name)
        results[spec.name] = Marginal(
            lever=spec.name,
            owner=spec.lever_of,
            unit=spec.unit,
            left=slopes[0],
            right=slopes[1],
            cost=np.asarray(np.nan if cost is None else cost, dtype=float),
        )
    return results


def _ancestors(model: Model, spec: Parameter) -> list[str]:
    """Names from which a lever takes its value while it and they are not set, nearest first."""
    names: list[str] = []
    while spec.inherits and getattr(model, spec.field) is None:
        names.append(spec.inherits)
        spec = model.find_parameter(spec.inherits)
    return names


def _step(spec: Parameter, value: Array) -> Array:
    low, high = spec.low, spec.upper
    if low is not None and high is not None:
        return np.asarray(MARGINAL_STEP * (high - low))
    return MARGINAL_STEP * np.maximum(1.0, np.abs(value))


def _room(
    model: Model, spec: Parameter, step: Array
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether two steps fit to the left and to the right of the value."""
    value = np.asarray(model.value(spec.name), dtype=float)
    left = value - 2 * step >= (-np.inf if spec.low is None else spec.low)
    if spec.below is not None:
        right = value + 2 * step < spec.below
    else:
        right = value + 2 * step <= (np.inf if spec.high is None else spec.high)
    return np.asarray(left), np.asarray(right)


def _one(cloud: Threat, index: tuple[int, int], batch: tuple[int, ...]) -> Threat:
    """Pick one point of the cloud of steps; talks that do not depend on it are shared."""
    talks, full = cloud.talks, cloud.support.shape

    def pick(values: Array, extra: int) -> Array:
        tail = values.shape[values.ndim - extra :]
        return np.asarray(np.broadcast_to(values, (*full, *tail))[index])

    agreement = AgreementSet(
        pick(talks.agreement.start, 2),
        pick(talks.agreement.direction, 2),
        pick(talks.agreement.low, 1),
        pick(talks.agreement.high, 1),
    )
    here = dataclasses.replace(
        talks,
        status_quo=pick(np.asarray(talks.status_quo, dtype=float), 1),
        agreement=agreement,
        weight=pick(np.asarray(talks.weight, dtype=float), 0),
    )
    return Threat(here, cloud.disagreement[index], cloud.support[index])


__all__ = ["Outcome", "Quantity", "Status", "check_threat", "evaluate", "threat"]
