"""The page on migration, from the tables that forward old imports."""

from __future__ import annotations

from negotiation.moved import GONE, MODULES, NAMES
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "migration.md"

_HEAD = """\
# Migration from 0.1

An import of release 0.1 still works. It warns with one sentence that names the new place, for
example: "negotiation.equilibria.solve is now negotiation.games.solve: change the import". A name
that no longer exists raises `ImportError`, and the sentence says what to use in its place.

`python -m tests.docs.remake` writes this page from the tables in `negotiation/moved.py`, and a test
compares the two.

## How studies are called

Every study takes a `Case`: a model with its settings, and the rules by which the question is
answered.

```
sweep(Case("canada_us", {"run": "short_run"}, threat="dispute"), ["diversification=0:0.4:41"])
```

- A name, a path, a class or an instance of a model may stand for a case with all defaults. Calls
  of 0.1 such as `sweep("canada_us", ["diversification=0:0.4:41"])` therefore still work.
- The words of a case (`settings`, `threat`, `rule`, `concept`) may stand beside the arguments of
  the study: `attribute("canada_us", threat="dispute")`. They then go into the case.
- `evaluate` takes a case in the same way.

## Tariffs that governments choose

`optimal_tariff`, `nash_tariffs` and `efficient_tariffs` return one type, `trade.ChosenTariffs`. Its
`status` is a `trade.TariffStatus`, and its `concept` says what was looked for.

| in 0.1 | now |
| --- | --- |
| `OptimalTariff.rates` | `ChosenTariffs.schedule.rates`; `rates` holds the rates by country |
| `OptimalTariff.country` | `ChosenTariffs.countries[0]` |
| `OptimalTariff.payoff_pct`, a number | `ChosenTariffs.payoff_pct`, one for each country |
| `EfficientTariffs.welfare` | `1 + ChosenTariffs.payoff` |
| `EfficientTariffs.concept`, `nash` or `welfare` | `TariffConcept.NASH_PRODUCT` or `WELFARE_SUM` |

## The model canada_us

Its numbers differ from those of 0.1, because its duties, elasticities, levers and default threat
point are others. [The evidence](../models/canada_us/evidence.md) takes the difference apart, one
change a row.

| in 0.1 | now |
| --- | --- |
| `pass_through` | `already_moved`; the old name still works |
| `duties_date` | `us_schedule`; the old name still works, but 2026-08-20 is now 2026-08-22 |
| talks start from the equilibrium of the postures | `--threat posture`; by default `in_force` |
| elasticities of the set `central` | `--set elasticities=central`; by default `published` |
| diversification lowers trade costs | `--set diversification_by=trade_cost`; by default tastes |
| procurement burns the premium | `--set procurement_waste=1`; by default it stays in Canada |
| escalation taxes energy | `--set escalation_rate_energy=0.1`; by default it does not |
| escalation replaces the duties in force | it raises what is lower, and lowers nothing |
"""


def _rows(table: dict[str, str]) -> list[str]:
    return [f"| `negotiation.{old}` | `negotiation.{new}` |" for old, new in sorted(table.items())]


def text() -> str:
    """Return the page, whole."""
    gone = [f"- `negotiation.{old}` is gone: {instead}." for old, instead in sorted(GONE.items())]
    head = ["| in 0.1 | now |", "| --- | --- |"]
    parts = [
        _HEAD,
        "## Modules that were renamed\n",
        "Everything inside a module went with it unless the next table lists it.\n",
        *head,
        *_rows(MODULES),
        "\n## Names that went to another module\n",
        *head,
        *_rows(NAMES),
        "\n## Names that are gone\n",
        *gone,
    ]
    return "\n".join(parts) + "\n"
