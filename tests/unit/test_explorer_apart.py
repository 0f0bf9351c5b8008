"""The table of an explorer from another process: the same table, and none where it is no use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negotiation.case import Case
from negotiation.study import explorer_apart
from negotiation.study.explorer import explorer
from negotiation.study.explorer_apart import tabulated_meanwhile

CASE = Case("tariff_standoff", {"damage": 9.0})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEGOTIATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(explorer_apart, "processors", lambda: 2)
    return tmp_path / "cache"


@pytest.mark.full
def test_the_table_is_the_same(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer_apart, "_SLOW", 10**9)
    with tabulated_meanwhile(CASE):
        pass
    assert len(list(cache.glob("explorer-*.npz"))) == 1
    apart, here = explorer(CASE), explorer(CASE, cache=False)
    np.testing.assert_array_equal(apart.payoffs({}), here.payoffs({}))


def test_no_process_is_started_where_it_is_no_use(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is quick; there is one processor; or the cache is off."""

    def never(job: object) -> None:
        raise AssertionError(job)

    monkeypatch.setattr(explorer_apart, "_work", never)
    with tabulated_meanwhile(CASE):
        pass
    monkeypatch.setattr(explorer_apart, "_SLOW", 10**9)
    monkeypatch.setattr(explorer_apart, "processors", lambda: 1)
    with tabulated_meanwhile(CASE):
        pass
    monkeypatch.setattr(explorer_apart, "processors", lambda: 2)
    monkeypatch.setenv("NEGOTIATION_CACHE", "off")
    with tabulated_meanwhile(CASE):
        pass
    assert not cache.exists()
