"""`Tree`: an extensive game as its file has it, in the order of the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

#: What `InformationSet.player` says of a chance move.
CHANCE = -1


@dataclasses.dataclass(frozen=True)
class InformationSet:
    """Nodes that a player cannot tell apart; for chance, nodes with one lottery.

    Attributes
    ----------
    player : int
        Position of the player; `CHANCE` for a chance move.
    label : str
        Its name in the file; its number where it has none or shares it with another.
    actions : tuple of str
    probabilities : tuple of Fraction
        Of a chance move; empty for a player.
    """

    player: int
    label: str
    actions: tuple[str, ...]
    probabilities: tuple[Fraction, ...] = ()


@dataclasses.dataclass(frozen=True, eq=False)
class Tree:
    """An extensive game.

    Attributes
    ----------
    players : tuple of str
    information_sets : tuple of InformationSet
        In the order in which they are first met.
    parent : sequence of int
        Of each node; -1 at the root. A parent stands before its children.
    branch : sequence of int
        Which action of the parent leads to the node.
    at : sequence of int
        The information set each node belongs to; -1 at an end.
    payoffs : sequence of tuple of Fraction, or None
        What reaching the node pays each player. What a play pays is the sum along its path.
    """

    players: tuple[str, ...]
    information_sets: tuple[InformationSet, ...]
    parent: Sequence[int]
    branch: Sequence[int]
    at: Sequence[int]
    payoffs: Sequence[tuple[Fraction, ...] | None]

    def __len__(self) -> int:
        return len(self.parent)

    @cached_property
    def children(self) -> list[list[int]]:
        """Children of each node, in the order of the actions that lead there."""
        result: list[list[int]] = [[] for _ in self.parent]
        for node, parent in enumerate(self.parent):
            if parent >= 0:
                result[parent].append(node)
        return result

    @cached_property
    def perfect_information(self) -> bool:
        """Whether whoever moves knows all that happened: one node in every player's set."""
        met = [k for k in self.at if k >= 0 and self.information_sets[k].player != CHANCE]
        return len(met) == len(set(met))

    def sets_of(self, player: int) -> list[int]:
        """Information sets of a player, in order."""
        return [k for k, each in enumerate(self.information_sets) if each.player == player]
