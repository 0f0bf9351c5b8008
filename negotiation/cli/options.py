"""Options that commands share: what makes a case, and where the result goes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from negotiation.cli import complete
from negotiation.cli.destination import SUFFIXES, Destination, check_format
from negotiation.cli.streams import Voice
from negotiation.errors import ParameterError

if TYPE_CHECKING:
    from negotiation.study.kept import KeptRun


def _hush(wanted: bool) -> bool:
    Voice.quiet = wanted
    return wanted


ModelName = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        autocompletion=complete.models,
        help="A shipped model's name ('models list' shows them), or a model file.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        autocompletion=complete.settings,
        help="Set a parameter, as in diversification=0.2; 'models show MODEL' lists names, units"
        " and defaults; may be repeated.",
    ),
]
Threat = Annotated[
    str | None,
    typer.Option(
        "--threat",
        metavar="POINT",
        autocompletion=complete.threats,
        help="What happens if talks fail: posture (both act at once), dispute (today's duties "
        "stay and talks go on), status_quo, or one of the model's own; 'models show MODEL' "
        "lists them and the default.",
    ),
]
Rule = Annotated[
    str | None,
    typer.Option(
        "--select",
        metavar="RULE",
        autocompletion=complete.rules,
        help="Which equilibrium counts where the game has several; default pareto, which drops "
        "those that are worse for both sides.",
    ),
]
Concept = Annotated[
    str | None,
    typer.Option(
        "--concept",
        metavar="NAME",
        autocompletion=complete.names("concepts"),
        help="How a deal shares the gains: nash (default), kalai_smorodinsky, egalitarian, "
        "perles_maschler, raiffa_discrete or raiffa_continuous.",
    ),
]
Duties = Annotated[
    list[str] | None,
    typer.Option(
        "--duties",
        metavar="PLAYER.POSTURE=FILE",
        autocompletion=complete.duties,
        help="Your own duties for a posture, as in us.keep=own.csv: a CSV or TOML file, or a "
        "schedule's name ('data schedules' lists them); may be repeated.",
    ),
]
Postures = Annotated[
    str | None,
    typer.Option(
        "--postures",
        metavar="NAMES",
        autocompletion=complete.postures,
        help="Further actions that join the game, such as treaty_withdrawal; several joined by +.",
    ),
]
Lever = Annotated[
    str,
    typer.Option(
        "--lever",
        metavar="NAME",
        autocompletion=complete.parameters,
        help="Follow the deal along this parameter.",
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Draw a picture to FILE.png, .svg or .pdf."),
]
Beside = Annotated[
    list[str] | None,
    typer.Option(
        "--beside",
        metavar="POINT",
        autocompletion=complete.threats,
        help="A further threat point to compare with (see --threat); may be repeated.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", callback=_hush, help="Print nothing but the result, errors and warnings."
    ),
]
Priors = Annotated[
    list[str] | None,
    typer.Option(
        "--prior",
        metavar="NAME=PRIOR",
        autocompletion=complete.priors,
        help="What you believe of a parameter: triangular(0.1,0.25,0.5), uniform(0,1), "
        "normal(1,0.2), lognormal(0.05,0.3), or values a,b,c; may be repeated.",
    ),
]
Fixed = Annotated[
    list[str] | None,
    typer.Option(
        "--fix",
        metavar="NAME",
        autocompletion=complete.uncertain,
        help="Keep a parameter at its value and do not draw it; may be repeated.",
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="S", help="The same seed gives the same draws.")
]
Design = Annotated[
    str | None,
    typer.Option(
        "--design",
        metavar="NAME",
        autocompletion=complete.names("designs"),
        help="How draws are spread: latin_hypercube (default), sobol or random.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        help="Processes that share the work; default: as many as make it faster.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask", metavar="ADDRESS", help="Let a dask cluster do the work, as in tcp://host:8786."
    ),
]
RunPlace = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="FOLDER",
        help="Keep finished parts in FOLDER, also when all is done, so that --resume can go on.",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with what an interrupted run has kept.")
]
Budget = Annotated[
    float,
    typer.Option("--budget", metavar="SECONDS", help="Time for each game, reading included."),
]


def draws_option(usual: int) -> Any:
    """`--draws`, for a command that draws so many points of what is uncertain by default."""
    told = (
        "How often everything uncertain is drawn; 0: nothing is drawn, parameters are as set. "
        f"Default {usual}."
    )
    return Annotated[int | None, typer.Option("--draws", metavar="N", help=told)]


def kind_option(formats: Sequence[str]) -> Any:
    """`--format`, for the formats that a command has, the default first."""
    first, *others = formats
    told = f"Print {first} (default), {_either(others)}."
    return Annotated[
        str | None,
        typer.Option(
            "--format", metavar="KIND", autocompletion=complete.words(*formats), help=told
        ),
    ]


def output_option(suffixes: Sequence[str], more: str = "") -> Any:
    """`-o`, for files with these suffixes."""
    first, *others = suffixes
    told = f"Write to FILE{first}, {_either(others)}{more}."
    return Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help=told)]


def _either(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def command(
    formats: Sequence[str],
    what: str = "",
    files: Sequence[str] = (),
    more: str = "",
    draws: int | None = None,
    runs: bool = False,
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of a case and of a result.

    What is decorated takes a `Case`, and a `Destination` or, where the command looks for a place
    itself, `kind` and `output`; then its own options.

    Parameters
    ----------
    formats : sequence of str
        Kinds of text that the command can make, the default first; empty: it makes no text.
    what : str
        The subject of a complaint about the place, such as "an audit is"; empty: the command
        looks for the place itself.
    files : sequence of str
        Suffixes of the files it can write, where they are not those of the formats.
    more : str
        What else `-o` takes.
    draws : int, optional
        How many points the command draws by default of what is uncertain; where it is not given
        the command draws nothing, or has options of its own for that.
    runs : bool
        Whether the folder of a kept run may stand for the model; the command then takes it as
        `kept`, which is None where a model is given.
    """

    def decorated(function: Callable[..., int]) -> Callable[..., int]:
        own = list(inspect.signature(function).parameters.values())[2 if what else 1 :]
        own = [each for each in own if each.name not in ("kind", "output", "kept")]
        hints = get_type_hints(
            function, localns={"Case": Any, "Destination": Any, "KeptRun": Any}, include_extras=True
        )
        suffixes = files or [*(SUFFIXES[each] for each in (*formats[1:], *formats[:1])), ".xlsx"]
        shared: dict[str, tuple[Any, Any]] = {
            "settings": (Settings, None),
            "threat": (Threat, None),
            "rule": (Rule, None),
            "postures": (Postures, None),
            "duties": (Duties, None),
            "concept": (Concept, None),
            **(_DRAWING if draws is not None else {}),
            **(
                {
                    "kind": (kind_option(formats), None),
                    "output": (output_option(suffixes, more), None),
                }
                if formats
                else {}
            ),
            "quiet": (Quiet, False),  # its callback has heard it
        }
        if draws is not None:
            shared["draws"] = (draws_option(draws), None)
        either = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [
            inspect.Parameter("model", either, annotation=ModelName),
            *(each.replace(annotation=hints[each.name], kind=either) for each in own),
            *(
                inspect.Parameter(name, either, annotation=kind, default=usual)
                for name, (kind, usual) in shared.items()
            ),
        ]

        @functools.wraps(function)
        def asked(**words: Any) -> int:
            from negotiation.case import Case
            from negotiation.report.place import place
            from negotiation.report.render import renderers

            given = {name: words.pop(name) for name in ("model", *shared)}
            settings = read_settings(given["settings"])
            joined = {"postures": given["postures"]} if given["postures"] else {}
            files = {f"duties.{name}": file for name, file in read_duties(given["duties"]).items()}
            for name in settings.keys() & {**joined, **files}.keys():
                raise ParameterError(
                    f"parameter {name} is set twice, by --set and by an option of its own; keep one"
                )
            kept = _kept(given["model"]) if runs else None
            if runs:
                words["kept"] = kept
            if kept is None or kept.drawn is None:
                case = Case(
                    given["model"],
                    {**settings, **files, **joined},
                    threat=given["threat"],
                    rule=given["rule"],
                    concept=given["concept"],
                    **_drawing(given, draws),
                )
            else:
                _refuse(given)
                case = kept.drawn.case
            if not formats:
                return function(case, **words)
            if not what:
                check_format(
                    given["kind"] or formats[0],
                    renderers(rows="csv" in formats),
                    to_file=place(given["output"]) is not None,
                )
                return function(case, kind=given["kind"], output=given["output"], **words)
            destination = Destination.of(
                given["kind"],
                given["output"],
                what,
                rows="csv" in formats,
                besides=words.get("plot") is not None,
                case=case,
            )
            return function(case, destination, **words)

        asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        asked.__annotations__ = {each.name: each.annotation for each in parameters}
        del asked.__wrapped__
        return asked

    return decorated


def _kept(given: str) -> KeptRun | None:
    """Return a kept run with draws, if that is what is given."""
    from negotiation.errors import OutputError
    from negotiation.execution.folder import LEDGER
    from negotiation.study.kept import KeptRun as Kept

    if not Path(given).is_dir():
        return None
    try:
        run = Kept.of(given)
    except OutputError:
        if (Path(given) / LEDGER).exists():
            raise
        return None  # it may be the folder of a model
    if run.drawn is None or not run.done:
        raise OutputError(
            f"{given} holds no draws of a sweep; a report needs a sweep with --draws along one "
            "parameter, kept by --run"
        )
    return run


def _refuse(given: Mapping[str, Any]) -> None:
    """Refuse options that a kept run has answered."""
    asked = {name for name in (*_ASKED, "draws", "seed") if given.get(name)}
    if asked:
        raise ParameterError(
            f"--{_ASKED.get(min(asked), min(asked))} was given with a kept run, which has its own; "
            "drop it, or give the model"
        )


#: Options that make a case, as they are written.
_ASKED = {
    "settings": "set",
    "threat": "threat",
    "rule": "select",
    "postures": "postures",
    "duties": "duties",
    "concept": "concept",
    "priors": "prior",
    "fixed": "fix",
    "design": "design",
}

#: Options of a command that draws, beside the number of draws.
_DRAWING: dict[str, tuple[Any, Any]] = {
    "draws": (None, None),
    "priors": (Priors, None),
    "fixed": (Fixed, None),
    "seed": (Seed, 0),
    "design": (Design, None),
}


def _drawing(given: Mapping[str, Any], usual: int | None) -> dict[str, Any]:
    """What a case is told of its draws."""
    if usual is None:
        return {}
    draws = given["draws"]
    if draws is not None and draws < 0:
        raise ParameterError(f"--draws is {draws}; expected 0, or how many points to draw")
    return {
        "draws": usual if draws is None else draws,
        "seed": given["seed"],
        "design": given["design"],
        "priors": read_priors(given["priors"]),
        "fixed": given["fixed"] or (),
    }


def read_priors(priors: Sequence[str] | None) -> dict[str, str]:
    """Read `name=prior` pairs; `prior.read_prior` reads the priors."""
    found: dict[str, str] = {}
    for text in priors or []:
        name, equals, value = (each.strip() for each in text.partition("="))
        if not (equals and name and value):
            raise ParameterError(
                f"'{text}' gives no parameter its prior; expected --prior name=prior, e.g. "
                "--prior escalation_rate=triangular(0.1,0.25,0.5)"
            )
        if name in found:
            raise ParameterError(f"parameter {name} is given two priors; keep one")
        found[name] = value
    return found


def check_budget(seconds: float) -> float:
    """Check a number of seconds given to --budget."""
    if not 0 <= seconds < float("inf"):
        raise ParameterError(f"a budget of {seconds} was given; expected seconds, 0 or more")
    return seconds


def read_settings(settings: Sequence[str] | None) -> dict[str, Any]:
    """Read `name=value` pairs; a parameter turns its text into a number itself."""
    values: dict[str, Any] = {}
    for text in settings or []:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or not value:
            raise ParameterError(
                f"'{text}' sets nothing; expected --set name=value, e.g. --set diversification=0.2"
            )
        if name in values:
            raise ParameterError(f"parameter {name} is set twice; keep one")
        values[name] = value
    return values


def read_duties(duties: Sequence[str] | None) -> dict[str, str]:
    """Read `player.posture=FILE` pairs; `trade.read_schedules` reads the files."""
    files: dict[str, str] = {}
    for text in duties or []:
        posture, equals, file = (each.strip() for each in text.partition("="))
        player, dot, action = posture.partition(".")
        if not (equals and file and dot and player and action):
            raise ParameterError(
                f"'{text}' gives no posture its duties; expected --duties player.posture=FILE.csv, "
                "e.g. --duties us.escalate=own.csv"
            )
        if posture in files:
            raise ParameterError(f"duties of {posture} are given twice; keep one")
        files[posture] = file
    return files
