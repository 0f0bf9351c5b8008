"""Models: parameters, payoffs, talks, and what else an author may say of a negotiation."""

from negotiation.model.model import Model, Quantity, ThreatPoint
from negotiation.model.parameters import Parameter, parameter

__all__ = ["Model", "Parameter", "Quantity", "ThreatPoint", "parameter"]
