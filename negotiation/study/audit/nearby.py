"""Pitfalls that show when something moves: a lever, a circumstance, or the point itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from negotiation.errors import NegotiationError
from negotiation.leverage.price import SPREAD, Price, price, transferable
from negotiation.model import Parameter
from negotiation.outcome import Outcome
from negotiation.study.audit.anticipation import Anticipation, anticipate
from negotiation.study.audit.finding import STEP, Audited, Pitfall, Verdict
from negotiation.study.audit.pitfalls import nothing
from negotiation.study.credibility.credibility import position
from negotiation.words import a_period, amount, measured, money, opening

#: Share of its natural range by which a lever is pulled to see what leverage costs.
_PULL = 0.1

#: Circumstances named in a sentence.
_NAMED = 3

#: A parameter by this name says whether outlets are an option (0) or already in use (1).
_MOVED = "already_moved"


def _levers(case: Audited) -> list[Parameter]:
    """Numeric levers of the first side with a value of their own."""
    first = case.model.players[0]
    return [spec for spec in case.numbers if spec.lever_of == first]


def erosion(case: Audited) -> Pitfall:
    """Whether pulling a lever makes the other side less dependent too."""
    key, question = "erosion", "Does pulling a lever lower the other side's no-deal loss?"
    if not case.deal:
        return nothing(case, key, question)
    slopes = _slopes(case, case.outcome)
    if not slopes:
        why = f"No lever of {case.named(0)} can be moved without a change of regime."
        return nothing(case, key, question, why)
    lever = min(slopes, key=lambda name: slopes[name][2])
    total, own, their = slopes[lever]
    more = money(total, signed=True) if case.sign(total) else "nothing"
    told = f"One more hundredth of {lever} adds {more} to the deal of {case.named(0)}"
    if case.sign(their) < 0:
        told += (
            f": {money(own, signed=True)} by its own fallback, {money(their, signed=True)} because "
            f"{case.named(1)} comes to lose less without a deal"
        )
    elif not case.sign(their):
        told += f", none of it by what {case.named(1)} would lose without one"
    else:
        told += (
            f", {money(their, signed=True)} of it because {case.named(1)} comes to lose no less "
            "without a deal"
        )
    told += "."
    details: dict[str, Any] = {"per_hundredth": {name: list(each) for name, each in slopes.items()}}
    if _MOVED in type(case.model).parameters():
        told += _passed_through(case, details)
    verdict = Verdict.BITES if case.sign(their) < 0 else Verdict.DOES_NOT
    unit = f"{case.unit} per hundredth"
    return Pitfall(key, question, verdict, their, unit, told, case.command("solve"), details)


def _passed_through(case: Audited, details: dict[str, Any]) -> str:
    """Erosion by the lever for which it matters most whether outlets are already in use."""
    option, moved = (
        _slopes(case, case.solve({_MOVED: gamma}, marginal=True)) for gamma in (0.0, 1.0)
    )
    both = option.keys() & moved.keys()
    if not both:
        return ""
    lever = max(sorted(both), key=lambda name: abs(option[name][0] - moved[name][0]))
    details[f"{_MOVED}_0"] = {lever: list(option[lever])}
    details[f"{_MOVED}_1"] = {lever: list(moved[lever])}
    if not case.sign(option[lever][0] - moved[lever][0]):
        return f" Nothing of it depends on {_MOVED}."
    told = [
        f"{money(each[lever][0], signed=True)} at {_MOVED}={gamma} "
        f"({money(each[lever][2], signed=True)} of it by the fallback of {case.named(1)})"
        for gamma, each in enumerate((option, moved))
    ]
    return f" A hundredth of {lever} adds {' and '.join(told)}."


def _slopes(case: Audited, outcome: Outcome) -> dict[str, tuple[float, float, float]]:
    """By lever: the gain of its owner per hundredth, by its own and by their fallback."""
    if outcome.leverage is None:
        return {}
    found = {}
    for name, each in outcome.leverage.marginal.items():
        spec = case.model.find_parameter(name)
        if spec.lever_of != case.model.players[0]:
            continue
        slope = each.right if np.isfinite(each.right.total) else each.left
        if np.isfinite(slope.total) and getattr(case.model, spec.field) is not None:
            parts = (slope.total, slope.own_fallback, slope.their_fallback)
            total, own, their = (float(part) / 100 for part in parts)
            found[name] = (total, own, their)
    return found


def integration(case: Audited) -> Pitfall:
    """Which circumstances, none of them a lever, cost the first side most as they rise."""
    key, question = "circumstances", "Which circumstance, as it rises, weakens the first side most?"
    if not case.deal:
        return nothing(case, key, question)
    moves: dict[str, tuple[float, float, float, str]] = {}
    for spec in case.numbers:
        low, high = case.range(spec)
        here, step = case.value(spec), STEP * (high - low)
        if spec.lever_of or here + step > high:
            continue
        try:
            found = case.solve({spec.name: np.array([here, here + step])})
        except NegotiationError:
            continue
        delta = np.broadcast_to(found.agreement.concession[..., 0], (2,))
        change = float(delta[1] - delta[0])
        if np.isfinite(change):
            support = np.broadcast_to(found.selection.support, (2,))
            switch = "" if support[0] == support[1] else str(support[1])
            moves[spec.name] = (step, change, here + step, switch)
    down = sorted((n for n in moves if case.sign(moves[n][1]) < 0), key=lambda n: moves[n][1])
    who = case.named(0)
    if not moves:
        return nothing(case, key, question, "No number but levers can rise from where it is.")
    details = {
        name: {"step": step, "change": change} for name, (step, change, _, _) in moves.items()
    }
    if not down:
        told = f"A small rise of none of {len(moves)} circumstances lowers the deal of {who}."
        command = case.command("solve")
        return Pitfall(key, question, Verdict.DOES_NOT, 0.0, case.unit, told, command, details)
    parts = []
    for name in down[:_NAMED]:
        step, change, _, switch = moves[name]
        unit = case.model.find_parameter(name).unit
        new = f" (the equilibrium becomes {switch})" if switch else ""
        rise = measured(name, step, unit).replace(" = ", " rises by ", 1)
        parts.append(f"by {money(abs(change))} if {rise}{new}")
    others = len(down) - len(parts)
    told = f"The deal of {who} falls " + ", ".join(parts)
    told += f"; {others} more lower it by less." if others > 0 else "."
    worst = down[0]
    command = case.command("solve", f"--set {worst}={amount(moves[worst][2])}")
    return Pitfall(key, question, Verdict.BITES, moves[worst][1], case.unit, told, command, details)


@dataclasses.dataclass(frozen=True, eq=False)
class _Pull:
    """A lever of the first side that gains it something, and the price of that."""

    lever: str
    here: float
    there: float
    price: Price

    @property
    def words(self) -> str:
        """The move in words."""
        return f"a move of {self.lever} from {amount(self.here)} to {amount(self.there)}"

    @property
    def risk(self) -> float:
        """Rise in the probability of no deal."""
        return float(self.price.after.probability - self.price.before.probability)

    @property
    def nearer(self) -> float:
        """Fall in the uncertainty at which that probability begins to rise."""
        return float(self.price.before.bites_from - self.price.after.bites_from)

    @property
    def patience(self) -> float:
        """Rise in the larger of the critical discount factors."""
        with np.errstate(invalid="ignore"):
            found = self.price.kept_after.critical.max() - self.price.kept_before.critical.max()
        return float(found)


def _pulled(case: Audited) -> list[_Pull]:
    """Levers of the first side that gain it something within a tenth of their range."""
    found = []
    for spec in _levers(case):
        low, high = case.range(spec)
        here = case.value(spec)
        there = here + _PULL * (high - low)
        if there > high:
            continue
        try:
            moved = case.solve({spec.name: there})
        except NegotiationError:
            continue
        each = price(position(case.outcome), position(moved), 0)
        if case.sign(float(each.gained)) > 0:
            found.append(_Pull(spec.name, here, there, each))
    return sorted(found, key=lambda pull: -float(pull.price.gained))


def breakdown(case: Audited) -> Pitfall:
    """Whether more leverage raises the risk that there is no deal."""
    key, question = "breakdown", "Does more leverage raise the probability of no deal?"
    talks = case.outcome.talks
    if not case.deal or talks is None:
        return nothing(case, key, question)
    if not transferable(talks):
        return nothing(case, key, question, "An offer in money needs an agreement over money.")
    pulls = _pulled(case)
    if not pulls:
        why = f"No lever of {case.named(0)} brings it a gain within a tenth of its range."
        return nothing(case, key, question, why)
    # Of levers that raise it alike, the one after which it takes the least uncertainty.
    worst = max(pulls, key=lambda pull: (pull.risk, pull.nearer))
    found = worst.price
    before, after = float(found.before.probability), float(found.after.probability)
    scores = case.outcome.leverage
    size_of = "gain" if scores is not None and scores.loss[0] < 0.0 else "loss"
    half, needed = float(found.before.spread), float(found.after.bites_from)
    told = (
        f"{worst.words} brings {case.named(0)} a gain of {money(float(found.gained))}; "
        f"if {case.named(1)} knows its no-deal payoff to within {money(half)} "
        f"({SPREAD:.0%} of its {size_of}, a judgement) and offers once, the probability of no deal "
    )
    told += (
        f"goes from {before:.3f} to {after:.3f}"
        if before or after or not half
        else f"stays zero: it is above zero only if this uncertainty exceeds {money(needed)}, "
        f"{needed / half * SPREAD:.0%} of that {size_of}"
    )
    told = f"{opening(told)}."
    details = {
        pull.lever: {
            "from": pull.here,
            "to": pull.there,
            "gained": float(pull.price.gained),
            "spread": float(pull.price.before.spread),
            "probability": [float(e.probability) for e in (pull.price.before, pull.price.after)],
            "per_unit": float(pull.price.risk_per_unit),
            "risk_begins_at": [float(e.bites_from) for e in (pull.price.before, pull.price.after)],
        }
        for pull in pulls
    }
    command = _priced(case, worst)
    verdict = Verdict.BITES if worst.risk > 1e-12 else Verdict.DOES_NOT
    return Pitfall(key, question, verdict, worst.risk, "probability", told, command, details)


def _priced(case: Audited, pull: _Pull) -> str:
    """The command that shows the price of a move."""
    return case.command("credibility", f"--vary {pull.lever}={pull.here:g}:{pull.there:g}")


def keeping(case: Audited) -> Pitfall:
    """Whether more leverage makes the deal harder to keep."""
    key, question = "enforcement", "Does more leverage make the deal harder to keep?"
    if not case.deal:
        return nothing(case, key, question)
    pulls = _pulled(case)
    if not pulls:
        why = f"No lever of {case.named(0)} brings it a gain within a tenth of its range."
        return nothing(case, key, question, why)
    clear = [pull for pull in pulls if np.isfinite(pull.patience)]
    if not clear:
        unknown = pulls[0].price.unknown
        why = unknown.why if unknown else ""
        return nothing(case, key, question, f"What keeps the deal cannot be said: {why}.")
    worst = max(clear, key=lambda pull: pull.patience)
    before, after = worst.price.kept_before.critical, worst.price.kept_after.critical
    first, second = (f"{case.named(p)} from {before[p]:.3f} to {after[p]:.3f}" for p in (0, 1))
    told = (
        f"{worst.words} brings {case.named(0)} a gain of {money(float(worst.price.gained))} and "
        f"moves the critical discount factor{a_period(case.unit)} of {first} and of {second}"
    )
    if float(after.max()) >= 1.0:
        told += "; at one or above no patience keeps the deal"
    elif worst.patience > 1e-12:
        told += "; the deal needs more patience than before"
    else:
        told += "; the deal is no harder to keep"
    told = f"{opening(told)}."
    details = {
        pull.lever: {
            "from": pull.here,
            "to": pull.there,
            "gained": float(pull.price.gained),
            "critical": [
                pull.price.kept_before.critical.tolist(),
                pull.price.kept_after.critical.tolist(),
            ],
            "per_unit": pull.price.patience_per_unit.tolist(),
        }
        for pull in pulls
    }
    bites = worst.patience > 1e-12 or float(after.max()) >= 1.0
    verdict = Verdict.BITES if bites else Verdict.DOES_NOT
    command = _priced(case, worst)
    return Pitfall(
        key, question, verdict, worst.patience, "discount factor", told, command, details
    )


def anticipation(case: Audited) -> Pitfall:
    """Whether a lever chosen before the talks is pulled too far, or not far enough."""
    key, question = "anticipation", "Is a lever pulled too far because talks will follow?"
    if not case.deal:
        return nothing(case, key, question)
    costly: list[Parameter] = []
    for spec in _levers(case):
        cost = case.model.ask("lever_cost", spec.name)
        bounded = spec.low is not None and spec.upper is not None
        if cost is not None and bounded and float(np.asarray(cost)) > 0.0:
            costly.append(spec)
    if not costly:
        return nothing(case, key, question, "The model says of no bounded lever what it costs.")
    spec = costly[0]
    low, high = case.accepted(spec)
    cost = float(np.asarray(case.model.ask("lever_cost", spec.name)))
    if _MOVED in type(case.model).parameters():
        # Outlets that are opened after talks have failed cost nothing before.
        cost *= float(case.model.value(_MOVED))
    found = anticipate(case.case, spec.name, low, high, cost=cost)
    if not np.isfinite(found.perfect.at) or not np.isfinite(found.joint.at):
        return nothing(case, key, question, f"No level of {spec.name} is certified.")
    apart = found.over / (high - low)
    who = case.named(case.model.players.index(found.owner))
    word = "as far as" if abs(apart) < 1e-6 else "further than" if apart > 0 else "less far than"
    told = (
        f"{who}, looking ahead to the deal, pulls {spec.name} to {amount(found.perfect.at)}, "
        f"{word} is best for both ({amount(found.joint.at)}). Without talks it would choose "
        f"{amount(found.no_talks.at)}, and with the status quo for certain "
        f"{amount(found.no_dispute.at)}. Levels from {amount(low)} to {amount(high)} were examined"
    )
    told += ", and the choice is the highest of them." if found.perfect.at == found.high else "."
    told += _locked(found)
    if found.without_deal:
        told += f" There is nothing to agree on at {found.without_deal} of the levels examined."
    told = opening(told)
    levels = ("perfect", "no_talks", "no_dispute", "joint")
    details = {
        "lever": spec.name,
        "cost_per_unit": found.cost,
        **{
            name: {**dataclasses.asdict(getattr(found, name)), **found.values[name]}
            for name in levels
        },
    }
    verdict = Verdict.DOES_NOT if abs(apart) < 1e-6 else Verdict.BITES
    command = case.command("audit", "--format json")
    return Pitfall(key, question, verdict, found.over, spec.unit, told, command, details)


def _locked(found: Anticipation) -> str:
    """What relying on free trade costs the owner, in words."""
    loss = found.values["perfect"]["value"] - found.values["no_dispute"]["value"]
    if not np.isfinite(loss) or loss <= 0.0:
        return ""
    way = "less" if found.no_dispute.at < found.perfect.at else "more"
    return (
        f" A side that counts on the status quo pulls it {way}, which costs the owner "
        f"{money(loss)} in the talks that come."
    )


CHECKS = (
    erosion,
    integration,
    breakdown,
    keeping,
    anticipation,
)
