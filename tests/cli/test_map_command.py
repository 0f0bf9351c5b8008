"""`negotiation map`: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from negotiation import load_model
from negotiation.cli.console import run

STANDOFF = ["map", "tariff_standoff", "--vary", "tariff=0.05:1", "--vary", "damage=0:20"]
CANADA = [
    "map", "canada_us", "--vary", "diversification=0:0.4",
    "--vary", "us_escalation_cost=0:12000", "--points", "5",
]  # fmt: skip


def test_the_table_reads_first_and_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*STANDOFF, "--points", "9"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Over tariff from 0.05 to 1 and damage from 0 to 20 there are 3 regimes")
    assert max(map(len, text.splitlines())) <= 80
    assert "Where the boundaries run:" in text
    # The importer is indifferent where half of what it takes is what it risks: 35 tariff = damage.
    assert "0.571429 at 20" in " ".join(text.split())
    assert "Threat point:" in text
    assert "Horizon:" in text


def test_canada_us_has_its_known_boundaries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*CANADA, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["certified"]
    assert sum(region["share"] for region in found["regions"]) == pytest.approx(1.0)
    switch = next(c for c in found["curves"] if "equilibrium" in c["changes"])
    at = [y for x, y in switch["points"] if abs(x - 0.2) < 1e-12]
    model: Any = load_model("canada_us")(diversification=0.2)
    payoffs = model.payoffs()[1, 2]  # of the US, where Canada retaliates
    assert at == [pytest.approx(payoffs[2] - payoffs[0], abs=1e-5)]
    assert "the US changes from escalate to lift" in switch["sentence"]
    assert all(c["residual"] < 1e-9 for c in found["curves"])
    assert found["provenance"]["threat_point"]
    assert found["axes"][1]["unit"] == "US$ million a year"


def test_canada_us_has_a_known_line_at_which_the_us_breaks_even(
    capsys: pytest.CaptureFixture[str],
) -> None:
    vary = ["--vary", "procurement=0.7:0.95", *CANADA[4:]]
    assert run(["map", "canada_us", *vary, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    loss = next(c for c in found["curves"] if c["changes"] == ["loss of us"])
    places = [x for x, _ in loss["points"]]
    assert max(places) - min(places) < 1e-9  # the cost is no part of the duties in force
    model: Any = load_model("canada_us")
    below, above = (float(model(procurement=places[0] + e).in_force()[1]) for e in (-1e-6, 1e-6))
    assert below < 0.0 < above


def test_csv_has_every_point_of_every_curve(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*STANDOFF, "--points", "5", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {"curve", "changes", "left", "right", "tariff", "damage", "threat_point"} <= set(rows[0])
    for row in rows:
        if row["changes"] == "equilibrium+loss of importer":
            assert float(row["damage"]) == pytest.approx(35.0 * float(row["tariff"]), abs=1e-6)


@pytest.mark.parametrize("suffix", ["json", "md", "csv", "txt"])
def test_results_go_to_a_file(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / f"map.{suffix}"
    assert run([*STANDOFF, "--points", "5", "-o", str(place)]) == 0
    told = capsys.readouterr()
    assert not told.out
    assert f"wrote {place}" in told.err
    text = place.read_text(encoding="utf-8")
    assert {"json": "{", "md": "Over", "csv": "curve,", "txt": "Over"}[suffix] == text[
        : {"json": 1, "md": 4, "csv": 6, "txt": 4}[suffix]
    ]


@pytest.mark.full
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_picture_is_drawn(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / f"map.{suffix}"
    assert run([*STANDOFF, "--points", "9", "--plot", str(place)]) == 0
    assert place.stat().st_size > 10_000
    if suffix == "svg":
        text = place.read_text(encoding="utf-8")
        assert "retaliate/impose" in text or "<path" in text
    assert f"wrote {place}" in capsys.readouterr().err


def test_no_boundary_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["map", "tariff_standoff", "--vary", "tariff=0.7:0.9", "--vary", "damage=1:2"]
    assert run([*line, "--points", "3"]) == 0
    text = capsys.readouterr().out
    assert "there is one regime" in text
    assert "curve " not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["map", "tariff_standoff", "--vary", "tariff=0:1"], "give it twice"),
        ([*STANDOFF, "--vary", "exports=1:2"], "given 3 times"),
        (["map", "canada_us", "--vary", "diversification=0:0.6", "--vary", "run=a:b"], "words"),
        ([*STANDOFF, "--points", "2"], "expected 3 to"),
        ([*STANDOFF, "--format", "xml"], "format 'xml'"),
        ([*STANDOFF, "-o", "map.pdf"], "map.pdf"),
        ([*STANDOFF, "--plot", "map.gif"], ".png, .svg or .pdf"),
        ([*STANDOFF, "--set", "tariff=0.3"], "both set and varied"),
        ([*STANDOFF, "--threat", "nothing"], "no threat point"),
    ],
)
def test_wrong_use_is_one_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith("error: ")
    assert words in told.err
    assert len(told.err.strip().splitlines()) == 1


LIKELY = [*STANDOFF, "--points", "5", "--draws", "40", "--prior", "exports=uniform(60,140)"]


@pytest.mark.full
def test_over_draws_probabilities_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It imposes where half of tariff times exports, less diverted ones, exceeds the damage."""
    picture = tmp_path / "map.png"
    assert run([*LIKELY, "--plot", str(picture)]) == 0
    text = capsys.readouterr().out
    assert (
        "The equilibrium is retaliate/impose with a probability between 0.00 and 1.00"
        in " ".join(text.split())
    )
    assert max(map(len, text.splitlines())) <= 80
    assert picture.stat().st_size > 10_000
    assert run([*LIKELY, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["draws"] == 40
    assert found["provenance"]["seed"] == "0, 40 draws by latin hypercube"
    imposed = next(e for e in found["events"] if e["phrase"] == "retaliate/impose")
    assert len(imposed["probability"]) == len(imposed["probability"][0]) == 5
    at = found["values"]["tariff"][2], found["values"]["damage"][3]
    exports = 2 * at[1] / at[0] / (1 - 0.3)
    share = min(max((140 - exports) / 80, 0.0), 1.0)
    assert imposed["probability"][2][3] == pytest.approx(share, abs=1 / 40)


def test_an_event_needs_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*STANDOFF, "--event", "there is a deal"]) == 2
    assert "give --draws 100" in capsys.readouterr().err
    assert run([*LIKELY, "--event", "there is a dael"]) == 2
    assert "did you mean 'there is a deal'" in capsys.readouterr().err
