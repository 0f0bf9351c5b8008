"""The certificate: it holds here, and an engine that answers wrongly is caught."""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation.compile import compiled
from negotiation.report import verify as report
from negotiation.report.text import render
from negotiation.study.verify import Engine, KnownAnswer, Verification, answers, verify
from negotiation.study.verify.answers import _solved
from tests.docs.commands import do
from tests.validation import shipped_answers

QUICK = ("games", "bargaining")


def module(engine: str) -> Any:
    return importlib.import_module(f"negotiation.study.verify.{engine}")


def solved(engine: str, name: str) -> list[KnownAnswer]:
    return list(_solved(Engine(engine), name, module(engine).PROBLEMS[name]))


EVERY = [(engine.value, name) for engine in Engine for name in module(engine.value).PROBLEMS]


@pytest.mark.parametrize(
    ("engine", "name"),
    [pytest.param(*each, marks=() if each[0] in QUICK else pytest.mark.full) for each in EVERY],
)
def test_every_problem_is_solved_as_known(engine: str, name: str) -> None:
    found = solved(engine, name)
    assert found
    assert all(each.holds for each in found), found
    assert report._PROBLEMS[name].about
    assert report._PROBLEMS[name].source


def test_every_problem_has_words_and_a_key_of_its_own() -> None:
    names = [name for _, name in EVERY]
    assert len(names) == len(set(names))
    assert set(names) == set(report._PROBLEMS)
    assert answers.data.cache_info().currsize == 1
    assert shipped_answers.PLACE.stat().st_size < 100_000


@pytest.mark.full
def test_what_is_kept_of_the_shipped_models_is_what_they_give() -> None:
    remedy = "run python -m tests.validation.shipped_answers"
    kept = shipped_answers.kept()["models"]
    for name, numbers in shipped_answers.made().items():
        assert kept[name] == pytest.approx(numbers, rel=1e-9), remedy


def _broken(module_: Any, name: str, monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    right = getattr(module_, name)
    monkeypatch.setattr(module_, name, lambda *a, **k: change(right(*a, **k)))


def test_a_game_solver_that_loses_an_equilibrium_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Fewer:
        def __init__(self, found: Any) -> None:
            self.count = int(found.count) - 1
            self.at = lambda: found.at()[1:]

    _broken(module("games"), "solve", monkeypatch, Fewer)
    wrong = [each for each in solved("games", "von_stengel") if not each.holds]
    assert next((each.quantity, each.expected, each.found) for each in wrong) == (
        "equilibria", 3.0, 2.0,
    )  # fmt: skip


def test_a_bargain_that_is_off_in_the_eighth_digit_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def off(found: Any) -> Any:
        return dataclasses.replace(found, payoffs=np.asarray(found.payoffs) + 1e-8)

    _broken(module("bargaining"), "bargain", monkeypatch, off)
    (found,) = solved("bargaining", "money")
    assert not found.holds
    assert found.difference == pytest.approx(1e-8, rel=1e-3)


def test_a_trade_solver_that_is_off_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def off(found: Any) -> Any:
        return type("Off", (), {"welfare": np.asarray(found.welfare) * (1.0 + 1e-7)})

    _broken(module("trade"), "counterfactual", monkeypatch, off)
    assert not all(each.holds for each in solved("trade", "cheaper_trade"))


def test_an_engine_that_fails_or_gives_nothing_is_a_wrong_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*given: Any, **more: Any) -> Any:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(module("bargaining"), "alternating", fails)
    (found,) = solved("bargaining", "rubinstein")
    assert not found.holds
    assert "by nothing" in found.failure

    def missing() -> Iterator[Any]:
        yield "number", [1.0, 2.0], [1.0, np.nan], 1.0
        yield "shape", [1.0, 2.0], [1.0], 1.0

    assert not any(each.holds for each in _solved(Engine.GAMES, "money", missing))


def _verification(*found: KnownAnswer, left_out: tuple[str, ...] = ()) -> Verification:
    return Verification(
        found, left_out, {"python": "3", "negotiation": "1", "numba": ""}, "os", "now", 1
    )


RIGHT = KnownAnswer(Engine.BARGAINING, "money", "payoffs", 4.4, 4.4, 1e-9, 2)


def test_the_sentence_of_the_certificate_says_what_is_wrong() -> None:
    whole = render(report.document(_verification(RIGHT, left_out=("ishigami",))))
    assert "All 1 known problems were solved as known: 2 numbers agree." in whole
    assert "Left out, for a library that is not installed: shares of variance" in whole
    assert "numba not installed" in whole
    wrong = dataclasses.replace(RIGHT, found=4.5)
    failed = KnownAnswer(Engine.TRADE, "best_tariff", "solved", 1, np.nan, 0, failure="no end")
    told = render(report.document(_verification(RIGHT, wrong, failed)))
    assert "2 of 2 known problems were not solved as known. Do not rely" in told
    assert "NO" in told
    assert "no end" in told


@pytest.mark.parametrize("holds", [True, False])
def test_the_exit_code_says_whether_it_holds(
    holds: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import negotiation.study.verify as study

    one = RIGHT if holds else dataclasses.replace(RIGHT, found=np.nan)
    monkeypatch.setattr(study, "verify", lambda progress: _verification(one))
    done = do(["verify", "-o", str(tmp_path / "certificate.json")])
    assert done.code == (0 if holds else 1)
    assert ("warning" in done.err) is not holds
    record = json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))
    assert record["holds"] is holds
    assert record["answers"][0]["found"] == (4.4 if holds else None)
    assert do(["verify", "-o", str(tmp_path / "certificate.pdf")]).code == 2


@pytest.mark.full
def test_all_of_it_holds_here_and_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    found = verify(lambda done, of: seen.append((done, of)))
    assert found.holds, found.wrong
    assert seen[-1] == (len(EVERY), len(EVERY))
    assert {each.engine for each in found.answers} == set(Engine)
    compiled.cache_clear()
    monkeypatch.setitem(sys.modules, "numba", None)
    assert verify().holds
