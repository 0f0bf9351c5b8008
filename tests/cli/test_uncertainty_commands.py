"""The commands `sensitivity`, `probability`, `scenarios` and `robust`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from negotiation.errors import ExitCode
from tests.docs.commands import do

BELIEFS = ["--prior", "tariff=uniform(0.05,0.3)", "--prior", "damage=uniform(2,12)"]
IMPOSES = "importer plays impose"


def text(*words: str) -> str:
    done = do(list(words))
    assert done.code == 0, done.err
    return " ".join(done.out.split())


def record(*words: str) -> Any:
    return json.loads(do([*words, "--format", "json"]).out)


def rows(*words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(do([*words, "--format", "csv"]).out)))


SENSITIVITY = ["sensitivity", "tariff_standoff", *BELIEFS, "--draws", "64", "--of", "loss.exporter",
               "--profile", "accept/impose"]  # fmt: skip


def test_sensitivity_says_what_decides() -> None:
    told = text(*SENSITIVITY)
    assert "What the exporter loses without a deal (threat posture, talks break down into" in told
    assert "the group tariff explains" in told
    assert "The rest explains less than 5 % each: damage." in told
    assert "One input at a time (bn USD a year)" in told
    found = record(*SENSITIVITY)
    assert found["groups"] == {"tariff": ["tariff"], "damage": ["damage"]}
    assert found["evaluations"] == 64 * 4
    decided = found["decided"][0]
    assert decided["number"] == "loss.exporter"
    assert decided["tornado"][0]["input"] == "tariff"
    lines = rows(*SENSITIVITY)
    assert {line["group"] for line in lines} == {"tariff", "damage"}
    assert float(lines[0]["first_order"]) == decided["indices"][0]["first_order"]


def test_the_rows_of_a_robust_choice_are_numbers() -> None:
    words = ["robust", "tariff_standoff", "--prior", "damage=uniform(2,12)", "--cost", "1"]
    for line in rows(*words, "--vary", "diversification=0:0.4:2", "--draws", "20"):
        parts = [float(line[name]) for name in ("from_talks", "lever_alone", "cost")]
        assert parts[0] + parts[1] - parts[2] == pytest.approx(float(line["expected"]))


def test_no_draws_are_refused() -> None:
    done = do([*SENSITIVITY[:-4], "--draws", "0"])
    assert done.code == ExitCode.WRONG_USE
    assert "--draws is 0; sensitivity needs draws" in done.err


def test_a_phrase_may_be_asked_for_and_a_further_threat() -> None:
    told = text(
        *SENSITIVITY[:2], *BELIEFS, "--draws", "16", "--of", IMPOSES, "--beside", "status_quo"
    )
    assert "The importer plays impose (threat posture)" in told
    assert "The importer plays impose (threat status_quo)" in told
    assert "Threat point: posture: payoffs at the selected equilibrium" in told
    assert "status_quo: the status quo itself" in told


PROBABILITY = ["probability", "tariff_standoff", *BELIEFS, "--draws", "50",
               "--when", "the exporter loses without a deal"]  # fmt: skip


def test_probability_at_a_point_and_along_a_parameter() -> None:
    told = text(*PROBABILITY)
    assert "Under threat posture the exporter loses without a deal in" in told
    along = [*PROBABILITY, "--vary", "diversification=0.1:0.9:3"]
    assert "along diversification" in text(*along)
    found = record(*along)
    assert [each["value"] for each in found["points"]] == pytest.approx([0.1, 0.5, 0.9])
    assert found["points"][0]["draws"] == 50
    lines = rows(*along)
    assert [float(each["probability"]) for each in lines] == [
        each["probability"] for each in found["points"]
    ]


def test_an_event_that_is_none_is_refused_with_those_there_are() -> None:
    done = do(["probability", "tariff_standoff", *BELIEFS, "--when", "importer plays imposs"])
    assert done.code == ExitCode.WRONG_USE
    assert "did you mean 'the importer plays impose'?" in done.err


SCENARIOS = ["scenarios", "tariff_standoff", *BELIEFS, "--draws", "600", "--when",
             "the exporter loses without a deal"]  # fmt: skip


def test_scenarios_tell_the_box_in_a_sentence() -> None:
    words = ["scenarios", "tariff_standoff", *BELIEFS, "--draws", "1000", "--when",
             "importer would answer retaliate with impose"]  # fmt: skip
    told = text(*words)
    assert "draws in which the importer would answer retaliate with impose, " in told
    assert "damage lies below" in told
    assert "tariff lies above" in told
    assert "The box is met in" in told
    found = record(*words)
    assert {each["name"] for each in found["box"]} == {"damage", "tariff"}
    assert found["density"] > 0.85
    assert found["coverage"] > 0.6
    assert len(rows(*words)) == 2


def test_what_always_holds_has_no_box() -> None:
    always = ["scenarios", "tariff_standoff", *BELIEFS, "--draws", "100", "--when",
              "importer would answer accept with impose"]  # fmt: skip
    told = text(*always)
    assert "in all draws. Horizon" in told
    found = record(*always)
    assert found["coverage"] is None
    assert found["coverage_reason"]
    assert found["box"] == []


ROBUST = ["robust", "tariff_standoff", *BELIEFS, "--draws", "50", "--vary",
          "diversification=0,0.5,0.9"]  # fmt: skip


def test_robust_choice_needs_a_cost_and_says_three_values() -> None:
    done = do(ROBUST)
    assert done.code == ExitCode.WRONG_USE
    assert "give --cost" in done.err
    told = text(*ROBUST, "--cost", "5")
    assert "has the largest expected payoff" in told
    assert "has the smallest largest regret" in told
    assert "has the largest 5 % quantile" in told
    assert "Cost as given: 5 per unit of diversification." in told
    found = record(*ROBUST, "--cost", "5")
    assert [each["value"] for each in found["values_compared"]] == [0.0, 0.5, 0.9]
    assert [float(each["expected"]) for each in rows(*ROBUST, "--cost", "5")] == [
        each["expected"] for each in found["values_compared"]
    ]


@pytest.mark.full
@pytest.mark.parametrize(
    "words",
    [
        SENSITIVITY,
        [*PROBABILITY, "--vary", "diversification=0.1:0.9:3", "--beside", "status_quo"],
        PROBABILITY,
        [*ROBUST, "--cost", "5"],
    ],
    ids=lambda words: words[0],
)
def test_pictures_are_drawn(words: list[str], tmp_path: Path) -> None:
    place = tmp_path / "picture.svg"
    done = do([*words, "--plot", str(place)])
    assert done.code == 0, done.err
    drawn = place.read_text(encoding="utf-8")
    assert drawn.count("<path") > 5
