"""Models: written, loaded, built, evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import negotiation
from negotiation import (
    Agreement,
    AgreementSet,
    Case,
    Currency,
    Demand,
    Equilibrium,
    EquilibriumSet,
    Game,
    Leverage,
    Model,
    NegotiationError,
    Outcome,
    Quantity,
    Talks,
    ThreatPoint,
    World,
    catalogue,
    errors,
    evaluate,
    load_model,
    parameter,
    prior,
)
from negotiation.model import Kind, Parameter, Percent, number, whole
from negotiation.trade import Schedule

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Standoff(Model):
    """Fields of every kind, and every method an author may write."""

    tariff: float | Array = parameter(
        0.25, low=0, high=2, unit="ad valorem rate", source="invented", lever_of="importer"
    )
    tariff_cars: float | Array | None = parameter(
        None, name="tariff.cars", inherits="tariff", unit="ad valorem rate", source="invented"
    )
    share: float = parameter(
        0.5,
        low=0,
        below=1,
        unit="share",
        source="invented",
        fraction=True,
        prior=prior.triangular(0.1, 0.5, 0.9).told("invented", "shares"),
    )
    rounds: int | NDArray[np.int64] = parameter(3, low=1, high=9, unit="rounds", source="invented")
    ratified: bool = parameter(False, unit="choice", source="invented", about="in words")
    date: str = parameter("2025", choices=("2025", "2026"), unit="date", source="invented")
    markets: str = parameter("all", choices=("all", "EU"), many=True, unit="-", source="invented")
    at_stake: float = parameter(1.0, low=0, high=1, unit="share", source="us", stake="cars")

    players = ("exporter", "importer")
    actions = (("accept", "retaliate"), ("refrain", "impose"))
    payoff_unit = "bn USD a year"
    horizon = "one year"
    names = MappingProxyType({"exporter": "Home"})
    headline = MappingProxyType({"jobs": "jobs"})
    regions_of_players = MappingProxyType({"exporter": "H"})
    threats = MappingProxyType({"war": "a tariff war"})
    assumptions = ("one",)
    not_modelled = ("two", "three")

    def payoffs(self) -> dict[tuple[str, str], tuple[float | Array, float | Array]]:
        loss = np.asarray(self.tariff, dtype=float) * 100.0
        return {
            ("accept", "refrain"): (0.0, 0.0),
            ("accept", "impose"): (-loss, loss / 2),
            ("retaliate", "refrain"): (-1.0, 0.0),
            ("retaliate", "impose"): (3.0 - loss, loss / 2 - 8.0),
        }

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))

    def outcomes(self) -> Mapping[str, Quantity]:
        return {"jobs": Quantity(np.zeros((2, 2)), "%", "jobs lost")}

    def size(self) -> Array:
        return np.array([1.0, 2.0])

    def lever_cost(self, name: str) -> float | None:
        return 1.0 if name == "tariff" else None

    def levers_worth(self) -> Array | None:
        return None

    def packages(self) -> negotiation.bargaining.Packages | None:
        return None

    def power_to_hurt(self) -> Mapping[str, Quantity]:
        return {"exporter": Quantity(np.zeros(3), "log points")}

    def horizon_here(self) -> str:
        return "one year"

    def threat_point(self, name: str) -> ThreatPoint:
        return ThreatPoint(np.zeros(2), f"a {name}", np.True_, {"rounds": 3})

    def trade_world(self) -> World | None:
        return None

    def other_money(self) -> Mapping[str, Currency]:
        return {"exporter": Currency("C$ million a year", 1.4, "2026-10-05; a source")}

    def demands(self) -> Sequence[Demand]:
        return [Demand("a market", 100.0, 0.5, 0.1, "US$ million a year")]

    def known_duties(self) -> Mapping[str, Sequence[Schedule]]:
        return {"importer": [Schedule("steel", "USA", "CAN", {"STL": 0.5})]}

    def tariff_sectors(self) -> tuple[str, ...] | None:
        return None

    def tariff_objectives(self) -> Mapping[str, Mapping[str, float]]:
        return {"H": {"cars": 0.5}}


@dataclass(frozen=True)
class AsArray(Model):
    """Payoffs as an array, no talks."""

    weight: float = parameter(1.0, unit="", source="")

    def payoffs(self) -> Array:
        return np.zeros((2, 2, 2))


def made() -> None:
    point = Standoff(tariff=0.1, rounds=4, ratified=True, date="2026")
    cloud = Standoff(tariff=np.linspace(0.0, 1.0, 5), rounds=np.array([1, 2, 3, 4, 5]))
    assert_type(point, Standoff)
    assert_type(cloud.replace({"tariff.cars": 0.2}), Standoff)
    assert_type(cloud.at_values({"tariff.cars": 0.2}), Standoff)
    assert_type(Standoff.build({"tariff": "25%", "ratified": "yes"}), Standoff)
    assert_type(Standoff.build(), Standoff)
    assert_type(point.rounds, int | NDArray[np.int64])
    assert_type(point.ratified, bool)
    assert_type(point.game(), Game)
    assert_type(cloud.batch_shape, tuple[int, ...])
    assert_type(Standoff.name(), str)
    assert_type(Standoff.named("exporter"), str)
    assert_type(Standoff.parameters(), dict[str, Parameter])
    spec = Standoff.find_parameter("rounds")
    assert_type(spec.kind, Kind)
    assert_type(spec.default is None or spec.low is None, bool)
    assert_type(spec.numeric, bool)
    assert_type(spec.range, str)
    assert_type(spec.upper, float | None)
    assert_type(spec.number("25%"), float)
    assert_type(spec.written(3), str)
    assert_type(number("25%"), float)
    assert_type(whole("3"), int)
    assert_type(Percent(25.0) + 1.0, float)
    assert_type(repr(point), str)
    AsArray(weight=2.0)


def loaded(path: Path) -> None:
    model = load_model("tariff_standoff")
    assert_type(model, type[Model])
    assert_type(load_model(path), type[Model])
    point = model(tariff=0.1)
    cloud = model(tariff=np.linspace(0.0, 1.0, 5), rounds=[1, 2, 3, 4, 5])
    assert_type(point, Model)
    assert_type(evaluate(cloud), Outcome)
    assert_type(catalogue.shipped(), dict[str, catalogue.Entry])
    entry = catalogue.find("tariff_standoff")
    assert_type(entry.name, str)
    assert_type(entry.path, Path)
    assert_type(entry.about, str)
    assert_type(entry.digest, str)
    assert_type(catalogue.unpickled("tariff_standoff", "", "0"), type[Model])
    assert_type(negotiation.__version__, str)


def sourced(model: Model, path: Path) -> None:
    for source in ("tariff_standoff", path, Standoff, model):
        assert_type(catalogue.point(source, {"tariff": 0.1}), Model)
    settings = catalogue.settings_of(model, {"tariff": "10%"}, without=["share"])
    assert_type(evaluate("tariff_standoff"), Outcome)
    print(settings)


def evaluated(model: Model) -> None:
    found = evaluate(Case(model, rule="pareto", threat="posture"), marginal=True)
    assert_type(found.model, Model)
    assert_type(found.game, Game)
    assert_type(found.equilibria, EquilibriumSet)
    assert_type(found.equilibria.at()[0], Equilibrium)
    assert_type(found.selection, negotiation.games.Selection)
    assert_type(found.selection.payoffs, Array)
    assert_type(found.threat, ThreatPoint)
    assert_type(found.talks, Talks | None)
    assert_type(found.agreements["nash"], Agreement)
    assert_type(found.leverage, Leverage | None)
    assert_type(found.quantities["jobs"], Quantity)
    assert_type(found.quantities["jobs"].values, Array)
    assert_type(found.at_selection("jobs"), Array)
    assert_type(found.status, NDArray[np.str_])
    assert_type(found.certified, NDArray[np.bool_])


def refused() -> None:
    try:
        evaluate(Standoff())
    except (
        errors.ParameterError,
        errors.GridError,
        errors.CatalogueError,
        errors.OutputError,
        errors.MissingExtraError,
        errors.PayoffError,
        errors.ModelError,
        errors.DataError,
        errors.SolveError,
        errors.ResultError,
        errors.InterruptedRunError,
    ) as error:
        assert_type(int(error.exit_code), int)
    except NegotiationError as error:
        assert_type(str(error), str)
        assert_type(errors.line_in(Path("x.py"), error), int | str)
        assert_type(errors.place_in(Path("x.py"), error), str)
        assert_type(errors.ExitCode(error.exit_code), errors.ExitCode)
    assert_type(errors.nearest("tarif", ["tariff"]), str)
    assert_type(errors.missing_extra("matplotlib", "Drawing"), errors.MissingExtraError)
    assert_type(errors.Named("result", {"a": 1})["a"], int)


def beliefs(standoff: Model) -> None:
    """Priors: made, read, drawn from."""
    found: prior.Prior = prior.lognormal(0.05, 0.3, above=1.0)
    assert_type(prior.one_of("low", "high"), prior.Prior)
    assert_type(prior.uniform(0.0, 1.0), prior.Prior)
    assert_type(prior.normal(0.0, 1.0), prior.Prior)
    assert_type(prior.revealed(0.5), prior.Prior)
    assert_type(prior.read_prior("uniform(0,1)", "tariff"), prior.Prior)
    assert_type(prior.normal_quantiles(np.array([0.5])), Array)
    prior.picked(np.array([0.5]), 3)
    assert_type(prior.gains(standoff), dict[tuple[str, str], Array])
    assert_type(found.record(), dict[str, str | int])
    case = Case(
        standoff, draws=10, priors={"tariff": found, "share": "uniform(0,1)"}, fixed=["date"]
    )
    assert_type(case.uncertain(), dict[str, prior.Prior])
    assert_type(case.drawn().design, Array)
