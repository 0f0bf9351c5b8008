"""Make `negotiation/cli/names.json`: python -m tests.cli.known_names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import negotiation
from negotiation import Case, evaluate
from negotiation.bargaining import CONCEPTS
from negotiation.case import THREATS
from negotiation.catalogue import load_model, shipped
from negotiation.draws import DESIGNS
from negotiation.games.select import RULES
from negotiation.model import Parameter
from negotiation.outcome.columns import columns
from negotiation.regimes.phrases import phrases
from negotiation.report.schema import studies

PLACE = Path(negotiation.__file__).parent / "cli" / "names.json"


def made() -> str:
    """All names as the file holds them."""
    folders = [entry.path.parent / "data" / "schedules" for entry in shipped().values()]
    found = {
        "models": {name: _model(name) for name in shipped()},
        "rules": list(RULES),
        "concepts": list(CONCEPTS),
        "designs": list(DESIGNS),
        "studies": list(studies()),
        "schedules": sorted(
            each.stem for folder in folders for each in folder.glob("*.csv") if each.stem != "index"
        ),
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _model(name: str) -> dict[str, Any]:
    model = load_model(name)
    case = Case(name)
    specs = model.parameters()
    drawn = case.uncertain()
    results = columns(evaluate(case, marginal=case.model.sweeps_marginals))
    return {
        "about": shipped()[name].about,
        "parameters": {
            each: _parameter(spec, drawn[each].text if each in drawn else "")
            for each, spec in specs.items()
        },
        "threats": list(dict.fromkeys((*THREATS, *model.threats))),
        "numbers": [_dotted(each, model.players) for each in results],
        "rules": [f"best_for_{player}" for player in model.players],
        "events": [each.phrase for each in phrases(case.model)],
        "postures": list(specs["postures"].choices) if "postures" in specs else [],
    }


def _parameter(spec: Parameter, prior: str) -> dict[str, Any]:
    ends = [end for end in (spec.low, spec.upper) if end is not None and np.isfinite(end)]
    told = spec.options or [spec.default, *ends]
    values = [spec.written(each) for each in told if each not in (None, "")]
    return {
        "about": spec.about or spec.unit,
        "values": list(dict.fromkeys(each.removesuffix(".0") for each in values)),
        "ends": [f"{end:g}" for end in ends] if spec.numeric else [],
        **({"prior": prior} if prior else {}),
    }


def _dotted(column: str, players: tuple[str, ...]) -> str:
    for player in players:
        if column.endswith(f"_{player}"):
            return f"{column.removesuffix(f'_{player}')}.{player}"
    return column


if __name__ == "__main__":
    PLACE.write_text(made(), encoding="utf-8", newline="\n")
