"""The house keeps its shape: who imports whom, what each command loads, how large a file may be."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

import negotiation
from negotiation.cli.app import GROUPS, TOPICS
from negotiation.moved import GONE, NAMES, new_place

PACKAGE = Path(negotiation.__file__).resolve().parent
MODELS = PACKAGE.parent / "models"
BENCHMARKS = PACKAGE.parent / "benchmarks"

#: Rooms by floor, ground first; a room may import from lower floors only.
FLOORS = (
    ("shell", "moved"),
    ("tolerances", "errors", "words", "coded", "interrupts", "compile", "disk"),
    ("glossary",),
    ("notebook", "registry"),
    ("trade", "games"),
    ("prior",),
    ("model", "bargaining"),
    ("leverage", "catalogue", "draws"),
    ("case",),
    ("outcome",),
    ("provenance", "contract"),  # both read the catalogue; the contract evaluates a model
    ("regimes", "execution"),  # an execution knows jobs, not what they are about
    ("study",),
    ("report",),
    ("cli",),
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

#: Names used for types only, so that no module is loaded the wrong way round: a model's `talks()`
#: is annotated with what it returns.
TYPES_ONLY = {("model", "bargaining"), ("prior", "model")}

#: What a room may import beside the standard library and numpy.
LIBRARIES = {
    "nashpy": ("games/from_nashpy.py", "games/files/nashpy_game.py"),
    "numba": ("compile.py",),
    "scipy": ("games/programme.py", "draws.py"),
    "xarray": ("study/", "regimes/", "report/"),
    "typer": ("cli/",),
    "matplotlib": ("report/",),
    "pandas": ("report/",),
    "pyarrow": ("execution/parquet.py",),
    "SALib": ("study/sensitivity.py",),
    "xlsxwriter": ("report/sheets.py",),
}
VAGUE = ("utils", "util", "helpers", "helper", "common", "core", "base", "misc", "tools", "lib")


class Import(NamedTuple):
    """One import statement: what, from which file and line, and where it stands."""

    module: str
    names: tuple[str, ...]
    path: Path
    line: int
    in_function: bool
    types_only: bool

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(PACKAGE.parent)}:{self.line}"


def python_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*.py") if "shipped_models" not in p.parts)


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, wherever it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _walk(tree, path, in_function=False, types_only=False)


def _walk(node: ast.AST, path: Path, *, in_function: bool, types_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        typed = types_only or (
            isinstance(child, ast.If)
            and isinstance(child.test, ast.Name)
            and child.test.id == "TYPE_CHECKING"
        )
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, (), path, child.lineno, inside, typed)
        elif isinstance(child, ast.ImportFrom):
            if child.level == 1 and PACKAGE not in path.parents:
                continue  # a model that is a folder may be several files, and so are some tests
            assert child.level == 0, f"{path}:{child.lineno} is a relative import"
            names = tuple(alias.name for alias in child.names)
            yield Import(child.module or "", names, path, child.lineno, inside, typed)
        yield from _walk(child, path, in_function=inside, types_only=typed)


def room_of(path: Path) -> str:
    """Room a file of the package is in; empty for `__init__` and `__main__`."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py") if not first.startswith("__") else ""


def rooms_imported(found: Import) -> set[str]:
    """Rooms of the package an import reaches; empty string for the package itself."""
    parts = found.module.split(".")
    if parts[0] != "negotiation":
        return set()
    if len(parts) > 1:
        return {parts[1]}
    # `from negotiation import X`: X is a room, or a name of the package itself.
    return {name if name in FLOOR else "" for name in found.names} or {""}


EVERY = [found for path in python_files(PACKAGE) for found in imports(path)]


def test_there_are_imports_to_look_at() -> None:
    assert len(EVERY) > 100
    assert {room_of(found.path) for found in EVERY} >= set(FLOOR) - {"tolerances", "words"}


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(path) for path in python_files(PACKAGE)} - {""}
    assert rooms == set(FLOOR), "a room was added or removed: give it a floor in this test"


def test_imports_go_downward_only() -> None:
    wrong = [
        f"{found.where}: {room} imports {target}"
        for found in EVERY
        if (room := room_of(found.path))
        for target in rooms_imported(found) - {"", room}
        if FLOOR[target] >= FLOOR[room] and not (found.types_only and (room, target) in TYPES_ONLY)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.full
def test_nobody_here_imports_a_name_of_release_0_1() -> None:
    folders = [PACKAGE.parent / name for name in ("negotiation", "models", "tests", "benchmarks")]
    found = [each for folder in folders for path in python_files(folder) for each in imports(path)]
    old = {
        f"{each.where}: {name}"
        for each in found
        for name in (each.module, *(f"{each.module}.{name}" for name in each.names))
        if (bare := name.removeprefix("negotiation.")) != name
        and (new_place(bare) != bare or bare in NAMES or bare in GONE)
    }
    assert not old


def test_only_the_version_is_taken_from_the_package_itself() -> None:
    taken = {
        (found.where, name)
        for found in EVERY
        if found.module == "negotiation" and room_of(found.path)
        for name in found.names
        if name not in FLOOR and name != "__version__"
    }
    assert not taken


# --- no circles -----------------------------------------------------------------------------------


def name_of(path: Path) -> str:
    """Name under which a file of the package is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path) for path in python_files(PACKAGE)}


def targets(found: Import) -> set[str]:
    """Modules of the package that an import reaches.

    `from negotiation.trade import shares` reaches the module where there is one of that name, and
    the package's `__init__` for any other name.
    """
    if not found.names:
        return {found.module} & MODULES
    full = {f"{found.module}.{name}" for name in found.names}
    names = {found.module} if full - MODULES else set()
    return (names | full) & MODULES


def circles(found: list[Import], *, in_functions: bool) -> dict[str, set[str]]:
    """What is left of the graph of imports when all that is in no circle is taken away."""
    graph: dict[str, set[str]] = {}
    for each in found:
        if each.types_only or (each.in_function and not in_functions):
            continue
        own = name_of(each.path)
        graph.setdefault(own, set()).update(targets(each) - {own})
    while True:
        imported = set().union(*graph.values()) if graph else set()
        kept = {
            own: to & graph.keys()
            for own, to in graph.items()
            if own in imported and to & graph.keys()
        }
        if kept == graph:
            return graph
        graph = kept


@pytest.mark.parametrize("in_functions", [False, True])
def test_no_module_imports_itself_by_way_of_others(in_functions: bool) -> None:
    assert not circles(EVERY, in_functions=in_functions)


def test_a_circle_would_be_found() -> None:
    world, shares = PACKAGE / "trade" / "world.py", PACKAGE / "trade" / "shares.py"
    closing = Import("negotiation.trade.world", ("World",), shares, 1, True, False)
    assert not circles([*EVERY, closing], in_functions=False)
    assert circles([*EVERY, closing], in_functions=True) == {
        name_of(world): {name_of(shares)},
        name_of(shares): {name_of(world)},
    }
    by_package = Import("negotiation.trade", ("World",), shares, 1, False, False)
    assert name_of(shares) in circles([*EVERY, by_package], in_functions=False)


#: Commands about worlds: reading data, and tariffs that governments choose; what they print; what
#: is known of the trade of a model, and known trade equilibria.
OF_WORLDS = (
    *("cli/data.py", "cli/tariffs.py", "report/schedules.py", "report/tariffs.py"),
    *("study/trade_facts.py", "study/verify/trade.py"),
)


def test_trade_knows_nothing_of_games_and_games_nothing_of_trade() -> None:
    of_trade = {
        target
        for found in EVERY
        if room_of(found.path) == "trade"
        for target in rooms_imported(found)
    }
    assert of_trade <= {"trade", "tolerances", "errors", "words", "compile", "shell", "moved"}
    using_trade = {
        found.where
        for found in EVERY
        if "trade" in rooms_imported(found)
        and room_of(found.path) not in ("", "trade")
        and not found.types_only
        and found.path.relative_to(PACKAGE).as_posix() not in OF_WORLDS
    }
    assert not using_trade, "only a model file joins trade and games"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_in_its_room_only(library: str) -> None:
    allowed = LIBRARIES[library]
    users = {
        found.path.relative_to(PACKAGE).as_posix()
        for found in EVERY
        if found.module.split(".")[0] == library
    }
    assert users, f"{library} is imported nowhere: drop it from pyproject.toml and from here"
    assert all(user.startswith(allowed) for user in users), users


def test_nothing_else_is_imported() -> None:
    known = {"negotiation", "numpy", *LIBRARIES, *sys.stdlib_module_names}
    strangers = {f.where for f in EVERY if f.module.partition(".")[0] not in known}
    assert not strangers


def test_optional_and_heavy_libraries_are_imported_when_used() -> None:
    lazy = (*LIBRARIES.keys() - {"typer"},)
    early = [
        found.where
        for found in EVERY
        if found.module.split(".")[0] in lazy and not (found.in_function or found.types_only)
    ]
    assert not early


def test_benchmarks_know_nothing_of_the_tests() -> None:
    found = [each for path in python_files(BENCHMARKS) for each in imports(path)]
    assert any(each.module.startswith("benchmarks.") for each in found)
    assert not {each.where for each in found if each.module.split(".")[0] == "tests"}


def test_model_files_use_public_names_only() -> None:
    homes = {"negotiation": negotiation, "negotiation.trade": import_module("negotiation.trade")}
    found = [each for path in python_files(MODELS) for each in imports(path)]
    used = [each for each in found if each.module.split(".")[0] == "negotiation"]
    assert used
    for each in used:
        assert each.module in homes, f"{each.where} imports {each.module}"
        assert set(each.names) <= set(homes[each.module].__all__), each.where


#: Public classes of one name: the table of a document, that of a file, and one at which sides talk.
TWICE = {"Table"}


def test_no_two_classes_have_one_name() -> None:
    names = Counter(
        node.name
        for path in python_files(PACKAGE)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert len(names) > 100
    assert {name for name, times in names.items() if times > 1} <= TWICE


def test_no_room_for_everything() -> None:
    vague = [p for p in PACKAGE.rglob("*") if p.stem in VAGUE and p.suffix in ("", ".py")]
    assert not vague


def test_no_file_has_grown_past_seven_hundred_lines() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files(PACKAGE)
    }
    assert not {name: length for name, length in lengths.items() if length > 700}


# --- the public face ------------------------------------------------------------------------------


def test_the_public_names_are_those_of_the_lazy_table() -> None:
    lazy = {*negotiation._HOMES, *negotiation._MODULES, "__version__"}
    assert set(negotiation.__all__) == lazy
    assert len(negotiation.__all__) == len(set(negotiation.__all__))
    assert not set(negotiation._HOMES) & set(negotiation._MODULES)


def test_every_public_name_can_be_had() -> None:
    for name, home in negotiation._HOMES.items():
        own = getattr(import_module(home), name)
        assert getattr(negotiation, name) is own, f"negotiation.{name} is not {home}.{name}"
    for name in negotiation._MODULES:
        assert getattr(negotiation, name) is import_module(f"negotiation.{name}")
    assert set(dir(negotiation)) == set(negotiation.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = negotiation.nothing  # type: ignore[attr-defined]


def test_names_for_type_checkers_are_the_same() -> None:
    path = PACKAGE / "__init__.py"
    typed = {name for each in imports(path) if each.types_only for name in each.names}
    assert typed == set(negotiation.__all__) - {"__version__"}


# --- what is loaded when --------------------------------------------------------------------------

HEAVY = (
    *("numpy", "scipy", "pandas", "xarray", "matplotlib", "nashpy", "pyarrow", "rich"),
    *("numba", "SALib", "distributed"),
)

_WHAT_IS_LOADED = """
import json, sys
{statement}
print(json.dumps([codes, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""

_COMMANDS = """
import contextlib, io
from negotiation.cli.console import run
codes = []
for arguments in {commands!r}:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            codes.append(run(arguments.split()))
        except SystemExit as leaving:
            codes.append(leaving.code or 0)
"""


PATHS = [
    (topic, *words)
    for places in TOPICS.values()
    for topic in places
    for words in ((), *((each,) for each in GROUPS.get(topic, ())))
]


def loaded(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after a statement that sets `codes`."""
    script = _WHAT_IS_LOADED.format(statement=statement)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    codes, names = json.loads(done.stdout)
    assert not any(codes), codes
    return set(names)


def loaded_by(*commands: str) -> set[str]:
    return loaded(_COMMANDS.format(commands=commands))


def test_importing_the_package_loads_nothing() -> None:
    names = loaded("import negotiation; codes = []")
    assert not names & {*HEAVY, "typer", "ast", "dataclasses", "pathlib"}


def test_help_loads_nothing_heavy() -> None:
    """Of the program and of every command."""
    helps = [f"{' '.join(words)} --help".strip() for words in ((), *PATHS)]
    assert len(helps) > 25
    assert not loaded_by(*helps, "--version") & set(HEAVY)


#: What a command may load beside numpy; a command that is not listed, nothing.
MAY_LOAD = {
    "sweep": {"pandas", "xarray"},
    "game": {"nashpy", "scipy"},
    "attribute": {"scipy"},
    "scenarios": {"scipy"},
    "sensitivity": {"SALib", "pandas", "scipy"},
    "tariffs": {"scipy"},
}

#: A short line for each command that computes.
SHORT = (
    *("models list", "models show tariff_standoff", "models check tariff_standoff"),
    *("columns", "schema solve", "data schedules", "data show canada_us"),
    *("solve tariff_standoff", "explain tariff_standoff payoff.exporter"),
    *("credibility tariff_standoff", "audit tariff_standoff"),
    "revealed tariff_standoff --observed accept,refrain",
    "sweep tariff_standoff --vary tariff=0,0.1 --draws 0",
    "threshold tariff_standoff --vary tariff=0:0.5",
    "map tariff_standoff --vary tariff=0:0.5 --vary damage=0:9 --points 5",
    "report canada_us --draws 8 --format md",
    *("attribute canada_us --by tables --draws 0", "package canada_us --draws 0"),
    "robust canada_us --vary diversification=0,0.2 --draws 4",
    "probability canada_us --when deal.canada<0 --draws 4",
    "sensitivity canada_us --of loss.us --draws 16",
    "scenarios canada_us --when deal.us>4000 --draws 100",
    "tariffs canada_us --by uniform --no-certify",
)


@pytest.mark.full
@pytest.mark.parametrize("line", SHORT)
def test_a_command_loads_what_it_needs_only(line: str) -> None:
    names = loaded_by(line)
    assert "numpy" in names
    allowed = {"numpy", *MAY_LOAD.get(line.split(maxsplit=1)[0], ())}
    # Where numba is installed it loads scipy, and pandas pyarrow; where dask is, xarray loads it.
    if "numba" in names:
        allowed |= {"numba", "scipy"}
    if "pandas" in allowed:
        allowed |= {"pyarrow"}
    if "dask" in names:
        allowed |= {"scipy", "distributed"}
    assert not names & set(HEAVY) - allowed


def test_help_as_a_process_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "negotiation", "sweep", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "negotiation" in names
    # Nor what typer checks values with, which takes longer than all else together.
    assert not names & {*HEAVY, "pydantic"}


@pytest.mark.full
def test_a_point_needs_numpy_only() -> None:
    names = loaded_by(
        "solve tariff_standoff",
        "solve canada_us --format json",
        "models list",
        "models show canada_us",
        "models check tariff_standoff",
        "sweep tariff_standoff --vary tariff=0.1:0.9:5 --dry-run",
    )
    assert "numpy" in names
    assert not names & (set(HEAVY) - {"numpy"})


@pytest.mark.full
def test_a_sweep_without_plot_loads_no_plotting_and_no_scipy() -> None:
    line = "sweep tariff_standoff --vary diversification=0.1:0.9:5 --format"
    names = loaded_by(*(f"{line} {form}" for form in ("table", "csv", "json", "md")))
    assert "xarray" in names
    # Where dask is installed, xarray loads it, and dask loads scipy.
    assert not names & {"matplotlib", "nashpy", "rich", *(() if "dask" in names else ("scipy",))}
