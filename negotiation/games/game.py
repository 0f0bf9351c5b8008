"""`Game`: labelled payoffs, batch axes first, and what follows from them alone."""

from __future__ import annotations

import dataclasses
import functools
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import PayoffError, nearest
from negotiation.notebook import cell, payoff_table
from negotiation.words import brief, printable

Array = NDArray[np.float64]
Profile = tuple[str, ...]
Strategies = Sequence[ArrayLike]


def across(ufunc: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
    """Reduce the last axis entry by entry: of players, or sides, there are a few.

    NumPy is ten times as slow along so short an axis of a large array.
    """
    return np.asarray(functools.reduce(ufunc, np.moveaxis(values, -1, 0)))


def _labels(given: Any, what: str) -> tuple[str, ...]:
    """Check names of players, or of one player's actions: a list or tuple of different texts."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise PayoffError(f"the {what} are {brief(given)}; expected a tuple of names")
    try:
        return _told_apart(tuple(given), what)
    except TypeError:  # a list among them, which no cache can hold
        raise PayoffError(
            f"the {what} are {brief(given)}; expected names, which are texts"
        ) from None


@lru_cache(maxsize=64)
def _told_apart(labels: tuple[str, ...], what: str) -> tuple[str, ...]:
    """Check each label; games of one batch share theirs."""
    for label in labels:
        if not isinstance(label, str):
            raise PayoffError(f"the {what} hold {brief(label)}; expected names, which are texts")
    if len(set(labels)) < len(labels):
        twice = next(label for k, label in enumerate(labels) if label in labels[:k])
        raise PayoffError(f"the {what} hold '{twice}' twice; expected different names")
    return labels


def _numbers(given: Any) -> Array:
    """Check payoffs: an array of numbers, or lists that make one."""
    if isinstance(given, np.ndarray) and given.dtype == np.float64:
        return given
    try:
        made = np.asarray(given)
        if made.dtype.kind not in "biufO":
            raise TypeError  # complex numbers, texts and dates are no payoffs
        return np.asarray(made, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise PayoffError(
            f"payoffs are {brief(given)}; expected an array of numbers, or lists nested alike: "
            "players, then actions of each"
        ) from None


def batch_index(index: int | Sequence[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Check the place of one game in a batch; a number will do where there is one axis.

    Raises
    ------
    PayoffError
    """
    places = tuple(index) if isinstance(index, Sequence) else (index,)
    fits = len(places) == len(shape) and all(
        isinstance(k, (int, np.integer)) and -size <= k < size
        for k, size in zip(places, shape, strict=True)
    )
    if not fits:
        what = f"a batch of shape {shape}" if shape else "a single game, which takes ()"
        raise PayoffError(f"there is no game at {index!r} in {what}")
    return tuple(int(k) % size for k, size in zip(places, shape, strict=True))


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Game:
    """A finite game in strategic form, or a batch of them.

    Attributes
    ----------
    players : tuple of str
    actions : tuple of tuple of str
        One tuple per player.
    payoffs : (..., P, A1, ..., AP) array, or nested lists of numbers
        `payoffs[..., p, i, j]` is what player p gets where the first player takes action i and the
        second j. Any unit; equilibria do not depend on a player's unit or zero.
    exact : array of fractions.Fraction, optional
        The payoffs as written, where `payoffs` had to round them: 1/3, 0.1.
    """

    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    payoffs: Array
    exact: NDArray[np.object_] | None = None

    def __post_init__(self) -> None:
        self._take("players", _labels(self.players, "players"))
        if isinstance(self.actions, str):
            raise PayoffError(f"actions are the text {self.actions!r}; expected a list per player")
        self._take("actions", tuple(_labels(own, "actions of a player") for own in self.actions))
        self._take("payoffs", _numbers(self.payoffs))
        if self.exact is not None:
            self._take("exact", np.asarray(self.exact, dtype=object))
        shape = (len(self.players), *map(len, self.actions))
        if len(self.players) != len(self.actions) or len(self.players) < 2:
            raise PayoffError(
                f"{len(self.players)} players with {len(self.actions)} lists of actions; expected "
                "at least two players and one list each"
            )
        if not all(self.actions):
            raise PayoffError(f"player '{self.players[self._empty()]}' has no action")
        if self.payoffs.shape[-len(shape) :] != shape:
            raise PayoffError(
                f"payoffs have shape {self.payoffs.shape}; expected (..., "
                f"{', '.join(map(str, shape))}): players, then actions of each"
            )
        if self.exact is not None and self.exact.shape != self.payoffs.shape:
            raise PayoffError(
                f"exact payoffs have shape {self.exact.shape} and payoffs {self.payoffs.shape}; "
                "expected the same"
            )

    def _take(self, name: str, value: Any) -> None:
        """Put a field into the form it is promised in."""
        if value is not getattr(self, name):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        """Who plays, with how many actions, and how many games: no payoffs."""
        who = " x ".join(
            f"{printable(player)} {len(own)}"
            for player, own in zip(self.players, self.actions, strict=True)
        )
        batch = f", batch {self.batch_shape}" if self.batch_shape else ""
        return f"Game({who}{batch})"

    def _repr_html_(self) -> str:
        """Payoffs as a table, for a notebook; of a batch or a large game a line only."""
        if self.batch_shape:
            return f"<p>{cell(repr(self))}</p>"
        paid = self.payoffs if self.exact is None else self.exact
        return payoff_table(self.players, self.actions, paid) or f"<p>{cell(repr(self))}</p>"

    def _empty(self) -> int:
        return next(p for p, actions in enumerate(self.actions) if not actions)

    @classmethod
    def from_profiles(
        cls,
        players: Sequence[str],
        actions: Sequence[Sequence[str]],
        payoffs: Mapping[Any, Any],
        batch: tuple[int, ...] = (),
    ) -> Game:
        """Build a game from a mapping of action profile to one payoff per player.

        Parameters
        ----------
        players, actions
            Labels.
        payoffs : mapping
            `{("hold", "impose"): (exporter's payoff, importer's payoff), ...}`; numbers or arrays
            over the batch.
        batch : tuple of int
            Least batch shape of the result.

        Raises
        ------
        PayoffError
            For a profile that is missing or unknown, or with the wrong number of payoffs.
        """
        players = _labels(players, "players")
        if isinstance(actions, str):
            raise PayoffError(f"actions are the text {actions!r}; expected a list per player")
        labels = tuple(_labels(each, "actions of a player") for each in actions)
        if not isinstance(payoffs, Mapping):
            raise PayoffError(
                f"payoffs are a {type(payoffs).__name__}; expected a mapping from profiles to one "
                "number per player, or an array given to Game(players, actions, payoffs)"
            )
        profiles = list(product(*labels))
        wanted = {"/".join(profile): profile for profile in profiles}
        given = {
            "/".join(map(str, key)) if isinstance(key, tuple) else str(key): value
            for key, value in payoffs.items()
        }
        for name in given:
            if name not in wanted:
                raise PayoffError(
                    f"payoffs name the profile '{name}', which is not in the game"
                    f"{nearest(name, wanted)}; profiles are {', '.join(wanted)}"
                )
        cells: list[list[Array]] = []
        for name in wanted:
            if name not in given:
                raise PayoffError(
                    f"payoffs miss the profile '{name}' ({len(given)} of {len(wanted)} given); "
                    f"give one number for each of {', '.join(players)}"
                )
            cell = given[name]
            try:
                values = [np.asarray(value, dtype=float) for value in cell]
            except (TypeError, ValueError):
                raise PayoffError(
                    f"payoffs at '{name}' are {cell!r}; expected numbers for {', '.join(players)}"
                ) from None
            if len(values) != len(players):
                raise PayoffError(
                    f"payoffs at '{name}' hold {len(values)} numbers; expected {len(players)}, "
                    f"for {', '.join(players)}"
                )
            cells.append(values)
        try:
            shape = np.broadcast_shapes(batch, *(v.shape for cell in cells for v in cell))
        except ValueError:
            shapes = sorted({str(v.shape) for cell in cells for v in cell})
            raise PayoffError(
                f"payoffs have shapes that do not fit together: {', '.join(shapes)}; every one "
                "must be a number or follow the shape of the parameters"
            ) from None
        # Games last in memory: what is done to all of them is done to numbers that lie together.
        table = np.empty((len(players), len(profiles), *shape))
        for c, cell in enumerate(cells):
            for p, value in enumerate(cell):
                table[p, c] = value
        sizes = (len(players), *map(len, labels))
        table = table.reshape(*sizes, *shape)
        axes = range(len(sizes), table.ndim)
        return cls(players, labels, table.transpose(*axes, *range(len(sizes))))

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading axes; empty for one game."""
        return self.payoffs.shape[: -1 - len(self.players)]

    @property
    def profiles(self) -> Iterator[Profile]:
        """Every pure profile, last player fastest."""
        return product(*self.actions)

    def at(self, index: int | tuple[int, ...]) -> Game:
        """Return one game of the batch.

        Raises
        ------
        PayoffError
            For an index that the batch does not have.
        """
        index = batch_index(index, self.batch_shape)
        exact = None if self.exact is None else np.asarray(self.exact[index])
        return Game(self.players, self.actions, self.payoffs[index], exact)

    def flat(self) -> Game:
        """Return the batch as one axis."""
        shape = self.payoffs.shape[-1 - len(self.players) :]
        exact = None if self.exact is None else self.exact.reshape(-1, *shape)
        return Game(self.players, self.actions, self.payoffs.reshape(-1, *shape), exact)

    @cached_property
    def span(self) -> Array:
        """(..., P) largest less smallest payoff of each player; one where all are equal."""
        axes = tuple(range(-len(self.players), 0))
        width = self.payoffs.max(axis=axes) - self.payoffs.min(axis=axes)
        return np.where(width > 0.0, width, 1.0)

    @cached_property
    def scaled(self) -> Array:
        """Payoffs with each player's scaled to [0, 1]; same equilibria."""
        axes = tuple(range(-len(self.players), 0))
        low = self.payoffs.min(axis=axes, keepdims=True)
        extra = (1,) * len(self.players)
        return np.asarray((self.payoffs - low) / self.span.reshape(*self.span.shape, *extra))

    def values(self, strategies: Strategies, payoffs: Array | None = None) -> list[Array]:
        """Payoff of each action of each player against the others' strategies.

        Parameters
        ----------
        strategies : one (..., A_p) array of probabilities per player
        payoffs : array, optional
            In place of the game's own, with the same axes.

        Returns
        -------
        list of (..., A_p) arrays

        Raises
        ------
        PayoffError
            For strategies that do not fit the game.
        """
        strategies = self._mixtures(strategies)
        table = self.payoffs if payoffs is None else np.asarray(payoffs, dtype=float)
        if len(self.players) > 3:
            return self._values_of_many(strategies, table)
        letters = string.ascii_lowercase[: len(self.players)]
        results = []
        for p, own in enumerate(letters):
            terms = [f"...{letters}"]
            arrays = [table[(..., p) + (slice(None),) * len(letters)]]
            for q, other in enumerate(letters):
                if q != p:
                    terms.append(f"...{other}")
                    arrays.append(np.asarray(strategies[q]))
            results.append(np.einsum(f"{','.join(terms)}->...{own}", *arrays))
        return results

    def _mixtures(self, strategies: Strategies) -> list[Array]:
        """Check that there is one array of probabilities per player; lists will do."""
        if isinstance(strategies, str) or len(strategies) != len(self.players):
            raise PayoffError(
                f"{len(strategies)} strategies were given; expected one array of probabilities "
                f"for each of {', '.join(self.players)}"
            )
        mixtures = []
        for player, actions, own in zip(self.players, self.actions, strategies, strict=True):
            try:
                mixture = np.asarray(own, dtype=float)
            except (TypeError, ValueError):
                raise PayoffError(
                    f"the strategy of {player} is {brief(own)}; expected a probability for each of "
                    f"{', '.join(actions)}, or Game.pure for names of actions"
                ) from None
            if mixture.shape[-1:] != (len(actions),):
                raise PayoffError(
                    f"the strategy of {player} has shape {mixture.shape}; expected (..., "
                    f"{len(actions)}): a probability for each of {', '.join(actions)}"
                )
            mixtures.append(mixture)
        return mixtures

    def _values_of_many(self, strategies: Strategies, table: Array) -> list[Array]:
        """The same, one opponent after the other: a sum over all at once takes for ever."""
        players = len(self.players)
        results = []
        for p in range(players):
            values = table[(..., p) + (slice(None),) * players]
            for q in reversed(range(players)):
                if q == p:
                    continue
                # Left are the batch, players 0 to q, and p behind them if it is a later one.
                behind = int(p > q)
                weights = np.asarray(strategies[q])
                weights = weights.reshape(
                    *weights.shape[:-1], *[1] * (q + behind), weights.shape[-1]
                )
                values = (np.moveaxis(values, -1 - behind, -1) * weights).sum(axis=-1)
            results.append(np.asarray(values))
        return results

    def expected(self, strategies: Strategies) -> Array:
        """(..., P) expected payoffs."""
        return np.stack(
            [
                (value * np.asarray(own)).sum(axis=-1)
                for value, own in zip(self.values(strategies), strategies, strict=True)
            ],
            axis=-1,
        )

    def regret(self, strategies: Strategies) -> Array:
        """(...) largest gain any player has from a unilateral deviation.

        Scale: payoffs of each player scaled to [0, 1]; zero at an equilibrium.
        """
        gains = [
            value.max(axis=-1) - (value * np.asarray(own)).sum(axis=-1)
            for value, own in zip(self.values(strategies, self.scaled), strategies, strict=True)
        ]
        return np.asarray(np.maximum(np.max(np.stack(gains, axis=-1), axis=-1), 0.0))

    def pure(self, profile: Profile) -> list[Array]:
        """Return the strategies of a pure profile, by action labels.

        Raises
        ------
        PayoffError
            For labels that are not those of the game.
        """
        if isinstance(profile, str) or len(profile) != len(self.players):
            raise PayoffError(
                f"the profile is {profile!r}; expected one action for each of "
                f"{', '.join(self.players)}"
            )
        strategies = []
        for player, actions, action in zip(self.players, self.actions, profile, strict=True):
            if action not in actions:
                raise PayoffError(
                    f"action '{action}' is not one of {player}'s{nearest(str(action), actions)}; "
                    f"they are {', '.join(actions)}"
                )
            strategies.append(np.eye(len(actions))[actions.index(action)])
        return strategies
