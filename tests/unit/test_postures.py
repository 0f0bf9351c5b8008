"""Postures of `canada_us`: what each government charges in each, and what the game is then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from negotiation import Case, evaluate, load_model
from negotiation.errors import DataError, ParameterError
from negotiation.report import solution
from negotiation.study import sweep
from negotiation.study.drawn import drawn
from negotiation.study.revealed import resolve
from negotiation.trade import Parts, counterfactual
from tests.unit.duties_by_hand import CANADA, ENERGY, GOODS, US, WORLD, by_hand

Array = NDArray[np.float64]

US_LATEST, CANADA_LATEST = "us_on_canada_2026-09-29", "canada_on_us_2026-09-08"
IS_GOOD = np.array([code in GOODS for code in WORLD.sectors])
IS_ENERGY = np.array([code in ENERGY for code in WORLD.sectors])
#: Welfare is good to 1e-12 of income, of 26 trillion US$ a year; in millions.
EXACT = 1e-4


def model(**values: Any) -> Any:
    """Shipped model; `__` stands for the dot of a name."""
    return load_model("canada_us").build({k.replace("__", "."): v for k, v in values.items()})


def same(one: Parts, other: Parts) -> None:
    """Both hold the same shares at the same rates, in any order of the parts."""
    for s in range(len(WORLD.sectors)):
        for use in (0, 1):
            told = [
                sorted(
                    (float(rate), float(share))
                    for rate, share in zip(each.rate[:, s, use], each.share[:, s, use], strict=True)
                    if share > 0.0
                )
                for each in (one, other)
            ]
            assert_allclose(told[0], told[1], rtol=1e-12)


def money(duties: dict[tuple[str, str], Parts], **more: Any) -> Array:
    """(2,) equivalent variation of Canada and the US, solved alone."""
    return np.asarray(counterfactual(WORLD, duties, **more).ev[[CANADA, US]])


# --- what each posture charges --------------------------------------------------------------------


def test_in_force_are_the_schedules_of_the_latest_dates() -> None:
    point = model()
    same(point.duties("us", "keep"), by_hand(US_LATEST))
    same(point.duties("canada", "counter"), by_hand(CANADA_LATEST))
    for player, posture in (("us", "lift"), ("canada", "stand_down")):
        assert_array_equal(point.duties(player, posture).rate, 0.0)
    # Files of the same duties, read by eye: means without what is banned.
    counter = point.duties("canada", "counter").mean
    steel, autos, wood = (WORLD.sector(code) for code in ("STL", "MVH", "WOD"))
    assert_allclose(counter[steel], 0.5 * 0.7439085, rtol=1e-6)
    assert_allclose(counter[autos], [0.25 * 0.01710457, 0.025], rtol=1e-6)
    keep = point.duties("us", "keep").mean
    lumber = 0.4516 * 0.460839576 + 0.5 * 0.1213399 + 0.6 * 0.000486886
    assert_allclose(keep[wood], lumber + 0.1 * (0.001521381 + 0.011461541), rtol=1e-6)


@pytest.mark.parametrize("schedule", ["2026-09-29", "2025-12-31", "ieepa_2025-08", "mfn"])
def test_escalation_raises_every_part_and_lowers_none(schedule: str) -> None:
    rate, energy = 0.3, 0.05
    point = model(us_schedule=schedule, escalation_rate=rate, escalation_rate_energy=energy)
    kept, raised = point.duties("us", "keep"), point.duties("us", "escalate")
    same(kept, by_hand(f"us_on_canada_{schedule}"))
    same(raised, by_hand(f"us_on_canada_{schedule}", rate, energy))
    assert (raised.rate >= kept.rate).all()
    assert_array_equal(raised.share, kept.share)
    least = np.where(IS_ENERGY, energy, np.where(IS_GOOD, rate, 0.0))
    used = raised.share > 0.0
    assert (np.where(used, raised.rate, np.inf).min(axis=0) >= least[:, None] - 1e-15).all()
    # What is neither a good nor taxed stays free.
    others = ~IS_GOOD & ~kept.rate.any(axis=(0, 2))
    assert_array_equal(raised.rate[:, others], 0.0)
    # The order that taxed energy is void: nothing rises there unless it is asked for.
    plain = model(us_schedule=schedule).duties("us", "escalate")
    assert_array_equal(
        np.where(plain.share > 0, plain.rate, 0)[:, IS_ENERGY],
        np.where(kept.share > 0, kept.rate, 0)[:, IS_ENERGY],
    )


@pytest.mark.parametrize("rate", [0.12, 0.4])
def test_retaliation_raises_every_part_and_lowers_none(rate: float) -> None:
    point = model(retaliation_rate=rate)
    kept, raised = point.duties("canada", "counter"), point.duties("canada", "retaliate")
    same(raised, by_hand(CANADA_LATEST, rate))
    assert (raised.rate >= kept.rate).all()
    assert raised.rate.max() == 0.5  # of the surtaxes, which a lower rate does not touch


def test_a_sector_has_a_rate_of_its_own() -> None:
    """Steel from 50 % to 70 %, on all its parts; a rate below those in force changes nothing."""
    steel, plain = WORLD.sector("STL"), model().duties("us", "escalate")
    own = model(escalation_rate__STL=0.7).duties("us", "escalate")
    used = own.share[:, steel] > 0.0
    assert_array_equal(own.rate[:, steel][used], 0.7)
    rest = np.arange(len(WORLD.sectors)) != steel
    assert_array_equal(own.rate[:, rest], plain.rate[:, rest])
    none = model(escalation_rate__STL=0.0).duties("us", "escalate")
    assert_array_equal(none.rate[:, steel], model().duties("us", "keep").rate[:, steel])
    oil = model(escalation_rate__OIL=0.1).duties("us", "escalate")
    assert_allclose(oil.mean[WORLD.sector("OIL")], 0.1)
    assert_array_equal(oil.mean[WORLD.sector("PET")], 0.0)


def test_without_rates_escalation_is_what_is_kept() -> None:
    payoffs = model(escalation_rate=0.0, retaliation_rate=0.0).payoffs()
    assert_allclose(payoffs[:, :, 2], payoffs[:, :, 1], rtol=0, atol=EXACT)
    assert_allclose(payoffs[:, 2, :], payoffs[:, 1, :], rtol=0, atol=EXACT)


def test_what_is_not_at_stake_stays_at_treaty_rates() -> None:
    point = model(at_stake__other=0.0, at_stake__MVH=0.5)
    autos = np.array([code == "MVH" for code in WORLD.sectors])
    others = np.array(
        [
            t == "other" and code in GOODS
            for t, code in zip(WORLD.tables, WORLD.sectors, strict=True)
        ]
    )
    share = np.where(autos, 0.5, np.where(others, 0.0, 1.0))[:, None]
    assert_allclose(point.at_stake()[WORLD.sector("OMF")], 0.0)
    both = {
        ("CAN", "USA"): by_hand(US_LATEST, 0.25, 0.0).scaled(share),
        ("USA", "CAN"): by_hand(CANADA_LATEST, 0.12).scaled(share),
    }
    assert_allclose(point.payoffs()[:, 2, 2], money(both), rtol=0, atol=EXACT)


# --- further postures -----------------------------------------------------------------------------


def test_leaving_the_treaty_puts_rates_of_strangers_on_both_sides_whatever_canada_plays() -> None:
    plain, point = model(), model(postures="treaty_withdrawal")
    assert point.actions == (plain.actions[0], (*plain.actions[1], "treaty_withdrawal"))
    payoffs = point.payoffs()
    assert payoffs.shape == (2, 3, 4)
    assert_allclose(payoffs[..., :3], plain.payoffs(), rtol=0, atol=EXACT)
    us = by_hand(US_LATEST).plus(by_hand("us_on_canada_mfn"))
    none = Parts.plain(np.zeros((len(WORLD.sectors), 2)))
    for row, own in enumerate((none, by_hand(CANADA_LATEST), by_hand(CANADA_LATEST, 0.12))):
        canada = own.plus(by_hand("canada_on_us_mfn"))
        both = {("CAN", "USA"): us, ("USA", "CAN"): canada}
        assert_allclose(payoffs[:, row, 3], money(both), rtol=0, atol=EXACT)
    # Canada's rates rise as well, so that even standing down it is another game than keep.
    assert np.abs(payoffs[:, :, 3] - payoffs[:, :, 1]).min() > 10.0


@pytest.mark.parametrize("sectors", ["OIL", "OIL+PET"])
def test_an_export_tax_comes_on_top_of_retaliation(sectors: str) -> None:
    plain = model()
    point = model(postures="export_tax", export_tax_rate=0.2, export_tax_sectors=sectors)
    assert point.actions == ((*plain.actions[0], "export_tax"), plain.actions[1])
    payoffs = point.payoffs()
    assert payoffs.shape == (2, 4, 3)
    assert_allclose(payoffs[:, :3], plain.payoffs(), rtol=0, atol=EXACT)
    rates = np.zeros((len(WORLD.sectors), 2))
    rates[[WORLD.sector(code) for code in sectors.split("+")]] = 0.2
    both = {
        ("CAN", "USA"): by_hand(US_LATEST, 0.25, 0.0),
        ("USA", "CAN"): by_hand(CANADA_LATEST, 0.12),
    }
    alone = money(both, export_tax={("CAN", "USA"): rates})
    assert_allclose(payoffs[:, 3, 2], alone, rtol=0, atol=EXACT)
    collected = point.outcomes()["export_tax_revenue_change_usd_m.canada"].values
    assert_array_equal(collected[:3], 0.0)
    assert (collected[3] > 1000.0).all()


def test_both_join_by_one_word_and_cost_what_their_owner_pays() -> None:
    free = model(postures="treaty_withdrawal+export_tax")
    costly = model(
        postures="export_tax+treaty_withdrawal",
        us_withdrawal_cost=300.0,
        canada_export_tax_cost=200.0,
        us_lift_cost=30.0,
        canada_stand_down_cost=20.0,
    )
    assert free.actions == costly.actions
    paid = np.zeros((2, 4, 4))
    paid[0, 3, :], paid[1, :, 3] = 200.0, 300.0
    paid[0, 0, :], paid[1, :, 0] = 20.0, 30.0
    assert_allclose(free.payoffs() - costly.payoffs(), paid, rtol=0, atol=1e-9)
    with pytest.raises(ParameterError, match="did you mean 'export_tax'"):
        model(postures="exporttax")


def test_a_cloud_of_points_has_the_further_postures_of_each() -> None:
    rates = np.array([0.05, 0.2])
    cloud = model(postures="export_tax+treaty_withdrawal", export_tax_rate=rates)
    found = cloud.payoffs()
    assert found.shape == (2, 2, 4, 4)
    for k, rate in enumerate(rates):
        alone = model(postures="export_tax+treaty_withdrawal", export_tax_rate=float(rate))
        assert_allclose(found[k], alone.payoffs(), rtol=0, atol=EXACT)


# --- schedules of one's own -----------------------------------------------------------------------


def test_a_file_takes_the_place_of_a_posture(tmp_path: Path) -> None:
    """Of what is kept, what the US escalates to follows: every part at the higher rate."""
    own = tmp_path / "own.csv"
    own.write_text("sector,use,part,share,rate\nSTL,both,all,1,0.1\nMVH,final,cars,0.6,0.4\n")
    point = model(duties__us__keep=str(own))
    kept, raised = point.duties("us", "keep"), point.duties("us", "escalate")
    steel, autos, wood = (WORLD.sector(code) for code in ("STL", "MVH", "WOD"))
    assert_allclose(kept.mean[steel], 0.1)
    assert_allclose(kept.mean[autos], [0.0, 0.24])
    assert kept.mean.sum() == pytest.approx(0.44)
    assert_allclose(raised.mean[steel], 0.25)
    assert_allclose(raised.mean[autos], [0.25, 0.6 * 0.4 + 0.4 * 0.25])
    assert_allclose(raised.mean[wood], 0.25)
    by_rates = np.zeros((len(WORLD.sectors), 2))
    by_rates[steel] = 0.1
    shares = np.zeros((2, len(WORLD.sectors), 2))
    shares[0], rates = 1.0, np.stack([by_rates, 0.0 * by_rates])
    shares[:, autos, 1], rates[:, autos, 1] = (0.4, 0.6), (0.0, 0.4)
    duties = {
        ("CAN", "USA"): Parts(np.full(shares.shape, "x"), shares, rates),
        ("USA", "CAN"): by_hand(CANADA_LATEST),
    }
    assert_allclose(point.payoffs()[:, 1, 1], money(duties), rtol=0, atol=EXACT)
    assert_allclose(point.in_force(), money(duties), rtol=0, atol=EXACT)
    assert "schedule own of the US" in evaluate(point).threat.about
    # Only the posture that was given: Canada's stay, and so does standing down.
    same(point.duties("canada", "counter"), by_hand(CANADA_LATEST))


def test_a_name_in_the_catalogue_takes_the_place_of_a_posture() -> None:
    void = "us_on_canada_25_10_executive_order_14193_2025-02"
    point = model(duties__us__escalate=void)
    same(point.duties("us", "escalate"), by_hand(void))
    same(point.duties("us", "keep"), by_hand(US_LATEST))
    assert_allclose(
        point.payoffs()[:, 0, 2], money({("CAN", "USA"): by_hand(void)}), rtol=0, atol=EXACT
    )
    canada = model(duties__canada__retaliate="canada_on_us_2025-03-13")
    same(canada.duties("canada", "retaliate"), by_hand("canada_on_us_2025-03-13"))


def test_a_schedule_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"duties of us\.keep.*no schedule is called 'us_on_c"):
        model(duties__us__keep="us_on_canada_2026-09-30").payoffs()
    with pytest.raises(ParameterError, match=r"duties of us\.keep"):
        model(duties__us__keep=CANADA_LATEST).payoffs()  # Canada's duties on the US
    broken = tmp_path / "broken.csv"
    broken.write_text("sector,use,part,share,rate\nSTL,both,all,1,much\n")
    with pytest.raises(DataError, match=r"broken\.csv"):
        model(duties__us__keep=str(broken)).payoffs()
    with pytest.raises(ParameterError, match=r"duties\.us\.kep.*did you mean 'duties\.us\.keep'"):
        model(duties__us__kep="us_on_canada_mfn")


# --- threats, cautions, what is observed ----------------------------------------------------------


def test_by_default_talks_fail_into_the_duties_in_force() -> None:
    found = evaluate(model())
    assert found.threat.name == "in_force"
    duties = {("CAN", "USA"): by_hand(US_LATEST), ("USA", "CAN"): by_hand(CANADA_LATEST)}
    assert_allclose(found.threat.payoffs, money(duties), rtol=0, atol=EXACT)
    assert bool(found.certified)
    other = evaluate(model(us_schedule="2026-07-15", canada_schedule="2026-07-15"))
    before = {
        ("CAN", "USA"): by_hand("us_on_canada_2026-07-15"),
        ("USA", "CAN"): by_hand("canada_on_us_2026-07-15"),
    }
    assert_allclose(other.threat.payoffs, money(before), rtol=0, atol=EXACT)
    assert "2026-07-15 of the US, 2026-07-15 of Canada" in other.threat.about


def test_an_announced_schedule_is_a_threat_by_its_name() -> None:
    name = "us_on_canada_threat_autos_2027-01-01"
    found = evaluate(Case(model(), threat=name))
    duties = {("CAN", "USA"): by_hand(name), ("USA", "CAN"): by_hand(CANADA_LATEST)}
    assert_allclose(found.threat.payoffs, money(duties), rtol=0, atol=EXACT)
    assert f"US duties of {name} (announced)" in found.threat.about
    default = evaluate(model())
    assert found.threat.payoffs[0] < default.threat.payoffs[0] - 100.0
    with pytest.raises(ParameterError, match="did you mean 'us_on_canada_threat_autos"):
        evaluate(Case(model(), threat="us_on_canada_threat_auto_2027-01-01"))


def test_marginal_leverage_is_zero_where_nothing_has_moved_and_talks_never_break_down() -> None:
    """L3 at h = 0: what only helps after walking out moves no deal."""
    none = evaluate(model(already_moved=0.0, diversification=0.1), marginal=True)
    assert none.leverage is not None
    moving = [name for name in none.leverage.marginal if name.startswith("diversification")]
    assert "diversification" in moving
    for name in moving:
        slope = none.leverage.marginal[name].right
        assert abs(float(slope.total)) < 1e-3  # US$ million for all of US-bound exports
    some = evaluate(model(already_moved=0.5, diversification=0.1), marginal=True)
    every = evaluate(model(already_moved=1.0, diversification=0.05), marginal=True)
    assert some.leverage is not None
    assert every.leverage is not None
    half, whole = (
        float(each.leverage.marginal["diversification"].right.total)
        for each in (some, every)
        if each.leverage is not None
    )
    assert half == pytest.approx(0.5 * whole, rel=1e-6)
    assert half > 100.0


CAUTIONS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"us_schedule": "ieepa_2025-08"}, ("US duties that are kept", "are void", "IEEPA")),
    ({"canada_schedule": "2026-07-15"}, ("Canadian duties that are kept", "are superseded")),
    ({"us_schedule": "threat_autos_2027-01-01"}, ("they are announced",)),
    ({"escalation_rate_energy": 0.1}, ("taxes Canadian energy", "20 February 2026")),
    ({"escalation_rate.OIL": 0.1}, ("taxes Canadian energy",)),
    (
        {"duties.us.escalate": "us_on_canada_25_10_executive_order_14193_2025-02"},
        ("taxes Canadian energy",),
    ),
    ({"postures": "export_tax"}, ("further posture export_tax", "another game")),
    (
        {"postures": "treaty_withdrawal+export_tax"},
        ("treaty_withdrawal and export_tax",),
    ),
    ({"diversification": 0.3}, ("more than a doubling",)),
]


@pytest.mark.parametrize(("given", "words"), CAUTIONS)
def test_what_must_be_known_of_a_point_is_said(
    given: dict[str, Any], words: tuple[str, ...]
) -> None:
    told = " ".join(load_model("canada_us").build(given).ask("cautions"))
    assert bool(told) == bool(words)
    for each in words:
        assert each in told, told
    if words:
        record = solution.record(evaluate(load_model("canada_us").build(given)))
        assert told in record["provenance"]["cautions"]


def test_a_sweep_says_what_must_be_known_of_any_of_its_points() -> None:
    data = sweep("canada_us", {"us_schedule": ["2026-09-29", "ieepa_2025-08"]})
    assert "us_on_canada_ieepa_2025-08, are not in force: they are void" in data.attrs["cautions"]
    assert "cautions" not in sweep("canada_us", {"us_escalation_cost": [0.0, 1.0]}).attrs
    # The void order of August 2025 taxed energy at 10 %: escalation adds nothing to what is kept.
    assert "taxes Canadian energy" not in data.attrs["cautions"]
    inside = [float(each) for each in data["inside_canada"]]
    assert inside[0] != inside[1]


def test_absurd_growth_names_the_worst_market_and_its_price_cut() -> None:
    point = model(diversification__metals_energy=0.1, markets="EU27")
    (told,) = (each for each in point.ask("cautions") if "doubling" in each)
    oil, eu = WORLD.sector("OIL"), WORLD.region("EU27")
    grown = 1.0 + 0.1 * WORLD.flows[CANADA, US, oil].sum() / WORLD.flows[CANADA, eu, oil].sum()
    assert grown > 5.0  # the EU alone, at 10 % of oil, needs nearly seven times today's sales
    assert f"EU27 OIL would have to rise to {grown:.2g} times today's sales" in told
    small = model(diversification=0.001)
    assert not any("doubling" in each for each in small.ask("cautions"))


def test_what_is_observed_is_an_equilibrium_at_revealed_costs() -> None:
    cls = load_model("canada_us")
    found = resolve(Case(cls()))
    settings = dict(found.settings)
    assert set(settings) == {
        "us_lift_cost",
        "us_escalation_cost",
        "canada_stand_down_cost",
        "canada_retaliation_cost",
    }
    # US$ billion, as first published: gains over the default profile.
    for name, billion in (
        ("us_lift_cost", 0.6),
        ("us_escalation_cost", 2.4),
        ("canada_stand_down_cost", 0.7),
        ("canada_retaliation_cost", 3.2),
    ):
        assert settings[name] / 1e3 == pytest.approx(billion, abs=0.05)
    costs = {name: 1.01 * value for name, value in settings.items()}
    game = cls.build(costs).game()
    row, column = (own.index(each) for own, each in zip(game.actions, cls.observed, strict=True))
    assert int(game.payoffs[0][:, column].argmax()) == row
    assert int(game.payoffs[1][row].argmax()) == column
    profiles = {each.profile for each in evaluate(cls.build(costs)).equilibria.at()}
    assert "counter/keep" in profiles
    # A posture that joins has a cost of its own, in a parameter of its own.
    more = resolve(Case(cls.build({"postures": "export_tax"})))
    assert set(more.settings) == {*settings, "canada_export_tax_cost"}
    table = np.asarray(cls.build({"postures": "export_tax"}).payoffs())[0]
    gain = table[3, 1] - table[1, 1]
    assert more.settings["canada_export_tax_cost"] == pytest.approx(gain, rel=1e-5)
    assert {each.profile for each in evaluate(cls()).equilibria.at()} == {"retaliate/escalate"}


def test_results_of_what_is_played_are_those_of_all_profiles() -> None:
    model = load_model("canada_us")().at_values({"diversification": np.array([0.0, 0.2])})
    outcome = evaluate(model)
    # Mixtures of several profiles, and pure ones: at every point others.
    ours = np.array([[0.3, 0.0, 0.7], [0.0, 1.0, 0.0]])
    theirs = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    found = model.ask("outcomes_at", (ours, theirs))
    assert set(found) == set(outcome.quantities)
    for name, quantity in outcome.quantities.items():
        known = np.einsum("bca,bc,ba->b", quantity.values, ours, theirs)
        np.testing.assert_allclose(found[name].values, known, rtol=1e-12, atol=1e-9, err_msg=name)
    point = evaluate("canada_us")
    for name, quantity in point.selected.items():
        assert float(quantity.values) == pytest.approx(float(point.at_selection(name)), rel=1e-12)


@pytest.mark.parametrize("vary", ["escalation_rate=0.1:0.4:3", "discount_us=0.02:0.1:3"])
def test_what_moves_no_dispute_is_swept_over_draws(vary: str) -> None:
    found = drawn(Case("canada_us", draws=6), vary)
    assert found.certified.all()
    inside = np.asarray(found.columns["inside_us"].values)
    assert np.abs(inside - inside[:1]).max() < 1e-6
