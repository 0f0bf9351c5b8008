"""`negotiation data`: a user's own trade data, checked, imported, shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negotiation.cli import complete
from negotiation.cli.destination import check_format
from negotiation.cli.options import Quiet
from negotiation.cli.streams import note, show
from negotiation.words import printable

if TYPE_CHECKING:
    from negotiation.trade.data.read import Reader, Report

Source = Annotated[
    str, typer.Argument(metavar="PATH", help="A CSV file, or a folder of trade data.")
]
Layout = Annotated[
    str,
    typer.Option(
        "--layout",
        autocompletion=complete.words("auto", "house", "tidy", "icio", "wiod"),
        metavar="LAYOUT",
        help="How the table is laid out: auto, house, tidy, icio or wiod.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="WHAT=NAME",
        help="Layout tidy: how a column is called, as in origin=exporter; may be repeated.",
    ),
]
Coefficients = Annotated[
    str | None,
    typer.Option(
        "--coefficients", metavar="FILE", help="Layout tidy: a file of input coefficients."
    ),
]
Final = Annotated[
    str | None,
    typer.Option(
        "--final", metavar="A,B,...", help="Layouts icio, wiod: categories of final demand."
    ),
]
Inventory = Annotated[
    str | None,
    typer.Option(
        "--may-be-negative",
        metavar="A,B,...",
        help="Layouts icio, wiod: final demand that may be negative; default: inventories.",
    ),
]
Merge = Annotated[
    list[str] | None,
    typer.Option(
        "--merge",
        metavar="PART=REGION",
        help="Layout icio: a region that is part of another, as in CN1=CHN; may be repeated.",
    ),
]
Unit = Annotated[
    str | None,
    typer.Option(
        "--tariff-unit",
        autocompletion=complete.words("fraction", "percent"),
        metavar="UNIT",
        help="Unit of tariffs: fraction (default; 0.25 is 25 per cent) or percent.",
    ),
]
Tolerance = Annotated[
    float | None,
    typer.Option(
        "--tolerance", metavar="SHARE", help="Largest relative gap allowed in a sum; default 1e-5."
    ),
]


def check_data(
    path: Source,
    layout: Layout = "auto",
    column: Columns = None,
    coefficients: Coefficients = None,
    final: Final = None,
    inventory: Inventory = None,
    merge: Merge = None,
    tolerance: Tolerance = None,
    tariff_unit: Unit = None,
    kind: Annotated[
        str,
        typer.Option(
            "--format",
            autocompletion=complete.words("table", "json", "md"),
            metavar="KIND",
            help="Print table, json or md.",
        ),
    ] = "table",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Check trade data and list all faults; exit code 4 if any."""
    from negotiation.errors import ExitCode
    from negotiation.report.render import to_json
    from negotiation.trade.data.read import report

    check_format(kind, ("table", "json", "md"))
    reader = _reader(layout, column, coefficients, final, inventory, merge, tolerance, tariff_unit)
    found, reading = reader.read(path)
    result = report(reading, found, reader.tolerance)
    show(to_json(result.record()) if kind == "json" else _told(result, kind))
    count = len(result.faults)
    odd = len(result.warnings)
    more = f", {odd} warning{'' if odd == 1 else 's'}" if odd else ""
    note(f"{path}: {count or 'no'} fault{'' if count == 1 else 's'}{more}")
    return ExitCode.FAULTY_INPUT if count else ExitCode.DONE


def import_data(
    path: Source,
    folder: Annotated[
        str, typer.Option("-o", "--output", metavar="FOLDER", help="The folder to write.")
    ],
    layout: Layout = "auto",
    theta: Annotated[
        str | None,
        typer.Option(
            "--theta",
            metavar="FILE|NUMBER",
            help="Trade elasticities: a file with columns sector,theta, or one number for all.",
        ),
    ] = None,
    regions: Annotated[
        str | None,
        typer.Option(
            "--regions", metavar="FILE", help="Groups of regions: a file with columns code,group."
        ),
    ] = None,
    sectors: Annotated[
        str | None,
        typer.Option(
            "--sectors",
            metavar="FILE",
            help="Groups of sectors: a file with columns code,group[,name,table].",
        ),
    ] = None,
    tariffs: Annotated[
        str | None,
        typer.Option(
            "--tariffs",
            metavar="FILE",
            help="Tariffs: a file with columns origin,destination,sector,tariff.",
        ),
    ] = None,
    inventories: Annotated[
        str,
        typer.Option(
            "--inventories",
            autocompletion=complete.words("net", "produced", "dropped"),
            metavar="HOW",
            help="Changes of inventories: net, produced or dropped.",
        ),
    ] = "net",
    floor: Annotated[
        float | None,
        typer.Option(
            "--value-added-floor",
            metavar="SHARE",
            help="Least share of value added in output, where an industry has less.",
        ),
    ] = None,
    pool: Annotated[
        bool,
        typer.Option(
            "--pool-tariffs", help="Write one tariff, the average, where tariffs differ by use."
        ),
    ] = False,
    column: Columns = None,
    coefficients: Coefficients = None,
    final: Final = None,
    inventory: Inventory = None,
    merge: Merge = None,
    tolerance: Tolerance = None,
    tariff_unit: Unit = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is in the folder.")] = False,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Write trade data as the CSV folder that models read."""
    from negotiation.trade.data.read import import_trade
    from negotiation.trade.data.write import check_folder, write_folder

    reader = _reader(layout, column, coefficients, final, inventory, merge, tolerance, tariff_unit)
    check_folder(folder, force)
    table = import_trade(
        path,
        reader,
        theta=_theta(theta),
        regions=regions,
        sectors=sectors,
        tariffs=tariffs,
        inventories=inventories,
        value_added_floor=floor,
    )
    given = {
        "map of regions": regions,
        "map of sectors": sectors,
        "trade elasticities": theta,
        "tariffs": tariffs,
        "unit of tariffs": tariff_unit,
        "input coefficients": coefficients,
        "inventories": inventories,
        "floor of value added": floor,
    }
    world = write_folder(
        table,
        folder,
        force=force,
        pool_tariffs=pool,
        origin={**_origin(path), **{k: str(v) for k, v in given.items() if v is not None}},
    )
    for told in table.notes:
        note(told)
    note(f"wrote {folder}: {len(world.regions)} regions, {len(world.sectors)} sectors")
    return 0


def show_data(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|MODEL",
            autocompletion=complete.models,
            help="A folder of trade data, or a model.",
        ),
    ],
    tariff_unit: Unit = None,
    kind: Annotated[
        str,
        typer.Option(
            "--format",
            autocompletion=complete.words("table", "json", "md"),
            metavar="KIND",
            help="Print table, json or md.",
        ),
    ] = "table",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Show regions, sectors and totals of a folder or model."""
    from negotiation.report.markdown import markdown_table
    from negotiation.report.render import to_json
    from negotiation.report.text import text_table
    from negotiation.trade.data.read import summary

    check_format(kind, ("table", "json", "md"))
    parts = summary(_folder(source), tariff_unit)
    if kind == "json":
        show(to_json({name: [dict(zip(heads, row, strict=True)) for row in rows]
                      for name, heads, rows in parts}))  # fmt: skip
        return 0
    table = text_table if kind == "table" else markdown_table
    show("\n\n".join(table(heads, [[_cell(each) for each in row] for row in rows])
                     for _, heads, rows in parts))  # fmt: skip
    return 0


def show_schedules(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|FILE",
            autocompletion=complete.names("schedules"),
            help="A schedule, or a CSV or TOML file of your own.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--of",
            autocompletion=complete.models,
            metavar="MODEL",
            help="Whose schedules and table; a model or its folder of data.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            autocompletion=complete.words("table", "json", "md"),
            metavar="KIND",
            help="Print table, json or md.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write to FILE.json, .md, .xlsx or .txt."
        ),
    ] = None,
    imposer: Annotated[
        str,
        typer.Option(
            "--imposer", metavar="REGION", help="For a file of your own: who imposes the duties."
        ),
    ] = "",
    target: Annotated[
        str, typer.Option("--target", metavar="REGION", help="For a file of your own: on whom.")
    ] = "",
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """List schedules of duties, or show one by sector with its parts."""
    from negotiation.cli.destination import Destination
    from negotiation.report.schedules import listing, one
    from negotiation.trade import World
    from negotiation.trade.schedules import Catalogue, Schedule

    destination = Destination.of(kind, output, "schedules are")
    folder = _with_schedules() if model is None else _folder(model)
    if name is not None and Path(name).suffix in (".csv", ".toml"):
        document = one(Schedule.read(name).between(imposer, target), World.from_csv(folder))
    else:
        catalogue = Catalogue.read(folder / "schedules")
        world = World.from_csv(folder)
        document = (
            one(catalogue.schedule(name), world) if name is not None else listing(catalogue, world)
        )
    destination.give(document)
    return 0


def _with_schedules() -> Path:
    """Folder of data of the first shipped model that has schedules."""
    from negotiation.catalogue import shipped

    folders = (entry.path.parent / "data" for entry in shipped().values())
    return next(each for each in folders if (each / "schedules" / "index.csv").is_file())


def _folder(source: str) -> Path:
    """Folder of a model's data, or the folder that was named."""
    from negotiation.catalogue import find

    path = Path(source)
    if path.is_dir() and not (path / "model.py").exists():
        return path
    entry = find(source)
    data = entry.path.parent / "data"
    if not data.is_dir():
        from negotiation.errors import DataError

        raise DataError(f"model {source} has no folder of trade data beside it ({data})")
    return data


def _reader(
    layout: str,
    columns: Sequence[str] | None,
    coefficients: str | None,
    final: str | None,
    inventory: str | None,
    merge: Sequence[str] | None,
    tolerance: float | None,
    tariff_unit: str | None,
) -> Reader:
    from negotiation.trade.data.read import Reader

    options: dict[str, Any] = {
        "columns": _pairs(columns, "--column origin=exporter"),
        "coefficients": coefficients,
        "final": _words(final),
        "inventory": _words(inventory),
        "merge": _pairs(merge, "--merge CN1=CHN") if merge else None,
        "tariff_unit": tariff_unit,
    }
    if tolerance is not None:
        options["tolerance"] = tolerance
    return Reader(layout, **options)


def _pairs(texts: Sequence[str] | None, example: str) -> dict[str, str]:
    from negotiation.errors import ParameterError

    pairs: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise ParameterError(f"'{text}' names nothing; expected such as {example}")
        if name in pairs:
            raise ParameterError(f"'{name}' is given twice; keep one")
        pairs[name] = value
    return pairs


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(each.strip() for each in text.split(",") if each.strip())


def _theta(text: str | None) -> float | str | None:
    """Read a number, or leave a path."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _origin(path: str) -> dict[str, str]:
    """Say what identifies the file that was read."""
    import hashlib

    from negotiation import __version__

    facts = {"version": f"negotiation {__version__}"}
    if Path(path).is_file():
        with Path(path).open("rb") as file:
            facts["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        facts["bytes"] = str(Path(path).stat().st_size)
    return facts


def _told(result: Report, kind: str) -> str:
    """Text of a report: identities, notes, and every fault on a line."""
    from negotiation.report.markdown import markdown_table
    from negotiation.report.text import text_table
    from negotiation.trade.data.read import CHECKS

    lines = [[each.status, CHECKS[each.key], _cell(each.size), each.what] for each in result.checks]
    heads = ["status", "check", "size", "of"]
    table = text_table if kind == "table" else markdown_table
    head = (
        f"{result.source} ({result.layout}): {len(result.regions)} regions, "
        f"{len(result.sectors)} sectors"
    )
    mark = "- " if kind == "md" else ""
    blocks = [head, table(heads, lines)]
    if result.warnings:
        blocks.append("\n".join(f"{mark}warning: {each}" for each in result.warnings))
    if result.notes:
        blocks.append("\n".join(f"{mark}note: {note}" for note in result.notes))
    if result.faults:
        blocks.append("\n".join(f"{mark}{fault.sentence}" for fault in result.faults))
    return "\n\n".join(blocks)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return printable(str(value))
