"""How a number came about: every step from the payoffs to it, with its figures put in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.errors import ParameterError, nearest
from negotiation.glossary import AT_STAKE, SHARE
from negotiation.leverage import NclStatus, losses_at_stake
from negotiation.model.commands import command_about
from negotiation.moved import names_of
from negotiation.outcome import DISPUTE, POSTURE, STATUS_QUO, Outcome
from negotiation.outcome.columns import column_name
from negotiation.provenance import provenance
from negotiation.report import document as blocks
from negotiation.report.document import Block, Document, Heading, Provenance, Table
from negotiation.report.schema import because, finished
from negotiation.shell import mention
from negotiation.tolerances import PAYOFF_ROUNDING
from negotiation.words import money, opening


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes
    ----------
    name : str
        What a user asks for, as in `ncl.canada`.
    about : str
        What it is, in words.
    formula : str
        With names; empty where the number is given by the model or the data.
    parts : tuple of str
        Names of the steps that the formula uses, in order.
    value : float
    unit : str
    why : str
        Why the formula holds here, or where the number comes from.
    check : float
        The formula worked out again from the parts; NaN where there is none.
    """

    name: str
    about: str
    formula: str
    parts: tuple[str, ...]
    value: float
    unit: str
    why: str = ""
    check: float = np.nan


def derivation(outcome: Outcome, name: str) -> list[Step]:
    """Return the steps that lead to a number at one point, in order; the last is the number.

    Raises
    ------
    ParameterError
        If there is no number of that name.
    """
    steps = _steps(outcome)
    found = _find(steps, name, outcome)
    order: dict[str, Step] = {}

    def visit(step: Step) -> None:
        for part in step.parts:
            visit(steps[part])
        order.setdefault(step.name, step)

    visit(steps[found])
    return list(order.values())


def names(outcome: Outcome) -> dict[str, str]:
    """Every number that can be explained at a point, and what it is."""
    return {name: step.about for name, step in _steps(outcome).items()}


def document(outcome: Outcome, steps: Sequence[Step]) -> Document:
    """Return a derivation as a document of numbered steps."""
    made = provenance(outcome.case, about=outcome.threat.about)
    return Document(
        study="explain",
        tell=lambda: _blocks(steps, made),
        note=lambda: record(steps, made),
        made=made,
    )


def contents(outcome: Outcome) -> Document:
    """Return what can be explained at a point as a document."""
    made = provenance(outcome.case, about=outcome.threat.about)
    known = names(outcome)
    return Document(
        study="explain",
        tell=lambda: [Table.of(["number", "what it is"], known.items())],
        note=lambda: {"provenance": made, "numbers": known},
        made=made,
    )


class Explained(TypedDict):
    """Every step that leads to a number."""

    provenance: dict[str, str]
    steps: list[Step]


class Explainable(TypedDict):
    """Every number that can be explained."""

    provenance: dict[str, str]
    numbers: dict[str, str]


def record(steps: Sequence[Step], made: Mapping[str, str]) -> dict[str, Any]:
    """Return a derivation ready for JSON."""
    told: Explained = {
        "provenance": dict(made),
        "steps": [because(step, _why(step)) for step in steps],
    }
    result: dict[str, Any] = finished(told, Explained)
    return result


def _why(step: Step) -> str:
    if np.isfinite(step.value):
        return "given by the model or by a solver, not by a formula"
    return step.why or "a part of the formula is not defined"


def _blocks(steps: Sequence[Step], made: Mapping[str, str]) -> Iterator[Block]:
    last = steps[-1]
    yield Heading(
        f"{opening(last.about)}: {_shown(last)} ({made['model']}, {made['parameters']}).", 1
    )
    values = {step.name: _figure(step) for step in steps}
    for number, step in enumerate(steps, 1):
        told = []
        if step.formula:
            told.append(f"= {step.formula}")
            figures = step.formula
            for part in sorted(step.parts, key=len, reverse=True):
                figures = figures.replace(part, values[part])
            told += [f"= {figures}"] * (step.formula not in step.parts)
        told.append(f"= {_shown(step)}")
        if step.why:
            told.append(opening(step.why).rstrip(".") + ".")
        yield blocks.NumberedStep(number, f"{step.name}: {step.about}.", tuple(told))
    yield Provenance(made)


def _figure(step: Step) -> str:
    """A number as it stands in a formula: negative ones in brackets."""
    if not np.isfinite(step.value):
        return "undefined"
    shown = money(step.value) if abs(step.value) >= 1.0 else f"{step.value:.6g}"
    return f"({shown})" if step.value < 0 else shown


def _shown(step: Step) -> str:
    if np.isnan(step.value):
        return "undefined"
    if step.unit.startswith(("share", "log", "a year", "rate")):
        return f"{step.value:.6g} {step.unit}"
    return money(step.value, step.unit)


def _find(steps: Mapping[str, Step], name: str, outcome: Outcome) -> str:
    """Name of a step as a user writes it: `ncl` alone is the first side's."""
    wanted = name.strip().replace(" ", "_")
    by_column = {column_name(each): each for each in steps}
    for candidate in (wanted, f"{wanted}.{outcome.game.players[0]}"):
        if candidate in steps:
            return candidate
        if column_name(candidate) in by_column:  # as a sweep calls it, or as the model does
            return by_column[column_name(candidate)]
    raise ParameterError(
        f"'{name}' is not a number of model {outcome.model.name()}{nearest(wanted, steps)}; "
        f"{mention(command_about('explain', outcome.model))} lists what can be explained"
    )


def _steps(outcome: Outcome) -> dict[str, Step]:
    steps: dict[str, Step] = {}

    def add(step: Step) -> None:
        steps[step.name] = step

    for step in _game_steps(outcome):
        add(step)
    if outcome.talks is not None and outcome.leverage is not None:
        for step in _talk_steps(outcome, lambda name: steps[name].value):
            add(step)
    for key, quantity in outcome.quantities.items():
        value = float(outcome.at_selection(key))
        why = f"computed by the model at {outcome.selection.support}"
        name = column_name(key)
        add(Step(name, quantity.about or name, "", (), value, quantity.unit, why))
    return steps


def _game_steps(outcome: Outcome) -> list[Step]:
    """What each side gets without a deal, from the cells of the payoff table that are played."""
    game, chosen = outcome.game, outcome.selection
    unit = type(outcome.model).payoff_unit
    found = outcome.equilibria
    count = int(found.count)
    several = f"; of {count} equilibria, chosen by the rule {chosen.rule}" if count > 1 else ""
    steps = []
    for p, player in enumerate(game.players):
        who = outcome.model.named(player)
        cells, parts, total = [], [], 0.0
        for cell in product(*(range(len(actions)) for actions in game.actions)):
            weight = float(np.prod([s[k] for s, k in zip(chosen.strategies, cell, strict=True)]))
            if weight < 1e-12:
                continue
            profile = "/".join(a[k] for a, k in zip(game.actions, cell, strict=True))
            value = float(game.payoffs[(p, *cell)])
            name = f"cell.{profile}.{player}"
            about = f"payoff of {who} at {profile}"
            steps.append(Step(name, about, "", (), value, unit, "an entry of the payoff table"))
            parts.append(name)
            cells.append(name if weight > 1.0 - 1e-12 else f"{weight:.6g} * {name}")
            total += weight * value
        steps.append(
            Step(
                f"payoff.{player}",
                f"what {who} gets in the game without a deal",
                " + ".join(cells),
                tuple(parts),
                float(chosen.payoffs[p]),
                unit,
                f"{chosen.support} is an equilibrium{several}: {_deviation(float(chosen.regret))}; "
                f"the set is {found.completeness}",
                total,
            )
        )
    return steps


def _deviation(regret: float) -> str:
    if regret == 0.0:
        return "no deviation gains anything"
    return f"the best deviation gains {regret:.1e} of the payoff range"


def _talk_steps(outcome: Outcome, value: Callable[[str], float]) -> list[Step]:
    """From the disagreement point to the deal and its scores; `value` gives earlier steps."""
    ledger: dict[str, Step] = {}

    def get(name: str) -> float:
        return ledger[name].value if name in ledger else value(name)

    def add(
        name: str, about: str, formula: str, parts: tuple[str, ...], number: Any, **more: Any
    ) -> None:
        unit = more.pop("unit", type(outcome.model).payoff_unit)
        ledger[name] = Step(name, about, formula, parts, float(number), unit, **more)

    assert outcome.talks is not None  # asked for by the caller
    assert outcome.leverage is not None
    players = outcome.talks.players
    names = [outcome.model.named(player) for player in players]
    scores, deal = outcome.leverage, outcome.agreement
    quo = np.asarray(outcome.talks.status_quo)
    for p, (player, who) in enumerate(zip(players, names, strict=True)):
        why = "what concessions are counted from; named by the model"
        add(f"status_quo.{player}", f"status quo of {who}", "", (), quo[p], why=why)
    _disagreement(outcome, add, get)
    for p, (player, who) in enumerate(zip(players, names, strict=True)):
        s, d = f"status_quo.{player}", f"disagreement.{player}"
        add(
            f"loss.{player}",
            f"what {who} loses without a deal (negative: it gains)",
            f"{s} - {d}",
            (s, d),
            scores.loss[p],
            check=get(s) - get(d),
        )
        add(
            f"gain.{player}",
            f"what {who} gains without a deal (negative: it loses)",
            f"{d} - {s}",
            (d, s),
            -scores.loss[p],
            check=get(d) - get(s),
        )
    _agreement(outcome, add, get)
    losses = tuple(f"loss.{player}" for player in players)
    stake = get(losses[0]) + get(losses[1])
    add("at_stake", "losses of both without a deal", " + ".join(losses), losses, stake, check=stake)
    nash = outcome.concession
    for p, (player, who) in enumerate(zip(players, names, strict=True)):
        u, s, d = f"deal.{player}", f"status_quo.{player}", f"disagreement.{player}"
        delta, loss = f"delta.{player}", f"loss.{player}"
        add(
            delta,
            f"net concession: what the deal moves towards {who}",
            f"{u} - {s}",
            (u, s),
            nash.delta[p],
            check=get(u) - get(s),
        )
        add(
            f"power_share.{player}",
            f"share of the surplus that {who} takes",
            f"({u} - {d}) / surplus",
            (u, d, "surplus"),
            nash.power_share[p],
            unit=SHARE,
            check=_ratio(get(u) - get(d), float(deal.surplus)),
        )
        status = str(nash.status)
        undefined = "" if status == NclStatus.DEFINED.value else status
        # What is not defined cannot be checked by dividing either.
        whole = float(losses_at_stake(scores.loss)[0])
        add(
            f"exposure_share.{player}",
            f"share of the losses that falls on {who}",
            f"{loss} / at_stake",
            (loss, "at_stake"),
            nash.exposure_share[p],
            unit=SHARE,
            why=undefined,
            check=_ratio(get(loss), whole),
        )
        add(
            f"ncl.{player}",
            f"net concession leverage of {who}",
            f"{delta} / at_stake",
            (delta, "at_stake"),
            nash.ncl[p],
            unit=AT_STAKE,
            why=undefined
            or (
                f"the same as power share less exposure share, {nash.power_share[p]:.6f} - "
                f"{nash.exposure_share[p]:.6f}, where a deal is worth the status quo to both"
            ),
            check=_ratio(get(delta), whole),
        )
        w, staying = f"payoff.{player}", f"staying.{player}"
        add(
            staying,
            f"what {who} gets if the talks go on and nobody can walk out",
            "",
            (),
            scores.credibility.staying[p],
            why="the deal from the inside options, with the weights that patience implies",
        )
        add(
            f"walkout.{player}",
            f"kappa: what {who} would gain by walking out",
            f"{w} - {staying}",
            (w, staying),
            scores.credibility.margin[p],
            why="the threat to walk out is credible only where this is positive",
            check=get(w) - get(staying),
        )
    ratio = f"ln({losses[1]} / {losses[0]})"
    number = float(scores.asymmetry.log_ratio)
    add(
        "asymmetry",
        "no-deal asymmetry",
        ratio,
        losses,
        number,
        unit="log points",
        why=str(scores.asymmetry.status),
        check=np.log(get(losses[1]) / get(losses[0])) if np.isfinite(number) else np.nan,
    )
    return list(ledger.values())


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else np.nan


def _disagreement(outcome: Outcome, add: Callable[..., None], get: Callable[[str], float]) -> None:
    """The disagreement point, by what the threat is."""
    assert outcome.talks is not None
    talks, threat = outcome.talks, outcome.threat
    d = threat.payoffs
    for p, player in enumerate(talks.players):
        name = f"disagreement.{player}"
        about = f"what {outcome.model.named(player)} has without a deal (d)"
        if threat.name == POSTURE:
            part = f"payoff.{player}"
            add(name, about, part, (part,), d[p], why=threat.about, check=get(part))
        elif threat.name == STATUS_QUO:
            part = f"status_quo.{player}"
            add(name, about, part, (part,), d[p], why=threat.about, check=get(part))
        elif threat.name == DISPUTE and talks.inside is not None and talks.discount is not None:
            g, w, r = f"inside.{player}", f"payoff.{player}", f"discount.{player}"
            why = "named by the model"
            if p == 0:
                add("hazard", "h: breakdowns a year", "", (), talks.hazard, unit="a year", why=why)
            payoff = np.asarray(talks.inside)[p]
            add(g, "g: payoff while the dispute lasts", "", (), payoff, why=why)
            rate = np.asarray(talks.discount)[p]
            add(r, "r: discount rate", "", (), rate, unit="a year", why=why)
            h = get("hazard")
            add(
                name,
                about,
                f"({r} * {g} + hazard * {w}) / ({r} + hazard)",
                (r, g, "hazard", w),
                d[p],
                why=threat.about,
                check=(get(r) * get(g) + h * get(w)) / (get(r) + h),
            )
        else:
            add(name, about, "", (), d[p], why=threat.about)


def _agreement(outcome: Outcome, add: Callable[..., None], get: Callable[[str], float]) -> None:
    """The deal: the surplus, its shares, and what each side ends up with."""
    assert outcome.talks is not None
    talks, deal = outcome.talks, outcome.agreement
    players = talks.players
    ds = tuple(f"disagreement.{player}" for player in players)
    surplus = float(deal.surplus)
    pieces = getattr(talks.agreement, "direction", None)
    is_money = (
        pieces is not None
        and pieces.shape[-2] == 1
        and bool(np.isinf(np.asarray(talks.agreement.high)).all())
        and np.allclose(pieces[..., 0], -pieces[..., 1])
    )
    binding = getattr(deal, "binding", np.zeros(2, dtype=bool))
    plain = is_money and np.isfinite(surplus) and not np.any(binding)
    if not plain:
        why = str(deal.status)
        add("surplus", "gains of both over no deal", "", (), surplus, why=why)
        for p, player in enumerate(players):
            about = f"what {outcome.model.named(player)} gets in the deal (u)"
            rule = (
                "the point of the frontier at which the weighted product of gains is largest"
                if outcome.case.concept == "nash"
                else f"the {outcome.case.solution} on the frontier"
            )
            if np.any(binding):
                rule = "a walk-out binds: that side gets its outside option, the other the rest"
            add(f"deal.{player}", about, "", (), deal.payoffs[p], why=f"{why}; {rule}")
        return
    pie = float(deal.payoffs.sum())
    if abs(pie) <= PAYOFF_ROUNDING * float(np.abs([*deal.payoffs, *map(get, ds)]).max()):
        pie = 0.0  # shares that cancel leave rounding
    add("pie", "what there is to share", "", (), pie, why=talks.about or "named by the model")
    add(
        "surplus",
        "gains of both over no deal",
        f"pie - {ds[0]} - {ds[1]}",
        ("pie", *ds),
        surplus,
        check=pie - get(ds[0]) - get(ds[1]),
    )
    weight = float((deal.payoffs[0] - get(ds[0])) / surplus)
    for p, player in enumerate(players):
        share = weight if p == 0 else 1.0 - weight
        add(
            f"deal.{player}",
            f"what {outcome.model.named(player)} gets in the deal (u)",
            f"{ds[p]} + {share:.6g} * surplus",
            (ds[p], "surplus"),
            deal.payoffs[p],
            why=f"Nash bargaining over money with weight {share:.6g}"
            if outcome.case.concept == "nash"
            else f"the {outcome.case.solution}, over money",
            check=get(ds[p]) + share * surplus,
        )


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
