"""Models: parameters, payoffs, talks, and what else an author may say of a negotiation."""

from negotiation.model.given import Currency, Demand, Quantity, ThreatPoint
from negotiation.model.model import Model
from negotiation.model.parameters import Parameter, parameter
from negotiation.model.values import Kind, Percent, number, whole

__all__ = [
    "Currency",
    "Demand",
    "Kind",
    "Model",
    "Parameter",
    "Percent",
    "Quantity",
    "ThreatPoint",
    "number",
    "parameter",
    "whole",
]
