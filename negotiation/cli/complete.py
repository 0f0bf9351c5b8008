"""What the shell offers when Tab is pressed; nothing heavy is loaded and no model is run.

Names of the shipped models are read from `names.json`, which a test keeps fresh. Those of a model
in a file of one's own are read from its source.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import typer

#: What is offered: a word, and what the shell may show beside it.
Offer = tuple[str, str]
#: A function that typer asks for what may follow.
Completer = Callable[[typer.Context, str], list[Offer]]


@cache
def _index() -> Mapping[str, Any]:
    place = Path(__file__).with_name("names.json")
    found: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def known(what: str) -> list[str]:
    """Return names that do not hang on a model: rules, concepts, designs, studies, schedules."""
    return list(_index()[what])


def _quiet(found: Callable[[typer.Context, str], Iterable[Offer]]) -> Completer:
    """Offer nothing where anything goes wrong: a person is typing."""

    def offered(ctx: typer.Context, incomplete: str) -> list[Offer]:
        try:
            return [each for each in found(ctx, incomplete) if each[0].startswith(incomplete)]
        except Exception:
            return []

    return offered


def _bare(words: Iterable[str]) -> list[Offer]:
    return [(word, "") for word in words]


# --- which model ----------------------------------------------------------------------------------


def _model(ctx: typer.Context) -> Mapping[str, Any]:
    """What is known of the model that the command line names; empty: nothing."""
    # Where the last word is an option without its value, the parser leaves the others as they are.
    given = [ctx.params.get("model") or ctx.params.get("origin"), *ctx.args]
    for name in given:
        if isinstance(name, str) and not name.startswith("-"):
            shipped: Mapping[str, Any] = _index()["models"]
            return shipped[name] if name in shipped else _read(Path(os.path.expanduser(name)))
    return {}


def _read(path: Path) -> Mapping[str, Any]:
    """Read parameters, players and actions from the source of a model, without running it."""
    path = path / "model.py" if path.is_dir() else path
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and "Model" in map(_name, node.bases):
            return _of_class(node)
    return {}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _of_class(node: ast.ClassDef) -> Mapping[str, Any]:
    parameters, values = dict[str, Any](), dict[str, Any]()
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            if isinstance(each.value, ast.Call) and _name(each.value.func) == "parameter":
                name, told = _of_parameter(each.target.id, each.value)
                parameters[name] = told
        elif isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            values[each.targets[0].id] = _literal(each.value)
    players = values.get("players") or ()
    actions = values.get("actions") or ((),) * len(players)
    pairs = list(zip(players, actions, strict=True))
    return {
        "parameters": parameters,
        "threats": ["posture", "status_quo", "dispute"],
        "numbers": [f"{score}.{player}" for score in _SCORES for player, _ in pairs],
        "events": [f"{player} plays {action}" for player, own in pairs for action in own],
        "rules": [f"best_for_{player}" for player, _ in pairs],
        "postures": [],
    }


#: Numbers that every model has, by player.
_SCORES = ("payoff", "loss", "gain", "delta", "ncl", "staying", "walkout")


def _of_parameter(field: str, call: ast.Call) -> tuple[str, dict[str, Any]]:
    said = {each.arg: _literal(each.value) for each in call.keywords if each.arg}
    default = _literal(call.args[0]) if call.args else said.get("default")
    choices = said.get("choices") or ()
    ends = [end for end in (said.get("low"), said.get("high")) if end is not None]
    values = list(choices) or [default, *ends]
    return str(said.get("name") or field), {
        "about": str(said.get("about") or said.get("unit") or ""),
        "values": list(dict.fromkeys(f"{each}" for each in values if each not in (None, ""))),
        "ends": [f"{end}" for end in ends],
    }


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


# --- what may follow ------------------------------------------------------------------------------


@_quiet
def models(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Shipped models, and files and folders that may be one."""
    yield from ((name, told["about"]) for name, told in _index()["models"].items())
    yield from _bare(_paths(incomplete, (".py",)))


def _paths(incomplete: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Folders, and files with these endings, that begin as the word does."""
    folder, _, start = incomplete.rpartition("/")
    place = Path(os.path.expanduser(folder or ("/" if incomplete.startswith("/") else ".")))
    before = f"{folder}/" if "/" in incomplete else ""
    for path in sorted(place.iterdir()):
        if path.name.startswith(".") or not path.name.startswith(start):
            continue
        if path.is_dir() and (path / "model.py").is_file() and ".py" in suffixes:
            yield f"{before or './'}{path.name}"
        elif path.is_dir():
            yield f"{before}{path.name}/"
        elif path.name.endswith(suffixes):
            yield f"{before}{path.name}"


@_quiet
def files(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Python files."""
    yield from _bare(_paths(incomplete, (".py",)))


def _pairs(incomplete: str, names: Mapping[str, tuple[str, Iterable[str]]]) -> Iterator[Offer]:
    """Names with an equals sign; where only one is left, its values."""
    name, equals, _ = incomplete.partition("=")
    left = [each for each in names if (each == name if equals else each.startswith(name))]
    if not equals and name in names and len(left) > 1:
        left = [name, *(each for each in left if each != name)]
    for each in left:
        about, values = names[each]
        if not equals:
            yield f"{each}=", about
        if equals or len(left) == 1:
            yield from ((f"{each}={value}", about) for value in values)


def _parameters(model: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = model.get("parameters", {})
    return found


@_quiet
def settings(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Parameters of the model, then values: the default, the ends of the range, or the words."""
    each = _parameters(_model(ctx))
    yield from _pairs(incomplete, {n: (told["about"], told["values"]) for n, told in each.items()})


@_quiet
def parameters(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Parameters of the model."""
    yield from ((name, told["about"]) for name, told in _parameters(_model(ctx)).items())


@_quiet
def ranges(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Parameters of the model, then a range or all words."""
    yield from _pairs(
        incomplete,
        {
            name: (told["about"], [":".join(told["ends"])] if len(told["ends"]) == 2 else [])
            for name, told in _parameters(_model(ctx)).items()
        },
    )


@_quiet
def priors(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Parameters of the model, then what the model believes, and all of the range alike."""

    def believed(told: Mapping[str, Any]) -> list[str]:
        low_high = ",".join(told["ends"])
        every = [f"uniform({low_high})"] if "," in low_high else []
        return [*([told["prior"]] if told.get("prior") else []), *every]

    yield from _pairs(
        incomplete,
        {name: (told["about"], believed(told)) for name, told in _parameters(_model(ctx)).items()},
    )


@_quiet
def uncertain(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Parameters that the model draws; all of them where it says nothing."""
    each = _parameters(_model(ctx))
    drawn = {name: told for name, told in each.items() if told.get("prior")}
    yield from ((name, told["about"]) for name, told in (drawn or each).items())


@_quiet
def threats(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Threat points of the model."""
    yield from _bare(_model(ctx).get("threats") or ("posture", "status_quo", "dispute"))


@_quiet
def postures(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Postures that may join the game of the model."""
    yield from _bare(_model(ctx).get("postures", ()))


@_quiet
def duties(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Postures whose duties can be given, then schedules."""
    names = [
        name.removeprefix("duties.")
        for name in _parameters(_model(ctx))
        if name.startswith("duties.")
    ]
    yield from _pairs(incomplete, {name: ("", known("schedules")) for name in names})


@_quiet
def events(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Phrases for what may happen in the model."""
    yield from _bare(_model(ctx).get("events", ()))


@_quiet
def numbers(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Results of the model."""
    yield from _bare(_model(ctx).get("numbers", ()))


@_quiet
def shown(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """What a picture of a sweep can show."""
    yield from _bare(("deal", "no_deal", "loss", "share", "levers", "chances"))
    yield from _bare(_model(ctx).get("numbers", ()))


@_quiet
def targets(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Results of the model with an equals sign, and phrases."""
    yield from _bare(f"{name}=" for name in _model(ctx).get("numbers", ()))
    yield from _bare(_model(ctx).get("events", ()))


@_quiet
def rules(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Selection rules, those of the model's players too."""
    yield from _bare([*known("rules"), *_model(ctx).get("rules", ())])


def words(*choices: str) -> Completer:
    """Offer these words."""
    return _quiet(lambda ctx, incomplete: _bare(choices))


def names(what: str) -> Completer:
    """Offer what is known by name, such as `rules`."""
    return _quiet(lambda ctx, incomplete: _bare(known(what)))


@_quiet
def columns(ctx: typer.Context, incomplete: str) -> Iterator[Offer]:
    """Names that results use."""
    from negotiation.glossary import KEYS, PROVENANCE, RESULTS

    yield from _bare(name for terms in (RESULTS, PROVENANCE, KEYS) for name in terms)


# --- the shells -----------------------------------------------------------------------------------


def asked(environment: Mapping[str, str], variable: str) -> bool:
    """Whether a shell asks for what may follow, not for its own script."""
    return environment.get(variable, "").startswith("complete")


def answer(offer: Callable[[], object], environment: MutableMapping[str, str]) -> tuple[str, int]:
    """Return what the shell reads, and the exit code; nothing and 1 where anything goes wrong.

    bash takes `name=value` for three words and replaces the last of them: the words are put
    together for the parser and taken apart again. It also inserts a phrase as it stands, so that
    one with spaces is put into quotes.

    Parameters
    ----------
    offer : callable
        Prints the offers, one a line, for the words in the environment.
    """
    import contextlib
    import io

    before, quoted = "", False
    if environment.get("COMP_WORDS") is not None:
        before, quoted = _joined(environment)
    out, code = io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            offer()
        except SystemExit as leaving:  # fish is told by the code whether there are offers
            code = leaving.code if isinstance(leaving.code, int) else 0
        except BaseException:
            return "", 1
    if environment.get("COMP_WORDS") is None:
        return out.getvalue(), code
    lines = [line.removeprefix(before) for line in out.getvalue().splitlines()]
    return "\n".join(line if quoted else _in_quotes(line) for line in lines), code


#: Characters at which bash begins a new word.
_BREAKS = "=:"


def _joined(environment: MutableMapping[str, str]) -> tuple[str, bool]:
    """Put the words of bash together; return what it keeps of the last, and if that is quoted."""
    given = environment["COMP_WORDS"].split("\n")
    place = int(environment["COMP_CWORD"])
    words = given[: place + 1] + [""] * (place + 1 - len(given))
    joined: list[str] = []
    before = ""
    for k, word in enumerate(words):
        breaking = bool(word) and not word.strip(_BREAKS)
        follows = k > 0 and bool(words[k - 1]) and not words[k - 1].strip(_BREAKS)
        if joined and (breaking or follows) and not joined[-1].startswith("--"):
            before = joined[-1] + (word if breaking else "")
            joined[-1] += word
        elif not breaking:
            joined.append(word)
            before = ""
    last = joined[-1] if joined else ""
    environment["COMP_WORDS"] = "\n".join(joined)
    environment["COMP_CWORD"] = str(len(joined) - 1)
    return before, last[:1] in ("'", '"')


def _in_quotes(line: str) -> str:
    import shlex

    return shlex.quote(line) if " " in line or "(" in line else line
