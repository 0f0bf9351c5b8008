"""Several partners: bilateral bargains in each other's shadow, and coalitions.

A set of agreements in force is a bitmask over the links: bit k is set where link k is in force.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.impasse import refuse
from negotiation.bargaining.shapley import members, shapley
from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError
from negotiation.tolerances import ZERO_LOSS

#: Two agents that can agree, by their places.
Link = tuple[int, int]

#: Most links: 2**16 sets of agreements.
_MOST = 16


@dataclasses.dataclass(frozen=True, eq=False)
class NashInNash:
    """Bilateral Nash bargains, each solved with the other agreements given, for every set of them.

    Attributes
    ----------
    links : tuple of pairs of int
    transfers : (..., 2**L, L) array
        What the first agent of each link pays the second; 0 where the link is not in force.
    payoffs : (..., 2**L, n) array
        After transfers.
    surplus : (..., 2**L, L) array
        What both ends of a link gain from it, the others being as they are: from having it where
        it is in force, from adding it where it is not.
    stable : (..., 2**L) array of bool
        No link in force loses, and none that is not would gain; a link worth nothing to its two
        ends, rounding apart, may be in force or not.
    """

    links: tuple[Link, ...]
    transfers: Array
    payoffs: Array
    surplus: Array
    stable: NDArray[np.bool_]

    def settled(self) -> NDArray[np.int64]:
        """Return the stable set with most agreements (...), of several the first; -1: none is."""
        size = members(np.arange(2 ** len(self.links)), len(self.links)).sum(axis=-1)
        most = np.where(self.stable, size, -1)
        return np.where(self.stable.any(axis=-1), most.argmax(axis=-1), -1)

    def outcome(self) -> Array:
        """Payoffs (..., n) under the set that `settled` gives; NaN where none is stable."""
        chosen = self.settled()
        at = np.maximum(chosen, 0)[..., None, None]
        found = np.take_along_axis(self.payoffs, at, axis=-2)[..., 0, :]
        return np.asarray(np.where((chosen >= 0)[..., None], found, np.nan))


def nash_in_nash(payoffs: ArrayLike, links: Sequence[Link], weight: ArrayLike = 0.5) -> NashInNash:
    """Solve bilateral bargains each of which takes the others' agreements as given.

    Each link splits by a transfer of money what it adds for its two ends, given the other
    agreements in force (Horn and Wolinsky 1988; Collard-Wexler, Gowrisankaran and Lee 2019).
    Transfers elsewhere stand whether it is agreed or not. Externalities are in `payoffs`, which may
    depend on the whole set. Where they add up over links a second partner moves nothing in the deal
    with the first; where links are substitutes for an agent, each is worth less beside the other
    and the agent pays less for it.

    Parameters
    ----------
    payoffs : (..., n, 2**L) array
        Payoff of each agent under every set of agreements, before transfers.
    links : sequence of L pairs of int
        Places of the two agents of each link.
    weight : (..., L) array
        Bargaining power of the first agent of each link, in (0, 1).

    Raises
    ------
    ParameterError
        For payoffs, links or weights that do not fit.
    """
    u, pairs = _checked(payoffs, links)
    count = len(pairs)
    share = np.asarray(weight, dtype=float)
    refuse(share, ~((share > 0.0) & (share < 1.0)), "bargaining weight", "more than 0, less than 1")
    try:
        share = np.broadcast_to(share, np.broadcast_shapes(share.shape, (*u.shape[:-2], count)))
    except ValueError:
        raise ParameterError(
            f"weights have shape {share.shape} for {count} links; expected (..., {count})"
        ) from None
    sets = np.arange(2**count)
    inside = members(sets, count)
    bits = 1 << np.arange(count)
    # What each end gains from the link, the other agreements in the set as they are.
    added = u[..., sets[:, None] | bits] - u[..., sets[:, None] & ~bits]  # (..., n, 2**L, L)
    ends = np.array(pairs, dtype=np.int64).reshape(count, 2)
    each = np.arange(count)
    gain1, gain2 = (np.moveaxis(added[..., ends[:, k], :, each], 0, -1) for k in (0, 1))
    transfers = np.where(
        inside, (1.0 - share[..., None, :]) * gain1 - share[..., None, :] * gain2, 0.0
    )
    after = np.moveaxis(u, -1, -2) + np.zeros((*transfers.shape[:-1], 1))
    for k, (one, other) in enumerate(pairs):
        after[..., one] -= transfers[..., k]
        after[..., other] += transfers[..., k]
    surplus = gain1 + gain2
    zero = ZERO_LOSS * np.abs(u).max(axis=(-2, -1))[..., None, None]
    with np.errstate(invalid="ignore"):
        fits = np.where(inside, surplus >= -zero, surplus <= zero)
    return NashInNash(pairs, transfers, after, surplus, fits.all(axis=-1))


def worths(payoffs: ArrayLike, links: Sequence[Link]) -> Array:
    """Worth (..., 2**n) of every coalition: what its members get with the links among them.

    No link to or among outsiders is in force: where these have externalities the worth is that of
    a coalition that stands alone.

    Parameters
    ----------
    payoffs : (..., n, 2**L) array
        As in `nash_in_nash`.
    links : sequence of L pairs of int

    Raises
    ------
    ParameterError
    """
    u, pairs = _checked(payoffs, links)
    agents = u.shape[-2]
    inside = members(np.arange(2**agents), agents)
    both = [
        (inside[:, one] & inside[:, other]).astype(np.int64) << k
        for k, (one, other) in enumerate(pairs)
    ]
    among = np.sum(both, axis=0, dtype=np.int64) if both else np.zeros(2**agents, dtype=np.int64)
    return np.asarray((u[..., among] * inside.T).sum(axis=-2))


@dataclasses.dataclass(frozen=True, eq=False)
class Partners:
    """What each set of partners is worth to an agent who can agree with each of them.

    Attributes
    ----------
    bilateral : (..., 2**m, n) array
        Payoffs by Nash-in-Nash where only the partners in a set, by bitmask over `partners`, can
        be agreed with. NaN where no set of agreements is stable.
    shapley : (..., 2**m, n) array
        Shapley values of the coalition game with the same partners.
    partners : tuple of int
    hub : int
    """

    bilateral: Array
    shapley: Array
    partners: tuple[int, ...]
    hub: int

    def second(self, first: int, other: int) -> tuple[Array, Array]:
        """What a second partner adds to the hub: (...) by bilateral bargains and by coalitions.

        Parameters
        ----------
        first, other : int
            Places of the partner it has and of the one that comes.

        Raises
        ------
        ParameterError
            If one of them is not a partner.
        """
        for each in (first, other):
            if each not in self.partners:
                raise ParameterError(
                    f"agent {each} is not a partner; choose from "
                    f"{', '.join(str(partner) for partner in self.partners)}"
                )
        one, two = (1 << self.partners.index(each) for each in (first, other))
        bilateral, coalition = (
            each[..., one | two, self.hub] - each[..., one, self.hub]
            for each in (self.bilateral, self.shapley)
        )
        return np.asarray(bilateral), np.asarray(coalition)


def partners(payoffs: ArrayLike, *, hub: int = 0, weight: ArrayLike = 0.5) -> Partners:
    """Compare what an agent gets with none, some and all of its possible partners.

    Two answers, which differ where partners are substitutes or complements: bilateral bargains that
    take each other as given (`nash_in_nash`), and the Shapley value of the game in which every
    coalition signs all agreements among its members (Shapley 1953; Myerson 1977).

    Parameters
    ----------
    payoffs : (..., n, 2**(n - 1)) array
        Payoff of each agent under every set of agreements with the hub; link k is with the k-th of
        the other agents in their order.
    hub : int
        Place of the agent who can agree with each of the others.
    weight : (..., n - 1) array
        Bargaining power of the hub in each bilateral bargain.

    Raises
    ------
    ParameterError
    """
    u = np.asarray(payoffs, dtype=float)
    agents = u.shape[-2] if u.ndim >= 2 else 0
    if not 0 <= hub < agents:
        raise ParameterError(f"the hub is agent {hub}; expected one of the {agents} agents, from 0")
    others = tuple(each for each in range(agents) if each != hub)
    links = [(hub, each) for each in others]
    u, _ = _checked(u, links)
    share = np.asarray(weight, dtype=float)
    if share.ndim == 0:
        share = np.broadcast_to(share, (len(others),))
    bilateral, values = [], []
    for mask in range(2 ** len(others)):
        open_ = [k for k in range(len(others)) if mask >> k & 1]
        sets = members(np.arange(2 ** len(open_)), len(open_)).astype(np.int64) @ (
            1 << np.array(open_, dtype=np.int64)
        )
        there = u[..., sets]
        chosen = [links[k] for k in open_]
        bilateral.append(nash_in_nash(there, chosen, share[..., open_]).outcome())
        values.append(shapley(worths(there, chosen)))
    return Partners(np.stack(bilateral, axis=-2), np.stack(values, axis=-2), others, hub)


def over_sets(function: Callable[[frozenset[int]], ArrayLike], links: int) -> Array:
    """Payoffs (..., n, 2**L) from a function of the set of agreements in force.

    Parameters
    ----------
    function : function
        From the places of the links in force to payoffs (..., n).
    links : int
        L.

    Raises
    ------
    ParameterError
        For more links than can be gone through, or payoffs whose shapes differ.
    """
    if not 0 <= links <= _MOST:
        raise ParameterError(f"{links} links; expected 0 to {_MOST}, whose sets can all be tried")
    columns = [
        np.asarray(function(frozenset(k for k in range(links) if mask >> k & 1)), dtype=float)
        for mask in range(2**links)
    ]
    if len({column.shape for column in columns}) > 1:
        raise ParameterError(
            "payoffs under different sets of agreements have different shapes; expected one number "
            "for each agent under all of them"
        )
    return np.stack(columns, axis=-1)


def _checked(payoffs: ArrayLike, links: Sequence[Link]) -> tuple[Array, tuple[Link, ...]]:
    u = np.asarray(payoffs, dtype=float)
    pairs = tuple((int(one), int(other)) for one, other in links)
    agents = u.shape[-2] if u.ndim >= 2 else 0
    if u.ndim < 2 or u.shape[-1] != 2 ** len(pairs) or len(pairs) > _MOST:
        raise ParameterError(
            f"payoffs have shape {u.shape} for {len(pairs)} links; expected (..., agents, "
            f"{2 ** len(pairs)}), a payoff of each agent under every set of agreements"
        )
    for one, other in pairs:
        if one == other or not (0 <= one < agents and 0 <= other < agents):
            raise ParameterError(
                f"a link joins agents {one} and {other}; expected two of the {agents} agents, "
                "counted from 0"
            )
    return u, pairs
