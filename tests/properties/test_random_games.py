"""Many random games, solved as batches, against the exact oracle: nothing missed, nothing wrong.

`NEGOTIATION_RANDOM_GAMES` sets the number of games of every size and kind (10000 for a full check;
`python -m tests.oracles.full_check` does the same with a table), `NEGOTIATION_RANDOM_SEED` another
seed.
"""

from __future__ import annotations

import os

import pytest

from tests.drawn import first, some
from tests.oracles.full_check import Result, check_games
from tests.oracles.random_games import KINDS, MAY_BE_PARTIAL

#: Games of each size by default, in the full suite.
GAMES = {
    (2, 2): 300,
    (2, 5): 100,
    (3, 3): 200,
    (3, 6): 60,
    (4, 4): 100,
    (5, 5): 60,
    (6, 6): 40,
}
SEED = int(os.environ.get("NEGOTIATION_RANDOM_SEED", "0"))


def check(kind: str, m: int, n: int) -> Result:
    games = int(os.environ.get("NEGOTIATION_RANDOM_GAMES", max(20, some(GAMES[m, n]))))
    total = check_games(kind, m, n, 0, SEED, games, exactly=20)
    assert total.tally.games == games
    assert total.exactly >= games // 5
    return total


@pytest.mark.parametrize(("m", "n"), first(5, GAMES))
@pytest.mark.parametrize("kind", KINDS)
def test_random_games(kind: str, m: int, n: int) -> None:
    total = check(kind, m, n)
    examples = "\n".join(total.tally.examples)
    assert not total.tally.faults, examples
    assert not total.exactly_wrong, examples
    assert total.tally.equilibria >= total.tally.games  # Nash
    if kind in MAY_BE_PARTIAL:
        # Most are as good as decided: what is told apart by 1e-6, or by no more than rounding.
        assert total.tally.partial < total.tally.games / 2
    else:
        assert not total.tally.partial
    if kind in ("float", "wide"):
        # Differences below `TIE` (1e-9) by chance: next to none.
        assert total.tally.settled <= 1 + total.tally.games / 100
