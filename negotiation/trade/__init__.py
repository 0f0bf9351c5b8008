"""Trade: validated data, equilibrium in changes, levers, dependence. Knows nothing of games."""

from negotiation.trade import dependence, levers
from negotiation.trade.adjoint import Gradient, gradient
from negotiation.trade.csv_folder import Row, Table
from negotiation.trade.equilibrium import TradeEquilibrium, TradeStatus, counterfactual
from negotiation.trade.purge import purged
from negotiation.trade.world import FINAL, INTERMEDIATE, USES, World

__all__ = [
    "FINAL",
    "INTERMEDIATE",
    "USES",
    "Gradient",
    "Row",
    "Table",
    "TradeEquilibrium",
    "TradeStatus",
    "World",
    "counterfactual",
    "dependence",
    "gradient",
    "levers",
    "purged",
]
