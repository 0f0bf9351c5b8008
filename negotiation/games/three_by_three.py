"""Kernel: all equilibria of 3 x 3 games whose payoffs hold no ties, in closed form.

The game of three postures a side is the one that sweeps solve most, and the general search spends
half its time on finding out what is worth solving. Here nine differences a side say it all. Pair r
of actions is (0, 1), (0, 2), (1, 2) for r = 0, 1, 2: actions r // 2 and (r + 3) // 2, but not
2 - r.
"""

from __future__ import annotations

from typing import Any

from negotiation.compile import kernel_of

Row = Any  # one axis: an array, or a list where interpreted

kernel = kernel_of(__name__)

#: What `open_` says of a game left to the general search.
PENDING = 2


@kernel
def three_by_three(
    P: Row, start: int, stop: int, tie: float, singular: float, least: float, most: float, e: int,
    first: Row, open_: Row, X: Row, Y: Row, U: Row, R: Row, Z: Row, signs: Row,
) -> int:  # fmt: skip
    """Solve games start to stop; a game in which anything is close becomes `PENDING`.

    Arguments as of `kernels.two_by_two`; Z and signs are scratch of 18 and 6 places.
    """
    for g in range(start, stop):
        first[g] = e
        p = 18 * g
        q = p + 9
        low_a, high_a, low_b, high_b, total = P[p], P[p], P[q], P[q], 0.0
        for c in range(9):
            a, b = P[p + c], P[q + c]
            low_a, high_a = min(low_a, a), max(high_a, a)
            low_b, high_b = min(low_b, b), max(high_b, b)
            total += a + b
        wa, wb = high_a - low_a, high_b - low_b
        near_a, near_b = wa, wb
        for r in range(3):
            i, h = r >> 1, (r + 3) >> 1
            s, t = 0, 0
            for j in range(3):
                a = P[p + 3 * i + j] - P[p + 3 * h + j]
                b = P[q + 3 * j + i] - P[q + 3 * j + h]
                Z[3 * r + j] = a
                Z[9 + 3 * r + j] = b
                s |= int(a > 0.0) << j
                t |= int(b > 0.0) << j
                near_a, near_b = min(near_a, abs(a)), min(near_b, abs(b))
            signs[r] = s  # against which columns the first row of the pair is better
            signs[3 + r] = t  # against which rows the first column is
        ta, tb = tie * wa, tie * wb
        bad = total - total  # not zero where a payoff is not finite: no comparison holds
        if not (
            near_a > 2.0 * ta + bad
            and near_b > 2.0 * tb
            and min(wa, wb) > least
            and max(wa, wb) < most
        ):
            open_[g] = PENDING
            continue
        close = False
        s0, s1, s2 = signs[0], signs[1], signs[2]
        t0, t1, t2 = signs[3], signs[4], signs[5]
        for i in range(3):  # pure: the best column against row i, if i is best against it
            j = 0 if ((t0 & t1) >> i) & 1 else (1 if ((t2 & ~t0) >> i) & 1 else 2)
            best = (s0 & s1) if i == 0 else ((s2 & ~s0) if i == 1 else ~(s1 | s2))
            if (best >> j) & 1:
                for h in range(3):
                    X[3 * e + h] = 0.0
                    Y[3 * e + h] = 0.0
                X[3 * e + i] = 1.0
                Y[3 * e + j] = 1.0
                U[2 * e] = P[p + 3 * i + j]
                U[2 * e + 1] = P[q + 3 * i + j]
                R[e] = 0.0
                e += 1
        for r in range(3):
            i, h, f = r >> 1, (r + 3) >> 1, 2 - r
            s = signs[r]
            for k in range(3):
                j, m, c = k >> 1, (k + 3) >> 1, 2 - k
                t = signs[3 + k]
                # Either side must be better by one action here and by the other there.
                if not (((s >> j) ^ (s >> m)) & ((t >> i) ^ (t >> h)) & 1):
                    continue
                a, b = Z[3 * r + j], Z[3 * r + m]
                y, z = b / (b - a), a / (a - b)
                gain_a = (P[p + 3 * f + j] - P[p + 3 * i + j]) * y
                gain_a += (P[p + 3 * f + m] - P[p + 3 * i + m]) * z
                if gain_a > ta:
                    continue
                tied_a = -(a * y + b * z)  # what row h earns more than row i: zero but for rounding
                a, b = Z[9 + 3 * k + i], Z[9 + 3 * k + h]
                x, w = b / (b - a), a / (a - b)
                gain_b = (P[q + 3 * i + c] - P[q + 3 * i + j]) * x
                gain_b += (P[q + 3 * h + c] - P[q + 3 * h + j]) * w
                if gain_b > tb:
                    continue
                if gain_a >= -ta or gain_b >= -tb:
                    close = True
                    continue
                tied_b = -(a * x + b * w)
                X[3 * e + i], X[3 * e + h], X[3 * e + f] = x, w, 0.0
                Y[3 * e + j], Y[3 * e + m], Y[3 * e + c] = y, z, 0.0
                U[2 * e] = P[p + 3 * i + j] * y + P[p + 3 * i + m] * z + w * tied_a
                U[2 * e + 1] = P[q + 3 * i + j] * x + P[q + 3 * h + j] * w + z * tied_b
                regret_a = max(0.0, tied_a) - w * tied_a
                R[e] = max(regret_a / wa, (max(0.0, tied_b) - z * tied_b) / wb)
                e += 1
        # All three: not if some action is dominated. A sign pattern of 0 or 7 is dominance.
        if 0 < s0 < 7 and 0 < s1 < 7 and 0 < s2 < 7 and 0 < t0 < 7 and 0 < t1 < 7 and 0 < t2 < 7:
            y = Z[1] * Z[5] - Z[2] * Z[4]
            z = Z[2] * Z[3] - Z[0] * Z[5]
            a = Z[0] * Z[4] - Z[1] * Z[3]
            x = Z[10] * Z[14] - Z[11] * Z[13]
            w = Z[11] * Z[12] - Z[9] * Z[14]
            b = Z[9] * Z[13] - Z[10] * Z[12]
            total_a, total_b = y + z + a, x + w + b
            # Where a total is too small to divide by, weights are of both signs unless all vanish.
            sure_a, sure_b = abs(total_a) > singular * wa * wa, abs(total_b) > singular * wb * wb
            total_a = 1.0 / total_a if sure_a else 1.0 / (wa * wa)
            total_b = 1.0 / total_b if sure_b else 1.0 / (wb * wb)
            y, z, a = y * total_a, z * total_a, a * total_a
            x, w, b = x * total_b, w * total_b, b * total_b
            least_a, least_b = min(y, z, a), min(x, w, b)
            none_a = least_a < -tie and (sure_a or max(y, z, a) > tie)
            none_b = least_b < -tie and (sure_b or max(x, w, b) > tie)
            if not (none_a or none_b):
                if not (sure_a and sure_b and least_a > tie and least_b > tie):
                    close = True
                else:
                    one_a = -(Z[0] * y + Z[1] * z + Z[2] * a)
                    two_a = -(Z[3] * y + Z[4] * z + Z[5] * a)
                    one_b = -(Z[9] * x + Z[10] * w + Z[11] * b)
                    two_b = -(Z[12] * x + Z[13] * w + Z[14] * b)
                    X[3 * e], X[3 * e + 1], X[3 * e + 2] = x, w, b
                    Y[3 * e], Y[3 * e + 1], Y[3 * e + 2] = y, z, a
                    above_a = one_a * w + two_a * b
                    above_b = one_b * z + two_b * a
                    U[2 * e] = P[p] * y + P[p + 1] * z + P[p + 2] * a + above_a
                    U[2 * e + 1] = P[q] * x + P[q + 3] * w + P[q + 6] * b + above_b
                    regret_a = (max(0.0, one_a, two_a) - above_a) / wa
                    R[e] = max(regret_a, (max(0.0, one_b, two_b) - above_b) / wb)
                    e += 1
        open_[g] = 0
        if close:
            open_[g] = PENDING
            e = first[g]
    first[stop] = e
    return e
