"""A slice of `many_economies`, and proof that its checks can fail."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from negotiation.trade import TradeEquilibrium, World, counterfactual
from tests.drawn import some
from tests.properties import many_economies
from tests.properties.many_economies import case, faults, run, table


@pytest.mark.full
def test_a_hundred_economies_without_a_silent_failure() -> None:
    economies = some(100)
    tally = run(range(economies), largest=3)
    assert not tally.silent, table(tally)
    assert tally.economies == economies
    assert not tally.refused, table(tally)
    # They are meant to be awkward, not impossible.
    assert tally.not_converged.total() < 0.05 * tally.converged.total(), table(tally)


@pytest.mark.parametrize("seed", [91, 116])
def test_what_is_left_of_trade_that_all_but_vanishes(seed: int) -> None:
    """Costs that cut sales to a trillionth: the difference of two large numbers has no digits."""
    tally = run([seed])
    assert tally.converged.total() >= 3
    assert not tally.silent, table(tally)


def test_the_draw_covers_what_it_promises() -> None:
    cases = [case(seed) for seed in range(300)]
    features = {feature for each in cases for feature in each.features}
    assert features >= {
        "linked", "missing trade", "tiny cells", "near autarky", "sector not made", "taxed",
        "heavily taxed", "not consumed", "transfers",
    }  # fmt: skip
    assert {name for each in cases for name in each.shocks} == set(many_economies.SHOCKS)
    regions, sectors = {each.flows.shape[0] for each in cases}, {e.flows.shape[2] for e in cases}
    assert regions == set(range(2, 13))
    assert sectors == set(range(1, 13))
    theta = np.concatenate([each.trade_elasticity for each in cases])
    assert theta.min() < 0.6
    assert theta.max() > 60.0
    parts = [each.world.transfer / each.world.income for each in cases[:100]]
    assert 0.3 < max(float(np.abs(part).max()) for part in parts) <= 0.5 + 1e-9


def _solved() -> tuple[World, TradeEquilibrium]:
    drawn = next(each for each in map(case, range(100)) if each.flows.shape[2] > 2)
    world = drawn.world
    return world, counterfactual(world, drawn.new_tariff, drawn.trade_cost, drawn.closure)


@pytest.mark.parametrize("name", ["wage", "prices", "output", "income", "unit_cost", "spending"])
def test_a_result_that_is_a_millionth_off_is_noticed(name: str) -> None:
    world, found = _solved()
    assert not faults(world, found, 0)
    moved = getattr(found, name).copy()
    moved[0].flat[moved[0].argmax()] *= 1.0 + 1e-6
    assert faults(world, dataclasses.replace(found, **{name: moved}), 0)


def test_a_negative_output_and_a_nan_are_noticed() -> None:
    world, found = _solved()
    for value in (-1e-16, np.nan):
        output = found.output.copy()
        output[0].flat[world.output.argmax()] = value
        wrong = faults(world, dataclasses.replace(found, output=output), 0)
        assert any("output" in each for each in wrong)


def test_numbers_of_an_unconverged_scenario_are_noticed() -> None:
    world, found = _solved()
    residual = found.residual.copy()
    residual[0] = 1.0
    assert faults(world, dataclasses.replace(found, residual=residual), 0)
