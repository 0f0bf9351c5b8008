"""`negotiation tariffs` and `negotiation solve --threat`: what is printed, and exit codes."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.subjects.worlds import build
from negotiation.cli.console import run
from negotiation.trade import World, counterfactual
from negotiation.trade.tariffs.certificate import certify_tariffs
from negotiation.trade.tariffs.chosen import nash_tariffs, optimal_tariff

Run = Callable[..., tuple[int, str, str]]


def write_world(folder: Path, world: World) -> Path:
    """Write a world as the folder of CSV files that `World.from_csv` reads."""
    folder.mkdir()
    codes, sectors = world.regions, world.sectors
    made = world.flows.sum(axis=(1, 3)).sum(axis=1) - world.flows[..., 0].sum(axis=(0, 2))
    final = world.flows[..., 1].sum(axis=(0, 2))
    tables: dict[str, list[tuple[Any, ...]]] = {
        "regions": [
            ("region", "name", "value_added_usd_m", "final_expenditure_usd_m"),
            *zip(codes, [f"Region {c}" for c in codes], made, final, strict=True),
        ],
        "sectors": [
            ("sector", "name", "theta_central"),
            *((s, f"Goods {s}", t) for s, t in zip(sectors, world.trade_elasticity, strict=True)),
        ],
        "flows": [
            ("sector", "origin", "destination", "intermediate_usd_m", "final_usd_m", "tariff"),
            *(
                (s, i, n, *world.flows[a, b, c], world.tariff[a, b, c, 1])
                for c, s in enumerate(sectors)
                for a, i in enumerate(codes)
                for b, n in enumerate(codes)
            ),
        ],
        "input_coefficients": [
            ("region", "using_sector", "input_sector", "coefficient"),
            *((n, s, k, 0.0) for n in codes for s in sectors for k in sectors),
        ],
    }
    for name, lines in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    return folder


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in a folder with trade data, `data`: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    economy = build(7, n=3, s=2, linked=False, theta=(3.0, 6.0))
    economy.flows[..., 0] = 0.0
    economy.tariff[:] = economy.tariff[..., :1]
    write_world(tmp_path / "data", economy.world)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


WAR = ("tariffs", "data", "--players", "R0,R2")


def test_the_record_of_a_folder_is_what_python_finds(cli: Run) -> None:
    code, out, err = cli(*WAR, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert set(found) >= {
        "tariffs",
        "baseline_tariffs",
        "welfare_pct",
        "ev_usd_m",
        "certificate_pct",
        "certificate",
        "status",
        "rounds",
        "evaluations",
        "seconds",
        "at_bound",
        "provenance",
    }
    world = World.from_csv("data")
    same = nash_tariffs(world, ["R0", "R2"], by="sector")
    for code_, rates in same.rates.items():
        assert_allclose(list(found["tariffs"][code_].values()), rates, rtol=1e-9)
    assert list(found["tariffs"]["R0"]) == ["S0", "S1"]
    assert_allclose(list(found["welfare_pct"].values()), same.welfare_pct, rtol=1e-9)
    assert_allclose(list(found["ev_usd_m"].values()), same.equilibrium.ev, rtol=1e-9)
    sold = world.flows[2, 0, 0]
    before = (sold * world.tariff[2, 0, 0]).sum() / sold.sum()
    assert found["baseline_tariffs"]["R0"]["S0"] == pytest.approx(before, rel=1e-12)
    assert 0.0 <= found["certificate_pct"] <= 1e-6
    assert found["certified"] is True
    assert found["status"].startswith("certified")
    assert set(found["certificate"]["deviation"]) == {"R0", "R2"}
    assert all(points > 0 for points in found["certificate"]["points"].values())
    made = found["provenance"]
    assert made["concept"] == "Nash equilibrium in tariffs"
    assert made["horizon"] == world.horizon
    assert len(made["model_digest"]) == 16
    assert made["model"] == "data"
    assert found["at_bound"] == {"R0": {}, "R2": {}}


def test_the_digest_is_that_of_the_data(cli: Run) -> None:
    digests = []
    for line in ("", "\n"):
        with Path("data/flows.csv").open("a", encoding="utf-8") as file:
            file.write(line)
        _, out, _ = cli(*WAR, "--by", "uniform", "--no-certify", "--format", "json")
        digests.append(json.loads(out)["provenance"]["model_digest"])
    assert digests[0] != digests[1]


def test_the_table_fits_the_terminal_and_says_what_it_rests_on(cli: Run) -> None:
    code, out, err = cli(*WAR)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    told = " ".join(out.split())
    for words in (
        "Nash equilibrium in tariffs.",
        "before chosen",
        "Goods S0",
        "Region R1",
        "found no better rates",
        "Horizon: long run: labour mobile",
        "Welfare is maximised.",
        "against the status quo",
    ):
        assert words in told, words
    _, markdown, _ = cli(*WAR, "--format", "md")
    assert "| S0 | Goods S0 |" in markdown


def test_rows_for_a_spreadsheet(cli: Run) -> None:
    code, out, err = cli(*WAR, "--by", "both", "--on", "all", "-o", "war.csv", "--bounds=0,0.3")
    assert (code, out) == (0, "")
    assert err == "wrote war.csv\n"
    rows = list(csv.DictReader(io.StringIO(Path("war.csv").read_text(encoding="utf-8"))))
    found = nash_tariffs(World.from_csv("data"), ["R0", "R2"], by="both", on="all", bounds=(0, 0.3))
    assert [(r["player"], r["partner"], r["sector"]) for r in rows[:4]] == [
        ("R0", partner, sector) for partner in ("R1", "R2") for sector in ("S0", "S1")
    ]
    rates = np.concatenate([found.rates[code].ravel() for code in ("R0", "R2")])
    assert_allclose([float(row["tariff"]) for row in rows], rates, rtol=1e-9)
    touch = {"": 0, "lower": -1, "upper": 1}
    at_bound = np.concatenate([each.at_bound.ravel() for each in found.schedules])
    assert [touch[row["at_bound"]] for row in rows] == at_bound.tolist()
    assert all(row["status"].startswith("certified") for row in rows)
    assert {row["concept"] for row in rows} == {"Nash equilibrium in tariffs"}


def test_one_player_alone_and_a_bound(cli: Run) -> None:
    line = ("tariffs", "data", "--players", "R0,R2", "--optimal", "R2", "--by", "partner")
    code, out, _ = cli(*line, "--on", "all", "--bounds=-0.2,0.05", "--format", "json")
    assert code == 0
    found = json.loads(out)
    same = optimal_tariff(World.from_csv("data"), "R2", by="partner", bounds=(-0.2, 0.05))
    assert set(found["tariffs"]) == {"R2"}
    assert_allclose(list(found["tariffs"]["R2"].values()), same.schedule.rates, rtol=1e-9)
    assert found["provenance"]["concept"].startswith("optimal tariff of R2")
    assert found["at_bound"]["R2"] == {"R0": "upper", "R1": "upper"}
    _, out, _ = cli(*line, "--on", "all", "--bounds=-0.2,0.05")
    assert "At a bound of [-0.2, 0.05], R2: R0 (upper), R1 (upper)." in out


@pytest.mark.parametrize("how", ["nash", "weights"])
def test_efficient_tariffs_name_their_disagreement_point(cli: Run, how: str) -> None:
    code, out, _ = cli(*WAR, "--by", "uniform", "--efficient", how, "--format", "json")
    assert code == 0
    found = json.loads(out)
    assert found["certificate"]["of"] == "disagreement"
    assert "disagreement point certified" in found["status"]
    war = found["disagreement"]["welfare_pct"]
    for player in ("R0", "R2"):
        gain = found["welfare_pct"][player] - war[player]
        assert found["gains_pct"][player] == pytest.approx(gain, rel=1e-9)
        assert how == "weights" or gain > 0.0
    sums = {
        name: sum(at[player] * World.from_csv("data").income[int(player[1])] for player in war)
        for name, at in (("war", war), ("peace", found["welfare_pct"]))
    }
    assert how == "nash" or sums["peace"] > sums["war"]


def test_export_taxes_stand_beside_tariffs(cli: Run) -> None:
    line = (*WAR, "--by", "uniform", "--instruments", "import,export", "--on", "all")
    code, out, err = cli(*line, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    world = World.from_csv("data")
    same = nash_tariffs(world, ["R0", "R2"], on="all", instruments=("import", "export"))
    for player in ("R0", "R2"):
        assert found["tariffs"][player] == {"all": 0.0}
        rate = found["export_taxes"][player]["all"]
        assert rate == pytest.approx(float(same.export_taxes[player]), rel=1e-9)
        assert rate > 0.1
    assert found["export_bounds"] == [0.0, 5.0]
    assert found["export_taxes_at_bound"] == {"R0": {}, "R2": {}}
    assert set(found["certificate"]["export_deviation"]) == {"R0", "R2"}
    revenue = list(found["export_tax_revenue_usd_m"].values())
    assert_allclose(revenue, same.equilibrium.export_tax_revenue, rtol=1e-9)
    assert found["provenance"]["concept"] == "Nash equilibrium in tariffs and export taxes"
    _, out, _ = cli(*line)
    told = " ".join(out.split())
    assert "Export taxes, %: before and chosen" in told
    assert "The tariff of R0 on all is held at 0 %: with balanced trade," in told
    assert max(map(len, out.splitlines())) <= 80
    _, out, _ = cli(*line, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["player"], row["instrument"]) for row in rows] == [
        (player, kind) for kind in ("import", "export") for player in ("R0", "R2")
    ]


def test_export_taxes_alone_and_their_bounds(cli: Run) -> None:
    line = (*WAR, "--instruments", "export", "--export-bounds=0,0.02", "--optimal", "R0")
    code, out, _ = cli(*line, "--format", "json")
    assert code == 0
    found = json.loads(out)
    assert (found["tariffs"], found["bounds"], found["at_bound"]) == ({}, [], {})
    assert found["export_taxes_at_bound"] == {"R0": {"S0": "lower", "S1": "upper"}}
    _, out, _ = cli(*line)
    assert "At a bound of [0, 0.02], export taxes of R0: S0 (lower), S1 (upper)." in out
    told = " ".join(out.split())
    assert "Optimal export taxes of R0, with the export taxes of all others given." in told
    code, out, _ = cli(
        *WAR, "--by", "uniform", "--instruments", "export", "--export-bounds=-0.4,5",
        "--efficient", "nash", "--format", "json",
    )  # fmt: skip
    assert code == 0
    found = json.loads(out)
    assert set(found["disagreement"]["export_taxes"]) == {"R0", "R2"}
    assert all(gain > 0.0 for gain in found["gains_pct"].values())


def test_what_was_not_asked_for_is_not_claimed(cli: Run) -> None:
    code, out, err = cli(*WAR, "--by", "uniform", "--no-certify", "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["certificate_pct"] is None
    assert found["certified"] is False
    assert found["status"].startswith("not checked")


def test_a_better_response_leaves_with_1_and_keeps_the_data(
    cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from negotiation.trade.tariffs import chosen

    world = World.from_csv("data")
    wrong = nash_tariffs(world, ["R0", "R2"], by="uniform", certify=False, rounds=1)
    refuted = certify_tariffs(
        world, [dataclasses.replace(side, rates=side.rates + 0.2) for side in wrong.schedules]
    )
    assert refuted.largest_pct > 1e-3
    monkeypatch.setattr(chosen, "search", lambda problem, point: refuted)
    code, out, err = cli(*WAR, "--by", "uniform", "--format", "json")
    assert code == 1
    assert err.startswith("warning: not certified")
    found = json.loads(out)
    assert found["certified"] is False
    assert found["certificate_pct"] == refuted.largest_pct
    _, out, _ = cli(*WAR, "--by", "uniform")
    assert "Do not rely on this result: not certified" in out
    assert "of income to gain by other rates" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("data",), 2, "give --players, from R0, R1, R2"),
        (("data", "--players", "R0,R9"), 2, "player 'R9' is unknown"),
        (("data", "--players", "R0,R0"), 2, "twice"),
        (("data", "--players", "R0"), 2, "only player"),
        (("canada_us", "--players", "canda,us"), 2, "did you mean 'canada'?"),
        (("data", "--players", "R0,R2", "--by", "sectors"), 2, "by 'sectors' is unknown"),
        (("data", "--players", "R0,R2", "--on", "some"), 2, "on 'some' is unknown"),
        (("data", "--players", "R0,R2", "--sectors", "S7"), 2, "sector 'S7' is not in the data"),
        (("data", "--players", "R0,R2", "--bounds", "5"), 2, "expected two rates"),
        (("data", "--players", "R0,R2", "--bounds=2,1"), 2, "leave no room"),
        (("data", "--players", "R0,R2", "--set", "x=1"), 2, "drop --set"),
        (("data", "--players", "R0,R2", "--optimal", "R1"), 2, "not among the players"),
        (("data", "--players", "R0,R2", "--instruments", "exprt"), 2, "did you mean 'export'?"),
        (("data", "--players", "R0,R2", "--instruments", ""), 2, "expected import, export or both"),
        (("data", "--players", "R0,R2", "--export-bounds", "5"), 2, "--export-bounds is '5'"),
        (
            (*WAR[1:], "--instruments", "import,export", "--efficient", "nash"),
            2,
            "--efficient takes one of --instruments",
        ),
        (("data", "--players", "R0,R2", "--efficient", "best"), 2, "choose nash or weights"),
        (("data", "--players", "R0,R2", "--format", "xml"), 2, "format 'xml' is unknown"),
        (("data", "--players", "R0,R2", "-o", "war.xls"), 2, "ends in '.xls'"),
        (("tariff_standoff",), 2, "has no trade_world()"),
        (("canada_us", "--efficient", "nash", "--set", "auto_weight_us=1"), 2, "MVH"),
        (("canda_us",), 2, "did you mean 'canada_us'?"),
        (("empty", "--players", "A,B"), 4, "regions.csv"),
    ],
)
def test_wrong_use_and_bad_data(
    cli: Run, arguments: tuple[str, ...], code: int, words: str
) -> None:
    Path("empty").mkdir()
    left, out, err = cli("tariffs", *arguments)
    assert (left, out) == (code, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert words in err


# --- canada_us ------------------------------------------------------------------------------------


def test_the_players_of_a_model_in_its_own_world(cli: Run) -> None:
    settings = ("--set", "diversification=0.2", "--set", "auto_weight_us=0.5")
    code, out, _ = cli(
        "tariffs", "canada_us", "--by", "uniform", *settings, "--set", "run=short_run",
        "--format", "json",
    )  # fmt: skip
    assert code == 0
    found = json.loads(out)
    from negotiation import load_model

    model = load_model("canada_us").build(
        {"diversification": 0.2, "auto_weight_us": 0.5, "run": "short_run"}
    )
    tastes = model.levers(model.shares())["taste"]  # type: ignore[attr-defined]
    world = counterfactual(model.world, None, taste=tastes).as_world()  # type: ignore[attr-defined]
    same = nash_tariffs(
        world,
        ["CAN", "USA"],
        sectors=model.goods,  # type: ignore[attr-defined]
        objectives={"USA": {"MVH": 0.5}},
        certify=False,
    )
    assert found["tariffs"]["us"]["all"] == pytest.approx(float(same.rates["USA"]), rel=1e-5)
    assert found["tariffs"]["canada"]["all"] == pytest.approx(float(same.rates["CAN"]), rel=1e-5)
    assert found["objectives"] == {"USA": {"MVH": 0.5}}
    assert found["provenance"]["horizon"].startswith("one year")
    assert found["provenance"]["parameters"].startswith("auto_weight_us=0.5")
    assert found["assumptions"]


@pytest.mark.full
def test_solve_names_the_war_and_its_certificate(cli: Run) -> None:
    code, out, err = cli(
        "solve", "canada_us", "--threat", "tariff_war", "--draws", "0", "--format", "json"
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["threat"]["name"] == "tariff_war"
    assert found["threat"]["details"]["certificate_pct"] <= 1e-6
    assert set(found["threat"]["details"]["tariffs"]) == {"CAN", "USA"}
    assert found["agreements"]["nash"]["disagreement"] == found["threat"]["payoffs"]
    assert "certified: a search of" in found["provenance"]["threat_point"]
    assert found["leverage"]["marginal"] == {}


def test_solve_with_the_status_quo_as_threat_and_an_unknown_one(cli: Run) -> None:
    code, out, _ = cli("solve", "tariff_standoff", "--threat", "status_quo")
    assert code == 0
    told = " ".join(out.split())
    assert "Without a deal: nothing changes" in told
    assert "undefined: neither side loses without a deal" in told
    assert max(map(len, out.splitlines())) <= 80
    code, out, err = cli("solve", "canada_us", "--threat", "tarif_war")
    assert (code, out) == (2, "")
    assert "did you mean 'tariff_war'?" in err


def test_solve_with_an_uncertified_threat_leaves_with_1(cli: Run) -> None:
    code, out, _ = cli("models", "new", "storm")
    assert code == 0
    path = next(Path().glob("storm*"))
    path = path / "model.py" if path.is_dir() else path
    source = path.read_text(encoding="utf-8")
    source += '''
    threats = {"storm": "nobody knows"}

    def threat_point(self, name):
        """Return the storm."""
        import numpy as np
        from negotiation.model import ThreatPoint

        return ThreatPoint(np.array([-30.0, -50.0]), "a storm (not certified)", False)
'''
    path.write_text(source, encoding="utf-8")
    code, out, err = cli("solve", f"./{path}", "--threat", "storm")
    assert code == 1
    assert "threat point" in err
    assert "Do not rely on this result" in out
    assert "Threat point: a storm (not certified)." in " ".join(out.split())
