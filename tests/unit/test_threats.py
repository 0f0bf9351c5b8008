"""Threat points other than the game's own, and the horizon of `canada_us`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from negotiation import AgreementSet, Case, Model, Talks, evaluate, load_model, parameter
from negotiation.bargaining import bargain
from negotiation.errors import ModelError, ParameterError
from negotiation.model import ThreatPoint
from negotiation.report import solution
from negotiation.report.render import render
from negotiation.report.sweep import reading
from negotiation.report.text import text
from negotiation.study import sweep
from negotiation.trade import TradeEquilibrium, counterfactual
from negotiation.trade.tariffs.chosen import nash_tariffs

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Standoff(Model):
    """Retaliating and imposing dominate; a storm is worse for both."""

    damage: Any = parameter(8.0, low=0, unit="US$", source="test", lever_of="importer")

    players = ("exporter", "importer")
    actions = (("accept", "retaliate"), ("refrain", "impose"))
    threats = {"storm": "both lose", "rumour": "both lose, perhaps", "broken": "of the wrong shape"}  # noqa: RUF012

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        return {
            ("accept", "refrain"): (0.0, 0.0),
            ("accept", "impose"): (-10.0, 2.0),
            ("retaliate", "refrain"): (1.0, -self.damage),
            ("retaliate", "impose"): (-9.0, -1.0),
        }

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.5, 0.25), agreement=AgreementSet.money(1.0))

    def threat_point(self, name: str) -> Any:
        if name == "broken":
            return ThreatPoint(np.zeros(3), "three payoffs for two players")
        return ThreatPoint(np.array([-20.0, -40.0]), f"a {name}", name == "storm", {"force": 11})


class Silent(Standoff):
    def talks(self) -> None:  # type: ignore[override]
        return None


class Forgetful(Standoff):
    threat_point = Model.threat_point


def test_the_default_threat_is_the_selected_equilibrium() -> None:
    found = evaluate(Standoff(), marginal=True)
    assert found.threat.name == "posture"
    assert_array_equal(found.threat.payoffs, found.selection.payoffs)
    assert "rule: pareto" in found.threat.about
    assert bool(found.threat.certified)
    assert found.leverage is not None
    assert set(found.leverage.marginal) == {"damage"}


def test_a_named_threat_takes_the_place_of_the_equilibrium_in_every_score() -> None:
    found = evaluate(Case(Standoff(), threat="storm"), marginal=True)
    nash = found.agreements["nash"]
    assert_array_equal(nash.disagreement, [-20.0, -40.0])
    # One to share: 61 is gained over (-20, -40), half each.
    assert_allclose(nash.payoffs, [10.5, -9.5])
    assert found.leverage is not None
    assert_array_equal(found.leverage.loss, [20.5, 40.25])
    assert found.leverage.asymmetry.log_ratio == pytest.approx(np.log(40.25 / 20.5))
    assert found.leverage.marginal == {}
    assert bool(found.certified)
    assert_allclose(found.selection.payoffs, [-9.0, -1.0], atol=1e-12)


def test_an_uncertified_threat_is_said_and_its_numbers_are_kept() -> None:
    found = evaluate(Case(Standoff(), threat="rumour"))
    assert not bool(found.certified)
    assert "threat point" in str(found.status)
    assert_allclose(found.agreements["nash"].payoffs, [10.5, -9.5])
    assert str(evaluate(Standoff()).status).startswith("certified")


def test_the_status_quo_as_a_threat_costs_nobody_anything() -> None:
    found = evaluate(Case(Standoff(damage=np.array([1.0, 8.0])), threat="status_quo"))
    assert_array_equal(found.threat.payoffs, [[0.5, 0.25], [0.5, 0.25]])
    scores = found.leverage
    assert scores is not None
    assert_array_equal(scores.loss, 0.0)
    assert np.isnan(scores.asymmetry.log_ratio).all()
    assert all("neither side loses" in str(each) for each in scores.asymmetry.status)
    assert np.isnan(scores.concession["nash"].ncl).all()
    # A quarter is left to share above (0.5, 0.25).
    assert_allclose(found.agreements["nash"].concession, 0.125)


class Patient(Standoff):
    """Talks go on under (-2, 1), sides are unlike patient, and break down now and then."""

    def talks(self) -> Talks:
        return Talks(
            self.players,
            status_quo=(0.5, 0.25),
            agreement=AgreementSet.money(1.0),
            inside=(-2.0, 1.0),
            discount=(0.05, 0.1),
            hazard=0.2,
        )


def test_a_dispute_is_the_engine_and_walking_out_an_outside_option() -> None:
    found = evaluate(Case(Patient(), threat="dispute"))
    w = found.selection.payoffs
    assert_allclose(w, [-9.0, -1.0], atol=1e-12)
    d = [(0.05 * -2.0 + 0.2 * -9.0) / 0.25, (0.1 * 1.0 + 0.2 * -1.0) / 0.3]
    assert_allclose(found.threat.payoffs, d)
    weight = (0.1 + 0.2) / (0.05 + 0.1 + 2 * 0.2)
    surplus = 1.0 - sum(d)
    deal = np.array([d[0] + weight * surplus, d[1] + (1.0 - weight) * surplus])
    assert_allclose(found.agreements["nash"].payoffs, deal)
    assert found.leverage is not None
    credible = found.leverage.credibility
    assert_allclose(credible.staying, deal)
    assert_allclose(credible.margin, w - deal)
    assert not credible.credible.any()
    # What is printed is the weight that was used.
    record = solution.record(found)
    assert f"weight {weight:g}" in record["provenance"]["concept"]
    assert "weight 0.5;" in solution.record(evaluate(Patient()))["provenance"]["concept"]


def test_a_walk_out_that_binds_moves_the_deal_to_it_and_no_further() -> None:
    class Strong(Patient):
        def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
            table = super().payoffs()
            return table | {("retaliate", "impose"): (-9.0, 2.5)}

        def talks(self) -> Talks:
            return dataclasses.replace(super().talks(), hazard=0.0)

    found = evaluate(Case(Strong(), threat="dispute"))
    assert found.leverage is not None
    assert found.leverage.credibility.margin[1] > 0.0
    assert_array_equal(found.agreements["nash"].payoffs, [1.0 - 2.5, 2.5])
    assert_array_equal(found.agreements["nash"].binding, [False, True])


@pytest.mark.parametrize("d", [0.0, -0.001, 0.001])
def test_a_walk_out_can_be_bought_off_where_the_dispute_leaves_nothing_to_gain(d: float) -> None:
    """The deal is that of a surplus just above zero: it does not jump where there is none."""
    talks = Talks(("one", "other"), (0.0, 0.0), AgreementSet.money(0.0))
    found = bargain(talks, (d, d), outside=(-8.0, 4.0))
    assert_allclose(found.payoffs, [-4.0, 4.0])
    assert str(found.status) == "agreed"
    # It does not pay to buy off a side whose walk-out hurts less than what it asks for.
    lost = bargain(talks, (d, d), outside=(-3.0, 4.0))
    assert np.isnan(lost.payoffs).all()
    assert "outside options" in str(lost.status)


def test_credibility_does_not_depend_on_the_threat_asked_for() -> None:
    margins = []
    for name in ("posture", "dispute", "storm", "status_quo"):
        scores = evaluate(Case(Patient(), threat=name)).leverage
        assert scores is not None
        margins.append(scores.credibility.margin)
    assert_array_equal(margins, np.broadcast_to(margins[0], (4, 2)))


def test_without_inside_options_the_dispute_is_the_posture() -> None:
    one, other = (evaluate(Case(Standoff(), threat=name)) for name in ("posture", "dispute"))
    assert_array_equal(one.threat.payoffs, other.threat.payoffs)
    assert_array_equal(one.agreements["nash"].payoffs, other.agreements["nash"].payoffs)


def test_what_cannot_be_threatened_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"'strom' \(did you mean 'storm'\?\); choose from"):
        evaluate(Case(Standoff(), threat="strom"))
    with pytest.raises(ParameterError, match=r"one point at a time.*\(2,\)"):
        evaluate(Case(Standoff(damage=np.array([1.0, 8.0])), threat="storm"))
    with pytest.raises(ModelError, match=r"no talks"):
        evaluate(Case(Silent(), threat="status_quo"))
    with pytest.raises(ModelError, match=r"shape \(3,\); expected one for each of exporter"):
        evaluate(Case(Standoff(), threat="broken"))
    with pytest.raises(ModelError, match=r"no threat_point\(\) for 'storm'"):
        evaluate(Case(Forgetful(), threat="storm"))


def test_the_reading_and_the_record_name_the_threat() -> None:
    found = evaluate(Case(Standoff(), threat="storm"), marginal=True)
    record = solution.record(found)
    assert record["threat"]["name"] == "storm"
    assert record["threat"]["payoffs"] == {"exporter": -20.0, "importer": -40.0}
    assert record["threat"]["details"] == {"force": 11}
    assert record["provenance"]["threat_point"] == "a storm"
    told = " ".join(render(solution.document(found), "table").split())
    assert "Without a deal: storm; exporter loses 20.00" in told
    assert "Threat point: a storm." in told
    assert "Marginal leverage is left out" in told


# --- the tariff war of canada_us ------------------------------------------------------------------


def _payoffs(model: Any, tariffs: dict[str, dict[str, Array]]) -> Array:
    """(B, 2) payoffs of tariffs (B,) by region and sector, counted from the data by hand."""
    world = model.world
    can, usa, autos = world.region("CAN"), world.region("USA"), world.sector("MVH")
    rates = np.repeat(world.tariff[None], len(tariffs["CAN"]["MVH"]), axis=0)
    for buyer, seller, code in ((can, usa, "CAN"), (usa, can, "USA")):
        for sector, rate in tariffs[code].items():
            rates[:, seller, buyer, world.sector(sector)] = np.asarray(rate)[:, None]

    def at(duties: Array | None, shares: Array) -> TradeEquilibrium:
        pulled = model.levers(shares)
        # Canada keeps the premium on its own goods as it keeps a duty: the war's rates hold it.
        rent = pulled["rent"] if duties is None else None
        return counterfactual(world, duties, pulled["trade_cost"], taste=pulled["taste"], rent=rent)

    war, peace = at(rates, model.shares()), at(None, model.shares())
    before = at(None, model.already_moved * model.shares())
    assert war.converged.all()
    added = world.output[:, autos] * world.value_added_share[:, autos]

    def worth(one: TradeEquilibrium, other: TradeEquilibrium, n: int, weight: float) -> Array:
        # Money of the data: W-hat times its income, real value added times its value added.
        welfare = (one.welfare - other.welfare)[..., n] * world.income[n]
        grown = (one.real_value_added - other.real_value_added)[..., n, autos]
        return np.asarray(welfare + weight * added[n] * grown)

    late = (1.0 - model.already_moved) * model.diversification_cost
    sold = world.flows[can, usa].sum(axis=-1) * model.shares()
    payoffs = []
    for n, weight, cost in (
        (can, model.auto_weight_canada, late * sold.sum()),
        (usa, model.auto_weight_us, 0.0),
    ):
        rest = float(model.move_requires_breakdown) * (worth(peace, before, n, weight) - cost)
        payoffs.append(worth(war, peace, n, weight) + rest)
    return np.stack(payoffs, axis=-1)


@pytest.mark.full
def test_the_war_is_a_best_response_in_the_payoffs_of_the_model() -> None:
    """Outlets that open late, weights on motor vehicles, sticky labour: all at once."""
    model: Any = load_model("canada_us").build(
        {
            "diversification": 0.4,
            "already_moved": 0.2,
            "move_requires_breakdown": True,
            "procurement": 0.1,
            "auto_weight_canada": 1.5,
            "auto_weight_us": 0.8,
            "run": "short_run",
        }
    )
    found = model.threat_point("tariff_war")
    assert found.certified
    assert "certified" in found.about
    assert "Canada's rates hold the premium" in found.about
    rates = found.details["tariffs"]
    moves = [("CAN", "MVH"), ("CAN", "AGF"), ("USA", "MVH"), ("USA", "AGF")]
    count, step = 1 + 2 * len(moves), 0.004
    moved = {code: {s: np.full(count, rate) for s, rate in own.items()}
             for code, own in rates.items()}  # fmt: skip
    for k, (code, sector) in enumerate(moves):
        moved[code][sector][1 + 2 * k] += step
        moved[code][sector][2 + 2 * k] -= step
    payoffs = _payoffs(model, moved)
    assert_allclose(found.payoffs, payoffs[0], rtol=1e-9)
    for k, (code, _) in enumerate(moves):
        side = ("CAN", "USA").index(code)
        middle, up, down = payoffs[[0, 1 + 2 * k, 2 + 2 * k], side]
        assert max(up, down) < middle
        # Where the top of the parabola is, in steps: the curvature itself is not constant.
        assert abs((up - down) / (2.0 * (2.0 * middle - up - down))) < 0.02


@pytest.mark.full
def test_the_war_at_the_defaults_by_hand() -> None:
    """Once the goods have moved, the world of the war is the status quo: payoffs are EV."""
    model: Any = load_model("canada_us").build({"diversification": 0.2})
    pulled = model.levers(model.shares())
    moved = counterfactual(model.world, None, taste=pulled["taste"])
    opened = moved.as_world()
    by_hand = nash_tariffs(opened, ["CAN", "USA"], by="sector", sectors=model.goods, certify=False)
    found = evaluate(Case(model, threat="tariff_war"))
    # EV in incomes of the moved world; the payoffs count in those of the data.
    ev = (by_hand.equilibrium.welfare - 1.0) * moved.welfare * model.world.income
    assert_allclose(found.threat.payoffs, ev[[0, 1]], rtol=1e-6)
    assert_array_equal(found.agreements["nash"].disagreement, found.threat.payoffs)
    assert bool(found.certified)
    assert found.threat.details["certificate_pct"] <= 1e-6
    with pytest.raises(ParameterError, match="canada_us"):
        load_model("canada_us").build({"diversification": np.array([0.0, 0.1])}).trade_world()


def test_a_war_is_not_fought_where_a_treasury_pays_for_sales() -> None:
    model = load_model("canada_us").build({"diversification": 0.1, "diversification_by": "subsidy"})
    with pytest.raises(ParameterError, match=r"tariff war is not solved.*taste or trade_cost"):
        evaluate(Case(model, threat="tariff_war"))


# --- the horizon of canada_us ---------------------------------------------------------------------


def test_the_short_run_is_another_world_and_says_so() -> None:
    cls: Any = load_model("canada_us")
    long, short = cls(), cls(run="short_run")
    assert long.world.labour_elasticity == np.inf
    assert short.world.labour_elasticity == 1.5
    assert_array_equal(
        short.world.trade_elasticity, cls(elasticities="short_run").world.trade_elasticity
    )
    assert_array_equal(
        cls(run="short_run", elasticities="cp").world.trade_elasticity,
        cls(elasticities="cp").world.trade_elasticity,
    )
    assert cls(run="short_run", labour_elasticity=3.0).world.labour_elasticity == 3.0
    assert long.horizon_here() == cls.horizon
    assert short.horizon_here().startswith("one year")
    for point in (long, short):
        found = evaluate(point)
        record = solution.record(found)
        assert record["provenance"]["horizon"] == point.horizon_here()
        told = " ".join(render(solution.document(found), "table").split())
        assert told.count(f"Horizon: {point.horizon_here()}")
    assert "elasticity 1.5" in short.horizon_here()
    # Sticky labour alone, at the same trade elasticities, moves payoffs.
    same = cls(elasticities="short_run")
    assert np.abs(short.payoffs() - same.payoffs())[:, 2, 2].min() > 100.0
    both = cls(run="short_run", labour_elasticity=np.array([1.5, 2.0])).payoffs()
    other = cls(run="short_run", labour_elasticity=2.0).payoffs()
    for one, alone in zip(both, (short.payoffs(), other), strict=True):
        np.testing.assert_allclose(one, alone, rtol=1e-9, atol=1e-5)


def test_a_sweep_says_the_horizons_of_its_points() -> None:
    cls: Any = load_model("canada_us")
    short = sweep(Case(cls, {"run": "short_run"}), {"diversification": [0.0, 0.1]})
    assert short.attrs["horizon"] == cls(run="short_run").horizon_here()
    assert short.attrs["horizon"] in " ".join(text(reading(short, cls, [])).split())
    both = sweep(cls, {"run": ["long_run", "short_run"]})
    assert both.attrs["horizon"] == f"{cls.horizon} / {cls(run='short_run').horizon_here()}"


def test_value_added_in_the_short_run_is_deflated_by_the_wage_of_the_sector() -> None:
    cls: Any = load_model("canada_us")
    settings = {"auto_weight_canada": 1.0, "run": "short_run"}
    added = cls(**settings).payoffs()[0] - cls(run="short_run").payoffs()[0]
    at = cls(**settings).profiles
    world, n, autos = at.world, at.world.region("CAN"), at.world.sector("MVH")
    # Value added of the data grows with labour against the status quo, which is the data here.
    before = world.value_added_share[n, autos] * world.output[n, autos]
    earned = at.output[..., n, autos] / at.output[0, 0, n, autos]
    wage = earned ** (1.0 / 1.5) * (at.wage[..., n] / at.wage[0, 0, n]) ** (1.0 - 1.0 / 1.5)
    assert_allclose(added, before * (earned / wage - 1.0), rtol=1e-9, atol=1e-5)
    assert abs(added[2, 2]) > 1.0
