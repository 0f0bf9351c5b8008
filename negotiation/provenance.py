"""Where a result comes from: carried by every output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from negotiation import __version__
from negotiation.bargaining import CONCEPTS
from negotiation.catalogue import find
from negotiation.errors import CatalogueError
from negotiation.model import Model


def provenance(point: Model, parameters: Mapping[str, Any], rule: str) -> dict[str, str]:
    """Version, model and data hash, parameters, seed, concept, threat point and horizon."""
    model = type(point)
    talks = point.talks()
    concept = "none: no talks are modelled"
    if talks is not None:
        weights = np.unique(np.asarray(talks.weight, dtype=float))
        told = f"{weights[0]:g}" if len(weights) == 1 else "by point"
        concept = f"nash, weight {told}; spread over {', '.join(CONCEPTS)}"
    return {
        "negotiation_version": __version__,
        "model": model.name(),
        "model_digest": _digest(model),
        "parameters": "; ".join(f"{name}={value}" for name, value in sorted(parameters.items()))
        or "defaults",
        "seed": "none: nothing is drawn at random",
        "concept": concept,
        "threat_point": f"payoffs at the selected equilibrium of the game (rule: {rule})",
        "horizon": model.horizon,
        "payoff_unit": model.payoff_unit,
    }


def _digest(model: type[Model]) -> str:
    if not model.catalogue_path:
        return "not from a file"
    try:
        entry = find(model.catalogue_path)
    except CatalogueError:
        return "file is gone"
    return entry.digest
