"""`Model`: parameters by name, what is refused and in which words, inheritance, clouds."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import numpy as np
import pytest

from negotiation import Model, parameter
from negotiation.errors import ModelError, ParameterError, PayoffError


@dataclass(frozen=True)
class Standoff(Model):
    """A model with every kind of parameter."""

    tariff: Any = parameter(0.25, low=0, high=2, unit="ad valorem rate", source="test")
    share: Any = parameter(0.3, low=0, below=1, unit="share", source="test", lever_of="exporter")
    share_autos: Any = parameter(
        None, low=0, below=1, unit="share", source="test", name="share.autos", inherits="share"
    )
    share_parts: Any = parameter(
        None,
        low=0,
        below=1,
        unit="share",
        source="test",
        name="share.parts",
        inherits="share.autos",
    )
    shock: Any = parameter(0.0, unit="US$", source="test")
    date: str = parameter("2025", choices=("2025", "2026"), unit="date", source="test")
    markets: str = parameter(
        "all", choices=("all", "EU", "UK", "JP"), many=True, unit="regions", source="test"
    )

    players = ("exporter", "importer")
    actions = (("accept", "retaliate"), ("refrain", "impose"))

    def payoffs(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        loss = self.tariff * (1 - self.share)
        return {
            ("accept", "refrain"): (0.0, 0.0),
            ("accept", "impose"): (-loss, loss),
            ("retaliate", "refrain"): (-1.0, self.shock),
            ("retaliate", "impose"): (1.0 - loss, 0.0),
        }


# --- names ---------------------------------------------------------------------------------------


def test_parameters_go_by_the_names_a_user_writes() -> None:
    specs = Standoff.parameters()
    assert list(specs) == [
        "tariff",
        "share",
        "share.autos",
        "share.parts",
        "shock",
        "date",
        "markets",
    ]
    assert specs["share.autos"].field == "share_autos"
    assert specs["share"].lever_of == "exporter"
    assert specs["tariff"].numeric
    assert not specs["date"].numeric
    assert Standoff.build({"share.autos": 0.5, "tariff": 1}).share_autos == 0.5


@pytest.mark.parametrize(
    ("given", "meant"), [("tarif", "tariff"), ("share.auto", "share.autos"), ("Tariff", "tariff")]
)
def test_an_unknown_parameter_is_named_with_the_nearest(given: str, meant: str) -> None:
    words = rf"Standoff has no parameter '{given}'.*did you mean '{meant}'"
    with pytest.raises(ParameterError, match=words):
        Standoff.build({given: 0.1})
    with pytest.raises(ParameterError, match=words):
        Standoff().replace({given: 0.1})
    with pytest.raises(ParameterError, match=words):
        Standoff().value(given)


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    with pytest.raises(ParameterError, match="no parameter 'population'") as caught:
        Standoff.find_parameter("population")
    assert "did you mean" not in str(caught.value)


def test_the_field_of_a_dotted_name_is_not_its_name() -> None:
    with pytest.raises(ParameterError, match=r"'share_autos'.*did you mean 'share.autos'"):
        Standoff.build({"share_autos": 0.1})


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("tariff", -0.5, r"tariff is -0\.5; expected a number in \[0, 2\] \(ad valorem rate\)"),
        ("tariff", 2.5, r"tariff is 2\.5; expected a number in \[0, 2\] \(ad valorem rate\)"),
        ("share", 1.0, r"share is 1; expected a number in \[0, 1\) \(share\)"),
        ("share.autos", 1.5, r"share\.autos is 1\.5; expected a number in \[0, 1\) \(share\)"),
        ("shock", np.inf, r"shock is inf; expected a number in .-inf, inf. \(US\$\)"),
        ("shock", np.nan, r"shock is nan; expected a number in .-inf, inf. \(US\$\)"),
        ("tariff", [0.1, 0.2, 7.0], r"tariff is 7; expected a number in \[0, 2\]"),
        ("tariff", "high", r"tariff is 'high'; expected a number in \[0, 2\] \(ad valorem rate\)"),
        ("tariff", [0.1, "x"], r"tariff is \[0\.1, 'x'\]; expected a number"),
        ("tariff", None, r"tariff is (nan|None); expected a number"),
        ("date", "2052", r"date is '2052'.*; choose from 2025, 2026"),
        ("date", 0.25, r"date is '0\.25'.*; choose from 2025, 2026"),
        ("markets", "EU+US", r"markets is 'US'.*; choose from all, EU, UK, JP"),
        ("markets", "", r"markets is ''.*; choose from all, EU, UK, JP"),
    ],
)
def test_a_value_out_of_range_is_named_with_range_and_unit(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(ParameterError, match=f"Standoff: parameter {words}"):
        Standoff.build({name: value})
    with pytest.raises(ParameterError, match=f"Standoff: parameter {words}"):
        Standoff().replace({name: value})


def test_the_nearest_choice_is_suggested() -> None:
    with pytest.raises(ParameterError, match=r"'20226'.*did you mean '2026'"):
        Standoff.build({"date": "20226"})


def test_the_ends_of_a_closed_range_belong_to_it() -> None:
    assert Standoff.build({"tariff": 0}).tariff == 0.0
    assert Standoff.build({"tariff": 2}).tariff == 2.0
    assert Standoff.build({"share": np.nextafter(1.0, 0.0)}).share < 1.0


@pytest.mark.parametrize("given", ["EU+UK", ("EU", "UK"), "EU + UK", ["EU", " UK"]])
def test_several_choices(given: object) -> None:
    assert Standoff.build({"markets": given}).markets == "EU+UK"


def test_the_range_in_words() -> None:
    specs = Standoff.parameters()
    assert specs["tariff"].range == "[0, 2]"
    assert specs["share"].range == "[0, 1)"
    assert "-inf, inf" in specs["shock"].range
    assert specs["date"].range == "2025|2026"
    assert specs["markets"].range.startswith("all|EU|UK|JP")
    assert specs["tariff"].upper == 2
    assert specs["share"].upper == 1
    assert specs["shock"].upper is None


def test_a_model_does_not_change() -> None:
    model = Standoff()
    with pytest.raises(FrozenInstanceError):
        model.tariff = 1.0  # type: ignore[misc]
    moved = model.replace({"tariff": 1.0})
    assert (model.tariff, moved.tariff) == (0.25, 1.0)


# --- inheritance ---------------------------------------------------------------------------------


def test_what_is_not_set_follows_its_parent() -> None:
    model = Standoff()
    assert model.share_autos is None
    assert [model.value(n) for n in ("share", "share.autos", "share.parts")] == [0.3, 0.3, 0.3]
    moved = model.replace({"share": 0.5})
    assert [moved.value(n) for n in ("share", "share.autos", "share.parts")] == [0.5, 0.5, 0.5]
    own = moved.replace({"share.autos": 0.1})
    assert [own.value(n) for n in ("share", "share.autos", "share.parts")] == [0.5, 0.1, 0.1]
    again = own.replace({"share.autos": None, "share.parts": 0.0})
    assert [again.value(n) for n in ("share", "share.autos", "share.parts")] == [0.5, 0.5, 0.0]


# --- clouds --------------------------------------------------------------------------------------


def test_arrays_make_a_cloud() -> None:
    model = Standoff.build({"tariff": [[0.1], [0.2], [0.3]], "share": [0.0, 0.5]})
    assert model.batch_shape == (3, 2)
    game = model.game()
    assert game.payoffs.shape == (3, 2, 2, 2, 2)
    for i, j in np.ndindex(3, 2):
        point = Standoff.build({"tariff": 0.1 * (i + 1), "share": 0.5 * j})
        assert point.batch_shape == ()
        # 0.1 times 3 is not quite the float 0.3.
        np.testing.assert_allclose(game.payoffs[i, j], point.game().payoffs, rtol=1e-15, atol=0)


def test_a_parameter_that_enters_no_payoff_still_makes_a_cloud() -> None:
    game = Standoff.build({"share.autos": [0.1, 0.2, 0.3]}).game()
    assert game.batch_shape == (3,)
    np.testing.assert_array_equal(game.payoffs[0], game.payoffs[2])


def test_arrays_that_do_not_broadcast_are_named() -> None:
    with pytest.raises(ParameterError, match=r"broadcast.*tariff \(3,\).*share.autos \(2,\)"):
        Standoff.build({"tariff": [0.1, 0.2, 0.3], "share.autos": [0.1, 0.2]})


def test_numbers_become_floats_and_lists_arrays() -> None:
    model = Standoff.build({"tariff": 1, "share": [0, 0]})
    assert type(model.tariff) is float
    assert isinstance(model.share, np.ndarray)
    assert model.share.dtype == np.float64


# --- what an author may get wrong ----------------------------------------------------------------


def test_a_field_that_is_no_parameter_is_named() -> None:
    @dataclass(frozen=True)
    class Plain(Model):
        tariff: float = 0.25

    with pytest.raises(ModelError, match=r"model Plain: field tariff is not a parameter\(\)"):
        Plain()


def test_a_model_without_payoffs_says_so() -> None:
    @dataclass(frozen=True)
    class Bare(Model):
        players = ("a", "b")
        actions = (("x",), ("y",))

    with pytest.raises(ModelError, match=r"model Bare has no payoffs\(\)"):
        Bare().game()


def test_payoffs_may_be_one_array() -> None:
    table = np.arange(8.0).reshape(2, 2, 2)

    @dataclass(frozen=True)
    class Table(Model):
        players = ("a", "b")
        actions = (("p", "q"), ("r", "s"))

        def payoffs(self) -> Any:
            return table.tolist()

    game = Table().game()
    np.testing.assert_array_equal(game.payoffs, table)

    @dataclass(frozen=True)
    class Wrong(Model):
        players = ("a", "b")
        actions = (("p", "q"), ("r",))

        def payoffs(self) -> Any:
            return table

    with pytest.raises(PayoffError, match=r"shape \(2, 2, 2\)"):
        Wrong().game()


def test_without_talks_there_is_no_bargain_but_a_game() -> None:
    from negotiation import evaluate

    outcome = evaluate(Standoff())
    assert outcome.talks is None
    assert outcome.leverage is None
    assert outcome.agreements == {}
    assert outcome.certified.all()
    assert str(outcome.selection.support) == "retaliate/impose"


def test_an_empty_unit_and_horizon_are_those_of_a_model_that_says_nothing() -> None:
    class Silent(Model):
        payoff_unit = ""
        horizon = ""

    assert Silent.payoff_unit == Model.payoff_unit
    assert Silent().ask("horizon_here") == Model.horizon
