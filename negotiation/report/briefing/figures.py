"""Figures of a report one by one, for those who want a picture and not the whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from negotiation.errors import OutputError, ParameterError, nearest
from negotiation.report.briefing import document
from negotiation.report.document import Document
from negotiation.report.figure import Figure
from negotiation.report.sentences import ENGLISH
from negotiation.study.briefing import Briefing
from negotiation.words import opening


def kinds(players: Sequence[str]) -> tuple[str, ...]:
    """Names of the figures that a report on two players may have, in their order."""
    return (
        "answer",
        "leverage",
        "tables",
        "packages",
        "dependence",
        *(f"duties-{player.replace('_', '-').lower()}" for player in reversed(players)),
        "duties-over-time",
        "assumptions-one-by-one",
    )


def check_kind(kind: str, known: Sequence[str], what: str) -> None:
    """Refuse a name that no figure has, before any work is done.

    Raises
    ------
    ParameterError
        With those that there are.
    """
    if kind not in known:
        asked = (
            f"'{kind}' is no picture of {what}{nearest(kind, known)}"
            if kind
            else (f"--kind is missing: which picture of {what}")
        )
        raise ParameterError(f"{asked}; choose --kind from {', '.join(known)}")


def figure(found: Briefing, kind: str, *, lang: str = ENGLISH) -> Figure:
    """Return the figure of a report that has a name, with the source below it.

    Raises
    ------
    OutputError
        If the model has nothing that it could show.
    """
    told = document(found, lang=lang)
    every = {each.name: each for each in told.blocks if isinstance(each, Figure)}
    if kind not in every:
        here = "the model" if found.bands is not None else "the model, or a report without draws,"
        raise OutputError(
            f"the report on {found.case.model.name()} has no picture '{kind}', because {here} "
            f"lacks what it shows; it has {', '.join(every)}"
        )
    return dataclasses.replace(every[kind], notes=(*every[kind].notes, *_source(told)))


def _source(told: Document) -> tuple[str, ...]:
    """Where the numbers come from: in a picture on its own it stands below."""
    made = told.made
    part = f"ONLY A PART: {made['unfinished']}. " if "unfinished" in made else ""
    return (
        f"{part}{opening(made['horizon'].split(':')[0])}.",
        f"Source: negotiation {made['negotiation_version']}, model {made['model']} "
        f"{made['model_digest']}; {made['parameters']}.",
    )
