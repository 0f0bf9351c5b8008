"""What is believed about the trade elasticities."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation import prior

from .calibration import theta_of, world

Array = NDArray[np.float64]

#: Standard deviation of the log of what all sectors share, and of what each has of its own.
_COMMON, _OWN = 0.25, 0.25

#: Services and construction: GTAP's elasticity of 3.8 less one, and the spread of its log.
_SERVICES = ("SRV", "CNS")
_SERVICES_MEDIAN, _SERVICES_SPREAD = 2.8, 0.35

#: Sectors with elasticities of their own: counted here, so that data are read when they are used.
_ESTIMATED = 14

#: Ends of what is drawn.
_LEAST, _MOST = 0.3, 20.0


def elasticity_prior(sets: Sequence[str]) -> prior.Prior:
    """Sets of elasticities, equally likely, each with noise common to all sectors and of its own.

    theta_s = set_s exp(0.25 z_0 + 0.25 z_s). Services and construction are not estimated by the
    published sets, which put a 4 there; they share one draw, 2.8 exp(0.35 z).
    """

    def quantiles(u: Array) -> Array:
        services = np.array([code in _SERVICES for code in world().sectors])
        table = np.stack([theta_of(name) for name in sets])
        theta = table[prior.picked(u[:, 0], len(sets))]
        z = prior.normal_quantiles(u[:, 1:])
        theta[:, ~services] *= np.exp(_COMMON * z[:, :1] + _OWN * z[:, 1:-1])
        drawn = _SERVICES_MEDIAN * np.exp(_SERVICES_SPREAD * z[:, -1:])
        theta[:, services] = drawn
        return np.asarray(np.clip(theta, _LEAST, _MOST))

    return prior.Prior(
        text=f"one_of({','.join(sets)}) times lognormal noise",
        quantiles=quantiles,
        inputs=_ESTIMATED + 3,
        source=(
            "sectors.csv; uniform 2 and 5 of Boehm, Levchenko and Pandalai-Nayar (2023) and of "
            "Head and Mayer (2014); noise and services (GTAP) are a judgement"
        ),
        group="elasticities",
        parts={"set": lambda u: [sets[k] for k in prior.picked(u[:, 0], len(sets))]},
    )
