"""Sweeps: axes, grids, datasets."""

from __future__ import annotations

from typing import assert_type

import numpy as np
import xarray as xr

from negotiation import Axis, Case, Grid, Model, errors, load_model, regimes, study
from negotiation.regimes import Event
from negotiation.study.bands import Band
from negotiation.study.by_posture import ByPosture, by_posture


def swept(model: type[Model]) -> None:
    assert_type(study.sweep("tariff_standoff", {"tariff": [0, 0.1]}), xr.Dataset)
    assert_type(study.sweep(model, {"tariff": np.linspace(0, 1, 3), "date": ["2025"]}), xr.Dataset)
    assert_type(study.sweep(model, ["tariff=0:1:3", Axis("share", (0.1, 0.2))]), xr.Dataset)
    assert_type(study.sweep(model, "rounds=1:5"), xr.Dataset)
    axis = Axis.parse("rounds=1:5", model)
    assert_type(axis.values[0], float | bool | str)
    assert_type(axis.numeric, bool)
    grid = Grid.of([axis]).fit(model)
    assert_type(grid, Grid)
    assert_type(grid.shape, tuple[int, ...])
    assert_type(grid.size, int)

    def told(done: int, of: int) -> None:
        print(done, of)

    data = study.sweep(Case(model, {"damage": 3.0}, rule="pareto"), grid, progress=told)
    for event in regimes.regimes(Case(load_model("tariff_standoff"), {"damage": 3.0}), data):
        assert_type(event, Event)
        assert_type(event.sentence, str)


def by_what_both_do(model: type[Model]) -> None:
    found = by_posture(Case(model, draws=0), ["auto_jobs.canada"])
    assert_type(found, ByPosture)
    assert_type(found.profiles, tuple[str, ...])
    assert_type(found.bands["auto_jobs_canada"], Band)
    assert_type(by_posture(Case("canada_us", draws=50), ("auto_jobs_canada",)).draws, int)


def kept() -> None:
    assert_type(study.read_run("run.parquet.run"), xr.Dataset)
    try:
        study.sweep("tariff_standoff", "tariff=0:1:5")
    except errors.ExecutionError as error:
        code: int = error.exit_code
        print(code)


def where_it_changes(model: type[Model]) -> None:
    assert_type(
        regimes.thresholds(model, "tariff=0:1"),
        regimes.Thresholds,
    )
    assert_type(regimes.reach(model, "leverage=0"), regimes.Reach)
    assert_type(regimes.regime_map(model, "tariff=0:1", "damage=0:5"), regimes.RegimeMap)
