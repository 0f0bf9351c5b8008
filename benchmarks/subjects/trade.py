"""Trade scenarios: of the shipped world, and of published studies where their data are at hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import Job, subject
from benchmarks.subjects.published import FOLDER, NAFTA, nafta
from benchmarks.subjects.worlds import shipped_world
from negotiation import load_model
from negotiation.trade import Parts, Quota, TradeEquilibrium, World, counterfactual, purged
from negotiation.trade.jacobian import preconditioner
from negotiation.trade.system import system_of

Array = NDArray[np.float64]
Rates = Array | Mapping[tuple[str, str], Array]

#: In the folder `shared` beside the checkout.
ICIO = FOLDER / "icio2022_81x28"

#: Seconds a scenario may take, and that are aimed at, by name of the subject.
TARGETS: dict[str, tuple[float, float | None]] = {}


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """The first scenario of a batch, as arrays: what a slow solver is given."""

    world: World
    tariff: Array
    trade_cost: Array


def note(result: TradeEquilibrium) -> str:
    solved = int(np.sum(result.converged))
    return f"{np.mean(result.evaluations):.1f} passes, {solved}/{result.converged.size} solved"


def drawn(world: World, batch: int, one: str, other: str) -> dict[tuple[str, str], Array]:
    """Duties between two regions, both ways, by sector: total rates of 0 to 50 %, (batch, S, 2)."""
    draw = np.random.default_rng(2026)
    rates = draw.uniform(0.0, 0.5, (batch, 2, len(world.sectors), 1)).repeat(2, axis=-1)
    return {(one, other): rates[:, 0], (other, one): rates[:, 1]}


def filled(world: World, rates: Mapping[tuple[str, str], Array]) -> Array:
    """(batch, N, N, S, 2) the same rates, all others as they are."""
    batch = next(iter(rates.values())).shape[:-2]
    full = np.broadcast_to(world.tariff, (*batch, *world.tariff.shape)).copy()
    for (one, other), each in rates.items():
        full[..., world.region(one), world.region(other), :, :] = each
    return full


def case_of(world: World, rates: Rates) -> Case:
    first = (
        {pair: each[:1] for pair, each in rates.items()}
        if isinstance(rates, Mapping)
        else rates[:1]
    )
    full = filled(world, first) if isinstance(first, Mapping) else first
    return Case(world, full[0], np.ones_like(full[0]))


def _job(make: Callable[[int], tuple[World, Rates]], compiled: bool, batch: int) -> Job:
    world, rates = make(batch)
    return Job(
        lambda: counterfactual(world, rates, compiled=compiled),
        batch,
        case_of(world, rates),
        note,
        larger=partial(_job, make, compiled),
    )


# --- the shipped world: 9 x 16 x 2 with links -----------------------------------------------------


def shipped_pairs(batch: int) -> tuple[World, Rates]:
    world = shipped_world()
    return world, drawn(world, batch, "CAN", "USA")


def _shipped_arrays(batch: int) -> tuple[World, Rates]:
    world = shipped_world()
    return world, filled(world, drawn(world, batch, "CAN", "USA"))


def wedges(what: str, batch: int, compiled: bool) -> Callable[[], TradeEquilibrium]:
    """The same duties on parts of trade, or under another wedge; `plain` is what to compare with.

    With quotas the US has no other duties, `plain` of them `plain, one side`.
    """
    world, rates = shipped_pairs(batch)
    assert isinstance(rates, Mapping)
    south, north = ("CAN", "USA"), ("USA", "CAN")
    tariff, more = dict[Any, Any](rates), dict[str, Any]()
    if what == "parts":
        cells = (2, *world.flows.shape[2:])
        names = np.broadcast_to(np.array(["listed", "rest"])[:, None, None], cells)
        shares = np.broadcast_to(np.array([0.3, 0.7])[:, None, None], cells)
        for pair, each in rates.items():
            tariff[pair] = Parts(names, shares, np.stack([1.5 * each, 0.8 * each], axis=-3))
    elif what == "export taxes":
        more["export_tax"] = {south: tariff.pop(south)}
    elif what in ("a quota", "plain, one side"):
        del tariff[south]
        if what == "a quota":
            more["quotas"] = [Quota(*south, ["STL"], np.linspace(0.6, 0.9, batch), over=0.5)]
    elif what == "tastes":
        more["taste"] = {("CAN", "EU27"): 1.0 + rates[north]}
    elif what == "specific factors":
        world = world.with_specific_share({"OIL": 0.6})
    return lambda: counterfactual(world, tariff, compiled=compiled, **more)


def _sweep(batch: int) -> Job:
    """The nine profiles of the shipped model along a line of diversification, as a sweep has."""
    shares = np.linspace(0.0, 0.4, max(batch // 9, 1))
    model: Any = load_model("canada_us")

    def call() -> TradeEquilibrium:
        found: TradeEquilibrium = model(diversification=shares).profiles
        return found

    first = call()
    index = (-1, -1, -1)  # everything diversified, and both sides at their worst
    case = Case(first.world, first.tariff[index], first.trade_cost[index])
    return Job(call, 9 * len(shares), case, note, larger=_sweep)


def _draws(way: str, compiled: bool, batch: int) -> Job:
    """The nine profiles at 41 points of diversification, for draws of elasticities.

    `worlds`: a world for each draw; `lanes`: one batch; `line`: starts along diversification.
    """
    draws, points = max(batch // 369, 1), np.linspace(0.0, 0.4, 41)
    model: Any = load_model("canada_us")(diversification=points)
    world, shares = model.world, model.shares()
    draw = np.random.default_rng(2026)
    theta = world.trade_elasticity * np.exp(0.25 * draw.standard_normal((draws, 16)))
    taste = {
        pair: each[:, None, None, None] for pair, each in model.levers(shares)["taste"].items()
    }
    point: Any = load_model("canada_us")()
    duties = point._profile_duties()

    def solved(over: World, tastes: dict[Any, Array], **more: Any) -> TradeEquilibrium:
        return counterfactual(
            over, duties, taste=tastes, compiled=compiled, tariff_unit="fraction", **more
        )

    def call() -> TradeEquilibrium:
        if way == "worlds":
            alone = {pair: each[:, 0] for pair, each in taste.items()}
            for each in theta:
                found = solved(dataclasses.replace(world, trade_elasticity=each), alone)
            return found
        line = (-4, points) if way == "line" else None
        return solved(world, taste, elasticity=theta[:, None, None], line=line)

    return Job(call, draws * 369, None, note)


# --- 81 x 28 without links ------------------------------------------------------------------------


@lru_cache(maxsize=1)
def icio() -> World:
    """81 countries, 28 sectors, no links; a little is sold at home everywhere, trade balances."""
    regions = [line.split(",")[1] for line in _lines("countries.csv")]
    lines = [line.split(",") for line in _lines("sectors_sigma.csv")]
    header = (ICIO / "sectors_sigma.csv").read_text(encoding="utf-8").split("\n", 1)[0].split(",")
    sigma = np.array([float(line[header.index("sig_IS")]) for line in lines])
    table = np.loadtxt(ICIO / "trade_tariff.csv.gz", delimiter=",", skiprows=1)
    where = tuple(table[:, :3].astype(int).T)
    n, s = len(regions), len(lines)
    paid, tariff = np.zeros((n, n, s)), np.zeros((n, n, s))
    paid[where], tariff[where] = table[:, 3], table[:, 4]
    home = np.arange(n)
    paid[home, home] += 1.0
    world = World.from_arrays(
        regions=regions,
        sectors=[line[1] for line in lines],
        flows=paid / (1.0 + tariff),
        tariff=np.repeat(tariff[..., None], 2, axis=-1),
        trade_elasticity=sigma - 1.0,
    )
    return purged(world)


def _lines(name: str) -> list[str]:
    return (ICIO / name).read_text(encoding="utf-8").split("\n")[1:-1]


def _icio_pairs(batch: int) -> tuple[World, Rates]:
    return icio(), drawn(icio(), batch, "CAN", "USA")


def _icio_importer(batch: int) -> tuple[World, Rates]:
    """The US taxes everybody at rates of their own by sector."""
    world = icio()
    draw = np.random.default_rng(2027)
    others = [code for code in world.regions if code != "USA"]
    shape = (batch, len(others), len(world.sectors), 1)
    rates = draw.uniform(0.0, 0.5, shape).repeat(2, axis=-1)
    return world, {(code, "USA"): rates[:, at] for at, code in enumerate(others)}


def _icio_dense(batch: int) -> tuple[World, Rates]:
    """All tariffs differ, in every scenario."""
    world = icio()
    draw = np.random.default_rng(2028)
    abroad = ~np.eye(len(world.regions), dtype=bool)[..., None, None]
    rates = world.tariff + draw.uniform(0.0, 0.3, (batch, *world.flows.shape)) * abroad
    return world, rates


def _nafta(batch: int) -> tuple[World, Rates]:
    case = nafta()
    return case.world, np.repeat(case.tariff[None], batch, axis=0)


def _cold(make: Callable[[int], tuple[World, Rates]]) -> Job:
    """One scenario of a world that nothing is known of yet: all that comes after `World`."""
    world, rates = make(1)

    def call() -> TradeEquilibrium:
        for cached in (system_of, preconditioner, purged):  # they would hold on to every world
            cached.cache_clear()
        return counterfactual(dataclasses.replace(world), rates)

    return Job(call, 1, case_of(world, rates), note)


# --- how hard it gets -----------------------------------------------------------------------------


def _harder_theta(world: World) -> World:
    """The same world with trade elasticities from 1 to 65."""
    theta = np.geomspace(1.0, 65.0, len(world.sectors))
    return dataclasses.replace(world, trade_elasticity=theta)


def severe(rate: float, everybody: bool, steep: bool, batch: int) -> Job:
    """Duties of about a rate between Canada and the US, or between all, with steep theta or not."""
    world = _harder_theta(shipped_world()) if steep else shipped_world()
    scale = rate * np.random.default_rng(2029).uniform(0.9, 1.1, (batch, *world.flows.shape))
    if everybody:
        taxed = ~np.eye(len(world.regions), dtype=bool)
    else:
        taxed = np.zeros((len(world.regions),) * 2, dtype=bool)
        one, other = world.region("CAN"), world.region("USA")
        taxed[one, other] = taxed[other, one] = True
    tariff = world.tariff + scale * taxed[..., None, None]
    return Job(lambda: counterfactual(world, tariff), batch, None, note)


def cut_off(everybody: bool, steep: bool, batch: int) -> Job:
    """Near autarky: trade costs of about a thousand, of Canada's trade or of everybody's.

    Trade balances: without trade there are no goods in which a transfer could be paid.
    """
    world = purged(_harder_theta(shipped_world()) if steep else shipped_world())
    draw = np.random.default_rng(2030)
    at, abroad = world.region("CAN"), ~np.eye(len(world.regions), dtype=bool)
    taxed = abroad if everybody else abroad & (np.arange(len(abroad)) == at)
    taxed = taxed | taxed.T
    cost = np.where(
        taxed[..., None, None], 1e3 * draw.uniform(0.9, 1.1, (batch, *world.flows.shape)), 1.0
    )
    return Job(lambda: counterfactual(world, None, cost), batch, None, note)


# --- registration ---------------------------------------------------------------------------------


def _register(
    name: str, target: tuple[float, float | None] | None, make: Callable[..., Job], *args: Any
) -> None:
    if target is not None:
        TARGETS[name] = target
    subject("trade", name, "scenario")(partial(make, *args))


_register("9 x 16, CAN-USA, NumPy", (0.7e-3, None), _job, shipped_pairs, False, 1000)
if find_spec("numba") is not None:
    _register("9 x 16, CAN-USA, compiled", (0.15e-3, 0.06e-3), _job, shipped_pairs, True, 1000)
_register("9 x 16, full arrays, NumPy", (0.7e-3, None), _job, _shipped_arrays, False, 1000)
if find_spec("numba") is not None:
    _register(
        "9 x 16, full arrays, compiled", (0.15e-3, 0.06e-3), _job, _shipped_arrays, True, 1000
    )
_register("9 x 16, sweep of canada_us", None, _sweep, 1000)
for _way in ("worlds", "lanes", "line"):
    _register(f"9 x 16, draws, {_way}", None, _draws, _way, False, 7380)
    if find_spec("numba") is not None:
        _register(f"9 x 16, draws, {_way}, compiled", None, _draws, _way, True, 7380)
_register("9 x 16, one scenario", None, _job, shipped_pairs, False, 1)
_register("9 x 16, one scenario, cold", None, _cold, shipped_pairs)
if ICIO.is_dir():
    _register("81 x 28, CAN-USA", (1e-3, 0.5e-3), _job, _icio_pairs, False, 256)
    _register("81 x 28, all US tariffs", (1e-3, 0.5e-3), _job, _icio_importer, False, 256)
    _register("81 x 28, all tariffs of all", (1e-3, 0.5e-3), _job, _icio_dense, False, 64)
    _register("81 x 28, one scenario, cold", (40e-3, None), _cold, _icio_pairs)
if NAFTA.is_dir():
    _register("31 x 40, NAFTA, cold", None, _cold, _nafta)
    _register("31 x 40, NAFTA, warm", None, _job, _nafta, False, 1)
