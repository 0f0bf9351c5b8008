"""`Equilibrium` and `EquilibriumSet`: profiles with the certificate that makes them equilibria."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation.coded import Coded
from negotiation.errors import PayoffError
from negotiation.games.game import Array, Game, batch_index
from negotiation.games.listing import METHODS, Listing, Rational
from negotiation.games.nash_subsets import maximal_nash_subsets
from negotiation.notebook import cell, html_table
from negotiation.tolerances import SAME_PROFILE
from negotiation.words import printable

T = TypeVar("T", bound=np.generic)

#: Equilibria that `repr` names, and rows of a table in a notebook.
_NAMED, _ROWS = 3, 30


class Completeness(StrEnum):
    """What an `EquilibriumSet` claims; never more than was proven."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"


#: `EquilibriumSet.claims` holds places in this list.
CLAIMS = tuple(Completeness)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        paid = ", ".join(
            f"{player} {value:.6g}"
            for player, value in zip(self.players, self.payoffs, strict=True)
        )
        return f"Equilibrium({printable(f'{self.profile}: {paid}')}; regret {self.regret:.1e})"

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


#: Supports that all games of some size can have, up to which each has its place in one list.
_MOST_SUPPORTS = 1024


def supports_of(actions: Sequence[Sequence[str]], strategies: Sequence[Array]) -> Coded:
    """Name the actions of many profiles, (..., A_p) for each player; nothing where they are NaN.

    Of small games the words are all the supports there can be, so that those of any two batches
    have the same codes.
    """
    shape = strategies[0].shape[:-1]
    sizes = [len(own) for own in actions]
    if np.prod([2.0**size for size in sizes]) > _MOST_SUPPORTS:
        return _supports_found(actions, strategies, shape)
    words = _all_supports(tuple(map(tuple, actions)))
    codes: NDArray[np.int16] = np.zeros(shape, dtype=np.int16)
    known = np.ones(shape, dtype=bool)
    for own, size in zip(strategies, sizes, strict=True):
        mask = np.zeros(shape, dtype=np.int16)
        for k in range(size):
            mask |= (own[..., k] > SAME_PROFILE).astype(np.int16) << np.int16(k)
        known &= mask > 0
        codes = codes * np.int16((1 << size) - 1) + (mask - np.int16(1))
    return Coded(np.where(known, codes + np.int16(1), np.int16(0)), words)


@lru_cache(maxsize=64)
def _all_supports(actions: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Nothing, then every support, the masks of the last player fastest."""
    parts = [
        [
            "+".join(a for k, a in enumerate(own) if mask >> k & 1)
            for mask in range(1, 1 << len(own))
        ]
        for own in actions
    ]
    return ("", *map("/".join, product(*parts)))


def _supports_found(
    actions: Sequence[Sequence[str]], strategies: Sequence[Array], shape: tuple[int, ...]
) -> Coded:
    """Name the supports that there are, of games of any size."""
    used = np.concatenate([own > SAME_PROFILE for own in strategies], axis=-1)
    flat = np.packbits(used.reshape(-1, used.shape[-1]), axis=-1)
    rows = np.ascontiguousarray(flat).view(np.dtype((np.void, flat.shape[1])))[:, 0]
    _, where, codes = np.unique(rows, return_index=True, return_inverse=True)
    cuts = np.cumsum([len(own) for own in actions])[:-1]
    found = used.reshape(-1, used.shape[-1])[where]
    words = [
        support_of(actions, np.split(each.astype(float), cuts)) if each.any() else ""
        for each in found
    ]
    return Coded(codes.reshape(shape), tuple(words))


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


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        """How many there are and what the set claims; of one game the first few by name."""
        number = len(self.listing.regret)
        some = "1 equilibrium" if number == 1 else f"{number} equilibria"
        if self.claims.shape:
            claims = ", ".join(
                f"{int((self.claims == k).sum())} {claim.value}" for k, claim in enumerate(CLAIMS)
            )
            return f"EquilibriumSet({some} of {self.claims.size} games: {claims})"
        names = [each.profile for each in self._first(_NAMED)]
        more = f", and {number - _NAMED} more" if number > _NAMED else ""
        told = f": {printable(', '.join(names))}{more}" if names else ""
        return f"EquilibriumSet({some}, {self.completeness}{told})"

    def _repr_html_(self) -> str:
        """Equilibria as a table, for a notebook; of a batch a line only."""
        number = len(self.listing.regret)
        if self.claims.shape or not number:
            return f"<p>{cell(repr(self))}</p>"
        players = self.game.players
        rows = [
            [
                k + 1,
                *map(describe, each.actions, each.strategies),
                *(f"{value:.6g}" for value in each.payoffs),
                f"{each.regret:.1e}",
                each.component if each.component >= 0 else "?",
            ]
            for k, each in enumerate(self._first(_ROWS))
        ]
        heads = ["", *players, *(f"payoff of {player}" for player in players)]
        some = "1 equilibrium" if number == 1 else f"{number} equilibria"
        left = f"; the first {_ROWS} of them" if number > _ROWS else ""
        return html_table(
            [*heads, "regret", "component"], rows, f"{some}, {self.completeness}{left}"
        )

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
        return self.claimed.text

    @property
    def claimed(self) -> Coded:
        """The same with codes."""
        return Coded(self.claims, tuple(claim.value for claim in CLAIMS))

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
        return supports_of(self.game.actions, self.strategies).text

    def at(self, index: int | tuple[int, ...] = ()) -> list[Equilibrium]:
        """Return the equilibria of one game of the batch, in order.

        Raises
        ------
        PayoffError
            For an index that the batch does not have.
        """
        index = batch_index(index, self.claims.shape)
        return self._built(index, self._places(index))

    def _first(self, most: int) -> list[Equilibrium]:
        """The first few of a single game."""
        return self._built((), self._places(())[:most])

    def _built(self, index: tuple[int, ...], places: range) -> list[Equilibrium]:
        listing = self.listing
        components = listing.components()
        found = []
        for e in places:
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

    def nash_subsets(self, index: int | tuple[int, ...] = ()) -> list[NashSubset]:
        """Return the maximal Nash subsets of one two-player game of the batch.

        Of a game without ties each is a single equilibrium.

        Raises
        ------
        PayoffError
            For more than two players, or an index that the batch does not have.
        NegotiationError
            If there are too many to list.
        """
        listing = self.listing
        if len(self.game.players) != 2:
            raise PayoffError(
                f"maximal Nash subsets are defined for two players; this game has "
                f"{len(self.game.players)} ({', '.join(self.game.players)})"
            )
        places = self._places(batch_index(index, self.claims.shape))
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
        # Products of fractions are slow, and most of a large game is never played.
        used = [[k for k, share in enumerate(each) if share] for each in strategies]
        values = []
        for own in payoffs:
            table = np.vectorize(Fraction, otypes=[object])(own[np.ix_(*used)])
            for places, probabilities in zip(used, strategies, strict=True):
                shares = np.array([probabilities[k] for k in places], dtype=object)
                table = np.tensordot(shares, table, axes=(0, 0))
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
