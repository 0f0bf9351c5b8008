"""`robust`: the value of a lever that does well whatever turns out to be true."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementStatus
from negotiation.case import Case, study
from negotiation.draws import Draws
from negotiation.errors import GridError, ParameterError, SolveError
from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.model.grid import Axis, Grid
from negotiation.outcome import check_clouds, evaluate
from negotiation.study.observable import clouds, values_of

#: Most draws without a certified value somewhere along the lever.
_MOST_MISSING = 0.01

_NO_DEAL = (AgreementStatus.NO_SURPLUS.value, AgreementStatus.OUTSIDE.value)


class Ends(StrEnum):
    """How the talks are taken to end."""

    #: In a deal, or without one where none is to be had.
    DEAL = "deal"
    #: Without one, in what is threatened.
    NO_DEAL = "no_deal"


@dataclasses.dataclass(frozen=True)
class LeverValue:
    """A value of the lever.

    Attributes
    ----------
    value : float
    expected, low, median, high : float
        Mean, 5 %, 50 % and 95 % quantiles of the payoff of the side, with what the lever earns by
        itself and less its cost.
    expected_regret, high_regret, largest_regret : float
        Regret is what the best value would have paid more, draw by draw: mean, 95 % quantile, and
        the largest.
    best : float
        Share of the draws in which no other value pays more.
    talks, own, cost : float
        Means of its three parts: the talks, the lever by itself, and its cost.
    """

    value: float
    expected: float
    low: float
    median: float
    high: float
    expected_regret: float
    high_regret: float
    largest_regret: float
    best: float
    talks: float
    own: float
    cost: float


@dataclasses.dataclass(frozen=True, eq=False)
class Robust:
    """Values of a lever compared over the draws.

    Attributes
    ----------
    case : Case
    lever, unit, side : str
    ends : Ends
    choices : tuple of LeverValue
        In the order of the values.
    by_expected, by_regret, by_low : int
        Position of the value with the largest expected payoff, the smallest largest regret, and
        the largest 5 % quantile.
    payoffs : (K, D) array
        Of draws with a certified value everywhere.
    left_out : int
        Other draws.
    own_modelled : bool
        Whether the model says what the lever is worth by itself; if not, its payoffs are taken to
        hold it.
    given_cost : float or None
        Money per unit that the user gave in place of the model's.
    """

    case: Case
    lever: str
    unit: str
    side: str
    ends: Ends
    choices: tuple[LeverValue, ...]
    by_expected: int
    by_regret: int
    by_low: int
    payoffs: Array
    left_out: int
    own_modelled: bool
    given_cost: float | None

    @property
    def certified(self) -> bool:
        """Whether every draw could be counted."""
        return not self.left_out


@study
def robust(
    case: Case,
    vary: Axis | str,
    *,
    ends: Ends | str = Ends.DEAL,
    cost: float | None = None,
) -> Robust:
    """Compare values of a lever over the draws: expected payoff, minimax regret, 5 % quantile.

    The lever is chosen here, so that what it earns by itself and what it costs count beside what
    it changes in the talks.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`.
    vary : Axis or str
        A lever with its values, as `diversification=0:0.4:9`.
    ends : Ends or str
        `deal` or `no_deal`.
    cost : float, optional
        Money a year per unit of the lever, in place of the model's own.

    Raises
    ------
    GridError
        For what is no lever, or one value.
    ParameterError
        Where the cost of the lever is not modelled, or nothing is drawn.
    SolveError
        Where more than 1 % of the draws have no certified value somewhere.
    """
    model, cls = case.model, type(case.model)
    try:
        ended = Ends(ends)
    except ValueError:
        raise ParameterError(
            f"talks that end in '{ends}' are unknown; choose from {', '.join(Ends)}"
        ) from None
    grid = Grid.of([vary], cls).fit(cls)
    axis = grid.axes[0]
    spec = cls.find_parameter(axis.name)
    if not spec.numeric or spec.lever_of not in model.players:
        levers = [each.name for each in model.parameters().values() if each.lever_of]
        raise GridError(
            f"{axis.name} of model {model.name()} is no lever of a player; choose from "
            f"{', '.join(levers) or 'none: the model declares no lever'}"
        )
    values = np.array([float(value) for value in values_of(axis)])
    if len(values) < 2:
        raise GridError(f"{axis.name} has one value; give two or more to compare")
    case.check_varied([axis.name])
    if model.ask("talks") is None:
        raise ParameterError(f"model {model.name()} has no talks(), so that they end in nothing")
    check_clouds(case, "robust choice looks")
    if cost is None and model.ask("lever_cost", axis.name) is None:
        raise ParameterError(
            f"what {axis.name} costs is not modelled by {model.name()}, and a lever without a "
            "cost is always worth pulling; give --cost, money a year per unit, 0 only if it is "
            "paid for within the payoffs"
        )
    draws = case.drawn([axis.name]).main
    if not len(draws) or not draws.groups:
        what = "nothing in it is uncertain" if len(draws) else "no draws are asked for"
        raise ParameterError(
            f"a robust choice of {axis.name} was asked of model {model.name()}, but {what}; give "
            "draws=1000, and a prior to what is uncertain"
        )
    p = list(model.players).index(spec.lever_of)
    parts = np.stack(
        [_parts(case, draws, axis.name, value, p, ended, cost) for value in values], axis=1
    )
    known = np.isfinite(parts).all(axis=(0, 1))
    missing = int(np.count_nonzero(~known))
    if missing > _MOST_MISSING * len(draws):
        raise SolveError(
            f"in {missing} of {len(draws)} draws the payoff is not certified at some value of "
            f"{axis.name}, more than 1 in 100, so that no choice is told; fix the parameters that "
            "lead there, or take fewer values"
        )
    parts = parts[:, :, known]
    payoffs = parts[0] + parts[1] - parts[2]
    choices = compared(values, payoffs, parts)
    return Robust(
        case=case,
        lever=axis.name,
        unit=spec.unit,
        side=spec.lever_of,
        ends=ended,
        choices=choices,
        by_expected=int(np.argmax([each.expected for each in choices])),
        by_regret=int(np.argmin([each.largest_regret for each in choices])),
        by_low=int(np.argmax([each.low for each in choices])),
        payoffs=payoffs,
        left_out=missing,
        own_modelled=model.ask("levers_worth") is not None,
        given_cost=cost,
    )


def _parts(
    case: Case, draws: Draws, lever: str, value: float, p: int, ends: Ends, cost: float | None
) -> Array:
    """(3, D) what the talks give, what the lever is worth by itself, and what it costs."""
    found = np.full((3, len(draws)), np.nan)
    here: Model = draws.model.at_values({lever: value})
    for rows, cloud in clouds(draws, here):
        outcome = evaluate(case.at(cloud))
        assert outcome.leverage is not None
        fails = -outcome.leverage.loss[..., p]
        gives = fails
        if ends is Ends.DEAL:
            none = np.isin(outcome.agreement.status, _NO_DEAL)
            gives = np.where(none, fails, outcome.concession.delta[..., p])
        worth = cloud.ask("levers_worth")
        own = 0.0 if worth is None else np.asarray(worth, dtype=float)[..., p]
        per_unit = cloud.ask("lever_cost", lever) if cost is None else cost
        spent = value * np.asarray(np.nan if per_unit is None else per_unit, dtype=float)
        found[0, rows] = np.where(outcome.certified, gives, np.nan)
        found[1, rows], found[2, rows] = own, spent
    return found


def compared(
    values: NDArray[Any], payoffs: Array, parts: Array | None = None
) -> tuple[LeverValue, ...]:
    """Compare values of a lever by their payoffs.

    Parameters
    ----------
    values : (K,) array
    payoffs : (K, D) array
    parts : (3, K, D) array, optional
        What the payoffs are made of.
    """
    top = payoffs.max(axis=0)
    regret = top - payoffs
    best = payoffs >= top - 1e-12 * np.maximum(np.abs(top), 1.0)
    means = np.full((3, len(values)), np.nan) if parts is None else parts.mean(axis=-1)
    low, median, high = np.quantile(payoffs, [0.05, 0.5, 0.95], axis=1)
    return tuple(
        LeverValue(
            value=float(values[k]),
            expected=float(payoffs[k].mean()),
            low=float(low[k]),
            median=float(median[k]),
            high=float(high[k]),
            expected_regret=float(regret[k].mean()),
            high_regret=float(np.quantile(regret[k], 0.95)),
            largest_regret=float(regret[k].max()),
            best=float(best[k].mean()),
            talks=float(means[0, k]),
            own=float(means[1, k]),
            cost=float(means[2, k]),
        )
        for k in range(len(values))
    )


__all__ = ["Ends", "LeverValue", "Robust", "compared", "robust"]
