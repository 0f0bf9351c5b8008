"""`explorer`: a two-player case as functions of a few parameters, by interpolation, at every draw.

What takes long is tabulated: payoffs of all profiles, and from where and over what is bargained.
Games and bargains are solved anew at any values, so that regimes keep their sharp edges.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSet, Talks, bargain
from negotiation.case import POSTURE, Case, study
from negotiation.errors import ModelError, ParameterError
from negotiation.games import select, solve
from negotiation.games.game import Array, Game
from negotiation.study import explorer_kept
from negotiation.study.explorer_table import (
    ChebyshevSeries,
    Explored,
    InterpolationError,
    Tabulation,
    arrays_of,
    explored,
    series_of,
    terms_at,
)
from negotiation.tolerances import SAME_PROFILE

#: Draws that are tabulated where nothing else is asked for, and most of them.
DRAWS, _MOST_DRAWS = 60, 400

#: Most actions of a player.
_MOST_ACTIONS = 6


@dataclasses.dataclass(frozen=True, eq=False)
class ExploredState:
    """What happens at one setting of the parameters, draw by draw.

    Attributes
    ----------
    support : (..., D) array of str
        Actions in use where talks have broken down.
    uses : tuple of (..., D, A_p) array of bool
        The same, action by action.
    breakdown : (..., D, 2) array
        Money there: political costs are left out.
    fallback : (..., D, 2) array
        Money of what happens if talks fail, as it was chosen; NaN where talks break down.
    deal : (..., D, 2) array
        What the deal gives against the status quo; NaN where there is none.
    """

    support: NDArray[np.str_]
    uses: tuple[NDArray[np.bool_], ...]
    breakdown: Array
    fallback: Array
    deal: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Explorer:
    """A case over some parameters at draws of all others.

    Attributes
    ----------
    case : Case
    axes : tuple of Explored
    series : tuple of ChebyshevSeries
        Numbers: payoffs (2, A1, A2) before political costs, then two of every fallback, and, with
        talks, two of the status quo, the money shared from there (2) and the weight.
    fallbacks : tuple of str
        Threat points of the model that are tabulated, beside the equilibrium of the game.
    costs, believed : mapping of str to (D,) array
        Political costs by parameter: as in the case, and as today reveals them; the latter are
        empty where that is not drawn.
    sets : mapping of str to tuple of str
        By parameter, which of its words each draw is made from.
    error : InterpolationError
    talks : bool
        Whether there is something to agree on.
    """

    case: Case
    axes: tuple[Explored, ...]
    series: tuple[ChebyshevSeries, ...]
    fallbacks: tuple[str, ...]
    costs: Mapping[str, Array]
    believed: Mapping[str, Array]
    sets: Mapping[str, tuple[str, ...]]
    error: InterpolationError
    talks: bool

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.series[0].codes)

    @property
    def shape(self) -> tuple[int, int]:
        """Actions of either side."""
        ours, theirs = self.case.model.actions
        return len(ours), len(theirs)

    @cached_property
    def start(self) -> dict[str, float]:
        """Values of the case."""
        return {each.name: each.start for each in self.axes}

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Parameters that one other moves together, by its name."""
        found: dict[str, tuple[str, ...]] = {}
        for each in self.axes:
            if each.parent:
                found[each.parent] = (*found.get(each.parent, ()), each.name)
        return found

    @property
    def lever(self) -> str:
        """The first parameter, or the one that moves the first ones together."""
        return self.axes[0].parent or self.axes[0].name

    def moves(self, name: str) -> tuple[str, ...]:
        """Return the parameters that a control of this name moves."""
        return self.groups.get(name, (name,))

    def numbers(self, values: Mapping[str, Any]) -> Array:
        """(..., D, Q) all numbers, at values (...) by parameter; those not given are the case's."""
        where = [
            2.0
            * (np.asarray(values.get(each.name, each.start)) - each.low)
            / (each.high - each.low)
            - 1.0
            for each in self.axes
        ]
        shape = np.broadcast_shapes(*(each.shape for each in where))
        count = sum(len(part.numbers) for part in self.series)
        found = np.empty((*shape, self.draws, count))
        for part in self.series:
            x = np.empty((*shape, len(part.axes)))
            for a, axis in enumerate(part.axes):
                x[..., a] = where[axis]
            terms = terms_at(x, part.degrees)
            found[..., part.numbers] = np.einsum("...t,dtq->...dq", terms, part.coefficients)
        return found

    def payoffs(self, values: Mapping[str, Any], costs: Mapping[str, Any] | None = None) -> Array:
        """(..., D, 2, A1, A2) payoffs of all profiles at values (...) by parameter.

        Parameters
        ----------
        costs : mapping of str to float or (D,) array, optional
            Political costs by parameter, in place of the case's; those not given are.
        """
        return self._paid(self.numbers(values), costs)

    def _paid(self, numbers: Array, costs: Mapping[str, Any] | None) -> Array:
        m, n = self.shape
        money = numbers[..., : 2 * m * n].reshape(*numbers.shape[:-1], 2, m, n)
        paid = np.array(money)
        for p, k, name in self.charged:
            cost = np.asarray((costs or {}).get(name, self.costs[name]))[..., None]
            if p == 0:
                paid[..., 0, k, :] -= cost
            else:
                paid[..., 1, :, k] -= cost
        return paid

    @cached_property
    def charged(self) -> tuple[tuple[int, int, str], ...]:
        """Player, action and parameter of every political cost."""
        model = self.case.model
        return tuple(
            (model.players.index(player), list(model.actions[p]).index(action), name)
            for (player, action), name in model.political_costs.items()
            for p in [model.players.index(player)]
        )

    def at(
        self,
        values: Mapping[str, Any],
        fallback: str = POSTURE,
        costs: Mapping[str, Any] | None = None,
    ) -> ExploredState:
        """Solve the game and the bargain at values (...) by parameter.

        Parameters
        ----------
        fallback : str
            What happens if talks fail: `posture` or one of `fallbacks`.
        """
        m, n = self.shape
        every = self.numbers(values)
        paid = self._paid(every, costs)
        model = self.case.model
        chosen = select(solve(Game(model.players, model.actions, paid)), self.case.rule)
        money = every[..., : 2 * m * n].reshape(paid.shape)
        x, y = chosen.strategies
        breakdown = np.einsum("...pij,...i,...j->...p", money, x, y)
        nothing = np.full(breakdown.shape, np.nan)
        threat, start = nothing, chosen.payoffs
        if fallback != POSTURE:
            at = 2 * (m * n + self.fallbacks.index(fallback))
            threat = start = every[..., at : at + 2]
        deal = nothing
        if self.talks:
            quo, shared, weight = np.split(every[..., -5:], [2, 4], axis=-1)
            pieces = AgreementSet(
                shared[..., None, :],
                np.broadcast_to([1.0, -1.0], (*shared.shape[:-1], 1, 2)),
                np.full((*shared.shape[:-1], 1), -np.inf),
                np.full((*shared.shape[:-1], 1), np.inf),
            )
            talks = Talks(
                tuple(model.players), quo, pieces, np.clip(weight[..., 0], 1e-9, 1 - 1e-9)
            )
            deal = bargain(talks, start, self.case.concept).concession
        return ExploredState(
            np.asarray(chosen.support),
            (x > SAME_PROFILE, y > SAME_PROFILE),
            breakdown,
            threat,
            deal,
        )


@study
def explorer(case: Case, *, draws: int | None = None, cache: bool = True) -> Explorer:
    """Tabulate a case over the parameters that its model says, or over its levers.

    Numbers are Chebyshev series, of a degree that is found out along each parameter, through
    values at nested points (a lower set of a Leja sequence, Chkifa, Cohen and Schwab 2014), so
    that a profile is solved only as often as what it depends on changes.

    Parameters
    ----------
    case : Case, or what makes one
        Of two players.
    draws : int, optional
        How many; 60 by default, or as many as the case has if these are fewer.
    cache : bool
        Whether to keep it on the disk for the next time; see `explorer_kept`.

    Raises
    ------
    ModelError
        For more than two players, more than six actions of one, nothing to explore, or talks that
        share anything but money.
    ParameterError
        For draws that are no whole number from 1 to 400.
    """
    model = case.model
    if len(model.players) != 2 or model.batch_shape:
        raise ModelError(
            f"model {model.name()} is to be explored with {len(model.players)} players"
            f"{' over a cloud' if model.batch_shape else ''}; expected a point of a model of two "
            "players"
        )
    if max(map(len, model.actions)) > _MOST_ACTIONS:
        raise ModelError(
            f"model {model.name()} is to be explored with {max(map(len, model.actions))} actions "
            f"of a player; expected {_MOST_ACTIONS} at most, which a browser solves at once"
        )
    count = min(DRAWS, case.draws or DRAWS) if draws is None else draws
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST_DRAWS:
        raise ParameterError(
            f"draws of an explorer are {count!r:.60}; expected a whole number from 1 to "
            f"{_MOST_DRAWS}"
        )
    axes = explored(case)
    work = Tabulation.of(case, axes, count)
    key = explorer_kept.key(case, axes, count) if cache else ""
    found = explorer_kept.read(key) if key else None
    table = series_of(found, work) if found is not None else None
    if table is None:
        table = work.tabulated()
        if key:
            explorer_kept.write(key, arrays_of(*table))
    series, error = table
    return Explorer(
        case,
        axes,
        series,
        work.fallbacks,
        work.costs,
        work.believed,
        work.sets,
        error,
        work.talks,
    )


__all__ = ["DRAWS", "ExploredState", "Explorer", "explorer"]
