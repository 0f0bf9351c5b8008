"""Several partners: bilateral bargains in each other's shadow, and coalitions."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from negotiation.bargaining import nash_in_nash, over_sets, partners, worths
from negotiation.errors import ParameterError

CANADA, US, EUROPE = 0, 1, 2
STAR = [(CANADA, US), (CANADA, EUROPE)]


def markets(with_us: float, with_europe: float, with_both: float) -> Any:
    """Canada's payoffs by agreements; either partner gains 5 from its own."""
    gain = {
        frozenset(): 0.0,
        frozenset({0}): with_us,
        frozenset({1}): with_europe,
        frozenset({0, 1}): with_both,
    }
    return over_sets(lambda s: [gain[s], 5.0 * (0 in s), 5.0 * (1 in s)], 2)


def test_one_partner_splits_the_difference() -> None:
    got = nash_in_nash([[0.0, 10.0], [0.0, 5.0]], [(0, 1)])
    np.testing.assert_array_equal(got.payoffs[1], [7.5, 7.5])
    assert got.transfers[1].tolist() == [2.5]
    assert got.stable.tolist() == [False, True]
    strong = nash_in_nash([[0.0, 10.0], [0.0, 5.0]], [(0, 1)], weight=0.8)
    np.testing.assert_allclose(strong.payoffs[1], [12.0, 3.0])


def test_a_second_partner_that_adds_its_own_changes_nothing_in_the_first_deal() -> None:
    got = partners(markets(10.0, 6.0, 16.0))
    # 15 / 2 from the United States, 11 / 2 from Europe, by either rule.
    np.testing.assert_allclose(got.bilateral[3], [13.0, 7.5, 5.5])
    np.testing.assert_allclose(got.shapley[3], [13.0, 7.5, 5.5])
    np.testing.assert_allclose(got.bilateral[1], [7.5, 7.5, 0.0])
    for added in got.second(US, EUROPE):
        assert float(added) == pytest.approx(5.5)


def test_a_substitute_takes_from_the_first_partner() -> None:
    """10 with either, 13 with both: by hand, Nash-in-Nash gives 15, 4, 4.

    Each adds 3 for Canada and 5 for itself beside the other, so that Canada is paid 1. The Shapley
    value averages contributions of 15 (first) and 8 (second) over orders.
    """
    got = partners(markets(10.0, 10.0, 13.0))
    np.testing.assert_allclose(got.bilateral[3], [15.0, 4.0, 4.0])
    np.testing.assert_allclose(got.shapley[3, US], (0 + 15 + 8) / 3 / 2 + 8 / 6)
    bilateral, coalition = got.second(US, EUROPE)
    # The United States gets less than the 7.5 it had, Canada more than the surplus added, 8.
    assert float(bilateral) == pytest.approx(7.5)
    assert got.bilateral[3, US] < got.shapley[3, US] < got.bilateral[1, US]
    assert 0 < float(coalition) < float(bilateral)


def test_a_complement_can_be_held_up() -> None:
    """10 with both and nothing with one: each partner is pivotal and takes half of all it adds."""
    got = partners(markets(0.0, 0.0, 10.0))
    np.testing.assert_allclose(got.bilateral[3], [10 - 2.5 - 2.5, 7.5, 7.5])
    assert got.shapley[3, CANADA] > got.bilateral[3, CANADA]


def test_an_agreement_between_others_can_hurt() -> None:
    """Contract externality: Europe's deal with Canada costs the United States 4, and no more."""
    u = over_sets(lambda s: [6.0 * (1 in s), -4.0 * (1 in s), 2.0 * (1 in s)], 2)
    got = nash_in_nash(u, STAR)
    # The link with the United States is worth nothing to either: in force or not, all the same.
    assert got.stable.tolist() == [False, False, True, True]
    np.testing.assert_allclose(got.outcome(), [4.0, -4.0, 4.0])


def test_no_set_of_agreements_need_be_stable() -> None:
    """The first link pays beside the second only, the second without the first only: a chase."""
    u = [[0.0] * 4, [0.0, -1.0, 0.0, 1.0], [0.0, 2.0, 0.5, 0.5]]
    got = nash_in_nash(u, STAR)
    surplus = got.surplus
    assert surplus[0].tolist() == [-1.0, 0.5]
    assert surplus[2, 0] == 1.0
    assert surplus[3, 1] == -1.5
    assert surplus[1, 0] == -1.0
    assert not got.stable.any()
    assert int(got.settled()) == -1
    assert np.isnan(got.outcome()).all()


def test_what_a_link_brings_its_ends_is_split_by_weight() -> None:
    """From its definition, on random payoffs of four agents and a ring of links."""
    rng = np.random.default_rng(6)
    links = [(0, 1), (1, 2), (2, 3), (3, 0)]
    u, weight = rng.normal(size=(5, 4, 16)), rng.uniform(0.2, 0.8, (5, 4))
    got = nash_in_nash(u, links, weight)
    for b in range(5):
        for mask in range(16):
            paid = u[b, :, mask].copy()
            for k, (one, other) in enumerate(links):
                if not mask >> k & 1:
                    assert got.transfers[b, mask, k] == 0.0
                    continue
                gain = u[b, :, mask] - u[b, :, mask & ~(1 << k)]
                t = got.transfers[b, mask, k]
                total = gain[one] + gain[other]
                assert gain[one] - t == pytest.approx(weight[b, k] * total)
                assert gain[other] + t == pytest.approx((1 - weight[b, k]) * total)
                paid[one] -= t
                paid[other] += t
            np.testing.assert_allclose(got.payoffs[b, mask], paid, atol=1e-14)
            fits = all(
                (got.surplus[b, mask, k] >= 0) == bool(mask >> k & 1) for k in range(len(links))
            )
            assert got.stable[b, mask] == fits


def test_worths_and_values_from_their_definitions() -> None:
    rng = np.random.default_rng(7)
    u = rng.normal(size=(3, 4))
    v = worths(u, STAR)
    for coalition in range(8):
        inside = [agent for agent in range(3) if coalition >> agent & 1]
        mask = sum(1 << k for k, link in enumerate(STAR) if set(link) <= set(inside))
        assert v[coalition] == pytest.approx(sum(u[agent, mask] for agent in inside))
    value = np.zeros(3)
    for order in permutations(range(3)):
        arrived = 0
        for agent in order:
            value[agent] += (v[arrived | 1 << agent] - v[arrived]) / 6
            arrived |= 1 << agent
    np.testing.assert_allclose(partners(u).shapley[3], value)


def test_any_place_for_the_hub_and_batches() -> None:
    rng = np.random.default_rng(9)
    u = np.sort(rng.uniform(size=(4, 3, 4)), axis=-1)
    cloud = partners(u, hub=0)
    turned = partners(u[:, [1, 0, 2]], hub=1)
    np.testing.assert_allclose(turned.bilateral[..., [1, 0, 2]], cloud.bilateral)
    np.testing.assert_allclose(turned.shapley[..., [1, 0, 2]], cloud.shapley)
    for k in range(4):
        one = partners(u[k])
        np.testing.assert_allclose(one.bilateral, cloud.bilateral[k], rtol=1e-14)
        np.testing.assert_allclose(one.shapley, cloud.shapley[k], rtol=1e-13)
    # Shares add up to all there is.
    np.testing.assert_allclose(cloud.shapley[:, 3].sum(axis=-1), u[..., 3].sum(axis=-1))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nash_in_nash(np.zeros((3, 3)), STAR), "payoffs have shape"),
        (lambda: nash_in_nash(np.zeros((3, 4)), [(0, 1), (0, 3)]), "joins agents 0 and 3"),
        (lambda: nash_in_nash(np.zeros((3, 4)), [(0, 1), (2, 2)]), "joins agents 2 and 2"),
        (lambda: nash_in_nash(np.zeros((3, 4)), STAR, weight=1.0), "bargaining weight 1"),
        (lambda: nash_in_nash(np.zeros((3, 4)), STAR, weight=[0.5] * 3), "weights have shape"),
        (lambda: partners(np.zeros((3, 4)), hub=3), "the hub is agent 3"),
        (lambda: partners(np.zeros((3, 4))).second(1, 0), "agent 0 is not a partner"),
        (lambda: over_sets(lambda s: [0.0] * (1 + len(s)), 2), "different shapes"),
        (lambda: over_sets(lambda s: [0.0], 40), "40 links"),
    ],
)
def test_what_is_refused(call: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        call()
