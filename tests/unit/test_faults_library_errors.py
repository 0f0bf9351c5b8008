"""Errors are ours, with the nearest name; lists stand for arrays; short reprs (point 2)."""

from __future__ import annotations

import inspect
import pydoc
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import negotiation
from negotiation import AgreementSet, Case, Game, Grid, Model, Quantity, evaluate, load_model
from negotiation import parameter as declared
from negotiation.catalogue import find
from negotiation.errors import (
    CatalogueError,
    GridError,
    NegotiationError,
    ParameterError,
    PayoffError,
    ResultError,
)

#: The package as those use it who have no type checker.
LOOSE: Any = negotiation
STANDOFF: Any = load_model("tariff_standoff")
CANADA = load_model("canada_us")


@dataclass(frozen=True)
class Listed(Model):
    """Lists wherever an array or a tuple may stand."""

    s: float = declared(1.0, unit="m", source="-", lever_of="a")

    players = ["a", "b"]  # type: ignore[assignment]  # noqa: RUF012
    actions = [["x", "y"], ["u", "v"]]  # type: ignore[assignment]  # noqa: RUF012

    def payoffs(self) -> Any:
        return [[[1, 2], [3, -4]], [[1, 2], [3, 4]]]

    def talks(self) -> Any:
        return LOOSE.Talks(self.players, [0, 0], AgreementSet.money(0.0))

    def size(self) -> Any:
        return [1, 2]

    def outcomes(self) -> dict[str, Quantity]:
        return {"jobs": Quantity([[1, 2], [3, 4]], "m")}  # type: ignore[arg-type]


# --- a name that is not there ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: STANDOFF(tarif=1), ParameterError, "did you mean 'tariff'"),
        (lambda: STANDOFF(1, 0.2, 0.3, 4, 5, 6), ParameterError, "6 values were given"),
        (lambda: STANDOFF(1, exports=2), ParameterError, "exports is given twice"),
        (
            lambda: CANADA(**{"diversification.autos": 0.2}),
            ParameterError,
            r"write diversification_autos=\.\.\., or build",
        ),
        (lambda: CANADA(diversification_auto=0.2), ParameterError, "'diversification_autos'"),
        (lambda: STANDOFF.build({"tarif": 1}), ParameterError, "did you mean 'tariff'"),
        (lambda: STANDOFF.build(["tariff=1"]), ParameterError, "expected a mapping"),
        (lambda: STANDOFF().replace("tariff=1"), ParameterError, "expected a mapping"),
        (lambda: STANDOFF().value("tarif"), ParameterError, "did you mean 'tariff'"),
        (
            lambda: LOOSE.evaluate(Case(STANDOFF(), rule="paretto")),
            ParameterError,
            "did you mean 'pareto'",
        ),
        (
            lambda: LOOSE.evaluate(LOOSE.Case(STANDOFF(), rule=["pareto"])),
            ParameterError,
            "is unknown",
        ),
        (
            lambda: LOOSE.evaluate(Case(STANDOFF(), threat="disput")),
            ParameterError,
            "mean 'dispute'",
        ),
        (
            lambda: LOOSE.evaluate(LOOSE.Case(STANDOFF(), threat=["dispute"])),
            ParameterError,
            "no threat point",
        ),
        (
            lambda: LOOSE.study.sweep(Case(STANDOFF, rule="paretto"), ["tariff=0:1:3"]),
            ParameterError,
            "did you mean 'pareto'",
        ),
        (
            lambda: LOOSE.study.sweep(STANDOFF, {"tarif": [1]}),
            ParameterError,
            "did you mean 'tariff'",
        ),
        (lambda: LOOSE.study.sweep(STANDOFF, 3), GridError, "3 is not an axis"),
        (lambda: LOOSE.study.sweep(STANDOFF, [3]), GridError, "3 is not an axis"),
        (
            lambda: LOOSE.study.sweep(STANDOFF, {"tariff": None}),
            GridError,
            "expected a list of numbers",
        ),
        (
            lambda: LOOSE.study.sweep(STANDOFF, {"tariff": [[0.1]]}),
            GridError,
            "expected a list of numbers",
        ),
        (lambda: LOOSE.study.sweep(STANDOFF, {"tariff": ["x"]}), GridError, "expected numbers"),
        (lambda: LOOSE.study.sweep(STANDOFF, {"tariff": []}), GridError, "no values"),
        (
            lambda: LOOSE.bargaining.bargain(STANDOFF().talks(), [-1, -1], "nahs"),
            ParameterError,
            "mean 'nash'",
        ),
        (
            lambda: LOOSE.bargaining.bargain(STANDOFF().talks(), [-1, -1], ["nash"]),
            ParameterError,
            "is unknown",
        ),
        (lambda: LOOSE.load_model("tariff_standof"), CatalogueError, "mean 'tariff_standoff'"),
        (lambda: LOOSE.load_model(3), CatalogueError, "3 is not a model"),
        (lambda: STANDOFF(tariff={}), ParameterError, r"is {}; expected a number"),
        (lambda: STANDOFF(tariff=1j), ParameterError, "expected a number"),
        (lambda: STANDOFF(tariff=[[1], [1, 2]]), ParameterError, "expected a number"),
        (lambda: STANDOFF(exports=10**400), ParameterError, "expected a number"),
        (lambda: CANADA(elasticities=3), ParameterError, "'3'"),
        (lambda: CANADA(markets=3), ParameterError, "'3'"),
        (lambda: LOOSE.Game(("a", "b"), (("x",), ("y",)), "many"), PayoffError, "array of numbers"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
    ask: Any, error: type[NegotiationError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        ask()
    assert caught.value.exit_code in (2, 4)
    assert "\n" not in str(caught.value)


def test_a_misspelt_result_is_refused_with_the_nearest() -> None:
    found = evaluate(CANADA())
    assert found.leverage is not None
    scores = found.leverage
    for ask, said in (
        (lambda: found.quantities["welfare_pct.CN"], "did you mean 'welfare_pct.CHN'"),
        (lambda: found.at_selection("welfare_pct_CAN"), "did you mean 'welfare_pct.CAN'"),
        (lambda: found.agreements["nahs"], "did you mean 'nash'"),
        (lambda: scores.concession["egalitarain"], "did you mean 'egalitarian'"),
        (lambda: scores.marginal["diversification"], "marginal=True"),
    ):
        with pytest.raises(ResultError, match=said) as caught:
            ask()
        assert isinstance(caught.value, KeyError)  # who expects one may go on doing so
    assert "welfare_pct.CN" not in found.quantities
    assert found.quantities.get("welfare_pct.CN") is None
    assert evaluate(STANDOFF()).quantities == {}
    with pytest.raises(ResultError, match="its outcomes"):
        evaluate(STANDOFF()).at_selection("jobs")


# --- lists, paths and single values where they are natural ----------------------------------------


def test_lists_stand_for_arrays_and_tuples() -> None:
    found = evaluate(Listed())
    assert found.at_selection("jobs") in (1, 2, 3, 4)
    assert found.leverage is not None
    game = Game(["a", "b"], [["x", "y"], ["u", "v"]], [[[1, 2], [3, 4]]] * 2)  # type: ignore[arg-type]
    assert game.payoffs.shape == (2, 2, 2)
    assert game.players == ("a", "b")
    assert game.actions == (("x", "y"), ("u", "v"))


@pytest.mark.parametrize(
    "vary",
    [
        {"tariff": [0.1, 0.2]},
        {"tariff": (0.1, 0.2)},
        {"tariff": np.array([0.1, 0.2])},
        {"tariff": {0.1, 0.2}},
        {"tariff": (x for x in (0.1, 0.2))},
        {"tariff": ["0.1", "20%"]},
        "tariff=0.1,0.2",
        ["tariff=10%,20%"],
        negotiation.Axis("tariff", (0.1, 0.2)),
    ],
)
def test_whatever_lists_values_is_an_axis(vary: Any) -> None:
    assert Grid.of(vary, STANDOFF).fit(STANDOFF).axes[0].values == (0.1, 0.2)


def test_one_value_is_an_axis_and_a_path_a_model(tmp_path: Path) -> None:
    assert Grid.of({"tariff": 0.1}).size == 1
    path = tmp_path / "mine.py"
    path.write_text(find("tariff_standoff").path.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_model(path).name() == "mine"


# --- what shows itself ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (STANDOFF(), "TariffStandoff()"),
        (STANDOFF(tariff=0.25), "TariffStandoff()"),
        (STANDOFF(tariff=0.1, damage=3), "TariffStandoff(tariff=0.1, damage=3.0)"),
        (STANDOFF(tariff=[0.1, 0.2]), "TariffStandoff(tariff=[0.1, 0.2])"),
        (
            STANDOFF(tariff=np.linspace(0, 1, 11)),
            "TariffStandoff(tariff=<11 values, 0 to 1>)",
        ),
        (
            STANDOFF(tariff=np.zeros((4, 3))),
            "TariffStandoff(tariff=<4 x 3 values, 0 to 0>)",
        ),
        (CANADA(elasticities="low"), "CanadaUS(elasticities='low')"),
        (CANADA(diversification_autos=0.2), "CanadaUS(diversification_autos=0.2)"),
        (CANADA(escalation_rate="2500%"), "CanadaUS(escalation_rate='2500%')"),
    ],
)
def test_a_model_shows_what_differs_from_its_defaults(model: Model, shown: str) -> None:
    assert repr(model) == shown


def test_a_model_that_shows_itself_otherwise_may() -> None:
    @dataclass(frozen=True)
    class Own(Model):
        """With a repr of its own."""

        x: float = declared(1.0, unit="-", source="-")

        def __repr__(self) -> str:
            return "mine"

    assert repr(Own()) == "mine"


def test_a_parameter_shows_itself_in_a_line() -> None:
    shown = repr(STANDOFF.find_parameter("tariff"))
    assert shown == "<Parameter tariff = 0.25: number, [0, 2] ad valorem rate>"
    assert len(repr(CANADA.find_parameter("elasticities"))) < 160


def test_help_and_completion_show_the_fields() -> None:
    assert list(inspect.signature(STANDOFF).parameters)[:2] == ["exports", "diversification"]
    assert {"tariff", "replace", "game", "value"} <= set(dir(STANDOFF()))


def test_help_of_the_package_names_what_is_public() -> None:
    text = pydoc.plain(pydoc.render_doc(negotiation))
    for name in ("load_model", "evaluate", "parameter", "class Outcome", "read_trade"):
        assert name in text
    assert dir(negotiation) == sorted(negotiation.__all__)
    with pytest.raises(AttributeError, match="did you mean 'evaluate'"):
        getattr(negotiation, "evalute")  # noqa: B009


def test_completion_works_before_anything_is_loaded() -> None:
    script = "import negotiation, sys; print('numpy' in sys.modules, 'World' in dir(negotiation))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "True"]
