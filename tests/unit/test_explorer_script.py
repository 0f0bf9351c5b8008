"""The explorer's JavaScript solves games and bargains as Python does."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import negotiation
from negotiation.bargaining import AgreementSet, Talks, bargain
from negotiation.games import select, solve
from negotiation.games.game import Game

SCRIPT = Path(negotiation.__file__).parent / "report" / "explorer" / "explorer.js"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="there is no node here to run the script with"),
    pytest.mark.full,
]

RULES = ("pareto", "welfare", "scaled_welfare", "egalitarian", "risk_dominant", "best_for_1")

#: Reads games, rules and bargains, and says what the script makes of them.
ASK = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const X = NegotiationExplorer;
process.stdout.write(JSON.stringify({
  games: asked.games.map(([A, B]) => {
    const E = X.equilibria(A, B);
    return {
      found: E.map((e) => [...e.x, ...e.y, ...e.payoffs]),
      chosen: asked.rules.map((rule) => X.choose(E, A, B, rule)),
    };
  }),
  deals: asked.deals.map((each) => X.deal(...each)),
}));
"""


def ask(question: dict[str, Any], code: str = ASK) -> Any:
    assert NODE is not None
    whole = SCRIPT.read_text(encoding="utf-8") + code
    done = subprocess.run(
        [NODE, "-e", whole],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def games() -> Iterator[NDArray[np.float64]]:
    """Games of up to 6 x 6: in general position, without pure equilibria, and with ties."""
    rng = np.random.default_rng(5)
    for k in range(300):
        m, n = rng.integers(1, 5, 2)
        yield rng.normal(size=(2, m, n)) * 10.0 ** rng.integers(-2, 5)
        yield rng.integers(0, (3, 6, 2)[k % 3], (2, m, n)).astype(float)
    for size in (5, 6):
        yield rng.normal(size=(2, size, size))
        yield rng.normal(size=(2, size, 3))
    for size in (2, 3, 4):
        cycle = np.eye(size)
        yield np.stack([cycle, -cycle])
        yield np.stack([cycle, cycle])
        yield np.stack([1.0 - cycle, 1.0 - cycle[::-1]])
        yield np.zeros((2, size, size))


def rows(found: Any) -> NDArray[np.float64]:
    """Equilibria in one order."""
    table = np.array(found, dtype=float)
    return table[np.lexsort(np.round(table[:, ::-1], 7).T)]


def test_equilibria_and_choices_are_those_of_python() -> None:
    every = list(games())
    rules = [rule.replace("best_for_1", "best_for_two") for rule in RULES]
    answer = ask({"games": [each.tolist() for each in every], "rules": list(RULES), "deals": []})
    mixed = tied = 0
    for payoffs, told in zip(every, answer["games"], strict=True):
        _, m, n = payoffs.shape
        game = Game(
            ("one", "two"),
            (tuple(f"a{i}" for i in range(m)), tuple(f"b{j}" for j in range(n))),
            payoffs,
        )
        known = solve(game)
        here = np.hstack([*known.listing.strategies, known.listing.payoffs])
        scale = max(1.0, np.abs(payoffs).max())
        assert len(here) == len(told["found"]), payoffs
        assert np.abs(rows(here) - rows(told["found"])).max() < 1e-9 * scale
        mixed += not ((here[:, : m + n] == 1.0) | (here[:, : m + n] == 0.0)).all(axis=1).any()
        tied += len(here) % 2 == 0
        for rule, place in zip(rules, told["chosen"], strict=True):
            chosen = select(known, rule)
            mine = np.array(told["found"][place])
            assert np.abs(mine[m + n :] - chosen.payoffs).max() < 1e-9 * scale
            assert np.abs(mine[: m + n] - np.hstack(chosen.strategies)).max() < 1e-9
    assert mixed > 10
    assert tied > 50


def test_deals_are_those_of_python() -> None:
    rng = np.random.default_rng(2)
    threats, quo, shared = rng.normal(size=(3, 200, 2)) * 1000.0
    power = rng.uniform(0.1, 0.9, 200)
    threats[:3] = shared[:3] + np.array([[0.0, 0.0], [1e-7, -1e-7], [5.0, 5.0]])
    deals = list(zip(threats.tolist(), quo.tolist(), shared.tolist(), power.tolist(), strict=True))
    answer = ask({"games": [], "rules": [], "deals": deals})["deals"]
    found = np.array([[np.nan if each is None else each for each in deal] for deal in answer])
    for k in range(200):
        total = float(shared[k].sum())
        offset = shared[k] - total / 2.0
        pieces = AgreementSet.money(total)
        talks = Talks(("one", "two"), quo[k], pieces, power[k])
        want = bargain(talks, threats[k]).concession
        assert np.isfinite(offset).all()
        assert np.allclose(found[k], want, rtol=0.0, atol=1e-9, equal_nan=True)
