"""Where both sides stand: in the dispute, after a breakdown, in a deal; and what levers ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NotRequired, TypedDict

import numpy as np

from negotiation.model import Demand
from negotiation.outcome import POSTURE, Outcome
from negotiation.outcome.columns import column_name
from negotiation.outcome.dispute import as_things_are
from negotiation.report.document import (
    Block,
    Cell,
    Form,
    Notes,
    Number,
    Table,
    TableColumn,
)
from negotiation.tolerances import SAME_VALUE
from negotiation.words import money

#: Name of the situation that a deal brings about.
DEAL = "deal"


class DemandRecord(TypedDict):
    """What a lever asks of others."""

    of: str
    today: float
    growth: float
    price_cut: float
    unit: str


class Situation(TypedDict):
    """Where both sides stand in a situation, against the status quo."""

    name: str
    about: str
    payoffs: dict[str, float]
    pct_of_size: NotRequired[dict[str, float]]
    other_money: NotRequired[dict[str, dict[str, float | str]]]


def situations(outcome: Outcome) -> list[Situation]:
    """The dispute as it is, the threat, a breakdown and the deal, side by side."""
    talks, players = outcome.talks, outcome.game.players
    if talks is None or talks.inside is None or outcome.leverage is None:
        return []
    broken = f"talks break down: {outcome.selection.support}"
    told: list[tuple[str, str, Any]] = [("dispute", "the dispute as it is", talks.inside)]
    threat = outcome.threat
    if threat.name != POSTURE and not np.allclose(threat.payoffs, talks.inside, rtol=SAME_VALUE):
        told.append((threat.name, f"talks fail: {threat.name.replace('_', ' ')}", threat.payoffs))
    told.append(("breakdown", broken, outcome.selection.payoffs))
    told.append((DEAL, f"deal, {outcome.case.solution}", outcome.agreement.payoffs))
    size, other = outcome.model.ask("size"), outcome.model.ask("other_money")
    found: list[Situation] = []
    for name, about, payoffs in told:
        values = np.asarray(payoffs, dtype=float)
        here: Situation = {
            "name": name,
            "about": about,
            "payoffs": dict(zip(players, values.tolist(), strict=True)),
        }
        if size is not None:
            shares = 100.0 * values / np.asarray(size, dtype=float)
            here["pct_of_size"] = dict(zip(players, shares.tolist(), strict=True))
        if other:
            here["other_money"] = {
                player: {
                    "value": float(values[players.index(player)]) * each.rate,
                    "unit": each.unit,
                    "rate": each.about,
                }
                for player, each in other.items()
            }
        found.append(here)
    return found


#: Demands that are printed; all of them are in the record.
_MOST_DEMANDS = 6


def demand_record(each: Demand) -> DemandRecord:
    """Return a demand ready for JSON."""
    return {
        "of": each.of,
        "today": each.today,
        "growth": each.growth,
        "price_cut": each.price_cut,
        "unit": each.unit,
    }


def demand_table(outcome: Outcome) -> Iterator[Table]:
    """What the levers ask of others, the most demanding first."""
    asked = list(outcome.model.ask("demands"))
    if not asked:
        return
    more = len(asked) - _MOST_DEMANDS
    notes = [f"And {more} more that ask for less; JSON has them all."] if more > 0 else []
    yield Table.of(
        ["what has to grow", TableColumn("today", Form.MONEY), "growth", "or a price cut of"],
        [
            [
                each.of,
                each.today,
                Number(each.growth, f"{each.growth:+.0%}", share=True, signed=True),
                Number(each.price_cut, f"{each.price_cut:.0%}", share=True),
            ]
            for each in asked[:_MOST_DEMANDS]
        ],
        f"What the levers ask for, {asked[0].unit or type(outcome.model).payoff_unit}",
        notes,
    )


def situation_table(outcome: Outcome) -> Iterator[Block]:
    """Return the situations side by side, in money and as shares of income."""
    found = situations(outcome)
    if not found:
        return
    players, other = outcome.game.players, outcome.model.ask("other_money")
    heads: list[TableColumn | str] = [""]
    for player in players:
        heads.append(TableColumn(player, Form.CHANGE))
        if "pct_of_size" in found[0]:
            heads.append("% of its\nincome")
        if player in other:
            heads.append(TableColumn(other[player].head, Form.CHANGE))
    rows: list[list[Cell]] = []
    for each in found:
        row: list[Cell] = [each["about"]]
        for player in players:
            row.append(each["payoffs"][player])
            if "pct_of_size" in each:
                part = each["pct_of_size"][player]
                row.append(Number(part / 100.0, f"{part:+.2f}", share=True, signed=True))
            if player in other:
                row.append(each["other_money"][player]["value"])
        rows.append(row)
    yield Table.of(heads, rows, f"Situations, {type(outcome.model).payoff_unit}")
    rates = {f"{each.symbol or each.unit}: {each.about}." for each in other.values()}
    if rates:
        yield Notes(tuple(sorted(rates)))


def outcome_table(outcome: Outcome) -> Table:
    """Results of the model once talks have broken down, and in the dispute as it is."""
    now = as_things_are(outcome)
    rows: list[list[Cell]] = []
    for name, quantity in outcome.quantities.items():
        values = [float(outcome.at_selection(name))]
        if now is not None:
            values.insert(0, float(now[name]))
        shown = [
            Number(
                value,
                f"{value:.4g}"
                if np.isfinite(value) and not _MONEY.search(quantity.unit)
                else money(value),
            )
            for value in values
        ]
        rows.append([column_name(name), *shown, quantity.unit])
    if now is None:
        return Table.of(["", "value", "unit"], rows, "At the selected equilibrium")
    heads = ["the dispute\nas it is", str(outcome.selection.support).replace("/", "/\n")]
    return Table.of(["", *heads, "unit"], rows, "As things are, and once talks have broken down")


#: Units of money and of people, of which no digits are shown behind the point.
_MONEY = re.compile(r"million|^jobs$")
