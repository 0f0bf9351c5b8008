"""Theorems of strategic bargaining, and a slow and obvious process of offers as its oracle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from negotiation import AgreementSet, Talks
from negotiation.bargaining import (
    Delay,
    alternating,
    bargain,
    beliefs,
    enforcement,
    honoured,
    impasse,
    take_it_or_leave_it,
)
from negotiation.games.game import Array
from tests.drawn import examples

SEEDS = st.integers(0, 2**32 - 1)

#: Payoffs of order one, a dozen operations each, and losses a round of 0.05 or more.
ROUNDING = 1e-11


@dataclass
class Problem:
    """Vertices of a frontier, discount factors, inside flows and outside options."""

    vertices: Array
    factor: Array
    inside: Array
    outside: Array

    @property
    def frontier(self) -> AgreementSet:
        return AgreementSet.frontier(self.vertices)

    @property
    def delay(self) -> Delay:
        return Delay.rounds(self.factor, inside=self.inside)

    def solve(self, rounds: int | None = None) -> Any:
        return alternating(self.frontier, self.delay, outside=self.outside, rounds=rounds)


def frontier_of(rng: np.random.Generator) -> Array:
    """Vertices of a random concave, falling frontier from (0, 1) or so to (1, 0) or so."""
    pieces = int(rng.integers(1, 5))
    steps, slopes = rng.uniform(0.1, 1.0, pieces), np.sort(rng.uniform(0.1, 3.0, pieces))
    u1 = np.append(0.0, np.cumsum(steps))
    u2 = np.append(0.0, -np.cumsum(steps * slopes))
    return np.stack([u1 / u1[-1], (u2 - u2[-1]) / -u2[-1]], axis=-1)


def on(vertices: Array, u1: float) -> float:
    return float(np.interp(u1, vertices[:, 0], vertices[:, 1]))


def problem_of(seed: int, *, fitting: bool) -> Problem:
    """Some problem; a fitting one has a deal that both like better than d and walking out.

    There, what each side has without that deal is a share of what it has in it.
    """
    rng = np.random.default_rng(seed)
    vertices = frontier_of(rng)
    factor = rng.uniform(0.3, 0.95, 2)
    below = rng.uniform(0.0, 1.0, (2, 2)) if fitting else rng.uniform(0.3, 1.4, (2, 2))
    at = rng.uniform(0.0, 1.0, 1 if fitting else 2)
    d, w = (
        np.array([x, on(vertices, x)]) * share
        for x, share in zip(np.resize(at, 2), below, strict=True)
    )
    if rng.integers(3) == 0:
        w[int(rng.integers(2))] = -np.inf
    return Problem(vertices, factor, d * (1 - factor), w)


def best(vertices: Array, side: int, theirs: float) -> float:
    """Largest payoff of a side if the other gets so much, by interpolation."""
    own, other = vertices[:, side], vertices[:, 1 - side]
    if theirs > other.max() + 1e-13:
        return -np.inf
    order = np.argsort(other, kind="stable")
    return float(np.interp(theirs, other[order], own[order]))


def one_round(p: Problem, following: list[list[float]], last: bool = False) -> list[list[float]]:
    """Payoffs by who opens, from payoffs by who opens the next round; scalars and branches."""
    values = []
    for proposer in (0, 1):
        responder = 1 - proposer
        later = list(following[responder])
        if not last:
            later = [float(p.inside[i] + p.factor[i] * later[i]) for i in (0, 1)]
        rejected = later
        if p.outside[responder] > later[responder]:
            d = p.delay.forever
            rejected = [float(p.outside[i] if p.outside[i] > -np.inf else d[i]) for i in (0, 1)]
        kept = best(p.vertices, proposer, rejected[responder])
        if kept >= rejected[proposer] - 1e-13:
            offer = [0.0, 0.0]
            offer[proposer] = kept
            offer[responder] = max(rejected[responder], float(p.vertices[:, responder].min()))
            values.append(offer)
        else:
            values.append(rejected)
    return values


def many_rounds(p: Problem, rounds: int, end: Array) -> Array:
    state = one_round(p, [end.tolist()] * 2, last=True)
    for _ in range(rounds - 1):
        state = one_round(p, state)
    return np.array(state)


# --- offers ---------------------------------------------------------------------------------------


@given(SEEDS, st.integers(1, 7), st.booleans())
@examples(30)
def test_backward_induction(seed: int, rounds: int, fitting: bool) -> None:
    p = problem_of(seed, fitting=fitting)
    got = p.solve(rounds)
    wanted = many_rounds(p, rounds, p.delay.forever)
    np.testing.assert_allclose(got.payoffs, wanted, rtol=0, atol=ROUNDING)


@given(SEEDS)
@examples(30)
def test_offers_without_end_are_the_limit_of_many(seed: int) -> None:
    p = problem_of(seed, fitting=True)
    got = p.solve()
    assert got.accepted.all()
    # Enough rounds for what the end is worth to be lost in rounding, whatever the end.
    rounds = 2 + int(np.ceil(2 * np.log(1e-13) / np.log(p.factor.prod())))
    for end in (p.delay.forever, np.zeros(2), np.array([0.0, 1.0])):
        many = many_rounds(p, rounds, end)
        np.testing.assert_allclose(got.payoffs, many, rtol=0, atol=ROUNDING)


@given(SEEDS)
def test_a_stationary_equilibrium_repeats_itself(seed: int) -> None:
    """With misfits of all kinds: one more round before it changes nothing."""
    p = problem_of(seed, fitting=False)
    got = p.solve()
    assert not np.isnan(got.payoffs).any(), got.status
    again = one_round(p, got.payoffs.tolist())
    np.testing.assert_allclose(got.payoffs, again, rtol=0, atol=ROUNDING)


@given(SEEDS, st.booleans())
@examples(30)
def test_relabelling_the_sides_relabels_the_answer(seed: int, fitting: bool) -> None:
    p = problem_of(seed, fitting=fitting)
    q = Problem(p.vertices[::-1, ::-1], p.factor[::-1], p.inside[::-1], p.outside[::-1])
    one, other = p.solve(), q.solve()
    np.testing.assert_allclose(other.payoffs[::-1, ::-1], one.payoffs, rtol=0, atol=ROUNDING)
    assert (other.status[::-1] == one.status).all()
    assert (other.binding[::-1] == one.binding).all()


@given(SEEDS, st.booleans())
@examples(30)
def test_units_and_origins_of_payoffs_do_not_matter(seed: int, fitting: bool) -> None:
    """Each side's payoffs in units of its own; counted from elsewhere, delay included."""
    p = problem_of(seed, fitting=fitting)
    unit, origin = np.array([2000.0, 0.3]), np.array([-7.0, 40.0])
    q = Problem(
        p.vertices * unit + origin,
        p.factor,
        p.inside * unit + (1 - p.factor) * origin,
        p.outside * unit + origin,
    )
    one, other = p.solve(), q.solve()
    back = (other.payoffs - origin) / unit
    np.testing.assert_allclose(back, one.payoffs, rtol=0, atol=100 * ROUNDING)
    assert (other.status == one.status).all()


@given(SEEDS)
@examples(25)
def test_better_options_and_more_patience_never_hurt_while_there_is_a_deal(seed: int) -> None:
    p = problem_of(seed, fitting=True)
    before = p.solve().payoffs[..., 0]
    for moved in (
        Problem(p.vertices, p.factor, p.inside + np.array([0.01, 0.0]), p.outside),
        Problem(p.vertices, p.factor, p.inside, p.outside + np.array([0.05, 0.0])),
    ):
        got = moved.solve()
        assume(got.accepted.all())
        assert (got.payoffs[..., 0] >= before - ROUNDING).all()
    # Patience by itself: where the dispute pays nothing, so that d stays where it is.
    idle = Problem(p.vertices, p.factor, np.zeros(2), p.outside)
    patient = Problem(p.vertices, p.factor + np.array([0.02, 0.0]), np.zeros(2), p.outside)
    assert (patient.solve().payoffs[..., 0] >= idle.solve().payoffs[..., 0] - ROUNDING).all()


@given(SEEDS)
def test_who_opens_does_not_lose_by_it(seed: int) -> None:
    got = problem_of(seed, fitting=True).solve()
    assert got.payoffs[0, 0] >= got.payoffs[1, 0] - ROUNDING
    assert got.payoffs[1, 1] >= got.payoffs[0, 1] - ROUNDING


# --- the engine -----------------------------------------------------------------------------------


@given(SEEDS)
@examples(30)
def test_the_engine_is_the_limit_of_short_rounds(seed: int) -> None:
    """Weighted Nash from the engine's d, with walk-outs: off by no more than the period."""
    rng = np.random.default_rng(seed)
    p = problem_of(seed, fitting=True)
    d = p.inside / (1 - p.factor)
    discount, hazard = rng.uniform(0.02, 0.2, 2), float(rng.uniform(0.0, 0.3))
    after = d * rng.uniform(0.5, 1.0, 2)
    terms: dict[str, Any] = {
        "discount": discount,
        "inside": d * discount,
        "hazard": hazard,
        "after": after,
    }
    engine = impasse(**terms)
    talks = Talks(("a", "b"), (0.0, 0.0), p.frontier, weight=engine.weight)
    limit = bargain(talks, engine.disagreement, outside=p.outside)
    assume(bool(np.isfinite(limit.payoffs).all()))
    errors = []
    for period in (1e-3, 1e-4):
        got = alternating(p.frontier, Delay.lasting(period, **terms), outside=p.outside)
        errors.append(np.abs(got.payoffs - limit.payoffs).max())
    # Payoffs of order one, rates below one half a year.
    assert errors[0] <= 1e-3
    assert errors[1] <= 1e-4


@given(SEEDS)
def test_the_engine_weighs_the_dispute_against_its_end(seed: int) -> None:
    """d lies between the dispute for ever and what follows a breakdown; more hazard, nearer it."""
    rng = np.random.default_rng(seed)
    g, b, r = rng.normal(size=2), rng.normal(size=2) * 20, rng.uniform(0.01, 0.2, 2)
    hazards = np.sort(rng.uniform(0.0, 2.0, 4))
    found = impasse(inside=g, discount=r, hazard=hazards, after=b)
    share = (b - found.disagreement) / (b - g / r)
    assert ((share >= -ROUNDING) & (share <= 1 + ROUNDING)).all()
    assert (np.diff(share, axis=0) <= ROUNDING).all()
    # The weight moves towards one half, and stays on the side of the more patient.
    power = np.abs(found.weight - 0.5)
    assert (np.diff(power) <= ROUNDING).all()
    assert (np.sign(found.weight - 0.5) == np.sign(r[1] - r[0])).all()


# --- private information --------------------------------------------------------------------------


@given(SEEDS)
def test_a_better_outside_option_makes_no_deal_more_likely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = rng.uniform(-1, 1)
    belief = [
        beliefs.uniform(low, low + rng.uniform(0.1, 2)),
        beliefs.normal(low, rng.uniform(0.1, 1)),
        beliefs.sampled(rng.normal(size=9)),
    ][int(rng.integers(3))]
    common = np.linspace(-1, 1, 21)
    got = take_it_or_leave_it(1.0, float(rng.uniform(-0.5, 0.5)), belief, common=common)
    assert (np.diff(got.breakdown) >= -ROUNDING).all()
    assert (np.diff(got.payoffs[:, 0]) <= ROUNDING).all()
    # Nobody is worse off than without an offer, and no more is shared than there is.
    without = take_it_or_leave_it(-1e6, 0.0, belief, common=common)
    if belief.name != "normal":  # which has no end: some offer is always worth making
        assert (got.payoffs[:, 1] >= without.payoffs[:, 1] - ROUNDING).all()


# --- repetition -----------------------------------------------------------------------------------


@given(SEEDS)
def test_a_deal_is_kept_from_the_critical_discount_factor_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c, d, p = rng.normal(size=(3, 40))
    got = enforcement(c, d, p)
    delta = rng.uniform(0, 1, 40)
    kept = got.margin(delta) >= 0
    sure = np.isfinite(got.critical)
    assert (kept == (got.critical <= delta))[sure].all()
    assert (got.critical[np.isinf(got.critical)] > 0).all()
    assert not kept[np.isposinf(got.critical)].any()


@given(SEEDS)
def test_more_patience_honours_more_transfers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, c, d = np.sort(rng.normal(size=(3, 30, 2)), axis=0)
    one, other = honoured(c, d, p, [0.5, 0.6]), honoured(c, d, p, [0.7, 0.8])
    some = np.isfinite(one.low)
    assert (other.low[some] <= one.low[some] + ROUNDING).all()
    assert (other.high[some] >= one.high[some] - ROUNDING).all()


@pytest.mark.parametrize("seed", range(5))
def test_random_problems_are_of_all_kinds(seed: int) -> None:
    """The draws above exercise deals, walk-outs and disputes, binding options and idle ones."""
    words: set[str] = set()
    binding: set[bool] = set()
    for k in range(40):
        got = problem_of(1000 * seed + k, fitting=False).solve()
        words |= {str(each) for each in got.status}
        binding |= set(got.binding.ravel().tolist())
    assert len(words) >= 3
    assert binding == {True, False}
