"""Where a result comes from: carried by every output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from negotiation import __version__
from negotiation.catalogue import Entry, find
from negotiation.errors import CatalogueError
from negotiation.model import Model


def provenance(model: type[Model], parameters: Mapping[str, Any], rule: str) -> dict[str, str]:
    """Version, model and data hash, parameters, seed, concept, threat point and horizon."""
    return {
        "negotiation_version": __version__,
        "model": model.name(),
        "model_digest": _digest(model),
        "parameters": "; ".join(f"{name}={value}" for name, value in sorted(parameters.items()))
        or "defaults",
        "seed": "none: nothing is drawn at random",
        "concept": "nash, weight 1/2; spread over nash, kalai_smorodinsky, egalitarian",
        "threat_point": f"payoffs at the selected equilibrium of the game (rule: {rule})",
        "horizon": model.horizon,
        "payoff_unit": model.payoff_unit,
    }


def _digest(model: type[Model]) -> str:
    path = getattr(model, "catalogue_path", None)
    if path is None:
        return "not from a file"
    try:
        entry: Entry = find(str(path))
    except CatalogueError:
        return "file is gone"
    return entry.digest
