"""What an attribution says, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from negotiation.leverage.attribution import Attribution
from negotiation.model import Model
from negotiation.outcome import POSTURE
from negotiation.words import money, opening

#: Coalitions named one by one before the rest is counted.
NAMED = 3


def reading(found: Attribution, model: Model) -> list[str]:
    """Return the attribution in three to five sentences, the finding first."""
    if not np.isfinite(found.table).all():
        return [_undefined(found)]
    said = [_whole(found, model), *_largest(found, model)]
    if len(found.tables) > 1:
        said += [_linked(found, model), _pairs(found, model)]
    said += [_untouched(found), _regimes(found)]
    return [sentence for sentence in said if sentence]


def _undefined(found: Attribution) -> str:
    if found.of.startswith("ncl") and not np.isfinite(found.values).any():
        return (
            f"{found.of} is not defined: the losses of both sides without a deal add up to "
            "nothing, or nearly cancel. What a side gets in the deal still is, e.g. "
            f"delta.{_side(found)}."
        )
    if bool(found.coalitions.no_deal[-1]):
        return (
            f"There is no deal with everything at stake, so that {found.of} is not defined and "
            "there is nothing to attribute; the losses without a deal still are, e.g. "
            f"loss.{_side(found)}."
        )
    missing = np.flatnonzero(~np.isfinite(found.values))
    more = f", nor with {len(missing) - 1} other coalitions" if len(missing) > 1 else ""
    return (
        f"{opening(found.of)} is not defined with only {told_at_stake(found, int(missing[0]))} at "
        f"stake{more}, so that it cannot be attributed."
    )


def _side(found: Attribution) -> str:
    return found.of.partition(".")[2]


def _is_deal(found: Attribution) -> bool:
    """Whether the score is what a side concedes or gets, so that a sign is a payment."""
    return found.of.partition(".")[0] in ("delta", "ncl")


def say(found: Attribution, value: float, *, signed: bool = False) -> str:
    """Write a value without its unit: money as money, a share as a share."""
    if found.unit.startswith("share"):
        return f"{value:{'+' if signed else ''}.3f}"
    return money(value, signed=signed, short=True)


def _percent(part: float) -> str:
    return "" if np.isnan(part) else f" ({part:.0%})"


def told_at_stake(found: Attribution, position: int) -> str:
    """Name what is at stake in a coalition."""
    names = found.at_stake(position)
    return listed(names) if names else "nothing"


def listed(names: Iterable[str]) -> str:
    """Join names as in a sentence."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def headline(found: Attribution, model: Model) -> str:
    """Return the score itself, as a clause without its unit."""
    total = float(found.whole)
    size = say(found, abs(total))
    head = found.of.partition(".")[0]
    who = model.named(_side(found)) if _side(found) else ""
    if head == "delta" and say(found, total) == "0":
        return f"in a deal {who} neither pays nor is paid"
    if head == "delta":
        does = "pays" if total < 0 else "is paid"
        return f"in a deal {who} {does} {size}"
    if head == "ncl":
        return f"net concession leverage of {who} is {say(found, total, signed=True)}"
    if head == "loss":
        if size == "0":
            return f"without a deal {who} breaks even"
        return f"without a deal {who} {'loses' if total > 0 else 'gains'} {size}"
    return f"the score {found.of} is {say(found, total, signed=True)}"


def _whole(found: Attribution, model: Model) -> str:
    start = float(found.baseline)
    sentence = opening(headline(found, model))
    concept = f"; {found.concept} solution" if found.concept else ""
    sentence += f" ({found.unit}{concept})."
    if not bool(found.starts_at_zero):
        sentence += (
            f" It is {say(found, start, signed=True)} with nothing at stake, so that the tables "
            f"account for {say(found, float(found.total), signed=True)}."
        )
    if found.by_concept:
        every = np.stack([found.table, *found.by_concept.values()])
        largest = float(np.abs(every).max())
        gap = every.max(axis=0) - every.min(axis=0)
        unsure = (every.max(axis=0) > 0.0) & (every.min(axis=0) < 0.0) & (gap > 1e-9 * largest)
        if unsure.any():
            names = [found.tables[k] for k in np.flatnonzero(unsure)]
            sentence = f"The concepts disagree on the sign of {listed(names)}. {sentence}"
    return sentence


def _largest(found: Attribution, model: Model) -> list[str]:
    """Return the table that matters most, its sectors, and those that work the other way."""
    values, parts = found.table, found.share(found.table)
    if np.abs(parts).max() > 1.0:  # parts that cancel are no shares of what is left
        parts = np.full_like(parts, np.nan)
    if not np.any(values):
        return ["No table moves it."]
    down = _is_deal(found)
    worst = int(values.argmin() if down else np.abs(values).argmax())
    name = found.tables[worst]
    if down:
        who = model.named(_side(found))
        if values[worst] >= 0:
            said = [f"No table weakens {who}; {found.tables[int(values.argmax())]} helps it most."]
            return said
        size = f"{say(found, values[worst], signed=True)}{_percent(parts[worst])}"
        sentence = f"{opening(who)} is weakest at {name}: {size}"
    else:
        size = f"{say(found, values[worst], signed=True)}{_percent(parts[worst])}"
        sentence = f"The largest part comes from {name}: {size}"
    if found.sectors and len(found.unions[worst]) > 1:
        union = list(found.unions[worst])
        within = found.sector[union]
        main = union[int(within.argmin() if values[worst] < 0 else within.argmax())]
        sentence += (
            f", of which {found.sectors[main]} {say(found, found.sector[main], signed=True)}"
        )
    order = [k for k in np.argsort(-np.abs(values)) if k != worst]
    same = [k for k in order if values[k] * values[worst] > 0]
    other = [k for k in order if values[k] * values[worst] < 0]
    if same:
        sentence += "; then " + listed(
            f"{found.tables[k]} {say(found, values[k], signed=True)}{_percent(parts[k])}"
            for k in same
        )
    sentence += "."
    if other:
        favour = f"In favour of {model.named(_side(found))}" if down else "Against that"
        sentence += f" {favour}: " + listed(
            f"{found.tables[k]} {say(found, values[k], signed=True)}" for k in other
        )
        sentence += "."
    return [sentence]


def _linked(found: Attribution, model: Model) -> str:
    """Say what having the tables at stake together does."""
    alone, gap = float(found.table_alone.sum()), float(found.linkage)
    one = f"One at a time the tables come to {say(found, alone, signed=True)}, together to"
    whole = say(found, float(found.total), signed=True)
    if abs(gap) <= 1e-9 * float(np.abs(found.values).max()):
        return f"{one} the same: linking them changes nothing."
    if not _is_deal(found):
        return f"{one} {whole}: linking them adds {say(found, gap, signed=True)}."
    verb = "helps" if gap > 0 else "hurts"
    who = model.named(_side(found))
    return f"{one} {whole}: linking them {verb} {who} by {say(found, abs(gap))}."


def _pairs(found: Attribution, model: Model) -> str:
    """Say which two tables matter most to one another, for each sign."""
    pairs = interactions(found)
    told = []
    who = model.named(_side(found)) if _is_deal(found) else ""
    for sign in (-1, 1):
        of_sign = [each for each in pairs if each[2] * sign > 0]
        if not of_sign:
            continue
        first, second, value = of_sign[0]
        names = f"{found.tables[first]} and {found.tables[second]}"
        size = say(found, abs(value))
        if who and sign < 0:
            told.append(f"{names} reinforce each other against {who} (by {size})")
        elif who:
            told.append(f"{names} relieve each other for {who} (by {size})")
        else:
            told.append(f"{names} together are worth {size} {'less' if sign < 0 else 'more'}")
    if not told:
        return "No two tables depend on each other."
    return f"Of pairs, {'; '.join(told)}, on average over what else is at stake."


def _untouched(found: Attribution) -> str:
    """Say which parts the threat does not touch, where it is not the game's equilibrium."""
    values = found.sector if found.sectors else found.table
    names = found.sectors or found.tables
    none = np.abs(values) <= 1e-9 * float(np.abs(found.values).max(initial=0.0))
    if found.threat == POSTURE or not none.any() or none.all():
        return ""
    return f"Nothing comes from {listed(n for n, zero in zip(names, none, strict=True) if zero)}."


def _regimes(found: Attribution) -> str:
    """Say where the equilibrium is another than with everything at stake."""
    evidence, wholes = found.coalitions, found.whole_tables
    whole = str(evidence.equilibrium[-1])
    if not whole or not found.of_the_game:
        return ""  # what is threatened is no equilibrium of the game
    some = wholes[1:]  # with nothing at stake there is nothing to play for
    departs = [k for k in some if evidence.departs[k]]
    if not departs:
        return f"Whichever tables are at stake, the equilibrium is {whole}."
    told = [
        f"{evidence.equilibrium[k]} with only {told_at_stake(found, int(k))}"
        for k in departs[:NAMED]
    ]
    more = f", and others in {len(departs) - NAMED} more" if len(departs) > NAMED else ""
    return (
        f"With everything at stake the equilibrium is {whole}; in {len(departs)} of the "
        f"{len(some)} coalitions of tables it is another ({'; '.join(told)}{more})."
    )


def interactions(found: Attribution) -> list[tuple[int, int, float]]:
    """Pairs of tables with their interaction index, largest first; rounding left out."""
    first, second = np.triu_indices(len(found.tables), 1)
    values = found.interaction[first, second]
    least = 1e-9 * float(np.abs(found.values).max())
    return [
        (int(first[k]), int(second[k]), float(values[k]))
        for k in np.argsort(-np.abs(values), kind="stable")
        if abs(values[k]) > least
    ]
