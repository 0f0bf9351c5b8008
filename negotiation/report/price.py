"""The power to hurt (L6) and the price of leverage (L7), in words and as records."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from negotiation.leverage.price import Price
from negotiation.study.credibility.credibility import Credible
from negotiation.words import a_period, amount, money


def hurt_words(found: Credible) -> str:
    """What each side could do to the other by cutting it off, in words."""
    hurt = found.hurt
    assert hurt is not None
    parts = []
    for p, player in enumerate(hurt.players):
        value, other = float(hurt.log_points[..., p]), hurt.players[1 - p]
        told = f"{value:.3g} log points" if math.isfinite(value) else str(hurt.status[..., p])
        parts.append(
            f"cut off by {found.outcome.model.named(player)}, {found.outcome.model.named(other)} "
            f"would lose {told}"
        )
    return (
        f"Power to hurt: {'; '.join(parts)} of real income (final purchases, prices elsewhere "
        "unchanged). No action of the game cuts anybody off."
    )


def price_words(found: Credible, each: Price) -> str:
    """What going along the axis gains in the deal, and what that costs in risk, in words."""
    assert found.axis is not None
    model = found.outcome.model
    name, low, high = found.axis
    who, other = (model.named(model.players[p]) for p in (found.side, 1 - found.side))
    gained = float(each.gained)
    if not np.isfinite(gained):
        return "Price of leverage: undefined, because there is no deal at one of the ends."
    verb = "gains" if gained >= 0 else "loses"
    size = money(abs(gained))
    told = (
        f"Price of leverage: going from {name} = {amount(low)} to {amount(high)} {who} "
        f"{f'{verb} {size}' if size != '0' else 'gains and loses nothing'} in the deal."
    )
    scores = found.outcome.leverage
    gains = scores is not None and float(scores.loss[..., found.side]) < 0.0
    size_of = "gain" if gains else "loss"
    before, after = float(each.before.probability), float(each.after.probability)
    if np.isfinite(before) and np.isfinite(after):
        told += (
            f" If {other} knows the no-deal payoff of {who} to within "
            f"{money(float(each.before.spread))} ({found.spread:.0%} of its {size_of}, a "
            "judgement) and offers once, the probability of no deal "
        )
        if before or after:
            unit = 10.0 ** math.floor(math.log10(abs(gained))) if gained else 1.0
            per = float(each.risk_per_unit) * unit
            told += f"goes from {before:.3f} to {after:.3f}, {per:+.4f} per {money(unit)} gained."
        else:
            told += (
                f"stays zero: it takes an uncertainty of {money(float(each.before.bites_from))} "
                f"before and {money(float(each.after.bites_from))} after."
            )
    was, now = each.kept_before, each.kept_after
    if np.isfinite(was.critical).all() and np.isfinite(now.critical).all():
        parts = [
            f"{model.named(model.players[p])} {was.critical[p]:.3f} to {now.critical[p]:.3f}"
            for p in (0, 1)
        ]
        told += (
            f" If nobody enforces the deal, the discount factor{a_period(model.payoff_unit)} that "
            f"keeps each side to it goes for {parts[0]}, for {parts[1]}."
        )
    else:
        why = str((was if not np.isfinite(was.critical).all() else now).status[0])
        why = why.partition(": ")[2] or why
        told += f" What keeps the deal without enforcement cannot be said: {why}."
    return told


def price_record(found: Credible, each: Price) -> dict[str, Any]:
    """L7 as a dictionary, ready for JSON."""
    return {
        "of": found.outcome.model.players[found.side],
        "gained": each.gained,
        "spread": each.before.spread,
        "probability_of_no_deal": [each.before.probability, each.after.probability],
        "risk_begins_at": [each.before.bites_from, each.after.bites_from],
        "risk_per_unit": each.risk_per_unit,
        "critical_discount_factor": [each.kept_before.critical, each.kept_after.critical],
        "patience_per_unit": each.patience_per_unit,
        "status": [each.kept_before.status.tolist(), each.kept_after.status.tolist()],
    }
