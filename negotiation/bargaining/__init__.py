"""Bargaining: agreement sets and their solutions from a disagreement point."""

from negotiation.bargaining import beliefs
from negotiation.bargaining.agenda import Linkage, agenda, alone, kinds, link
from negotiation.bargaining.agreement_set import AgreementSet
from negotiation.bargaining.attrition import Attrition, attrition
from negotiation.bargaining.beliefs import Belief, credible
from negotiation.bargaining.coalitions import (
    NashInNash,
    Partners,
    nash_in_nash,
    over_sets,
    partners,
    worths,
)
from negotiation.bargaining.concessions import Concessions, zeuthen
from negotiation.bargaining.impasse import Impasse, impasse
from negotiation.bargaining.offers import Delay, Offers, alternating
from negotiation.bargaining.package_deal import Deal, settle, settle_plainly
from negotiation.bargaining.packages import Packages
from negotiation.bargaining.private import TakeItOrLeaveIt, take_it_or_leave_it
from negotiation.bargaining.repeated import Enforcement, Honoured, enforcement, honoured
from negotiation.bargaining.smooth import SmoothFrontier
from negotiation.bargaining.solutions import (
    CONCEPTS,
    PROPORTIONAL,
    SPREAD,
    Agreement,
    AgreementStatus,
    Utilitarian,
    bargain,
    bargains,
    conceded,
    register_concept,
    utilitarian,
)
from negotiation.bargaining.talks import Talks

__all__ = [
    "CONCEPTS",
    "PROPORTIONAL",
    "SPREAD",
    "Agreement",
    "AgreementSet",
    "AgreementStatus",
    "Attrition",
    "Belief",
    "Concessions",
    "Deal",
    "Delay",
    "Enforcement",
    "Honoured",
    "Impasse",
    "Linkage",
    "NashInNash",
    "Offers",
    "Packages",
    "Partners",
    "SmoothFrontier",
    "TakeItOrLeaveIt",
    "Talks",
    "Utilitarian",
    "agenda",
    "alone",
    "alternating",
    "attrition",
    "bargain",
    "bargains",
    "beliefs",
    "conceded",
    "credible",
    "enforcement",
    "honoured",
    "impasse",
    "kinds",
    "link",
    "nash_in_nash",
    "over_sets",
    "partners",
    "register_concept",
    "settle",
    "settle_plainly",
    "take_it_or_leave_it",
    "utilitarian",
    "worths",
    "zeuthen",
]
