"""Packages: what talks over several tables can agree, and which deal comes of it.

Every combination of what the tables may settle is a package with payoffs for both sides. Lotteries
over packages, and money where there is any, make the agreement set convex; a concept of bargaining
picks its point, and `settle` says which packages make it up. How tables may be taken one after the
other is in `negotiation.bargaining.agenda`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.talks import AgreementSet, Array
from negotiation.errors import ModelError
from negotiation.tolerances import ZERO_LOSS
from negotiation.words import brief


@dataclasses.dataclass(frozen=True, eq=False)
class Packages:
    """What the talks can agree, table by table.

    Attributes
    ----------
    players : tuple of two str
        The first may give money to the second.
    tables : tuple of T str
    options : tuple of T tuples of str
        What each table may settle, in words. Option 0: nothing is settled at that table.
    payoffs : (..., 2, O1, ..., OT) array
        Of every combination, against the status quo of the model, in its payoff unit. NaN where a
        package could not be solved: it is left out, and `certified` is false.
    transfer : (...) array, float or None
        mu in (0, 1], the efficiency of a transfer: the first side can give the second money worth
        x at a cost of x / mu to itself. None: there is no money.
    about : str
        What is on the table, in words.
    certified : (...) array of bool, or bool
        Whether the payoffs of all packages may be relied on.
    names : tuple of two str
        What the players are called within a sentence; their names where empty.
    unit : str
        Of the payoffs.

    Raises
    ------
    ModelError
        Where players, tables, options and payoffs do not fit together, and for an efficiency
        outside (0, 1].

    Examples
    --------
    Two sides log-roll. The first cares about steel, the second about cars, and either table can go
    either way:

    >>> import numpy as np
    >>> from negotiation.bargaining.agenda import agenda
    >>> from negotiation.bargaining.package_deal import settle
    >>> from negotiation.bargaining.packages import Packages
    >>> steel = np.array([[0, 3, 0], [0, 0, 1]])  # nothing, to the first, to the second
    >>> cars = np.array([[0, 1, 0], [0, 0, 3]])
    >>> ways = ("open", "to north", "to south")
    >>> talks = Packages(
    ...     players=("north", "south"),
    ...     tables=("steel", "cars"),
    ...     options=(ways, ways),
    ...     payoffs=steel[:, :, None] + cars[:, None, :],
    ... )
    >>> whole = settle(talks, [0, 0], "nash")
    >>> print(whole.payoffs.round(6), talks.told(whole.weights))
    [3. 3.] steel: to north; cars: to south
    >>> bit_by_bit = agenda(talks, ("steel", "cars"), [0, 0])
    >>> print(bit_by_bit.payoffs.round(6))
    [2. 2.]

    With money at 80 cents to the dollar, from a disagreement point that suits the second side:

    >>> import dataclasses
    >>> paying = dataclasses.replace(talks, transfer=0.8)
    >>> deal = settle(paying, [-1, 2.5], "nash")
    >>> print(deal.payoffs.round(4), deal.paid.round(4), deal.received.round(4))
    [1.3125 4.35  ] 1.6875 1.35
    """

    players: tuple[str, ...]
    tables: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    payoffs: Array
    transfer: ArrayLike | None = None
    about: str = ""
    certified: ArrayLike = True
    names: tuple[str, str] = ("", "")
    unit: str = ""

    def __post_init__(self) -> None:
        self._check_words()
        try:
            payoffs = np.asarray(self.payoffs, dtype=float)
        except (TypeError, ValueError):
            raise ModelError(
                f"payoffs of packages are {brief(self.payoffs)}; expected an array of numbers"
            ) from None
        shape = (2, *map(len, self.options))
        if len(self.tables) != len(self.options) or not self.tables or not all(self.options):
            raise ModelError(
                f"packages have {len(self.tables)} tables and options for {len(self.options)}; "
                "expected at least one table, and at least one option for each"
            )
        if payoffs.shape[-len(shape) :] != shape:
            raise ModelError(
                f"payoffs of packages have shape {payoffs.shape}; expected (..., "
                f"{', '.join(map(str, shape))}): the two sides, then the options of "
                f"{', '.join(self.tables)}"
            )
        if np.isinf(payoffs).any():
            raise ModelError(
                "payoffs of packages are infinite somewhere; expected finite numbers, or NaN for a "
                "package that could not be solved"
            )
        if self.transfer is not None:
            try:
                mu = np.asarray(self.transfer, dtype=float)
            except (TypeError, ValueError):
                mu = np.asarray(np.nan)
            wrong = mu[~((mu > 0.0) & (mu <= 1.0))]
            if wrong.size:
                raise ModelError(
                    f"efficiency of transfers {wrong.flat[0]:g} is out of range; expected more "
                    "than 0 and at most 1, or None where there is no money"
                )
            object.__setattr__(self, "transfer", mu)
        batch = payoffs.shape[: payoffs.ndim - len(shape)]
        for name in ("transfer", "certified"):
            given = np.shape(getattr(self, name))
            try:
                np.broadcast_to(np.zeros(given), batch)
            except ValueError:
                raise ModelError(
                    f"{name} of packages has shape {given}; expected one for each point of the "
                    f"payoffs, {batch}"
                ) from None
        object.__setattr__(self, "payoffs", payoffs)
        object.__setattr__(
            self, "names", tuple(n or p for n, p in zip(self.names, self.players, strict=True))
        )

    def _check_words(self) -> None:
        """Two sides, tables and options: names, each of them once."""
        lists = [("players", self.players), ("tables", self.tables)]
        if not isinstance(self.options, Sequence) or isinstance(self.options, str):
            raise ModelError(
                f"options of packages are {brief(self.options)}; expected a tuple of words a table"
            )
        lists += [(f"options {k + 1}", own) for k, own in enumerate(self.options)]
        for what, names in lists:
            if (
                isinstance(names, str)
                or not isinstance(names, Sequence)
                or not all(isinstance(each, str) and each for each in names)
            ):
                raise ModelError(f"{what} of packages is {brief(names)}; expected a tuple of names")
            if len(set(names)) != len(names):
                raise ModelError(f"{what} of packages is {brief(names)}; expected different names")
        if len(self.players) != 2 or len(self.names) != 2:
            raise ModelError(
                f"packages are between {brief(self.players)}, called {brief(self.names)}; expected "
                "two sides"
            )
        object.__setattr__(self, "players", tuple(self.players))
        object.__setattr__(self, "tables", tuple(self.tables))
        object.__setattr__(self, "options", tuple(tuple(own) for own in self.options))

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the cloud; empty for a point."""
        return self.payoffs.shape[: self.payoffs.ndim - 1 - len(self.tables)]

    @property
    def efficiency(self) -> Array:
        """(...) mu, zero where there is no money."""
        return np.asarray(0.0 if self.transfer is None else self.transfer, dtype=float)

    @property
    def points(self) -> Array:
        """(..., V, 2) payoffs of all packages in a row, the last table's options fastest."""
        flat = self.payoffs.reshape(*self.batch_shape, 2, -1)
        return np.asarray(np.swapaxes(flat, -1, -2))

    @property
    def nothing(self) -> Array:
        """(..., 2) payoffs where nothing is settled at any table."""
        return self.points[..., 0, :]

    @property
    def same_as(self) -> NDArray[np.int64]:
        """(..., V) place of the first package that pays both sides the same; its own where none."""
        flat = self.points.reshape(-1, *self.points.shape[-2:])
        found = np.stack([_first_of_equals(each) for each in flat])
        return found.reshape(self.points.shape[:-1])

    def undominated(self) -> NDArray[np.int64]:
        """(K,) places of the packages of a point that no other beats: the frontier without money.

        Nor lotteries. Of packages that pay the same the first; by rising payoff of the first side.

        Raises
        ------
        ModelError
            For a cloud of points.
        """
        if self.batch_shape:
            raise ModelError(f"packages have {self.batch_shape} points; take one at a time")
        places = np.flatnonzero(self.same_as == np.arange(len(self.points)))
        places = places[np.isfinite(self.points[places]).all(axis=-1)]
        least = _rounding(self.points)
        # From the best for the first side on, each must be better for the second than all before.
        order = places[np.lexsort((-self.points[places, 1], -self.points[places, 0]))]
        kept, best = [], -np.inf
        for k in order:
            if self.points[k, 1] > best + least:
                kept.append(int(k))
                best = float(self.points[k, 1])
        return np.array(kept[::-1], dtype=np.int64)

    def place(self, index: int) -> tuple[int, ...]:
        """Return the options, by table, of a package given by its place in `points`."""
        return tuple(
            int(k) for k in np.unravel_index(index, self.payoffs.shape[-len(self.tables) :])
        )

    def package(self, index: int) -> dict[str, str]:
        """Return what a package settles, by table."""
        chosen = zip(self.tables, self.options, self.place(index), strict=True)
        return {table: options[k] for table, options, k in chosen}

    def label(self, index: int) -> str:
        """Return a package in words, tables with the same settlement together."""
        tables: dict[str, list[str]] = {}
        for table, option in self.package(index).items():
            tables.setdefault(option, []).append(table)
        return "; ".join(f"{_listed(names)}: {option}" for option, names in tables.items())

    def told(self, weights: ArrayLike) -> str:
        """Return a lottery over packages, (V,) probabilities, in words."""
        weights = np.asarray(weights, dtype=float)
        likely = np.flatnonzero(weights > 1e-9)
        likely = likely[np.argsort(-weights[likely], kind="stable")]
        if len(likely) == 1:
            return self.label(int(likely[0]))
        return ", or ".join(
            f"with probability {weights[k]:.3g} [{self.label(int(k))}]" for k in likely
        )


def _rounding(points: Array) -> float:
    """How far apart two payoffs may be and still be the same."""
    known = points[np.isfinite(points)]
    return ZERO_LOSS * float(np.abs(known).max(initial=0.0))


def _first_of_equals(points: Array) -> NDArray[np.int64]:
    """(V,) for every package the first one whose payoffs are the same, among (V, 2)."""
    least = _rounding(points)
    group = np.zeros(len(points), dtype=np.int64)
    for side in (0, 1):
        # Within a group so far, a step of more than rounding begins another.
        order = np.lexsort((points[:, side], group))
        with np.errstate(invalid="ignore"):
            step = ~(np.diff(points[order, side]) <= least) | (np.diff(group[order]) > 0)
        group[order] = np.concatenate([[0], np.cumsum(step)])
    first = np.full(int(group.max(initial=0)) + 1, len(points), dtype=np.int64)
    np.minimum.at(first, group, np.arange(len(points)))
    return first[group]


def _listed(names: list[str]) -> str:
    """Join names as in a sentence."""
    return ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]


def frontier(packages: Packages) -> tuple[AgreementSet, NDArray[np.int64]]:
    """Return the Pareto frontier of packages, lotteries and money, and which packages are on it.

    Returns
    -------
    AgreementSet
    (..., K) array of int
        Places in `Packages.points` of the corners, by rising payoff of the first side; where a
        point of a cloud has fewer than K the last is repeated. -1: no package is known.
    """
    agreements, index, _ = frontier_of(packages.points, packages.transfer)
    return agreements, index


def frontier_of(
    points: Array, transfer: ArrayLike | None
) -> tuple[AgreementSet, NDArray[np.int64], Array]:
    """Return the agreement set of points, the places of its corners, and their payoffs."""
    known = np.asarray(np.isfinite(points).all(axis=-1))
    # A package that could not be solved is left out: another takes its place.
    some = np.asarray(known.argmax(axis=-1))[..., None, None]
    filled = np.where(known[..., None], points, np.take_along_axis(points, some, axis=-2))
    agreements = AgreementSet.packages(filled, transfer)
    start, direction = agreements.start, agreements.direction
    if transfer is not None:  # the first piece is money
        start, direction = start[..., 1:, :], direction[..., 1:, :]
    corners = np.concatenate([start, (start + direction)[..., -1:, :]], axis=-2)
    away = np.abs(corners[..., :, None, :] - filled[..., None, :, :]).sum(axis=-1)
    index = np.where(np.isnan(away).any(axis=-1), -1, np.nan_to_num(away).argmin(axis=-1))
    return agreements, index, corners
