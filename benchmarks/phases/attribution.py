"""Time attribution: the shipped model taken apart, with where the time goes, and large games alone.

Processor time; with one thread for BLAS (OPENBLAS_NUM_THREADS=1) it is time on one core.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import numpy as np

from benchmarks.registry import repeats, show, table, timed
from negotiation import Model, load_model
from negotiation.bargaining.shapley import interaction, members, owen, owen_coalitions, shapley
from negotiation.outcome import evaluate
from negotiation.study.attribution import attribute

#: Seconds that the coalitions of canada_us may take.
TARGET = 1.0


def point() -> Model:
    """Make canada_us anew: a model keeps what it solved."""
    return load_model("canada_us").build({})


def coalitions() -> Model:
    """Every coalition of sectors of canada_us that the Owen value looks at, as one cloud."""
    model = point()
    stakes = [spec for spec in model.parameters().values() if spec.stake]
    tables = dict.fromkeys(spec.stake for spec in stakes)
    unions = [[k for k, spec in enumerate(stakes) if spec.stake == name] for name in tables]
    inside = members(owen_coalitions(unions), len(stakes)).astype(float)
    return model.replace({spec.name: inside[:, k] for k, spec in enumerate(stakes)})


def main(quick: bool = False) -> None:
    jobs: list[tuple[str, Callable[[], Any], float | None]] = [
        ("canada_us by tables", lambda: attribute(point(), by="tables"), None),
        ("canada_us by sectors", lambda: attribute(point()), TARGET),
    ]
    cloud = coalitions()
    jobs += [
        ("  its trade equilibria and games", lambda: coalitions().game(), None),
        ("  its results beside the payoffs", cloud.outcomes, None),
        ("  all of its outcomes", lambda: evaluate(coalitions()), None),
    ]
    rng = np.random.default_rng(1)
    worths = rng.normal(size=2**16)
    halves = [list(range(8)), list(range(8, 16))]
    jobs += [
        ("16 players, Shapley", partial(shapley, worths), None),
        ("16 players in two unions, Owen", partial(owen, worths, halves), None),
        ("16 players, interaction", partial(interaction, worths), None),
        ("100,000 games of 4, Shapley", partial(shapley, rng.normal(size=(100_000, 16))), None),
    ]
    lines = []
    for name, call, target in jobs:
        times = timed(call, repeats(quick), clock=process_time)
        wanted = "" if target is None else f"at most {show(target)}"
        lines.append([name, show(times.least), show(times.middle), wanted])
    heads = ["what", "minimum", "median", "target"]
    table("benchmarks.phases.attribution", heads, lines)


if __name__ == "__main__":
    main()
