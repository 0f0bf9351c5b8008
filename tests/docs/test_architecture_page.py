"""The page for newcomers: the packages are all there, and a command takes the path it says."""

from __future__ import annotations

import inspect
import re
import sys
from types import FrameType

import pytest

from tests.docs.commands import do
from tests.docs.pages import ROOT
from tests.test_architecture import FLOORS

PAGE = ROOT / "docs" / "architecture.md"


def steps() -> list[tuple[str, str]]:
    """File and function of every step of the path."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^\| \d+\. .* \| `([\w/.]+\.py)` \| `([\w.]+)` \|$", text, re.MULTILINE)


def test_every_package_has_a_row() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## What each package holds")[2]
    table = table.partition("\n## ")[0]
    named = {name.removesuffix(".py") for name in re.findall(r"`(\w+(?:\.py)?)`", table)}
    small = {"shell", "notebook"}  # files of a few lines that serve one purpose of `report`
    assert {room for rooms in FLOORS for room in rooms} - small <= named


@pytest.mark.full
def test_a_command_takes_the_path_of_the_page() -> None:
    """After each step comes a call of the function of the next one."""
    path = [(file, name.rpartition(".")[2]) for file, name in steps()]
    assert len(path) > 10
    calls: list[tuple[str, str]] = []

    def look(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_flags & inspect.CO_OPTIMIZED:  # no module or class body
            name = code.co_name
            if name == "__init__" and "self" in frame.f_locals:
                name = type(frame.f_locals["self"]).__name__
            calls.extend(
                each for each in path if each[1] == name and code.co_filename.endswith(each[0])
            )

    sys.setprofile(look)
    try:
        done = do(["solve", "canada_us", "--set", "diversification=0.2", "--draws", "0"])
    finally:
        sys.setprofile(None)
    assert done.code == 0
    left = iter(calls)
    for step in path[1:]:  # the first is the start of the program, which a test does not have
        assert step in left, f"{step} is not called after the steps before it"
