"""`Equilibrium` and `EquilibriumSet`: profiles with the certificate that makes them equilibria."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation.equilibria.nash_subsets import maximal_nash_subsets
from negotiation.game import Array, Game
from negotiation.tolerances import SAME_PROFILE

Rational = tuple[Fraction, ...]
T = TypeVar("T", bound=np.generic)

#: Who proposed a profile; `Listing.method` holds places in this list.
METHODS = (
    "pure scan",
    "closed form",
    "support enumeration",
    "vertex enumeration",
    "exact enumeration",
    "Lemke-Howson",
    "nashpy",
)


class Completeness(StrEnum):
    """What an `EquilibriumSet` claims; never more than was proven."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"


#: `EquilibriumSet.claims` holds places in this list.
CLAIMS = tuple(Completeness)


@dataclasses.dataclass(frozen=True, eq=False)
class Equilibrium:
    """One certified Nash equilibrium.

    Attributes
    ----------
    players, actions : labels of the game
    strategies : tuple of (A_p,) arrays
        Probabilities.
    payoffs : (P,) array
        In the game's own units.
    regret : float
        Largest gain from a unilateral deviation, payoffs of each player scaled to [0, 1].
    component : int
        Equilibria with the same number are connected: every mixture along the set between them
        is an equilibrium too. -1 where that is not known.
    proposed_by : str
    exact, exact_payoffs : tuples of Fraction, optional
        The same in rationals, where that was asked for.
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    strategies: tuple[Array, ...]
    payoffs: Array
    regret: float
    component: int
    proposed_by: str
    exact: tuple[Rational, ...] | None = None
    exact_payoffs: Rational | None = None

    @property
    def profile(self) -> str:
        """The profile in words: `retaliate/escalate`, mixtures as `30% counter + 70% retaliate`."""
        return "/".join(
            describe(actions, probabilities)
            for actions, probabilities in zip(self.actions, self.strategies, strict=True)
        )

    @property
    def support(self) -> str:
        """The actions played with positive probability: `counter+retaliate/escalate`."""
        return support_of(self.actions, self.strategies)


def support_of(actions: Sequence[Sequence[str]], strategies: Sequence[Array]) -> str:
    """Name the actions that a profile plays with positive probability."""
    return "/".join(
        "+".join(a for a, q in zip(own, probabilities, strict=True) if q > SAME_PROFILE)
        for own, probabilities in zip(actions, strategies, strict=True)
    )


def describe(actions: Sequence[str], probabilities: Array) -> str:
    """Put a mixed action in words."""
    used = [(a, q) for a, q in zip(actions, probabilities, strict=True) if q > SAME_PROFILE]
    if len(used) == 1:
        return used[0][0]
    return " + ".join(f"{100 * q:.4g}% {a}" for a, q in used)


@dataclasses.dataclass(frozen=True, eq=False)
class NashSubset:
    """A maximal Nash subset: mixtures whose every combination, and mixture of these, is one.

    Attributes
    ----------
    strategies : tuple of (K1, A1) and (K2, A2) arrays
        The extreme mixtures of either player; the subset is the product of their convex hulls.
    component : int
    """

    strategies: tuple[Array, Array]
    component: int


@dataclasses.dataclass(frozen=True, eq=False)
class Listing:
    """Equilibria of all games of a flat batch, one after the other.

    Attributes
    ----------
    first : (B + 1,) array of int
        Those of game b are at first[b]:first[b + 1].
    strategies : tuple of (E, A_p) arrays
    payoffs : (E, P) array
    regret : (E,) array
    method : (E,) array of int
        Places in `METHODS`.
    component : (E,) array of int, optional
        -1: not known. None: no two are connected.
    exact : mapping of place to strategies in rationals
        Of those that the exact enumeration found.
    """

    first: NDArray[np.int64]
    strategies: tuple[Array, ...]
    payoffs: Array
    regret: Array
    method: NDArray[np.uint8]
    component: NDArray[np.int64] | None = None
    exact: dict[int, tuple[Rational, ...]] = dataclasses.field(default_factory=dict)

    @cached_property
    def count(self) -> NDArray[np.int64]:
        """(B,) equilibria per game."""
        return np.diff(self.first)

    @cached_property
    def game(self) -> NDArray[np.int64]:
        """(E,) game of each equilibrium."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """(E,) place of each among those of its game."""
        return np.arange(len(self.regret)) - self.first[self.game]

    def components(self) -> NDArray[np.int64]:
        """(E,) number of the component of each within its game."""
        return self.rank if self.component is None else self.component

    def with_games(
        self, games: Sequence[int] | NDArray[np.int64], new: Listing, new_game: NDArray[np.int64]
    ) -> Listing:
        """Put `new`, of which equilibrium e is one of game new_game[e], in place of some games."""
        size = len(self.count)
        replaced = np.zeros(size, dtype=bool)
        replaced[np.asarray(games, dtype=np.int64)] = True
        stays = ~replaced[self.game]
        both = np.concatenate([self.game[stays], new_game])
        order = np.argsort(both, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        offset = int(stays.sum())
        return Listing(
            first=np.searchsorted(both[order], np.arange(size + 1)),
            strategies=tuple(
                np.concatenate([old[stays], add])[order]
                for old, add in zip(self.strategies, new.strategies, strict=True)
            ),
            payoffs=np.concatenate([self.payoffs[stays], new.payoffs])[order],
            regret=np.concatenate([self.regret[stays], new.regret])[order],
            method=np.concatenate([self.method[stays], new.method])[order],
            component=np.concatenate([self.components()[stays], new.components()])[order],
            exact={int(place[offset + e]): exact for e, exact in new.exact.items()},
        )


@dataclasses.dataclass(frozen=True, eq=False)
class EquilibriumSet:
    """The equilibria of a game, or of each game of a batch.

    They are listed one after the other in `listing`; the properties give the same as arrays over
    the batch axes, K places per game, where K is the largest number any game has.

    Attributes
    ----------
    game : Game
    listing : Listing
    claims : (...) array of int
        What the set claims for each game, as places in `CLAIMS`; see `completeness`.
    degenerate : (...) array of bool
        Solved exactly, and some mixture has more best replies than actions in use. False says that
        no tie mattered to the equilibria; there may be ties elsewhere.
    literal : bool
        Rationals in `listing` are for the payoffs as given; otherwise rounding was undone first.
    """

    game: Game
    listing: Listing
    claims: NDArray[np.uint8]
    degenerate: NDArray[np.bool_]
    literal: bool = False

    @property
    def count(self) -> NDArray[np.int64]:
        """(...) number of equilibria."""
        return self.listing.count.reshape(self.claims.shape)

    @property
    def completeness(self) -> NDArray[np.str_]:
        """(...) `complete`: these are all the equilibria - all extreme ones of a degenerate game.

        `partial`: there may be more. `empty`: none was found; one exists all the same, unless a
        payoff is not a number.
        """
        words = np.array([claim.value for claim in CLAIMS])
        return np.asarray(words[self.claims])  # an array also where the batch has no axes

    @cached_property
    def strategies(self) -> tuple[Array, ...]:
        """(..., K, A_p) arrays, NaN beyond `count`."""
        return tuple(self._padded(s, np.nan) for s in self.listing.strategies)

    @cached_property
    def payoffs(self) -> Array:
        """(..., K, P) array in the game's own units, NaN beyond `count`."""
        return self._padded(self.listing.payoffs, np.nan)

    @cached_property
    def regret(self) -> Array:
        """(..., K) array, NaN beyond `count`."""
        return self._padded(self.listing.regret, np.nan)

    @cached_property
    def component(self) -> NDArray[np.int64]:
        """(..., K) array of int, -1 where not known and beyond `count`."""
        return self._padded(self.listing.components(), -1)

    @cached_property
    def proposed_by(self) -> NDArray[np.str_]:
        """(..., K) array of str, empty beyond `count`."""
        return self._padded(np.array(METHODS)[self.listing.method], "")

    @cached_property
    def supports(self) -> NDArray[np.str_]:
        """(..., K) support of each equilibrium in words; empty beyond `count`."""
        words = np.full(self.regret.shape, "", dtype="<U256")
        for index in np.ndindex(*self.claims.shape):
            for k, equilibrium in enumerate(self.at(index)):
                words[(*index, k)] = equilibrium.support
        return words

    def at(self, index: tuple[int, ...] = ()) -> list[Equilibrium]:
        """Return the equilibria of one game of the batch, in order."""
        listing = self.listing
        components = listing.components()
        found = []
        for e in self._places(index):
            exact = listing.exact.get(e) if self.literal else None
            found.append(
                Equilibrium(
                    players=self.game.players,
                    actions=self.game.actions,
                    strategies=tuple(s[e] for s in listing.strategies),
                    payoffs=listing.payoffs[e],
                    regret=float(listing.regret[e]),
                    component=int(components[e]),
                    proposed_by=METHODS[listing.method[e]],
                    exact=exact,
                    exact_payoffs=None if exact is None else self._in_rationals(index, exact),
                )
            )
        return found

    def nash_subsets(self, index: tuple[int, ...] = ()) -> list[NashSubset]:
        """Return the maximal Nash subsets of one two-player game of the batch.

        Of a game without ties each is a single equilibrium.

        Raises
        ------
        NegotiationError
            If there are too many to list.
        """
        listing = self.listing
        places = self._places(index)
        one, two = (
            _distinct(s[places.start : places.stop], [listing.exact.get(e) for e in places], p)
            for p, s in enumerate(listing.strategies)
        )
        pairs = list(zip(one[1], two[1], strict=True))
        component = dict(zip(pairs, listing.components()[places.start : places.stop], strict=True))
        return [
            NashSubset((one[0][list(ones)], two[0][list(twos)]), int(component[(ones[0], twos[0])]))
            for ones, twos in maximal_nash_subsets(pairs)
        ]

    def _places(self, index: tuple[int, ...]) -> range:
        b = int(np.ravel_multi_index(index, self.claims.shape)) if index else 0
        return range(int(self.listing.first[b]), int(self.listing.first[b + 1]))

    def _padded(self, values: NDArray[T], blank: object) -> NDArray[T]:
        listing = self.listing
        width = int(listing.count.max(initial=0))
        size = len(listing.count)
        table = np.full((size, width, *values.shape[1:]), blank, dtype=values.dtype)
        table[listing.game, listing.rank] = values
        return table.reshape(*self.claims.shape, width, *values.shape[1:])

    def _in_rationals(self, index: tuple[int, ...], strategies: Sequence[Rational]) -> Rational:
        """Expected payoffs; the float payoffs are taken for the rationals they are."""
        game = self.game.at(index)
        payoffs = game.payoffs if game.exact is None else game.exact
        values = []
        for own in payoffs:
            table = np.vectorize(Fraction, otypes=[object])(own)
            for probabilities in strategies:
                table = np.tensordot(np.array(probabilities, dtype=object), table, axes=(0, 0))
            values.append(Fraction(table.item() if isinstance(table, np.ndarray) else table))
        return tuple(values)


def _distinct(
    mixtures: Array, exact: Sequence[tuple[Rational, ...] | None], player: int
) -> tuple[Array, list[int]]:
    """Return a player's mixtures without repetition, and which of them each one is.

    Rationals are told apart exactly, floats beyond `SAME_PROFILE`.
    """
    kept: list[tuple[Array, Rational | None]] = []
    which = []
    for mixture, pair in zip(mixtures, exact, strict=True):
        rational = None if pair is None else pair[player]
        for k, (other, known) in enumerate(kept):
            if rational is not None and known is not None:
                same = rational == known
            else:
                same = bool(np.abs(mixture - other).max() <= SAME_PROFILE)
            if same:
                which.append(k)
                break
        else:
            which.append(len(kept))
            kept.append((mixture, rational))
    return np.array([each for each, _ in kept]).reshape(len(kept), mixtures.shape[1]), which


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A profile somebody proposes for one game; nothing is believed before it is certified."""

    strategies: tuple[Array, ...]
    proposed_by: str
    component: int | None = None  # None: one of its own; -1: not known
    exact: tuple[Rational, ...] | None = None
