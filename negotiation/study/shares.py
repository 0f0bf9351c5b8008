"""A score taken apart by tables draw by draw: the parts of every draw add up to its score."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.shapley import PLAYERS
from negotiation.case import Case, study
from negotiation.draws import Draws
from negotiation.errors import ParameterError
from negotiation.games.game import Array
from negotiation.leverage.attribution import Attribution
from negotiation.study import drawn
from negotiation.study.attribution import attribute
from negotiation.study.within import DrawRange, band, by_regime


@dataclasses.dataclass(frozen=True, eq=False)
class Shares:
    """Shapley values of tables over draws.

    Attributes
    ----------
    case : Case
    draws : Draws
    of, unit : str
        The score, and its unit.
    tables : tuple of str
    table : (D, m) array
        Shapley value of each table; NaN where the score of the draw is not defined.
    table_alone : (D, m) array
        With nothing else at stake.
    total, whole : (D,) arrays
        What is attributed, and the score itself.
    regime : (D,) array of str
        The selected equilibrium with everything at stake.
    of_the_game : bool
        Whether that equilibrium counts for the score.
    certified : (D,) array of bool
        Whether the games of all coalitions are.
    residual : (D,) array
        What the parts leave unexplained, relative to the largest score of a coalition: rounding.
    """

    case: Case
    draws: Draws
    of: str
    unit: str
    tables: tuple[str, ...]
    table: Array
    table_alone: Array
    total: Array
    whole: Array
    regime: NDArray[np.str_]
    of_the_game: bool
    certified: NDArray[np.bool_]
    residual: Array

    def __len__(self) -> int:
        return len(self.total)

    @property
    def defined(self) -> NDArray[np.bool_]:
        """(D,) whether the score could be taken apart, and all of it is certified."""
        return np.asarray(self.certified & np.isfinite(self.table).all(axis=-1))

    @property
    def regimes(self) -> list[str]:
        """Equilibria with everything at stake, the most frequent first."""
        return list(by_regime(self.total, np.where(self.defined, self.regime, "")))

    @property
    def pooled(self) -> bool:
        """Whether one range over all draws means something: the score is of one regime."""
        return not self.of_the_game or len(self.regimes) < 2

    def bands(self) -> dict[str, DrawRange]:
        """Range of each table's value over the draws that are defined."""
        return {
            name: band(np.where(self.defined, self.table[:, k], np.nan))
            for k, name in enumerate(self.tables)
        }

    def bands_by_regime(self) -> dict[str, dict[str, DrawRange]]:
        """By table and regime the same."""
        regimes = np.where(self.defined, self.regime, "")
        return {name: by_regime(self.table[:, k], regimes) for k, name in enumerate(self.tables)}

    @property
    def total_band(self) -> DrawRange:
        """Range of what is attributed."""
        return band(np.where(self.defined, self.total, np.nan))

    def largest(self) -> dict[str, float]:
        """Share of the defined draws in which each table is the largest part, either way."""
        some = np.abs(self.table[self.defined])
        first = some.argmax(axis=-1) if len(some) else np.empty(0, dtype=np.int64)
        return {
            name: float((first == k).mean()) if len(some) else np.nan
            for k, name in enumerate(self.tables)
        }

    def reordered(self, at: Attribution) -> float:
        """Share of the defined draws in which the two largest parts are not those of the point.

        In their order; of one table alone it is zero.
        """
        order = np.argsort(-np.abs(self.table[self.defined]), axis=-1, kind="stable")[:, :2]
        if not len(order):
            return np.nan
        names = [at.tables[k] for k in np.argsort(-np.abs(at.table), kind="stable")[:2]]
        wanted = [self.tables.index(name) if name in self.tables else -1 for name in names]
        return float((order != wanted).any(axis=-1).mean())


@study
def shares(case: Case, *, of: str = "delta") -> Shares:
    """Attribute a score to tables in every draw: all coalitions and draws as clouds.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`, and something uncertain.
    of : str
        A score, as of `attribute`.

    Raises
    ------
    ParameterError
        Without draws, and as `attribute` does.
    """
    draws = case.drawn().main
    if not len(draws) or not draws.priors:
        raise ParameterError(
            f"model {case.model.name()} has nothing to draw; give draws=100, and a prior such as "
            "priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what is uncertain"
        )
    stakes = {spec.stake for spec in case.model.parameters().values() if spec.stake}
    size = max(1, drawn.TOGETHER >> min(len(stakes), PLAYERS))
    parts: list[tuple[NDArray[np.int64], Attribution]] = []
    for start in range(0, len(draws), size):
        rows = np.arange(start, min(start + size, len(draws)))
        for index, cloud in draws.clouds(rows=rows):
            parts.append((index, attribute(case.at(cloud), of=of, by="tables")))
    order = np.argsort(np.concatenate([index for index, _ in parts]))
    first = parts[0][1]

    def gathered(name: str) -> Array:
        values = [_broadcast(getattr(each, name), index) for index, each in parts]
        return np.concatenate(values)[order]

    return Shares(
        case=case,
        draws=draws,
        of=first.of,
        unit=first.unit,
        tables=first.tables,
        table=gathered("table"),
        table_alone=gathered("table_alone"),
        total=gathered("total"),
        whole=gathered("whole"),
        regime=np.concatenate(
            [np.broadcast_to(each.coalitions.equilibrium[-1], index.shape) for index, each in parts]
        )[order],
        of_the_game=first.of_the_game,
        certified=np.concatenate(
            [
                np.broadcast_to(each.coalitions.certified.all(axis=0), index.shape)
                for index, each in parts
            ]
        )[order],
        residual=gathered("residual"),
    )


def _broadcast(values: Array, index: NDArray[np.int64]) -> Array:
    """Give values that are the same in all draws the axis of draws."""
    inner = values.shape[1:] if values.shape[:1] == index.shape else values.shape
    return np.broadcast_to(values, (*index.shape, *inner))


__all__ = ["Shares", "shares"]
