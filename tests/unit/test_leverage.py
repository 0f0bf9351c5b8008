"""Scores by hand: net concession (L1), asymmetry of losses (L2), marginal leverage (L3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation import AgreementSet, Model, Talks, evaluate, load_model, parameter
from negotiation.bargaining import CONCEPTS, bargain
from negotiation.leverage import Leverage, Marginal, asymmetry, score
from negotiation.tolerances import MARGINAL_STEP, ZERO_LOSS

SIDES = ("canada", "us")


def scored(loss: Any, status_quo: Any = (0.0, 0.0), surplus: float = 0.0) -> Leverage:
    """Score talks over money that make the status quo better by `surplus`, for all concepts."""
    s, lost = np.asarray(status_quo, dtype=float), np.asarray(loss, dtype=float)
    talks = Talks(SIDES, s, AgreementSet.money(s.sum(axis=-1) + surplus))
    d = s - lost
    return score(talks, {name: bargain(talks, d, name) for name in CONCEPTS}, d)


# --- L1: net concession --------------------------------------------------------------------------

LOSS = st.floats(-10.0, 100.0)


@given(LOSS, LOSS, st.floats(-50, 50), st.floats(-50, 50), st.sampled_from(sorted(CONCEPTS)))
def test_net_concession_is_power_share_less_exposure_share(
    first: float, second: float, s1: float, s2: float, concept: str
) -> None:
    """NCL = beta - e where the talks are about the status quo itself, whoever gains without them.

    Numbers up to 100 divided by losses that add up to at least 1: rounding below 1e-12.
    """
    first = max(first, 1.0 - second)
    got = scored((first, second), (s1, s2)).concession[concept]
    np.testing.assert_allclose(got.ncl, got.power_share - got.exposure_share, rtol=0, atol=1e-12)
    e = np.array([first, second]) / (first + second)
    np.testing.assert_allclose(got.exposure_share, e, rtol=0, atol=1e-12)
    np.testing.assert_allclose(got.power_share, [0.5, 0.5], rtol=0, atol=1e-12)
    wanted = np.array([second - first, first - second]) / 2
    np.testing.assert_allclose(got.delta, wanted, rtol=0, atol=1e-12)
    assert float(got.delta.sum()) == pytest.approx(0.0, abs=1e-12)  # what one gives the other gets
    np.testing.assert_allclose(got.ncl, wanted / (first + second), rtol=0, atol=1e-12)


def test_net_concession_by_hand() -> None:
    got = scored((80.0, 40.0), status_quo=(5.0, 7.0))
    assert got.loss.tolist() == [80.0, 40.0]
    for each in got.concession.values():
        assert each.delta.tolist() == [-20.0, 20.0]
        np.testing.assert_allclose(each.ncl, [-1 / 6, 1 / 6], rtol=1e-15)
        np.testing.assert_allclose(each.exposure_share, [2 / 3, 1 / 3], rtol=1e-15)
        np.testing.assert_allclose(each.power_share, [0.5, 0.5], rtol=1e-15)


def test_the_weight_is_the_power_share() -> None:
    talks = Talks(SIDES, (0.0, 0.0), AgreementSet.money(0.0), weight=0.75)
    d = np.array([-80.0, -40.0])
    got = score(talks, {"nash": bargain(talks, d)}, d).concession["nash"]
    assert got.power_share.tolist() == [0.75, 0.25]
    assert got.delta.tolist() == [10.0, -10.0]


def test_losses_that_add_up_to_nothing_have_no_share() -> None:
    """The sides agree on something new; without it nothing is lost on balance."""
    got = scored([(3.0, -3.0), (0.0, 0.0), (-4.0, 1.0)], surplus=10.0).concession["nash"]
    assert got.delta[0].tolist() == [2.0, 8.0]
    assert np.isnan(got.ncl).all()
    assert np.isnan(got.exposure_share).all()
    np.testing.assert_array_equal(got.power_share, np.full((3, 2), 0.5))


def test_no_deal_and_no_threat_have_no_score() -> None:
    got = scored([(-3.0, -2.0), (np.nan, np.nan)]).concession["nash"]
    for part in (got.delta, got.ncl, got.power_share):
        assert np.isnan(part).all()


def test_spread_over_the_concepts() -> None:
    talks = Talks(SIDES, (0.0, 0.0), AgreementSet.frontier([(-1.0, 3.0), (1.0, 2.0), (3.0, -5.0)]))
    d = np.array([-2.0, -1.0])
    got = score(talks, {name: bargain(talks, d, name) for name in CONCEPTS}, d)
    for part in ("delta", "ncl"):
        values = np.stack([getattr(each, part) for each in got.concession.values()])
        low, high = got.spread(part)
        np.testing.assert_array_equal(low, values.min(axis=0))
        np.testing.assert_array_equal(high, values.max(axis=0))
        assert (low < high).all()  # the concepts do differ here


# --- L2: asymmetry of losses ---------------------------------------------------------------------

DEFINED = "defined: both sides lose without a deal"
NEITHER = "undefined: neither side loses without a deal"


@pytest.mark.parametrize(
    ("loss", "log_ratio", "sentence"),
    [
        ((80.0, 40.0), -np.log(2), DEFINED),
        ((40.0, 40.0), 0.0, DEFINED),
        ((1e-3, 1e3), np.log(1e6), DEFINED),
        ((0.0, 40.0), np.inf, "infinite: canada loses nothing without a deal"),
        ((80.0, 0.0), -np.inf, "minus infinite: us loses nothing without a deal"),
        ((1e-12, 40.0), np.inf, "infinite: canada loses nothing without a deal"),
        ((-1e-12, 40.0), np.inf, "infinite: canada loses nothing without a deal"),
        ((80.0, -1e-12), -np.inf, "minus infinite: us loses nothing without a deal"),
        (
            (-5.0, 40.0),
            np.nan,
            "undefined: canada gains without a deal, so it has no loss to compare",
        ),
        ((80.0, -5.0), np.nan, "undefined: us gains without a deal, so it has no loss to compare"),
        ((-5.0, -7.0), np.nan, NEITHER),
        ((0.0, 0.0), np.nan, NEITHER),
        ((-5.0, 0.0), np.nan, NEITHER),
        ((0.0, -5.0), np.nan, NEITHER),
        ((np.nan, 40.0), np.nan, "undefined: there is no certified disagreement point"),
        ((80.0, np.nan), np.nan, "undefined: there is no certified disagreement point"),
        ((np.nan, np.nan), np.nan, "undefined: there is no certified disagreement point"),
        ((np.nan, 0.0), np.nan, "undefined: there is no certified disagreement point"),
    ],
)
def test_asymmetry_and_its_reason(
    loss: tuple[float, float], log_ratio: float, sentence: str
) -> None:
    got = asymmetry(np.array(loss), np.array([2000.0, 28000.0]), SIDES)
    # A logarithm of a quotient: two roundings.
    np.testing.assert_allclose(got.log_ratio, log_ratio, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(got.relative, log_ratio + np.log(2 / 28), rtol=1e-14)
    np.testing.assert_allclose(got.bounded, np.tanh(log_ratio / 2), rtol=1e-14, atol=1e-15)
    assert str(got.status) == sentence


def test_bounded_is_the_difference_of_losses_over_their_sum() -> None:
    """tanh(ln(l2 / l1) / 2) = (l2 - l1) / (l2 + l1)."""
    rng = np.random.default_rng(4)
    loss = 10.0 ** rng.uniform(-3, 3, (200, 2))
    got = asymmetry(loss, None, SIDES)
    wanted = (loss[:, 1] - loss[:, 0]) / loss.sum(axis=1)
    np.testing.assert_allclose(got.bounded, wanted, rtol=0, atol=1e-14)
    assert (np.abs(got.bounded) < 1).all()
    assert np.isnan(got.relative).all()  # no sizes were given


@given(LOSS, LOSS)
def test_asymmetry_changes_sign_when_the_sides_change_places(first: float, second: float) -> None:
    size = np.array([3.0, 50.0])
    one = asymmetry(np.array([first, second]), size, SIDES)
    other = asymmetry(np.array([second, first]), size[::-1], SIDES[::-1])
    for part in ("log_ratio", "relative", "bounded"):
        np.testing.assert_allclose(
            getattr(one, part), -getattr(other, part), rtol=1e-14, atol=1e-15
        )
    sentence = str(one.status)
    wanted = sentence.removeprefix("minus ")
    if wanted.startswith("infinite") and wanted == sentence:
        wanted = "minus " + wanted
    assert str(other.status) == wanted  # the same country is named


def test_a_cloud_of_losses_equals_its_points() -> None:
    loss = np.array([[[8.0, 4.0], [0.0, 4.0], [-1.0, 4.0]], [[np.nan, 1.0], [1.0, -1.0], [-1, -1]]])
    size = np.array([1.0, 2.0])
    cloud = asymmetry(loss, size, SIDES)
    assert cloud.status.shape == (2, 3)
    assert len(set(cloud.status.ravel())) == 6
    for index in np.ndindex(2, 3):
        alone = asymmetry(loss[index], size, SIDES)
        for part in ("log_ratio", "relative", "bounded", "status"):
            np.testing.assert_array_equal(getattr(cloud, part)[index], getattr(alone, part))


def test_what_counts_as_no_loss_is_relative_to_the_other_side() -> None:
    for unit in (1e-6, 1.0, 1e6):
        just, hardly = (
            asymmetry(np.array([share * ZERO_LOSS, 1.0]) * unit, None, SIDES)
            for share in (2.0, 0.5)
        )
        assert str(just.status) == DEFINED
        assert float(hardly.log_ratio) == np.inf


# --- L3: marginal leverage -----------------------------------------------------------------------


def marginal(model: Model, lever: str) -> Marginal:
    got = evaluate(model, marginal=True).leverage
    assert got is not None
    return got.marginal[lever]


def assert_slope(
    slope: Any, own: float, their: float, pie: float = 0.0, within: float = 1e-9
) -> None:
    """Assert the parts and that they add up; payoffs up to 1e3 over steps of 1e-3 round to 1e-9."""
    assert not slope.regime_change.any()
    np.testing.assert_allclose(slope.own_fallback, own, rtol=0, atol=within)
    np.testing.assert_allclose(slope.their_fallback, their, rtol=0, atol=within)
    np.testing.assert_allclose(slope.pie, pie, rtol=0, atol=within)
    np.testing.assert_allclose(slope.total, own + their + pie, rtol=0, atol=within)
    parts = slope.own_fallback + slope.their_fallback + slope.pie
    np.testing.assert_allclose(slope.total, parts, rtol=0, atol=1e-12)


def test_tariff_standoff_by_hand() -> None:
    """The threat is retaliate/impose: d = (3 effort - loss, loss / 2 - damage); deals by money.

    Delta of the exporter is (d1 - d2) / 2, with loss = tariff (1 - diversification) exports.
    """
    model = load_model("tariff_standoff")()
    outcome = evaluate(model, marginal=True)
    assert str(outcome.selection.support) == "retaliate/impose"
    assert outcome.leverage is not None
    assert set(outcome.leverage.marginal) == {"diversification", "tariff"}
    by_diversification = outcome.leverage.marginal["diversification"]
    assert by_diversification.owner == "exporter"
    assert by_diversification.unit == "share of exports"
    assert np.isnan(by_diversification.cost)
    by_tariff = outcome.leverage.marginal["tariff"]
    assert by_tariff.owner == "importer"
    for side in ("left", "right"):
        # d loss / d diversification = -25: own fallback +25 / 2, theirs -12.5 / 2.
        assert_slope(getattr(by_diversification, side), 12.5, 6.25)
        # d loss / d tariff = 70: own fallback 35 / 2, theirs -70 / 2.
        assert_slope(getattr(by_tariff, side), 17.5, 35.0)


def test_a_cloud_of_marginals_equals_its_points() -> None:
    cls = load_model("tariff_standoff")
    shares, tariffs = np.array([[0.1], [0.5], [1.0]]), np.array([0.1, 0.25])
    cloud = marginal(cls.build({"diversification": shares, "tariff": tariffs}), "diversification")
    assert cloud.left.total.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        values = {"diversification": shares[i, 0], "tariff": tariffs[j]}
        alone = marginal(cls.build(values), "diversification")
        for side in ("left", "right"):
            for part in ("total", "own_fallback", "their_fallback", "pie", "regime_change"):
                np.testing.assert_allclose(
                    getattr(getattr(cloud, side), part)[i, j],
                    getattr(getattr(alone, side), part),
                    rtol=0,
                    atol=1e-12,
                )


@dataclass(frozen=True)
class Synthetic(Model):
    """One posture each, so that payoffs are the threat; everything moves with `lever`."""

    lever: float = parameter(0.5, low=0, high=1, unit="share", source="test", lever_of="us")
    kink: float = parameter(2.0, unit="share", source="test")
    bend: float = parameter(0.0, unit="US$", source="test")

    players = SIDES
    actions = (("hold",), ("hold",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        x = np.asarray(self.lever)
        ours = -10.0 - 4.0 * x**2 - 8.0 * np.abs(x - self.kink)
        theirs = -6.0 + 3.0 * x + self.bend * np.maximum(x - self.kink, 0.0) + x**3
        return {("hold", "hold"): (ours, theirs)}

    def talks(self) -> Talks:
        x = np.asarray(self.lever)
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(5.0 * x))

    def lever_cost(self, name: str) -> float | None:
        return {"lever": 7.0}[name]


def test_derivatives_of_a_smooth_model() -> None:
    """Delta of the United States is (d2 - d1 + 5 x) / 2: each part has its own derivative.

    The difference is of second order: for x ** 3 it is off by 2 step ** 2 (a third of f''' = 6).
    """
    x = 0.25
    got = marginal(Synthetic(lever=x), "lever")
    assert float(got.cost) == 7.0
    assert got.owner == "us"
    own = (3.0 + 3.0 * x**2) / 2
    their = -(-8.0 * x + 8.0) / 2
    within = 2 * MARGINAL_STEP**2
    for slope in (got.left, got.right):
        assert_slope(slope, own, their, 2.5, within)
        off = abs(float(slope.own_fallback) - own)
        assert off == pytest.approx(MARGINAL_STEP**2, rel=1e-3)  # of the size that is stated


@pytest.mark.parametrize("bend", [0.0, 6.0])
def test_left_and_right_differ_at_a_kink(bend: float) -> None:
    x = 0.5
    got = marginal(Synthetic(lever=x, kink=x, bend=bend), "lever")
    smooth = (3.0 + 3.0 * x**2) / 2
    within = 2 * MARGINAL_STEP**2
    # d1 = ... - 8 |x - 1/2| rises before the kink and falls after it.
    assert_slope(got.left, smooth, -(-8.0 * x + 8.0) / 2, 2.5, within)
    assert_slope(got.right, smooth + bend / 2, -(-8.0 * x - 8.0) / 2, 2.5, within)


@pytest.mark.parametrize(("x", "blocked"), [(0.0, "left"), (1.0, "right")])
def test_at_a_bound_one_side_is_nan(x: float, blocked: str) -> None:
    got = marginal(Synthetic(lever=x), "lever")
    closed = getattr(got, blocked)
    open_ = got.right if blocked == "left" else got.left
    for part in (closed.total, closed.own_fallback, closed.their_fallback, closed.pie):
        assert np.isnan(part)
    assert not closed.regime_change  # it is the range that ends, not the regime
    assert_slope(open_, (3.0 + 3.0 * x**2) / 2, -(-8.0 * x + 8.0) / 2, 2.5, 2 * MARGINAL_STEP**2)


@dataclass(frozen=True)
class Regimes(Model):
    """Canada holds below a lever of 0.4 and yields above it; the other's payoff jumps there."""

    lever: float = parameter(0.4, low=0, high=1, unit="share", source="test", lever_of="canada")

    players = SIDES
    actions = (("hold", "yield"), ("keep",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        x = self.lever
        return {("hold", "keep"): (-2.0, -5.0 + x), ("yield", "keep"): (-2.4 + x, -1.0)}

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


@pytest.mark.parametrize(
    ("steps", "broken"),
    [
        (-2.5, ()),
        (-1.5, ("right",)),
        (-0.5, ("right",)),
        (0.5, ("left",)),
        (1.5, ("left",)),
        (2.5, ()),
    ],
)
def test_no_derivative_where_the_equilibrium_changes_within_the_steps(
    steps: float, broken: tuple[str, ...]
) -> None:
    got = marginal(Regimes(lever=0.4 + steps * MARGINAL_STEP), "lever")
    for side in ("left", "right"):
        slope = getattr(got, side)
        assert bool(slope.regime_change) == (side in broken)
        if side in broken:
            for part in (slope.total, slope.own_fallback, slope.their_fallback, slope.pie):
                assert np.isnan(part)
        elif steps < 0:  # hold: only the other's fallback moves, by 1
            assert_slope(slope, 0.0, -0.5)
        else:  # yield: only its own
            assert_slope(slope, 0.5, 0.0)


def test_marginals_are_computed_on_request_only() -> None:
    got = evaluate(Synthetic()).leverage
    assert got is not None
    assert got.marginal == {}


def shared_payoffs(x: Any) -> dict[tuple[str, ...], tuple[Any, ...]]:
    return {("hold", "hold"): (-10.0 + 4.0 * np.asarray(x), -6.0)}


@dataclass(frozen=True)
class Family(Model):
    """A lever in two parts, each of which follows the whole until it is set."""

    whole: float = parameter(0.5, low=0, high=1, unit="share", source="test", lever_of="canada")
    autos: float | None = parameter(
        None, low=0, high=1, unit="share", source="test", lever_of="canada", inherits="whole"
    )
    steel: float | None = parameter(
        None, low=0, high=1, unit="share", source="test", lever_of="canada", inherits="whole"
    )

    players = SIDES
    actions = (("hold",), ("hold",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return shared_payoffs(self.value("autos") + 2.0 * self.value("steel"))

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


def test_a_lever_that_others_inherit_moves_them() -> None:
    for lever, weight in (("whole", 3.0), ("autos", 1.0), ("steel", 2.0)):
        for slope in (marginal(Family(), lever).left, marginal(Family(), lever).right):
            assert_slope(slope, 4.0 * weight / 2, 0.0)
    # A part that is set stays where it is when the whole moves.
    assert_slope(marginal(Family(steel=0.2), "whole").right, 4.0 / 2, 0.0)


@dataclass(frozen=True)
class Orphan(Family):
    """The whole is nobody's lever; its parts are."""

    whole: float = parameter(0.5, low=0, high=1, unit="share", source="test")


def test_a_lever_may_inherit_from_a_parameter_that_is_none() -> None:
    assert_slope(marginal(Orphan(), "autos").right, 4.0 / 2, 0.0)
    assert_slope(marginal(Orphan(), "steel").right, 8.0 / 2, 0.0)


@dataclass(frozen=True)
class Generations(Family):
    """Steel follows autos, which follow the whole."""

    steel: float | None = parameter(
        None, low=0, high=1, unit="share", source="test", lever_of="canada", inherits="autos"
    )
    autos: float | None = parameter(
        None, low=0, high=1, unit="share", source="test", lever_of="canada", inherits="whole"
    )


@dataclass(frozen=True)
class Backwards(Model):
    """A grandchild declared before its parent."""

    steel: float | None = parameter(
        None, low=0, high=1, unit="share", source="test", lever_of="canada", inherits="autos"
    )
    autos: float | None = parameter(
        None, low=0, high=1, unit="share", source="test", lever_of="canada", inherits="whole"
    )
    whole: float = parameter(0.5, low=0, high=1, unit="share", source="test", lever_of="canada")

    players = SIDES
    actions = (("hold",), ("hold",))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return shared_payoffs(self.value("autos") + 2.0 * self.value("steel"))

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.0))


@pytest.mark.parametrize("model", [Generations(), Backwards()])
def test_levers_may_inherit_over_generations(model: Model) -> None:
    for lever, weight in (("whole", 3.0), ("autos", 3.0), ("steel", 2.0)):
        assert_slope(marginal(model, lever).right, 4.0 * weight / 2, 0.0)


def test_a_step_that_just_fits_is_taken() -> None:
    """Two steps below a closed bound the right-hand slope exists, as two above the left-hand."""
    low = marginal(Synthetic(lever=2 * MARGINAL_STEP), "lever")
    high = marginal(Synthetic(lever=1.0 - 2 * MARGINAL_STEP), "lever")
    assert np.isfinite(low.left.total)
    assert np.isfinite(high.right.total)
