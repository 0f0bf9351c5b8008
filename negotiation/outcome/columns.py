"""What a sweep records of an outcome: one flat column per result, one entry per point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import bargain
from negotiation.coded import Coded, coded, worded
from negotiation.errors import ModelError
from negotiation.games.game import Array, across
from negotiation.glossary import MONEY, said
from negotiation.outcome import Outcome, deal_range
from negotiation.outcome.dispute import as_things_are, yields
from negotiation.outcome.scores import SCORES
from negotiation.tolerances import PAYOFF_ROUNDING, SAME_PROFILE


@worded("values")
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

    @property
    def words(self) -> Coded | None:
        """The values as a short list of words with codes, a hundredth of the size; else None."""
        kept = vars(self)["values"]
        return kept if isinstance(kept, Coded) else None

    @property
    def constant(self) -> bool:
        """Whether all values are one, as far as that is known at no cost."""
        codes = self.values if self.words is None else self.words.codes
        if codes.size < 2 or not any(codes.strides):
            return True
        return self.words is not None and bool((codes == codes.flat[0]).all())


def column_name(name: str) -> str:
    """Return the one name of a model's own result wherever it is shown: `welfare_pct_CAN`.

    A model may call it `welfare_pct.CAN`, and a user may type either.
    """
    return name.replace(".", "_")


def deviations(outcome: Outcome) -> dict[str, tuple[NDArray[np.float64], Coded]]:
    """By player: what its best action outside the selected support loses (B,), and that action.

    NaN and an empty word where every action is in use, or there is not an equilibrium.
    """
    game, chosen = outcome.game, outcome.selection.strategies
    found = {}
    for p, values in enumerate(game.values(chosen)):
        expected = across(np.add, values * chosen[p])
        outside = np.where(chosen[p] > SAME_PROFILE, -np.inf, values)
        most = outside[..., 0]
        best = np.zeros(most.shape, dtype=np.uint16)
        for k in range(1, outside.shape[-1]):
            more = outside[..., k] > most
            most = np.where(more, outside[..., k], most)
            best[more] = k
        loss = expected - most
        known = np.isfinite(loss)
        best[~known] = len(game.actions[p])
        words = Coded(best, (*game.actions[p], ""))
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

    def add(template: str, values: NDArray[Any] | Coded, player: str = "") -> None:
        unit, about = said(template, player, outcome.case.solution)
        unit = type(outcome.model).payoff_unit if unit == MONEY else unit
        kept = values.as_field() if isinstance(values, Coded) else values
        result[template.format(player=player)] = Column(kept, unit, about)

    chosen = outcome.selection
    add("equilibrium", coded(chosen, "support"))
    add("equilibria", outcome.equilibria.count)
    add("completeness", outcome.equilibria.claimed)
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
            value = getattr(told, part)
            size = np.abs(scores.loss).sum(axis=-1, keepdims=True) if part == "delta" else 1.0
            low, high = (_settled(end, value, size) for end in scores.spread(part))
            for p, player in sides:
                add(f"{part}_{{player}}", value[..., p], player)
                add(f"{part}_{{player}}_min", low[..., p], player)
                add(f"{part}_{{player}}_max", high[..., p], player)
        least, most = deal_range(outcome)
        for p, player in sides:
            add("delta_{player}_all_min", least[..., p], player)
            add("delta_{player}_all_max", most[..., p], player)
        add("ncl_status", coded(told, "status"))
        add("asymmetry", scores.asymmetry.log_ratio)
        add("asymmetry_status", coded(scores.asymmetry, "status"))
        add_marginals(outcome, result)
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
    for name, quantity in outcome.selected.items() if quantities else ():
        result[column_name(name)] = Column(quantity.values, quantity.unit, quantity.about)
        if name in model.headline and now is not None:
            result[f"{column_name(name)}_inside"] = Column(
                now[name], quantity.unit, f"{quantity.about}, in the dispute as it is"
            )
    add("status", coded(outcome, "status"))
    return result


def add_marginals(outcome: Outcome, result: dict[str, Column]) -> None:
    """Add marginal leverage on either side of a point, by lever; nothing where it was not asked.

    NaN where the lever cannot move that way, or the equilibrium changes within the step.
    """
    assert outcome.leverage is not None
    unit = type(outcome.model).payoff_unit
    for lever, each in outcome.leverage.marginal.items():
        owner = outcome.model.named(each.owner)
        for side, slope, way in (("left", each.left, "less"), ("right", each.right, "more")):
            about = (
                f"net concession of {owner} by one unit of {lever}, from a little {way} of it (L3)"
            )
            per = f"{unit} per {each.unit}" if each.unit else unit
            result[f"marginal_{column_name(lever)}_{side}"] = Column(
                _meant(slope.total), per, about
            )


#: Bits of a difference that are more than rounding in payoffs over a step, with a margin.
_BITS = 30


def _meant(slope: Array) -> Array:
    """Return a slope without digits that are noise; points that have the same then show the same.

    Rounded by half of 2^-30 of its size: differences are good to a millionth.
    """
    share, power = np.frexp(slope)
    return np.asarray(np.ldexp(np.rint(np.ldexp(share, _BITS)), power - _BITS))


def _settled(end: Array, value: Array, size: Array | float) -> Array:
    """Return an end of a spread; the value itself where concepts differ by rounding alone."""
    near = np.abs(end - value) <= PAYOFF_ROUNDING * (np.abs(value) + size)
    return np.where(near, value, end)


def add_dispute(
    outcome: Outcome,
    sides: Sequence[tuple[int, str]],
    add: Callable[[str, NDArray[Any] | Coded, str], None],
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
