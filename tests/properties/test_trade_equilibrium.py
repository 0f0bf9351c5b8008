"""Theorems about the trade equilibrium in changes, on random small worlds and the shipped one."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.subjects.worlds import Array, Economy, build, shipped_world
from negotiation.errors import DataError, NegotiationError, ParameterError
from negotiation.trade import FINAL, INTERMEDIATE, TradeStatus, World, counterfactual
from negotiation.trade import batch as batch_module
from negotiation.trade import solver as solver_module
from negotiation.trade.changes import Changes, Shocks
from negotiation.trade.equilibrium import TradeEquilibrium
from negotiation.trade.given import Given
from negotiation.trade.jacobian import Seed, jacobian, pull
from negotiation.trade.sourcing import Own
from negotiation.trade.system import Scenarios, evaluate, system_of
from tests.drawn import examples
from tests.properties.economies import Shock, economies, shipped_shock, shocks

#: What "converged" promises: the largest gap in any equation, log points.
RESIDUAL = 1e-11

#: Two ways to the same equilibrium. Each stops at a residual of 1e-11 or less; small open worlds
#: turn a residual into an error of results up to ten times larger.
SAME = 1e-10

RESULTS = ("welfare", "wage", "income", "unit_cost", "prices", "output", "spending", "ev", "flows")

closures = st.sampled_from(["transfers", "balanced"])


def solved(
    world: World, tariff: Array | None, cost: Array | None, closure: str = "transfers"
) -> TradeEquilibrium:
    """Solve, and insist that it worked.

    A shock may leave a region earning less than the transfer it is to pay: then there is no
    equilibrium to find, but there is one without transfers.
    """
    found = counterfactual(world, tariff, cost, closure)
    if closure == "transfers" and not found.converged.all():
        assert counterfactual(world, tariff, cost, "balanced").converged.all()
        assume(False)
    assert found.converged.all(), found.residual
    return found


def close(actual: Array, expected: Array, tolerance: float = SAME) -> None:
    """Compare arrays relative to the largest entry: money flows of a world differ in size."""
    assert_allclose(actual, expected, rtol=0, atol=tolerance * float(np.abs(expected).max()))


def compare(actual: TradeEquilibrium, expected: TradeEquilibrium, tolerance: float = SAME) -> None:
    """Compare all results; equivalent variations against income, for they may be zero."""
    for name in RESULTS:
        if name != "ev":
            close(getattr(actual, name), getattr(expected, name), tolerance)
    assert_allclose(
        actual.ev, expected.ev, rtol=0, atol=tolerance * float(expected.world.income.max())
    )
    assert_allclose(
        actual.tariff_revenue,
        expected.tariff_revenue,
        rtol=0,
        atol=tolerance * float(expected.income.max()),
    )


# --- the definition of an equilibrium -----------------------------------------------------------


@given(economies)
@example(shipped_shock().economy)
def test_no_change_in_no_change_out(economy: Economy) -> None:
    world = economy.world
    for tariff, cost in ((None, None), (world.tariff, np.ones(world.flows.shape))):
        found = solved(world, tariff, cost)
        # Nothing is iterated, so only the rounding of sums is left.
        for hat in (found.welfare, found.wage, found.unit_cost, found.prices):
            assert_allclose(hat, 1.0, rtol=0, atol=1e-12)
        assert_allclose(found.ev, 0.0, rtol=0, atol=1e-12 * world.income.max())
        close(found.flows, world.flows, 1e-12)
        close(found.output, world.output, 1e-12)
        close(found.spending, world.spending, 1e-12)
        close(found.income, world.income, 1e-12)
        close(found.tariff_revenue + 1.0, world.tariff_revenue + 1.0, 1e-12)
        for hat in (found.employment, found.real_output):
            made = world.output > 0.0
            assert_allclose(hat[made], 1.0, rtol=0, atol=1e-12)
            assert np.isnan(hat[~made]).all()


@given(shocks, closures)
@example(shipped_shock(), "transfers")
@example(shipped_shock(), "balanced")
def test_markets_clear_and_budgets_hold(case: Shock, closure: str) -> None:
    world = case.world
    found = solved(world, case.tariff, case.trade_cost, closure)
    flows, revenue, income, output = (
        found.flows,
        found.tariff_revenue,
        found.income,
        found.output,
    )
    sold = flows.sum(axis=(1, 3))
    imports, exports = flows.sum(axis=(0, 2, 3)), flows.sum(axis=(1, 2, 3))
    wages = world.value_added * found.wage
    paid = flows * (1.0 + case.tariff)
    transfer = world.transfer if closure == "transfers" else np.zeros_like(world.transfer)
    # Gaps are residuals (relative, 1e-11 each) summed over no more than a region's markets.
    tolerance = SAME * float(income.max())

    def same(actual: Array | np.float64, expected: Array | np.float64) -> None:
        assert_allclose(actual, expected, rtol=0, atol=tolerance)

    # goods, labour, tariff revenue
    same(sold, output)
    same((world.value_added_share * output).sum(axis=1), wages)
    same((flows * case.tariff).sum(axis=(0, 2, 3)), revenue)
    # budgets: income is spent on final goods, sector by sector; cost is spent on inputs
    same(income, wages + revenue + transfer)
    same(paid[..., FINAL].sum(axis=0), world.final_share * income[:, None])
    same(paid[..., INTERMEDIATE].sum(axis=0), np.einsum("nks,ns->nk", world.input_share, output))
    same(found.spending, paid.sum(axis=0))
    # the world: trade balances up to transfers, and world value added is the numeraire
    same(imports - exports, transfer)
    same((imports - exports).sum(), np.float64(0.0))
    same(wages.sum(), world.value_added.sum())


@examples(25)
@given(shocks, closures)
@example(shipped_shock(), "transfers")
def test_prices_and_shares_keep_their_definitions(case: Shock, closure: str) -> None:
    world = case.world
    found = solved(world, case.tariff, case.trade_cost, closure)
    n_regions, _, n_sectors, _ = world.flows.shape
    kappa = (1.0 + case.tariff) / (1.0 + world.tariff) * case.trade_cost
    for n in range(n_regions):
        consumer = 1.0
        for s in range(n_sectors):
            cost = found.wage[n] ** world.value_added_share[n, s]
            for k in range(n_sectors):
                cost *= found.prices[n, k, INTERMEDIATE] ** world.input_share[n, k, s]
            assert_allclose(found.unit_cost[n, s], cost, rtol=SAME)
            theta = world.trade_elasticity[s]
            for use in (INTERMEDIATE, FINAL):
                if world.spending[n, s, use] == 0.0:
                    continue
                power = (
                    world.share[:, n, s, use]
                    * (kappa[:, n, s, use] * found.unit_cost[:, s]) ** -theta
                )
                # theta up to 12 multiplies the error of log prices in these powers
                assert_allclose(found.prices[n, s, use], power.sum() ** (-1.0 / theta), rtol=SAME)
                paid = found.flows[:, n, s, use] * (1.0 + case.tariff[:, n, s, use])
                assert_allclose(paid / paid.sum(), power / power.sum(), rtol=0, atol=10 * SAME)
            consumer *= found.prices[n, s, FINAL] ** world.final_share[n, s]
        welfare = found.income[n] / world.income[n] / consumer
        assert_allclose(found.welfare[n], welfare, rtol=SAME)
        assert_allclose(
            found.ev[n], (welfare - 1.0) * world.income[n], rtol=0, atol=SAME * world.income[n]
        )
    made = world.output > 0.0
    labour = (
        found.output[made]
        / world.output[made]
        / np.broadcast_to(found.wage[:, None], made.shape)[made]
    )
    assert_allclose(found.employment[made], labour, rtol=SAME)
    volume = found.output[made] / world.output[made] / found.unit_cost[made]
    assert_allclose(found.real_output[made], volume, rtol=SAME)


# --- invariance ---------------------------------------------------------------------------------


@examples(25)
@given(shocks, closures)
@example(shipped_shock(), "transfers")
def test_ten_times_the_money_moves_no_share(case: Shock, closure: str) -> None:
    rich = dataclasses.replace(case.economy, flows=10.0 * case.economy.flows).world
    one = solved(case.world, case.tariff, case.trade_cost, closure)
    ten = solved(rich, case.tariff, case.trade_cost, closure)
    for name in ("welfare", "wage", "unit_cost", "prices"):
        close(getattr(ten, name), getattr(one, name))
    for name in ("income", "output", "spending", "flows"):
        close(getattr(ten, name), 10.0 * getattr(one, name))
    scale = 10.0 * float(one.income.max())
    for name in ("ev", "tariff_revenue"):
        assert_allclose(getattr(ten, name), 10.0 * getattr(one, name), rtol=0, atol=SAME * scale)


@examples(25)
@given(shocks, closures, st.randoms(use_true_random=False))
@example(shipped_shock(), "transfers", None)
def test_other_names_permute_the_answer(case: Shock, closure: str, random: Any) -> None:
    n, _, s, _ = case.world.flows.shape
    regions, sectors = list(range(n))[::-1], list(range(s))[::-1]
    if random is not None:
        random.shuffle(regions)
        random.shuffle(sectors)
    grid = np.ix_(regions, regions, sectors, [INTERMEDIATE, FINAL])
    shares = case.economy.input_share
    permuted = Economy(
        case.economy.flows[grid],
        case.economy.tariff[grid],
        case.economy.trade_elasticity[sectors],
        None if shares is None else shares[np.ix_(regions, sectors, sectors)],
    ).world
    was = solved(case.world, case.tariff, case.trade_cost, closure)
    now = solved(permuted, case.tariff[grid], case.trade_cost[grid], closure)
    for name in ("welfare", "wage", "income"):
        close(getattr(now, name), getattr(was, name)[regions])
    for name in ("unit_cost", "output", "prices", "spending"):
        close(getattr(now, name), getattr(was, name)[np.ix_(regions, sectors)])
    close(now.flows, was.flows[grid])


@examples(25)
@given(shocks, st.integers(0, 2**32 - 1))
@example(shipped_shock(), 7)
def test_two_steps_lead_where_one_step_leads(case: Shock, seed: int) -> None:
    """The equilibrium after a shock, taken as data, answers the next shock as the data do."""
    draw = np.random.default_rng(seed)
    world = case.world
    first = solved(world, case.tariff, case.trade_cost)
    middle = World.from_arrays(
        regions=world.regions,
        sectors=world.sectors,
        flows=first.flows,
        tariff=case.tariff,
        trade_elasticity=world.trade_elasticity,
        input_share=world.input_share if world.linked else None,
    )
    cost = draw.lognormal(0.0, 0.1, world.flows.shape)
    tariff = draw.uniform(0.0, 0.5, world.flows.shape)
    second = solved(middle, tariff, cost)
    direct = solved(world, tariff, case.trade_cost * cost)
    # The first equilibrium enters the second world as data, with its residual: two solves deep.
    tolerance = 10 * SAME
    close(first.welfare * second.welfare, direct.welfare, tolerance)
    close(first.wage * second.wage, direct.wage, tolerance)
    bought = np.isfinite(world.spending) & (world.spending > 0.0)
    close((first.prices * second.prices)[bought], direct.prices[bought], tolerance)
    close(second.flows, direct.flows, tolerance)
    close(second.income, direct.income, tolerance)


# --- closures -----------------------------------------------------------------------------------


@examples(25)
@given(shocks)
@example(shipped_shock())
def test_closures_agree_where_trade_is_balanced(case: Shock) -> None:
    """Flows that are symmetric between regions balance; so does technology read off them."""
    flows = case.economy.flows + np.swapaxes(case.economy.flows, 0, 1)
    made = flows.sum(axis=(1, 2, 3))
    used = flows[..., INTERMEDIATE].sum(axis=0) / made[:, None]
    shares = np.repeat(used[..., None], used.shape[1], axis=-1)
    world = Economy(
        flows, np.zeros_like(flows), case.economy.trade_elasticity, shares if used.any() else None
    ).world
    assert_allclose(world.transfer, 0.0, rtol=0, atol=1e-12 * world.income.max())
    transfers = solved(world, case.tariff, case.trade_cost, "transfers")
    balanced = solved(world, case.tariff, case.trade_cost, "balanced")
    compare(balanced, transfers)


@given(economies, closures)
@example(shipped_shock().economy, "balanced")
def test_balanced_closure_removes_every_deficit(economy: Economy, closure: str) -> None:
    world = economy.world
    flows = solved(world, None, None, closure).flows
    deficit = flows.sum(axis=(0, 2, 3)) - flows.sum(axis=(1, 2, 3))
    expected = world.transfer * (closure == "transfers")
    assert_allclose(deficit, expected, rtol=0, atol=SAME * world.income.max())


def test_an_unknown_closure_is_refused() -> None:
    with pytest.raises(ParameterError, match="closure 'transfer' is unknown"):
        counterfactual(shipped_world(), closure="transfer")


# --- known theorems -----------------------------------------------------------------------------


@examples(25)
@given(shocks, closures, st.integers(0, 3), st.floats(0.05, 1.0))
@example(shipped_shock(), "transfers", 1, 0.5)
def test_a_uniform_cost_of_consumption_only_shrinks_it(
    case: Shock, closure: str, region: int, extra: float
) -> None:
    """Whatever melts on all final purchases of a region, home included, melts its welfare alone."""
    n = region % len(case.world.regions)
    before = solved(case.world, case.tariff, case.trade_cost, closure)
    cost = case.trade_cost.copy()
    cost[:, n, :, FINAL] *= 1.0 + extra
    after = solved(case.world, case.tariff, cost, closure)
    welfare = before.welfare.copy()
    welfare[n] /= 1.0 + extra
    close(after.welfare, welfare)
    close(after.flows, before.flows)
    close(after.wage, before.wage)


@examples(25)
@given(shocks, closures, st.integers(0, 3), st.floats(0.05, 1.0))
@example(shipped_shock(), "transfers", 1, 0.5)
def test_a_uniform_tax_on_consumption_is_neutral(
    case: Shock, closure: str, region: int, extra: float
) -> None:
    """A tax at one rate on all final purchases, home included, comes back as revenue."""
    n = region % len(case.world.regions)
    before = solved(case.world, case.tariff, case.trade_cost, closure)
    tariff = case.tariff.copy()
    tariff[:, n, :, FINAL] = (1.0 + tariff[:, n, :, FINAL]) * (1.0 + extra) - 1.0
    after = solved(case.world, tariff, case.trade_cost, closure)
    prices, income = before.prices.copy(), before.income.copy()
    prices[n, :, FINAL] *= 1.0 + extra
    income[n] *= 1.0 + extra
    close(after.welfare, before.welfare)
    close(after.flows, before.flows)
    close(after.prices, prices)
    close(after.income, income)


def _log_real_wage(world: World, log_home_share: Array) -> Array:
    """(N,) log w-hat / consumer price implied by changes of home shares (N, S, 2).

    Arkolakis, Costinot and Rodriguez-Clare (2012), with links: price of a composite = unit cost at
    home * home share ** (1/theta), solved for prices of inputs in units of the wage.
    """
    wedge = log_home_share / world.trade_elasticity[:, None]
    found = np.zeros(len(world.regions))
    for n in range(len(world.regions)):
        uses = world.input_share[n].T  # (using, input)
        inputs = np.linalg.solve(np.eye(len(uses)) - uses, wedge[n, :, INTERMEDIATE])
        final = uses @ inputs + wedge[n, :, FINAL]
        found[n] = -(world.final_share[n] * final).sum()
    return found


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 4),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
    closures,
)
def test_home_shares_are_enough_for_the_real_wage(
    seed: int, n: int, s: int, linked: bool, taxed: bool, closure: str
) -> None:
    """Arkolakis, Costinot and Rodriguez-Clare (2012); welfare itself where nothing is taxed."""
    economy = build(seed, n=n, s=s, linked=linked, taxed=taxed)
    world = economy.world
    draw = np.random.default_rng(seed)
    abroad = ~np.eye(n, dtype=bool)[..., None, None]
    cost = np.where(abroad, draw.lognormal(0.0, 0.3, world.flows.shape), 1.0)
    tariff = draw.uniform(0.0, 1.0, world.flows.shape) * abroad * taxed
    found = solved(world, tariff, cost, closure)
    home = np.arange(n)
    spent = np.where(world.spending > 0.0, found.spending, 1.0)
    now = np.where(world.spending > 0.0, found.flows[home, home] / spent, 1.0)
    real_wage = _log_real_wage(world, np.log(now / world.share[home, home]))
    consumer = (world.final_share * np.log(found.prices[..., FINAL])).sum(axis=1)
    # 1/theta is at most 2 here: it multiplies the error of log shares
    assert_allclose(np.log(found.wage) - consumer, real_wage, rtol=0, atol=10 * SAME)
    if closure == "balanced" and not taxed:
        welfare = world.value_added / world.income * np.exp(real_wage)
        assert_allclose(found.welfare, welfare, rtol=10 * SAME)
        if s == 1 and not linked:  # the formula as it is usually printed
            change = now[:, 0, FINAL] / world.share[home, home, 0, FINAL]
            printed = world.value_added / world.income * change ** (-1.0 / world.trade_elasticity)
            assert_allclose(found.welfare, printed, rtol=10 * SAME)


@given(
    st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 4), st.booleans(), st.booleans()
)
@examples(15)
def test_a_region_cut_off_approaches_autarky(
    seed: int, n: int, s: int, linked: bool, taxed: bool
) -> None:
    """Welfare in autarky follows from the home shares of the data alone."""
    world = build(seed, n=n, s=s, linked=linked, taxed=taxed, theta=(2.0, 12.0)).world
    home = np.arange(n)
    log_share = np.where(world.spending > 0.0, np.log(world.share[home, home]), 0.0)
    autarky = world.value_added[0] / world.income[0] * np.exp(_log_real_wage(world, -log_share)[0])
    gaps = []
    for left in (1e-3, 1e-4):  # what is left of foreign sales at unchanged prices
        cost = np.ones(world.flows.shape)
        cost[0] = cost[:, 0] = (left ** (-1.0 / world.trade_elasticity))[:, None]
        cost[0, 0] = 1.0
        found = solved(world, None, cost, "balanced")
        gaps.append(float(found.welfare[0] / autarky - 1.0))
    # What is left of trade is worth its first power, up to terms of its square: ten times less
    # trade leaves a tenth of the gap, to within a few per cent.
    assert gaps[1] == pytest.approx(gaps[0] / 10.0, rel=0.1)
    assert abs(gaps[1]) < 0.01


@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(2, 4), st.booleans())
@examples(25)
def test_prohibitive_tariffs_and_trade_costs_agree(seed: int, n: int, s: int, linked: bool) -> None:
    """Where a tariff raises no revenue it acts on prices as a trade cost of the same height."""
    world = build(seed, n=n, s=s, linked=linked, theta=(2.0, 12.0)).world
    left = 1e-14  # of the first region's purchases of one sector abroad: below every tolerance
    height = np.ones(world.flows.shape)
    height[1:, 0, -1] = left ** (-1.0 / world.trade_elasticity[-1])
    by_cost = solved(world, None, height, "balanced")
    by_tariff = solved(world, (1.0 + world.tariff) * height - 1.0, None, "balanced")
    compare(by_tariff, by_cost)


# --- batches ------------------------------------------------------------------------------------


@given(shocks, closures)
@examples(25)
@example(shipped_shock(), "transfers")
def test_batched_equals_looped(case: Shock, closure: str) -> None:
    weights = np.array([0.0, 0.3, 1.0, 0.7, 1.5])[:, None, None, None, None]
    tariff = case.world.tariff + weights * (case.tariff - case.world.tariff)
    cost = case.trade_cost**weights
    batch = solved(case.world, tariff, cost, closure)
    assert batch.welfare.shape == (5, len(case.world.regions))
    assert batch.flows.shape == (5, *case.world.flows.shape)
    assert batch.status.shape == batch.residual.shape == batch.evaluations.shape == (5,)
    for index in range(5):
        single = solved(case.world, tariff[index], cost[index], closure)
        assert single.residual.shape == ()
        for name in (*RESULTS, "tariff_revenue"):
            alone = getattr(single, name)
            scale = float(case.world.income.max() if name == "ev" else np.abs(alone).max())
            # The same steps in another order of summation.
            assert_allclose(
                getattr(batch, name)[index], alone, rtol=0, atol=1e-11 * max(scale, 1.0)
            )


def test_company_does_not_change_the_last_bit() -> None:
    """The solver promises it, so that sweeps in any order and number of processes agree."""
    case = shipped_shock()
    weights = np.linspace(0.0, 2.0, 75)[:, None, None, None, None]  # more than one chunk
    tariff = case.world.tariff + weights * (case.tariff - case.world.tariff)
    batch = solved(case.world, tariff, case.trade_cost)
    for index in (0, 1, 16, 40, 74):
        alone = solved(case.world, tariff[index], case.trade_cost)
        for name in (*RESULTS, "tariff_revenue"):
            assert_array_equal(getattr(batch, name)[index], getattr(alone, name))


def test_leading_axes_broadcast_and_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    case = shipped_shock()
    world = case.world
    tariff = np.stack([world.tariff, case.tariff])[:, None]
    cost = np.stack([np.ones_like(case.trade_cost), case.trade_cost, case.trade_cost**0.5])
    whole = solved(world, tariff, cost)
    assert whole.welfare.shape == (2, 3, 9)
    assert whole.status.shape == (2, 3)
    assert whole.prices.shape == (2, 3, 9, 16, 2)
    assert whole.flows.shape == whole.tariff.shape == (2, 3, 9, 9, 16, 2)
    assert whole.employment.shape == whole.real_output.shape == (2, 3, 9, 16)
    for row in range(2):
        for column in range(3):
            single = solved(world, tariff[row, 0], cost[column])
            assert_allclose(whole.welfare[row, column], single.welfare, rtol=1e-11)
            close(whole.flows[row, column], single.flows, 1e-11)
    monkeypatch.setattr(batch_module, "_CHUNK_LEAST", 4)  # 4 + 2
    monkeypatch.setattr(batch_module, "_CHUNK_BYTES", 1)
    chunked = solved(world, tariff, cost)
    assert_allclose(chunked.welfare, whole.welfare, rtol=1e-11)
    close(chunked.prices, whole.prices, 1e-11)
    assert_array_equal(chunked.status, whole.status)


def test_short_arrays_broadcast() -> None:
    world = shipped_world()
    rates = np.zeros((16, 2))
    rates[world.sector("MVH"), FINAL] = 0.1
    short = solved(world, rates, None)
    full = solved(world, np.broadcast_to(rates, world.flows.shape), None)
    assert_array_equal(short.welfare, full.welfare)


@pytest.mark.parametrize("linked", [False, True])
def test_an_empty_batch_is_refused(linked: bool) -> None:
    world = build(0, n=2, s=2, linked=linked).world
    with pytest.raises(DataError, match=r"empty batch \(3, 0\)"):
        counterfactual(world, np.zeros((3, 0, *world.flows.shape)))


# --- convergence --------------------------------------------------------------------------------


@given(shocks, closures, st.floats(0.0, 6.0))
@example(shipped_shock(), "transfers", 6.0)
def test_status_says_what_the_residual_says(case: Shock, closure: str, severity: float) -> None:
    """From nothing to tariffs of several hundred per cent.

    Balanced trade has an equilibrium there; fixed transfers may exceed what a region can pay.
    """
    tariff = case.world.tariff + severity * (case.tariff - case.world.tariff).clip(min=0.0)
    found = counterfactual(case.world, tariff, case.trade_cost, closure)
    assert found.converged or closure == "transfers"
    assert found.closure == closure
    assert found.evaluations >= 1
    assert found.converged == (found.residual <= RESIDUAL)
    if not found.converged:
        _assert_failed(found, ())
        return
    assert found.status == TradeStatus.CONVERGED.value
    for name in (*RESULTS, "tariff_revenue"):
        assert np.isfinite(getattr(found, name)).all()
    for name in ("welfare", "wage", "income", "prices", "unit_cost"):
        assert (getattr(found, name) > 0.0).all()
    for name in ("flows", "spending", "output"):
        assert (getattr(found, name) >= 0.0).all()


def test_an_income_below_zero_is_no_equilibrium() -> None:
    """Region a pays 4 of its value added of 7; at a fifth of the exports it cannot."""
    world = World.from_arrays(
        regions=["a", "b"],
        sectors=["goods"],
        flows=[[[2.0], [5.0]], [[1.0], [30.0]]],
        trade_elasticity=4.0,
    )
    cost = np.ones(world.flows.shape)
    cost[0, 1] = 5.0
    _assert_failed(counterfactual(world, None, cost), ())


def test_regions_that_do_not_trade_are_no_crash() -> None:
    """Nothing fixes the relative wage of two closed regions: a refusal, or no effect at all."""
    world_of = [[[2.0], [0.0]], [[0.0], [3.0]]]
    try:
        found = counterfactual(
            World.from_arrays(
                regions=["a", "b"], sectors=["goods"], flows=world_of, trade_elasticity=4.0
            )
        )
    except NegotiationError:
        return
    assert_allclose(found.welfare, 1.0, rtol=0, atol=1e-12)


def test_newton_along_the_path_finds_what_broyden_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    small = [build(seed, n=3, s=2, linked=linked) for seed in range(3) for linked in (False, True)]
    cases = [shipped_shock(), *(_far(economy) for economy in small)]
    near = [solved(case.world, case.tariff, case.trade_cost) for case in cases]
    monkeypatch.setattr(solver_module, "TRADE_STEPS", 1)
    for case, expected in zip(cases, near, strict=True):
        found = solved(case.world, case.tariff, case.trade_cost)
        assert found.evaluations > 1
        compare(found, expected)


def test_effort_is_what_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that needs Newton is solved once, and every step of it is counted."""
    steps = 0

    def counted(*arguments: Any) -> Array:
        nonlocal steps
        steps += 1
        return jacobian(*arguments)

    case = _far(build(2, n=3, s=2, linked=True))
    solved(case.world, None, None)  # the preconditioner takes a Jacobian, once per world
    monkeypatch.setattr(solver_module, "TRADE_STEPS", 1)
    monkeypatch.setattr(solver_module, "jacobian", counted)
    found = solved(case.world, case.tariff, case.trade_cost)
    assert 0 < steps <= found.evaluations


def _far(economy: Economy) -> Shock:
    draw = np.random.default_rng(5)
    tariff = economy.tariff + draw.uniform(0.0, 2.0, economy.flows.shape)
    return Shock(economy, economy.world, tariff, draw.lognormal(0.0, 0.2, economy.flows.shape))


def _assert_failed(found: TradeEquilibrium, index: tuple[int, ...]) -> None:
    assert not found.converged[index]
    assert found.residual[index] > RESIDUAL
    assert found.status[index] == TradeStatus.NOT_CONVERGED.value
    for name in (*RESULTS, "tariff_revenue", "employment", "real_output"):
        assert np.isnan(getattr(found, name)[index]).all(), name


def test_what_does_not_converge_is_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too few steps allowed, only the scenario in which nothing changes is solved."""
    case = shipped_shock()
    tariff = np.stack([case.world.tariff, case.tariff, case.world.tariff])
    monkeypatch.setattr(solver_module, "TRADE_STEPS", 2)
    monkeypatch.setattr(solver_module, "TRADE_NEWTON_STEPS", 1)
    monkeypatch.setattr(solver_module, "TRADE_HALVINGS", 0)
    found = counterfactual(case.world, tariff)
    assert_array_equal(found.converged, [True, False, True])
    _assert_failed(found, (1,))
    assert_allclose(found.welfare[[0, 2]], 1.0, rtol=0, atol=1e-12)
    assert str(found.status[1]).startswith("not converged")


def test_what_has_no_equilibrium_is_nan_and_leaves_its_batch_alone() -> None:
    """A region that may not trade cannot be paid its transfer: nothing clears that market."""
    world = build(1, n=3, s=2, linked=True).world
    assert abs(world.transfer[0]) > 0.01 * world.income[0]
    shut = np.ones(world.flows.shape)
    shut[0] = shut[:, 0] = 1e30
    shut[0, 0] = 1.0
    cost = np.stack([np.full(world.flows.shape, 1.0), shut, 1.1 * np.ones(world.flows.shape)])
    found = counterfactual(world, None, cost)
    assert_array_equal(found.converged, [True, False, True])
    _assert_failed(found, (1,))
    alone = solved(world, None, cost[2])
    assert_allclose(found.welfare[2], alone.welfare, rtol=1e-11)


def _far_scenario(linked: bool, eta: float, shared: bool) -> Scenarios:
    economy = build(3, n=3, s=3, linked=linked, zeros=True)
    case = _far(economy)
    world = dataclasses.replace(case.world, labour_elasticity=eta)
    system = system_of(world)
    ones = np.ones(world.flows.shape)
    changes = Changes(
        system,
        Shocks(
            Given(world.tariff, case.tariff[None], (1,)),
            Given(ones, case.trade_cost[None], (1,)),
        ),
        1,
    )
    lane = np.zeros(1, dtype=np.int64)
    sourcing = changes.shared(lane) if shared else changes.own(lane)
    return Scenarios(system, sourcing, world.transfer)


ways = pytest.mark.parametrize(
    ("linked", "eta", "shared"),
    [
        (False, np.inf, True),
        (True, np.inf, True),
        (True, np.inf, False),
        (False, 1.5, True),
        (True, 3.0, False),
    ],
)


@ways
def test_the_jacobian_is_the_derivative(linked: bool, eta: float, shared: bool) -> None:
    """Against the complex step, at a point far from the baseline; exact to rounding."""
    scenario = _far_scenario(linked, eta, shared)
    size = scenario.system.unknowns
    z = np.random.default_rng(0).normal(0.0, 0.1, (size, 1))
    analytic = jacobian(scenario, np.repeat(z, scenario.size, axis=1))
    step = 1e-30
    moves: Any = z + 1j * step * np.eye(size)
    table = scenario.sourcing.table(0)
    wide = dataclasses.replace(scenario, sourcing=Own(np.repeat(table[None], size, axis=0), size))
    numeric = evaluate(wide, moves).residual.imag / step
    # A shared table loses digits so far out: that is why such scenarios get their own.
    close(analytic, numeric, 1e-10 if shared else 1e-13)


@ways
def test_the_equations_are_pulled_back_exactly(linked: bool, eta: float, shared: bool) -> None:
    """Multipliers times residuals, pulled back, are the transposed Jacobian times multipliers."""
    scenario = _far_scenario(linked, eta, shared)
    size = scenario.system.unknowns
    draw = np.random.default_rng(0)
    z, multipliers = np.repeat(draw.normal(0.0, 0.1, (2, size, 1)), scenario.size, axis=-1)
    at = evaluate(scenario, z)
    pulled = pull(scenario, at, Seed.of(scenario, at, {}), multipliers).unknowns
    expected = jacobian(scenario, z).T @ multipliers
    close(pulled, expected, 1e-10 if shared else 1e-13)


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "values", "message"),
    [
        ("tariff", -1.0, r"tariff holds -1; every entry must be finite and above -1"),
        ("tariff", np.nan, r"tariff holds nan"),
        ("tariff", np.inf, r"tariff holds inf"),
        ("trade_cost", 0.0, r"trade_cost holds 0; every entry must be finite and above 0"),
        ("trade_cost", -0.5, r"trade_cost holds -0.5"),
        ("tariff", np.zeros((3, 2)), r"tariff has shape \(3, 2\); expected \(\.\.\., N, N, S, 2\)"),
        ("trade_cost", np.ones((4, 9, 8, 16, 2)), r"trade_cost has shape \(4, 9, 8, 16, 2\)"),
    ],
)
def test_bad_scenarios_are_refused(what: str, values: Any, message: str) -> None:
    arguments: dict[str, Any] = {what: values}
    with pytest.raises(DataError, match=message):
        counterfactual(shipped_world(), **arguments)


def test_too_many_sectors_are_refused_in_a_world_of_one() -> None:
    """A world with an axis of length one must not stretch to the scenario."""
    world = build(0, n=2, s=1, linked=False).world
    with pytest.raises(DataError, match=r"tariff has shape \(2, 2, 3, 2\)"):
        counterfactual(world, np.zeros((2, 2, 3, 2)))


def test_scenarios_that_change_the_same_are_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats of a scenario are copies of one solution, wherever in the batch they stand."""
    world = shipped_world()
    draw = np.random.default_rng(5)
    few = draw.uniform(0.0, 0.4, (3, len(world.sectors), 2))
    order = np.array([[0, 2, 1, 2], [1, 1, 0, 2]])
    solved_rows: list[int] = []
    chunks = batch_module.Batch.chunks

    def counted(self: batch_module.Batch, *arguments: Any) -> Any:
        for rows, scenarios in chunks(self, *arguments):
            solved_rows.extend(rows.tolist())
            yield rows, scenarios

    monkeypatch.setattr(batch_module.Batch, "chunks", counted)
    pair = (world.regions[0], world.regions[1])
    many = counterfactual(world, {pair: few[order]})
    assert sorted(solved_rows) == [0, 1, 2]  # 0, 2 and 1 where they first stand
    once = counterfactual(world, {pair: few})
    for name in ("welfare", "prices", "output", "residual", "evaluations"):
        assert_array_equal(getattr(many, name), getattr(once, name)[order])


def test_a_batch_of_nothing_changed_is_one_scenario() -> None:
    world = shipped_world()
    pair = (world.regions[0], world.regions[1])
    same = world.tariff[world.region(pair[0]), world.region(pair[1])]
    found = counterfactual(world, {pair: np.broadcast_to(same, (5, *same.shape))})
    assert_allclose(found.welfare, 1.0, rtol=0, atol=1e-12)
    assert found.welfare.shape == (5, len(world.regions))
