"""Exclusion: closed forms by hand, and against the counterfactual in which a seller is cut off."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.subjects.worlds import build
from negotiation.errors import ParameterError
from negotiation.trade import FINAL, INTERMEDIATE, World, dependence, purged
from tests.unit.hand_made import SALES, by_hand, linked_by_hand


def test_exclusion_power_by_hand() -> None:
    world = by_hand(theta=np.array([2.0, 5.0]))
    # A spends 90 on corn and 70 on cars, of which 20 and 10 from B.
    parts = [90 / 160 / 2.0 * -np.log(1 - 20 / 90), 70 / 160 / 5.0 * -np.log(1 - 10 / 70)]
    assert_allclose(dependence.exclusion_power_by_sector(world)[1, 0], parts)
    assert_allclose(dependence.exclusion_power(world)[1, 0], sum(parts))
    assert_allclose(dependence.exclusion_power_with_inputs(world)[1, 0], sum(parts))


def test_exclusion_power_with_inputs_by_hand() -> None:
    # A buys a third of its inputs and two sevenths of its final goods from B; theta is 4. A unit
    # cost c satisfies c = 0.3 (c + d), so c = 0.3 / 0.7 d.
    world = linked_by_hand()
    inputs, final = -np.log(1 - 10 / 30) / 4.0, -np.log(1 - 20 / 70) / 4.0
    assert_allclose(dependence.exclusion_power(world)[1, 0], final)
    assert_allclose(dependence.exclusion_power_with_inputs(world)[1, 0], final + 3 / 7 * inputs)


def test_nobody_excludes_itself_and_a_single_seller_has_infinite_power() -> None:
    sales = SALES.copy()
    sales[[0, 2], 0, 1] = 0.0  # A buys cars from B only
    world = by_hand(sales)
    for index in (dependence.exclusion_power, dependence.exclusion_power_with_inputs):
        power = index(world)
        assert np.isnan(np.diagonal(power)).all()
        assert np.isinf(power[1, 0])
        assert np.isfinite(power[2, 0])


def test_a_sector_that_is_not_bought_has_no_part() -> None:
    sales = SALES.copy()
    sales[:, 0, 1] = 0.0
    assert_array_equal(dependence.exclusion_power_by_sector(by_hand(sales))[1:, 0, 1], 0.0)


def test_an_input_that_reaches_no_consumer_has_no_part() -> None:
    # A makes cars for B alone, from parts that it buys from B alone.
    flows = np.zeros((2, 2, 2, 2))
    flows[..., FINAL] = [[[50.0, 0.0], [20.0, 40.0]], [[10.0, 0.0], [100.0, 0.0]]]
    flows[1, 0, 1, INTERMEDIATE] = 10.0
    inputs = np.zeros((2, 2, 2))
    inputs[0, 1, 1] = 0.25
    world = World.from_arrays(
        regions=["A", "B"],
        sectors=["corn", "cars"],
        flows=flows,
        trade_elasticity=4.0,
        input_share=inputs,
    )
    power = dependence.exclusion_power_with_inputs(world)
    assert_allclose(power[1, 0], -np.log(1 - 10 / 60) / 4.0)


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_between_two_regions_exclusion_is_autarky(seed: int, linked: bool) -> None:
    world = purged(build(seed, n=2, s=3, linked=linked, taxed=False).world)
    found = dependence.cut_off(world, "R0", "R1", both_ways=True)
    assert found.converged
    power = dependence.exclusion_power_with_inputs(world)
    assert_allclose(-np.log(found.welfare), [power[1, 0], power[0, 1]], atol=1e-9)
    if not linked:
        assert_allclose(dependence.exclusion_power(world), power)


def test_cutting_off_ends_the_flows_one_way_or_both() -> None:
    world = build(5, n=3, s=2, linked=True).world
    one = dependence.cut_off(world, "R0", "R1")
    both = dependence.cut_off(world, "R0", "R1", both_ways=True)
    assert one.converged
    assert both.converged
    total = world.flows[1, 0].sum()
    assert one.flows[1, 0].sum() < 1e-9 * total
    assert one.flows[0, 1].sum() > 0.1 * world.flows[0, 1].sum()
    assert both.flows[[1, 0], [0, 1]].sum() < 1e-9 * total
    assert one.welfare[0] < 1.0
    assert both.welfare[0] < one.welfare[0]


def test_a_country_is_not_cut_off_from_itself() -> None:
    with pytest.raises(ParameterError, match="'A' is given twice"):
        dependence.cut_off(by_hand(), "A", "A")
    with pytest.raises(ParameterError, match="region 'D' is not in the data"):
        dependence.cut_off(by_hand(), "A", "D")
