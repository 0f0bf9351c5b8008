"""Credibility, the power to hurt and the price of leverage as a document."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.case import selected_equilibrium
from negotiation.leverage.price import Price
from negotiation.moved import names_of
from negotiation.provenance import provenance
from negotiation.report.chances import (
    ClaimRecord,
    CredibleChance,
    blocks,
    chance_record,
    claim_record,
    threat_words,
    unasked,
    without_claim,
)
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Items,
    Paragraph,
    Provenance,
    Table,
    TableColumn,
)
from negotiation.report.schema import because, finished
from negotiation.study.credibility.claims import (
    ACT,
    ACT_FIRST,
    BREAK_OFF,
    WALK_OUT,
    YIELD,
    Claim,
    margins,
)
from negotiation.study.credibility.credibility import Credible, Turn
from negotiation.words import a_period, amount, money, opening


def certified(found: Credible) -> bool:
    """Whether every point looked at was solved and certified."""
    lost = sum(turn.unknown for turn in found.turns) + sum(each.unknown for each in found.chances)
    return bool(found.outcome.certified) and not lost


def document(found: Credible) -> Document:
    """Return credibility as a document: walk-outs, acts, where they turn, how sure, the price."""
    made = _provenance(found)
    return Document(
        study="credibility",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
    )


def _blocks(found: Credible, made: Mapping[str, str]) -> Iterator[Block]:
    model = found.outcome.model
    yield Heading(f"{model.name()} ({made['parameters']})", 1)
    if not bool(found.outcome.certified):
        yield Paragraph(f"Do not rely on this result: {found.outcome.status}.")
    if found.chances:
        yield from blocks(found)
        yield Heading("At the point, without draws")
    yield Items((*_walk_outs(found), *_dispute(found)))
    yield from _acts(found)
    if found.axis is not None:
        name, low, high = found.axis
        head = f"Along {name} from {amount(low)} to {amount(high)}"
        yield Items(tuple(_turns(found)), head)
    if not found.chances:
        yield from unasked(found)
    if found.hurt is not None:
        yield Paragraph(hurt_words(found))
    if found.price is not None:
        yield Paragraph(price_words(found, found.price))
    notes = []
    if found.outcome.talks is not None:
        inside = "the inside options of the talks"
        if found.outcome.talks.inside is None:
            inside = "no-deal payoffs"
        notes.append(
            f"Staying: the deal that talks reach from {inside} if nobody can walk out. Walking "
            f"out: payoffs at {selected_equilibrium(found.outcome.case)}."
        )
    if len(model.players) == 2:
        notes.append(
            "Moving first: the other side answers with a best reply, and with the one that is "
            "worst for the first mover if there are several."
        )
    yield Provenance(made, tuple(notes))


class WalkOut(TypedDict):
    """What walking out is worth to a side."""

    outside: float
    staying: float
    margin: float
    credible: bool


class ActRecord(ClaimRecord):
    """What carrying a threat out is worth."""

    value: float
    best_other: float
    margin: float
    other: str
    answer: str
    credible: bool


class TurnRecord(ClaimRecord):
    """Where a threat becomes credible or ceases to be, or how near it comes."""

    value: float
    below: float
    above: float
    jump: bool
    nearest: float
    at: float
    unknown: int


class AlongRecord(TypedDict):
    """The parameter along which threats turn."""

    parameter: str
    low: float
    high: float


class HurtRecord(TypedDict):
    """What a side would lose if the other cut it off."""

    log_points: float
    by_sector: list[float]
    status: str


class PriceRecord(TypedDict):
    """What going along the parameter gains in the deal, and what it costs in risk."""

    of: str
    gained: float
    spread: float
    probability_of_no_deal: list[float]
    risk_begins_at: list[float]
    risk_per_unit: float
    critical_discount_factor: list[list[float]]
    patience_per_unit: list[float]
    status: list[list[str]]


class Believed(TypedDict):
    """Whose threats are credible, and what leverage costs."""

    provenance: dict[str, str]
    status: str
    certified: bool
    units: dict[str, str]
    walking_out: dict[str, WalkOut]
    acting: list[ActRecord]
    along: AlongRecord | None
    turns: list[TurnRecord]
    over: list[str]
    draws: int
    by_chance: bool
    probabilities: list[CredibleChance]
    power_to_hurt: dict[str, HurtRecord] | None
    price_of_leverage: PriceRecord | None


def record(found: Credible, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    unsolved = "" if bool(found.outcome.certified) else str(found.outcome.status)
    told: dict[str, Any] = finished(because(_record(found, made), unsolved), Believed)
    return told


_NO_TURN = "the threat does not turn within the range"


def _record(found: Credible, made: Mapping[str, str]) -> dict[str, Any]:
    outcome, scores = found.outcome, found.outcome.leverage
    walking = {}
    if scores is not None:
        for p, player in enumerate(scores.players):
            walking[player] = {
                "outside": float(scores.credibility.outside[..., p]),
                "staying": float(scores.credibility.staying[..., p]),
                "margin": float(scores.credibility.margin[..., p]),
                "credible": bool(scores.credibility.credible[..., p]),
            }
    return {
        "provenance": dict(made),
        "status": str(outcome.status),
        "certified": certified(found),
        "units": {"payoffs": type(outcome.model).payoff_unit},
        "walking_out": walking,
        "acting": [{**claim_record(act.claim), **without_claim(act)} for act in found.acts],
        "along": None
        if found.axis is None
        else dict(zip(("parameter", "low", "high"), found.axis, strict=True)),
        "turns": [
            because({**claim_record(turn.claim), **without_claim(turn)}, _NO_TURN)
            for turn in found.turns
        ],
        "over": [each.words for each in found.over],
        "draws": found.draws,
        "by_chance": found.by_chance,
        "probabilities": [chance_record(each) for each in found.chances],
        "power_to_hurt": None
        if found.hurt is None
        else {
            player: because(
                {
                    "log_points": float(found.hurt.log_points[..., p]),
                    "by_sector": found.hurt.by_sector[..., p, :].tolist(),
                    "status": str(found.hurt.status[..., p]),
                },
                str(found.hurt.status[..., p]),
            )
            for p, player in enumerate(found.hurt.players)
        },
        "price_of_leverage": None if found.price is None else price_record(found, found.price),
    }


def _provenance(found: Credible) -> dict[str, str]:
    outcome = found.outcome
    seen = {}
    if found.axis is not None:
        name, *ends = found.axis
        seen = {name: (float(outcome.model.value(name)), *ends)}
    made = provenance(outcome.case, about=outcome.threat.about, seen=seen)
    made.pop("priors", None)
    if found.over and found.draws:
        made["seed"] = f"nothing drawn: {found.draws} combinations"
        if found.by_chance:
            design = outcome.case.design.replace("_", " ")
            made["seed"] = f"{outcome.case.seed}, {found.draws} draws by {design}"
    if found.draws:
        made["priors"] = "; ".join(f"{name} ~ {each.text}" for name, each in found.priors.items())
    return made


def _walk_outs(found: Credible) -> Iterator[str]:
    outcome = found.outcome
    scores = outcome.leverage
    if scores is None:
        yield "The model has no talks, so that there is nothing to walk out of."
        return
    unit = type(outcome.model).payoff_unit
    for p, player in enumerate(scores.players):
        outside, staying = (
            float(each[..., p]) for each in (scores.credibility.outside, scores.credibility.staying)
        )
        if not np.isfinite(outside - staying):
            yield f"What walking out is worth to {outcome.model.named(player)} is not known."
            continue
        believed = bool(scores.credibility.credible[..., p])
        gain = abs(outside - staying)
        if money(gain) == "0":
            yield (
                f"{opening(threat_words(Claim(WALK_OUT, player), outcome.model))} is not credible: "
                f"walking out gives {money(outside, signed=True)}, and so does staying ({unit})."
            )
            continue
        verdict = (
            f"is credible: walking out gives {money(outside, signed=True)}, staying "
            f"{money(staying, signed=True)}, so that it gains {money(gain)} by leaving"
            if believed
            else f"is not credible: walking out gives {money(outside, signed=True)}, staying "
            f"{money(staying, signed=True)}, so that leaving would cost it {money(gain)}"
        )
        yield f"{opening(threat_words(Claim(WALK_OUT, player), outcome.model))} {verdict} ({unit})."


def _dispute(found: Credible) -> Iterator[str]:
    """Whether each side would rather break off the dispute, and whether the other gives way."""
    outcome = found.outcome
    worth = margins(outcome)
    for kind in (BREAK_OFF, YIELD):
        for claim, margin in worth.items():
            value = float(margin)
            if claim.kind != kind or not np.isfinite(value):
                continue
            words = opening(threat_words(claim, outcome.model))
            believed = "is credible" if value > 0.0 else "is not credible"
            size = money(abs(value))
            if kind == BREAK_OFF:
                change = f"{'gain' if value > 0.0 else 'lose'} {size}"
                change = "neither gain nor lose" if size == "0" else change
                why = f"it would {change} against the dispute while it lasts"
            else:
                other = next(each for each in outcome.model.players if each != claim.player)
                verb = f"{size} {'better' if value > 0.0 else 'worse'}"
                verb = f"{verb} for {outcome.model.named(other)} than"
                verb = f"as good for {outcome.model.named(other)} as" if size == "0" else verb
                why = f"giving way is {verb} its best other reply"
            yield f"{words} {believed}: {why}."


def _acts(found: Credible) -> Iterator[Block]:
    outcome = found.outcome
    by = {act.claim: act for act in found.acts}
    rows: list[list[Cell]] = []
    for claim, act in by.items():
        if claim.kind != ACT:
            continue
        first = by.get(Claim(ACT_FIRST, claim.player, claim.action))
        rows.append(
            [
                claim.player,
                claim.action,
                act.margin,
                "yes" if act.credible else "no",
                *(
                    [first.margin, "yes" if first.credible else "no"]
                    if first is not None
                    else ["none", ""]
                ),
            ]
        )
    if not rows:
        yield Paragraph("Nobody has a choice of what to do once talks have failed.")
        return
    told = [
        f"{outcome.model.named(act.claim.player)} would choose {act.claim.action}, "
        + (
            f"which is no better for it than {act.other}"
            if money(act.margin) == "0"
            else f"which is {money(act.margin)} better for it than {act.other}"
        )
        for act in found.acts
        if act.claim.kind == ACT and act.credible
    ]
    support = str(outcome.selection.support) or "no certified equilibrium"
    yield Paragraph(
        f"Once talks have failed ({support}), would a threat to act be carried out? "
        + (opening("; ".join(told)) + "." if told else "It is not known.")
    )
    heads: list[TableColumn | str] = [
        "player",
        "action",
        TableColumn("against best\nother action", Form.CHANGE),
        "credible",
        TableColumn("moving\nfirst", Form.CHANGE),
        "credible",
    ]
    yield Table.of(heads, rows, type(outcome.model).payoff_unit)


def _turns(found: Credible) -> Iterator[str]:
    model = found.outcome.model
    assert found.axis is not None
    name = found.axis[0]
    for turn in found.turns:
        words = threat_words(turn.claim, model)
        if np.isfinite(turn.value):
            after = turn.above > 0.0
            way = "jumps" if turn.jump else "crosses zero"
            yield (
                f"At {name} = {amount(turn.value)} {words} "
                f"{'becomes credible' if after else 'ceases to be credible'} as {name} rises: what "
                f"carrying it out is worth {way}"
                + (
                    f" from {money(turn.below, signed=True)} to {money(turn.above, signed=True)}."
                    if turn.jump
                    else "."
                )
            )
        elif turn.claim.kind in (WALK_OUT, BREAK_OFF, YIELD) or (
            turn.claim.kind == ACT and turn.nearest > 0.0
        ):
            yield _never(turn, words, name, found)
    lost = max((turn.unknown for turn in found.turns), default=0)
    if lost:
        yield f"{lost} of the points looked at are not certified; nothing is said of them."


def _never(turn: Turn, words: str, name: str, found: Credible) -> str:
    if not np.isfinite(turn.nearest):
        return f"{opening(words)} could not be decided anywhere."
    throughout = "is credible throughout" if turn.nearest > 0.0 else "is never credible"
    near = abs(turn.nearest)
    if near < 1e-300:  # it is played in a mixture, as good as the rest of it
        return f"{opening(words)} {throughout}, though at {name} = {amount(turn.at)} it is a tie."
    verb = "least sure" if turn.nearest > 0.0 else "nearest"
    return (
        f"{opening(words)} {throughout}; {verb} at {name} = {amount(turn.at)}, where carrying it "
        f"out {'gains' if turn.nearest > 0.0 else 'would cost'} {money(near)}."
    )


def hurt_words(found: Credible) -> str:
    """What each side could do to the other by cutting it off, in words."""
    hurt = found.hurt
    assert hurt is not None
    parts = []
    for p, player in enumerate(hurt.players):
        value, other = float(hurt.log_points[..., p]), hurt.players[1 - p]
        told = f"{value:.3g} log points" if math.isfinite(value) else str(hurt.status[..., p])
        parts.append(
            f"{found.outcome.model.named(other)} would lose {told} if "
            f"{found.outcome.model.named(player)} cut it off"
        )
    return (
        f"Power to hurt: {'; '.join(parts)} (real income; final purchases only, with prices "
        "elsewhere unchanged). No action of the game cuts off a side."
    )


def price_words(found: Credible, each: Price) -> str:
    """What going along the axis gains in the deal, and what that costs in risk, in words."""
    assert found.axis is not None
    model = found.outcome.model
    name, low, high = found.axis
    who, other = (model.named(model.players[p]) for p in (found.side, 1 - found.side))
    gained = float(each.gained)
    if not np.isfinite(gained):
        return "Price of leverage: undefined, because there is no deal at one of the ends."
    verb = "gains" if gained >= 0 else "loses"
    size = money(abs(gained))
    told = (
        f"Price of leverage: going from {name} = {amount(low)} to {amount(high)} {who} "
        f"{f'{verb} {size}' if size != '0' else 'gains and loses nothing'} in the deal."
    )
    scores = found.outcome.leverage
    gains = scores is not None and float(scores.loss[..., found.side]) < 0.0
    size_of = "gain" if gains else "loss"
    before, after = float(each.before.probability), float(each.after.probability)
    if np.isfinite(before) and np.isfinite(after):
        told += (
            f" If {other} knows the no-deal payoff of {who} to within "
            f"{money(float(each.before.spread))} ({found.spread:.0%} of its {size_of}, a "
            "judgement) and offers once, the probability of no deal "
        )
        if before or after:
            unit = 10.0 ** math.floor(math.log10(abs(gained))) if gained else 1.0
            per = float(each.risk_per_unit) * unit
            told += f"goes from {before:.3f} to {after:.3f}, {per:+.4f} per {money(unit)} gained."
        else:
            told += (
                f"stays zero: it takes an uncertainty of {money(float(each.before.bites_from))} "
                f"before and {money(float(each.after.bites_from))} after."
            )
    was, now = each.kept_before, each.kept_after
    unknown = each.unknown
    if unknown is None:
        parts = [
            f"{model.named(model.players[p])} {was.critical[p]:.3f} to {now.critical[p]:.3f}"
            for p in (0, 1)
        ]
        told += (
            f" If nobody enforces the deal, the discount factor{a_period(model.payoff_unit)} that "
            f"keeps each side to it goes for {parts[0]}, for {parts[1]}."
        )
    else:
        told += f" It is not known what keeps the deal without enforcement: {unknown.why}."
    return told


def price_record(found: Credible, each: Price) -> dict[str, Any]:
    """L7 as a dictionary, ready for JSON."""
    kept = (each.kept_before, each.kept_after)
    why = "there is no deal at one of the ends, or nothing is gained"
    lasting = next((str(one.status.ravel()[0]) for one in kept if _lost(one.critical)), why)
    told = {
        "of": found.outcome.model.players[found.side],
        "gained": float(each.gained),
        "spread": float(each.before.spread),
        "probability_of_no_deal": [float(each.before.probability), float(each.after.probability)],
        "risk_begins_at": [float(each.before.bites_from), float(each.after.bites_from)],
        "risk_per_unit": float(each.risk_per_unit),
        "critical_discount_factor": because([one.critical.tolist() for one in kept], lasting),
        "patience_per_unit": because(each.patience_per_unit.tolist(), lasting),
        "status": [one.status.tolist() for one in kept],
    }
    return because(told, why)


def _lost(values: Any) -> bool:
    return not bool(np.isfinite(values).all())


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
