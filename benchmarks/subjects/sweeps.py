"""Sweeps of the shipped models, by number of points and of axes, and their regime changes."""

from __future__ import annotations

from functools import partial

import xarray as xr

from benchmarks.registry import Job, subject
from negotiation import Grid, load_model
from negotiation.regimes import regimes
from negotiation.study import sweep

CASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tariff_standoff", ("diversification=0:0.9:41",)),
    ("tariff_standoff", ("diversification=0:0.9:1000",)),
    ("canada_us", ("diversification=0:0.4:41",)),
    ("canada_us", ("diversification=0:0.4:11", "procurement=0:0.2:3")),
    ("canada_us", ("diversification=0:0.4:11", "elasticities=low,central,high")),
)


def _note(data: xr.Dataset) -> str:
    good = int(data["status"].str.startswith("certified").sum())
    return f"{good}/{data['status'].size} certified"


def _points(name: str, vary: tuple[str, ...]) -> Job:
    return Job(lambda: sweep(name, vary), Grid.of(vary).size, None, _note)


def _regimes(name: str, vary: tuple[str, ...]) -> Job:
    data, model = sweep(name, vary), load_model(name)
    return Job(lambda: regimes(model, data), 1, None, lambda events: f"{len(events)} events")


for _name, _vary in CASES:
    subject("sweep", f"{_name} {' '.join(_vary)}", "point")(partial(_points, _name, _vary))
for _name, _vary in (CASES[0], CASES[2]):
    _what = f"{_name} {' '.join(_vary)}, regimes"
    subject("sweep", _what, "line")(partial(_regimes, _name, _vary))
