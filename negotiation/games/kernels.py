"""Kernels that solve two-player games, interpreted or, where a batch pays for it, compiled.

Payoffs come flat: game g holds the row player's m x n payoffs, then the column player's. A set of
actions is a bit mask. Which pairs of supports are worth solving is for others to say: `lanes` looks
at all of equal size, `vertices` at those that a vertex of a best-response polytope names.

A comparison closer than `tie` (payoffs of each player scaled to [0, 1], probabilities) leaves the
game open, for the exact path to decide. Kernels allocate nothing. Interpreted, the ones that work
on one game at a time take lists for arrays, which Python indexes five times as fast.
"""

from __future__ import annotations

from typing import Any

from negotiation.compile import kernel_of

Row = Any  # one axis: an array, or a list where interpreted

kernel = kernel_of(__name__)


@kernel
def two_by_two(
    P: Row, start: int, stop: int, tie: float, least: float, most: float, e: int,
    first: Row, open_: Row, X: Row, Y: Row, U: Row, R: Row,
) -> int:  # fmt: skip
    """Solve 2 x 2 games in closed form: one equilibrium, or two pure ones and a mixed one.

    Games whose payoffs range over less than `least` or more than `most` are left open.
    """
    for g in range(start, stop):
        first[g] = e
        p = 8 * g
        a00, a01, a10, a11 = P[p], P[p + 1], P[p + 2], P[p + 3]
        b00, b01, b10, b11 = P[p + 4], P[p + 5], P[p + 6], P[p + 7]
        wa = max(a00, a01, a10, a11) - min(a00, a01, a10, a11)
        wb = max(b00, b01, b10, b11) - min(b00, b01, b10, b11)
        u0, u1 = a00 - a10, a01 - a11  # what the row player gains by her first action
        v0, v1 = b00 - b01, b10 - b11
        total = a00 + a01 + a10 + a11 + b00 + b01 + b10 + b11
        bad = total - total  # not zero where a payoff is not finite: no comparison holds
        if not (
            min(abs(u0), abs(u1)) > tie * wa + bad
            and min(abs(v0), abs(v1)) > tie * wb
            and min(wa, wb) > least
            and max(wa, wb) < most
        ):
            open_[g] = 1
            continue
        open_[g] = 0
        if ((u0 > 0) == (u1 > 0)) or ((v0 > 0) == (v1 > 0)):  # somebody has a dominant action
            if (u0 > 0) == (u1 > 0):
                i = 0 if u0 > 0 else 1
                j = 0 if (v0 if u0 > 0 else v1) > 0 else 1
            else:
                j = 0 if v0 > 0 else 1
                i = 0 if (u0 if v0 > 0 else u1) > 0 else 1
            X[2 * e] = 1.0 - i
            X[2 * e + 1] = i
            Y[2 * e] = 1.0 - j
            Y[2 * e + 1] = j
            U[2 * e] = P[p + 2 * i + j]
            U[2 * e + 1] = P[p + 4 + 2 * i + j]
            R[e] = 0.0
            e += 1
            continue
        if (u0 > 0) == (v0 > 0):  # both like to agree, or both to differ
            j = 0 if u0 > 0 else 1
            for i in range(2):
                X[2 * e] = 1.0 - i
                X[2 * e + 1] = i
                Y[2 * e] = 1.0 - j
                Y[2 * e + 1] = j
                U[2 * e] = P[p + 2 * i + j]
                U[2 * e + 1] = P[p + 4 + 2 * i + j]
                R[e] = 0.0
                e += 1
                j = 1 - j
        y = u1 / (u1 - u0)
        x = v1 / (v1 - v0)
        z, w = 1.0 - y, 1.0 - x
        u = u0 * y + u1 * z  # what either gains by the first action: zero but for rounding
        v = v0 * x + v1 * w
        X[2 * e] = x
        X[2 * e + 1] = w
        Y[2 * e] = y
        Y[2 * e + 1] = z
        U[2 * e] = a10 * y + a11 * z + x * u
        U[2 * e + 1] = b01 * x + b11 * w + y * v
        R[e] = max(max(w * u, -x * u) / wa, max(z * v, -y * v) / wb)
        e += 1
    first[stop] = e
    return e


@kernel
def _opposed(least: float, most: float, margin: float) -> int:
    """Judge weights whose total is too small to divide by: of both signs clearly, they are none."""
    return -1 if least < -margin and most > margin else 0


@kernel
def balance(
    P: Row, p: int, own_step: int, other_step: int, m: int, members: Row, own: int, other: int,
    k: int, mask: int, width: float, tie: float, singular: float, Z: Row, room: int, y: int,
    v: int,
) -> int:  # fmt: skip
    """Find the mixture of k of the other's actions that makes k own actions equally good.

    Returns 1 where it is clearly a mixture and no own action outside is as good, -1 where clearly
    not, 0 where that is too close to call or no one mixture does it. Z is scratch: the mixture from
    Z[y] on; what all own actions earn more than the first of the k, from Z[v] on.
    """
    base = p + members[own] * own_step
    if k == 2:
        a, b = members[other] * other_step, members[other + 1] * other_step
        rival = p + members[own + 1] * own_step
        ya, yb = P[base + b] - P[rival + b], P[rival + a] - P[base + a]
        total = ya + yb
        if not abs(total) > singular * width:
            return _opposed(min(ya, yb), max(ya, yb), tie * width)
        Z[y] = ya / total
        Z[y + 1] = yb / total
        least = min(Z[y], Z[y + 1])
    elif k == 3:
        a, b = members[other] * other_step, members[other + 1] * other_step
        c = members[other + 2] * other_step
        one, two = p + members[own + 1] * own_step, p + members[own + 2] * own_step
        a1, a2 = P[one + a] - P[base + a], P[two + a] - P[base + a]
        b1, b2 = P[one + b] - P[base + b], P[two + b] - P[base + b]
        c1, c2 = P[one + c] - P[base + c], P[two + c] - P[base + c]
        ya, yb, yc = b1 * c2 - c1 * b2, c1 * a2 - a1 * c2, a1 * b2 - b1 * a2
        total = ya + yb + yc
        if not abs(total) > singular * width * width:
            return _opposed(min(ya, yb, yc), max(ya, yb, yc), tie * width * width)
        Z[y] = ya / total
        Z[y + 1] = yb / total
        Z[y + 2] = yc / total
        least = min(Z[y], Z[y + 1], Z[y + 2])
    else:
        d = k - 1
        last = members[other + d] * other_step
        for r in range(d):
            row = p + members[own + r + 1] * own_step
            t = P[row + last] - P[base + last]
            for c in range(d):
                a = members[other + c] * other_step
                Z[r * room + c] = P[row + a] - P[base + a] - t
            Z[r * room + d] = -t
        smallest = 1.0
        for q in range(d):
            r = q
            most = abs(Z[q * room + q])
            for i in range(q + 1, d):
                if abs(Z[i * room + q]) > most:
                    most = abs(Z[i * room + q])
                    r = i
            smallest = min(smallest, most / width)
            if not smallest > singular * singular:
                return 0
            if r != q:
                for c in range(q, d + 1):
                    t = Z[q * room + c]
                    Z[q * room + c] = Z[r * room + c]
                    Z[r * room + c] = t
            t = 1.0 / Z[q * room + q]
            Z[q * room + q] = t
            for i in range(q + 1, d):
                f = Z[i * room + q] * t
                for c in range(q + 1, d + 1):
                    Z[i * room + c] -= f * Z[q * room + c]
        least, largest = 1.0, 1.0
        total = 0.0
        for q in range(d - 1, -1, -1):
            t = Z[q * room + d]
            for c in range(q + 1, d):
                t -= Z[q * room + c] * Z[y + c]
            t *= Z[q * room + q]
            Z[y + q] = t
            total += t
            least = min(least, t)
            largest = max(largest, abs(t))
            if least < -tie and smallest > singular:
                return -1
        Z[y + d] = 1.0 - total
        least = min(least, Z[y + d])
        if not smallest > singular:
            # Nearly parallel conditions mean large weights of both signs. What rounding is worth:
            doubt = 100.0 * tie * singular / smallest * largest
            return -1 if least < -tie - doubt else 0
    if least < -tie:
        return -1
    gain = -width  # what the best own action outside earns more
    for i in range(m):
        if (mask >> i) & 1:
            continue
        row = p + i * own_step
        t = 0.0
        for c in range(k):
            a = members[other + c] * other_step
            t += (P[row + a] - P[base + a]) * Z[y + c]
        if t > tie * width:
            return -1
        Z[v + i] = t
        gain = max(gain, t)
    for r in range(k):
        i = members[own + r]
        row = p + i * own_step
        t = 0.0
        for c in range(k):
            a = members[other + c] * other_step
            t += (P[row + a] - P[base + a]) * Z[y + c]
        Z[v + i] = t
    return 1 if least > tie and gain < -tie * width else 0


@kernel
def decide(
    P: Row, start: int, stop: int, m: int, n: int, first_pair: Row, rows: Row, columns: Row,
    wide_a: Row, wide_b: Row, tie: float, singular: float, e: int, first: Row, open_: Row,
    X: Row, Y: Row, U: Row, R: Row, Z: Row, members: Row,
) -> int:  # fmt: skip
    """Solve the listed pairs of supports of games start to stop; write down those in equilibrium.

    Pairs of game start + g are first_pair[g]:first_pair[g + 1], as masks. A game whose `open_` is
    set on entry is skipped; it is set where a pair is too close to call. From place e on, X and Y
    hold the mixtures, U the payoffs and R the regrets. Returns the next free place.
    """
    room = max(m, n) + 1
    y = room * room
    x, va, vb = y + room, y + 2 * room, y + 3 * room
    for g in range(stop - start):
        first[start + g] = e
        if open_[start + g]:
            continue
        p = 2 * m * n * (start + g)
        wa, wb = wide_a[g], wide_b[g]
        for f in range(first_pair[g], first_pair[g + 1]):
            I, J = rows[f], columns[f]
            if I & (I - 1) == 0:  # pure: nothing to solve
                i, j = 0, 0
                for h in range(1, m):
                    i += int(I >> h > 0)
                for h in range(1, n):
                    j += int(J >> h > 0)
                a, b = P[p + i * n + j], P[p + m * n + i * n + j]
                ua, ub = wa, wb  # losses from the next best actions
                for h in range(m):
                    gap = a - P[p + h * n + j]
                    ua = min(ua, wa if h == i else gap)
                for h in range(n):
                    gap = b - P[p + m * n + i * n + h]
                    ub = min(ub, wb if h == j else gap)
                if ua <= tie * wa or ub <= tie * wb:
                    if ua >= -tie * wa and ub >= -tie * wb:
                        open_[start + g] = 1
                    continue
                for h in range(m):
                    X[e * m + h] = 0.0
                for h in range(n):
                    Y[e * n + h] = 0.0
                X[e * m + i] = 1.0
                Y[e * n + j] = 1.0
                U[2 * e] = a
                U[2 * e + 1] = b
                R[e] = 0.0
                e += 1
                continue
            k = 0
            for i in range(m):
                members[k] = i
                k += (I >> i) & 1
            k = 0
            for j in range(n):
                members[room + k] = j
                k += (J >> j) & 1
            two = balance(
                P, p + m * n, 1, n, n, members, room, 0, k, J, wb, tie, singular, Z, room, x, vb
            )
            if two < 0:
                continue
            one = balance(P, p, n, 1, m, members, 0, room, k, I, wa, tie, singular, Z, room, y, va)
            if one < 0:
                continue
            if one == 0 or two == 0:
                open_[start + g] = 1
                continue
            for i in range(m):
                X[e * m + i] = 0.0
            for j in range(n):
                Y[e * n + j] = 0.0
            ua, ub, above_a, above_b = 0.0, 0.0, 0.0, 0.0
            row, column = p + members[0] * n, p + m * n + members[room]
            for c in range(k):
                i, j = members[c], members[room + c]
                X[e * m + i] = Z[x + c]
                Y[e * n + j] = Z[y + c]
                above_a += Z[x + c] * Z[va + i]
                above_b += Z[y + c] * Z[vb + j]
                ua += P[row + j] * Z[y + c]
                ub += P[column + i * n] * Z[x + c]
            a, b = Z[va], Z[vb]
            for i in range(1, m):
                a = max(a, Z[va + i])
            for j in range(1, n):
                b = max(b, Z[vb + j])
            U[2 * e] = ua + above_a
            U[2 * e + 1] = ub + above_b
            R[e] = max((a - above_a) * wb, (b - above_b) * wa) / (wa * wb)
            e += 1
    first[stop] = e
    return e
