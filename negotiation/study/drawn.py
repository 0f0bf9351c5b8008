"""`drawn`: a case at every draw of what is uncertain, at one point or at many."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import bargain
from negotiation.case import Case, study
from negotiation.draws import Draws
from negotiation.errors import ParameterError
from negotiation.outcome import Status, evaluate
from negotiation.outcome.columns import Column
from negotiation.outcome.money import money
from negotiation.study.recorded import recorded


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Results at every draw.

    Attributes
    ----------
    case : Case
    draws : Draws
    points : mapping of str to (K,) array
        Values of the parameters that vary; empty where there is one point, and K is 1.
    columns : mapping of str to Column
        As a sweep records them; values (K, D), point by draw. Political costs that are shown beside
        the answer are not in them.
    beside : mapping of str to Column
        With these costs: `equilibrium`, `payoff_{player}`, `money_{player}` and, with talks,
        `delta_{player}` and `money_delta_{player}`, what a deal gives where they count in the
        bargain, and where it starts from the money alone; empty where none is drawn.
    """

    case: Case
    draws: Draws
    points: Mapping[str, NDArray[Any]]
    columns: Mapping[str, Column]
    beside: Mapping[str, Column]

    @property
    def certified(self) -> NDArray[np.bool_]:
        """(K, D) whether a draw may be counted."""
        return np.asarray(self.columns["status"].values == Status.CERTIFIED.value)


@study
def drawn(case: Case, vary: Mapping[str, Any] | None = None) -> Drawn:
    """Evaluate a case at all its draws: the same draws at every point.

    Parameters
    ----------
    case : Case, or what makes one
        With `draws`.
    vary : mapping of str to (K,) array or words, optional
        Parameters that vary together, point by point.

    Raises
    ------
    ParameterError
        If nothing is uncertain, or no draws are asked for.
    """
    points = {name: np.asarray(values) for name, values in (vary or {}).items()}
    draws = case.drawn(points)
    if not len(draws) or not draws.priors:
        why = "no draws are asked for" if not len(draws) else "nothing in it is uncertain"
        raise ParameterError(
            f"model {case.model.name()} was to be drawn from, but {why}; give draws=400, and a "
            "prior such as priors={'tariff': 'triangular(0.1,0.25,0.5)'} to what is uncertain"
        )
    every = np.arange(len(draws))
    found, beside = block(case, draws, points, every)
    return Drawn(case, draws, points, found, beside)


def block(
    case: Case, draws: Draws, points: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]
) -> tuple[dict[str, Column], dict[str, Column]]:
    """Evaluate some draws at some points: columns (K, d), and those with costs shown beside.

    The numbers do not depend on which other rows are asked for, up to rounding; asked for the same
    rows and points they are the same bits.
    """
    count = len(next(iter(points.values()))) if points else 1
    base = draws.model
    parts: dict[str, list[tuple[NDArray[Any], NDArray[Any], Column]]] = {}
    extra: dict[str, list[tuple[NDArray[Any], NDArray[Any], Column]]] = {}
    place = {int(row): k for k, row in enumerate(rows)}
    for words, at in _alike(points, count):
        line: dict[str, Any] = {
            name: values[at] if name in words else np.asarray(values[at])[:, None]
            for name, values in points.items()
        }
        line.update(words)
        here = base.at_values(line) if line else base
        for index, cloud in draws.clouds(here, rows):
            to = np.array([place[int(row)] for row in index])
            outcome = evaluate(case.at(cloud))
            for name, column in recorded(outcome).items():
                parts.setdefault(name, []).append((at, to, column))
            if draws.beside:
                with_costs = draws.with_beside(cloud, index)
                for name, column in _beside(case.at(with_costs)).items():
                    extra.setdefault(name, []).append((at, to, column))
    shape = (count, len(rows))
    return (
        {name: _joined(each, shape) for name, each in parts.items()},
        {name: _joined(each, shape) for name, each in extra.items()},
    )


def _alike(
    points: Mapping[str, NDArray[Any]], count: int
) -> Sequence[tuple[dict[str, str], NDArray[np.int64]]]:
    """Points that share their words, with their numbers."""
    words = [name for name, values in points.items() if values.dtype.kind in "UO"]
    groups: dict[tuple[str, ...], list[int]] = {}
    for k in range(count):
        groups.setdefault(tuple(str(points[name][k]) for name in words), []).append(k)
    return [(dict(zip(words, key, strict=True)), np.array(at)) for key, at in groups.items()]


def _joined(
    parts: Sequence[tuple[NDArray[Any], NDArray[Any], Column]], shape: tuple[int, int]
) -> Column:
    """Put the parts of a column together: (K, d)."""
    first = parts[0][2]
    kinds = [np.asarray(each.values).dtype for _, _, each in parts]
    values = np.empty(shape, dtype=np.result_type(*kinds))
    for at, to, each in parts:
        values[np.ix_(at, to)] = np.broadcast_to(each.values, (len(at), len(to)))
    return dataclasses.replace(first, values=values)


def _beside(case: Case) -> dict[str, Column]:
    """What changes where political costs are those that today reveals."""
    from negotiation import games
    from negotiation.outcome.threats import talks_of

    model = case.model
    chosen = games.select(games.solve(model.game()), case.rule)
    unit = type(model).payoff_unit
    cash = money(model, chosen)
    found = {
        "equilibrium": Column(chosen.support, "", "equilibrium with the costs that today reveals")
    }
    starts = {"delta": chosen.payoffs, "money_delta": cash}
    for p, player in enumerate(model.players):
        found[f"payoff_{player}"] = Column(chosen.payoffs[..., p], unit, "payoff, costs taken off")
        found[f"money_{player}"] = Column(cash[..., p], unit, "payoff, costs left out")
    talks = talks_of(model)
    for name, start in starts.items() if talks is not None else ():
        assert talks is not None
        deal = bargain(talks, start, case.concept)
        for p, player in enumerate(model.players):
            found[f"{name}_{player}"] = Column(
                deal.concession[..., p], unit, "what a deal gives after a breakdown"
            )
    return found


__all__ = ["Drawn", "block", "drawn"]
