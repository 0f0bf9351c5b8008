"""Time the questions about talks, on the shipped model: packages, thresholds, maps, coalitions.

Processor time within a process that has loaded the model; with one thread for BLAS
(OPENBLAS_NUM_THREADS=1) it is time on one core.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np

from benchmarks.registry import repeats, show, table, timed
from negotiation import AgreementSet, Case, Model, Talks, load_model
from negotiation.bargaining import CONCEPTS, bargain, link, settle
from negotiation.outcome import evaluate
from negotiation.regimes.regions import regime_map
from negotiation.regimes.thresholds import thresholds
from negotiation.regimes.thresholds.inverse import reach
from negotiation.study.audit.audit import audit
from negotiation.study.reading import read

CANADA = "canada_us"
LINE = "diversification=0:0.6"
COST = "us_escalation_cost=0:15000"

#: Targets, in seconds: the package frontier, 2 ** 8 coalitions.
PACKAGES, COALITIONS = 1.0, 1.0


def point() -> Model:
    """Make canada_us anew: a model keeps what it solved."""
    return load_model(CANADA).build({})


def frontier() -> Any:
    """All 216 packages, their frontier, the Nash and Kalai-Smorodinsky deals, every agenda."""
    model = point()
    packages = model.packages()
    assert packages is not None
    d = evaluate(model).threat.payoffs
    return [settle(packages, d, name) for name in ("nash", "kalai_smorodinsky")], link(packages, d)


def coalitions() -> Any:
    """All 2 ** 8 coalitions of the sectors of three tables: games of nine equilibria each."""
    model = point()
    names = [
        name for name, spec in model.parameters().items() if spec.stake and spec.stake != "other"
    ]
    inside = (np.arange(2 ** len(names))[:, None] >> np.arange(len(names))) & 1
    cloud = {name: inside[:, k].astype(float) for k, name in enumerate(names)}
    return evaluate(model.replace(cloud))


def main(quick: bool = False) -> None:
    solved = evaluate(point(), marginal=True)
    money = Talks(("a", "b"), (0.0, 0.0), AgreementSet.money(0.0))
    d = -np.random.default_rng(0).random((100_000, 2))
    jobs: list[tuple[str, Callable[[], Any], float | None]] = [
        ("216 packages: frontier, deals, every agenda", frontier, PACKAGES),
        ("2^8 coalitions of canada_us", coalitions, COALITIONS),
        ("one point, with marginal leverage", lambda: evaluate(point(), marginal=True), None),
        ("what a reading looks at around a point", lambda: read(solved), None),
        (f"thresholds, {LINE}", lambda: thresholds(CANADA, LINE), None),
        (
            f"thresholds, {COST}",
            lambda: thresholds(Case(CANADA, {"diversification": 0.2}), COST),
            None,
        ),
        ("every parameter, to pay nothing", lambda: reach(CANADA, "ncl=0"), None),
        ("audit", lambda: audit(point()), None),
        ("map, 33 x 33", lambda: regime_map(CANADA, LINE, COST), None),
        ("100,000 bargains over money, Nash", lambda: bargain(money, d), None),
        (
            "100,000 bargains over money, every concept",
            lambda: [bargain(money, d, name) for name in CONCEPTS],
            None,
        ),
    ]
    lines = []
    for name, call, target in jobs:
        times = timed(call, repeats(quick), clock=process_time)
        wanted = "" if target is None else f"at most {show(target)}"
        lines.append([name, show(times.least), show(times.middle), wanted])
    table("benchmarks.phases.talks", ["what", "minimum", "median", "target"], lines)


if __name__ == "__main__":
    main()
