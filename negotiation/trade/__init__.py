"""Trade: validated data, equilibrium in changes, chosen tariffs, dependence; no game theory."""

from negotiation.trade import dependence, levers
from negotiation.trade.adjoint import Gradient, gradient
from negotiation.trade.certificate import Certificate, certify_tariffs
from negotiation.trade.csv_folder import Row, Table
from negotiation.trade.decomposition import Decomposition, decomposition
from negotiation.trade.efficient import (
    AgreementStatus,
    EfficientTariffs,
    efficient_frontier,
    efficient_tariffs,
)
from negotiation.trade.equilibrium import TradeEquilibrium, TradeStatus, counterfactual, purged
from negotiation.trade.formula import FormulaTariffs, formula_tariffs
from negotiation.trade.nash import NashTariffs, nash_tariffs
from negotiation.trade.optimal import OptimalTariff, optimal_tariff
from negotiation.trade.schedule import TariffSchedule, TariffStatus
from negotiation.trade.world import FINAL, INTERMEDIATE, USES, World

__all__ = [
    "FINAL",
    "INTERMEDIATE",
    "USES",
    "AgreementStatus",
    "Certificate",
    "Decomposition",
    "EfficientTariffs",
    "FormulaTariffs",
    "Gradient",
    "NashTariffs",
    "OptimalTariff",
    "Row",
    "Table",
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
    "purged",
]
