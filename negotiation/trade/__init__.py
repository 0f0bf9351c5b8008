"""Trade: validated data, equilibrium in changes, chosen tariffs, dependence; no game theory."""

from typing import TYPE_CHECKING

from negotiation.moved import names_of
from negotiation.trade import dependence, levers, outcomes
from negotiation.trade.adjoint import Gradient, gradient
from negotiation.trade.data.csv_file import Row, Table
from negotiation.trade.decomposition import Decomposition, decomposition
from negotiation.trade.equilibrium import TradeEquilibrium, TradeStatus, counterfactual, purged
from negotiation.trade.quotas import Quota, QuotaRegime, QuotaResult
from negotiation.trade.schedules import Catalogue, Schedule, read_schedules
from negotiation.trade.tariff_lines import TariffLine
from negotiation.trade.tariffs import (
    Certificate,
    ChosenTariffs,
    FormulaTariffs,
    TariffConcept,
    TariffSchedule,
    TariffStatus,
    certify_tariffs,
    efficient_frontier,
    efficient_tariffs,
    formula_tariffs,
    nash_tariffs,
    optimal_tariff,
)
from negotiation.trade.wedges import Parts
from negotiation.trade.world import FINAL, INTERMEDIATE, USES, World

__all__ = [
    "FINAL",
    "INTERMEDIATE",
    "USES",
    "Catalogue",
    "Certificate",
    "ChosenTariffs",
    "Decomposition",
    "FormulaTariffs",
    "Gradient",
    "Parts",
    "Quota",
    "QuotaRegime",
    "QuotaResult",
    "Row",
    "Schedule",
    "Table",
    "TariffConcept",
    "TariffLine",
    "TariffSchedule",
    "TariffStatus",
    "TradeEquilibrium",
    "TradeStatus",
    "World",
    "certify_tariffs",
    "counterfactual",
    "decomposition",
    "dependence",
    "efficient_frontier",
    "efficient_tariffs",
    "formula_tariffs",
    "gradient",
    "levers",
    "nash_tariffs",
    "optimal_tariff",
    "outcomes",
    "purged",
    "read_schedules",
]

if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
