"""Every wrong wedge is refused in one sentence that says what was given, where, and what to try."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.subjects.worlds import Array, build
from negotiation.errors import NegotiationError
from negotiation.trade import Parts, Quota, World, counterfactual

PAIR = ("R0", "R1")
ONE = np.ones((2, 2))


def parts(shares: list[float], rate: Array | None = None, sectors: int = 2) -> Parts:
    cells = (len(shares), sectors, 2)
    return Parts(
        np.broadcast_to(np.array(["a", "b"])[:, None, None], cells),
        np.broadcast_to(np.array(shares)[:, None, None], cells),
        np.zeros(cells) if rate is None else rate,
    )


def quota(**given: Any) -> Quota:
    told = {"origin": "R0", "destination": "R1", "sectors": ["S0"], "limit": 0.5}
    return Quota(**{**told, **given})


@pytest.fixture(scope="module")
def world() -> World:
    return build(1, n=3, s=2, linked=True, theta=(2.0, 6.0)).world


WRONG: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "parts that do not sum to one": (
        lambda: {"tariff": {PAIR: parts([0.3, 0.3])}},
        "S0, intermediate use, whose shares sum to 0.6",
    ),
    "a negative part": (lambda: {"tariff": {PAIR: parts([-0.3, 1.3])}}, "that of 'a' being -0.3"),
    "a part of NaN": (lambda: {"tariff": {PAIR: parts([np.nan, 1.0])}}, "sum to nan"),
    "parts of other sectors": (
        lambda: {"tariff": {PAIR: parts([0.3, 0.7], sectors=3)}},
        "has shape (2, 3, 2); expected (2, 2, 2)",
    ),
    "rates of other parts": (
        lambda: {"export_tax": {PAIR: parts([0.3, 0.7], np.zeros((3, 2, 2)))}},
        "whose rate has shape (3, 2, 2)",
    ),
    "a part at -100 %": (
        lambda: {"export_tax": {PAIR: parts([0.3, 0.7], -np.ones((2, 2, 2)))}},
        "every rate must be finite and above -1",
    ),
    "a part in percent": (
        lambda: {"tariff": {PAIR: parts([0.3, 0.7], np.full((2, 2, 2), 25.0))}},
        "did you mean 0.25?",
    ),
    "parts of nobody": (lambda: {"tariff": {("R0", "XX"): parts([0.3, 0.7])}}, "region 'XX'"),
    "parts of one region": (lambda: {"tariff": {"R0": parts([0.3, 0.7])}}, "has the key 'R0'"),
    "parts without a pair": (lambda: {"tariff": parts([0.3, 0.7])}, "in a mapping by pair"),
    "rents by parts": (lambda: {"rent": {PAIR: parts([0.3, 0.7])}}, "rent[('R0', 'R1')] is given"),
    "an export tax of -100 %": (lambda: {"export_tax": {PAIR: -ONE}}, "export_tax[('R0', 'R1')]"),
    "an export tax in percent": (lambda: {"export_tax": {PAIR: 25 * ONE}}, "did you mean 0.25?"),
    "an export tax of no shape": (
        lambda: {"export_tax": {PAIR: np.ones(3)}},
        "has shape (3,); expected (..., S, 2)",
    ),
    "a rent of -100 %": (lambda: {"rent": {PAIR: -ONE}}, "rent[('R0', 'R1')] holds -1"),
    "a share of two": (lambda: {"rent": {PAIR: ONE}, "rent_share": 2}, "expected 0 to 1"),
    "a share of NaN": (lambda: {"rent": {PAIR: ONE}, "rent_share": np.nan}, "rent_share holds nan"),
    "no taste": (lambda: {"taste": {PAIR: 0 * ONE}}, "taste[('R0', 'R1')] holds 0"),
    "a negative taste": (lambda: {"taste": {PAIR: -ONE}}, "taste[('R0', 'R1')] holds -1"),
    "batches that do not fit": (
        lambda: {"tariff": np.zeros((3, 1, 1, 1, 1)), "export_tax": {PAIR: np.zeros((2, 2, 2))}},
        "tariff (3,), export_tax (2,)",
    ),
    "a quota on nobody": (lambda: {"quotas": [quota(destination="XX")]}, "region 'XX'"),
    "a quota on no sector": (lambda: {"quotas": [quota(sectors=["steel"])]}, "sector 'steel'"),
    "a quota on a word": (lambda: {"quotas": [quota(sectors="S0")]}, "sectors is 'S0'"),
    "a quota on nothing": (lambda: {"quotas": [quota(sectors=[])]}, "sectors is []"),
    "a sector twice": (lambda: {"quotas": [quota(sectors=["S0", "S0"])]}, "different names"),
    "a quota on no use": (lambda: {"quotas": [quota(uses=["finale"])]}, "use 'finale'"),
    "two quotas on one cell": (
        lambda: {"quotas": [quota(), quota(sectors=["S1", "S0"])]},
        "two quotas limit the same trade from R0 to R1",
    ),
    "a quota at home": (lambda: {"quotas": [quota(destination="R0")]}, "two different regions"),
    "a limit of NaN": (lambda: {"quotas": [quota(limit=np.nan)]}, "limit holds nan"),
    "a negative limit": (lambda: {"quotas": [quota(limit=[0.1, -0.5])]}, "limit holds -0.5"),
    "a limit in words": (lambda: {"quotas": [quota(limit="half")]}, "limit is 'half'"),
    "a quota's share of two": (lambda: {"quotas": [quota(rent_share=2)]}, "rent_share holds 2"),
    "less outside than inside": (
        lambda: {"quotas": [quota(over=0.1, inside=0.2)]},
        "expected over at least inside",
    ),
    "no end inside": (lambda: {"quotas": [quota(inside=np.inf)]}, "inside holds inf"),
    "a quota in percent": (lambda: {"quotas": [quota(over=25.0)]}, "did you mean 0.25?"),
    "a quota whose batches differ": (
        lambda: {"quotas": [quota(limit=[0.5, 0.3], over=[0.5, 0.3, 0.2])]},
        "limit (2,), over (3,)",
    ),
    "one quota": (lambda: {"quotas": quota()}, "such as [quota]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_wedges_are_refused(world: World, name: str) -> None:
    given, told = WRONG[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NegotiationError) as caught:
            counterfactual(world, **given())
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.full
def test_a_quota_that_nothing_can_meet_says_so() -> None:
    """Half of what a region makes is sent abroad for nothing: it cannot sell a fiftieth only."""
    world = build(6, n=2, s=2, linked=False, theta=(2.0, 6.0)).world
    assert world.transfer[0] < -0.5 * world.value_added[0]
    quota = Quota("R0", "R1", ["S0", "S1"], [5.0, 0.02], uses=["final"])
    found = counterfactual(world, quotas=[quota])
    assert found.converged.tolist() == [True, False]
    assert found.quotas[0].regime.tolist() == ["slack", "not converged"]
    for name in ("welfare", "prices", "tariff_revenue"):
        values = getattr(found, name)
        assert np.isfinite(values[0, ..., -1]).all()
        assert np.isnan(values[1]).all()
