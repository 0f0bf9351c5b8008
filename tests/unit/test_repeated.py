"""Repeated enforcement, the transfers both sides honour, and attrition."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
import pytest

from negotiation.bargaining import attrition, enforcement, honoured
from negotiation.errors import ParameterError


def stays(c: float, d: float, p: float, delta: float, periods: int = 20_000) -> bool:
    """Whether keeping a deal beats breaking it now, summed period by period."""
    worth = delta ** np.arange(periods)
    return float(c * worth.sum()) >= float(d + p * worth[1:].sum()) - 1e-9


def test_critical_discount_factor() -> None:
    """A prisoners' dilemma of 3, 5 and 1: one half."""
    got = enforcement(3.0, 5.0, 1.0)
    assert float(got.critical) == 0.5
    assert str(got.status) == "at the critical discount factor and above"
    for delta in (0.1, 0.49, 0.51, 0.9):
        assert stays(3.0, 5.0, 1.0, delta) == (delta >= 0.5)
        assert bool(got.margin(delta) >= 0) == (delta >= 0.5)


def test_edges() -> None:
    c = [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, np.nan]
    d = [3.0, 2.0, 5.0, 5.0, 5.0, 2.0, 5.0]
    p = [1.0, 3.0, 3.0, 4.0, 6.0, 4.0, 1.0]
    got = enforcement(c, d, p)
    np.testing.assert_array_equal(got.critical, [0, 0, 1, 2, np.inf, np.nan, np.nan])
    assert [str(each).split(":")[0] for each in got.status] == [
        "always",
        "always",
        "never",
        "never",
        "never",
        "only for the impatient",
        "unknown",
    ]
    # What the words say is what the sums say.
    for k, says in enumerate([True, True, False, False, False]):
        for delta in (0.0, 0.5, 0.99):
            if delta or k < 2:
                assert stays(c[k], d[k], p[k], delta) == says
            assert bool(got.margin(delta)[k] >= 0) == says
    # Only for the impatient: 3 >= 2 (1 - delta) + 4 delta up to one half.
    assert (got.margin(0.4)[5] > 0, got.margin(0.6)[5] > 0) == (True, False)
    assert stays(3.0, 2.0, 4.0, 0.4)
    assert not stays(3.0, 2.0, 4.0, 0.6)


def test_patience_as_a_rate() -> None:
    got = enforcement(3.0, [5.0, 2.0, 5.0], [1.0, 1.0, 4.0])
    rate = got.rate(0.5)
    assert exp(-rate[0] * 0.5) == pytest.approx(0.5)
    assert np.isposinf(rate[1])
    assert np.isnan(rate[2])


def test_units_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    c, d, p = np.sort(rng.normal(size=(3, 50)), axis=0)[[1, 2, 0]]
    one, other = enforcement(c, d, p), enforcement(7 * c - 3, 7 * d - 3, 7 * p - 3)
    np.testing.assert_allclose(one.critical, other.critical, rtol=1e-12)
    # More to gain by breaking the deal asks for more patience, a harder punishment for less.
    assert (enforcement(c, d + 0.1, p).critical > one.critical).all()
    assert (enforcement(c, d, p - 0.1).critical < one.critical).all()


# --- transfers ------------------------------------------------------------------------------------


def keeps(
    stage: tuple[list[float], list[float], list[float]], delta: list[float], t: float, paid: str
) -> bool:
    """Whether both sides keep a deal in which the first pays t a period, written out."""
    (c, d, p) = stage
    for side, gets in ((0, -t), (1, t)):
        cooperate = c[side] + gets
        at_once = d[side] + (gets if paid == "together" and gets > 0 else 0.0)
        if cooperate < (1 - delta[side]) * at_once + delta[side] * p[side] - 1e-9:
            return False
    return True


@pytest.mark.parametrize("paid", ["together", "after"])
@pytest.mark.parametrize(
    ("stage", "delta"),
    [
        (([3.0, 3.0], [5.0, 4.0], [1.0, 0.0]), [0.8, 0.7]),
        (([3.0, 3.0], [5.0, 4.0], [1.0, 2.9]), [0.8, 0.7]),  # the second needs something
        (([3.0, 3.0], [9.0, 4.0], [1.0, 0.0]), [0.6, 0.9]),  # the first does
        (([3.0, 3.0], [9.0, 9.0], [1.0, 0.0]), [0.2, 0.2]),  # both do: nothing helps
    ],
)
def test_transfers_that_both_honour(stage: Any, delta: list[float], paid: str) -> None:
    c, d, p = stage
    got = honoured(c, d, p, delta, paid=paid)
    grid = [t for t in np.linspace(-6, 6, 1201) if keeps(stage, delta, float(t), paid)]
    if not grid:
        assert np.isnan([got.low, got.high]).all()
        assert str(got.status).startswith("no transfer")
        return
    assert str(got.status).startswith("some transfers")
    assert float(got.low) == pytest.approx(grid[0], abs=0.01)
    assert float(got.high) == pytest.approx(grid[-1], abs=0.01)
    for end, out in ((float(got.low), -1e-6), (float(got.high), 1e-6)):
        assert keeps(stage, delta, end, paid)
        assert not keeps(stage, delta, end + out, paid)


def test_without_transfers_it_is_the_critical_discount_factor() -> None:
    """Zero is among the transfers exactly where both sides are patient enough."""
    rng = np.random.default_rng(5)
    p, c, d = np.sort(rng.normal(size=(3, 200, 2)), axis=0)
    critical = enforcement(c, d, p).critical.max(axis=-1)
    for delta in (0.3, 0.6, 0.9):
        got = honoured(c, d, p, [delta, delta])
        zero = (got.low <= 0) & (got.high >= 0)
        assert (zero == (critical <= delta)).all()
        assert zero.any()
        assert not zero.all()


def test_somebody_without_a_future_cannot_be_bought_in_advance() -> None:
    c, d, p = [3.0, 3.0], [5.0, 3.0], [1.0, 0.0]
    advance = honoured(c, d, p, [0.0, 0.9])
    assert np.isnan(advance.low)
    assert str(advance.status).startswith("no transfer")
    # Paid after it has kept the deal, it can: it asks for 2, and the second can give 0.9 * 3.
    after = honoured(c, d, p, [0.0, 0.9], paid="after")
    np.testing.assert_allclose([after.low, after.high], [-2.7, -2.0])


# --- attrition ------------------------------------------------------------------------------------


def test_war_of_attrition() -> None:
    """Oracle E04."""
    got = attrition(cost=[2.0, 1.0], prize=[10.0, 10.0])
    np.testing.assert_allclose(got.hazard, [0.1, 0.2], rtol=1e-15)
    assert float(got.duration) == pytest.approx(10 / 3, rel=1e-15)
    np.testing.assert_allclose(got.concedes, [1 / 3, 2 / 3], rtol=1e-15)
    assert float(got.lasting(got.duration)) == pytest.approx(exp(-1))


def test_each_side_is_indifferent_at_every_moment() -> None:
    """Holding out costs what the chance that the other gives in is worth; none is left."""
    rng = np.random.default_rng(2)
    cost, prize = rng.uniform(0.1, 5, (2, 20, 2))
    got = attrition(cost=cost, prize=prize)
    np.testing.assert_allclose(got.hazard[:, ::-1] * prize, cost, rtol=1e-14)
    wins = got.concedes[:, ::-1]
    np.testing.assert_allclose(wins * prize, got.burnt, rtol=1e-13)
    # A side's own cost leaves its own rate alone and makes the other give in.
    dearer = attrition(cost=cost * [2.0, 1.0], prize=prize)
    np.testing.assert_array_equal(dearer.hazard[:, 0], got.hazard[:, 0])
    np.testing.assert_allclose(dearer.hazard[:, 1], 2 * got.hazard[:, 1])


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: enforcement(np.ones(2), np.ones(3), 0.0), "expected shapes that broadcast"),
        (lambda: enforcement(3.0, 5.0, 1.0).margin(1.0), "discount factor 1 is out of range"),
        (lambda: enforcement(3.0, 5.0, 1.0).rate(0.0), "lag 0 is out of range"),
        (lambda: honoured([3, 3], [5, 5], [1, 1], [0.5, 1.5]), "discount factor 1.5"),
        (lambda: honoured([3, 3], [5, 5], [1, 1], 0.5, paid="later"), "paid 'later'"),
        (lambda: honoured(np.ones((4, 2)), 5.0, 1.0, np.full((3, 2), 0.5)), "do not fit"),
        (lambda: attrition(cost=[0.0, 1.0], prize=[1.0, 1.0]), "cost of holding out 0"),
        (lambda: attrition(cost=[1.0, 1.0], prize=[-1.0, 1.0]), "prize -1 is out of range"),
        (lambda: attrition(cost=[1.0, 1.0, 1.0], prize=1.0), "'cost' has shape"),
        (lambda: attrition(cost=np.ones((3, 2)), prize=np.ones((2, 2))), "do not fit"),
    ],
)
def test_what_is_refused(call: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        call()
