"""Trade data of every layout: what is read back, what is refused, and where the fault is."""

from __future__ import annotations

import copy
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.subjects.worlds import build
from negotiation.errors import DataError, NegotiationError, OutputError, ParameterError
from negotiation.trade import World
from negotiation.trade.data.read import Reader, Report, check_trade, import_trade, read_trade
from negotiation.trade.data.table import Grouping, TradeTable, aggregate, read_map
from negotiation.trade.data.write import write_folder
from tests.drawn import examples
from tests.unit import trade_layouts as layouts

REGIONS = ("AUS", "CAN", "ROW", "USA")
SECTORS = ("A01_02", "C10T12", "D35", "M")
Rows = list[list[str]]


def world(seed: int, *, n: int = 3, s: int = 3, zeros: bool = False, tariff: str = "no") -> World:
    """A balanced world; tariffs: none, `one` rate for both uses, or `by_use`."""
    economy = build(seed, n=n, s=s, linked=True, taxed=tariff == "by_use", zeros=zeros)
    rate = economy.tariff
    if tariff == "one":
        draw = np.random.default_rng(seed)
        rate = draw.uniform(0.0, 0.3, (n, n, s, 1)) * ~np.eye(n, dtype=bool)[..., None, None]
    return World.from_arrays(
        regions=REGIONS[:n],
        sectors=SECTORS[:s],
        flows=economy.flows,
        tariff=rate,
        trade_elasticity=economy.trade_elasticity,
        input_share=economy.input_share,
    )


def same(one: World, other: World, rtol: float = 1e-9) -> None:
    """Equal but for the technology of industries that make nothing, which no table shows."""
    assert one.regions == other.regions
    assert one.sectors == other.sectors
    made = one.output > 0.0
    pairs: list[tuple[Any, Any]] = [
        (one.flows, other.flows),
        (one.tariff, other.tariff),
        (one.input_share * made[:, None, :], other.input_share * made[:, None, :]),
        (one.value_added_share * made, other.value_added_share * made),
    ]
    for a, b in pairs:
        np.testing.assert_allclose(b, a, rtol=rtol, atol=1e-12)


def write(tmp_path: Path, layout: str, of: World) -> tuple[Path, dict[str, Any]]:
    """Write a world in a layout; return the file and what else its reader needs."""
    path = tmp_path / f"{layout}.csv"
    icio = layouts.Square(of, layouts.FINAL_ICIO)
    wiod = layouts.Square(of, layouts.FINAL_WIOD)
    inputs = layouts.save(tmp_path / "inputs.csv", layouts.coefficients(of))
    kinds: dict[str, tuple[Rows, dict[str, Any]]] = {
        "icio": (layouts.icio(icio), {}),
        "wiod_flat": (layouts.wiod_flat(wiod), {}),
        "wiod_stacked": (layouts.wiod_stacked(wiod), {}),
        "tidy": (layouts.tidy(of), {"coefficients": inputs}),
        "tidy_by_use": (layouts.tidy_by_use(of), {"coefficients": inputs}),
        "tidy_by_user": (layouts.tidy_by_user(icio), {}),
    }
    rows, needed = kinds[layout]
    return layouts.save(path, rows), needed


ALL = ("icio", "wiod_flat", "wiod_stacked", "tidy", "tidy_by_use", "tidy_by_user")


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ALL)
@pytest.mark.parametrize("zeros", [False, True])
def test_what_is_written_in_a_layout_is_read_back(tmp_path: Path, layout: str, zeros: bool) -> None:
    for seed in range(3):
        economy = world(seed, n=2 + seed, s=4 - seed, zeros=zeros)
        path, needed = write(tmp_path, layout, economy)
        found = check_trade(path, **needed)
        assert found.ok, [fault.sentence for fault in found.faults]
        assert layout.startswith(found.layout)
        assert all(check.passed for check in found.checks), found.checks
        same(economy, read_trade(path, theta=4.0, **needed))


def test_tariffs_by_use_survive_a_tidy_file(tmp_path: Path) -> None:
    economy = world(5, tariff="by_use")
    path, needed = write(tmp_path, "tidy_by_use", economy)
    same(economy, read_trade(path, theta=4.0, **needed))


def test_tariffs_of_a_file_are_added_to_a_square_table(tmp_path: Path) -> None:
    economy = world(6, tariff="one")
    path, _ = write(tmp_path, "icio", economy)
    rows = [["origin", "destination", "sector", "tariff"]]
    rows += [
        [REGIONS[i], REGIONS[n], SECTORS[s], repr(float(economy.tariff[i, n, s, 0]))]
        for i, n, s in np.ndindex(3, 3, 3)
        if economy.tariff[i, n, s, 0] > 0.0
    ]
    tariffs = layouts.save(tmp_path / "tariffs.csv", rows)
    same(economy, read_trade(path, theta=4.0, tariffs=tariffs))


def test_a_tariff_that_differs_by_using_sector_is_weighted_with_sales(tmp_path: Path) -> None:
    economy = world(1)
    square = layouts.Square(economy, layouts.FINAL_ICIO)
    draw = np.random.default_rng(0)
    rates = draw.uniform(0.0, 0.3, (3, 3, 3, 4))  # origin, sector, destination, user or final
    rows = layouts.tidy_by_user(square)
    rows[0].append("tariff")
    for row in rows[1:]:
        i, n, k = REGIONS.index(row[0]), REGIONS.index(row[1]), SECTORS.index(row[2])
        user = 3 if row[3] == "final" else SECTORS.index(row[3])
        row.append(repr(float(rates[i, k, n, user])))
    found = read_trade(layouts.save(tmp_path / "user.csv", rows), theta=4.0)
    duty = (square.between * rates[..., :3]).sum(axis=3)
    paid = (found.flows * found.tariff)[..., 0]
    np.testing.assert_allclose(paid, duty.swapaxes(1, 2), rtol=1e-12)
    np.testing.assert_array_equal(found.tariff[..., 1], rates[..., 3].swapaxes(1, 2))


def test_a_sector_file_without_links_is_read(tmp_path: Path) -> None:
    economy = build(1, n=3, s=2, linked=False, taxed=False)
    rows = [["exporter", "importer", "good", "usd"]]
    rows += [
        [REGIONS[i], REGIONS[n], SECTORS[s], repr(float(economy.flows[i, n, s, 1]))]
        for i, n, s in np.ndindex(3, 3, 2)
    ]
    names = {"origin": "exporter", "destination": "importer", "sector": "good", "value": "usd"}
    path = layouts.save(tmp_path / "goods.csv", rows)
    found = read_trade(path, theta=3.0, columns=names)
    np.testing.assert_array_equal(found.flows, economy.flows)
    assert not found.linked


@pytest.mark.parametrize("layout", ["icio", "wiod_stacked", "tidy"])
@pytest.mark.parametrize(
    "dialect",
    [
        {"encoding": "utf-8-sig"},
        {"lineterminator": "\r\n"},
        {"delimiter": ";"},
        {"quoting": csv.QUOTE_ALL},
    ],
    ids=["bom", "crlf", "semicolon", "quoted"],
)
def test_a_file_saved_in_another_way_is_the_same(
    tmp_path: Path, layout: str, dialect: dict[str, Any]
) -> None:
    economy = world(2)
    path, needed = write(tmp_path, layout, economy)
    rows = layouts.load(path)
    layouts.save(path, rows, **dialect)
    same(economy, read_trade(path, theta=4.0, **needed))


def test_labels_of_older_editions_are_known(tmp_path: Path) -> None:
    economy = world(3)
    rows = layouts.icio(layouts.Square(economy, layouts.FINAL_ICIO), total="OUTPUT")
    rows[0][-1] = "TOTAL"
    taxes = next(row for row in rows if row[0] == "TLS")
    split = []
    for region in economy.regions:  # a row of taxes for each country of origin
        cells = [repr(float(cell) / 3.0) for cell in taxes[1:]]
        split.append([f"{region}_TAXSUB", *cells])
    rows[rows.index(taxes) : rows.index(taxes) + 1] = split
    next(row for row in rows if row[0] == "VA")[0] = "VALU"
    path = layouts.save(tmp_path / "old.csv", rows)
    assert check_trade(path).ok
    same(economy, read_trade(path, theta=4.0))


def test_the_workbooks_of_2013_are_known_by_their_descriptions(tmp_path: Path) -> None:
    economy = world(3)
    square = layouts.Square(economy, layouts.FINAL_WIOD)
    square.final[0, 1, 2, 4] = -0.5  # an inventory
    path = layouts.save(tmp_path / "wiot.csv", layouts.wiod_stacked(square, old=True))
    found = check_trade(path)
    assert found.ok, found.faults
    assert found.sectors == ("20", "21", "22")
    np.testing.assert_allclose(read_trade(path, theta=4.0).output, square.output)
    rows = layouts.load(path)
    cell(rows, 6, 6, lambda value: -value)
    assert [(f.row, f.column) for f in found_in(tmp_path, rows).faults] == [(6, 6)]


def test_parts_of_a_country_are_merged(tmp_path: Path) -> None:
    economy = world(4)
    rows = layouts.icio(layouts.Square(economy, layouts.FINAL_ICIO))
    rows = [[cell.replace("CAN_", "CHN_") for cell in row] for row in rows]
    parts: Rows = []
    for row in rows:  # every industry of CHN becomes CN1, a quarter, and CN2, the rest
        cells = [row[0]]
        for head, cell in zip(rows[0][1:], row[1:], strict=True):
            industry = head.startswith("CHN_") and head.partition("_")[2] in economy.sectors
            if not industry:
                cells.append(cell)
            elif row is rows[0]:
                cells += [head.replace("CHN", "CN1"), head.replace("CHN", "CN2")]
            else:
                cells += [repr(0.25 * float(cell)), repr(0.75 * float(cell))]
        if row[0].startswith("CHN_"):
            for code, part in (("CN1", 0.4), ("CN2", 0.6)):
                scaled = [repr(part * float(cell)) for cell in cells[1:]]
                parts.append([row[0].replace("CHN", code), *scaled])
        else:
            parts.append(cells)
    sums = {row[0]: row for row in parts}
    for at, head in enumerate(parts[0]):  # output of each part is its row, value added the rest
        if head[:4] in ("CN1_", "CN2_"):
            sums["OUT"][at] = sums[head][-1]
            above = sum(float(row[at]) for row in parts[1:] if row[0] not in ("VA", "OUT"))
            sums["VA"][at] = repr(float(sums["OUT"][at]) - above)
    path = layouts.save(tmp_path / "extended.csv", parts)
    found = read_trade(path, theta=4.0, value_added_floor=1e-9)
    assert found.regions == ("AUS", "CHN", "ROW")
    np.testing.assert_allclose(found.flows, economy.flows, rtol=1e-9)
    np.testing.assert_allclose(found.input_share, economy.input_share, rtol=1e-9)
    assert any("CN1, CN2 merged into CHN" in note for note in check_trade(path).notes)


@pytest.mark.parametrize("tariff", ["no", "one"])
def test_the_written_folder_is_the_same_world(tmp_path: Path, tariff: str) -> None:
    economy = world(7, tariff=tariff, zeros=True)
    path, needed = write(tmp_path, "tidy", economy)
    theta = {"A01_02": 1.5, "C10T12": 2.5, "D35": 65.0}
    rows = [["sector", "theta_central", "theta_low"]]
    rows += [[code, str(value), "1"] for code, value in theta.items()]
    thetas = layouts.save(tmp_path / "theta.csv", rows)
    table = import_trade(path, Reader(**needed), theta=thetas)
    again = write_folder(table, tmp_path / "data")
    same(economy, again, rtol=1e-12)
    same(table.to_world(), World.from_csv(tmp_path / "data", "low"), rtol=1e-12)
    np.testing.assert_array_equal(again.trade_elasticity, list(theta.values()))
    assert check_trade(tmp_path / "data").ok
    assert "tidy.csv" in (tmp_path / "data" / "README.md").read_text(encoding="utf-8")


def test_a_folder_is_not_overwritten_unasked(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "icio", world(0))
    table = import_trade(path, Reader(), theta=4.0)
    write_folder(table, tmp_path / "data")
    kept = (tmp_path / "data" / "flows.csv").read_bytes()
    other = import_trade(write(tmp_path, "icio", world(1))[0], Reader(), theta=4.0)
    with pytest.raises(OutputError, match="is not empty"):
        write_folder(other, tmp_path / "data")
    assert (tmp_path / "data" / "flows.csv").read_bytes() == kept
    write_folder(other, tmp_path / "data", force=True)
    same(world(1), World.from_csv(tmp_path / "data"))


def test_tariffs_by_use_are_not_written_unasked(tmp_path: Path) -> None:
    economy = world(5, tariff="by_use")
    path, needed = write(tmp_path, "tidy_by_use", economy)
    table = import_trade(path, Reader(**needed), theta=4.0)
    with pytest.raises(DataError, match="one rate for both"):
        write_folder(table, tmp_path / "data")
    assert not (tmp_path / "data").exists()
    pooled = write_folder(table, tmp_path / "data", pool_tariffs=True)
    revenue = (economy.flows * economy.tariff).sum(axis=(0, 2, 3))
    np.testing.assert_allclose(pooled.tariff_revenue, revenue, rtol=1e-12)


# --- putting together -----------------------------------------------------------------------------


def groups(codes: tuple[str, ...], into: str) -> Grouping:
    """Map codes to one-letter groups, in order."""
    return Grouping(tuple(dict.fromkeys(into)), dict(zip(codes, into, strict=True)))


def table(seed: int) -> TradeTable:
    """A table of four regions and four sectors with tariffs and elasticities."""
    of = world(seed, n=4, s=4, tariff="by_use")
    inputs = of.input_share * of.output[:, None, :]
    crossing = of.flows.sum(axis=-1) * ~np.eye(4, dtype=bool)[..., None]
    return TradeTable(
        regions=of.regions,
        sectors=of.sectors,
        intermediate=of.flows[..., 0],
        inputs=inputs,
        final=of.flows[..., 1],
        stocks=0.1 * np.random.default_rng(seed).normal(size=(4, 4, 4)),
        tariff=of.tariff,
        traded=crossing.sum(axis=(0, 1)),
        theta={"central": of.trade_elasticity},
    )


@pytest.mark.parametrize("seed", range(3))
def test_aggregating_twice_is_aggregating_once(seed: int) -> None:
    fine = table(seed)
    once = aggregate(fine, groups(fine.regions, "yxyy"), groups(fine.sectors, "ppqp"))
    half = aggregate(fine, groups(fine.regions, "abac"), groups(fine.sectors, "mmnk"))
    twice = aggregate(half, groups(half.regions, "yxy"), groups(half.sectors, "pqp"))
    assert once.regions == twice.regions == ("y", "x")
    assert once.region_members == twice.region_members == (("AUS", "ROW", "USA"), ("CAN",))
    for what in ("intermediate", "inputs", "final", "stocks", "tariff", "traded"):
        np.testing.assert_allclose(getattr(twice, what), getattr(once, what), rtol=1e-12)
    np.testing.assert_allclose(twice.theta["central"], once.theta["central"], rtol=1e-12)
    for what in ("intermediate", "inputs", "final", "stocks"):
        np.testing.assert_allclose(getattr(once, what).sum(), getattr(fine, what).sum())


def test_what_aggregates_weigh_with() -> None:
    fine = table(1)
    one = aggregate(fine, groups(fine.regions, "yyzz"), groups(fine.sectors, "pppp"))
    weights = fine.traded / fine.traded.sum()
    np.testing.assert_allclose(one.theta["central"], [weights @ fine.theta["central"]])
    duty = (fine.flows * fine.tariff)[:2, 2:].sum(axis=(0, 1, 2))
    sold = np.maximum(fine.flows, 0.0)[:2, 2:].sum(axis=(0, 1, 2))
    np.testing.assert_allclose(one.tariff[0, 1, 0], duty / sold, rtol=1e-12)
    share = fine.inputs / fine.output[:, None, :]
    weighted = (share.sum(axis=1) * fine.output)[:2].sum() / fine.output[:2].sum()
    np.testing.assert_allclose(one.inputs[0].sum() / one.output[0].sum(), weighted)


def test_one_rate_for_both_uses_stays_one() -> None:
    fine = table(2)
    rate = fine.tariff.copy()
    rate[..., 1] = rate[..., 0]
    one = aggregate(
        TradeTable(**{**fine.__dict__, "tariff": rate}), groups(fine.regions, "yyzz"), None
    )
    np.testing.assert_array_equal(one.tariff[..., 0], one.tariff[..., 1])


def test_a_map_gives_names_tables_and_members(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "icio", world(0))
    sectors = tmp_path / "sectors.csv"
    sectors.write_text(
        "code,group,name,table\nA01_02,AGR,Food,farm\nC10T12,AGR,,farm\nD35,ELY,Power,none\nX,Y,,\n"
    )
    regions = tmp_path / "regions.csv"
    regions.write_text("code,group,name\nAUS,REST,\nCAN,CAN,Canada\nROW,REST,Rest\n")
    thetas = tmp_path / "theta.csv"
    thetas.write_text("sector,theta\nAGR,3\nELY,2\n")  # by groups
    write_folder(
        import_trade(path, Reader(), theta=thetas, regions=regions, sectors=sectors),
        tmp_path / "data",
    )
    found = World.from_csv(tmp_path / "data")
    assert (found.regions, found.region_names) == (("REST", "CAN"), ("Rest", "Canada"))
    assert (found.sectors, found.sector_names) == (("AGR", "ELY"), ("Food", "Power"))
    assert found.tables == ("farm", "none")
    np.testing.assert_array_equal(found.trade_elasticity, [3.0, 2.0])
    assert "AUS ROW" in (tmp_path / "data" / "regions.csv").read_text()
    np.testing.assert_allclose(found.output.sum(), world(0).output.sum())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,group\nAUS,A\nCAN,A\n", "no row for 1 of 3 region codes of the data: ROW"),
        ("code,group\nAUS,A\nCNA,A\n", "no row for 2 of 3 region codes of the data: CAN, ROW"),
        ("code,group\nAUS,A\nCAN,A\nROW,B\nCAN,B\n", r"mapped twice: CAN \(rows 3 and 5\)"),
        ("code,group\nAUS,A\nCAN,\nROW,B\n", "row 3, column group: is empty"),
        ("code,group,name\nAUS,A,x\nCAN,A,y\nROW,B,z\n", "row 3, column name: 'y' for group A"),
        ("code,grup\nAUS,A\n", "column 'group' is missing"),
        ("", "is empty"),
    ],
)
def test_a_map_with_holes_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "map.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_map(path, REGIONS[:3], "region")


@pytest.mark.parametrize(
    ("theta", "said"),
    [
        (None, "without trade elasticities"),
        (-1.0, "above 0"),
        ("sector,theta\nA01_02,4\nC10T12,4\n", "no row for 1 of 3 sectors: D35"),
        ("sector,theta\nA01_02,4\nC10T12,0\nD35,4\n", "row 3, column theta: 0 is not above"),
        ("sector,theta\nA01_02,4\nA01_02,5\n", "row 3, column sector"),
        ("sector,sigma\nA01_02,4\n", "no column theta"),
    ],
)
def test_elasticities_are_not_made_up(tmp_path: Path, theta: float | str | None, said: str) -> None:
    path, _ = write(tmp_path, "icio", world(0))
    if isinstance(theta, str):
        (tmp_path / "theta.csv").write_text(theta)
        theta = str(tmp_path / "theta.csv")
    with pytest.raises(NegotiationError, match=said):
        read_trade(path, theta=theta)


# --- inventories ----------------------------------------------------------------------------------


def with_stocks(seed: int, size: float) -> TradeTable:
    """A table with changes in inventories of either sign, one of them `size` of its final sale."""
    of = world(seed)
    draw = np.random.default_rng(seed)
    stocks = of.flows[..., 1] * draw.uniform(-0.3, 0.3, (3, 3, 3))
    stocks[0, 1, 2] = -size * of.flows[0, 1, 2, 1]
    return TradeTable(
        regions=of.regions,
        sectors=of.sectors,
        intermediate=of.flows[..., 0],
        inputs=of.input_share * of.output[:, None, :],
        final=of.flows[..., 1],
        stocks=stocks,
        tariff=np.zeros((3, 3, 3, 2)),
        traded=np.ones(3),
        theta={"central": np.full(3, 4.0)},
    )


@pytest.mark.parametrize("how", ["net", "produced", "dropped"])
def test_settled_output_is_the_leontief_inverse_of_final_sales(how: str) -> None:
    raw = with_stocks(3, 1.5)
    # Technology is that of the table as published: its inputs over its output.
    share = raw.inputs / raw.output[:, None, :]
    sourcing = raw.intermediate / raw.intermediate.sum(axis=0)
    final = {
        "net": np.maximum(raw.final + raw.stocks, 0.0),
        "produced": raw.final + np.maximum(raw.stocks, 0.0),
        "dropped": raw.final,
    }[how]
    use = np.einsum("ink,nks->ikns", sourcing, share).reshape(9, 9)
    output = np.linalg.solve(np.eye(9) - use, final.sum(axis=1).reshape(9)).reshape(3, 3)
    settled = raw.settled(how)
    np.testing.assert_allclose(settled.output, output, rtol=1e-12)
    np.testing.assert_allclose(settled.final, final, rtol=1e-12)
    np.testing.assert_allclose(settled.inputs / settled.output[:, None, :], share, rtol=1e-12)
    assert not settled.stocks.any()
    assert any("changes in inventories" in note for note in settled.notes)
    np.testing.assert_allclose(settled.to_world().output, output, rtol=1e-9)


def test_small_changes_in_inventories_leave_the_table_alone() -> None:
    raw = with_stocks(3, 0.5)
    settled = raw.settled("net")
    np.testing.assert_array_equal(settled.final, raw.final + raw.stocks)
    np.testing.assert_array_equal(settled.intermediate, raw.intermediate)
    assert settled.notes == raw.notes


def test_a_floor_of_value_added_holds() -> None:
    raw = with_stocks(3, 0.0)
    raw.inputs[0, :, 1] *= 0.95 * raw.output[0, 1] / raw.inputs[0, :, 1].sum()
    settled = raw.settled(floor=0.1)
    left = 1.0 - settled.inputs.sum(axis=1) / settled.output
    np.testing.assert_allclose(left[0, 1], 0.1)
    assert left.min() >= 0.1 - 1e-12
    np.testing.assert_allclose(settled.inputs.sum(axis=2), settled.intermediate.sum(axis=0))
    with pytest.raises(ParameterError, match="floor"):
        raw.settled(floor=1.0)
    with pytest.raises(ParameterError, match="inventories"):
        raw.settled("kept")


def test_a_withdrawal_in_a_file_is_lifted_and_told(tmp_path: Path) -> None:
    square = layouts.Square(world(0), layouts.FINAL_ICIO)
    square.final[0, 1, 2, :] = 0.0
    square.final[0, 1, 2, 4] = -2.5  # more drawn from stock than is sold
    path = layouts.save(tmp_path / "stocks.csv", layouts.icio(square))
    found = check_trade(path)
    assert found.ok
    assert any("2.5 withdrawn; 1 final sales are below zero" in note for note in found.notes)
    imported = import_trade(path, Reader(), theta=4.0)
    assert any("raised by 2.5" in note for note in imported.notes)
    assert imported.to_world().flows.min() >= 0.0
    refused = check_trade(path, inventory=())
    assert [(fault.row, fault.column) for fault in refused.faults] == [(3, 27)]


# --- faults ---------------------------------------------------------------------------------------


def cell(rows: Rows, row: int, column: int, to: str | Callable[[float], float]) -> None:
    """Plant a fault; row and column as in a spreadsheet, from 1."""
    old = rows[row - 1][column - 1]
    rows[row - 1][column - 1] = to if isinstance(to, str) else repr(to(float(old)))


def found_in(tmp_path: Path, rows: Rows, **options: Any) -> Report:
    return check_trade(layouts.save(tmp_path / "bad.csv", rows), **options)


@pytest.fixture(scope="module")
def clean() -> Rows:
    return layouts.icio(layouts.Square(world(0), layouts.FINAL_ICIO))


def off(by: float) -> Callable[[float], float]:
    return lambda value: value + by


# Rows 2-10 are industries, 11 TLS, 12 VA, 13 OUT; columns 2-10 industries, 11-28 final, 29 OUT.
@pytest.mark.parametrize(
    ("planted", "at"),
    [
        ([(3, 4, lambda x: -x)], [(3, 4)]),  # a sign
        ([(3, 12, lambda x: -x)], [(3, 12)]),  # in final demand
        ([(6, 29, off(3.0))], [(6, 29)]),  # stated output, to the right
        ([(13, 6, off(3.0))], [(13, 6)]),  # stated output, below
        ([(6, 29, off(3.0)), (13, 6, off(3.0))], [(6, 6)]),  # both: or the cell itself
        ([(5, 7, off(2.0))], [(5, 7)]),  # a flow
        ([(5, 15, off(2.0))], [(5, 29)]),  # a final sale: only its row tells
        ([(12, 7, off(2.0))], [(13, 7)]),  # value added: only its column tells
        ([(4, 4, "nan")], [(4, 4)]),
        ([(4, 4, "")], [(4, 4)]),
        ([(4, 4, "1,234.5")], [(4, 4)]),
        ([(4, 4, "1_0")], [(4, 4)]),
        ([(4, 29, "x")], [(4, 29)]),
        ([(12, 4, "x")], [(12, 4)]),
        ([(13, 4, "x")], [(13, 4)]),
        ([(4, 4, "x"), (4, 5, "x")], [(4, 4), (4, 5)]),
        ([(4, 4, "x"), (5, 4, "x")], [(4, 4), (5, 4)]),
        ([(4, 4, "x"), (5, 4, "x"), (4, 5, "x"), (5, 5, "x")], [(4, 4), (4, 5), (5, 4), (5, 5)]),
        ([(1, 8, "ROW_A01_2")], [(1, 8)]),
        ([(1, 8, "RAW_A01_02")], [(1, 8)]),
        ([(1, 8, "CAN_D35")], [(1, 8)]),  # there already
        ([(8, 1, "ROW_A01_2")], [(8, 1)]),
        ([(8, 1, "CAN_D35")], [(8, 1)]),
        ([(1, 12, "AUS_NPIHS")], [(1, 12)]),
        ([(1, 12, "AUX_NPISH")], [(1, 12)]),
        ([(1, 12, "AUS_HFCE")], [(1, 12)]),
        ([(12, 5, off(-200.0)), (11, 5, off(200.0))], [(12, 5)]),  # value added below zero
        ([(3, 4, lambda x: -x), (6, 29, off(3.0)), (1, 8, "ROW_A01_2")], [(1, 8), (3, 4), (6, 29)]),
        ([(3, 4, lambda x: -x), (6, 5, off(3.0)), (8, 8, "?")], [(3, 4), (6, 5), (8, 8)]),
        ([(3, 4, lambda x: -x), (3, 6, off(3.0))], [(3, 4), (3, 6)]),
    ],
)
def test_each_fault_is_one_sentence_at_its_place(
    tmp_path: Path, clean: Rows, planted: list[Any], at: list[tuple[int, int]]
) -> None:
    rows = copy.deepcopy(clean)
    for row, column, to in planted:
        cell(rows, row, column, to)
    found = found_in(tmp_path, rows)
    assert [(fault.row, fault.column) for fault in found.faults] == at, [
        fault.sentence for fault in found.faults
    ]
    assert any(check.passed is False for check in found.checks)
    for fault in found.faults:
        assert fault.sentence.count("\n") == 0
        assert f"row {fault.row}" in fault.sentence
        assert f"column {fault.column}" in fault.sentence
    with pytest.raises(DataError, match="data check" if len(at) > 1 else "bad.csv"):
        read_trade(tmp_path / "bad.csv", theta=4.0)


@examples(40)
@given(
    seed=st.integers(0, 50),
    row=st.integers(2, 10),
    column=st.integers(2, 10),
    by=st.floats(0.05, 100.0),
)
def test_one_wrong_flow_is_found_wherever_it_is(
    tmp_path_factory: pytest.TempPathFactory, seed: int, row: int, column: int, by: float
) -> None:
    rows = layouts.icio(layouts.Square(world(seed % 4), layouts.FINAL_ICIO))
    folder = tmp_path_factory.mktemp("flow")
    cell(rows, row, column, off(by))
    found = found_in(folder, rows)
    assert [(fault.row, fault.column) for fault in found.faults] == [(row, column)]
    assert f"by {by:.4g}"[:6] in found.faults[0].sentence


def test_rounding_is_no_fault_and_tolerance_is_obeyed(tmp_path: Path, clean: Rows) -> None:
    rows = [clean[0], *([row[0], *(f"{float(x):.4f}" for x in row[1:])] for row in clean[1:])]
    assert found_in(tmp_path, rows).ok
    cell(rows, 6, 29, lambda value: value * 1.001)
    assert not found_in(tmp_path, rows).ok
    assert found_in(tmp_path, rows, tolerance=0.01).ok


def test_a_table_without_totals_is_read_but_not_judged(tmp_path: Path, clean: Rows) -> None:
    rows = [row[:-1] for row in clean[:10]]
    found = found_in(tmp_path, rows)
    status = {check.key: check.status for check in found.checks}
    assert found.ok
    assert status["rows"] == status["columns"] == "not judged"
    same(world(0), read_trade(tmp_path / "bad.csv", theta=4.0))


@pytest.mark.parametrize("layout", ["wiod_flat", "wiod_stacked"])
def test_faults_of_the_other_square_layouts(tmp_path: Path, layout: str) -> None:
    path, _ = write(tmp_path, layout, world(0))
    rows = layouts.load(path)
    above, left = (1, 5) if layout == "wiod_flat" else (4, 4)
    cell(rows, above + 2, left + 3, lambda value: -value)
    cell(rows, above + 4, left + 6, off(2.0))
    cell(rows, above + 1, left + 1, "n/a")
    found = found_in(tmp_path, rows)
    places = [(above + 1, left + 1), (above + 2, left + 3), (above + 4, left + 6)]
    assert [(fault.row, fault.column) for fault in found.faults] == places


@pytest.mark.parametrize(
    ("planted", "at"),
    [
        ([(4, 4, "-4")], [(4, 4)]),
        ([(4, 4, "nan")], [(4, 4)]),
        ([(4, 5, "1,5")], [(4, 5)]),
        ([(4, 6, "-1")], [(4, 6)]),
        ([(4, 1, "AUZ")], [(4, 1)]),
        ([(4, 1, "")], [(4, 1)]),
        ([(4, 4, off(3.0))], [(4, None)]),  # one flow that throws off two regions
        ([(6, 4, off(3.0))], [(6, None)]),
        ([(4, 4, "-4"), (8, 5, "x")], [(4, 4), (8, 5)]),
    ],
)
def test_faults_of_tidy_files(
    tmp_path: Path, planted: list[Any], at: list[tuple[int, int | None]]
) -> None:
    economy = world(0)
    rows = layouts.tidy(economy)
    for row, column, to in planted:
        cell(rows, row, column, to)
    inputs = layouts.save(tmp_path / "inputs.csv", layouts.coefficients(economy))
    found = found_in(tmp_path, rows, coefficients=inputs)
    assert [(fault.row, fault.column) for fault in found.faults] == at, found.faults


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda rows: [*rows, rows[3]],
            "row 29, column 1 (origin): the same flow is already in row 4",
        ),
        (lambda rows: [*rows[:3], rows[3][:-1], *rows[4:]], "row 4: 5 cells where"),
        (lambda rows: [*rows[:3], [*rows[3], "9"], *rows[4:]], "row 4: 7 cells where"),
        (lambda rows: rows[:1], "no rows follow"),
        (lambda rows: [*rows[:4], *rows[5:]], "the sale of sector A01_02 from AUS to CAN is"),
    ],
)
def test_rows_that_do_not_belong(tmp_path: Path, change: Any, said: str) -> None:
    economy = world(0)
    inputs = layouts.save(tmp_path / "inputs.csv", layouts.coefficients(economy))
    found = found_in(tmp_path, change(layouts.tidy(economy)), coefficients=inputs)
    assert len(found.faults) == 1
    assert said in found.faults[0].sentence


@pytest.mark.parametrize(
    ("row", "column", "to", "said"),
    [
        (4, 4, "-0.1", "row 4, column 4 (coefficient): -0.1 is negative"),
        (4, 2, "XX", "row 4, column 2 (using_sector): 'XX' is unknown"),
        (4, 4, "0.9", "region AUS uses"),
    ],
)
def test_faults_of_input_coefficients(
    tmp_path: Path, row: int, column: int, to: str, said: str
) -> None:
    economy = world(0)
    rows = layouts.coefficients(economy)
    cell(rows, row, column, to)
    inputs = layouts.save(tmp_path / "inputs.csv", rows)
    found = found_in(tmp_path, layouts.tidy(economy), coefficients=inputs)
    assert len(found.faults) == 1
    assert said in found.faults[0].sentence


def test_intermediate_sales_need_users(tmp_path: Path) -> None:
    found = found_in(tmp_path, layouts.tidy(world(0)))
    assert [fault.check for fault in found.faults] == ["inputs"]
    assert "--coefficients" in found.faults[0].sentence


@pytest.mark.parametrize(
    ("file", "row", "column", "to", "at"),
    [
        ("flows.csv", 4, 4, "-1", (4, 4)),
        ("flows.csv", 4, 2, "AUZ", (4, 2)),
        ("flows.csv", 4, 4, off(1.0), (4, None)),
        ("regions.csv", 3, 4, off(1.0), (3, 4)),
        ("regions.csv", 3, 1, "AUS", (3, 1)),
        ("sectors.csv", 3, 5, "0", (3, 5)),
        ("input_coefficients.csv", 3, 4, "x", (3, 4)),
    ],
)
def test_faults_of_a_folder(
    tmp_path: Path, file: str, row: int, column: int, to: Any, at: tuple[int, int | None]
) -> None:
    path, _ = write(tmp_path, "icio", world(0))
    write_folder(import_trade(path, Reader(), theta=4.0), tmp_path / "data")
    rows = layouts.load(tmp_path / "data" / file)
    cell(rows, row, column, to)
    layouts.save(tmp_path / "data" / file, rows)
    found = check_trade(tmp_path / "data")
    assert [(fault.row, fault.column) for fault in found.faults] == [at], found.faults
    assert file in found.faults[0].where
    with pytest.raises(DataError):
        World.from_csv(tmp_path / "data")


def test_two_faults_of_a_folder_are_both_told(tmp_path: Path) -> None:
    path, _ = write(tmp_path, "icio", world(0, n=4))
    write_folder(import_trade(path, Reader(), theta=4.0), tmp_path / "data")
    for file, row, column in (("flows.csv", 3, 4), ("regions.csv", 5, 4)):
        rows = layouts.load(tmp_path / "data" / file)
        cell(rows, row, column, "-1" if file == "flows.csv" else off(1.0))
        layouts.save(tmp_path / "data" / file, rows)
    places = {(f.row, f.column) for f in check_trade(tmp_path / "data").faults}
    assert places == {(3, 4), (5, 4)}


def test_a_region_in_isolation_is_told(tmp_path: Path) -> None:
    rows = [["origin", "destination", "sector", "value"]]
    rows += [[a, b, "S", "5"] for a, b in ("AA", "BB", "AB", "BA", "CC")]
    found = found_in(tmp_path, rows)
    assert [fault.check for fault in found.faults] == ["trade"]
    assert "region C neither sells nor buys abroad" in found.faults[0].sentence


# --- files that are no table ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89\x00\x01", "is not text"),
        (b"PK\x03\x04rest", "zip archive or an Excel workbook"),
        (b"\x1f\x8brest", "gzip"),
        ("origin,a".encode("utf-16"), "UTF-16"),
        (b"origin,destination,sector,value\nA,B,caf\xe9,1\n", "0xe9, which is not UTF-8"),
        (b"a,b,c\n1,2,3\n", "layout is not known"),
        (b'origin,destination,sector,value\nA,B,"S,1\n', "cannot be read as CSV"),
        (
            b"origin,destination,sektor,amount,x,y,z,u,v\nA,B,S,1,1,1,1,1,1\n",
            "no rows of countries",
        ),
        (b"origin,destination,sector,amount\nA,B,S,1\n", "no column value"),
        (b"origin,destination,sector,value,value\nA,B,S,1,1\n", "column value occurs twice"),
        (b"V1,A_x,B_x,OUT\nC_x,1,1,1\n", "no label of a row is the label of a column"),
    ],
)
def test_a_file_that_is_no_table_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as refused:
        check_trade(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        check_trade(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="is a folder"):
        check_trade(tmp_path, layout="icio")


def test_options_that_do_not_exist(tmp_path: Path) -> None:
    for options, said in (
        ({"layout": "icoi"}, "did you mean 'icio'"),
        ({"tolerance": 2.0}, "tolerance"),
        ({"columns": {"origin_": "x"}}, "did you mean 'origin'"),
    ):
        with pytest.raises(ParameterError, match=said):
            check_trade(tmp_path, **options)
