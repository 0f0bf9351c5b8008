"""`TradeTable`: what any file of trade data comes to before it is a `World`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import DataError, ParameterError
from negotiation.trade import World

Array = NDArray[np.float64]

#: How changes in inventories are treated, see `TradeTable.settled`.
INVENTORIES = ("net", "produced", "dropped")

#: Rounds of the Leontief series and the relative change at which it has ended: coefficients that
#: sum to 0.99 need about 3,000.
_ROUNDS = 20_000
_SERIES = 1e-15


@dataclasses.dataclass(frozen=True, eq=False)
class TradeTable:
    """An inter-country table, summed as a `World` needs it: N regions, S sectors, one money unit.

    Attributes
    ----------
    regions, sectors : tuple of str
    intermediate : (N, N, S) array
        Sales of origin to all industries of destination, net of tariffs.
    inputs : (N, S, S) array
        `inputs[n, k, s]`: what sector s of region n buys of input k, all origins, net of tariffs.
    final : (N, N, S) array
        Sales for final use, changes in inventories apart.
    stocks : (N, N, S) array
        Changes in inventories, of either sign.
    tariff : (N, N, S, 2) array
        Ad valorem rates by use.
    traded : (S,) array
        Trade between the regions of the file: the weights of trade elasticities.
    theta : mapping of str to (S,) array
        Trade elasticities by name, empty where none are known.
    value_added, taxes : (N, S) array or None
        As the file states them; taxes less subsidies on inputs and what else is no value added.
    region_names, sector_names, tables : tuple of str
    region_members, sector_members : tuple of tuple of str
        Codes of the file that each region and sector is made of.
    notes : tuple of str
        What was merged, dropped or changed on the way, one sentence each.
    source : str
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    intermediate: Array
    inputs: Array
    final: Array
    stocks: Array
    tariff: Array
    traded: Array
    theta: Mapping[str, Array] = dataclasses.field(default_factory=dict)
    value_added: Array | None = None
    taxes: Array | None = None
    region_names: tuple[str, ...] = ()
    sector_names: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    region_members: tuple[tuple[str, ...], ...] = ()
    sector_members: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    source: str = "arrays"

    @property
    def output(self) -> Array:
        """(N, S) sales everywhere, changes in inventories included."""
        return np.asarray((self.intermediate + self.final + self.stocks).sum(axis=1))

    @property
    def flows(self) -> Array:
        """(N, N, S, 2) sales by use, changes in inventories among final sales."""
        return np.stack([self.intermediate, self.final + self.stocks], axis=-1)

    def noted(self, *notes: str) -> TradeTable:
        """Return the same table with further notes."""
        return dataclasses.replace(self, notes=(*self.notes, *notes))

    def with_theta(self, theta: ArrayLike) -> TradeTable:
        """Return the same table with central trade elasticities, (S,) or one number."""
        values = np.broadcast_to(np.asarray(theta, dtype=float), (len(self.sectors),)).copy()
        return dataclasses.replace(self, theta={**self.theta, "central": values})

    def settled(self, inventories: str = "net", floor: float | None = None) -> TradeTable:
        """Return a table without inventories and without negative sales, in which all adds up.

        Parameters
        ----------
        inventories : str
            `net`: a change in inventories is part of final sales; where a sale for final use is
            then below zero it is lifted to zero. `produced`: every withdrawal from stock is taken
            for a sale out of this year's production, so it is lifted to zero by itself, and
            additions are final sales. `dropped`: there are none.
        floor : float, optional
            Smallest share of value added in output. Inputs of an industry that has less are
            scaled down to it. None: nothing is scaled.

        Returns
        -------
        TradeTable
            Output is solved anew for the final sales that are left, input coefficients and sourcing
            by destination and sector unchanged (Costinot and Rodriguez-Clare 2014, online
            appendix). The notes say how much money that moved. Where nothing is negative, dropped
            or below the floor, the table is as it was.

        Raises
        ------
        ParameterError
            For an unknown treatment or a floor outside (0, 1).
        DataError
            Where an industry sells nothing or less but buys inputs, or its inputs cost its whole
            output.
        """
        if inventories not in INVENTORIES:
            raise ParameterError(
                f"inventories '{inventories}' is unknown; choose from {', '.join(INVENTORIES)}"
            )
        if floor is not None and not 0.0 < floor < 1.0:
            raise ParameterError(f"a floor of {floor} was given; expected a share between 0 and 1")
        kept = {"net": self.stocks, "produced": np.maximum(self.stocks, 0.0)}.get(inventories)
        wanted = self.final + (0.0 if kept is None else kept)
        final = np.maximum(wanted, 0.0)
        bought = self.inputs.sum(axis=1)
        share = _ratio(self.inputs, self.output[:, None, :])
        notes = []
        if floor is not None:
            low = (bought > 0.0) & (share.sum(axis=1) > 1.0 - floor)
            scale = np.where(
                low, (1.0 - floor) * _ratio(np.ones_like(bought), share.sum(axis=1)), 1
            )
            share = share * scale[:, None, :]
            if low.any():
                notes.append(
                    f"inputs of {low.sum()} industries scaled down to leave value added of "
                    f"{floor:g} of output: {_some(low, self)}"
                )
        asked = self.final + self.stocks
        if not notes and (final == asked).all():
            return dataclasses.replace(self, final=final, stocks=np.zeros_like(final))
        empty = (self.output <= 0.0) & (bought > 0.0)
        if empty.any():
            n, s = np.argwhere(empty)[0]
            raise DataError(
                f"{self.source}: sector {self.sectors[s]} of region {self.regions[n]} sells "
                f"{self.output[n, s]:g} but buys inputs of {bought[n, s]:g}; merge it with another "
                "sector by a map"
            )
        sourcing = _ratio(self.intermediate, self.intermediate.sum(axis=0))
        output = _leontief(share, sourcing, final.sum(axis=1), self.source)
        inputs = share * output[:, None, :]
        lifted = (final - asked)[final > asked].sum()
        cut = (asked - final)[asked > final].sum()
        moved = np.abs(output - self.output).sum()
        if (final != asked).any():
            notes.insert(
                0,
                f"changes in inventories ({inventories}): final sales raised by {lifted:.6g} and "
                f"lowered by {cut:.6g} in {(final != asked).sum()} cells",
            )
        notes.append(
            f"output solved anew: it moved by {moved:.6g} in all, "
            f"{100 * moved / self.output.sum():.3g} % of world output"
        )
        return dataclasses.replace(
            self,
            intermediate=sourcing * inputs.sum(axis=2)[None],
            inputs=inputs,
            final=final,
            stocks=np.zeros_like(final),
            value_added=None,
            taxes=None,
        ).noted(*notes)

    def to_world(self) -> World:
        """Return the world of a settled table; it has to have trade elasticities.

        Raises
        ------
        DataError
            Where there are none, or an identity fails.
        """
        if "central" not in self.theta:
            raise DataError(
                f"{self.source} comes without trade elasticities; give them, as a number or as a "
                "CSV file with columns sector,theta"
            )
        linked = bool(self.intermediate.any() or self.inputs.any())
        try:
            return World.from_arrays(
                regions=self.regions,
                sectors=self.sectors,
                flows=self.flows,
                tariff=self.tariff,
                tariff_unit="fraction",  # asked about where it was read
                trade_elasticity=self.theta["central"],
                input_share=_ratio(self.inputs, self.output[:, None, :]) if linked else None,
                elasticity_sets=_read_only(self.theta),
                tables=self.tables or ("other",) * len(self.sectors),
                region_names=self.region_names or ("",) * len(self.regions),
                sector_names=self.sector_names or ("",) * len(self.sectors),
                source=self.source,
            )
        except DataError as error:
            raise DataError(f"{self.source}: {error}") from None


def _read_only(sets: Mapping[str, Array]) -> Mapping[str, Array]:
    copies = {name: values.copy() for name, values in sets.items()}
    for values in copies.values():
        values.setflags(write=False)
    return MappingProxyType(copies)


def _ratio(over: Array, under: Array) -> Array:
    """Quotient, zero where nothing positive divides."""
    shape = np.broadcast_shapes(over.shape, under.shape)
    under = np.broadcast_to(under, shape)
    return np.asarray(np.divide(over, under, out=np.zeros(shape), where=under > 0.0))


def _leontief(share: Array, sourcing: Array, final: Array, source: str) -> Array:
    """Solve output (N, S) for final sales, by the series of rounds of orders."""
    total = share.sum(axis=1)
    if total.max() >= 1.0:
        raise DataError(
            f"{source}: inputs of an industry cost {total.max():.6g} of its output, so output "
            "cannot be solved anew; set a floor for value added (--value-added-floor 0.01)"
        )
    output = ordered = final.copy()
    for _ in range(_ROUNDS):
        used = np.einsum("nks,ns->nk", share, ordered)
        ordered = np.asarray(np.einsum("ink,nk->ik", sourcing, used))
        output = np.asarray(output + ordered)
        if ordered.max() <= _SERIES * output.max():
            return output
    raise DataError(
        f"{source}: output cannot be solved anew, inputs cost up to {total.max():.6g} of output; "
        "set a floor for value added (--value-added-floor 0.01)"
    )


def _some(mask: NDArray[np.bool_], table: TradeTable, limit: int = 6) -> str:
    """Name the first industries of a mask."""
    found = [f"{table.regions[n]} {table.sectors[s]}" for n, s in np.argwhere(mask)]
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + more
