"""Probabilities over two parameters, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from negotiation.case import Case
from negotiation.errors import GridError, ParameterError
from negotiation.regimes.signal import EQUILIBRIUM
from negotiation.report import chance_map as report
from negotiation.report.render import render
from negotiation.study import drawn
from negotiation.study.chance_map import ChanceMap, Likelihood, chance_map
from tests.unit.test_places import Line, Unknown

AXES = ("x=0:1", "s=-0.1:1.15")


def made(points: int = 7, count: int = 200, event: str = "") -> ChanceMap:
    case = Case(Line(), draws=count, priors={"c": "uniform(0,1)"})
    return chance_map(case, *AXES, points=(points, points), event=event)


def event(found: ChanceMap, phrase: str) -> Likelihood:
    (got,) = [each for each in found.events if each.phrase == phrase]
    return got


def test_probabilities_are_those_of_the_prior() -> None:
    """c ~ U(0, 1): walking out is credible with probability x, and x + 0.5 where x > s."""
    found = made()
    got = event(found, "canada's walk-out is credible")
    x, s = np.meshgrid(found.x, found.y, indexing="ij")
    np.testing.assert_allclose(got.probability, np.minimum(x + 0.5 * (x > s), 1.0), atol=1 / 200)
    struck = event(found, "wait/strike")
    assert struck.kind == EQUILIBRIUM
    np.testing.assert_array_equal(struck.probability, x > s)
    assert (found.certified == 1.0).all()
    assert got.error() == pytest.approx(0.5 / np.sqrt(199), rel=0.01)
    assert found.events[0].spread == 1.0


def test_an_event_may_be_asked_for() -> None:
    asked = made(event="canada's walk-out is not credible").asked
    assert asked is not None
    told = event(made(), "canada's walk-out is credible")
    np.testing.assert_allclose(asked.probability + told.probability, 1.0)
    struck, plays = (made(event=each).asked for each in ("wait/strike", "us plays strike"))
    assert struck is not None
    assert plays is not None
    np.testing.assert_array_equal(struck.probability, plays.probability)
    assert struck.spread == 1.0


def test_a_number_may_be_compared() -> None:
    """A breakdown is worth 50 + 80 (x - c) to Canada, 90 + 80 (x - c) after a strike."""
    found = made(event="breakdown.canada > 90")
    assert found.asked is not None
    x, s = np.meshgrid(found.x, found.y, indexing="ij")
    wanted = np.clip(x - np.where(x > s, 0.0, 0.5), 0.0, 1.0)
    np.testing.assert_allclose(found.asked.probability, wanted, atol=1 / 200)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wait/strik", "no profile of model Line; expected an action of each of canada, us"),
        ("canada's walk-out is credble", "did you mean"),
    ],
)
def test_a_wrong_event_is_refused(text: str, said: str) -> None:
    with pytest.raises(GridError, match=said):
        made(event=text)


def test_what_is_not_known_is_left_out() -> None:
    case = Case(Unknown(), draws=20, priors={"c": "uniform(0,1)"})
    found = chance_map(case, *AXES, points=(5, 5))
    got = event(found, "canada's walk-out is credible")
    assert np.isnan(got.probability[3:]).all()
    assert np.isfinite(got.probability[:3]).all()
    assert found.certified[:, 0].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0]
    assert not report.certified(found)


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(5, 20)
    monkeypatch.setattr(drawn, "TOGETHER", 11)
    parts = made(5, 20)
    for one, other in zip(whole.events, parts.events, strict=True):
        np.testing.assert_array_equal(one.probability, other.probability)


def test_the_document_has_grids_and_rows() -> None:
    found = made(5, 50)
    document = report.document(found)
    told = " ".join(render(document, "table").split())
    assert "Canada's walk-out is credible" in told or "canada's walk-out is credible" in told
    assert "50 draws, the same at each of 5 x 5 points" in told
    rows = render(document, "csv").strip().split("\n")
    lines = [line for line in rows if not line.startswith("#")]
    assert len(lines) == 1 + 25


def test_without_draws_it_is_refused() -> None:
    with pytest.raises(ParameterError, match="nothing to draw over x and s"):
        chance_map(Line(), *AXES)
