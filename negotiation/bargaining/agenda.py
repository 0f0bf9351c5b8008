"""Tables taken one after the other, alone, or all at once: what linking them is worth.

An agreement at one table is kept whatever happens at the next. What is settled first therefore
foresees what it will do to the later tables (Fershtman 1990; In and Serrano 2003).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from enum import StrEnum
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.package_deal import Deal, settle, solve_points
from negotiation.bargaining.packages import Packages
from negotiation.bargaining.solutions import AgreementStatus
from negotiation.bargaining.talks import Array
from negotiation.errors import ParameterError, nearest
from negotiation.tolerances import ZERO_LOSS


def check_order(packages: Packages, order: Sequence[str]) -> tuple[str, ...]:
    """Check the order in which tables are taken.

    Raises
    ------
    ParameterError
        If it is not every table once.
    """
    order = [each if each in packages.tables else each.replace("-", "_") for each in order]
    for table in order:
        if table not in packages.tables:
            raise ParameterError(
                f"there is no table '{table}'{nearest(table, packages.tables)}; the tables are "
                f"{', '.join(packages.tables)}"
            )
    if sorted(order) != sorted(packages.tables):
        raise ParameterError(
            f"the agenda {','.join(order) or 'given'} does not name every table once; expected "
            f"{','.join(packages.tables)} in any order"
        )
    return tuple(order)


def agenda(
    packages: Packages,
    order: Sequence[str],
    disagreement: ArrayLike | None = None,
    concept: str = "nash",
    weight: ArrayLike = 0.5,
) -> Deal:
    """Settle tables one after the other, each for good: backward induction.

    The last table bargains over its options given what was settled before. Every earlier one
    bargains over what each of its options will lead to, lotteries and money included, from the
    disagreement "this table stays as it is, and the next is taken up". A table at which nothing
    makes both sides better off stays as it is. Money given at one table is kept as well.

    Parameters
    ----------
    packages : Packages
    order : sequence of str
        Every table once, in the order in which they are taken.
    disagreement : (..., 2) array or None
        What each side gets if no table is settled at all. None: the payoffs of the package in
        which nothing is settled.
    concept : str
        Of the bargain at every table.
    weight : (...) array

    Returns
    -------
    Deal
        Weights and money are expected values over the lotteries on the way.

    Raises
    ------
    ParameterError
        If the order is not every table once.
    """
    order = check_order(packages, order)
    tables = len(order)
    payoffs, batch = packages.payoffs, len(packages.batch_shape)
    d = packages.nothing if disagreement is None else np.asarray(disagreement, dtype=float)
    shape = np.broadcast_shapes(
        packages.batch_shape, d.shape[:-1], np.shape(weight), packages.efficiency.shape
    )
    # (..., options in the order of the agenda, 2): what a settlement of all tables is worth.
    axes = [batch + 1 + packages.tables.index(table) for table in order]
    value = payoffs.transpose(*range(batch), *axes, batch)
    value = np.array(np.broadcast_to(value, (*shape, *value.shape[batch:])))
    nothing: tuple[Any, ...] = (Ellipsis, *[0] * tables, slice(None))
    value[nothing] = d
    steps: list[Deal] = []
    for settled in reversed(range(tables)):
        step = solve_points(
            packages.players,
            value,
            value[..., 0, :],
            None if packages.transfer is None else _widened(packages.transfer, settled),
            concept,
            _widened(weight, settled),
        )
        steps.insert(0, step)
        value = step.reached
    weights, paid, received = _expected(steps, shape)
    back = [len(shape) + order.index(table) for table in packages.tables]
    weights = weights.transpose(*range(len(shape)), *back).reshape(*shape, -1)
    points = np.array(np.broadcast_to(packages.points, (*shape, *packages.points.shape[-2:])))
    points[..., 0, :] = d
    made = np.einsum("...v,...vc->...c", weights, np.nan_to_num(points))
    waste = made + np.stack([-paid, received], axis=-1) - value
    size = np.maximum(np.abs(value), np.abs(made)).max(axis=-1, keepdims=True)
    settled_some = weights[..., 0] < 1.0 - ZERO_LOSS
    status = np.where(settled_some, AgreementStatus.AGREED.value, AgreementStatus.NO_SURPLUS.value)
    known = np.isfinite(value).all(axis=-1)
    return Deal(
        concept=concept,
        order=order,
        payoffs=value,
        disagreement=np.broadcast_to(d, value.shape),
        weights=weights,
        paid=paid,
        received=received,
        waste=np.where(np.abs(waste) <= ZERO_LOSS * size, 0.0, waste),
        binding=np.zeros(value.shape, dtype=bool),
        status=np.where(known, status, AgreementStatus.UNKNOWN.value),
    )


def _expected(steps: Sequence[Deal], shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Probability of every settlement (..., O1, ..., OT), and expected money paid and received."""
    weights, paid, received = np.ones(shape), np.zeros(shape), np.zeros(shape)
    for settled, step in enumerate(steps):
        over = tuple(range(len(shape), len(shape) + settled))
        # No money changes hands where a table stays as it is.
        paid = paid + (weights * np.nan_to_num(step.paid)).sum(axis=over)
        received = received + (weights * np.nan_to_num(step.received)).sum(axis=over)
        stays = np.zeros(step.weights.shape[-1])
        stays[0] = 1.0
        weights = weights[..., None] * np.where(step.agreed[..., None], step.weights, stays)
    return weights, paid, received


def _widened(values: ArrayLike, axes: int) -> Array:
    """Line batch values up with arrays that have further axes behind the batch."""
    array = np.asarray(values, dtype=float)
    return array if array.ndim == 0 else array.reshape(*array.shape, *[1] * axes)


def alone(
    packages: Packages,
    table: str,
    disagreement: ArrayLike | None = None,
    concept: str = "nash",
    weight: ArrayLike = 0.5,
) -> Deal:
    """Settle one table only; the others stay as they are.

    Parameters
    ----------
    disagreement : (..., 2) array or None
        As for `agenda`.

    Raises
    ------
    ParameterError
        If there is no such table.
    """
    rows = _single(packages, table)
    points = packages.points[..., rows, :]
    d = packages.nothing if disagreement is None else np.asarray(disagreement, dtype=float)
    points = np.array(
        np.broadcast_to(points, np.broadcast_shapes(points.shape, d[..., None, :].shape))
    )
    points[..., 0, :] = d
    deal = solve_points(packages.players, points, d, packages.transfer, concept, weight)
    weights = np.zeros((*deal.weights.shape[:-1], packages.points.shape[-2]))
    weights[..., rows] = deal.weights
    return dataclasses.replace(deal, order=(table,), weights=weights)


def _single(packages: Packages, table: str) -> NDArray[np.int64]:
    """Places of the packages that settle one table only, by option."""
    if table not in packages.tables:
        check_order(packages, [table])
    sizes = [len(options) for options in packages.options]
    k = packages.tables.index(table)
    return np.arange(sizes[k]) * int(np.prod(sizes[k + 1 :], dtype=int))


@dataclasses.dataclass(frozen=True, eq=False)
class Linkage:
    """All tables at once against any other way of taking them.

    Attributes
    ----------
    package : Deal
        All tables at once.
    agendas : mapping of order to Deal
        One after the other, in every order.
    alone : mapping of table to Deal
        One table, the others as they are.
    """

    package: Deal
    agendas: dict[tuple[str, ...], Deal]
    alone: dict[str, Deal]

    def gain(self, order: Sequence[str]) -> Array:
        """(..., 2) what linking adds for either side to one table after the other."""
        return self.package.reached - self.agendas[tuple(order)].reached


def link(
    packages: Packages,
    disagreement: ArrayLike | None = None,
    concept: str = "nash",
    weight: ArrayLike = 0.5,
) -> Linkage:
    """Compare a package deal with every agenda and with each table alone.

    Parameters
    ----------
    disagreement : (..., 2) array or None
        What each side gets if nothing at all is settled; None: the package that settles nothing.
    """
    d = packages.nothing if disagreement is None else np.asarray(disagreement, dtype=float)
    return Linkage(
        settle(packages, d, concept, weight),
        {
            order: agenda(packages, order, d, concept, weight)
            for order in permutations(packages.tables)
        },
        {table: alone(packages, table, d, concept, weight) for table in packages.tables},
    )


class Nature(StrEnum):
    """What kind of table it is; the value is what a user reads (Walton and McKersie 1965)."""

    COMPATIBLE = "compatible"
    DISTRIBUTIVE = "distributive"
    INTEGRATIVE = "integrative"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """One table by itself, the others as they are.

    A table is *compatible* where one option is best for both sides. Otherwise it is *distributive*
    where no option makes the two together better off than nothing settled, so that what one gains
    the other loses, or more; and *integrative* where some option does, but the sides want different
    ones, so that it takes money, or another table, to bring them together. Gains are added up as
    they are, dollar for dollar.

    Attributes
    ----------
    name : str
    nature : (...) array of str
        `Nature` values.
    gains : (..., O, 2) array
        Of every option, against nothing settled at this table.
    best : (..., 2) array of int
        The option each side likes best; of equals the first.
    joint_best : (...) array of int
        The option with the largest sum of gains: for a compatible table, the one best for both.
    joint : (...) array
        That sum.
    """

    name: str
    nature: NDArray[np.str_]
    gains: Array
    best: NDArray[np.int64]
    joint_best: NDArray[np.int64]
    joint: Array


def kinds(packages: Packages) -> tuple[Table, ...]:
    """Return the nature of every table, others as they are, with the numbers that decide it."""
    tables = []
    least = ZERO_LOSS * np.nanmax(np.abs(packages.points), axis=(-1, -2))[..., None]
    for name in packages.tables:
        points = packages.points[..., _single(packages, name), :]
        gains = points - points[..., :1, :]
        known = np.isfinite(gains).all(axis=(-1, -2))
        top = gains.max(axis=-2)
        near = gains >= top[..., None, :] - least[..., None]
        both = near.all(axis=-1)
        total = gains.sum(axis=-1)
        compatible = both.any(axis=-1)
        joint_best = np.where(compatible, both.argmax(axis=-1), total.argmax(axis=-1))
        joint = np.take_along_axis(total, joint_best[..., None], axis=-1)[..., 0]
        nature = np.select(
            [~known, compatible, joint <= least[..., 0]],
            [Nature.UNKNOWN.value, Nature.COMPATIBLE.value, Nature.DISTRIBUTIVE.value],
            default=Nature.INTEGRATIVE.value,
        )
        tables.append(Table(name, nature, gains, near.argmax(axis=-2), joint_best, joint))
    return tuple(tables)
