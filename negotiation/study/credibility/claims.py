"""Threats of a game and of its talks, and what carrying each one out is worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.games.game import Array, Game
from negotiation.outcome import Outcome
from negotiation.outcome.dispute import breaks_off, yields
from negotiation.tolerances import SAME_PROFILE

WALK_OUT, ACT, ACT_FIRST = "walk_out", "act", "act_first"
BREAK_OFF, YIELD = "break_off", "yield"

#: Stands for a margin of zero on the side of what it counts as, so that signs tell.
_TINY = float(np.finfo(float).tiny)


class Claim(NamedTuple):
    """A threat: to break off the dispute, to walk out of the talks, or to act once these failed.

    `break_off`: a breakdown is better for the player than the dispute while it lasts. `walk_out`:
    it is better than the deal. `yield`: the best reply to the player's `action` is to give way.

    `act`: both sides act at the same time; `act_first`: the player moves first and the other
    answers by a best reply, the one worst for the player where several are.
    """

    kind: str
    player: str
    action: str = ""


def first_mover(game: Game, player: int) -> tuple[Array, NDArray[np.int64]]:
    """Payoff (..., A) of moving first by each action in a game of two, and the answer to each.

    The other answers by a best reply; of several, by the one that is worst for the first mover.
    NaN where a payoff that matters is not known.
    """
    own, other = (np.moveaxis(game.payoffs, -3, 0)[p] for p in (player, 1 - player))
    if player == 1:
        own, other = np.swapaxes(own, -1, -2), np.swapaxes(other, -1, -2)
    best = other >= other.max(axis=-1, keepdims=True)
    worst = np.where(best, own, np.inf)
    worth = np.where(best.any(axis=-1), worst.min(axis=-1), np.nan)
    return worth, np.asarray(worst.argmin(axis=-1))


def margins(outcome: Outcome) -> dict[Claim, Array]:
    """(...) money by which each threat is, or is not, worth carrying out; never zero.

    Positive: credible. An action as good as the best other is carried out; a side that is as well
    off in the talks does not walk out. NaN where there is no certified equilibrium.
    """
    game, scores = outcome.game, outcome.leverage
    missing = np.where(outcome.selection.index >= 0, 0.0, np.nan)
    found: dict[Claim, Array] = {}
    if scores is not None:
        for p, player in enumerate(scores.players):
            margin = scores.credibility.margin[..., p]
            found[Claim(WALK_OUT, player)] = np.where(margin == 0.0, -_TINY, margin) + missing
    if outcome.talks is not None and outcome.talks.inside is not None:
        for p, player in enumerate(outcome.talks.players):
            gain = breaks_off(outcome, p)
            found[Claim(BREAK_OFF, player)] = np.where(gain == 0.0, -_TINY, gain) + missing
            given_way = yields(outcome, 1 - p)
            if given_way is not None:
                claim = Claim(YIELD, player, outcome.model.harshest[player])
                found[claim] = np.where(given_way == 0.0, _TINY, given_way)
    strategies = outcome.selection.strategies
    values = {ACT: game.values(strategies)}
    if len(game.players) == 2:
        values[ACT_FIRST] = [first_mover(game, p)[0] for p in (0, 1)]
    for kind, by_player in values.items():
        for p, (player, actions) in enumerate(zip(game.players, game.actions, strict=True)):
            for a, action in enumerate(actions):
                if len(actions) == 1:
                    continue
                margin = by_player[p][..., a] - np.delete(by_player[p], a, axis=-1).max(axis=-1)
                carried = margin >= 0.0
                if kind == ACT:  # what is played in a mixture is as good as the rest of it
                    carried |= strategies[p][..., a] > SAME_PROFILE
                margin = np.where(carried, np.maximum(margin, _TINY), margin)
                found[Claim(kind, player, action)] = margin + missing
    return found
