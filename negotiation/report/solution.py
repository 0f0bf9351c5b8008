"""The outcome at one point: a reading for people, a record for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import numpy as np

from negotiation.bargaining import Agreement
from negotiation.leverage import Concession, Leverage, Slope
from negotiation.moved import names_of
from negotiation.outcome import POSTURE, Outcome, deal_range
from negotiation.outcome.choices import Choices, choices_record
from negotiation.provenance import provenance
from negotiation.regimes.signal import SIGNALS, Signal, SignalUse, signals_of
from negotiation.report import by_posture
from negotiation.report.answer import Answer
from negotiation.report.deal import deal_items, marginal_table
from negotiation.report.document import (
    Block,
    Document,
    EachSide,
    Form,
    Heading,
    Items,
    Lines,
    Paragraph,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.draws import BandRecord, DrawsRecord, draws_record, prior_table
from negotiation.report.draws import blocks as draws_blocks
from negotiation.report.reading import folded, lines, sentences
from negotiation.report.schema import because, finished
from negotiation.report.situations import (
    DEAL,
    DemandRecord,
    Situation,
    demand_record,
    demand_table,
    outcome_table,
    situation_table,
    situations,
)
from negotiation.study.bands import Bands
from negotiation.study.by_posture import ByPosture
from negotiation.study.reading import Reading
from negotiation.words import money, opening


class SolvedEquilibrium(TypedDict):
    """An equilibrium of the game."""

    profile: str
    support: str
    strategies: dict[str, dict[str, float]]
    payoffs: dict[str, float]
    regret: float
    component: int | None
    proposed_by: str
    selected: bool
    complete: bool


class EndsRecord(TypedDict):
    """The least and the most of a number."""

    min: float
    max: float


class Selected(TypedDict):
    """Which equilibrium is the threat, and what the others would make of it."""

    rule: str
    support: str
    equilibria: int
    payoffs_over_all: dict[str, EndsRecord]
    delta_over_all: dict[str, EndsRecord] | None


class Threatened(TypedDict):
    """What happens if talks fail."""

    name: str
    about: str
    payoffs: dict[str, float]
    certified: bool
    details: dict[str, Any]


class Agreed(TypedDict):
    """The deal by one bargaining concept."""

    payoffs: dict[str, float]
    disagreement: dict[str, float]
    concession: dict[str, float]
    surplus: float
    status: str


class ConcessionRecord(TypedDict):
    """Net concession leverage by one bargaining concept."""

    delta: dict[str, float]
    ncl: dict[str, float]
    power_share: dict[str, float]
    exposure_share: dict[str, float]
    ncl_status: str


class SpreadRecord(TypedDict):
    """The least and the most over bargaining concepts, by player."""

    min: dict[str, float]
    max: dict[str, float]


class WalkingRecord(TypedDict):
    """What walking out is worth, by player."""

    outside: dict[str, float]
    staying: dict[str, float]
    margin: dict[str, float]


class UnequalRecord(TypedDict):
    """No-deal asymmetry."""

    log_ratio: float
    relative_to_size: float
    bounded: float
    status: str


class SlopeRecord(TypedDict):
    """What moving a lever in one direction adds to its owner's deal."""

    per_percentage_point: float
    per_unit: float
    per_usd_spent: float
    own_fallback: float
    their_fallback: float
    pie: float
    regime_change: bool


class LeverRecord(TypedDict):
    """Marginal leverage of one lever."""

    owner: str
    unit: str
    from_the_left: SlopeRecord
    from_the_right: SlopeRecord


class ScoresRecord(TypedDict):
    """Leverage of each side."""

    no_deal_loss: dict[str, float]
    net_concession: dict[str, ConcessionRecord]
    net_concession_spread: dict[str, SpreadRecord]
    credibility: WalkingRecord
    asymmetry: UnequalRecord
    marginal: dict[str, LeverRecord]


class ChoiceRecord(TypedDict):
    """The same point under another choice of a word."""

    certified: bool
    equilibrium: str
    delta: float
    no_deal_loss: dict[str, float]


class ScoreRecord(TypedDict):
    """A score that was added from outside."""

    values: dict[str, float]
    unit: str
    about: str


class SignalRecord(TypedDict):
    """A signal that was added from outside; no side where it is nobody's."""

    name: str
    side: str
    value: float
    unit: str
    regime: str


class Solved(TypedDict):
    """Everything about a point of a model."""

    provenance: dict[str, str]
    status: str
    certified: bool
    reading: list[str]
    draws: NotRequired[DrawsRecord]
    other_choices: dict[str, ChoiceRecord | None] | None
    parameters: dict[str, Any]
    units: dict[str, str]
    payoffs: dict[str, dict[str, float]]
    complete: bool
    completeness: str
    equilibria: list[SolvedEquilibrium]
    selection: Selected
    threat: Threatened
    agreements: dict[str, Agreed]
    leverage: ScoresRecord | None
    situations: list[Situation]
    demands: list[DemandRecord]
    scores: dict[str, ScoreRecord]
    signals: NotRequired[list[SignalRecord]]
    by_posture: NotRequired[dict[str, dict[str, BandRecord]]]
    outcomes: dict[str, dict[str, float | dict[str, float]]]
    outcome_units: dict[str, str]
    assumptions: list[str]
    not_modelled: list[str]


def record(
    outcome: Outcome,
    around: Reading | None = None,
    bands: Bands | None = None,
    postures: ByPosture | None = None,
) -> dict[str, Any]:
    """Everything about a point, and its draws, as nested dictionaries, ready for JSON."""
    unsolved = "" if bool(outcome.certified) else str(outcome.status)
    found = _record(outcome, around)
    if bands is not None:
        answer = Answer(bands, around or Reading.of(outcome))
        found["reading"], found["draws"] = answer.sentences(), draws_record(answer)
        if around is not None and not around.choices.count:
            found["other_choices"] = None  # not looked at
    if postures is not None:
        why = "a range needs draws" if not postures.draws else "too few draws have this number"
        found["by_posture"] = because(by_posture.record(postures), why)
    made: dict[str, Any] = finished(because(found, unsolved), Solved)
    return made


def _record(outcome: Outcome, around: Reading | None) -> Solved:
    game, players = outcome.game, outcome.game.players
    found = outcome.equilibria
    rule = outcome.selection.rule
    profiles = list(product(*game.actions))
    cells = list(np.ndindex(*(len(actions) for actions in game.actions)))
    no_deal = "no equilibrium leaves a deal"
    made: Solved = {
        "provenance": provenance(outcome.case, about=outcome.threat.about),
        "status": str(outcome.status),
        "certified": bool(outcome.certified),
        "reading": sentences(around or Reading.of(outcome)),
        "other_choices": None
        if around is None
        else because(choices_record(around.choices, players), "there is no deal under this choice"),
        "parameters": {
            name: outcome.model.value(name) for name in type(outcome.model).parameters()
        },
        "units": {"payoffs": type(outcome.model).payoff_unit},
        "payoffs": {
            "/".join(profile): {
                player: game.payoffs[(p, *cell)] for p, player in enumerate(players)
            }
            for profile, cell in zip(profiles, cells, strict=True)
        },
        "complete": str(found.completeness) == "complete",
        "completeness": str(found.completeness),
        "equilibria": [
            {
                "profile": equilibrium.profile,
                "support": equilibrium.support,
                "strategies": {
                    player: dict(zip(actions, strategy, strict=True))
                    for player, actions, strategy in zip(
                        players, game.actions, equilibrium.strategies, strict=True
                    )
                },
                "payoffs": dict(zip(players, equilibrium.payoffs, strict=True)),
                "regret": equilibrium.regret,
                "component": equilibrium.component if equilibrium.component >= 0 else None,
                "proposed_by": equilibrium.proposed_by,
                "selected": k == int(outcome.selection.index),
                "complete": str(found.completeness) == "complete",
            }
            for k, equilibrium in enumerate(found.at())
        ],
        "selection": {
            "rule": rule,
            "support": str(outcome.selection.support),
            "equilibria": int(found.count),
            "payoffs_over_all": _ends(players, outcome.selection.lowest, outcome.selection.highest),
            "delta_over_all": (
                because(_ends(players, *deal_range(outcome)), no_deal)
                if outcome.leverage is not None
                else None
            ),
        },
        "threat": {
            "name": outcome.threat.name,
            "about": outcome.threat.about,
            "payoffs": dict(zip(players, outcome.threat.payoffs, strict=True)),
            "certified": bool(outcome.threat.certified),
            "details": dict(outcome.threat.details),
        },
        "agreements": {
            concept: agreed(players, each) for concept, each in outcome.agreements.items()
        },
        "leverage": _leverage_record(outcome.leverage),
        "situations": [
            because(each, str(outcome.agreement.status if each["name"] == DEAL else outcome.status))
            for each in situations(outcome)
        ],
        "demands": [demand_record(each) for each in outcome.model.ask("demands")],
        "scores": {
            name: {
                "values": dict(zip(players, each.values, strict=True)),
                "unit": each.unit,
                "about": each.about,
            }
            for name, each in outcome.scores.items()
        },
        "outcomes": {
            "/".join(profile): _nested(
                {name: quantity.values[cell] for name, quantity in outcome.quantities.items()}
            )
            for profile, cell in zip(profiles, cells, strict=True)
        },
        "outcome_units": {name: quantity.unit for name, quantity in outcome.quantities.items()},
        "assumptions": list(type(outcome.model).assumptions),
        "not_modelled": list(type(outcome.model).not_modelled),
    }
    if added := _added(outcome):
        made["signals"] = [
            {
                "name": signal.name,
                "side": signal.side,
                "value": because(value, "the signal is not defined at this point"),
                "unit": signal.unit,
                "regime": regime,
            }
            for signal, value, regime in added
        ]
    return made


def _added(outcome: Outcome) -> list[tuple[Signal, float, str]]:
    """Signals that were added from outside: each with its value, and what holds there."""
    found = []
    for signal in signals_of(outcome.model, SignalUse.POINT, outcome.talks):
        if SIGNALS[signal.name].outside:
            value = float(signal.value(outcome))
            holds = signal.even if value == 0.0 else signal.holds(value)
            found.append((signal, value, "" if np.isnan(value) else holds))
    return found


def _ends(players: Sequence[str], low: Any, high: Any) -> dict[str, Any]:
    """Name the least and the most of each player."""
    return {
        player: {"min": least, "max": most}
        for player, least, most in zip(players, low, high, strict=True)
    }


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dotted names into nested dictionaries."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        head, dot, tail = name.partition(".")
        if dot:
            tree.setdefault(head, {})[tail] = value
        else:
            tree[head] = value
    return tree


def agreed(players: Sequence[str], each: Agreement) -> Agreed:
    """A deal as a record, by player."""
    made: Agreed = {
        "payoffs": dict(zip(players, each.payoffs, strict=True)),
        "disagreement": dict(zip(players, each.disagreement, strict=True)),
        "concession": dict(zip(players, each.concession, strict=True)),
        "surplus": float(each.surplus),
        "status": str(each.status),
    }
    return because(made, str(each.status))


def _leverage_record(scores: Leverage | None) -> ScoresRecord | None:
    if scores is None:
        return None
    players = scores.players

    def by_player(values: Any) -> dict[str, Any]:
        return dict(zip(players, values, strict=True))

    def concession(each: Concession) -> ConcessionRecord:
        made: ConcessionRecord = {
            "delta": by_player(each.delta),
            "ncl": by_player(each.ncl),
            "power_share": by_player(each.power_share),
            "exposure_share": by_player(each.exposure_share),
            "ncl_status": str(each.status),
        }
        return because(made, str(each.status))

    def ends(low: Any, high: Any) -> SpreadRecord:
        made: SpreadRecord = {"min": by_player(low), "max": by_player(high)}
        return because(made, str(scores.concession["nash"].status))

    two = scores.asymmetry
    unequal: UnequalRecord = {
        "log_ratio": float(two.log_ratio),
        "relative_to_size": float(two.relative),
        "bounded": float(two.bounded),
        "status": str(two.status),
    }
    spread = {part: scores.spread(part) for part in ("delta", "ncl")}
    return {
        "no_deal_loss": by_player(scores.loss),
        "net_concession": {
            concept: concession(each) for concept, each in scores.concession.items()
        },
        "net_concession_spread": {part: ends(low, high) for part, (low, high) in spread.items()},
        "credibility": {
            "outside": by_player(scores.credibility.outside),
            "staying": by_player(scores.credibility.staying),
            "margin": by_player(scores.credibility.margin),
        },
        "asymmetry": because(unequal, unequal["status"]),
        "marginal": {
            name: {
                "owner": each.owner,
                "unit": each.unit,
                "from_the_left": _slope_record(each.left, each.cost),
                "from_the_right": _slope_record(each.right, each.cost),
            }
            for name, each in scores.marginal.items()
        },
    }


def _slope_record(slope: Slope, cost: Any) -> SlopeRecord:
    total = float(slope.total)
    if bool(slope.regime_change):
        why = "the equilibrium changes within the step"
    else:
        why = "the lever is at an end of its range, or there is no deal to move"
    spent = total / float(cost) if cost else np.nan
    free = np.isfinite(total) and not cost
    made: SlopeRecord = {
        "per_percentage_point": total / 100.0,
        "per_unit": total,
        "per_usd_spent": because(spent, "the lever has no cost in the model" if free else ""),
        "own_fallback": float(slope.own_fallback),
        "their_fallback": float(slope.their_fallback),
        "pie": float(slope.pie),
        "regime_change": bool(slope.regime_change),
    }
    return because(made, why)


def document(
    outcome: Outcome,
    around: Reading | None = None,
    *,
    choices: bool = False,
    bands: Bands | None = None,
    postures: ByPosture | None = None,
) -> Document:
    """Return a point as a document: a summary, then what it rests on.

    Without `around` the reading says only where the sides stand; `choices` lists every other
    choice that was looked at there. With `bands` the answer is that of the draws, and the point
    stands below it. `postures` are results at every pair of actions, shown with the situations.
    """
    made = provenance(outcome.case, about=outcome.threat.about)
    return Document(
        study="solve",
        tell=lambda: _blocks(outcome, around, made, choices, bands, postures),
        note=lambda: record(outcome, around, bands, postures),
        made=made,
    )


def _blocks(
    outcome: Outcome,
    around: Reading | None,
    made: Mapping[str, str],
    choices: bool,
    bands: Bands | None,
    postures: ByPosture | None,
) -> Iterator[Block]:
    model = type(outcome.model)
    unit = model.payoff_unit
    read = around or Reading.of(outcome)
    yield Heading(f"{model.name()} ({made['parameters']}), {unit}", 1)
    answer = None if bands is None else Answer(bands, read)
    if answer is None:
        yield Lines(tuple(sentences(read)), tuple(lines(read)))
    else:
        told = answer.sentences()
        yield Lines(tuple(told), tuple(folded(told)))
    if made.get("cautions"):
        yield Paragraph(f"Caution: {made['cautions']}")
        made = {name: told for name, told in made.items() if name != "cautions"}
    if answer is None:
        yield from situation_table(outcome)
    else:
        yield from draws_blocks(answer)
    if postures is not None:
        yield from by_posture.blocks(postures, outcome.model)
    yield from demand_table(outcome)
    if answer is not None:
        yield Heading(
            "The point estimate",
            subtitle="What follows is one point, with every assumption at its default or as it is "
            "set. It is not the headline; --draws 0 shows it alone.",
        )
    yield _matrix(outcome)
    yield _equilibria(outcome)
    if outcome.leverage is not None:
        yield deal_items(outcome)
        if outcome.leverage.marginal:
            yield marginal_table(outcome.leverage.marginal, unit)
    if choices and around is not None:
        yield _choices(around.choices, outcome)
    if outcome.scores:
        yield Table.of(
            ["", *(TableColumn(player, Form.CHANGE) for player in outcome.game.players), "unit"],
            [[name, *map(float, each.values), each.unit] for name, each in outcome.scores.items()],
            "Scores added",
        )
    if added := _added(outcome):
        yield Table.of(
            ["signal", "side", TableColumn("value", Form.CHANGE), "unit", "what holds"],
            [
                [signal.name, signal.side, value, signal.unit, holds or "not defined"]
                for signal, value, holds in added
            ],
            "Signals added",
        )
    if outcome.quantities:
        yield outcome_table(outcome)
    if answer is not None:
        yield prior_table(answer)
    yield small_print(outcome.model, made)


def _matrix(outcome: Outcome) -> Table:
    game = outcome.game
    title = f"Payoffs, {type(outcome.model).payoff_unit}: {' / '.join(game.players)}"
    if len(game.players) != 2:
        cells = np.ndindex(*(len(actions) for actions in game.actions))
        return Table.of(
            ["profile", *(TableColumn(player, Form.CHANGE) for player in game.players)],
            [
                ["/".join(profile), *(float(value[cell]) for value in game.payoffs)]
                for profile, cell in zip(product(*game.actions), cells, strict=True)
            ],
            title,
        )
    return Table.of(
        ["", *game.actions[1]],
        [
            [
                action,
                *(
                    EachSide(
                        tuple(game.players),
                        tuple(float(value[i, j]) for value in game.payoffs),
                        " / ".join(money(value[i, j], signed=True) for value in game.payoffs),
                    )
                    for j in range(len(game.actions[1]))
                ),
            ]
            for i, action in enumerate(game.actions[0])
        ],
        title,
    )


def _equilibria(outcome: Outcome) -> Items:
    found = outcome.equilibria.at()
    claim = {
        "complete": "all there are",
        "partial": "there may be others",
        "empty": "none was found",
    }[str(outcome.equilibria.completeness)]
    several = len(found) != 1
    where = "without a deal" if outcome.threat.name == POSTURE else "of the game, not the threat"
    told = []
    for k, each in enumerate(found):
        payoffs = ", ".join(
            f"{player} {money(value, signed=True)}"
            for player, value in zip(each.players, each.payoffs, strict=True)
        )
        mark = " <- selected" if several and k == int(outcome.selection.index) else ""
        told.append(f"{each.profile}: {payoffs}; regret {each.regret:.1e}{mark}")
    if bool(outcome.equilibria.degenerate):
        told.append("The game is degenerate: equilibria of one component are connected.")
    head = f"{len(found)} {'equilibria' if several else 'equilibrium'} {where}, {claim}"
    return Items(tuple(told), head, indented=True)


def _choices(found: Choices, outcome: Outcome) -> Table | Paragraph:
    """Every other choice of a word, and what a point would be with it."""
    if not found.count:
        return Paragraph("Other choices: none was looked at.")
    players = outcome.game.players
    heads: list[TableColumn | str] = [
        "choice",
        "equilibrium",
        TableColumn(f"deal,\n{players[0]}", Form.CHANGE),
    ]
    if outcome.leverage is not None:
        heads += [TableColumn(f"no deal,\n{player}", Form.CHANGE) for player in players]
    refused = [f"Refused by the model: {', '.join(found.refused)}."] if found.refused else []
    return Table.of(
        heads,
        [
            [
                each.label + ("" if each.certified else " (not certified)"),
                each.equilibrium or "none",
                each.delta,
                *(-loss for loss in each.losses),
            ]
            for each in found.solved
        ],
        f"Other choices, one at a time: {found.count}. {opening(type(outcome.model).payoff_unit)}",
        refused,
    )


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
