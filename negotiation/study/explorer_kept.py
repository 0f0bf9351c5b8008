"""Tables of explorers on the disk: found again by what they depend on, left out where broken."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case
from negotiation.errors import ParameterError
from negotiation.prior import read_prior
from negotiation.provenance import provenance

if TYPE_CHECKING:
    from negotiation.study.explorer_table import Explored

#: The variable that names the folder; empty or `off`: nothing is kept.
FOLDER = "NEGOTIATION_CACHE"

#: Tables that are kept at most; the oldest go first.
_MOST = 40


def folder() -> Path | None:
    """Where tables are kept; None where they are not."""
    told = os.environ.get(FOLDER)
    if told is not None:
        return None if told.strip().lower() in ("", "off") else Path(told)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "negotiation"


def code() -> str:
    """Return a hash that changes when the package is changed, by the dates of its files."""
    package = Path(__file__).parents[1]
    total = hashlib.sha256()
    for room in ("trade", "games", "model", "study"):
        for file in sorted((package / room).rglob("*.py")):
            found = file.stat()
            total.update(f"{file.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return total.hexdigest()


def key(case: Case, axes: Sequence[Explored], draws: int) -> str:
    """Return the name of what depends on all this; empty where it cannot be told apart.

    A model that is no file has no digest, and neither have priors that are functions. What a
    model reads of other files is told by its payoffs, at the case and amid the axes.
    """
    told = dict(provenance(case))
    if len(told["model_digest"]) != 16 or "not from a file" in told.get("extensions", ""):
        return ""
    if not all(_readable(name, each.text) for name, each in case.priors.items()):
        return ""
    moved = [(each.name, each.low, each.high, each.start) for each in axes]
    model = case.model
    amid = {each.name: 0.5 * (each.low + each.high) for each in axes}
    asked = [
        *(told[name] for name in ("negotiation_version", "model_digest", "parameters")),
        told.get("extensions", ""),
        model.name(),
        case.threat,
        model.default_threat,
        case.design,
        case.seed,
        sorted(case.fixed),
        [(name, each.text) for name, each in case.uncertain().items()],
        draws,
        moved,
        [each.game().payoffs.tolist() for each in (model, model.at_values(amid))],
        code(),
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]


def _readable(name: str, text: str) -> bool:
    """Whether the text of a prior says all of it: one that a user made of a function may not."""
    try:
        return read_prior(text, name).text == text
    except ParameterError:
        return False


def read(name: str) -> Mapping[str, NDArray[Any]] | None:
    """Return the arrays of that name; None where there are none, or they are broken."""
    where = folder()
    if where is None:
        return None
    try:
        whole = (where / f"explorer-{name}.npz").read_bytes()
        digest, content = whole[:32], whole[32:]
        if hashlib.sha256(content).digest() != digest:
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            return {each: found[each] for each in found.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def write(name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep arrays under a name: whole or not at all; a place that takes none is no error."""
    where = folder()
    if where is None:
        return
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    whole = content.getvalue()
    with suppress(OSError):
        where.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=where, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(whole).digest() + whole)
            Path(made).replace(where / f"explorer-{name}.npz")
        finally:
            Path(made).unlink(missing_ok=True)
        kept = sorted(where.glob("explorer-*.npz"), key=lambda each: each.stat().st_mtime)
        for each in kept[:-_MOST]:
            each.unlink(missing_ok=True)
