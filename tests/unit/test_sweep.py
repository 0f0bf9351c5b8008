"""A sweep is its points one by one, labelled, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import xarray as xr

import negotiation
from negotiation import (
    AgreementSet,
    Axis,
    Case,
    Grid,
    Model,
    Quantity,
    Talks,
    load_model,
    parameter,
)
from negotiation.catalogue import find
from negotiation.errors import GridError, NegotiationError, ParameterError
from negotiation.outcome import Status, evaluate
from negotiation.outcome.columns import columns
from negotiation.report.sweep import rows
from negotiation.study import sweep
from negotiation.study.estimate import estimate

Profiles = dict[tuple[str, ...], tuple[Any, ...]]

STANDOFF = load_model("tariff_standoff")


@dataclass(frozen=True)
class Split(Model):
    """Sides bargain over an odd pie, so that the concepts differ; two words set its shape."""

    stake: float = parameter(1.0, low=0, high=4, unit="units", source="test")
    shape: str = parameter("round", choices=("round", "flat"), unit="shape", source="test")

    players = ("left", "right")
    actions = (("wait", "push"), ("wait", "push"))
    payoff_unit = "units"
    horizon = "none"

    def payoffs(self) -> Profiles:
        return {
            ("wait", "wait"): (0.0, 0.0),
            ("wait", "push"): (-2.0 - self.stake, 1.0),
            ("push", "wait"): (1.0, -3.0),
            ("push", "push"): (-1.0 - self.stake, -2.0),
        }

    def talks(self) -> Talks:
        points = [[-1.0, 4.0], [2.0, 3.0], [3.0, -2.0]]
        if self.shape == "flat":
            points = [[-1.0, 4.0], [3.0, -2.0]]
        return Talks(self.players, (0.0, 0.0), AgreementSet.frontier(points))

    def outcomes(self) -> dict[str, Quantity]:
        table = np.array([[0.0, 1.0], [2.0, 3.0]])
        return {
            "noise.level": Quantity(
                np.asarray(self.stake, dtype=float)[..., None, None] + table, "dB", "how loud"
            )
        }


@dataclass(frozen=True)
class Holes(Model):
    """Has no payoffs where `hole` is below a half."""

    hole: float = parameter(1.0, low=0, high=1, unit="units", source="test")

    players = ("left", "right")
    actions = (("a", "b"), ("c", "d"))

    def payoffs(self) -> Profiles:
        hole = np.asarray(self.hole)
        value = np.where(hole < 0.5, np.nan, -1.0 - hole)
        return {
            ("a", "c"): (value, -1.0),
            ("a", "d"): (value, -2.0),
            ("b", "c"): (-5.0, -1.0),
            ("b", "d"): (-5.0, -2.0),
        }

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


def same(one: xr.Dataset, other: xr.Dataset) -> None:
    """Every value of two datasets is the same bit for bit, NaN with NaN."""
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        assert one[name].dims == other[name].dims
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=str(name))


def by_hand(
    model: type[Model], grid: Grid, fixed: dict[str, Any]
) -> dict[str, np.ndarray[Any, Any]]:
    """The slow and obvious sweep: one number at a time through `evaluate`."""
    found: dict[str, list[Any]] = {}
    for index in np.ndindex(*grid.shape):
        point = {axis.name: axis.values[i] for axis, i in zip(grid.axes, index, strict=True)}
        outcome = evaluate(model.build({**fixed, **point}), marginal=model.sweeps_marginals)
        for name, column in columns(outcome).items():
            found.setdefault(name, []).append(column.values.item())
    return {name: np.array(values).reshape(grid.shape) for name, values in found.items()}


# --- what a dataset is ----------------------------------------------------------------------------


def test_dimensions_coordinates_units_and_meaning() -> None:
    data = sweep("tariff_standoff", ["diversification=0.1:0.9:5", "tariff=0.1,0.4"])
    assert dict(data.sizes) == {"diversification": 5, "tariff": 2}
    np.testing.assert_array_equal(data["diversification"], np.linspace(0.1, 0.9, 5))
    np.testing.assert_array_equal(data["tariff"], [0.1, 0.4])
    assert data["diversification"].attrs["units"] == "share of exports"
    assert data["tariff"].attrs["units"] == "ad valorem rate"
    for name, variable in data.data_vars.items():
        assert variable.dims == ("diversification", "tariff"), name
        assert variable.attrs["long_name"], f"{name} does not say what it is"
        assert variable.dtype.kind in "fiU", name
        if variable.dtype.kind == "f":
            assert variable.attrs["units"], f"{name} has no unit"
    assert data["payoff_exporter"].attrs["units"] == "bn USD a year"


def test_every_result_has_its_columns() -> None:
    data = sweep(Split, {"stake": [0.0, 1.0]})
    expected = {"equilibrium", "equilibria", "completeness", "regret", "status"}
    expected |= {"asymmetry", "asymmetry_status", "ncl_status", "surplus", "noise_level"}
    for player in Split.players:
        expected |= {f"deviation_loss_{player}", f"best_deviation_{player}"}
        expected |= {f"{name}_{player}" for name in ("gain", "staying", "walkout")}
        for name in ("payoff", "delta", "ncl"):
            expected |= {f"{name}_{player}{end}" for end in ("", "_min", "_max")}
        expected |= {f"delta_{player}_all_{end}" for end in ("min", "max")}
    assert set(data.data_vars) == expected
    assert data["noise_level"].attrs == {"units": "dB", "long_name": "how loud"}


def test_provenance_travels_with_the_dataset() -> None:
    entry = find("tariff_standoff")
    data = sweep(
        Case("tariff_standoff", {"damage": 5, "effort": 2}, rule="pareto"), ["tariff=0.1,0.2"]
    )
    assert data.attrs["negotiation_version"] == negotiation.__version__
    assert data.attrs["model"] == "tariff_standoff"
    assert data.attrs["model_digest"] == entry.digest
    assert data.attrs["parameters"] == "damage=5; effort=2"
    assert data.attrs["horizon"] == STANDOFF.horizon
    assert data.attrs["payoff_unit"] == "bn USD a year"
    for name in ("seed", "concept", "threat_point"):
        assert data.attrs[name]
    assert "pareto" in data.attrs["threat_point"]
    other = sweep(Case(Split, rule="best_for_right"), {"stake": [1.0, 2.0]})
    assert "best_for_right" in other.attrs["threat_point"]
    assert other.attrs["parameters"] == "defaults"
    assert other.attrs["model_digest"] == "not from a file"


def test_the_model_may_be_a_name_a_path_or_the_class() -> None:
    vary = ["diversification=0.1,0.7"]
    path = str(find("tariff_standoff").path)
    named = sweep("tariff_standoff", vary)
    for model in (STANDOFF, path):
        same(sweep(model, vary), named)
    same(sweep(STANDOFF, Grid.of(vary)), named)
    same(sweep(STANDOFF, {"diversification": [0.1, 0.7]}), named)
    same(sweep(STANDOFF, [Axis("diversification", (0.1, 0.7))]), named)


# --- a sweep is its points ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "vary", "fixed"),
    [
        (STANDOFF, ["diversification=0:1:11"], {}),
        (STANDOFF, ["diversification=0.05:0.95:7", "tariff=0.05,0.4,1.5"], {"damage": 5.0}),
        (STANDOFF, ["tariff=0.3"], {}),
        (Split, ["shape=round,flat", "stake=0:4:5"], {}),
        (Split, ["stake=0:4:5", "shape=flat,round"], {}),
        (Holes, ["hole=0:1:9"], {}),
    ],
    ids=["line", "plane", "point", "word first", "word last", "holes"],
)
def test_a_sweep_equals_its_points_one_by_one(
    model: type[Model], vary: list[str], fixed: dict[str, Any]
) -> None:
    grid = Grid.of(vary)
    data = sweep(Case(model, fixed), grid)
    expected = by_hand(model, grid, fixed)
    assert set(data.data_vars) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(data[name].values, values, err_msg=name)


def test_a_sweep_of_trade_equilibria_equals_its_points_one_by_one() -> None:
    grid = Grid.of(["diversification=0,0.3", "elasticities=low,central"])
    fixed = {"procurement": 0.05}
    model = load_model("canada_us")
    data = sweep(Case(model, fixed), grid)
    for name, values in by_hand(model, grid, fixed).items():
        if values.dtype.kind == "f" and name != "regret":
            scale = max(1.0, np.abs(values[np.isfinite(values)]).max(initial=0.0))
            np.testing.assert_allclose(
                data[name].values, values, rtol=1e-9, atol=1e-9 * scale, err_msg=name
            )
        elif name != "regret":
            np.testing.assert_array_equal(data[name].values, values, err_msg=name)


@pytest.mark.parametrize("chunk", [1, 2, 7, 10_000])
@pytest.mark.parametrize(
    ("model", "vary"),
    [
        ("tariff_standoff", ["diversification=0:1:6", "tariff=0.1:1.9:4"]),
        (Split, ["shape=round,flat", "stake=0:4:9"]),
        (Holes, ["hole=0:1:9"]),
    ],
    ids=["plane", "words", "holes"],
)
def test_chunks_change_nothing(
    monkeypatch: pytest.MonkeyPatch, model: Any, vary: list[str], chunk: int
) -> None:
    whole = sweep(model, vary)
    monkeypatch.setattr(load_model(model) if isinstance(model, str) else model, "chunk", chunk)
    same(sweep(model, vary), whole)


def test_chunks_change_nothing_in_trade(monkeypatch: pytest.MonkeyPatch) -> None:
    vary = ["diversification=0:0.4:5"]
    whole = sweep("canada_us", vary)
    monkeypatch.setattr(load_model("canada_us"), "chunk", 2)
    parts = sweep("canada_us", vary)
    for name, variable in whole.data_vars.items():
        if variable.dtype.kind == "f" and name != "regret":
            np.testing.assert_allclose(parts[name], variable, rtol=1e-9, atol=1e-6)
    same(parts, whole)  # and to the last bit: what is written must not depend on the batch


def test_fixed_parameters_hold_everywhere() -> None:
    data = sweep(
        Case("tariff_standoff", {"exports": 200.0, "diversification": 0.5}), ["tariff=0.2,0.4"]
    )
    # The importer taxes, the exporter answers: relief 3 less what cannot be redirected.
    assert data["equilibrium"].values.tolist() == ["retaliate/impose"] * 2
    np.testing.assert_allclose(data["payoff_exporter"], [3 - 20.0, 3 - 40.0], rtol=1e-12)
    np.testing.assert_allclose(data["payoff_importer"], [10.0 - 8.0, 20.0 - 8.0], rtol=1e-12)


def test_what_is_set_and_varied_is_refused_before_any_work() -> None:
    @dataclass(frozen=True)
    class Never(Split):
        def payoffs(self) -> Profiles:
            raise AssertionError("worked before it checked")

    with pytest.raises(GridError, match="parameter stake is both set and varied"):
        sweep(Case(Never, {"stake": 1.0}), ["stake=0,1"])
    with pytest.raises(ParameterError, match="stake is 9"):
        sweep(Never, ["stake=0,9"])
    with pytest.raises(ParameterError, match=r"no parameter 'steak'.*'stake'"):
        sweep(Never, ["steak=0,9"])
    with pytest.raises(ParameterError, match="no parameter 'steak'"):
        sweep(Case(Never, {"steak": 2}), ["stake=0,1"])


def test_progress_counts_points_up_to_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(STANDOFF, "chunk", 4)
    sweep(STANDOFF, ["tariff=0.1:0.9:10"], progress=lambda done, total: told.append((done, total)))
    assert told == [(4, 10), (8, 10), (10, 10)]


# --- spread ---------------------------------------------------------------------------------------


def test_a_value_lies_within_its_spread() -> None:
    for data in (
        sweep(Split, ["stake=0:4:9", "shape=round,flat"]),
        sweep(STANDOFF, ["diversification=0:0.9:7"]),
    ):
        for name in data.data_vars:
            if f"{name}_min" not in data:
                continue
            low, value, high = (data[f"{name}{end}"].values for end in ("_min", "", "_max"))
            known = np.isfinite(value)
            assert known.any(), name
            assert (low[known] <= value[known]).all(), name
            assert (value[known] <= high[known]).all(), name


def test_spread_over_concepts_is_over_all_three_and_real() -> None:
    data = sweep(Split, ["stake=0:4:5"])
    for k, stake in enumerate(data["stake"].values):
        outcome = evaluate(Split(stake=float(stake)))
        each = [agreement.concession[0] for agreement in outcome.agreements.values()]
        assert len(each) == 3
        assert data["delta_left_min"].values[k] == pytest.approx(min(each), abs=1e-12)
        assert data["delta_left_max"].values[k] == pytest.approx(max(each), abs=1e-12)
    assert (data["delta_left_max"] - data["delta_left_min"]).max() > 0.1


def test_spread_over_equilibria_is_over_all_of_them() -> None:
    @dataclass(frozen=True)
    class Coordination(Model):
        gap: float = parameter(1.0, low=0, high=2, unit="units", source="test")
        players = ("left", "right")
        actions = (("a", "b"), ("c", "d"))

        def payoffs(self) -> Profiles:
            return {
                ("a", "c"): (2.0 + self.gap, 2.0),
                ("a", "d"): (0.0, 0.0),
                ("b", "c"): (0.0, 0.0),
                ("b", "d"): (1.0, 1.0),
            }

    data = sweep(Coordination, ["gap=0:2:3"])
    assert data["equilibria"].values.tolist() == [3, 3, 3]
    # Mixed: left's odds make right indifferent (1/3, 2/3); right's depend on the gap.
    mixed = (2.0 + data["gap"]) / (3.0 + data["gap"])
    np.testing.assert_allclose(data["payoff_left"], 2.0 + data["gap"])
    np.testing.assert_allclose(data["payoff_left_max"], 2.0 + data["gap"])
    np.testing.assert_allclose(data["payoff_left_min"], mixed, rtol=1e-12)
    np.testing.assert_allclose(data["payoff_right_min"], 2.0 / 3.0, rtol=1e-12)


# --- points that are not solved -------------------------------------------------------------------


def test_points_without_payoffs_say_so_and_leave_the_others_alone() -> None:
    data = sweep(Holes, ["hole=0:1:9"])
    hole = data["hole"].values < 0.5
    status = data["status"].values
    assert (status[hole] == Status.NO_PAYOFFS.value).all()
    assert (status[~hole] == Status.CERTIFIED.value).all()
    assert (data["equilibria"].values[hole] == 0).all()
    assert (data["completeness"].values[hole] == "empty").all()
    for name, variable in data.data_vars.items():
        if variable.dtype.kind == "f":
            assert np.isnan(variable.values[hole]).all(), (
                f"{name} is a number where nothing was solved"
            )
            assert np.isfinite(variable.values[~hole]).all(), name
    same(data.isel(hole=~hole), sweep(Holes, {"hole": data["hole"].values[~hole]}))


def test_rows_are_points_with_provenance() -> None:
    data = sweep(STANDOFF, ["diversification=0.1:0.9:5", "tariff=0.1,0.4"])
    frame = rows(data)
    assert len(frame) == 10
    np.testing.assert_array_equal(frame["diversification"], np.repeat(data["diversification"], 2))
    np.testing.assert_array_equal(frame["tariff"], np.tile(data["tariff"], 5))
    for name, variable in data.data_vars.items():
        np.testing.assert_array_equal(frame[name], variable.values.reshape(-1), err_msg=name)
    for name, value in data.attrs.items():
        assert (frame[name] == value).all()


@pytest.mark.parametrize("name", ["horizon", "regret"])
def test_a_parameter_keeps_its_column_or_is_refused(name: str) -> None:
    @dataclass(frozen=True)
    class Clash(Split):
        other: float = parameter(1.0, low=0, high=1, unit="units", source="test", name=name)

    try:
        frame = rows(sweep(Clash, {name: [0.0, 0.25]}))
    except NegotiationError:
        return
    kept = [column for column in frame if frame[column].tolist() == [0.0, 0.25]]
    assert kept, f"the values of parameter {name} are lost"


# --- estimates ------------------------------------------------------------------------------------


def test_an_estimate_counts_points_and_names_axes() -> None:
    told = estimate(STANDOFF, Grid.of(["diversification=0.1:0.9:5", "tariff=0.1,0.4"]))
    assert told.startswith("10 points (5 diversification x 2 tariff)")
    assert "nothing was written" in told


def test_an_estimate_counts_draws() -> None:
    case = Case("tariff_standoff", draws=30, priors={"damage": "uniform(4,20)"})
    told = estimate(case, ["diversification=0:1:10", "tariff=0:1:5"], ".csv")
    assert told.startswith("50 points (10 diversification x 5 tariff) at 30 draws, about ")
    plain = estimate(Case("tariff_standoff", draws=30), ["diversification=0:1:10"], ".csv")
    assert "draws" not in plain  # nothing in it is uncertain
