"""`Tree`: an extensive game as its file has it, in the order of the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

from negotiation.words import printable

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


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        who = printable(", ".join(self.players))
        return f"Tree({who}; {len(self)} nodes, {len(self.information_sets)} information sets)"

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

    @cached_property
    def sequences(self) -> list[list[int]]:
        """Of each player, the number of own choices so far at each node; 0 where none was made.

        Nodes have one number if the player came to both by the same own choices, in order.
        """
        result = []
        for player in range(len(self.players)):
            number: dict[tuple[int, int, int], int] = {}
            own = [0] * len(self)
            for node in range(1, len(self)):
                above = self.parent[node]
                own[node] = own[above]
                if self.information_sets[self.at[above]].player == player:
                    step = (own[above], self.at[above], self.branch[node])
                    own[node] = number.setdefault(step, len(number) + 1)
            result.append(own)
        return result

    @cached_property
    def forgotten(self) -> str:
        """What some player does not remember, in words; empty with perfect recall (Kuhn 1953).

        A player with perfect recall came to all nodes of an information set by the same own
        choices: the nodes differ in what others did, never in what she did or knew.
        """
        first: dict[int, int] = {}
        for node, k in enumerate(self.at):
            if k < 0 or self.information_sets[k].player == CHANCE:
                continue
            before = first.setdefault(k, node)
            own = self.sequences[self.information_sets[k].player]
            if own[before] != own[node]:
                return self._lapse(before, node)
        return ""

    @property
    def perfect_recall(self) -> bool:
        """Whether every player remembers what she did and knew."""
        return not self.forgotten

    def _lapse(self, one: int, two: int) -> str:
        """Put in words why two nodes of an information set tell of a forgetful player."""
        here = self.information_sets[self.at[one]]
        who, where = self.players[here.player], f"information set '{here.label}'"
        past = []
        for node in (one, two):
            steps, at = [], node
            while (above := self.parent[at]) >= 0:
                if self.information_sets[self.at[above]].player == here.player:
                    steps.append((self.at[above], self.branch[at]))
                at = above
            past.append(steps[::-1])
        if any(k == self.at[one] for steps in past for k, _ in steps):
            return f"{who} does not remember at {where} to have been there before"
        if [k for k, _ in past[0]] == [k for k, _ in past[1]]:
            k = next(a[0] for a, b in zip(*past, strict=True) if a != b)
            what = f"what it chose at information set '{self.information_sets[k].label}'"
        else:
            seen = {k for k, _ in past[0]} ^ {k for k, _ in past[1]}
            k = min(seen) if seen else past[0][0][0]
            what = f"whether it was at information set '{self.information_sets[k].label}'"
        return f"{who} does not remember at {where} {what}"

    def sets_of(self, player: int) -> list[int]:
        """Information sets of a player, in order."""
        return [k for k, each in enumerate(self.information_sets) if each.player == player]
