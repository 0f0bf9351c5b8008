"""Credibility, the power to hurt and the price of leverage: a reading, and a record."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.case import repeated
from negotiation.model import Model
from negotiation.model.commands import command_about
from negotiation.outcome import Outcome
from negotiation.provenance import provenance
from negotiation.report.price import hurt_words, price_record, price_words
from negotiation.report.small_print import by, signature
from negotiation.report.tables import markdown_table, text_table
from negotiation.shell import continued
from negotiation.study.credibility.chances import Chance
from negotiation.study.credibility.claims import ACT, ACT_FIRST, WALK_OUT, Claim
from negotiation.study.credibility.credibility import Credible, Turn
from negotiation.words import amount, money, opening

WIDTH = 80


def threat_words(claim: Claim, model: Model) -> str:
    """A threat in words."""
    who = model.named(claim.player)
    if claim.kind == WALK_OUT:
        return f"the threat of {who} to walk out"
    first = ", moving first," if claim.kind == ACT_FIRST else ""
    return f"the threat of {who}{first} to choose {claim.action}"


def certified(found: Credible) -> bool:
    """Whether every point looked at was solved and certified."""
    lost = sum(turn.unknown for turn in found.turns) + sum(each.unknown for each in found.chances)
    return bool(found.outcome.certified) and not lost


def text(found: Credible, parameters: Mapping[str, Any], markdown: bool = False) -> str:
    """Return the reading: walk-outs, acts, where they turn, how sure, what leverage costs."""
    model = found.outcome.model
    table = markdown_table if markdown else text_table
    made = _provenance(found, parameters)
    blocks = [f"{model.name()} ({made['parameters']})"]
    if not bool(found.outcome.certified):
        blocks.append(_paragraph(f"Not to be relied on: {found.outcome.status}."))
    walks = [_paragraph(each) for each in _walk_outs(found)]
    if walks:
        blocks.append("\n".join(walks))
    blocks.append(_acts(found, table))
    if found.axis is not None:
        name, low, high = found.axis
        head = f"Along {name} from {amount(low)} to {amount(high)}"
        told = [_bullet(each) for each in _turns(found)]
        blocks.append("\n".join([head, *told]))
    blocks.append(_chances(found, parameters, table))
    if found.hurt is not None:
        blocks.append(_paragraph(hurt_words(found)))
    if found.price is not None:
        blocks.append(_paragraph(price_words(found, found.price)))
    blocks.append("\n".join(_small_print(found, made)))
    return "\n\n".join(blocks)


def record(found: Credible, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    outcome, scores = found.outcome, found.outcome.leverage
    walking = {}
    if scores is not None:
        for p, player in enumerate(scores.players):
            walking[player] = {
                "outside": scores.credibility.outside[..., p],
                "staying": scores.credibility.staying[..., p],
                "margin": scores.credibility.margin[..., p],
                "credible": bool(scores.credibility.credible[..., p]),
            }
    return {
        "provenance": _provenance(found, parameters),
        "status": str(outcome.status),
        "certified": certified(found),
        "units": {"payoffs": type(outcome.model).payoff_unit},
        "walking_out": walking,
        "acting": [{**_claim(act.claim), **_without_claim(act)} for act in found.acts],
        "along": None
        if found.axis is None
        else dict(zip(("parameter", "low", "high"), found.axis, strict=True)),
        "turns": [{**_claim(turn.claim), **_without_claim(turn)} for turn in found.turns],
        "over": [each.words for each in found.over],
        "probabilities": [
            {
                **_claim(each.claim),
                **_without_claim(each),
                "by_choice": dict(each.by_choice),
            }
            for each in found.chances
        ],
        "power_to_hurt": None
        if found.hurt is None
        else {
            player: {
                "log_points": found.hurt.log_points[..., p],
                "by_sector": found.hurt.by_sector[..., p, :],
                "status": str(found.hurt.status[..., p]),
            }
            for p, player in enumerate(found.hurt.players)
        },
        "price_of_leverage": None if found.price is None else price_record(found, found.price),
    }


def _claim(claim: Claim) -> dict[str, str]:
    return {"threat": claim.kind, "player": claim.player, "action": claim.action}


def _without_claim(each: Any) -> dict[str, Any]:
    return {
        field.name: getattr(each, field.name)
        for field in dataclasses.fields(each)
        if field.name != "claim"
    }


def _provenance(found: Credible, parameters: Mapping[str, Any]) -> dict[str, str]:
    outcome = found.outcome
    made = provenance(outcome.case, about=outcome.threat.about)
    if any(not each.values for each in found.over):
        made["seed"] = str(found.seed)
    return made


def _paragraph(sentence: str) -> str:
    return "\n".join(wrap(sentence, WIDTH))


def _bullet(sentence: str) -> str:
    return "\n".join(wrap(sentence, WIDTH, initial_indent="* ", subsequent_indent="  "))


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
                f"{opening(threat_words(Claim(WALK_OUT, player), outcome.model))} is not believed: "
                f"walking out gives {money(outside, signed=True)}, and so does staying ({unit})."
            )
            continue
        verdict = (
            f"is believed: walking out gives {money(outside, signed=True)}, staying "
            f"{money(staying, signed=True)}, so that it gains {money(gain)} by leaving"
            if believed
            else f"is not believed: walking out gives {money(outside, signed=True)}, staying "
            f"{money(staying, signed=True)}, so that leaving would cost it {money(gain)}"
        )
        yield f"{opening(threat_words(Claim(WALK_OUT, player), outcome.model))} {verdict} ({unit})."


def _acts(found: Credible, table: Any) -> str:
    outcome = found.outcome
    by = {act.claim: act for act in found.acts}
    lines = []
    for claim, act in by.items():
        if claim.kind != ACT:
            continue
        first = by.get(Claim(ACT_FIRST, claim.player, claim.action))
        lines.append(
            [
                claim.player,
                claim.action,
                money(act.margin, signed=True),
                "yes" if act.credible else "no",
                *(
                    [money(first.margin, signed=True), "yes" if first.credible else "no"]
                    if first is not None
                    else ["none", ""]
                ),
            ]
        )
    if not lines:
        return "Nobody has a choice of what to do once talks have failed."
    unit = type(outcome.model).payoff_unit
    told = [
        f"{outcome.model.named(act.claim.player)} would choose {act.claim.action}, "
        + (
            f"no better for it than {act.other}"
            if money(act.margin) == "0"
            else f"{money(act.margin)} better for it than {act.other}"
        )
        for act in found.acts
        if act.claim.kind == ACT and act.credible
    ]
    support = str(outcome.selection.support) or "no certified equilibrium"
    head = _paragraph(
        f"Once talks have failed ({support}), would a threat to act be carried out? "
        + (opening("; ".join(told)) + "." if told else "It is not known.")
    )
    heads = [
        "player",
        "action",
        "against best\nother action",
        "believed",
        "moving\nfirst",
        "believed",
    ]
    return f"{head}\n\n{unit}\n\n{table(heads, lines)}"


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
        elif turn.claim.kind == WALK_OUT or (turn.claim.kind == ACT and turn.nearest > 0.0):
            yield _never(turn, words, name, found)
    lost = max((turn.unknown for turn in found.turns), default=0)
    if lost:
        yield f"{lost} of the points looked at are not certified; nothing is said of them."


def _never(turn: Turn, words: str, name: str, found: Credible) -> str:
    if not np.isfinite(turn.nearest):
        return f"{opening(words)} could not be decided anywhere."
    throughout = "is believed throughout" if turn.nearest > 0.0 else "is never believed"
    near = abs(turn.nearest)
    if near < 1e-300:  # it is played in a mixture, as good as the rest of it
        return f"{opening(words)} {throughout}, though at {name} = {amount(turn.at)} it is a tie."
    verb = "least sure" if turn.nearest > 0.0 else "nearest"
    return (
        f"{opening(words)} {throughout}; {verb} at {name} = {amount(turn.at)}, where carrying it "
        f"out {'gains' if turn.nearest > 0.0 else 'would cost'} {money(near)}."
    )


def _chances(found: Credible, parameters: Mapping[str, Any], table: Any) -> str:
    if not found.over:
        said = "No uncertainty was given, so that there is no probability"
        command = suggestion(found.outcome, parameters)
        if "--over" not in command:
            return f"{said}."
        said += "; for instance"
        return "\n".join([said, *continued(f"  {command}", WIDTH)])
    by = {each.claim: each for each in found.chances}
    lines = []
    for claim, each in by.items():
        if claim.kind == ACT_FIRST:
            continue
        first = by.get(Claim(ACT_FIRST, claim.player, claim.action))
        what = "walk out" if claim.kind == WALK_OUT else claim.action
        lines.append([claim.player, what, *_shown(each), *(_shown(first) if first else ("", ""))])
    drawn = any(not each.values for each in found.over)
    how = (
        f"{found.draws} points drawn by Latin hypercube, seed {found.seed}"
        if drawn
        else f"all {found.draws} combinations, nothing drawn"
    )
    over = "; ".join(each.words for each in found.over)
    head = _paragraph(f"Probability that a threat is credible, with {over} ({how})")
    heads = ["player", "threat to", "probability", "+-", "moving\nfirst", "+-"]
    blocks = [f"{head}\n\n{table(heads, lines)}"]
    if drawn:
        blocks.append(_paragraph(_error_words(found.chances)))
    shown = [
        each
        for each in found.chances
        if each.by_choice and (each.claim.kind == WALK_OUT or _played(each.claim, found))
    ]
    if shown:
        heads = ["", *(_column(each.claim) for each in shown)]
        choice_lines = [
            [label.replace(", ", "\n"), *(f"{dict(each.by_choice)[label]:.3f}" for each in shown)]
            for label, _ in shown[0].by_choice
        ]
        blocks.append(str(table(heads, choice_lines)))
    lost = max(each.unknown for each in found.chances)
    if lost:
        blocks.append(f"{lost} of the points are not certified and are left out.")
    return "\n\n".join(blocks)


def _column(claim: Claim) -> str:
    return f"{claim.player}\n{'walk out' if claim.kind == WALK_OUT else claim.action}"


def _played(claim: Claim, found: Credible) -> bool:
    return any(act.claim == claim and act.credible for act in found.acts if act.claim.kind == ACT)


def _shown(each: Chance) -> tuple[str, str]:
    if not np.isfinite(each.probability):
        return "none", ""
    return f"{each.probability:.3f}", f"{each.error:.3f}" if each.error else ""


def _error_words(chances: Sequence[Chance]) -> str:
    limits = [each.limit for each in chances if np.isfinite(each.limit)]
    told = "+- is the Monte Carlo standard error, at most"
    if limits:
        told += (
            f"; where every draw agrees the rare case may still have a probability of "
            f"{max(limits):.3f} (95 % confidence)"
        )
    return f"{told}."


def suggestion(outcome: Outcome, parameters: Mapping[str, Any]) -> str:
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


def _small_print(found: Credible, made: Mapping[str, str]) -> list[str]:
    model = found.outcome.model
    lines = wrap(f"Horizon: {made['horizon']}.", WIDTH)
    talks = found.outcome.talks
    if talks is not None:
        inside = "no-deal payoffs" if talks.inside is None else "the inside options of the talks"
        lines += wrap(
            f"Staying: the deal that talks reach from {inside} if nobody can walk out. Walking "
            f"out: {made['threat_point']}.{by(found.outcome.case)}",
            WIDTH,
        )
    if len(model.players) == 2:
        lines += wrap(
            "Moving first: the other side answers by a best reply, of several by the one worst for "
            "the first mover.",
            WIDTH,
        )
    lines.append(signature(made))
    return lines
