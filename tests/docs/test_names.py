"""T2: names of the code that the pages use are names of the code."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from negotiation import tolerances
from tests.docs.pages import PAGES, ROOT, name_of, spans

PACKAGE = ROOT / "negotiation"
IDS = [name_of(page) for page in PAGES]


@cache
def classes() -> dict[str, list[Any]]:
    """Every class of the package by its name; several rooms may have one of the same name."""
    found: dict[str, list[Any]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] in ("__main__", "__init__") or "shipped_models" in parts:
            continue
        module = import_module(".".join(parts))
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                found.setdefault(value.__name__, []).append(value)
    return found


def parts_of(kind: Any) -> set[str]:
    """Attributes and methods of a class, with the fields that only instances have."""
    names = set(dir(kind))
    if dataclasses.is_dataclass(kind):
        names |= {field.name for field in dataclasses.fields(kind)}
    return names | set(getattr(kind, "__annotations__", ()))


def attributes(page: Path) -> Iterator[tuple[str, str, str]]:
    for span in spans(page):
        for found in re.finditer(r"(?<![\w.])([A-Z]\w+)\.([a-z]\w*)", span.text):
            if found[2] not in ("md", "py", "csv"):
                yield span.where, found[1], found[2]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_attributes_that_are_named_exist(page: Path) -> None:
    wrong = [
        f"{where}: {kind}.{name}"
        for where, kind, name in attributes(page)
        if kind in classes() and not any(name in parts_of(each) for each in classes()[kind])
    ]
    assert not wrong, "\n".join(wrong)


def test_tolerances_that_are_named_exist() -> None:
    page = ROOT / "docs" / "numerics.md"
    named = {span.text for span in spans(page) if re.fullmatch(r"[A-Z]{2,}(_[A-Z]+)*", span.text)}
    foreign = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}
    assert len(named) > 10
    assert {name for name in named - foreign if not hasattr(tolerances, name)} == set()


def test_sentences_of_status_are_those_of_the_code() -> None:
    """The table of status words, against the enums' values."""
    text = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[\w.]+`)? ?\| ([A-Z_, ]+) \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) > 15
    kind = ""
    for where, words, sentence in rows:
        kind = where.strip("`").rpartition(".")[2] or kind
        members = [
            each[word].value
            for each in classes()[kind]
            if issubclass(each, enum.Enum)
            for word in words.split(", ")
            if word in each.__members__
        ]
        assert members, f"{kind} has no {words}"
        pattern = re.escape(sentence).replace("NAME", ".+")
        assert any(re.fullmatch(pattern, str(value)) for value in members), (sentence, members)
