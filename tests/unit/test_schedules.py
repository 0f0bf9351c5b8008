"""Schedules: what is read, what is refused in which sentence, and the shipped ones."""

from __future__ import annotations

import dataclasses
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from negotiation.catalogue import find
from negotiation.cli.options import read_duties
from negotiation.errors import DataError, NegotiationError, ParameterError
from negotiation.trade import World
from negotiation.trade.schedules import Catalogue, Schedule, goods, read_schedules
from negotiation.trade.tariff_lines import TariffLine
from negotiation.trade.wedges import Parts

DATA = find("canada_us").path.parent / "data"
FOLDER = DATA / "schedules"


@pytest.fixture(scope="module")
def world() -> World:
    return World.from_csv(DATA)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.read(FOLDER)


def write(folder: Path, text: str, name: str = "own.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def tables() -> dict[str, dict[tuple[str, str], float]]:
    """Means by schedule, sector and use, as the README of the shipped folder prints them."""
    found: dict[str, dict[tuple[str, str], float]] = {}
    for block in (FOLDER / "README.md").read_text(encoding="utf-8").split("\n### ")[1:]:
        rows = re.findall(r"^\|([A-Z]{3})\|(\w+)\|([\d.]+)\|", block, re.MULTILINE)
        found[block.split("\n", 1)[0].strip()] = {(s, u): float(m) / 100 for s, u, m in rows}
    return found


# --- the shipped ones -----------------------------------------------------------------------------


def test_every_file_is_in_the_index(catalogue: Catalogue) -> None:
    files = {path.stem for path in FOLDER.glob("*.csv")} - {"index"}
    assert set(catalogue.rows) == files == set(tables())
    assert len(catalogue) == 16


def test_means_are_those_of_the_readme(catalogue: Catalogue, world: World) -> None:
    for name, means in tables().items():
        schedule = catalogue.schedule(name)
        here = schedule.arrays(world.sectors).mean  # with bans, as the README has it
        for (sector, use), mean in means.items():
            s = world.sectors.index(sector)
            for u in (0, 1) if use == "both" else (("intermediate", "final").index(use),):
                assert here[s, u] == pytest.approx(mean, abs=5.1e-5), (name, sector, use)
        assert len(means) == 15


def test_means_beside_bans_are_those_of_the_readme(catalogue: Catalogue, world: World) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in ("us_on_canada_2026-09-29", "us_on_canada_threat_autos_2027-01-01"):
        block = text.split(f"### {name}\n")[1].split("\n### ")[0]
        rows = re.findall(r"^\|([A-Z]{3})\|both\|[^|]+\|[^|]+\|([\d.]+)\|", block, re.MULTILINE)
        assert len(rows) == 13
        for sector, mean in rows:
            here = 100 * catalogue.schedule(name).mean(world, sectors=[sector])
            assert here == pytest.approx(float(mean), abs=5.1e-3), (name, sector)


def test_shares_fill_every_cell(catalogue: Catalogue, world: World) -> None:
    for schedule in catalogue:
        ((pair, parts),) = schedule.parts(world).items()
        assert pair == (schedule.target, schedule.imposer)
        assert np.abs(parts.share.sum(axis=0) - 1.0).max() < 1e-15 * 10
        assert ((parts.name == "") <= (parts.share == 0.0)).all()
        assert parts.rate.shape == (len(parts.name), len(world.sectors), 2)


def test_latest_in_force(catalogue: Catalogue) -> None:
    assert catalogue.latest("USA", "CAN").name == "us_on_canada_2026-09-29"
    assert catalogue.latest("CAN", "USA").name == "canada_on_us_2026-09-08"
    announced = catalogue.latest("USA", "CAN", "announced")
    assert announced.name == "us_on_canada_threat_autos_2027-01-01"
    with pytest.raises(ParameterError, match="no import duty of MEX on USA with the status in_f"):
        catalogue.latest("MEX", "USA")
    with pytest.raises(ParameterError, match=r"'in force' is unknown \(did you mean 'in_force'"):
        catalogue.latest("USA", "CAN", "in force")
    with pytest.raises(ParameterError, match="did you mean 'canada_on_us_mfn'"):
        catalogue.schedule("canada_on_us_mnf")


def test_means_on_goods_are_near_those_of_the_source(catalogue: Catalogue, world: World) -> None:
    """The index weights with customs data of 2024, the model's table is of 2022."""
    for name, row in catalogue.rows.items():
        schedule = catalogue.schedule(name)
        beside = float(row["mean_rate_pct_goods_excluding_ban_parts"] or row["mean_rate_pct_goods"])
        assert 100 * schedule.mean(world) == pytest.approx(beside, abs=0.8)
        with_bans = 100 * schedule.mean(world, bans=True)
        assert with_bans == pytest.approx(float(row["mean_rate_pct_goods"]), abs=0.8)
        assert schedule.has_bans == (with_bans > 100 * schedule.mean(world) + 1.0)
    assert goods(world) == world.sectors[:14]


def test_a_ban_is_left_out_of_the_mean(world: World) -> None:
    banned = Schedule("ban", "USA", "CAN", [TariffLine("STL", 9.99, share=0.4, part="ban")])
    assert banned.mean(world, sectors=["STL"]) == 0.0
    assert banned.mean(world, sectors=["STL"], bans=True) == pytest.approx(0.4 * 9.99)
    whole = Schedule("ban", "USA", "CAN", {"STL": 9.99})
    assert np.isnan(whole.mean(world, sectors=["STL"]))


# --- in Python ------------------------------------------------------------------------------------


def test_three_lines_of_python(world: World) -> None:
    steel = Schedule("steel", "USA", "CAN", {"STL": 0.5, ("MVH", "final"): ("25%", 0.8)})
    parts = steel.parts(world)[("CAN", "USA")]
    s, m = world.sectors.index("STL"), world.sectors.index("MVH")
    assert parts.mean[s].tolist() == [0.5, 0.5]
    assert parts.mean[m] == pytest.approx([0.0, 0.2])
    assert parts.name[:, m, 1].tolist() == ["steel", "rest"]
    assert parts.name[:, s, 1].tolist() == ["all", ""]
    assert parts.mean.sum() == pytest.approx(1.2)
    assert pickle.loads(pickle.dumps(steel)) == steel


def test_escalation_never_lowers(catalogue: Catalogue, world: World) -> None:
    escalated = np.full((len(world.sectors), 1), 0.25)
    for schedule in catalogue:
        (parts,) = schedule.parts(world).values()
        higher = parts.at_least(escalated)
        used = parts.name != ""
        assert (higher.rate[used] >= parts.rate[used]).all()
        assert higher.rate[used].min() == 0.25
        assert (higher.rate[used] == np.maximum(parts.rate[used], 0.25)).all()
        assert (higher.share == parts.share).all()
        assert (parts.at_least(0.0).rate == parts.rate).all()


def test_at_least_takes_rates_by_sector_by_use_and_a_batch() -> None:
    parts = Parts(
        name=np.array([[["a", "a"]] * 3, [["rest", ""]] * 3]),
        share=np.array([[[0.4, 1.0]] * 3, [[0.6, 0.0]] * 3]),
        rate=np.array([[[0.2, 0.2]] * 3, [[0.0, 0.0]] * 3]),
    )
    by_sector = parts.at_least([0.1, 0.0, 0.3]).rate
    assert by_sector[:, :, 0].tolist() == [[0.2, 0.2, 0.3], [0.1, 0.0, 0.3]]
    assert by_sector[1, :, 1].tolist() == [0.0, 0.0, 0.0]  # a slot that is not used stays at zero
    by_use = parts.at_least(np.array([[0.1, 0.5]] * 3))
    assert by_use.mean == pytest.approx(np.array([[0.14, 0.5]] * 3))
    batch = parts.at_least(np.array([0.0, 0.1])[:, None, None] * np.ones((2, 3, 2)))
    assert batch.mean[:, :, 0] == pytest.approx(np.array([[0.08] * 3, [0.14] * 3]))
    half = batch.scaled(np.full((2, 3, 1), 0.5))
    assert half.mean == pytest.approx(0.5 * batch.mean)
    assert Parts.plain(by_use.mean).mean == pytest.approx(by_use.mean)


def test_export_taxes_and_all_targets(world: World) -> None:
    tax = Schedule("oil", "CAN", "USA", {"OIL": 0.1}, kind="export tax")
    assert list(tax.parts(world)) == [("CAN", "USA")]
    assert list(dataclasses.replace(tax, kind="import duty").parts(world)) == [("USA", "CAN")]
    everyone = dataclasses.replace(tax, target="all").parts(world)
    assert list(everyone) == [("CAN", each) for each in world.regions if each != "CAN"]
    many = dataclasses.replace(tax, target="all")
    assert 0.0 < many.mean(world) < tax.mean(world) < 0.1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "export"}, "kind of schedule x is 'export' (did you mean 'export tax'"),
        ({"status": "in force"}, "status of schedule x is 'in force' (did you mean 'in_force'?)"),
        ({"date": "2026-9-8"}, "date of schedule x is '2026-9-8'; expected year, month and day"),
        ({"target": "USA"}, "schedule x is imposed by USA on itself; expected two regions"),
        ({"lines": {"STL": 25}}, "rate of a line on STL: 25 is 2,500 %; tariffs are fractions, did "
         "you mean 0.25? (a percent sign says that it is meant: 2500%)"),
        ({"lines": {"STL": "much"}}, "rate of a line on STL: 'much' is not a number"),
        ({"lines": {"STL": -1.0}}, "rate of a line on STL: -1 is no rate"),
        ({"lines": {("STL", "finale"): 0.1}}, "'finale' is not known (did you mean 'final'?)"),
        ({"lines": {"STL": (0.1, 30)}}, "30 is more than all of the trade, which is 1; did you "
         "mean 0.3?"),
        ({"lines": ["STL"]}, "'STL' is no line of a schedule; expected TariffLine('STL', 0.25)"),
        ({"lines": {"STL": 0.1, ("STL", "final"): 0.2}}, "STL, final use is already in an earlier"),
    ],
)  # fmt: skip
def test_what_is_refused_in_python(given: dict[str, object], sentence: str) -> None:
    words = {"name": "x", "imposer": "USA", "target": "CAN", "lines": {"STL": 0.1}, **given}
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        Schedule(**words)  # type: ignore[arg-type]


def test_regions_and_sectors_are_those_of_the_world(world: World) -> None:
    for schedule, sentence in (
        (Schedule("x", "USA", "CND", {"STL": 0.1}), "target of schedule x is CND, which is no reg"),
        (Schedule("x", "", "CAN", {"STL": 0.1}), "schedule x has no imposer; say which region"),
        (Schedule("x", "USA", "CAN", {"STEL": 0.1}), "'STEL' is not known (did you mean 'STL'?)"),
    ):
        with pytest.raises(ParameterError, match=re.escape(sentence)):
            schedule.parts(world)


def test_a_schedule_is_aimed_once() -> None:
    own = Schedule("own", lines={"STL": 0.1}).between("USA", "CAN")
    assert (own.imposer, own.target) == ("USA", "CAN")
    with pytest.raises(ParameterError, match="schedule own has the imposer USA; expected CAN here"):
        own.between("CAN", "USA")


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("sector,rate\nSTL,0.5\nOIL,10%\n", {"STL": (0.5, 0.5), "OIL": (0.1, 0.1)}),
        ("sector,use,rate\nMVH,final,0.25\n", {"MVH": (0.0, 0.25)}),
        ("sector,rate,coverage\nSTL,0.5,0.3\n", {"STL": (0.15, 0.15)}),
        ("sector;rate;share\nSTL;0.5;30%\n", {"STL": (0.15, 0.15)}),
        (
            "sector,use,part,share,rate\nSTL,both,a,0.2,0.5\nSTL,final,b,0.8,0.25\n",
            {"STL": (0.1, 0.3)},
        ),
    ],
)
def test_files_of_ones_own(
    tmp_path: Path, world: World, text: str, means: dict[str, tuple[float, float]]
) -> None:
    schedule = Schedule.read(write(tmp_path, text))
    assert (schedule.name, schedule.status, schedule.kind) == ("own", "hypothetical", "import duty")
    here = schedule.arrays(world.sectors).mean
    for code, row in zip(world.sectors, here, strict=True):
        assert tuple(row) == pytest.approx(means.get(code, (0.0, 0.0)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sector,rate\nSTL,25\n", "own.csv, row 2, column rate: 25 is 2,500 %; tariffs are fractio"
         "ns, did you mean 0.25?"),
        ("sector,rate\nSTL,\n", "own.csv, row 2, column rate: '' is not a number: the cell is emp"),
        ("sector,rate\nSTL,-2\n", "own.csv, row 2, column rate: -2 is no rate; expected a number"),
        ("sector,rate\nSTL,0.1\nSTL,0.2\n", "own.csv, row 3, column sector: STL is already in an "
         "earlier line (row 2); keep one, or name the parts in the column part"),
        ("sector,part,share,rate\nSTL,a,0.2,0.1\nSTL,a,0.2,0.2\n", "own.csv, row 3, column part: "
         "part 'a' of STL is already in an earlier line (row 2); keep one"),
        ("sector,part,share,rate\nSTL,a,0.7,0.1\nSTL,b,0.7,0.2\n", "own.csv, row 3, column share: "
         "the shares of STL, intermediate use, add up to 1.4 with this line; expected 1 at most"),
        ("sector,share,rate\nSTL,-0.1,0.1\n", "own.csv, row 2, column share: -0.1 is negative; exp"
         "ected a share of the trade, from 0 to 1"),
        ("sector,coverage,rate\nSTL,30,0.1\n", "own.csv, row 2, column coverage: 30 is more than a"
         "ll of the trade, which is 1; did you mean 0.3?"),
        ("sector,use,rate\nSTL,inputs,0.1\n", "own.csv, row 2, column use: 'inputs' is not known"),
        ("sector,rates\nSTL,0.1\n", "own.csv, row 1: column 'rate' is missing (did you mean 'rate"),
        ("sector,rate,shares\nSTL,0.1,0.5\n", "own.csv, row 1: column 'shares' is not read (did y"),
        ("sector,rate,share,coverage\nSTL,0.1,1,1\n", "own.csv, row 1: columns share and coverage"),
        ("sector,rate,status\nSTL,0.1,void\nOIL,0.1,announced\n", "own.csv, row 3, column status: "
         "'announced' stands beside 'void' above; a schedule has one status"),
        ("sector,rate,status\nSTL,0.1,valid\n", "own.csv: status of schedule own is 'valid'"),
        ("sector,rate\n", "own.csv has no rows; expected a sector and a rate in each"),
        ("sector,rate\nSTEL,0.1\n", "own.csv, row 2, column sector: 'STEL' is not known (did you m"
         "ean 'STL'?)"),
    ],
)  # fmt: skip
def test_what_is_refused_in_a_file(
    tmp_path: Path, world: World, text: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, text)
    with pytest.raises(DataError, match="^" + re.escape(sentence)) as caught:
        Schedule.read("own.csv").arrays(world.sectors)
    assert "\n" not in str(caught.value)


def test_toml(tmp_path: Path, world: World) -> None:
    text = (
        '[schedule]\nname = "oil tax"\nimposer = "CAN"\ntarget = "USA"\nkind = "export tax"\n'
        'date = 2027-01-01\nstatus = "hypothetical"\n'
        '[[line]]\nsector = "OIL"\nrate = 0.1\n'
        '[[line]]\nsector = "PET"\nrate = "5%"\nshare = 0.5\nuse = "final"\npart = "fuel"\n'
    )
    tax = Schedule.read(write(tmp_path, text, "own.toml"))
    assert (tax.name, tax.kind, tax.date) == ("oil tax", "export tax", "2027-01-01")
    parts = tax.parts(world)[("CAN", "USA")]
    assert parts.mean[world.sectors.index("OIL")].tolist() == [0.1, 0.1]
    assert parts.mean[world.sectors.index("PET")].tolist() == [0.0, 0.025]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[line]]\nsector = 'STL'\nrate = 25\n", "own.toml, [[line]] 1, column rate: 25 is 2,500"),
        ("[[line]]\nsector = 'STL'\n", "own.toml, [[line]] 1: key 'rate' is missing"),
        ("[[line]]\nsector = 'STL'\nrates = 1\n", "own.toml, [[line]] 1: key 'rates' is not known"),
        ("[schedule]\nimposed = 'USA'\n[[line]]\nsector = 'STL'\nrate = 0.1\n", "own.toml, [sched"),
        ("[schedule]\nname = 'x'\n", "own.toml holds no lines; expected a table [schedule] and"),
        ("line = 3\n", "own.toml holds no lines"),
        ("sector, rate\n", "own.toml cannot be read as TOML"),
    ],
)
def test_what_is_refused_in_toml(
    tmp_path: Path, text: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, text, "own.toml")
    with pytest.raises(DataError, match="^" + re.escape(sentence)):
        Schedule.read("own.toml")


def test_an_index_that_contradicts_a_file(tmp_path: Path) -> None:
    write(tmp_path, "sector,rate,status\nSTL,0.1,void\n", "a.csv")
    head = "schedule,imposer,target,date,status,legal_basis,source\n"
    write(tmp_path, head + "a,USA,CAN,2026-01-01,in_force,law,me\n", "index.csv")
    with pytest.raises(DataError, match="status is 'void', where 'in_force' is asked for"):
        Catalogue.read(tmp_path).schedules()
    write(tmp_path, head + "a,USA,CAN,1 May,in_force,law,me\n", "index.csv")
    with pytest.raises(DataError, match="row 2, column date: '1 May' is no date"):
        Catalogue.read(tmp_path)


# --- duties of postures ---------------------------------------------------------------------------


POSTURES = {
    "us.keep": ("USA", "CAN"),
    "us.escalate": ("USA", "CAN"),
    "canada.counter": ("CAN", "USA"),
}


def test_duties_of_postures(tmp_path: Path, catalogue: Catalogue) -> None:
    path = write(tmp_path, "sector,rate\nSTL,0.5\n")
    asked = read_duties([f"us.escalate={path}", "canada.counter=canada_on_us_2025-03-13"])
    found = read_schedules(asked, POSTURES, catalogue)
    assert found["us.escalate"] == Schedule("own", "USA", "CAN", {"STL": 0.5})
    assert found["canada.counter"].date == "2025-03-13"
    own = Schedule("own", lines={"STL": 0.1})
    assert read_schedules({"us.keep": own}, POSTURES)["us.keep"].imposer == "USA"


@pytest.mark.parametrize(
    ("duties", "sentence"),
    [
        ({"us.escalat": "own.csv"}, "there is no posture 'us.escalat' (did you mean 'us.escalate'"),
        ({"us.keep": "us_on_canada_mnf"}, "duties of us.keep: no schedule is called 'us_on_canada_"
         "mnf' (did you mean 'us_on_canada_mfn'?)"),
        ({"us.keep": 3}, "duties of us.keep: 3 is no schedule; expected a Schedule, or the path"),
        ({"us.keep": "canada_on_us_mfn"}, "duties of us.keep: schedule canada_on_us_mfn has the "
         "imposer CAN; expected USA here"),
        ({"canada.counter": Schedule("oil", "CAN", "USA", {"OIL": 0.1}, kind="export tax")},
         "duties of canada.counter: schedule oil has the kind export tax; expected import duty"),
        ({"us.keep": "nowhere.csv"}, "nowhere.csv does not exist; expected a schedule, with the"),
    ],
)  # fmt: skip
def test_what_is_refused_of_duties(
    catalogue: Catalogue, duties: dict[str, str], sentence: str
) -> None:
    with pytest.raises(NegotiationError, match=re.escape(sentence)):
        read_schedules(duties, POSTURES, catalogue)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["us.escalate"], "'us.escalate' gives no posture its duties; expected --duties player.po"),
        (["escalate=own.csv"], "'escalate=own.csv' gives no posture its duties"),
        (["us.keep=a.csv", "us.keep=b.csv"], "duties of us.keep are given twice; keep one"),
    ],
)
def test_what_is_refused_of_the_option(texts: list[str], sentence: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        read_duties(texts)
