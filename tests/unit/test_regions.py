"""Regions and their boundaries are where the algebra says they are, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, parameter
from negotiation.errors import GridError, ParameterError
from negotiation.regimes.regions.partition import area
from negotiation.regimes.regions.regions import Curve, RegimeMap, regime_map

#: Location asked of every exact point of a curve, as a share of the range.
LOCATED = 1e-9


@dataclass(frozen=True)
class Flat(Model):
    """Two parameters on a square; the second side never has a choice that matters."""

    x: float = parameter(0.0, low=-2, high=2, unit="units", source="none")
    y: float = parameter(0.0, low=-2, high=2, unit="units", source="none")

    players = ("us", "them")
    names = MappingProxyType({"us": "the us", "them": "the them"})
    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("stay", "move"), ("talk", "hush"))
    payoff_unit = "units"


def lonely(**payoffs: Any) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """A table in which only the first side decides: its payoffs, and the other's, by action.

    What is never played gives its payoffs a span, so that differences are scaled by a constant.
    """
    table: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for action, (own, other) in payoffs.items():
        table[action, "talk"] = (own, other)
        table[action, "hush"] = (own - 9.0, other - 1.0)
    return table


class Circle(Flat):
    """The first side moves within a circle about (0.1, -0.2)."""

    def payoffs(self) -> Any:
        inside = 1.0 - (self.x - 0.1) ** 2 - (self.y + 0.2) ** 2
        return lonely(stay=(0.0, 1.0), move=(inside, 2.0))


class Straight(Flat):
    """The first side moves above a straight line."""

    def payoffs(self) -> Any:
        return lonely(stay=(0.0, 1.0), move=(self.y - 0.3 * self.x - 0.11, 2.0))


class Saddle(Flat):
    """The first side moves where x y > 0.01: two branches that nearly meet."""

    def payoffs(self) -> Any:
        return lonely(stay=(0.0, 1.0), move=(self.x * self.y - 0.01, 2.0))


class Sliver(Flat):
    """The first side moves in a band of width 0.004 along a slanted line."""

    def payoffs(self) -> Any:
        off = self.y - 0.5 * self.x - 0.013
        return lonely(stay=(0.0, 1.0), move=(4e-6 - off**2, 2.0))


@dataclass(frozen=True)
class Island(Flat):
    """The first side moves on a disc far smaller than a cell."""

    at: float = parameter(0.371, low=0, high=1, unit="units", source="none")

    def payoffs(self) -> Any:
        inside = 4e-4 - (self.x - self.at) ** 2 - (self.y - 0.192) ** 2
        return lonely(stay=(0.0, 1.0), move=(inside, 2.0))


class ThreeWays(Flat):
    """Three actions, each best in a sector of 120 degrees around (0.05, 0.07)."""

    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("east", "north", "south"), ("talk", "hush"))

    def payoffs(self) -> Any:
        x, y = self.x - 0.05, self.y - 0.07
        half = np.sqrt(3.0) / 2.0
        return lonely(
            east=(x, 1.0),
            north=(-0.5 * x + half * y, 2.0),
            south=(-0.5 * x - half * y, 3.0),
        )


class Shadow(Flat):
    """Talks over nothing but peace: losses change sign on lines of their own, and by a jump.

    The first side moves right of x = 0.2, which costs the other side 0.6. Left of it the other side
    loses where y > 0.3, right of it where y > -0.3; the first side loses below y = -0.9.
    """

    def payoffs(self) -> Any:
        own = self.y + 0.9
        return lonely(stay=(own, 0.3 - self.y), move=(own + self.x - 0.2, -0.3 - self.y))

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(np.zeros(self.batch_shape) + 9.0))


def draw(model: type[Model], n: int = 17, ends: str = "-1:1", **fixed: Any) -> RegimeMap:
    return regime_map(Case(model, fixed), f"x={ends}", f"y={ends}", points=(n, n))


def of(found: RegimeMap, *kinds: str) -> list[Curve]:
    return [curve for curve in found.curves if set(curve.kinds) == set(kinds)]


def exact(curve: Curve, n: int, low: float = -1.0, high: float = 1.0) -> np.ndarray[Any, Any]:
    """Points of a curve on the lines of the coarsest grid, located one by one."""
    cells = (curve.points - low) / (high - low) * (n - 1)
    return np.asarray(curve.points[(np.abs(cells - np.round(cells)) < 1e-6).any(axis=1)])


def nothing_is_lost(found: RegimeMap) -> None:
    """The regions cover the map once; every polygon belongs to one; every curve has two sides."""
    (a, b), (c, d) = found.plane.low, found.plane.high
    whole = (c - a) * (d - b)
    assert sum(region.share for region in found.regions) == pytest.approx(1.0, abs=1e-9)
    for region in found.regions:
        drawn = sum(area(polygon) for number, polygon in found.polygons if number == region.number)
        assert drawn / whole == pytest.approx(region.share, abs=1e-12)
        assert region.label
        assert found.at(*region.inside).number == region.number
    for curve in found.curves:
        assert curve.regions, curve.sentence
        assert all(left != right for left, right in curve.regions)
        assert curve.sides[0] != curve.sides[1]


def test_a_circle_is_traced_to_nine_digits() -> None:
    found = draw(Circle, ends="-1.5:1.5")
    (curve,) = found.curves
    assert curve.closed
    assert curve.kinds == ("equilibrium",)
    points = exact(curve, 17, -1.5, 1.5)
    radius = np.hypot(points[:, 0] - 0.1, points[:, 1] + 0.2)
    assert len(points) > 30
    assert np.abs(radius - 1.0).max() < LOCATED
    assert curve.residual < 1e-9
    assert not curve.jump
    inner = next(r for r in found.regions if r.label.startswith("move"))
    assert inner.share == pytest.approx(np.pi / 9.0, rel=1e-2)
    assert np.hypot(inner.inside[0] - 0.1, inner.inside[1] + 0.2) < 0.2
    assert curve.sentence.startswith("Move/talk within a closed curve")
    nothing_is_lost(found)


@pytest.mark.full
def test_the_area_within_curves_converges_as_the_square_of_the_step() -> None:
    errors = []
    for n in (9, 13, 17):
        found = draw(Circle, n, "-1.5:1.5")
        inner = next(r for r in found.regions if r.label.startswith("move"))
        errors.append(np.pi / 9.0 - inner.share)
    assert errors[0] > errors[1] > errors[2] > 0.0  # chords lie within the circle
    assert errors[0] / errors[2] == pytest.approx(4.0, rel=0.3)


def test_a_straight_line_has_its_exact_areas_and_ends() -> None:
    found = draw(Straight)
    (curve,) = found.curves
    assert np.abs(curve.points[:, 1] - 0.3 * curve.points[:, 0] - 0.11).max() < LOCATED
    assert {round(abs(x), 12) for x in curve.points[[0, -1], 0]} == {1.0}
    shares = {r.label: r.share for r in found.regions}
    assert shares["move/talk"] == pytest.approx((1.0 - 0.11) / 2.0, abs=1e-9)
    assert shares["stay/talk"] == pytest.approx((1.0 + 0.11) / 2.0, abs=1e-9)
    assert curve.sentence == (
        "Below y = -0.19 at x = -1, 0.11 at 0, 0.41 at 1: stay/talk; above: move/talk: the us "
        "changes from stay to move."
    )
    nothing_is_lost(found)


@pytest.mark.parametrize("n", [8, 9, 17])
def test_a_saddle_is_resolved_by_what_lies_between(n: int) -> None:
    found = draw(Saddle, n)
    curves = of(found, "equilibrium")
    assert len(curves) == 2
    for curve in curves:
        points = exact(curve, n)
        assert np.abs(points[:, 0] * points[:, 1] - 0.01).max() < LOCATED
        assert (np.sign(points[:, 0]) == np.sign(points[0, 0])).all()
    assert [r.label for r in found.regions] == ["stay/talk", "move/talk", "move/talk"]
    nothing_is_lost(found)


def test_a_sliver_between_grid_points_is_found_whole() -> None:
    found = draw(Sliver)
    band = [r for r in found.regions if r.label.startswith("move")]
    assert len(band) == 1
    assert band[0].share == pytest.approx(0.004 / 2.0, rel=0.02)
    for curve in found.curves:
        off = exact(curve, 17) @ np.array([-0.5, 1.0]) - 0.013
        assert np.abs(np.abs(off) - 0.002).max() < LOCATED
    nothing_is_lost(found)


@pytest.mark.full
@pytest.mark.parametrize("at", [0.371, 0.431])  # across a line of the grid; within a cell
def test_an_island_smaller_than_a_cell_is_found(at: float) -> None:
    found = draw(Island, at=at)
    assert [r.label for r in found.regions] == ["stay/talk", "move/talk"]
    assert found.regions[1].share == pytest.approx(np.pi * 4e-4 / 4.0, rel=0.05)
    (curve,) = found.curves
    assert curve.closed
    nothing_is_lost(found)


@pytest.mark.full
def test_three_regimes_meet_in_one_point() -> None:
    found = draw(ThreeWays)
    assert sorted(r.label for r in found.regions) == ["east/talk", "north/talk", "south/talk"]
    assert len(found.curves) == 3
    cell = 2.0 / 16.0
    for curve in found.curves:
        ends = curve.points[[0, -1]]
        meeting = np.hypot(ends[:, 0] - 0.05, ends[:, 1] - 0.07).min()
        assert meeting < 1e-6 * cell  # straight boundaries are drawn on to where they meet
        angles = np.arctan2(curve.points[:, 1] - 0.07, curve.points[:, 0] - 0.05)
        far = np.hypot(curve.points[:, 0] - 0.05, curve.points[:, 1] - 0.07) > 0.06 * cell
        sector = np.array([np.pi / 3.0, -np.pi / 3.0, np.pi, -np.pi])
        assert np.abs(angles[far, None] - sector).min(axis=1).max() < 1e-7
    # Each region is a sector, cut off by the square.
    east = next(r for r in found.regions if r.label.startswith("east"))
    right = 0.95
    up, down = (0.93, 1.07)
    slope = np.sqrt(3.0)
    known = sum(right * h - h**2 / slope / 2.0 for h in (up, down)) / 4.0
    assert east.share == pytest.approx(known, abs=1e-5)
    nothing_is_lost(found)


@pytest.mark.full
def test_a_loss_that_jumps_ends_on_the_curve_of_the_equilibrium() -> None:
    found = draw(Shadow)
    cell = 2.0 / 16.0
    switches = [c for c in found.curves if "equilibrium" in c.kinds]
    assert all(np.abs(exact(c, 17)[:, 0] - 0.2).max() < LOCATED for c in switches)
    assert all(np.abs(c.points[:, 0] - 0.2).max() < 0.05 * cell for c in switches)
    both = [c for c in switches if "loss of them" in c.kinds]
    heights = np.concatenate([c.points[:, 1] for c in both])
    assert heights.min() == pytest.approx(-0.3, abs=0.05 * cell)
    assert heights.max() == pytest.approx(0.3, abs=0.05 * cell)
    lone = of(found, "loss of them")
    assert len(lone) == 2
    for curve in lone:
        level = 0.3 if curve.points[:, 0].mean() < 0.2 else -0.3
        assert np.abs(curve.points[:, 1] - level).max() < 0.05 * cell
        known = exact(curve, 17)
        assert np.abs(known[:, 1] - level).max() < LOCATED
        assert np.abs(curve.points[:, 0] - 0.2).min() < 0.05 * cell
    own = of(found, "loss of us")
    # Right of 0.2 the first side loses below y = -0.7 - x.
    points = np.vstack([exact(c, 17) for c in own])
    expected = np.where(points[:, 0] < 0.2, -0.9, -0.7 - points[:, 0])
    assert np.abs(points[:, 1] - expected).max() < LOCATED
    nothing_is_lost(found)


@pytest.mark.full
def test_what_is_not_solved_is_a_region_of_its_own() -> None:
    class Holed(Straight):
        def payoffs(self) -> Any:
            table = super().payoffs()
            hole = np.where(np.asarray(self.x) > 0.62, np.nan, 0.0)
            return {k: tuple(v + hole for v in values) for k, values in table.items()}

    found = draw(Holed)
    holes = [r for r in found.regions if not r.certified]
    assert len(holes) == 1
    assert holes[0].share == pytest.approx(0.19, abs=1e-5)
    assert "not certified" in holes[0].label
    edge = [c for c in found.curves if "status" in c.kinds]
    assert all(np.abs(exact(c, 17)[:, 0] - 0.62).max() < LOCATED for c in edge)
    nothing_is_lost(found)


def test_no_deal_is_a_region_of_its_own() -> None:
    class Costly(Flat):
        def payoffs(self) -> Any:
            return lonely(stay=(self.x, 0.0), move=(self.x - 5.0, 0.0))

        def talks(self) -> Talks:
            total = np.asarray(self.y) * np.ones(self.batch_shape)
            return Talks(self.players, (0.0, 0.0), AgreementSet.money(total))

    found = draw(Costly, 9)
    none = [r for r in found.regions if "no deal" in r.label]
    assert sum(r.share for r in none) == pytest.approx(0.5, abs=1e-5)
    line = [c for c in found.curves if "deal" in c.kinds]
    assert line
    for curve in line:
        off = np.abs(exact(curve, 9) @ np.array([1.0, -1.0]))
        assert np.median(off) < 2 * LOCATED  # gains of a billionth of the payoffs are none
        assert off.max() < 2e-4 * 2.0 / 8.0  # the curve runs through points of the grid
    nothing_is_lost(found)


def test_a_walk_out_binds_beyond_its_own_line() -> None:
    class Dispute(Flat):
        def payoffs(self) -> Any:
            return lonely(stay=(self.x, -5.0), move=(self.x - 5.0, -5.0))

        def talks(self) -> Talks:
            inside = np.stack([self.y + 0.0 * self.x, -1.0 + 0.0 * self.x], axis=-1)
            return Talks(
                self.players,
                (0.0, 0.0),
                AgreementSet.money(np.zeros(self.batch_shape)),
                inside=inside,
                discount=np.full((*self.batch_shape, 2), 0.05),
            )

    found = regime_map(Case(Dispute, threat="dispute"), "x=-0.9:0.95", "y=-0.9:0.9", points=(9, 9))
    curves = of(found, "walkout of us")
    assert curves
    for curve in curves:
        # Staying is worth half of what the inside options leave: (y + 1) / 2.
        off = curve.points[:, 0] - (curve.points[:, 1] + 1.0) / 2.0
        assert np.median(np.abs(off)) < LOCATED
        assert not curve.jump
        assert "the us's walk-out binds" in curve.sides
    binding = [r for r in found.regions if "the us's walk-out binds" in r.label]
    for region in binding:
        assert region.inside[0] > (region.inside[1] + 1.0) / 2.0
    assert not any(c.kinds == ("walkout of us",) for c in draw(Dispute, 5).curves)
    nothing_is_lost(found)


def test_a_curve_that_runs_along_the_grid_or_through_its_points() -> None:
    class Square(Flat):
        def payoffs(self) -> Any:
            gain = np.minimum(np.asarray(self.x), np.asarray(self.y))
            return lonely(stay=(0.0, 1.0), move=(gain, 2.0))

    found = draw(Square, 9)  # the corner and both arms lie on lines of the grid
    shares = {r.label: r.share for r in found.regions}
    assert len(found.regions) == 2
    assert shares["move/talk"] == pytest.approx(0.25, abs=2e-4)
    for curve in found.curves:
        assert np.abs(np.min(curve.points, axis=1)).max() < 2.0 / 8.0 * 2e-4
    nothing_is_lost(found)


def test_a_map_without_boundaries_is_one_region() -> None:
    found = draw(Circle, 5, "1.5:1.9")
    assert [r.label for r in found.regions] == ["stay/talk"]
    assert found.regions[0].share == pytest.approx(1.0)
    assert not found.curves
    nothing_is_lost(found)


def test_progress_is_told_and_comes_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    regime_map(
        Circle, "x=-1:1", "y=-1:1:19", points=(5, 5), progress=lambda a, b: told.append((a, b))
    )
    assert told[-1] == (95, 95)
    assert [a for a, _ in told] == sorted(a for a, _ in told)


@pytest.mark.parametrize(
    ("axes", "fixed", "words"),
    [
        (("x=0:1", "x=0:1"), {}, "varied twice"),
        (("x=0:1", "y=0:1"), {"x": 0.5}, "both set and varied"),
        (("x=1:0", "y=0:1"), {}, "rising range"),
        (("x=0:1:2", "y=0:1"), {}, "expected 3 to"),
        (("x=0,1", "y=0:1"), {}, "is not an axis"),
        (("x=0:one", "y=0:1"), {}, "is not an axis"),
        (("x=0:nan", "y=0:1"), {}, "rising range"),
        (("x", "y=0:1"), {}, "is not an axis"),
    ],
)
def test_axes_that_make_no_map(axes: tuple[str, str], fixed: dict[str, Any], words: str) -> None:
    with pytest.raises(GridError, match=words):
        regime_map(Case(Circle, fixed), *axes)


@pytest.mark.parametrize(
    ("axes", "options", "words"),
    [
        (("x=0:3", "y=0:1"), {}, "expected a number in"),
        (("z=0:1", "y=0:1"), {}, "no parameter 'z'"),
        (("x=0:1", "y=0:1"), {"rule": "paret"}, "pareto"),
        (("x=0:1", "y=0:1"), {"threat": "dispte"}, "threat point"),
    ],
)
def test_names_and_values_that_fit_no_model(
    axes: tuple[str, str], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        regime_map(Circle, *axes, **options)
