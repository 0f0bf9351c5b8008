"""The application: which commands there are, what each answers, and from where it is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from negotiation import __version__
from negotiation.cli.complete import files
from negotiation.cli.streams import show
from negotiation.cli.with_examples import CommandWithExamples


class CommandPlace(NamedTuple):
    """Where a command is, and what the list of commands says of it.

    Attributes
    ----------
    module : str
        Its module in `negotiation.cli`; empty for a group.
    about : str
        One short line: the question that it answers.
    name : str
        The function; empty: called like the module.
    """

    module: str
    about: str
    name: str = ""


#: Every command by its topic, in the order in which they are listed.
TOPICS: Mapping[str, Mapping[str, CommandPlace]] = {
    "Start here": {
        "tour": CommandPlace("tour", "Five commands to begin with, explained one by one."),
        "verify": CommandPlace("verify", "Check on this machine that known problems are solved."),
        "models": CommandPlace("", "List, show, check or start models."),
    },
    "Negotiations": {
        "solve": CommandPlace("solve", "What each side loses without a deal, a deal, leverage."),
        "explain": CommandPlace("explain", "Where a number comes from, step by step."),
        "credibility": CommandPlace(
            "credibility", "Whose threats are believed, and how sure that is."
        ),
        "package": CommandPlace("package", "What is agreed table by table, and who pays."),
        "attribute": CommandPlace("attribute", "Which sectors or tables stand behind a number."),
        "revealed": CommandPlace("revealed", "Which political costs explain what is observed."),
        "audit": CommandPlace("audit", "Known pitfalls of leverage: which occur here."),
    },
    "What if": {
        "sweep": CommandPlace("sweep", "How results move along parameters; picture or table."),
        "threshold": CommandPlace("threshold", "Where along a parameter the outcome changes."),
        "map": CommandPlace("map", "Where it changes in the plane of two parameters.", "map_"),
    },
    "How sure": {
        "probability": CommandPlace("probability", "How likely an event is."),
        "scenarios": CommandPlace("scenarios", "Under which assumptions an event holds."),
        "sensitivity": CommandPlace("sensitivity", "Which assumptions decide a number."),
        "robust": CommandPlace("robust", "Which choice is good over all that is uncertain."),
    },
    "Games, tariffs and trade data": {
        "game": CommandPlace("game", "Every equilibrium of games in files."),
        "tariffs": CommandPlace("tariffs", "Tariff wars, best tariffs, efficient tariffs."),
        "data": CommandPlace("", "Check, import or show trade data and duties."),
    },
    "Results": {
        "report": CommandPlace("report", "One file for readers without Python."),
        "plot": CommandPlace("plot", "One picture of a model or a kept run, for a memo."),
        "columns": CommandPlace("columns", "What a name in a result means, and its unit."),
        "schema": CommandPlace("schema", "The fields of the JSON of a study."),
        "runs": CommandPlace("runs", "How far a long run is; what it has finished."),
    },
}

#: The commands of the groups.
GROUPS: Mapping[str, Mapping[str, CommandPlace]] = {
    "data": {
        "check": CommandPlace("data", "Every fault of a table of trade data.", "check_data"),
        "import": CommandPlace(
            "data", "Write a table as the folder that models read.", "import_data"
        ),
        "show": CommandPlace(
            "data", "Regions, sectors and totals of a folder or model.", "show_data"
        ),
        "schedules": CommandPlace("data", "Lists of duties, and one by sector.", "show_schedules"),
    },
    "models": {
        "list": CommandPlace("models", "The shipped models.", "list_models"),
        "show": CommandPlace("models", "What may be set, with units and sources.", "show_model"),
        "check": CommandPlace("models", "Whether a model file is complete.", "check_model"),
        "new": CommandPlace("models", "Start a model of your own.", "new_model"),
    },
}


class Commands(Mapping[str, Any]):
    """The commands of a group, each loaded when it is asked for."""

    def __init__(self, places: Mapping[str, CommandPlace], registered: Mapping[str, Any]) -> None:
        self.places, self.registered = places, registered
        self.guard: Callable[[Any], None] = lambda command: None
        self._loaded = dict[str, Any]()

    def __iter__(self) -> Iterator[str]:
        yield from self.places
        yield from self.others()

    def __len__(self) -> int:
        return len(set(self))

    def __contains__(self, name: object) -> bool:
        return name in self.places or name in self.registered

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            command = self.registered.get(name) or _load(name, self.places[name])
            self.guard(command)
            self._loaded[name] = command
        return self._loaded[name]

    def others(self) -> list[str]:
        """Commands that were registered and have no topic."""
        return sorted(self.registered.keys() - self.places.keys())


def _load(name: str, place: CommandPlace) -> Any:
    if not place.module:
        topics = {"Commands": GROUPS[name]}
        return Listed(topics, name=name, help=place.about, no_args_is_help=True)
    module = import_module(f"negotiation.cli.{place.module}")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=CommandWithExamples)(getattr(module, place.name or place.module))
    return typer.main.get_command(alone)


class Listed(TyperGroup):
    """A group whose commands are listed by topic, none of them loaded for that."""

    commands: Any

    def __init__(
        self,
        topics: Mapping[str, Mapping[str, CommandPlace]] = TOPICS,
        *,
        commands: Mapping[str, Any] | None = None,
        rich_markup_mode: Any = None,
        **given: Any,
    ) -> None:
        super().__init__(rich_markup_mode=rich_markup_mode, **given)
        places = {name: place for each in topics.values() for name, place in each.items()}
        self.topics, self.commands = topics, Commands(places, commands or {})

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write what each command answers."""
        topics = {
            topic: {name: place.about for name, place in places.items()}
            for topic, places in self.topics.items()
        }
        if others := self.commands.others():
            topics["Others"] = {name: self.commands[name].get_short_help_str(60) for name in others}
        widest = max(len(name) for lines in topics.values() for name in lines)
        for topic, lines in topics.items():
            with formatter.section(topic):
                formatter.write_dl([(name.ljust(widest), about) for name, about in lines.items()])


app = typer.Typer(
    name="negotiation",
    cls=Listed,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="'negotiation COMMAND --help' explains a command and shows examples.",
)


def _version(wanted: bool) -> None:
    if wanted:
        show(f"negotiation {__version__}")
        raise typer.Exit()


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    load: Annotated[
        list[Path] | None,
        typer.Option(
            "--load",
            metavar="FILE",
            envvar="NEGOTIATION_LOAD",
            autocompletion=files,
            help="Python file or module with rules, concepts, threats or scores of one's own.",
        ),
    ] = None,
) -> None:
    """Game theory for trade negotiations: equilibria, deals, leverage, and how sure they are."""
    if load:
        from negotiation.catalogue import load_extension

        for each in load:
            load_extension(each)
