"""L6, the power to hurt: real income a side would lose if the other cut it off, in log points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.errors import ModelError

Array = NDArray[np.float64]


class HurtStatus(StrEnum):
    """Whether a loss is finite; the value is what a user reads."""

    DEFINED = "defined"
    INFINITE = "infinite: the other side buys something from nobody else"
    UNKNOWN = "undefined: a part of it is not known"


@dataclasses.dataclass(frozen=True, eq=False)
class PowerToHurt:
    """What each side could do to the other by cutting it off.

    A closed form by trade shares and elasticities, sum over sectors of
    beta_s / theta_s * (-ln(1 - omega_s)), omega the share of the first in what the second spends
    (Arkolakis, Costinot and Rodriguez-Clare 2012). It is no payoff of the game: nobody's action
    there cuts anybody off.

    Attributes
    ----------
    players : tuple of two str
    log_points : (..., 2) array
        By the side that would do it: log real income the other loses.
    by_sector : (..., 2, S) array
        Its parts; they sum to it.
    sectors : tuple of str
        Names of the parts; empty where the model does not name them.
    status : (..., 2) array of str
    """

    players: tuple[str, str]
    log_points: Array
    by_sector: Array
    sectors: tuple[str, ...]
    status: NDArray[np.str_]


def power_to_hurt(
    players: tuple[str, str], parts: Mapping[str, ArrayLike], sectors: Sequence[str] = ()
) -> PowerToHurt:
    """Add up L6 from its parts by sector.

    Parameters
    ----------
    players : tuple of two str
    parts : mapping of player to (..., S) array
        Log points that the other side would lose, by sector; infinite where it buys from nobody
        else. What a model's `power_to_hurt()` holds as `values`.
    sectors : sequence of str

    Raises
    ------
    ModelError
        For a player without parts, parts that do not fit together, or negative ones.
    """
    missing = [player for player in players if player not in parts]
    if missing:
        raise ModelError(
            f"the power to hurt of {', '.join(missing)} is not given; give log points by sector "
            f"for each of {', '.join(players)}"
        )
    try:
        by_sector = np.stack(
            np.broadcast_arrays(*(np.asarray(parts[p], dtype=float) for p in players)), axis=-2
        )
    except ValueError:
        shapes = ", ".join(str(np.shape(parts[player])) for player in players)
        raise ModelError(
            f"the parts of the power to hurt have shapes {shapes}; expected (..., sectors), alike"
        ) from None
    if by_sector.ndim < 2 or (sectors and by_sector.shape[-1] != len(sectors)):
        raise ModelError(
            f"the parts of the power to hurt have shape {by_sector.shape}; expected one number for "
            f"each of {len(sectors) or 'the'} sectors"
        )
    if (by_sector < 0.0).any():
        worst = float(np.nanmin(by_sector))
        raise ModelError(
            f"a part of the power to hurt is {worst:g} log points; expected 0 or more: nobody "
            "gains by being cut off from what it buys"
        )
    total = by_sector.sum(axis=-1)
    status = np.select(
        [np.isnan(total), np.isinf(total)],
        [HurtStatus.UNKNOWN.value, HurtStatus.INFINITE.value],
        default=HurtStatus.DEFINED.value,
    )
    return PowerToHurt(players, total, by_sector, tuple(sectors), status)
