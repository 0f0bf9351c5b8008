"""`negotiation columns`: one glossary of names, and the page that is made from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from negotiation.cli.console import run
from negotiation.glossary import find, of_draws
from negotiation.outcome.columns import column_name
from negotiation.report.columns import document
from negotiation.report.render import render

ROOT = Path(__file__).parent.parent.parent
SHIPPED = {"canada_us": "diversification=0,0.1", "tariff_standoff": "diversification=0.1,0.2"}


def test_the_page_is_what_the_command_prints() -> None:
    page = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert page == render(document(), "md").rstrip("\n") + "\n", (
        "run: negotiation columns --format md -o docs/columns.md"
    )


@pytest.mark.parametrize("model", SHIPPED)
def test_every_column_of_a_sweep_is_in_the_glossary(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["sweep", model, "--vary", SHIPPED[model], "--format", "csv", "--draws", "5"]
    assert run(line) == 0
    heads = capsys.readouterr().out.splitlines()[0].split(",")
    assert run(["columns", "--of", model, "--format", "json"]) == 0
    known = {each["name"]: each for each in json.loads(capsys.readouterr().out)["names"]}
    for head in heads:
        base = next((each for each in (head, of_draws(head)[0]) if each in known), None)
        if base is not None:
            assert known[base]["meaning"]
        else:
            assert find(head)[1].meaning  # of where it comes from


@pytest.mark.parametrize("model", SHIPPED)
def test_every_number_that_explain_lists_is_in_the_glossary(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", model, "--format", "json"]) == 0
    numbers = json.loads(capsys.readouterr().out)["numbers"]
    assert run(["columns", "--of", model, "--format", "json"]) == 0
    known = {each["name"] for each in json.loads(capsys.readouterr().out)["names"]}
    assert len(numbers) > 20
    for name in numbers:
        assert column_name(name) in known or find(name)[1].meaning


def test_a_name_of_a_sweep_at_many_draws(capsys: pytest.CaptureFixture[str]) -> None:
    for command, meaning in (
        (["payoff_us_p5"], "at the selected equilibrium of the game: 5 % of the draws lie below"),
        (["slope_delta_canada_p95"], "net concession of canada"),
        (["p_loss_us"], "us loses without a deal"),
        (["revealed_money_us"], "political costs that today's behaviour reveals"),
    ):
        assert run(["columns", *command]) == 0
        assert meaning in " ".join(capsys.readouterr().out.split())


def test_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ncl.canada", "ncl_canada"):
        assert run(["columns", name]) == 0
        out = " ".join(capsys.readouterr().out.split())
        assert "share of the losses at stake" in out
        assert "net concession leverage of canada" in out
    assert run(["columns", "payoff_us_min"]) == 0
    assert "smallest over all" in capsys.readouterr().out
    assert run(["columns", "surplus_reason"]) == 0
    assert "why surplus" in capsys.readouterr().out
    assert run(["columns", "asymetry"]) == 2
    assert "did you mean 'asymmetry'" in capsys.readouterr().err
    assert run(["columns", "welfare_pct.CAN", "--of", "canada_us"]) == 0
    assert "real income of Canada" in capsys.readouterr().out
