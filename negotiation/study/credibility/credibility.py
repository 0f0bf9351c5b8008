"""L5 of a model: whose threats are believed, where that turns, and how sure it is."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.errors import GridError, ModelError
from negotiation.games.game import Array
from negotiation.leverage.exclusion import PowerToHurt, power_to_hurt
from negotiation.leverage.price import SPREAD, Position, Price, price
from negotiation.model import Model
from negotiation.outcome import Outcome, evaluate
from negotiation.prior import Prior
from negotiation.regimes.roots import locate
from negotiation.study.credibility.chances import Chance, Over, chances, drawn_over, limits
from negotiation.study.credibility.claims import ACT, ACT_FIRST, Claim, first_mover, margins
from negotiation.tolerances import THRESHOLD

#: Points at which a line is looked at before a change is located. A threat that turns twice
#: between two of them is not seen.
SCAN = 129


@dataclasses.dataclass(frozen=True)
class Act:
    """What carrying out a threat is worth at a point.

    Attributes
    ----------
    claim : Claim
    value, best_other, margin : float
        Payoff of the action, of the player's best other action, and the difference. NaN where the
        point has no certified equilibrium.
    other : str
        That other action.
    answer : str
        What the others do: the selected equilibrium, or the reply to the action.
    credible : bool
    """

    claim: Claim
    value: float
    best_other: float
    margin: float
    other: str
    answer: str
    credible: bool


@dataclasses.dataclass(frozen=True)
class Turn:
    """A value at which a threat turns credible or ceases to be, or how near it comes.

    Attributes
    ----------
    claim : Claim
    value : float
        NaN where nothing changes.
    below, above : float
        The margin on either side of the value.
    jump : bool
        The margin jumps over zero, because the equilibrium changes.
    nearest, at : float
        Where nothing changes: the margin closest to zero of the points looked at, and where.
    unknown : int
        Points looked at that could not be decided.
    """

    claim: Claim
    value: float
    below: float
    above: float
    jump: bool
    nearest: float
    at: float
    unknown: int


@dataclasses.dataclass(frozen=True, eq=False)
class Credible:
    """L5 at a point, along a line and under uncertainty.

    Attributes
    ----------
    outcome : Outcome
    acts : tuple of Act
    turns : tuple of Turn
        Along `axis`; empty where none was given.
    axis : tuple of name, low and high, or None
    chances : tuple of Chance
        Empty where nothing is uncertain, or nothing is drawn.
    over : tuple of Over
        What alone is uncertain; empty: what the model and the user believe, as `priors` says.
    priors : mapping of str to Prior
        What was drawn, by parameter.
    draws : int
        How many; 0 where nothing was drawn.
    by_chance : bool
        Whether draws are random; else they are all combinations of `over`.
    hurt : PowerToHurt or None
        L6, where the model has it.
    price : Price or None
        L7 of moving along `axis` from one end to the other, where there are talks.
    side : int
        Whose leverage that is: the owner of the lever, else the first side.
    spread : float
        Half-width of what the other side believes, as a share of the no-deal loss at the low end.
    """

    outcome: Outcome
    acts: tuple[Act, ...]
    turns: tuple[Turn, ...]
    axis: tuple[str, float, float] | None
    chances: tuple[Chance, ...]
    over: tuple[Over, ...]
    priors: Mapping[str, Prior]
    draws: int
    by_chance: bool
    hurt: PowerToHurt | None
    price: Price | None
    side: int
    spread: float


@study
def credibility(
    case: Case,
    vary: str = "",
    over: Sequence[str] = (),
    *,
    spread: float = SPREAD,
) -> Credible:
    """Score L5 of a model at a point: walking out of the talks, and acting once they have failed.

    Parameters
    ----------
    case : Case, or what makes one
        A point, and how many draws.
    vary : str
        `name=low:high`: where along it threats turn credible.
    over : sequence of str
        What alone is uncertain: `name=low:high` (uniform) or `name=a,b,c` (equally likely). Of
        values alone all combinations are looked at, and nothing is drawn. Without it the priors of
        the case are drawn from.
    spread : float
        How well the other side knows a walk-out, for the risk of no deal: half-width of a uniform
        belief, as a share of the no-deal loss.

    Raises
    ------
    GridError, ParameterError
        For a range that cannot be read, a parameter given twice, or fewer than 2 draws.
    """
    model, cls = case.model, type(case.model)
    if model.batch_shape:
        raise GridError(f"credibility is scored at one point, not at {model.batch_shape} of them")
    if not 0.0 <= spread < np.inf:
        raise GridError(
            f"a spread of {spread:g} was given; expected a share of the loss, 0 or more"
        )
    uncertain = tuple(Over.parse(text, cls) for text in over)
    names = [each.name for each in uncertain]
    for name in names:
        if names.count(name) > 1:
            raise GridError(f"parameter {name} is uncertain twice; give it once")
    line = None
    if vary:
        name, _, told = (part.strip() for part in vary.partition("="))
        spec = cls.find_parameter(name)
        if not spec.numeric:
            what = "is a word" if spec.choices else f"takes {spec.takes}"
            raise GridError(f"'{vary}': {name} {what}; a threshold needs a number without gaps")
        low, high = limits(vary, told, spec)
        for value in (low, high):
            spec.check(value, cls.name())
        line = (name, low, high)
    outcome = evaluate(case)
    owner = cls.find_parameter(line[0]).lever_of if line else ""
    side = cls.players.index(owner) if owner in cls.players[:2] else 0
    draws, by_chance = drawn_over(case, uncertain)
    looked = bool(draws.priors) and len(draws) > 0
    found = chances(case, draws, uncertain, by_chance) if looked else ()
    return Credible(
        outcome=outcome,
        acts=tuple(_acts(outcome)),
        turns=() if line is None else tuple(_turns(case, line)),
        axis=line,
        chances=found,
        over=uncertain,
        priors=draws.priors,
        draws=len(draws) if looked else 0,
        by_chance=by_chance,
        hurt=hurt(model),
        price=None if line is None else _price(case, line, side, spread),
        side=side,
        spread=spread,
    )


def position(outcome: Outcome) -> Position:
    """What L7 needs of an outcome with talks."""
    assert outcome.talks is not None
    return Position(outcome.game, outcome.talks, outcome.agreement, outcome.selection.payoffs)


def _price(case: Case, line: tuple[str, float, float], side: int, spread: float) -> Price | None:
    """L7 of going from one end of a line to the other."""
    name, low, high = line
    before, after = (evaluate(case.at(case.model.at_values({name: x}))) for x in (low, high))
    if before.talks is None or after.talks is None or before.leverage is None:
        return None
    half = spread * abs(
        float((np.asarray(before.talks.status_quo) - before.selection.payoffs)[side])
    )
    return price(position(before), position(after), side, half)


def hurt(model: Model) -> PowerToHurt | None:
    """L6 of a model of two players, where it has it."""
    parts = model.ask("power_to_hurt")
    if not parts or len(model.players) != 2:
        return None
    try:
        values = {player: parts[player].values for player in model.players}
    except (KeyError, AttributeError):
        raise ModelError(
            f"power_to_hurt of model {model.name()} is {parts!r:.60}; expected a Quantity for each "
            f"of {', '.join(model.players)}"
        ) from None
    first, second = model.players
    return power_to_hurt((first, second), values)


def _acts(outcome: Outcome) -> Iterator[Act]:
    game, found = outcome.game, margins(outcome)
    behind = str(outcome.selection.support).split("/")
    for claim, margin in found.items():
        if claim.kind not in (ACT, ACT_FIRST):
            continue
        p = game.players.index(claim.player)
        a = game.actions[p].index(claim.action)
        if claim.kind == ACT:
            values = game.values(outcome.selection.strategies)[p]
            answer = "/".join(each for q, each in enumerate(behind) if q != p)
        else:
            values, replies = first_mover(game, p)
            answer = game.actions[1 - p][int(replies[a])]
        others = np.where(np.arange(len(values)) == a, -np.inf, values)
        best = int(others.argmax())
        yield Act(
            claim,
            float(values[a]),
            float(values[best]),
            float(values[a] - values[best]),
            game.actions[p][best],
            answer,
            bool(margin > 0.0),
        )


def _signs(table: Array) -> Array:
    """Signs along every row, a zero with the sign before it: touched and not crossed is no turn."""
    signs = np.sign(table)
    for k in range(1, signs.shape[1]):
        signs[:, k] = np.where(signs[:, k] == 0.0, signs[:, k - 1], signs[:, k])
    return signs


def _turns(case: Case, line: tuple[str, float, float]) -> Iterator[Turn]:
    """Every change along a line, located on the margins themselves; what never changes too."""
    name, low, high = line
    xs = np.linspace(low, high, SCAN)

    def at(x: Array) -> dict[Claim, Array]:
        return margins(evaluate(case.at(case.model.at_values({name: x}))))

    scan = {claim: np.broadcast_to(each, xs.shape) for claim, each in at(xs).items()}
    claims = list(scan)
    table = np.stack([scan[claim] for claim in claims])
    signs = _signs(table)
    row, place = np.nonzero(signs[:, :-1] * signs[:, 1:] < 0.0)

    def one(x: Array, brackets: NDArray[np.int64]) -> Array:
        found = at(x)
        picked = [found[claims[row[k]]] for k in brackets]
        return np.array([np.broadcast_to(each, x.shape)[i] for i, each in enumerate(picked)])

    width = THRESHOLD * (high - low)
    ends = table[row, place], table[row, place + 1]
    roots = locate(one, xs[place], xs[place + 1], *ends, width) if len(row) else None
    for k, claim in enumerate(claims):
        known = np.isfinite(table[k])
        unknown = int((~known).sum())
        hits = np.flatnonzero(row == k)
        for hit in hits:
            assert roots is not None
            below, above = float(roots.at_low[hit]), float(roots.at_high[hit])
            step = abs(float(ends[1][hit] - ends[0][hit]))
            jump = abs(above - below) > 1e-3 * step
            yield Turn(claim, float(roots.at[hit]), below, above, jump, math.nan, math.nan, unknown)
        if not len(hits):
            near = int(np.where(known, np.abs(table[k]), np.inf).argmin())
            told = float(table[k, near])
            yield Turn(claim, math.nan, math.nan, math.nan, False, told, float(xs[near]), unknown)
