"""Known problems, solved on the machine of the reader, against their known answers."""

from negotiation.study.verify.answers import Engine, KnownAnswer, Verification, verify

__all__ = ["Engine", "KnownAnswer", "Verification", "verify"]
