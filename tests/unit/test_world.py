"""`World`: what loads balances, and what is broken is refused with file, row, column and size."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from negotiation.catalogue import find
from negotiation.errors import DataError, ParameterError
from negotiation.trade import FINAL, INTERMEDIATE, World

Array = NDArray[np.float64]

DATA = find("canada_us").path.parent / "data"
FLOWS, INPUTS, REGIONS, SECTORS = (
    f"{name}.csv" for name in ("flows", "input_coefficients", "regions", "sectors")
)

Lines = list[list[str]]


def read(path: Path) -> Lines:
    """Cells of a CSV file; line number n is index n - 1."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write(path: Path, lines: Lines) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)


@pytest.fixture(scope="module")
def shipped() -> World:
    return World.from_csv(DATA)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped data, to be broken."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def put(folder: Path, file: str, row: int, column: str, value: str) -> None:
    """Overwrite one cell; `row` counts lines of the file, the header is row 1."""
    lines = read(folder / file)
    lines[row - 1][lines[0].index(column)] = value
    write(folder / file, lines)


def row_of(folder: Path, file: str, *codes: str) -> int:
    """Line number of the row that starts with these codes."""
    lines = read(folder / file)
    return 1 + next(at for at, cells in enumerate(lines) if cells[: len(codes)] == list(codes))


def refused(folder: Path, *parts: str) -> str:
    """The message of the error, which must hold all the parts."""
    with pytest.raises(DataError) as caught:
        World.from_csv(folder)
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert "\n" not in message
    return message


# --- the shipped data ---------------------------------------------------------------------------


def test_the_cells_of_the_files_stand_where_they_belong(shipped: World) -> None:
    rows = read(DATA / FLOWS)[1:]
    assert len(rows) == 9 * 9 * 16
    for sector, origin, destination, intermediate, final, tariff in rows:
        at = shipped.region(origin), shipped.region(destination), shipped.sector(sector)
        assert_array_equal(shipped.flows[at], [float(intermediate), float(final)])
        assert_array_equal(shipped.tariff[at], float(tariff))
    # Coefficients are rescaled by region and input alone: the same factor for every user.
    given = np.zeros(shipped.input_share.shape)
    for region, user, bought, value in read(DATA / INPUTS)[1:]:
        given[shipped.region(region), shipped.sector(bought), shipped.sector(user)] = float(value)
    factor = shipped.input_share.sum(axis=2) / given.sum(axis=2)
    assert_allclose(shipped.input_share, given * factor[..., None], rtol=1e-13)
    # Tariffs of a few per cent, and coefficients good to six digits, are all they absorb.
    assert factor.min() > 1.0 - 5e-6
    assert factor.max() < 1.05
    lines = read(DATA / SECTORS)
    theta = lines[0].index("theta_central")
    assert_array_equal(shipped.trade_elasticity, [float(row[theta]) for row in lines[1:]])
    assert shipped.tables == tuple(row[3] for row in lines[1:])
    assert shipped.sector_names == tuple(row[1] for row in lines[1:])
    assert shipped.region_names == tuple(row[1] for row in read(DATA / REGIONS)[1:])
    assert shipped.source == str(DATA)


def assert_balanced(world: World) -> None:
    """All accounting identities of a baseline; only the rounding of sums is left, 1e-12."""
    n, s = len(world.regions), len(world.sectors)
    imports, exports = world.flows.sum(axis=(0, 2, 3)), world.flows.sum(axis=(1, 2, 3))
    paid = world.flows * (1.0 + world.tariff)
    gross = paid[..., INTERMEDIATE].sum(axis=0)
    final = paid[..., FINAL].sum(axis=0)
    revenue = (world.flows * world.tariff).sum(axis=(0, 2, 3))
    output = world.flows.sum(axis=(1, 3))
    value_added = (world.value_added_share * output).sum(axis=1)
    for actual, expected in (
        (world.output, output),
        (world.value_added, value_added),
        (world.tariff_revenue, revenue),
        (world.income, final.sum(axis=1)),
        (value_added + revenue + imports - exports, final.sum(axis=1)),
        (world.spending, np.stack([gross, final], axis=-1)),
        (np.einsum("nks,ns->nk", world.input_share, output), gross),
    ):
        assert_allclose(actual, expected, rtol=1e-12, atol=1e-12 * output.max())
    assert_allclose(world.transfer, imports - exports, rtol=0, atol=1e-12 * output.max())
    assert_allclose(world.transfer.sum(), 0.0, rtol=0, atol=1e-12 * output.max())
    assert_allclose(world.value_added_share + world.input_share.sum(axis=1), 1.0, rtol=1e-12)
    assert_allclose(world.share.sum(axis=0), np.ones((n, s, 2)), rtol=1e-12)
    assert_allclose(world.final_share.sum(axis=1), 1.0, rtol=1e-12)
    assert (world.value_added_share > 0.0).all()


def test_identities_hold_in_the_shipped_world(shipped: World) -> None:
    assert_balanced(shipped)
    assert shipped.linked
    assert (shipped.tariff > 0.0).any()


def test_value_added_of_the_file_less_tariffs_on_inputs(shipped: World) -> None:
    """`regions.csv` counts inputs without tariffs; what users pay on top comes out of wages."""
    lines = read(DATA / REGIONS)
    given = np.array([float(row[lines[0].index("value_added_usd_m")]) for row in lines[1:]])
    on_inputs = (shipped.flows * shipped.tariff)[..., INTERMEDIATE].sum(axis=(0, 2))
    # The file is rounded to 0.1, inputs balance to 5e-6 before rescaling, most of them at home.
    assert_allclose(shipped.value_added + on_inputs, given, rtol=1e-6)
    final = np.array([float(row[lines[0].index("final_expenditure_usd_m")]) for row in lines[1:]])
    on_final = (shipped.flows * shipped.tariff)[..., FINAL].sum(axis=(0, 2))
    assert_allclose(shipped.income - on_final, final, rtol=0, atol=0.051)


def test_arrays_are_read_only(shipped: World) -> None:
    arrays = (
        shipped.flows,
        shipped.tariff,
        shipped.trade_elasticity,
        shipped.value_added_share,
        shipped.input_share,
        shipped.elasticity_sets["low"],
    )
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_elasticity_sets(shipped: World) -> None:
    lines = read(DATA / SECTORS)
    names = [name.removeprefix("theta_") for name in lines[0] if name.startswith("theta_")]
    assert tuple(shipped.elasticity_sets) == tuple(names)
    for name in names:
        column = [float(row[lines[0].index(f"theta_{name}")]) for row in lines[1:]]
        other = shipped.with_elasticities(name)
        assert_array_equal(other.trade_elasticity, column)
        assert_array_equal(other.flows, shipped.flows)
    low = World.from_csv(DATA, "low")
    assert_array_equal(low.trade_elasticity, shipped.elasticity_sets["low"])
    with pytest.raises(ParameterError, match=r"elasticities 'centrall' .*'central'"):
        shipped.with_elasticities("centrall")
    with pytest.raises(DataError, match=r"sectors\.csv, row 1: column 'theta_hihg' is missing"):
        World.from_csv(DATA, "hihg")


def test_codes_are_looked_up_with_a_suggestion(shipped: World) -> None:
    assert shipped.regions[shipped.region("USA")] == "USA"
    assert shipped.sectors[shipped.sector("MVH")] == "MVH"
    with pytest.raises(ParameterError, match=r"region 'EU28' is not in the data.*mean 'EU27'"):
        shipped.region("EU28")
    with pytest.raises(ParameterError, match="sector 'MVX' is not in the data"):
        shipped.sector("MVX")


def test_arrays_of_a_world_make_the_same_world(shipped: World) -> None:
    again = World.from_arrays(
        regions=shipped.regions,
        sectors=shipped.sectors,
        flows=shipped.flows,
        tariff=shipped.tariff,
        trade_elasticity=shipped.trade_elasticity,
        value_added_share=shipped.value_added_share,
        input_share=shipped.input_share,
        tables=shipped.tables,
    )
    assert_array_equal(again.flows, shipped.flows)
    # Shares that balance already are rescaled by 1 to rounding.
    assert_allclose(again.input_share, shipped.input_share, rtol=1e-13)
    assert_allclose(again.value_added_share, shipped.value_added_share, rtol=1e-12)
    assert_balanced(again)


def test_order_of_rows_spaces_and_blank_lines_do_not_matter(folder: Path, shipped: World) -> None:
    for file in (FLOWS, INPUTS):
        lines = read(folder / file)
        padded = [[f" {cell} " for cell in row] for row in lines[:0:-1]]
        write(folder / file, [lines[0], padded[0], [], *padded[1:], [""]])
    text = (folder / REGIONS).read_text(encoding="utf-8")
    (folder / REGIONS).write_text(text, encoding="utf-8-sig")  # as a spreadsheet saves it
    again = World.from_csv(folder)
    assert again.regions == shipped.regions
    assert_array_equal(again.flows, shipped.flows)
    assert_array_equal(again.tariff, shipped.tariff)
    assert_allclose(again.input_share, shipped.input_share, rtol=1e-13)


# --- broken files -------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [FLOWS, INPUTS, REGIONS, SECTORS])
def test_a_missing_file(folder: Path, file: str) -> None:
    (folder / file).unlink()
    refused(folder, f"{folder / file} does not exist")


def test_a_missing_folder(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", f"{tmp_path / 'nowhere'} is not a folder", "flows.csv")
    file = tmp_path / "file"
    file.write_text("")
    refused(file, "is not a folder")


@pytest.mark.parametrize(
    ("file", "column"),
    [(FLOWS, "tariff"), (INPUTS, "coefficient"), (REGIONS, "region"), (SECTORS, "sector")],
)
def test_an_empty_file(folder: Path, file: str, column: str) -> None:
    (folder / file).write_bytes(b"")
    refused(folder, f"{folder / file} is empty", column)


@pytest.mark.parametrize("file", [FLOWS, INPUTS, REGIONS, SECTORS])
def test_a_header_without_rows(folder: Path, file: str) -> None:
    write(folder / file, read(folder / file)[:1])
    refused(folder, ".csv")


@pytest.mark.parametrize(
    ("file", "column", "typed"),
    [
        (FLOWS, "tariff", "tarif"),
        (FLOWS, "intermediate_usd_m", "intermediate_usd"),
        (INPUTS, "using_sector", "using_sectors"),
        (REGIONS, "value_added_usd_m", "value_added"),
        (SECTORS, "theta_central", "theta_centre"),
    ],
)
def test_a_missing_column(folder: Path, file: str, column: str, typed: str) -> None:
    put(folder, file, 1, column, typed)
    refused(
        folder, f"{folder / file}, row 1: column '{column}' is missing", f"did you mean '{typed}'"
    )


def test_a_missing_column_that_resembles_nothing(folder: Path) -> None:
    put(folder, FLOWS, 1, "tariff", "xyz")
    message = refused(folder, "column 'tariff' is missing", "found sector, origin")
    assert "did you mean" not in message


@pytest.mark.parametrize(
    ("file", "column", "position", "expected"),
    [
        (FLOWS, "sector", 0, "81, one for every origin x destination"),
        (INPUTS, "using_sector", 1, "144, one for every region x input_sector"),
        (INPUTS, "input_sector", 2, "144, one for every region x using_sector"),
    ],
)
def test_a_missing_sector(
    folder: Path, file: str, column: str, position: int, expected: str
) -> None:
    lines = read(folder / file)
    write(folder / file, [row for row in lines if row[position] != "MVH"])
    refused(folder, f"{folder / file}, column {column}: MVH has no rows", expected)


def test_a_region_that_only_the_regions_have(folder: Path) -> None:
    lines = read(folder / REGIONS)
    lines.append(["AUS", "Australia", "AUS", "1", "1"])
    write(folder / REGIONS, lines)
    refused(folder, f"{folder / FLOWS}, column origin: AUS has no rows; expected 160")


@pytest.mark.parametrize(
    ("file", "codes", "named"),
    [
        (FLOWS, ("MVH", "CAN", "USA"), ("origin CAN", "destination USA", "sector MVH", "1296")),
        (
            INPUTS,
            ("USA", "MVH", "STL"),
            ("region USA", "using_sector MVH", "input_sector STL", "2304"),
        ),
    ],
)
def test_a_missing_row(
    folder: Path, file: str, codes: tuple[str, ...], named: tuple[str, ...]
) -> None:
    lines = read(folder / file)
    del lines[row_of(folder, file, *codes) - 1]
    write(folder / file, lines)
    refused(folder, f"{folder / file}: no row for", *named[:-1], f"(1 of {named[-1]} comb")


@pytest.mark.parametrize(("file", "last"), [(FLOWS, 1298), (INPUTS, 2306)])
def test_a_duplicated_row(folder: Path, file: str, last: int) -> None:
    lines = read(folder / file)
    write(folder / file, [*lines, lines[4]])
    refused(folder, f"{folder / file}, row {last}, column ", "is already in row 5")


@pytest.mark.parametrize(
    ("file", "code"), [(REGIONS, "CAN"), (SECTORS, "AGF")], ids=["region", "sector"]
)
def test_a_code_that_stands_twice(folder: Path, file: str, code: str) -> None:
    put(folder, file, 4, file.removesuffix("s.csv"), code)
    refused(folder, f"{folder / file}, row 4, column", f"'{code}' is already in row 2")


def test_an_empty_code(folder: Path) -> None:
    put(folder, SECTORS, 6, "sector", " ")
    refused(folder, f"{folder / SECTORS}, row 6, column sector: is empty")


NUMBERS = [
    (FLOWS, "intermediate_usd_m"),
    (FLOWS, "final_usd_m"),
    (FLOWS, "tariff"),
    (INPUTS, "coefficient"),
    (SECTORS, "theta_central"),
    (REGIONS, "value_added_usd_m"),
]


@pytest.mark.parametrize(("file", "column"), NUMBERS)
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("many", "'many' is not a number"),
        ("", "'' is not a number"),
        ("1.5.2", "'1.5.2' is not a number"),
        ("nan", "nan is not a finite number"),
        ("inf", "inf is not a finite number"),
        ("1e999", "1e999 is not a finite number"),
    ],
)
def test_no_number(folder: Path, file: str, column: str, text: str, complaint: str) -> None:
    put(folder, file, 7, column, text)
    refused(folder, f"{folder / file}, row 7, column {column}: {complaint}")


@pytest.mark.parametrize(
    ("file", "column", "text", "complaint"),
    [
        (FLOWS, "intermediate_usd_m", "-5", "-5 is negative"),
        (FLOWS, "final_usd_m", "-0.001", "-0.001 is negative"),
        (FLOWS, "tariff", "-1", "-1 is not above -1"),
        (INPUTS, "coefficient", "-0.1", "-0.1 is negative"),
        (SECTORS, "theta_central", "0", "0 is not above 0"),
        (SECTORS, "theta_short_run", "-2", "-2 is not above 0"),
        (REGIONS, "value_added_usd_m", "0", "0 is not above 0"),
    ],
)
def test_a_number_out_of_range(
    folder: Path, file: str, column: str, text: str, complaint: str
) -> None:
    put(folder, file, 7, column, text)
    refused(folder, f"{folder / file}, row 7, column {column}: {complaint}")


@pytest.mark.parametrize(
    ("file", "column", "code", "suggestion"),
    [
        (FLOWS, "origin", "CANA", "CAN"),
        (FLOWS, "destination", "EU28", "EU27"),
        (FLOWS, "sector", "MVHX", "MVH"),
        (INPUTS, "region", "UKA", ""),
        (INPUTS, "input_sector", "SRVS", "SRV"),
    ],
)
def test_an_unknown_code(folder: Path, file: str, column: str, code: str, suggestion: str) -> None:
    put(folder, file, 9, column, code)
    message = refused(
        folder, f"{folder / file}, row 9, column {column}: '{code}' is not known", "expected one of"
    )
    if suggestion:
        assert f"did you mean '{suggestion}'" in message


def test_inputs_that_cost_more_than_they_make(folder: Path) -> None:
    first = row_of(folder, INPUTS, "MEX", "MCH")
    lines = read(folder / INPUTS)
    block = [float(row[3]) for row in lines[1:] if row[:2] == ["MEX", "MCH"]]
    put(folder, INPUTS, first, "coefficient", "0.95")
    message = refused(
        folder,
        f"{folder / INPUTS}, rows {first} to {first + 15}, column coefficient",
        "region MEX, using_sector MCH",
    )
    size = re.search(r"sum to ([0-9.]+); expected less than 1", message)
    assert size is not None
    assert float(size[1]) == pytest.approx(0.95 + sum(block[1:]), rel=1e-5)  # six digits printed


def test_inputs_that_do_not_buy_what_is_delivered(folder: Path, shipped: World) -> None:
    at = row_of(folder, INPUTS, "CAN", "MVH", "STL")
    was = float(read(folder / INPUTS)[at - 1][3])
    put(folder, INPUTS, at, "coefficient", str(was + 0.01))
    message = refused(
        folder, f"{folder / INPUTS}, column coefficient", "region CAN", "input_sector STL"
    )
    canada, autos, steel = shipped.region("CAN"), shipped.sector("MVH"), shipped.sector("STL")
    delivered = shipped.flows[:, canada, steel, INTERMEDIATE].sum()
    size = re.search(r"a relative gap of ([0-9.e+-]+)", message)
    assert size is not None
    # Two digits are printed.
    assert float(size[1]) == pytest.approx(
        0.01 * shipped.output[canada, autos] / delivered, rel=0.05
    )


def test_a_flow_that_was_changed(folder: Path) -> None:
    """Ten per cent more vehicles: the accounts of both regions no longer close."""
    at = row_of(folder, FLOWS, "MVH", "CAN", "USA")
    was = float(read(folder / FLOWS)[at - 1][4])
    put(folder, FLOWS, at, "final_usd_m", str(1.1 * was))
    refused(folder, "input_coefficients.csv", "region CAN", "flows.csv", "relative gap")


@pytest.mark.parametrize("column", ["value_added_usd_m", "final_expenditure_usd_m"])
def test_a_wrong_total(folder: Path, column: str) -> None:
    lines = read(folder / REGIONS)
    was = float(lines[2][lines[0].index(column)])
    put(folder, REGIONS, 3, column, f"{was * 1.002:.1f}")
    message = refused(folder, f"{folder / REGIONS}, row 3, column {column}", "flows.csv implies")
    size = re.search(r"a relative gap of ([0-9.e+-]+)", message)
    assert size is not None
    assert float(size[1]) == pytest.approx(0.002, rel=0.03)  # two digits are printed


@pytest.mark.parametrize("file", [FLOWS, INPUTS, REGIONS, SECTORS])
@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 8,
        b"\x00\x01\x02\x03" * 64,
        b"\x89PNG\r\n\x1a\n" + bytes(64),
        "sector\n".encode("utf-16"),
    ],
    ids=["all bytes", "nulls", "image", "utf-16"],
)
def test_binary_garbage(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    refused(folder, str(folder / file))


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / FLOWS).unlink()
    (folder / FLOWS).mkdir()
    refused(folder, f"{folder / FLOWS} cannot be read")


@pytest.mark.parametrize("file", [FLOWS, INPUTS, REGIONS, SECTORS])
@pytest.mark.parametrize("extra", [1, -1])
def test_too_many_or_too_few_cells(folder: Path, file: str, extra: int) -> None:
    lines = read(folder / file)
    width = len(lines[0])
    lines[5] = [*lines[5], "1"] if extra > 0 else lines[5][:-1]
    write(folder / file, lines)
    refused(folder, f"{folder / file}, row 6: {width + extra} cells where the header has {width}")


def test_a_column_that_stands_twice(folder: Path) -> None:
    """Which of the two counts would be a guess."""
    lines = read(folder / FLOWS)
    write(folder / FLOWS, [[*lines[0], "tariff"], *([*row, "0.5"] for row in lines[1:])])
    refused(folder, str(folder / FLOWS), "tariff")


def test_tariffs_that_leave_no_value_added(folder: Path) -> None:
    """Each file is fine by itself; the message still says whose data they are."""
    lines = read(folder / FLOWS)
    for row in lines[1:]:
        row[5] = "0.9"
    write(folder / FLOWS, lines)
    refused(folder, str(folder), "value added")


# --- from arrays --------------------------------------------------------------------------------


def parts(**changes: Any) -> dict[str, Any]:
    """Arguments of a world of two regions and two sectors, linked, with a tariff; balanced.

    Sector b buys a: 0.4 of its output at prices with tariffs.
    """
    tariff = np.zeros((2, 2, 2, 2))
    tariff[1, 0, 0] = 0.1
    final = np.array([[[4.0, 30.0], [2.0, 6.0]], [[1.0, 5.0], [8.0, 20.0]]])
    output_b = final.sum(axis=1)[:, 1]
    share = np.zeros((2, 2, 2))
    share[:, 0, 1] = 0.4
    inputs = np.zeros((2, 2, 2))  # region 0 buys 3/4 at home, region 1 all
    spent = 0.4 * output_b
    inputs[0, 0, 0], inputs[1, 0, 0] = 0.75 * spent[0], 0.25 * spent[0] / 1.1
    inputs[1, 1, 0] = spent[1]
    given: dict[str, Any] = {
        "regions": ["H", "F"],
        "sectors": ["a", "b"],
        "flows": np.stack([inputs, final], axis=-1),
        "tariff": tariff,
        "trade_elasticity": [4.0, 3.0],
        "input_share": share,
    }
    return given | changes


def edited(name: str, index: Any, value: float) -> dict[str, Any]:
    """The same with one entry of one array changed."""
    given = parts()
    array = np.array(given[name], dtype=float)
    array[index] = value
    return given | {name: array}


def test_from_arrays_balances() -> None:
    world = World.from_arrays(**parts())
    assert_balanced(world)
    assert world.linked
    assert_allclose(world.value_added_share, [[1.0, 0.6], [1.0, 0.6]], rtol=1e-12)
    assert_allclose(world.input_share, parts()["input_share"], rtol=1e-12)
    assert world.tariff_revenue[0] == pytest.approx(
        0.1 * (1.0 + parts()["flows"][1, 0, 0, INTERMEDIATE])
    )
    assert world.tariff_revenue[1] == 0.0
    assert world.transfer[0] == -world.transfer[1] != 0.0


def test_shares_may_count_inputs_without_tariffs() -> None:
    """Coefficients from a table at basic prices: the tariff comes out of value added."""
    flows = parts()["flows"]
    net = flows[:, 0, 0, INTERMEDIATE].sum() / flows[0, :, 1].sum()
    world = World.from_arrays(**edited("input_share", (0, 0, 1), net))
    assert net < 0.4
    assert_allclose(world.input_share[0, 0, 1], 0.4, rtol=1e-12)
    assert_balanced(world)


def test_value_added_shares_may_be_given() -> None:
    world = World.from_arrays(**parts(value_added_share=[[1.0, 0.6], [1.0, 0.6]]))
    assert_allclose(world.value_added_share, [[1.0, 0.6], [1.0, 0.6]], rtol=1e-12)


@pytest.mark.parametrize("axes", [3, 4])
def test_without_inputs_all_output_is_value_added(axes: int) -> None:
    """Three axes are sales for final use; so are four with nothing for intermediate use."""
    final = parts()["flows"][..., FINAL]
    flows = final if axes == 3 else np.stack([np.zeros_like(final), final], axis=-1)
    world = World.from_arrays(**parts(flows=flows, input_share=None))
    assert world.flows.shape == (2, 2, 2, 2)
    assert_array_equal(world.flows[..., FINAL], final)
    assert_array_equal(world.flows[..., INTERMEDIATE], 0.0)
    assert_array_equal(world.value_added_share, 1.0)
    assert not world.linked
    assert_balanced(world)


def test_scalars_broadcast() -> None:
    given = parts(flows=parts()["flows"][..., FINAL], input_share=None)
    world = World.from_arrays(**given | {"trade_elasticity": 4.0, "tariff": None})
    assert_array_equal(world.trade_elasticity, [4.0, 4.0])
    assert_array_equal(world.tariff, np.zeros((2, 2, 2, 2)))
    taxed = World.from_arrays(**given | {"tariff": 0.1, "value_added_share": 1.0})
    assert_array_equal(taxed.tariff, np.full((2, 2, 2, 2), 0.1))
    assert_balanced(taxed)


def test_the_arguments_are_copied() -> None:
    given = parts()
    world = World.from_arrays(**given)
    given["flows"][...] = 0.0
    assert world.flows.sum() > 0.0


REFUSALS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "flows of two axes": (
        lambda: parts(flows=np.ones((2, 2))),
        r"flows has shape \(2, 2\); expected \(2, 2, 2, 2\) or \(2, 2, 2\)",
    ),
    "flows of three regions": (
        lambda: parts(flows=np.ones((3, 3, 2, 2))),
        r"flows has shape \(3, 3, 2, 2\); .* 2 regions and 2 sectors",
    ),
    "tariff of three regions": (
        lambda: parts(tariff=np.zeros((3, 3, 2, 2))),
        r"tariff has shape \(3, 3, 2, 2\); expected \(2, 2, 2, 2\)",
    ),
    "three elasticities": (
        lambda: parts(trade_elasticity=[1.0, 2.0, 3.0]),
        r"trade_elasticity has shape \(3,\); expected \(2,\)",
    ),
    "input shares of three sectors": (
        lambda: parts(input_share=np.zeros((2, 3, 3))),
        r"input_share has shape \(2, 3, 3\); expected \(2, 2, 2\)",
    ),
    "value added of three sectors": (
        lambda: parts(value_added_share=np.ones((2, 3))),
        r"value_added_share has shape \(2, 3\); expected \(2, 2\)",
    ),
    "a negative flow": (
        lambda: edited("flows", (0, 1, 1, FINAL), -3.0),
        "flows at origin H, destination F, sector b, use final is -3; expected at least 0",
    ),
    "a flow that is nan": (
        lambda: edited("flows", (1, 0, 0, INTERMEDIATE), np.nan),
        "flows at origin F, destination H, sector a, use intermediate is nan; expected a finite",
    ),
    "a flow that is infinite": (
        lambda: edited("flows", (0, 0, 0, FINAL), np.inf),
        "flows at origin H, destination H, sector a, use final is inf; expected a finite",
    ),
    "a subsidy of 100 %": (
        lambda: edited("tariff", (1, 0, 1, FINAL), -1.0),
        "tariff at origin F, destination H, sector b, use final is -1; expected more than -1",
    ),
    "a tariff that is nan": (
        lambda: edited("tariff", (1, 0, 1, FINAL), np.nan),
        "tariff at origin F, destination H, sector b, use final is nan",
    ),
    "an elasticity of zero": (
        lambda: edited("trade_elasticity", 1, 0.0),
        "trade_elasticity at sector b is 0; expected more than 0",
    ),
    "a negative elasticity": (
        lambda: parts(trade_elasticity=-2.0),
        "trade_elasticity at sector a is -2; expected more than 0",
    ),
    "a negative input share": (
        lambda: edited("input_share", (1, 1, 0), -0.1),
        "input_share at region F, input b, sector a is -0.1; expected at least 0",
    ),
    "shares that do not sum to one": (
        lambda: parts(value_added_share=[[1.0, 0.6], [0.9, 0.6]]),
        "value added and input shares of region F, sector a sum to 0.9; expected 1 to within 1e-06",
    ),
    "a value added of zero": (
        lambda: parts(value_added_share=[[1.0, 0.6], [0.0, 0.6]]),
        "value_added_share at region F, sector a is 0; expected more than 0",
    ),
    "inputs that nobody uses": (
        lambda: parts(input_share=None),
        "flows has intermediate purchases .*region H, sector a.* no input_share",
    ),
    "inputs that nobody delivers": (
        lambda: edited("input_share", (0, 1, 0), 0.2),
        "input shares of region H, input b buy .* deliveries are 0 net .* gap of 1.0e",
    ),
    "inputs out of balance": (
        lambda: edited("input_share", (1, 0, 1), 0.5),
        "input shares of region F, input a buy 12.5, but intermediate deliveries are 10 net",
    ),
    "inputs of all output": (
        lambda: parts(input_share=[[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.4], [0.0, 0.0]]]),
        "region H",
    ),
    "two regions of one name": (
        lambda: parts(regions=["H", "H"]),
        "regions has 'H' twice; every code must be unique",
    ),
    "two sectors of one name": (
        lambda: parts(sectors=["a", "a"]),
        "sectors has 'a' twice; every code must be unique",
    ),
    "a region that buys nothing": (
        lambda: parts(flows=[[[3.0, 1.0], [0.0, 0.0]], [[1.0, 2.0], [0.0, 0.0]]], input_share=None),
        "F",
    ),
    "a region that makes nothing": (
        lambda: parts(flows=[[[3.0, 1.0], [1.0, 2.0]], [[0.0, 0.0], [0.0, 0.0]]], input_share=None),
        "F",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_from_arrays_refuses(case: str) -> None:
    build, message = REFUSALS[case]
    with pytest.raises(DataError, match=message):
        World.from_arrays(**build())
