"""The one-page reading of a point: where it stands, what drives it, what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten, wrap
from typing import Any

import numpy as np

from negotiation.leverage import NclStatus
from negotiation.outcome import POSTURE, STATUS_QUO, Outcome, deal_range, deals
from negotiation.regimes.thresholds.inverse import Reach, Way
from negotiation.report.text import WIDTH
from negotiation.study.reading import Reading, SignChange
from negotiation.tolerances import SAME_VALUE, THRESHOLD
from negotiation.words import money, opening, per_cost

#: Lines of a reading.
LINES = 16


def lines(reading: Reading) -> list[str]:
    """Return at most 16 lines of at most 80 characters; the first says what may be relied on."""
    told = sentences(reading)
    room = [wrap(each, WIDTH, subsequent_indent="  ") for each in told]
    # Nothing is cut while there is room for a second line.
    while sum(map(len, room)) > LINES:
        longest = max(range(len(room)), key=lambda k: (len(room[k]), k))
        if len(room[longest]) == 1:
            break
        width = WIDTH * (len(room[longest]) - 1) - 4
        told[longest] = shorten(told[longest], width, placeholder=" ...")
        room[longest] = wrap(told[longest], WIDTH, subsequent_indent="  ")[: len(room[longest]) - 1]
    return [line for each in room for line in each]


def folded(told: Sequence[str]) -> list[str]:
    """Return sentences as lines of at most 80 characters, none of them cut."""
    return [line for each in told for line in wrap(each, WIDTH, subsequent_indent="  ")]


def sentences(reading: Reading) -> list[str]:
    """The same, uncut, one string a sentence."""
    return list(_told(reading))


def _told(reading: Reading) -> Iterator[str]:
    outcome = reading.outcome
    yield from _standing(outcome)
    if outcome.leverage is None:
        return
    yield from _own_effects(outcome)
    yield from _drivers(reading)
    yield from _dispute(reading)
    yield from _changes(reading)
    yield from _levers(outcome)
    yield from _sureness(reading)
    model = type(outcome.model)
    horizon = outcome.model.ask("horizon_here").partition(":")[0]
    if model.not_modelled:
        yield _missing(f"Horizon: {horizon}. The model leaves out ", model.not_modelled)


def _missing(head: str, what: Sequence[str]) -> str:
    """As many of what is not modelled as fit on a line, the shortest first."""
    end = ", ... (see below)."
    told = head + ", ".join(what) + "."
    if len(told) <= WIDTH:
        return told
    names: list[str] = []
    for each in sorted(what, key=len):
        if len(head + ", ".join([*names, each]) + end) <= WIDTH:
            names.append(each)
    return head + ", ".join(names) + end


def _standing(outcome: Outcome) -> Iterator[str]:
    """Where each side stands if talks fail, and what the deal moves."""
    if not outcome.certified:
        yield f"Do not rely on this result: {outcome.status}."
        yield from _several(outcome)
        return
    yield from _several(outcome)
    yield from _worse(outcome)
    fails = {
        POSTURE: str(outcome.selection.support),
        STATUS_QUO: "nothing changes",
    }.get(outcome.threat.name, outcome.threat.name.replace("_", " "))
    stand = [f"Without a deal: {fails}; {_both(outcome, outcome.threat.payoffs)}."]
    if outcome.threat.name not in (POSTURE, STATUS_QUO) and outcome.talks is not None:
        broken = outcome.selection
        stand.append(f"If talks break down: {broken.support}; {_both(outcome, broken.payoffs)}.")
    if outcome.leverage is None:
        yield from stand
        return
    low, high = (float(each[0]) for each in outcome.leverage.spread("delta"))
    who = outcome.model.named(outcome.game.players[0])
    if np.isnan(low):
        yield from stand
        yield f"{opening(str(next(iter(outcome.agreements.values())).status))}."
        return
    if low * high < 0:
        yield f"The concepts disagree on who concedes in a deal: {who} {_between(low, high)}."
        yield from stand
        return
    yield from stand
    yield _deal(outcome, low, high)


def _deal(outcome: Outcome, low: float, high: float) -> str:
    """What the deal moves, and up to which concession it is worth having."""
    assert outcome.leverage is not None
    names = [outcome.model.named(player) for player in outcome.game.players]
    nash = outcome.concession
    ncl = float(nash.ncl[0])
    score = f"NCL {ncl:+.3f}" if np.isfinite(ncl) else ""
    if str(nash.status) == NclStatus.CANCEL.value:
        score = "NCL undefined: the losses cancel"
    told = f" ({score})" if score else ""
    if money(low) == money(high) == "0":
        return f"In a deal {names[0]} neither concedes nor gains, by all concepts."
    pays = high <= 0
    giver, taker = names if pays else names[::-1]
    most = float(outcome.leverage.loss[0 if pays else 1])
    alike = bool(np.isclose(low, high, rtol=1e-6))
    size = money(abs(low)) if alike else f"{_range(low, high)} by the concepts"
    by = f" by the {outcome.case.solution}" if alike else ""
    deal = f"{giver} concedes {size} to {taker}{by}{told}"
    if most <= 0.0 or money(most) == money(max(abs(low), abs(high))):
        return f"In a deal {deal}."
    return f"A deal is worth conceding up to {money(most)} to {giver}; {deal}."


def _worse(outcome: Outcome) -> Iterator[str]:
    """Say which side would rather have the dispute go on than this deal."""
    talks = outcome.talks
    if talks is None or talks.inside is None or outcome.leverage is None:
        return
    inside = np.asarray(talks.inside, dtype=float)
    for p, player in enumerate(outcome.game.players):
        short = float(inside[p] - outcome.agreement.payoffs[p])
        size = float(np.abs(inside).max())
        if np.isfinite(short) and short > SAME_VALUE * size and money(short) != "0":
            yield (
                f"This deal is worse for {outcome.model.named(player)} than the dispute it ends, "
                f"by {money(short)}."
            )


def _both(outcome: Outcome, payoffs: Any) -> str:
    """What payoffs against the status quo do to both sides."""
    moves = zip(outcome.game.players, payoffs, strict=True)
    return ", ".join(f"{outcome.model.named(who)} {_moved(float(value))}" for who, value in moves)


def _several(outcome: Outcome) -> Iterator[str]:
    """How many equilibria there are, where there is not one, and what that leaves open."""
    count = int(outcome.equilibria.count)
    if count < 2:
        return
    how = "" if str(outcome.equilibria.completeness) == "complete" else "at least "
    kind = "extreme equilibria" if bool(outcome.equilibria.degenerate) else "equilibria"
    told = f"There are {how}{count} {kind} without a deal"
    chose = f"rule {outcome.selection.rule} chose {outcome.selection.support}"
    who = outcome.model.named(outcome.game.players[0])
    what, low, high = "payoff", outcome.selection.lowest[0], outcome.selection.highest[0]
    if outcome.leverage is not None:
        least, most = deal_range(outcome)
        if np.isnan(least[0]):
            yield f"{told}, and none leaves a deal; {chose}."
            return
        what, low, high = "deal", least[0], most[0]
        without = int(np.isnan(deals(outcome)[:count, 0]).sum())
        chose += f"; {without} of them {'leaves' if without == 1 else 'leave'} none" * (without > 0)
    if high - low <= SAME_VALUE * max(abs(low), abs(high)):
        yield f"{told}, and all lead to the same {what} of {who}; {chose}."
        return
    span = f"{money(float(low), signed=True)} to {money(float(high), signed=True)}"
    yield f"{told}. Over all of them the {what} of {who} runs from {span}; {chose}."


def _moved(value: float) -> str:
    """What a payoff against the status quo does to a side."""
    if money(value) == "0":
        return "breaks even"
    return f"{'gains' if value > 0 else 'loses'} {money(abs(value))}"


def _range(low: float, high: float) -> str:
    small, large = sorted((abs(low), abs(high)))
    return f"{money(small)} to {money(large)}"


def _between(low: float, high: float) -> str:
    return f"pays {money(abs(low))} by one and is paid {money(high)} by another"


def _dispute(reading: Reading) -> Iterator[str]:
    """The same talks in the dispute as it is, and whether walking out is credible."""
    outcome = reading.outcome
    assert outcome.leverage is not None
    players = outcome.game.players
    names = [outcome.model.named(player) for player in players]
    other = reading.dispute is not None and reading.dispute is not outcome
    if other and reading.dispute is not None and not _same_threat(outcome, reading.dispute):
        d = float(reading.dispute.threat.payoffs[0])
        deal = float(reading.dispute.agreement.concession[0])
        if not np.isfinite(deal):
            told = "there is no deal to end it"
        elif money(deal) == "0":
            told = "ending it costs and pays it nothing"
        else:
            told = f"ending it {'pays' if deal > 0 else 'costs'} it {money(abs(deal))}"
        yield f"In the present dispute {names[0]} {_moved(d)}; {told}."
    margin = np.asarray(outcome.leverage.credibility.margin, dtype=float)
    if not np.isfinite(margin).all():
        return
    sizes = [money(abs(float(each))) for each in margin]
    if not (margin > 0).any():
        if all(size == "0" for size in sizes):  # there is no deal, or one that is worth no more
            yield "Staying in the talks gives neither side more than walking out."
            return
        costs = " and ".join(
            f"{who} {size if size != '0' else 'nothing'}"
            for who, size in zip(names, sizes, strict=True)
        )
        yield f"Walking out is not credible: it costs {costs}."
        return
    for p in np.flatnonzero(margin > 0):
        yield f"Walking out is credible for {names[p]}: it gains {sizes[p]} by it."


def _own_effects(outcome: Outcome) -> Iterator[str]:
    """What the levers do by themselves, where any is pulled: it cancels within the game."""
    model = outcome.model
    told = []
    for name, words in model.own_effects.items():
        quantity = outcome.quantities[name]
        value = float(outcome.at_selection(name))
        if not np.isfinite(value) or money(value) == "0":
            continue
        unit = " %" if quantity.unit == "%" else ""
        told.append(f"{words} {money(value, signed=True)}{unit}")
    if told:
        yield f"The levers by themselves, against today: {', '.join(told)}."


def _same_threat(one: Outcome, other: Outcome) -> bool:
    """Whether talks fail in the same way, so that nothing is to be said twice."""
    return bool(np.allclose(one.threat.payoffs, other.threat.payoffs, rtol=SAME_VALUE))


def _drivers(reading: Reading) -> Iterator[str]:
    """Which tables the net concession comes from."""
    outcome, parts = reading.outcome, reading.attribution
    assert outcome.leverage is not None
    if parts is None or not np.isfinite(parts.table).all():
        return
    if not np.any(parts.table):
        yield "No table moves the deal."
        return
    order = np.argsort(-np.abs(parts.table), kind="stable")
    told = ", ".join(
        f"{parts.tables[k]} {money(float(parts.table[k]), signed=True)}" for k in order
    )
    low, high = (float(each[0]) for each in outcome.leverage.spread("delta"))
    # Where the concepts disagree, the sentence before this one is not about the deal.
    parts_of = "The parts of the deal are" if low * high < 0 else "Its parts are"
    yield f"{parts_of} {told}."


def _changes(reading: Reading) -> Iterator[str]:
    """The nearest value of any one lever at which a sign changes."""
    for turn in reading.turns:
        known = reading.choices.certified
        flips = 0
        if turn.of_loss and known:
            now = reading.outcome.leverage.loss[1] if reading.outcome.leverage else np.nan
            flips = sum(each.losses[1] * now < 0 for each in known)
        # At an end of the range nothing lies beyond, so that the sign does not change there.
        ways = [way for way in turn.found.ways if isinstance(way.value, float)]
        reached = [way for way in ways if way.reached and not _at_end(turn.found, way)]
        touched = _touched(reading, turn)
        if reached and not touched:
            places = [f"{way.parameter} {_short(way.value)}" for way in reached]
            told = f"{opening(turn.sentence)} at {' or '.join(places[: 1 if flips else 2])}"
            yield told + (f", and in {flips} of {len(known)} choices." if flips else ".")
            continue
        told = touched or _not_enough(turn, ways)
        if flips:
            few = f"{flips} of {len(known)} other choices" if known[1:] else "the other choice"
            told += f"; with {few} it holds"
        yield f"{told}."


def _not_enough(turn: SignChange, ways: Sequence[Way]) -> str:
    """How near any lever comes to what it does not reach."""
    found = turn.found
    told = f"No lever alone is enough for this: {turn.sentence}"
    even = next((way for way in ways if way.reached), None)
    if even is not None:
        return f"{told}; at {even.parameter} {_short(even.value)}, the end, it breaks even"
    size = max(abs(found.result), abs(found.target.goal), np.finfo(float).tiny)
    misses = [way for way in ways if not way.why and abs(way.result - found.result) > 1e-9 * size]
    if not misses:
        return told
    best = misses[0]
    leaves = money(best.result, signed=True)
    what = "the payoff" if turn.of_loss else "the deal"
    return f"{told}; at {best.parameter} {_short(best.value)}, {what} is still {leaves}"


def _at_end(found: Reach, way: Way) -> bool:
    """Whether the value that reaches a target is an end of the parameter's range."""
    spec = found.model.find_parameter(way.parameter)
    value = float(way.value)
    span = abs(value - float(way.now)) or 1.0
    ends = [end for end in (spec.low, spec.upper) if end is not None]
    return any(abs(value - end) <= THRESHOLD * span for end in ends) and not way.jump


def _touched(reading: Reading, turn: SignChange) -> str:
    """Say that a sign does not turn where a lever only brings a result to zero; empty otherwise."""
    ways = [way for way in turn.found.ways if way.reached and isinstance(way.value, float)]
    scores = reading.outcome.leverage
    if scores is None or not ways or not all(way.touch for way in ways):
        return ""
    way = ways[0]
    side = "above" if float(way.now) > float(way.value) else "below"
    place = f"{way.parameter} {_short(way.value)}"
    players = reading.outcome.game.players
    if turn.of_loss:
        gains = float(scores.loss[1]) < 0.0
        does, never = ("gains", "loses") if gains else ("loses", "gains")
        who = opening(reading.outcome.model.named(players[1]))
        return f"{who} breaks even at {place} and {does} {side}; it never {never}"
    does = "pays" if float(reading.outcome.concession.ncl[0]) < 0.0 else "is paid"
    who = opening(reading.outcome.model.named(players[0]))
    return f"{who} neither pays nor is paid at {place}, and {does} {side}"


def _short(value: float | str) -> str:
    """Three digits, enough to tell where a threshold lies."""
    number = float(value)
    return money(float(f"{number:.4g}")) if abs(number) >= 1000 else f"{number:.3g}"


def _levers(outcome: Outcome) -> Iterator[str]:
    """What one more hundredth of the first side's best lever adds, and per dollar spent."""
    assert outcome.leverage is not None
    first = outcome.game.players[0]
    best: tuple[float, str, float] | None = None
    for name, each in outcome.leverage.marginal.items():
        slope = each.right if np.isfinite(each.right.total) else each.left
        value, cost = float(slope.total), float(each.cost)
        if each.owner == first and np.isfinite(value) and cost > 0:
            found = (value / cost, name, value)
            best = max(best, found) if best else found
    if best is not None and best[0] <= 0:
        yield f"No lever with a cost adds to the deal of {outcome.model.named(first)}."
    elif best is not None:
        per = per_cost(type(outcome.model).payoff_unit)
        spec = outcome.model.find_parameter(best[1])
        step = "a point" if spec.unit.startswith(("share", "rate")) else "a hundredth"
        ratio = f"{best[0]:.2f} a $" if per == "$" else f"{best[0]:.2g} per {per}"
        yield (
            f"Per {'dollar' if per == '$' else per}, {best[1]} adds most: "
            f"{money(best[2] / 100, signed=True)} {step}, {ratio}."
        )


def _sureness(reading: Reading) -> Iterator[str]:
    """How far the result hangs on choices of words, such as a set of elasticities."""
    outcome = reading.outcome
    assert outcome.leverage is not None
    here = float(outcome.concession.delta[0])
    tried = reading.choices
    good = [each for each in tried.certified if np.isfinite(each.delta)]
    if not good or not np.isfinite(here):
        return
    deltas = [each.delta for each in good]
    turned = [each.label for each in good if each.delta * here < 0]
    more = f" and {len(turned) - 1} more" if len(turned) > 1 else ""
    changes = "changes" if len(turned) == 1 else "change"
    sign = f"{turned[0]}{more} {changes} the sign" if turned else "none changes the sign"
    some = f"{len(good)} of " if len(good) < tried.count else ""
    choice = "choice gives" if tried.count == 1 else "choices give"
    least, most = (money(each, signed=True) for each in (min(deltas), max(deltas)))
    told = f"{some}{tried.count} other {choice} {least}"
    told += f"; {sign}" if least == most else f" to {most}; {sign}"
    without = len(tried.certified) - len(good)
    told += f"; no deal with {without}" if without else ""
    told += f"; {len(tried.broken)} not solved" if tried.broken else ""
    yield f"{told}."
