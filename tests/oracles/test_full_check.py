"""The comparison itself: it notices what is wrong, and a run goes on where it stopped."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from negotiation.games import solve
from negotiation.games.game import Array
from tests.oracles import full_check
from tests.oracles.compare_sets import labelled
from tests.oracles.fast_exact import Answer, solve_all
from tests.oracles.random_games import KINDS, Found, Tally, compare, differences, draw

Change = Callable[[Found], Found]


def replaced(got: Found, **fields: object) -> Found:
    return dataclasses.replace(got, **fields)  # type: ignore[arg-type]  # names are checked there


def dropped(got: Found) -> Found:
    count = got.count.copy()
    count[3] -= 1
    return replaced(got, count=count)


def repeated(got: Found) -> Found:
    count, component, regret = got.count.copy(), got.component.copy(), got.regret.copy()
    last, width = count[3] - 1, got.regret.shape[1]
    assert last + 1 < width  # room for one more
    strategies = tuple(s.copy() for s in got.strategies)
    for s in strategies:
        s[3, last + 1] = s[3, last]
    component[3, last + 1], regret[3, last + 1] = component[3, last], regret[3, last]
    count[3] += 1
    return replaced(got, count=count, component=component, regret=regret, strategies=strategies)


def moved(by: float) -> Change:
    def change(got: Found) -> Found:
        strategies = tuple(s.copy() for s in got.strategies)
        strategies[0][3, 0, 0] += by  # no longer adds up to one
        return replaced(got, strategies=strategies)

    return change


def worst(got: Found) -> Found:
    strategies = tuple(s.copy() for s in got.strategies)
    payoffs, _, _ = solved()
    strategies[0][3, 0] = np.eye(3)[(payoffs[3, 0] @ strategies[1][3, 0]).argmin()]
    return replaced(got, strategies=strategies)


def not_a_number(got: Found) -> Found:
    strategies = tuple(s.copy() for s in got.strategies)
    strategies[1][3, 0] = np.nan
    return replaced(got, strategies=strategies)


def all_connected(got: Found) -> Found:
    return replaced(got, component=np.zeros_like(got.component))


def none_connected(got: Found) -> Found:
    return replaced(got, component=np.zeros_like(got.component) + np.arange(got.regret.shape[1]))


def claims(word: str) -> Change:
    def change(got: Found) -> Found:
        return replaced(got, completeness=np.full(got.completeness.shape, word))

    return change


def regret_stated(by: float) -> Change:
    return lambda got: replaced(got, regret=got.regret + by)


def degenerate(got: Found) -> Found:
    return replaced(got, degenerate=np.ones_like(got.degenerate))


@cache
def solved() -> tuple[Array, Found, list[Answer]]:
    """Games of which number 3 has several equilibria, some connected, and others have more."""
    payoffs, _ = draw("integer", 3, 3, block=0, seed=0)
    payoffs = payoffs[:40]
    truth = list(solve_all(payoffs))
    order = sorted(range(40), key=lambda b: (len(truth[b].components), truth[b].degenerate))
    several = next(
        b for b in order if 1 < len(truth[b].components) < len(truth[b].extreme_equilibria)
    )
    payoffs[[3, several]] = payoffs[[several, 3]]
    return payoffs, Found.of(solve(labelled(payoffs))), list(solve_all(payoffs))


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (dropped, {"missed", "wrong_claims"}),
        (repeated, {"duplicates"}),
        (moved(1e-4), {"missed", "spurious", "wrong_claims", "wrong_regret"}),
        (moved(1e-8), {"missed", "spurious", "wrong_claims", "wrong_regret"}),
        (worst, {"missed", "spurious", "wrong_claims", "wrong_regret"}),
        (not_a_number, {"missed", "spurious", "wrong_claims", "wrong_regret"}),
        (all_connected, {"wrong_components"}),
        (none_connected, {"wrong_components"}),
        (claims("partial"), {"wrong_claims"}),
        (claims("empty"), {"wrong_claims"}),
        (regret_stated(1e-8), {"wrong_regret"}),
        (degenerate, {"wrong_claims"}),
    ],
)
def test_what_is_wrong_is_noticed(change: Change, wrong: set[str]) -> None:
    payoffs, got, truth = solved()
    assert not compare(got, payoffs, [truth], may_be_partial=False).faults
    tally = compare(change(got), payoffs, [truth], may_be_partial=False, where="here")
    assert {name for name, value in dataclasses.asdict(tally).items() if value} == {
        "games",
        "equilibria",
        "settled",
        "examples",
        *wrong,
    }
    assert all(each.startswith("here game ") for each in tally.examples)


def test_a_set_that_may_be_partial_must_hold_equilibria_all_the_same() -> None:
    payoffs, got, truth = solved()
    partial = claims("partial")(got)
    assert not compare(partial, payoffs, [truth], may_be_partial=True).faults
    assert not compare(dropped(partial), payoffs, [truth], may_be_partial=True).faults
    assert compare(moved(1e-4)(partial), payoffs, [truth], may_be_partial=True).wrong_regret
    assert compare(worst(partial), payoffs, [truth], may_be_partial=True).wrong_regret
    assert compare(repeated(partial), payoffs, [truth], may_be_partial=True).duplicates
    assert compare(dropped(got), payoffs, [truth], may_be_partial=True).missed
    assert compare(claims("empty")(got), payoffs, [truth], may_be_partial=True).wrong_claims


def test_a_second_truth_counts_only_where_noise_may_be_undone() -> None:
    given, plain = draw("near_tie", 3, 3, block=0)
    truths = [list(solve_all(given)), list(solve_all(plain))]
    apart = [b for b in range(len(given)) if truths[0][b] != truths[1][b]]
    assert len(apart) > 20
    got = Found.of(solve(labelled(plain)))  # complete, and of the plain game
    assert not compare(got, plain, truths, may_be_partial=True).faults
    assert compare(got, plain, truths[:1], may_be_partial=True).faults


def test_equilibria_torn_apart_by_noise_are_one() -> None:
    """Off by less than `SAME_PROFILE` is allowed where noise of that kind is undone, else not."""
    x0, y0 = (Fraction(1), Fraction(0)), (Fraction(1), Fraction(0))
    truth = next(solve_all(np.array([[[[0.0, 0.0], [1e-10, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]])))
    assert (x0, y0) not in truth.extreme_equilibria
    wanted = np.array([[float(q) for side in e for q in side] for e in truth.extreme_equilibria])
    component = np.zeros(len(wanted), dtype=np.int64)
    assert not differences(wanted, component, truth).faults
    assert differences(wanted + 1e-8, component, truth).missed
    assert not differences(wanted + 1e-8, component, truth, blur=True).faults


def test_blocks_depend_on_the_seed_and_on_nothing_else() -> None:
    for kind in KINDS:
        one, _ = draw(kind, 3, 4, block=2, seed=5)
        again, _ = draw(kind, 3, 4, block=2, seed=5)
        np.testing.assert_array_equal(one, again)
        for other in (draw(kind, 3, 4, 3, 5), draw(kind, 3, 4, 2, 6), draw(kind, 4, 3, 2, 5)):
            assert other[0].shape != one.shape or (other[0] != one).any()


def test_a_run_prints_a_table_and_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state.jsonl"
    arguments = ["--sizes", "2", "2x3", "--kinds", "float", "integer", "--state", str(state)]
    assert full_check.main([*arguments, "--games", "100", "--exactly", "0"]) == 0
    first = capsys.readouterr().out
    lines = [line.split() for line in first.splitlines()]
    assert [line[:5] for line in lines[1:]] == [
        [kind, "2", "x", n, "100"] for kind in ("float", "integer") for n in "23"
    ]
    assert len(state.read_text().splitlines()) == 4

    def refuse(*_: object) -> None:
        raise AssertionError("solved again")

    with monkeypatch.context() as patch:
        patch.setattr(full_check, "check_games", refuse)
        assert full_check.main([*arguments, "--games", "100", "--exactly", "0"]) == 0
    assert capsys.readouterr().out == first
    further = [*arguments, "--games", "250", "--exactly", "0", "--together", "100"]
    assert full_check.main(further) == 0
    assert len(state.read_text().splitlines()) == 12
    assert all(line.split()[4] == "250" for line in capsys.readouterr().out.splitlines()[1:])


def test_a_run_that_finds_something_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = full_check.Result(Tally(games=100, missed=1, examples=["float 2 x 2 game 7"]))
    monkeypatch.setattr(full_check, "check_games", lambda *_: wrong)
    assert full_check.main(["--sizes", "2", "--kinds", "float", "--games", "100"]) == 1
    assert "float 2 x 2 game 7" in capsys.readouterr().out
