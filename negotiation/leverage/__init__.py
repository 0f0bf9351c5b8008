"""Leverage: several scores, each in its own file, never added up into one."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Agreement, Talks
from negotiation.errors import Named
from negotiation.leverage.asymmetry import Asymmetry, AsymmetryStatus, asymmetry
from negotiation.leverage.concession import (
    AtStake,
    Concession,
    NclStatus,
    concession,
    losses_at_stake,
)
from negotiation.leverage.credibility import Credibility
from negotiation.leverage.marginal import Marginal, Moved, Slope, Threat, moved, slope, unmoved
from negotiation.words import html_table, money, share

__all__ = [
    "Asymmetry",
    "AsymmetryStatus",
    "AtStake",
    "Concession",
    "Credibility",
    "Leverage",
    "Marginal",
    "Moved",
    "NclStatus",
    "Slope",
    "Threat",
    "asymmetry",
    "concession",
    "losses_at_stake",
    "moved",
    "score",
    "slope",
    "unmoved",
]

Array = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Leverage:
    """The scores of a bargain, with their parts and their spread over concepts.

    Attributes
    ----------
    players : tuple of str
    loss : (..., 2) array
        l = s - d, what each side loses without a deal; negative: it gains.
    concession : mapping of concept to Concession
        L1.
    asymmetry : Asymmetry
        L2.
    marginal : mapping of lever to Marginal
        L3; empty where it was not asked for.
    credibility : Credibility
        L5.
    """

    players: tuple[str, ...]
    loss: Array
    concession: Mapping[str, Concession]
    asymmetry: Asymmetry
    marginal: Mapping[str, Marginal]
    credibility: Credibility

    def __repr__(self) -> str:
        first, second = self.players
        batch = self.loss.shape[:-1]
        if batch:
            return f"<Leverage of {first} and {second}, {batch} points>"
        told = "; ".join(f"{what} {', '.join(cells)}" for what, *cells in self._rows())
        return f"<Leverage of {first} and {second}: {told}>"

    def _repr_html_(self) -> str:
        batch = self.loss.shape[:-1]
        title = "Leverage" + (f", {batch} points" if batch else "")
        return html_table(title, [] if batch else self._rows(), ("", *self.players))

    def _rows(self) -> list[tuple[str, ...]]:
        """What matters most at a point: by side, in a few lines."""
        rows = [("loss without a deal", *(money(float(each)) for each in self.loss))]
        for name, each in list(self.concession.items())[:1]:
            rows.append((f"Delta ({name})", *(money(float(d), signed=True) for d in each.delta)))
            rows.append(("NCL", *(share(float(d)) for d in each.ncl)))
        return rows

    def spread(self, part: str) -> tuple[Array, Array]:
        """Smallest and largest value of `delta` or `ncl` over the concepts, each (..., 2)."""
        values = [getattr(each, part) for each in self.concession.values()]
        return functools.reduce(np.minimum, values), functools.reduce(np.maximum, values)


def score(
    talks: Talks,
    agreements: Mapping[str, Agreement],
    disagreement: Array,
    size: Array | None = None,
    marginal: Mapping[str, Marginal] | None = None,
    names: tuple[str, str] | None = None,
    credibility: Credibility | None = None,
) -> Leverage:
    """Compute L1 and L2 of solved talks, and put L3 and L5 beside them.

    Parameters
    ----------
    names : tuple of two str, optional
        What the players are called in a sentence; their labels where it is not given.
    credibility : Credibility, optional
        Where walking out is not the disagreement point; otherwise staying is the first agreement.
    """
    if credibility is None:
        deal = next(iter(agreements.values())).payoffs
        staying = np.where(np.isnan(deal), disagreement, deal)
        credibility = Credibility(disagreement, staying)
    loss = np.asarray(talks.status_quo, dtype=float) - disagreement
    stake = AtStake.of(loss)
    return Leverage(
        players=talks.players,
        loss=loss,
        concession=Named(
            "leverage by the concept",
            {name: concession(each, loss, stake) for name, each in agreements.items()},
        ),
        asymmetry=asymmetry(loss, size, names or talks.players),
        marginal=Named(
            "marginal leverage of the lever",
            marginal or {},
            "evaluate(model, marginal=True) computes it for every lever that is a number",
        ),
        credibility=credibility,
    )
