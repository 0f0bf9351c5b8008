"""Theorems about package deals, against slow and obvious second ways."""

from __future__ import annotations

import dataclasses
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from negotiation.bargaining import (
    CONCEPTS,
    Packages,
    agenda,
    kinds,
    link,
    settle,
    settle_plainly,
)
from negotiation.bargaining.packages import frontier
from negotiation.games.game import Array
from tests.drawn import examples

SEEDS = st.integers(0, 2**32 - 1)
MONEY = st.sampled_from([None, 0.3, 0.8, 1.0])
SIDES = ("north", "south")

#: Payoffs are of order ten, and a deal is a dozen operations on them.
ROUNDING = 1e-10


def drawn(rng: np.random.Generator, sizes: tuple[int, ...], mu: float | None) -> Packages:
    """Return random packages; a third of the time their payoffs are whole numbers, with ties."""
    payoffs = rng.normal(0.0, 4.0, (2, *sizes))
    if rng.random() < 1 / 3:
        payoffs = np.round(payoffs)
    tables = tuple(f"table {k}" for k in range(len(sizes)))
    options = tuple(tuple(f"option {o}" for o in range(size)) for size in sizes)
    return Packages(SIDES, tables, options, payoffs, mu)


def some(seed: int) -> tuple[np.random.Generator, tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    return rng, tuple(rng.integers(1, 4, rng.integers(1, 4)).tolist())


def inside(rng: np.random.Generator, p: Packages) -> Array:
    """Return a disagreement point below some package."""
    point = p.points[rng.integers(len(p.points))]
    return np.asarray(point - rng.uniform(0.1, 3.0, 2))


def slow_nash(points: Array, d: Array, mu: float | None) -> tuple[float, Array]:
    """Largest Nash product over lotteries of two packages and money, by closed form on edges."""
    best, at = 0.0, np.full(2, np.nan)

    def look(u: Array) -> None:
        nonlocal best, at
        gain = u - d
        if (gain > 0).all() and gain.prod() > best:
            best, at = float(gain.prod()), u

    for a, b in combinations(range(len(points)), 2):
        start, step = points[a], points[b] - points[a]
        g = start - d
        # The product along the edge is a quadratic in t.
        bend = 2.0 * step[0] * step[1]
        t = -(g[0] * step[1] + g[1] * step[0]) / bend if bend else 0.0
        for where in (0.0, 1.0, min(max(t, 0.0), 1.0)):
            look(start + where * step)
    for u in points:
        look(u)
        if mu is not None:
            paid = max(0.0, ((u[0] - d[0]) - (u[1] - d[1]) / mu) / 2.0)
            look(u + np.array([-paid, mu * paid]))
    return best, at


@given(SEEDS, MONEY)
def test_nash_is_the_largest_product(seed: int, mu: float | None) -> None:
    rng, sizes = some(seed)
    p = drawn(rng, sizes, mu)
    d = inside(rng, p)
    deal = settle(p, d)
    best, at = slow_nash(p.points, d, mu)
    assert deal.agreed
    assert_allclose(deal.gains.prod(), best, rtol=1e-9)
    assert_allclose(deal.payoffs, at, atol=1e-6)  # flat at its top: good to the root of rounding


@given(SEEDS, MONEY)
def test_a_deal_is_made_of_what_it_says(seed: int, mu: float | None) -> None:
    rng, sizes = some(seed)
    p = drawn(rng, sizes, mu)
    d = inside(rng, p)
    for concept in CONCEPTS:
        deal = settle(p, d, concept)
        made = deal.weights @ p.points + np.array([-deal.paid, deal.received]) - deal.waste
        assert_allclose(made, deal.payoffs, atol=ROUNDING)
        assert_allclose(deal.weights.sum(), 1.0, atol=1e-12)
        assert (deal.weights >= 0.0).all()
        assert np.count_nonzero(deal.weights) <= 2
        assert deal.paid >= 0.0
        assert_allclose(deal.received, (mu or 0.0) * deal.paid)
        assert (deal.gains >= -ROUNDING).all()
        assert (deal.waste >= 0.0).all()
        assert mu is not None or deal.paid == 0.0


@given(SEEDS, MONEY)
def test_nothing_lies_beyond_the_frontier(seed: int, mu: float | None) -> None:
    rng, sizes = some(seed)
    p = drawn(rng, sizes, mu)
    _, index = frontier(p)
    corners = p.points[index]
    assert (np.diff(corners, axis=0)[:, 0] >= 0.0).all()
    assert (np.diff(corners, axis=0)[:, 1] <= 0.0).all()
    # In every direction worth going the best package is a corner; with money, in no direction in
    # which the second side counts for more than what it costs to pay it.
    for angle in np.linspace(0.0, np.pi / 2, 40):
        way = np.array([np.cos(angle), np.sin(angle)])
        if mu is not None and way[1] * mu > way[0]:
            continue
        assert (corners @ way).max() >= (p.points @ way).max() - ROUNDING


@examples(15)
@given(SEEDS)
def test_a_single_package_is_the_best_of_a_loop(seed: int) -> None:
    rng, sizes = some(seed)
    p = drawn(rng, sizes, 0.7)
    d = inside(rng, p)
    for money in (False, True):
        deal = settle_plainly(p, d, 0.4, money=money)
        values = []
        for u in p.points:
            gains = [u - d]
            if money:
                gains += [u - d + x * np.array([-1.0, 0.7]) for x in np.linspace(0.0, 30.0, 601)]
            fits = [g for g in gains if g[0] > 0 and g[1] > 0]
            values.append(max((g[0] ** 0.4 * g[1] ** 0.6 for g in fits), default=0.0))
        value = deal.gains[0] ** 0.4 * deal.gains[1] ** 0.6
        mixed = settle(p, d, weight=0.4).gains
        # A grid of a twentieth misses the top by little, and never beats it.
        assert max(values) <= value + 1e-12
        assert_allclose(max(values), value, rtol=1e-2)
        assert mixed[0] ** 0.4 * mixed[1] ** 0.6 >= value - ROUNDING


# --- agendas --------------------------------------------------------------------------------------


def slow_agenda(
    p: Packages, order: tuple[str, ...], d: Array | None, concept: str
) -> tuple[float, float]:
    """Backward induction by recursion: one bargain after the other, no arrays."""

    def worth(settled: dict[str, int], left: tuple[str, ...]) -> Array:
        if not left:
            place = tuple(settled[table] for table in p.tables)
            if d is not None and not any(place):
                return d
            row = int(np.ravel_multi_index(place, p.payoffs.shape[1:]))
            return np.asarray(p.points[row])
        table, later = left[0], left[1:]
        options = range(len(p.options[p.tables.index(table)]))
        values = np.array([worth({**settled, table: o}, later) for o in options])
        own = Packages(SIDES, ("it",), (tuple(map(str, options)),), values.T, p.transfer)
        deal = settle(own, values[0], concept)
        return deal.payoffs if deal.agreed else values[0]

    first, second = worth({}, order)
    return float(first), float(second)


@examples(25)
@given(SEEDS, MONEY, st.booleans(), st.sampled_from(["nash", "kalai_smorodinsky"]))
def test_an_agenda_is_solved_backwards(
    seed: int, mu: float | None, own_d: bool, concept: str
) -> None:
    rng, sizes = some(seed)
    p = drawn(rng, sizes, mu)
    d = inside(rng, p) if own_d else None
    for order in permutations(p.tables):
        deal = agenda(p, order, d, concept)
        assert_allclose(deal.payoffs, slow_agenda(p, order, d, concept), atol=1e-9)
        points = p.points.copy()
        points[0] = deal.disagreement
        made = deal.weights @ points + np.array([-deal.paid, deal.received]) - deal.waste
        assert_allclose(made, deal.payoffs, atol=1e-9)
        assert_allclose(deal.weights.sum(), 1.0, atol=1e-12)
        assert (deal.gains >= -1e-9).all()
        assert deal.agreed == (deal.weights[0] < 1.0)


@given(SEEDS, MONEY)
def test_one_table_is_a_package(seed: int, mu: float | None) -> None:
    rng = np.random.default_rng(seed)
    p = drawn(rng, (4,), mu)
    linkage = link(p)
    assert_allclose(linkage.gain(p.tables), 0.0, atol=1e-12)
    assert_array_equal(linkage.alone[p.tables[0]].reached, linkage.package.reached)


@examples(10)
@given(SEEDS, MONEY)
def test_tables_may_be_named_in_any_order(seed: int, mu: float | None) -> None:
    rng = np.random.default_rng(seed)
    p = drawn(rng, (2, 3, 2), mu)
    turned = (2, 0, 1)
    q = dataclasses.replace(
        p,
        tables=tuple(p.tables[k] for k in turned),
        options=tuple(p.options[k] for k in turned),
        payoffs=p.payoffs.transpose(0, *(1 + k for k in turned)),
    )
    d = inside(rng, p)
    assert_allclose(settle(p, d).payoffs, settle(q, d).payoffs, atol=ROUNDING)
    for order in permutations(p.tables):
        one, two = agenda(p, order, d), agenda(q, order, d)
        assert_allclose(one.payoffs, two.payoffs, atol=ROUNDING)
        own = one.weights.reshape(2, 3, 2).transpose(turned).ravel()
        assert_allclose(own, two.weights, atol=1e-6)
    assert [str(t.nature) for t in kinds(q)] == [str(kinds(p)[k].nature) for k in turned]


@examples(15)
@given(SEEDS)
def test_without_money_either_side_may_be_called_first(seed: int) -> None:
    rng, sizes = some(seed)
    p = drawn(rng, sizes, None)
    d = inside(rng, p)
    swapped = dataclasses.replace(p, payoffs=p.payoffs[::-1])
    for order in permutations(p.tables):
        one, two = agenda(p, order, d), agenda(swapped, order, d[::-1])
        assert_allclose(one.payoffs, two.payoffs[::-1], atol=1e-9)
    assert_allclose(settle(p, d).payoffs, settle(swapped, d[::-1]).payoffs[::-1], atol=ROUNDING)


@examples(15)
@given(SEEDS)
def test_units_of_payoffs_do_not_matter(seed: int) -> None:
    """Nash: scaling one side's payoffs scales what it gets; money is then worth more or less."""
    rng, sizes = some(seed)
    p = drawn(rng, sizes, 0.4)
    d = inside(rng, p)
    scale, shift = np.array([2.0, 4.0]), np.array([5.0, -3.0])
    wide = (slice(None), *[None] * len(sizes))
    q = dataclasses.replace(p, payoffs=p.payoffs * scale[wide] + shift[wide], transfer=0.8)
    for order in permutations(p.tables):
        one, two = agenda(p, order, d), agenda(q, order, d * scale + shift)
        assert_allclose(one.payoffs * scale + shift, two.payoffs, atol=1e-8)
    assert_allclose(settle(p, d).payoffs * scale + shift, settle(q, d * scale + shift).payoffs)


@examples(6)
@given(SEEDS, st.booleans())
def test_a_batch_is_a_loop(seed: int, money: bool) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.normal(0.0, 4.0, (3, 2, 3, 2, 2))
    mu = rng.uniform(0.2, 1.0, 3) if money else None
    tables, options = ("a", "b", "c"), (("0", "1", "2"), ("0", "1"), ("0", "1"))
    cloud = Packages(SIDES, tables, options, payoffs, mu)
    d = cloud.points.min(axis=-2) + rng.uniform(-1.0, 4.0, (3, 2))
    weight = rng.uniform(0.2, 0.8, 3)
    whole = [settle(cloud, d, "nash", weight), settle_plainly(cloud, d, weight, money=True)]
    whole += [agenda(cloud, order, d, "nash", weight) for order in permutations(tables)]
    natures = kinds(cloud)
    for k in range(3):
        one = Packages(SIDES, tables, options, payoffs[k], None if mu is None else mu[k])
        parts = [
            settle(one, d[k], "nash", weight[k]),
            settle_plainly(one, d[k], weight[k], money=True),
        ]
        parts += [agenda(one, order, d[k], "nash", weight[k]) for order in permutations(tables)]
        for all_of_them, part in zip(whole, parts, strict=True):
            for name in ("payoffs", "weights", "paid", "received", "waste", "status"):
                assert_array_equal(getattr(all_of_them, name)[k], getattr(part, name), name)
        for every, own in zip(natures, kinds(one), strict=True):
            assert every.nature[k] == own.nature
            assert_array_equal(every.gains[k], own.gains)
            assert every.joint[k] == own.joint


@examples(10)
@given(SEEDS)
def test_money_both_ways_would_link_tables_by_itself(seed: int) -> None:
    """Where money flows at par at every step, the order of the tables moves the sum of nothing."""
    rng = np.random.default_rng(seed)
    p = drawn(rng, (3, 2, 3), 1.0)
    # The first side gains so much more than the second that it pays at every table.
    payoffs = p.payoffs.copy()
    ranks = np.add.outer(np.add.outer(np.arange(3), np.arange(2)), np.arange(3))
    payoffs[0] += 200.0 * ranks
    p = dataclasses.replace(p, payoffs=payoffs)
    best = p.points.sum(axis=-1).max()
    for order in permutations(p.tables):
        assert_allclose(agenda(p, order).payoffs.sum(), best, rtol=1e-9)


@pytest.mark.parametrize("mu", [None, 0.8])
def test_every_order_is_there_once(mu: float | None) -> None:
    p = drawn(np.random.default_rng(3), (2, 2, 2, 2), mu)
    linkage = link(p)
    assert len(linkage.agendas) == 24
    assert all(order == deal.order for order, deal in linkage.agendas.items())
    assert list(linkage.alone) == list(p.tables)


@examples(8)
@given(SEEDS, MONEY)
def test_a_table_alone_is_the_agenda_of_packages_that_settle_no_other(
    seed: int, mu: float | None
) -> None:
    rng = np.random.default_rng(seed)
    p = drawn(rng, (3, 2, 2), mu)
    d = inside(rng, p)
    linkage = link(p, d)
    for k, table in enumerate(p.tables):
        only: Any = [slice(None)] + [slice(None) if j == k else slice(0, 1) for j in range(3)]
        cut = dataclasses.replace(
            p,
            payoffs=p.payoffs[tuple(only)],
            options=tuple(own if j == k else own[:1] for j, own in enumerate(p.options)),
        )
        for order in permutations(p.tables):
            own = agenda(cut, order, d).reached
            assert_allclose(own, linkage.alone[table].reached, atol=1e-9)


def test_the_pairs_of_a_grid_are_all_looked_at() -> None:
    """Payoffs are read in the order of the tables, the last one's options fastest."""
    p = drawn(np.random.default_rng(1), (2, 3), None)
    for k, (a, b) in enumerate(product(range(2), range(3))):
        assert p.place(k) == (a, b)
        assert_array_equal(p.points[k], p.payoffs[:, a, b])
        assert p.package(k) == {"table 0": f"option {a}", "table 1": f"option {b}"}
