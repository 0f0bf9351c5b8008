"""Package deals at one point: a reading for people, a record for machines."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.bargaining import Deal, Linkage, Packages
from negotiation.bargaining.agenda import Nature
from negotiation.provenance import provenance
from negotiation.report.package_study import Study
from negotiation.report.package_words import reading
from negotiation.report.small_print import signature
from negotiation.report.tables import markdown_table, text_table
from negotiation.words import amount, money, opening, per_cost

WIDTH = 80

#: Most packages printed; all of them are in the record.
_MOST = 60


def record(found: Study, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about the packages as nested dictionaries, ready for JSON."""
    p, outcome = found.packages, found.outcome

    def sides(values: Any) -> dict[str, Any]:
        return dict(zip(p.players, values, strict=True))

    def deal(each: Deal) -> dict[str, Any]:
        return {
            "concept": each.concept,
            "order": list(each.order),
            "status": str(each.status),
            "payoffs": sides(each.payoffs),
            "gains": sides(each.gains),
            "paid_by_the_first": each.paid,
            "received_by_the_second": each.received,
            "thrown_away": sides(each.waste),
            "walk_out_binds": sides(each.binding),
            "made_of": [
                {"settled": p.package(int(k)), "probability": each.weights[k]}
                for k in np.flatnonzero(each.weights > 0.0)
            ],
        }

    def linkage(each: Linkage) -> dict[str, Any]:
        return {
            "package": deal(each.package),
            "one_by_one": [
                {**deal(one), "gain_from_linkage": sides(each.gain(order))}
                for order, one in each.agendas.items()
            ],
            "alone": {table: deal(one) for table, one in each.alone.items()},
        }

    return {
        "provenance": provenance(outcome.case, about=outcome.threat.about),
        "status": found.status,
        "certified": found.certified,
        "units": {"payoffs": type(outcome.model).payoff_unit},
        "on_the_table": p.about,
        "efficiency_of_transfers": p.transfer,
        "disagreement": {
            "name": outcome.threat.name,
            "about": outcome.threat.about,
            "payoffs": sides(found.disagreement),
        },
        "deals": {concept: deal(each) for concept, each in found.deals.items()},
        "best_single_package": {
            "with_money": deal(found.without_lottery),
            "without_money": deal(found.plain),
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
                "joint_value": each.joint,
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


def text(found: Study, parameters: Mapping[str, Any], markdown: bool = False) -> str:
    """Return the reading: the deal, what makes it up, agendas, kinds of tables, small print."""
    model = type(found.outcome.model)
    table = markdown_table if markdown else text_table
    made = provenance(found.outcome.case, about=found.outcome.threat.about)
    blocks = [f"{model.name()} ({made['parameters']})", _wrapped(" ".join(reading(found)))]
    blocks.append(_wrapped(_disagreement(found)))
    blocks.append(_deals(found, table))
    blocks.append(_frontier(found, table))
    blocks.append(_agendas(found, table))
    blocks.append(_kinds(found))
    small = [
        *([f"On the table: {found.packages.about}."] if found.packages.about else []),
        f"{opening(_efficiency(found.packages))}.",
        "The model's own talks, as the command solve has them, are over everything at once; "
        "here a package takes their place.",
        f"Payoffs: {model.payoff_unit}, against the status quo of the model.",
        f"Horizon: {made['horizon']}.",
        f"Threat point: {made['threat_point']}.",
    ]
    if model.assumptions:
        small.append(f"Assumed in the model: {'; '.join(model.assumptions)}.")
    if model.not_modelled:
        small.append(f"Not modelled: {', '.join(model.not_modelled)}.")
    small.append(signature(made))
    blocks.append("\n".join(_wrapped(line) for line in small))
    return "\n\n".join(blocks)


def _wrapped(line: str, indent: str = "") -> str:
    return "\n".join(wrap(line, WIDTH, initial_indent=indent, subsequent_indent=indent))


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


def _deals(found: Study, table: Any) -> str:
    p, codes = found.packages, _codes(found)
    one, two = p.players
    lines, notes = [], []
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
        lines.append(
            [
                name,
                what,
                *(money(float(v)) for v in (deal.paid, deal.received)),
                *(money(float(v), signed=True) for v in deal.gains),
            ]
        )
        if np.abs(deal.waste).max() > 0.0:
            thrown = ", ".join(money(float(v)) for v in deal.waste)
            notes.append(f"{name}: payoffs thrown away to keep the proportions: {thrown}.")
        for side, binds in zip(p.names, deal.binding, strict=True):
            if binds:
                notes.append(f"{name}: {side} gets what walking out would give.")
    heads = [
        "deal",
        "package",
        f"{one}\nconcedes",
        f"worth\nto {two}",
        f"{one}\ngains",
        f"{two}\ngains",
    ]
    blocks = ["Deals; gains against no deal"]
    if not lines and len({str(deal.status) for _, deal in rows}) == 1:
        notes = [f"By every concept: {rows[0][1].status}."]
    if lines:
        blocks.append(str(table(heads, lines)))
    blocks += ["\n".join(_wrapped(note) for note in notes)] if notes else []
    return "\n\n".join(blocks)


def _frontier(found: Study, table: Any) -> str:
    p, codes = found.packages, _codes(found)
    one, two = p.players
    on, best = ({int(k) for k in each} for each in (found.corners, found.undominated))
    printed = list(codes.items())[:_MOST]
    lines = [
        [
            code,
            "yes" if k in on else "",
            "yes" if k in best else "",
            *(money(float(value), signed=True) for value in p.points[k]),
            *("-" if place == 0 else str(place) for place in p.place(k)),
        ]
        for k, code in printed
    ]
    without = "lottery" if p.transfer is None else "money"
    heads = ["package", "frontier", f"no\n{without}", one, two]
    heads += [*(name.replace("_", "_\n") for name in p.tables)]
    corners = len(on)
    ray = (
        ""
        if p.transfer is None
        else f", and beyond {codes[int(found.corners[0])]} money at {amount(float(p.efficiency))} "
        f"to the {_one(p)[2:]}"
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
    blocks = [_wrapped(f"Packages; payoffs against the status quo. {counted}"), table(heads, lines)]
    if len(codes) > len(printed):
        blocks.append(f"{len(codes) - len(printed)} more packages are in --format json.")
    options = list(dict.fromkeys(p.options))
    for each in options:
        tables = [name for name, own in zip(p.tables, p.options, strict=True) if own == each]
        where = "" if len(options) == 1 else f" ({', '.join(tables)})"
        words_of = "; ".join(f"{'-' if k == 0 else k} {words}" for k, words in enumerate(each))
        blocks.append(_wrapped(f"Options{where}: {words_of}."))
    return "\n\n".join(blocks)


def _agendas(found: Study, table: Any) -> str:
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
    lines = [
        [
            name,
            *(money(float(v), signed=True) for deal in deals for v in deal.reached),
        ]
        for name, deals in rows
    ]
    heads = ["tables settled"]
    for how in ("", ", no\nmoney") if both else ("",):
        heads += [f"{one}{how}", f"{two}{how}"]
    shown = str(table(heads, lines))
    if table is text_table and max(map(len, shown.split("\n"))) > WIDTH:
        shown = str(table(heads, [[line[0].replace(", ", ",\n"), *line[1:]] for line in lines]))
    blocks = [f"Payoffs by agenda ({found.outcome.case.called} at every table)\n\n{shown}"]
    blocks.append(
        _wrapped(
            "An agreement at one table is kept whatever happens at the next; the order is solved "
            "backwards. If no table is settled, the disagreement point follows."
        )
    )
    if found.order:
        deal = found.linkage.agendas[found.order]
        gain = ", ".join(
            f"{name} {money(float(value), signed=True)}"
            for name, value in zip(p.names, found.linkage.gain(found.order), strict=True)
        )
        blocks.append(
            _wrapped(
                f"Taken in the order {', '.join(found.order)}: {p.told(deal.weights)}; "
                f"{p.names[0]} concedes {money(float(deal.paid))}. "
                f"Linking all tables instead adds: {gain}."
            )
        )
    return "\n\n".join(blocks)


def _kinds(found: Study) -> str:
    p = found.packages
    one, two = p.names
    lines = ["Each table by itself, the others as they are"]
    for each, options in zip(found.tables, p.options, strict=True):
        joint = each.gains[int(each.joint_best)]
        likes = [options[int(k)] for k in each.best]
        if each.nature == Nature.UNKNOWN.value:
            lines.append(f"{each.name}: unknown: a package could not be solved.")
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
                f", but {one} likes best '{likes[0]}' "
                f"({money(each.gains[int(each.best[0])][0], signed=True)}) and {two} "
                f"'{likes[1]}' ({money(each.gains[int(each.best[1])][1], signed=True)})"
            )
            if joint.min() < 0.0:
                loser = (one, two)[int(joint.argmin())]
                told += f"; {loser} needs money, or another table, to agree to it"
        lines.append(f"{each.name}: {each.nature}. {opening(told)}.")
    return "\n".join([lines[0], "", *(_wrapped(line) for line in lines[1:])])
