"""A robust choice as a document and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any, TypedDict

import numpy as np

from negotiation.provenance import provenance
from negotiation.report.amounts import how_often, in_hundred
from negotiation.report.document import (
    Block,
    Document,
    Form,
    Heading,
    Items,
    Number,
    Rows,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.schema import because, finished
from negotiation.study.robust import Ends, LeverValue, Robust
from negotiation.words import amount, money, opening

_COLOUR, _SECOND, _GREY = "#0B4F8A", "#C0470A", "#555555"


def document(found: Robust) -> Document:
    """Return a robust choice as a document: three answers, and every value with its regret."""
    made = provenance(found.case, [found.lever])
    return Document(
        study="robust",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
        list_rows=lambda: _rows(found),
    )


def _blocks(found: Robust, made: Mapping[str, str]) -> Iterator[Block]:
    model = found.case.model
    unit = type(model).payoff_unit
    who = model.named(found.side)
    yield Heading(f"{model.name()}: which {found.lever} for {who} ({made['parameters']})", 1)
    yield Items(tuple(sentences(found)))
    yield Table.of(
        [
            TableColumn(found.lever, Form.AMOUNT, found.unit),
            TableColumn("expected", Form.CHANGE, unit),
            TableColumn("5 %", Form.CHANGE, unit),
            TableColumn("95 %", Form.CHANGE, unit),
            TableColumn("mean\nregret", Form.MONEY, unit),
            TableColumn("largest\nregret", Form.MONEY, unit),
            TableColumn("best in", Form.TEXT),
        ],
        [
            [
                each.value,
                each.expected,
                each.low,
                each.high,
                each.expected_regret,
                each.largest_regret,
                Number(each.best, f"{in_hundred(each.best)} of 100", share=True),
            ]
            for each in found.choices
        ],
        f"Payoff of {who} over {found.payoffs.shape[-1]} draws ({unit})",
    )
    yield Table.of(
        [
            TableColumn(found.lever, Form.AMOUNT, found.unit),
            TableColumn("from the talks", Form.CHANGE, unit),
            TableColumn("lever by itself", Form.CHANGE, unit),
            TableColumn("cost", Form.MONEY, unit),
        ],
        [[each.value, each.talks, each.own, each.cost] for each in found.choices],
        "What the expected payoff is made of",
    )
    yield small_print(model, made, notes(found))


def notes(found: Robust) -> list[str]:
    """What is counted, and what regret is."""
    ended = "the deal" if found.ends is Ends.DEAL else "no deal"
    told = [
        f"Counted: what the talks give with {ended}, what the lever is worth by itself against "
        "today without it, and less its cost. Regret: what the best of these values would have "
        "paid more, draw by draw. The largest regret is that of the worst draw, so that more draws "
        "can raise it; the file has the 95 % quantile as well."
    ]
    if not found.own_modelled:
        told.append(
            "The model does not say what the lever is worth by itself: its payoffs are taken to "
            "hold it."
        )
    if found.given_cost is not None:
        told.append(f"Cost as given: {amount(found.given_cost)} per unit of {found.lever}.")
    if found.left_out:
        told.append(f"Left out: {found.left_out} draws without a certified payoff somewhere.")
    return told


def sentences(found: Robust) -> list[str]:
    """The three answers."""
    unit = type(found.case.model).payoff_unit

    def at(place: int) -> str:
        return f"{found.lever} = {amount(found.choices[place].value)}"

    expected, regret, low = (
        found.choices[place] for place in (found.by_expected, found.by_regret, found.by_low)
    )
    most = max(found.choices, key=lambda each: each.best)
    return [
        f"{opening(at(found.by_expected))} has the largest expected payoff: "
        f"{money(expected.expected, unit, signed=True)}.",
        f"{opening(at(found.by_regret))} has the smallest largest regret: "
        f"{money(regret.largest_regret, unit)}.",
        f"{opening(at(found.by_low))} has the largest 5 % quantile: "
        f"{money(low.low, unit, signed=True)}.",
        f"{opening(found.lever)} = {amount(most.value)} is the best of these values "
        f"{how_often(most.best, found.payoffs.shape[-1])}.",
    ]


# --- record ---------------------------------------------------------------------------------------


class LeverValueRecord(TypedDict):
    """A value of the lever, and what it pays."""

    value: float
    expected: float
    low: float
    median: float
    high: float
    expected_regret: float
    high_regret: float
    largest_regret: float
    best_share: float
    from_talks: float
    lever_alone: float
    cost: float


class RobustRecord(TypedDict):
    """Values of a lever compared over the draws."""

    provenance: dict[str, str]
    certified: bool
    lever: str
    unit: str
    side: str
    ends: str
    draws: int
    left_out: int
    best_by_expected: float
    best_by_regret: float
    best_by_low: float
    values_compared: list[LeverValueRecord]
    reading: list[str]


def record(found: Robust, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    told: dict[str, Any] = finished(
        {
            "provenance": dict(made),
            "certified": found.certified,
            "lever": found.lever,
            "unit": found.unit,
            "side": found.side,
            "ends": str(found.ends),
            "draws": found.payoffs.shape[-1] + found.left_out,
            "left_out": found.left_out,
            "best_by_expected": found.choices[found.by_expected].value,
            "best_by_regret": found.choices[found.by_regret].value,
            "best_by_low": found.choices[found.by_low].value,
            "values_compared": [_value(each) for each in found.choices],
            "reading": sentences(found),
        },
        RobustRecord,
    )
    return told


def _value(each: LeverValue) -> LeverValueRecord:
    why = "the parts of the payoff are not known"
    return {
        "value": each.value,
        "expected": each.expected,
        "low": each.low,
        "median": each.median,
        "high": each.high,
        "expected_regret": each.expected_regret,
        "high_regret": each.high_regret,
        "largest_regret": each.largest_regret,
        "best_share": each.best,
        "from_talks": because(each.talks, why),
        "lever_alone": because(each.own, why),
        "cost": because(each.cost, why),
    }


def _rows(found: Robust) -> Rows:
    """One row for each value."""
    names = tuple(LeverValueRecord.__annotations__)
    lines = [finished(_value(each), LeverValueRecord) for each in found.choices]
    return Rows(names, [[line[name] for name in names] for line in lines])


# --- picture --------------------------------------------------------------------------------------


@drawing()
def plot(found: Robust, path: Path) -> None:
    """Draw the payoff with its range, and the regret, by value of the lever."""
    unit = type(found.case.model).payoff_unit
    scale = 1.0
    if unit.startswith("US$ million") and float(np.abs(found.payoffs).max()) >= 2000.0:
        scale, unit = 1000.0, unit.replace("million", "billion")
    figure = canvas(figsize=(6.5, 5.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    x = np.array([each.value for each in found.choices])
    low, high = (np.quantile(found.payoffs, q, axis=1) / scale for q in (0.05, 0.95))
    near, far = (np.quantile(found.payoffs, q, axis=1) / scale for q in (0.25, 0.75))
    upper.vlines(x, low, high, color=_COLOUR, lw=1.2)
    upper.vlines(x, near, far, color=_COLOUR, lw=4)
    upper.plot(
        x, [each.expected / scale for each in found.choices], "o", color="white", mec=_COLOUR, ms=6
    )
    upper.axhline(0.0, color="#333333", lw=0.8)
    upper.set_title(
        f"Payoff: mean (dot), half of the draws (thick), 90 % (thin), {unit}",
        fontsize=9,
        loc="left",
    )
    lower.plot(
        x,
        [each.largest_regret / scale for each in found.choices],
        "o-",
        color=_SECOND,
        lw=1.5,
        label="largest",
    )
    lower.plot(
        x,
        [each.expected_regret / scale for each in found.choices],
        "o--",
        color=_COLOUR,
        lw=1.5,
        label="mean",
    )
    lower.set_ylim(bottom=0.0)
    lower.legend(frameon=False, fontsize=8.5)
    lower.set_title(f"Regret against the best of these values, {unit}", fontsize=9, loc="left")
    lower.set_xlabel(f"{found.lever.replace('_', ' ')}, {found.unit}", fontsize=9)
    for axes in (upper, lower):
        axes.grid(axis="y", color="#E3E3E3", lw=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8.5)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    figure.suptitle(fill(headline(found), 72), fontsize=11, fontweight="bold", x=0.02, ha="left")
    footer = (
        f"{found.payoffs.shape[-1]} draws; what the talks give, what the lever is worth by itself, "
        f"less its cost. {opening(found.case.model.ask('horizon_here'))}."
    )
    figure.text(0.02, -0.01, fill(footer, 104), fontsize=8, color=_GREY, va="top")
    save(figure, path)


def headline(found: Robust) -> str:
    """The finding in one line."""
    best = amount(found.choices[found.by_expected].value)
    safe = amount(found.choices[found.by_regret].value)
    name = found.lever.replace("_", " ")
    if best == safe:
        return f"{opening(name)} of {best} pays most on average and is regretted least"
    return f"{opening(name)} of {best} pays most on average, {safe} is regretted least"


__all__ = ["RobustRecord", "document", "headline", "plot", "record", "sentences"]
