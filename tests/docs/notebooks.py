"""The notebooks of `examples/`, made from scripts whose cells begin with ``# %%``.

A notebook is kept without outputs, so that a change of a number changes no notebook.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT

EXAMPLES = ROOT / "examples"
SCRIPTS = tuple(sorted(EXAMPLES.glob("*.py")))

_MARK = "# %%"
_TEXT = "# %% [markdown]"


def cells(script: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every cell of a script."""
    kind, lines = "", list[str]()
    for line in [*script.splitlines(), _MARK]:
        if line.startswith(_MARK):
            if kind:
                yield kind, "\n".join(lines).strip("\n")
            kind, lines = ("markdown" if line == _TEXT else "code"), []
        elif kind == "markdown":
            lines.append(line.removeprefix("#").removeprefix(" "))
        else:
            lines.append(line)


def notebook(script: str) -> str:
    """Return the notebook of a script, in format 4.5 and without outputs."""
    made: list[dict[str, Any]] = []
    for number, (kind, text) in enumerate(cells(script), 1):
        cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}}
        cell["source"] = text.splitlines(keepends=True)
        made.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def made() -> Iterator[tuple[Path, bytes]]:
    """Every notebook, and what it should hold."""
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        yield path.with_suffix(".ipynb"), notebook(text).encode()
