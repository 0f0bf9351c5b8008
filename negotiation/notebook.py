"""Tables for notebooks, in HTML; whatever comes from a user stands there as text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from html import escape
from itertools import product
from typing import Any

from negotiation.words import printable


def cell(text: object) -> str:
    """Return a text so that it shows as it is and means nothing to a browser."""
    return escape(printable(str(text)))


def html_table(
    headers: Sequence[object], rows: Sequence[Sequence[object]], caption: str = ""
) -> str:
    """Return a table; every head and cell is escaped."""
    parts = ["<table>"]
    if caption:
        parts.append(f"<caption>{cell(caption)}</caption>")
    parts.append(f"<thead><tr>{''.join(f'<th>{cell(each)}</th>' for each in headers)}</tr></thead>")
    parts.append("<tbody>")
    parts += [f"<tr>{''.join(f'<td>{cell(each)}</td>' for each in row)}</tr>" for row in rows]
    parts.append("</tbody></table>")
    return "".join(parts)


#: Most payoffs that are shown of a game, and most players.
_MOST_PAYOFFS, _MOST_PLAYERS = 600, 3


def payoff_table(players: Sequence[str], actions: Sequence[Sequence[str]], payoffs: Any) -> str:
    """Return the payoffs of one game: a grid for two players; empty where there are too many."""
    if payoffs.size > _MOST_PAYOFFS or len(players) > _MOST_PLAYERS:
        return ""

    def paid(profile: tuple[int, ...]) -> list[str]:
        return [_shown(payoffs[(p, *profile)]) for p in range(len(players))]

    if len(players) == 2:
        rows = [
            [action, *(", ".join(paid((i, j))) for j in range(len(actions[1])))]
            for i, action in enumerate(actions[0])
        ]
        caption = f"payoffs of {players[0]} (rows) and {players[1]} (columns)"
        return html_table(["", *actions[1]], rows, caption)
    rows = [
        [*(own[k] for own, k in zip(actions, profile, strict=True)), *paid(profile)]
        for profile in product(*(range(len(own)) for own in actions))
    ]
    return html_table([*players, *(f"payoff of {player}" for player in players)], rows)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, Fraction) else f"{float(value):.6g}"
