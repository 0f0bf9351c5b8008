"""The deal at a point: what every concept gives, and what moves it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from negotiation.bargaining import AgreementSet, AgreementStatus
from negotiation.leverage import Marginal, NclStatus
from negotiation.outcome import POSTURE, STATUS_QUO, Outcome
from negotiation.report.document import (
    Cell,
    Form,
    Items,
    Number,
    Paragraph,
    Table,
    TableColumn,
)
from negotiation.words import money, per_cost, share


def deal_items(outcome: Outcome) -> Items:
    """The deal of every concept, and the scores of leverage."""
    assert outcome.leverage is not None
    assert outcome.talks is not None
    players, scores = outcome.game.players, outcome.leverage
    told = []
    every = list(outcome.agreements.items())
    if _coincide(outcome):
        told.append(
            "Money can be transferred without limit, so that all concepts give this deal by "
            "construction."
        )
        every = [(outcome.case.concept, outcome.agreement)]
    for concept, each in every:
        if str(each.status) != AgreementStatus.AGREED:
            told.append(f"{concept}: {each.status}")
            continue
        gains = ", ".join(
            f"{player} {money(value, signed=True)}"
            for player, value in zip(players, each.concession, strict=True)
        )
        told.append(f"{concept}: {gains}; surplus {money(float(each.surplus))}")
    nash = outcome.concession
    if np.isfinite(nash.ncl).all():
        told.append(
            f"NCL of {outcome.model.named(players[0])} {nash.ncl[0]:+.3f} = power share "
            f"{nash.power_share[0]:.3f} - exposure share {nash.exposure_share[0]:.3f}"
        )
    elif str(nash.status) != NclStatus.NO_DEAL.value:
        told.append(f"NCL: {nash.status}")
    two = scores.asymmetry
    told.append(
        f"No-deal asymmetry: {share(float(two.log_ratio))} log points, relative to size "
        f"{share(float(two.relative))}, bounded {share(float(two.bounded))}"
        if np.isfinite(two.log_ratio)
        else f"No-deal asymmetry: {two.status}"
    )
    if not scores.marginal and outcome.threat.name != POSTURE:
        why = (
            "no lever moves it"
            if outcome.threat.name == STATUS_QUO
            else "it would take this threat point at several steps of every lever"
        )
        told.append(f"Marginal leverage is left out: {why}.")
    return Items(tuple(told), f"The deal: {outcome.talks.about or 'an agreement'}", indented=True)


#: The bargaining weight under which both sides count alike.
_EVEN = 0.5


def _coincide(outcome: Outcome) -> bool:
    """Whether all concepts give one deal because money is transferred dollar for dollar."""
    talks = outcome.talks
    if talks is None or not isinstance(talks.agreement, AgreementSet):
        return False
    agreed = str(outcome.agreement.status) == AgreementStatus.AGREED
    return agreed and talks.agreement.unlimited_money and bool(np.all(talks.weight == _EVEN))


def marginal_table(marginal: Mapping[str, Marginal], unit: str) -> Table | Paragraph:
    """One line per lever: what a percentage point is worth to its owner's deal, and why."""
    rows: list[list[Cell]] = []
    notes: list[str] = []
    still: list[str] = []
    for name, each in marginal.items():
        slope = each.right if np.isfinite(each.right.total) else each.left
        if not np.isfinite(slope.total):
            broken = bool(each.right.regime_change) or bool(each.left.regime_change)
            why = "the equilibrium changes within a step" if broken else "there is no deal to move"
            notes.append(f"{name} has none: {why}.")
            continue
        if slope.total == slope.own_fallback == slope.their_fallback == 0.0:
            still.append(name)
            continue
        cost = float(each.cost)
        parts = (slope.total, slope.own_fallback, slope.their_fallback)
        worth = float(slope.total) / cost if cost > 0 else math.nan
        ratio = Number(worth, f"{worth:.2f}" if cost > 0 else "none")
        rows.append([name, each.owner, *(float(part) / 100 for part in parts), ratio])
    if still:
        notes.append(
            f"Nothing that talks start from moves with {', '.join(still)}: neither does the deal."
        )
    title = f"What one more hundredth of a lever adds to its owner's deal, {unit}"
    if not rows:
        return Paragraph(f"{title}. {' '.join(notes)}")
    per = per_cost(unit)
    heads: list[TableColumn | str] = [
        "lever",
        "owner",
        TableColumn("in all", Form.CHANGE),
        TableColumn("own\nfallback", Form.CHANGE),
        TableColumn("their\nfallback", Form.CHANGE),
        "per $\nspent" if per == "$" else f"per\n{per}",
    ]
    return Table.of(heads, rows, title, notes)
