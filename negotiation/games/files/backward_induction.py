"""Subgame-perfect equilibria of trees with perfect information, exactly.

Backward induction (Zermelo 1913; Selten 1965): from the ends to the root, whoever moves takes a
best action given what follows. Where actions tie, each choice is an equilibrium of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from negotiation.errors import DataError
from negotiation.games.files.normal_form import plan_label, too_many_digits
from negotiation.games.files.table import Deadline, check, too_long
from negotiation.games.files.tree import CHANCE, InformationSet, Tree

#: Most subgame-perfect equilibria that are listed, and most choices in all of them together: ties
#: multiply from subgame to subgame.
MAX_LISTED = 100
_MAX_CHOICES = 200_000


@dataclasses.dataclass(frozen=True, eq=False)
class SubgamePerfect:
    """One subgame-perfect equilibrium in pure strategies.

    Attributes
    ----------
    choices : dict of int to int
        Action at each node where a player moves, by position of the node in the tree.
    payoffs : tuple of Fraction
        One per player, expected over chance moves.
    """

    choices: dict[int, int]
    payoffs: tuple[Fraction, ...]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SubgamePerfectSet:
    """Subgame-perfect equilibria of a tree.

    Attributes
    ----------
    tree : Tree
    equilibria : tuple of SubgamePerfect
        In the order of the first choice in which they differ.
    complete : bool
        Whether these are all in pure strategies.
    """

    tree: Tree
    equilibria: tuple[SubgamePerfect, ...]
    complete: bool

    def __repr__(self) -> str:
        claim = "complete" if self.complete else "partial"
        return f"SubgamePerfectSet({len(self.equilibria)} equilibria, {claim})"

    def decisions(self, found: SubgamePerfect) -> Iterator[tuple[bool, int, InformationSet, str]]:
        """Yield (whether it is reached, node, information set, action), in the tree's order."""
        reached = {0}
        for node, children in enumerate(self.tree.children):
            if not children:
                continue
            each = self.tree.information_sets[self.tree.at[node]]
            if each.player == CHANCE:
                if node in reached:
                    reached |= {
                        child
                        for child, odds in zip(children, each.probabilities, strict=True)
                        if odds
                    }
                continue
            action = found.choices[node]
            if node in reached:
                reached.add(children[action])
            yield node in reached, node, each, each.actions[action]

    def reduced(self, found: SubgamePerfect) -> tuple[str, ...]:
        """Labels of the reduced strategies that an equilibrium plays."""
        tree = self.tree
        labels = []
        for player in range(len(tree.players)):
            # What the player's own choices rule out is left open.
            open_nodes = {0}
            for node, children in enumerate(tree.children):
                if node in open_nodes and children:
                    own = tree.information_sets[tree.at[node]].player == player
                    open_nodes.update([children[found.choices[node]]] if own else children)
            where = {k: node for node, k in enumerate(tree.at)}
            labels.append(
                plan_label(
                    tree,
                    player,
                    [
                        found.choices[where[k]] if where[k] in open_nodes else -1
                        for k in tree.sets_of(player)
                    ],
                )
            )
        return tuple(labels)


#: Payoffs of a subgame, and the choices in it: the one at its root, then those of its subgames.
_Solved = tuple[tuple[Fraction, ...], Any]


def backward_induction(
    tree: Tree, name: str, deadline: Deadline | None = None
) -> SubgamePerfectSet:
    """Find the subgame-perfect equilibria in pure strategies.

    Parameters
    ----------
    tree : Tree
    name : str
        What errors call it.
    deadline : Deadline, optional
        When to give up.

    Raises
    ------
    DataError
        If somebody does not know what happened before, or numbers grow too long.
    """
    if not tree.perfect_information:
        raise DataError(f"{name}: backward induction takes a tree with perfect information")
    most = max(1, min(MAX_LISTED, _MAX_CHOICES // len(tree)))
    complete = True
    solved: list[list[_Solved]] = [[] for _ in range(len(tree))]
    zero = (Fraction(0),) * len(tree.players)
    for node in range(len(tree) - 1, -1, -1):
        if node % 256 == 0:
            check(deadline, name)
        paid = tree.payoffs[node]
        children = tree.children[node]
        if not children:
            solved[node] = [(paid or zero, None)]
            continue
        found: list[_Solved] = []
        for each in _combined(tree, node, [solved[child] for child in children]):
            value, plan = each
            if len(found) == most:
                complete = False
                break
            if paid is not None:
                value = tuple(a + b for a, b in zip(value, paid, strict=True))
            if any(map(too_long, value)):
                raise too_many_digits(name)
            found.append((value, plan))
        solved[node] = found
        for child in children:
            solved[child] = []
    equilibria = [SubgamePerfect(_choices(tree, plan), value) for value, plan in solved[0]]
    equilibria.sort(key=lambda each: list(each.choices.values()))
    return SubgamePerfectSet(tree, tuple(equilibria), complete)


def _combined(tree: Tree, node: int, below: list[list[_Solved]]) -> Iterator[_Solved]:
    """Yield the solutions of a subgame from those of the subgames that its root leads to."""
    each = tree.information_sets[tree.at[node]]
    for chosen in product(*below):
        values = [value for value, _ in chosen]
        plans = tuple(plan for _, plan in chosen)
        if each.player == CHANCE:
            yield (
                tuple(
                    sum(
                        (q * v for q, v in zip(each.probabilities, column, strict=True)),
                        Fraction(0),
                    )
                    for column in zip(*values, strict=True)
                ),
                (-1, plans),
            )
            continue
        best = max(value[each.player] for value in values)
        for action, value in enumerate(values):
            if value[each.player] == best:
                yield value, (action, plans)


def _choices(tree: Tree, plan: Any) -> dict[int, int]:
    """Lay out a nested plan by node, in the tree's order; without recursion, trees may be deep."""
    result: dict[int, int] = {}
    waiting = [(0, plan)]
    while waiting:
        node, here = waiting.pop()
        if here is None:
            continue
        action, plans = here
        if action >= 0:
            result[node] = action
        waiting.extend(zip(reversed(tree.children[node]), reversed(plans), strict=True))
    return result
