"""Bands and probabilities against closed forms: a model that is linear in normal parameters."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter, prior
from negotiation.case import Case
from negotiation.draws import DESIGNS
from negotiation.study.bands import LEVELS, Bands, quantiles
from negotiation.study.drawn import drawn

#: Designs; what loads scipy.stats takes its time.
EVERY = [
    pytest.param(name, marks=pytest.mark.full if name == "sobol" else ())
    for name in sorted(DESIGNS)
]

#: Draws of a design, and how many standard errors an estimate may be off: with a seed that is
#: fixed, nothing here is left to chance.
DRAWS, ERRORS = 4000, 4.0


@dataclass(frozen=True)
class Linear(Model):
    """One equilibrium; without a deal `left` gets a x + b y + c, which is normal."""

    x: float = parameter(1.0, prior=prior.normal(1.0, 0.8))
    y: float = parameter(-0.5, prior=prior.normal(-0.5, 1.5))

    players = ("left", "right")
    actions = (("stay", "go"), ("stay", "go"))
    payoff_unit = "money"

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        left = 2.0 * np.asarray(self.x) - np.asarray(self.y) - 3.0
        right = 0.5 * np.asarray(self.x)
        return {
            ("stay", "stay"): (left, right),
            ("go", "stay"): (left - 1.0, right),
            ("stay", "go"): (left, right - 1.0),
            ("go", "go"): (left - 1.0, right - 1.0),
        }

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(99.0))


#: Closed forms: 2 N(1, 0.8) - N(-0.5, 1.5) - 3, and half of N(1, 0.8).
LEFT = NormalDist(2.0 * 1.0 + 0.5 - 3.0, float(np.hypot(2.0 * 0.8, 1.5)))
RIGHT = NormalDist(0.5, 0.4)


def bands(design: str, seed: int = 3) -> Bands:
    return Bands.of(drawn(Case(Linear, draws=DRAWS, design=design, seed=seed)))


def error_of_quantile(law: NormalDist, level: float, draws: int) -> float:
    """Standard error of a quantile of independent draws; other designs have smaller ones."""
    return float(np.sqrt(level * (1.0 - level) / draws) / law.pdf(law.inv_cdf(level)))


@pytest.mark.parametrize("design", EVERY)
def test_bands_are_the_quantiles_of_the_closed_form(design: str) -> None:
    found = bands(design)
    for name, law in (("gain_left", LEFT), ("payoff_right", RIGHT)):
        band = found.band(name)
        for level, value in zip(LEVELS, (band.low, band.middle, band.high), strict=True):
            error = error_of_quantile(law, level, DRAWS)
            assert value[0] == pytest.approx(law.inv_cdf(level), abs=ERRORS * error)


@pytest.mark.parametrize("design", EVERY)
def test_the_probability_of_an_event_is_that_of_the_closed_form(design: str) -> None:
    found = {
        (each.signal.name, each.signal.side): each.probability for each in bands(design).events()
    }
    for side, law in (("left", LEFT), ("right", RIGHT)):
        chance = found["loss", side]
        exact = 1.0 - law.cdf(0.0)
        error = np.sqrt(exact * (1.0 - exact) / DRAWS)
        assert chance.value[0] == pytest.approx(exact, abs=ERRORS * error)
        assert chance.error[0] == pytest.approx(error, rel=0.1)
        assert chance.value[0] + chance.opposite[0] == pytest.approx(1.0, abs=1e-12)


def test_a_latin_hypercube_has_smaller_errors_than_independent_draws() -> None:
    off: dict[str, list[float]] = {"random": [], "latin_hypercube": []}
    for design, errors in off.items():
        for seed in range(5):
            error = bands(design, seed).band("gain_left").middle[0] - LEFT.mean
            errors.append(float(error))
    assert np.abs(off["latin_hypercube"]).max() < 0.5 * np.abs(off["random"]).max()


def test_a_difference_is_known_better_than_what_it_is_between() -> None:
    """The draws are the same on both sides, so that what both share falls out."""
    one = bands("random")
    other = Bands.of(drawn(Case(Linear, {"x": 1.0}, draws=DRAWS, design="random", seed=3)))
    with pytest.raises(Exception, match="not the same"):
        one.difference("gain_left", other)  # y alone is drawn there
    moved = one.difference("gain_left", "payoff_right", 0)
    law = NormalDist(LEFT.mean - 0.5, float(np.hypot(1.5 * 0.8, 1.5)))
    for level, value in zip(LEVELS, (moved.low, moved.middle, moved.high), strict=True):
        error = error_of_quantile(law, level, DRAWS)
        assert value[0] == pytest.approx(law.inv_cdf(level), abs=ERRORS * error)


def test_quantiles_lie_above_the_truth_nearly_as_often_as_below() -> None:
    """What `median_unbiased` means, with few draws, for a skewed law as for a normal one."""
    tries, few = 4000, 25
    normal = np.random.default_rng(5).normal(size=(tries, few))
    for values, exact in (
        (normal, [NormalDist().inv_cdf(level) for level in LEVELS]),
        (np.exp(normal), [np.exp(NormalDist().inv_cdf(level)) for level in LEVELS]),
    ):
        truth = np.array(exact)[:, None]
        off = np.abs((quantiles(values) > truth).mean(axis=1) - 0.5)
        usual = np.abs((np.quantile(values, LEVELS, axis=1) > truth).mean(axis=1) - 0.5)
        assert off.max() < 0.1  # 0.008 is the standard error
        assert usual.max() > 2.0 * off.max()


def test_ranges_cover_nine_of_ten_draws_that_are_made_anew() -> None:
    found = bands("latin_hypercube").band("gain_left")
    anew = np.random.default_rng(7).normal(LEFT.mean, LEFT.stdev, size=20_000)
    inside = np.mean((found.low[0] <= anew) & (anew <= found.high[0]))
    error = np.hypot(np.sqrt(0.09 / anew.size), np.sqrt(2 * 0.0475 / DRAWS))
    assert inside == pytest.approx(0.9, abs=ERRORS * error)
