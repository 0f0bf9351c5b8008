"""W23 and B23: columns that say the same twice, and what separates cells in every CSV file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from negotiation import check_trade, read_trade
from negotiation.errors import DataError
from negotiation.trade import Table, World

DATA = Path(__file__).parents[2] / "models" / "canada_us" / "data"
FLOWS = "A,A,x,100,{0}\nA,B,x,10,{1}\nB,A,x,10,{1}\nB,B,x,100,{0}\n"


def tidy(folder: Path, header: str, home: str = "40", abroad: str = "4") -> Path:
    path = folder / "t.csv"
    path.write_text(f"origin,destination,sector,{header}\n" + FLOWS.format(home, abroad))
    return path


# --- W23 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("value,final", "columns value and final both hold sales"),
        ("value,intermediate", "columns value and intermediate both hold sales"),
        ("final,value", "columns value and final both hold sales"),
        ("value,Value", "columns value and Value differ in case"),
        ("value,VALUE ", "columns value and VALUE differ in case"),
        ("value,value", "column value occurs twice"),
        ("value,Tariff", "column Tariff is not read; expected it to be called tariff"),
        ("value,USE", "column USE is not read"),
    ],
)
def test_w23_a_column_that_says_the_same_twice_is_refused(
    tmp_path: Path, header: str, told: str
) -> None:
    path = tidy(tmp_path, header)
    for read in (check_trade, lambda each: read_trade(each, theta=4.0)):
        with pytest.raises(DataError, match=told):
            read(path)


def test_w23_all_three_together_and_use_beside_columns_by_use(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for header, told in (
        ("value,intermediate,final", "value and intermediate and final both hold sales"),
        ("use,intermediate,final", "column use says which use"),
        ("final,intermediate,final_usd_m", "columns final and final_usd_m hold the same"),
        ("value,tariff,Tariff", "columns tariff and Tariff differ in case"),
    ):
        path.write_text(f"origin,destination,sector,{header}\nA,A,x,1,1,1\n")
        with pytest.raises(DataError, match=told):
            check_trade(path)


def test_w23_a_column_that_is_named_is_meant(tmp_path: Path) -> None:
    path = tidy(tmp_path, "value,final")
    world = read_trade(path, theta=4.0, columns={"value": "value"})
    assert world.flows[0, 0, 0, 1] == 100.0


def test_w23_one_elasticity_a_sector(tmp_path: Path) -> None:
    path = tidy(tmp_path, "value,note")
    theta = tmp_path / "theta.csv"
    theta.write_text("sector,theta,theta_central\nx,4,5\n")
    with pytest.raises(DataError, match="columns theta and theta_central hold the same"):
        read_trade(path, theta=theta)


@pytest.mark.parametrize("header", ["code,group,Group", "code,group,code ", "code,group,Name"])
def test_w23_maps(tmp_path: Path, header: str) -> None:
    regions = tmp_path / "regions.csv"
    regions.write_text(f"{header}\nA,A,A\nB,B,B\n")
    with pytest.raises(DataError, match=r"differ in case|stands twice|occurs twice|is not read"):
        read_trade(tidy(tmp_path, "value,note"), theta=4.0, regions=regions)


def test_w23_a_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(DATA, tmp_path / "data")
    lines = (folder / "flows.csv").read_text().splitlines()
    lines = [f"{lines[0]},Tariff", *(f"{line},0.5" for line in lines[1:])]
    (folder / "flows.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match="columns tariff and Tariff differ"):
        World.from_csv(folder)
    with pytest.raises(DataError, match="columns tariff and Tariff differ"):
        check_trade(folder)


# --- B23 ------------------------------------------------------------------------------------------


def separated(path: Path, by: str) -> None:
    """Write a file anew, separated otherwise; no cell of these holds a separator."""
    path.write_text(path.read_text().replace(",", by))


@pytest.mark.parametrize("by", [";", "\t"])
def test_b23_every_file_of_an_import(tmp_path: Path, by: str) -> None:
    files = {
        "flows": "origin,destination,sector,value,use\n"
        "A,A,x,100,final\nA,B,x,10,final\nB,A,x,10,final\nB,B,x,100,final\n"
        "A,A,x,50,intermediate\nB,B,x,50,intermediate\n",
        "coefficients": "region,using_sector,input_sector,coefficient\n"
        "A,x,x,0.3125\nB,x,x,0.3125\n",
        "regions": "code,group,name\nA,North,Far north\nB,South,\n",
        "sectors": "code,group,table\nx,goods,cars\n",
        "theta": "sector,theta\nx,4\n",
        "tariffs": "origin,destination,sector,tariff\nA,B,x,0.1\n",
    }
    worlds = []
    for each in (",", by):
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text.replace(",", each))
        given = {name: tmp_path / f"{name}.csv" for name in files if name != "flows"}
        worlds.append(read_trade(tmp_path / "flows.csv", **given))  # type: ignore[arg-type]
    before, after = worlds
    assert after.regions == ("North", "South")
    assert after.region_names == before.region_names
    np.testing.assert_array_equal(after.flows, before.flows)
    np.testing.assert_array_equal(after.tariff, before.tariff)


@pytest.mark.parametrize("by", [";", "\t"])
def test_b23_a_folder(tmp_path: Path, by: str) -> None:
    path = tidy(tmp_path, "value,tariff", "0", "0.1")
    from negotiation.trade.data.read import Reader, import_trade
    from negotiation.trade.data.write import write_folder

    folder = tmp_path / "data"
    before = write_folder(import_trade(path, Reader(), theta=4.0), folder)
    for file in folder.glob("*.csv"):
        separated(file, by)
    np.testing.assert_array_equal(World.from_csv(folder).flows, before.flows)
    assert check_trade(folder).ok


def test_b23_a_separator_within_quotes_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('"a, b, c, d";e\n1;2\n')
    assert [row.cells for row in Table(path, ("e",)).rows()] == [{"a, b, c, d": "1", "e": "2"}]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("0,125", "write a decimal point, as in 0.125"),
        ("12,5", "write a decimal point, as in 12.5"),
        ("1.234,5", "write a decimal point, as in 1234.5"),
        ("1,234", "write a decimal point and no thousands separators, 1.234 or 1234"),
        ("1 234", "without thousands separators"),
    ],
)
def test_b23_decimal_commas(tmp_path: Path, cell: str, told: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"origin;destination;sector;value\nA;A;x;{cell}\n")
    assert any(told in each.sentence for each in check_trade(path).faults)

    path.write_text(f"sector;theta\nx;{cell}\n")
    row: Callable[..., float] = next(Table(path, ("theta",)).rows()).number_in
    with pytest.raises(DataError, match=told):
        row("theta")
