"""Pictures of a sweep: leverage, and what each side has without a deal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import GridError, missing_extra
from negotiation.model import Model
from negotiation.model.grid import Grid
from negotiation.regimes import Event
from negotiation.report.events import short
from negotiation.report.output import check_writable
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.place import kind_of
from negotiation.words import amount

if TYPE_CHECKING:
    import xarray as xr

#: Okabe and Ito's palette: told apart by the colour-blind and in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
_FORMATS = (".png", ".svg")


def check_picture(path: Path) -> None:
    """Refuse a picture that cannot be drawn, before any work is done.

    Raises
    ------
    OutputError, MissingExtraError
    """
    from importlib.util import find_spec

    kind_of(path, {each: each for each in _FORMATS}, None, "a plot is drawn to", option="")
    check_writable(path)
    if find_spec("matplotlib") is None:
        raise missing_extra("matplotlib", f"Drawing {path.name}")


def check_plot(path: Path, model: type[Model], grid: Grid) -> None:
    """Refuse a plot of a sweep that cannot be made, before any work is done.

    Raises
    ------
    OutputError, GridError, MissingExtraError
    """
    check_picture(path)
    numeric = [axis for axis in grid.axes if axis.numeric and len(axis.values) > 1]
    if not numeric or len(grid.axes) > 2:
        raise GridError(
            "a plot needs one parameter varied over numbers, and at most one more as a family of "
            f"curves; this sweep of {model.name()} varies "
            f"{', '.join(axis.name for axis in grid.axes)}; choose e.g. --vary "
            f"{_lever(model)}, alone or with one list of words or numbers"
        )
    families = [axis for axis in grid.axes if axis is not numeric[0]]
    if families and len(families[0].values) > len(COLOURS):
        raise GridError(
            f"a plot draws at most {len(COLOURS)} curves; {families[0].name} has "
            f"{len(families[0].values)} values, choose {len(COLOURS)} of them, e.g. --vary "
            f"{families[0].name}={','.join(_shown(families[0].values[: len(COLOURS)]))}"
        )


def _lever(model: type[Model]) -> str:
    """Return a range that could be plotted: of the first lever, or of the first number."""
    numbers = [spec for spec in model.parameters().values() if spec.numeric]
    spec = next((each for each in numbers if each.lever_of), numbers[0] if numbers else None)
    if spec is None:
        return "NAME=LOW:HIGH:41"
    low = 0.0 if spec.low is None else spec.low
    high = low + 1.0 if spec.upper is None else 0.5 * (low + spec.upper)
    return f"{spec.name}={amount(low)}:{amount(high)}:41"


def _shown(values: Sequence[float | str]) -> list[str]:
    return [value if isinstance(value, str) else amount(value) for value in values]


@drawing()
def leverage_plot(
    data: xr.Dataset, model: type[Model], events: Sequence[Event], path: Path
) -> None:
    """Draw net concession leverage and the no-deal payoffs against the first numeric axis.

    Panels one above the other share the axis; regime changes within the range are marked across
    all of them, and shaded where the equilibrium differs.
    """
    dims = [str(name) for name in data.dims]
    along = next(d for d in dims if data[d].dtype.kind in "fi" and data.sizes[d] > 1)
    family = next((d for d in dims if d != along), None)
    first = model.players[0]
    panels: list[tuple[str, str, bool]] = []
    if f"ncl_{first}" in data:
        panels.append((f"ncl_{first}", f"Leverage of {_name(model, first)} in a deal (NCL)", True))
    unit, scale = _unit(data, model)
    panels += [
        (f"payoff_{player}", f"{_name(model, player)} without a deal, {unit}", False)
        for player in model.players
    ]
    figure = canvas(figsize=(7.2, 1.2 + 2.15 * len(panels)), layout="constrained")
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0].tolist()
    x = data[along].values
    for axes, (name, title, is_share) in zip(grid, panels, strict=True):
        size = 1.0 if is_share else scale
        for k, (label, part) in enumerate(_curves(data, family)):
            colour = COLOURS[k % len(COLOURS)]
            values = part[name].values / size
            at, drawn = _broken(x, values, part["equilibrium"].values)
            axes.plot(at, drawn, color=colour, lw=2, label=label, marker=_marker(len(x)), ms=4)
            for low, high in ((f"{name}_min", f"{name}_max"),):
                bottom, top = part[low].values / size, part[high].values / size
                if _largest(top - bottom) > 1e-3 * (_largest(np.abs(values)) or 1.0):
                    axes.fill_between(x, bottom, top, color=colour, alpha=0.2, lw=0)
        _style(axes, title)
    _mark(grid, events, family is None)
    grid[-1].set_xlabel(_axis_label(model, along))
    grid[-1].set_xlim(x.min(), x.max())
    if family is not None:
        grid[0].legend(title=family, frameon=False, fontsize=8, title_fontsize=8, ncols=2)
    figure.suptitle(_title(data, model, events, along, family), fontsize=12, x=0.02, ha="left")
    figure.text(0.02, -0.005, _footer(data, model), fontsize=6.5, color="#555555", va="top")
    save(figure, path)


def _name(model: type[Model], player: str) -> str:
    name = model.named(player).removeprefix("the ")
    return name[:1].upper() + name[1:]


def _unit(data: xr.Dataset, model: type[Model]) -> tuple[str, float]:
    """Payoff unit for the axes: billions where millions would be unreadable."""
    largest = max(_largest(np.abs(data[f"payoff_{p}"].values)) for p in model.players)
    if model.payoff_unit.startswith("US$ million") and largest >= 2000:
        return model.payoff_unit.replace("million", "billion"), 1000.0
    return model.payoff_unit, 1.0


def _curves(data: xr.Dataset, family: str | None) -> list[tuple[str, xr.Dataset]]:
    if family is None:
        return [("", data)]
    return [
        (
            str(value).lower()
            if isinstance(value, bool)
            else value
            if isinstance(value, str)
            else amount(float(value)),
            data.isel({family: k}),
        )
        for k, value in enumerate(data[family].values.tolist())
    ]


def _largest(values: Any) -> float:
    """Largest number there is; zero where there is none."""
    return float(np.max(values[np.isfinite(values)], initial=0.0))


def _broken(x: Any, values: Any, supports: Any) -> tuple[Any, Any]:
    """Interrupt a curve where the equilibrium changes: a jump is no slope."""
    jumps = np.flatnonzero(supports[1:] != supports[:-1]) + 1
    return np.insert(x, jumps, x[jumps]), np.insert(values, jumps, np.nan)


def _marker(points: int) -> str:
    return "o" if points <= 15 else ""


def _style(axes: Any, title: str) -> None:
    axes.set_title(title, fontsize=9.5, loc="left")
    axes.axhline(0.0, color="#333333", lw=0.8)
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8.5)
    axes.margins(y=0.12)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _mark(grid: Sequence[Any], events: Sequence[Event], single: bool) -> None:
    """Draw a line where a regime changes, with its value at the top panel."""
    marked: list[float] = []
    for event in events:
        if not event.within or not single:
            continue
        for axes in grid:
            axes.axvline(event.value, color="#777777", lw=1, ls="--")
        span = np.ptp(grid[0].get_xlim()) or 1.0
        if any(abs(event.value - other) < 0.002 * span for other in marked):
            continue
        marked.append(event.value)
        grid[0].annotate(
            _short(event),
            (event.value, 0.03),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=8,
            color="#333333",
            va="bottom",
        )


def _short(event: Event) -> str:
    place = event.between[1] if event.between else amount(round(event.value, 4))
    return f"From {place} on, {short(event)[1]}"


def _axis_label(model: type[Model], name: str) -> str:
    spec = model.find_parameter(name)
    return f"{name} ({spec.unit})" if spec.unit else name


def _title(
    data: xr.Dataset, model: type[Model], events: Sequence[Event], along: str, family: str | None
) -> str:
    """Return what the picture shows, as a sentence read off the data."""
    first = model.players[0]
    name = f"ncl_{first}"
    if name not in data:
        return f"{model.name()}: payoffs without a deal against {along}"
    if family is not None:
        return f"Leverage of {_name(model, first)} against {along}, by {family}"
    values = data[name].values
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return f"Leverage of {_name(model, first)} against {along}"
    change = known[-1] - known[0]
    way = "rises" if change > 0.005 else "falls" if change < -0.005 else "stays"
    start, end = (float(data[along].values[k]) for k in (0, -1))
    stretch = f"{amount(start)} to {amount(end)}"
    text = (
        f"Net concession leverage of {_name(model, first)} {way} from {known[0]:+.2f} to "
        f"{known[-1]:+.2f} as {along} {'rises' if end > start else 'falls'} from {stretch}"
    )
    return fill(text, 72)


def _footer(data: xr.Dataset, model: type[Model]) -> str:
    text = (
        f"NCL: what the deal gives {_name(model, model.players[0])} per unit of the losses at "
        f"stake; {data.attrs['concept']}. Threat point: {data.attrs['threat_point']}. Horizon: "
        f"{data.attrs['horizon']}. negotiation {data.attrs['negotiation_version']}, model "
        f"{data.attrs['model']} {data.attrs['model_digest']}; {data.attrs['parameters']}."
    )
    return fill(text, 128)
