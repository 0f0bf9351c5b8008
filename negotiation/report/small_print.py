"""What every reading ends with: what its numbers rest on, and what made them."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from negotiation.case import Case

WIDTH = 80


def signature(made: Mapping[str, str]) -> str:
    """Version of the package, model and digest of its code and data, from `provenance`."""
    return (
        f"negotiation {made['negotiation_version']}, model {made['model']} {made['model_digest']}"
    )


def by(case: Case) -> str:
    """By which concept deals are, where it is not the usual one."""
    return "" if case.concept == "nash" else f" Deals are by the {case.solution}."


def grounds(made: Mapping[str, str]) -> list[str]:
    """Horizon, threat point, concept and signature, wrapped for a terminal."""
    return [
        *wrap(f"Horizon: {made['horizon']}.", WIDTH),
        *wrap(f"Threat point: {made['threat_point']}. Concept: {made['concept']}.", WIDTH),
        signature(made),
    ]
