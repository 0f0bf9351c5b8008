"""What shipped models give at their defaults: python -m tests.validation.shipped_answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from negotiation import Case, evaluate
from negotiation.outcome.columns import columns
from negotiation.study.verify import answers

PLACE = Path(answers.__file__).with_name("answers.json")

#: What people read first of a model.
HEADLINES = {
    "canada_us": (
        *("payoff_canada", "payoff_us", "gain_canada", "gain_us", "surplus"),
        *("delta_canada", "ncl_canada", "us_share_of_goods_exports", "auto_price_pct_us"),
    ),
    "tariff_standoff": ("payoff_exporter", "payoff_importer", "gain_exporter", "ncl_exporter"),
}


def made() -> dict[str, dict[str, float]]:
    """Headline numbers of every shipped model at its defaults."""
    found = {}
    for name, wanted in HEADLINES.items():
        known = columns(evaluate(Case(name)))
        found[name] = {column: float(np.asarray(known[column].values)) for column in wanted}
    return found


def kept() -> dict[str, Any]:
    """Return what the package holds."""
    return dict(json.loads(PLACE.read_text(encoding="utf-8")))


def _written(value: Any, indent: int = 0) -> str:
    """Write JSON with a line for each row of numbers."""
    within, rows = " " * (indent + 1), []
    if isinstance(value, dict):
        rows = [f"{json.dumps(key)}: {_written(each, indent + 1)}" for key, each in value.items()]
    elif isinstance(value, list) and any(isinstance(each, list) for each in value):
        rows = [json.dumps(each) for each in value]
    if not rows:
        return json.dumps(value)
    first, last = "{}" if isinstance(value, dict) else "[]"
    inside = ",\n".join(within + row for row in rows)
    return f"{first}\n{inside}\n{' ' * indent}{last}"


if __name__ == "__main__":
    PLACE.write_text(_written(kept() | {"models": made()}) + "\n", encoding="utf-8", newline="\n")
