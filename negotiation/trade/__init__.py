"""Trade: validated data, equilibrium in changes, levers, dependence. Knows nothing of games."""

from negotiation.trade import dependence, levers
from negotiation.trade.adjoint import Gradient, gradient
from negotiation.trade.csv_folder import Row, Table
from negotiation.trade.decomposition import Decomposition, decomposition
from negotiation.trade.equilibrium import TradeEquilibrium, TradeStatus, counterfactual
from negotiation.trade.formula import FormulaTariffs, formula_tariffs
from negotiation.trade.nash import nash_tariffs
from negotiation.trade.purge import purged
from negotiation.trade.world import FINAL, INTERMEDIATE, USES, World

__all__ = [
    "FINAL",
    "INTERMEDIATE",
    "USES",
    "Decomposition",
    "FormulaTariffs",
    "Gradient",
    "Row",
    "Table",
    "TradeEquilibrium",
    "TradeStatus",
    "World",
    "counterfactual",
    "decomposition",
    "dependence",
    "formula_tariffs",
    "gradient",
    "levers",
    "nash_tariffs",
    "purged",
]
