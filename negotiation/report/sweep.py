"""A swept dataset: a document to read, rows, Parquet and netCDF to load."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import numpy as np

from negotiation import interrupts
from negotiation.bargaining.solutions import CALLED, SPREAD
from negotiation.case import Case
from negotiation.errors import missing_extra
from negotiation.model import Model
from negotiation.outcome import Status
from negotiation.regimes import Event
from negotiation.report.along import along
from negotiation.report.columnar import BESIDE, SweptTable, table_of, write
from negotiation.report.document import (
    Block,
    Document,
    Form,
    Heading,
    Paragraph,
    Provenance,
    Span,
    Table,
    TableColumn,
)
from negotiation.report.events import sentence, sides
from negotiation.report.figure import Figure
from negotiation.report.netcdf import netcdf_name
from negotiation.report.output import write_text, writing
from negotiation.report.place import kind_of, target_of
from negotiation.report.render import BINARY, WORKBOOK, plain, render, renderers
from negotiation.report.schema import because, finished
from negotiation.words import money

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Formats that are written block by block, so that their size is bounded by the disk alone.
STREAMED = ("parquet", "csv")


def document(
    data: xr.Dataset, model: type[Model], events: Sequence[Event], *, details: bool = False
) -> Document:
    """Return a sweep as a document; with `details` also what does not change."""
    return Document(
        study="sweep",
        tell=lambda: [headline(data, model), *reading(data, model, events, details=details)],
        note=lambda: record(data, events),
        made=data.attrs,
        list_rows=lambda: rows(data),
        list_figures=lambda: _figures(data, model),
    )


def _figures(data: xr.Dataset, model: type[Model]) -> Sequence[Figure]:
    from negotiation.report.result_figures import swept_lines

    return swept_lines(data, model, data.attrs)


class EventRecord(TypedDict):
    """A change along a swept parameter, or the finding that there is none."""

    kind: str
    nature: str
    parameter: str
    value: float
    before: str
    after: str
    sentence: str
    within: bool
    between: NotRequired[list[int]]


class Swept(TypedDict):
    """A sweep: what changes along it, and a row a point."""

    provenance: dict[str, str]
    units: dict[str, str]
    regimes: list[EventRecord]
    rows: list[dict[str, Any]]


def record(data: xr.Dataset, events: Sequence[Event]) -> dict[str, Any]:
    """Return a sweep ready for JSON."""
    lines = rows(data).drop(columns=list(data.attrs)).to_dict(orient="records")
    return {
        "provenance": plain(dict(data.attrs)),
        "units": {str(n): v.attrs.get("units", "") for n, v in data.variables.items()},
        "regimes": [
            finished(because(_event(each), "nothing changes there"), EventRecord) for each in events
        ],
        "rows": [_with_reasons(line) for line in lines],
    }


def _event(event: Event) -> EventRecord:
    """Return an event for a record; the line it is on is in its sentence."""
    before, after = sides(event)
    told: EventRecord = {
        "kind": event.kind,
        "nature": str(event.nature),
        "parameter": event.parameter,
        "value": event.value,
        "before": before,
        "after": after,
        "sentence": sentence(event),
        "within": event.within,
    }
    if event.between:
        told["between"] = list(event.between)
    return told


def _with_reasons(line: dict[Hashable, Any]) -> dict[str, Any]:
    """Return a row in which every number that is missing is followed by the reason."""
    told: dict[str, Any] = {}
    for key, value in line.items():
        name = str(key)
        told[name] = plain(value)
        if told[name] is not None:
            continue
        kind = name.partition("_")[0]
        if line["status"] != Status.CERTIFIED.value:
            why = line["status"]
        elif kind == "ncl":
            why = line["ncl_status"]
        elif kind == "asymmetry":
            why = line["asymmetry_status"]
        elif kind == "deviation":
            why = "every action is in use"
        elif kind in ("delta", "surplus"):
            why = "there is no deal"
        else:
            why = "the model gives none at this point"
        told[f"{name}_reason"] = str(why)
    return told


def rows(data: xr.Dataset) -> pd.DataFrame:
    """One row per point: the varied parameters, every result, and where it comes from."""
    frame = data.to_dataframe().reset_index()
    for name, value in data.attrs.items():
        frame[name] = value
    return frame


def headline(data: xr.Dataset, model: type[Model]) -> Table:
    """Return the columns an adviser reads."""
    dims = [str(name) for name in data.dims]
    frame = data.to_dataframe().reset_index()
    first = model.players[0]
    several = frame["equilibria"].to_numpy() > 1
    heads = [TableColumn(split_name(name), Form.AMOUNT) for name in dims]
    columns: list[Sequence[Any]] = [frame[name].tolist() for name in dims]

    def add(head: str, form: Form, values: Any) -> None:
        heads.append(TableColumn(head, form))
        columns.append(list(values))

    lasting = f"inside_{first}" in frame
    broken = [
        (word or "none") + (f" (1 of {number})" if number > 1 else "")
        for word, number in zip(frame["equilibrium"], frame["equilibria"], strict=True)
    ]
    if lasting:
        for name, head in model.headline.items():
            add(head, Form.SHARE, frame[f"{name.replace('.', '_')}_inside"])
        for player in model.players:
            add(f"inside_\n{player}", Form.CHANGE, frame[f"inside_{player}"])
        broken = [each.replace("/", "/\n") for each in broken]
    if not lasting or len(set(broken)) > 1:
        add("equilibrium", Form.TEXT, broken)

    for player in model.players:
        add(f"payoff_\n{player}", Form.CHANGE, frame[f"payoff_{player}"])
    if lasting:
        for start in ("inside", "breakdown"):
            add(f"delta_\n{start}_\n{first}", Form.CHANGE, frame[f"delta_{start}_{first}"])
    elif f"delta_{first}" in frame:
        add(f"delta_\n{first}", Form.CHANGE, frame[f"delta_{first}"])
        if several.any():  # what another equilibrium would make of it
            ends = (frame[f"delta_{first}_all_{end}"] for end in ("min", "max"))
            spans = [
                Span(
                    *(float(low), float(high)),
                    f"{money(low, signed=True)} to\n{money(high, signed=True)}",
                    quantiles=False,
                    signed=True,
                )
                if more
                else None
                for low, high, more in zip(*ends, several, strict=True)
            ]
            add("over all\nequilibria", Form.TEXT, spans)
        add(f"ncl_\n{first}", Form.SHARE, frame[f"ncl_{first}"])
    for name, head in model.headline.items() if not lasting else ():
        add(head, Form.SHARE, frame[name.replace(".", "_")])
    bad = ~certified(data)
    if bad.any():
        add("", Form.TEXT, ["!" if each else "" for each in bad])
    return Table.of(heads, zip(*columns, strict=True))


def certified(data: xr.Dataset) -> Any:
    """Whether each point is."""
    return (data["status"] == Status.CERTIFIED.value).to_numpy().ravel()


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


def reading(
    data: xr.Dataset, model: type[Model], events: Sequence[Event], *, details: bool = False
) -> Iterator[Block]:
    """Return the regime changes and the small print below a table.

    What changes comes first; what does not is one sentence, or with `details` one for each.
    """
    first = _several(data, model)
    if first:
        yield Paragraph(first)
    if events:
        yield from along(events, details=details)
    said = [f"Money is in {model.payoff_unit}, relative to the status quo. {_payoff(data, model)}"]
    if f"ncl_{model.players[0]}" in data:
        solution = str(data[f"ncl_{model.players[0]}"].attrs["long_name"]).rpartition(", ")[2]
        others = [CALLED[name] for name in SPREAD if f"{CALLED[name]} solution" != solution]
        if f"inside_{model.players[0]}" not in data:
            said[0] += f" Delta is what the deal gives {model.named(model.players[0])}."
        said[0] += f" NCL is delta per unit of the losses at stake. It uses the {solution}"
        player = model.players[0]
        spread = (data[f"ncl_{player}_max"] - data[f"ncl_{player}_min"]).max().item()
        said[0] += (
            "; it is not defined at any of these points."
            if not np.isfinite(spread)
            else "."  # as where money passes without limit: all concepts coincide by construction
            if spread < 1e-9
            else f", and {', '.join(others[:-1])} and {others[-1]} agree with it."
            if spread < 5e-4
            else ", which is not defined at any point."
            if np.isnan(spread)
            else f"; over concepts it differs by up to {spread:.3f}."
        )
    bad = int((~certified(data)).sum())
    if bad:
        said.append(f"{bad} of {data['status'].size} points, marked !, are not certified.")
    elif int(data["equilibria"].max()) > 1:
        said.append(
            "Every equilibrium in the table is certified; where there are several, the rule of the "
            "threat point chose, and the columns payoff_*_min and _max of other formats span them."
        )
    else:
        said.append("Every equilibrium in the table is certified, and no other exists.")
    yield Paragraph(" ".join(said))
    yield Provenance(data.attrs, titled=False)


def _payoff(data: xr.Dataset, model: type[Model]) -> str:
    """What the columns of payoffs and deals hold."""
    first = model.players[0]
    if f"inside_{first}" not in data:
        return "Payoff is what a side gets without a deal."
    words = sorted(set(data["equilibrium"].to_numpy().ravel().tolist()))
    played = f" ({words[0]} at every point)" if len(words) == 1 and words[0] else ""
    return (
        "Inside is what a side gets while the dispute lasts, payoff what it gets once talks have "
        f"broken down{played}. Delta is what a deal gives {model.named(first)} where talks start "
        "from either."
    )


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


def save(
    data: xr.Dataset,
    model: type[Model],
    events: Sequence[Event],
    path: Path,
    kind: str | None = None,
    *,
    details: bool = False,
    case: Case | None = None,
    command: str = "",
) -> None:
    """Write a sweep to a file by its suffix, whole or not at all.

    Parameters
    ----------
    kind : str, optional
        The format, for a pipe or device whose name does not tell it.
    case : Case, optional
    command : str
        What was asked, and the command that asks it again: a workbook tells both.

    Raises
    ------
    MissingExtraError
        For Parquet without pyarrow, and for a workbook without XlsxWriter.
    OutputError
        If the place cannot be written to.
    """
    kind = file_format(path, kind)
    if kind in STREAMED:
        write(table_of(data), path, kind)
    elif kind in WORKBOOK.values():
        from negotiation.report.workbook import workbook

        told = document(data, model, events, details=details)
        workbook(told, path, case=case, command=command, table=table_of(data))
    elif kind not in BINARY.values():
        write_text(path, render(document(data, model, events, details=details), kind), kind)
    else:
        write_netcdf(data, path)


def stream(table: SweptTable, path: Path, kind: str, case: Case, *, command: str = "") -> int:
    """Write the rows of a sweep that is too long to be read as well; return their number.

    Raises
    ------
    MissingExtraError, OutputError
    """
    if kind not in WORKBOOK.values():
        return write(table, path, kind)
    from negotiation.report.workbook import workbook

    notes: dict[str, dict[str, None]] = {}
    for block in table.blocks():
        for name, told in block.notes.items():
            notes.setdefault(name, {}).update(dict.fromkeys(told))
    made = dict(table.made({name: tuple(told) for name, told in notes.items()}))
    short = Document(
        study="sweep",
        tell=lambda: [
            Heading(f"{made['model']} ({made['parameters']})", 1),
            Paragraph("The rows of a sweep; what changes along so many was not looked for."),
            Provenance(made, titled=False),
        ],
        note=dict,
        made=made,
    )
    return workbook(short, path, case=case, command=command, table=table)


def write_netcdf(data: xr.Dataset, path: Path) -> None:
    """Write a dataset as netCDF 3, whole or not at all.

    Raises
    ------
    OutputError
    """
    with writing(path) as part:
        # netCDF 3 by way of scipy, which is always there. A signal between taking xarray's lock
        # and what gives it back would leave it taken, and closing the file would wait for ever.
        renamed = _for_netcdf(data)
        with interrupts.held():
            renamed.to_netcdf(part, engine="scipy")


def files_of(path: Path, kind: str) -> list[Path]:
    """Return the files that a sweep is written to: what describes a CSV file stands beside it."""
    beside = kind == "csv" and not target_of(path).through
    return [path, path.with_name(path.name + BESIDE)] if beside else [path]


def _for_netcdf(data: xr.Dataset) -> xr.Dataset:
    """Rename what netCDF 3 has no name for; the attribute `name` then holds the true one."""
    names = {str(name): netcdf_name(str(name)) for name in (*data.variables, *data.dims)}
    changed = {name: new for name, new in names.items() if name != new}
    if not changed:
        return data
    data = data.rename(changed)
    for name, new in changed.items():
        if new in data.variables:
            data[new].attrs["name"] = name
    return data


def file_format(path: Path, given: str | None = None) -> str:
    """Return the format a file's suffix stands for, after checking that it can be written.

    `given` is what was asked for besides; it may not contradict the suffix.
    """
    kinds = {end: name for name, each in renderers(rows=True).items() for end in each.suffixes}
    kind = kind_of(path, kinds | WORKBOOK | BINARY, given, "a sweep is written as")
    if kind in WORKBOOK.values():
        from negotiation.report.workbook import check_workbook

        check_workbook(path)
    if kind == "parquet":
        from importlib.util import find_spec

        if find_spec("pyarrow") is None:
            raise missing_extra("pyarrow", f"Writing {path.name}")
    return kind
