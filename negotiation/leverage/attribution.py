"""L4, attribution: what each table, and each sector at it, adds to a score."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.shapley import (
    Array,
    Integers,
    interaction,
    owen_coalitions,
    owen_from,
    quotient_coalitions,
    shapley,
)

#: A score with nothing at stake that is smaller than this share of the largest counts as zero:
#: payoffs are good to 1e-12 of income, which may be thousands of times the score.
NOTHING = 1e-7


@dataclasses.dataclass(frozen=True, eq=False)
class Coalitions:
    """What is known of the game with only some sectors at stake, for each coalition of sectors.

    Attributes
    ----------
    masks : (M,) array of int
        Which sectors are at stake, as bits; nothing first, everything last.
    status : (M, ...) array of str
        What may be relied on.
    certified : (M, ...) array of bool
    equilibrium : (M, ...) array of str
        Support of the selected equilibrium.
    departs : (M, ...) array of bool
        The equilibrium is another than with everything at stake.
    several : (M, ...) array of bool
        There are equilibria with other payoffs, so that the rule of selection matters.
    no_deal : (M, ...) array of bool
        No agreement makes both sides better off; the score is that of the disagreement point.
    """

    masks: Integers
    status: NDArray[np.str_]
    certified: NDArray[np.bool_]
    equilibrium: NDArray[np.str_]
    departs: NDArray[np.bool_]
    several: NDArray[np.bool_]
    no_deal: NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, eq=False)
class Attribution:
    """A score taken apart: v(T), the score with only the sectors in T at stake.

    Attributes
    ----------
    of, unit : str
        The score, and its unit.
    concept, threat, fails, rule : str
        What it depends on: the bargaining solution, empty where the score is not of a deal; the
        threat point by name, and in words; the rule that selects an equilibrium.
    tables, sectors : tuple of str
        `sectors` is empty where only whole tables were looked at.
    unions : tuple of tuples of int
        Sectors at each table.
    coalitions : Coalitions
    values : (..., M) array
        v of each of `coalitions`.
    table : (..., m) array
        Shapley value of each table; adds up to `total`.
    sector : (..., n) array
        Owen value of each sector; adds up to its table's value, exactly but for rounding.
    interaction : (..., m, m) array
        Shapley interaction index of two tables. Negative: together they lower the score by more
        than one by one. The diagonal holds the Shapley values.
    table_alone, sector_alone : (..., m), (..., n) arrays
        v({k}) - v(nothing).
    by_concept : mapping of concept to (..., m) array
        `table` by other bargaining solutions; empty where the score is not of a deal.
    attributed : str
        What of the threat is taken apart: one sentence.
    of_the_game : bool
        Whether the equilibrium of the game counts for the score.
    """

    of: str
    unit: str
    concept: str
    threat: str
    fails: str
    rule: str
    tables: tuple[str, ...]
    sectors: tuple[str, ...]
    unions: tuple[tuple[int, ...], ...]
    coalitions: Coalitions
    values: Array
    table: Array
    sector: Array
    interaction: Array
    table_alone: Array
    sector_alone: Array
    by_concept: Mapping[str, Array]
    attributed: str = ""
    of_the_game: bool = True

    @property
    def whole(self) -> Array:
        """(...) v(everything): the score itself."""
        return np.asarray(self.values[..., -1])

    @property
    def baseline(self) -> Array:
        """(...) v(nothing): the score with nothing at stake."""
        return np.asarray(self.values[..., 0])

    @property
    def total(self) -> Array:
        """(...) v(everything) - v(nothing): what is attributed."""
        return np.asarray(self.values[..., -1] - self.values[..., 0])

    @property
    def starts_at_zero(self) -> NDArray[np.bool_]:
        """(...) whether the score is zero with nothing at stake."""
        largest = np.abs(self.values).max(axis=-1)
        return np.asarray(np.abs(self.baseline) <= NOTHING * largest)

    @property
    def linkage(self) -> Array:
        """(...) what having the tables at stake together adds to the sum of each alone."""
        return np.asarray(self.total - self.table_alone.sum(axis=-1))

    @property
    def residual(self) -> Array:
        """(...) what the parts leave unexplained, relative to the largest v: rounding."""
        parts = self.sector if self.sectors else self.table
        largest = np.abs(self.values).max(axis=-1)
        gap = np.abs(parts.sum(axis=-1) - self.total)
        return np.asarray(np.where(largest > 0.0, gap / np.where(largest > 0.0, largest, 1.0), gap))

    def share(self, parts: Array) -> Array:
        """(..., k) parts of the total; NaN where it is too small against them to be shared."""
        scale = np.abs(self.table).sum(axis=-1)
        small = ~(np.abs(self.total) > NOTHING * scale)
        whole = np.where(small, np.nan, self.total)
        return np.asarray(parts / whole[..., None] + 0.0)  # no minus zero

    def at_stake(self, position: int) -> tuple[str, ...]:
        """Names of what is at stake in a coalition: a table by its name where all of it is."""
        mask = int(self.coalitions.masks[position])
        names: list[str] = []
        for table, union in zip(self.tables, self.unions, strict=True):
            inside = [k for k in union if mask >> k & 1]
            if len(inside) == len(union):
                names.append(table)
            else:
                names += [self.sectors[k] for k in inside]
        return tuple(names)

    @property
    def whole_tables(self) -> Integers:
        """(2**m,) positions of the coalitions of whole tables, by bitmask of tables."""
        return np.searchsorted(self.coalitions.masks, quotient_coalitions(self.unions))


def attribution(
    values: Array,
    coalitions: Coalitions,
    tables: Sequence[str],
    sectors: Sequence[str],
    unions: Sequence[Sequence[int]],
    *,
    of: str = "",
    unit: str = "",
    concept: str = "",
    threat: str = "",
    fails: str = "",
    rule: str = "",
    by_concept: Mapping[str, Array] | None = None,
    attributed: str = "",
    of_the_game: bool = True,
) -> Attribution:
    """Take a score apart (Shapley 1953; Owen 1977; Grabisch and Roubens 1999).

    Parameters
    ----------
    values : (..., M) array
        v of the coalitions `owen_coalitions(unions)`.
    sectors : sequence of str
        Empty where each union is a whole table, without sectors of its own.
    by_concept : mapping of concept to (..., M) array
        v by other bargaining solutions.

    Raises
    ------
    ParameterError
        If values and unions do not fit.
    """
    told = tuple(tuple(union) for union in unions)
    owen = owen_from(values, told)
    masks = owen_coalitions(told)
    wholes = np.searchsorted(masks, quotient_coalitions(told))
    single = np.searchsorted(masks, 1 << np.arange(owen.shape[-1]))
    by_tables = values[..., wholes]
    alone = values[..., single] - values[..., :1]
    return Attribution(
        of=of,
        unit=unit,
        concept=concept,
        threat=threat,
        fails=fails,
        rule=rule,
        tables=tuple(tables),
        sectors=tuple(sectors),
        unions=told,
        coalitions=coalitions,
        values=values,
        table=shapley(by_tables),
        sector=owen if sectors else owen[..., :0],
        interaction=interaction(by_tables),
        table_alone=by_tables[..., 1 << np.arange(len(told))] - values[..., :1],
        sector_alone=alone if sectors else alone[..., :0],
        by_concept={
            name: shapley(worth[..., wholes]) for name, worth in (by_concept or {}).items()
        },
        attributed=attributed,
        of_the_game=of_the_game,
    )


__all__ = ["NOTHING", "Attribution", "Coalitions", "attribution"]
