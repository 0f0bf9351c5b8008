"""Mutated trade data: tidy files, squares of OECD and WIOD, folders, maps, tariffs."""

from __future__ import annotations

import csv
import io
import random
from functools import cache
from pathlib import Path

from negotiation.trade import World
from tests.fuzz.cases import ODD, Case, encoded, mutated
from tests.unit.trade_layouts import FINAL_ICIO, FINAL_WIOD, Square, icio, wiod_flat, wiod_stacked

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
Rows = list[list[str]]

CELLS = (*ODD, "-5", "0.125", "12.5", "1e12", "1e-12", "CAN", "USA", "none", "final", "1 000")


@cache
def squares() -> dict[str, str]:
    """Layouts with a header of their own, as text."""
    from negotiation.trade.data import read as trade_read

    world: World = trade_read.read_trade(
        EXAMPLES / "icio.csv", regions=EXAMPLES / "regions.csv", theta=EXAMPLES / "theta.csv"
    )
    industrial, old = Square(world, FINAL_ICIO), Square(world, FINAL_WIOD)
    made = {
        "icio": icio(industrial),
        "wiod": wiod_flat(old),
        "stacked": wiod_stacked(old),
        "workbook": wiod_stacked(old, old=True),
    }
    return {name: written(rows, ",") for name, rows in made.items()}


@cache
def shipped() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.csv")}


@cache
def folder() -> dict[str, str]:
    """A folder of trade data of two regions, small enough to be solved."""
    regions = (
        "region,name,value_added_usd_m,final_expenditure_usd_m\nH,Home,1000,1000\nF,Far,4000,4000\n"
    )
    sectors = "sector,name,table,theta_central\nFOO,Food,other,4.0\nCAR,Cars,autos,5.0\n"
    flows = (
        "sector,origin,destination,intermediate_usd_m,final_usd_m,tariff\n"
        "FOO,H,H,0,400,0\nFOO,H,F,0,200,0\nFOO,F,H,0,100,0\nFOO,F,F,0,1800,0\n"
        "CAR,H,H,0,300,0\nCAR,H,F,0,100,0\nCAR,F,H,0,200,0\nCAR,F,F,0,1900,0\n"
    )
    inputs = "region,using_sector,input_sector,coefficient\n" + "".join(
        f"{r},{a},{b},0\n" for r in "HF" for a in ("FOO", "CAR") for b in ("FOO", "CAR")
    )
    return {
        "regions.csv": regions,
        "sectors.csv": sectors,
        "flows.csv": flows,
        "input_coefficients.csv": inputs,
    }


def written(rows: Rows, mark: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=mark, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def changed(draw: random.Random, text: str, times: int) -> str:
    """Change cells, rows and columns of a table, and its separators."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(times):
        if not rows or not rows[0]:
            break
        how, k = draw.random(), draw.randrange(len(rows))
        if how < 0.45 and rows[k]:
            rows[k][draw.randrange(len(rows[k]))] = draw.choice(CELLS)
        elif how < 0.55:
            rows.insert(draw.randrange(len(rows)), list(rows[k]))
        elif how < 0.65:
            del rows[k]
        elif how < 0.72:
            column = draw.randrange(len(rows[0]))
            rows = [row[:column] + row[column + 1 :] for row in rows]
        elif how < 0.79:
            column = draw.randrange(len(rows[0]))
            rows = [row[: column + 1] + row[column:] for row in rows]
        elif how < 0.86:
            rows[0][draw.randrange(len(rows[0]))] = draw.choice((*CELLS, "tariff", "value", "use"))
        elif how < 0.93:
            other = draw.randrange(len(rows))
            rows[k], rows[other] = rows[other], rows[k]
        else:
            rows[k] = rows[k][: draw.randint(0, len(rows[k]))]
    return written(rows, draw.choice((",", ",", ",", ",", ";", "\t")))


def spoiled(draw: random.Random, text: str) -> bytes:
    """A table with something wrong in it, or nothing."""
    text = changed(draw, text, draw.choice((0, 1, 1, 2, 5)))
    if draw.random() < 0.15:
        text = mutated(draw, text, CELLS, draw.choice((1, 3)))
    return encoded(draw, text)


def case(draw: random.Random) -> Case:
    """Trade data in a layout, and one of the commands that read them."""
    kind = draw.choice(("tidy", "tidy", "square", "square", "folder", "folder", "maps", "show"))
    return {
        "tidy": tidy,
        "square": square,
        "folder": world,
        "maps": maps,
        "show": world,
    }[kind](draw)


def tidy(draw: random.Random) -> Case:
    files = [("flows.csv", spoiled(draw, shipped()["flows.csv"]))]
    words = ["data", "check", "flows.csv"]
    if draw.random() < 0.85:
        words += ["--column", "origin=exporter"]
    if draw.random() < 0.7:
        files.append(("inputs.csv", spoiled(draw, shipped()["inputs.csv"])))
        words += ["--coefficients", "inputs.csv"]
    return _either(draw, words, files)


def square(draw: random.Random) -> Case:
    every = {**squares(), "shipped": shipped()["icio.csv"]}
    files = [("table.csv", spoiled(draw, every[draw.choice(sorted(every))]))]
    words = ["data", "check", "table.csv"]
    if draw.random() < 0.3:
        words += ["--layout", draw.choice(("auto", "icio", "wiod", "tidy", "house", "nothing"))]
    if draw.random() < 0.15:
        words += ["--may-be-negative", draw.choice(("INVNT", "GFCF", "X", ""))]
    if draw.random() < 0.15:
        words += ["--merge", draw.choice(("MEX=USA", "MEX=", "X=Y", "MEX=MEX"))]
    if draw.random() < 0.1:
        words += ["--tolerance", draw.choice(("0", "0.5", "-1", "nan", "2", "word"))]
    return _either(draw, words, files)


def _either(draw: random.Random, words: list[str], files: list[tuple[str, bytes]]) -> Case:
    """Check, or import."""
    if draw.random() < 0.5:
        if draw.random() < 0.4:
            words += ["--format", draw.choice(("table", "json", "md", "csv"))]
        return Case(tuple(words), tuple(files))
    words[1] = "import"
    words += ["-o", "out", "--theta", draw.choice(("4", "4", "4", "0", "nan", "theta.csv", "1e9"))]
    if "theta.csv" in words:
        files.append(("theta.csv", spoiled(draw, shipped()["theta.csv"])))
    if draw.random() < 0.2:
        words += ["--inventories", draw.choice(("net", "produced", "dropped", "other"))]
    if draw.random() < 0.2:
        words += ["--value-added-floor", draw.choice(("0.01", "0.5", "1", "-1", "nan"))]
    return Case(tuple(words), tuple(files), ("out",))


def maps(draw: random.Random) -> Case:
    names = ("regions.csv", "sectors.csv", "theta.csv", "tariffs.csv")
    wrong = draw.sample(names, draw.randint(0, 2))
    files = [("icio.csv", shipped()["icio.csv"].encode())]
    words = ["data", "import", "icio.csv", "-o", "out"]
    for name in names:
        text = shipped()[name]
        files.append((name, spoiled(draw, text) if name in wrong else text.encode()))
        words += [f"--{name.removesuffix('.csv')}", name]
    if draw.random() < 0.3:
        words.append("--pool-tariffs")
    return Case(tuple(words), tuple(files), ("out",))


def world(draw: random.Random) -> Case:
    files = []
    for name, text in folder().items():
        how = draw.random()
        if how < 0.04:
            continue
        content = spoiled(draw, text) if how < 0.4 else text.encode()
        files.append((f"data/{name}", content))
    words = draw.choice(
        (
            ["data", "check", "data"],
            ["data", "show", "data"],
            ["data", "show", "data", "--format", "json"],
            ["tariffs", "data", "--players", "H,F", "--by", "uniform"],
            ["tariffs", "data", "--players", "H,F", "--by", "uniform", "--format", "json"],
            ["tariffs", "data", "--players", "H,F", "--optimal", "H", "--by", "sector"],
            ["data", "import", "data", "-o", "out"],
        )
    )
    return Case(tuple(words), tuple(files), ("out",) if "import" in words else ())
