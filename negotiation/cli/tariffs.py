"""`negotiation tariffs`: the tariffs that governments would choose in a world."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negotiation.cli import complete
from negotiation.cli.destination import Destination
from negotiation.cli.options import Quiet, Settings, read_settings
from negotiation.cli.streams import mutter, say

if TYPE_CHECKING:
    from negotiation.model import Model
    from negotiation.report.tariffs import Chosen
    from negotiation.trade import World

_EFFICIENT = {"nash": "nash", "weights": "welfare"}


def tariffs(
    source: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            autocompletion=complete.models,
            help="A model with trade data, or a folder of such data.",
        ),
    ],
    players: Annotated[
        str | None,
        typer.Option(
            "--players",
            metavar="A,B,...",
            help="Who chooses: players of the model, or codes of regions.",
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            autocompletion=complete.words("uniform", "sector", "partner", "both"),
            metavar="HOW",
            help="One rate for all (uniform), by sector, by partner, or both.",
        ),
    ] = "sector",
    sectors: Annotated[
        str | None,
        typer.Option(
            "--sectors",
            metavar="A,B,...",
            help="Sectors that are taxed; default: the model's goods.",
        ),
    ] = None,
    settings: Settings = None,
    bounds: Annotated[
        str,
        typer.Option(
            "--bounds", metavar="LOW,HIGH", help="Least and largest rate; 0.25 is 25 per cent."
        ),
    ] = "-0.5,5",
    instruments: Annotated[
        str,
        typer.Option(
            "--instruments",
            autocompletion=complete.words("import", "export", "import,export"),
            metavar="A,B",
            help="import: tariffs; export: export taxes; or both, joined by a comma.",
        ),
    ] = "import",
    export_bounds: Annotated[
        str,
        typer.Option("--export-bounds", metavar="LOW,HIGH", help="Least and largest export tax."),
    ] = "0,5",
    tariff_unit: Annotated[
        str | None,
        typer.Option(
            "--tariff-unit",
            autocompletion=complete.words("fraction", "percent"),
            metavar="UNIT",
            help="Unit of the tariffs in a folder: fraction or percent.",
        ),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            "--on",
            autocompletion=complete.words("players", "all"),
            metavar="WHOM",
            help="Whom they tax: players (each other) or all.",
        ),
    ] = "players",
    optimal: Annotated[
        str | None,
        typer.Option(
            "--optimal", metavar="PLAYER", help="Only this player chooses; all other rates stay."
        ),
    ] = None,
    efficient: Annotated[
        str | None,
        typer.Option(
            "--efficient",
            autocompletion=complete.words("nash", "weights"),
            metavar="HOW",
            help="Tariffs that both would agree to: nash (largest product of gains over the "
            "tariff war) or weights (largest sum of gains).",
        ),
    ] = None,
    certify: Annotated[
        bool,
        typer.Option(
            "--certify/--no-certify", help="Search for better rates, to prove that none is."
        ),
    ] = True,
    kind: Annotated[
        str | None,
        typer.Option(
            "--format",
            autocompletion=complete.words("table", "json", "csv", "md"),
            metavar="KIND",
            help="Print table (default), json, csv or md.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write FILE.json, .csv, .md, .xlsx or .txt."
        ),
    ] = None,
    quiet: Quiet = False,  # its callback has heard it
) -> int:
    """Find Nash, optimal or efficient tariffs or export taxes; exit code 1 if not the best."""
    from negotiation.errors import ExitCode
    from negotiation.report import tariffs as report
    from negotiation.trade.tariffs.schedule import kinds_of

    destination = Destination.of(kind, output, "tariffs are", rows=True)
    limits, export_limits = _bounds("--bounds", bounds), _bounds("--export-bounds", export_bounds)
    kinds = kinds_of(_words(instruments))
    if efficient is not None:
        _check_efficient(efficient, optimal, kinds)
    origin, world, taxed, fixed = _world(source, settings, tariff_unit)
    chosen = _choose(
        origin,
        world,
        fixed,
        regions=_players(origin, world, players),
        options={
            "by": by,
            "sectors": taxed if sectors is None else _words(sectors),
            "instruments": kinds,
            "bounds": limits,
            "export_bounds": export_limits,
        },
        on=on,
        optimal=optimal,
        efficient=efficient,
        certify=certify,
    )
    destination.give(report.document(chosen))
    if not chosen.reliable:
        say(f"warning: {chosen.verdict}")
        return ExitCode.UNCERTIFIED
    return ExitCode.DONE


def _world(
    source: str, settings: Sequence[str] | None, unit: str | None
) -> tuple[Model | Path, World, tuple[str, ...] | None, dict[str, Any]]:
    """Read the model or the folder: where it is from, its world, the sectors taxed, parameters."""
    from negotiation.catalogue import load_model
    from negotiation.errors import ModelError, ParameterError
    from negotiation.trade import World
    from negotiation.words import brief

    path, fixed = Path(source), read_settings(settings)
    if path.is_dir() and not (path / "model.py").exists():
        if fixed:
            raise ParameterError(
                f"{source} is a folder of trade data, which has no parameters; drop --set"
            )
        return path, World.from_csv(path, tariff_unit=unit), None, {}
    if unit is not None:
        raise ParameterError(
            "--tariff-unit is for a folder of trade data; a model says the unit of its own tariffs"
        )
    point = load_model(source).build(fixed)
    world = point.ask("trade_world")
    if world is not None and not isinstance(world, World):
        raise ModelError(
            f"{point.place('trade_world')}: trade_world of model {point.name()} is {brief(world)}; "
            "expected a World, or None"
        )
    if world is None:
        raise ParameterError(
            f"model {point.name()} has no trade_world(), so there are no tariffs to choose; give a "
            "model that has one, or a folder of trade data"
        )
    return point, world, point.ask("tariff_sectors"), fixed


def _players(origin: Model | Path, world: World, given: str | None) -> dict[str, str]:
    """Regions of those who choose, by the names the user gave."""
    from negotiation.errors import ParameterError, nearest

    own = {} if isinstance(origin, Path) else dict(origin.regions_of_players)
    if given is None:
        if not own:
            raise ParameterError(
                f"{'the folder' if isinstance(origin, Path) else 'the model'} does not say who "
                f"chooses; give --players, from {', '.join(world.regions)}"
            )
        return own
    known = {code: code for code in world.regions} | own
    words = _words(given)
    for word in words:
        if word not in known:
            raise ParameterError(
                f"player '{word}' is unknown{nearest(word, known)}; choose from "
                f"{', '.join([*own, *world.regions])}"
            )
    if len(words) != len(set(words)):
        raise ParameterError(f"--players names a player twice: {given}")
    return {word: known[word] for word in words}


def _choose(
    origin: Model | Path,
    world: World,
    fixed: Mapping[str, Any],
    *,
    regions: Mapping[str, str],
    options: dict[str, Any],
    on: str,
    optimal: str | None,
    efficient: str | None,
    certify: bool,
) -> Chosen:
    """Solve what was asked for."""
    import time

    from negotiation.errors import ParameterError, nearest
    from negotiation.provenance import of_tariffs
    from negotiation.report.tariffs import Chosen, what
    from negotiation.trade import efficient_tariffs, nash_tariffs, optimal_tariff

    codes = tuple(regions.values())
    politics = {} if isinstance(origin, Path) else dict(origin.ask("tariff_objectives"))
    objectives = {code: own for code, own in politics.items() if code in codes}
    war, name = None, what(options["instruments"])
    begin = time.perf_counter()
    if optimal is not None:
        if optimal not in regions:
            raise ParameterError(
                f"--optimal names '{optimal}'{nearest(optimal, regions)}, who is not among the "
                f"players {', '.join(regions)}"
            )
        if on not in ("players", "all"):
            raise ParameterError(f"--on is '{on}'; choose players or all")
        country = regions[optimal]
        others = [code for code in codes if code != country]
        if on == "players" and not others:
            raise ParameterError(f"{optimal} has nobody to tax; give more --players, or --on all")
        own = "tariff" if name == "tariffs" else name
        concept = f"optimal {own} of {optimal}, with the {name} of all others given"
        with _watched(f"searching for the optimal {own}"):
            found = optimal_tariff(
                world,
                country,
                on=others if on == "players" else None,
                objective=objectives.get(country),
                certify=certify,
                **options,
            )
        objectives = {code: own for code, own in objectives.items() if code == country}
    else:
        concept = f"Nash equilibrium in {name}"
        if efficient is not None and objectives:
            raise ParameterError(
                f"--efficient counts welfare alone, but the model puts political weights on "
                f"{', '.join(sorted({s for own in objectives.values() for s in own}))}; set them "
                "to 0"
            )
        with _watched(f"searching for Nash {name}"):
            found = nash_tariffs(
                world, codes, on=on, objectives=objectives, certify=certify, **options
            )
        if efficient is not None:
            war = found
            means = "largest sum of equivalent variations"
            if efficient == "nash":
                means = f"largest product of gains over the Nash equilibrium in {name}"
            concept = f"efficient {name}, {means}"
            with _watched(f"searching for efficient {name}"):
                found = efficient_tariffs(
                    world,
                    codes,
                    disagreement=war.equilibrium,
                    concept=_EFFICIENT[efficient],
                    on=on,
                    **options,
                )
    made = of_tariffs(
        origin,
        fixed,
        concept,
        world.horizon if isinstance(origin, Path) else origin.ask("horizon_here"),
    )
    return Chosen(
        found=found,
        war=war,
        players={word: code for word, code in regions.items() if optimal in (None, word)},
        objectives=objectives,
        assumptions=() if isinstance(origin, Path) else origin.assumptions,
        not_modelled=() if isinstance(origin, Path) else origin.not_modelled,
        provenance=made,
        seconds=time.perf_counter() - begin,
        asked=certify,
    )


@contextlib.contextmanager
def _watched(what: str) -> Iterator[None]:
    """Say what is being done while it is, where somebody watches."""
    shown = sys.stderr.isatty()
    if shown:
        mutter(f"\r{what} ...")
    try:
        yield
    finally:
        if shown:
            mutter("\r" + " " * 79 + "\r")


def _check_efficient(how: str, optimal: str | None, kinds: tuple[str, ...]) -> None:
    from negotiation.errors import ParameterError, nearest

    if how not in _EFFICIENT:
        raise ParameterError(
            f"--efficient is '{how}'{nearest(how, _EFFICIENT)}; choose {' or '.join(_EFFICIENT)}"
        )
    if optimal is not None:
        raise ParameterError("--optimal and --efficient exclude each other; give one of the two")
    if len(kinds) > 1:
        raise ParameterError("--efficient takes one of --instruments, import or export, not both")


def _bounds(option: str, text: str) -> tuple[float, float]:
    from negotiation.errors import ParameterError
    from negotiation.trade.rates import limits, percentage

    try:
        low, high = (part if percentage(part) is not None else float(part)
                     for part in text.split(","))  # fmt: skip
    except ValueError:
        raise ParameterError(
            f"{option} is '{text}'; expected two rates, such as {option}=-0.5,5"
        ) from None
    return limits((low, high))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
