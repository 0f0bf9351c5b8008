"""Tariffs that governments choose: optimal, Nash, efficient, and by the formula."""

from negotiation.trade.tariffs.certificate import Certificate, certify_tariffs
from negotiation.trade.tariffs.chosen import (
    ChosenTariffs,
    TariffConcept,
    TariffStatus,
    nash_tariffs,
    optimal_tariff,
)
from negotiation.trade.tariffs.efficient import efficient_frontier, efficient_tariffs
from negotiation.trade.tariffs.formula import FormulaTariffs, formula_tariffs
from negotiation.trade.tariffs.schedule import TariffSchedule

__all__ = [
    "Certificate",
    "ChosenTariffs",
    "FormulaTariffs",
    "TariffConcept",
    "TariffSchedule",
    "TariffStatus",
    "certify_tariffs",
    "efficient_frontier",
    "efficient_tariffs",
    "formula_tariffs",
    "nash_tariffs",
    "optimal_tariff",
]
