"""Hold an `EquilibriumSet` against a list of exact equilibria, one to one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from negotiation.games import Equilibrium, EquilibriumSet
from negotiation.games.game import Array, Game

Strategy = Sequence[Fraction]
Profile = tuple[Strategy, Strategy]

#: Largest difference of a probability from its exact value. The float path trusts systems whose
#: determinant is above 1e-6 and hands the rest to exact arithmetic: rounding errors of 1e-16
#: divided by that stay below 1e-9.
PROBABILITY = 1e-9


def labelled(payoffs: Array, players: int = 2) -> Game:
    """Put labels on a (..., P, A1, ..., AP) array of payoffs."""
    names = tuple("xyz"[:players])
    sizes = payoffs.shape[payoffs.ndim - players :]
    actions = tuple(
        tuple(f"{name}{a}" for a in range(k)) for name, k in zip(names, sizes, strict=True)
    )
    return Game(names, actions, payoffs)


def two_player(a: Iterable[Iterable[Any]], b: Iterable[Iterable[Any]]) -> Game:
    """Build a game from the payoff matrices of the row and the column player."""
    return labelled(np.array([[[float(v) for v in row] for row in matrix] for matrix in (a, b)]))


def regret_by_hand(payoffs: Array, strategies: Sequence[Array]) -> float:
    """Largest gain from a unilateral deviation, payoffs scaled to [0, 1], in plain loops."""
    worst = 0.0
    for p, table in enumerate(payoffs):
        low = float(table.min())
        span = float(table.max()) - low or 1.0
        value = [0.0] * len(strategies[p])
        for profile in product(*(range(len(s)) for s in strategies)):
            chance = 1.0
            for q, action in enumerate(profile):
                if q != p:
                    chance *= float(strategies[q][action])
            value[profile[p]] += chance * (float(table[profile]) - low)
        mean = sum(float(q) * v for q, v in zip(strategies[p], value, strict=True))
        worst = max(worst, (max(value) - mean) / span)
    return worst


def distance(found: Equilibrium, profile: Profile) -> float:
    """Largest difference of a probability."""
    return max(
        float(np.abs(got - np.array([float(q) for q in want])).max())
        for got, want in zip(found.strategies, profile, strict=True)
    )


def match(found: Sequence[Equilibrium], wanted: Sequence[Profile], within: float) -> list[int]:
    """Return for every exact equilibrium the place of its counterpart; fail unless one to one."""
    places = []
    for profile in wanted:
        near = [k for k, each in enumerate(found) if distance(each, profile) <= within]
        assert near, f"missed: {told(profile)} among {[each.profile for each in found]}"
        assert len(near) == 1, f"found more than once: {told(profile)}"
        places.append(near[0])
    spurious = [each.profile for k, each in enumerate(found) if k not in places]
    assert not spurious, f"spurious: {spurious}; wanted {[told(profile) for profile in wanted]}"
    assert len(set(places)) == len(places)
    return places


def told(profile: Profile) -> str:
    """Put a profile in words."""
    return " / ".join(" ".join(str(q) for q in strategy) for strategy in profile)


def assert_exactly(
    got: EquilibriumSet,
    wanted: Sequence[Profile],
    components: Iterable[Sequence[int]],
    index: tuple[int, ...] = (),
    within: float = PROBABILITY,
) -> None:
    """Assert that a set is complete and holds these equilibria, connected in this way."""
    found = got.at(index)
    places = match(found, wanted, within)
    assert str(got.completeness[index]) == "complete"
    expected = {frozenset(places[k] for k in component) for component in components}
    partition: dict[int, set[int]] = {}
    for k, each in enumerate(found):
        partition.setdefault(each.component, set()).add(k)
    assert {frozenset(each) for each in partition.values()} == expected


def assert_nash_subsets(
    got: EquilibriumSet,
    vertices: tuple[Sequence[Strategy], Sequence[Strategy]],
    subsets: Iterable[tuple[Sequence[int], Sequence[int]]],
    index: tuple[int, ...] = (),
    within: float = PROBABILITY,
) -> None:
    """Assert that a set's maximal Nash subsets are these, in any order, each once.

    Parameters
    ----------
    got : EquilibriumSet
    vertices
        The distinct strategies of the row and of the column player in extreme equilibria.
    subsets
        Places among both.
    """
    found = got.at(index)
    told_subsets = []
    for subset in got.nash_subsets(index):
        sides = [
            tuple(sorted(place(row, known, within) for row in rows))
            for rows, known in zip(subset.strategies, vertices, strict=True)
        ]
        told_subsets.append((sides[0], sides[1]))
        for i, j in product(*sides):
            same = [e for e in found if distance(e, (vertices[0][i], vertices[1][j])) <= within]
            assert [e.component for e in same] == [subset.component]
    assert sorted(told_subsets) == sorted((tuple(x), tuple(y)) for x, y in subsets)


def place(mixture: Array, known: Sequence[Strategy], within: float) -> int:
    """Return which of the exact strategies this is; fail unless it is exactly one."""
    near = [
        k
        for k, strategy in enumerate(known)
        if max(abs(float(q) - float(p)) for p, q in zip(mixture, strategy, strict=True)) <= within
    ]
    assert len(near) == 1, f"{mixture} is {len(near)} of {known}"
    return near[0]
