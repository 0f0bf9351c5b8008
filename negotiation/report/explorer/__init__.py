"""The explorer in a page: HTML that is complete without scripts, its script and its style.

Sentences are those of `words/en.json`; the script gets them with the numbers, so that another
language is another file beside it.
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
        Sentences with the ids of `sentences`, in place of those.
    lang : str
        The language, as browsers know it; in English where there is no file of it.
    """
    return Page(explorer, words or sentences(lang), lang).html()


def script() -> str:
    """Return the JavaScript, for one element at the end of the page."""
    return _text("explorer.js") + _text("controls.js")


def style() -> str:
    """Return the style sheet; colours are variables of the page: `--first`, `--soft` and so on."""
    return _text("explorer.css")


def sentences(lang: str = "en") -> Words:
    """Return the sentences in a language, or in English."""
    name = f"words/{lang}.json"
    found: Words = json.loads(_text(name if (_FOLDER / name).is_file() else "words/en.json"))
    return found


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


__all__ = ["Words", "fragment", "script", "sentences", "style"]
