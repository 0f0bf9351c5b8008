"""Equilibria: algorithms propose, one certifier decides, the set claims what is proven."""

from negotiation.equilibria.equilibrium_set import Completeness, Equilibrium, EquilibriumSet
from negotiation.equilibria.margin import indices, support_margin
from negotiation.equilibria.select import Selection, find_rule, select
from negotiation.equilibria.solve import solve

__all__ = [
    "Completeness",
    "Equilibrium",
    "EquilibriumSet",
    "Selection",
    "find_rule",
    "indices",
    "select",
    "solve",
    "support_margin",
]
