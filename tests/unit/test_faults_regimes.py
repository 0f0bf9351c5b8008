"""Faults of sweeps, thresholds and grids that were found by trying, each with its kind."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import (
    AgreementSet,
    Axis,
    Case,
    Grid,
    Model,
    Talks,
    evaluate,
    load_model,
    parameter,
)
from negotiation.catalogue import find, point, settings_of
from negotiation.errors import CatalogueError, GridError, ParameterError
from negotiation.model.spaced import Spaced
from negotiation.provenance import provenance
from negotiation.regimes import Event, regimes
from negotiation.regimes.regions import regime_map
from negotiation.regimes.roots import locate, roundest
from negotiation.regimes.signal import TIE
from negotiation.regimes.thresholds import reach, thresholds
from negotiation.report.thresholds import sentence
from negotiation.study import sweep
from negotiation.study.attribution import attribute
from negotiation.study.audit.audit import audit
from negotiation.study.credibility.credibility import credibility
from negotiation.study.estimate import estimate
from negotiation.study.reading import read
from tests.drawn import first

Profiles = dict[tuple[str, ...], tuple[Any, ...]]
STANDOFF: Any = load_model("tariff_standoff")


def own() -> Any:
    """An instance whose values are not the defaults."""
    return STANDOFF(damage=0.0, exports=500.0)


OWN = {"damage": 0.0, "exports": 500.0}

# --- W1: an instance's values count in every study ------------------------------------------------


def test_w1_a_sweep_of_an_instance_has_its_payoffs_and_names_its_settings() -> None:
    data = sweep(own(), {"diversification": [0.3]})
    assert data["payoff_exporter"].item() == pytest.approx(-84.5)
    assert data["payoff_importer"].item() == pytest.approx(43.75)
    assert data.attrs["parameters"] == "damage=0; exports=500"
    same = sweep(Case("tariff_standoff", OWN), {"diversification": [0.3]})
    assert same["payoff_exporter"].item() == data["payoff_exporter"].item()


def test_w1_regimes_thresholds_targets_and_maps_of_an_instance() -> None:
    line = ["diversification=0:0.95:5"]
    here, there = sweep(own(), line), sweep(Case(STANDOFF, OWN), line)
    assert [e.sentence for e in regimes(own(), here)] == [
        e.sentence for e in regimes(Case(STANDOFF, OWN), there)
    ]
    found, same = (
        thresholds(own(), "diversification=0:0.95"),
        thresholds(Case(STANDOFF, OWN), "diversification=0:0.95"),
    )
    assert [e.value for e in found.events] == [e.value for e in same.events]
    assert found.model == same.model
    assert (
        reach(own(), "gain.exporter=-10").result
        == reach(Case(STANDOFF, OWN), "gain.exporter=-10").result
        != reach(STANDOFF, "gain.exporter=-10").result
    )
    axes = ("diversification=0:0.9", "tariff=0.1:1")
    one = regime_map(own(), *axes, points=(5, 5))
    two = regime_map(Case(STANDOFF, OWN), *axes, points=(5, 5))
    assert [r.label for r in one.regions] == [r.label for r in two.regions]
    assert one.provenance["parameters"] == "damage=0; exports=500"


def test_w1_credibility_audit_and_reading_of_an_instance() -> None:
    assert credibility(own()).outcome.selection.payoffs[0] == pytest.approx(-84.5)
    found = audit(own())
    assert found.outcome.selection.payoffs[0] == pytest.approx(-84.5)
    assert "--set damage=0" in found.findings[0].command
    assert "--set exports=500" in found.findings[0].command
    assert audit(Case(STANDOFF, OWN)).outcome.selection.payoffs[0] == pytest.approx(-84.5)
    around = read(evaluate(own(), marginal=True))
    assert around.turns
    assert all(turn.found.model == own() for turn in around.turns)


def test_w1_attribution_takes_a_name_and_an_instance() -> None:
    model: Any = load_model("canada_us").build({"at_stake.OIL": 0.0, "diversification": 0.2})
    found, whole = attribute(model, by="tables"), attribute("canada_us", by="tables")
    assert not np.allclose(found.table, whole.table)
    # 'OIL' is not at stake in the instance, and stays so.
    assert found.of == whole.of


@pytest.mark.parametrize("kind", ["name", "path", "pathlib", "class", "instance"])
def test_w1_a_model_may_be_given_in_any_form(kind: str) -> None:
    file = find("tariff_standoff").path
    given: Any = {
        "name": "tariff_standoff",
        "path": str(file),
        "pathlib": Path(file),
        "class": STANDOFF,
        "instance": STANDOFF(),
    }[kind]
    expected = evaluate(STANDOFF(damage=3.0)).selection.payoffs
    assert point(given, {"damage": 3.0}).value("damage") == 3.0
    np.testing.assert_array_equal(
        evaluate(point(given, {"damage": "3"})).selection.payoffs, expected
    )
    assert len(sweep(given, {"damage": [3.0]})["damage"]) == 1
    assert evaluate(given).status == evaluate(STANDOFF()).status


def test_w1_what_is_no_model_and_a_cloud_are_refused() -> None:
    with pytest.raises(CatalogueError, match="42 is not a model"):
        sweep(42, {"damage": [3.0]})  # type: ignore[arg-type] # what is under test
    cloud = STANDOFF(damage=np.array([1.0, 2.0, 3.0]))
    for study in (
        lambda: sweep(cloud, {"tariff": [0.1]}),
        lambda: thresholds(cloud, "tariff=0:1"),
        lambda: reach(cloud, "gain.exporter=-10"),
        lambda: regime_map(cloud, "tariff=0:1", "diversification=0:0.5"),
    ):
        with pytest.raises(GridError, match="parameter damage has 3 values"):
            study()


def test_w1_provenance_names_what_differs_and_not_what_is_varied() -> None:
    made = provenance(own())
    assert made["parameters"] == "damage=0; exports=500"
    assert sweep(own(), {"damage": [1.0, 2.0]}).attrs["parameters"] == "exports=500"
    assert provenance(Case(STANDOFF, {"damage": "8"}))["parameters"] == "damage=8"
    canada: Any = load_model("canada_us")
    assert settings_of(canada()) == {}
    there = canada.build({"diversification.autos": 0.2, "elasticities": "low"})
    assert settings_of(there) == {"diversification.autos": 0.2, "elasticities": "low"}


# --- W4: what is touched is not crossed -----------------------------------------------------------


@dataclass(frozen=True)
class Even(Model):
    """Both sides get 2k - shift without a deal."""

    k: float = parameter(1.0, low=0, high=10, unit="units", source="test", lever_of="a")
    sign: float = parameter(1.0, low=-1, high=1, unit="sign", source="test")

    players = ("a", "b")
    actions = (("stay", "go"), ("stay", "go"))
    payoff_unit = "units"

    def payoffs(self) -> Profiles:
        pay = 2.0 * np.asarray(self.sign) * self.k
        return {
            ("stay", "stay"): (pay, pay),
            ("stay", "go"): (pay, -99.0),
            ("go", "stay"): (-99.0, pay),
            ("go", "go"): (-99.0, -99.0),
        }

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(50.0))


@pytest.mark.parametrize(("sign", "never"), [(1.0, "never loses"), (-1.0, "never gains")])
def test_w4_breaking_even_at_an_end_is_no_loss(sign: float, never: str) -> None:
    found = thresholds(Case(Even, {"sign": sign}), "k=0:10")
    assert not [c for e in found.events for c in e.changes if c.kind == "loss"]
    told = [each.sentence for each in found.absent if each.kind == "loss"]
    assert len(told) == 2
    for each in told:
        assert "breaks even without a deal at k = 0, the lower end of the range" in each
        assert never in each
    events = regimes(Case(Even, {"sign": sign}), sweep(Case(Even, {"sign": sign}), ["k=0:10:5"]))
    told = [e.sentence for e in events if e.kind.startswith("no-deal payoff")]
    assert all("breaks even without a deal at k = 0" in each and never in each for each in told)


def test_w4_a_target_that_is_only_touched() -> None:
    way = next(w for w in reach(Even, "gain.b=0").ways if w.parameter == "k")
    assert (way.reached, way.touch, way.value) == (True, True, 0.0)
    for phrase in ("the b loses without a deal",):
        way = next(w for w in reach(Even, phrase, parameters=["k"]).ways if w.parameter == "k")
        assert not way.reached
    crossed = next(w for w in reach(Even, "gain.b=0").ways if w.parameter == "sign")
    assert (crossed.reached, crossed.touch) == (True, False)
    assert crossed.value == pytest.approx(0.0, abs=1e-9)


def test_w4_the_reading_says_breaks_even() -> None:
    from negotiation.report.reading import sentences

    told = " ".join(sentences(read(evaluate(Even(), marginal=True))))
    assert "breaks even at k 0 and gains above; it never loses" in told
    assert "loses without a deal at k" not in told


@dataclass(frozen=True)
class Dips(Even):
    """Both get (k - 5)^2: zero is touched in the middle."""

    def payoffs(self) -> Profiles:
        pay = (np.asarray(self.k, dtype=float) - 5.0) ** 2
        return {
            ("stay", "stay"): (pay, pay),
            ("stay", "go"): (pay, -99.0),
            ("go", "stay"): (-99.0, pay),
            ("go", "go"): (-99.0, -99.0),
        }


def test_w4_zero_touched_within_the_range() -> None:
    found = thresholds(Dips, "k=0:10")
    losses = [(e.value, c.nature) for e in found.events for c in e.changes if c.kind == "loss"]
    assert losses == [(5.0, "touch"), (5.0, "touch")]
    event = regimes(Dips, sweep(Dips, ["k=0:10:11"]))[1]
    assert not event.within
    assert "breaks even without a deal at k = 5, and a never loses" in event.sentence


# --- W5: ties -------------------------------------------------------------------------------------


def tied_game(seed: int) -> type[Model]:
    """A game of small integers at d = 0, and so with ties, that come apart along d."""
    draw = np.random.default_rng(seed)
    start = draw.integers(-1, 2, (2, 2, 2)).astype(float)
    slope = draw.integers(-2, 3, (2, 2, 2)) * draw.choice([1.0, 1.1, 0.37])

    @dataclass(frozen=True)
    class Tied(Model):
        d: float = parameter(0.3, low=-1, high=1, unit="share", source="test")

        players = ("row", "col")
        actions = (("a", "b"), ("c", "d"))
        payoff_unit = "units"

        def payoffs(self) -> Any:
            return start + np.asarray(self.d, dtype=float)[..., None, None, None] * slope

        def talks(self) -> Talks:
            return Talks(self.players, (0.0, 0.0), AgreementSet.money(3.0))

    return Tied


#: Among them all that had thresholds such as 9e-13, 2e-7 or 0.9999999985 before.
SEEDS = (5, 10, 22, 28, 36, 37, 38, 41, 44, 45, 46, 50, 51, 55, 71, 82, 99, 119, 121, 147, 178)


@pytest.mark.parametrize("seed", first(6, SEEDS))
def test_w5_no_threshold_is_rounding(seed: int) -> None:
    found = thresholds(tied_game(seed), "d=0:1", points=33)
    places = [0.0, *(event.value for event in found.events), 1.0]
    gaps = np.diff(places)
    assert not ((gaps > 0) & (gaps < 1e-6)).any(), places
    for event in found.events:
        if event.end:
            assert event.value in (0.0, 1.0)
            assert {c.kind for c in event.changes} & {TIE, "loss", "concession", "surplus", "reply"}
            assert not {c.kind for c in event.changes} & {"equilibrium", "equilibria"}
            assert f"the {'lower' if event.value == 0.0 else 'upper'} end of the range" in sentence(
                found, event
            )
            assert " below," not in sentence(found, event) or event.end == "high"


@pytest.mark.parametrize("seed", first(3, [28, 44, 55, 58, 62, 71, 82, 111, 121]))
@pytest.mark.parametrize("vary", ["d=0:1:6", "d=-1:1:6", "d=-1:1:7"])
def test_w5_regimes_of_a_sweep_with_ties(seed: int, vary: str) -> None:
    model = tied_game(seed)
    events = [e for e in regimes(model, sweep(model, [vary])) if e.within]
    for event in events:
        assert (
            event.value in (0.0, 1.0, -1.0)
            or min(abs(event.value - end) for end in (-1.0, 0.0, 1.0)) > 1e-6
        ), event.sentence
        if vary == "d=0:1:6" and event.value == 0.0:
            assert event.kind == "tie"
            assert "the end of the range, payoffs are exactly tied" in event.sentence


@dataclass(frozen=True)
class Rounding(Even):
    """What both get without a deal is zero to 1e-16, of payoffs of ninety-nine."""

    def payoffs(self) -> Profiles:
        k = np.asarray(self.k, dtype=float)
        pay = 1e-16 * np.sin(1e5 * k)
        return {
            ("stay", "stay"): (pay, pay),
            ("stay", "go"): (pay, -99.0),
            ("go", "stay"): (-99.0, pay),
            ("go", "go"): (-99.0, -99.0),
        }


def test_w5_signs_of_rounding_are_no_events() -> None:
    events = regimes(Rounding, sweep(Rounding, ["k=0:10:2001"]))
    assert not [event for event in events if event.within]
    assert any("is zero along k from 0 to 10" in event.sentence for event in events)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (-1e-12, 1e-9, 0.0),
        (0.49999999999, 0.50000000001, 0.5),
        (1.2344, 1.2356, 1.235),
        (7e8, 7e8, 7e8),
    ],
)
def test_w5_a_place_has_no_more_digits_than_are_known(
    low: float, high: float, shown: float
) -> None:
    assert roundest(low, high) == shown
    assert roundest(high, low) == shown


# --- B2, B15, B16: grids --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vary",
    ["0:1e-18:3", "0:1e-300:3", "0:1e-323:3", "0.3:0.3000000000000001:3", "0.5:0.500000001:5"],
)
def test_b2_a_range_narrower_than_floating_point_ends(vary: str) -> None:
    data = sweep(STANDOFF, [f"diversification={vary}"])
    assert regimes(STANDOFF, data)
    start, stop, _ = vary.split(":")
    assert thresholds(STANDOFF, f"diversification={start}:{stop}", points=9).absent


def test_b2_more_points_than_there_are_numbers() -> None:
    with pytest.raises(GridError, match=r"'d=0\.3:0\.30000000000000004:3' asks for 3 points where"):
        Axis.parse("d=0.3:0.30000000000000004:3")
    with pytest.raises(GridError, match="some would be the same"):
        Axis.parse("d=1:1.0000001:1000000000")


def test_b2_a_root_is_not_sought_below_the_last_bit() -> None:
    calls = 0

    def f(x: float) -> float:
        nonlocal calls
        calls += 1
        assert calls < 200
        return -1.0 if x < 0.7 else 1.0

    found = locate(lambda x, k: np.array([f(v) for v in x]), 1e-18, 0.98, -1.0, 1.0, 1e-28)
    assert found.at[0] == pytest.approx(0.7, abs=1e-15)


@pytest.mark.parametrize("points", [1_000, 1_000_000_000])
def test_b15_an_estimate_takes_no_longer_for_a_billion_points(points: int) -> None:
    start = time.perf_counter()
    told = estimate(STANDOFF, Grid.of([f"diversification=0:1:{points}"]), suffix=".csv")
    assert time.perf_counter() - start < 2.0
    assert told.startswith(f"{points} points ")
    for words in (" of memory", " as .csv", "nothing was written"):
        assert words in told
    assert "more than" not in told, "a file is written piece by piece"
    held = estimate(STANDOFF, Grid.of([f"diversification=0:1:{points}"]), suffix=".json")
    assert ("more than the 10000000 points" in held) == (points > 10_000_000)


def test_b15_a_sweep_of_a_billion_points_is_refused_at_once() -> None:
    with pytest.raises(GridError, match=r"has 1000000000 points; at most 10000000.*\.parquet"):
        sweep(STANDOFF, ["diversification=0:1:1e9"])


@pytest.mark.parametrize(
    ("start", "stop", "points"),
    [(0.0, 0.4, 41), (2.0, -1.0, 7), (0.0, 5e-323, 4), (1e-3, 1e3, 999)],
)
def test_b15_spaced_numbers_are_those_of_linspace(start: float, stop: float, points: int) -> None:
    values, expected = Spaced(start, stop, points), np.linspace(start, stop, points)
    assert list(values) == expected.tolist()
    assert values == tuple(expected.tolist())
    assert values[-1] == stop
    assert values[1:3] == tuple(expected[1:3].tolist())
    np.testing.assert_array_equal(values.at(np.arange(points)), expected)


def test_b16_an_axis_is_walked_once_and_not_once_a_chunk() -> None:
    class Counted(tuple[float, ...]):
        walks = 0

        def __iter__(self) -> Any:
            type(self).walks += 1
            return super().__iter__()

    axis = Axis("d", Counted(k / 2000.0 for k in range(2000)))
    before = Counted.walks
    grid = Grid((axis,))
    chunks = [cloud for start in range(0, 2000, 10) for cloud in grid.clouds(start, start + 10)]
    assert len(chunks) == 200
    assert Counted.walks - before <= 3


def test_b16_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(STANDOFF, "chunk", 64)
    data = sweep(STANDOFF, ["tariff=0:2:3000"], progress=lambda done, total: told.append(done))
    assert told == [*range(64, 3000, 64), 3000]
    np.testing.assert_array_equal(
        data["payoff_exporter"].values[::500],
        [sweep(STANDOFF, {"tariff": [t]})["payoff_exporter"].item() for t in data["tariff"][::500]],
    )


# --- T5: what was given, where, what was expected -------------------------------------------------


@pytest.mark.parametrize(
    ("model", "text", "words"),
    [
        ("canada_us", "diversification=0:2:5", ("'diversification=0:2:5'", "is 2;", "[0, 1)")),
        ("tariff_standoff", "tariff=1,5", ("'tariff=1,5'", "is 5;", "write a decimal point, 1.5")),
        ("tariff_standoff", "tariff=0,1:0,5:3", ("'tariff=0,1:0,5:3'", "decimal point, 0.1")),
        ("canada_us", "markets=Europe", ("'markets=Europe'", "join several with '+'", "EU27")),
        ("canada_us", "elasticities=0:1:5", ("a range of numbers", "takes words", "central")),
    ],
)
def test_t5_an_axis_is_refused_as_it_was_given(
    model: str, text: str, words: tuple[str, ...]
) -> None:
    with pytest.raises((GridError, ParameterError)) as caught:
        Grid.of([text]).fit(load_model(model))
    for word in words:
        assert word in str(caught.value)


def test_t5_ranges_of_thresholds_and_maps() -> None:
    with pytest.raises(
        ParameterError, match=r"'tariff=0:3' leaves what its parameter allows.*is 3"
    ):
        thresholds("tariff_standoff", "tariff=0:3")
    with pytest.raises(GridError, match=r"write a decimal point, 0\.1"):
        thresholds("tariff_standoff", "tariff=0,1:1")
    with pytest.raises(ParameterError, match="'tariff=0:3' leaves what its parameter allows"):
        regime_map("tariff_standoff", "tariff=0:3", "diversification=0:1")


def test_t5_a_decimal_comma_in_a_setting() -> None:
    with pytest.raises(ParameterError, match=r"'0,25'.*write a decimal point: 0\.25"):
        STANDOFF.build({"tariff": "0,25"})
    with pytest.raises(ParameterError, match=r"'Europe'.*join several with '\+'"):
        load_model("canada_us").build({"markets": "Europe"})


def test_t5_percentages_on_an_axis() -> None:
    assert Axis.parse("tariff=10%,25%").values == (0.1, 0.25)
    assert tuple(Axis.parse("tariff=0:50%:3").values) == (0.0, 0.25, 0.5)


# --- T4: one name each ----------------------------------------------------------------------------


def test_t4_old_spellings_are_read() -> None:
    canada: Any = load_model("canada_us")
    assert canada.find_parameter("diversification.metals-energy").name == (
        "diversification.metals_energy"
    )
    grid = Grid.of(["diversification.metals-energy=0,0.1"]).fit(canada)
    assert [axis.name for axis in grid.axes] == ["diversification.metals_energy"]
    assert set(canada().trade_world().tables) >= {"metals_energy", "autos", "forestry"}
    for name in ("delta_canada", "delta.canada", "delta"):
        assert reach(canada, f"{name}=-10000", parameters=["diversification"]).ways


def test_events_are_hashable_and_equal() -> None:
    events = regimes(STANDOFF, sweep(STANDOFF, ["diversification=0:1:5", "tariff=0.1,0.4"]))
    assert len({*events}) == len(events)
    assert {event.place for event in events} == {(("tariff", 0.1),), (("tariff", 0.4),)}
    assert all(isinstance(event, Event) for event in events)
    assert math.isnan(events[0].value) or events[0].within


@dataclass(frozen=True)
class Plateau(Model):
    """Both gain below 6, break even up to 8, and lose above."""

    k: float = parameter(0.0, low=0, high=10, unit="units", source="made up")

    players = ("a", "b")
    actions = (("x",), ("y",))
    payoff_unit = "utils"

    def payoffs(self) -> Any:
        k = np.asarray(self.k, dtype=float)
        value = np.maximum(6.0 - k, 0.0) - np.maximum(k - 8.0, 0.0)
        return np.stack([value, value], axis=-1)[..., None, None]

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


@pytest.mark.full
def test_w4_a_sign_that_changes_across_an_interval_of_zeros_has_two_thresholds() -> None:
    found = thresholds(Plateau, "k=0:10")
    told = [
        (e.value, c.nature, c.below, c.above)
        for e in found.events
        for c in e.changes
        if c.kind == "loss" and c.subject.startswith("the no-deal payoff of a ")
    ]
    even = "a breaks even without a deal"
    assert [each[1:] for each in told] == [
        ("flat", "a gains without a deal", even),
        ("flat", even, "a loses without a deal"),
    ]
    np.testing.assert_allclose([each[0] for each in told], [6.0, 8.0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("points", [21, 40])
def test_w4_a_sweep_says_the_interval_of_zeros(points: int) -> None:
    events = regimes(Plateau, sweep(Plateau, [f"k=0:10:{points}"]))
    event = next(each for each in events if each.kind == "no-deal payoff of a")
    assert event.within
    assert "from k = 6 to 8 a breaks even without a deal" in event.sentence
    assert event.value == pytest.approx(6.0, abs=1e-8)
