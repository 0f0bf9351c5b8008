"""Shares of a coalition's worth: Shapley and Owen values, and pairwise interaction.

A game among n players is an array of 2**n worths indexed by bitmask: bit k of the index is set
where player k is in. All three values are linear in the worths, so that each is one product with
weights that depend on n, or on the unions, alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ParameterError

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Most players: 2**16 worths, and 63 MB of weights for interaction, are handled in a blink.
PLAYERS = 16


def members(coalitions: ArrayLike, players: int) -> NDArray[np.bool_]:
    """(..., n) whether each player is in a coalition given by its bitmask (...)."""
    masks = np.asarray(coalitions, dtype=np.int64)
    return np.asarray((masks[..., None] >> np.arange(players)) & 1 == 1)


def shapley(values: ArrayLike) -> Array:
    """Shapley value: each player's mean contribution over all orders of arrival (Shapley 1953).

    Parameters
    ----------
    values : (..., 2**n) array
        Worth v of every coalition by bitmask. v[0] need not be zero.

    Returns
    -------
    (..., n) array
        In the unit of v; sums to v[2**n - 1] - v[0]. NaN where a worth is not finite.

    Raises
    ------
    ParameterError
        If the last axis is not 2, 4, 8, ... up to 2**16 long.
    """
    worths, players = _checked(values)
    return _product(worths, _shapley_weights(players))


def interaction(values: ArrayLike) -> Array:
    """Pairwise Shapley interaction index (Grabisch and Roubens 1999).

    For two players the mean, over coalitions of the others, of what they add together less what
    each adds alone. Positive: each is worth more where the other is in; negative: less.

    Parameters
    ----------
    values : (..., 2**n) array
        As for `shapley`.

    Returns
    -------
    (..., n, n) array
        Symmetric; the index of a player by itself, on the diagonal, is its Shapley value.

    Raises
    ------
    ParameterError
    """
    worths, players = _checked(values)
    pairs = _product(worths, _interaction_weights(players))
    result = np.empty((*worths.shape[:-1], players, players))
    result[..., np.arange(players), np.arange(players)] = shapley(worths)
    for k, (i, j) in enumerate(zip(*np.triu_indices(players, 1), strict=True)):
        result[..., i, j] = result[..., j, i] = pairs[..., k]
    return result


def owen(values: ArrayLike, unions: Sequence[Sequence[int]]) -> Array:
    """Owen value: orders of arrival in which members of a union come together (Owen 1977).

    Its sums over unions are the Shapley value of the game that the unions play as wholes.

    Parameters
    ----------
    values : (..., 2**n) array
        As for `shapley`.
    unions : sequence of sequences of int
        Players of each union; every player is in one.

    Returns
    -------
    (..., n) array
        By player, not by union; sums to v[2**n - 1] - v[0]. NaN for a player whose value needs a
        worth that is not finite.

    Raises
    ------
    ParameterError
        For worths or unions that do not fit.
    """
    worths, players = _checked(values)
    needed = owen_coalitions(unions)
    if sum(map(len, unions)) != players:
        raise ParameterError(
            f"unions name {sum(map(len, unions))} players and the worths are of {players}; "
            "expected every player in one union"
        )
    return owen_from(worths[..., needed], unions)


def owen_coalitions(unions: Sequence[Sequence[int]]) -> Integers:
    """(M,) bitmasks, rising, of the coalitions that the Owen value looks at.

    Whole unions and parts of at most one: with 3, 2, 2 and 1 players 96 of 256.

    Raises
    ------
    ParameterError
    """
    return _owen_weights(_unions(unions))[0]


def owen_from(values: ArrayLike, unions: Sequence[Sequence[int]]) -> Array:
    """Owen value from the worths of `owen_coalitions(unions)` alone.

    Parameters
    ----------
    values : (..., M) array
        Worths in the order of `owen_coalitions`.
    unions : sequence of sequences of int

    Returns
    -------
    (..., n) array
        As `owen`.

    Raises
    ------
    ParameterError
    """
    needed, weights = _owen_weights(_unions(unions))
    worths = np.asarray(values, dtype=float)
    if worths.shape[-1:] != needed.shape:
        raise ParameterError(
            f"worths have shape {worths.shape}; expected the last axis to hold the {len(needed)} "
            "coalitions of owen_coalitions"
        )
    return _product(worths, weights)


def quotient(values: ArrayLike, unions: Sequence[Sequence[int]]) -> Array:
    """(..., 2**m) worths of the game that m unions play as wholes.

    Raises
    ------
    ParameterError
    """
    worths, _ = _checked(values)
    return np.asarray(worths[..., quotient_coalitions(unions)])


def quotient_coalitions(unions: Sequence[Sequence[int]]) -> Integers:
    """(2**m,) bitmasks of players in each coalition of whole unions, by bitmask of unions.

    Raises
    ------
    ParameterError
    """
    blocks = _blocks(_unions(unions))
    return members(np.arange(2 ** len(blocks)), len(blocks)).astype(np.int64) @ blocks


# --- checks ---------------------------------------------------------------------------------------


def _checked(values: ArrayLike) -> tuple[Array, int]:
    worths = np.asarray(values, dtype=float)
    size = worths.shape[-1] if worths.ndim else 0
    players = size.bit_length() - 1
    if size < 2 or size != 2**players or players > PLAYERS:
        raise ParameterError(
            f"worths of coalitions have shape {worths.shape}; expected a last axis of 2**n "
            f"coalitions, n from 1 to {PLAYERS}"
        )
    return worths, players


def _unions(unions: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    told = tuple(tuple(int(player) for player in union) for union in unions)
    players = sorted(player for union in told for player in union)
    if not players or not all(told) or players != list(range(len(players))):
        raise ParameterError(
            f"unions are {[list(union) for union in told]}; expected lists, none of them empty, in "
            "which each of the players 0, 1, ... stands once"
        )
    if len(players) > PLAYERS:
        raise ParameterError(
            f"unions hold {len(players)} players; coalitions of at most {PLAYERS} are taken apart"
        )
    return told


# --- weights --------------------------------------------------------------------------------------


def _product(worths: Array, weights: Array) -> Array:
    """(..., R) product with weights (M, R) that add up to zero; NaN where a needed worth is not."""
    finite = np.isfinite(worths)
    # The empty coalition comes first: what all coalitions share cancels here rather than in the
    # sum, where it would leave its rounding behind.
    empty = np.where(finite[..., :1], worths[..., :1], 0.0)
    result = (np.where(finite, worths, empty) - empty) @ weights
    if not finite.all():
        missing = (~finite).astype(float) @ (weights != 0.0)
        result = np.where(missing > 0.0, np.nan, result)
    return np.asarray(result)


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array


def _arrival(players: int) -> Array:
    """(n,) share of orders in which a given set of s others, and no more, has come before."""
    ways = [factorial(s) * factorial(players - s - 1) for s in range(players)]
    return np.array([way / factorial(players) for way in ways])


@lru_cache(maxsize=32)
def _shapley_weights(players: int) -> Array:
    inside = members(np.arange(2**players), players)
    before = inside.sum(axis=1, keepdims=True) - inside
    return _frozen(_arrival(players)[before] * np.where(inside, 1.0, -1.0))


@lru_cache(maxsize=8)
def _interaction_weights(players: int) -> Array:
    inside = members(np.arange(2**players), players)
    size = inside.sum(axis=1)
    first, second = np.triu_indices(players, 1)
    weights = np.empty((2**players, len(first)))
    for k, (i, j) in enumerate(zip(first, second, strict=True)):
        both = inside[:, i].astype(np.int64) + inside[:, j]
        # A pair arrives as one: n - 1 players, of whom all in the coalition but the pair came.
        weights[:, k] = _arrival(players - 1)[size - both] * np.where(both == 1, -1.0, 1.0)
    return _frozen(weights)


def _blocks(unions: tuple[tuple[int, ...], ...]) -> Integers:
    """(m,) bitmask of each union."""
    return np.array([sum(1 << player for player in union) for union in unions], dtype=np.int64)


@lru_cache(maxsize=32)
def _owen_weights(unions: tuple[tuple[int, ...], ...]) -> tuple[Integers, Array]:
    """(M,) coalitions that are needed, and (M, n) their weights."""
    blocks = _blocks(unions)
    players = sum(map(len, unions))
    among_unions = _arrival(len(unions))
    masks: list[Integers] = []
    rows: list[Array] = []
    for j, union in enumerate(unions):
        come = members(np.arange(2 ** (len(unions) - 1)), len(unions) - 1)
        part = members(np.arange(2 ** len(union)), len(union))
        start = come.astype(np.int64) @ np.delete(blocks, j)
        own = part.astype(np.int64) @ (1 << np.array(union, dtype=np.int64))
        within = _arrival(len(union))[part.sum(axis=1, keepdims=True) - part]
        signed = within * np.where(part, 1.0, -1.0)
        row = np.zeros((len(start), len(own), players))
        row[..., list(union)] = among_unions[come.sum(axis=1)][:, None, None] * signed
        masks.append((start[:, None] + own).ravel())
        rows.append(row.reshape(-1, players))
    needed, place = np.unique(np.concatenate(masks), return_inverse=True)
    table = np.zeros((len(needed), players))
    np.add.at(table, place.ravel(), np.concatenate(rows))
    needed.flags.writeable = False
    return needed, _frozen(table)


__all__ = [
    "PLAYERS",
    "interaction",
    "members",
    "owen",
    "owen_coalitions",
    "owen_from",
    "quotient",
    "quotient_coalitions",
    "shapley",
]
