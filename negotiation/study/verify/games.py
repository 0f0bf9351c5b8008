"""Games all of whose equilibria are known."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from negotiation.games import EquilibriumSet, solve
from negotiation.games.game import Array, Game
from negotiation.study.verify.answers import Compared, Problem, data

#: Probabilities are found to rounding; equilibria of three players by Newton's method.
_PROBABILITY = 1e-9


def _numbers(rows: Any) -> Array:
    """Read nested lists of fractions as numbers."""
    if isinstance(rows, list):
        return np.array([_numbers(row) for row in rows])
    return np.array(float(Fraction(rows)))


def _sorted(profiles: list[Array]) -> Array:
    """(E, strategies) profiles in an order that does not hang on the last digit."""
    return np.array(sorted(profiles, key=lambda each: np.round(each, 6).tolist()))


def _profiles(found: EquilibriumSet) -> Array:
    return _sorted([np.concatenate(each.strategies) for each in found.at()])


def _game(payoffs: Array) -> Game:
    players = tuple(f"player {p + 1}" for p in range(len(payoffs)))
    actions = tuple(tuple(f"action {k + 1}" for k in range(n)) for n in payoffs.shape[1:])
    return Game(players, actions, payoffs)


def _known(name: str) -> Iterator[Compared]:
    record = data()["games"][name]
    found = solve(_game(_numbers(record["payoffs"])))
    known = _sorted([_numbers(each) for each in record["equilibria"]])
    yield "equilibria", len(known), int(found.count), 0.0
    yield "components", record["components"], len({each.component for each in found.at()}), 0.0
    if int(found.count) == len(known):
        yield "probabilities", known, _profiles(found), _PROBABILITY


def _continuum(name: str) -> Iterator[Compared]:
    """Find the corners of a continuum; of three players its middle is found in part."""
    record = data()["continua"][name]
    found = solve(_game(_numbers(record["payoffs"])))
    got = _profiles(found)
    known = [_numbers(each) for each in record["equilibria"]]
    near = [bool((np.abs(got - each).max(axis=1) <= _PROBABILITY).any()) for each in known]
    yield "corners", len(known), sum(near), 0.0
    yield "gain", 0.0, max(float(each.regret) for each in found.at()), _PROBABILITY


def _exact() -> Iterator[Compared]:
    """Solve in rationals: not one digit may differ."""
    record = data()["games"]["von_stengel"]
    found = solve(_game(_numbers(record["payoffs"])), exact=True)
    known = sorted([Fraction(q) for q in each] for each in record["equilibria"])
    got = sorted([q for own in each.exact or () for q in own] for each in found.at())
    yield "exact", 1, int(known == got), 0.0


PROBLEMS: dict[str, Problem] = {
    **{name: partial(_known, name) for name in data()["games"]},
    **{name: partial(_continuum, name) for name in data()["continua"]},
    "exact_fractions": _exact,
}
