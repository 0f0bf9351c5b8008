"""What changes along the lines of a sweep, and, in one sentence, what does not."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill, wrap

from negotiation.regimes import Event, EventNature
from negotiation.report.events import sentence, short
from negotiation.report.tables import cell, markdown_table, split_name, text_table
from negotiation.words import amount

_WIDTH = 80

#: Most changes along one line that are told in sentences; beyond, and for several lines, a table.
_SENTENCES = 8

#: Most rows of that table.
_ROWS = 40


def along(events: Sequence[Event], *, markdown: bool, details: bool) -> list[str]:
    """What changes along the way, what does not, and what lies further out."""
    bullet = "- " if markdown else "* "

    def told(sentences: Sequence[str]) -> list[str]:
        return [
            line
            for each in sentences
            for line in wrap(each, _WIDTH, initial_indent=bullet, subsequent_indent="  ")
        ]

    changes = [event for event in events if event.within]
    others = [event for event in events if not event.within]
    notes = [sentence(event) for event in others if event.nature is EventNature.UNFOLLOWED]
    still = [event for event in others if event.nature is not EventNature.UNFOLLOWED]
    lines: list[str] = []
    if changes:
        lines.append("What changes along the way:")
        many = len(changes) > _SENTENCES or any(event.place for event in changes)
        if many and not details:
            lines += ["", *_change_table(changes[:_ROWS], markdown), ""]
            if changes[_ROWS:]:
                notes.append(
                    f"{len(changes) - _ROWS} more changes are shown with --details, and are in the "
                    "JSON output."
                )
        else:
            lines += told([sentence(event) for event in changes])
    else:
        lines.append("Nothing changes along the way.")
    lines += told(notes)
    if details and still:
        lines += ["What does not change:", *told([sentence(event) for event in still])]
    elif still:
        lines += wrap(_unchanged(still), _WIDTH)
    return lines


def _unchanged(still: Sequence[Event]) -> str:
    """Name in one sentence what does not change; how often, where there are several lines."""
    count: dict[str, int] = {}
    for event in still:
        count[event.kind] = count.get(event.kind, 0) + 1
    lines = len({event.place for event in still})
    told = ", ".join(f"{kind} ({n})" if lines > 1 else kind for kind, n in count.items())
    where = " (of how many lines)" if lines > 1 else ""
    return f"Unchanged{where}: {told} (see --details)."


def _change_table(changes: Sequence[Event], markdown: bool) -> list[str]:
    """One row a change, in the order of the lines: where it is and what holds on either side."""
    along = changes[0].parameter
    names = [name for name, _ in changes[0].place]
    heads = [*(split_name(name) for name in names), split_name(along), "what", "below", "above"]
    room = max(12, (_WIDTH - 12 - sum(max(12, len(name)) for name in [*names, along])) // 3)

    def folded(text: str) -> str:
        return text if markdown else fill(text.replace("/", "/ "), room).replace("/ ", "/")

    rows = [
        [
            *(cell(value) for _, value in event.place),
            " to ".join(str(each) for each in event.between) or amount(event.value),
            folded(event.kind),
            *map(folded, short(event)),
        ]
        for event in changes
    ]
    table = markdown_table if markdown else text_table
    return table(heads, rows).split("\n")
