"""The explorer in a page: HTML that is complete without scripts, its script and its style.

Sentences are those of `words.json`; the script gets them with the numbers, so that another
language is another dictionary.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from negotiation.report.explorer.fragment import Page
from negotiation.study.explorer import Explorer

_FOLDER = resources.files("negotiation") / "report" / "explorer"

#: Sentences by id; some have variants.
Words = Mapping[str, Any]


def fragment(explorer: Explorer, *, words: Words | None = None, lang: str = "en") -> str:
    """Return the explorer as HTML for a page that includes `script` and `style` once.

    Parameters
    ----------
    explorer : Explorer
    words : mapping, optional
        Sentences in another language, with the ids of `english`.
    lang : str
        That language, as browsers know it.
    """
    return Page(explorer, words or english(), lang).html()


def script() -> str:
    """Return the JavaScript, for one element at the end of the page."""
    return _text("explorer.js") + _text("controls.js")


def style() -> str:
    """Return the style sheet; colours are variables of the page: `--first`, `--soft` and so on."""
    return _text("explorer.css")


def english() -> Words:
    """Return the sentences in English."""
    found: Words = json.loads(_text("words.json"))
    return found


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


__all__ = ["Words", "english", "fragment", "script", "style"]
