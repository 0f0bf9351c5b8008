"""`Assumptions`: what scenarios of one batch assume beside their wedges.

Trade elasticities, the elasticity of labour between sectors and the closure of the model are
uncertain; scenarios that differ in them are lanes of one batch as those that differ in tariffs are.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError, nearest
from negotiation.trade.checks import Array, numbers

if TYPE_CHECKING:  # a world may be made by solving: `shares`
    from negotiation.trade.world import World

#: Closures by name, and those that name a region: `wages:USA`.
CLOSURES = ("transfers", "balanced", "purged")
UNITS = ("wages", "consumer_prices")


@dataclasses.dataclass(frozen=True, eq=False)
class Transfers:
    """What transfers between regions are fixed in, by scenario.

    They are those of the data times share * w-hat ** by_wage * P-hat ** by_price, wages and
    consumer prices being those of one region.

    Attributes
    ----------
    share : (B,) array
        1, or 0 where trade is balanced.
    region : (B,) array of int
    by_wage, by_price : (B,) arrays
        1 or 0.
    """

    share: Array
    region: NDArray[np.int64]
    by_wage: Array
    by_price: Array

    @property
    def by_wages(self) -> bool:
        """Whether wages matter in any scenario."""
        return bool(self.by_wage.any())

    @property
    def by_prices(self) -> bool:
        """Whether consumer prices do."""
        return bool(self.by_price.any())

    def take(self, index: NDArray[np.int64]) -> Transfers:
        """Return some of the scenarios."""
        return Transfers(
            self.share[index], self.region[index], self.by_wage[index], self.by_price[index]
        )

    def level(self, log_wage: Array, log_prices: Array, final_share: Array) -> Array:
        """(B,) by what transfers are multiplied.

        Parameters
        ----------
        log_wage : (N, B) array
        log_prices : (S, N, B) array
            Of final purchases.
        final_share : (S, N) array
        """
        lanes = np.arange(len(self.share))
        log = self.by_wage * log_wage[self.region, lanes]
        if self.by_prices:
            own = log_prices[:, self.region, lanes]
            log = log + self.by_price * (final_share[:, self.region] * own).sum(axis=0)
        return np.asarray(self.share * np.exp(log))


@dataclasses.dataclass(frozen=True, eq=False)
class Assumptions:
    """Assumptions of B scenarios; what is None is that of the world, for all of them.

    Attributes
    ----------
    theta : (S, B) array, optional
        Trade elasticities.
    stuck : (B,) array, optional
        1 / eta of Roy-Frechet labour.
    transfers : Transfers, optional
        None: transfers as they are given to the scenarios, in units of the numeraire.
    """

    theta: Array | None = None
    stuck: Array | None = None
    transfers: Transfers | None = None

    def take(self, index: NDArray[np.int64]) -> Assumptions:
        """Return some of the scenarios."""
        return Assumptions(
            None if self.theta is None else np.ascontiguousarray(self.theta[:, index]),
            None if self.stuck is None else self.stuck[index],
            None if self.transfers is None else self.transfers.take(index),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Assumed:
    """Assumptions as they were given to a counterfactual, checked, over batches of their own.

    Attributes
    ----------
    elasticity : (..., S) array, optional
    labour_elasticity : (...) array, optional
    closure : (...) array of str
    """

    world: World
    elasticity: Array | None
    labour_elasticity: Array | None
    closure: NDArray[np.str_]

    @classmethod
    def read(
        cls,
        world: World,
        elasticity: ArrayLike | None,
        labour_elasticity: ArrayLike | None,
        closure: ArrayLike,
    ) -> Assumed:
        """Check what was given.

        Raises
        ------
        DataError
            Shapes that do not fit, elasticities out of range.
        ParameterError
            An unknown closure; labour that is mobile in the world; `purged` by scenario.
        """
        theta = labour = None
        if elasticity is not None:
            theta = trade_elasticity(world, elasticity)
        if labour_elasticity is not None:
            labour = numbers("labour_elasticity", labour_elasticity)
            if np.isinf(world.labour_elasticity):
                raise ParameterError(
                    "labour_elasticity was given by scenario, but labour of the world moves freely "
                    "between sectors; give a world whose labour does not, such as world.short_run()"
                )
            if not (labour > 1.0).all():
                raise DataError(
                    f"labour_elasticity holds {labour[~(labour > 1.0)].flat[0]:g}; expected more "
                    "than 1 (infinite is labour that moves freely)"
                )
        names = np.asarray(closure, dtype=np.str_)
        for name in np.unique(names):
            _checked(world, str(name))
        if (names == "purged").any() and (names.ndim or theta is not None or labour is not None):
            raise ParameterError(
                "closure 'purged' counts changes from a balanced world, which is solved for one "
                "set of elasticities; with elasticities or closures by scenario choose 'balanced'"
            )
        return cls(world, theta, labour, names)

    @property
    def batches(self) -> dict[str, tuple[int, ...]]:
        """Shapes of batches, by what has them."""
        found = {"closure": self.closure.shape}
        if self.elasticity is not None:
            found["elasticity"] = self.elasticity.shape[:-1]
        if self.labour_elasticity is not None:
            found["labour_elasticity"] = self.labour_elasticity.shape
        return found

    @property
    def balanced(self) -> bool:
        """Whether trade is balanced in all scenarios."""
        return bool((self.closure == "balanced").all())

    @property
    def trade_elasticity(self) -> Array:
        """(..., S) trade elasticities, those of the world where none were given."""
        return self.world.trade_elasticity if self.elasticity is None else self.elasticity

    @property
    def labour(self) -> float | Array:
        """Elasticity of labour between sectors, one number or (...)."""
        given = self.labour_elasticity
        return self.world.labour_elasticity if given is None else given

    @property
    def horizon(self) -> str:
        """What the results hold for, in words."""
        if self.labour_elasticity is None:
            return self.world.horizon
        return horizon(self.labour_elasticity)

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the draws of all assumptions together."""
        return np.broadcast_shapes(*self.batches.values())

    def draws(self) -> Assumptions:
        """Lay the assumptions of all draws out, flattened."""
        batch, theta, stuck = self.batch, None, None
        if self.elasticity is not None:
            s = self.elasticity.shape[-1]
            wide = np.broadcast_to(self.elasticity, (*batch, s)).reshape(-1, s)
            theta = np.ascontiguousarray(wide.T)
        if self.labour_elasticity is not None:
            stuck = np.broadcast_to(1.0 / self.labour_elasticity, batch).reshape(-1).copy()
        return Assumptions(theta, stuck, self._transfers(batch))

    def draw_of(self, batch: tuple[int, ...]) -> NDArray[np.int64]:
        """(B,) number of the draw of every scenario of a batch."""
        own = self.batch
        number = np.arange(int(np.prod(own, dtype=int))).reshape(own)
        return np.broadcast_to(number, batch).reshape(-1)

    @property
    def own(self) -> bool:
        """Whether scenarios assume anything that the world does not."""
        given = (self.elasticity, self.labour_elasticity, self._transfers(self.batch))
        return any(each is not None for each in given)

    def _transfers(self, batch: tuple[int, ...]) -> Transfers | None:
        """None where one closure holds that the transfers of all scenarios express."""
        if (self.closure == "transfers").all() or self.balanced or (self.closure == "purged").all():
            return None
        names, which = np.unique(self.closure, return_inverse=True)
        which = np.broadcast_to(which.reshape(self.closure.shape), batch).reshape(-1)
        units = [str(name).partition(":") for name in names]
        of = {unit: np.array([float(each[0] == unit) for each in units]) for unit in UNITS}
        region = np.array([self.world.region(code) if code else 0 for _, _, code in units])
        share = np.array([float(str(name) != "balanced") for name in names])
        return Transfers(
            share[which], region[which], of["wages"][which], of["consumer_prices"][which]
        )


def trade_elasticity(world: World, given: ArrayLike) -> Array:
    """Check trade elasticities of scenarios, (..., S).

    Raises
    ------
    DataError
        A shape that does not fit, a number that is not positive and finite.
    """
    theta = numbers("elasticity", given)
    size = len(world.sectors)
    if not theta.ndim or theta.shape[-1] != size:
        raise DataError(
            f"elasticity has shape {theta.shape}; expected (..., S) = (..., {size}), one for each "
            "sector of the world"
        )
    good = (theta > 0.0) & np.isfinite(theta)
    if not good.all():
        place = np.argwhere(~good)[0]
        raise DataError(
            f"elasticity of sector {world.sectors[int(place[-1])]} is {theta[tuple(place)]:g}; "
            "expected a finite number above 0"
        )
    return theta


def horizon(labour_elasticity: float | Array) -> str:
    """What results under elasticities of labour between sectors hold for, in words."""
    least, most = np.min(labour_elasticity), np.max(labour_elasticity)
    if np.isinf(least):
        return "long run: labour mobile between sectors, no adjustment costs"
    told = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    return (
        f"short run: labour moves between sectors with elasticity {told} (Roy-Frechet), no "
        "unemployment"
    )


def _checked(world: World, name: str) -> None:
    """Refuse a closure that is not known."""
    unit, _, code = name.partition(":")
    if name in CLOSURES:
        return
    if unit in UNITS and code:
        world.region(code)
        if len(world.components) > 1:
            raise ParameterError(
                f"closure '{name}' fixes all transfers in units of one region, but the trade of "
                "the world falls into components whose wages cannot be compared; choose transfers"
            )
        return
    known = (*CLOSURES, *(f"{each}:{world.regions[0]}" for each in UNITS))
    raise ParameterError(
        f"closure '{name}' is unknown{nearest(name, known)}; choose {', '.join(CLOSURES)}, or "
        f"{' or '.join(f'{each}:REGION' for each in UNITS)} with the code of a region"
    )
