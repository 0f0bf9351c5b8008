"""Kernels: the vertices of one best-response polytope, breadth first, as pairs of supports.

The polytope of the opponent's mixtures is {z >= 0, A z <= 1} with the payoffs A scaled to [1, 2],
so that it is bounded and holds the origin. A vertex is a basis of the dictionary; its neighbours
are one pivot away. Breadth first keeps every dictionary few pivots from the first one, and so
accurate. In a game without ties each vertex has as many best replies as actions in use, so it
names the one pair of supports it can be part of (von Stengel 2002).

Kernels allocate nothing: memory is passed in, and they say when it does not suffice.
"""

from __future__ import annotations

from typing import Any

from negotiation.compile import index_of, kernel_of

Row = Any  # one axis: an array, or a list where interpreted

kernel = kernel_of(__name__)
index = index_of(__name__)


@kernel
def undominated(
    P: Row, p: int, m: int, n: int, wide_a: float, wide_b: float, rows: Row, columns: Row,
    sizes: Row,
) -> None:  # fmt: skip
    """Eliminate clearly dominated actions, iteratedly; list those left and how many they are."""
    for i in range(m):
        rows[i] = i
    for j in range(n):
        columns[j] = j
    sizes[0], sizes[1] = m, n
    changed = True
    while changed:
        changed = False
        for player in range(2):
            own, other = (rows, columns) if player == 0 else (columns, rows)
            base = p if player == 0 else p + m * n
            own_step, other_step = (n, 1) if player == 0 else (1, n)
            margin = wide_a if player == 0 else wide_b
            a = 0
            while a < sizes[player]:
                worse = base + own[a] * own_step
                beaten = False
                for b in range(sizes[player]):
                    if b != a and not beaten:
                        better = base + own[b] * own_step
                        beaten = True
                        for c in range(sizes[1 - player]):
                            q = other[c] * other_step
                            if not P[better + q] - P[worse + q] > margin:
                                beaten = False
                                break
                if beaten:
                    sizes[player] -= 1
                    for b in range(a, sizes[player]):
                        own[b] = own[b + 1]
                    changed = True
                else:
                    a += 1


@kernel
def explore(
    P: Row, p: int, own_step: int, other_step: int, own: Row, m: int, other: Row, d: int,
    low: float, width: float, tie: float, D: Row, labels: Row, keys: Row, desk: Row,
    free: Row, slots: Row, places: Row, inverse: Row,
) -> int:  # fmt: skip
    """Find the vertices of {z >= 0, A z <= 1}: keys[v] has a bit for every tight condition.

    A is m x d, A[i, j] = 1 + (P[p + own[i] own_step + other[j] other_step] - low) / width. Bit j of
    a key says z_j = 0, bit d + i that reply i is a best one. D holds a dictionary, (d + 1) columns
    of m, for every vertex not yet done with, at desk[v]; `labels` the m basic and d nonbasic labels
    of each desk; `free` is for desks to use again. `slots` is a hash table, all -1 on entry and on
    return, `places` what to clear in it.

    Returns
    -------
    int
        How many vertices; -1 where two conditions are too close to call which is tight; -2 where
        the memory does not suffice.
    """
    block = (d + 1) * m
    wrap = len(slots) - 1
    for j in range(d):
        for i in range(m):
            value = P[p + own[i] * own_step + other[j] * other_step]
            D[j * m + i] = 1.0 + (value - low) / width
    for i in range(m):
        D[d * m + i] = 1.0
        labels[i] = d + i
    for j in range(d):
        labels[m + j] = j
    keys[0] = (1 << d) - 1
    slots[0] = 0  # anywhere will do: nothing leads back to the origin but by its own key
    places[0] = 0
    height = index(m)
    state, count, head = 0, 1, 0
    used, idle = 1, 0
    desk[0] = 0
    while head < count and state == 0:
        at = desk[head]
        here = at * block
        last = index(here + d * m)
        key = int(keys[head])
        for i in range(height):
            inverse[i] = 1.0 / D[last + i]
        for c in range(d):
            column = index(here + c * m)
            # The condition that becomes tight first: least b / a over a > 0, that is most a / b.
            most, r = 0.0, index(0)
            for i in range(height):
                t = D[column + i] * inverse[i]
                r = i if t > most else r
                most = max(most, t)
            leaving = labels[index(at * (m + d)) + r]
            entering = labels[at * (m + d) + m + c]
            new = key ^ (1 << int(entering)) ^ (1 << int(leaving))
            if new == keys[0]:
                continue
            place = (((new ^ (new >> 17)) * 0x9E3779B1 & 0x7FFFFFFFFFFFFFFF) >> 15) & wrap
            while slots[place] >= 0 and keys[slots[place]] != new:
                place = (place + 1) & wrap
            if slots[place] >= 0:
                continue
            if count == len(keys) or (idle == 0 and used == len(free)):
                state = -2
                break
            if idle:
                idle -= 1
                there = free[idle]
            else:
                there = used
                used += 1
            slots[place] = count
            places[count] = place
            keys[count] = new
            desk[count] = there
            count += 1
            pivot = D[column + r]
            if not pivot > tie:
                state = -1
                break
            pivot = 1.0 / pivot
            for j in range(d + 1):
                a, b = index(here + j * m), index(there * block + j * m)
                f = D[a + r] * pivot
                for i in range(height):
                    D[b + i] = D[a + i] - f * D[column + i]
                D[b + r] = f
            b = index(there * block + c * m)
            for i in range(height):
                D[b + i] = -D[column + i] * pivot
            D[b + r] = pivot
            for i in range(m + d):
                labels[there * (m + d) + i] = labels[at * (m + d) + i]
            labels[index(there * (m + d)) + r] = entering
            labels[there * (m + d) + m + c] = leaving
            b = index(there * block + d * m)
            least = D[b]
            for i in range(height):
                least = min(least, D[b + i])
            if not least > tie:
                state = -1
                break
        free[idle] = at
        idle += 1
        head += 1
    for v in range(count):
        slots[places[v]] = -1
    return count if state == 0 else state


@kernel
def dominated_on(
    P: Row, p: int, own_step: int, other_step: int, own: Row, m: int, other: Row, n: int,
    margin: float, better: Row, on_set: Row, dominated: Row,
) -> None:  # fmt: skip
    """Fill dominated[J]: own actions that some other beats by more than margin at all of J.

    Actions count by their place in `own` and `other`; better, on_set and dominated have n, 2^n and
    2^n places.
    """
    for J in range(1 << n):
        dominated[J] = 0
    for h in range(m):
        for j in range(n):
            beaten = 0
            column = p + other[j] * other_step
            for i in range(m):
                if P[column + own[h] * own_step] - P[column + own[i] * own_step] > margin:
                    beaten |= 1 << i
            better[j] = beaten
        on_set[0] = -1
        for j in range(n):
            for J in range(1 << j):
                on_set[J | 1 << j] = on_set[J] & better[j]
        for J in range(1, 1 << n):
            dominated[J] |= on_set[J]


@kernel
def list_pairs(
    P: Row, g: int, m: int, n: int, wide_a: Row, wide_b: Row, low_a: Row, low_b: Row,
    tie: float, found: int,
    rows: Row, columns: Row, left_rows: Row, left_columns: Row, sizes: Row, better: Row,
    on_set: Row, dominated: Row, D: Row, labels: Row, keys: Row, desk: Row, free: Row,
    slots: Row, places: Row, inverse: Row,
) -> int:  # fmt: skip
    """List pairs of supports of game g that may be in equilibrium, as masks, from `found` on.

    Clearly dominated actions go first; then the vertices of the polytope of lower dimension are
    found, and those kept whose support holds no action dominated on their best replies, as far as
    `dominated` has room for a table of them.

    Returns the next free place; -1 or -2 as `explore`, and -2 also where `rows` is full.
    """
    p = 2 * m * n * g
    undominated(
        P, p, m, n, tie * wide_a[g], tie * wide_b[g], left_rows, left_columns, sizes
    )  # fmt: skip
    turned = sizes[0] < sizes[1]
    if turned:
        own, other, base, own_step, other_step = left_columns, left_rows, p + m * n, 1, n
        k, d = sizes[1], sizes[0]
        low, width, theirs_width = low_b[g], wide_b[g], wide_a[g]
        theirs_base, theirs_own, theirs_other = p, n, 1
    else:
        own, other, base, own_step, other_step = left_rows, left_columns, p, n, 1
        k, d = sizes[0], sizes[1]
        low, width, theirs_width = low_a[g], wide_a[g], wide_b[g]
        theirs_base, theirs_own, theirs_other = p + m * n, 1, n
    count = explore(
        P, base, own_step, other_step, own, k, other, d, low, width, tie,
        D, labels, keys, desk, free, slots, places, inverse,
    )  # fmt: skip
    if count < 0:
        return count
    table = (1 << k) <= len(dominated)
    if table:
        dominated_on(
            P, theirs_base, theirs_own, theirs_other, other, d, own, k, tie * theirs_width,
            better, on_set, dominated,
        )  # fmt: skip
    for v in range(1, count):
        support = keys[v] & ((1 << d) - 1) ^ ((1 << d) - 1)
        replies = keys[v] >> d
        if table and support & dominated[replies]:
            continue
        if found == len(rows):
            return -2
        I, J = 0, 0
        for i in range(k):
            if (replies >> i) & 1:
                I |= 1 << own[i]
        for j in range(d):
            if (support >> j) & 1:
                J |= 1 << other[j]
        rows[found] = J if turned else I
        columns[found] = I if turned else J
        found += 1
    return found
