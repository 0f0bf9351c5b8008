"""Trade scenarios by size of the world and by severity of the tariff."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.registry import Job, subject
from negotiation.trade import TradeEquilibrium, World, counterfactual
from tests.properties.economies import Economy, build, shipped_world

SIZES = ((2, 1), (4, 4), (6, 8), (9, 16))
RATES = (0.01, 0.25, 1.0, 4.0)
BATCH = 64


def _note(result: TradeEquilibrium) -> str:
    solved = int(np.sum(result.converged))
    return f"{np.mean(result.evaluations):.1f} passes, {solved}/{result.converged.size} solved"


def _job(world: World, rates: np.ndarray[Any, Any], data: object = None) -> Job:
    """Tax between the first two regions, both ways, at each rate."""
    tariff = np.broadcast_to(world.tariff, (len(rates), *world.tariff.shape)).copy()
    for a, b in ((0, 1), (1, 0)):
        tariff[:, a, b] += rates[:, None, None]
    return Job(lambda: counterfactual(world, tariff), len(rates), (data, tariff), _note)


def economy(n: int, s: int) -> Economy:
    if (n, s) == (9, 16):
        world = shipped_world()
        return Economy(world.flows, world.tariff, world.trade_elasticity, world.input_share)
    return build(1, n=n, s=s, linked=True)


def _one(n: int, s: int) -> Job:
    made = economy(n, s)
    return _job(made.world, np.array([0.25]), made)


def _many(n: int, s: int) -> Job:
    return _job(economy(n, s).world, np.linspace(0.05, 0.5, BATCH))


def _severe(rate: float) -> Job:
    return _job(shipped_world(), rate * np.linspace(0.9, 1.0, BATCH))


for _n, _s in SIZES:
    subject("trade", f"{_n} x {_s}, one scenario", "scenario")(partial(_one, _n, _s))
    subject("trade", f"{_n} x {_s}, {BATCH} scenarios", "scenario")(partial(_many, _n, _s))
for _rate in RATES:
    _what = f"9 x 16, {BATCH} at tariff {_rate:g}"
    subject("trade", _what, "scenario")(partial(_severe, _rate))
