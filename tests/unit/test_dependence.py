"""Dependence: tables worked by hand, slow loops, and identities over random economies."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.subjects.worlds import Array, Economy, build, shipped_world
from negotiation.errors import ParameterError
from negotiation.trade import INTERMEDIATE, World, counterfactual, dependence
from tests.properties.economies import Shock
from tests.properties.economies import economies as drawn_economies
from tests.properties.economies import shocks as drawn_shocks
from tests.unit.hand_made import SALES, by_hand, linked_by_hand

# --- shares and concentration ---------------------------------------------------------------------


def test_shares_by_hand() -> None:
    world = by_hand()
    assert_allclose(dependence.export_shares(world)[0], [0.0, 30 / 60, 30 / 60])
    assert_allclose(dependence.export_shares(world)[1], [30 / 40, 0.0, 10 / 40])
    assert_allclose(dependence.export_shares_by_sector(world)[0, :, 0], [0.0, 30 / 40, 10 / 40])
    assert_allclose(dependence.export_shares_by_sector(world)[0, :, 1], [0.0, 0.0, 1.0])
    assert_allclose(dependence.import_shares(world)[:, 0], [0.0, 30 / 70, 40 / 70])
    assert_allclose(dependence.import_shares_by_sector(world)[:, 0, 1], [0.0, 10 / 30, 20 / 30])


def test_concentration_by_hand() -> None:
    world = by_hand()
    assert_allclose(dependence.partner_concentration(world)[:2], [0.5, 0.75**2 + 0.25**2])
    assert_allclose(
        dependence.partner_concentration(world, of="imports")[0], (30 / 70) ** 2 + (40 / 70) ** 2
    )
    # A sells 40 of corn and 20 of cars abroad, and buys 40 and 30.
    assert_allclose(dependence.product_concentration(world)[0], (2 / 3) ** 2 + (1 / 3) ** 2)
    assert_allclose(
        dependence.product_concentration(world, of="imports")[0], (4 / 7) ** 2 + (3 / 7) ** 2
    )


def test_a_share_of_nothing_is_nan_and_no_error() -> None:
    sales = SALES.copy()
    sales[0, 1:, 1] = 0.0
    shares = dependence.export_shares_by_sector(by_hand(sales))
    assert np.isnan(shares[0, :, 1]).all()
    assert_allclose(shares[0, :, 0].sum(), 1.0)


@given(drawn_economies)
def test_shares_sum_to_one_and_concentration_lies_in_its_range(economy: Economy) -> None:
    world = economy.world
    n, s = world.output.shape
    assert_allclose(dependence.export_shares(world).sum(axis=1), 1.0)
    assert_allclose(dependence.import_shares(world).sum(axis=0), 1.0)
    for shares, axis in (
        (dependence.export_shares_by_sector(world), 1),
        (dependence.import_shares_by_sector(world), 0),
    ):
        total = shares.sum(axis=axis)
        assert_allclose(total[~np.isnan(total)], 1.0)
    for of in ("exports", "imports"):
        partners = dependence.partner_concentration(world, of=of)
        products = dependence.product_concentration(world, of=of)
        assert (partners >= 1.0 / (n - 1) - 1e-12).all()
        assert (products >= 1.0 / s - 1e-12).all()
        assert (np.maximum(partners, products) <= 1.0 + 1e-12).all()


def test_export_share_is_the_matrix_over_all_sectors() -> None:
    world = shipped_world()
    one = dependence.export_share(world, world.flows, "CAN", "USA", world.sectors)
    every = dependence.export_shares(world)
    assert_allclose(every[world.region("CAN"), world.region("USA")], one)


@pytest.mark.parametrize(
    "index", [dependence.partner_concentration, dependence.product_concentration]
)
def test_another_word_than_exports_or_imports_is_refused(index: object) -> None:
    assert callable(index)
    with pytest.raises(ParameterError, match="of is 'trade'; choose exports or imports"):
        index(by_hand(), of="trade")


# --- value added ----------------------------------------------------------------------------------


def test_value_added_by_hand() -> None:
    # A = [[.2, .05], [.1, .2]]; (I - A)^-1 = [[.8, .05], [.1, .8]] / .635; v = (.7, .75).
    world = linked_by_hand()
    content = np.array([[0.7 * 0.8, 0.7 * 0.05], [0.75 * 0.1, 0.75 * 0.8]]) / 0.635
    assert_allclose(dependence.value_added_content(world)[..., 0], content)
    assert_allclose(dependence.content_of_exports(world), content * [30.0, 30.0])
    use = content @ np.array([[50.0, 20.0], [20.0, 130.0]])
    assert_allclose(dependence.value_added_use(world), use)
    assert_allclose(use.sum(axis=1), [70.0, 150.0])
    assert_allclose(dependence.value_added_exports(world), [use[0, 1], use[1, 0]])


def _slow_content(world: World) -> Array:
    """Value added of each region in a unit of output, round by round of inputs."""
    n, s = world.output.shape
    embodied = np.zeros((n, n, s))
    for j, k in product(range(n), range(s)):
        embodied[j, j, k] = world.value_added_share[j, k]
    direct = embodied.copy()
    use = np.zeros((n, s, n, s))  # of (i, k) in (m, t)
    bought = np.zeros((n, s))
    for m, k in product(range(n), range(s)):
        bought[m, k] = sum(world.input_share[m, k, t] * world.output[m, t] for t in range(s))
        for i, t in product(range(n), range(s)):
            if bought[m, k] > 0.0:
                sold = world.flows[i, m, k, INTERMEDIATE] / bought[m, k]
                use[i, k, m, t] = sold * world.input_share[m, k, t]
    for _ in range(300):
        embodied = direct + np.einsum("jik,ikmt->jmt", embodied, use)
    return embodied


@pytest.mark.parametrize("seed", range(4))
def test_content_is_the_sum_of_all_rounds_of_inputs(seed: int) -> None:
    world = build(seed, n=3, s=3, linked=True, zeros=seed % 2 == 1).world
    assert_allclose(dependence.value_added_content(world), _slow_content(world), atol=1e-12)


@given(drawn_economies)
def test_domestic_foreign_and_tariff_content_make_up_exports(economy: Economy) -> None:
    world = economy.world
    n, s = world.output.shape
    abroad = ~np.eye(n, dtype=bool)[:, :, None, None]
    exports = np.where(abroad, world.flows, 0.0).sum(axis=(1, 3))
    made = dependence.content_of_exports(world)
    # Tariffs paid on inputs, per unit of output, over all stages.
    bought = (world.flows[..., INTERMEDIATE] * (1.0 + world.tariff[..., INTERMEDIATE])).sum(axis=0)
    net = world.flows[..., INTERMEDIATE].sum(axis=0)
    rate = np.divide(bought - net, bought, out=np.zeros_like(net), where=bought > 0.0)
    paid = np.einsum("nk,nks->ns", rate, world.input_share)
    total = np.eye(n * s)
    if world.linked:
        share = world.flows[..., INTERMEDIATE] / np.where(bought > 0.0, bought, 1.0)
        use = np.einsum("ink,nks->ikns", share, world.input_share).reshape(n * s, n * s)
        total = np.linalg.inv(total - use)
    duty = ((paid.reshape(-1) @ total).reshape(n, s) * exports).sum(axis=1)
    assert_allclose(made.sum(axis=0) + duty, exports.sum(axis=1), rtol=1e-9)
    assert (made >= 0.0).all()


@given(drawn_economies)
def test_value_added_is_absorbed_somewhere(economy: Economy) -> None:
    world = economy.world
    use = dependence.value_added_use(world)
    assert_allclose(use.sum(axis=1), world.value_added, rtol=1e-9)
    assert_allclose(
        dependence.value_added_exports(world), world.value_added - np.diagonal(use), rtol=1e-6
    )


@given(drawn_economies)
def test_without_links_exports_are_domestic_value_added(economy: Economy) -> None:
    world = economy.world
    assume(not world.linked)
    n = len(world.regions)
    exports = world.flows.sum(axis=(1, 2, 3)) - world.flows.sum(axis=(2, 3))[np.eye(n, dtype=bool)]
    assert_allclose(dependence.content_of_exports(world), np.diag(exports), atol=1e-12)
    assert_allclose(dependence.value_added_exports(world), exports)


@given(drawn_shocks)
def test_indices_of_flows_are_those_of_the_world_with_these_flows(shock: Shock) -> None:
    found = counterfactual(shock.world, shock.tariff, shock.trade_cost)
    assert found.converged
    after = found.as_world()
    batch = np.stack([shock.world.flows, found.flows])
    for index in (
        dependence.export_shares,
        dependence.export_shares_by_sector,
        dependence.import_shares,
        dependence.import_shares_by_sector,
        dependence.partner_concentration,
        dependence.product_concentration,
        dependence.value_added_content,
        dependence.content_of_exports,
        dependence.value_added_use,
        dependence.value_added_exports,
    ):
        both = index(shock.world, batch)
        scale = np.nanmax(np.abs(both))
        assert_allclose(both[0], index(shock.world), rtol=1e-9, atol=1e-12 * scale)
        assert_allclose(both[1], index(after), rtol=1e-7, atol=1e-9 * scale)


# --- alternatives ---------------------------------------------------------------------------------


def test_alternatives_by_hand() -> None:
    # A sells 30 of corn to B. C spends 100 on corn, 10 of it on A's: 90 is unserved, 60 is left.
    found = dependence.alternatives(by_hand(theta=2.0), "A", "B")
    assert found.markets == ("C",)
    assert_allclose(found.unserved, [[90.0, 80.0]])
    assert_allclose(found.cost, [[np.log(40 / 10 * 90 / 60) / 2.0, 0.0]])
    assert found.best == ("C", "")  # B buys no cars of A: nothing to place


def test_the_cost_is_what_it_takes_at_unchanged_prices() -> None:
    world = build(3, n=4, s=3, linked=True).world
    found = dependence.alternatives(world, "R0", "R1")
    for m, code in enumerate(found.markets):
        n = world.region(code)
        for s, theta in enumerate(world.trade_elasticity):
            if not np.isfinite(found.cost[m, s]):
                continue
            paid = (world.flows[:, n, s] * (1.0 + world.tariff[:, n, s])).sum(axis=-1)
            sold = world.flows[0, n, s].sum()
            pull = paid.copy()
            pull[0] *= np.exp(theta * found.cost[m, s])
            after = pull[0] / pull.sum() * paid.sum() * (sold / paid[0])
            assert_allclose(after - sold, world.flows[0, 1, s].sum(), rtol=1e-9)


def test_a_market_that_is_too_small_or_closed_is_no_alternative() -> None:
    sales = SALES.copy()
    sales[0, 1, 0] = 95.0  # more than all that C buys from others
    sales[0, 2, 1] = 0.0  # C buys no cars of A
    sales[0, 1, 1] = 5.0
    found = dependence.alternatives(by_hand(sales), "A", "B")
    assert_array_equal(found.cost, np.inf)
    assert found.best == ("", "")


def test_the_best_alternative_is_the_cheapest() -> None:
    world = shipped_world()
    found = dependence.alternatives(world, "CAN", "USA")
    assert "CAN" not in found.markets
    assert "USA" not in found.markets
    for s, code in enumerate(found.best):
        assert found.cost[found.markets.index(code), s] == found.cost[:, s].min()


# --- table ----------------------------------------------------------------------------------------


def test_the_table_by_hand() -> None:
    corn, cars, every = dependence.table(by_hand(), "A", "B")
    assert (corn.sector, cars.sector, every.sector) == ("corn", "cars", "all")
    assert (corn.exports, corn.imports) == (30.0, 20.0)
    assert_allclose([corn.export_share, corn.import_share], [30 / 40, 20 / 40])
    assert_allclose(corn.export_concentration, 0.75**2 + 0.25**2)
    assert corn.domestic_content == every.domestic_content == 1.0
    assert (corn.alternative, cars.alternative, every.alternative) == ("C", "", "")
    assert np.isnan(cars.alternative_cost)
    assert (every.exports, every.imports) == (30.0, 30.0)
    assert_allclose([every.export_share, every.import_share], [0.5, 30 / 70])


def test_the_rows_of_the_table_are_the_indices() -> None:
    world = shipped_world()
    canada, us = world.region("CAN"), world.region("USA")
    *rows, every = dependence.table(world, "CAN", "USA")
    assert [row.sector for row in rows] == list(world.sectors)
    assert_allclose(sum(row.exports for row in rows), every.exports)
    assert_allclose(every.exports, world.flows[canada, us].sum())
    assert_allclose(sum(row.exclusion for row in rows), every.exclusion)
    assert_allclose(every.exclusion, dependence.exclusion_power(world)[us, canada])
    assert_allclose(
        [row.export_share for row in rows],
        dependence.export_shares_by_sector(world)[canada, us],
    )
    content = dependence.value_added_content(world)[canada, canada]
    assert_allclose([row.domestic_content for row in rows], content)
    assert_allclose(every.export_concentration, dependence.partner_concentration(world)[canada])
    assert min(row.domestic_content for row in rows) < every.domestic_content < max(content)


def test_a_table_is_between_two_countries() -> None:
    with pytest.raises(ParameterError, match="dependence is between two countries"):
        dependence.table(by_hand(), "A", "A")


def test_doubling_all_money_moves_no_share() -> None:
    once, twice = by_hand(), by_hand(2.0 * SALES)
    for index in (
        dependence.export_shares,
        dependence.partner_concentration,
        dependence.exclusion_power,
        dependence.value_added_content,
    ):
        assert_allclose(index(twice), index(once))
    assert_allclose(dependence.value_added_exports(twice), 2 * dependence.value_added_exports(once))
    assert_allclose(
        dependence.alternatives(twice, "A", "B").cost, dependence.alternatives(once, "A", "B").cost
    )
