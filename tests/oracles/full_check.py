"""Compare `solve` with the exact oracle on as many random games as wanted, and print a table.

python -m tests.oracles.full_check --games 10000 --sizes 2 3 4 5 6 --kinds float integer

Games come in blocks that depend on nothing but the seed, so that a run with `--state FILE` goes on
where an earlier one stopped. Where numba is installed, batches this large are solved by compiled
code; fewer games `--together` are not.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from negotiation.games import solve
from negotiation.games.game import Array
from tests.oracles.compare_sets import labelled
from tests.oracles.fast_exact import solve_all
from tests.oracles.random_games import (
    BLOCK,
    KINDS,
    MAY_BE_PARTIAL,
    Found,
    Tally,
    compare,
    compare_exactly,
    draw,
)

COLUMNS = (
    ("games", "games"),
    ("equilibria", "equilibria"),
    ("missed", "missed"),
    ("spurious", "spurious"),
    ("duplicates", "duplicates"),
    ("wrong_components", "components"),
    ("wrong_claims", "claims"),
    ("wrong_regret", "regret"),
    ("partial", "partial"),
    ("settled", "settled exactly"),
)


@dataclasses.dataclass
class Result:
    """One batch, or the sum of several: the tally, games checked in rationals, and seconds."""

    tally: Tally = dataclasses.field(default_factory=Tally)
    exactly: int = 0
    exactly_wrong: int = 0
    ours: float = 0.0
    oracle: float = 0.0

    def add(self, other: Result) -> None:
        self.tally.add(other.tally)
        self.exactly += other.exactly
        self.exactly_wrong += other.exactly_wrong
        self.ours += other.ours
        self.oracle += other.oracle


def check_games(
    kind: str, m: int, n: int, block: int, seed: int, games: int, exactly: int = 0
) -> Result:
    """Solve games from a block on as one batch and compare; of each block some in rationals too.

    Parameters
    ----------
    block : int
        First block.
    games : int
        May go over several blocks.
    exactly : int
        How many of the first games of each block are solved in rationals, too.
    """
    drawn = [draw(kind, m, n, block + k, seed) for k in range(-(-games // BLOCK))]
    given, plain = (np.concatenate(each)[:games] for each in zip(*drawn, strict=True))
    start = time.perf_counter()
    found = solve(labelled(given))
    ours = time.perf_counter() - start
    got = Found.of(found)
    start = time.perf_counter()
    truths = [list(solve_all(plain if kind == "units" else given))]
    oracle = time.perf_counter() - start
    if kind == "near_tie":
        truths += [list(solve_all(plain)), list(solve_all(noise_where_it_is_all(given, plain)))]
    where = f"{kind} {m} x {n} seed {seed} from block {block}"
    partial = kind in MAY_BE_PARTIAL
    result = Result(compare(got, given, truths, may_be_partial=partial, where=where))
    result.ours, result.oracle = ours, oracle
    part = given[np.arange(games) % BLOCK < exactly]
    if len(part):
        # Exactly as given: rounding is not undone there.
        truth = list(solve_all(part))
        wrong = compare_exactly(solve(labelled(part), exact=True), part, truth)
        result.exactly, result.exactly_wrong = len(part), len(wrong)
        result.tally.add(Tally(examples=[f"{where}, in rationals, {each}" for each in wrong]))
    return result


def noise_where_it_is_all(given: Array, plain: Array) -> Array:
    """Remove the noise, except of a player who has nothing else to go by.

    Where all payoffs of a player are the same but for noise, it is the whole range of the payoffs.
    """
    constant = np.ptp(plain, axis=(2, 3), keepdims=True) == 0.0
    return np.where(constant, given, plain)


def size(text: str) -> tuple[int, int]:
    """Read `4` as 4 x 4 and `2x5` as it says."""
    m, _, n = text.partition("x")
    return int(m), int(n or m)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", type=int, default=1000, help="of each size and kind")
    parser.add_argument("--sizes", type=size, nargs="+", default=[(k, k) for k in range(2, 7)])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--exactly", type=int, default=10, help="games of each 100 also compared in rationals"
    )
    parser.add_argument(
        "--together", type=int, default=10_000, help="games solved as one batch, a multiple of 100"
    )
    parser.add_argument("--state", type=Path, help="file to write batches to and to go on from")
    options = parser.parse_args(arguments)
    if options.together < BLOCK or options.together % BLOCK:
        parser.error(f"--together is {options.together}; expected a multiple of {BLOCK}")

    done = read_state(options.state)
    rows: list[tuple[str, str, Result]] = []
    for kind in options.kinds:
        for m, n in options.sizes:
            total = Result()
            for first in range(0, options.games, options.together):
                games = min(options.together, options.games - first)
                key = f"{kind} {m}x{n} {options.seed} {first} {games} {options.exactly}"
                if key not in done:
                    done[key] = check_games(
                        kind, m, n, first // BLOCK, options.seed, games, options.exactly
                    )
                    write_state(options.state, key, done[key])
                total.add(done[key])
                progress(f"{kind} {m} x {n}: {total.tally.games} of {options.games} games")
            rows.append((kind, f"{m} x {n}", total))
    progress("")
    print(table(rows))
    for _, _, total in rows:
        for example in total.tally.examples:
            print(example)
    return int(any(total.tally.faults or total.exactly_wrong for _, _, total in rows))


def table(rows: Sequence[tuple[str, str, Result]]) -> str:
    """Return a table with a line for each kind and size."""
    head = ["kind", "size", *(title for _, title in COLUMNS)]
    head += ["exact", "exact wrong", "ours s", "oracle s"]
    lines = [head]
    for kind, shape, result in rows:
        numbers = [str(getattr(result.tally, name)) for name, _ in COLUMNS]
        numbers += [str(result.exactly), str(result.exactly_wrong)]
        lines.append([kind, shape, *numbers, f"{result.ours:.1f}", f"{result.oracle:.1f}"])
    widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
    return "\n".join(
        "  ".join(
            word.ljust(width) if k < 2 else word.rjust(width)
            for k, (word, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def progress(text: str) -> None:
    """Show how far it is, where somebody may be looking."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text:<70}")
        sys.stderr.flush()


def read_state(path: Path | None) -> dict[str, Result]:
    """Read the batches of an earlier run."""
    if path is None or not path.exists():
        return {}
    done = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        fields = entry["result"]
        done[entry["key"]] = Result(**{**fields, "tally": Tally(**fields["tally"])})
    return done


def write_state(path: Path | None, key: str, result: Result) -> None:
    """Append a batch."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "result": dataclasses.asdict(result)}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
