"""Whole numbers, truth values (issue's point 2) and per cent where a fraction is meant (W19)."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from negotiation import (
    AgreementSet,
    Axis,
    Case,
    Grid,
    Model,
    Talks,
    evaluate,
    load_model,
    parameter,
)
from negotiation.cli.console import run
from negotiation.contract import check
from negotiation.errors import GridError, ModelError, ParameterError
from negotiation.model import Kind, Percent
from negotiation.regimes.regions.plane import prepare
from negotiation.regimes.thresholds import thresholds
from negotiation.regimes.thresholds.inverse import reach
from negotiation.study import sweep
from negotiation.study.credibility.credibility import credibility

FILE = '''"""Rounds of talks, ratified or not; figures invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negotiation import AgreementSet, Model, Talks, parameter


@dataclass(frozen=True)
class Rounds(Model):
    """What it costs to hold out."""

    rounds: int = parameter(3, low=1, high=6, unit="rounds", source="invented", lever_of="a")
    ratified: bool = parameter(False, unit="choice", source="invented", about="by parliament")
    tariff: float = parameter(
        0.25, low=0, unit="ad valorem rate", source="invented", lever_of="b"
    )
    damage: float = parameter(5, low=0, unit="bn USD a year", source="invented")

    players = ("a", "b")
    actions = (("hold", "yield"), ("press", "rest"))
    payoff_unit = "bn USD a year"

    def payoffs(self) -> object:
        """Holding out pays from the fourth round on."""
        assert not isinstance(self.rounds, float), type(self.rounds)
        gain = self.rounds - 3.5
        loss = 10 * self.tariff * np.where(self.ratified, 2.0, 1.0)
        return {
            ("hold", "press"): (gain - loss, loss / 2),
            ("hold", "rest"): (0.0, 0.0),
            ("yield", "press"): (-loss, loss / 2),
            ("yield", "rest"): (-1.0, 0.0),
        }

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))
'''


@dataclasses.dataclass(frozen=True)
class Kinds(Model):
    """Every way to annotate a field."""

    a: int = parameter(3, low=1, below=9, unit="", source="")
    b: bool = parameter(True, unit="", source="")
    c: int | None = parameter(None, inherits="a", unit="", source="")
    d: int | NDArray[np.int64] = parameter(4, unit="", source="")
    e: float = parameter(100, unit="", source="")
    f: float | int = parameter(1, unit="", source="")
    g: Any = parameter(True, unit="", source="")
    h: Unknown | bool = parameter(False, unit="", source="")  # type: ignore[name-defined] # noqa: F821
    i: str = parameter("x", choices=("x", "y"), unit="", source="")
    j: Any = parameter(3, unit="", source="")

    players = ("a", "b")
    actions = (("x",), ("y",))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "rounds.py"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def rounds(file: Path) -> type[Model]:
    return load_model(str(file))


# --- whole numbers and truth values ---------------------------------------------------------------


def test_the_annotation_says_what_a_field_takes() -> None:
    found = {name: spec.kind for name, spec in Kinds.parameters().items()}
    whole, truth, number = Kind.INTEGER, Kind.BOOLEAN, Kind.NUMBER
    wanted = dict(zip("abcdefghij", [whole, truth, whole, whole, number, number], strict=False))
    wanted |= {"g": truth, "h": truth, "i": Kind.WORD, "j": number}
    assert found == wanted


@pytest.mark.parametrize("given", [4, "4", "4.0", 4.0, np.int64(4), np.float64(4.0), "+4"])
def test_a_whole_number_is_kept_as_one(rounds: type[Model], given: object) -> None:
    value = rounds(rounds=given).value("rounds")
    assert value == 4
    assert type(value) is int


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (3.5, "3.5"),
        ("3.5", "'3.5'"),
        (7, "7"),
        (0, "0"),
        ("many", "'many'"),
        (True, "True"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("30%", "'30%'"),
        ([1, 2.5], "2.5"),
        (10**400, "1000"),
        (None, "None"),
        ({}, "{}"),
    ],
)
def test_what_is_no_whole_number_in_the_range_is_refused(
    rounds: type[Model], given: object, told: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        rounds(rounds=given)
    said = str(caught.value)
    assert told in said
    assert "expected a whole number in [1, 6] (rounds)" in said


@pytest.mark.parametrize("given", [True, np.True_, 1, 1.0, "true", "Yes", "1", "on", "TRUE "])
def test_a_truth_value_is_kept_as_one(rounds: type[Model], given: object) -> None:
    assert rounds(ratified=given).value("ratified") is True


@pytest.mark.parametrize("given", [False, 0, 0.0, "false", "no", "NO", "0", "off"])
def test_so_is_the_other(rounds: type[Model], given: object) -> None:
    assert rounds(ratified=given).value("ratified") is False


@pytest.mark.parametrize("given", [2, "maybe", 0.5, None, "", [True, 2], "100%"])
def test_what_is_no_truth_value_is_refused(rounds: type[Model], given: object) -> None:
    with pytest.raises(ParameterError, match=r"ratified is .*; expected true or false \(choice\)"):
        rounds(ratified=given)


def test_arrays_keep_their_kind_and_make_a_cloud(rounds: type[Model]) -> None:
    cloud = rounds(rounds=[[1.0, 6.0]], ratified=np.array([[0], [1]]))
    assert cloud.value("rounds").dtype == np.int64
    assert cloud.value("ratified").dtype == np.bool_
    assert cloud.batch_shape == (2, 2)
    payoffs = cloud.game().payoffs
    for i, ratified in enumerate((False, True)):
        for j, number in enumerate((1, 6)):
            alone = rounds(rounds=number, ratified=ratified).game().payoffs
            np.testing.assert_array_equal(payoffs[i, j], alone)


def test_sweeps_go_over_whole_numbers_and_truth_values(rounds: type[Model]) -> None:
    data = sweep(rounds, ["rounds=1:6", "ratified=no,yes"])
    assert data["rounds"].dtype.kind == "i"
    assert data["rounds"].values.tolist() == [1, 2, 3, 4, 5, 6]
    assert data["ratified"].dtype == bool
    for k, ratified in enumerate((False, True)):
        for j, number in enumerate(range(1, 7)):
            alone = evaluate(rounds(rounds=number, ratified=ratified))
            there = data.isel(rounds=j, ratified=k)
            assert there["payoff_a"].item() == alone.selection.payoffs[0]
    same = sweep(rounds, {"rounds": range(1, 7), "ratified": [False, True]})
    xr.testing.assert_identical(data, same)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("rounds=1:5", (1, 2, 3, 4, 5)),
        ("rounds=5:1", (5, 4, 3, 2, 1)),
        ("rounds=1:5:3", (1, 3, 5)),
        ("rounds=2,4", (2, 4)),
        ("rounds=3", (3,)),
        ("ratified=false,true", (False, True)),
        ("ratified=1,0", (True, False)),
    ],
)
def test_axes_of_whole_numbers_and_truth_values(
    rounds: type[Model], text: str, values: tuple[object, ...]
) -> None:
    axis = Grid.of([text], rounds).fit(rounds).axes[0]
    assert axis.values == values
    assert [type(each) for each in axis.values] == [type(each) for each in values]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rounds=1:6:3", "not whole numbers"),
        ("rounds=1:2.5", "takes whole numbers; expected rounds=start:stop"),
        ("rounds=1:5:2.5", "takes whole numbers"),
        ("rounds=2:2", "different ones"),
        ("rounds=1,2.5", "expected a whole number"),
        ("rounds=1:9", r"rounds is 7; expected a whole number in \[1, 6\]"),
        ("rounds=true,false", "expected a whole number"),
        ("ratified=0:1", "write ratified=false,true"),
        ("ratified=yes,maybe", "expected true or false"),
        ("ratified=yes,true", "twice"),
        ("tariff=0:1", "expected name=start:stop:count"),
    ],
)
def test_axes_that_are_none(rounds: type[Model], text: str, said: str) -> None:
    with pytest.raises((GridError, ParameterError), match=said):
        Grid.of([text], rounds).fit(rounds)


def test_studies_of_a_number_without_gaps_say_what_to_do_instead(rounds: type[Model]) -> None:
    for axis, values in (("rounds=1:5", "1,2,3,4,5,6"), ("ratified=0:1", "false,true")):
        with pytest.raises(GridError, match=rf"takes .*'negotiation sweep .*={values}'"):
            thresholds(rounds, axis)
        with pytest.raises(GridError, match=r"takes .*without gaps"):
            prepare(Case(rounds), axis, "damage=0:1", (9, 9))
        with pytest.raises(GridError, match=r"takes .*without gaps"):
            credibility(rounds(), axis)


def test_a_target_is_sought_among_every_whole_number_and_truth_value(rounds: type[Model]) -> None:
    ways = reach(rounds, "payoff.a=-2").ways
    tried = {(way.parameter, way.value): way for way in ways}
    assert tried["rounds", "4"].reached  # gain 0.5, loss 2.5
    assert {value for name, value in tried if name == "rounds"} == {"1", "2", "4", "5", "6"}
    assert not tried["ratified", "true"].reached


def test_uncertain_whole_numbers_are_equally_likely(rounds: type[Model]) -> None:
    found = credibility(rounds(), "", ["rounds=1:4", "ratified=no,yes"])
    assert found.over[0].values == (1, 2, 3, 4)
    assert found.over[1].words == "ratified one of false, true"
    assert found.draws == 8
    holds = next(each for each in found.chances if each.claim.action == "hold")
    assert holds.probability == 0.25


def test_only_numbers_without_gaps_have_marginal_leverage(rounds: type[Model]) -> None:
    scores = evaluate(rounds(), marginal=True).leverage
    assert scores is not None
    assert set(scores.marginal) == {"tariff"}


def test_the_contract_is_checked_at_the_ends_and_in_clouds(file: Path, tmp_path: Path) -> None:
    assert all(finding.ok for finding in check(str(file)))
    broken = tmp_path / "broken.py"
    text = FILE.replace("np.where(self.ratified, 2.0, 1.0)", "(2.0 if self.ratified else 1.0)")
    broken.write_text(text, encoding="utf-8")
    found = [finding for finding in check(str(broken)) if not finding.ok]
    assert [finding.clause for finding in found] == ["batched: ratified"]
    assert "np.where" in found[0].problem


def test_models_show_says_the_kind(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "show", str(file)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "rounds = 3 whole number, rounds, [1, 6]" in shown
    assert "ratified = false by parliament. true or false, choice." in shown
    assert run(["models", "show", str(file), "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)["parameters"]
    assert [each["kind"] for each in record][:3] == ["whole number", "true or false", "number"]


@pytest.mark.parametrize("word", ["true", "yes", "1", "Yes"])
def test_set_on_the_command_line(file: Path, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", str(file), "--set", f"ratified={word}", "--set", "rounds=4"]) == 0
    assert "-4.500" in capsys.readouterr().out  # 0.5 less twice 2.5
    assert run(["solve", str(file), "--set", "rounds=3.5"]) == 2
    assert "whole number" in capsys.readouterr().err


def test_every_format_of_a_sweep_holds_them(file: Path, tmp_path: Path) -> None:
    for suffix in ("csv", "json", "nc", "parquet", "md", "txt"):
        target = tmp_path / f"out.{suffix}"
        options = ["--vary", "rounds=2:3", "--vary", "ratified=no,yes", "-o", str(target)]
        assert run(["sweep", str(file), *options]) == 0
    assert "false" in (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["rows"][1]["ratified"]
    with xr.open_dataset(tmp_path / "out.nc", engine="scipy") as data:
        assert data["rounds"].dtype.kind == "i"
        assert data["ratified"].dtype == bool


def test_a_picture_over_whole_numbers(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    options = ["--vary", "rounds=1:6", "--vary", "ratified=no,yes", "--plot", str(target)]
    assert run(["sweep", str(file), *options]) == 0
    assert target.stat().st_size > 1000


def test_a_stake_may_be_true_or_false() -> None:
    @dataclasses.dataclass(frozen=True)
    class Staked(Model):
        """Two tables."""

        one: bool = parameter(True, unit="choice", source="-", stake="one")
        two: bool = parameter(True, unit="choice", source="-", stake="two")

        players = ("a", "b")
        actions = (("x",), ("y",))

        def payoffs(self) -> object:  # type: ignore[override]
            return {("x", "y"): (-3.0 * self.one - 1.0 * self.two, 0.0 * self.one * self.two)}

        def talks(self) -> Talks:
            return Talks(self.players, (0.0, 0.0), AgreementSet.money(1.0))

    from negotiation.study.attribution import attribute

    found = attribute(Staked(), of="loss.a", by="tables")
    assert found.total == pytest.approx(4.0)


def test_choices_are_words() -> None:
    with pytest.raises(ModelError, match="expected words"):
        parameter(1, choices=(1, 2))  # type: ignore[arg-type]


# --- W19: per cent where a fraction is meant ------------------------------------------------------

RATES = [
    ("canada_us", "escalation_rate"),
    ("canada_us", "escalation_rate_energy"),
    ("canada_us", "retaliation_rate"),
    ("canada_us", "integration_loss"),
]


@pytest.mark.parametrize(("model", "name"), RATES)
@pytest.mark.parametrize("given", [25, 25.0, "25", np.float64(25), [0.1, 25], np.array([25.0])])
def test_w19_a_rate_in_per_cent_is_asked_about(model: str, name: str, given: object) -> None:
    cls = load_model(model)
    with pytest.raises(ParameterError, match=rf"{name} is 25.*did you mean 0\.25 .*'2500%'"):
        cls(**{name: given})
    with pytest.raises(ParameterError, match="did you mean"):
        cls.build({name: given})
    with pytest.raises(ParameterError, match="did you mean"):
        cls().replace({name: given})


@pytest.mark.parametrize(
    ("given", "value"),
    [("25%", 0.25), ("2500%", 25.0), (" 7 %", 0.07), ("14.3%", 0.143), ("2.5e1%", 0.25), (2.0, 2)],
)
def test_w19_a_percent_sign_says_what_is_meant(given: object, value: float) -> None:
    cls = load_model("canada_us")
    point = cls(escalation_rate=given)
    assert point.value("escalation_rate") == value
    assert isinstance(point.value("escalation_rate"), float)
    # And it stays said, whatever else changes.
    for other in (
        point.replace({"diversification": 0.2}),
        dataclasses.replace(point, **{"diversification": 0.2}),
        copy.deepcopy(point),
    ):
        assert other.value("escalation_rate") == value


def test_w19_in_arrays_too() -> None:
    cls = load_model("canada_us")
    cloud = cls(escalation_rate=["0%", "25%", "2500%"])
    assert cloud.value("escalation_rate").tolist() == [0.0, 0.25, 25.0]
    assert cloud.replace({"diversification": 0.2}).value("escalation_rate")[2] == 25.0


@pytest.mark.parametrize("name", ["already_moved", "diversification", "concession_efficiency"])
def test_w19_a_share_out_of_its_range_asks_the_same(name: str) -> None:
    with pytest.raises(ParameterError, match=rf"{name} is 25; expected .*did you mean 0\.25 "):
        load_model("canada_us")(**{name: 25})


def test_w19_of_a_bounded_tariff() -> None:
    cls = load_model("tariff_standoff")
    with pytest.raises(ParameterError, match=r"tariff is 25; .*did you mean 0\.25 \(25 %\)\?"):
        cls(tariff=25)
    assert cls(tariff="25%").value("tariff") == 0.25
    with pytest.raises(ParameterError, match=r"tariff is 25; expected a number in \[0, 2\]"):
        cls(tariff="2500%")  # meant, but out of range


def test_w19_a_users_model_is_asked_by_its_unit(rounds: type[Model]) -> None:
    with pytest.raises(ParameterError, match=r"did you mean 0\.1 "):
        rounds(tariff=10)
    with pytest.raises(ParameterError, match="percent sign says nothing"):
        rounds(damage="25%")
    assert rounds(damage=25.0).value("damage") == 25.0


@pytest.mark.parametrize(
    ("unit", "fraction"),
    [
        ("ad valorem rate", True),
        ("ad-valorem", True),
        ("share of exports", True),
        ("budget share", True),
        ("fraction", True),
        ("tariff rate", True),
        ("iceberg cost", True),
        ("US$ per share", False),
        ("bn USD a year", False),
        ("elasticity", False),
        ("%", False),
        ("rate a year", False),
        ("", False),
    ],
)
def test_w19_which_units_are_fractions(unit: str, fraction: bool) -> None:
    @dataclasses.dataclass(frozen=True)
    class One(Model):
        """One parameter."""

        x: float = parameter(0.5, unit=unit, source="-")
        declared: float = parameter(0.5, unit="weight", source="-", fraction=True)
        not_one: float = parameter(0.5, unit="share", source="-", fraction=False)

        players = ("a", "b")
        actions = (("x",), ("y",))

    assert One.find_parameter("x").fraction is fraction
    assert One(not_one=25).value("not_one") == 25.0
    with pytest.raises(ParameterError, match="did you mean"):
        One(declared=25)
    if unit == "%":
        assert One.build({"x": "25%"}).value("x") == 25.0  # per cent is the unit


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["solve", "canada_us", "--set", "escalation_rate=25"], 2),
        (["sweep", "canada_us", "--vary", "escalation_rate=0:25:6", "--dry-run"], 2),
        (["sweep", "canada_us", "--vary", "escalation_rate=10,25", "--dry-run"], 2),
        (["sweep", "canada_us", "--vary", "diversification=0:25:6", "--dry-run"], 2),
        (["threshold", "canada_us", "--vary", "escalation_rate=0:25"], 2),
        (["map", "canada_us", "--vary", "escalation_rate=0:25", "--vary", "procurement=0:0.1"], 2),
        (["credibility", "canada_us", "--over", "escalation_rate=0:25"], 2),
        (["credibility", "canada_us", "--vary", "escalation_rate=0:25"], 2),
        (["sweep", "canada_us", "--vary", "escalation_rate=0:25%:6", "--dry-run"], 0),
        (["sweep", "canada_us", "--vary", "escalation_rate=0:2500%:3", "--dry-run"], 0),
    ],
)
def test_w19_on_the_command_line(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    said = capsys.readouterr().err
    assert code == 0 or "did you mean 0.25" in said


def test_w19_ranges_in_per_cent() -> None:
    cls = load_model("tariff_standoff")
    given = sweep(cls, ["tariff=0:25%:6"])
    np.testing.assert_allclose(given["tariff"], np.linspace(0, 0.25, 6))
    assert sweep(cls, {"tariff": ["0%", "25%"]})["tariff"].values.tolist() == [0.0, 0.25]
    assert thresholds(cls, "tariff=0%:50%").high == 0.5
    with pytest.raises(ParameterError, match=r"did you mean 0\.25"):
        sweep(cls, {"tariff": [0, 25]})


def test_w19_what_was_forced_goes_through_every_study(rounds: type[Model]) -> None:
    point = rounds(tariff="2500%")
    assert evaluate(point, marginal=True).leverage is not None
    data = sweep(rounds, ["tariff=0:2500%:3"])
    assert data["tariff"].values.tolist() == [0.0, 12.5, 25.0]
    assert thresholds(rounds, "tariff=1:2500%").high == 25.0
    assert thresholds(Case(rounds, {"tariff": "2500%"}), "damage=1:2").model.value("tariff") == 25.0
    assert reach(Case(rounds, {"tariff": "2500%"}), "payoff.a=-200").ways
    # And what a study tries beyond the value in use is not asked about.
    assert reach(Case(rounds, {"tariff": 4.9}), "payoff.a=-45").ways


def test_w19_an_axis_keeps_what_was_said() -> None:
    cls = load_model("canada_us")
    grid = Grid.of(["escalation_rate=0:2500%:3"])
    for _ in range(3):  # read once, fitted by whoever looks at it
        grid = grid.fit(cls)
        assert list(grid.axes[0].values) == [0.0, 12.5, 25.0]
    assert isinstance(Axis.parse("x=0%,2500%").values[1], Percent)
