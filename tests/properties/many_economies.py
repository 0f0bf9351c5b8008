"""Thousands of random economies, the awkward ones first: does the solver ever fail in silence?

    python -m tests.properties.many_economies --count 10000 --seed 0

Only the public interface is used. Each seed draws one economy (2 to 12 regions, 1 to 12 sectors,
elasticities 0.5 to 65, transfers up to half of income, cells of a trillionth, missing trade,
regions close to autarky) and a few scenarios for it (rates of -50 to 500 %, trade costs 0.2 to 5
times as high, cut off by a factor of up to a thousand). Every scenario that calls itself converged
is put back into the equations, written down again here. A silent failure is a converged scenario
that breaks them, an unconverged one that shows numbers, a warning, or an exception that is no
`NegotiationError`. A scenario that says it did not converge is counted; it is no failure.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import NegotiationError
from negotiation.trade import (
    FINAL,
    INTERMEDIATE,
    TradeEquilibrium,
    World,
    counterfactual,
    gradient,
)

Array = NDArray[np.float64]

#: Largest relative gap of an equation that counts as rounding. The library calls 1e-11 converged;
#: prices raised to a power of 65 lose a digit or two when they are put back.
GAP = 1e-9

#: The gradient is checked at the first scenario of every so many seeds.
SLOPES_EVERY = 3

#: What a scenario does, by name; see `_shock`.
SHOCKS = ("nothing", "small", "tariffs", "extreme tariffs", "costs", "all", "cut off", "one flow")


@dataclass(frozen=True, eq=False)
class Case:
    """An economy and a batch of scenarios; `shocks` names what each does."""

    seed: int
    features: tuple[str, ...]
    flows: Array
    tariff: Array
    trade_elasticity: Array
    input_share: Array | None
    shocks: tuple[str, ...]
    new_tariff: Array
    trade_cost: Array
    closure: str

    @property
    def world(self) -> World:
        n, _, s, _ = self.flows.shape
        return World.from_arrays(
            regions=[f"R{at}" for at in range(n)],
            sectors=[f"S{at}" for at in range(s)],
            flows=self.flows,
            tariff=self.tariff,
            trade_elasticity=self.trade_elasticity,
            input_share=self.input_share,
        )

    def __str__(self) -> str:
        n, _, s, _ = self.flows.shape
        theta = self.trade_elasticity
        return (
            f"seed {self.seed}: {n} x {s}, theta {theta.min():.1f} to {theta.max():.1f}, "
            f"{', '.join(self.features)}; {self.closure}; {', '.join(self.shocks)}"
        )


def case(seed: int, largest: int = 12) -> Case:
    """Draw the economy, of at most so many regions and sectors, and the scenarios of a seed."""
    draw = np.random.default_rng(seed)
    # As many worlds of 2 to 5 regions as of 5 to 12.
    n = int(np.exp(draw.uniform(np.log(2), np.log(largest + 1))))
    s = int((largest + 1) ** draw.uniform())
    features = []

    def has(feature: str, probability: float) -> bool:
        yes = bool(draw.random() < probability)
        if yes:
            features.append(feature)
        return yes

    linked = has("linked", 0.5)
    low, high = ((0.5, 2.0), (2.0, 12.0), (12.0, 65.0), (0.5, 65.0))[draw.integers(4)]
    theta = np.exp(draw.uniform(np.log(low), np.log(high), s))
    size = draw.lognormal(3.0, draw.choice([0.5, 1.5, 2.5]), n)
    abroad = ~np.eye(n, dtype=bool)[:, :, None, None]

    # Who buys from whom: home weighs more, and then whatever makes it awkward.
    weight = size[:, None, None, None] * draw.lognormal(0.0, 1.0, (n, n, s, 2))
    weight = np.where(abroad, weight, draw.uniform(1.0, 20.0) * weight)
    ring = np.roll(np.eye(n, dtype=bool), 1, axis=1)[:, :, None, None]
    if has("missing trade", 0.3):
        sector = (np.arange(s) == 0)[:, None]
        kept = ~abroad | (ring & sector) | (draw.random((n, n, s, 2)) > draw.uniform(0.0, 0.9))
        weight = np.where(kept, weight, 0.0)
    if has("tiny cells", 0.3):
        weight *= np.where(draw.random((n, n, s, 2)) < 0.2, 1e-12, 1.0)
    if has("near autarky", 0.2):
        alone = int(draw.integers(n))
        part = 10.0 ** -draw.uniform(2.0, 10.0)
        weight[alone] *= np.where(abroad[alone], part, 1.0)
        weight[:, alone] *= np.where(abroad[:, alone], part, 1.0)
    if s > 1 and has("sector not made", 0.2):
        weight[draw.integers(n), :, draw.integers(1, s)] = 0.0
        nobody = weight.sum(axis=0, keepdims=True) == 0.0
        weight = np.where(nobody & ring, 1.0, weight)
    sourcing = weight / weight.sum(axis=0)

    tariff = np.zeros((n, n, s, 2))
    if has("taxed", 0.6):
        tariff = draw.uniform(0.0, 0.3, tariff.shape) * abroad
    elif has("heavily taxed", 0.4):
        tariff = draw.uniform(-0.5, 5.0, tariff.shape) * abroad
    final_share = draw.dirichlet(np.ones(s), n)
    if s > 1 and has("not consumed", 0.2):
        final_share[draw.integers(n), draw.integers(1, s)] = 0.0
        final_share /= final_share.sum(axis=1, keepdims=True)
    input_share = np.zeros((n, s, s))
    if linked:
        part_of = draw.dirichlet(np.ones(s), (n, s))
        input_share = np.swapaxes(part_of * draw.uniform(0.05, 0.85, (n, s, 1)), 1, 2)

    deficits = draw.uniform(0.0, 0.5) if has("transfers", 0.5) else 0.0
    flows = _balanced(draw, sourcing, tariff, final_share, input_share, size, float(deficits))

    count = int(draw.integers(1, 6))
    shocks = tuple(str(name) for name in draw.choice(SHOCKS, count))
    drawn = [_shock(draw, name, tariff, abroad) for name in shocks]
    return Case(
        seed=seed,
        features=tuple(features),
        flows=flows,
        tariff=tariff,
        trade_elasticity=theta,
        input_share=input_share if linked else None,
        shocks=shocks,
        new_tariff=np.stack([rates for rates, _ in drawn]),
        trade_cost=np.stack([cost for _, cost in drawn]),
        closure=str(draw.choice(["transfers", "balanced"])),
    )


def _balanced(
    draw: np.random.Generator,
    sourcing: Array,
    tariff: Array,
    final_share: Array,
    input_share: Array,
    size: Array,
    deficits: float,
) -> Array:
    """Flows of an economy whose transfers are at most a part of final expenditure."""
    n, s = final_share.shape
    paid = sourcing / (sourcing * (1.0 + tariff)).sum(axis=0)  # net, per unit spent
    by_output = np.einsum("ins,nsk->isnk", paid[..., INTERMEDIATE], input_share)
    by_final = np.einsum("ins,ns->isn", paid[..., FINAL], final_share).reshape(n * s, n)
    output_of = np.linalg.solve(np.eye(n * s) - by_output.reshape(n * s, n * s), by_final)
    output_of = output_of.reshape(n, s, n)
    # Value added and tariff revenue of each region, by the final expenditure of each.
    duty = (paid * tariff).sum(axis=0)
    kept = 1.0 - input_share.sum(axis=1)
    on_inputs = np.einsum("ns,nsk->nk", duty[..., INTERMEDIATE], input_share)
    earned = np.einsum("nk,nkm->nm", kept + on_inputs, output_of)
    earned += np.diag((duty[..., FINAL] * final_share).sum(axis=1))

    conditions = np.vstack([earned - np.eye(n), np.ones(n)])
    balanced = np.linalg.lstsq(conditions, np.append(np.zeros(n), size.sum()), rcond=None)[0]
    final = size
    if (balanced > 0.0).all():
        low, high = 0.0, 1.0
        for _ in range(60):  # the largest part of the way to `size` that keeps transfers small
            middle = 0.5 * (low + high)
            final = balanced + middle * (size - balanced)
            small = np.abs(final - earned @ final) <= deficits * final
            low, high = (middle, high) if small.all() else (low, middle)
        final = balanced + low * (size - balanced)
    output = output_of @ final
    spent = np.stack(
        [np.einsum("nsk,nk->ns", input_share, output), final_share * final[:, None]], axis=-1
    )
    return np.asarray(paid * spent)


def _shock(
    draw: np.random.Generator, name: str, tariff: Array, abroad: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """New rates and trade costs of one scenario."""
    shape = tariff.shape
    rates, cost = tariff.copy(), np.ones(shape)
    if name == "small":
        rates = tariff + draw.uniform(0.0, 0.01, shape) * abroad
    if name == "tariffs":
        rates = draw.uniform(0.0, 0.6, shape) * abroad
    if name in ("extreme tariffs", "all"):
        rates = draw.uniform(-0.5, 5.0, shape) * abroad
    if name in ("costs", "all"):
        cost = np.where(abroad, np.exp(draw.uniform(np.log(0.2), np.log(5.0), shape)), 1.0)
    if name == "cut off":
        alone = int(draw.integers(shape[0]))
        factor = 10.0 ** draw.uniform(0.5, 3.0)
        cost[alone] = np.where(abroad[alone], factor, 1.0)
        cost[:, alone] = np.where(abroad[:, alone], factor, 1.0)
    if name == "one flow":
        origin = int(draw.integers(shape[0]))
        destination = (origin + 1 + int(draw.integers(shape[0] - 1))) % shape[0]
        sector = int(draw.integers(shape[2]))
        rates[origin, destination, sector] = draw.uniform(-0.5, 5.0)
        cost[origin, destination, sector] = 10.0 ** draw.uniform(-0.7, 3.0)
    return rates, cost


# --- the equations, once more ---------------------------------------------------------------------


def gaps(world: World, found: TradeEquilibrium, index: int) -> dict[str, float]:
    """Largest relative gap of every equation in one scenario of a batch."""
    theta = world.trade_elasticity
    tariff, wage, price = found.tariff[index], found.wage[index], found.prices[index]
    cost, output, income = found.unit_cost[index], found.output[index], found.income[index]
    spending, revenue = found.spending[index], found.tariff_revenue[index]
    made, bought = world.output > 0.0, world.spending > 0.0
    result = {}

    def compare(name: str, left: Array, right: Array, where: Any = True, scale: Any = None) -> None:
        size = np.maximum(np.abs(left), np.abs(right)) if scale is None else scale
        gap = np.abs(left - right) / np.where(size > 0.0, size, 1.0)
        result[name] = float(np.where(where, gap, 0.0).max())

    inputs = np.einsum("nks,nk->ns", world.input_share, np.log(price[..., INTERMEDIATE]))
    compare("unit cost", np.log(cost), world.value_added_share * np.log(wage)[:, None] + inputs,
            made, 1.0)  # fmt: skip

    kappa = (1.0 + tariff) / (1.0 + world.tariff) * found.trade_cost[index]
    # Relative to the cheapest in use: a power of 65 must not overflow.
    log_term = np.where(world.share > 0.0, np.log(np.where(world.share > 0.0, world.share, 1.0)),
                        -np.inf)  # fmt: skip
    log_term = log_term - theta[:, None] * np.log(kappa * cost[:, None, :, None])
    largest = log_term.max(axis=0)
    total = np.exp(log_term - largest).sum(axis=0)
    log_index = -(largest + np.log(total)) / theta[:, None]
    compare("price", np.log(price), log_index, bought, 1.0)

    flows = np.exp(log_term - largest) / total / (1.0 + tariff) * spending
    compare("output", output, flows.sum(axis=(1, 3)))
    compare("flows", found.flows[index], flows, scale=np.maximum(flows, 1e-12 * flows.max()))
    used = np.einsum("nks,ns->nk", world.input_share, output)
    compare("inputs", spending[..., INTERMEDIATE], used)
    compare("consumption", spending[..., FINAL], world.final_share * income[:, None])

    compare("revenue", revenue, (flows * tariff).sum(axis=(0, 2, 3)), scale=spending.sum((1, 2)))
    transfer = world.transfer if found.closure == "transfers" else 0.0 * world.transfer
    labour = wage * world.value_added
    parts = labour + np.abs(revenue) + np.abs(transfer)
    compare("income", income, labour + revenue + transfer, scale=parts)
    compare("labour", (world.value_added_share * output).sum(axis=1), labour)
    compare("numeraire", labour.sum(), world.value_added.sum())
    consumer_price = np.exp((world.final_share * np.log(price[..., FINAL])).sum(axis=1))
    compare("welfare", found.welfare[index], income / world.income / consumer_price)
    compare("ev", found.ev[index], (found.welfare[index] - 1.0) * world.income, scale=world.income)
    return result


def faults(world: World, found: TradeEquilibrium, index: int) -> list[str]:
    """What is wrong with one scenario of a batch, beyond saying that it did not converge."""
    results = {
        name: getattr(found, name)[index]
        for name in (
            "welfare", "ev", "income", "wage", "unit_cost", "prices", "output", "spending",
            "tariff_revenue", "flows",
        )
    }  # fmt: skip
    if not found.converged[index]:
        shown = [name for name, values in results.items() if not np.isnan(values).all()]
        return [f"not converged, yet {', '.join(shown)} is shown"] if shown else []
    wrong = [
        f"{name} is not finite" for name, values in results.items() if not np.isfinite(values).all()
    ]
    if wrong:
        return wrong
    positive: dict[str, Any] = {
        "welfare": True, "income": True, "wage": True, "unit_cost": True, "prices": True,
        "output": world.output > 0.0,
    }  # fmt: skip
    wrong += [
        f"{name} is not positive"
        for name, where in positive.items()
        if not np.where(where, results[name] > 0.0, results[name] >= 0.0).all()
    ]
    for name in ("spending", "flows"):
        if not (results[name] >= 0.0).all():
            wrong.append(f"{name} is negative")
    if wrong:
        return wrong
    large = {name: gap for name, gap in gaps(world, found, index).items() if not gap <= GAP}
    return [f"{name} is off by {gap:.1e}" for name, gap in large.items()]


#: A gradient is compared in a random direction, steps of this size; relative to the sum of its
#: absolute terms it must agree to `SLOPE`, and what a converged welfare is worth over the step.
STEP, SLOPE, NOISE = 1e-5, 1e-5, 1e-6


def slope_fault(drawn: Case, found: TradeEquilibrium) -> list[str]:
    """Compare the gradient of one welfare at a single scenario with a central difference."""
    draw = np.random.default_rng(drawn.seed)
    world, shape = drawn.world, drawn.flows.shape
    region = int(draw.integers(shape[0]))
    slope = gradient(found, {"welfare": np.eye(shape[0])[region]})
    if not slope.converged:
        return []
    used = drawn.flows > 0.0
    by_tariff = draw.normal(size=shape) * (1.0 + found.tariff) * used
    by_cost = draw.normal(size=shape) * found.trade_cost * used
    terms = np.stack([slope.tariff * by_tariff, slope.trade_cost * by_cost])
    ends = counterfactual(
        world,
        np.stack([found.tariff + sign * STEP * by_tariff for sign in (1, -1)]),
        np.stack([found.trade_cost + sign * STEP * by_cost for sign in (1, -1)]),
        found.closure,
    )
    if not ends.converged.all():
        return []
    welfare = ends.welfare[:, region]
    difference = (welfare[0] - welfare[1]) / (2.0 * STEP)
    gap = abs(float(terms.sum() - difference))
    allowed = SLOPE * float(np.abs(terms).sum()) + NOISE * float(welfare[0])
    return [] if gap <= allowed else [f"gradient is off by {gap:.1e}, {allowed:.1e} is allowed"]


@dataclass
class Tally:
    """What came of the scenarios so far."""

    economies: int = 0
    converged: Counter[str] = field(default_factory=Counter)
    not_converged: Counter[str] = field(default_factory=Counter)
    refused: dict[int, str] = field(default_factory=dict)
    unsolved: dict[int, str] = field(default_factory=dict)
    silent: dict[int, list[str]] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)

    def add(self, found: dict[str, float]) -> None:
        """Keep the largest gap of every equation."""
        for equation, gap in found.items():
            self.worst[equation] = max(gap, self.worst.get(equation, 0.0))


def examine(seed: int, tally: Tally, largest: int = 12) -> None:
    """Solve the scenarios of one seed and enter them into the tally."""
    tally.economies += 1
    drawn = case(seed, largest)
    wrong: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            world = drawn.world
            found = counterfactual(world, drawn.new_tariff, drawn.trade_cost, drawn.closure)
            alone = counterfactual(world, drawn.new_tariff[0], drawn.trade_cost[0], drawn.closure)
            _ = found.flows, found.employment, found.real_output, alone.flows
            if seed % SLOPES_EVERY == 0 and alone.converged:
                wrong += [f"{drawn.shocks[0]}: {fault}" for fault in slope_fault(drawn, alone)]
        except NegotiationError as error:
            tally.refused[seed] = str(error)
            return
        except Exception as error:  # a warning, or a crash: both are what is looked for
            tally.silent[seed] = [f"{type(error).__name__}: {error}"]
            return
    failed = []
    for index, name in enumerate(drawn.shocks):
        wrong += [f"{name}: {fault}" for fault in faults(world, found, index)]
        if found.converged[index]:
            tally.converged[name] += 1
            if not wrong:
                tally.add(gaps(world, found, index))
        else:
            tally.not_converged[name] += 1
            failed.append(f"{index} {name} ({found.residual[index]:.0e})")
    if bool(alone.converged) != bool(found.converged[0]):
        wrong.append(f"{drawn.shocks[0]}: converges or not with what is solved beside it")
    elif alone.converged and not np.allclose(alone.welfare, found.welfare[0], rtol=GAP, atol=0.0):
        gap = np.abs(alone.welfare / found.welfare[0] - 1.0).max()
        wrong.append(f"{drawn.shocks[0]}: welfare depends on the batch by {gap:.1e}")
    if failed:
        tally.unsolved[seed] = f"{drawn}; failed: {'; '.join(failed)}"
    if wrong:
        tally.silent[seed] = wrong


def run(seeds: Iterable[int], largest: int = 12, report_every: float = 0.0) -> Tally:
    """Examine many seeds; with `report_every` seconds, say how far it is."""
    tally, said = Tally(), time.monotonic()
    for seed in seeds:
        examine(seed, tally, largest)
        if report_every and time.monotonic() - said > report_every:
            said = time.monotonic()
            print(
                f"seed {seed}: {tally.economies} economies, {tally.converged.total()} converged, "
                f"{tally.not_converged.total()} not, {len(tally.silent)} silent failures",
                file=sys.stderr,
                flush=True,
            )
    return tally


def table(tally: Tally) -> str:
    """Lay out the tally for reading."""
    lines = [f"{'scenario':<18}{'converged':>10}{'said not':>10}"]
    lines += [
        f"{name:<18}{tally.converged[name]:>10}{tally.not_converged[name]:>10}" for name in SHOCKS
    ]
    total = tally.converged.total(), tally.not_converged.total()
    lines.append(f"{'all':<18}{total[0]:>10}{total[1]:>10}")
    lines.append(f"economies {tally.economies}, refused with a reason {len(tally.refused)}")
    worst = ", ".join(f"{name} {gap:.0e}" for name, gap in tally.worst.items())
    lines.append(f"largest gaps of converged scenarios: {worst}")
    lines.append(f"silent failures: {len(tally.silent)}")
    lines += [f"  refused {seed}: {reason}" for seed, reason in tally.refused.items()]
    lines += [f"  not converged: {what}" for what in tally.unsolved.values()]
    lines += [f"  SILENT seed {seed}: {'; '.join(wrong)}" for seed, wrong in tally.silent.items()]
    return "\n".join(lines)


def main() -> int:
    """Run from the command line; 1 if anything failed in silence."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=10_000, help="how many economies")
    parser.add_argument("--seed", type=int, default=0, help="the first; go on from any other")
    parser.add_argument("--largest", type=int, default=12, help="most regions, most sectors")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.count)
    tally = run(seeds, chosen.largest, report_every=10.0)
    print(table(tally))
    return 1 if tally.silent else 0


if __name__ == "__main__":
    sys.exit(main())
