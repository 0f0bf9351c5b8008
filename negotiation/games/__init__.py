"""Equilibria: algorithms propose, one certifier decides, the set claims what is proven.

What else analysts ask of a game is in modules of its own, loaded when asked for: `dominance`,
`replies`, `correlated`, `logit`, `comparison`, `stability`, `sequential`.
"""

from negotiation.games.equilibrium_set import (
    Completeness,
    Equilibrium,
    EquilibriumSet,
    NashSubset,
)
from negotiation.games.margin import indices, support_margin
from negotiation.games.select import RULES, Selection, find_rule, register_rule, select
from negotiation.games.solve import solve

__all__ = [
    "RULES",
    "Completeness",
    "Equilibrium",
    "EquilibriumSet",
    "NashSubset",
    "Selection",
    "find_rule",
    "indices",
    "register_rule",
    "select",
    "solve",
    "support_margin",
]
