"""A score taken apart: worked examples as models, what is refused, and the shipped model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, load_model, parameter
from negotiation.bargaining.shapley import owen_coalitions, quotient_coalitions, shapley
from negotiation.errors import ParameterError
from negotiation.leverage.attribution import Attribution
from negotiation.outcome import evaluate
from negotiation.report.attribution import reading
from negotiation.study.attribution import attribute


def stake(table: str) -> Any:
    return parameter(1.0, low=0, high=1, unit="share", source="constructed", stake=table)


@dataclass(frozen=True)
class Tables(Model):
    """Losses without a deal by sector, larger where autos fail together with steel or aluminum."""

    steel: Any = stake("metals_energy")
    aluminum: Any = stake("metals_energy")
    energy: Any = stake("metals_energy")
    vehicles: Any = stake("autos")
    lumber: Any = stake("forestry")
    scale: Any = parameter(1.0, low=0, unit="share", source="constructed")
    always: Any = parameter(0.0, unit="US$ million a year", source="constructed")

    players = ("canada", "us")
    actions = (("hold",), ("hold",))
    payoff_unit = "US$ million a year"
    names = {"canada": "Canada", "us": "the US"}  # noqa: RUF012 - as a model's author would

    def losses(self) -> tuple[Any, Any]:
        used = (self.steel, self.aluminum, self.energy, self.vehicles, self.lumber)
        both = self.vehicles * np.maximum(self.steel, self.aluminum)
        canada = sum(a * b for a, b in zip(used, (12, 8, 10, 40, 10), strict=True)) + 4 * both
        us = sum(a * b for a, b in zip(used, (4, 6, 8, 20, 2), strict=True)) + 8 * both
        return canada * self.scale + self.always, us * self.scale

    def payoffs(self) -> Any:
        canada, us = self.losses()
        return {("hold", "hold"): (-canada, -us)}

    def talks(self) -> Talks | None:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


@dataclass(frozen=True)
class Wholes(Tables):
    """The same, bargained without money: a frontier of lotteries that is not symmetric."""

    def talks(self) -> Talks | None:
        frontier = AgreementSet.frontier([(-20.0, 30.0), (0.0, 0.0), (5.0, -40.0)])
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=frontier)


# --- worked examples ------------------------------------------------------------------------------


def test_sectors_and_tables_of_the_worked_example() -> None:
    found = attribute(Tables())
    assert found.tables == ("metals_energy", "autos", "forestry")
    assert found.sectors == ("steel", "aluminum", "energy", "vehicles", "lumber")
    assert (found.of, found.unit, found.concept) == ("delta.canada", "US$ million a year", "nash")
    assert found.sector == pytest.approx([-3.5, -0.5, -1.0, -9.0, -4.0], abs=1e-12)
    assert found.table == pytest.approx([-5.0, -9.0, -4.0], abs=1e-12)
    assert found.interaction[0, 1] == pytest.approx(2.0, abs=1e-12)
    assert float(found.total) == pytest.approx(-18.0, abs=1e-12)
    assert found.table_alone == pytest.approx([-6.0, -10.0, -4.0], abs=1e-12)
    assert float(found.linkage) == pytest.approx(2.0, abs=1e-12)
    assert found.share(found.table) == pytest.approx([5 / 18, 9 / 18, 4 / 18], abs=1e-12)
    assert found.coalitions.certified.all()
    assert bool(found.starts_at_zero)
    assert not found.coalitions.departs.any()


def test_the_coalitions_are_the_games_they_say() -> None:
    found = attribute(Tables())
    assert found.coalitions.masks.tolist() == owen_coalitions(found.unions).tolist()
    for k in range(len(found.coalitions.masks)):
        inside = found.at_stake(k)
        sectors = {name for table in inside for name in dict(SECTORS).get(table, (table,))}
        model = Tables().replace({name: float(name in sectors) for name in found.sectors})
        canada, us = model.losses()
        assert found.values[k] == pytest.approx((us - canada) / 2, abs=1e-12)


SECTORS = (
    ("metals_energy", ("steel", "aluminum", "energy")),
    ("autos", ("vehicles",)),
    ("forestry", ("lumber",)),
)


def test_whole_tables_alone_give_the_same_tables() -> None:
    fine, coarse = attribute(Tables()), attribute(Tables(), by="tables")
    assert coarse.table == pytest.approx(fine.table, abs=1e-12)
    assert coarse.table_alone == pytest.approx(fine.table_alone, abs=1e-12)
    assert coarse.interaction == pytest.approx(fine.interaction, abs=1e-12)
    assert coarse.sectors == ()
    assert coarse.sector.shape == (0,)
    assert len(coarse.coalitions.masks) == 8
    assert coarse.at_stake(5) == ("metals_energy", "forestry")


def test_losses_of_either_side_are_attributed_by_name() -> None:
    canada, us = attribute(Tables(), of="loss"), attribute(Tables(), of="loss.us")
    assert canada.of == "loss.canada"
    assert canada.concept == ""
    # 30 and 40 of their own, and half of the 4 that autos and metals lose together.
    assert canada.table == pytest.approx([32.0, 42.0, 10.0], abs=1e-12)
    assert us.table == pytest.approx([22.0, 24.0, 2.0], abs=1e-12)
    assert attribute(Tables(), of="payoff.us").table == pytest.approx(-us.table, abs=1e-12)
    assert attribute(Tables(), of="gain_us").table == pytest.approx(-us.table, abs=1e-12)
    surplus = attribute(Tables(), of="surplus")
    assert surplus.table == pytest.approx(canada.table + us.table, abs=1e-12)
    assert float(surplus.baseline) == 0.0


def test_leverage_per_unit_at_stake_adds_up_to_what_solving_says() -> None:
    found = attribute(Tables(), of="ncl.us")
    whole = evaluate(Tables()).leverage
    assert whole is not None
    assert found.table.sum() == pytest.approx(float(whole.concession["nash"].ncl[1]), abs=1e-12)
    assert found.table == pytest.approx(np.array([5.0, 9.0, 4.0]) / 132.0, abs=1e-12)


# --- theorems -------------------------------------------------------------------------------------


@pytest.mark.parametrize("concept", ["nash", "kalai_smorodinsky", "egalitarian"])
def test_parts_add_up_and_sectors_to_their_tables(concept: str) -> None:
    model = Wholes()
    found = attribute(Case(model, concept=concept))
    whole = evaluate(model).agreements[concept].concession
    assert float(found.table.sum()) == pytest.approx(float(whole[0]), rel=1e-9)
    sums = [found.sector[list(union)].sum() for union in found.unions]
    assert sums == pytest.approx(list(found.table), rel=1e-9)
    at = np.searchsorted(found.coalitions.masks, quotient_coalitions(found.unions))
    assert found.table == pytest.approx(shapley(found.values[at]), rel=1e-12)


def test_concepts_that_disagree_are_all_told() -> None:
    found = attribute(Case(Wholes(), concept="egalitarian"))
    for concept, tables in found.by_concept.items():
        other = attribute(Case(Wholes(), concept=concept))
        assert tables == pytest.approx(other.table, rel=1e-12)
    assert "nash" in found.by_concept
    assert "egalitarian" not in found.by_concept
    assert np.abs(found.by_concept["nash"] - found.table).max() > 0.1


def test_twice_the_money_is_twice_the_parts() -> None:
    one, two = attribute(Tables()), attribute(Tables(scale=2.0))
    assert two.sector == pytest.approx(2.0 * one.sector, rel=1e-12)
    assert two.interaction == pytest.approx(2.0 * one.interaction, rel=1e-12)
    assert two.share(two.sector) == pytest.approx(one.share(one.sector), rel=1e-12)


def test_a_cloud_is_its_points_one_by_one() -> None:
    scale = np.array([[0.5, 1.0, 3.0]])
    for by in ("sectors", "tables"):
        cloud = attribute(Tables(scale=scale), by=by)
        assert cloud.table.shape == (1, 3, 3)
        assert cloud.interaction.shape == (1, 3, 3, 3)
        for at in np.ndindex(1, 3):
            point = attribute(Tables(scale=float(scale[at])), by=by)
            for name in ("table", "sector", "interaction", "table_alone", "sector_alone"):
                assert getattr(cloud, name)[at] == pytest.approx(getattr(point, name), rel=1e-12)
            assert cloud.total[at] == pytest.approx(float(point.total), rel=1e-12)
            assert cloud.linkage[at] == pytest.approx(float(point.linkage), rel=1e-12)


# --- what is at stake at the point ----------------------------------------------------------------


def test_what_is_not_at_stake_takes_no_part() -> None:
    found = attribute(Tables(steel=0.0, lumber=0.0))
    assert found.tables == ("metals_energy", "autos")
    assert found.sectors == ("aluminum", "energy", "vehicles")
    # Aluminum alone now carries what metals and autos lose together.
    assert found.sector == pytest.approx([0.0, -1.0, -9.0], abs=1e-12)


def test_what_is_half_at_stake_is_so_in_every_coalition() -> None:
    found = attribute(Tables(lumber=0.5))
    assert found.sector[4] == pytest.approx(-2.0, abs=1e-12)
    assert found.table[2] == pytest.approx(-2.0, abs=1e-12)


def test_a_score_without_anything_at_stake_is_told_apart() -> None:
    found = attribute(Tables(always=6.0))
    assert not bool(found.starts_at_zero)
    assert float(found.baseline) == pytest.approx(-3.0, abs=1e-12)
    assert float(found.total) == pytest.approx(-18.0, abs=1e-12)
    assert found.table == pytest.approx([-5.0, -9.0, -4.0], abs=1e-12)


# --- no deal, no certificate, another equilibrium ------------------------------------------------


@dataclass(frozen=True)
class Escalation(Model):
    """The second side escalates where its gain from two sectors is worth the cost."""

    steel: Any = stake("metals")
    lumber: Any = stake("forestry")
    cost: Any = parameter(5.0, low=0, unit="US$ million a year", source="constructed")
    damage: Any = parameter(10.0, unit="US$ million a year", source="constructed")
    gain: Any = parameter(4.0, unit="US$ million a year", source="constructed")
    bad: Any = parameter(0.0, unit="share", source="constructed")

    players = ("canada", "us")
    actions: ClassVar[tuple[tuple[str, ...], ...]] = (("stand",), ("keep", "escalate"))
    payoff_unit = "US$ million a year"

    def payoffs(self) -> Any:
        size = self.steel + self.lumber
        broken = np.where((self.bad > 0) & (self.steel == 1) & (self.lumber == 0), np.nan, 0.0)
        return {
            ("stand", "keep"): (-size + broken, 0.0 * size),
            ("stand", "escalate"): (-self.damage * size, self.gain * size - self.cost),
        }

    def talks(self) -> Talks | None:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))


def test_coalitions_with_another_equilibrium_are_told() -> None:
    found = attribute(Escalation())
    assert found.coalitions.equilibrium.tolist() == ["stand/keep"] * 3 + ["stand/escalate"]
    assert found.coalitions.departs.tolist() == [True, True, True, False]
    # -1/2 alone; together a loss of 20 against a gain of 3: (-3 - 20)/2.
    assert found.values == pytest.approx([0.0, -0.5, -0.5, -11.5], abs=1e-12)
    assert found.interaction[0, 1] == pytest.approx(-10.5, abs=1e-12)


def test_actions_that_differ_in_name_only_are_no_other_equilibrium() -> None:
    found = attribute(Escalation(cost=0.0))
    assert found.coalitions.equilibrium[-1] == "stand/escalate"
    assert not found.coalitions.departs.any(), "with nothing at stake to escalate is to keep"


@dataclass(frozen=True)
class Coordination(Escalation):
    """Two equilibria wherever steel is at stake, one of them better for both."""

    actions = (("low", "high"), ("low", "high"))

    def payoffs(self) -> Any:
        both = 3.0 * self.steel - self.lumber
        return {
            ("low", "low"): (-self.lumber, -self.lumber),
            ("low", "high"): (-5.0 * self.steel - self.lumber,) * 2,
            ("high", "low"): (-5.0 * self.steel - self.lumber,) * 2,
            ("high", "high"): (both - 5.0, both - 5.0),
        }


def test_coalitions_with_several_equilibria_are_told() -> None:
    found = attribute(Coordination(), of="payoff")
    assert found.coalitions.several.tolist() == [False, True, False, True]
    assert attribute(Escalation()).coalitions.several.tolist() == [False] * 4


def test_where_there_is_no_deal_the_disagreement_point_stands() -> None:
    # Escalation is worth more to the second side than it costs the first, but for both sectors.
    found = attribute(Escalation(cost=1.0, damage=2.0, gain=4.0))
    assert found.coalitions.no_deal.tolist() == [True, True, True, True]
    assert found.values[:3] == pytest.approx([0.0, -2.0, -2.0], abs=1e-12)
    assert np.isnan(found.values[3])
    assert np.isnan(found.table).all()
    loss = attribute(Escalation(cost=1.0, damage=2.0, gain=4.0), of="loss.us")
    assert loss.table == pytest.approx([-3.5, -3.5], abs=1e-12)


def test_a_coalition_that_is_not_certified_is_named() -> None:
    found = attribute(Escalation(bad=1.0))
    assert found.coalitions.certified.tolist() == [True, False, True, True]
    assert found.at_stake(1) == ("metals",)
    assert "no payoffs" in str(found.coalitions.status[1])
    assert np.isnan(found.table).all(), "nothing stands in for a number that is missing"


# --- in words -------------------------------------------------------------------------------------


def read(model: Model, **options: Any) -> str:
    return " ".join(reading(attribute(model, **options), model))


def test_what_no_table_accounts_for_is_said() -> None:
    text = read(Tables(always=6.0))
    assert "In a deal Canada concedes 21.00" in text, "the score is that of solving the model"
    assert "It is -3.000 with nothing at stake, so that the tables account for -18.00." in text


def test_other_equilibria_are_said_where_the_game_is_the_threat() -> None:
    text = read(Escalation())
    assert "With everything at stake the equilibrium is stand/escalate; in 2 of the 3" in text
    assert "stand/keep with only metals; stand/keep with only forestry" in text
    assert "metals and forestry reinforce each other against canada (by 10.50)" in text
    assert "linking them hurts canada by 10.50" in text
    assert "equilibrium" not in read(Escalation(), threat="status_quo", of="loss")


def test_concepts_that_disagree_on_a_sign_say_so_first() -> None:
    found = attribute(Tables())
    other = found.table * np.array([1.0, -1.0, 1.0])
    turned = dataclasses.replace(found, by_concept={"egalitarian": other})
    assert reading(turned, Tables())[0].startswith("The concepts disagree on the sign of autos. In")


def test_nothing_that_moves_is_said() -> None:
    assert "No table moves it." in read(Tables(scale=0.0), of="loss")


def test_a_side_that_gains_everywhere_has_no_weakness() -> None:
    text = read(Tables(), of="delta.us")
    assert "In a deal the US gains 18.00" in text
    assert "No table weakens the US; autos helps it most." in text


# --- wrong use ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "sector"}, "attribution by 'sector' is unknown"),
        ({"concept": "nahs"}, "did you mean 'nash'"),
        ({"of": "loss.usa"}, "of no player"),
        ({"of": "los"}, "did you mean 'loss'"),
        ({"of": "status"}, "there is no score 'status'"),
        ({"threat": "walkout"}, "has no threat point"),
        ({"rule": "paretto"}, "did you mean 'pareto'"),
    ],
)
def test_words_that_are_not_known_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        attribute(Tables(), **options)


def test_a_model_that_puts_nothing_at_stake_is_refused() -> None:
    with pytest.raises(ParameterError, match="stake='TABLE'"):
        attribute(load_model("tariff_standoff").build({}))
    nothing = dict.fromkeys(("steel", "aluminum", "energy", "vehicles", "lumber"), 0.0)
    with pytest.raises(ParameterError, match="nothing is at stake at this point"):
        attribute(Tables(**nothing))


def test_a_model_without_talks_still_has_payoffs() -> None:
    @dataclass(frozen=True)
    class Silent(Tables):
        def talks(self) -> Talks | None:
            return None

    with pytest.raises(ParameterError, match=r"take payoff\.canada"):
        attribute(Silent())
    assert attribute(Silent(), of="payoff").table == pytest.approx([-32, -42, -10], abs=1e-12)


def test_more_than_sixteen_sectors_are_refused() -> None:
    fields = [
        (f"s{k:02}", Any, stake("low" if k < 9 else "high"))  # seventeen, at two tables
        for k in range(17)
    ]
    body = {
        "players": ("canada", "us"),
        "actions": (("hold",), ("hold",)),
        "payoffs": lambda self: {
            ("hold", "hold"): (-sum(getattr(self, name) for name, *_ in fields), 0.0)
        },
    }
    many = dataclasses.make_dataclass("Many", fields, bases=(Model,), namespace=body, frozen=True)
    with pytest.raises(ParameterError, match=r"17 sectors at stake.*by=tables"):
        attribute(many(), of="payoff")
    assert attribute(many(), of="payoff", by="tables").table == pytest.approx([-9, -8], abs=1e-12)


# --- the shipped model ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Attribution:
    return attribute(load_model("canada_us").build({}))


def test_the_shipped_model_is_taken_apart_exactly(shipped: Attribution) -> None:
    model = load_model("canada_us").build({})
    whole = evaluate(model).leverage
    assert whole is not None
    delta = float(whole.concession["nash"].delta[0])
    assert float(shipped.baseline) == 0.0
    assert shipped.sector.sum() == pytest.approx(delta, rel=1e-9)
    assert shipped.table.sum() == pytest.approx(delta, rel=1e-9)
    sums = [shipped.sector[list(union)].sum() for union in shipped.unions]
    assert sums == pytest.approx(list(shipped.table), rel=1e-9)
    assert shipped.coalitions.certified.all()
    assert shipped.tables == ("metals_energy", "autos", "forestry", "other")


def test_tables_of_the_shipped_model_are_those_of_its_points(shipped: Attribution) -> None:
    cls = load_model("canada_us")
    specs = [spec for spec in cls.parameters().values() if spec.stake]
    for tables in ({"autos"}, {"metals_energy", "other"}):
        values = {spec.name: float(spec.stake in tables) for spec in specs}
        found = evaluate(cls.build(values)).leverage
        assert found is not None
        mask = sum(1 << shipped.tables.index(table) for table in tables)
        at = shipped.whole_tables[mask]
        assert set(shipped.at_stake(int(at))) == tables
        wanted = float(found.concession["nash"].delta[0])
        assert shipped.values[at] == pytest.approx(wanted, rel=1e-9)
