"""Mixed equilibria of small games with any number of players, by support enumeration.

For every profile of supports that no conditional dominance rules out (Porter, Nudelman and Shoham
2008) all solutions of the indifference conditions are sought, polynomials in the probabilities.
The search divides the supports' simplices until each piece is proven to hold no solution or
exactly one (`cells`), so that in a game whose equilibria are all regular nothing is missed.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from math import comb, prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from negotiation.games.cells import solve_supports
from negotiation.games.certify import Distinct
from negotiation.games.game import Array
from negotiation.games.reduction import scale, undominated
from negotiation.tolerances import REGRET, TIE

#: Cells looked at in one support before it is put off; those put off are tried again with the
#: next limit. Most supports take fewer than ten. Those with a continuum of equilibria take as many
#: as they are given, and are found out when they are first put off.
_LIMITS: Final = (100, 2_000, 50_000, 1_000_000)

#: Supports handed on at once.
_TOGETHER: Final = 2_000

#: By how much a solution that is not regular may fail to be an equilibrium and still put an end to
#: the search of a support that has been put off before: cells along a continuum of solutions of
#: which only an end is an equilibrium, or nearly one, use up any limit.
_NEARLY: Final = 1e-3

#: Smallest singular value of the derivatives at a solution below which it is not called regular.
_REGULAR: Final = 1e-6

#: Largest difference that must vanish at which a point counts as a solution: rounding only.
#: Newton steps end where one is no longer, and are given up where a difference is above `_LOST`.
_SOLVED: Final = 1e-12
_LOST: Final = 1e6

Support = tuple[tuple[int, ...], ...]


@dataclasses.dataclass(frozen=True, eq=False)
class ManyPlayers:
    """Equilibria found, and whether there can be others.

    Attributes
    ----------
    candidates : tuple of strategies
        One (A_p,) array of probabilities per player; all different, each with a regret of at most
        `REGRET`.
    complete : bool
        Every support was decided: these are all equilibria, all of them isolated, and nothing
        rests on a difference below `TIE`.
    reasons : tuple of str
        What was not decided, one sentence each; empty if complete.
    """

    candidates: tuple[tuple[Array, ...], ...]
    complete: bool
    reasons: tuple[str, ...]


def enumerate_supports_of_many(payoffs: Array, *, deadline: float | None) -> ManyPlayers:
    """Find all equilibria of one game, pure and mixed, as far as time allows.

    Parameters
    ----------
    payoffs : (P, A1, ..., AP) array
        Finite, in any unit.
    deadline : float or None
        `time.monotonic()` at which to stop; None for no limit but the one on cells per support.

    Returns
    -------
    ManyPlayers
    """
    began = time.monotonic()
    scaled = scale(np.asarray(payoffs, dtype=float))
    kept = undominated(scaled, deadline)
    small = np.stack([own[np.ix_(*kept)] for own in scaled])
    search = _Search(small)
    waiting = _all_supports(small.shape[1:])
    for limit in _LIMITS:
        again: list[Support] = []
        for supports in waiting:
            if _over(deadline):
                break
            again.extend(search.solve(supports, limit, deadline))
        waiting = _stacked(again)
    candidates = []
    for strategies in search.found:
        whole = [np.zeros(size) for size in scaled.shape[1:]]
        for full, own, probabilities in zip(whole, kept, strategies, strict=True):
            full[own] = probabilities
        candidates.append(tuple(whole))
    total = prod(2 ** len(actions) - 1 for actions in kept)
    reasons = search.reasons(total, time.monotonic() - began)
    return ManyPlayers(tuple(candidates), not reasons, reasons)


class _Search:
    """Equilibria of one game found so far, and what stands in the way of calling them all."""

    def __init__(self, payoffs: Array) -> None:
        self.payoffs = payoffs
        self.players = payoffs.shape[0]
        self.found: list[list[Array]] = []
        self.known = Distinct()
        self.close = Distinct()
        self.decided = 0
        self.singular = 0

    def solve(
        self, supports: Sequence[NDArray[np.int64]], limit: int, deadline: float | None
    ) -> list[Support]:
        """Work through supports of one size; return those put off."""
        solutions = solve_supports(self.payoffs, supports, limit=limit, deadline=deadline)
        unjudged: dict[int, list[list[Array]]] = {}
        over = False
        for number, (s, mixtures) in enumerate(solutions.points):
            over = over or (number % 8 == 7 and _over(deadline))
            if over:
                unjudged.setdefault(s, [])
                continue
            point = _Point(self.payoffs, [each[s] for each in supports], mixtures)
            point.polish()
            self._judge(point)
        put_off = []
        undecided = unjudged | solutions.undecided
        for s, centres in undecided.items():
            support = [each[s] for each in supports]
            short = TIE if limit == _LIMITS[0] else _NEARLY
            over = over or _over(deadline)
            if s in solutions.flat or (not over and self._is_singular(support, centres, short)):
                self.singular += 1
            else:
                put_off.append(tuple(tuple(own.tolist()) for own in support))
        self.decided += len(supports[0]) - len(undecided)
        return put_off

    def _judge(self, point: _Point) -> None:
        """Take a solution for an equilibrium, for none, or for too close to call."""
        slack = point.slack()
        if slack < -TIE:
            return
        strategies = point.strategies()
        if slack <= TIE:
            self.close.add(strategies)
        if point.regret(strategies) <= REGRET and self.known.add(strategies):
            self.found.append(strategies)

    def _is_singular(
        self, support: list[NDArray[np.int64]], centres: list[list[Array]], short: float
    ) -> bool:
        """Whether a support holds a solution no subdivision can settle; it is kept.

        Its probabilities and losses may fall `short` of zero.
        """
        for centre in centres:
            point = _Point(self.payoffs, support, centre)
            if point.polish(steps=60) and point.slack() >= -short:
                self._judge(point)
                if not point.regular():
                    return True
        return False

    def reasons(self, supports: int, seconds: float) -> tuple[str, ...]:
        """Say what was not decided."""
        reasons = []
        if undecided := supports - self.decided - self.singular:
            reasons.append(f"{undecided} of {supports} supports undecided after {seconds:.1f} s")
        if self.singular:
            reasons.append(
                f"{self.singular} of {supports} supports hold, or nearly hold, equilibria that are "
                "not isolated"
            )
        if self.close:
            reasons.append(f"{len(self.close)} solutions rest on differences of at most {TIE:g}")
        return tuple(reasons)


class _Point:
    """A solution of the indifference conditions of one support, or a guess at one."""

    def __init__(
        self, payoffs: Array, support: list[NDArray[np.int64]], mixtures: list[Array]
    ) -> None:
        self.payoffs = payoffs
        self.support = support
        self.mixtures = mixtures
        players = range(len(support))
        self.own = [
            payoffs[p][
                np.ix_(*(support[q] if q != p else range(payoffs.shape[1 + p]) for q in players))
            ]
            for p in players
        ]

    def polish(self, steps: int = 4) -> bool:
        """Improve by Newton steps; whether the conditions then hold."""
        residual, slopes = self._conditions()
        for _ in range(steps):
            if not residual.size:
                break
            step = np.linalg.lstsq(slopes, residual, rcond=1e-12)[0]
            start = 0
            for p, mixture in enumerate(self.mixtures):
                change = step[start : start + len(mixture) - 1]
                start += len(change)
                self.mixtures[p] = mixture - np.concatenate([[-change.sum()], change])
            residual, slopes = self._conditions()
            if not np.abs(residual).max() < _LOST:
                return False
            if np.abs(step).max() <= _SOLVED:
                break
        return bool(np.abs(residual).max(initial=0.0) <= _SOLVED)

    def regular(self) -> bool:
        """Whether the conditions are independent here, so that the solution is isolated."""
        slopes = self._conditions()[1]
        if not slopes.size:
            return True
        return bool(np.linalg.svd(slopes, compute_uv=False)[-1] > _REGULAR)

    def slack(self) -> float:
        """Smallest probability, or loss from an action outside the support; at most one."""
        least = 1.0
        for p, used in enumerate(self.support):
            reply = self._expected(p)
            value = float(reply[used] @ self.mixtures[p])
            unused = np.delete(reply, used)
            least = min(
                least, float(self.mixtures[p].min()), float((value - unused).min(initial=1.0))
            )
        return least

    def strategies(self) -> list[Array]:
        """Return probabilities over all actions."""
        whole = []
        for p, (used, mixture) in enumerate(zip(self.support, self.mixtures, strict=True)):
            full = np.zeros(self.payoffs.shape[1 + p])
            full[used] = np.maximum(mixture, 0.0)
            whole.append(full / full.sum())
        return whole

    def regret(self, strategies: list[Array]) -> float:
        """Largest gain from a deviation, payoffs scaled to [0, 1]."""
        gains = []
        for p, own in enumerate(strategies):
            reply = self.payoffs[p]
            for q in reversed(range(len(strategies))):
                if q != p:
                    reply = np.tensordot(reply, strategies[q], axes=(q, 0))
            gains.append(float(reply.max() - reply @ own))
        return max(gains)

    def _expected(self, p: int, but: int | None = None) -> Array:
        """Payoffs of all actions of a player, and by the actions of one other if asked."""
        values = self.own[p]
        for q in reversed(range(len(self.support))):
            if q not in (p, but):
                values = np.tensordot(values, self.mixtures[q], axes=(q, 0))
        if but is not None and but < p:
            values = values.T
        return np.asarray(values)

    def _conditions(self) -> tuple[Array, Array]:
        """Differences that must vanish; derivatives by all probabilities but the first."""
        sides, lines = [], []
        for p, used in enumerate(self.support):
            reply = self._expected(p)[used]
            sides.append(reply[1:] - reply[0])
            line = []
            for q, other in enumerate(self.support):
                if q == p:
                    line.append(np.zeros((len(used) - 1, len(other) - 1)))
                    continue
                values = self._expected(p, q)[used]
                gains = values[1:] - values[:1]
                line.append(gains[:, 1:] - gains[:, :1])
            lines.append(np.hstack(line))
        return np.concatenate(sides), np.vstack(lines)


def _over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() > deadline


#: Numbers in the cells of one stack of supports, and combinations of actions held as one table.
_IN_A_STACK: Final = 1 << 22
_TABULATED: Final = 100_000


def _all_supports(actions: Sequence[int]) -> Iterator[list[NDArray[np.int64]]]:
    """Every profile of supports, small and balanced ones first, in stacks of one size."""
    for size in _sizes(actions):
        values = sum(
            count * prod(k for q, k in enumerate(size) if q != p) for p, count in enumerate(actions)
        )
        together = max(1, min(_TOGETHER, _IN_A_STACK // values))
        ways = [comb(count, k) for count, k in zip(actions, size, strict=True)]
        if sum(ways) <= _TABULATED:
            choices = [
                np.array(list(combinations(range(count), k)))
                for count, k in zip(actions, size, strict=True)
            ]
            for start in range(0, prod(ways), together):
                which = np.unravel_index(range(start, min(start + together, prod(ways))), ways)
                yield [each[k] for each, k in zip(choices, which, strict=True)]
            continue
        each_one = _each_support(list(zip(actions, size, strict=True)))
        while stack := list(islice(each_one, together)):
            yield [np.array(own) for own in zip(*stack, strict=True)]


def _sizes(actions: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Sizes of supports: by their sum, then by how far they are apart, then in order."""
    for total in range(len(actions), sum(actions) + 1):
        yield from sorted(
            _adding_up(total, actions), key=lambda each: (max(each) - min(each), each)
        )


def _adding_up(total: int, actions: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every size that adds up to a total."""
    if len(actions) == 1:
        if 1 <= total <= actions[0]:
            yield (total,)
        return
    rest = actions[1:]
    for first in range(max(1, total - sum(rest)), min(actions[0], total - len(rest)) + 1):
        for others in _adding_up(total - first, rest):
            yield (first, *others)


def _each_support(sizes: Sequence[tuple[int, int]]) -> Iterator[Support]:
    """Yield the profiles of supports of given sizes one by one, last player fastest."""
    if not sizes:
        yield ()
        return
    count, k = sizes[0]
    for own in combinations(range(count), k):
        for others in _each_support(sizes[1:]):
            yield (own, *others)


def _stacked(supports: Sequence[Support]) -> Iterator[list[NDArray[np.int64]]]:
    """Supports in stacks of one size."""
    by_size: dict[tuple[int, ...], list[Support]] = {}
    for support in supports:
        by_size.setdefault(tuple(map(len, support)), []).append(support)
    for alike in by_size.values():
        for start in range(0, len(alike), _TOGETHER):
            part = alike[start : start + _TOGETHER]
            yield [np.array(own) for own in zip(*part, strict=True)]
