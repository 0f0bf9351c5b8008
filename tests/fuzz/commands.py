"""Random command lines over all commands, options, parameters and models."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import typer

from negotiation.catalogue import load_model, shipped
from negotiation.cli.app import app
from tests.fuzz.cases import ODD, Case

MODELS = ("tariff_standoff", "canada_us")

#: A user's own model: three players without talks, and one that fails at some of its points.
THREE = '''"""Three who may join or not."""
from dataclasses import dataclass
import numpy as np
from negotiation import Model, parameter

@dataclass(frozen=True)
class Three(Model):
    """Joining costs."""

    cost: float = parameter(1.0, low=0, high=9, unit="utils", source="invented", lever_of="a")
    mood: str = parameter("calm", choices=("calm", "angry"), unit="word", source="invented")
    players = ("a", "b", "c")
    actions = (("in", "out"),) * 3

    def payoffs(self):
        """Everybody gains from all who join."""
        cost = np.asarray(self.cost, dtype=float)
        joined = np.array([[[(i == 0) + (j == 0) + (k == 0) for k in (0, 1)] for j in (0, 1)]
                           for i in (0, 1)], dtype=float)
        own = np.stack([np.expand_dims((np.arange(2) == 0) * 1.0, tuple(set(range(3)) - {p}))
                        * np.ones((2, 2, 2)) for p in range(3)])
        return joined - cost[..., None, None, None, None] * own
'''
FAILS = '''"""A model that fails."""
import sys
from dataclasses import dataclass
from negotiation import Model, parameter

@dataclass(frozen=True)
class Fails(Model):
    """It fails in a way of its own choice."""

    way: str = parameter("none", choices=("none", "exit", "raise", "nan", "escape", "shape"),
                         unit="word", source="invented")
    x: float = parameter(1.0, low=0, high=2, unit="utils", source="invented")
    players = ("\\x1b[1mA", "b\\u202e")
    actions = (("up", "down"), ("left", "right"))

    def payoffs(self):
        """Fail or not."""
        if self.way == "exit":
            sys.exit(0)
        if self.way == "raise":
            raise ValueError("\\x1b]0;owned\\x07\\nsecond line")
        if self.way == "escape":
            return {("up", "\\x1b"): (1, 2)}
        if self.way == "shape":
            return [[1, 2, 3]]
        worth = float("nan") if self.way == "nan" else 1.0 * self.x
        return {(a, b): (worth * (a == "up"), worth * (b == "left"))
                for a in self.actions[0] for b in self.actions[1]}
'''
OWN = {"three.py": THREE, "my fails.py": FAILS}


@cache
def commands() -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}

    def walk(group: Any, words: tuple[str, ...]) -> None:
        for word, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, (*words, word))
            else:
                found[*words, word] = command

    walk(typer.main.get_command(app), ())
    return found


def case(draw: random.Random) -> Case:
    """A command line that is right, nearly right, or far from it."""
    words = draw.choice(sorted(commands()))
    command = commands()[words]
    model = draw.choice((*MODELS, MODELS[0], MODELS[0], *OWN))
    line, asked = list(words), list[str]()
    if draw.random() < 0.02:
        line = [draw.choice((*ODD, "slove", "swep", "--version", "-h", "data", "models"))]
    for param in command.params:
        if param.param_type_name == "argument":
            line += _argument(draw, words, param, model, asked)
        elif needed(param) or draw.random() < 0.18:
            for _ in range(draw.choice((1, 1, 1, 2)) if param.multiple else 1):
                line += _option(draw, words, param, model, asked)
    if words == ("map",) and draw.random() < 0.8:
        while line.count("--vary") < 2:
            line += ["--vary", f"{_parameter(draw, model)}=0:1"]
        if "--points" not in line:
            line += ["--points", "5"]
    if draw.random() < 0.08:
        line.insert(draw.randint(0, len(line)), draw.choice(ODD))
    if draw.random() < 0.05:
        draw.shuffle(line)
    line = [word.replace("\x00", "") for word in line]  # no system passes it on
    files = tuple((name, text.encode()) for name, text in OWN.items())
    return Case(tuple(line), (*files, ("taken.csv", b"mine\n")), tuple(asked))


def needed(param: Any) -> bool:
    return bool(param.required)


def _argument(
    draw: random.Random, words: tuple[str, ...], param: Any, model: str, asked: list[str]
) -> list[str]:
    if draw.random() < 0.05:
        return [draw.choice((*ODD, "canada", "nothing.py", ".", "..", "taken.csv"))]
    if words == ("models", "new"):
        name = draw.choice(("new_model", "new_model", "class", "a b", "0x", "three"))
        asked.append(f"{name}.py")
        return [name]
    if words[0] == "game":
        return [draw.choice(("taken.csv", "nothing.nfg", "."))]
    if words[0] == "data" and words != ("data", "show"):
        return [draw.choice(("taken.csv", "nothing.csv", "."))]
    if param.name == "number":
        if draw.random() < 0.2:
            return []
        return [
            draw.choice(("ncl.canada", "delta.us", "ncl.exporter", "walkout.us", "x", *ODD[:9]))
        ]
    return [f"./{model}" if model in OWN and draw.random() < 0.5 else model]


def _parameter(draw: random.Random, model: str) -> str:
    """A parameter's name, or nearly."""
    if draw.random() < 0.05:
        return draw.choice((*ODD[:12], "diversificaton", "DAMAGE", "x.y"))
    return draw.choice(sorted(_known(model)))


class _Known(NamedTuple):
    """What is drawn of a parameter."""

    choices: tuple[str, ...] = ()
    low: float | None = 0.0
    high: float | None = 2.0


@cache
def _known(model: str) -> dict[str, _Known]:
    if model in shipped():
        specs = load_model(model).parameters()
        return {name: _Known(spec.choices, spec.low, spec.high) for name, spec in specs.items()}
    if model == "three.py":
        return {"cost": _Known(), "mood": _Known(("calm", "angry"))}
    ways = ("none", "exit", "raise", "nan", "escape", "shape")
    return {"way": _Known(ways), "x": _Known()}


def _value(draw: random.Random, model: str, name: str) -> str:
    """A value that fits, or not."""
    if draw.random() < 0.15:
        return draw.choice(ODD)
    spec = _known(model).get(name)
    if spec is None:
        return "1"
    if spec.choices:
        return draw.choice(spec.choices)
    low = -1.0 if spec.low is None else float(spec.low)
    high = low + draw.choice((1.0, 1e4)) if spec.high is None else float(spec.high)
    inside = low + draw.random() * (high - low)
    return draw.choice((f"{inside:g}", f"{inside!r}", f"{low:g}", f"{high:g}", f"{inside:.1%}"))


def _range(draw: random.Random, model: str, count: bool) -> str:
    name = _parameter(draw, model)
    low, high = _value(draw, model, name), _value(draw, model, name)
    spec = _known(model).get(name)
    if spec is not None and spec.choices and draw.random() < 0.8:
        return f"{name}={','.join(draw.choices(spec.choices, k=draw.randint(1, 3)))}"
    if not count:
        return f"{name}={draw.choice((f'{low}:{high}', f'{low}:{high}', f'{low}:{high}:3', low))}"
    number = draw.choice(("2", "3", "5", "0", "-1", "1", "x", ""))
    return (
        f"{name}={draw.choice((f'{low}:{high}:{number}', f'{low},{high}', low, f'{low}:{high}'))}"
    )


def _option(
    draw: random.Random, words: tuple[str, ...], param: Any, model: str, asked: list[str]
) -> list[str]:
    name = param.opts[-1] if draw.random() < 0.97 else f"{param.opts[0]}x"
    if param.is_flag:
        return [draw.choice((*param.opts, *param.secondary_opts))]
    if draw.random() < 0.06:
        return [name, draw.choice(ODD)]
    return [name, _given(draw, words, param, model, asked)]


def _given(
    draw: random.Random, words: tuple[str, ...], param: Any, model: str, asked: list[str]
) -> str:
    def setting() -> str:
        name = _parameter(draw, model)
        return f"{name}={_value(draw, model, name)}"

    def output() -> str:
        if draw.random() < 0.2:
            return draw.choice((".", "nowhere/x.csv", "x", "taken.csv/x", "/proc/x.csv", "-"))
        ending = draw.choice((".csv", ".json", ".md", ".txt", ".nc", ".parquet", ".ne", ".xls"))
        asked.append(f"out{ending}")
        return asked[-1]

    def picture() -> str:
        asked.append(draw.choice(("p.png", "p.svg", "p.pdf", "p")))
        return asked[-1]

    def folder() -> str:
        asked.append("folder")
        return "folder"

    choices: dict[str, Callable[[], str]] = {
        "settings": setting,
        "vary": lambda: _range(draw, model, words == ("sweep",)),
        "over": lambda: _range(draw, model, False),
        "output": output,
        "folder": folder,
        "plot": picture,
        "kind": lambda: draw.choice(("table", "json", "md", "csv", "ne", "xml")),
        "rule": lambda: draw.choice(
            ("pareto", "welfare", "egalitarian", "best_for_us", "best", "x")
        ),
        "threat": lambda: draw.choice(
            ("posture", "dispute", "status_quo", "in_force", "war", "posture", "dispute")
        ),
        "concept": lambda: draw.choice(("nash", "kalai_smorodinsky", "raiffa_discrete", "x")),
        "of": lambda: draw.choice(("delta", "ncl", "loss.us", "loss.canada", "surplus", "x")),
        "by": lambda: draw.choice(("sectors", "tables", "uniform", "uniform", "sector", "x")),
        "when": lambda: draw.choice(
            ("us loses without a deal", "equilibrium changes", "us: escalate -> keep", "x")
        ),
        "target": lambda: draw.choice(
            ("ncl=0", "ncl.canada=-0.4", "delta.exporter=-5", "there is no deal", "x=1", "x")
        ),
        "points": lambda: draw.choice(("3", "5", "9", "1", "0", "-3", "x")),
        "draws": lambda: draw.choice(("10", "50", "0", "-1", "x", "1.5")),
        "seed": lambda: draw.choice(("0", "7", "-1", "x", "1" * 30)),
        "spread": lambda: draw.choice(("0.25", "0", "1", "-1", "nan", "inf")),
        "budget": lambda: draw.choice(("0", "0.1", "-1", "nan", "inf", "x")),
        "agenda": lambda: draw.choice(("autos,forestry,metals_energy", "autos", "x,y", ",")),
        "players": lambda: draw.choice(("canada,us", "CAN,USA", "CAN", "CAN,CAN", "x", ",")),
        "sectors": lambda: draw.choice(("STL", "STL,MVH", "x", "")),
        "bounds": lambda: draw.choice(("-0.5,5", "0,0.1", "1,0", "x", "0", "-2,1", "nan,1")),
        "on": lambda: draw.choice(("players", "all", "x")),
        "optimal": lambda: draw.choice(("canada", "us", "CAN", "x")),
        "efficient": lambda: draw.choice(("nash", "weights", "x")),
        "tolerance": lambda: draw.choice(("1e-5", "0", "1", "-1", "nan")),
    }
    return choices.get(str(param.name), lambda: draw.choice(ODD))()
