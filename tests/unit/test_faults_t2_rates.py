"""W22: tariffs in percent where fractions are meant are asked about, wherever they are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negotiation import check_trade, read_trade
from negotiation.cli.console import run
from negotiation.errors import DataError, ParameterError
from negotiation.trade import World, counterfactual, optimal_tariff

HEADER = "origin,destination,sector,value,tariff\n"
ROWS = "A,A,x,100,0\nB,B,x,100,0\nA,B,x,10,{0}\nB,A,x,10,{0}\n"
RIGHT = 1.0034757  # (110 / (110 + 10 t)) (l_h + l_m (1 + t)^4)^(1/4) at t = 0.125


def tidy(folder: Path, *rates: object, name: str = "t.csv") -> Path:
    path = folder / name
    body = [f"A,A,r{k},100,0\nB,B,r{k},100,0\nA,B,r{k},10,{rate}\nB,A,r{k},10,{rate}\n"
            for k, rate in enumerate(rates)]  # fmt: skip
    path.write_text(HEADER + "".join(body))
    return path


def arrays(rate: float, **how: str) -> World:
    flows = np.array([[100.0, 10.0], [10.0, 100.0]])[..., None]
    tariff = rate * (1.0 - np.eye(2))[..., None, None]
    return World.from_arrays(
        regions="AB", sectors=("x",), flows=flows, tariff=tariff, trade_elasticity=4.0, **how
    )


def abolished(world: World) -> float:
    return float(counterfactual(world, 0.0).welfare[0])


def test_w22_the_unit_is_stated(tmp_path: Path) -> None:
    for world in (
        read_trade(tidy(tmp_path, 0.125), theta=4.0),
        read_trade(tidy(tmp_path, 12.5), theta=4.0, tariff_unit="percent"),
        read_trade(tidy(tmp_path, "12.5%"), theta=4.0),
        read_trade(tidy(tmp_path, "12.5 %"), theta=4.0, tariff_unit="fraction"),
        arrays(12.5, tariff_unit="percent"),
    ):
        assert abolished(world) == pytest.approx(RIGHT, abs=5e-8)
    forced = read_trade(tidy(tmp_path, 12.5), theta=4.0, tariff_unit="fraction")
    assert abolished(forced) == pytest.approx(5.501454, abs=5e-7)
    assert forced.tariff.max() == 12.5


@pytest.mark.parametrize("rates", [(12.5,), (2.5,), (0.0, 2.5, 3.0, 0.4), (10.1, 0.1, 0.1)])
def test_w22_a_tidy_file_is_asked_about(tmp_path: Path, rates: tuple[float, ...]) -> None:
    path = tidy(tmp_path, *rates)
    report = check_trade(path)
    (fault,) = report.faults
    assert (fault.check, fault.column) == ("tariffs", 5)
    assert "did you mean 0." in fault.sentence
    assert "--tariff-unit" in fault.sentence
    with pytest.raises(DataError, match="did you mean"):
        read_trade(path, theta=4.0)
    assert check_trade(path, tariff_unit="percent").ok
    assert check_trade(path, tariff_unit="fraction").ok


def test_w22_single_high_rates_and_bans_are_read_and_told(tmp_path: Path) -> None:
    report = check_trade(tidy(tmp_path, 0.1, 0.2, 2.5, 9.99))
    assert report.ok
    (told,) = (each for each in report.notes if "above 100 %" in each)
    assert "row 12 (A to B, r2): 2.5" in told
    assert "row 16 (A to B, r3): 9.99" in told
    assert check_trade(tidy(tmp_path, 9.99, 0.0)).ok  # nothing but a ban
    assert not any("above 100 %" in each for each in check_trade(tidy(tmp_path, 0.9)).notes)


def test_w22_a_file_of_tariffs(tmp_path: Path) -> None:
    flows, tariffs = tidy(tmp_path, 0), tmp_path / "tariffs.csv"

    def rate(cell: str, **how: str) -> float:
        tariffs.write_text(f"origin,destination,sector,tariff\nA,B,r0,{cell}\n")
        world = read_trade(flows, theta=4.0, tariffs=tariffs, **how)  # type: ignore[arg-type]
        return float(world.tariff[0, 1, 0, 1])

    with pytest.raises(DataError, match=r"tariffs.csv, row 2, column tariff: 12.5 is 1,250 %"):
        rate("12.5")
    with pytest.raises(DataError, match=r"did you mean 0.025"):
        rate("2.5")
    assert rate("12.5", tariff_unit="percent") == rate("12.5%") == 0.125
    assert rate("12.5", tariff_unit="fraction") == 12.5
    with pytest.raises(DataError, match="is not above -100"):
        rate("-100", tariff_unit="percent")


def test_w22_a_folder(tmp_path: Path) -> None:
    from negotiation.trade.data.read import Reader, import_trade
    from negotiation.trade.data.write import write_folder

    folder = tmp_path / "data"
    write_folder(import_trade(tidy(tmp_path, 0.125), Reader(), theta=4.0), folder)
    flows = folder / "flows.csv"
    flows.write_text(flows.read_text().replace("0.125", "12.5"))
    with pytest.raises(DataError, match=r"flows.csv, row \d, column tariff: 12.5 is 1,250 %"):
        World.from_csv(folder)
    assert [each.check for each in check_trade(folder).faults] == ["tariffs"]
    assert World.from_csv(folder, tariff_unit="fraction").tariff.max() == 12.5
    world = World.from_csv(folder, tariff_unit="percent")
    assert abolished(world) == pytest.approx(RIGHT, abs=5e-8)


def test_w22_a_folder_written_with_a_rate_that_was_forced_says_so(tmp_path: Path) -> None:
    from negotiation.trade.data.read import Reader, import_trade
    from negotiation.trade.data.write import write_folder

    reader = Reader(tariff_unit="fraction")
    table = import_trade(tidy(tmp_path, 12.5), reader, theta=4.0)
    assert any("--tariff-unit fraction" in each for each in table.notes)
    assert write_folder(table, tmp_path / "data").tariff.max() == 12.5


def test_w22_arrays() -> None:
    for rate in (12.5, 2.5):
        with pytest.raises(DataError, match=r"tariff at origin A, destination B.*did you mean"):
            arrays(rate)
        assert arrays(rate, tariff_unit="fraction").tariff.max() == rate
    assert arrays(9.99).tariff.max() == 9.99
    with pytest.raises(ParameterError, match="tariff_unit 'percents' is unknown"):
        arrays(0.1, tariff_unit="percents")


def test_w22_counterfactuals() -> None:
    world = arrays(0.1)
    with pytest.raises(DataError, match=r"tariff\[\('A', 'B'\)\].*did you mean 0.25"):
        counterfactual(world, {("A", "B"): 25.0})
    with pytest.raises(DataError, match=r"did you mean 0.125"):
        counterfactual(world, world.tariff * 125.0)
    same = counterfactual(world, {("A", "B"): 0.25}).welfare
    for tariff, unit in (({("A", "B"): 25}, "percent"), ({("A", "B"): "25%"}, None)):
        found = counterfactual(world, tariff, tariff_unit=unit)
        np.testing.assert_array_equal(found.welfare, same)
    assert counterfactual(world, {("A", "B"): 25.0}, tariff_unit="fraction").converged
    grid = np.linspace(0.0, 5.0, 11)[:, None, None]
    assert counterfactual(world, {("A", "B"): grid}).converged.all()
    assert counterfactual(world, {("A", "B"): 9.99}).converged


def test_w22_bounds() -> None:
    world = arrays(0.1)
    with pytest.raises(ParameterError, match=r"did you mean \(-0.5, 0.5\)"):
        optimal_tariff(world, "A", bounds=(-50, 50))
    with pytest.raises(ParameterError, match=r"did you mean \(-0.5, 0.05\)"):
        optimal_tariff(world, "A", bounds=(-50, 5))
    far = optimal_tariff(world, "A", bounds=(-0.5, 5.0), certify=False)
    said = optimal_tariff(world, "A", bounds=("-50%", "500%"), certify=False)  # type: ignore[arg-type]
    assert float(far.schedule.rates) == float(said.schedule.rates)


@pytest.mark.full
def test_w22_on_the_command_line(tmp_path: Path) -> None:
    path, out = str(tidy(tmp_path, 12.5)), str(tmp_path / "o")
    imported = ["data", "import", path, "--theta", "4", "-o", out]
    unit = ["--tariff-unit", "percent"]
    for words in (["data", "check", path], imported):
        assert run(words) != 0
        assert run([*words, *unit]) == 0
    assert abolished(World.from_csv(out)) == pytest.approx(RIGHT, abs=5e-8)
    flows = Path(out) / "flows.csv"
    flows.write_text(flows.read_text().replace("0.125", "12.5"))
    for words in (
        ["data", "show", out],
        ["tariffs", out, "--players", "A,B", "--by", "uniform", "--no-certify"],
    ):
        assert run(words) != 0
        assert run([*words, *unit]) == 0
    words = ["tariffs", out, "--players", "A,B", *unit, "--bounds=-50,50"]
    assert run(words) != 0
