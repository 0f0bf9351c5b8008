"""A score taken apart draw by draw: every draw adds up, and regimes are not pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.case import Case
from negotiation.errors import ParameterError
from negotiation.report import attribution as report
from negotiation.report.render import render
from negotiation.study import drawn
from negotiation.study.attribution import attribute
from negotiation.study.shares import shares


@dataclass(frozen=True)
class Added(Model):
    """Losses that add up over two tables: the value of a table is what it loses, halved.

    The United States may hit back, which pays it where `anger` is positive and costs Canada 7.
    """

    steel: Any = parameter(1.0, low=0, high=1, unit="share", source="test", stake="metals")
    cars: Any = parameter(1.0, low=0, high=1, unit="share", source="test", stake="autos")
    a: Any = parameter(6.0, unit="US$ million a year", source="test")
    b: Any = parameter(4.0, unit="US$ million a year", source="test")
    anger: Any = parameter(-1.0, unit="US$ million a year", source="test")

    players = ("canada", "us")
    actions = (("hold",), ("hold", "hit"))
    payoff_unit = "US$ million a year"

    def payoffs(self) -> Any:
        canada = -(self.a * self.steel + self.b * self.cars)
        return {
            ("hold", "hold"): (canada, 0.0),
            ("hold", "hit"): (canada - 7.0 * self.steel, self.anger * np.asarray(self.steel)),
        }

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


BOTH = {"a": "uniform(2,10)", "b": "uniform(1,5)"}


def test_each_draw_is_taken_apart_by_itself() -> None:
    """delta = -(a + b)/2, so that the tables' values are -a/2 and -b/2 in every draw."""
    case = Case(Added(), draws=200, priors=BOTH)
    found = shares(case)
    values = case.drawn().values
    assert found.tables == ("metals", "autos")
    np.testing.assert_allclose(found.table[:, 0], -values["a"] / 2, atol=1e-9)
    np.testing.assert_allclose(found.table[:, 1], -values["b"] / 2, atol=1e-9)
    np.testing.assert_allclose(found.table.sum(axis=1), found.total, atol=1e-12)
    bands = found.bands()
    told = bands["metals"]
    assert [told.low, told.median, told.high] == pytest.approx([-4.8, -3.0, -1.2], abs=0.03)
    # Medians of the parts do not add up to that of the whole in general, their draws do.
    assert found.residual.max() < 1e-12


def test_how_often_the_largest_is_another() -> None:
    """P(b > a) for a ~ U(2, 10), b ~ U(1, 5): the triangle of sides 3 in a box of 8 by 4."""
    case = Case(Added(), draws=500, priors=BOTH)
    found, at = shares(case), attribute(case, by="tables")
    assert found.largest()["autos"] == pytest.approx(4.5 / 32, abs=0.03)
    assert found.reordered(at) == pytest.approx(found.largest()["autos"])


def test_regimes_are_not_pooled() -> None:
    """Where the United States hits back, metals cost another 7: two ranges, never one."""
    case = Case(Added(), draws=200, priors={**BOTH, "anger": "one_of(-1,1)"})
    found = shares(case)
    assert not found.pooled
    parts = found.bands_by_regime()["metals"]
    assert [parts[name].share for name in ("hold/hold", "hold/hit")] == [0.5, 0.5]
    assert parts["hold/hold"].median == pytest.approx(-3.0, abs=0.2)
    assert parts["hold/hit"].median == pytest.approx(-3.0 - 3.5 - 0.5, abs=0.2)
    told = " ".join(render(report.document(attribute(case), case, found), "table").split())
    assert "Where the equilibrium is hold/hit, which it is in 50 of 100 draws" in told
    assert "within each regime" in told


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(Added(), draws=20, priors=BOTH)
    whole = shares(case).table
    monkeypatch.setattr(drawn, "TOGETHER", 13)
    np.testing.assert_array_equal(shares(case).table, whole)


def test_without_draws_it_is_refused() -> None:
    with pytest.raises(ParameterError, match="nothing to draw"):
        shares(Added())
