"""Types reach users: py.typed is in the wheel, and the typing tests name all that is public."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import negotiation

PACKAGE = Path(negotiation.__file__).resolve().parent
CHECKOUT = PACKAGE.parent
TESTS = CHECKOUT / "typing_tests"


def names_in(path: Path) -> set[str]:
    """Names that a file uses, of whatever."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def public() -> set[str]:
    """Public names of the package, and of the modules it offers."""
    found = set(negotiation.__all__)
    for module in negotiation._MODULES:
        part = import_module(f"negotiation.{module}")
        listed = getattr(part, "__all__", None)
        found |= (
            set(listed)
            if listed
            else {
                name
                for name, value in vars(part).items()
                if not name.startswith("_") and getattr(value, "__module__", "") == part.__name__
            }
        )
    return found - {"V"}


@pytest.mark.skipif(not TESTS.is_dir(), reason="an installed package has no typing tests")
def test_the_typing_tests_use_every_public_name() -> None:
    used: set[str] = set()
    for path in TESTS.glob("correct_*.py"):
        used |= names_in(path)
    missing = sorted(public() - used)
    assert not missing, f"use these in typing_tests/correct_*.py: {', '.join(missing)}"


@pytest.mark.skipif(not TESTS.is_dir(), reason="an installed package has no typing tests")
def test_every_wrong_use_is_expected_to_be_found_by_both_checkers() -> None:
    for path in TESTS.glob("wrong_*.py"):
        lines = path.read_text(encoding="utf-8").split("\n")
        marked = [line for line in lines if "# type: ignore[" in line]
        assert len(marked) > 15
        assert all("# pyright: ignore[" in line for line in marked)


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.skipif(
    find_spec("hatchling") is None or not (CHECKOUT / "pyproject.toml").is_file(),
    reason="a wheel is built by hatchling, from a checkout",
)
def test_so_does_the_wheel(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "negotiation/py.typed" in names
    assert "negotiation/shipped_models/canada_us/model.py" in names
    assert not [name for name in names if name.startswith(("typing_tests", "tests"))]
