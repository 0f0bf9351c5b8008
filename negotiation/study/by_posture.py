"""Results of a model at every pair of actions, whether it is an equilibrium or not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, study
from negotiation.errors import ParameterError, nearest
from negotiation.outcome import Outcome, evaluate
from negotiation.outcome.columns import column_name
from negotiation.study.bands import Band, Shown, summarised
from negotiation.study.drawn import read_off


@dataclasses.dataclass(frozen=True, eq=False)
class ByPosture:
    """Results at every profile of actions.

    Attributes
    ----------
    profiles : tuple of str
        Such as `retaliate/escalate`, K of them.
    bands : mapping of str to Band
        By column name of the result, values (K,); of a point that is not drawn `middle` alone.
    about : mapping of str to str
        What each result is.
    draws : int
        How many there are; 0 where nothing is drawn.
    """

    profiles: tuple[str, ...]
    bands: Mapping[str, Band]
    about: Mapping[str, str]
    draws: int


@study
def by_posture(case: Case, results: Sequence[str]) -> ByPosture:
    """Work out results of a model at every profile of actions, over the draws of the case.

    Each profile has the same draws, so that a range needs no regimes: it holds one profile fixed.

    Parameters
    ----------
    case : Case, or what makes one
        Without `draws`, or where nothing is uncertain, the point alone.
    results : sequence of str
        Names as in `Outcome.quantities` or as in columns: `auto_jobs.canada`, `auto_jobs_canada`.

    Raises
    ------
    ParameterError
        If the model has no such result.
    """
    outcome = evaluate(case)
    known = {column_name(name): name for name in outcome.quantities}
    wanted = list(dict.fromkeys(column_name(name) for name in results))
    for name in wanted:
        if name not in known:
            raise ParameterError(_unknown(outcome, name, known))
    quantities = {name: outcome.quantities[known[name]] for name in wanted}
    profiles = tuple("/".join(actions) for actions in product(*outcome.game.actions))
    draws = case.drawn() if case.draws and case.uncertain() else None
    bands: dict[str, Band] = {}
    for name, quantity in quantities.items():
        if draws is None:
            bands[name] = _alone(np.ravel(quantity.values), quantity.unit)
    if draws is not None:
        sides = len(outcome.game.actions)

        def read(at: Outcome) -> dict[tuple[str, int], NDArray[np.float64]]:
            found = {}
            for name in wanted:
                values = np.asarray(at.quantities[known[name]].values, dtype=float)
                flat = values.reshape(*values.shape[: values.ndim - sides], -1)
                for k in range(len(profiles)):
                    found[name, k] = np.where(at.certified, flat[..., k], np.nan)
            return found

        numbers = read_off(case, draws, read)
        for name, quantity in quantities.items():
            rows = np.concatenate([numbers[name, k] for k in range(len(profiles))])
            bands[name] = summarised(rows, np.zeros(len(rows), dtype=bool), quantity.unit)
    about = {name: each.about for name, each in quantities.items()}
    return ByPosture(profiles, bands, about, 0 if draws is None else len(draws))


def _alone(values: NDArray[np.float64], unit: str) -> Band:
    """Numbers of a point, without ranges."""
    none = np.full(values.shape, np.nan)
    shown = np.full(values.shape, Shown.MEDIAN.value)
    return Band(none, values, none, np.zeros(values.shape, dtype=np.int64), shown, unit)


def _unknown(outcome: Outcome, name: str, known: Mapping[str, str]) -> str:
    model = outcome.model.name()
    if not known:
        return f"model {model} has no result '{name}' and no others; its outcomes() would name them"
    return f"model {model} has no result '{name}'{nearest(name, known)}; it has {', '.join(known)}"
