"""`negotiation data schedules`, and what `data check` says of tariffs out of line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from negotiation.catalogue import find
from negotiation.cli.console import run

Run = Callable[..., tuple[int, str, str]]
DATA = find("canada_us").path.parent / "data"
LATEST = "us_on_canada_2026-09-29"


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["data", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_the_codes_of_a_table_are_shown_with_what_they_stand_for(cli: Run) -> None:
    code, out, _ = cli("show", "canada_us")
    assert code == 0
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert any(row.startswith("STL ") and row.endswith(" Iron and steel") for row in rows)
    assert any(row.startswith("JKT ") and row.endswith(" Japan, Korea, Taiwan") for row in rows)


def test_the_list_has_every_schedule_with_its_means(cli: Run) -> None:
    code, out, err = cli("schedules")
    assert (code, err) == (0, "")
    with (DATA / "schedules" / "index.csv").open(encoding="utf-8") as file:
        index = list(csv.DictReader(file))
    line = next(each for each in out.splitlines() if each.startswith(LATEST))
    assert line.split()[1:3] == ["2026-09-29", "in_force"]
    assert line.split()[-1] == "8.84"
    assert float(line.split()[3]) == pytest.approx(8.84, abs=0.8)
    assert float(line.split()[4]) == pytest.approx(11.38, abs=0.8)
    assert f"{LATEST}: import duty, as 2026-09-15 plus import bans" in out
    for heading in ("USA on CAN", "CAN on USA", "USA on MEX", "USA on EU27"):
        assert heading in out.splitlines()
    _, out, _ = cli("schedules", "--format", "json")
    told = json.loads(out)["schedules"]
    assert [each["name"] for each in told] == [row["schedule"] for row in index]
    for each, row in zip(told, index, strict=True):
        assert (each["imposer"], each["target"]) == (row["imposer"], row["target"])
        assert (each["status"], each["legal_basis"]) == (row["status"], row["legal_basis"])
        beside = row["mean_rate_pct_goods_excluding_ban_parts"] or row["mean_rate_pct_goods"]
        assert 100 * each["mean_rate_of_source"] == pytest.approx(float(beside))


def test_one_schedule_is_told_by_sector_with_its_parts(cli: Run) -> None:
    code, out, _ = cli("schedules", LATEST)
    assert code == 0
    assert "import duty of USA on CAN from 2026-09-29, in_force" in out
    agriculture = next(each for each in out.splitlines() if each.startswith("AGF"))
    assert agriculture.split() == ["AGF", "both", "1.34", "import_ban", "1.94", "ban"]
    assert "inferred" in out
    _, out, _ = cli("schedules", LATEST, "--format", "json")
    told = json.loads(out)
    cells = {(each["sector"], each["use"]): each for each in told["sectors"]}
    assert len(cells) == 15  # vehicles and parts are told apart, services are left out
    assert 100 * cells["MVH", "intermediate"]["mean_rate"] == pytest.approx(8.98, abs=5e-3)
    for each in cells.values():
        assert sum(part["share"] for part in each["parts"]) == pytest.approx(1.0)
    assert [p["rate"] for p in cells["AGF", "both"]["parts"] if p["ban"]] == [9.99]
    _, out, _ = cli("schedules", LATEST, "--format", "md")
    assert out.startswith(f"# Schedule {LATEST}\n")


def test_a_file_of_ones_own(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("sector,rate,share\nSTL,0.5,0.2\n", encoding="utf-8")
    code, out, _ = cli("schedules", "own.csv", "--imposer", "CAN", "--target", "USA")
    assert code == 0
    steel = next(each for each in out.splitlines() if each.startswith("STL"))
    assert steel.split() == ["STL", "both", "10.00", "own", "20.00", "50.00"]
    code, _, err = cli("schedules", "own.csv")
    assert code == 2
    assert "schedule own has no imposer; say which region (--imposer" in err
    (tmp_path / "own.csv").write_text("sector,rate\nSTL,25\n", encoding="utf-8")
    code, _, err = cli("schedules", "own.csv")
    assert code == 4
    assert "own.csv, row 2, column rate: 25 is 2,500 %" in err
    assert "did you mean 0.25?" in err


def test_what_is_not_there(cli: Run) -> None:
    code, _, err = cli("schedules", "us_on_canada_2026-09-28")
    assert code == 2
    assert "no schedule is called 'us_on_canada_2026-09-28' (did you mean" in err
    code, _, err = cli("schedules", "--of", "tariff_standoff")
    assert code == 4
    assert "tariff_standoff has no folder of trade data" in err


# --- tariffs out of line --------------------------------------------------------------------------


def folder(tmp_path: Path, rates: dict[str, str]) -> str:
    """Copy the model's table with other US tariffs on agri-food, by origin."""
    place = tmp_path / "table"
    place.mkdir(exist_ok=True)
    for name in ("regions.csv", "sectors.csv", "input_coefficients.csv"):
        (place / name).write_bytes((DATA / name).read_bytes())
    with (DATA / "flows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if (row["destination"], row["sector"]) == ("USA", "AGF") and row["origin"] != "USA":
            row["tariff"] = rates.get(row["origin"], "0.02")
    with (place / "flows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(place)


def test_a_tariff_out_of_line_is_a_warning_and_no_fault(cli: Run, tmp_path: Path) -> None:
    place = folder(tmp_path, {"EU27": "0.807", "CHN": "0.76", "JKT": "0.29"})
    code, out, err = cli("check", place)
    assert code == 0
    assert "no faults, " in err
    (warning,) = [each for each in out.splitlines() if each.startswith("warning: tariffs of USA")]
    assert "USA on AGF are out of line: 80.7 % from EU27 (2.0 % from the others, at" in warning
    assert "76.0 % from CHN" in warning
    assert "JKT" not in warning
    _, out, _ = cli("check", place, "--format", "json")
    told = json.loads(out)
    assert told["ok"]
    assert any("USA on AGF" in each for each in told["warnings"])


def test_tariffs_as_they_are_paid_warn_of_nothing(cli: Run, tmp_path: Path) -> None:
    for rates in ({"EU27": "0.028", "CHN": "0.171"}, dict.fromkeys(("EU27", "CHN"), "0.29")):
        _, out, _ = cli("check", folder(tmp_path, rates))
        assert "tariffs of USA on AGF" not in out


def test_one_high_tariff_of_all_origins_is_a_policy(cli: Run, tmp_path: Path) -> None:
    origins = ("CAN", "MEX", "EU27", "GBR", "CHN", "JKT", "OAS", "ROW")
    _, out, _ = cli("check", folder(tmp_path, dict.fromkeys(origins, "0.8")))
    assert "tariffs of USA on AGF" not in out
