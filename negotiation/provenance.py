"""Where a result comes from: carried by every output."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from negotiation import __version__
from negotiation.bargaining import SPREAD, impasse
from negotiation.case import DISPUTE, Case, in_words, study
from negotiation.catalogue import find, settings_of
from negotiation.errors import CatalogueError
from negotiation.model import Model
from negotiation.registry import outsiders

_SEED = "none: nothing is drawn at random"
_STATUS_QUO = "all levers as set, and no duties beyond those of the data"


def deal_by(case: Case) -> str:
    """By which concept the deal is told, in words, with the weights of the sides."""
    talks = case.model.ask("talks")
    if talks is None:
        return "none: no talks are modelled"
    if case.concept != "nash":
        return case.concept
    weight = np.asarray(talks.weight, dtype=float)
    if case.threat == DISPUTE and talks.discount is not None:
        # Patience, not the model's weight, decides what a dispute leads to.
        weight = impasse(
            inside=np.zeros_like(talks.discount), discount=talks.discount, hazard=talks.hazard
        ).weight
    weights = np.unique(weight)
    return f"nash, weight {f'{weights[0]:g}' if len(weights) == 1 else 'by point'}"


@study
def provenance(
    case: Case,
    varied: Iterable[str] = (),
    *,
    about: str = "",
    seen: Mapping[str, Sequence[float]] = MappingProxyType({}),
) -> dict[str, str]:
    """Version, model and data hash, parameters, seed, concept, threat point and horizon.

    Parameters
    ----------
    case : Case, or what makes one
    varied : iterable of str
        Parameters that take many values, so that the value at the point is none of the settings.
    about : str
        What the threat point is in words, where it has been solved.
    seen : mapping
        By parameter the values, such as the ends of a range, whose cautions are told.
    """
    model, varied = type(case.model), tuple(varied)
    concept = deal_by(case)
    if case.model.ask("talks") is not None:
        concept += f"; spread over {', '.join(dict.fromkeys((*SPREAD, case.concept)))}"
    return {
        "negotiation_version": __version__,
        "model": model.name(),
        "model_digest": _digest(model),
        "parameters": _told(case.settings(varied)),
        "seed": _SEED,
        **_drawn(case, varied),
        "concept": concept,
        "threat_point": about or in_words(case),
        "horizon": case.model.ask("horizon_here"),
        "payoff_unit": model.payoff_unit,
        **_cautions(_corners(case.model, seen) if seen else case.model),
        **_extensions(),
    }


def _drawn(case: Case, varied: Iterable[str]) -> dict[str, str]:
    """From what is drawn, and how; nothing where nothing is."""
    priors = case.uncertain(varied) if case.draws else {}
    if not priors:
        return {}
    told = "; ".join(f"{name} ~ {each.text}" for name, each in priors.items())
    design = case.design.replace("_", " ")
    return {"seed": f"{case.seed}, {case.draws} draws by {design}", "priors": told}


def _corners(model: Model, seen: Mapping[str, Sequence[float]]) -> Model:
    """Return the cloud of all combinations of values of some parameters."""
    values = np.meshgrid(*seen.values(), indexing="ij")
    return model.at_values(dict(zip(seen, values, strict=True)))


def _cautions(model: Model) -> dict[str, str]:
    """What a reader of these numbers must know; nothing where there is nothing."""
    told = tuple(model.ask("cautions"))
    return {"cautions": " ".join(told)} if told else {}


def _extensions() -> dict[str, str]:
    """Name what authors registered, with a hash of its file; nothing where there is nothing."""
    found = []
    for each in outsiders():
        file = Path(each.file)
        digest = _hash([file]) if file.is_file() else "not from a file"
        found.append(f"{each.kind} {each.name} ({digest})")
    return {"extensions": "; ".join(found)} if found else {}


def of_tariffs(
    source: Model | Path, parameters: Mapping[str, Any], concept: str, horizon: str
) -> dict[str, str]:
    """Where chosen tariffs come from: a model's world, or a folder of trade data."""
    model = isinstance(source, Model)
    return {
        "negotiation_version": __version__,
        "model": source.name() if isinstance(source, Model) else str(source),
        "model_digest": _digest(type(source)) if isinstance(source, Model) else _content(source),
        "parameters": _told(settings_of(source, parameters))
        if isinstance(source, Model)
        else "none: trade data without a model",
        "seed": _SEED,
        "concept": concept,
        "status_quo": _STATUS_QUO if model else "the tariffs and the trade of the data",
        "horizon": horizon,
    }


def _told(parameters: Mapping[str, Any]) -> str:
    each = (f"{name}={value}{_content_of(value)}" for name, value in sorted(parameters.items()))
    return "; ".join(each) or "defaults"


def _content_of(value: Any) -> str:
    """Return the hash of a file that a parameter names; empty where it names none."""
    if not isinstance(value, str) or Path(value).suffix.lower() not in (".csv", ".toml"):
        return ""
    return f", content {_hash([Path(value)])}" if Path(value).is_file() else ""


def _content(folder: Path) -> str:
    """Hash of the CSV files of a folder, names included; 16 hexadecimal digits of a SHA-256."""
    return _hash(sorted(folder.glob("*.csv")))


def _hash(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def _digest(model: type[Model]) -> str:
    if not model.catalogue_path:
        return "not from a file"
    try:
        entry = find(model.catalogue_path)
    except CatalogueError:
        return "file is gone"
    return entry.digest
