"""B22, B13: pictures are drawn wherever the program runs, and whatever things are called."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from negotiation.cli.console import run
from tests.drawn import first

#: Long runs of what shorter tests cover in part: they belong to the full suite.
pytestmark = pytest.mark.full

SWEEP = ("sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:3")
PACKAGES = ("package", "canada_us")

#: Draws every kind of picture in one process, with matplotlib loaded afresh.
_DRAW = """
import sys
from negotiation.cli.console import run
sweep = ["sweep", "tariff_standoff", "--vary", "diversification=0.1:0.9:3"]
plane = ["map", "tariff_standoff", "--vary", "diversification=0.1:0.9", "--vary", "tariff=0.1:1"]
for name, command in {"sweep": sweep, "map": [*plane, "--points", "5"]}.items():
    for form in ("png", "svg"):
        assert run([*command, "--plot", f"{name}.{form}"]) in (0, 1), name
"""


@pytest.mark.parametrize(
    "backend",
    first(1, ["module://matplotlib_inline.backend_inline", "module://no.where", "nonsense"]),
)
def test_a_backend_that_is_not_there_does_not_matter(tmp_path: Path, backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _DRAW],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for name in ("sweep", "map"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        ET.parse(tmp_path / f"{name}.svg")


def test_every_picture_is_drawn_the_same_way() -> None:
    """A new one must not ask for a backend, nor read dollars as mathematics."""
    import negotiation

    for path in Path(negotiation.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "pyplot" not in text.replace("without pyplot", ""), path
        if path.name != "picture.py":
            assert "FigureCanvas" not in text, path
            assert ".savefig(" not in text, path
            assert text.count("canvas(") == text.count("@drawing("), path


NAMES = '''"""Names that are odd in a picture."""
from dataclasses import dataclass
from negotiation import AgreementSet, Model, Talks, parameter

@dataclass(frozen=True)
class Odd(Model):
    a: float = parameter(0.5, low=0, high=1, unit="$per$ \\x1b[31m \\u202e 日本 <&>", source="test")
    mood: str = parameter("$\\\\frac{$", choices=("$\\\\frac{$", "b--a"), unit="m", source="test")
    players = ("x$_$", "y\\x00z")
    actions = (("$l^$", "r"), ("t", "b--"))
    payoff_unit = "US$ or C$"

    def payoffs(self):
        (l, r), (t, b) = self.actions
        return {(l, t): (0.3 - self.a, -1.0), (l, b): (-1.0, -2.0),
                (r, t): (-0.2, -1.0), (r, b): (-3.0, -2.0)}

    def talks(self):
        return Talks(self.players, [0.0, 0.0], AgreementSet.money(0.0))
'''


@pytest.mark.parametrize("form", ["png", "svg"])
def test_any_name_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.py").write_text(NAMES, encoding="utf-8")
    one = ["sweep", "odd.py", "--vary", "a=0.1:0.9:3"]
    for command in (one, [*one, "--vary", "mood=$\\frac{$,b--a"]):
        assert run([*command, "--plot", f"run.{form}"]) == 0, capsys.readouterr().err
    if form == "svg":
        ET.parse(tmp_path / "run.svg")
        assert "\x00" not in (tmp_path / "run.svg").read_text(encoding="utf-8")
