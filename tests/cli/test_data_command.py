"""`negotiation data`: what it prints of good data and bad data, and what it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from negotiation.cli.console import run
from negotiation.trade import World
from tests.unit import trade_layouts as layouts
from tests.unit.test_trade_formats import cell, same, world

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a folder with a table: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    layouts.save(tmp_path / "table.csv", rows())

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["data", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def rows() -> list[list[str]]:
    return layouts.icio(layouts.Square(world(0), layouts.FINAL_ICIO))


def broken() -> list[list[str]]:
    """A negative flow, a row that does not add up, a label that is unknown."""
    table = rows()
    cell(table, 3, 4, lambda value: -value)
    cell(table, 6, 29, lambda value: value + 3.0)
    cell(table, 1, 8, "ROW_A01_2")
    return table


def test_good_data_pass_every_check(cli: Run) -> None:
    code, out, err = cli("check", "table.csv")
    assert code == 0
    assert err == "table.csv: no faults\n"
    assert out.startswith("table.csv (icio): 3 regions, 3 sectors\n")
    assert out.count("PASS") == 10
    assert "FAIL" not in out


def test_three_faults_are_three_sentences(cli: Run, tmp_path: Path) -> None:
    layouts.save(tmp_path / "bad.csv", broken())
    code, out, err = cli("check", "bad.csv", "--layout", "icio")
    assert code == 4
    assert err == "bad.csv: 3 faults\n"
    sentences = [line for line in out.splitlines() if line.startswith("bad.csv, row")]
    assert len(sentences) == 3
    for sentence, place in zip(
        sentences,
        ("row 1, column 8:", "row 3 (AUS_C10T12), column 4", "row 6 (CAN_C10T12), column 29"),
        strict=True,
    ):
        assert place in sentence
    assert "FAIL" in out


def test_json_holds_the_same(cli: Run, tmp_path: Path) -> None:
    layouts.save(tmp_path / "bad.csv", broken())
    code, out, _ = cli("check", "bad.csv", "--format", "json")
    told = json.loads(out)
    assert code == 4
    assert not told["ok"]
    assert [(each["row"], each["column"]) for each in told["faults"]] == [(1, 8), (3, 4), (6, 29)]
    assert {each["status"] for each in told["checks"]} == {"PASS", "FAIL"}
    _, out, _ = cli("check", "table.csv", "--format", "json")
    told = json.loads(out)
    assert told["ok"]
    assert told["layout"] == "icio"
    assert max(each["size"] for each in told["checks"] if "add up" in each["check"]) < 1e-12


def test_markdown_is_a_table(cli: Run) -> None:
    _, out, _ = cli("check", "table.csv", "--format", "md")
    assert "| status | check |" in out
    assert "| PASS | rows add up to output |" in out


def test_import_writes_what_is_read_back(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "theta.csv").write_text("sector,theta\nA01_02,3\nC10T12,4\nD35,5\n")
    code, out, err = cli("import", "table.csv", "-o", "data", "--theta", "theta.csv")
    assert (code, out) == (0, "")
    assert err.endswith("wrote data: 3 regions, 3 sectors\n")
    found = World.from_csv(tmp_path / "data")
    same(world(0), found)
    np.testing.assert_array_equal(found.trade_elasticity, [3.0, 4.0, 5.0])
    readme = (tmp_path / "data" / "README.md").read_text(encoding="utf-8")
    for fact in ("table.csv", "sha256", "theta.csv", "taxes less subsidies"):
        assert fact in readme
    assert cli("check", "data")[0] == 0


def test_import_with_maps(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("code,group\nAUS,A\nCAN,B\nROW,A\n")
    (tmp_path / "s.csv").write_text("code,group,table\nA01_02,X,farm\nC10T12,X,farm\nD35,Y,none\n")
    code, _, _ = cli(
        *("import", "table.csv", "-o", "data", "--theta", "4"),
        *("--regions", "r.csv", "--sectors", "s.csv"),
    )
    assert code == 0
    found = World.from_csv(tmp_path / "data")
    assert (found.regions, found.sectors) == (("A", "B"), ("X", "Y"))
    assert found.tables == ("farm", "none")
    np.testing.assert_allclose(found.flows.sum(), world(0).flows.sum())


def test_import_does_not_overwrite_unasked(cli: Run, tmp_path: Path) -> None:
    assert cli("import", "table.csv", "-o", "data", "--theta", "4")[0] == 0
    before = (tmp_path / "data" / "sectors.csv").read_bytes()
    code, _, err = cli("import", "table.csv", "-o", "data", "--theta", "5")
    assert code == 2
    assert "--force" in err
    assert (tmp_path / "data" / "sectors.csv").read_bytes() == before
    assert cli("import", "table.csv", "-o", "data", "--theta", "5", "--force")[0] == 0
    assert World.from_csv(tmp_path / "data").trade_elasticity[0] == 5.0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("check", "nowhere.csv"), 4, "does not exist"),
        (("check", "table.csv", "--layout", "icoi"), 2, "did you mean 'icio'"),
        (("check", "table.csv", "--format", "xml"), 2, "format 'xml' is unknown"),
        (("check", "table.csv", "--column", "origin"), 2, "names nothing"),
        (("check", "table.csv", "--merge", "CN1"), 2, "names nothing"),
        (("check", "table.csv", "--tolerance", "2"), 2, "tolerance"),
        (("check", "bad.csv", "--layout", "tidy"), 4, "no column origin"),
        (("import", "table.csv", "-o", "data"), 4, "without trade elasticities"),
        (("import", "table.csv", "-o", "data", "--theta", "0"), 2, "above 0"),
        (("import", "table.csv", "-o", "data", "--theta", "none.csv"), 4, "does not exist"),
        (("import", "table.csv", "-o", "a/b", "--theta", "4"), 2, "is missing"),
        (("import", "table.csv", "-o", "table.csv", "--theta", "4"), 2, "is a file"),
        (("import", "bad.csv", "-o", "data", "--theta", "4"), 4, "and 2 more"),
        (
            ("import", "table.csv", "-o", "data", "--theta", "4", "--inventories", "kept"),
            2,
            "choose from net",
        ),
        (("show", "tariff_standoff"), 4, "no folder of trade data"),
        (("show", "no_such_model"), 2, "no_such_model"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    cli: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    layouts.save(tmp_path / "bad.csv", broken())
    before = sorted(tmp_path.rglob("*"))
    got, out, err = cli(*arguments)
    assert (got, out) == (code, ""), err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert said in err
    assert sorted(tmp_path.rglob("*")) == before


def test_show_a_folder_and_a_model(cli: Run) -> None:
    assert cli("import", "table.csv", "-o", "data", "--theta", "4")[0] == 0
    code, out, _ = cli("show", "data", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert [each["region"] for each in told["regions"]] == ["AUS", "CAN", "ROW"]
    np.testing.assert_allclose(told["world"][0]["output"], world(0).output.sum())
    pairs = world(0).flows.sum(axis=(2, 3))
    np.testing.assert_allclose(told["regions"][1]["exports"], pairs[1].sum() - pairs[1, 1])
    code, out, _ = cli("show", "canada_us")
    assert code == 0
    assert "metals_energy" in out
    assert "metals-energy" not in out
