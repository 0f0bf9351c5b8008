"""Limits of `canada_us`: what is refused and why, and what a reader is told of a whole range."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose

from negotiation import Case, evaluate, load_model
from negotiation.cli.console import run
from negotiation.errors import ExitCode, ParameterError
from negotiation.outcome import in_clouds
from negotiation.provenance import provenance
from negotiation.study import sweep
from negotiation.study.attribution import attribute
from negotiation.trade import levers

TOO_MUCH = {"diversification": 0.97, "markets": "GBR"}


def model(given: dict[str, Any]) -> Any:
    return load_model("canada_us").build(given)


def test_without_levers_they_do_nothing_whatever_is_at_stake() -> None:
    found = evaluate(model({"at_stake.MVH": 0.0, "at_stake.STL": 0.5})).quantities
    own = [name for name in found if "_lever_pct." in name]
    assert len(own) == 6
    for name in own:
        assert_allclose(found[name].values, 0.0, atol=1e-8)
    # Against today, with all duties, it does matter what is at stake.
    assert abs(found["auto_output_today_pct.canada"].values[1, 1]) > 10.0


def test_what_levers_do_is_measured_under_the_duties_at_stake() -> None:
    given = {"diversification": 0.1, "at_stake.MVH": 0.0}
    with_it, without = model(given), model({"at_stake.MVH": 0.0})
    autos, canada = with_it.world.sector("MVH"), with_it.world.region("CAN")
    after, before = (
        float(each.profiles.real_output[1, 1, canada, autos]) for each in (with_it, without)
    )
    told = evaluate(with_it).quantities["auto_output_lever_pct.canada"].values
    assert_allclose(told, 100.0 * (after / before - 1.0), rtol=1e-6)


@pytest.mark.parametrize(
    "study",
    [lambda case: sweep(case, {"escalation_rate": [0.1, 0.2]}), attribute],
)
def test_a_market_that_is_full_is_named_and_the_threat_point_is_not_blamed(study: Any) -> None:
    case = Case("canada_us", TOO_MUCH)
    assert in_clouds(case)
    with pytest.raises(ParameterError, match=r"^GBR cannot buy .* in sector NFM"):
        study(case)
    assert not in_clouds(Case("canada_us", threat="tariff_war"))


def test_a_subsidy_that_canada_cannot_pay_is_refused_at_once() -> None:
    given = {"diversification_by": "subsidy", "elasticities": "low", "markets": "MEX+OAS"}
    payable = model({**given, "diversification": 0.2})
    assert payable.status_quo.converged
    for share in (0.4, 0.7):
        far = model({**given, "diversification": share})
        psi = levers.growth(far.world, "CAN", "USA", far.outlets, far.shares())
        with pytest.raises(ParameterError, match=r"CAN cannot pay .* sales to \w+ in sector \w+"):
            levers.subsidies(far.world, "CAN", far.outlets, psi)
        with pytest.raises(ParameterError, match="redirect less"):
            far.game()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"duties.us.escalate": "us_on_canada_ieepa_2025-08"}, "us.escalate, us_on_canada_ieepa"),
        ({"duties.canada.retaliate": "canada_on_us_2025-03-13"}, "canada_on_us_2025-03-13, are"),
    ],
)
def test_a_schedule_that_is_void_or_past_is_said_wherever_it_is_put(
    given: dict[str, Any], words: str
) -> None:
    assert words in " ".join(model(given).ask("cautions"))


def test_the_ends_of_a_range_have_their_cautions() -> None:
    case = Case("canada_us")
    assert "cautions" not in provenance(case)
    told = provenance(case, ["diversification"], seen={"diversification": (0.0, 0.97)})["cautions"]
    assert "more than a doubling" in told
    assert "e+" not in told
    energy = provenance(case, seen={"escalation_rate_energy": (0.0, 0.1), "procurement": (0, 0.1)})
    assert "taxes Canadian energy" in energy["cautions"]


@pytest.mark.full
def test_a_command_says_once_that_a_name_is_an_old_one() -> None:
    words = ["package", "canada_us", "--set", "pass_through=0.5", "--set", "markets=EU27"]
    done = subprocess.run(
        [sys.executable, "-m", "negotiation", *words], capture_output=True, text=True, check=True
    )
    told = "warning: parameter pass_through of model canada_us is now called already_moved"
    assert done.stderr.splitlines() == [told]


def test_what_is_set_twice_under_two_names_or_options_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with (
        pytest.warns(DeprecationWarning, match="already_moved"),
        pytest.raises(ParameterError, match=r"already_moved .* set twice"),
    ):
        model({"pass_through": 0.5, "already_moved": 0.2})
    for one, other in (
        ("postures=default", ["--postures", "export_tax"]),
        ("duties.us.keep=us_on_canada_mfn", ["--duties", "us.keep=us_on_canada_ieepa_2025-08"]),
    ):
        assert run(["solve", "canada_us", "--set", one, *other]) == ExitCode.WRONG_USE
        assert f"parameter {one.partition('=')[0]} is set twice" in capsys.readouterr().err


def test_a_file_of_ones_own_is_told_with_what_was_in_it(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    told = []
    for rate in (0.5, 0.4, 0.5):
        own.write_text(f"sector,rate\nSTL,{rate}\n", encoding="utf-8")
        told.append(provenance(Case("canada_us", {"duties.us.escalate": str(own)}))["parameters"])
    assert told[0].startswith(f"duties.us.escalate={own}, content ")
    assert told[0] == told[2] != told[1]
