"""Revealed resolve as a document: which political costs make what is observed an equilibrium."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from negotiation.bargaining import Agreement, AgreementStatus
from negotiation.case import repeated
from negotiation.games import EquilibriumSet
from negotiation.games.equilibrium_set import describe
from negotiation.model.commands import command_about
from negotiation.provenance import provenance
from negotiation.report.document import (
    Block,
    Cell,
    Command,
    Document,
    Form,
    Heading,
    Items,
    Paragraph,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.schema import finished
from negotiation.report.solution import Agreed, agreed
from negotiation.study.revealed import NoDeal, Resolve
from negotiation.words import money, opening


def document(found: Resolve) -> Document:
    """Return revealed costs as a document: what each side would gain, the costs, both games."""
    outcome = found.outcome
    made = provenance(outcome.case, about=outcome.threat.about)
    return Document(
        study="revealed",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
    )


def _blocks(found: Resolve, made: Mapping[str, str]) -> Iterator[Block]:
    model = found.outcome.model
    unit = type(model).payoff_unit
    yield Heading(f"{model.name()} ({made['parameters']})", 1)
    if not found.certified:
        yield Paragraph("Do not rely on this result: there may be other equilibria.")
    yield Items(tuple(_sides(found)), f"What {found.found.profile} reveals ({unit})")
    yield Paragraph(_closing(found))
    yield Table.of(
        [
            "player",
            "action",
            TableColumn("gain", Form.CHANGE, unit),
            TableColumn("cost is\nat least", Form.MONEY, unit),
            TableColumn("cost is\nat most", Form.MONEY, unit),
            TableColumn("least\ncosts", Form.MONEY, unit),
        ],
        [
            [
                each["player"],
                f"{each['action']} (observed)" if each["observed"] else each["action"],
                each["gain"],
                each["at_least"],
                "no limit" if np.isinf(each["at_most"]) else each["at_most"],
                each["least"],
            ]
            for each in _costs(found)
        ],
        f"Gains over what is observed, and political costs ({unit})",
    )
    yield _equilibria(found)
    yield from _deals(found)
    if found.settings:
        given = repeated(found.outcome.case, found.settings)
        sets = [f"--set {name}={value!r}" for name, value in found.settings.items()]
        yield Command(
            command_about("solve", model, *given, *sets), "The model with the least of these costs:"
        )
    notes = [
        "These costs come on top of those in the payoffs of the model. Only differences count: "
        "the observed action costs nothing, and of several that which pays least. Payoffs in the "
        "table of equilibria are money, without political costs."
    ]
    yield small_print(model, made, notes)


# --- sentences ------------------------------------------------------------------------------------


def _sides(found: Resolve) -> Iterator[str]:
    """What each player would gain by other actions, and which costs answer for it."""
    model, costs = found.outcome.model, found.found
    free = _free(found)
    for p, (player, actions) in enumerate(zip(model.players, model.actions, strict=True)):
        who = opening(model.named(player))
        others = "/".join(
            describe(own, strategy)
            for q, (own, strategy) in enumerate(zip(model.actions, costs.strategies, strict=True))
            if q != p
        )
        if not all(costs.seen[:p] + costs.seen[p + 1 :]):
            others += " (where these costs are least)"
        seen, gains = costs.observed[p], costs.gains[p]
        fixed = [k for k in np.flatnonzero(seen) if gains[k] > 0.0]
        raised = [k for k in np.flatnonzero(~seen) if gains[k] > 0.0]
        played = _listed([actions[k] for k in np.flatnonzero(seen)])
        if not fixed and not raised:
            best = "is its best reply" if seen.sum() == 1 else "are its best replies"
            yield (f"{who} would gain by no other action: {played} {best} to {others} {free}.")
            continue
        gained = _listed([f"{money(gains[k])} by choosing {actions[k]}" for k in raised])
        if seen.sum() == 1:
            least = _listed([f"{money(gains[k])} for {actions[k]}" for k in raised])
            yield (
                f"{who} would gain {gained}: {free} {played} is not its best reply to "
                f"{others}. {'A cost' if len(raised) == 1 else 'Costs'} of at least "
                f"{least} {'makes' if len(raised) == 1 else 'make'} it one."
            )
            continue
        told = f"{who} chooses {played} against {others}"
        if fixed:
            first = actions[int(np.flatnonzero(seen)[gains[seen].argmin()])]
            more = _listed([f"{actions[k]} costs {money(gains[k])} more" for k in fixed])
            told += f", of which {first} pays least: it is indifferent only if {more} than {first}."
        else:
            told += ", which pay the same."
        if raised:
            least = _listed([f"{money(gains[k])} for {actions[k]}" for k in raised])
            told += (
                f" {'A cost' if len(raised) == 1 else 'Costs'} of at least {least} "
                f"{'keeps' if len(raised) == 1 else 'keep'} it from choosing otherwise."
            )
        yield told


def _closing(found: Resolve) -> str:
    """What holds with the least costs."""
    costs = found.found
    pure = all(int(each.sum()) == 1 for each in costs.observed)
    if not any(each.any() for each in costs.least):
        return f"{opening(costs.profile)} is an equilibrium {_free(found)}."
    told = f"With the least of these costs {costs.played} is an equilibrium"
    several = int(found.equilibria.count) > 1
    told += ", but not the only one." if several else "."
    if several and pure:
        told += " Higher costs of the other actions make it strict."
    if not costs.attained:
        told += (
            " It does not play every action that was observed; costs as close to these as one "
            "likes have an equilibrium that does."
        )
    if not costs.unique:
        told += " Other costs have the same sum."
    return told


def _free(found: Resolve) -> str:
    """What the payoffs of the model hold of political costs."""
    model = found.outcome.model
    named = model.political_costs.values()
    if named and all(float(model.value(name)) == 0.0 for name in named):
        return "at zero political cost"
    return "without further political costs"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _equilibria(found: Resolve) -> Table:
    """The equilibria of both games; what they pay is money."""
    model = found.outcome.model
    rows: list[list[Cell]] = []
    for costs, some in (("none", found.outcome.equilibria), ("least", found.equilibria)):
        for k, each in enumerate(_records(found, some)):
            chosen = costs == "none" and k == int(found.outcome.selection.index)
            mark = "selected" if chosen else "observed" if each["observed"] else ""
            rows.append([costs, each["profile"], *each["payoffs"].values(), mark])
    return Table.of(
        [
            "political\ncosts",
            "equilibrium",
            *(TableColumn(player, Form.CHANGE) for player in model.players),
            "",
        ],
        rows,
        f"If talks fail ({type(model).payoff_unit})",
    )


def _deals(found: Resolve) -> Iterator[Block]:
    """What the deal would be in the shadow of either breakdown."""
    told = []
    unit = type(found.outcome.model).payoff_unit
    for at, costs in ((found.without, "Without"), (found.with_costs, "With the least")):
        if at.deal is None or at.net_deal is None:
            return
        told.append(
            f"{costs} political costs talks fail into {at.profile or 'no equilibrium'}: "
            f"{_deal(found, at.deal)}."
        )
        if not np.array_equal(at.payoffs, at.net):
            told.append(
                f"Where these costs enter the bargain as well: {_deal(found, at.net_deal)}."
            )
    yield Items(tuple(told), f"The deal, {found.outcome.case.solution} ({unit})")


def _deal(found: Resolve, deal: Agreement) -> str:
    """What both sides get against the status quo."""
    if str(deal.status) != AgreementStatus.AGREED:
        return str(deal.status)
    return " and ".join(
        f"{found.outcome.model.named(player)} {money(float(value), signed=True)}"
        for player, value in zip(found.outcome.model.players, deal.concession, strict=True)
    )


# --- record ---------------------------------------------------------------------------------------


class ActionCost(TypedDict):
    """What an action would gain, and which costs answer for it."""

    player: str
    action: str
    observed: bool
    gain: float
    at_least: float
    at_most: float
    least: float


class MoneyEquilibrium(TypedDict):
    """An equilibrium with or without political costs; payoffs are money."""

    profile: str
    strategies: dict[str, dict[str, float]]
    payoffs: dict[str, float]
    regret: float
    component: int | None
    observed: bool


class BreakdownRecord(TypedDict):
    """What happens if talks fail; the deals are those in its shadow."""

    profile: str
    payoffs: dict[str, float]
    net: dict[str, float]
    agreement: Agreed | None
    net_agreement: Agreed | None


class GameRecord(TypedDict):
    """The game with or without political costs."""

    completeness: str
    equilibria: list[MoneyEquilibrium]
    breakdown: BreakdownRecord


class RevealedRecord(TypedDict):
    """Which political costs make what is observed an equilibrium."""

    provenance: dict[str, str]
    status: str
    certified: bool
    units: dict[str, str]
    observed: str
    strategies: dict[str, dict[str, float]]
    costs: list[ActionCost]
    unique: bool
    attained: bool
    settings: dict[str, float]
    without_costs: GameRecord
    with_costs: GameRecord


def record(found: Resolve, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    outcome = found.outcome
    told: dict[str, Any] = finished(
        {
            "provenance": dict(made),
            "status": str(outcome.status),
            "certified": found.certified,
            "units": {"payoffs": type(outcome.model).payoff_unit},
            "observed": found.found.profile,
            "strategies": _strategies(found, found.found.strategies),
            "costs": _costs(found),
            "unique": found.found.unique,
            "attained": found.found.attained,
            "settings": dict(found.settings),
            "without_costs": _game(found, outcome.equilibria, found.without),
            "with_costs": _game(found, found.equilibria, found.with_costs),
        },
        RevealedRecord,
    )
    return told


def _costs(found: Resolve) -> list[ActionCost]:
    """One entry for each action."""
    costs, model = found.found, found.outcome.model
    return [
        {
            "player": player,
            "action": action,
            "observed": bool(costs.observed[p][k]),
            "gain": float(costs.gains[p][k]),
            "at_least": float(costs.lowest[p][k]),
            "at_most": float(costs.highest[p][k]),
            "least": float(costs.least[p][k]),
        }
        for p, (player, own) in enumerate(zip(model.players, model.actions, strict=True))
        for k, action in enumerate(own)
    ]


def _strategies(found: Resolve, strategies: Sequence[Any]) -> dict[str, dict[str, float]]:
    model = found.outcome.model
    return {
        player: dict(zip(own, map(float, strategy), strict=True))
        for player, own, strategy in zip(model.players, model.actions, strategies, strict=True)
    }


def _by_player(found: Resolve, values: Any) -> dict[str, float]:
    return dict(zip(found.outcome.model.players, map(float, values), strict=True))


def _records(found: Resolve, some: EquilibriumSet) -> list[MoneyEquilibrium]:
    return [
        {
            "profile": each.profile,
            "strategies": _strategies(found, each.strategies),
            "payoffs": _by_player(found, found.found.gross.expected(each.strategies)),
            "regret": each.regret,
            "component": each.component if each.component >= 0 else None,
            "observed": found.found.plays(each.strategies),
        }
        for each in some.at()
    ]


def _game(found: Resolve, some: EquilibriumSet, at: NoDeal) -> GameRecord:
    players = found.outcome.model.players
    return {
        "completeness": str(some.completeness),
        "equilibria": _records(found, some),
        "breakdown": {
            "profile": at.profile,
            "payoffs": _by_player(found, at.payoffs),
            "net": _by_player(found, at.net),
            "agreement": None if at.deal is None else agreed(players, at.deal),
            "net_agreement": None if at.net_deal is None else agreed(players, at.net_deal),
        },
    }
