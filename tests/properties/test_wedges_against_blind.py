"""Export taxes, coverage, rents, quotas, tastes and specific factors against the slow solver.

`tests/blind/slow_wedges.py` was written from the equations without seeing the library. Small random
worlds, with and without links, of mobile and of Roy-Frechet labour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import Array, build
from negotiation.trade import Parts, Quota, Schedule, TariffLine, World, counterfactual, levers
from tests.blind import slow_wedges as slow

#: Relative; of the largest income where money is compared.
SAME = 1e-8
KINDS = ("duty", "coverage", "export_tax", "crossing", "rent", "taste", "trade_cost", "quota")
CLOSURES = {"transfers": slow.Closure("world"), "balanced": slow.Closure("balanced")}


# --- the same scenario for both -------------------------------------------------------------------


@dataclass(eq=False)
class Scenario:
    """One question, as each side wants it."""

    world: World
    options: dict[str, Any] = field(default_factory=dict)
    wedges: slow.Wedges = field(default_factory=slow.Wedges)

    @property
    def economy(self) -> slow.Economy:
        world = self.world
        return slow.Economy(
            np.array(world.flows),
            np.array(world.tariff),
            np.array(world.trade_elasticity),
            np.array(world.input_share),
            np.array(world.specific_share),
            world.labour_elasticity,
            world.regions,
            world.sectors,
        )

    def names(self, pair: tuple[int, int]) -> tuple[str, str]:
        return self.world.regions[pair[0]], self.world.regions[pair[1]]

    def limit(self, pair: tuple[int, int], sectors: Sequence[int], **terms: Any) -> None:
        """A quota on trade in these sectors."""
        self.wedges.quotas = [*self.wedges.quotas, slow.Quota(*pair, sectors, **terms)]
        quota = Quota(*self.names(pair), [self.world.sectors[k] for k in sectors], **terms)
        self.options["quotas"] = (*self.options.get("quotas", ()), quota)

    def give(self, option: str, pair: tuple[int, int], value: Any) -> None:
        self.options.setdefault(option, {})[self.names(pair)] = value


def small_world(
    seed: int, *, linked: bool = True, eta: float = np.inf, specific: bool = False
) -> World:
    draw = np.random.default_rng([seed, 1])
    n, s = int(draw.integers(2, 5)), int(draw.integers(1, 4))
    world = build(seed, n=n, s=s, linked=linked, zeros=bool(seed % 2), theta=(1.0, 9.0)).world
    share = draw.uniform(0.0, 0.8, (n, s)) if specific else np.zeros((n, s))
    return replace(world, labour_elasticity=eta, specific_share=share)


def traded_pair(world: World, draw: np.random.Generator) -> tuple[int, int]:
    """Two regions that trade every sector that either of them makes and the other one buys."""
    n = len(world.regions)
    traded = (world.flows > 0).sum((2, 3)) * ~np.eye(n, dtype=bool)
    pairs = np.argwhere(traded == traded.max())
    origin, destination = pairs[draw.integers(len(pairs))]
    return int(origin), int(destination)


def as_parts(coverage: slow.Coverage, sectors: int) -> Parts:
    shape = (len(coverage), sectors, 2)
    name = np.empty(shape, dtype=object)
    share, rate = np.zeros(shape), np.zeros(shape)
    for k, (slug, part) in enumerate(coverage.items()):
        name[k], share[k], rate[k] = slug, part.share, part.rate
    return Parts(name=name.astype(str), share=share, rate=rate)


def drawn_coverage(
    draw: np.random.Generator, sectors: int, names: tuple[str, ...], highest: float
) -> dict[str, slow.Part]:
    """Named parts at random rates, and a remainder at none."""
    shares = draw.dirichlet(np.ones(len(names) + 1), (sectors, 2))
    coverage = {
        name: slow.Part(shares[..., k], draw.uniform(0, highest, (sectors, 2)))
        for k, name in enumerate(names)
    }
    return coverage | {slow.REST: slow.Part(shares[..., -1], np.zeros((sectors, 2)))}


def add(scenario: Scenario, kind: str, draw: np.random.Generator) -> None:
    """Draw a wedge of this kind between two regions and tell both sides."""
    world, wedges = scenario.world, scenario.wedges
    s = len(world.sectors)
    pair = traded_pair(world, draw)
    if kind == "duty":
        extra = draw.uniform(-0.02, 0.6, (s, 2))
        wedges.duties = [*wedges.duties, {pair: slow.whole(extra)}]
        scenario.give("tariff", pair, world.tariff[pair] + extra)  # total rates
    elif kind == "coverage":
        parts = drawn_coverage(draw, s, ("steel", "ban"), 0.5)
        parts["ban"] = slow.Part(parts["ban"].share, np.full((s, 2), 9.99))
        wedges.duties = [*wedges.duties, {pair: parts}]
        scenario.give("tariff", pair, as_parts(parts, s))
    elif kind == "export_tax":
        rate = draw.uniform(-0.2, 0.4, (s, 2))
        wedges.export_taxes = [{pair: slow.whole(rate)}]
        scenario.give("export_tax", pair, rate)
    elif kind == "crossing":
        duties = drawn_coverage(draw, s, ("a", "b"), 0.8)
        taxes = {
            "a": slow.Part(duties["a"].share, draw.uniform(-0.1, 0.3, (s, 2))),
            "c": slow.Part(0.4 * (1 - duties["a"].share), draw.uniform(0, 0.3, (s, 2))),
            slow.REST: slow.Part(0.6 * (1 - duties["a"].share), np.zeros((s, 2))),
        }
        wedges.duties = [*wedges.duties, {pair: duties}]
        wedges.export_taxes = [{pair: taxes}]
        scenario.give("tariff", pair, as_parts(duties, s))
        scenario.give("export_tax", pair, as_parts(taxes, s))
    elif kind == "rent":
        rate = draw.uniform(0, 0.4, (s, 2))
        wedges.rent = {pair: rate}
        wedges.rent_share = scenario.options["rent_share"] = float(draw.uniform())
        scenario.give("rent", pair, rate)
    elif kind == "taste":
        wedges.taste = {pair: draw.uniform(0.5, 2, (s, 2)), pair[::-1]: np.full((s, 2), 1.3)}
        for both, odds in wedges.taste.items():
            scenario.give("taste", both, odds)
    elif kind == "trade_cost":
        wedges.trade_cost = {pair: draw.uniform(0.8, 1.4, (s, 2))}
        scenario.give("trade_cost", pair, wedges.trade_cost[pair])
    elif kind == "quota":
        cells = [k for k in range(s) if world.flows[*pair, k].sum() > 0]
        sectors = cells[: int(draw.integers(1, len(cells) + 1))]
        terms = {
            "limit": float(draw.uniform(0.4, 1.1)),
            "inside": float(draw.choice([0.0, 0.05])),
            "over": float(draw.uniform(0.1, 0.6)),
            "rent_share": float(draw.uniform()),
        }
        scenario.limit(pair, sectors, **terms)


def compare(scenario: Scenario, closure: str = "transfers") -> slow.Equilibrium:
    """Everything that both report."""
    expected = slow.solve(scenario.economy, scenario.wedges, CLOSURES[closure])
    found = counterfactual(scenario.world, closure=closure, **scenario.options)
    assert found.converged
    state, economy = expected.state, expected.economy
    assert_allclose(found.welfare, expected.welfare, rtol=SAME)

    def money(actual: Array, wanted: Array, scale: Array) -> None:
        assert_allclose(actual, wanted, rtol=0, atol=SAME * float(scale.max()))

    money(found.ev, expected.ev, economy.income)
    money(found.income, state.income, economy.income)
    money(found.output, state.output, economy.output)
    money(found.flows, state.flows, economy.flows)
    money(found.tariff_revenue, expected.import_revenue, economy.income)
    money(found.export_tax_revenue, expected.export_revenue, economy.income)
    assert_allclose(found.prices[economy.bought], state.price[economy.bought], rtol=SAME)
    for quota, wedge, volume, regime in zip(
        found.quotas, expected.quota_wedge, expected.quota_volume, expected.regimes, strict=True
    ):
        assert_allclose(quota.wedge, wedge, rtol=0, atol=SAME * 10)
        assert_allclose(quota.volume, volume, rtol=SAME)
        # At a border between regimes both of them describe it.
        assert str(quota.regime) == regime or abs(volume - np.asarray(quota.quota.limit)) < SAME
    made = economy.output > 0
    assert_allclose(found.unit_cost[made], state.cost[made], rtol=SAME)
    return expected


# --- one kind at a time, then all together --------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_one_kind(kind: str, seed: int) -> None:
    scenario = Scenario(small_world(seed, linked=seed % 3 > 0))
    add(scenario, kind, np.random.default_rng([seed, 2]))
    compare(scenario)


def mixed(scenario: Scenario, draw: np.random.Generator) -> None:
    """One wedge of every sort, most often on several pairs."""
    taxes = draw.choice(["duty", "coverage", "crossing"])
    kinds = [taxes, "rent", "taste", "trade_cost", "quota"]
    if taxes != "crossing":
        kinds.append("export_tax")
    for kind in kinds:
        add(scenario, str(kind), draw)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("closure", CLOSURES)
def test_all_kinds_together(closure: str, seed: int) -> None:
    scenario = Scenario(small_world(seed + 20, linked=seed % 3 > 0))
    mixed(scenario, np.random.default_rng([seed, 3]))
    compare(scenario, closure)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("eta", [np.inf, 1.5])
def test_specific_factors_and_labour_that_stays(eta: float, seed: int) -> None:
    scenario = Scenario(small_world(seed + 40, linked=seed % 3 > 0, eta=eta, specific=True))
    mixed(scenario, np.random.default_rng([seed, 4]))
    compare(scenario)


@pytest.mark.parametrize("seed", range(5))
def test_labour_that_stays(seed: int) -> None:
    scenario = Scenario(small_world(seed + 60, eta=1.5))
    mixed(scenario, np.random.default_rng([seed, 5]))
    compare(scenario)


# --- quotas ---------------------------------------------------------------------------------------


def quota_scenario(limit: float, rent_share: float, *, seed: int = 80) -> Scenario:
    """The first region sells to the second under a quota that covers all its goods."""
    world = small_world(seed)
    scenario = Scenario(world)
    pair = traded_pair(world, np.random.default_rng(seed))
    terms = {"limit": limit, "inside": 0.05, "over": 0.3, "rent_share": rent_share}
    scenario.limit(pair, range(len(world.sectors)), **terms)
    return scenario


@pytest.mark.parametrize("rent_share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(
    ("limit", "regime"), [(1.2, slow.SLACK), (0.6, slow.BINDING), (0.05, slow.EXCEEDED)]
)
def test_regimes_of_a_quota(limit: float, regime: str, rent_share: float) -> None:
    expected = compare(quota_scenario(limit, rent_share))
    assert expected.regimes == (regime,)


@pytest.mark.full
@pytest.mark.parametrize("rent_share", [0.0, 1.0])
def test_quotas_at_their_borders(rent_share: float) -> None:
    """Just on either side of the border between two regimes both find the same."""
    scenario = quota_scenario(9.0, rent_share)
    free = slow.solve(scenario.economy, scenario.wedges).quota_volume[0]
    for limit in (free - 1e-6, free, free + 1e-6):
        compare(quota_scenario(limit, rent_share))


def test_two_quotas() -> None:
    """One binds because of the other: trade that one holds back goes round it."""
    for seed in range(3):
        draw = np.random.default_rng([seed, 6])
        scenario = Scenario(small_world(seed + 90))
        sectors = range(len(scenario.world.sectors))
        for pair in ((0, 1), (1, 0) if len(scenario.world.regions) == 2 else (2, 1)):
            limit = float(draw.uniform(0.5, 1.02))
            scenario.limit(pair, sectors, limit=limit, over=0.5, rent_share=0.5)
        compare(scenario)


# --- schedules ------------------------------------------------------------------------------------


def schedule(
    pair: tuple[str, str], rates: dict[str, tuple[float, float]], world: World, *, tax: bool = False
) -> Schedule:
    """Parts by name as (share, rate), the same in every sector."""
    imposer, target = pair if tax else pair[::-1]
    lines = [
        TariffLine(sector, rate, part=name, share=share)
        for sector in world.sectors
        for name, (share, rate) in rates.items()
    ]
    kind = "export tax" if tax else "import duty"
    return Schedule("drawn", imposer, target, lines, kind=kind)


def covered(rates: dict[str, tuple[float, float]]) -> slow.Coverage:
    """The same for the slow solver."""
    parts = {
        name: slow.Part(np.array(share), np.array(rate)) for name, (share, rate) in rates.items()
    }
    left = 1 - sum(share for share, _ in rates.values())
    return parts | {slow.REST: slow.Part(np.array(left), np.zeros(1))}


@pytest.mark.parametrize(
    ("duties", "taxes"),
    [
        ({"a": (0.3, 0.5)}, {"b": (0.2, 0.25)}),
        ({"a": (0.3, 0.5)}, {"a": (0.3, 0.25)}),
        ({"a": (0.3, 0.5), "b": (0.2, 0.1)}, {"a": (0.3, 0.25), "c": (0.5, 0.1)}),
    ],
)
def test_schedules(
    duties: dict[str, tuple[float, float]], taxes: dict[str, tuple[float, float]]
) -> None:
    """A duty and an export tax on one pair cross; those of the same goods meet."""
    scenario = Scenario(small_world(105))
    pair = traded_pair(scenario.world, np.random.default_rng(105))
    scenario.wedges = slow.Wedges(
        duties=[{pair: covered(duties)}], export_taxes=[{pair: covered(taxes)}]
    )
    codes, world = scenario.names(pair), scenario.world
    scenario.options["tariff"] = [
        schedule(codes, duties, world),
        schedule(codes, taxes, world, tax=True),
    ]
    compare(scenario)


# --- levers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["taste", "trade_cost", "subsidy"])
@pytest.mark.parametrize("seed", range(3))
def test_diversification(seed: int, by: str) -> None:
    world = build(seed + 110, n=4, s=3, linked=True).world
    scenario = Scenario(world)
    markets, share = world.regions[2:], 0.1 * np.random.default_rng(seed).uniform(0, 1, 3)
    origin, left = world.regions[:2]
    scenario.wedges = slow.diversification(
        scenario.economy, share, by=by, origin=origin, left=left, markets=markets
    )
    psi = levers.growth(world, origin, left, markets, share)
    if by == "taste":
        scenario.options["taste"] = levers.tastes(world, origin, markets, psi)
    elif by == "trade_cost":
        cost = levers.diversification(world, origin, left, markets, share)
        scenario.options["trade_cost"] = cost
    else:
        scenario.options["export_tax"] = levers.subsidies(world, origin, markets, psi)
    compare(scenario)


# --- batches --------------------------------------------------------------------------------------


def test_a_batch_of_rates_on_parts() -> None:
    """Leading axes of rates, of duties and of export taxes together, are scenarios."""
    world = small_world(100)
    draw = np.random.default_rng(100)
    s, pair = len(world.sectors), traded_pair(world, draw)
    duties = drawn_coverage(draw, s, ("a", "b"), 0.5)
    taxes = draw.uniform(0, 0.3, (4, s, 2))
    factors = np.array([0.0, 0.5, 1.0, 1.5])
    parts = as_parts(duties, s)
    batch = Parts(
        name=parts.name, share=parts.share, rate=factors[:, None, None, None] * parts.rate
    )
    scenario = Scenario(world)
    found = counterfactual(
        world, {scenario.names(pair): batch}, export_tax={scenario.names(pair): taxes}
    )
    for place, factor in enumerate(factors):
        scaled = {name: slow.Part(part.share, factor * part.rate) for name, part in duties.items()}
        expected = slow.solve(
            scenario.economy,
            slow.Wedges(duties=[{pair: scaled}], export_taxes=[{pair: slow.whole(taxes[place])}]),
        )
        assert_allclose(found.welfare[place], expected.welfare, rtol=SAME)
        assert_allclose(found.export_tax_revenue[place], expected.export_revenue, atol=1e-7)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("eta", [np.inf, 1.5])
def test_a_batch_of_everything(eta: float, compiled: bool) -> None:
    """Every wedge varies along the batch; a few of its scenarios are looked at."""
    if compiled:
        pytest.importorskip("numba")
    world = small_world(121, eta=eta, specific=True)
    draw = np.random.default_rng(121)
    size, s, pair = 96, len(world.sectors), traded_pair(world, draw)
    back = pair[::-1]
    scenario = Scenario(world)
    tax, rent = draw.uniform(-0.1, 0.1, (size, s, 2)), draw.uniform(0, 0.3, (size, s, 2))
    cost, odds = draw.uniform(0.8, 1.05, (size, s, 2)), draw.uniform(0.7, 1.3, (size, s, 2))
    limit, kept = draw.uniform(0.2, 1.8, size), draw.uniform(0, 1, size)
    duties = drawn_coverage(draw, s, ("a", "b"), 0.5)
    parts, factor = as_parts(duties, s), np.linspace(0, 2, size)
    codes, homewards = scenario.names(pair), scenario.names(back)
    found = counterfactual(
        world,
        {codes: Parts(parts.name, parts.share, factor[:, None, None, None] * parts.rate)},
        {homewards: cost},
        export_tax={homewards: tax},
        rent={codes: rent},
        rent_share=0.4,
        taste={homewards: odds},
        quotas=[Quota(*homewards, world.sectors, limit, over=0.2, rent_share=kept)],
        compiled=compiled,
    )
    assert found.converged.all()
    regimes = set()
    for place in (0, 17, 40, 63, 80, 95):
        quota = slow.Quota(*back, range(s), limit[place], over=0.2, rent_share=float(kept[place]))
        scaled = {
            name: slow.Part(part.share, factor[place] * part.rate) for name, part in duties.items()
        }
        expected = slow.solve(
            scenario.economy,
            slow.Wedges(
                duties=[{pair: scaled}],
                export_taxes=[{back: slow.whole(tax[place])}],
                rent={pair: rent[place]},
                rent_share=0.4,
                trade_cost={back: cost[place]},
                taste={back: odds[place]},
                quotas=[quota],
            ),
        )
        regimes |= set(expected.regimes)
        assert_allclose(found.welfare[place], expected.welfare, rtol=SAME)
        assert_allclose(found.tariff_revenue[place], expected.import_revenue, rtol=SAME)
        assert_allclose(found.export_tax_revenue[place], expected.export_revenue, rtol=1e-7)
        assert found.quotas[0].regime[place] == expected.regimes[0]
        assert_allclose(found.quotas[0].wedge[place], expected.quota_wedge[0], atol=1e-7)
    assert regimes == set(slow.REGIMES)
