"""What changes along the lines of a sweep, and, in one sentence, what does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from negotiation.regimes import Event, EventNature
from negotiation.report.document import Block, Items, Number, Paragraph, Table
from negotiation.report.events import sentence, short
from negotiation.words import amount

#: Most changes along one line that are told in sentences; beyond, and for several lines, a table.
_SENTENCES = 8

#: Most rows of that table.
_ROWS = 40


def along(events: Sequence[Event], *, details: bool) -> Iterator[Block]:
    """What changes along the way, what does not, and what lies further out."""
    changes = [event for event in events if event.within]
    others = [event for event in events if not event.within]
    notes = [sentence(event) for event in others if event.nature is EventNature.UNFOLLOWED]
    still = [event for event in others if event.nature is not EventNature.UNFOLLOWED]
    head = "What changes along the way:" if changes else "Nothing changes along the way."
    if details or not (len(changes) > _SENTENCES or any(event.place for event in changes)):
        yield Items((*(sentence(event) for event in changes), *notes), head)
    else:
        yield _change_table(changes[:_ROWS], head)
        if changes[_ROWS:]:
            notes.append(
                f"{len(changes) - _ROWS} more changes are shown with --details, and are in the "
                "JSON output."
            )
        if notes:
            yield Items(tuple(notes))
    if details and still:
        yield Items(tuple(sentence(event) for event in still), "What does not change:")
    elif still:
        yield Paragraph(_unchanged(still))


def _unchanged(still: Sequence[Event]) -> str:
    """Name in one sentence what does not change; how often, where there are several lines."""
    count: dict[str, int] = {}
    for event in still:
        count[event.kind] = count.get(event.kind, 0) + 1
    lines = len({event.place for event in still})
    told = ", ".join(f"{kind} ({n})" if lines > 1 else kind for kind, n in count.items())
    where = " (with the number of lines)" if lines > 1 else ""
    # The values do change: what does not change is the equilibrium or the sign of a number.
    return f"No change of regime comes from{where}: {told} (see --details)."


def _change_table(changes: Sequence[Event], title: str) -> Table:
    """One row a change, in the order of the lines: where it is and what holds on either side."""
    names = [name for name, _ in changes[0].place]
    return Table.of(
        [*names, changes[0].parameter, "what", "below", "above"],
        [
            [
                *(value for _, value in event.place),
                Number(
                    event.value,
                    " to ".join(str(each) for each in event.between) or amount(event.value),
                ),
                event.kind,
                *short(event),
            ]
            for event in changes
        ],
        title,
    )
