"""Packages over draws: a known frontier, a known best package, and the one of least regret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.bargaining import Packages
from negotiation.case import Case
from negotiation.errors import ModelError, ParameterError
from negotiation.outcome import evaluate
from negotiation.report import packages as report
from negotiation.report.package_study import study
from negotiation.report.render import render
from negotiation.study import drawn
from negotiation.study.package_draws import PackageDraws, package_draws


@dataclass(frozen=True)
class Ways(Model):
    """One table with four ways: nothing, `safe` (2, 2), `bold` (2t, 2t), `bad` (1, 1.5).

    No deal is worth (0, 0); where `anger` is positive it is worth 1 less to Canada.
    """

    t: Any = parameter(1.2, unit="US$ million a year", source="test")
    anger: Any = parameter(-1.0, unit="US$ million a year", source="test")

    players = ("canada", "us")
    actions = (("hold",), ("hold", "hit"))
    payoff_unit = "US$ million a year"

    def payoffs(self) -> Any:
        return {("hold", "hold"): (0.0, 0.0), ("hold", "hit"): (-1.0, self.anger)}

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(9.0))

    def packages(self) -> Packages:
        t = np.asarray(self.t, dtype=float)
        one = np.stack(np.broadcast_arrays(0.0, 2.0, 2.0 * t, 1.0), axis=-1)
        two = np.stack(np.broadcast_arrays(0.0, 2.0, 2.0 * t, 1.5), axis=-1)
        return Packages(
            players=("canada", "us"),
            tables=("table",),
            options=(("nothing", "safe", "bold", "bad"),),
            payoffs=np.stack([one, two], axis=-2),
        )


SAFE, BOLD, BAD = 1, 2, 3


def over(case: Case) -> PackageDraws:
    return package_draws(case, study(evaluate(case)).packages)


def test_the_best_package_and_the_frontier_have_known_chances() -> None:
    """t ~ U(0.5, 1.5): bold is best, and alone on the frontier, in half of the draws."""
    case = Case(Ways(), draws=200, priors={"t": "uniform(0.5,1.5)"})
    found = over(case)
    t = case.drawn().values["t"]
    np.testing.assert_array_equal(found.nash, np.where(t > 1.0, BOLD, SAFE))
    assert found.is_nash.tolist() == pytest.approx([0.0, 0.5, 0.5, 0.0])
    assert found.on_frontier.tolist() == pytest.approx([0.0, 0.5, 0.5, 0.0])
    assert found.beats_no_deal.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert found.beats_today is None
    one, two = found.bands(BOLD)
    assert [one.low, one.median, one.high] == pytest.approx([1.1, 2.0, 2.9], abs=0.02)
    assert one == two
    assert found.pooled


def test_the_least_regret() -> None:
    """Bold loses at most 2 - 1 where t = 0.5, safe at most 3.4 - 2 where t = 1.7."""
    bold = over(Case(Ways(), draws=200, priors={"t": "uniform(0.5,1.7)"}))
    assert bold.robust == BOLD
    assert bold.regret[:, BOLD].max() == pytest.approx(1.0, abs=0.02)
    assert bold.regret[:, SAFE].max() == pytest.approx(1.4, abs=0.02)
    safe = over(Case(Ways(), draws=200, priors={"t": "uniform(0.3,1.4)"}))
    assert safe.robust == SAFE
    assert safe.regret[:, SAFE].max() == pytest.approx(0.8, abs=0.02)


def test_differences_are_taken_draw_by_draw() -> None:
    case = Case(Ways(), draws=50, priors={"t": "uniform(0.5,1.5)"})
    one, two = over(case).difference(BOLD, SAFE)
    np.testing.assert_allclose(one, 2.0 * case.drawn().values["t"] - 2.0)
    np.testing.assert_array_equal(one, two)


def test_regimes_are_not_pooled() -> None:
    """A hit makes no deal worth 1 less to Canada, so that each package gains it 1 more."""
    case = Case(Ways(), draws=200, priors={"t": "uniform(0.5,1.5)", "anger": "one_of(-1,1)"})
    found = over(case)
    assert found.of_the_game
    assert not found.pooled
    parts = found.bands_by_regime(SAFE)
    assert parts["hold/hold"][0].median == pytest.approx(2.0)
    assert parts["hold/hit"][0].median == pytest.approx(3.0)
    told = " ".join(render(report.document(study(evaluate(case)), found), "table").split())
    assert "within each regime after a breakdown" in told
    assert "Gains over no deal, within" in told


def test_the_reading_names_the_best_and_the_robust_package() -> None:
    case = Case(Ways(), draws=200, priors={"t": "uniform(0.5,1.7)"})
    told = " ".join(render(report.document(study(evaluate(case)), over(case)), "table").split())
    assert "The best single package is [table: bold] in 58 of 100 draws" in told
    assert "It also has the least largest regret: in its worst draw the mean of both" in told


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(Ways(), draws=20, priors={"t": "uniform(0.5,1.5)"})
    whole = over(case).gains
    monkeypatch.setattr(drawn, "TOGETHER", 13)
    np.testing.assert_array_equal(over(case).gains, whole)


def test_what_cannot_be_drawn_is_refused() -> None:
    packages = study(evaluate(Case(Ways()))).packages
    with pytest.raises(ParameterError, match="nothing to draw"):
        package_draws(Ways(), packages)

    class Fixed(Ways):
        def packages(self) -> Any:
            return None

    with pytest.raises(ModelError, match="packages of a cloud"):
        package_draws(Case(Fixed(), draws=5, priors={"t": "uniform(0,1)"}), packages)
