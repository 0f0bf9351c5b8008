"""Mutated files of games: Gambit's two formats, tables, and what is none of them."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.fuzz.cases import ODD, Case, encoded, mutated
from tests.properties.game_texts import VALID, tree_text

SUFFIXES = (".nfg", ".nfg", ".efg", ".efg", ".csv", ".csv", ".json", ".txt", "", ".NFG", ".gte")

PIECES = (
    *ODD,
    *'{},"\\/.-+e0123456789 \n\t;',
    *('""', "{ {", "{ 1000000 1000000 }", 'c "" 1 ', 'p "" 2 ', 't "" 0', "payoff_", "NFG 1 R"),
    *("EFG 2 R", "EFG 2 D", '"a"', "1e300", "-1e300", "1e-300", "99999999999", "{ 26 }", "//", "#"),
)


def case(draw: random.Random) -> Case:
    """A file or a folder of files, and options to solve them with."""
    count = draw.choice((1, 1, 1, 1, 3))
    files = [_file(draw, k) for k in range(count)]
    if count > 1 or draw.random() < 0.05:
        files = [(f"games/{name}", content) for name, content in files]
        words = ["game", "games"]
    else:
        words = ["game", files[0][0]]
    asked = []
    options: dict[float, Callable[[], list[str]]] = {
        0.3: lambda: ["--exact"],
        0.35: lambda: ["--format", draw.choice(("table", "json", "ne"))],
        0.15: lambda: ["--explain"],
        0.2: lambda: [
            "--select",
            draw.choice(("pareto", "welfare", "risk_dominant", "best_for_A")),
        ],
    }
    for odds, make in options.items():
        if draw.random() < odds:
            words += make()
    words += ["--budget", draw.choice(("0", "0.1", "0.5", "1"))]
    if draw.random() < 0.1:
        name = f"out{draw.choice(('.txt', '.json', '.jsonl', '.ne', '.csv'))}"
        words += ["-o", name]
        asked.append(name)
    return Case(tuple(words), tuple(files), tuple(asked))


def _file(draw: random.Random, number: int) -> tuple[str, bytes]:
    how = draw.random()
    suffix = draw.choice(SUFFIXES)
    name = f"{draw.choice(('g', 'ä', 'a b', '-g'))}{number}{suffix}"
    if name.startswith("-"):
        name = f"f{name}"
    if how < 0.03:
        return name, bytes(draw.randrange(256) for _ in range(draw.randint(0, 300)))
    if how < 0.25:
        text = strategic(draw)
    elif how < 0.45:
        text = tree_text(draw.randrange(10**9), perfect=draw.random() < 0.5)
    elif how < 0.6:
        text = table(draw)
    elif how < 0.65:
        text = extreme(draw)
    else:
        text = draw.choice(VALID)
    times = draw.choice((0, 1, 1, 2, 4, 10))
    if draw.random() < 0.9 and not text.startswith(("NFG", "EFG")):
        name = name.replace(suffix, ".csv") if suffix else name
    return name, encoded(draw, mutated(draw, text, PIECES, times))


def strategic(draw: random.Random) -> str:
    """A strategic game: few or many players, ties, payoffs near and far apart."""
    sizes = [draw.choice((1, 2, 2, 2, 3, 4)) for _ in range(draw.choice((1, 2, 2, 2, 3, 4)))]
    label: str = draw.choice(
        ('"P{}"', '"{} \\\\"q\\\\""', '""', '"\x1b[2J{}"', '"\u202e{}"', '"=1+{}"')
    )
    players = " ".join(label.format(k) for k in range(len(sizes)))
    profiles = 1
    for size in sizes:
        profiles *= size
    kind = draw.choice(("small", "ties", "float", "far", "rational"))
    values = " ".join(number(draw, kind) for _ in range(profiles * len(sizes)))
    return f'NFG 1 R "t" {{ {players} }} {{ {" ".join(map(str, sizes))} }}\n{values}\n'


def number(draw: random.Random, kind: str) -> str:
    if kind == "ties":
        return str(draw.randint(0, 1))
    if kind == "float":
        return repr(draw.uniform(-10, 10))
    if kind == "far":
        return f"{draw.choice((1, -1))}e{draw.randint(-300, 300)}"
    if kind == "rational":
        return f"{draw.randint(-9, 9)}/{draw.randint(1, 9)}"
    return str(draw.randint(-9, 9))


def table(draw: random.Random) -> str:
    """A payoff table as CSV."""
    mark = draw.choice((",", ";", "\t"))
    names = draw.sample(["A", "B", "us", "payoff", "x y", "é", "=A1", "\x1b[1m"], 2)
    rows = [[*names, *(f"payoff_{name}" for name in names)]]
    rows += [[a, b, number(draw, "small"), number(draw, "rational")] for a in "ud" for b in "lr"]
    return "\n".join(mark.join(row) for row in rows) + "\n"


def extreme(draw: random.Random) -> str:
    """Games that are small to write and large to solve, or the other way round."""
    many = draw.choice((40, 300, 2047))
    return draw.choice(
        (
            f'NFG 1 R "" {{ "a" "b" }} {{ 1 {many} }} ' + " ".join(["1 2"] * many),
            'NFG 1 R "" { "a" "b" } { 40 40 } '
            + " ".join(f"{-k % 40} {-k // 40}" for k in range(1600)),
            'NFG 1 R "" { "a" "b" } { 99999 99999 } 1 2',
            'NFG 1 R "" {' + ' "p"' * 30 + " } {" + " 2" * 30 + " } 1",
            'NFG 1 R "" {' + ' "p"' * 8 + " } {" + " 2" * 8 + " } " + "1 " * (8 * 256),
            'EFG 2 R "" { "A" "B" }\n' + 'p "" 1 1 "" { "a" }  0\n' * 3000 + 't "" 1 "" { 1, 2 }\n',
            "A,B,payoff_A,payoff_B\n" + "".join(f"a{k},b,{k},1\n" for k in range(3000)),
            "\n" * 10000,
            '"' * 10001,
        )
    )
