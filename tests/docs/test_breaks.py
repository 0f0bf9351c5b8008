"""What the guide says that a check says: every example of its table, made on a new model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.commands import do
from tests.docs.pages import ROOT

GUIDE = ROOT / "docs" / "adding_a_model.md"
MODEL = (ROOT / "models" / "tariff_standoff.py").read_text(encoding="utf-8")

#: By clause: what of the smallest model is replaced by what, to break it as the table says.
BREAKS: Mapping[str, tuple[str, str]] = {
    "loads": ("AgreementSet.money(0.0))", "AgreementSet.money(0.0)"),
    "documented": (MODEL.splitlines()[0], ""),
    "labelled": ('("accept", "retaliate")', '("accept", "accept")'),
    "parameters": (
        'parameter(8.0, low=0, unit="bn USD a year", source="illustrative")',
        "8.0",
    ),
    "sourced": (
        'parameter(1.0, low=0, unit="bn USD a year", source="illustrative")',
        "parameter(1.0)",
    ),
    "owned": ('lever_of="importer"', 'lever_of="us"'),
    "inherits": (
        "effort: float = parameter(1.0,",
        'effort: float = parameter(1.0, inherits="efort",',
    ),
    "constructs": ("parameter(8.0, low=0,", "parameter(8.0, low=10,"),
    "payoffs": ('("retaliate", "refrain")', '("retaliate", "refrian")'),
    "payoffs: finite over the range of ...": (
        "relief = 3 * self.effort",
        "relief = 3 * self.effort / (2 - self.tariff)",
    ),
    "batched: ...": ("relief = 3 * self.effort", "relief = max(3 * self.effort, 1.0)"),
    "at stake": (
        "    players = (",
        '    at_stake: float = parameter(\n        0.0, low=0, high=1, stake="autos", unit="share",'
        ' source="illustrative"\n    )\n\n    players = (',
    ),
    "observed: actions and political costs": (
        "    players = (",
        '    political_costs = MappingProxyType({("importer", "impose"): "damages"})\n\n'
        "    players = (",
    ),
    "packages, levers and power": (
        "    def talks(self)",
        "    def levers_worth(self):\n        return [1.0, 2.0, 3.0]\n\n    def talks(self)",
    ),
    "talks and outcomes": ("Talks(self.players,", 'Talks(("a", "b"),'),
}


def rows() -> dict[str, str]:
    """The table's example of what is said, by clause."""
    found = {}
    text = GUIDE.read_text(encoding="utf-8").partition("## What the check catches")[2]
    for line in text.partition("\n## ")[0].splitlines():
        told = re.fullmatch(r"\| ([^|]+) \| [^|]+ \| `(.+)` \|", line)
        if told:
            found[told[1]] = told[2]
    return found


def test_every_row_of_the_table_is_tried() -> None:
    assert set(rows()) == set(BREAKS)


@pytest.mark.parametrize("clause", BREAKS)
def test_a_broken_clause_is_told_as_the_guide_says(
    clause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old, new = BREAKS[clause]
    assert old in MODEL
    Path("my_talks.py").write_text(MODEL.replace(old, new), encoding="utf-8")
    done = do(["models", "check", "my_talks.py"])
    assert done.code == 4
    assert f"broken  {clause.partition(' ...')[0].partition(':')[0]}" in done.out
    said = done.out.replace(f"{tmp_path.resolve()}/", "").replace(f"{tmp_path}/", "")
    for part in rows()[clause].split("(...)"):
        assert part in said
