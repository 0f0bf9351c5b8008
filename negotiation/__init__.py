"""Equilibria, bargaining outcomes and leverage for trade negotiations.

Public names are loaded when first used, so that `import negotiation` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from negotiation import moved

moved.install()

__version__ = "0.1.0"

_HOMES = {
    "Agreement": "negotiation.bargaining",
    "AgreementSet": "negotiation.bargaining",
    "Axis": "negotiation.model.grid",
    "Case": "negotiation.case",
    "Currency": "negotiation.model",
    "Demand": "negotiation.model",
    "Equilibrium": "negotiation.games",
    "EquilibriumSet": "negotiation.games",
    "Game": "negotiation.games.game",
    "Grid": "negotiation.model.grid",
    "Leverage": "negotiation.leverage",
    "Model": "negotiation.model",
    "NegotiationError": "negotiation.errors",
    "Outcome": "negotiation.outcome",
    "Quantity": "negotiation.model",
    "Talks": "negotiation.bargaining",
    "ThreatPoint": "negotiation.model",
    "TradeEquilibrium": "negotiation.trade",
    "World": "negotiation.trade",
    "check_trade": "negotiation.trade.data.read",
    "evaluate": "negotiation.outcome",
    "load_model": "negotiation.catalogue",
    "parameter": "negotiation.model",
    "read_trade": "negotiation.trade.data.read",
    "register_concept": "negotiation.bargaining",
    "register_rule": "negotiation.games",
    "register_score": "negotiation.outcome",
    "register_signal": "negotiation.regimes",
    "register_threat": "negotiation.case",
}
_MODULES = (
    "bargaining",
    "catalogue",
    "errors",
    "games",
    "leverage",
    "prior",
    "regimes",
    "study",
    "trade",
)

__all__ = [
    "Agreement",
    "AgreementSet",
    "Axis",
    "Case",
    "Currency",
    "Demand",
    "Equilibrium",
    "EquilibriumSet",
    "Game",
    "Grid",
    "Leverage",
    "Model",
    "NegotiationError",
    "Outcome",
    "Quantity",
    "Talks",
    "ThreatPoint",
    "TradeEquilibrium",
    "World",
    "__version__",
    "bargaining",
    "catalogue",
    "check_trade",
    "errors",
    "evaluate",
    "games",
    "leverage",
    "load_model",
    "parameter",
    "prior",
    "read_trade",
    "regimes",
    "register_concept",
    "register_rule",
    "register_score",
    "register_signal",
    "register_threat",
    "study",
    "trade",
]

if TYPE_CHECKING:
    from negotiation import (
        bargaining,
        catalogue,
        errors,
        games,
        leverage,
        prior,
        regimes,
        study,
        trade,
    )
    from negotiation.bargaining import Agreement, AgreementSet, Talks, register_concept
    from negotiation.case import Case, register_threat
    from negotiation.catalogue import load_model
    from negotiation.errors import NegotiationError
    from negotiation.games import Equilibrium, EquilibriumSet, register_rule
    from negotiation.games.game import Game
    from negotiation.leverage import Leverage
    from negotiation.model import Currency, Demand, Model, Quantity, ThreatPoint, parameter
    from negotiation.model.grid import Axis, Grid
    from negotiation.outcome import Outcome, evaluate, register_score
    from negotiation.regimes import register_signal
    from negotiation.trade import TradeEquilibrium, World
    from negotiation.trade.data.read import check_trade, read_trade


if not TYPE_CHECKING:  # type checkers would take any name for one that is there

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        if name in _MODULES:
            return import_module(f"negotiation.{name}")
        if name in moved.MODULES:
            return import_module(f"negotiation.{name}")
        from difflib import get_close_matches

        close = get_close_matches(name, __all__, n=1)
        hint = f" (did you mean '{close[0]}'?)" if close else ""
        raise AttributeError(f"module 'negotiation' has no attribute '{name}'{hint}")


def __dir__() -> list[str]:
    return sorted(__all__)
