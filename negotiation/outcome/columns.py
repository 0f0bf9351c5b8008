"""What a sweep records of an outcome: one flat column per result, one entry per point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import bargain
from negotiation.errors import ModelError
from negotiation.glossary import MONEY, said
from negotiation.outcome import Outcome, deal_range
from negotiation.outcome.dispute import as_things_are, yields
from negotiation.outcome.scores import SCORES
from negotiation.tolerances import SAME_PROFILE


@dataclasses.dataclass(frozen=True, eq=False)
class Column:
    """One result over the points of a sweep.

    Attributes
    ----------
    values : (B,) array
    unit, about : str
    """

    values: NDArray[Any]
    unit: str
    about: str


def column_name(name: str) -> str:
    """Return the one name of a model's own result wherever it is shown: `welfare_pct_CAN`.

    A model may call it `welfare_pct.CAN`, and a user may type either.
    """
    return name.replace(".", "_")


def deviations(outcome: Outcome) -> dict[str, tuple[NDArray[np.float64], NDArray[np.str_]]]:
    """By player: what its best action outside the selected support loses (B,), and that action.

    NaN and an empty word where every action is in use, or there is not an equilibrium.
    """
    game, chosen = outcome.game, outcome.selection.strategies
    found = {}
    for p, values in enumerate(game.values(chosen)):
        expected = (values * chosen[p]).sum(axis=-1)
        outside = np.where(chosen[p] > SAME_PROFILE, -np.inf, values)
        best = outside.argmax(axis=-1)
        loss = expected - outside.max(axis=-1)
        known = np.isfinite(loss)
        words = np.where(known, np.array(game.actions[p], dtype=str)[best], "")
        found[game.players[p]] = (np.where(known, loss, np.nan), words)
    return found


def columns(outcome: Outcome, *, quantities: bool = True) -> dict[str, Column]:
    """Flatten an outcome over a batch of one axis into named columns.

    Without `quantities` the model's own results and scores from outside are left out, which may
    cost more than the rest.

    Raises
    ------
    ModelError
        For a score that would take the column of something else.
    """
    result: dict[str, Column] = {}
    model = type(outcome.model)
    now = as_things_are(outcome) if quantities and model.headline else None

    def add(template: str, values: NDArray[Any], player: str = "") -> None:
        unit, about = said(template, player, outcome.case.solution)
        unit = type(outcome.model).payoff_unit if unit == MONEY else unit
        result[template.format(player=player)] = Column(values, unit, about)

    chosen = outcome.selection
    add("equilibrium", chosen.support)
    add("equilibria", outcome.equilibria.count)
    add("completeness", outcome.equilibria.completeness)
    add("regret", chosen.regret)
    for p, player in enumerate(outcome.game.players):
        add("payoff_{player}", chosen.payoffs[..., p], player)
        add("payoff_{player}_min", chosen.lowest[..., p], player)
        add("payoff_{player}_max", chosen.highest[..., p], player)
    for player, (loss, action) in deviations(outcome).items():
        add("deviation_loss_{player}", loss, player)
        add("best_deviation_{player}", action, player)
    scores = outcome.leverage
    if scores is not None:
        told = outcome.concession
        sides = list(enumerate(scores.players))
        for p, player in sides:
            add("gain_{player}", -scores.loss[..., p], player)
        add("surplus", outcome.agreement.surplus)
        for p, player in sides:
            add("staying_{player}", scores.credibility.staying[..., p], player)
            add("walkout_{player}", scores.credibility.margin[..., p], player)
        add_dispute(outcome, sides, add)
        for part in ("delta", "ncl"):
            low, high = scores.spread(part)
            for p, player in sides:
                add(f"{part}_{{player}}", getattr(told, part)[..., p], player)
                add(f"{part}_{{player}}_min", low[..., p], player)
                add(f"{part}_{{player}}_max", high[..., p], player)
        least, most = deal_range(outcome)
        for p, player in sides:
            add("delta_{player}_all_min", least[..., p], player)
            add("delta_{player}_all_max", most[..., p], player)
        add("ncl_status", told.status)
        add("asymmetry", scores.asymmetry.log_ratio)
        add("asymmetry_status", scores.asymmetry.status)
    for name, score in outcome.scores.items() if quantities else ():
        for p, player in enumerate(outcome.game.players):
            if f"{name}_{player}" in result:
                raise ModelError(
                    f"{SCORES[name].title}: there is another column '{name}_{player}'; give the "
                    "score another name"
                )
            result[f"{name}_{player}"] = Column(
                score.values[..., p], score.unit, f"{score.about}, {player}"
            )
    for name, quantity in outcome.quantities.items() if quantities else ():
        result[column_name(name)] = Column(
            outcome.at_selection(name), quantity.unit, quantity.about
        )
        if name in model.headline and now is not None:
            result[f"{column_name(name)}_inside"] = Column(
                now[name], quantity.unit, f"{quantity.about}, in the dispute as it is"
            )
    add("status", outcome.status)
    return result


def add_dispute(
    outcome: Outcome,
    sides: Sequence[tuple[int, str]],
    add: Callable[[str, NDArray[Any], str], None],
) -> None:
    """Add what the dispute is worth while it lasts, and deals that start from it or a breakdown.

    Of a model without inside options there is nothing to add.
    """
    talks = outcome.talks
    if talks is None or talks.inside is None:
        return
    broken = outcome.selection.payoffs
    inside = np.broadcast_to(np.asarray(talks.inside, dtype=float), broken.shape)
    concept = outcome.case.concept
    starts = {"inside": inside, "breakdown": broken}
    deals = {name: bargain(talks, start, concept) for name, start in starts.items()}
    for p, player in sides:
        add("inside_{player}", inside[..., p], player)
    for name, deal in deals.items():
        for p, player in sides:
            add(f"delta_{name}_{{player}}", deal.concession[..., p], player)
    for p, player in sides:
        add("break_off_{player}", broken[..., p] - inside[..., p], player)
    for p, player in sides:
        given_way = yields(outcome, p)
        if given_way is not None:
            add("yields_{player}", given_way, player)


def column(outcome: Outcome, name: str) -> Column:
    """Return one of `columns`, at the cost of the model's own results only where it is one."""
    found = columns(outcome, quantities=False)
    return found[name] if name in found else columns(outcome)[name]
