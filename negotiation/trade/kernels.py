"""The equations of `system` for scenarios that share a table, as loops to be compiled.

The same equations as `system.evaluate`, in the same order, for worlds in which prices and output
are unknowns. All arrays are given; nothing is allocated. Scenarios stand last, so that every inner
loop is a few vector instructions; three or four terms of a sum are taken at a time, which spares
half of the loads and stores. Exponentials and logarithms are written out: compiled, the
mathematics library's would be called one number at a time.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from negotiation.compile import kernel_of

kernel = kernel_of(__name__, contract=True)

F: TypeAlias = Any  # arrays of float64, and views of them as int64; numba infers which
Ints: TypeAlias = NDArray[np.int64]
_LOG2E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2 ** 52: adding and taking it away rounds to an integer
_SQRT2 = 1.4142135623730951
_ONE = 4607182418800017408  # bits of 1.0
_FRACTION = 4503599627370495  # 2 ** 52 - 1


@kernel
def exponential(x: F, out: F, power: F, bits: F) -> None:
    """Exponential of flat `x`; `bits` is `power`, seen as integers. Accurate to an ulp or two."""
    for i in range(len(x)):
        t = x[i]
        t = 709.0 if t > 709.0 else t
        t = -708.0 if t < -708.0 else t
        k = (t * _LOG2E + _ROUND) - _ROUND
        r = (t - k * _LN2_HIGH) - k * _LN2_LOW
        p = (1.0 / 479001600.0 * r + 1.0 / 39916800.0) * r + 1.0 / 3628800.0
        p = ((p * r + 1.0 / 362880.0) * r + 1.0 / 40320.0) * r + 1.0 / 5040.0
        p = ((p * r + 1.0 / 720.0) * r + 1.0 / 120.0) * r + 1.0 / 24.0
        p = ((p * r + 1.0 / 6.0) * r + 0.5) * r + 1.0
        out[i] = p * r + 1.0
        power[i] = k
    for i in range(len(x)):
        bits[i] = (np.int64(power[i]) + 1023) << 52
    for i in range(len(x)):
        out[i] *= power[i]


@kernel
def logarithm(x: F, out: F, part: F, bits: F) -> None:
    """Logarithm of flat `x`, NaN unless it is positive and finite; `part` as in `exponential`."""
    for i in range(len(x)):
        part[i] = x[i]
    for i in range(len(x)):
        whole = bits[i]
        out[i] = np.float64((whole >> 52) - 1023)
        bits[i] = (whole & _FRACTION) | _ONE
    for i in range(len(x)):
        m, k = part[i], out[i]
        large = m > _SQRT2
        m = 0.5 * m if large else m
        k = k + 1.0 if large else k
        f = (m - 1.0) / (m + 1.0)
        q = f * f
        p = (1.0 / 23.0 * q + 1.0 / 21.0) * q + 1.0 / 19.0
        p = ((p * q + 1.0 / 17.0) * q + 1.0 / 15.0) * q + 1.0 / 13.0
        p = ((p * q + 1.0 / 11.0) * q + 1.0 / 9.0) * q + 1.0 / 7.0
        p = (p * q + 1.0 / 5.0) * q + 1.0 / 3.0
        p = 2.0 * f * (p * q) + 2.0 * f
        good = (x[i] > 0.0) & (x[i] < np.inf)
        out[i] = k * _LN2_HIGH + (k * _LN2_LOW + p) if good else np.nan


@kernel
def _across(
    origins: Ints, buyers: Ints, alpha: F, collected: F, kept: F, earned: F, links: F
) -> None:
    """Incomes out of what regions earn from all else, where origins tax the spending of others.

    Elimination without exchange of rows: what a region spends goes to sellers and to those who
    collect of it, so that columns are dominated by their diagonal.
    """
    n, lanes = kept.shape
    for i in range(n):
        for j in range(n):
            for b in range(lanes):
                links[i, j, b] = kept[i, b] if i == j else 0.0
    for e in range(len(origins)):
        i, j = origins[e], buyers[e]
        for k in range(len(alpha)):
            a = alpha[k, j]
            for b in range(lanes):
                links[i, j, b] -= a * collected[e, k, 1, b]
    for p in range(n):
        for i in range(p + 1, n):
            for b in range(lanes):
                links[i, p, b] /= links[p, p, b]
                earned[i, b] -= links[i, p, b] * earned[p, b]
            for j in range(p + 1, n):
                for b in range(lanes):
                    links[i, j, b] -= links[i, p, b] * links[p, j, b]
    for back in range(n):
        i = n - 1 - back
        for j in range(i + 1, n):
            for b in range(lanes):
                earned[i, b] -= links[i, j, b] * earned[j, b]
        for b in range(lanes):
            earned[i, b] /= links[i, i, b]


@kernel
def residuals(
    z: F,
    table: F,
    origins: Ints,
    buyers: Ints,
    change: F,
    theta: F,
    cost_share: F,
    paid: F,
    alpha: F,
    inputs: F,
    wages: F,
    rents: F,
    transfer: F,
    output: F,
    component: Ints,
    numeraire: F,
    part: F,
    raised: F,
    transfers: F,
    transfer_region: Ints,
    raised_final: F,
    taxed_origins: Ints,
    taxed_buyers: Ints,
    taxed: F,
    collected: F,
    links: F,
    granted_origins: Ints,
    granted_buyers: Ints,
    granted: F,
    by_region: F,
    by_sector: F,
    by_use: F,
    bits: F,
    found: F,
    gap: F,
) -> None:
    """Residuals of the equations and their sizes, for a chunk of scenarios.

    Parameters
    ----------
    z : (M, B) array
        Log wages (N), intermediate prices and output (S, N).
    table : (S, 2, 2, N, N) array
        Weights and net weights by use, [destination, origin].
    origins, buyers : (P,) arrays
    change : (P, S, 2, 2, B) array
        What the weights of a pair differ by.
    theta : (S, B) array
    cost_share, paid, alpha, inputs, wages, rents, transfer, output : arrays
        As in `System`: shares of value added, of labour and of final spending
        (S, N), input shares (N, S, S), wages at the baseline (N,), income of specific factors
        (S, N), or (0, N) without, transfers (N,), output (S, N).
    component : (N,) array
        Numbers of the regions that share a numeraire.
    numeraire : (C,) array
        Value added of each of these components.
    part : (S, N, 1 or B) array
        Part of value added whose cost moves with output.
    raised : (S, N, B) array
        As in `Sourcing`, of intermediate use; (0, N, B) where nothing is.
    transfers : (3, B) array
        `Transfers`: share, by_wage and by_price; (3, 0) where transfers are as given.
    transfer_region : (B,) array
        The region in whose units they are.
    raised_final : (S, N, B) array
        As `raised`, of final use.
    taxed_origins, taxed_buyers, taxed : (E,), (E,), (E, S, 2, B) arrays
        `Exports`.
    collected, links : (E, S, 2, B), (N, N, B) arrays
        Workspace for these; (0, 0, B) where E is 0.
    granted_origins, granted_buyers, granted : (G,), (G,), (G, S, B) arrays
        `Grants`.
    by_region, by_sector, by_use : (7, N, B), (7, S, N, B), (4, S, 2, N, B) arrays
        Workspace.
    bits : (S, N, B) array of int64
        The last layer of `by_sector`, seen as integers.
    found : (M, B) array of float32
        Residuals; single precision, for they only propose a step.
    gap : (B,) array
        Largest residual; infinite where a number is not finite or an income not positive.
    """
    n, s = wages.shape[0], theta.shape[0]
    size = n * s
    lanes = by_region.shape[2]
    wage, log_wage, earned = by_region[0], by_region[1], by_region[2]
    kept, broken, earned_in_all = by_region[3], by_region[4, 0], by_region[5]
    rented = by_region[6]
    cost, draw, made = by_sector[0], by_sector[1], by_sector[2]
    grown, reached, argument = by_sector[3], by_sector[4], by_sector[5]
    power = by_sector[6]
    index, net, bought, inverse = by_use[0], by_use[1], by_use[2], by_use[3]
    flat_power, flat_bits = power.reshape(size * lanes), bits.reshape(size * lanes)
    flat_made, flat_argument = made.reshape(size * lanes), argument.reshape(size * lanes)

    for i in range(n):
        for b in range(lanes):
            log_wage[i, b] = z[i, b]
    exponential(
        log_wage.reshape(n * lanes),
        wage.reshape(n * lanes),
        flat_power[: n * lanes],
        flat_bits[: n * lanes],
    )
    # Unit costs, and what they draw.
    for k in range(s):
        for i in range(n):
            row = n + size + k * n + i
            v, stuck = cost_share[k, i], part[k, i, 0]
            v_wage, v_output = v * (1.0 - stuck), v * stuck
            for b in range(lanes):
                grown[k, i, b] = z[row, b]
                cost[k, i, b] = v_wage * log_wage[i, b] + v_output * grown[k, i, b]
            if part.shape[2] > 1:
                for b in range(lanes):
                    moved = part[k, i, b] * (grown[k, i, b] - log_wage[i, b])
                    cost[k, i, b] = v * (log_wage[i, b] + moved)
    for k in range(s):
        for i in range(n):
            for j in range(0, s - 3, 4):
                row = n + j * n + i
                a, c = inputs[i, j, k], inputs[i, j + 1, k]
                d, e = inputs[i, j + 2, k], inputs[i, j + 3, k]
                for b in range(lanes):
                    cost[k, i, b] += (
                        a * z[row, b]
                        + c * z[row + n, b]
                        + d * z[row + 2 * n, b]
                        + e * z[row + 3 * n, b]
                    )
            for j in range(s - s % 4, s):
                a = inputs[i, j, k]
                row = n + j * n + i
                for b in range(lanes):
                    cost[k, i, b] += a * z[row, b]
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                argument[k, i, b] = -theta[k, b] * cost[k, i, b]
    exponential(flat_argument, draw.reshape(size * lanes), flat_power, flat_bits)
    exponential(grown.reshape(size * lanes), flat_made, flat_power, flat_bits)
    for k in range(len(rents)):
        for i in range(n):
            rent = rents[k, i]
            for b in range(lanes):
                rented[i, b] = (rented[i, b] if k else 0.0) + rent * made[k, i, b]
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                made[k, i, b] *= output[k, i]

    # Sums over origins.
    for k in range(s):
        for u in range(2):
            for j in range(n):
                for b in range(lanes):
                    index[k, u, j, b] = 0.0
                    net[k, u, j, b] = 0.0
                for i in range(0, n - 2, 3):
                    w, v = table[k, 0, u, j, i], table[k, 1, u, j, i]
                    w1, v1 = table[k, 0, u, j, i + 1], table[k, 1, u, j, i + 1]
                    w2, v2 = table[k, 0, u, j, i + 2], table[k, 1, u, j, i + 2]
                    for b in range(lanes):
                        x, y, q = draw[k, i, b], draw[k, i + 1, b], draw[k, i + 2, b]
                        index[k, u, j, b] += w * x + w1 * y + w2 * q
                        net[k, u, j, b] += v * x + v1 * y + v2 * q
                for i in range(n - n % 3, n):
                    w, v = table[k, 0, u, j, i], table[k, 1, u, j, i]
                    for b in range(lanes):
                        index[k, u, j, b] += w * draw[k, i, b]
                        net[k, u, j, b] += v * draw[k, i, b]
    for p in range(len(origins)):
        i, j = origins[p], buyers[p]
        for k in range(s):
            for u in range(2):
                for b in range(lanes):
                    index[k, u, j, b] += change[p, k, 0, u, b] * draw[k, i, b]
                    net[k, u, j, b] += change[p, k, 1, u, b] * draw[k, i, b]
    for k in range(s):
        for u in range(2):
            for j in range(n):
                for b in range(lanes):
                    inverse[k, u, j, b] = 1.0 / index[k, u, j, b]
                    net[k, u, j, b] *= inverse[k, u, j, b]
    # What origins collect leaves the buyer's region too.
    for e in range(len(taxed_origins)):
        i, j = taxed_origins[e], taxed_buyers[e]
        for k in range(s):
            for u in range(2):
                for b in range(lanes):
                    got = taxed[e, k, u, b] * draw[k, i, b] * inverse[k, u, j, b]
                    collected[e, k, u, b] = got
                    net[k, u, j, b] += got

    # Purchases of inputs, income, and what is bought in units of the price index.
    for i in range(n):
        for b in range(lanes):
            earned[i, b] = wages[i] * wage[i, b] + transfer[i]
            kept[i, b] = 0.0
    if transfers.shape[1]:
        for b in range(lanes):
            j = transfer_region[b]
            units = transfers[1, b] * log_wage[j, b]
            if transfers[2, b] != 0.0:
                for k in range(s):
                    log_index = np.log(index[k, 1, j, b])
                    if len(raised_final):
                        log_index -= raised_final[k, j, b]
                    units -= transfers[2, b] * alpha[k, j] * log_index / theta[k, b]
            broken[b] = transfers[0, b] * np.exp(units)
        for i in range(n):
            for b in range(lanes):
                earned[i, b] = wages[i] * wage[i, b] + transfer[i] * broken[b]
    if len(rents):
        for i in range(n):
            for b in range(lanes):
                earned[i, b] += rented[i, b]
    for e in range(len(granted_origins)):
        i, j = granted_origins[e], granted_buyers[e]
        for k in range(s):
            for b in range(lanes):
                worth = granted[e, k, b] * np.exp(cost[k, i, b])
                earned[i, b] += worth
                earned[j, b] -= worth
    reached[:] = 0.0
    for k in range(s):
        for i in range(n):
            for j in range(0, s - 3, 4):
                a, c = inputs[i, k, j], inputs[i, k, j + 1]
                d, e = inputs[i, k, j + 2], inputs[i, k, j + 3]
                for b in range(lanes):
                    reached[k, i, b] += (
                        a * made[j, i, b]
                        + c * made[j + 1, i, b]
                        + d * made[j + 2, i, b]
                        + e * made[j + 3, i, b]
                    )
            for j in range(s - s % 4, s):
                a = inputs[i, k, j]
                for b in range(lanes):
                    reached[k, i, b] += a * made[j, i, b]
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                x = reached[k, i, b]
                earned[i, b] += (1.0 - net[k, 0, i, b]) * x
                kept[i, b] += alpha[k, i] * net[k, 1, i, b]
                bought[k, 0, i, b] = x * inverse[k, 0, i, b]
    for e in range(len(taxed_origins)):
        i, j = taxed_origins[e], taxed_buyers[e]
        for k in range(s):
            for b in range(lanes):
                earned[i, b] += collected[e, k, 0, b] * reached[k, j, b]
    if len(taxed_origins):
        _across(taxed_origins, taxed_buyers, alpha, collected, kept, earned, links)
    else:
        for i in range(n):
            for b in range(lanes):
                earned[i, b] /= kept[i, b]
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                bought[k, 1, i, b] = alpha[k, i] * earned[i, b] * inverse[k, 1, i, b]

    # Sums over destinations.
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                reached[k, i, b] = 0.0
            for u in range(2):
                for j in range(0, n - 2, 3):
                    v = table[k, 1, u, j, i]
                    v1, v2 = table[k, 1, u, j + 1, i], table[k, 1, u, j + 2, i]
                    for b in range(lanes):
                        reached[k, i, b] += (
                            v * bought[k, u, j, b]
                            + v1 * bought[k, u, j + 1, b]
                            + v2 * bought[k, u, j + 2, b]
                        )
                for j in range(n - n % 3, n):
                    v = table[k, 1, u, j, i]
                    for b in range(lanes):
                        reached[k, i, b] += v * bought[k, u, j, b]
    for p in range(len(origins)):
        i, j = origins[p], buyers[p]
        for k in range(s):
            for u in range(2):
                for b in range(lanes):
                    reached[k, i, b] += change[p, k, 1, u, b] * bought[k, u, j, b]

    # Residuals: labour, prices, output.
    kept[:] = 0.0
    for k in range(s):
        for i in range(n):
            scale = output[k, i]
            for b in range(lanes):
                demand = draw[k, i, b] * reached[k, i, b]
                kept[i, b] += paid[k, i] * demand
                made[k, i, b] = demand / scale if scale > 0.0 else 1.0
    logarithm(flat_made, flat_argument, flat_power, flat_bits)
    for b in range(lanes):
        broken[b] = 0.0
        gap[b] = 0.0
    for k in range(s):
        for i in range(n):
            row = n + size + k * n + i
            for b in range(lanes):
                r = argument[k, i, b] - grown[k, i, b]
                found[row, b] = r
                gap[b] = max(gap[b], abs(r))
                broken[b] += r - r
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                made[k, i, b] = index[k, 0, i, b]
    logarithm(flat_made, flat_argument, flat_power, flat_bits)
    for k in range(len(raised)):
        for i in range(n):
            for b in range(lanes):
                argument[k, i, b] -= raised[k, i, b]
    for k in range(s):
        for i in range(n):
            row = n + k * n + i
            for b in range(lanes):
                r = argument[k, i, b] / -theta[k, b] - z[row, b]
                found[row, b] = r
                gap[b] = max(gap[b], abs(r))
                broken[b] += r - r
    earned_in_all[:] = 0.0
    for i in range(n):
        c = component[i]
        for b in range(lanes):
            earned_in_all[c, b] += wages[i] * wage[i, b]
    if len(rents):
        for i in range(n):
            c = component[i]
            for b in range(lanes):
                earned_in_all[c, b] += rented[i, b]
    for i in range(n):
        c = component[i]
        for b in range(lanes):
            wage[i, b] = kept[i, b] / wages[i] / (earned_in_all[c, b] / numeraire[c])
    logarithm(
        wage.reshape(n * lanes),
        kept.reshape(n * lanes),
        flat_power[: n * lanes],
        flat_bits[: n * lanes],
    )
    for i in range(n):
        for b in range(lanes):
            r = kept[i, b] - log_wage[i, b]
            found[i, b] = r
            gap[b] = max(gap[b], abs(r))
            broken[b] += r - r
            if not earned[i, b] > 0.0:
                broken[b] = np.nan
    # A number that is not finite, less itself, is no number; a maximum might pass over it.
    for b in range(lanes):
        if broken[b] != 0.0:
            gap[b] = np.inf


@kernel
def advance(
    z: F,
    step: F,
    moves: F,
    lengths: F,
    taken: int,
    going: F,
    products: F,
) -> None:
    """Correct a step by Broyden's method, and take it in the scenarios that go on.

    Parameters
    ----------
    z : (M, B) array
    step : (M, B) array of float32
        Inverse derivative at the baseline times residuals.
    moves, lengths : (K, M, B), (K, B) arrays of float32
        Steps taken before, and their squared lengths; the new ones are put at `taken`.
    going : (B,) array of bool
    products : (B,) array
        Workspace.
    """
    rows = z.shape[0]
    lanes = products.shape[0]
    now = moves[taken]
    for row in range(rows):
        for b in range(lanes):
            now[row, b] = -step[row, b]
    for k in range(taken):
        last = k == taken - 1
        for b in range(lanes):
            products[b] = 0.0
        for row in range(rows):
            for b in range(lanes):
                products[b] += moves[k, row, b] * now[row, b]
        for b in range(lanes):
            products[b] /= lengths[k, b]
        if last:
            for b in range(lanes):
                products[b] = 1.0 / (1.0 - products[b])
            for row in range(rows):
                for b in range(lanes):
                    now[row, b] *= products[b]
        else:
            for row in range(rows):
                for b in range(lanes):
                    now[row, b] += moves[k + 1, row, b] * products[b]
    for b in range(lanes):
        products[b] = 0.0
    for row in range(rows):
        for b in range(lanes):
            products[b] += now[row, b] * now[row, b]
    for b in range(lanes):
        lengths[taken, b] = products[b]
    for row in range(rows):
        for b in range(lanes):
            if going[b]:
                z[row, b] += now[row, b]


@kernel
def results(
    z: F,
    origins: Ints,
    buyers: Ints,
    change: F,
    theta: F,
    alpha: F,
    before: F,
    raised_final: F,
    taxed_origins: Ints,
    taxed_buyers: Ints,
    collected: F,
    granted_origins: Ints,
    granted_buyers: Ints,
    granted: F,
    by_region: F,
    by_sector: F,
    by_use: F,
    bits: F,
    welfare: F,
    income: F,
    wages: F,
    unit_cost: F,
    prices: F,
    output: F,
    spending: F,
    revenue: F,
    exported: F,
    lost: F,
) -> None:
    """What the last pass of `residuals` implies, for the scenarios of a chunk.

    Parameters
    ----------
    z, ..., bits : arrays
        As `residuals` was given and left them.
    before : (N,) array
        Income at the baseline.
    welfare, income, wages, revenue, exported : (B, N) arrays
    unit_cost, output : (B, N, S) arrays
    prices, spending : (B, N, S, 2) arrays
    lost : (B,) array
        How much larger the terms of any sum over trade are than the sum.
    """
    n, lanes = by_region.shape[1], by_region.shape[2]
    s, real = theta.shape[0], welfare.shape[0]
    size = n * s
    wage, log_wage, earned, scratch = by_region[0], by_region[1], by_region[2], by_region[3]
    cost, draw, made = by_sector[0], by_sector[1], by_sector[2]
    reached, argument, power = by_sector[4], by_sector[5], by_sector[6]
    index, net, bought = by_use[0], by_use[1], by_use[2]
    flat_power, flat_bits = power.reshape(size * lanes), bits.reshape(size * lanes)
    flat_made, flat_argument = made.reshape(size * lanes), argument.reshape(size * lanes)
    exponential(
        log_wage.reshape(n * lanes),
        wage.reshape(n * lanes),
        flat_power[: n * lanes],
        flat_bits[: n * lanes],
    )
    exponential(cost.reshape(size * lanes), flat_made, flat_power, flat_bits)
    for i in range(n):
        for b in range(real):
            income[b, i] = earned[i, b]
            wages[b, i] = wage[i, b]
            revenue[b, i] = 0.0
            exported[b, i] = 0.0
        for k in range(s):
            for b in range(real):
                unit_cost[b, i, k] = made[k, i, b]
                output[b, i, k] = draw[k, i, b] * reached[k, i, b]
                for u in range(2):
                    spent = bought[k, u, i, b] * index[k, u, i, b]
                    spending[b, i, k, u] = spent
                    revenue[b, i] += (1.0 - net[k, u, i, b]) * spent
    for e in range(len(taxed_origins)):
        i, j = taxed_origins[e], taxed_buyers[e]
        for k in range(s):
            for u in range(2):
                for b in range(real):
                    exported[b, i] += collected[e, k, u, b] * spending[b, j, k, u]
    for e in range(len(granted_origins)):
        i, j = granted_origins[e], granted_buyers[e]
        for k in range(s):
            for b in range(real):
                worth = granted[e, k, b] * unit_cost[b, i, k]
                exported[b, i] += worth
                revenue[b, j] -= worth
    for i in range(n):
        for b in range(lanes):
            scratch[i, b] = 0.0
    # Prices of intermediates are unknowns; those of final use follow.
    exponential(z[n : n + size].reshape(size * lanes), flat_made, flat_power, flat_bits)
    for i in range(n):
        for k in range(s):
            for b in range(real):
                prices[b, i, k, 0] = made[k, i, b]
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                made[k, i, b] = index[k, 1, i, b]
    logarithm(flat_made, flat_argument, flat_power, flat_bits)
    for k in range(len(raised_final)):
        for i in range(n):
            for b in range(lanes):
                argument[k, i, b] -= raised_final[k, i, b]
    for k in range(s):
        for i in range(n):
            for b in range(lanes):
                argument[k, i, b] /= -theta[k, b]
                scratch[i, b] -= alpha[k, i] * argument[k, i, b]
    exponential(flat_argument, flat_made, flat_power, flat_bits)
    for i in range(n):
        for k in range(s):
            for b in range(real):
                prices[b, i, k, 1] = made[k, i, b]
    for i in range(n):
        for b in range(real):
            welfare[b, i] = earned[i, b] / before[i] * np.exp(scratch[i, b])

    # Digits that sums over differences lose. Pairs stand by buyer.
    for b in range(real):
        lost[b] = 1.0
    for p in range(len(origins)):
        i, j = origins[p], buyers[p]
        first = p == 0 or buyers[p - 1] != j
        last = p + 1 == len(origins) or buyers[p + 1] != j
        for k in range(s):
            for b in range(real):
                power[k, 0, b] = 0.0
            for u in range(2):
                total = argument if u == 0 else made
                for b in range(real):
                    taken = max(-change[p, k, 0, u, b], 0.0) * draw[k, i, b]
                    sold = max(-change[p, k, 1, u, b], 0.0) * bought[k, u, j, b]
                    total[k, 0, b] = taken + (0.0 if first else total[k, 0, b])
                    power[k, 0, b] += sold
            for b in range(real):
                if power[k, 0, b] > 0.0:
                    lost[b] = max(lost[b], 1.0 + power[k, 0, b] / reached[k, i, b])
            if last:
                for u in range(2):
                    total = argument if u == 0 else made
                    for b in range(real):
                        if total[k, 0, b] > 0.0:
                            lost[b] = max(lost[b], 1.0 + total[k, 0, b] / index[k, u, j, b])
