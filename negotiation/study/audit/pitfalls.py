"""Pitfalls that lie in what is assumed: the concept, the choices, the selection, the threat."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from negotiation.bargaining import AgreementSet, AgreementStatus, bargain
from negotiation.case import THREATS, Case, own_threat
from negotiation.errors import ParameterError
from negotiation.games import select
from negotiation.leverage import NclStatus
from negotiation.leverage.price import transferable
from negotiation.outcome import deals, evaluate
from negotiation.outcome.choices import choices_record, judgements, other_choices
from negotiation.study.audit.finding import Audited, Pitfall, Verdict, plain
from negotiation.tolerances import NCL_LOSSES
from negotiation.words import money, opening

#: Weight of the first side that is tried beside the one in use.
_OTHER_WEIGHT = 0.4

#: Share of the deal by which its size must move before a pitfall is said to occur.
_MATTERS = 0.01

_NO_TALKS = "The model has no talks, so that there is no deal and no leverage in one."


def nothing(
    case: Audited, key: str, question: str, sentence: str = "", command: str = ""
) -> Pitfall:
    """Return a finding that does not apply; for want of a deal where no reason is given."""
    if not sentence:
        sentence = _NO_TALKS
        if case.outcome.agreements:
            status = AgreementStatus(str(next(iter(case.outcome.agreements.values())).status))
            sentence = f"There is no deal to look at: {status.why}."
    command = command or case.command("solve")
    return Pitfall(key, question, Verdict.NOT_APPLICABLE, float("nan"), "", sentence, command)


def concept(case: Audited) -> Pitfall:
    """Whether the sign depends on the bargaining concept."""
    key, question = "concept", "Does the sign depend on the bargaining concept?"
    if not case.deal:
        return nothing(case, key, question)
    who = case.named(0)
    found = {
        name: float(each.concession[0])
        for name, each in case.outcome.agreements.items()
        if np.isfinite(each.concession[0])
    }
    low, high = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
    spread = found[high] - found[low]
    talks = case.outcome.talks
    assert talks is not None
    lean = bargain(
        dataclasses.replace(talks, weight=_OTHER_WEIGHT), case.outcome.threat.payoffs
    ).concession[0]
    ends = (
        f"{low} gives {who} {money(found[low], signed=True)}, {high} "
        f"{money(found[high], signed=True)}"
    )
    if case.sign(found[low]) * case.sign(found[high]) < 0:
        verdict, told = Verdict.BITES, f"The sign depends on the concept: {ends}."
    elif case.sign(spread):
        verdict, told = Verdict.DOES_NOT, f"The sign is the same, the size is not: {ends}."
    else:
        why = (
            ". They must agree where money can be shared without limit, so that their agreement "
            "is no evidence that the result is robust"
            if transferable(talks)
            else ""
        )
        told = f"All {len(found)} concepts give {who} {money(found[low], signed=True)}{why}."
        verdict = Verdict.DOES_NOT
    told += (
        f" With a bargaining weight of {_OTHER_WEIGHT:g} in place of "
        f"{float(np.asarray(talks.weight)):g} Nash's would be {money(float(lean), signed=True)}."
    )
    details = {"delta": found, "delta_at_weight_0.4": float(lean)}
    return Pitfall(key, question, verdict, spread, case.unit, told, case.command("solve"), details)


def choices(case: Audited) -> Pitfall:
    """Whether a result depends on the elasticities or on another choice of words."""
    key, question = "choices", "Does it depend on the elasticities or another choice?"
    specs = judgements(case.model)
    if not specs:
        return nothing(case, key, question, "The model has no parameter that is a choice of words.")
    scores = case.outcome.leverage
    losses = () if scores is None else tuple(float(each) for each in scores.loss)
    delta = case.delta if scores is not None else float("nan")
    tried = other_choices(case.case)
    flips: dict[str, list[str]] = {}
    for each in tried.certified:
        if each.equilibrium != str(case.outcome.selection.support):
            flips.setdefault("equilibrium", []).append(f"{each.label} ({each.equilibrium})")
        moved = [
            *(
                (f"no-deal payoff of {case.named(p)}", -losses[p], -loss)
                for p, loss in enumerate(each.losses)
            ),
            (f"deal of {case.named(0)}", delta, each.delta),
        ]
        for what, was, value in moved:
            if case.sign(value) * case.sign(was) < 0:
                told = f"{each.label} ({money(value, signed=True)})"
                flips.setdefault(what, []).append(told)
    apart = [abs(each.delta - delta) for each in tried.certified]
    most = max((each for each in apart if np.isfinite(each)), default=0.0)
    said = []
    for what, by in flips.items():
        verb = "is another one with" if what == "equilibrium" else "changes sign with"
        said.append(f"the {what} {verb} {_listed(by)}")
    sentence = f"Of {tried.count} other choice{'s' if tried.count != 1 else ''} "
    if said:
        sentence += "some matter: " if tried.count > 1 else "it matters: "
        sentence += "; ".join(said) + "."
    else:
        sentence += "none changes the equilibrium or a sign."
    if most and case.deal:
        sentence += f" The deal moves by up to {money(most)}."
    if tried.broken:
        sentence += f" Not certified or refused: {_listed(list(tried.broken))}."
    first = max(
        specs, key=lambda spec: sum(spec.name + "=" in each for by in flips.values() for each in by)
    )
    command = case.command(
        "sweep", f"--vary {first.name}={','.join(map(first.written, first.options))}"
    )
    verdict = Verdict.BITES if flips else Verdict.DOES_NOT
    details = {
        "flips": flips,
        "tried": tried.count,
        "not_certified": list(tried.broken),
        "results": choices_record(tried, case.model.players),
    }
    return Pitfall(key, question, verdict, most, case.unit, sentence, command, details)


def _listed(items: list[str], most: int = 6) -> str:
    """Name a few of many."""
    if len(items) > most:
        return ", ".join(items[:most]) + f" and {len(items) - most} more"
    return ", ".join(items)


def cancelling(case: Audited) -> Pitfall:
    """Whether the losses of both nearly cancel, so that their shares mean nothing."""
    key, question = "ncl", "Do the losses without a deal cancel, so that NCL means nothing?"
    scores = case.outcome.leverage
    if scores is None or not np.isfinite(scores.loss).all():
        return nothing(case, key, question)
    total, sizes = float(scores.loss.sum()), float(np.abs(scores.loss).sum())
    each = " and ".join(
        f"{case.named(p)} {'loses' if loss >= 0.0 else 'gains'} {money(abs(loss))}"
        for p, loss in enumerate(plain(scores.loss))
    )
    status = NclStatus(str(case.outcome.concession.status))
    details = {"losses": plain(scores.loss), "status": str(status), "limit": NCL_LOSSES}
    command = case.command("explain", "at_stake")
    if status in (NclStatus.NO_LOSS, NclStatus.GAIN):
        return nothing(case, key, question, f"There is no NCL: {status.reason}.", command)
    part = total / sizes
    told = opening(f"{each} without a deal. The losses add up to {money(total, signed=True)}")
    told += f", {part:.1%} of their sizes"
    if status == NclStatus.CANCEL:
        told += f": NCL is left out where that is at most {NCL_LOSSES:.0%}"
        if case.deal:
            told += f", and the deal of {case.named(0)} is {money(case.delta, signed=True)}"
        told += "."
        return Pitfall(key, question, Verdict.BITES, part, "of their sizes", told, command, details)
    told += "."
    return Pitfall(key, question, Verdict.DOES_NOT, part, "of their sizes", told, command, details)


def several(case: Audited) -> Pitfall:
    """Whether there are several equilibria, so that the selection rule decides."""
    key, question = "selection", "Are there several equilibria, and does the rule decide?"
    outcome = case.outcome
    count = int(outcome.equilibria.count)
    command = case.command("solve", f"--select best_for_{case.model.players[0]}")
    claim = str(outcome.equilibria.completeness)
    if count == 1:
        sure = "and no other exists" if claim == "complete" else "but there may be others"
        told = f"There is one equilibrium, {outcome.selection.support}, {sure}."
        verdict = Verdict.DOES_NOT if claim == "complete" else Verdict.BITES
        return Pitfall(key, question, verdict, 0.0, case.unit, told, case.command("solve"))
    if count == 0:
        return nothing(case, key, question, "No certified equilibrium was found.")
    each = outcome.equilibria.at()
    payoffs = np.stack([np.asarray(one.payoffs) for one in each])
    values = payoffs[:, 0]
    what = "payoff"
    if outcome.talks is not None:
        gained = deals(outcome)[:count, 0]
        # Where an equilibrium leaves nothing to share, the side keeps its payoff.
        values, what = np.where(np.isnan(gained), values, gained), "deal"
    spread = float(values.max() - values.min())
    low, high = (each[int(k)] for k in (values.argmin(), values.argmax()))
    if not case.sign(spread):
        told = f"There are {count} equilibria, but all lead to the same {what}."
        return Pitfall(key, question, Verdict.DOES_NOT, 0.0, case.unit, told, command)
    told = (
        f"There are {count} equilibria ({claim}), and the {what} of {case.named(0)} runs from "
        f"{money(float(values.min()), signed=True)} ({low.support}) to "
        f"{money(float(values.max()), signed=True)} ({high.support}); rule {case.case.rule} chose "
        f"{outcome.selection.support}."
    )
    rules = ["pareto", "welfare", "scaled_welfare", "egalitarian"]
    rules += [f"best_for_{player}" for player in case.model.players]
    rules += ["risk_dominant"] if len(case.model.players) == 2 else []
    details = {
        what: {one.profile: float(value) for one, value in zip(each, values, strict=True)},
        "rules": {rule: str(select(outcome.equilibria, rule).support) for rule in rules},
    }
    return Pitfall(key, question, Verdict.BITES, spread, case.unit, told, command, details)


def threats(case: Audited) -> Pitfall:
    """Whether the result depends on what happens if talks fail."""
    key, question = "threat", "Does it depend on what happens if talks fail?"
    if case.outcome.talks is None:
        return nothing(case, key, question)
    found: dict[str, float] = {}
    losses: dict[str, list[float]] = {}
    skipped, doubtful = [], []
    number = next(iter(case.numbers), None)
    for name in dict.fromkeys((*THREATS, *case.model.threats)):
        point = case.model
        own = own_threat(point, name)
        if own and number is not None and not case.full:
            point = point.at_values({number.name: np.array([case.value(number)])})
        try:
            outcome = evaluate(Case(case.case.at(point), threat=name))
        except ParameterError:  # it is solved at one point at a time
            skipped.append(name)
            continue
        if not outcome.certified.all():
            doubtful.append(name)
        assert outcome.leverage is not None
        found[name] = float(outcome.agreement.concession.ravel()[0])
        losses[name] = plain(outcome.leverage.loss)
    base = found[case.case.threat]
    known = {name: value for name, value in found.items() if np.isfinite(value)}
    if not known:
        return nothing(case, key, question)
    told = ", ".join(f"{money(value, signed=True)} under {name}" for name, value in known.items())
    signs = {case.sign(value) for value in known.values()} - {0}
    most = max((abs(value - base) for value in known.values()), default=float("nan"))
    if len(signs) > 1:
        verdict, start = Verdict.BITES, "The sign depends on it"
    elif not np.isfinite(base):
        verdict, start = Verdict.BITES, "Whether there is a deal depends on it"
    elif most > _MATTERS * abs(base):
        verdict, start = Verdict.BITES, "The size depends on it, but the sign does not"
    else:
        verdict, start = Verdict.DOES_NOT, "It hardly does"
    sentence = f"{start}: the deal gives {case.named(0)} {told}."
    none = [name for name, value in found.items() if not np.isfinite(value)]
    if none:
        sentence += f" No deal under {', '.join(none)}."
    if skipped:
        sentence += f" Examined only with --full: {', '.join(skipped)}."
    if doubtful:
        sentence += f" Not certified: {', '.join(doubtful)}."
    command = case.command("solve", f"--threat {max(known, key=lambda n: abs(known[n] - base))}")
    details = {"delta": found, "loss": losses, "skipped": skipped, "not_certified": doubtful}
    return Pitfall(key, question, verdict, most, case.unit, sentence, command, details)


def size(case: Audited) -> Pitfall:
    """How much it matters that size does not enter Nash and Kalai-Smorodinsky."""
    key, question = "size", "Would an analyst expect size to count, where it does not?"
    talks, sizes = case.outcome.talks, case.model.ask("size")
    if not case.deal or talks is None:
        return nothing(case, key, question)
    if sizes is None or not isinstance(talks.agreement, AgreementSet):
        return nothing(case, key, question, "The model does not say how large the players are.")
    y = np.asarray(sizes, dtype=float)
    cut = talks.agreement
    shares = dataclasses.replace(
        talks,
        status_quo=np.asarray(talks.status_quo) / y,
        agreement=AgreementSet(cut.start / y, cut.direction / y, cut.low, cut.high),
    )
    d = case.outcome.threat.payoffs
    found: dict[str, tuple[float, float]] = {}
    for name in ("nash", "kalai_smorodinsky", "egalitarian"):
        inside = bargain(shares, d / y, name).concession * y
        found[name] = (float(bargain(talks, d, name).concession[0]), float(inside[0]))
    moved = found["egalitarian"][1] - found["egalitarian"][0]
    told = (
        f"{case.named(1)} is {y[1] / y[0]:.3g} times as large as {case.named(0)}, yet "
        f"in shares of size Nash still gives {case.named(0)} "
        f"{money(found['nash'][1], signed=True)} and Kalai-Smorodinsky "
        f"{money(found['kalai_smorodinsky'][1], signed=True)}; equal gains in shares of size "
        f"would give {money(found['egalitarian'][1], signed=True)}, not "
        f"{money(found['egalitarian'][0], signed=True)}."
    )
    verdict = Verdict.BITES if abs(moved) > _MATTERS * abs(case.delta) else Verdict.DOES_NOT
    told = opening(told)
    details: dict[str, Any] = {
        name: {"in_money": a, "in_shares_of_size": b} for name, (a, b) in found.items()
    }
    return Pitfall(key, question, verdict, moved, case.unit, told, case.command("solve"), details)


CHECKS = (concept, choices, several, threats, size, cancelling)
