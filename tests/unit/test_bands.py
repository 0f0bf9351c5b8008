"""Bands by hand: quantiles that are known, regimes that are known, draws that do not count."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from negotiation import AgreementSet, Model, Talks, ThreatPoint, parameter, prior
from negotiation.case import Case
from negotiation.errors import ParameterError, ResultError
from negotiation.glossary import APART, OF_THREAT, RESULTS
from negotiation.outcome import Status
from negotiation.outcome.columns import Column
from negotiation.study.bands import Bands, Shown, draw_by_draw, quantiles
from negotiation.study.drawn import Drawn, drawn
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME

WAR, PEACE, MIXED = "retaliate/impose", "accept/refrain", "accept+retaliate/refrain+impose"
PRIORS = {"tariff": "triangular(0.1,0.25,0.5)", "damage": "uniform(2,12)"}


def by_hand(
    supports: list[list[str]], threat: str = "posture", beside: Any = None, **columns: Any
) -> Drawn:
    """Return draws that say what they are told to: supports (K, D), columns (K, D) or (D,)."""
    words = np.array(supports)
    case = Case("tariff_standoff", priors=PRIORS, draws=words.shape[1], threat=threat)
    made = {"equilibrium": words, "status": np.full(words.shape, Status.CERTIFIED.value)}
    made |= {f"payoff_{player}": np.zeros(words.shape) for player in case.model.players}
    made |= {name: np.broadcast_to(each, words.shape) for name, each in columns.items()}
    found = {name: Column(each, "money", name) for name, each in made.items()}
    others = {
        name: Column(np.asarray(each), "money", name) for name, each in (beside or {}).items()
    }
    return Drawn(case, case.drawn(), {}, found, others)


def numbers(count: int, low: float = 1.0) -> NDArray[np.float64]:
    return low + np.arange(count, dtype=float)


# --- quantiles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 5, 40, 401])
def test_quantiles_are_those_that_numpy_calls_median_unbiased(count: int) -> None:
    values = np.random.default_rng(count).normal(size=(3, count))
    expected = np.quantile(values, [0.05, 0.5, 0.95], axis=1, method="median_unbiased")
    np.testing.assert_allclose(quantiles(values), expected, rtol=1e-14)


def test_quantiles_leave_out_what_is_no_number() -> None:
    values = np.array([[3.0, np.nan, 1.0, 2.0], [np.nan] * 4])
    found = quantiles(values)
    assert found[1, 0] == 2.0
    assert np.isnan(found[:, 1]).all()


# --- regimes --------------------------------------------------------------------------------------


def test_a_range_of_a_regime_is_that_of_its_draws_alone() -> None:
    words = [[WAR] * 60 + [PEACE] * 40]
    payoff = np.concatenate([-numbers(60, 100.0), numbers(40)])
    bands = Bands.of(by_hand(words, payoff_exporter=payoff))
    assert [each.support for each in bands.regimes] == [WAR, PEACE]
    assert bands.share[0].tolist() == [0.6, 0.4]
    band = bands.band("payoff_exporter", 1)
    assert band.middle[0] == pytest.approx(20.5)
    expected = np.quantile(numbers(40), [0.05, 0.95], method="median_unbiased")
    assert [band.low[0], band.high[0]] == pytest.approx(expected.tolist())
    assert (int(band.draws[0]), band.unit, str(band.shown[0])) == (40, "money", Shown.RANGE.value)
    assert bands.band("payoff_exporter", 0).high[0] < -100.0


def test_two_regimes_that_are_as_frequent_each_have_a_range_and_nothing_has_both() -> None:
    bands = Bands.of(by_hand([[WAR, PEACE] * 50], payoff_exporter=[-1.0, 1.0] * 50))
    assert bands.share[0].tolist() == [0.5, 0.5]
    assert sorted(bands.band("payoff_exporter", r).middle[0] for r in (0, 1)) == [-1.0, 1.0]
    with pytest.raises(ResultError, match="several"):
        bands.band("payoff_exporter")


def test_fewer_than_forty_draws_have_a_median_only() -> None:
    count = FEW_DRAWS - 1
    bands = Bands.of(by_hand([[WAR] * 161 + [PEACE] * count], payoff_exporter=numbers(200)))
    band = bands.band("payoff_exporter", 1)
    assert np.isnan([band.low[0], band.high[0]]).all()
    assert band.middle[0] == 162.0 + (count - 1) / 2
    assert str(band.shown[0]) == Shown.MEDIAN.value


def test_a_regime_of_fewer_than_five_in_a_hundred_has_its_frequency_only() -> None:
    words = [[WAR] * 1910 + [PEACE] * 50 + [MIXED] * 40]
    bands = Bands.of(by_hand(words, payoff_exporter=numbers(2000)))
    rare = bands.band("payoff_exporter", 1)
    assert int(rare.draws[0]) == 50 >= FEW_DRAWS
    assert np.isnan([rare.low[0], rare.middle[0], rare.high[0]]).all()
    assert str(rare.shown[0]) == Shown.RARE.value
    assert bands.other[0] == pytest.approx(0.045)
    assert list(bands.shown()) == [0]


def test_five_in_a_hundred_are_enough() -> None:
    bands = Bands.of(by_hand([[WAR] * 950 + [PEACE] * 50], payoff_exporter=numbers(1000)))
    assert bands.share[0, 1] == RARE_REGIME
    assert list(bands.shown()) == [0, 1]
    assert str(bands.band("payoff_exporter", 1).shown[0]) == Shown.RANGE.value
    with pytest.raises(ResultError):  # 95 in 100 are not more than 95
        bands.band("payoff_exporter")


def test_where_one_regime_has_nearly_all_draws_a_range_is_that_of_its_draws() -> None:
    payoff = np.concatenate([numbers(96), np.full(4, -1e6)])
    bands = Bands.of(by_hand([[WAR] * 96 + [PEACE] * 4], payoff_exporter=payoff))
    band = bands.band("payoff_exporter")
    assert int(band.draws[0]) == 96
    assert band.low[0] >= 1.0


def test_regimes_are_those_of_all_points_and_shares_those_of_each() -> None:
    words = [[WAR] * 80 + [PEACE] * 20, [WAR] * 10 + [PEACE] * 90]
    bands = Bands.of(by_hand(words, payoff_exporter=numbers(100)))
    assert [each.support for each in bands.regimes] == [PEACE, WAR]
    assert bands.share.tolist() == [[0.2, 0.8], [0.9, 0.1]]
    assert (list(bands.shown(0)), list(bands.shown(1))) == ([1, 0], [0, 1])
    band = bands.band("payoff_exporter", 1)
    assert band.draws.tolist() == [80, 10]
    assert band.shown.tolist() == [Shown.RANGE.value, Shown.MEDIAN.value]


def test_which_walk_outs_bind_is_part_of_a_regime_where_they_can() -> None:
    margins = {"walkout_exporter": [1.0, -1.0] * 50, "walkout_importer": [-1.0] * 100}
    apart = Bands.of(by_hand([[WAR] * 100], "dispute", **margins))
    assert [each.walkouts for each in apart.regimes] == [(), ("exporter",)]
    assert apart.share[0].tolist() == [0.5, 0.5]
    assert {each.support for each in apart.regimes} == {WAR}
    one = Bands.of(by_hand([[WAR] * 100], "posture", **margins))
    assert [each.walkouts for each in one.regimes] == [()]


# --- what may be pooled ---------------------------------------------------------------------------


def test_what_depends_on_the_regime_is_declared_by_the_threat_point() -> None:
    words, columns = [[WAR, PEACE] * 50], ("delta_exporter", "gain_exporter", "inside_exporter")
    made = {
        name: numbers(100) for name in (*columns, "payoff_exporter", "delta_breakdown_exporter")
    }
    posture = Bands.of(by_hand(words, "posture", **made))
    assert [posture.pooled(name) for name in columns] == [False, False, True]
    nothing = Bands.of(by_hand(words, "status_quo", **made))
    assert [nothing.pooled(name) for name in columns] == [True, True, True]
    for bands in (posture, nothing):
        assert not bands.pooled("payoff_exporter")
        assert not bands.pooled("delta_breakdown_exporter")
    assert nothing.band("delta_exporter").middle[0] == pytest.approx(50.5)


def test_what_is_declared_to_depend_on_no_regime_are_results() -> None:
    assert set(RESULTS) >= APART | OF_THREAT
    assert not APART & OF_THREAT


@dataclass(frozen=True)
class Chicken(Model):
    """Two equilibria, a dispute that is neither, and a threat point of its own."""

    stakes: float = parameter(1.0, low=0.0, high=9.0, prior=prior.uniform(1.0, 3.0))

    players = ("exporter", "importer")
    actions = (("swerve", "dare"), ("swerve", "dare"))
    harshest = MappingProxyType({"exporter": "dare", "importer": "dare"})
    softest = MappingProxyType({"exporter": "swerve", "importer": "swerve"})
    threats = MappingProxyType({"in_force": "things stay as they are"})
    payoff_unit = "money"

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        size = np.asarray(self.stakes)
        return {
            ("swerve", "swerve"): (0.0 * size, 0.0 * size),
            ("swerve", "dare"): (-size, size),
            ("dare", "swerve"): (2.0 * size, -size),
            ("dare", "dare"): (-5.0 * size, -5.0 * size),
        }

    def talks(self) -> Talks:
        return Talks(
            self.players,
            status_quo=(0.0, 0.0),
            agreement=AgreementSet.money(9.0),
            inside=self.threat_point("in_force").payoffs,
        )

    def threat_point(self, name: str) -> ThreatPoint:
        size = np.asarray(self.stakes)
        return ThreatPoint(np.stack([-2.0 * size, -size], axis=-1), name)


@pytest.mark.parametrize("threat", ["in_force", "status_quo", "posture", "dispute"])
def test_what_no_regime_moves_is_the_same_at_every_equilibrium(threat: str) -> None:
    one, other = (
        Bands.of(drawn(Case(Chicken, draws=50, threat=threat, rule=f"best_for_{player}")))
        for player in Chicken.players
    )
    assert (one.values("payoff_exporter") != other.values("payoff_exporter")).all()
    numeric = [name for name, each in one.columns.items() if each.values.dtype.kind == "f"]
    pooled = {name for name in numeric if one.pooled(name)}
    assert {"inside_exporter", "delta_inside_exporter", "yields_exporter"} <= pooled
    assert ("delta_exporter" in pooled) == (threat in ("in_force", "status_quo"))
    for name in pooled:
        np.testing.assert_array_equal(one.values(name), other.values(name), name)


# --- draws that do not count ----------------------------------------------------------------------


def test_draws_that_are_not_solved_are_left_out_and_counted() -> None:
    payoff = np.where(np.arange(100) < 10, np.nan, numbers(100))
    status = np.full(100, Status.CERTIFIED.value, dtype="<U80")
    status[10:15] = Status.PARTIAL.value
    bands = Bands.of(by_hand([[WAR] * 100], payoff_exporter=payoff, status=status))
    assert (bands.draws, int(bands.counted[0])) == (100, 85)
    assert bands.band("payoff_exporter").low[0] > 15.0
    assert int(bands.band("payoff_exporter").draws[0]) == 85
    assert bands.share[0].tolist() == [1.0]


def test_where_nothing_is_solved_there_is_nothing_and_no_error() -> None:
    bands = Bands.of(by_hand([["", ""]], payoff_exporter=np.nan, gain_exporter=numbers(2)))
    assert (bands.regimes, int(bands.counted[0])) == ((), 0)
    assert np.isnan(bands.band("payoff_exporter").middle).all()
    assert np.isnan(bands.probability("gain_exporter").value).all()
    assert np.isnan(bands.other).all()


def test_a_number_that_some_draws_lack_says_how_many_have_it() -> None:
    delta = np.where(np.arange(100) < 30, np.nan, 7.0)
    bands = Bands.of(by_hand([[WAR] * 100], delta_exporter=delta))
    assert int(bands.band("delta_exporter", 0).draws[0]) == 70
    found = bands.probability("delta_exporter")
    assert (found.value[0], found.opposite[0], int(found.draws[0])) == (0.7, 0.0, 100)


# --- probabilities and differences ----------------------------------------------------------------


def test_a_probability_is_a_count_with_its_standard_error() -> None:
    gain = np.array([-1.0] * 30 + [0.0] * 20 + [2.0] * 50)
    bands = Bands.of(by_hand([[WAR, PEACE] * 50], gain_exporter=gain))
    found = bands.probability("gain_exporter")
    assert (found.value[0], found.opposite[0]) == (0.5, 0.3)
    assert found.error[0] == pytest.approx(0.05)
    assert np.asarray(found).tolist() == [0.5]


def test_what_is_no_more_than_rounding_has_no_sign() -> None:
    columns: Any = {"payoff_exporter": np.full(100, -1e3), "gain_exporter": [1e-9, -1e-9] * 50}
    found = Bands.of(by_hand([[WAR] * 100], **columns)).probability("gain_exporter")
    assert (found.value[0], found.opposite[0]) == (0.0, 0.0)


def test_events_are_signals_counted_over_all_draws() -> None:
    case = Case("tariff_standoff", priors=PRIORS, draws=200)
    found = drawn(case)
    bands = Bands.of(found)
    events = {(each.signal.name, each.signal.side): each for each in bands.events()}
    assert {("loss", "exporter"), ("loss", "importer"), ("walk-out", "exporter")} <= set(events)
    gain = found.columns["gain_importer"].values[0]
    chance = events["loss", "importer"].probability
    assert chance.value[0] == np.mean(gain > 1e-6)
    assert chance.opposite[0] == np.mean(gain < -1e-6)
    assert 0.5 < chance.value[0] < 1.0


def test_differences_are_taken_draw_by_draw() -> None:
    rng = np.random.default_rng(1)
    one = rng.permutation(numbers(101))
    other = one[::-1] * 1.0
    bands = Bands.of(by_hand([[WAR] * 101], delta_exporter=one, inside_exporter=other))
    band = bands.difference("delta_exporter", "inside_exporter", 0)
    expected = np.quantile(one - other, [0.05, 0.5, 0.95], method="median_unbiased")
    assert [band.low[0], band.middle[0], band.high[0]] == pytest.approx(expected.tolist())
    apart = (bands.band(name, 0).low[0] for name in ("delta_exporter", "inside_exporter"))
    assert band.low[0] != pytest.approx(next(apart) - next(apart))


def test_differences_between_points_use_the_same_draws() -> None:
    case = Case("tariff_standoff", priors=PRIORS, draws=100)
    low, high = (Bands.of(drawn(Case(case, {"diversification": share}))) for share in (0.1, 0.2))
    band = high.difference("gain_exporter", low, 0)
    moved = draw_by_draw(high.values("gain_exporter"), low.values("gain_exporter"))
    assert band.middle[0] == pytest.approx(np.median(moved[high.index == 0]))
    other = Bands.of(drawn(Case(case, {"diversification": 0.1}, seed=1)))
    with pytest.raises(ParameterError, match="not the same"):
        high.difference("gain_exporter", other, 0)


# --- the rest -------------------------------------------------------------------------------------


def test_what_stands_beside_has_regimes_of_its_own() -> None:
    beside = {
        "equilibrium": [[PEACE] * 97 + [WAR] * 3],
        "payoff_exporter": [numbers(100)],
        "payoff_importer": [numbers(100)],
        "delta_exporter": [numbers(100)],
    }
    bands = Bands.of(by_hand([[WAR] * 100], "status_quo", beside=beside))
    assert bands.beside is not None
    assert [each.support for each in bands.beside.regimes] == [PEACE, WAR]
    assert not bands.beside.pooled("delta_exporter")
    assert int(bands.beside.band("delta_exporter").draws[0]) == 97
    assert Bands.of(by_hand([[WAR] * 100])).beside is None


def test_names_that_are_wrong_are_told() -> None:
    bands = Bands.of(by_hand([[WAR] * 50], gain_exporter=1.0), ["gain_exporter"])
    assert list(bands.columns) == ["gain_exporter"]
    with pytest.raises(ParameterError, match=r"did you mean .*gain_exporter"):
        bands.band("gain_exportr")
    with pytest.raises(ParameterError, match="there are 1"):
        bands.band("gain_exporter", 3)
    with pytest.raises(ParameterError, match="not a column"):
        Bands.of(by_hand([[WAR] * 50]), ["nothing"])
    with pytest.raises(ParameterError, match="words"):
        Bands.of(by_hand([[WAR] * 50])).band("equilibrium", 0)


@pytest.mark.full
def test_effects_of_levers_by_themselves_are_the_same_at_every_profile() -> None:
    model = Case("canada_us", {"diversification": 0.2}).model
    found = model.ask("outcomes")
    for name in model.own_effects:
        values = np.broadcast_to(found[name].values, (3, 3))
        assert abs(values[0, 0]) > 0.0
        np.testing.assert_allclose(values, values[0, 0], rtol=1e-9)
