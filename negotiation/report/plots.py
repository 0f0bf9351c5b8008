"""Pictures of a sweep: leverage, and what each side has without a deal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import GridError, missing_extra
from negotiation.model import Model
from negotiation.model.grid import Grid
from negotiation.outcome.columns import column_name
from negotiation.regimes import Event
from negotiation.report.drawing import check_place
from negotiation.report.events import short
from negotiation.report.picture import canvas, drawing, save
from negotiation.words import amount

if TYPE_CHECKING:
    import xarray as xr

#: Okabe and Ito's palette: told apart by the colour-blind and in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")


def check_picture(path: Path) -> None:
    """Refuse a picture that cannot be drawn, before any work is done.

    Raises
    ------
    OutputError, MissingExtraError
    """
    from importlib.util import find_spec

    check_place(path)
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
    panels = _panels(data, model)
    figure = canvas(figsize=(7.2, 1.2 + 2.15 * len(panels)), layout="constrained")
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0].tolist()
    x = data[along].values
    for axes, panel in zip(grid, panels, strict=True):
        for k, (label, part) in enumerate(_curves(data, family)):
            for c, (name, told) in enumerate(panel.lines.items()):
                colour = COLOURS[(c if family is None else k) % len(COLOURS)]
                values = part[name].values / panel.scale
                at, drawn = _broken(x, values, part["equilibrium"].values)
                style = ("-", "--", ":")[c % 3]
                axes.plot(
                    at,
                    drawn,
                    color=colour,
                    lw=2,
                    ls=style,
                    label=label or told,
                    marker=_marker(len(x)),
                    ms=4,
                )
                low, high = f"{name}_min", f"{name}_max"
                if low not in part:
                    continue
                bottom, top = part[low].values / panel.scale, part[high].values / panel.scale
                if _largest(top - bottom) > 1e-3 * (_largest(np.abs(values)) or 1.0):
                    axes.fill_between(x, bottom, top, color=colour, alpha=0.2, lw=0)
        _style(axes, panel.title)
        if family is None and len(panel.lines) > 1:
            axes.legend(frameon=False, fontsize=8, ncols=2, loc="best")
    _mark(grid, events, family is None)
    grid[-1].set_xlabel(_axis_label(model, along))
    grid[-1].set_xlim(x.min(), x.max())
    if family is not None:
        grid[0].legend(title=family, frameon=False, fontsize=8, title_fontsize=8, ncols=2)
    figure.suptitle(_title(data, model, events, along, family), fontsize=12, x=0.02, ha="left")
    figure.text(0.02, -0.005, _footer(data, model), fontsize=6.5, color="#555555", va="top")
    save(figure, path)


@dataclasses.dataclass(frozen=True)
class Panel:
    """Curves that share a scale.

    Attributes
    ----------
    title : str
    lines : mapping of str to str
        Columns, and what each is called in the legend.
    scale : float
        What values are divided by.
    """

    title: str
    lines: Mapping[str, str]
    scale: float = 1.0


def _panels(data: xr.Dataset, model: type[Model]) -> list[Panel]:
    """What is drawn: deals, what each side has if there is none, what levers do by themselves."""
    first = model.players[0]
    unit, scale = _unit(data, model)
    if f"inside_{first}" not in data:
        found = [
            Panel(f"{_name(model, player)} without a deal, {unit}", {f"payoff_{player}": ""}, scale)
            for player in model.players
        ]
        if f"ncl_{first}" in data:
            title = f"Leverage of {_name(model, first)} in a deal (NCL)"
            found.insert(0, Panel(title, {f"ncl_{first}": ""}))
        return found
    starts = {"inside": "from the dispute as it is", "breakdown": "from a breakdown of talks"}
    lines = {f"delta_{start}_{first}": told for start, told in starts.items()}
    found = [Panel(f"What a deal gives {_name(model, first)}, {unit}", lines, scale)]
    for player in model.players:
        stands = {
            f"inside_{player}": "while the dispute lasts",
            f"payoff_{player}": "once talks have broken down",
        }
        found.append(Panel(f"{_name(model, player)} without a deal, {unit}", stands, scale))
    return found + _own_effects(data, model, unit, scale)


def _own_effects(data: xr.Dataset, model: type[Model], unit: str, scale: float) -> list[Panel]:
    """What the levers do by themselves, where any is pulled: money, and all else in per cent."""
    of_money: dict[str, str] = {}
    of_shares: dict[str, str] = {}
    for name, told in model.own_effects.items():
        column = column_name(name)
        if column in data and _largest(np.abs(data[column].values)) > 0.0:
            shares = data[column].attrs.get("units") == "%"
            (of_shares if shares else of_money)[column] = told
    found = []
    if of_money:
        title = f"What the levers do by themselves, {unit}"
        found.append(Panel(title, of_money, scale))
    if of_shares:
        found.append(Panel("What the levers do by themselves, per cent", of_shares))
    return found


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
    if f"delta_inside_{first}" in data and family is None:
        return _deal_title(data, model, along)
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


def _deal_title(data: xr.Dataset, model: type[Model], along: str) -> str:
    """How much what a deal gives the first side changes, from either start of the talks."""
    first = model.players[0]
    unit, scale = _unit(data, model)
    ends = [
        [float(data[f"delta_{start}_{first}"].values[k]) / scale for k in (0, -1)]
        for start in ("inside", "breakdown")
    ]
    low, high = (float(data[along].values[k]) for k in (0, -1))
    if not np.isfinite(ends).all():
        return f"What a deal gives {_name(model, first)} against {along}"
    (now, then), (broken, later) = ends
    text = (
        f"As {along} goes from {amount(low)} to {amount(high)}, a deal gives "
        f"{_name(model, first)} {now:+.1f} to {then:+.1f} from the dispute as it is, and "
        f"{broken:+.1f} to {later:+.1f} from a breakdown ({unit})"
    )
    return fill(text, 72)


def _footer(data: xr.Dataset, model: type[Model]) -> str:
    part = f"ONLY A PART: {data.attrs['unfinished']}. " if "unfinished" in data.attrs else ""
    if f"inside_{model.players[0]}" in data:
        what = "Payoffs are changes against the status quo, without duties beyond treaty rates"
        if model.own_effects:
            what += ". What levers do by themselves is not in them"
        caution = f"Caution: {data.attrs['cautions']} " if "cautions" in data.attrs else ""
        return fill(
            f"{part}{what}. {caution}Concept: {data.attrs['concept']}. "
            f"Horizon: {data.attrs['horizon']}. "
            f"negotiation {data.attrs['negotiation_version']}, model "
            f"{data.attrs['model']} {data.attrs['model_digest']}; {data.attrs['parameters']}.",
            128,
        )
    text = (
        f"{part}NCL: what the deal gives {_name(model, model.players[0])} per unit of the losses "
        f"at stake; {data.attrs['concept']}. Threat point: {data.attrs['threat_point']}. Horizon: "
        f"{data.attrs['horizon']}. negotiation {data.attrs['negotiation_version']}, model "
        f"{data.attrs['model']} {data.attrs['model_digest']}; {data.attrs['parameters']}."
    )
    return fill(text, 128)
