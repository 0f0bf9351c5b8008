"""The reduced normal form of an extensive game.

A strategy says what to do at each of a player's information sets, and `*` where the player's own
choices keep the set from being reached (Kuhn 1953; the form is Gambit's).
"""

from __future__ import annotations

from fractions import Fraction
from heapq import heappop, heappush
from math import lcm, prod

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import DataError
from negotiation.games.files.scan import distinct
from negotiation.games.files.table import (
    MAX_BITS,
    MAX_PAYOFFS,
    Deadline,
    as_floats,
    cells,
    check,
    too_long,
)
from negotiation.games.files.tree import CHANCE, Tree
from negotiation.games.game import Game

#: Most steps of any one loop below: a few seconds.
_MAX_STEPS = 2_000_000

#: Most additions of payoffs, vectorised: a few seconds.
_MAX_SUMS = 500_000_000

#: No own choice yet: every strategy gets there.
_START = 0

#: First node at which an information set is arrived at with a sequence, the sequence, the set.
_Arrival = tuple[int, int, int]

#: Choices so far, arrivals that wait for one, sequences that play may have.
_Partial = tuple[dict[int, int], list[_Arrival], list[int]]


class _Plans:
    """The reduced strategies of one player, and where each of them lets play get to.

    A player's own choices on the way to a node are its sequence (von Stengel 1996). Sequences are
    numbered; `arrive[s]` are the information sets that nodes with sequence s belong to, each
    with the first such node.
    """

    def __init__(self, tree: Tree, player: int) -> None:
        self.sets = tree.sets_of(player)
        self.number = {k: i for i, k in enumerate(self.sets)}
        self.size = [len(tree.information_sets[k].actions) for k in self.sets]
        self.sequence = tree.sequences[player]
        following: dict[tuple[int, int, int], int] = {}
        arrive: list[dict[int, int]] = [{} for _ in range(max(self.sequence) + 1)]
        for node in range(1, len(tree)):
            above = tree.parent[node]
            if tree.at[above] in self.number:
                step = (self.sequence[above], self.number[tree.at[above]], tree.branch[node])
                following[step] = self.sequence[node]
        for node, own in enumerate(self.sequence):
            if tree.at[node] in self.number:
                arrive[own].setdefault(self.number[tree.at[node]], node)
        self.following, self.arrive = following, arrive

    def enumerate(
        self, most: int, name: str = "", deadline: Deadline | None = None
    ) -> tuple[list[list[int]], list[list[int]]] | None:
        """List all reduced strategies and the sequences each allows; None beyond `most`.

        A strategy has one action per information set, -1 where it is not reached. They come in
        Gambit's order: the set that a walk down the tree meets first changes last.
        """
        plans: list[list[int]] = []
        allowed: list[list[int]] = []
        steps = 0
        stack: list[_Partial] = [({}, [], [])]
        self._reach(_START, *stack[0][1:])
        while stack:
            choice, waiting, got = stack.pop()
            if len(plans) % 256 == 0:
                check(deadline, name)
            while waiting:
                _, own, k = heappop(waiting)
                steps += 1
                if k not in choice:
                    # Each action but the first goes on with a copy, later.
                    for action in range(self.size[k] - 1, 0, -1):
                        other: _Partial = ({**choice, k: action}, list(waiting), list(got))
                        self._follow(own, k, *other)
                        stack.append(other)
                        steps += len(choice) + len(waiting) + len(got)
                        if steps > _MAX_STEPS:
                            return None
                    choice[k] = 0
                self._follow(own, k, choice, waiting, got)
            plan = [-1] * len(self.sets)
            for k, action in choice.items():
                plan[k] = action
            plans.append(plan)
            allowed.append(got)
            steps += len(plan) + len(got)
            if steps > _MAX_STEPS or len(plans) + len(stack) > most:
                return None
        return plans, allowed

    def _follow(
        self, own: int, k: int, choice: dict[int, int], waiting: list[_Arrival], got: list[int]
    ) -> None:
        """Go on from information set k, arrived at with sequence `own`, as was chosen there."""
        after = self.following.get((own, k, choice[k]))
        if after is not None:
            self._reach(after, waiting, got)

    def _reach(self, own: int, waiting: list[_Arrival], got: list[int]) -> None:
        """Note that play may get to nodes with sequence `own`, and what has to be decided there."""
        got.append(own)
        for k, node in self.arrive[own].items():
            heappush(waiting, (node, own, k))


def plan_label(tree: Tree, player: int, plan: list[int]) -> str:
    """Put a reduced strategy in words: `1: enter, 2: *`, or the action alone where there is one."""
    words = []
    for k, action in zip(tree.sets_of(player), plan, strict=True):
        each = tree.information_sets[k]
        word = each.actions[action] if action >= 0 else "*"
        words.append(word if len(plan) == 1 else f"{each.label}: {word}")
    return ", ".join(words) or "no move"


def reduced_normal_form(
    tree: Tree, name: str, *, forgetful: bool = False, deadline: Deadline | None = None
) -> Game:
    """Build the strategic game whose actions are the reduced strategies.

    Parameters
    ----------
    tree : Tree
    name : str
        What errors call it.
    forgetful : bool
        Build it for players with imperfect recall too. Its pure profiles pay what they pay in the
        tree, but its mixed equilibria are not equilibria of the tree in behaviour strategies.
    deadline : Deadline, optional
        When to give up.

    Raises
    ------
    DataError
        If it is too large, there is one player only, or a player has imperfect recall.
    """
    if len(tree.players) < 2:
        raise DataError(f"{name}: there is 1 player; a game in strategic form takes at least two")
    if tree.forgotten and not forgetful:
        raise DataError(
            f"{name}: {tree.forgotten}; with imperfect recall mixtures of strategies are not what "
            "a player can do move by move, so that such a game is not solved; expected nodes that "
            "a player can tell apart by its own past in different information sets"
        )
    every: list[list[list[int]]] = []
    sequences: list[list[int]] = []
    reached_by: list[list[NDArray[np.int64]]] = []
    room = MAX_PAYOFFS // len(tree.players)
    for p, player in enumerate(tree.players):
        plans = _Plans(tree, p)
        listed = plans.enumerate(room, name, deadline)
        if listed is None:
            raise DataError(
                f"{name}: {player} has {len(plans.sets)} information sets, which make a reduced "
                f"normal form of more than {MAX_PAYOFFS:,} payoffs; expected a smaller tree"
            )
        room //= len(listed[0])
        every.append(listed[0])
        sequences.append(plans.sequence)
        users: list[list[int]] = [[] for _ in plans.arrive]
        for k, allowed in enumerate(listed[1]):
            for own in allowed:
                users[own].append(k)
        reached_by.append([np.array(each, dtype=np.int64) for each in users])
    actions = tuple(
        distinct([plan_label(tree, p, plan) for plan in plans]) for p, plans in enumerate(every)
    )
    ends = _ends(tree, sequences, name, deadline)
    exact = _add_up(ends, reached_by, [len(plans) for plans in every], name, deadline)
    floats = as_floats(exact.ravel().tolist()).reshape(exact.shape)
    return Game(tree.players, actions, floats, exact=exact)


Ends = dict[tuple[int, ...], list[Fraction]]


def _ends(tree: Tree, sequences: list[list[int]], name: str, deadline: Deadline | None) -> Ends:
    """What plays pay each player times their chance, added up over those of equal sequences."""
    zero = (Fraction(0),) * len(tree.players)
    chance: list[Fraction] = []
    paid: list[tuple[Fraction, ...]] = []
    ends: Ends = {}
    for node, above in enumerate(tree.parent):
        if node % 1024 == 0:
            check(deadline, name)
        odds, total = (chance[above], paid[above]) if above >= 0 else (Fraction(1), zero)
        if above >= 0 and tree.information_sets[tree.at[above]].player == CHANCE:
            odds *= tree.information_sets[tree.at[above]].probabilities[tree.branch[node]]
        own = tree.payoffs[node]
        if own is not None:
            total = tuple(a + b for a, b in zip(total, own, strict=True))
        chance.append(odds)
        paid.append(total)
        grown = [odds, *total] if own is not None else [odds]
        if tree.at[node] < 0:
            got = ends.setdefault(
                tuple(each[node] for each in sequences), [Fraction(0)] * len(zero)
            )
            for p, value in enumerate(total):
                got[p] += odds * value
            grown += got
        if any(map(too_long, grown)):
            raise too_many_digits(name)
    return ends


def _add_up(
    ends: Ends,
    reached_by: list[list[NDArray[np.int64]]],
    sizes: list[int],
    name: str,
    deadline: Deadline | None,
) -> NDArray[np.object_]:
    """(P, A1, ..., AP) expected payoffs: every play counts where all strategies allow it."""
    blocks = [
        [users[own] for users, own in zip(reached_by, sequence, strict=True)] for sequence in ends
    ]
    if sum(prod(map(len, block)) for block in blocks) * len(sizes) > _MAX_SUMS:
        raise DataError(
            f"{name}: the reduced normal form takes more than {_MAX_SUMS:,} additions of payoffs; "
            "expected a smaller tree"
        )
    unit = 1
    for paid in ends.values():
        unit = lcm(unit, *(value.denominator for value in paid))
        if unit.bit_length() > MAX_BITS:
            raise too_many_digits(name)
    # In units of the common denominator payoffs are integers: as machine integers where the
    # largest sum fits, which is fast.
    scaled = [[int(value * unit) for value in paid] for paid in ends.values()]
    most = max((sum(abs(paid[p]) for paid in scaled) for p in range(len(sizes))), default=0)
    small = most < 2**62
    if not small and cells(sizes) * unit.bit_length() > 100 * _MAX_STEPS:
        raise too_many_digits(name)
    sums = np.zeros((len(sizes), *sizes), dtype=np.int64 if small else object)
    for count, (units, block) in enumerate(zip(scaled, blocks, strict=True)):
        if count % 64 == 0:
            check(deadline, name)
        at = np.ix_(*block)
        for p, value in enumerate(units):
            sums[p][at] += value
    numbers, where = (
        np.unique(sums, return_inverse=True) if small else (sums.ravel(), np.arange(sums.size))
    )
    exact = np.empty(len(numbers), dtype=object)
    exact[:] = [Fraction(int(number), unit) for number in numbers]
    return np.asarray(exact[where].reshape(sums.shape))


def too_many_digits(name: str) -> DataError:
    """Build the error for numbers that grow along a tree until they cannot be computed with."""
    return DataError(
        f"{name}: expected payoffs take numbers of more than {MAX_BITS:,} bits; expected payoffs "
        "and probabilities with fewer digits"
    )
