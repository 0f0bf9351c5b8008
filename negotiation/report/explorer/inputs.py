"""Controls of the explorer as HTML: the script finds them by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from negotiation.words import opening, printable

#: What ids of the fragment begin with.
IDS = "explore"


def plain(text: str) -> str:
    """Escape a text for HTML: what would act as markup, or on a terminal, is shown."""
    return escape(printable(text), quote=True)


def select(key: str, kind: str, label: str, options: list[tuple[str, str]], now: str) -> str:
    """One of several words."""
    told = "".join(
        f'<option value="{plain(value)}"{" selected" if value == now else ""}>'
        f"{plain(opening(words))}</option>"
        for value, words in options
    )
    name = f"{IDS}-{plain(key)}"
    return (
        f'<div class="x-control"><label for="{name}">{plain(opening(label))}</label>'
        f'<select id="{name}" data-kind="{kind}" data-key="{plain(key)}">{told}</select>'
        f'<p class="note x-why" id="{name}-why" hidden></p></div>'
    )


def slider(each: Mapping[str, Any], kind: str) -> str:
    """A number between two ends."""
    name = f"{IDS}-{plain(each['key'])}"
    scale = each["scale"]
    low, high, start = (f"{round(each[end] * scale, 9):g}" for end in ("low", "high", "start"))
    return (
        f'<div class="x-control"><label for="{name}">{plain(opening(each["label"]))} '
        f'<span class="x-value" id="{name}-value"></span></label>'
        f'<input type="range" id="{name}" data-kind="{kind}" data-key="{plain(each["key"])}" '
        f'min="{low}" max="{high}" step="{each["step"]:g}" value="{start}" '
        f'aria-describedby="{name}-why">'
        f'<p class="note x-why" id="{name}-why" hidden></p></div>'
    )


def folded(about: str, inner: str) -> str:
    """Controls that few want, folded away."""
    return (
        f'<details class="x-more"><summary>{plain(opening(about))}</summary>'
        f'<div class="x-grid">{inner}</div></details>'
    )


__all__ = ["IDS", "folded", "plain", "select", "slider"]
