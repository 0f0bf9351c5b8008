"""W11, T6: distinct packages are counted, the frontier is whole, a plain package comes first."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from negotiation import load_model
from negotiation.bargaining import CONCEPTS, Packages, agenda, settle
from negotiation.outcome import evaluate
from negotiation.report import packages as report
from negotiation.report.package_study import study
from negotiation.report.render import render


def packages(points: Any, **more: Any) -> Packages:
    """One table whose options pay (V, 2) points."""
    values = np.asarray(points, dtype=float)
    words = tuple(f"option {k}" for k in range(len(values)))
    return Packages(("a", "b"), ("t",), (words,), values.T, **more)


def slow_frontier(points: np.ndarray[Any, Any]) -> set[tuple[float, float]]:
    """Payoffs that no other point is as good as for both and better for one."""
    known = {(float(x), float(y)) for x, y in points if np.isfinite(x + y)}
    return {
        (x, y)
        for x, y in known
        if not any(u >= x and v >= y and (u, v) != (x, y) for u, v in known)
    }


# --- W11 ------------------------------------------------------------------------------------------


def test_w11_the_shipped_packages_are_counted_once() -> None:
    """In July 2026 forestry had no countermeasures to drop: 6 x 6 x 3 of 6 x 6 x 6 differ."""
    assert study(evaluate(load_model("canada_us")())).distinct == 216
    found = study(evaluate(load_model("canada_us")(canada_schedule="2026-07-15")))
    assert found.distinct == 108 == len(np.unique(found.packages.points, axis=0))
    points = np.unique(found.packages.points, axis=0)
    more = points[:, None] - points[None]
    beaten = np.any((more <= 0.0).all(axis=-1) & (more < 0.0).any(axis=-1), axis=1)
    assert len(found.undominated) == (~beaten).sum() == 4
    record = report.document(found).record
    assert record["distinct_packages"] == 108
    assert len(record["frontier_without_money"]) == 4
    assert sum(each["pays_the_same_as"] is None for each in record["packages"]) == 108
    text = render(report.document(found), "table")
    for k in found.undominated:
        row = [f"{value:+,.0f}" for value in found.packages.points[int(k)] if abs(value) >= 1000]
        assert all(value in text for value in row)
    first = [each["payoffs"]["canada"] for each in record["frontier_without_money"]]
    second = [each["payoffs"]["us"] for each in record["frontier_without_money"]]
    assert first == sorted(first)
    assert second == sorted(second, reverse=True)


@pytest.mark.parametrize("seed", range(20))
def test_w11_the_frontier_is_that_of_the_slow_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 6, (25, 2)).astype(float)
    if seed % 3 == 0:
        points[4] = np.nan
    p = packages(points)
    kept = p.points[p.undominated()]
    assert {(float(x), float(y)) for x, y in kept} == slow_frontier(points)
    assert len(kept) == len(slow_frontier(points))
    assert (np.diff(kept[:, 0]) > 0).all()
    same = p.same_as
    for k, each in enumerate(points):
        if np.isfinite(each).all():
            assert same[k] == next(j for j, one in enumerate(points) if (one == each).all())
        else:
            assert same[k] == k


def test_w11_rounding_makes_no_package_distinct() -> None:
    p = packages([[0.1 + 0.2, 1.0], [0.3, 1.0], [0.3, 1.0 + 1e-15], [2.0, 0.0]])
    assert p.same_as.tolist() == [0, 0, 0, 3]
    assert len(p.undominated()) == 2


def test_w11_one_package_alone() -> None:
    p = packages([[1.0, 1.0]])
    assert p.undominated().tolist() == [0]
    assert p.same_as.tolist() == [0]


# --- T6 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", CONCEPTS)
@pytest.mark.parametrize("transfer", [None, 0.2])
def test_t6_a_package_that_pays_the_same_comes_before_a_lottery(
    concept: str, transfer: float | None
) -> None:
    """The middle of the line between two corners is a package of its own."""
    p = packages([[0.0, 4.0], [4.0, 0.0], [2.0, 2.0]], transfer=transfer)
    deal = settle(p, [0.0, 0.0], concept)
    np.testing.assert_allclose(deal.payoffs, [2.0, 2.0])
    assert deal.weights.tolist() == [0.0, 0.0, 1.0]
    assert p.told(deal.weights) == "t: option 2"
    assert deal.paid == 0.0
    assert (deal.waste == 0.0).all()


def test_t6_a_lottery_stays_where_no_package_pays_the_same() -> None:
    p = packages([[0.0, 4.0], [4.0, 0.0], [1.9, 1.9]])
    deal = settle(p, [0.0, 0.0])
    assert (deal.weights > 0.0).tolist() == [True, True, False]


def test_t6_in_a_batch_each_for_itself() -> None:
    points = np.array([[[0.0, 4.0], [4.0, 0.0], [2.0, 2.0]], [[0.0, 4.0], [4.0, 0.0], [1.0, 1.0]]])
    p = Packages(("a", "b"), ("t",), (("x", "y", "z"),), np.swapaxes(points, 1, 2))
    weights = settle(p, [0.0, 0.0]).weights
    np.testing.assert_allclose(weights, np.array([[0.0, 0.0, 1.0], [0.5, 0.5, 0.0]]))


def test_t6_over_several_tables_and_in_any_order() -> None:
    """Two tables of which each gives one side 1: both at once or any lottery pay (1, 1)."""
    one = np.array([[0.0, 1.0], [0.0, 0.0]])  # option 1 pays the first side
    two = np.array([[0.0, 0.0], [0.0, 1.0]])
    p = Packages(
        ("a", "b"), ("s", "t"), (("-", "x"), ("-", "y")), one[:, :, None] + two[:, None, :]
    )
    for deal in [settle(p, [0.0, 0.0]), agenda(p, ("s", "t"), [0.0, 0.0])]:
        assert np.count_nonzero(deal.weights) <= 1


@pytest.mark.parametrize("seed", range(10))
def test_t6_weights_make_up_the_payoffs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = np.array(list(itertools.product([0.0, 1.0, 2.0], repeat=2)))
    points = points[rng.permutation(len(points))] * [1.0, rng.integers(1, 4)]
    p = packages(points, transfer=0.5 if seed % 2 else None)
    for concept in CONCEPTS:
        deal = settle(p, [-0.5, -1.0], concept)
        made = deal.weights @ p.points + np.array([-1.0, 0.5 if seed % 2 else 0.0]) * deal.paid
        np.testing.assert_allclose(made - deal.waste, deal.payoffs, atol=1e-9)
