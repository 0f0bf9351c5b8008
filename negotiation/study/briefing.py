"""`brief`: everything that the report on talks between two players tells, each solved once."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import Packages
from negotiation.case import Case, study
from negotiation.errors import ModelError, ParameterError
from negotiation.games.game import Array
from negotiation.leverage.attribution import Attribution
from negotiation.model import Model, Parameter
from negotiation.model.grid import Axis, Grid
from negotiation.outcome import Outcome, evaluate, in_clouds
from negotiation.outcome.columns import Column, columns
from negotiation.study.attribution import attribute
from negotiation.study.bands import Bands
from negotiation.study.drawn import Drawn, drawn
from negotiation.study.package_draws import PackageDraws, package_draws
from negotiation.study.sensitivity import Bar, one_at_a_time, one_point
from negotiation.study.shares import Shares, shares
from negotiation.study.trade_facts import TradeFacts, trade_facts

#: Points along the lever, and draws at each of them.
LEVER_POINTS, LEVER_DRAWS = 21, 100

#: Draws in which every set of tables and every package is solved.
TABLE_DRAWS, PACKAGE_DRAWS = 50, 40

#: How much of its range a lever is followed through.
REACH = 0.4


class Missing(StrEnum):
    """Why a part of the report cannot be made."""

    DRAWS = "nothing is uncertain, or nothing was drawn"
    LEVER = "no lever of the first player"
    TALKS = "no talks"
    STAKES = "no parameter is marked as a stake"
    PACKAGES = "no packages"
    WORLD = "no trade world and regions of players"
    DUTIES = "no schedules of duties"
    CLOUDS = "the threat point is solved at one point at a time"
    UNSOLVED = "it could not be solved"


@dataclasses.dataclass(frozen=True, eq=False)
class LeverLine:
    """The deal along a lever.

    Attributes
    ----------
    parameter : Parameter
    x : (K,) array
    bands : Bands or None
        Over draws, at every point; None where nothing is drawn.
    point : mapping of str to Column
        Without draws: values (K,).
    unfinished : str
        How far a kept run is, of which draws are missing.
    """

    parameter: Parameter
    x: Array
    bands: Bands | None
    point: Mapping[str, Column]
    unfinished: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Briefing:
    """What a report tells.

    Attributes
    ----------
    case : Case
    point : Outcome
        Without draws.
    bands : Bands or None
        At the point over the draws.
    at_point : mapping of str to Column
        Columns of the point, (1,).
    lever : LeverLine or None
    parts : Attribution or None
        The first player's deal by tables, at the point.
    shares : Shares or None
        The same over draws.
    packages : Packages or None
    package_draws : PackageDraws or None
    bars : tuple of Bar
        What one assumption at a time does to the first player's deal.
    explained : mapping of str to float
        By group of assumptions the share of the variance of the deal that a linear fit explains.
    trade : TradeFacts or None
    missing : mapping of str to Missing
        By section, why it cannot be made.
    """

    case: Case
    point: Outcome
    bands: Bands | None
    at_point: Mapping[str, Column]
    lever: LeverLine | None
    parts: Attribution | None
    shares: Shares | None
    packages: Packages | None
    package_draws: PackageDraws | None
    bars: tuple[Bar, ...]
    explained: Mapping[str, float]
    trade: TradeFacts | None
    missing: Mapping[str, Missing]

    @property
    def certified(self) -> bool:
        """Whether the point may be relied on."""
        return bool(self.point.certified)


@study
def brief(case: Case, *, lever: str = "", kept: Drawn | None = None) -> Briefing:
    """Look at everything that a report on a case tells.

    Parameters
    ----------
    case : Case, or what makes one
        Of two players; with `draws`, or without.
    lever : str, optional
        The lever that the deal is followed along; by default the first of the first player.
    kept : Drawn, optional
        Draws of a kept run along one parameter, in place of those along the lever.

    Raises
    ------
    ModelError
        If there are not two players.
    ParameterError
        If the lever is no number of the model.
    """
    model = case.model
    if len(model.players) != 2:
        raise ModelError(
            f"model {model.name()} has {len(model.players)} players: "
            f"{', '.join(model.players)}; a report is about two"
        )
    missing: dict[str, Missing] = {}
    outcome = evaluate(case, marginal=False)
    clouds = in_clouds(case)
    uncertain = bool(case.draws and case.uncertain())
    bands = None
    if uncertain and clouds:
        here = None if kept is None else _of_kept(case, kept)
        bands = Bands.of(drawn(case) if here is None else here)
    if bands is None:
        missing["sure"] = Missing.DRAWS if clouds else Missing.CLOUDS
    line = _along(case, lever, kept, uncertain, missing)
    parts, table_draws = _tables(case, outcome, uncertain, missing)
    found, drawn_packages = _packages(case, outcome, uncertain, missing)
    bars: tuple[Bar, ...] = ()
    explained: Mapping[str, float] = {}
    deal = f"deal.{model.players[0]}" if outcome.talks else f"breakdown.{model.players[0]}"
    if bands is not None:
        bars = one_at_a_time(Case(case, draws=case.draws), deal)
        column = f"delta_{model.players[0]}" if outcome.talks else f"payoff_{model.players[0]}"
        explained = variance_explained(bands, column)
    trade = trade_facts(model)
    if trade is None:
        missing["dependence"] = missing["duties"] = Missing.WORLD
    elif not trade.duties:
        missing["duties"] = Missing.DUTIES
    return Briefing(
        case=case,
        point=outcome,
        bands=bands,
        at_point=_columns(case, clouds, outcome),
        lever=line,
        parts=parts,
        shares=table_draws,
        packages=found,
        package_draws=drawn_packages,
        bars=bars,
        explained=explained,
        trade=trade,
        missing=missing,
    )


def _columns(case: Case, clouds: bool, outcome: Outcome) -> Mapping[str, Column]:
    """Columns of the point, (1,)."""
    if clouds and any(each.numeric for each in case.model.parameters().values()):
        return columns(evaluate(case.at(one_point(case.model))))
    found = columns(outcome, quantities=False)
    return {
        name: Column(np.asarray(each.values).reshape(1), each.unit, each.about)
        for name, each in found.items()
        if each.words is None
    }


# --- along the lever ------------------------------------------------------------------------------


def _of_kept(case: Case, kept: Drawn) -> Drawn | None:
    """Return the draws at the point of the case, where a kept run along one parameter has it."""
    if len(kept.points) != 1:
        raise ParameterError(
            f"this run is along {len(kept.points)} parameters"
            f"{': ' if kept.points else ''}{', '.join(kept.points)}; a report is about one"
        )
    ((name, values),) = kept.points.items()
    same = np.flatnonzero(np.asarray(values == case.model.value(name)))
    if not same.size:
        return None
    k = int(same[0])

    def at(columns: Mapping[str, Column]) -> dict[str, Column]:
        return {
            key: Column(np.asarray(each.values)[k : k + 1], each.unit, each.about)
            for key, each in columns.items()
        }

    return dataclasses.replace(kept, points={}, columns=at(kept.columns), beside=at(kept.beside))


def headline_lever(model: Model) -> Parameter | None:
    """Return the first number that is a lever of the first player; None where there is none."""
    for spec in model.parameters().values():
        if spec.numeric and spec.lever_of == model.players[0] and not spec.inherits:
            return spec
    return None


def _along(
    case: Case, lever: str, kept: Drawn | None, uncertain: bool, missing: dict[str, Missing]
) -> LeverLine | None:
    model = case.model
    if kept is not None and len(kept.points) == 1:
        ((name, values),) = kept.points.items()
        spec = model.find_parameter(name)
        if spec.numeric and len(values) > 1:
            return LeverLine(
                spec, np.asarray(values, dtype=float), Bands.of(kept), {}, kept.unfinished
            )
    spec = model.find_parameter(lever) if lever else headline_lever(model)  # type: ignore[assignment]
    if lever and (spec is None or not spec.numeric):
        raise ParameterError(f"lever {lever} of model {model.name()} is no number; choose another")
    if spec is None or not in_clouds(case):
        missing["leverage"] = Missing.LEVER if spec is None else Missing.CLOUDS
        return None
    start = float(np.asarray(model.value(spec.name)))
    low = start if spec.low is None else float(spec.low)
    upper = spec.upper
    width = (upper - low) if upper is not None and math.isfinite(upper) else max(abs(start), 1.0)
    x = np.linspace(low, low + REACH * width, LEVER_POINTS)
    if uncertain and case.uncertain([spec.name]):  # something is left to draw along it
        few = Case(case, draws=min(case.draws, LEVER_DRAWS))
        grid = Grid((Axis(spec.name, tuple(x.tolist())),))
        return LeverLine(spec, x, Bands.of(drawn(few, grid)), {})
    cloud = model.at_values({spec.name: x})
    found = columns(evaluate(case.at(cloud)))
    return LeverLine(spec, x, None, found)


# --- tables and packages --------------------------------------------------------------------------


def _tables(
    case: Case, outcome: Outcome, uncertain: bool, missing: dict[str, Missing]
) -> tuple[Attribution | None, Shares | None]:
    if outcome.talks is None:
        missing["tables"] = Missing.TALKS
        return None, None
    if not any(spec.stake for spec in case.model.parameters().values()):
        missing["tables"] = Missing.STAKES
        return None, None
    if not in_clouds(case):
        missing["tables"] = Missing.CLOUDS
        return None, None
    parts = attribute(case, by="sectors")
    over = shares(Case(case, draws=min(case.draws, TABLE_DRAWS))) if uncertain else None
    return parts, over


def _packages(
    case: Case, outcome: Outcome, uncertain: bool, missing: dict[str, Missing]
) -> tuple[Packages | None, PackageDraws | None]:
    found = outcome.model.ask("packages")
    if found is None or outcome.talks is None:
        missing["packages"] = Missing.PACKAGES
        return None, None
    if not bool(outcome.certified):
        missing["packages"] = Missing.UNSOLVED
        return None, None
    over = None
    if uncertain and in_clouds(case):
        over = package_draws(Case(case, draws=min(case.draws, PACKAGE_DRAWS)), found)
    return found, over


# --- how sure -------------------------------------------------------------------------------------


def variance_explained(bands: Bands, name: str) -> dict[str, float]:
    """By group of assumptions the share of a number's variance that a linear fit on it explains.

    The adjusted R squared of a regression on the group alone: logarithms of what is positive, a
    dummy for every word. It costs no solving; what is not linear, and what groups do together, is
    not in it.
    """
    draws = bands.drawn.draws
    values = np.asarray(bands.values(name)[0], dtype=float)
    rows = (bands.index[0] >= 0) & np.isfinite(values)
    found: dict[str, float] = {}
    if rows.sum() < 3:
        return found
    y = values[rows] - values[rows].mean()
    total = float((y**2).sum())
    if not total > 0.0:
        return found
    by_group: dict[str, list[NDArray[np.float64]]] = {}
    groups = {each.parameter: each.group for each in draws.inputs}
    for parameter, drawn_values in draws.plain.items():
        if draws.priors[parameter].beside or parameter not in groups:
            continue
        by_group.setdefault(groups[parameter], []).append(_regressors(drawn_values, rows))
    for group, parts in by_group.items():
        x = np.concatenate(parts, axis=1)
        x = x[:, np.ptp(x, axis=0) > 0.0]
        x = x - x.mean(axis=0)
        if not x.shape[1]:
            continue
        fitted, _, rank, _ = np.linalg.lstsq(x, y, rcond=1e-10)
        left = float(((y - x @ fitted) ** 2).sum())
        free = len(y) - 1 - int(rank)
        if free > 0:
            found[group] = max(0.0, 1.0 - (left / free) / (total / (len(y) - 1)))
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _regressors(values: Any, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, m) what one assumption brings to a regression."""
    array = np.asarray(values)
    if array.dtype.kind in "UOb":
        words = array.astype(str)[rows]
        return np.stack([words == each for each in np.unique(words)], axis=1).astype(float)
    numbers = array.astype(float).reshape(len(array), -1)[rows]
    return np.log(numbers) if (numbers > 0.0).all() else numbers


__all__ = [
    "LEVER_DRAWS",
    "LEVER_POINTS",
    "PACKAGE_DRAWS",
    "TABLE_DRAWS",
    "Briefing",
    "LeverLine",
    "Missing",
    "brief",
    "headline_lever",
    "variance_explained",
]
