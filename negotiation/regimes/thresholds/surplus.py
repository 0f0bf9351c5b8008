"""The gain that both sides can have from a deal, known on both sides of nothing."""

from __future__ import annotations

import numpy as np

from negotiation.bargaining import AgreementSet, AgreementStatus, Talks
from negotiation.games.game import Array
from negotiation.outcome import Outcome
from negotiation.tolerances import ZERO_LOSS


def surplus(outcome: Outcome) -> Array:
    """The largest gain that both sides can have at once, negative where there is none.

    Its size is that of the equal gains on the frontier from the disagreement point, whichever side
    of the frontier that is on; its sign is that of the solved talks.
    """
    assert outcome.talks is not None
    agreement = outcome.agreement
    status, disagreed = agreement.status, agreement.disagreement
    size = _equal_gains(outcome.talks, disagreed)
    agreed = status == AgreementStatus.AGREED.value
    # The sign is the solver's, so that nothing here contradicts it. But the solver calls gains no
    # larger than rounding no surplus; where the size is as small as that it stays as it is, so that
    # it passes through zero where it does.
    signed = np.where(agreed, np.maximum(size, 0.0), np.minimum(size, 0.0))
    least = np.where(agreed, np.finfo(float).tiny, -np.finfo(float).tiny)
    signed = np.where(signed == 0.0, least, signed)
    payoffs = np.abs(outcome.game.payoffs)
    largest = np.where(np.isfinite(payoffs), payoffs, 0.0).max(
        axis=tuple(range(-len(outcome.game.players) - 1, 0))
    )
    curved = not isinstance(outcome.talks.agreement, AgreementSet)
    rounding = np.abs(size) <= 2.0 * ZERO_LOSS * np.maximum(largest, np.abs(disagreed).max(axis=-1))
    signed = np.where(rounding & (not curved), size, signed)
    return np.where(status == AgreementStatus.UNKNOWN.value, np.nan, signed)


def _equal_gains(talks: Talks, disagreement: Array) -> Array:
    """Equal gains (..., ) that lead from the disagreement point to the frontier; may be negative.

    Zero where the agreement set is not made of line pieces.
    """
    pieces = talks.agreement
    if not isinstance(pieces, AgreementSet):
        return np.zeros(disagreement.shape[:-1])
    start = pieces.start - disagreement[..., None, :]
    direction = np.broadcast_to(pieces.direction, start.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (start[..., 1] - start[..., 0]) / (direction[..., 0] - direction[..., 1])
        t = np.where(np.isfinite(t), t, 0.0)
        t = np.clip(t, pieces.low, pieces.high)
        gains = start + t[..., None] * direction
    return np.asarray(gains.min(axis=-1).max(axis=-1))
