"""Write the tables of the pages on `canada_us` and on validation: `python -m benchmarks.page`.

A page marks a table with ``<!-- table: NAME -->`` and ``<!-- end -->``. What stands between is made
by the function of that name, so that no figure of these pages is typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import (
    assumptions,
    headline,
    incidence,
    observed_trade,
    published_scenarios,
    referee,
    validation,
)
from benchmarks.registry import markdown
from models.canada_us.calibration import (
    CANADA,
    CATALOGUE,
    ELASTICITIES,
    PUBLISHED,
    UNIFORM,
    US,
    world,
)
from models.canada_us.model import CanadaUS
from negotiation import Case, Outcome, evaluate

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "models" / "canada_us"
PAGES = (
    *(MODEL / "README.md", MODEL / "evidence.md"),
    *(ROOT / "docs" / "validation.md", ROOT / "CHANGELOG.md"),
)

_MARK = re.compile(r"(<!-- table: ([\w.]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def _case(threat: str = "in_force", **settings: Any) -> Outcome:
    return evaluate(Case(CanadaUS(**settings), threat=threat))


def _bn(value: float) -> str:
    return f"US${abs(value) / 1e3:.1f} billion"


def _verb(value: float) -> str:
    return f"{'loses' if value < 0.0 else 'gains'} {_bn(value)}"


def _deal(outcome: Outcome) -> float:
    return float(outcome.agreements["nash"].payoffs[0])


# --- the answer -----------------------------------------------------------------------------------


def answer() -> str:
    """The headline in sentences, at both tables of trade and both horizons."""
    now, customs, year = _case(), _case(data="customs"), _case(run="short_run")
    end, broken = _case(data="customs", threat="posture"), _case(threat="posture")
    unanswered = now.game.payoffs[:, 1, 2]

    def both(outcome: Outcome) -> str:
        canada, us = outcome.threat.payoffs
        return f"Canada {_verb(canada)} and the United States {_verb(us)} a year"

    deal, power = _deal(now), now.threat.payoffs.sum() / -2.0
    lines = [
        f"Under the duties in force, {both(now)}. At customs levels of trade {both(customs)}.",
        f"A deal that lifts all duties saves both sides {_bn(2 * power)} a year together. Canada "
        f"could concede up to {_bn(now.threat.payoffs[0])} a year for it and lose nothing; by the "
        f"Nash solution, in which each side has half of what the deal saves, it concedes "
        f"{_bn(deal)}.",
        f"If talks break down and both sides escalate, {both(broken)}; at customs levels "
        f"{both(end)}.",
        "If Canada keeps its countermeasures and does not answer the escalation, it "
        f"{_verb(unanswered[0])} and the United States {_verb(unanswered[1])}. "
        "The sign of the second figure depends on the trade elasticities and on the table of "
        "trade.",
        f"In the first year (`run=short_run`) {both(year)} under the duties in force, and the "
        f"Nash solution is a concession of {_bn(_deal(year))} a year.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def payoffs(postures: str = "default") -> str:
    """Payoffs of Canada / the United States by profile."""
    model = CanadaUS(postures=postures)
    values = model.payoffs()
    lines = [
        [action, *(f"{values[0, i, j]:,.0f} / {values[1, i, j]:,.0f}" for j in range(len(theirs)))]
        for theirs in (model.actions[1],)
        for i, action in enumerate(model.actions[0])
    ]
    return markdown(["", *model.actions[1]], lines, len(model.actions[1]))


def more_postures() -> str:
    """Payoffs in the game with both further postures."""
    return payoffs("treaty_withdrawal+export_tax")


def threats() -> str:
    """What each side has without a deal, and the deal, by threat point."""
    asked: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("`in_force`, and `dispute` at the defaults", "in_force", {}),
        ("`dispute`, `breakdown_hazard=0.1`", "dispute", {"breakdown_hazard": 0.1}),
        ("`posture`", "posture", {}),
        ("`tariff_war`", "tariff_war", {}),
        (
            "`us_on_canada_threat_autos_2027-01-01`",
            "us_on_canada_threat_autos_2027-01-01",
            {},
        ),
        ("`in_force`, `run=short_run`", "in_force", {"run": "short_run"}),
        ("`posture`, `run=short_run`", "posture", {"run": "short_run"}),
        ("`tariff_war`, `run=short_run`", "tariff_war", {"run": "short_run"}),
    )
    lines = []
    for words, threat, settings in asked:
        outcome = _case(threat, **settings)
        lines.append(
            [
                words,
                *(f"{value:+,.0f}" for value in outcome.threat.payoffs),
                f"{_deal(outcome):+,.0f}",
                _ncl(outcome),
            ]
        )
    return markdown(
        ["threat point", "Canada, no deal", "US, no deal", "Canada, deal", "NCL"], lines, 4
    )


def _ncl(outcome: Outcome) -> str:
    assert outcome.leverage is not None
    value = float(outcome.leverage.concession["nash"].ncl[0])
    return "undefined" if np.isnan(value) else f"{value:.3f}"


def sets() -> str:
    """Both threats by set of elasticities."""
    lines = []
    others = [each for each in ELASTICITIES if each != "published"]
    for name in ("published", *PUBLISHED, *UNIFORM, *others):
        now, broken = (_case(threat, elasticities=name) for threat in ("in_force", "posture"))
        lines.append(
            [
                name,
                *(f"{value:+,.0f}" for value in now.threat.payoffs),
                f"{_deal(now):+,.0f}",
                _ncl(now),
                str(broken.selection.support),
                *(f"{value:+,.0f}" for value in broken.threat.payoffs),
            ]
        )
    sides = ["Canada, in force", "US, in force", "Canada, deal", "NCL", "equilibrium of postures"]
    headers = ["set", *sides, "Canada, there", "US, there"]
    return markdown(headers, lines, 7)


#: Results of a profile that the page shows.
_SHOWN = (
    *("welfare_pct.CAN", "welfare_pct.USA", "ev_usd_m.CAN", "ev_cad_m.canada", "ev_usd_m.USA"),
    *("us_share_of_goods_exports", "auto_output_pct.canada", "auto_output_pct.us"),
    *("auto_jobs.canada", "auto_jobs.us", "auto_price_pct.canada", "auto_price_pct.us"),
    *("auto_employment_today_pct.canada", "tariff_revenue_change_usd_m.canada"),
    "tariff_revenue_change_usd_m.us",
)


def outcomes() -> str:
    """Some results of the duties in force and of both sides' hardest postures."""
    found = CanadaUS().outcomes()
    lines = []
    for name in _SHOWN:
        each = found[name]
        digits = 0 if max(abs(each.values[1, 1]), abs(each.values[2, 2])) >= 1000 else 2
        values = (f"{float(each.values[at]):+,.{digits}f}" for at in ((1, 1), (2, 2)))
        lines.append([f"`{name}`", each.about, each.unit, *values])
    return markdown(["result", "what it is", "unit", "in force", "retaliate/escalate"], lines, 2)


# --- what goes in ---------------------------------------------------------------------------------


def schedules() -> str:
    """The shipped schedules with their status, and means on the goods of the world."""
    w = world()
    words = {"CAN": "Canada", "USA": "US", "MEX": "Mexico", "EU27": "EU"}
    lines = [
        [
            f"`{each.name}`",
            f"{words[each.imposer]} on {words[each.target]}",
            each.date or "-",
            each.status,
            f"{100 * each.mean(w):.1f}" + (", and bans" if each.has_bans else ""),
        ]
        for each in CATALOGUE
    ]
    return markdown(["schedule", "whose", "date", "status", "mean on goods, %"], lines, 1)


def sectors() -> str:
    """Sectors by negotiating table, and what Canada sells of them to the United States."""
    w = world()
    sold = w.flows[w.region(CANADA), w.region(US)].sum(axis=-1)
    lines = []
    for table in ("metals_energy", "autos", "forestry", "other", "none"):
        at = [s for s, own in enumerate(w.tables) if own == table]
        named = ", ".join(f"`{w.sectors[s]}` {_name(w.sector_names[s])}" for s in at)
        lines.append([f"`{table}`", named, f"{sold[at].sum():,.0f}"])
    return markdown(["table", "sectors", "Canada's sales to the US"], lines, 1)


def _name(words: str) -> str:
    """A name within a sentence: no capital, but where it is an abbreviation."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def parameters() -> str:
    """Every parameter with its default, range, unit, source and owner; alike ones in one row."""
    rows: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for name, spec in CanadaUS.parameters().items():
        if spec.default is None:
            default = f"as `{spec.inherits}`"
        else:
            default = spec.written(spec.default) or "empty"
        bounds = spec.range if spec.numeric else spec.range.replace("|", ", ")
        if spec.many:
            bounds += "; join several with `+`"
        owner = spec.lever_of or "-"
        family = name.partition(".")[0] if "." in name else name
        rows.setdefault((family, default, bounds, spec.unit, spec.source, owner), []).append(
            (name, spec.about)
        )
    lines = []
    for (family, *cells), alike in rows.items():
        names = ", ".join(f"`{name}`" for name, _ in alike)
        about = alike[0][1] if len(alike) == 1 else _ABOUT[family]
        lines.append([names, about, *cells])
    return markdown(["name", "meaning", "default", "range", "unit", "source", "lever of"], lines)


_ABOUT: Mapping[str, str] = {
    "diversification": "the same for the goods of one table",
    "escalation_rate": "the same for one sector",
    "duties": "a schedule of one's own for a posture; empty: the model's",
    "at_stake": "1: duties on the sector are at stake; 0: they stay at treaty rates",
}


#: Tables by name.
TABLES: Mapping[str, Callable[[], str]] = {
    **{
        each.__name__: each
        for each in (
            *(answer, payoffs, more_postures, threats, sets, outcomes),
            *(schedules, sectors, parameters),
        )
    },
    "headline": headline.table,
    "levers": headline.levers,
    "coverage": referee.coverage,
    "signs": referee.signs,
    "procurement": referee.procurement,
    "oil": referee.oil,
    "steel": referee.steel,
    "europe": referee.europe,
    "observed": lambda: observed_trade.table(observed_trade.evidence()),
    "published": published_scenarios.table,
    "not_run": published_scenarios.not_run,
    "incidence": incidence.table,
    "assumed": lambda: assumptions.ranked(assumptions.ASSUMED, more=True),
    "moved": lambda: assumptions.ranked(assumptions.MOVED),
    **{each.__name__: each for each in (validation.nafta, validation.war, validation.fit)},
}


def made(text: str, tables: Mapping[str, Callable[[], str]] = TABLES) -> str:
    """Return a page with its tables made anew."""
    return _MARK.sub(lambda found: f"{found[1]}{tables[found[2]]()}\n{found[4]}", text)


def named(text: str) -> list[str]:
    """Names of the tables of a page."""
    return [found[2] for found in _MARK.finditer(text)]


def main() -> None:
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = made(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
