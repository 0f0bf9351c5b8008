"""Package deals at one point as a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.bargaining import Deal, Linkage, Packages
from negotiation.bargaining.agenda import Nature
from negotiation.bargaining.package_deal import closest
from negotiation.moved import names_of
from negotiation.provenance import provenance
from negotiation.report import package_draws
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Items,
    Notes,
    Paragraph,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.figure import Figure
from negotiation.report.package_study import Study
from negotiation.report.schema import because, finished
from negotiation.study.package_draws import PackageDraws
from negotiation.words import amount, money, opening, per_cost

#: Most packages printed; all of them are in the record.
_MOST = 60


def document(found: Study, drawn: PackageDraws | None = None) -> Document:
    """Return package deals as a document: the deal, what makes it up, agendas, kinds of tables.

    Parameters
    ----------
    drawn : PackageDraws, optional
        The packages over draws of what is uncertain.
    """
    outcome = found.outcome
    made = provenance(outcome.case, about=outcome.threat.about)
    return Document(
        study="package",
        tell=lambda: _blocks(found, made, drawn),
        note=lambda: record(found, made, drawn),
        made=made,
        list_figures=lambda: _figures(found),
    )


def _figures(found: Study) -> Sequence[Figure]:
    from negotiation.report.package_plot import chart

    return [chart(found)]


def _blocks(found: Study, made: Mapping[str, str], drawn: PackageDraws | None) -> Iterator[Block]:
    model = found.outcome.model
    yield Heading(f"{model.name()} ({made['parameters']})", 1)
    if drawn is not None:
        yield from package_draws.blocks(drawn)
        yield Heading("At the point, without draws")
    yield Paragraph(" ".join(reading(found)))
    yield Paragraph(_disagreement(found))
    yield from _deals(found)
    yield from _frontier(found)
    yield from _agendas(found)
    yield Items(tuple(_kinds(found)), "Each table by itself, the others as they are:")
    notes = [
        *([f"On the table: {found.packages.about}."] if found.packages.about else []),
        f"{opening(_efficiency(found.packages))}.",
        _against_talks(found),
        f"Payoffs: {type(model).payoff_unit}, against the status quo of the model.",
    ]
    yield small_print(model, made, notes)


def _against_talks(found: Study) -> str:
    """Why the deal of packages is not the one that `solve` tells, and attribution takes apart."""
    outcome, first = found.outcome, found.outcome.game.players[0]
    who = outcome.model.named(first)
    talks, deal = outcome.talks, float(outcome.concession.delta[0])
    over = talks.about if talks is not None and talks.about else "everything at once"
    told = f"The deal of the command solve is another one ({over})"
    if np.isfinite(deal):
        told += f"; it gives {who} {money(deal, signed=True)}"
    return (
        f"{told}. Here tables are settled out of the options above, whatever is on no table stays, "
        "and money passes at the efficiency named. The command attribute takes apart the deal of "
        "solve: it asks what that deal would be if only some tables existed, which is not the "
        "order in which tables are settled."
    )


class ShareRecord(TypedDict):
    """A package that a deal settles with some probability."""

    settled: dict[str, str]
    probability: float


class Dealt(TypedDict):
    """A deal over packages."""

    concept: str
    order: list[str]
    status: str
    payoffs: dict[str, float]
    gains: dict[str, float]
    paid_by_the_first: float
    received_by_the_second: float
    thrown_away: dict[str, float]
    walk_out_binds: dict[str, bool]
    made_of: list[ShareRecord]


class DealtInTurn(Dealt):
    """A deal that settles one table after the other."""

    gain_from_linkage: dict[str, float]


class Agendas(TypedDict):
    """All tables at once, one by one in every order, and each alone."""

    package: Dealt
    one_by_one: list[DealtInTurn]
    alone: dict[str, Dealt]


class Single(TypedDict):
    """The best single package."""

    with_money: Dealt
    without_money: Dealt


class AgendaRecord(TypedDict):
    """Agendas with money and without."""

    with_money: Agendas
    without_money: Agendas


class CornerRecord(TypedDict):
    """A package on the frontier."""

    settled: dict[str, str]
    payoffs: dict[str, float]


class Priced(CornerRecord):
    """A package and what it pays."""

    pays_the_same_as: dict[str, str] | None


class TableRecord(TypedDict):
    """A table by itself, the others as they are."""

    name: str
    kind: str
    joint_value: float
    best_for_both_together: str
    gains_there: dict[str, float]
    best_for: dict[str, str]
    gains: dict[str, dict[str, float]]


class Disagreed(TypedDict):
    """What each side has without a deal."""

    name: str
    about: str
    payoffs: dict[str, float]


class Bargained(TypedDict):
    """Bargaining over packages."""

    provenance: dict[str, str]
    status: str
    certified: bool
    units: dict[str, str]
    on_the_table: str
    efficiency_of_transfers: float
    disagreement: Disagreed
    deals: dict[str, Dealt]
    best_single_package: Single
    frontier: list[CornerRecord]
    frontier_without_money: list[CornerRecord]
    agenda: AgendaRecord
    agenda_asked_for: list[str]
    tables: list[TableRecord]
    distinct_packages: int
    packages: list[Priced]
    assumptions: list[str]
    not_modelled: list[str]
    over_draws: package_draws.PackagesOverDraws | None


def record(
    found: Study, made: Mapping[str, str], drawn: PackageDraws | None = None
) -> dict[str, Any]:
    """Everything about the packages as nested dictionaries, ready for JSON."""
    unsolved = "a package could not be solved"
    parts = {name: because(each, unsolved) for name, each in _record(found, made).items()}
    parts["over_draws"] = None if drawn is None else package_draws.record(drawn)
    told: dict[str, Any] = finished(parts, Bargained)
    return told


def _record(found: Study, made: Mapping[str, str]) -> dict[str, Any]:
    p, outcome = found.packages, found.outcome

    def sides(values: Any) -> dict[str, Any]:
        return dict(zip(p.players, values, strict=True))

    def deal(each: Deal) -> Dealt:
        told: Dealt = {
            "concept": each.concept,
            "order": list(each.order),
            "status": str(each.status),
            "payoffs": sides(each.payoffs),
            "gains": sides(each.gains),
            "paid_by_the_first": float(each.paid),
            "received_by_the_second": float(each.received),
            "thrown_away": sides(each.waste),
            "walk_out_binds": sides(each.binding),
            "made_of": [
                {"settled": p.package(int(k)), "probability": each.weights[k]}
                for k in np.flatnonzero(each.weights > 0.0)
            ],
        }
        return told

    def in_turn(each: Deal, gain: dict[str, Any]) -> DealtInTurn:
        return {**deal(each), "gain_from_linkage": gain}

    def why(each: Deal) -> str:
        return str(each.status)

    def linkage(each: Linkage) -> Agendas:
        return {
            "package": because(deal(each.package), why(each.package)),
            "one_by_one": [
                because(in_turn(one, sides(each.gain(order))), why(one))
                for order, one in each.agendas.items()
            ],
            "alone": {table: because(deal(one), why(one)) for table, one in each.alone.items()},
        }

    return {
        "provenance": dict(made),
        "status": found.status,
        "certified": found.certified,
        "units": {"payoffs": type(outcome.model).payoff_unit},
        "on_the_table": p.about,
        "efficiency_of_transfers": because(
            np.nan if p.transfer is None else float(np.asarray(p.transfer)),
            "no money changes hands",
        ),
        "disagreement": {
            "name": outcome.threat.name,
            "about": outcome.threat.about,
            "payoffs": sides(found.disagreement),
        },
        "deals": {concept: because(deal(each), why(each)) for concept, each in found.deals.items()},
        "best_single_package": {
            "with_money": because(deal(found.without_lottery), why(found.without_lottery)),
            "without_money": because(deal(found.plain), why(found.plain)),
        },
        "frontier": [
            {"settled": p.package(int(k)), "payoffs": sides(p.points[k])} for k in found.corners
        ],
        "frontier_without_money": [
            {"settled": p.package(int(k)), "payoffs": sides(p.points[k])} for k in found.undominated
        ],
        "agenda": {"with_money": linkage(found.linkage), "without_money": linkage(found.moneyless)},
        "agenda_asked_for": list(found.order),
        "tables": [
            {
                "name": each.name,
                "kind": str(each.nature),
                "joint_value": float(each.joint),
                "best_for_both_together": options[int(each.joint_best)],
                "gains_there": sides(each.gains[int(each.joint_best)]),
                "best_for": sides([options[int(k)] for k in each.best]),
                "gains": {
                    option: sides(gain) for option, gain in zip(options, each.gains, strict=True)
                },
            }
            for each, options in zip(found.tables, p.options, strict=True)
        ],
        "distinct_packages": found.distinct,
        "packages": [
            {
                "settled": p.package(k),
                "payoffs": sides(point),
                "pays_the_same_as": None if first == k else p.package(first),
            }
            for k, (point, first) in enumerate(zip(p.points, p.same_as.tolist(), strict=True))
        ],
        "assumptions": list(type(outcome.model).assumptions),
        "not_modelled": list(type(outcome.model).not_modelled),
    }


def _efficiency(p: Packages) -> str:
    if p.transfer is None:
        return "no money changes hands"
    return (
        f"what costs {p.names[0]} {_one(p)} is worth {amount(float(p.efficiency))} to {p.names[1]} "
        "(efficiency of concessions)"
    )


def _one(p: Packages) -> str:
    """One unit of what is transferred, as it is called."""
    return "a dollar" if per_cost(p.unit) == "$" else "a unit"


def _disagreement(found: Study) -> str:
    p, threat = found.packages, found.outcome.threat
    d = found.disagreement
    told = ", ".join(
        f"{name} {money(value, signed=True)}" for name, value in zip(p.names, d, strict=True)
    )
    here = p.nothing
    now = ", ".join(
        f"{name} {money(value, signed=True)}" for name, value in zip(p.names, here, strict=True)
    )
    if threat.name == "posture":
        what = f"{found.outcome.selection.support}, {threat.about}"
    else:
        what = f"{threat.name}, {threat.about}"
    return (
        f"Disagreement point: {told}; {what}. For comparison, a package in which nothing is "
        f"settled: {now}."
    )


def _codes(found: Study) -> dict[int, str]:
    """Letters for the packages that are spoken of, the frontier first."""
    deals = [*found.deals.values(), found.without_lottery, found.plain]
    spoken = [int(k) for k in found.corners]
    for deal in deals:
        spoken += [int(k) for k in np.flatnonzero(deal.weights > 1e-9)]
    spoken += [int(k) for k in found.undominated]
    letters: dict[int, str] = {}
    for k in spoken:
        number = len(letters)
        letters.setdefault(k, chr(65 + number) if number < 26 else f"P{number + 1}")
    return letters


def _deals(found: Study) -> Iterator[Block]:
    p, codes = found.packages, _codes(found)
    one, two = p.players
    table: list[list[Cell]] = []
    notes = []
    rows = [(name, deal) for name, deal in found.deals.items()]
    rows += [("no lottery", found.without_lottery)] if p.transfer is not None else []
    rows += [("no money, no lottery", found.plain)]
    for name, deal in rows:
        if not bool(deal.agreed):
            notes.append(f"{name}: {deal.status}.")
            continue
        mixed = [
            (float(deal.weights[k]), codes[int(k)]) for k in np.flatnonzero(deal.weights > 1e-9)
        ]
        what = mixed[0][1] if len(mixed) == 1 else " or ".join(f"{c} ({w:.3g})" for w, c in mixed)
        table.append([name, what, float(deal.paid), float(deal.received), *map(float, deal.gains)])
        if np.abs(deal.waste).max() > 0.0:
            thrown = ", ".join(money(float(v)) for v in deal.waste)
            notes.append(f"{name}: payoffs thrown away to keep the proportions: {thrown}.")
        for side, binds in zip(p.names, deal.binding, strict=True):
            if binds:
                notes.append(f"{name}: {side} gets what walking out would give.")
    heads: list[TableColumn | str] = [
        *("deal", "package"),
        TableColumn(f"{one}\nconcedes", Form.MONEY),
        TableColumn(f"worth\nto {two}", Form.MONEY),
        TableColumn(f"{one}\ngains", Form.CHANGE),
        TableColumn(f"{two}\ngains", Form.CHANGE),
    ]
    if not table and len({str(deal.status) for _, deal in rows}) == 1:
        notes = [f"By every concept: {rows[0][1].status}."]
    if table:
        yield Table.of(heads, table, "Deals; gains are relative to no deal")
    if notes:
        yield Notes(tuple(notes) if table else ("Deals; gains are relative to no deal.", *notes))


def _frontier(found: Study) -> Iterator[Block]:
    p, codes = found.packages, _codes(found)
    one, two = p.players
    on, best = ({int(k) for k in each} for each in (found.corners, found.undominated))
    printed = list(codes.items())[:_MOST]
    rows = [
        [
            code,
            "yes" if k in on else "",
            "yes" if k in best else "",
            *map(float, p.points[k]),
            *("-" if place == 0 else int(place) for place in p.place(k)),
        ]
        for k, code in printed
    ]
    without = "lottery" if p.transfer is None else "money"
    heads: list[TableColumn | str] = ["package", "frontier", f"no\n{without}"]
    heads += [TableColumn(one, Form.CHANGE), TableColumn(two, Form.CHANGE)]
    heads += [name.replace("_", "_\n") for name in p.tables]
    corners = len(on)
    ray = (
        ""
        if p.transfer is None
        else f", and beyond {codes[int(found.corners[0])]} money is added at "
        f"{amount(float(p.efficiency))} to the {_one(p)[2:]}"
    )
    many = f"{found.distinct} packages"
    if found.distinct < len(p.points):
        many = f"{found.distinct} packages that differ in what they pay ({len(p.points)} in all)"
    are = "is a corner" if corners == 1 else "are corners"
    counted = f"Of {many}, {corners} {are} of the frontier{ray}."
    without = "lotteries" if p.transfer is None else "money and lotteries"
    packages = "package" if len(best) == 1 else "packages"
    counted += (
        f" Without {without} the frontier is {len(best)} {packages}, which no other beats for both "
        "sides."
    )
    yield Table.of(heads, rows, f"Packages; payoffs against the status quo. {counted}")
    if len(codes) > len(printed):
        yield Paragraph(f"{len(codes) - len(printed)} more packages are in --format json.")
    yield from package_draws.options_key(p)


def _agendas(found: Study) -> Iterator[Block]:
    p = found.packages
    one, two = p.players
    both = p.transfer is not None
    orders = list(found.linkage.agendas)
    if found.order:
        orders.sort(key=lambda order: order != found.order)
    linkages = (found.linkage, found.moneyless) if both else (found.linkage,)
    rows: list[tuple[str, list[Deal]]] = [("all at once", [each.package for each in linkages])]
    rows += [(", ".join(order), [each.agendas[order] for each in linkages]) for order in orders]
    rows += [(f"{name} alone", [each.alone[name] for each in linkages]) for name in p.tables]
    heads: list[str | TableColumn] = ["tables settled"]
    for how in ("", ", no\nmoney") if both else ("",):
        heads += [TableColumn(f"{side}{how}", Form.CHANGE) for side in (one, two)]
    yield Table.of(
        heads,
        [[name, *(float(v) for deal in deals for v in deal.reached)] for name, deals in rows],
        f"Payoffs by agenda ({found.outcome.case.called} at every table)",
    )
    yield Paragraph(
        "An agreement at one table is kept whatever happens at the next; the order is solved "
        "backwards. If no table is settled, the disagreement point follows."
    )
    if found.order:
        deal = found.linkage.agendas[found.order]
        gain = ", ".join(
            f"{name} {money(float(value), signed=True)}"
            for name, value in zip(p.names, found.linkage.gain(found.order), strict=True)
        )
        yield Paragraph(
            f"Taken in the order {', '.join(found.order)}: {p.told(deal.weights)}; {p.names[0]} "
            f"concedes {money(float(deal.paid))}. Linking all tables instead adds: {gain}."
        )


def _kinds(found: Study) -> Iterator[str]:
    p = found.packages
    one, two = p.names
    for each, options in zip(found.tables, p.options, strict=True):
        joint = each.gains[int(each.joint_best)]
        likes = [options[int(k)] for k in each.best]
        if each.nature == Nature.UNKNOWN.value:
            yield f"{each.name}: unknown: a package could not be solved."
            continue
        at_best = (
            f"'{options[int(each.joint_best)]}' ({money(float(each.joint), signed=True)}: {one} "
            f"{money(joint[0], signed=True)}, {two} {money(joint[1], signed=True)})"
        )
        told = {
            Nature.COMPATIBLE.value: f"both sides like best {at_best}",
            Nature.DISTRIBUTIVE.value: (
                "no option creates value: what one side gains the other loses, or more; the best "
                f"sum is that of {at_best}"
            ),
            Nature.INTEGRATIVE.value: f"best for the two together is {at_best}",
        }[str(each.nature)]
        if each.nature == Nature.INTEGRATIVE.value:
            told += (
                f", but {one} prefers '{likes[0]}' "
                f"({money(each.gains[int(each.best[0])][0], signed=True)}) and {two} "
                f"'{likes[1]}' ({money(each.gains[int(each.best[1])][1], signed=True)})"
            )
            if joint.min() < 0.0:
                loser = (one, two)[int(joint.argmin())]
                told += f"; {loser} needs money, or another table, to agree to it"
        yield f"{each.name}: {each.nature}. {opening(told)}."


# --- in sentences ---------------------------------------------------------------------------------


def reading(found: Study) -> list[str]:
    """Return what an analyst can paste: the deal, what linking tables does, which table is which.

    Sentences, the first about the deal that is told.
    """
    p, nash = found.packages, found.deal
    one, two = p.names
    said = []
    if not found.certified:
        said.append(f"Do not rely on this result: {found.status}.")
    if bool(nash.agreed):
        said.append(_deal_sentence(found, nash))
        firsts = [float(each.payoffs[0]) for each in found.deals.values() if bool(each.agreed)]
        low, high = min(firsts), max(firsts)
        if high - low > 1e-6 * max(abs(low), abs(high)):
            said.append(
                f"Over the concepts, the payoff of {one} lies between "
                f"{money(low, signed=True)} and {money(high, signed=True)}."
            )
        if len(found.packages.tables) > 1:
            said.append(_linkage_sentence(found))
    else:
        k = int(closest(p, found.disagreement))
        gains = p.points[k] - found.disagreement
        said.append(
            f"No package, with or without {'lotteries' if p.transfer is None else 'money'}, is "
            f"better for both sides than no deal. The nearest is "
            f"[{p.label(k)}]: {one} {money(gains[0], signed=True)}, {two} "
            f"{money(gains[1], signed=True)} against no deal."
        )
    said.append(_natures(found))
    return said


_MEANING = {
    Nature.COMPATIBLE: "one option is best for both sides",
    Nature.DISTRIBUTIVE: "settling creates no value, what one side gains the other loses",
    Nature.INTEGRATIVE: "there is value to be made, but the sides want different options",
    Nature.UNKNOWN: "a package could not be solved",
}


def _natures(found: Study) -> str:
    """Which table is of which kind when taken by itself."""
    parts = []
    for nature, meaning in _MEANING.items():
        names = [each.name for each in found.tables if each.nature == nature.value]
        if names:
            told = ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
            verb = "is" if len(names) == 1 else "are each"
            parts.append(f"{told} {verb} {nature.value}: {meaning}")
    return f"Taken alone, {'; '.join(parts)}."


def _deal_sentence(found: Study, deal: Deal) -> str:
    p = found.packages
    one, two = p.names
    line = f"The package deal ({found.outcome.case.called}): {p.told(deal.weights)}"
    if float(deal.paid) > 0.0:
        line += (
            f"; {one} concedes {money(float(deal.paid))} a year, worth "
            f"{money(float(deal.received))} to {two}"
            if "a year" in p.unit
            else f"; {one} pays {money(float(deal.paid))}, worth {money(float(deal.received))} to "
            f"{two}"
        )
    gain1, gain2 = (money(float(each)) for each in deal.gains)
    unit = f" ({p.unit})" if p.unit else ""
    return f"{line}. Compared with no deal, {one} gains {gain1} and {two} {gain2}{unit}."


def _same(gains: Any, size: float) -> bool:
    return bool((np.abs(gains) <= 1e-6 * size).all())


def _linkage_sentence(found: Study) -> str:
    """What taking the tables together is worth, with money and without."""
    parts = []
    points = found.packages.points
    size = float(np.abs(points[np.isfinite(points)]).max())
    one = found.packages.names[0]
    both = found.packages.transfer is not None
    for linkage, how in ((found.linkage, ""), (found.moneyless, "without money "))[: 1 + both]:
        gains = np.array([linkage.gain(order) for order in linkage.agendas])
        if not bool(linkage.package.agreed):
            parts.append(f"{how}there is no deal")
        elif _same(gains, size):
            why = " (money already links them)" if both and not how else ""
            parts.append(
                f"{how}settling the tables one by one, in any order, gives the same payoffs{why}"
            )
        else:
            ends = {order: float(deal.reached[0]) for order, deal in linkage.agendas.items()}
            worst, best = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
            at_once = money(float(linkage.package.payoffs[0]), signed=True)
            if _same(np.ptp(list(ends.values())), size):
                each = money(ends[worst], signed=True)
                parts.append(
                    f"{how}{one} gets {at_once} with all tables at once, and {each} one by one, "
                    "in any order"
                )
                continue
            parts.append(
                f"{how}the agenda matters: {one} gets {at_once} with all tables at once, and "
                f"one by one between {money(ends[worst], signed=True)} ({', '.join(worst)}) and "
                f"{money(ends[best], signed=True)} ({', '.join(best)})"
            )
    return f"{opening('; '.join(parts))}."


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
