"""W14: worlds whose trade falls into several components; each is solved for itself."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from negotiation.errors import DataError
from negotiation.trade import (
    World,
    counterfactual,
    efficient_tariffs,
    formula_tariffs,
    gradient,
    nash_tariffs,
)

SECTORS = ("x", "y", "z")
#: Component of each region, mixed up on purpose.
SPLITS = ([0, 1, 0], [0, 1, 0, 1, 1], [1, 0, 2], [2, 0, 1, 0, 1], [0, 0, 1, 1, 2, 0])


def several(seed: int, split: list[int], *, linked: bool, eta: float) -> World:
    """Draw a world in which regions trade with those of their own number only."""
    draw = np.random.default_rng(seed)
    n, s = len(split), len(SECTORS)
    inside = np.equal.outer(split, split)
    home = np.eye(n, dtype=bool)
    flows = draw.uniform(0.1, 2.0, (n, n, s, 2)) * inside[..., None, None]
    flows[home] *= 8.0
    tariff = np.where(home[..., None], 0.0, draw.uniform(0.0, 0.2, (n, n, s)))
    inputs = None
    if linked:
        inputs = draw.uniform(0.1, 1.0, (n, s, s))
        inputs *= draw.uniform(0.2, 0.5, (n, 1, s)) / inputs.sum(axis=1, keepdims=True)
        for _ in range(200):
            used = np.einsum("nks,ns->nk", inputs, flows.sum(axis=(1, 3)))
            flows[..., 0] *= used / flows[..., 0].sum(axis=0)
    else:
        flows[..., 0] = 0.0
    return World.from_arrays(
        regions=[f"R{k}" for k in range(n)],
        sectors=SECTORS,
        flows=flows,
        tariff=tariff[..., None],
        trade_elasticity=draw.uniform(2.0, 8.0, s),
        input_share=inputs,
        labour_elasticity=eta,
    )


def part(world: World, rows: NDArray[np.int64]) -> World:
    """Return some regions of a world as one of their own."""
    pairs = np.ix_(rows, rows)
    return World.from_arrays(
        regions=[world.regions[row] for row in rows],
        sectors=world.sectors,
        flows=world.flows[pairs],
        tariff=world.tariff[pairs],
        trade_elasticity=world.trade_elasticity,
        input_share=world.input_share[rows] if world.linked else None,
        labour_elasticity=world.labour_elasticity,
    )


def rows_of(world: World) -> list[NDArray[np.int64]]:
    return [np.array([world.region(code) for code in each]) for each in world.components]


def drawn_tariffs(seed: int, world: World, count: int) -> NDArray[np.float64]:
    tariff = np.random.default_rng(seed).uniform(0.0, 0.6, (count, *world.flows.shape))
    tariff[:, np.arange(len(world.regions)), np.arange(len(world.regions))] = 0.0
    return tariff


def listed(other: float = 0.0) -> World:
    """Return the world of the list of faults; C sells and buys `other` at A."""
    flows = np.zeros((3, 3, 1))
    flows[range(3), range(3)] = 10.0
    flows[0, 1] = flows[1, 0] = 2.0
    flows[0, 2] = flows[2, 0] = other
    return World.from_arrays(regions="ABC", sectors=["x"], flows=flows, trade_elasticity=4.0)


@pytest.mark.parametrize("compiled", [False, True])
def test_the_listed_world_has_the_listed_welfare(compiled: bool) -> None:
    after = counterfactual(listed(), {("A", "B"): 0.25}, compiled=compiled)
    assert bool(after.converged)
    assert_allclose(after.welfare, [0.98346, 1.00970, 1.0], atol=5e-6)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("closure", ["transfers", "balanced", "purged"])
@pytest.mark.parametrize(("linked", "eta"), [(False, np.inf), (True, np.inf), (False, 1.5)])
def test_components_are_solved_as_worlds_of_their_own(
    linked: bool, eta: float, closure: str, compiled: bool
) -> None:
    for seed, split in enumerate(SPLITS):
        world = several(seed, split, linked=linked, eta=eta)
        tariff = drawn_tariffs(seed, world, 3)
        after = counterfactual(world, tariff, closure=closure, compiled=compiled)
        assert after.converged.all()
        for rows in rows_of(world):
            alone = counterfactual(
                part(world, rows), tariff[:, rows][:, :, rows], closure=closure, compiled=compiled
            )
            for name in ("welfare", "income", "wage", "prices", "output", "ev"):
                whole = getattr(after, name)[:, rows]
                assert_allclose(whole, getattr(alone, name), rtol=1e-9, atol=1e-9)


def test_a_batch_of_pairs_agrees_with_a_loop() -> None:
    world = several(1, [0, 1, 0, 1, 1], linked=True, eta=1.5)
    rates = np.linspace(0.0, 1.0, 40)
    batch = counterfactual(world, {("R1", "R3"): rates[:, None, None], ("R0", "R2"): 0.3})
    fast = counterfactual(
        world, {("R1", "R3"): rates[:, None, None], ("R0", "R2"): 0.3}, compiled=True
    )
    one = counterfactual(world, {("R1", "R3"): rates[7], ("R0", "R2"): 0.3})
    assert_allclose(batch.welfare[7], one.welfare, rtol=1e-12)
    assert_allclose(batch.welfare, fast.welfare, rtol=1e-10)


@pytest.mark.parametrize(("linked", "eta"), [(False, np.inf), (True, np.inf), (True, 1.5)])
def test_gradients_agree_with_differences(linked: bool, eta: float) -> None:
    world = several(2, [0, 1, 0, 1, 1], linked=linked, eta=eta)
    tariff = drawn_tariffs(5, world, 1)[0]
    draw = np.random.default_rng(1)
    move = 1e-5 * draw.normal(size=tariff.shape)
    for name in ("welfare", "income", "wage", "real_value_added"):
        weight = draw.normal(size=getattr(counterfactual(world), name).shape)

        def value(
            rates: NDArray[np.float64], of: str = name, by: NDArray[np.float64] = weight
        ) -> float:
            return float((getattr(counterfactual(world, rates), of) * by).sum())

        slope = gradient(counterfactual(world, tariff), {name: weight})
        assert bool(slope.converged)
        rise = (value(tariff + move) - value(tariff - move)) / 2.0
        assert_allclose((slope.tariff * move).sum(), rise, rtol=1e-5, atol=1e-9)


@pytest.mark.full
def test_tariffs_chosen_in_one_component_do_not_depend_on_the_other() -> None:
    world = several(3, [0, 1, 0, 1, 1], linked=False, eta=1.5)
    war = nash_tariffs(world, world.regions, on="all")
    assert war.status.value.startswith("certified")
    for rows in rows_of(world):
        alone = part(world, rows)
        own = nash_tariffs(alone, alone.regions, on="all")
        for code in alone.regions:
            assert_allclose(war.rates[code], own.rates[code], rtol=1e-6)


@pytest.mark.full
def test_agreements_leave_the_other_component_alone() -> None:
    world = several(3, [0, 1, 0], linked=False, eta=np.inf)
    war = nash_tariffs(world, ["R0", "R2"])
    deal = efficient_tariffs(world, ["R0", "R2"], disagreement=war.equilibrium)
    assert deal.status.value.startswith("efficient")
    assert_allclose(deal.equilibrium.welfare[1], 1.0, rtol=1e-12)


def test_the_formula_is_solved_by_component() -> None:
    world = several(3, [0, 1, 0, 1, 1], linked=False, eta=np.inf)
    found = formula_tariffs(world)
    after = counterfactual(world, found.tariff, closure="balanced")
    assert_allclose(after.welfare, 1.0 + found.welfare_pct / 100.0, rtol=1e-9)


def test_every_component_states_its_numeraire() -> None:
    world = several(0, [0, 1, 0, 1, 2], linked=False, eta=np.inf)
    assert world.components == (("R0", "R2"), ("R1", "R3"), ("R4",))
    after = counterfactual(world, 0.3)
    assert "R0, R2; R1, R3; R4" in after.numeraire
    made = (after.output * world.value_added_share).sum(axis=-1)
    for rows in rows_of(world):
        assert_allclose(made[rows].sum(), world.value_added[rows].sum(), rtol=1e-10)
    assert counterfactual(part(world, rows_of(world)[0])).numeraire == "world value added"


def test_sectors_that_trade_in_different_pairs_still_join_regions() -> None:
    """One labour market per region joins what is traded with different partners."""
    flows = np.zeros((3, 3, 2))
    flows[range(3), range(3)] = 10.0
    flows[0, 1, 0] = flows[1, 0, 0] = flows[1, 2, 1] = flows[2, 1, 1] = 2.0
    world = World.from_arrays(regions="ABC", sectors="xy", flows=flows, trade_elasticity=4.0)
    assert len(world.components) == 1
    assert abs(counterfactual(world, {("A", "B"): 0.25}).welfare[2] - 1.0) > 1e-4


@pytest.mark.parametrize("little", [1e-12, 1e-15, 1e-100, 5e-324])
def test_trade_next_to_none_is_as_none(little: float) -> None:
    after = counterfactual(listed(little), {("A", "B"): 0.25})
    assert bool(after.converged)
    assert_allclose(after.welfare, [0.98346, 1.00970, 1.0], atol=5e-6)


def test_a_duty_that_ends_trade_of_a_region_that_owes_a_transfer_does_not_converge() -> None:
    flows = np.full((2, 2, 1), 2.0)
    flows[range(2), range(2)] = 10.0
    flows[0, 1] = 2.5
    world = World.from_arrays(regions="AB", sectors=["x"], flows=flows, trade_elasticity=4.0)
    closed = {("A", "B"): 1e9, ("B", "A"): 1e9}
    assert not bool(counterfactual(world, closed).converged)
    assert np.isnan(counterfactual(world, closed).welfare).all()
    # Without the transfer there is an equilibrium, autarky: the share of home to the 1 / theta.
    after = counterfactual(world, closed, closure="purged")
    assert_allclose(after.welfare, after.world.share[range(2), range(2), 0, 1] ** 0.25, rtol=1e-9)


def shares(transfer: list[float]) -> World:
    share = np.zeros((3, 3, 1))
    share[:2, :2, 0] = [[0.9, 0.2], [0.1, 0.8]]
    share[2, 2] = 1.0
    return World.from_shares(
        regions="ABC",
        sectors=["x"],
        share=share,
        tariff=0.0,
        value_added=[10.0, 20.0, 5.0],
        final_share=np.ones((3, 1)),
        trade_elasticity=4.0,
        transfer=transfer,
    )


def test_transfers_sum_to_zero_within_each_component() -> None:
    world = shares([0.1, -0.1, 0.0])
    assert world.components == (("A", "B"), ("C",))
    assert_allclose(world.transfer, [0.1, -0.1, 0.0], atol=1e-9)
    with pytest.raises(DataError, match="over A, B, which trade with nobody else; expected 0"):
        shares([0.1, 0.0, -0.1])
    with pytest.raises(DataError, match="over C, which trades with nobody"):
        shares([0.0, 0.0, -0.1])


def test_transfers_that_nobody_pays_are_refused_in_a_connected_world() -> None:
    with pytest.raises(DataError, match="over all regions; expected 0"):
        World.from_shares(
            regions="AB",
            sectors=["x"],
            share=[[[0.9], [0.2]], [[0.1], [0.8]]],
            tariff=0.0,
            value_added=[10.0, 20.0],
            final_share=[[1.0], [1.0]],
            trade_elasticity=4.0,
            transfer=[1.0, 0.0],
        )
