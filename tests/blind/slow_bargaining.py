"""Slow and obvious bargaining, leverage and agendas: one problem at a time, from the equations.

Two sides, payoffs (u1, u2), first side first. An agreement set is what lies on or below a falling
concave frontier (free disposal: anybody may throw payoff away), so the frontier is `height`, the
most the second side can have when the first has u1, and `across`, the reverse. A polygon is one
such frontier, a formula is another. Nothing here is fast and nothing is batched.

The disagreement point of a solution must lie in the agreement set; `ValueError` where it does not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import integrate, optimize  # type: ignore[import-untyped,unused-ignore] # no stubs

Array = npt.NDArray[np.float64]
Pair = tuple[float, float]
Coalition = frozenset[str]
Worth = Callable[[Coalition], float]

#: A point this far outside, against the size of the numbers, is rounding.
ROUNDING = 1e-12

# --- agreement sets -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Frontier:
    """A falling concave curve from u1 = left to u1 = right.

    `slope` is the derivative to the right. `kinks` are the vertices of a polygon, else empty.
    """

    left: float
    right: float
    value: Callable[[float], float]
    inverse: Callable[[float], float]
    slope: Callable[[float], float]
    kinks: tuple[Pair, ...] = ()

    def height(self, u1: float) -> float:
        """Return the most that side 2 can have when side 1 must have u1 (-inf: impossible)."""
        if u1 > self.right:
            return -math.inf
        return self.value(max(u1, self.left))

    def across(self, u2: float) -> float:
        """Return the most that side 1 can have when side 2 must have u2 (-inf: impossible)."""
        if u2 > self.value(self.left):
            return -math.inf
        if u2 <= self.value(self.right):
            return self.right
        return self.inverse(u2)

    def holds(self, u: Pair) -> bool:
        """Return whether u can be agreed on, throwing payoff away allowed."""
        return u[0] <= self.right and u[1] <= self.height(u[0])


def last_true(test: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a test that holds at first and then fails, changes: halving to the last bit."""
    if test(high):
        return high
    while True:
        middle = low + (high - low) / 2.0
        if middle in (low, high):
            return low
        if test(middle):
            low = middle
        else:
            high = middle


def polygon(vertices: Sequence[Pair]) -> Frontier:
    """Return the frontier through the vertices: u1 rising, u2 falling, concave."""
    points = [(float(x), float(y)) for x, y in vertices]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if not (x1 > x0 and y1 < y0):
            raise ValueError("vertices must go down to the right")

    def line(x: float, x0: float, y0: float, x1: float, y1: float) -> float:
        if x == x1:
            return y1
        return y0 + (x - x0) / (x1 - x0) * (y1 - y0)

    def value(u1: float) -> float:
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            if u1 <= x1:
                return line(u1, x0, y0, x1, y1)
        return points[-1][1]

    def inverse(u2: float) -> float:
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            if u2 >= y1:
                return line(u2, y0, x0, y1, x1)
        return points[-1][0]

    def slope(u1: float) -> float:
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            if u1 < x1:
                return (y1 - y0) / (x1 - x0)
        return -math.inf

    return Frontier(points[0][0], points[-1][0], value, inverse, slope, tuple(points))


def smooth(
    left: float,
    right: float,
    value: Callable[[float], float],
    slope: Callable[[float], float],
    inverse: Callable[[float], float] | None = None,
) -> Frontier:
    """Return the frontier of a formula; without an inverse it is found by halving."""

    def searched(u2: float) -> float:
        return last_true(lambda u1: value(u1) >= u2, left, right)

    return Frontier(left, right, value, inverse or searched, slope)


def pie(total: float, around: Pair = (0.0, 0.0), rate: float = 1.0) -> Frontier:
    """Return money to divide: u2 = total - rate u1, drawn far beyond the point `around`."""
    reach = 10.0 * (1.0 + abs(total) + abs(around[0]) + abs(around[1]))
    ends = (around[0] - reach, around[0] + reach)
    return polygon([(x, total - rate * x) for x in ends])


def ideal(frontier: Frontier, d: Pair) -> Pair:
    """Return the most that each side can have when the other has at least its d."""
    return frontier.across(d[1]), frontier.height(d[0])


def rational(frontier: Frontier, d: Pair) -> Pair:
    """Return the u1 at both ends of the piece of the frontier that is no worse than d for both."""
    size = max(1.0, abs(d[0]), abs(d[1]))
    if not frontier.holds((d[0] - ROUNDING * size, d[1] - ROUNDING * size)):
        raise ValueError("the disagreement point is outside the agreement set")
    low = min(max(frontier.left, d[0]), frontier.right)
    high = max(low, frontier.across(d[1]))
    return low, high


# --- solutions ------------------------------------------------------------------------------------


def nash(frontier: Frontier, d: Pair, weight: float = 0.5) -> Pair:
    """Return the Nash solution: largest weight ln(u1 - d1) + (1 - weight) ln(u2 - d2).

    A dense search finds the neighbourhood; there, halving on the sign of the derivative. Where one
    side cannot gain, the only efficient point that is no worse than d for both.
    """
    low, high = rational(frontier, d)
    if weight == 0.0 or low == high:
        return low, frontier.value(low)
    if weight == 1.0:
        return high, frontier.value(high)

    def product(u1: float) -> float:
        gains = (u1 - d[0], frontier.value(u1) - d[1])
        if min(gains) <= 0.0:
            return -math.inf
        return weight * math.log(gains[0]) + (1.0 - weight) * math.log(gains[1])

    def rises(u1: float) -> bool:
        gains = (u1 - d[0], frontier.value(u1) - d[1])
        if gains[0] <= 0.0:
            return True
        if gains[1] <= 0.0:
            return False
        return weight / gains[0] + (1.0 - weight) * frontier.slope(u1) / gains[1] > 0.0

    grid = [low + (high - low) * k / 300.0 for k in range(300)] + [high]
    best = max(range(len(grid)), key=lambda k: product(grid[k]))
    u1 = last_true(rises, grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    return u1, frontier.value(u1)


def proportional(frontier: Frontier, d: Pair, ray: Pair) -> Pair:
    """Return the last point of d + t ray, t >= 0, that can be agreed on (Kalai 1977).

    With free disposal that point may lie beyond an end of the frontier: then it is only weakly
    efficient, and the other side could have more.
    """
    rational(frontier, d)

    def at(t: float) -> Pair:
        return d[0] + t * ray[0], d[1] + t * ray[1]

    far = 1.0
    while frontier.holds(at(far)):
        far *= 2.0
    return at(last_true(lambda t: frontier.holds(at(t)), 0.0, far))


def egalitarian(frontier: Frontier, d: Pair) -> Pair:
    """Return the point of equal gains (Kalai 1977); see `proportional`."""
    return proportional(frontier, d, (1.0, 1.0))


def kalai_smorodinsky(frontier: Frontier, d: Pair) -> Pair:
    """Return the efficient point on the line from d to the ideal point."""
    best = ideal(frontier, d)
    ray = (best[0] - d[0], best[1] - d[1])
    if max(ray) <= 0.0:
        return d
    return proportional(frontier, d, ray)


def utilitarian(frontier: Frontier, d: Pair) -> tuple[Pair, Pair]:
    """Return both ends of the set with the largest u1 + u2 among points no worse than d."""
    low, high = rational(frontier, d)

    def steeper(than: float) -> Pair:
        u1 = last_true(lambda u: frontier.slope(u) > than, low, high)
        if frontier.kinks:  # halving ends a bit short of the vertex where the slope changes
            near = min(frontier.kinks, key=lambda vertex: abs(vertex[0] - u1))[0]
            if low <= near <= high and abs(near - u1) <= 1e-14 * max(1.0, abs(near)):
                u1 = near
        return u1, frontier.value(u1)

    return steeper(-1.0 + 1e-9), steeper(-1.0 - 1e-9)


def raiffa_discrete(frontier: Frontier, d: Pair) -> Pair:
    """Return the limit of going halfway to the ideal point again and again (Raiffa 1953).

    Halfway to the ideal point is the mean of what the two dictators would take, each leaving the
    other with its d.
    """
    rational(frontier, d)
    at = d
    for _ in range(10_000):
        best = ideal(frontier, at)
        new = ((at[0] + best[0]) / 2.0, (at[1] + best[1]) / 2.0)
        if not frontier.holds(new):  # by rounding: halfway is on the frontier
            return new
        if new == at:
            break
        at = new
    return at


def raiffa_continuous(frontier: Frontier, d: Pair, step: float = 0.02) -> Pair:
    """Return where the path du/dt = ideal(u) - u from d ends (Raiffa 1953; Livne 1989).

    Runge-Kutta of order four in steps of t; a step that passes a vertex, in u1 or in u2, is cut
    short there, for the path is smooth only in between.
    """
    rational(frontier, d)
    corners1 = sorted({x for x, _ in frontier.kinks})
    corners2 = sorted({y for _, y in frontier.kinks})
    scale = max(1.0, abs(d[0]), abs(d[1]), *(max(map(abs, v)) for v in frontier.kinks or [(0, 0)]))

    def push(u: Pair) -> Pair:
        best = ideal(frontier, u)
        return best[0] - u[0], best[1] - u[1]

    def moved(u: Pair, by: Pair, h: float) -> Pair:
        return u[0] + h * by[0], u[1] + h * by[1]

    def runge_kutta(u: Pair, h: float) -> Pair:
        a = push(u)
        b = push(moved(u, a, h / 2.0))
        c = push(moved(u, b, h / 2.0))
        e = push(moved(u, c, h))
        mean = tuple((a[i] + 2.0 * b[i] + 2.0 * c[i] + e[i]) / 6.0 for i in (0, 1))
        return moved(u, (mean[0], mean[1]), h)

    def crosses(u: Pair, new: Pair) -> bool:
        return any(u[0] < x <= new[0] for x in corners1) or any(
            u[1] < y <= new[1] for y in corners2
        )

    at = d
    while max(push(at)) > 1e-13 * scale:
        new = runge_kutta(at, step)
        if crosses(at, new):
            start = at
            short = last_true(lambda h, u=start: not crosses(u, runge_kutta(u, h)), 0.0, step)  # type: ignore[misc]
            new = runge_kutta(at, math.nextafter(short, math.inf))
        if new == at:
            break
        at = new
    return at


def perles_maschler(frontier: Frontier, d: Pair, pieces: int = 20_000) -> Pair:
    """Return where the integral of sqrt(-du1 du2) from both ends is the same (1981).

    The ends are those of the frontier that is no worse than d for both.
    """
    low, high = rational(frontier, d)
    grid = {low + (high - low) * k / pieces for k in range(pieces)} | {low, high}
    if frontier.kinks:
        grid = {low, high}
    xs = sorted(grid | {x for x, _ in frontier.kinks if low < x < high})
    ys = [frontier.value(x) for x in xs]
    lengths = [
        math.sqrt(max((xs[k + 1] - xs[k]) * (ys[k] - ys[k + 1]), 0.0)) for k in range(len(xs) - 1)
    ]
    half = math.fsum(lengths) / 2.0
    gone = 0.0
    for k, length in enumerate(lengths):
        if length > 0.0 and gone + length >= half:
            u1 = xs[k] + (half - gone) / length * (xs[k + 1] - xs[k])
            return u1, frontier.value(u1)
        gone += length
    return low, frontier.value(low)


def with_outside(frontier: Frontier, deal: Pair, outside: Pair) -> Pair | None:
    """Return the deal when each side may walk out: u_i = max(u_i, w_i), the rest for the other.

    None where the walk-outs do not fit: no deal. Both can bind only then.
    """
    if not frontier.holds(outside):
        return None
    if outside[0] > deal[0]:
        return outside[0], frontier.height(outside[0])
    if outside[1] > deal[1]:
        return frontier.across(outside[1]), outside[1]
    return deal


# --- lotteries and transfers ----------------------------------------------------------------------


def lottery_frontier(
    points: Sequence[Pair], mu: float | None = None, floor: float | None = None
) -> list[Pair]:
    """Return the vertices, u1 rising, of the efficient lotteries over the points.

    With `mu`, side 1 may also give x >= 0 to side 2 at a cost x/mu to itself, without bound; the
    ray of transfers is drawn to u1 = floor (default: the smallest u1 among the points, and never
    more). Every pair of points is tried: it is an edge when nothing lies above its line. One vertex
    alone is best for both.
    """
    chosen = [(float(x), float(y)) for x, y in points]
    if mu is not None:
        end = min(x for x, _ in chosen)
        end = end if floor is None else min(end, floor)
        chosen += [(end, y + mu * (x - end)) for x, y in chosen]
    size = max(1.0, *(abs(c) for p in chosen for c in p))

    def above(p: Pair, q: Pair, r: Pair) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    tiny = ROUNDING * size
    edges: list[tuple[Pair, Pair]] = []
    for p, q in itertools.permutations(chosen, 2):
        if q[0] > p[0] + tiny and q[1] < p[1] - tiny:
            length = math.hypot(q[0] - p[0], q[1] - p[1])
            if all(above(p, q, r) <= tiny * length for r in chosen):
                edges.append((p, q))
    if not edges:
        return [max(chosen, key=lambda p: p[0] + p[1])]
    ends = sorted({p for edge in edges for p in edge})
    kept: list[Pair] = []
    for p in ends:
        if kept and p[0] - kept[-1][0] <= tiny:
            continue
        between = any(
            a[0] + tiny < p[0] < b[0] - tiny and abs(above(a, b, p)) <= tiny * math.dist(a, b)
            for a, b in edges
        )
        if not between:
            kept.append(p)
    return kept


def best_lottery(points: Sequence[Pair], u1: float, mu: float | None = None) -> float:
    """Return the most for side 2 when side 1 has at least u1: one linear programme; NaN: none."""
    count = len(points)
    give = 1.0 if mu is not None else 0.0
    cost = 1.0 / mu if mu is not None else 0.0
    answer = optimize.linprog(
        c=[-p[1] for p in points] + [-give],
        A_ub=[[-p[0] for p in points] + [cost]],
        b_ub=[-u1],
        A_eq=[[1.0] * count + [0.0]],
        b_eq=[1.0],
        bounds=[(0.0, 1.0)] * count + [(0.0, None if mu is not None else 0.0)],
        method="highs",
    )
    return -float(answer.fun) if answer.success else math.nan


def bargain_over(
    points: Sequence[Pair], d: Pair, mu: float | None = None, weight: float = 0.5
) -> Pair:
    """Return the Nash solution over lotteries of the points, and transfers where there is a mu.

    The point d must be one of the points, or be beaten by a lottery of them.
    """
    return nash(polygon(lottery_frontier(points, mu, floor=d[0])), d, weight)


def agenda(payoffs: Array, order: Sequence[int], mu: float | None = None) -> Pair:
    """Return what talking table by table, in the order, is worth: backward induction.

    `payoffs` has an axis for every table (option 0: unsettled) and last the two sides. At each
    table, the options settled before known, the sides take the symmetric Nash solution over the
    values of going on with each option, lotteries and transfers included; failing leaves that
    table unsettled and goes on to the next.
    """
    tables = payoffs.ndim - 1
    if sorted(order) != list(range(tables)):
        raise ValueError("the order must name every table once")

    def value(settled: dict[int, int]) -> Pair:
        if len(settled) == tables:
            u = payoffs[tuple(settled[table] for table in range(tables))]
            return float(u[0]), float(u[1])
        table = order[len(settled)]
        going_on = [value({**settled, table: option}) for option in range(payoffs.shape[table])]
        return bargain_over(going_on, going_on[0], mu)

    return value({})


def package(payoffs: Array, mu: float | None = None) -> Pair:
    """Return the symmetric Nash solution with everything on one table; failing settles nothing."""
    points = [(float(u[0]), float(u[1])) for u in payoffs.reshape(-1, 2)]
    return bargain_over(points, points[0], mu)


# --- alternating offers ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Offers:
    """Alternating offers over a frontier.

    After a rejection the responder may walk out: both get `outside` (-inf: there is none). If not,
    talks break down with probability `breakdown` and both get `fallback`; otherwise both get `flow`
    and the other side proposes one period later, worth `discount` times as much.
    """

    frontier: Frontier
    discount: Pair
    breakdown: float = 0.0
    fallback: Pair = (0.0, 0.0)
    flow: Pair = (0.0, 0.0)
    outside: Pair = (-math.inf, -math.inf)

    def staying(self, i: int, after: float) -> float:
        """Return what not walking out after a rejection is worth to i, `after` a period later."""
        on = self.flow[i] + self.discount[i] * after
        return self.breakdown * self.fallback[i] + (1.0 - self.breakdown) * on


@dataclass(frozen=True)
class Round:
    """What a period with this proposer is worth, and whether it ends with a deal."""

    u: Pair
    deal: bool


def play_round(game: Offers, proposer: int, after: Pair) -> Round:
    """Return the best the proposer can do in one period, values a period later given."""
    responder = 1 - proposer
    stay = (game.staying(0, after[0]), game.staying(1, after[1]))
    rejected = game.outside if game.outside[responder] > stay[responder] else stay
    take = game.frontier.across if proposer == 0 else game.frontier.height
    give = game.frontier.height if proposer == 0 else game.frontier.across
    best = take(rejected[responder])
    if best < rejected[proposer]:
        return Round(rejected, deal=False)
    left_over = max(rejected[responder], give(best))
    return Round((best, left_over) if proposer == 0 else (left_over, best), deal=True)


def finite_offers(
    game: Offers, periods: int, first: int = 0, last: Pair = (0.0, 0.0)
) -> list[Round]:
    """Return the periods of the game from the first; `last`: values after the last rejection."""
    rounds: list[Round] = []
    after = last
    for t in reversed(range(periods)):
        rounds.append(play_round(game, first if t % 2 == 0 else 1 - first, after))
        after = rounds[-1].u
    return rounds[::-1]


def infinite_offers(
    game: Offers, first: int = 0, start: Pair = (0.0, 0.0), most: int = 2_000_000
) -> Round:
    """Return the game without end by value iteration from `start`, until nothing moves."""
    mine, theirs = Round(start, deal=False), Round(start, deal=False)
    for _ in range(most):
        new_mine = play_round(game, first, theirs.u)
        new_theirs = play_round(game, 1 - first, new_mine.u)
        moves = [abs(a - b) for a, b in zip(new_mine.u, mine.u, strict=True)]
        moves += [abs(a - b) for a, b in zip(new_theirs.u, theirs.u, strict=True)]
        mine, theirs = new_mine, new_theirs
        if max(moves) <= 1e-16:
            return mine
    raise ArithmeticError("value iteration did not settle")


def stationary_offers(game: Offers) -> tuple[Pair, Pair]:
    """Return the deals when side 1 proposes and when side 2 does, by halving on side 1's share.

    For games that end in a deal whoever proposes: x1 = across(max(w2, staying)), and so on round.
    """

    def responses(x1: float) -> tuple[float, float, float]:
        to1 = max(game.outside[0], game.staying(0, x1))
        x2 = game.frontier.height(to1)
        to2 = max(game.outside[1], game.staying(1, x2))
        return to1, x2, to2

    def too_low(x1: float) -> bool:
        return game.frontier.across(responses(x1)[2]) > x1

    x1 = last_true(too_low, game.frontier.left, game.frontier.right)
    to1, x2, to2 = responses(x1)
    one = (x1, max(to2, game.frontier.height(x1)))
    return one, (max(to1, game.frontier.across(x2)), x2)


def in_short_periods(
    frontier: Frontier,
    rate: Pair,
    flow: Pair,
    after_breakdown: Pair,
    hazard: float,
    period: float,
    outside: Pair = (-math.inf, -math.inf),
) -> Offers:
    """Return the game in continuous time cut into periods: rates, flows and hazard a year."""

    def during(i: int) -> float:
        grown = (1.0 - math.exp(-rate[i] * period)) / rate[i] if rate[i] > 0.0 else period
        return flow[i] * grown

    return Offers(
        frontier,
        discount=(math.exp(-rate[0] * period), math.exp(-rate[1] * period)),
        breakdown=-math.expm1(-hazard * period),
        fallback=after_breakdown,
        flow=(during(0), during(1)),
        outside=outside,
    )


def impasse(rate: Pair, flow: Pair, after_breakdown: Pair, hazard: float) -> tuple[Pair, float]:
    """Return the disagreement point (present values) and side 1's weight of the engine.

    d_i = (g_i + h b_i)/(r_i + h), weight_1 = (r_2 + h)/(r_1 + r_2 + 2h).
    """
    d = [(flow[i] + hazard * after_breakdown[i]) / (rate[i] + hazard) for i in (0, 1)]
    weight = (rate[1] + hazard) / (rate[0] + rate[1] + 2.0 * hazard)
    return (d[0], d[1]), weight


def impasse_a_year(rate: Pair, flow: Pair, walked_out: Pair, hazard: float) -> tuple[Pair, float]:
    """Return the engine for payoffs a year: breakdown gives the flow `walked_out` for ever.

    r_i d_i with b_i = w_i / r_i, that is (r_i g_i + h w_i)/(r_i + h).
    """
    lasting = (walked_out[0] / rate[0], walked_out[1] / rate[1])
    d, weight = impasse(rate, flow, lasting, hazard)
    return (rate[0] * d[0], rate[1] * d[1]), weight


def take_it_or_leave_it(total: float, own: float, low: float, high: float) -> Pair:
    """Return the best offer to a side whose outside option is U[low, high], and P(breakdown).

    The offerer keeps total - offer, or has `own` if refused. A grid finds the best cell; within it,
    the payoff is a parabola: halve on which of two points as far left and right is better.
    """

    def payoff(offer: float) -> float:
        accepted = (offer - low) / (high - low)
        return accepted * (total - offer) + (1.0 - accepted) * own

    grid = [low + (high - low) * k / 1000.0 for k in range(1001)]
    best = max(range(len(grid)), key=lambda k: payoff(grid[k]))
    wide = high - low
    offer = last_true(
        lambda s: payoff(s + wide) > payoff(s - wide),
        grid[max(best - 1, 0)],
        grid[min(best + 1, 1000)],
    )
    return offer, 1.0 - (offer - low) / (high - low)


def attrition(cost: Pair, prize: Pair) -> tuple[Pair, float, float]:
    """Return concession hazards, mean duration and P(side 1 concedes) of the mixed war.

    Waiting is worth its cost: c_i dt = h_j V_i dt. Duration and winner by quadrature.
    """
    hazard = (cost[1] / prize[1], cost[0] / prize[0])
    total = hazard[0] + hazard[1]
    duration = integrate.quad(lambda t: math.exp(-total * t), 0.0, math.inf)[0]
    concedes = integrate.quad(lambda t: hazard[0] * math.exp(-total * t), 0.0, math.inf)[0]
    return hazard, float(duration), float(concedes)


# --- attribution ----------------------------------------------------------------------------------


def _mean_contribution(orders: Iterator[tuple[str, ...]], worth: Worth) -> dict[str, float]:
    shares: dict[str, list[float]] = {}
    for order in orders:
        before: Coalition = frozenset()
        for player in order:
            with_player = before | {player}
            shares.setdefault(player, []).append(worth(with_player) - worth(before))
            before = with_player
    return {player: math.fsum(of) / len(of) for player, of in shares.items()}


def shapley(players: Sequence[str], worth: Worth) -> dict[str, float]:
    """Return the mean contribution over all orders (Shapley 1953)."""
    return _mean_contribution(itertools.permutations(players), worth)


def owen(unions: Sequence[Sequence[str]], worth: Worth) -> dict[str, float]:
    """Return the mean contribution over the orders in which no union is interrupted (Owen 1977)."""

    def orders() -> Iterator[tuple[str, ...]]:
        for arranged in itertools.permutations(unions):
            for inside in itertools.product(*(itertools.permutations(u) for u in arranged)):
                yield tuple(itertools.chain.from_iterable(inside))

    return _mean_contribution(orders(), worth)


def interaction(players: Sequence[str], worth: Worth, i: str, j: str) -> float:
    """Return the pairwise Shapley interaction index (Grabisch and Roubens 1999).

    Sum over S without i, j of (n - s - 2)! s!/(n - 1)! [v(S+ij) - v(S+i) - v(S+j) + v(S)].
    """
    others = [k for k in players if k not in (i, j)]
    n = len(players)
    total = 0.0
    for size in range(len(others) + 1):
        weight = math.factorial(n - size - 2) * math.factorial(size) / math.factorial(n - 1)
        for chosen in itertools.combinations(others, size):
            s = frozenset(chosen)
            total += weight * (worth(s | {i, j}) - worth(s | {i}) - worth(s | {j}) + worth(s))
    return total


# --- leverage -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NetConcession:
    """L1 of one side: Delta = u - s, NCL, power share beta and exposure share e."""

    delta: float
    ncl: float
    power: float
    exposure: float


def net_concession(u: Pair, s: Pair, d: Pair, side: int = 0) -> NetConcession:
    """Return L1; the pie is u1 + u2. NCL = power - exposure only where u1 + u2 = s1 + s2."""
    loss = (s[0] - d[0], s[1] - d[1])
    delta = u[side] - s[side]
    return NetConcession(
        delta=delta,
        ncl=delta / (loss[0] + loss[1]),
        power=(u[side] - d[side]) / (u[0] + u[1] - d[0] - d[1]),
        exposure=loss[side] / (loss[0] + loss[1]),
    )


def asymmetry(own: float, other: float, size: Pair = (1.0, 1.0)) -> tuple[float, float, float]:
    """Return L2 of no-deal losses: A = ln(other/own), A + ln(own size/other size), tanh(A/2).

    A loss of zero makes A infinite and the last +1 or -1. NaN where a side gains without a deal,
    or neither loses.
    """
    if min(own, other) < 0.0 or own == other == 0.0:
        return math.nan, math.nan, math.nan
    if own == 0.0:
        return math.inf, math.inf, 1.0
    if other == 0.0:
        return -math.inf, -math.inf, -1.0
    a = math.log(other / own)
    return a, a + math.log(size[0] / size[1]), math.tanh(a / 2.0)


def exclusion_loss(share: float, elasticity: float, omega: float) -> float:
    """Return the log loss when a supplier with share omega of a CES sector is lost.

    The price index of the varieties that remain over that of all, both at today's prices, to the
    power of the sector's share of spending; elasticity is sigma.
    """
    power = 1.0 - elasticity
    price = ((omega + (1.0 - omega)) ** (1.0 / power), (1.0 - omega) ** (1.0 / power))
    return share * math.log(price[1] / price[0])


def critical_discount(cooperate: float, deviate: float, punish: float) -> float:
    """Return the least discount factor that sustains cooperation under reversion for ever.

    cooperate/(1 - q) >= deviate + q punish/(1 - q), so q* = (deviate - cooperate)/(deviate -
    punish). Above 1: not sustainable by any. Zero: no temptation. Infinite: punishment is no worse
    than deviating.
    """
    if deviate <= cooperate:
        return 0.0
    if punish >= deviate:
        return math.inf
    return (deviate - cooperate) / (deviate - punish)


# --- random problems ------------------------------------------------------------------------------


def random_vertices(rng: np.random.Generator, edges: int) -> list[Pair]:
    """Return a random concave polygon going down to the right, of size about one."""
    across = rng.uniform(0.05, 1.0, edges) / edges
    down = rng.uniform(0.05, 1.0, edges) / edges
    steepness = sorted(range(edges), key=lambda k: down[k] / across[k])
    x, y = float(rng.uniform(-1.0, 1.0)), float(rng.uniform(-1.0, 1.0))
    vertices = [(x, y)]
    for k in steepness:
        x, y = x + float(across[k]), y - float(down[k])
        vertices.append((x, y))
    return vertices


def random_disagreement(rng: np.random.Generator, vertices: Sequence[Pair], kind: str) -> Pair:
    """Return a point under the polygon.

    `inside`: both ends of the polygon are worse than it for one side. `below`: beyond both ends, so
    that every vertex is better for both. `on`: on the frontier, nothing to gain.
    """
    frontier = polygon(vertices)
    (left, _), (right, bottom) = vertices[0], vertices[-1]
    if kind == "below":
        return left - float(rng.uniform(0.01, 0.5)), bottom - float(rng.uniform(0.01, 0.5))
    u1 = float(rng.uniform(left, right))
    if kind == "on":
        return u1, frontier.value(u1)
    if kind != "inside":
        raise ValueError(kind)
    return u1, float(rng.uniform(bottom, frontier.value(u1)))


def random_offers(rng: np.random.Generator, frontier: Frontier, d: Pair) -> Offers:
    """Return a game of alternating offers; breakdown gives d, staying for ever is worth less."""
    return Offers(
        frontier,
        discount=(float(rng.uniform(0.5, 0.98)), float(rng.uniform(0.5, 0.98))),
        breakdown=float(rng.choice([0.0, rng.uniform(0.0, 0.3)])),
        fallback=d,
    )


def random_payoffs(rng: np.random.Generator, options: Sequence[int], mixed: float = 0.3) -> Array:
    """Return payoffs of tables, shape (*options, 2): a sum over tables and a part that is not.

    Leaving a table unsettled is worth nothing there; `mixed` is the size of what depends on two or
    more tables together.
    """
    payoffs = np.zeros((*options, 2))
    worth = [rng.normal(0.0, 1.0, (count, 2)) for count in options]
    for of in worth:
        of[0] = 0.0
    for index in itertools.product(*(range(count) for count in options)):
        alone = sum((worth[k][o] for k, o in enumerate(index)), start=np.zeros(2))
        settled = sum(o > 0 for o in index)
        together = mixed * rng.normal(0.0, 1.0, 2) if settled > 1 else np.zeros(2)
        payoffs[index] = alone + together
    return payoffs


def random_worth(rng: np.random.Generator, players: Sequence[str]) -> dict[Coalition, float]:
    """Return a value for every coalition, nothing for nobody."""
    worth = {
        frozenset(chosen): float(rng.normal())
        for size in range(len(players) + 1)
        for chosen in itertools.combinations(players, size)
    }
    worth[frozenset()] = 0.0
    return worth
