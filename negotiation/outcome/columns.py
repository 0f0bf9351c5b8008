"""What a sweep records of an outcome: one flat column per result, one entry per point."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ModelError
from negotiation.outcome import Outcome, deal_range
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

    NaN and an empty word where every action is in use, or there is no equilibrium.
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
    money = type(outcome.model).payoff_unit
    chosen = outcome.selection
    result = {
        "equilibrium": Column(chosen.support, "", "support of the selected equilibrium"),
        "equilibria": Column(outcome.equilibria.count, "", "number of equilibria found"),
        "completeness": Column(outcome.equilibria.completeness, "", "whether these are all"),
        "regret": Column(chosen.regret, "share of the payoff range", "certificate"),
    }
    for p, player in enumerate(outcome.game.players):
        for suffix, values, words in (
            ("", chosen.payoffs, "at the selected equilibrium"),
            ("_min", chosen.lowest, "smallest over all equilibria"),
            ("_max", chosen.highest, "largest over all equilibria"),
        ):
            result[f"payoff_{player}{suffix}"] = Column(
                values[..., p], money, f"no-deal payoff of {player}, {words}"
            )
    for player, (loss, action) in deviations(outcome).items():
        result[f"deviation_loss_{player}"] = Column(
            loss, money, f"what {player} would lose by its best move out of the equilibrium"
        )
        result[f"best_deviation_{player}"] = Column(action, "", f"that move of {player}")
    scores = outcome.leverage
    if scores is not None:
        told, solution = outcome.concession, outcome.case.solution
        for p, player in enumerate(scores.players):
            result[f"gain_{player}"] = Column(
                -scores.loss[..., p], money, f"no-deal payoff of {player} less its status quo"
            )
        result["surplus"] = Column(
            outcome.agreement.surplus, money, f"gains of both over no deal, {solution}"
        )
        for p, player in enumerate(scores.players):
            for name, values, words in (
                ("staying", scores.credibility.staying, "payoff of {} if talks go on"),
                ("walkout", scores.credibility.margin, "what {} would gain by walking out"),
            ):
                result[f"{name}_{player}"] = Column(values[..., p], money, words.format(player))
        for part, unit, words in (
            ("delta", money, "net concession"),
            ("ncl", "share of the losses at stake", "net concession leverage"),
        ):
            low, high = scores.spread(part)
            for p, player in enumerate(scores.players):
                for suffix, values, which in (
                    ("", getattr(told, part), solution),
                    ("_min", low, "smallest over concepts"),
                    ("_max", high, "largest over concepts"),
                ):
                    result[f"{part}_{player}{suffix}"] = Column(
                        values[..., p], unit, f"{words} of {player}, {which}"
                    )
        least, most = deal_range(outcome)
        for p, player in enumerate(scores.players):
            for suffix, values, which in (
                ("all_min", least, "smallest over all equilibria"),
                ("all_max", most, "largest over all equilibria"),
            ):
                result[f"delta_{player}_{suffix}"] = Column(
                    values[..., p], money, f"net concession of {player}, {solution}, {which}"
                )
        result["ncl_status"] = Column(told.status, "", "why there is no NCL, where there is none")
        result["asymmetry"] = Column(
            scores.asymmetry.log_ratio,
            "log points",
            f"no-deal asymmetry ln(l_{scores.players[1]} / l_{scores.players[0]})",
        )
        result["asymmetry_status"] = Column(scores.asymmetry.status, "", "why, where undefined")
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
    result["status"] = Column(outcome.status, "", "what may be relied on")
    return result


def column(outcome: Outcome, name: str) -> Column:
    """Return one of `columns`, at the cost of the model's own results only where it is one."""
    found = columns(outcome, quantities=False)
    return found[name] if name in found else columns(outcome)[name]
