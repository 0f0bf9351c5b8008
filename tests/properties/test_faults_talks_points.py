"""W2: `canada_us` solves at random points over all ranges; a slice of `many_points`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from negotiation import Case, load_model
from negotiation.outcome import evaluate
from tests.properties import many_points
from tests.properties.many_points import draw, run, study


@pytest.mark.full
def test_a_slice_of_random_points_solves_in_every_way() -> None:
    tally = run([0, 2])
    assert not tally.faults, many_points.table(tally)
    assert tally.statuses.total() > 4


def test_the_draws_cover_pairs_words_dotted_names_and_arrays() -> None:
    drawn = [draw(seed) for seed in range(60)]
    names = {name for each in drawn for name in each}
    assert names == set(load_model("canada_us").parameters())
    assert {len(each) for each in drawn} >= {2, len(names)}
    assert any(np.ndim(value) == 2 for each in drawn for value in each.values())


def test_a_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise TypeError("reshape() takes exactly 1 argument (0 given)")

    monkeypatch.setattr(many_points, "evaluate", broken)
    assert "reshape" in many_points.table(run([0]))
    tally = many_points.Tally()
    study(0, tally, ["solve {model} --no-such-option"])
    assert not tally.faults
    assert any("refused" in each for each in tally.commands)


@pytest.mark.parametrize("weight", ["auto_weight_us", "auto_weight_canada"])
@pytest.mark.parametrize("moved", [0.5, 0.0])
def test_a_weight_on_autos_and_goods_half_moved_solve_together(weight: str, moved: float) -> None:
    """The dispute is then a trade equilibrium of its own, with no axes of postures."""
    point = load_model("canada_us").build({weight: 1.0, "already_moved": moved})
    found = evaluate(Case(point, threat="dispute"))
    assert bool(found.certified)
    cloud = point.replace({weight: np.array([1.0, 2.0])})
    assert np.allclose(
        evaluate(Case(cloud, threat="dispute")).threat.payoffs[0], found.threat.payoffs
    )
