"""Random games and what to hold a solver's answer to: drawn in blocks, compared in bulk.

A block of games depends only on the seed, the kind, the size and its own number, so a comparison
can stop, go on, or repeat any part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation.games import EquilibriumSet
from negotiation.games.game import Array
from negotiation.tolerances import REGRET, SAME_PROFILE
from tests.oracles import exact_equilibria
from tests.oracles.compare_sets import PROBABILITY, assert_nash_subsets
from tests.oracles.fast_exact import Answer

#: Games in a block.
BLOCK = 100

#: float: uniform on [0, 1), no ties. integer: whole numbers 0 to 3 and 0 to 9 in turns, full of
#: ties. structured: whole numbers again, the `FORMS` in turns. units: the same whole numbers as
#: floats in other units, so that ties hold up to rounding only. near_tie: whole numbers 0 to 3, of
#: which a few cells are off by `NOISE`. wide: of every size from 1e-6 to 1, so that mixtures are
#: lopsided and differences small, but not below `TIE`, or by chance only.
KINDS = ("float", "integer", "structured", "units", "near_tie", "wide")

#: Kinds in which a set may claim no more than `partial`: some comparisons are too close to call.
MAY_BE_PARTIAL = ("near_tie", "wide")

#: What structured games are made of; each has its own way to be degenerate.
FORMS = (
    "zero sum",
    "duplicate actions",
    "few ones",
    "coordination",
    "same payoffs",
    "dominated",
    "high stakes",
)

#: Sizes of the noise of near-tie games, in turns: rounding errors, the accuracy of payoffs that a
#: model computes, and differences that are meant.
NOISE = (1e-15, 1e-13, 1e-10, 1e-8, 1e-6)


def draw(kind: str, m: int, n: int, block: int, seed: int = 0) -> tuple[Array, Array]:
    """Draw a block of games.

    Returns
    -------
    (BLOCK, 2, m, n) array of payoffs, and the same in whole numbers without noise
        The same array twice where nothing was done to them.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind), m, n, block])
    shape = (BLOCK, 2, m, n)
    if kind == "float":
        payoffs = rng.random(shape)
        return payoffs, payoffs
    if kind == "wide":
        payoffs = 10.0 ** rng.uniform(-6, 0, shape)
        return payoffs, payoffs
    odd = np.arange(BLOCK) % 2 == 1
    if kind == "integer":
        high = np.where(odd, 10, 4)[:, None, None, None]
        payoffs = rng.integers(0, high, shape).astype(float)
        return payoffs, payoffs
    if kind in ("structured", "units"):
        payoffs = np.stack([structured(FORMS[b % len(FORMS)], m, n, rng) for b in range(BLOCK)])
        if kind == "structured":
            return payoffs, payoffs
        factor = 10.0 ** rng.uniform(-9, 9, (BLOCK, 2, 1, 1))
        span = np.ptp(payoffs, axis=(2, 3), keepdims=True)
        shift = 10.0 ** rng.uniform(-2, 3, span.shape) * rng.choice([-1, 1], span.shape) * span
        return payoffs * factor + shift * factor, payoffs
    assert kind == "near_tie"
    plain = rng.integers(0, 4, shape).astype(float)
    size = np.array(NOISE)[np.arange(BLOCK) % len(NOISE)][:, None, None, None]
    cells = rng.random(shape) < 3.0 / (2 * m * n)
    return plain + np.where(cells, rng.uniform(-1, 1, shape) * size, 0.0), plain


def structured(form: str, m: int, n: int, rng: np.random.Generator) -> Array:
    """Draw one game of a form: (2, m, n) whole numbers."""
    payoffs = rng.integers(0, 5, (2, m, n)).astype(float)
    if form == "zero sum":
        payoffs[1] = -payoffs[0]
    elif form == "duplicate actions":
        payoffs[:, rng.integers(m)] = payoffs[:, rng.integers(m)]
        payoffs[:, :, rng.integers(n)] = payoffs[:, :, rng.integers(n)]
    elif form == "high stakes":  # probabilities of a thousandth and less
        payoffs *= np.where(rng.random((2, m, n)) < 0.4, 500.0, 1.0)
        payoffs[:, rng.integers(m)] = payoffs[:, rng.integers(m)]
    elif form == "few ones":
        payoffs = (rng.random((2, m, n)) < 0.3).astype(float)
    elif form == "coordination":
        short = min(m, n)
        place = (rng.permutation(m)[:short], rng.permutation(n)[:short])
        payoffs[:] = 0.0
        payoffs[:, place[0], place[1]] = rng.integers(1, 4, (2, short))
    elif form == "same payoffs":
        payoffs[1] = payoffs[0]
    elif form == "dominated":
        worse, better = rng.choice(m, 2, replace=False) if m > 1 else (0, 0)
        payoffs[0, worse] = payoffs[0, better] - 1.0 * (m > 1)
        worse, better = rng.choice(n, 2, replace=False) if n > 1 else (0, 0)
        payoffs[1, :, worse] = payoffs[1, :, better] - rng.integers(0, 2, m) * (n > 1)
    return payoffs


@dataclasses.dataclass(frozen=True)
class Found:
    """What a solver says of G games, K places each.

    Attributes
    ----------
    strategies : (G, K, m) and (G, K, n) arrays
    regret, component, proposed_by : (G, K) arrays
    count, completeness, degenerate : (G,) arrays
    """

    strategies: tuple[Array, ...]
    regret: Array
    component: NDArray[np.int64]
    proposed_by: NDArray[np.str_]
    count: NDArray[np.int64]
    completeness: NDArray[np.str_]
    degenerate: NDArray[np.bool_]

    @classmethod
    def of(cls, got: EquilibriumSet) -> Found:
        return cls(**{field.name: getattr(got, field.name) for field in dataclasses.fields(cls)})


@dataclasses.dataclass
class Tally:
    """What came out of a comparison, added up over games.

    Attributes
    ----------
    games, equilibria
        Compared; `equilibria` counts those that the oracle has.
    missed, spurious, duplicates
        Equilibria not found, found but not there, and found again (closer than `SAME_PROFILE`,
        where the oracle has no two so close), in games whose set claims to be complete or must.
    wrong_components
        Games whose equilibria are right but connected wrongly.
    wrong_claims
        Games that claim to be complete and are not, or do not claim it and should.
    wrong_regret
        Equilibria with more regret than a certified one may have, or other than stated, or whose
        strategies are no probabilities.
    partial
        Games that claim no more than `partial`, where that is allowed.
    settled
        Games that floats did not decide: a wrong float path shows here, since exact arithmetic
        mends what it spoils.
    examples
        Seeds, block, place and what is wrong, of the first few.
    """

    games: int = 0
    equilibria: int = 0
    missed: int = 0
    spurious: int = 0
    duplicates: int = 0
    wrong_components: int = 0
    wrong_claims: int = 0
    wrong_regret: int = 0
    partial: int = 0
    settled: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)

    @property
    def faults(self) -> int:
        return (
            self.missed
            + self.spurious
            + self.duplicates
            + self.wrong_components
            + self.wrong_claims
            + self.wrong_regret
        )

    def add(self, other: Tally) -> None:
        for field in dataclasses.fields(Tally):
            if field.name != "examples":
                total = getattr(self, field.name) + getattr(other, field.name)
                setattr(self, field.name, total)
        self.examples = (self.examples + other.examples)[:5]


def compare(
    got: Found,
    payoffs: Array,
    truths: Sequence[Sequence[Answer]],
    *,
    may_be_partial: bool,
    where: str = "",
) -> Tally:
    """Compare the sets of a flat batch with what they should be.

    Parameters
    ----------
    got : Found
        What is said of the games `payoffs`, in order.
    payoffs : (G, 2, m, n) array
    truths : one or more lists of G answers
        A complete set must equal the first; or another where the set may be partial.
    may_be_partial : bool
        Whether a set may claim no more than `partial`. What it lists must be equilibria of the game
        as given all the same.
    where : str
        Says in the examples which block this is.
    """
    total = Tally()
    regrets = regret(payoffs, got.strategies)
    # The certificate is stated for sums of at most 36 products in [0, 1].
    off = ~((regrets <= REGRET) & (np.abs(regrets - got.regret) <= 1e-13))
    for mixture in got.strategies:
        off |= ~((mixture >= 0).all(axis=2) & (np.abs(mixture.sum(axis=2) - 1) <= 1e-13))
    for b in range(len(payoffs)):
        count = int(got.count[b])
        claim = str(got.completeness[b])
        found = np.concatenate([s[b, :count] for s in got.strategies], axis=1)
        component = got.component[b, :count]
        one = Tally(games=1, equilibria=len(truths[0][b].extreme_equilibria))
        one.wrong_regret = int(off[b, :count].sum())
        one.settled = int("exact enumeration" in got.proposed_by[b, :count])
        if claim == "complete":
            results = [
                differences(found, component, each[b], blur=may_be_partial) for each in truths
            ]
            best = min(results, key=lambda r: r.faults)
            one.add(best)
            one.wrong_claims += int(best.missed > 0)
        elif may_be_partial:
            one.partial = 1
            one.wrong_claims = int(claim != ("partial" if count else "empty"))
            one.duplicates = max(0, repeated(found) - repeated(as_floats(truths[0][b])))
        else:
            one.add(differences(found, component, truths[0][b]))
            one.wrong_claims = 1
        if not truths[0][b].degenerate and not may_be_partial and got.degenerate[b]:
            one.wrong_claims += 1
        if one.faults:
            one.examples = [f"{where} game {b}: {told(one)}; claims {claim}; {payoffs[b].tolist()}"]
        total.add(one)
    return total


def told(tally: Tally) -> str:
    """Say what is wrong."""
    names = [f.name for f in dataclasses.fields(Tally) if f.name not in ("games", "examples")]
    return ", ".join(f"{name} {getattr(tally, name)}" for name in names if getattr(tally, name))


def differences(
    found: Array, component: NDArray[np.int64], truth: Answer, *, blur: bool = False
) -> Tally:
    """Compare the equilibria of one game, both ways, and how they are connected.

    Parameters
    ----------
    found : (K, m + n) array
        Both strategies of each equilibrium side by side.
    component : (K,) array of int
    truth : Answer
    blur : bool
        Take equilibria closer than `SAME_PROFILE` for one, for games whose noise tears one apart.
    """
    wanted = as_floats(truth)
    within = SAME_PROFILE if blur else PROBABILITY
    # (K, W): which found is which wanted.
    same = np.abs(found[:, None] - wanted[None]).max(axis=2, initial=0.0) <= within
    tally = Tally(
        missed=int((~same.any(axis=0)).sum()),
        spurious=int((~same.any(axis=1)).sum()),
        duplicates=max(0, repeated(found) - repeated(wanted)),
    )
    if not tally.faults:
        truth_component = np.empty(len(wanted), dtype=np.int64)
        for c, members in enumerate(truth.components):
            truth_component[list(members)] = c
        # Two found belong together exactly if some wanted ones they stand for do.
        linked = same.astype(np.int64) @ (truth_component[:, None] == truth_component)
        together = (linked @ same.T.astype(np.int64)) > 0
        tally.wrong_components = int((together != (component[:, None] == component)).any())
    return tally


def as_floats(truth: Answer) -> Array:
    """(W, m + n) both strategies of each equilibrium side by side."""
    known: dict[Fraction, float] = {}
    return np.array(
        [
            [known[q] if q in known else known.setdefault(q, float(q)) for q in (*x, *y)]
            for x, y in truth.extreme_equilibria
        ]
    )


def repeated(found: Array) -> int:
    """Count equilibria that are closer than `SAME_PROFILE` to an earlier one."""
    near = np.abs(found[:, None] - found[None]).max(axis=2, initial=0.0) <= SAME_PROFILE
    return int(np.tril(near, -1).any(axis=1).sum())


def regret(payoffs: Array, strategies: Sequence[Array]) -> Array:
    """(G, K) largest gain from a unilateral deviation, payoffs scaled to [0, 1]; NaN in padding."""
    low = payoffs.min(axis=(2, 3), keepdims=True)
    span = payoffs.max(axis=(2, 3), keepdims=True) - low
    scaled = (payoffs - low) / np.where(span > 0, span, 1.0)
    x, y = strategies
    row = np.einsum("gij,gkj->gki", scaled[:, 0], y)
    column = np.einsum("gij,gki->gkj", scaled[:, 1], x)
    gains = [
        values.max(axis=2, initial=-np.inf) - (values * own).sum(axis=2)
        for values, own in ((row, x), (column, y))
    ]
    return np.asarray(np.maximum(np.maximum(*gains), 0.0))


def compare_exactly(got: EquilibriumSet, payoffs: Array, truth: Sequence[Answer]) -> list[str]:
    """List the games whose rational equilibria differ from the oracle's in anything at all."""
    wrong = []
    for b, answer in enumerate(truth):
        found = got.at((b,))
        places = {each.exact: k for k, each in enumerate(found)}
        wanted = set(answer.extreme_equilibria)
        if set(places) != wanted or len(found) != len(wanted):
            wrong.append(f"game {b}: {len(wanted)} equilibria, {len(found)} found; not the same")
            continue
        partition: dict[int, set[int]] = {}
        for k, each in enumerate(found):
            partition.setdefault(each.component, set()).add(k)
            a, b_ = payoffs[b].tolist()
            assert each.exact is not None
            if each.exact_payoffs != exact_equilibria.payoffs(a, b_, *each.exact):
                wrong.append(f"game {b}: payoffs {each.exact_payoffs} at {each.exact}")
            if any(
                [float(q) for q in exact] != own.tolist()
                for exact, own in zip(each.exact, each.strategies, strict=True)
            ):
                wrong.append(f"game {b}: {each.strategies} is not {each.exact} rounded")
        connected = {
            frozenset(places[answer.extreme_equilibria[k]] for k in members)
            for members in answer.components
        }
        if {frozenset(each) for each in partition.values()} != connected:
            wrong.append(f"game {b}: components {partition}, should be {connected}")
        vertices = (answer.x_vertices, answer.y_vertices)
        if not any(repeated(np.array(side, dtype=float)) for side in vertices):
            try:  # floats tell all mixtures apart
                assert_nash_subsets(got, vertices, answer.nash_subsets, (b,))
            except AssertionError as error:
                wrong.append(f"game {b}: Nash subsets: {error}")
        if str(got.completeness[b]) != "complete":
            wrong.append(f"game {b}: claims {got.completeness[b]}")
        if bool(got.degenerate[b]) != answer.degenerate:
            wrong.append(f"game {b}: degenerate {got.degenerate[b]}, should be {answer.degenerate}")
    return wrong
