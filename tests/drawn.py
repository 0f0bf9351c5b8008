"""How much is drawn at random: all that a test asks for in the full suite, a share otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

#: What `tests/conftest.py` has chosen before test modules are read.
_QUICK = settings().max_examples < settings.get_profile("full").max_examples


def some(number: int) -> int:
    """So many in the full suite; a fifth, but at least two, in the quick run."""
    return max(min(number, 2), number // 5) if _QUICK else number


def examples(number: int, **others: Any) -> settings:
    """Settings of hypothesis for `some` examples, in place of ``settings(max_examples=...)``."""
    return settings(max_examples=some(number), **others)


def first(number: int, cases: Iterable[Any]) -> list[Any]:
    """Cases for `pytest.mark.parametrize`: those after the first few belong to the full suite."""
    return [
        case
        if place < number
        else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.full)
        for place, case in enumerate(cases)
    ]
