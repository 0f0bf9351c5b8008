"""An attribution as a document: its sentences, tables and rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from negotiation.case import Case
from negotiation.errors import OutputError
from negotiation.glossary import AT_STAKE, SHARE
from negotiation.leverage.attribution import Attribution
from negotiation.model import Model
from negotiation.moved import names_of
from negotiation.outcome import POSTURE
from negotiation.provenance import deal_by, provenance
from negotiation.report import shares
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Number,
    Paragraph,
    Rows,
    RowSum,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.figure import Figure
from negotiation.report.schema import because, finished
from negotiation.study.shares import Shares
from negotiation.words import money, opening

#: Pairs of tables printed, most important first; all of them are in the record.
_PAIRS = 10

#: Coalitions named one by one before the rest is counted.
NAMED = 3


def document(found: Attribution, case: Case, drawn: Shares | None = None) -> Document:
    """Return an attribution at a point as a document.

    Parameters
    ----------
    drawn : Shares, optional
        The same by tables over draws of what is uncertain.
    """
    made = made_of(found, case)
    return Document(
        study="attribute",
        tell=lambda: _blocks(found, case.model, made, drawn),
        note=lambda: record(found, case, drawn),
        made=made,
        list_rows=lambda: _rows(found),
        list_figures=lambda: _figures(found, case.model, made, drawn),
    )


def _figures(
    found: Attribution, model: Model, made: Mapping[str, str], drawn: Shares | None
) -> Sequence[Figure]:
    from negotiation.report.attribution_plot import chart

    return [chart(found, model, made, drawn)] if np.isfinite(found.table).all() else []


def plot(found: Attribution, case: Case, path: Path, drawn: Shares | None = None) -> None:
    """Draw what each table adds to a score.

    Raises
    ------
    OutputError
        If there is nothing to draw, because the score is not defined.
    """
    from negotiation.report.drawing import draw

    figures = _figures(found, case.model, made_of(found, case), drawn)
    if not figures:
        raise OutputError(f"{path} was not drawn: {reading(found, case.model)[0]}")
    draw(figures[0], path)


def _blocks(
    found: Attribution, model: Model, made: Mapping[str, str], drawn: Shares | None
) -> Iterator[Block]:
    yield Heading(f"{model.name()} ({made['parameters']}): {found.of} by what is at stake", 1)
    if drawn is not None:
        yield from shares.blocks(drawn, found)
        yield Heading("At the point, without draws")
    yield Paragraph(" ".join(reading(found, model)))
    if np.isfinite(found.table).all():
        yield _parts(found)
        pairs = interactions(found)
        if pairs:
            yield Table.of(
                ["table", "and", "index"],
                [
                    [found.tables[i], found.tables[j], _cell(found, value)]
                    for i, j, value in pairs[:_PAIRS]
                ],
                "Interaction of two tables (Shapley index). A value below zero means that together "
                f"they lower {found.of} by more than separately.",
            )
    agree = _agree(found) if found.concept else None
    yield small_print(model, made, _basis(found), concept=agree)


def _parts(found: Attribution) -> Table:
    """Each table, beneath it its sectors, and all of them."""

    def cells(alone: float, value: float, part: float) -> list[Cell]:
        return [_cell(found, alone), _cell(found, value), float(part)]

    of_tables, of_sectors = found.share(found.table), found.share(found.sector)
    rows: list[list[Cell]] = []
    tables: list[int] = []
    for k, (table, union) in enumerate(zip(found.tables, found.unions, strict=True)):
        tables.append(len(rows))
        rows.append([table, *cells(found.table_alone[k], found.table[k], of_tables[k])])
        if found.sectors and len(union) > 1:
            rows += [
                [
                    f"  {found.sectors[s]}",
                    *cells(found.sector_alone[s], found.sector[s], of_sectors[s]),
                ]
                for s in union
            ]
    total = float(found.total)
    rows.append(
        ["all tables", *cells(float(found.table_alone.sum()), total, 1.0 if total else np.nan)]
    )
    owen = " or the Owen value of a sector" if found.sectors else ""
    return Table.of(
        [
            "at stake",
            TableColumn("alone", Form.CHANGE),
            TableColumn("value", Form.CHANGE),
            TableColumn("share", Form.SHARE),
        ],
        rows,
        f"{opening(found.unit)}. Value is the Shapley value of a table{owen}; alone is with "
        "nothing else at stake.",
        sums=[RowSum(len(rows) - 1, tuple(tables))],
    )


def made_of(found: Attribution, case: Case) -> dict[str, str]:
    """Where it comes from, with the concept that was asked for."""
    made = provenance(case, about=found.fails)
    made["concept"] = deal_by(case) if found.concept else "none: the score is not of a deal"
    return made


def _basis(found: Attribution) -> Iterator[str]:
    """What is attributed, and how many of the games behind it are certified."""
    if found.concept:
        yield (
            "What is taken apart is the deal of the command solve, as if only some tables existed. "
            "The command package asks what is settled of tables that all exist: in which order is "
            "another question, and its deal differs in what is settled and in what money is worth."
        )
    evidence = found.coalitions
    count = len(evidence.masks)
    if found.attributed:
        yield f"What is attributed: {found.attributed}."
    bad = np.flatnonzero(~evidence.certified)
    if len(bad):
        named = "; ".join(
            f"{told_at_stake(found, int(k))}: {evidence.status[k]}" for k in bad[:NAMED]
        )
        told = f"{len(bad)} of the {count} coalitions are not certified ({named}"
        told += f"; {len(bad) - NAMED} more)." if len(bad) > NAMED else ")."
    else:
        told = f"The games of all {count} coalitions needed are solved and certified."
    if evidence.departs.any() and found.of_the_game:
        told += f" In {int(evidence.departs.sum())} the equilibrium differs from that of the whole."
    if evidence.several.any() and found.of_the_game:
        told += (
            f" In {int(evidence.several.sum())} equilibria differ in payoffs, and the rule "
            f"{found.rule} chooses."
        )
    without = evidence.no_deal & (evidence.masks != 0)
    if without.any():
        told += (
            f" In {int(without.sum())} with something at stake no agreement makes both sides "
            "better off, and the score is that of no deal."
        )
    if np.isfinite(found.residual):
        gap = float(found.residual)
        told += " The parts add up to the total" + (f" but for {gap:.0e} of it." if gap else ".")
    yield told


def _agree(found: Attribution) -> str:
    """Say by how much other concepts move the value of a table."""
    if not found.by_concept or not np.isfinite(found.table).all():
        return ""
    others = np.stack(list(found.by_concept.values()))
    gap = float(np.abs(others - found.table).max())
    names = listed(found.by_concept)
    if gap <= 1e-6 * float(np.abs(found.table).max()):
        return f"; {names} agree with it"
    return f"; by {names} the value of a table differs by up to {say(found, gap)}"


class OfSector(TypedDict):
    """What a sector contributes."""

    sector: str
    alone: float
    value: float
    share: float


class OfTable(TypedDict):
    """What a table contributes."""

    table: str
    alone: float
    value: float
    share: float
    by_concept: dict[str, float]
    sectors: list[OfSector]


class PairRecord(TypedDict):
    """What two tables do to one another."""

    tables: list[str]
    value: float


class CoalitionRecord(TypedDict):
    """The score with only some parts at stake."""

    at_stake: list[str]
    value: float
    equilibrium: str
    equilibrium_departs: bool
    several_equilibria: bool
    deal: bool
    certified: bool
    status: str


class Attributed(TypedDict):
    """A score, and the parts of it that come from each table and sector."""

    provenance: dict[str, str]
    certified: bool
    of: str
    unit: str
    reading: list[str]
    attributed: str
    value: float
    total: float
    with_nothing_at_stake: float
    residual: float
    tables: list[OfTable]
    tables_alone: float
    linkage: float
    interaction: list[PairRecord]
    coalitions: list[CoalitionRecord]
    assumptions: list[str]
    not_modelled: list[str]
    over_draws: shares.SharesRecord | None


def record(found: Attribution, case: Case, drawn: Shares | None = None) -> dict[str, Any]:
    """Everything about an attribution as nested dictionaries, ready for JSON."""
    model = case.model
    why = reading(found, model)[0] if not np.isfinite(found.table).all() else "the total is zero"
    told: dict[str, Any] = finished(
        {
            **{
                name: because(each, why)
                for name, each in _record(found, model, made_of(found, case)).items()
            },
            "over_draws": None if drawn is None else shares.record(drawn, found),
        },
        Attributed,
    )
    return told


def _record(found: Attribution, model: Model, made: Mapping[str, str]) -> dict[str, Any]:
    evidence = found.coalitions
    of_tables, of_sectors = found.share(found.table), found.share(found.sector)
    return {
        "provenance": dict(made),
        "certified": bool(evidence.certified.all()),
        "of": found.of,
        "unit": found.unit,
        "reading": reading(found, model),
        "attributed": found.attributed,
        "value": float(found.whole),
        "total": float(found.total),
        "with_nothing_at_stake": float(found.baseline),
        "residual": float(found.residual),
        "tables": [
            {
                "table": name,
                "alone": found.table_alone[k],
                "value": found.table[k],
                "share": of_tables[k],
                "by_concept": {concept: values[k] for concept, values in found.by_concept.items()},
                "sectors": [
                    {
                        "sector": found.sectors[s],
                        "alone": found.sector_alone[s],
                        "value": found.sector[s],
                        "share": of_sectors[s],
                    }
                    for s in found.unions[k]
                    if found.sectors
                ],
            }
            for k, name in enumerate(found.tables)
        ],
        "tables_alone": found.table_alone.sum(),
        "linkage": float(found.linkage),
        "interaction": [
            {
                "tables": [found.tables[i], found.tables[j]],
                "value": found.interaction[i, j],
            }
            for i, j in zip(*np.triu_indices(len(found.tables), 1), strict=True)
        ],
        "coalitions": [
            {
                "at_stake": list(found.at_stake(k)),
                "value": because(
                    float(found.values[k]),
                    "there is no deal" if evidence.no_deal[k] else str(evidence.status[k]),
                ),
                "equilibrium": str(evidence.equilibrium[k]),
                "equilibrium_departs": bool(evidence.departs[k]),
                "several_equilibria": bool(evidence.several[k]),
                "deal": not bool(evidence.no_deal[k]),
                "certified": bool(evidence.certified[k]),
                "status": str(evidence.status[k]),
            }
            for k in range(len(evidence.masks))
        ],
        "assumptions": list(type(model).assumptions),
        "not_modelled": list(type(model).not_modelled),
    }


def _rows(found: Attribution) -> Rows:
    """A row per table, per sector and for the whole."""
    of_tables, of_sectors = found.share(found.table), found.share(found.sector)
    extra = (found.of, found.unit, bool(found.coalitions.certified.all()))
    lines: list[list[Any]] = []
    for k, table in enumerate(found.tables):
        lines.append(["table", table, "", found.table_alone[k], found.table[k], of_tables[k]])
        lines += [
            [
                *("sector", table, found.sectors[s]),
                *(found.sector_alone[s], found.sector[s], of_sectors[s]),
            ]
            for s in found.unions[k]
            if found.sectors
        ]
    lines.append(["all", "", "", float(found.table_alone.sum()), float(found.total), 1.0])
    heads = ("level", "table", "sector", "alone", "value", "share", "of", "unit", "certified")
    return Rows(heads, ([*line, *extra] for line in lines))


# --- in sentences ---------------------------------------------------------------------------------


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
    if found.unit in (SHARE, AT_STAKE):
        return f"{value:{'+' if signed else ''}.3f}"
    return money(value, signed=signed, short=True)


def _cell(found: Attribution, value: float) -> Number:
    return Number(float(value), say(found, value, signed=True), signed=True)


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
        return f"in a deal {who} neither concedes nor gains"
    if head == "delta":
        does = "concedes" if total < 0 else "gains"
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
    one = f"One at a time the tables give {say(found, alone, signed=True)}, and together they give"
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
    return f"Among pairs of tables, {'; '.join(told)}, on average over what else is at stake."


def _untouched(found: Attribution) -> str:
    """Say which parts the threat does not touch, where it is not the game's equilibrium."""
    values = found.sector if found.sectors else found.table
    names = found.sectors or found.tables
    none = np.abs(values) <= 1e-9 * float(np.abs(found.values).max(initial=0.0))
    if found.threat == POSTURE or not none.any() or none.all():
        return ""
    idle = [name for name, zero in zip(names, none, strict=True) if zero]
    return f"{opening(listed(idle))} {'contributes' if len(idle) == 1 else 'contribute'} nothing."


def _regimes(found: Attribution) -> str:
    """Say where the equilibrium is another than with everything at stake."""
    evidence, wholes = found.coalitions, found.whole_tables
    whole = str(evidence.equilibrium[-1])
    if not whole or not found.of_the_game:
        return ""  # what is threatened is not an equilibrium of the game
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


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
