"""What a model's author gives back beside payoffs and talks: results, and threat points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A named result of a model for every profile of actions.

    Attributes
    ----------
    values : (..., A1, ..., AP) array
    unit, about : str
    """

    values: NDArray[np.float64]
    unit: str
    about: str = ""


@dataclasses.dataclass(frozen=True)
class Currency:
    """Another currency in which the money of a player is shown.

    Attributes
    ----------
    unit : str
        As in `C$ million a year`.
    rate : float
        Units of it for one unit of the payoffs.
    about : str
        The rate with its date and source; a phrase.
    symbol, scale : str
        As in `C$` and `million`, for the head of a column; the unit is there if no symbol is given.
    """

    unit: str
    rate: float
    about: str
    symbol: str = ""
    scale: str = ""

    @property
    def head(self) -> str:
        """What stands above a column of it; a line break is where it may be broken."""
        return "\n".join(each for each in (self.symbol or self.unit, self.scale) if each)


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a lever asks of others: of a market in a sector, say.

    Attributes
    ----------
    of : str
        Who has to do it.
    today : float
        What is done today, in the unit of `unit`.
    growth : float
        By how much more, as a share of today.
    price_cut : float
        The cut in prices that would do it, a fraction.
    unit : str
    """

    of: str
    today: float
    growth: float
    price_cut: float
    unit: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class ThreatPoint:
    """What happens if talks fail: the disagreement point of the bargain.

    Attributes
    ----------
    payoffs : (..., P) array
        In the units of the model's payoffs. NaN where it is not known.
    about : str
        How it came about and what certifies it; a phrase that ends without a full stop.
    certified : (...) array of bool
        Whether it may be relied on.
    details : mapping
        Further facts for the record; anything that can be written as JSON.
    name : str
        What a user asks for; filled in by `evaluate`.
    """

    payoffs: NDArray[np.float64]
    about: str
    certified: NDArray[np.bool_] | np.bool_ | bool = True
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    name: str = ""

    def __getstate__(self) -> dict[str, Any]:
        """Pickle and copy; a mapping that only shows another cannot be, its content can."""
        return {**vars(self), "details": dict(self.details)}
