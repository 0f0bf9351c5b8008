"""Bargaining: agreement sets and their solutions from a disagreement point."""

from negotiation.bargaining.solutions import CONCEPTS, Agreement, AgreementStatus, bargain
from negotiation.bargaining.talks import AgreementSet, Talks

__all__ = ["CONCEPTS", "Agreement", "AgreementSet", "AgreementStatus", "Talks", "bargain"]
