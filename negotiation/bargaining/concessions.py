"""The concessions of Zeuthen: a process that ends near the Nash solution (Harsanyi 1956)."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation.bargaining.solutions import Problem
from negotiation.bargaining.talks import Array, Talks
from negotiation.errors import ParameterError
from negotiation.tolerances import SAME_RISK


@dataclasses.dataclass(frozen=True, eq=False)
class Concessions:
    """The path of proposals, round by round; T rounds.

    Attributes
    ----------
    proposals : (T + 1, ..., 2, 2) array
        Payoffs [round, ..., who proposes, whose payoff]; the first are each side's best agreement.
        Those of a bargain that has ended are repeated. NaN where there is no deal.
    risk : (T + 1, ..., 2) array
        Risk limit of each side: the largest probability of no deal that it would run rather than
        accept what the other proposes, (own proposal - other's proposal) / (own proposal - d) in
        its own payoff.
    concedes : (T, ..., 2) array of bool
        Who gives way in a round: the side with the smaller risk limit, or both.
    payoffs : (..., 2) array
        What they agree on in the end.
    rounds : (...) array of int
    status : (...) array of str
        `AgreementStatus` values.
    """

    proposals: Array
    risk: Array
    concedes: NDArray[np.bool_]
    payoffs: Array
    rounds: NDArray[np.int64]
    status: NDArray[np.str_]


def zeuthen(talks: Talks, disagreement: ArrayLike, concession: float = 0.01) -> Concessions:
    """Let the side that can less afford a breakdown give way, until the proposals meet.

    Whoever has the smaller risk limit also has the smaller product of gains in its proposal, so
    that concessions lead to the largest product: the symmetric Nash solution, up to the size of a
    concession (Zeuthen 1930; Harsanyi 1956). `talks.weight` does not enter.

    Parameters
    ----------
    talks : Talks
    disagreement : (..., 2) array
    concession : float
        What a side gives up in a round, as a share of its largest gain; in (0, 1]. It never
        demands less than the other side offers.

    Raises
    ------
    ParameterError
    """
    if not 0.0 < concession <= 1.0:
        raise ParameterError(
            f"concession {concession:g} is out of range; expected more than 0 and at most 1"
        )
    problem = Problem.of(talks, disagreement)
    zone = problem.zone
    step = np.where(problem.agreed[..., None], concession * zone.best, np.nan)
    demand = np.where(problem.agreed[..., None], zone.best, np.nan)
    path, risks, steps = [], [], []
    rounds = np.zeros(problem.agreed.shape, dtype=np.int64)
    for _ in range(2 * math.ceil(1.0 / concession) + 3):
        offer = np.stack([zone.given(1, demand[..., 1]), zone.given(0, demand[..., 0])], axis=-1)
        # Row: who proposes. The first side proposes its demand and the best of the rest.
        first = np.stack([demand[..., 0], offer[..., 1]], axis=-1)
        second = np.stack([offer[..., 0], demand[..., 1]], axis=-1)
        path.append(problem.disagreement[..., None, :] + np.stack([first, second], axis=-2))
        with np.errstate(divide="ignore", invalid="ignore"):
            risk = np.where(demand > 0.0, np.maximum(demand - offer, 0.0) / demand, 0.0)
        risk = np.where(problem.agreed[..., None], risk, np.nan)
        risks.append(risk)
        apart = np.asarray((demand > offer).all(axis=-1))
        if not apart.any():
            break
        gives = apart[..., None] & (risk <= risk[..., ::-1] + SAME_RISK)
        steps.append(gives)
        # Within rounding of the offer: accept.
        lower = demand - step
        lower = np.where(lower <= offer + 1e-9 * step, offer, lower)
        demand = np.where(gives, lower, demand)
        rounds = rounds + apart
    # Both may have given way past each other: then the middle between the proposals.
    middle = path[-1][..., 0].mean(axis=-1) - problem.disagreement[..., 0]
    gains = np.stack([middle, zone.given(0, middle)], axis=-1)
    return Concessions(
        proposals=np.stack(path),
        risk=np.stack(risks),
        concedes=np.stack(steps) if steps else np.zeros((0, *step.shape), dtype=bool),
        payoffs=problem.disagreement + np.where(problem.agreed[..., None], gains, np.nan),
        rounds=rounds,
        status=problem.status,
    )
