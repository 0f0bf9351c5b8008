"""A run that is kept in a folder, as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from negotiation.report.document import Block, Document, Items, Paragraph
from negotiation.study.kept import KeptRun


class Kept(TypedDict):
    """What a folder holds: how far it is, and what its results depend on."""

    title: str
    complete: bool
    chunks: int
    chunks_done: int
    rows: int
    rows_done: int
    uncertified: int
    worst_residual: float
    seconds: float
    question: dict[str, str]


def _sure(bad: int) -> str:
    """How many rows may be relied on, in words."""
    if not bad:
        return "All of these rows are certified"
    return f"{bad} of these rows {'is' if bad == 1 else 'are'} not certified"


def document(run: KeptRun) -> Document:
    """Return what a folder holds as a document."""
    return Document(
        study="runs",
        tell=lambda: _blocks(run),
        note=lambda: dict(record(run)),
        made=run.about.get("made", {}),
    )


def record(run: KeptRun) -> Kept:
    """Return what a folder holds, ready for JSON."""
    done = list(run.done.values())
    known = [each.worst for each in done if each.worst == each.worst]
    return {
        "title": str(run.about["title"]),
        "complete": run.complete,
        "chunks": int(run.about["chunks"]),
        "chunks_done": len(done),
        "rows": int(run.about["rows"]),
        "rows_done": run.rows,
        "uncertified": sum(each.uncertified for each in done),
        "worst_residual": max(known, default=0.0),
        "seconds": sum(each.seconds for each in done),
        "question": dict(run.question),
    }


def _blocks(run: KeptRun) -> Iterator[Block]:
    told = record(run)
    state = "finished" if run.complete else "not finished"
    yield Paragraph(
        f"{run.path} holds a {told['title']}. It is {state}: {run.progress}. "
        f"{_sure(told['uncertified'])}; the largest residual is {told['worst_residual']:.1e}. The "
        f"work took {told['seconds']:.0f} s so far, summed "
        "over processes."
    )
    if not run.complete:
        yield Paragraph(
            "The same command with --resume goes on with it. With -o the finished rows are "
            "written, and marked as a part."
        )
    yield Items(tuple(f"{name}: {value}" for name, value in run.question.items()), "It is about")
