"""Measures of the house, for one checkout or several: `python benchmarks/house.py [FOLDER ...]`.

Files, lines, public names, import circles, and functions that take a rule or a threat are read
from the source; calls of `evaluate` are counted in a process of each checkout's own.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_COUNT = """
import sys
sys.path.insert(0, {folder!r})
import contextlib, io
from importlib import import_module
from negotiation.cli.console import run
import negotiation.outcome.outcome as home
calls, points, real = 0, 0, home.evaluate
def evaluate(model, *given, **words):
    global calls, points
    calls += 1
    found = real(model, *given, **words)
    points += found.status.size
    return found
import negotiation.cli.app
for name in {modules!r}:
    with contextlib.suppress(ImportError):
        import_module(name)
for module in list(sys.modules.values()):
    if getattr(module, "evaluate", None) is real:
        module.evaluate = evaluate
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    with contextlib.suppress(SystemExit):
        run({command!r}.split())
print(calls, points)
"""

SOLVE = "solve canada_us"
SWEEP = "sweep canada_us --vary diversification=0:0.4:41"


def sources(checkout: Path) -> dict[str, ast.Module]:
    """Modules of the package by dotted name."""
    root = checkout / "negotiation"
    found = {}
    for path in sorted(root.rglob("*.py")):
        if "shipped_models" in path.parts:
            continue
        parts = path.relative_to(checkout).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def public_names(modules: dict[str, ast.Module]) -> int:
    """Functions and classes at the top of a module whose names do not begin with a stroke."""
    return sum(
        isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        for tree in modules.values()
        for node in tree.body
    )


def taking(modules: dict[str, ast.Module], words: set[str]) -> int:
    """Functions that have a parameter of one of these names."""
    number = 0
    for tree in modules.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                number += bool(words & {each.arg for each in given})
    return number


def _imported(tree: ast.AST, modules: dict[str, ast.Module], *, late: bool) -> Iterator[str]:
    """Modules that a module imports when it is loaded, or `late` as well: in its functions."""
    typed = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in ast.walk(node)
    }
    for node in ast.walk(tree) if late else ast.iter_child_nodes(tree):
        if id(node) in typed:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from whole & set(modules) or {node.module}
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def circles(modules: dict[str, ast.Module], *, late: bool = False) -> list[list[str]]:
    """Sets of modules that import each other in a circle, found by Tarjan's algorithm."""
    graph = {
        name: sorted(set(_imported(tree, modules, late=late)) & set(modules) - {name})
        for name, tree in modules.items()
    }
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            circle: list[str] = []
            while circle[-1:] != [name]:
                circle.append(stack.pop())
            if len(circle) > 1:
                found.append(sorted(circle))

    for name in graph:
        if name not in index:
            visit(name)
    return found


def calls(checkout: Path, command: str, modules: dict[str, ast.Module]) -> str:
    """How often a command calls `evaluate`, and for how many points."""
    script = _COUNT.format(
        folder=str(checkout.resolve()),
        command=command,
        modules=[name for name in modules if not name.endswith("__main__")],
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd="/"
    )
    return done.stdout.strip().rpartition("\n")[2] or done.stderr.strip().rpartition("\n")[2]


def main() -> None:
    """Print the measures of each checkout."""
    for place in sys.argv[1:] or ["."]:
        checkout = Path(place)
        modules = sources(checkout)
        lines = sum(
            len(path.read_text(encoding="utf-8").splitlines())
            for path in (checkout / "negotiation").rglob("*.py")
            if "shipped_models" not in path.parts
        )
        classes = Counter(
            node.name
            for tree in modules.values()
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )
        twice = sorted(name for name, number in classes.items() if number > 1)
        print(f"{checkout}:")
        print(f"  files {len(modules)}, lines {lines:,}, public names {public_names(modules)}")
        for told, late in (("when loaded", False), ("with imports in functions", True)):
            found = circles(modules, late=late)
            print(f"  import circles {told}: {len(found)}", *found, sep="\n    ")
        print(f"  functions that take rule or threat: {taking(modules, {'rule', 'threat'})}")
        print(f"  class names that occur twice or more: {len(twice)}: {', '.join(twice)}")
        for command in (SOLVE, SWEEP):
            print(f"  {command}: evaluate calls, points: {calls(checkout, command, modules)}")


if __name__ == "__main__":
    main()
