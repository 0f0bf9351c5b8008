"""How sure threats are, in words and as records."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import numpy as np

from negotiation.case import repeated
from negotiation.model import Model
from negotiation.model.commands import command_about
from negotiation.outcome import Outcome
from negotiation.report.document import (
    Block,
    Cell,
    Command,
    Form,
    Heading,
    Items,
    Number,
    Paragraph,
    Table,
    TableColumn,
)
from negotiation.report.schema import because
from negotiation.report.within import FEW, RARE, in_draws
from negotiation.study.credibility.chances import Chance
from negotiation.study.credibility.claims import (
    ACT,
    ACT_FIRST,
    BREAK_OFF,
    WALK_OUT,
    YIELD,
    Claim,
)
from negotiation.study.credibility.credibility import Credible
from negotiation.study.within import DrawRange
from negotiation.words import opening


def threat_words(claim: Claim, model: Model) -> str:
    """A threat in words."""
    who = model.named(claim.player)
    if claim.kind == WALK_OUT:
        return f"the threat of {who} to walk out"
    if claim.kind == BREAK_OFF:
        return f"the threat of {who} to break off the dispute"
    if claim.kind == YIELD:
        other = next(each for each in model.players if each != claim.player)
        soft = model.softest[other].replace("_", " ")
        return f"the threat of {who} to {claim.action} so that {model.named(other)} will {soft}"
    first = ", moving first," if claim.kind == ACT_FIRST else ""
    return f"the threat of {who}{first} to choose {claim.action}"


class ClaimRecord(TypedDict):
    """A threat."""

    threat: str
    player: str
    action: str


class WithinRecord(TypedDict):
    """A threat in the draws of one regime."""

    regime: str
    probability: float
    margin: DrawRange


class CredibleChance(ClaimRecord):
    """Probability that a threat is credible."""

    probability: float
    error: float
    limit: float
    draws: int
    unknown: int
    by_choice: dict[str, float]
    by_regime: list[WithinRecord]
    at_revealed_costs: float


_CALLED = {WALK_OUT: "walk out", BREAK_OFF: "break off", YIELD: "the other gives way"}
_NOT_DECIDED = "no draw could be decided"
_NO_COSTS = "no political costs are shown beside the answer"
_DRAWS_DIFFER = "the draws do not all agree, or nothing was drawn"


def chance_record(each: Chance) -> dict[str, Any]:
    """Return the probability of a threat as a dictionary, ready for JSON."""
    return {
        **claim_record(each.claim),
        **without_claim(each),
        "at_revealed_costs": because(each.at_revealed_costs, _NO_COSTS),
        "limit": because(each.limit, _DRAWS_DIFFER),
        "by_choice": because(dict(each.by_choice), _NOT_DECIDED),
        "by_regime": [because(without_claim(part), FEW) for part in each.by_regime],
    }


def claim_record(claim: Claim) -> dict[str, str]:
    """Return a threat as a dictionary."""
    return {"threat": claim.kind, "player": claim.player, "action": claim.action}


def without_claim(each: Any) -> dict[str, Any]:
    """Return the fields of a result about a threat but the threat."""
    return {
        field.name: getattr(each, field.name)
        for field in dataclasses.fields(each)
        if field.name != "claim"
    }


def unasked(found: Credible) -> Iterator[Block]:
    """Return why there are no probabilities, where they were not declined."""
    case = found.outcome.case
    if case.draws == 0 and case.uncertain():
        return
    said = "No uncertainty was given, so that no probability can be computed"
    command = suggestion(found.outcome)
    if "--over" in command:
        yield Command(command, f"{said}; for instance")
    else:
        yield Paragraph(f"{said}.")


def blocks(found: Credible) -> Iterator[Block]:
    """Return how sure threats are: frequencies, and what they are worth within each regime."""
    over = f"{found.draws} draws" if found.by_chance else f"all {found.draws} combinations"
    yield Heading(f"Over {over}")
    told = [_frequency(each, found) for each in found.chances if _told_of(each.claim, found)]
    yield Items(tuple(told))
    yield from _chance_table(found)
    yield from _within(found)


def _told_of(claim: Claim, found: Credible) -> bool:
    """Whether a threat has a sentence: of acts those that are credible at the point."""
    return claim.kind in (WALK_OUT, BREAK_OFF, YIELD) or _played(claim, found)


def _frequency(each: Chance, found: Credible) -> str:
    words = opening(threat_words(each.claim, found.outcome.model))
    if not each.draws:
        return f"{words} could not be decided in any draw."
    if not found.by_chance:
        count = round(each.probability * each.draws)
        return f"{words} is credible in {count} of {each.draws} combinations."
    return f"{words} is credible {in_draws(each.probability, each.draws)}."


def _chance_table(found: Credible) -> Iterator[Block]:
    by = {each.claim: each for each in found.chances}
    costly = any(np.isfinite(each.at_revealed_costs) for each in found.chances)
    rows: list[list[Cell]] = []
    for claim, each in by.items():
        if claim.kind == ACT_FIRST:
            continue
        first = by.get(Claim(ACT_FIRST, claim.player, claim.action))
        what = _CALLED.get(claim.kind, claim.action)
        if claim.kind == YIELD:
            what = f"{claim.action}: {what}"
        beside = [_chance(each.at_revealed_costs)] if costly else []
        rows.append(
            [
                claim.player,
                what,
                *_shown(each),
                *beside,
                *(_shown(first) if first else (None, None)),
            ]
        )
    over = "; ".join(each.words for each in found.over) or "the priors"
    yield Table.of(
        [
            *("player", "threat to", "probability", "+-"),
            *(["revealed\ncosts"] if costly else []),
            *("moving\nfirst", "+-"),
        ],
        rows,
        f"Probability that a threat is credible, with {over} ({_how(found)})",
    )
    if found.by_chance:
        yield Paragraph(_error_words(found.chances))
    if costly:
        yield Paragraph(
            "The column on revealed costs is the probability with political costs that make what "
            "is observed today an equilibrium; all other figures leave these costs out."
        )
    shown = [
        each
        for each in found.chances
        if each.by_choice and (each.claim.kind == WALK_OUT or _played(each.claim, found))
    ]
    if shown:
        yield Table.of(
            ["", *(TableColumn(_column(each.claim), Form.CHANCE) for each in shown)],
            [
                [label.replace(", ", "\n"), *(dict(each.by_choice)[label] for each in shown)]
                for label, _ in shown[0].by_choice
            ],
        )
    lost = max(each.unknown for each in found.chances)
    if lost:
        yield Paragraph(f"{lost} of the points are not certified and are left out.")


def _how(found: Credible) -> str:
    if not found.by_chance:
        return f"all {found.draws} combinations, nothing drawn"
    case = found.outcome.case
    return f"{found.draws} draws by {case.design.replace('_', ' ')}, seed {case.seed}"


def _within(found: Credible) -> Iterator[Block]:
    """What threats are worth in each regime: their margins hang on the equilibrium played."""
    rows: list[list[Cell]] = [
        [
            f"{each.claim.player}: {_CALLED.get(each.claim.kind, each.claim.action)}",
            part.regime,
            *(part.margin.share, part.probability),
            *(part.margin.low, part.margin.median, part.margin.high),
        ]
        for each in found.chances
        if found.by_chance and each.claim.kind in (WALK_OUT, BREAK_OFF, YIELD)
        for part in each.by_regime
        if part.margin.share >= RARE
    ]
    if rows:
        quantiles = [TableColumn(name, Form.CHANGE) for name in ("5 %", "median", "95 %")]
        yield Table.of(
            [
                *("threat", "regime"),
                TableColumn("share of\ndraws", Form.CHANCE),
                TableColumn("credible", Form.CHANCE),
                *quantiles,
            ],
            rows,
            "What carrying a threat out is worth, within each regime after a breakdown "
            f"({type(found.outcome.model).payoff_unit}; regimes with fewer than 40 draws have a "
            "median only)",
        )


def _column(claim: Claim) -> str:
    return f"{claim.player}\n{'walk out' if claim.kind == WALK_OUT else claim.action}"


def _played(claim: Claim, found: Credible) -> bool:
    return any(act.claim == claim and act.credible for act in found.acts if act.claim.kind == ACT)


def _shown(each: Chance) -> tuple[Cell, Cell]:
    if not np.isfinite(each.probability):
        return Number(math.nan, "none", share=True), None
    return _chance(each.probability), _chance(each.error) if each.error else None


def _chance(value: float) -> Number:
    return Number(value, f"{value:.3f}", share=True)


def _error_words(chances: Sequence[Chance]) -> str:
    limits = [each.limit for each in chances if np.isfinite(each.limit)]
    told = "+- is an upper bound of the Monte Carlo standard error"
    if limits:
        told += (
            f"; where all draws agree, the other case may still have a probability of "
            f"{max(limits):.3f} (95 % confidence)"
        )
    return f"{told}."


def suggestion(outcome: Outcome) -> str:
    """A command that puts some of a model's parameters in doubt, at the point that was asked."""
    model = outcome.model
    words: list[str] = []
    specs = [s for s in model.parameters().values() if not (s.lever_of or s.stake or s.inherits)]
    choices = [spec for spec in specs if spec.choices and not spec.many]
    if choices:
        most = max(choices, key=lambda spec: len(spec.choices))
        words.append(f"--over {most.name}={','.join(most.choices[:3])}")
    # Money first: what a government would give up is what is known least.
    unit = type(model).payoff_unit
    for spec in sorted((s for s in specs if s.numeric), key=lambda spec: spec.unit != unit):
        value = float(np.asarray(model.value(spec.name)))
        if value > 0.0:
            high = 1.5 * value if spec.high is None else min(1.5 * value, spec.high)
            words.append(f"--over {spec.name}={0.5 * value:g}:{high:g}")
        elif spec.unit == unit and spec.high is None and np.isfinite(outcome.game.payoffs).all():
            half = float(np.abs(outcome.game.payoffs).max()) / 2.0
            words.append(f"--over {spec.name}={value:g}:{float(f'{half:.0e}'):g}")
        else:
            continue
        break
    if not words:  # nothing but levers: what the other side will do with one is not known either
        for spec in model.parameters().values():
            if spec.numeric and not spec.stake and spec.low is not None and spec.upper is not None:
                top = spec.upper if spec.below is None else spec.low + 0.9 * (spec.below - spec.low)
                words.append(f"--over {spec.name}={spec.low:g}:{top:g}")
                break
    given = repeated(outcome.case)
    return command_about("credibility", model, *given, *words)
