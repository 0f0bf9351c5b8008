"""Dominated actions, with the action that dominates them, and their iterated elimination.

An action is strictly dominated if another one, pure or mixed, earns more whatever the others do;
weakly, if it earns never less and sometimes more. Payoffs are compared after each player's were
scaled to [0, 1] over the whole game. Differences up to `tolerances.TIE` count as none: an action
better by less than that everywhere is a tie, not a dominant action.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.equilibrium_set import describe
from negotiation.games.game import Array, Game
from negotiation.games.given import one_game, position, restrict
from negotiation.games.programme import as_probabilities, maximise
from negotiation.tolerances import TIE


class Strictness(StrEnum):
    """How an action compares with the best of the others."""

    STRICT = "strict"
    WEAK = "weak"
    TIE = "tie"


@dataclasses.dataclass(frozen=True, eq=False)
class PureDominance:
    """Which actions are dominated by another pure action, in every game of a batch.

    Attributes
    ----------
    strict, weak, tie : one (..., A_p, A_p) array of bool per player
        `strict[p][..., i, k]`: action k strictly dominates action i. `weak` leaves out pairs that
        are strict. `tie`: never apart by more than `TIE`, or better everywhere by less than that.
    """

    strict: tuple[NDArray[np.bool_], ...]
    weak: tuple[NDArray[np.bool_], ...]
    tie: tuple[NDArray[np.bool_], ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Dominance:
    """One action that is dominated, or matched, and the evidence.

    Attributes
    ----------
    player, action : str
    kind : Strictness
        `tie`: the evidence earns the same to within `TIE` of scaled payoffs, whatever others do.
    actions : tuple of str
        The player's actions, in the order of `by`.
    by : (A_p,) array
        The dominating action, as probabilities; a pure one wherever a pure one will do.
    least, most : float
        Smallest and largest gain from playing it instead, over what the others may do, in the
        game's own units.
    """

    player: str
    action: str
    kind: Strictness
    actions: tuple[str, ...]
    by: Array
    least: float
    most: float

    @property
    def pure(self) -> bool:
        """Whether a pure action does it."""
        return bool(self.by.max() == 1.0)

    @property
    def dominated_by(self) -> str:
        """The dominating action in words."""
        return describe(self.actions, self.by)

    def __str__(self) -> str:
        word = {
            Strictness.STRICT: "is strictly dominated by",
            Strictness.WEAK: "is weakly dominated by",
            Strictness.TIE: "is matched by",
        }[self.kind]
        return f"{self.player}'s {self.action} {word} {self.dominated_by}"


@dataclasses.dataclass(frozen=True, eq=False)
class Elimination:
    """Iterated elimination of dominated actions.

    Attributes
    ----------
    game, reduced : Game
        Before and after.
    kind : Strictness
    rounds : tuple of tuples of Dominance
        What was removed, round by round; within a round all at once.
    kept : one tuple of int per player
        Positions, in the original game, of the actions that are left.
    ties : tuple of Dominance
        Actions that are left though another one earns the same; none of them was removed.
    order : str
        The order of removal, in words.
    order_dependent : bool
        Whether another order could leave other actions: some removal was only a weak one.
    """

    game: Game
    reduced: Game
    kind: Strictness
    rounds: tuple[tuple[Dominance, ...], ...]
    kept: tuple[tuple[int, ...], ...]
    ties: tuple[Dominance, ...]
    order: str
    order_dependent: bool

    @property
    def solved(self) -> bool:
        """Whether one profile is left."""
        return all(len(own) == 1 for own in self.kept)

    def lift(self, strategies: Sequence[Array]) -> list[Array]:
        """Write strategies of the reduced game as strategies of the original one."""
        lifted = []
        for actions, own, probabilities in zip(
            self.game.actions, self.kept, strategies, strict=True
        ):
            whole = np.zeros((*np.shape(probabilities)[:-1], len(actions)))
            whole[..., list(own)] = probabilities
            lifted.append(whole)
        return lifted


def pure_dominance(game: Game) -> PureDominance:
    """Compare every two actions of every player, for a whole batch of games.

    Games with a payoff that is not a number have no dominated actions.
    """
    strict, weak, tie = [], [], []
    for p, actions in enumerate(game.actions):
        own = _own(game, p)
        least, most = np.empty((2, *game.batch_shape, len(actions), len(actions)))
        for i in range(len(actions)):
            with np.errstate(invalid="ignore"):
                gain = own - own[..., i : i + 1, :]
            least[..., i, :], most[..., i, :] = gain.min(axis=-1), gain.max(axis=-1)
        strict.append(least > TIE)
        weak.append((least >= -TIE) & (least <= TIE) & (most > TIE))
        equal = (least >= -TIE) & (most <= TIE)
        tie.append(equal & ~np.eye(len(actions), dtype=bool))
    return PureDominance(tuple(strict), tuple(weak), tuple(tie))


def dominance(game: Game, *, mixed: bool = True) -> list[Dominance]:
    """Find the dominated actions of one game, and those that another one matches.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    mixed : bool
        Look for dominating mixtures as well, by linear programming. An action that no mixture
        strictly dominates is a best reply to some belief about the others; with more than two
        players that belief may take their actions to be correlated (Pearce 1984).

    Returns
    -------
    list of Dominance
        One per dominated or matched action. A strictly dominated one is not listed as weakly
        dominated too.

    Raises
    ------
    PayoffError
        For a batch of games, or payoffs that are not finite.
    """
    one_game(game, "a search for dominated actions")
    everything = [list(range(len(actions))) for actions in game.actions]
    return [found for p in range(len(game.players)) for found in _judge(game, p, everything, mixed)]


def eliminate(
    game: Game,
    kind: str = "strict",
    *,
    mixed: bool = True,
    order: Sequence[str] | None = None,
) -> Elimination:
    """Remove dominated actions until none is left.

    What is left after strict elimination does not depend on the order. After weak elimination it
    does, and equilibria may be lost on the way; `order_dependent` says whether that can have
    happened here.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    kind : {"strict", "weak"}
        `weak` removes strictly dominated actions as well.
    mixed : bool
        Whether mixtures dominate too.
    order : sequence of str, optional
        Players in turn, again and again; by default every player's dominated actions are removed
        at once, round by round.

    Raises
    ------
    PayoffError
        For a batch of games, payoffs that are not finite, another kind or an unknown player.
    """
    one_game(game, "an elimination of dominated actions")
    if kind not in (Strictness.STRICT, Strictness.WEAK):
        raise PayoffError(f"elimination of '{kind}' dominance was asked; choose strict or weak")
    wanted = (
        (Strictness.STRICT,) if kind == Strictness.STRICT else (Strictness.STRICT, Strictness.WEAK)
    )
    if order is not None and set(order) != set(game.players):
        for player in order:
            position(game, player)
        raise PayoffError(
            f"the order of elimination is {', '.join(order)}; name every one of "
            f"{', '.join(game.players)}"
        )
    every = tuple(range(len(game.players)))
    turns = [every] if order is None else [(position(game, player),) for player in order]
    kept = [list(range(len(actions))) for actions in game.actions]
    rounds: list[tuple[Dominance, ...]] = []
    idle = turn = 0
    while idle < len(turns):
        found = [
            each
            for p in turns[turn % len(turns)]
            for each in _judge(game, p, kept, mixed)
            if each.kind in wanted
        ]
        for each in found:
            p = game.players.index(each.player)
            kept[p].remove(game.actions[p].index(each.action))
        if found:
            rounds.append(tuple(found))
        idle = 0 if found else idle + 1
        turn += 1
    words = "all players at once, round by round" if order is None else ", then ".join(order)
    return Elimination(
        game=game,
        reduced=restrict(game, kept),
        kind=Strictness(kind),
        rounds=tuple(rounds),
        kept=tuple(tuple(own) for own in kept),
        ties=tuple(
            each
            for p in every
            for each in _judge(game, p, kept, mixed)
            if each.kind is Strictness.TIE
        ),
        order=words,
        order_dependent=any(each.kind is Strictness.WEAK for found in rounds for each in found),
    )


def _own(game: Game, player: int) -> Array:
    """(..., A_p, N) scaled payoffs of a player's actions against what the others may do."""
    with np.errstate(invalid="ignore"):
        own = np.moveaxis(game.scaled, -1 - len(game.players), 0)[player]
    own = np.moveaxis(own, player - len(game.players), -len(game.players))
    return np.asarray(own).reshape(*game.batch_shape, len(game.actions[player]), -1)


def _judge(game: Game, p: int, kept: Sequence[Sequence[int]], mixed: bool) -> list[Dominance]:
    """Compare each remaining action of a player with the other remaining ones."""
    # The scale stays that of the whole game: payoffs are known no better for being fewer.
    own = np.moveaxis(game.scaled[p][np.ix_(*kept)], p, 0).reshape(len(kept[p]), -1)
    found = []
    for i, action in enumerate(kept[p]):
        judged = _against_pure(own, i)
        if mixed and len(own) > 2 and (judged is None or judged[0] is not Strictness.STRICT):
            judged = _against_mixed(own, i, judged)
        if judged is None:
            continue
        kind, weights = judged
        gain = (weights @ own - own[i]) * float(game.span[p])
        by = np.zeros(len(game.actions[p]))
        by[list(kept[p])] = weights
        found.append(
            Dominance(
                game.players[p],
                game.actions[p][action],
                kind,
                game.actions[p],
                by,
                float(gain.min()),
                float(gain.max()),
            )
        )
    return found


def _kind(gain: Array) -> Strictness | None:
    if gain.min() > TIE:
        return Strictness.STRICT
    if gain.min() < -TIE:
        return None
    return Strictness.WEAK if gain.max() > TIE else Strictness.TIE


def _against_pure(own: Array, i: int) -> tuple[Strictness, Array] | None:
    rank = {Strictness.STRICT: 2, Strictness.WEAK: 1, Strictness.TIE: 0}
    others = [(k, kind) for k in range(len(own)) if k != i and (kind := _kind(own[k] - own[i]))]
    if not others:
        return None
    k, kind = max(others, key=lambda each: (rank[each[1]], (own[each[0]] - own[i]).min()))
    return kind, np.eye(len(own))[k]


def _against_mixed(
    own: Array, i: int, pure: tuple[Strictness, Array] | None
) -> tuple[Strictness, Array] | None:
    """Look for a mixture that dominates more than a pure action does."""
    count, cells = own.shape
    upper = np.ones(count)
    upper[i] = 0.0
    # The largest least gain: own.T @ s - t >= own[i].
    found = maximise(
        np.append(np.zeros(count), 1.0),
        (np.column_stack([-own.T, np.ones(cells)]), -own[i]),
        (np.append(np.ones(count), 0.0)[None], np.ones(1)),
        free=1,
        upper=np.append(upper, np.inf),
    )
    assert found is not None
    weights = as_probabilities(found[:count])
    kind = _kind(weights @ own - own[i])
    if kind is Strictness.STRICT:
        return kind, weights
    if pure is not None and pure[0] is Strictness.WEAK:
        return pure
    # The largest total gain of those that never lose.
    found = maximise(
        own.sum(axis=1), (-own.T, -own[i]), (np.ones((1, count)), np.ones(1)), upper=upper
    )
    if found is not None:
        weights = as_probabilities(found)
        if (better := _kind(weights @ own - own[i])) is Strictness.WEAK:
            return better, weights
        kind = kind or better
    return pure or ((kind, weights) if kind else None)
