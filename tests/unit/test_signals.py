"""Signals: one registry for every study, and one finder that solves nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.duties import RATES, Duties
from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.errors import ModelError
from negotiation.outcome import Outcome
from negotiation.regimes import (
    SIGNALS,
    EventNature,
    SignalUse,
    reach,
    regime_map,
    regimes,
    register_signal,
    signals_of,
    thresholds,
)
from negotiation.report import map as report_map
from negotiation.report import thresholds as report_thresholds
from negotiation.report.map_plot import map_plot
from negotiation.report.render import render
from negotiation.study import sweep


@dataclass(frozen=True)
class Line(Model):
    """Without a deal x gets k - 3 and y gets j - 20."""

    k: float = parameter(1.0, low=0.0, high=10.0, unit="units", source="made")
    j: float = parameter(1.0, low=0.0, high=10.0, unit="units", source="made")
    players = ("x", "y")
    actions = (("a",), ("b",))
    payoff_unit = "bn USD a year"

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {("a", "b"): (self.k - 3.0, self.j - 20.0)}

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


@pytest.fixture
def reserves() -> Iterator[None]:
    """Zero at k = 7.5 for x, and at j = 4.75 for y."""

    @register_signal(
        "reserves",
        subject="what {who} has left of its reserves",
        negative="{who} runs out of reserves",
        positive="{who} has reserves left",
        unit="bn USD",
    )
    def left(outcome: Outcome, side: int) -> Any:
        return outcome.selection.payoffs[..., side] - (4.5 if side == 0 else -15.25)

    yield
    SIGNALS.unregister("reserves")


@pytest.mark.usefixtures("reserves")
def test_a_registered_signal_is_an_event_of_a_sweep() -> None:
    data = sweep(Line, {"k": np.linspace(0.0, 10.0, 6)})
    assert_allclose(data["reserves_x"], data["k"] - 7.5)
    assert data["reserves_x"].attrs["units"] == "bn USD"
    event = next(e for e in regimes(Line, data) if e.kind == "reserves of x")
    assert event.within
    assert event.nature is EventNature.CROSSING
    assert event.value == pytest.approx(7.5, abs=1e-9)
    assert (event.below.sign, event.above.sign) == (-1, 1)
    assert event.sentence == (
        "What x has left of its reserves changes sign at k = 7.5: below it x runs out of reserves "
        "(-1.500 bn USD at 6), above it x has reserves left (+0.5000 bn USD at 8)."
    )


def test_a_signal_takes_nobody_elses_column() -> None:
    """Otherwise a sweep tells where that column changes sign."""

    @register_signal("delta", subject="loss of {who}", negative="{who} n", positive="{who} p")
    def loss(outcome: Outcome, side: int) -> Any:
        return outcome.selection.payoffs[..., side]

    try:
        with pytest.raises(ModelError, match="'delta': there is another column 'delta_x'"):
            sweep(Line, {"k": [0.0, 1.0]})
    finally:
        SIGNALS.unregister("delta")


@pytest.mark.usefixtures("reserves")
def test_a_registered_signal_is_a_threshold_and_a_target() -> None:
    found = thresholds(Line, "k=0:10")
    assert [e.value for e in found.events for c in e.changes if c.kind == "reserves"] == [
        pytest.approx(7.5, abs=1e-9)
    ]
    assert "x has reserves left above" in render(report_thresholds.document(found), "table")
    assert any(each.subject == "what y has left of its reserves" for each in found.absent)
    only = thresholds(Line, "k=0:10", when="x runs out of reserves")
    assert [e.value for e in only.events] == [pytest.approx(7.5, abs=1e-9)]
    way = next(w for w in reach(Line, "x has reserves left").ways if w.parameter == "k")
    assert way.value == pytest.approx(7.5, abs=1e-8)


@pytest.mark.full
@pytest.mark.usefixtures("reserves")
def test_a_registered_signal_bounds_regions_of_a_map(tmp_path: Path) -> None:
    found = regime_map(Line, "k=0:10", "j=0:10", points=(5, 5))
    curves = {kind: curve for curve in found.curves for kind in curve.kinds}
    assert_allclose(curves["reserves of x"].points[:, 0], 7.5, atol=1e-8)
    assert_allclose(curves["reserves of y"].points[:, 1], 4.75, atol=1e-8)
    map_plot(found, tmp_path / "map.svg")
    assert (tmp_path / "map.svg").stat().st_size > 1000
    region = found.at(9.0, 1.0)
    assert region.parts["reserves of x"] == "x has reserves left"
    assert "y runs out of reserves" in region.label
    assert "x has reserves left" in render(report_map.document(found), "table")


def loosely(register: Any) -> Any:
    """Let a test give what a type checker refuses."""
    return register


def test_a_name_is_taken_once() -> None:
    for name in ("loss", "equilibrium", "tie"):
        with pytest.raises(ModelError, match=f"'{name}'.* (has this name already|of its own)"):
            loosely(register_signal(name, subject="mine", negative="", positive=""))(
                lambda o, side: 0
            )


@pytest.mark.usefixtures("reserves")
def test_what_a_signal_gives_is_checked() -> None:
    @register_signal("wrong", subject="mine", negative="no", positive="yes")
    def wrong(outcome: Outcome, side: int) -> Any:
        return None

    try:
        with pytest.raises(ModelError, match=r"signal 'wrong' returned None; expected a number"):
            thresholds(Line, "k=0:10")
    finally:
        SIGNALS.unregister("wrong")
    with pytest.raises(ModelError, match="signal 'wrong': negative is None; expected a phrase"):
        loosely(register_signal)("wrong", subject="mine", negative=None, positive="yes")
    with pytest.raises(ModelError, match=r"takes \(outcome\); expected \(outcome, side\)"):
        loosely(register_signal("wrong", subject="mine", negative="no", positive="yes"))(
            lambda outcome: 0
        )


def test_a_signal_that_was_taken_out_is_nowhere() -> None:
    assert {each.name for use in SignalUse for each in signals_of(Line(), use)} == {
        "loss",
        "concession",
        "ncl",
        "walk-out",
        "surplus",
        "concepts",
    }


# --- nothing is solved twice ----------------------------------------------------------------------

SEEN: Counter[float] = Counter()


@dataclass(frozen=True)
class Counted(Model):
    """Moving pays above x = 0.35; every value of x at which payoffs are asked for is counted."""

    x: float = parameter(0.5, low=0, high=1, unit="units", source="made")
    players = ("us", "them")
    actions = (("stay", "move"), ("talk",))
    payoff_unit = "units"

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        x = np.asarray(self.x, dtype=float)
        SEEN.update(np.atleast_1d(x).tolist())
        return {
            ("stay", "talk"): (-1.0 + 0.0 * x, 0.45 - x),
            ("move", "talk"): (-1.35 + x, 0.45 - x),
        }

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


@pytest.mark.parametrize(("points", "twice"), [(8, []), (7, [pytest.approx(0.35)])])
def test_a_sweep_and_its_regimes_ask_for_no_point_twice(points: int, twice: list[float]) -> None:
    """But of a point where payoffs are tied more is asked than a sweep has recorded."""
    SEEN.clear()
    data = sweep(Counted, {"x": np.linspace(0.05, 0.95, points)})
    events = regimes(Counted, data)
    assert [e.value for e in events if e.kind == "equilibrium"] == [pytest.approx(0.35, abs=1e-9)]
    assert [x for x, times in SEEN.items() if times > 1] == twice


def test_thresholds_solve_no_point_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: Counter[float] = Counter()
    from negotiation import games

    original = games.solve

    def counting(game: Any, **words: Any) -> Any:
        solved.update(np.atleast_2d(game.payoffs[..., 0, 1, 0]).ravel().tolist())
        return original(game, **words)

    monkeypatch.setattr(games, "solve", counting)
    assert thresholds(Counted, "x=0.05:0.95").events
    assert solved
    assert max(solved.values()) == 1


# --- many actions ---------------------------------------------------------------------------------


def best(x: float) -> str:
    """The dominant duty of a, and what is then best for b."""
    i = int((RATES * (0.2 + x - RATES)).argmax())
    j = int((RATES * (0.4 - RATES - 0.5 * RATES[i])).argmax())
    return f"{Duties.actions[0][i]}/{Duties.actions[1][j]}"


@pytest.mark.full
def test_a_grid_of_21_by_21_duties_finds_its_regimes() -> None:
    """How long it takes is measured by ``python -m benchmarks sweep``."""
    data = sweep(Duties, {"x": np.linspace(0.003, 0.497, 20)})
    events = [each for each in regimes(Duties, data) if each.kind == "equilibrium"]
    assert len(events) >= 10
    for event in events:
        assert event.below.support == best(event.value - 1e-5)
        assert event.above.support == best(event.value + 1e-5)
    assert events[0].below.support == best(0.003)
    for one, two in pairwise(events):
        assert one.above.support == two.below.support
