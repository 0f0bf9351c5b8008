"""`Game`: labelled payoffs, batch axes first, and what follows from them alone."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import PayoffError, nearest

Array = NDArray[np.float64]
Profile = tuple[str, ...]
Strategies = Sequence[Array]


@dataclasses.dataclass(frozen=True, eq=False)
class Game:
    """A finite game in strategic form, or a batch of them.

    Attributes
    ----------
    players : tuple of str
    actions : tuple of tuple of str
        One tuple per player.
    payoffs : (..., P, A1, ..., AP) array
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
        if not isinstance(self.payoffs, np.ndarray):
            try:
                payoffs = np.asarray(self.payoffs, dtype=float)
            except (TypeError, ValueError):
                raise PayoffError(
                    f"payoffs are {self.payoffs!r:.60}; expected an array of numbers (players, "
                    "then actions of each)"
                ) from None
            object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(self, "players", tuple(self.players))
        object.__setattr__(self, "actions", tuple(tuple(each) for each in self.actions))
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
        players = tuple(players)
        labels = tuple(tuple(each) for each in actions)
        profiles = list(product(*labels))
        wanted = {"/".join(profile): profile for profile in profiles}
        given = {
            "/".join(key) if isinstance(key, tuple) else str(key): value
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
        table = np.empty((*shape, len(players), len(profiles)))
        for c, cell in enumerate(cells):
            for p, value in enumerate(cell):
                table[..., p, c] = value
        return cls(players, labels, table.reshape(*shape, len(players), *map(len, labels)))

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the leading axes; empty for one game."""
        return self.payoffs.shape[: -1 - len(self.players)]

    @property
    def profiles(self) -> Iterator[Profile]:
        """Every pure profile, last player fastest."""
        return product(*self.actions)

    def at(self, index: tuple[int, ...]) -> Game:
        """Return one game of the batch."""
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
        """
        table = self.payoffs if payoffs is None else payoffs
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
        """Return the strategies of a pure profile, by action labels."""
        strategies = []
        for player, actions, action in zip(self.players, self.actions, profile, strict=True):
            if action not in actions:
                raise PayoffError(
                    f"action '{action}' is not one of {player}'s{nearest(action, actions)}; "
                    f"they are {', '.join(actions)}"
                )
            strategies.append(np.eye(len(actions))[actions.index(action)])
        return strategies
