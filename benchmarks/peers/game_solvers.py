"""Other solvers of two-player games, and what each finds of the equilibria there are.

None is needed: one that is not installed is left out, with a line that says so.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from time import process_time
from typing import Any

import numpy as np

from negotiation.games import EquilibriumSet
from negotiation.games.game import Array, Game

Pair = tuple[Array, Array]

#: Profiles closer than this are the same, and a profile with no more regret is an equilibrium:
#: looser than the library's own tolerances, so that a peer's rounding costs it nothing.
SAME = 1e-6

#: Side from which quantecon's enumeration of vertices is faster than that of supports.
VERTICES_PAY = 6


@dataclasses.dataclass(frozen=True)
class Peer:
    """A solver: how it wants its games, how it is called, and how its answer is read.

    Attributes
    ----------
    module : str
        What must be installed.
    largest, largest_quick : int
        Sides beyond which one game takes too long.
    """

    name: str
    module: str
    largest: int
    largest_quick: int
    prepare: Callable[[Array, Array], Any]
    solve: Callable[[Any], Any]
    read: Callable[[Any], Sequence[Pair]] = list

    @property
    def installed(self) -> bool:
        return find_spec(self.module) is not None


@dataclasses.dataclass(frozen=True)
class Findings:
    """What a peer made of some games, beside what the library found in the same.

    Attributes
    ----------
    games, failures : int
        Games given to it; those of them it raised an error on.
    seconds : float
        Process time for all of them.
    known : int
        Equilibria the library lists.
    missed, twice, more, wrong : int
        Of these, those it does not find; equilibria it lists again; equilibria that the library
        does not list (not extreme, if the library is right); profiles that are no equilibrium.
    """

    games: int
    failures: int
    seconds: float
    known: int
    missed: int
    twice: int
    more: int
    wrong: int

    @property
    def each(self) -> float:
        return self.seconds / self.games

    @property
    def words(self) -> str:
        counts = {"twice": self.twice, "more": self.more, "wrong": self.wrong}
        rest = [f"{count} {name}" for name, count in counts.items() if count]
        if self.failures:
            rest.append(f"fails on {self.failures}")
        return ", ".join([f"misses {self.missed} of {self.known}", *rest])


def compare(peer: Peer, games: Game, ours: EquilibriumSet, seconds: float) -> Findings:
    """Let a peer solve games of a flat batch, from the first on, until the time is up."""
    used, count, failures = 0.0, 0, 0
    known = missed = twice = more = wrong = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of degenerate games, at every one of them
        _attempt(peer, games.at((0,)))  # not counted: it may have to compile
        while count < len(games.payoffs) and (used < seconds or not count):
            game = games.at((count,))
            took, pairs = _attempt(peer, game)
            used += took
            failures += pairs is None
            expected = [e.strategies for e in ours.at((count,))]
            count += 1
            known += len(expected)
            distinct: list[Sequence[Array]] = []
            for pair in pairs or ():
                if not game.regret(pair) <= SAME:
                    wrong += 1
                elif _among(pair, distinct):
                    twice += 1
                else:
                    distinct.append(pair)
                    more += not _among(pair, expected)
            missed += sum(not _among(each, distinct) for each in expected)
    return Findings(count, failures, used, known, missed, twice, more, wrong)


def _attempt(peer: Peer, game: Game) -> tuple[float, Sequence[Pair] | None]:
    row, column = game.payoffs
    prepared = peer.prepare(row, column)
    start = process_time()
    try:
        answer = peer.solve(prepared)
    except Exception:  # whatever it is, the game is not solved
        return process_time() - start, None
    return process_time() - start, peer.read(answer)


def _among(pair: Sequence[Array], others: Sequence[Sequence[Array]]) -> bool:
    return any(
        all(np.abs(p - q).max() <= SAME for p, q in zip(pair, other, strict=True))
        for other in others
    )


# --- the peers ------------------------------------------------------------------------------------


def _nashpy(row: Array, column: Array) -> Any:
    return import_module("nashpy").Game(row, column)


def _quantecon(row: Array, column: Array) -> Any:
    theory = import_module("quantecon.game_theory")
    own = np.ascontiguousarray(column.T)
    return theory.NormalFormGame((theory.Player(row), theory.Player(own)))


def _solve_by_quantecon(game: Any) -> Any:
    theory = import_module("quantecon.game_theory")
    if max(game.nums_actions) < VERTICES_PAY:
        return theory.support_enumeration(game)
    return theory.vertex_enumeration(game)


def _gambit(row: Array, column: Array) -> Any:
    return import_module("pygambit").StrategicGame.from_arrays(row, column)


def _solve_by_gambit(rational: bool) -> Callable[[Any], Any]:
    return lambda game: import_module("pygambit").nash.enummixed_solve(game, rational=rational)


def _read_gambit(answer: Any) -> list[Pair]:
    pairs = []
    for profile in answer.equilibria:
        x, y = (np.array([float(q) for _, q in profile[player]]) for player in answer.game.players)
        pairs.append((x, y))
    return pairs


PEERS = (
    Peer("nashpy", "nashpy", 5, 4, _nashpy, lambda game: list(game.support_enumeration())),
    Peer("quantecon", "quantecon", 12, 12, _quantecon, _solve_by_quantecon),
    Peer("gambit, rational", "pygambit", 5, 4, _gambit, _solve_by_gambit(True), _read_gambit),
    Peer("gambit, double", "pygambit", 10, 8, _gambit, _solve_by_gambit(False), _read_gambit),
)


def installed() -> list[Peer]:
    """Return the peers there are, and name the others."""
    for module in dict.fromkeys(peer.module for peer in PEERS if not peer.installed):
        print(f"{module} is not installed: left out (pip install --pre {module})")
    return [peer for peer in PEERS if peer.installed]
