"""Maps of regimes: what must hold of every plane cut into regions, for drawn models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import AgreementSet, Model, Talks, evaluate, parameter
from negotiation.regimes.regions.partition import area
from negotiation.regimes.regions.regions import RegimeMap, regime_map
from tests.drawn import examples

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full

coefficient = st.floats(-1.0, 1.0).map(lambda value: round(value, 3))


@dataclass(frozen=True)
class Drawn(Model):
    """Two sides, two actions each; payoffs at every profile are planes or bowls in x and y."""

    x: float = parameter(0.0, low=-2, high=2, unit="units", source="none")
    y: float = parameter(0.0, low=-2, high=2, unit="units", source="none")

    players = ("us", "them")
    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("stay", "move"), ("talk", "hush"))
    payoff_unit = "units"
    terms: ClassVar[Any] = np.zeros((4, 2, 4))

    def payoffs(self) -> Any:
        x, y = np.asarray(self.x), np.asarray(self.y)
        bases = np.stack([np.ones_like(x * y), x + 0 * y, y + 0 * x, 0.5 * (x**2 - x * y)], axis=-1)
        values = np.einsum("...t,kpt->...kp", bases, type(self).terms)
        profiles = [(a, b) for a in self.actions[0] for b in self.actions[1]]
        return {each: tuple(values[..., k, p] for p in (0, 1)) for k, each in enumerate(profiles)}

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(np.zeros(self.batch_shape) + 0.5))


terms = st.lists(coefficient, min_size=32, max_size=32).map(
    lambda each: np.array(each).reshape(4, 2, 4)
)


def drawn(values: Any) -> type[Model]:
    class Here(Drawn):
        terms: ClassVar[Any] = values

    return Here


def draw(model: type[Model], n: int = 5) -> RegimeMap:
    return regime_map(model, "x=-1:1", "y=-0.9:1.1", points=(n, n))


@given(terms, st.integers(0, 2**31))
@examples(2, deadline=None)
def test_the_regions_cover_the_map_once_and_say_what_holds_there(values: Any, seed: int) -> None:
    model = drawn(values)
    found = draw(model)
    assert sum(region.share for region in found.regions) == pytest.approx(1.0, abs=1e-6)
    total = sum(area(polygon) for _, polygon in found.polygons)
    assert total == pytest.approx(4.0, rel=1e-6)
    low, high = np.array(found.plane.low), np.array(found.plane.high)
    for region in found.regions:
        assert region.label
        if region.room > 1e-3:
            assert found.at(*region.inside).number == region.number
    for curve in found.curves:
        assert curve.sides[0] != curve.sides[1]
        assert all(left != right for left, right in curve.regions)
        assert (curve.points >= low - 1e-12).all()
        assert (curve.points <= high + 1e-12).all()
    points = low + np.random.default_rng(seed).random((200, 2)) * 2.0
    outcome = evaluate(model().replace({"x": points[:, 0], "y": points[:, 1]}))
    for point, support in zip(points, outcome.selection.support, strict=True):
        region = found.at(*point)
        if region.parts.get("equilibrium") == support or not region.certified:
            continue
        # Chords stray from curved boundaries by the square of the step, which is coarse here.
        near = min(np.hypot(*(curve.points - point).T).min() for curve in found.curves)
        assert near < 0.3, (point, region.label, support)


def test_units_move_no_boundary() -> None:
    values = np.random.default_rng(2).uniform(-1.0, 1.0, (4, 2, 4)).round(3)

    class Small(Drawn):
        terms: ClassVar[Any] = values

        def talks(self) -> None:  # type: ignore[override] # no talks at all
            return None

    class Large(Small):
        terms: ClassVar[Any] = 1024.0 * values

    one, other = draw(Small, 4), draw(Large, 4)
    assert [r.label for r in one.regions] == [r.label for r in other.regions]
    assert len(one.curves) == len(other.curves)
    for a, b in zip(one.curves, other.curves, strict=True):
        assert a.kinds == b.kinds
        assert a.points == pytest.approx(b.points, abs=1e-7)


def test_the_equilibrium_differs_on_both_sides_of_an_exact_point() -> None:
    values = np.random.default_rng(3).uniform(-1.0, 1.0, (4, 2, 4)).round(3)
    model = drawn(values)
    found = draw(model)
    looked = 0
    for curve in found.curves:
        if "equilibrium" not in curve.kinds:
            continue
        cells = (curve.points - found.plane.low) / 2.0 * 4.0
        on_x = np.abs(cells[:, 0] - np.round(cells[:, 0])) < 1e-9
        for x, y in curve.points[on_x]:
            if abs(y - 0.1) > 0.999:
                continue
            aside = np.array([y - 2e-4, y + 2e-4])
            outcome = evaluate(model().replace({"x": np.array([x, x]), "y": aside}))
            assert outcome.selection.support[0] != outcome.selection.support[1]
            looked += 1
    assert looked
