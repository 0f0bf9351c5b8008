"""Components and maximal Nash subsets, from which mixtures are equilibria with which.

Draw a line between a mixture of player 1 and one of player 2 where the two are an extreme
equilibrium. Components of this graph are the connected sets of equilibria. A maximal Nash subset is
a largest product of convex sets all of whose pairs are equilibria; it is spanned by the two sides
of a maximal biclique of the graph, a complete bipartite subgraph that is part of no larger one
(Avis, Rosenberg, Savani and von Stengel 2010). Nothing here knows of payoffs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from negotiation.errors import NegotiationError

Pair = tuple[int, int]
Biclique = tuple[tuple[int, ...], tuple[int, ...]]

#: Most maximal Nash subsets of one game that are listed. Their number can double with every
#: mixture; a game met in practice has a few dozen.
MOST_SUBSETS = 100_000


def connected_components(pairs: Sequence[Pair]) -> tuple[int, ...]:
    """Number the component of each pair, in order of first appearance.

    Pairs with the same first or the same second number are connected.
    """
    parent = list(range(len(pairs)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = k = parent[parent[k]]
        return k

    for side in (0, 1):
        first: dict[int, int] = {}
        for k, pair in enumerate(pairs):
            other = first.setdefault(pair[side], k)
            if other != k:
                parent[root(k)] = root(other)
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(root(k), len(numbers)) for k in range(len(pairs)))


def maximal_nash_subsets(pairs: Iterable[Pair], limit: int = MOST_SUBSETS) -> list[Biclique]:
    """List all maximal Nash subsets, sorted.

    Parameters
    ----------
    pairs : pairs of integers
        Names of the two mixtures of each extreme equilibrium. They must be all of the set's: where
        one is missing, subsets come out smaller.
    limit : int
        Most subsets to list.

    Returns
    -------
    list of (tuple of int, tuple of int)
        Names on either side, ascending. Each pair of the product is in `pairs`.

    Raises
    ------
    NegotiationError
        If there are more than `limit`.
    """
    found: list[Biclique] = []
    for subset in each_nash_subset(pairs):
        if len(found) == limit:
            raise NegotiationError(
                f"a game has more than {limit} maximal Nash subsets, the most that are listed; "
                "use its extreme equilibria and their components, which say the same"
            )
        found.append(subset)
    return sorted(found)


def each_nash_subset(pairs: Iterable[Pair]) -> Iterator[Biclique]:
    """Yield the maximal Nash subsets one by one, in no promised order.

    Close-by-one (Kuznetsov 1993): a biclique is reached by adding members in ascending order only,
    so each is met once, without a memory of those met before.
    """
    pairs = set(pairs)
    lefts = sorted({i for i, _ in pairs})
    rights = sorted({j for _, j in pairs})
    swap = len(lefts) > len(rights)  # members are added on the shorter side
    if swap:
        lefts, rights = rights, lefts
    place = {name: k for k, name in enumerate(lefts)}
    place_right = {name: k for k, name in enumerate(rights)}
    # Neighbours as bit masks, both ways.
    of_left, of_right = [0] * len(lefts), [0] * len(rights)
    for pair in pairs:
        i, j = place[pair[swap]], place_right[pair[not swap]]
        of_left[i] |= 1 << j
        of_right[j] |= 1 << i

    def shared(those: int, neighbours: list[int], everybody: int) -> int:
        for k in _members(those):
            everybody &= neighbours[k]
        return everybody

    all_left, all_right = (1 << len(lefts)) - 1, (1 << len(rights)) - 1
    stack = [(shared(all_right, of_right, all_left), all_right, 0)]
    while stack:
        members, around, start = stack.pop()
        if members and around:
            one = tuple(lefts[k] for k in _members(members))
            two = tuple(rights[k] for k in _members(around))
            yield (two, one) if swap else (one, two)
        for k in range(start, len(lefts)):
            fewer = around & of_left[k]
            if not fewer or members >> k & 1:
                continue
            more = shared(fewer, of_right, all_left)
            if not (more ^ members) & ((1 << k) - 1):  # else it is reached from a smaller member
                stack.append((more, fewer, k + 1))


def _members(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
