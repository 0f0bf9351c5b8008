"""A swept dataset as rows: text and Markdown to read, CSV, JSON, Parquet and netCDF to load."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation import interrupts
from negotiation.bargaining.solutions import CALLED, SPREAD
from negotiation.errors import missing_extra
from negotiation.model import Model
from negotiation.outcome import Status
from negotiation.regimes import Event
from negotiation.report.output import write_text, writing
from negotiation.report.place import kind_of
from negotiation.words import amount, money, printable, share, spreadsheet

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_WIDTH = 80

FORMATS = ("table", "csv", "json", "md")
#: What no variable of a netCDF file may be called.
_NETCDF_WORDS = {"byte", "char", "short", "ushort", "int", "uint", "int64", "uint64", "float"}
_NETCDF_WORDS |= {"real", "double", "bool", "string"}

FILE_FORMATS = ("csv", "json", "parquet", "nc", "md", "txt")


def rows(data: xr.Dataset) -> pd.DataFrame:
    """One row per point: the varied parameters, every result, and where it comes from."""
    frame = data.to_dataframe().reset_index()
    for name, value in data.attrs.items():
        frame[name] = value
    return frame


def text_table(headers: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Align a table for a terminal; cells may hold line breaks. Numbers to the right."""
    cells = [
        [printable(cell, keep="\n").split("\n") for cell in line] for line in (headers, *lines)
    ]
    widths = [max(len(part) for line in cells for part in line[c]) for c in range(len(headers))]
    right = [all(_numeric(line[c]) for line in lines) for c in range(len(headers))]
    printed = []
    for row, line in enumerate(cells):
        height = max(len(cell) for cell in line)
        for h in range(height):
            shown = []
            for cell, width, number in zip(line, widths, right, strict=True):
                # Heads stand on the rule, what is below hangs from the top.
                k = h - (height - len(cell)) if row == 0 else h
                part = cell[k] if 0 <= k < len(cell) else ""
                shown.append(part.rjust(width) if number else part.ljust(width))
            printed.append("  ".join(shown).rstrip())
        if row == 0:
            printed.append("  ".join("-" * width for width in widths))
    return "\n".join(printed)


def markdown_table(headers: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Format a table in Markdown."""
    right = [all(_numeric(line[c]) for line in lines) for c in range(len(headers))]
    marks = ["---:" if number else "---" for number in right]
    flat = [[_flat(cell) for cell in line] for line in lines]
    body = [[_flat(header) for header in headers], marks, *flat]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in body)


def _flat(cell: str) -> str:
    """Return a cell on one line, in which a bar does not begin the next cell.

    A name is broken after a mark within it, words at a space.
    """
    for mark in ("/", "_", ".", "+"):
        cell = cell.replace(f"{mark}\n", mark)
    return cell.replace("\n", " ").replace("|", "\\|")


def _numeric(text: str) -> bool:
    if text in ("none", "infinite", ""):
        return True
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def headline(data: xr.Dataset, model: type[Model]) -> tuple[list[str], list[list[str]]]:
    """Headers and cells of the columns an adviser reads, within 80 characters."""
    dims = [str(name) for name in data.dims]
    frame = data.to_dataframe().reset_index()
    first = model.players[0]
    headers = [split_name(name) for name in dims]
    columns = [[cell(value) for value in frame[name]] for name in dims]
    headers.append("equilibrium")
    several = frame["equilibria"].to_numpy() > 1
    columns.append(
        [
            (word or "none") + (f" (1 of {number})" if number > 1 else "")
            for word, number in zip(frame["equilibrium"], frame["equilibria"], strict=True)
        ]
    )
    for player in model.players:
        headers.append(f"payoff_\n{player}")
        columns.append([money(v, signed=True) for v in frame[f"payoff_{player}"]])
    if f"delta_{first}" in frame:
        headers += [f"delta_\n{first}", f"ncl_\n{first}"]
        columns.append([money(v, signed=True) for v in frame[f"delta_{first}"]])
        if several.any():  # what another equilibrium would make of it
            headers.insert(-1, "over all\nequilibria")
            ends = (frame[f"delta_{first}_all_{end}"] for end in ("min", "max"))
            columns.append(
                [
                    f"{money(low, signed=True)} to\n{money(high, signed=True)}" if more else ""
                    for low, high, more in zip(*ends, several, strict=True)
                ]
            )
        columns.append([share(v) for v in frame[f"ncl_{first}"]])
    for name in model.headline:
        column = name.replace(".", "_")
        headers.append(model.headline[name])
        columns.append([share(v) for v in frame[column]])
    uncertified = ~(frame["status"] == Status.CERTIFIED.value).to_numpy()
    if uncertified.any():
        headers.append("")
        columns.append(["!" if bad else "" for bad in uncertified])
    lines = [list(line) for line in zip(*columns, strict=True)]
    # Where the table is too wide, profiles are broken between players, then between actions.
    for mark, broken in (("/", "/\n"), (" (1 of", "\n(1 of"), ("+", "+\n")):
        if max(map(len, text_table(headers, lines).split("\n"))) <= _WIDTH:
            break
        for line in lines:
            line[len(dims)] = line[len(dims)].replace(mark, broken)
    return headers, lines


def split_name(name: str) -> str:
    """Break a long parameter name over two lines."""
    if len(name) <= 16:
        return name
    half = min(
        (k for k, letter in enumerate(name) if letter in "._"),
        key=lambda k: abs(k - len(name) / 2),
        default=None,
    )
    return name if half is None else f"{name[: half + 1]}\n{name[half + 1 :]}"


def cell(value: Any) -> str:
    """Return a value of a parameter as a table shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else amount(float(value))


def render(
    data: xr.Dataset,
    model: type[Model],
    events: Sequence[Event],
    kind: str,
    *,
    details: bool = False,
) -> str:
    """Return a sweep as text in one of `FORMATS`; with `details` also what does not change."""
    if kind == "csv":
        return _csv(rows(data))
    if kind == "json":
        return to_json(
            {
                "provenance": dict(data.attrs),
                "units": {str(n): v.attrs.get("units", "") for n, v in data.variables.items()},
                "regimes": [_event(event) for event in events],
                "rows": rows(data).drop(columns=list(data.attrs)).to_dict(orient="records"),
            }
        )
    headers, lines = headline(data, model)
    if kind == "md":
        told = reading(data, model, events, markdown=True, details=details)
        return "\n".join([markdown_table(headers, lines), "", *told])
    told = reading(data, model, events, details=details)
    return "\n".join([text_table(headers, lines), "", *told])


def _event(event: Event) -> dict[str, Any]:
    """Return an event for a record; the line it is on is in its sentence."""
    names = ("kind", "parameter", "value", "before", "after", "sentence", "within", "between")
    return {name: getattr(event, name) for name in names if name != "between" or event.between}


def reading(
    data: xr.Dataset,
    model: type[Model],
    events: Sequence[Event],
    *,
    markdown: bool = False,
    details: bool = False,
) -> list[str]:
    """Return the regime changes and the fine print below a table, wrapped at 80 characters.

    What changes comes first; what does not is one sentence, or with `details` one for each.
    """
    from textwrap import wrap

    from negotiation.report.along import along

    said = [f"Money in {model.payoff_unit}, against the status quo; payoff: without a deal."]
    if f"ncl_{model.players[0]}" in data:
        solution = str(data[f"ncl_{model.players[0]}"].attrs["long_name"]).rpartition(", ")[2]
        others = [CALLED[name] for name in SPREAD if f"{CALLED[name]} solution" != solution]
        said[0] = said[0].removesuffix(".") + (
            f", delta: what the deal gives {model.named(model.players[0])}. NCL: the same per unit "
            f"of the losses at stake; {solution}"
        )
        player = model.players[0]
        spread = (data[f"ncl_{player}_max"] - data[f"ncl_{player}_min"]).max().item()
        said[0] += (
            "; it is not defined at any of these points."
            if not np.isfinite(spread)
            else f", and {', '.join(others[:-1])} and {others[-1]} agree with it."
            if spread < 5e-4
            else ", which is not defined at any point."
            if np.isnan(spread)
            else f"; over concepts it differs by up to {spread:.3f}."
        )
    said.append(f"Horizon: {data.attrs['horizon']}.")
    bad = int((data["status"] != Status.CERTIFIED.value).sum())
    if bad:
        said.append(f"{bad} of {data['status'].size} points, marked !, are not certified.")
    elif int(data["equilibria"].max()) > 1:
        said.append(
            "Every equilibrium in the table is certified; where there are several, the rule of the "
            "threat point chose, and the columns payoff_*_min and _max of other formats span them."
        )
    else:
        said.append("Every equilibrium in the table is certified, and no other exists.")
    first = _several(data, model)
    lines = [*wrap(first, 80), ""] if first else []
    lines += [*along(events, markdown=markdown, details=details), ""] if events else []
    lines += wrap(" ".join(said), 80)
    lines.append(
        f"negotiation {data.attrs['negotiation_version']}, model {data.attrs['model']} "
        f"{data.attrs['model_digest']}, {data.attrs['parameters']}"
    )
    return lines


def _several(data: xr.Dataset, model: type[Model]) -> str:
    """At how many points there are several equilibria, and what hangs on which one holds."""
    number = data["equilibria"].to_numpy().ravel()
    several = number > 1
    if not several.any():
        return ""
    first = model.players[0]
    low, high = f"payoff_{first}_min", f"payoff_{first}_max"
    what = "no-deal payoff"
    if f"delta_{first}_all_min" in data:
        low, high, what = f"delta_{first}_all_min", f"delta_{first}_all_max", "deal"
    ends = [data[name].to_numpy().ravel()[several] for name in (low, high)]
    least, most = number[several].min(), number[several].max()
    counted = f"{least}" if least == most else f"{least} to {most}"
    told = f"At {several.sum()} of {number.size} points there are several equilibria ({counted})"
    known = np.isfinite(ends[0])
    if known.any():
        told += (
            f"; over all of them the {what} of {model.named(first)} is "
            f"{money(float(ends[0][known].min()), signed=True)} to "
            f"{money(float(ends[1][known].max()), signed=True)}, and the table shows what the "
            f"selected one gives"
        )
    return f"{told}."


def to_json(value: Any) -> str:
    """JSON with full precision; what is not a number becomes null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def _csv(frame: pd.DataFrame) -> str:
    """CSV with full precision, of which a spreadsheet runs no cell."""
    for name in frame.columns:
        if frame[name].dtype.kind not in "biufc":
            frame[name] = spreadsheet(frame[name].tolist())
    frame.columns = spreadsheet(frame.columns)
    return str(frame.to_csv(index=False, lineterminator="\n"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def save(
    data: xr.Dataset,
    model: type[Model],
    events: Sequence[Event],
    path: Path,
    kind: str | None = None,
    *,
    details: bool = False,
) -> None:
    """Write a sweep to a file by its suffix, whole or not at all.

    Parameters
    ----------
    kind : str, optional
        The format, for a pipe or device whose name does not tell it.

    Raises
    ------
    MissingExtraError
        For Parquet without pyarrow.
    OutputError
        If the place cannot be written to.
    """
    kind = file_format(path, kind)
    if kind in FORMATS:
        write_text(path, render(data, model, events, kind, details=details), kind)
        return
    with writing(path) as part:
        if kind == "parquet":
            rows(data).to_parquet(part, index=False)
        else:
            # netCDF 3 by way of scipy, which is always there. A signal between taking xarray's lock
            # and what gives it back would leave it taken, and closing the file would wait for ever.
            renamed = _for_netcdf(data)
            with interrupts.held():
                renamed.to_netcdf(part, engine="scipy")


def _for_netcdf(data: xr.Dataset) -> xr.Dataset:
    """Rename what netCDF 3 has no name for; the attribute `name` then holds the true one."""
    names = {str(name): _netcdf_name(str(name)) for name in (*data.variables, *data.dims)}
    changed = {name: new for name, new in names.items() if name != new}
    if not changed:
        return data
    data = data.rename(changed)
    for name, new in changed.items():
        if new in data.variables:
            data[new].attrs["name"] = name
    return data


def _netcdf_name(name: str) -> str:
    plain = printable(name, encoding="ascii").replace("/", "\\u002f")
    if plain.endswith(" "):
        plain = f"{plain[:-1]}\\u0020"
    return plain if plain[:1].isalnum() and plain not in _NETCDF_WORDS else f"_{plain}"


def file_format(path: Path, given: str | None = None) -> str:
    """Return the format a file's suffix stands for, after checking that it can be written.

    `given` is what was asked for besides; it may not contradict the suffix.
    """
    kinds = {f".{each}": "table" if each == "txt" else each for each in FILE_FORMATS}
    kind = kind_of(path, kinds, given, "a sweep is written as")
    if kind == "parquet":
        from importlib.util import find_spec

        if find_spec("pyarrow") is None:
            raise missing_extra("pyarrow", f"Writing {path.name}")
    return kind
