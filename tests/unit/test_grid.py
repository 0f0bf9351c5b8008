"""Axes and grids: what is read, what is refused in one sentence, and chunks that miss nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import Axis, Grid, Model, parameter
from negotiation.errors import GridError, NegotiationError, ParameterError
from negotiation.model.grid import MOST_POINTS


@dataclass(frozen=True)
class Mixed(Model):
    """Numbers and words; no payoffs are needed here."""

    rate: float = parameter(0.1, low=0, below=1, unit="share", source="test")
    extent: float = parameter(1.0, unit="units", source="test", name="extent.of_it")
    mood: str = parameter("calm", choices=("calm", "cross"), unit="mood", source="test")
    sets: str = parameter("a", choices=("a", "b", "c"), many=True, unit="sets", source="test")


# --- one axis -------------------------------------------------------------------------------------


def test_a_range_has_its_ends_and_even_steps() -> None:
    axis = Axis.parse("diversification=0:0.4:41")
    assert axis.name == "diversification"
    assert axis.numeric
    assert len(axis.values) == 41
    assert (axis.values[0], axis.values[-1]) == (0.0, 0.4)
    assert np.allclose(np.diff(np.array(axis.values, dtype=float)), 0.01, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("tariff=0,0.15,0.25", "tariff", (0.0, 0.15, 0.25)),
        ("tariff=0.25", "tariff", (0.25,)),
        ("diversification.autos=0,1", "diversification.autos", (0.0, 1.0)),
        (" tariff = 0 , 1e-3 ", "tariff", (0.0, 0.001)),
        ("tariff= 1 : -1 : 3 ", "tariff", (1.0, 0.0, -1.0)),
        ("elasticities=low,high", "elasticities", ("low", "high")),
        ("us_schedule=2025-12-31,2026-07-15", "us_schedule", ("2025-12-31", "2026-07-15")),
        ("markets=GBR+CHN,all", "markets", ("GBR+CHN", "all")),
    ],
)
def test_texts_that_are_axes(text: str, name: str, values: tuple[Any, ...]) -> None:
    axis = Axis.parse(text)
    assert (axis.name, axis.values) == (name, values)
    assert axis.numeric == isinstance(values[0], float)


BAD = [
    "",
    "diversification",
    "diversification=",
    "=0:1:5",
    "=",
    "diversification 0:1:5",
    "diversification=0:1",
    "diversification=0:1:5:6",
    "diversification=::",
    "diversification=a:1:5",
    "diversification=0:b:5",
    "diversification=0:1:x",
    "diversification=0:1:2.5",
    "diversification=0:1:1",
    "diversification=0:1:0",
    "diversification=0:1:-3",
    "diversification=0.5:0.5:3",
    f"diversification=0:1:{MOST_POINTS + 1}",
    "diversification=0,,1",
    "diversification=,",
    "diversification=0,1,",
    "diversification=0,0.5,0",
    "diversification=0:inf:3",
    "diversification=-inf:0:3",
]


@pytest.mark.parametrize("text", BAD)
def test_a_text_that_is_no_axis_is_named_with_an_example(text: str) -> None:
    with pytest.raises(GridError) as caught:
        Axis.parse(text)
    message = str(caught.value)
    assert f"'{text}'" in message
    assert "e.g. diversification=0:0.4:41" in message
    assert "\n" not in message


@given(st.text(max_size=25))
def test_any_text_is_an_axis_or_refused(text: str) -> None:
    try:
        axis = Axis.parse(text)
    except GridError:
        return
    assert axis.name
    assert axis.values


@given(
    start=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    count=st.integers(2, 50),
    down=st.booleans(),
)
def test_a_range_runs_from_start_to_stop(
    start: float, width: float, count: int, down: bool
) -> None:
    stop = start - width if down else start + width
    values = Axis.parse(f"x={start!r}:{stop!r}:{count}").values
    assert len(values) == count
    assert (values[0], values[-1]) == (start, stop)
    assert sorted(values, reverse=down) == list(values)


def test_an_axis_has_values_and_each_once() -> None:
    with pytest.raises(GridError, match="axis tariff has no values"):
        Axis("tariff", ())
    with pytest.raises(GridError, match="axis tariff has a value twice"):
        Axis("tariff", (0.0, 0.1, 0.0))


# --- grids ----------------------------------------------------------------------------------------


def test_a_grid_is_the_product_of_its_axes() -> None:
    grid = Grid.of(["a=0:1:5", Axis("b", (1.0, 2.0)), "c=x,y,z"])
    assert grid.shape == (5, 2, 3)
    assert grid.size == 30
    assert Grid.of(grid) is grid
    assert [axis.name for axis in grid.axes] == ["a", "b", "c"]


def test_a_grid_can_be_a_mapping_of_names_to_values() -> None:
    grid = Grid.of({"a": np.linspace(0, 1, 3), "b": "x", "c": 2, "d": ["u", "v"]})
    assert [axis.values for axis in grid.axes] == [(0.0, 0.5, 1.0), ("x",), (2.0,), ("u", "v")]


def test_a_grid_of_nothing_or_of_one_name_twice_is_refused() -> None:
    with pytest.raises(GridError, match=r"needs something to vary, e\.g\. \w+=0:0\.4:41"):
        Grid.of([])
    with pytest.raises(GridError, match="parameter a is varied twice"):
        Grid.of(["a=0,1", "b=0,1", "a=2,3"])


def test_a_grid_that_is_too_large_is_refused_by_its_size() -> None:
    with pytest.raises(GridError, match="the grid has 40000000000 points"):
        Grid.of(["a=0:1:200000", "b=0:1:200000"])
    # The size of a grid that would overflow 64 bits is counted, not wrapped around.
    huge = tuple(Axis(name, tuple(float(k) for k in range(2**11))) for name in "abcdef")
    with pytest.raises(GridError, match=str(2**66)):
        Grid(huge)


def test_names_and_values_are_checked_against_the_model() -> None:
    Grid.of(["rate=0:0.9:3", "extent.of_it=-5,7", "mood=calm,cross", "sets=a+b,c"]).fit(Mixed)
    with pytest.raises(ParameterError, match=r"no parameter 'rat'.*'rate'"):
        Grid.of(["rat=0,1"]).fit(Mixed)
    with pytest.raises(ParameterError, match=r"rate is 1; expected a number in \[0, 1\)"):
        Grid.of(["rate=0,0.5,1"]).fit(Mixed)
    with pytest.raises(ParameterError, match=r"mood is 'angry'.*calm, cross"):
        Grid.of(["mood=calm,angry"]).fit(Mixed)
    with pytest.raises(ParameterError, match="sets is 'd'"):
        Grid.of(["sets=a,a+d"]).fit(Mixed)
    with pytest.raises(NegotiationError, match=r"rate.*nan"):
        Grid.of(["rate=0,nan"]).fit(Mixed)


@pytest.mark.parametrize("text", ["rate=low,high", "rate=0,high", "rate=high,0"])
def test_the_word_where_a_number_belongs_is_named(text: str) -> None:
    word = "low" if "low" in text else "high"
    with pytest.raises(GridError, match=rf"axis rate has the value '{word}'; expected numbers"):
        Grid.of([text]).fit(Mixed)


# --- chunks ---------------------------------------------------------------------------------------

_NUMBERS = st.lists(st.floats(-10, 10), min_size=1, max_size=6, unique=True)
_WORDS = st.lists(st.sampled_from("pqrst"), min_size=1, max_size=4, unique=True)


@given(
    values=st.lists(st.one_of(_NUMBERS, _WORDS), min_size=1, max_size=4),
    size=st.integers(1, 20),
)
def test_clouds_cover_every_point_once_with_its_own_values(
    values: list[list[Any]], size: int
) -> None:
    axes = tuple(Axis(f"axis{k}", tuple(each)) for k, each in enumerate(values))
    grid = Grid(axes)
    points = list(product(*(axis.values for axis in axes)))  # last axis fastest
    seen: list[int] = []
    for start in range(0, grid.size, size):
        stop = min(start + size, grid.size)
        for cloud, rows in grid.clouds(start, stop):
            assert len(rows) >= 1
            for axis in axes:
                part = cloud[axis.name]
                if axis.numeric:
                    assert part.dtype == float
                    assert part.shape == rows.shape
                else:
                    assert isinstance(part, str), "the points of a cloud share their words"
            for k, row in enumerate(rows):
                here = tuple(
                    cloud[axis.name][k] if axis.numeric else cloud[axis.name] for axis in axes
                )
                assert here == points[start + row]
            seen += (start + rows).tolist()
    assert sorted(seen) == list(range(grid.size))


def test_numbers_alone_are_one_cloud() -> None:
    grid = Grid.of(["a=0:1:10", "b=0:1:10"])
    assert [rows.tolist() for _, rows in grid.clouds(64, 100)] == [list(range(36))]
