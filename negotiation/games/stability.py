"""How firmly an equilibrium holds: strictness, index, stability when play is adjusted over time.

All numbers are on payoffs scaled to [0, 1] per player; differences up to `tolerances.TIE` count as
none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError
from negotiation.games.game import Array, Game
from negotiation.games.given import Given, one_game, profile_of, two_players
from negotiation.games.logit import cross_effects
from negotiation.tolerances import REGRET, SAME_PROFILE, SINGULAR, TIE

Supports = Sequence[NDArray[np.intp]]

#: Part of an eigenvalue below which it counts as zero, and gap below which two count as one: a
#: repeated eigenvalue is known to the square root of the rounding only.
_EIGENVALUE = 1e-7


@dataclasses.dataclass(frozen=True, eq=False)
class Stability:
    """What can be said of one equilibrium.

    Attributes
    ----------
    strict : bool
        Every player would lose by any deviation; only pure equilibria can be.
    quasi_strict : bool
        Every action that is not in use would lose.
    smallest_loss : float
        From a deviation to an action that is not in use; infinite where all are in use.
    index : int or None
        +1 or -1; over all equilibria of a nondegenerate game they sum to +1, a strict one has +1,
        and one with index -1 is unstable under a wide class of dynamics (Shapley 1974; Ritzberger
        1994). None where the equilibrium is degenerate.
    reason : str
        Why there is no index; empty where there is one.
    replicator : complex array
        Eigenvalues of the replicator dynamics, one population per player: minus the loss of each
        unused action, then those within the support. One with a positive real part makes the
        equilibrium unstable.
    replicator_stable : bool
        Asymptotically stable under them, which strict equilibria are and no others (Ritzberger
        and Weibull 1995).
    smoothed_stable : bool or None
        Stable under smoothed best-response dynamics, play moving towards its logit reply, for all
        large lambda. None where the eigenvalues do not decide.
    critical_lambda : float
        Lambda above which those dynamics leave the equilibrium, to first order: taken at the
        equilibrium itself and not at the quantal response near it. Infinite where they never do.
    """

    strict: bool
    quasi_strict: bool
    smallest_loss: float
    index: int | None
    reason: str
    replicator: NDArray[np.complex128]
    replicator_stable: bool
    smoothed_stable: bool | None
    critical_lambda: float


def stability(game: Game, equilibrium: Given) -> Stability:
    """Judge how firmly an equilibrium holds.

    Parameters
    ----------
    game : Game
        One game, any number of players.
    equilibrium : Equilibrium, one action's name per player, or one (A_p,) array per player

    Raises
    ------
    PayoffError
        For a batch of games, payoffs that are not finite, or a profile that is not an equilibrium.
    """
    strategies = _equilibrium(game, equilibrium, "stability")
    supports = [np.flatnonzero(own > SAME_PROFILE) for own in strategies]
    losses = _losses(game, strategies, supports)
    smallest = float(losses.min()) if len(losses) else np.inf
    index, reason = _index(game, strategies, supports, smallest)
    inner = _inner(game, strategies, supports)
    within = np.linalg.eigvals(inner).astype(complex)
    fastest = float(within.real.max()) if len(within) else 0.0
    strict = smallest > TIE and all(len(support) == 1 for support in supports)
    return Stability(
        strict=strict,
        quasi_strict=smallest > TIE,
        smallest_loss=smallest,
        index=index,
        reason=reason,
        replicator=np.concatenate([-losses.astype(complex), within]),
        replicator_stable=strict,
        smoothed_stable=_smoothed(game, supports, inner, fastest, index is not None),
        critical_lambda=1.0 / fastest if fastest > _EIGENVALUE else np.inf,
    )


def index_sum(game: Game, equilibria: Sequence[Given]) -> int | None:
    """Sum of the indices of equilibria; None if one of them has none.

    Over all equilibria of a nondegenerate game it is 1: another number shows that some are missing.
    """
    indices = [stability(game, each).index for each in equilibria]
    known = [each for each in indices if each is not None]
    return sum(known) if len(known) == len(indices) else None


def evolutionarily_stable(game: Game, equilibrium: Given) -> bool:
    """Whether a symmetric equilibrium of a symmetric two-player game is evolutionarily stable.

    Of all mixtures that do as well against it, none does as well as it against themselves (Maynard
    Smith and Price 1973): a quadratic form is strictly copositive over the best replies (Haigh
    1975; Abakuks 1980).

    Raises
    ------
    PayoffError
        For a game or a profile that is not symmetric, a batch of games, or a profile that is no
        equilibrium.
    """
    two_players(game, "evolutionary stability")
    x, y = _equilibrium(game, equilibrium, "evolutionary stability")
    A, B = game.scaled
    same = A.shape[0] == A.shape[1] and np.abs(A - B.T).max() <= TIE
    if not same or np.abs(x - y).max() > SAME_PROFILE:
        raise PayoffError(
            "evolutionary stability was asked of a game or a profile that is not symmetric; it "
            "takes equal payoffs with the players exchanged, and the same mixture for both"
        )
    support = np.flatnonzero(x > SAME_PROFILE)
    values = A @ x
    best = np.flatnonzero(values >= values.max() - TIE)
    others = [i for i in best if i not in support]
    # Directions within the support go both ways, those towards other best replies only one.
    directions = np.zeros((len(x), len(support) - 1 + len(others)))
    for column, i in enumerate([*support[1:], *others]):
        directions[i, column], directions[support[0], column] = 1.0, -1.0
    form = -directions.T @ (A + A.T) @ directions
    free = len(support) - 1
    inner, border, outer = form[:free, :free], form[:free, free:], form[free:, free:]
    if free:
        if np.linalg.eigvalsh(inner).min() <= TIE:
            return False
        outer = outer - border.T @ np.linalg.solve(inner, border)
    return _strictly_copositive(outer)


def _equilibrium(game: Game, given: Given, purpose: str) -> tuple[Array, ...]:
    one_game(game, purpose)
    strategies = profile_of(game, given)
    regret = float(game.regret(strategies))
    if regret > REGRET:
        raise PayoffError(
            f"{purpose} was asked of a profile that is not an equilibrium: a player gains "
            f"{regret:.3g} of its payoff range by a deviation; explain(game, profile) says who"
        )
    return strategies


def _losses(game: Game, strategies: Sequence[Array], supports: Supports) -> Array:
    """Losses from the actions that are not in use, all players', scaled."""
    losses = []
    for own, value, support in zip(
        strategies, game.values(strategies, game.scaled), supports, strict=True
    ):
        losses.append(np.delete(own @ value - value, support))
    return np.concatenate(losses)


def _differences(game: Game, strategies: Sequence[Array], supports: Supports) -> list[list[Array]]:
    """[p][q] (k_p, k_q - 1) payoffs of p's actions in use as q shifts weight from her first."""
    mixtures = list(strategies)
    blocks: list[list[Array]] = []
    for p, mine in enumerate(supports):
        line = []
        for q, theirs in enumerate(supports):
            if p == q:
                line.append(np.zeros((len(mine), len(theirs) - 1)))
            else:
                cross = cross_effects(game, mixtures, p, q)[np.ix_(mine, theirs)]
                line.append(cross[:, 1:] - cross[:, :1])
        blocks.append(line)
    return blocks


def _inner(game: Game, strategies: Sequence[Array], supports: Supports) -> Array:
    """Jacobian of the replicator dynamics within the support, first probabilities left out."""
    rows = []
    blocks = _differences(game, strategies, supports)
    for line, own, support in zip(blocks, strategies, supports, strict=True):
        weights = own[support]
        spread = np.diag(weights) - np.outer(weights, weights)
        rows.append(np.hstack([spread[1:] @ block for block in line]))
    return np.vstack(rows)


def _index(
    game: Game, strategies: Sequence[Array], supports: Supports, smallest: float
) -> tuple[int | None, str]:
    """Sign of the determinant of minus the payoff differences within the support.

    For two players it is (-1)^(k + 1) times the signs of the two determinants of the payoffs in
    the support, all made positive (Shapley 1974). With none but a pure profile it is +1.
    """
    if smallest <= TIE:
        return None, "degenerate: an action that is not in use earns as much as those that are"
    sizes = [len(support) for support in supports]
    if len(sizes) == 2 and sizes[0] != sizes[1]:
        return None, f"degenerate: the players mix {sizes[0]} and {sizes[1]} actions"
    blocks = _differences(game, strategies, supports)
    matrix = -np.vstack([np.hstack([block[1:] - block[:1] for block in line]) for line in blocks])
    if not matrix.size:
        return 1, ""
    if np.linalg.svd(matrix, compute_uv=False)[-1] <= SINGULAR:
        return None, "degenerate: within the support other mixtures make the players indifferent"
    return int(np.linalg.slogdet(matrix)[0]), ""


def _smoothed(
    game: Game, supports: Supports, inner: Array, fastest: float, regular: bool
) -> bool | None:
    """Stability of v' = logit reply - v, whose Jacobian is lambda times `inner`, less one."""
    if fastest > _EIGENVALUE:
        return False
    if not regular:
        return None
    if not inner.size:
        return True
    if len(supports) != 2:
        return None  # all imaginary: terms of a smaller order in lambda decide
    A, B = game.scaled
    if np.ptp(A + B) <= TIE:
        return True  # strictly competitive: the dynamics have a Lyapunov function
    # Eigenvalues come as plus and minus the roots of those of the product of the two blocks. Where
    # these are negative and apart they stay real near by, and their roots imaginary.
    first = len(supports[0]) - 1
    squares = np.linalg.eigvals(inner[:first, first:] @ inner[first:, :first])
    if np.abs(squares.imag).max() > 0.0 or squares.real.max() >= -(_EIGENVALUE**2):
        return None
    apart = np.diff(np.sort(squares.real))
    return True if (apart > _EIGENVALUE).all() else None


def _strictly_copositive(matrix: Array) -> bool:
    """Whether w' M w > 0 for all w >= 0 but zero.

    It is so if no positive eigenvector of a principal submatrix has an eigenvalue of zero or less
    (Kaplan 2000).
    """
    size = len(matrix)
    for count in range(1, size + 1):
        for chosen in combinations(range(size), count):
            values, vectors = np.linalg.eigh(matrix[np.ix_(chosen, chosen)])
            for value, vector in zip(values, vectors.T, strict=True):
                positive = (vector > TIE).all() or (vector < -TIE).all()
                if value <= TIE and positive:
                    return False
    return True
