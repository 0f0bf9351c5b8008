"""The report on talks between two players: one document from a briefing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypedDict

from negotiation.provenance import provenance
from negotiation.report.briefing import answer, closing, deal, leverage, sure, trade
from negotiation.report.briefing.told import Told
from negotiation.report.document import Block, Document, Heading
from negotiation.report.figure import Figure
from negotiation.report.schema import because, finished
from negotiation.report.sentences import ENGLISH, Language
from negotiation.study.briefing import Briefing
from negotiation.study.explorer import Explorer


def document(
    found: Briefing, *, lang: str = ENGLISH, command: str = "", explorer: Explorer | None = None
) -> Document:
    """Return the report as a document.

    Parameters
    ----------
    found : Briefing
    lang : str
        A language of `sentences.languages()`.
    command : str
        What makes this report again, ready to paste.
    explorer : Explorer, optional
        What a reader may move.
    """
    told = Told(found, Language(lang))
    made = provenance(found.case)
    if found.lever is not None and found.lever.unfinished:
        made = {"unfinished": found.lever.unfinished, **made}
    return Document(
        study="report",
        tell=lambda: _blocks(told, made, command, explorer),
        note=lambda: _record(told, made),
        made=made,
        lang=lang,
    )


def _blocks(
    told: Told, made: Mapping[str, str], command: str, explorer: Explorer | None
) -> Iterator[Block]:
    yield from answer.opening(told)
    sections = (
        ("fails", answer.fails(told)),
        ("leverage", leverage.blocks(told)),
        ("tables", deal.tables(told)),
        ("packages", deal.packages(told)),
        ("dependence", trade.dependence(told)),
        ("duties", trade.duties(told)),
        ("sure", sure.blocks(told)),
        ("missing", closing.missing(told)),
        ("explore", closing.explore(told, explorer)),
        ("method", closing.method(told)),
        ("assumptions", closing.assumptions(told)),
        ("not_covered", closing.not_covered(told)),
        ("sources", closing.sources(told)),
        ("glossary", closing.glossary(told)),
        ("provenance", closing.provenance(told, made, command)),
    )
    for name, blocks in sections:
        if name in told.found.missing or (name == "missing" and not told.found.missing):
            continue
        yield Heading(told.lang.say("section", name))
        yield from blocks


#: Why a cell of a figure is null.
_EMPTY = "the figure has no number there: too few draws for a range, or no such column"


class FigureRecord(TypedDict):
    """The numbers of a figure."""

    name: str
    title: str
    columns: list[str]
    cells: list[list[str | float | None]]


class BriefingRecord(TypedDict):
    """What the figures of a report hold."""

    provenance: dict[str, str]
    figures: list[FigureRecord]


def _record(told: Told, made: Mapping[str, str]) -> BriefingRecord:
    found: BriefingRecord = {"provenance": dict(made), "figures": []}
    for block in _blocks(told, made, "", None):
        if isinstance(block, Figure):
            table = block.table
            found["figures"].append(
                {
                    "name": block.name,
                    "title": block.title,
                    "columns": [column.name for column in table.columns],
                    "cells": because(table.values(), _EMPTY),
                }
            )
    told_of: BriefingRecord = finished(found, BriefingRecord)
    return told_of


__all__ = ["document"]
