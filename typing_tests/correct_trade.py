"""Worlds, counterfactuals and tariffs that are chosen."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

from negotiation import TradeEquilibrium, World, check_trade, read_trade, trade
from negotiation.trade import (
    FINAL,
    INTERMEDIATE,
    USES,
    Catalogue,
    Certificate,
    ChosenTariffs,
    Decomposition,
    FormulaTariffs,
    Gradient,
    Parts,
    Quota,
    QuotaRegime,
    QuotaResult,
    Row,
    Schedule,
    Table,
    TariffConcept,
    TariffLine,
    TariffSchedule,
    TariffStatus,
    TradeStatus,
    dependence,
    levers,
    outcomes,
    read_schedules,
)

Array = NDArray[np.float64]


def world(folder: Path) -> None:
    found = World.from_csv(folder)
    assert_type(found, World)
    assert_type(found.regions, tuple[str, ...])
    assert_type(found.flows, Array)
    assert_type(read_trade(folder), World)
    check_trade(folder)
    table = Table(folder / "flows.csv", ("origin", "destination"))
    for row in table.rows():
        assert_type(row, Row)


def solved(found: World) -> None:
    rates = levers.duty(found, "H", "F", 0.25)
    assert_type(rates, Array)
    costs = levers.diversification(found, "H", "F", ["R"], 0.2)
    after = trade.counterfactual(found, found.tariff + rates, costs, closure="transfers")
    assert_type(after, TradeEquilibrium)
    assert_type(after.welfare, Array)
    assert_type(after.status, NDArray[np.str_])
    assert_type(TradeStatus(str(after.status)), TradeStatus)
    assert_type(after.as_world(), World)
    assert_type(trade.decomposition(after), Decomposition)
    assert_type(trade.gradient(after, {"welfare": np.ones(2)}), Gradient)
    assert_type(trade.purged(found), World)
    assert_type(dependence.export_shares(found), Array)
    uses: tuple[int, int] = (FINAL, INTERMEDIATE)
    print(uses)
    assert_type(len(USES), int)


def schedules(found: World, folder: Path) -> None:
    steel = Schedule("steel", "F", "H", {"steel": 0.5, ("cars", "final"): (0.25, 0.85)})
    assert_type(steel.lines, tuple[TariffLine, ...])
    parts = steel.parts(found)
    assert_type(parts, dict[tuple[str, str], Parts])
    assert_type(parts["H", "F"].at_least(0.25), Parts)
    assert_type(parts["H", "F"].mean, Array)
    catalogue = Catalogue.read(folder)
    assert_type(catalogue.latest("F", "H"), Schedule)
    own = read_schedules({"us.keep": folder / "own.csv"}, {"us.keep": ("F", "H")}, catalogue)
    assert_type(own, dict[str, Schedule])


def wedges(found: World, rates: Array) -> None:
    after = trade.counterfactual(
        found,
        {("H", "F"): Parts.plain(rates)},
        export_tax={("H", "F"): rates},
        rent={("F", "H"): rates},
        taste={("H", "R"): rates},
        quotas=[Quota("H", "F", ["steel"], 0.8, over=0.5)],
    )
    assert_type(after, TradeEquilibrium)
    for result in after.quotas:
        assert_type(result, QuotaResult)
        assert_type(QuotaRegime(str(result.regime)), QuotaRegime)
    assert_type(outcomes.tariff_revenue_change(after), Array)


def chosen(found: World) -> None:
    best = trade.optimal_tariff(found, "H", by="uniform", bounds=(0.0, 1.0))
    assert_type(best, ChosenTariffs)
    assert_type(best.schedule, TariffSchedule)
    assert_type(best.status, TariffStatus)
    assert_type(best.concept, trade.TariffConcept)
    war = trade.nash_tariffs(found, ["H", "F"])
    assert_type(war, ChosenTariffs)
    assert_type(war.certificate, Certificate | None)
    assert_type(trade.certify_tariffs(found, war.schedules), Certificate)
    peace = trade.efficient_tariffs(found, ["H", "F"], concept="nash")
    assert_type(peace, ChosenTariffs)
    assert_type(peace.status, TariffStatus)
    assert_type(peace.concept, TariffConcept)
    assert_type(trade.efficient_frontier(found, ["H", "F"], points=3), tuple[ChosenTariffs, ...])
    assert_type(trade.formula_tariffs(found, ["H"]), FormulaTariffs)
