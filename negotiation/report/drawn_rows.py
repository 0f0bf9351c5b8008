"""A sweep at many draws as tables to load: tidy rows and arrays by regime, and every draw.

A number `name` is a median; `name_p5` and `name_p95` are the range. What depends on the equilibrium
of the game is over the draws of one regime; what does not is over all draws, and is the same in
every row of a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from negotiation.coded import Coded
from negotiation.errors import ModelError
from negotiation.execution.block import Block
from negotiation.games.game import Array
from negotiation.glossary import said
from negotiation.outcome.columns import Column
from negotiation.regimes.signal import LOSS, Signal
from negotiation.report.columnar import SweptTable
from negotiation.study.bands import Band, Bands
from negotiation.study.drawn import Drawn
from negotiation.study.lines import lines, slopes
from negotiation.tolerances import RARE_REGIME

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Regimes that are too rare at a point for numbers of their own, together.
OTHER: Final = "other"

#: What is told of the breakdown at the political costs that today reveals, in money.
_REVEALED = ("money", "money_delta")


def chance_name(signal: Signal) -> str:
    """Return the column of the probability of a signal's event: `p_loss_us`, `p_walk_out_us`."""
    return "_".join(each for each in ("p", signal.name.replace("-", "_"), signal.side) if each)


def told_of(signal: Signal) -> tuple[str, bool]:
    """Return the event that a sweep tells of a signal, and whether its sign is positive there.

    What a signal is named for: of a loss that there is one, of all others that they are positive.
    """
    positive = signal.name != LOSS
    return signal.holds(1.0 if positive else -1.0), positive


def chances(bands: Bands) -> Iterator[tuple[Signal, str, Array]]:
    """Every event that a sweep tells, in words, with its probability (K,)."""
    for each in bands.events():
        phrase, positive = told_of(each.signal)
        found = each.probability
        yield each.signal, phrase, found.value if positive else found.opposite


def regimes(bands: Bands) -> list[str]:
    """Regimes that have numbers of their own at some point, here or at revealed costs."""
    found = []
    for each in filter(None, (bands, bands.beside)):
        often = np.logical_not(np.all(each.rare, axis=0)).tolist()
        found += [one.label for one, shown in zip(each.regimes, often, strict=True) if shown]
    return list(dict.fromkeys(found))


def summary(bands: Bands, *, slopes: bool = True) -> dict[str, Column]:
    """Return every number of a sweep over its draws: (K,), or (K, R) where it is of a regime.

    R is that of `regimes`. Without `slopes` marginal leverage along the sweep is left out.
    """
    labels = regimes(bands)
    found = {
        "draws_counted": Column(bands.counted, "count", _said("draws_counted")),
        "share_of_draws": _of_regime(bands, labels, bands.share, "", "share_of_draws"),
        "draws": _of_regime(bands, labels, bands.count, "count", "draws"),
    }
    for signal, phrase, probability in chances(bands):
        found[chance_name(signal)] = Column(probability, "probability", f"probability: {phrase}")
    for name, column in bands.columns.items():
        if np.asarray(column.values).dtype.kind in "fiub":
            _add(found, bands, labels, name, name, column.about)
    if slopes:
        _add_slopes(found, bands, labels)
    beside = bands.beside
    if beside is not None:
        told = _said("revealed_share_of_draws")
        share = _of_regime(beside, labels, beside.share, "", "")
        found["revealed_share_of_draws"] = Column(share.values, "", told)
        for player in bands.drawn.case.model.players:
            for part in _REVEALED:
                name = f"{part}_{player}"
                if name in beside.columns:
                    about = f"{beside.columns[name].about}, {player}, political costs as revealed"
                    _add(found, beside, labels, name, f"revealed_{name}", about)
    return found


def tidy(bands: Bands, *, slopes: bool = True) -> dict[str, Column]:
    """Return a column of rows each: one row for every point and regime that has numbers there."""
    labels, columns = regimes(bands), summary(bands, slopes=slopes)
    model = type(bands.drawn.case.model)
    points = bands.drawn.points
    _check_names(bands, columns)
    at = [(k, r) for k in range(len(bands.index)) for r in _shown(columns, labels, bands, k)]
    rows = np.array([k for k, _ in at], dtype=np.int64)
    of = np.array([r for _, r in at], dtype=np.int64)
    named = of >= 0
    # Behind the labels stand: all others together, and nothing, where no draw is counted.
    words = np.array([*labels, OTHER, ""], dtype=str)
    told = {
        name: Column(values[rows], (spec := model.find_parameter(name)).unit, spec.about)
        for name, values in points.items()
    }
    regime = words[np.where(named, of, len(labels) - 1 - of)]
    told["regime"] = Column(regime, "", _said("regime"))
    for name, column in columns.items():
        values = np.asarray(column.values)
        if values.ndim == 1:
            found = values[rows]
        else:
            inside = values[rows, np.where(named, of, 0)] if labels else np.full(len(rows), np.nan)
            found = np.where(named, inside, np.nan)
        told[name] = Column(found, column.unit, column.about)
    rest = of == -1
    if rest.any():
        told["share_of_draws"].values[rest] = bands.other[rows[rest]]
        told["draws"].values[rest] = np.round(bands.other * bands.counted)[rows[rest]]
    return told


def frame(bands: Bands, made: Mapping[str, str]) -> pd.DataFrame:
    """Return the tidy rows, with `made` in every row."""
    import pandas as pd

    result = pd.DataFrame({name: column.values for name, column in tidy(bands).items()})
    for name, text in made.items():
        result[name] = text
    return result


def table(bands: Bands, made: Mapping[str, str]) -> SweptTable:
    """Return the tidy rows ready for a file, with units and meanings of their columns."""
    return _table([_block(tidy(bands))], made)


def streamed(lines: Callable[[], Iterable[Drawn]], made: Mapping[str, str]) -> SweptTable:
    """Return the tidy rows of a sweep whose draws are not held together, line by line.

    Marginal leverage from a point to the next is not in them: the next may be in another line.
    """
    return SweptTable(
        lambda: (_block(tidy(Bands.of(each), slopes=False)) for each in lines()),
        None,
        lambda _: made,
    )


def draws_table(drawn: Drawn, made: Mapping[str, str]) -> SweptTable:
    """One row for every point and draw, ready for a file: what was drawn and every result."""
    return SweptTable(lambda: _points(drawn), None, lambda _: made)


def _points(drawn: Drawn) -> Iterator[Block]:
    """Rows of every draw, point by point."""
    given, results = _draws(drawn)
    model = type(drawn.case.model)
    count = len(drawn.draws)
    for k in range(len(next(iter(results.values())).values)):
        told = {
            name: Column(np.repeat(values[k], count), model.find_parameter(name).unit, "")
            for name, values in drawn.points.items()
        }
        told["draw"] = Column(np.arange(count), "", _said("draw"))
        told |= given
        for name, column in results.items():
            told[name] = Column(column.values[k], column.unit, column.about)
        yield _block(told)


def _draws(drawn: Drawn) -> tuple[dict[str, Column], dict[str, Column]]:
    """What was drawn (D,), and every result (K, D), those at revealed costs included."""
    given = {}
    for name, values in drawn_values(drawn).items():
        key = f"drawn_{name}" if name in drawn.columns else name
        given[key] = Column(values, "", f"as it is drawn: {name}")
    results = dict(drawn.columns)
    for name, column in drawn.beside.items():
        about = f"{column.about}, political costs as revealed"
        results[f"revealed_{name}"] = Column(column.values, column.unit, about)
    return given, results


def _block(columns: Mapping[str, Column]) -> Block:
    values = {name: np.asarray(each.values) for name, each in columns.items()}
    return Block(
        {name: Coded.of(v) if v.dtype.kind in "UOT" else v for name, v in values.items()},
        {name: (each.unit, each.about) for name, each in columns.items()},
    )


def _table(blocks: list[Block], made: Mapping[str, str]) -> SweptTable:
    return SweptTable(lambda: blocks, None, lambda _: made)


def _check_names(bands: Bands, columns: Mapping[str, Column]) -> None:
    """Refuse a parameter that has the name of a column.

    Raises
    ------
    ModelError
    """
    taken = [name for name in bands.drawn.points if name in columns or name == "regime"]
    if taken:
        raise ModelError(
            f"model {bands.drawn.case.model.name()}: parameter {taken[0]} has the name of a column "
            "of results; give it another name"
        )


def dataset(bands: Bands, made: Mapping[str, str]) -> xr.Dataset:
    """Return the same with a dimension for every swept parameter and one for regimes."""
    import xarray as xr

    points, labels = bands.drawn.points, regimes(bands)
    coords, shape, order = _grid(points, len(bands.index))
    dims = list(coords)
    variables = {}
    for name, column in summary(bands).items():
        values = np.asarray(column.values)[order]
        over = [*dims, "regime"][: len(dims) + values.ndim - 1]
        variables[name] = (
            over,
            values.reshape((*shape, *values.shape[1:])),
            {"units": column.unit, "long_name": column.about},
        )
    model = type(bands.drawn.case.model)
    axes = {
        name: (name, values, {"units": model.find_parameter(name).unit})
        for name, values in coords.items()
    }
    return xr.Dataset(variables, coords={**axes, "regime": labels}, attrs=dict(made))


def draws_dataset(drawn: Drawn, made: Mapping[str, str]) -> xr.Dataset:
    """Return every draw with a dimension for every swept parameter and one for draws."""
    import xarray as xr

    given, results = _draws(drawn)
    coords, shape, order = _grid(drawn.points, len(next(iter(results.values())).values))
    dims = [*coords, "draw"]
    variables = {
        name: (dims[-1:], np.asarray(each.values), {"units": each.unit, "long_name": each.about})
        for name, each in given.items()
    }
    for name, each in results.items():
        values = np.asarray(each.values)[order].reshape((*shape, -1))
        told = {"units": each.unit, "long_name": each.about}
        variables[name] = (dims, values, told)
    return xr.Dataset(variables, coords=coords, attrs=dict(made))


def drawn_values(drawn: Drawn) -> dict[str, NDArray[Any]]:
    """Return what was drawn, (D,) by name; of several numbers one each, `elasticities_AGF`."""
    found: dict[str, NDArray[Any]] = {}
    for name, values in drawn.draws.values.items():
        array = np.asarray(values)
        if array.ndim == 1:
            found[name] = array
            continue
        for label, part in zip(_labels(drawn, array.shape[-1]), array.T, strict=True):
            found[f"{name}_{label}"] = part
    return found


def _labels(drawn: Drawn, count: int) -> list[str]:
    """Names of the parts of a parameter of several numbers: sectors, or else their places."""
    sectors = getattr(drawn.case.model.ask("trade_world"), "sectors", ())
    return list(sectors) if len(sectors) == count else [str(k) for k in range(count)]


# --- parts ----------------------------------------------------------------------------------------


def _said(name: str) -> str:
    return said(name).meaning


def _add(
    found: dict[str, Column], bands: Bands, labels: list[str], name: str, key: str, about: str
) -> None:
    """Add a median and its range under a key."""
    unit = bands.columns[name].unit
    each = [bands.band(name)] if bands.pooled(name) else [_band(bands, name, r) for r in labels]
    none = np.zeros((len(bands.index), 0))
    parts = [
        np.stack(values, axis=1) if values else none
        for values in (
            [band.middle for band in each],
            [band.low for band in each],
            [band.high for band in each],
        )
    ]
    if bands.pooled(name):
        parts = [values[:, 0] for values in parts]
    for end, values in zip(("", "_p5", "_p95"), parts, strict=True):
        found[f"{key}{end}"] = Column(values, unit, f"{about}{_ENDS[end]}")


_ENDS = {"": ": median", "_p5": ": 5 % of the draws lie below", "_p95": ": 95 % lie below"}


def _band(bands: Bands, name: str, label: str) -> Band:
    regime = _place(bands, label)
    if regime is None:
        none = np.full(len(bands.index), np.nan)
        return Band(none, none, none, np.zeros(len(none), int), none.astype(str), "")
    return bands.band(name, regime)


def _place(bands: Bands, label: str) -> int | None:
    """Which regime has a label; None of one that there is only at other costs."""
    return next((r for r, each in enumerate(bands.regimes) if each.label == label), None)


def _of_regime(
    bands: Bands, labels: list[str], values: NDArray[Any], unit: str, name: str
) -> Column:
    """(K, R) of what is known by regime of the bands, zero of a regime that is not there."""
    parts = [
        np.zeros(len(values)) if (r := _place(bands, label)) is None else values[:, r]
        for label in labels
    ]
    stacked = np.stack(parts, axis=1) if parts else np.zeros((len(values), 0))
    return Column(np.asarray(stacked, dtype=float), unit, _said(name) if name else "")


def _add_slopes(found: dict[str, Column], bands: Bands, labels: list[str]) -> None:
    """Marginal leverage L3: from every point to the next one along the first parameter."""
    every = lines(bands.drawn.points)
    if not every:
        return
    count = len(bands.index)
    for player in bands.drawn.case.model.players:
        for part in ("delta", "delta_inside", "delta_breakdown"):
            name = f"{part}_{player}"
            if name not in bands.columns:
                continue
            pooled = bands.pooled(name)
            ways = [None] if pooled else [_place(bands, label) for label in labels]
            filled = np.full((3, count, len(ways)), np.nan)
            for w, way in enumerate(ways):
                if way is None and not pooled:
                    continue
                for line in every:
                    for row, each in zip(line.rows, slopes(bands, line, name, way), strict=False):
                        if way is None or not bands.rare[row, way]:
                            filled[:, row, w] = each.middle, each.low, each.high
            about = f"{bands.columns[name].about}: change per unit of {every[0].parameter}"
            for end, values in zip(("", "_p5", "_p95"), filled, strict=True):
                told = Column(
                    values[:, 0] if pooled else values,
                    bands.columns[name].unit,
                    f"{about}, to the next point{_ENDS[end]}",
                )
                found[f"slope_{name}{end}"] = told


def _shown(columns: Mapping[str, Column], labels: list[str], bands: Bands, k: int) -> list[int]:
    """Places of the regimes that have a row at a point; -1 all others, -2 no draw is counted."""
    if not bands.counted[k]:
        return [-2]
    shares = columns["share_of_draws"].values[k]
    often = shares >= RARE_REGIME
    if "revealed_share_of_draws" in columns:
        often = often | (np.nan_to_num(columns["revealed_share_of_draws"].values[k]) >= RARE_REGIME)
    # Of two that are as frequent the first by name: the rows of a point depend on it alone.
    order = sorted(range(len(shares)), key=lambda r: (-shares[r], labels[r]))
    found = [r for r in order if often[r]]
    return found + ([-1] if bands.other[k] > 0.0 else [])


def _grid(
    points: Mapping[str, NDArray[Any]], count: int
) -> tuple[dict[str, NDArray[Any]], tuple[int, ...], NDArray[np.int64]]:
    """Axes of a full grid in their order, its shape, and where in it each point goes."""
    if not points:
        return {}, (), np.arange(count)
    axes = {name: _distinct(values) for name, values in points.items()}
    shape = tuple(len(values) for values in axes.values())
    at = [
        np.argmax(points[name][:, None] == values[None, :], axis=1) for name, values in axes.items()
    ]
    flat = np.ravel_multi_index(tuple(at), shape)
    return axes, shape, np.argsort(flat, kind="stable")


def _distinct(values: NDArray[Any]) -> NDArray[Any]:
    _, first = np.unique(values, return_index=True)
    return values[np.sort(first)]
