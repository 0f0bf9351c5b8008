"""W6, W9, W12: scores that are not defined say so; what is attributed is what is threatened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Case, Model, Talks, load_model, parameter
from negotiation.cli.console import run
from negotiation.leverage import NclStatus
from negotiation.outcome import evaluate
from negotiation.outcome.choices import other_choices
from negotiation.report import derivation, solution
from negotiation.report.reading import sentences
from negotiation.report.render import render
from negotiation.study import sweep
from negotiation.study.attribution import attribute
from negotiation.study.audit.audit import audit
from negotiation.study.audit.finding import Verdict
from negotiation.study.reading import read
from negotiation.tolerances import NCL_LOSSES
from tests.drawn import first

Payoffs = Mapping[tuple[str, ...], tuple[Any, ...]]
CANADA = load_model("canada_us")


@dataclass(frozen=True)
class Seesaw(Model):
    """One loses about what the other gains: losses of 1 + gap / 2 and gap / 2 - 1."""

    gap: Any = parameter(0.01, low=-3, high=3, unit="US$", source="test", lever_of="up")
    pie: Any = parameter(4.0, low=0, high=9, unit="US$", source="test")
    mood: str = parameter("calm", choices=("calm", "angry", "sad"), unit="word", source="test")

    players = ("up", "down")
    actions = (("sit",), ("sit",))
    payoff_unit = "US$"

    def payoffs(self) -> Payoffs:
        first = -1.0 - np.asarray(self.gap) / 2.0
        return {("sit", "sit"): (first, 1.0 - np.asarray(self.gap) / 2.0)}

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(self.pie))


def command(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


# --- W6 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "status"),
    [
        (0.01, NclStatus.CANCEL),
        (0.0, NclStatus.CANCEL),
        (-0.05, NclStatus.CANCEL),
        (2 * NCL_LOSSES, NclStatus.CANCEL),
        (2 * NCL_LOSSES * 1.001, NclStatus.DEFINED),
        (1.0, NclStatus.DEFINED),
        (-1.0, NclStatus.GAIN),
    ],
)
def test_w6_ncl_is_defined_where_the_losses_do_not_cancel(gap: float, status: NclStatus) -> None:
    scores = evaluate(Seesaw(gap=gap)).leverage
    assert scores is not None
    for each in scores.concession.values():
        assert each.status == status.value
        assert np.isfinite(each.delta).all()
        assert np.isfinite(each.power_share).all()
        defined = status == NclStatus.DEFINED
        assert np.isfinite(each.ncl).all() == defined
        assert np.isfinite(each.exposure_share).all() == defined
        if defined:
            np.testing.assert_allclose(each.ncl, each.delta / gap)


def test_w6_the_reasons_are_apart() -> None:
    @dataclass(frozen=True)
    class Idle(Seesaw):
        def payoffs(self) -> Payoffs:
            return {("sit", "sit"): (0.0 * self.gap, 0.0)}

    @dataclass(frozen=True)
    class Stuck(Seesaw):
        def talks(self) -> Talks:
            return Talks(self.players, (0.0, 0.0), AgreementSet.frontier([(-9.0, -9.0)]))

    idle, stuck = evaluate(Idle()).leverage, evaluate(Stuck(gap=1.0)).leverage
    assert idle is not None
    assert stuck is not None
    assert idle.concession["nash"].status == NclStatus.NO_LOSS.value
    assert stuck.concession["nash"].status == NclStatus.NO_DEAL.value


def test_w6_every_output_says_why_there_is_none() -> None:
    point = Seesaw()
    outcome = evaluate(point, marginal=True)
    told = " ".join(sentences(read(outcome)))
    assert "NCL undefined" in told
    assert "100.5" not in told
    text = " ".join(render(solution.document(outcome), "table").split())
    assert "NCL: undefined: one side gains without a deal about what the other loses" in text
    record = solution.record(outcome)
    assert record["leverage"]["net_concession"]["nash"]["ncl_status"] == NclStatus.CANCEL.value
    steps = derivation.derivation(outcome, "ncl")
    assert "one side gains without a deal" in " ".join(
        render(derivation.document(outcome, steps), "table").split()
    )
    assert all(np.isnan(step.check) or step.check == pytest.approx(step.value) for step in steps)


def test_w6_a_sweep_carries_status_and_reason() -> None:
    data = sweep(Seesaw, {"gap": [0.01, 1.0, -1.0]})
    assert data["ncl_status"].values.tolist() == [
        NclStatus.CANCEL.value,
        NclStatus.DEFINED.value,
        NclStatus.GAIN.value,
    ]
    assert np.isnan(data["ncl_up"].values).tolist() == [True, False, True]
    assert np.isfinite(data["delta_up"].values).all()


def test_w6_the_sign_of_the_deal_is_located_across_the_gap() -> None:
    """NCL changes sign where Delta does, pie = gap here, and is not defined around losses of 0."""
    data = sweep(Seesaw, {"pie": [0.5, 4.0]})
    assert np.isnan(data["ncl_up"].values).all()
    data = sweep(Seesaw, {"gap": [0.2, 1.0, 3.0]})
    assert (data["ncl_up"].values * data["delta_up"].values > 0).all()


def test_w6_the_audit_has_a_pitfall() -> None:
    found = {each.key: each for each in audit(Seesaw()).findings}
    assert found["ncl"].verdict == Verdict.BITES
    assert "add up to +0.01000" in found["ncl"].sentence
    assert found["ncl"].size == pytest.approx(0.005)
    clear = {each.key: each for each in audit(Seesaw(gap=1.0)).findings}
    assert clear["ncl"].verdict == Verdict.DOES_NOT
    gains = {each.key: each for each in audit(Seesaw(gap=-1.0)).findings}
    assert gains["ncl"].verdict == Verdict.NOT_APPLICABLE
    assert "together gain" in gains["ncl"].sentence


# --- W9 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threat", ["in_force", "dispute"])
def test_w9_what_pays_no_duty_in_force_has_no_part_in_the_dispute(threat: str) -> None:
    found = attribute(Case(CANADA(), threat=threat))
    parts = dict(zip(found.sectors, found.sector, strict=True))
    largest = float(np.abs(found.sector).max())
    for code in ("OIL", "PET", "ELY"):
        assert abs(parts[code]) < 1e-9 * largest
    assert float(found.total) == pytest.approx(float(found.sector.sum()), rel=1e-9)
    assert not found.of_the_game


def test_w9_without_walk_outs_and_breakdowns_the_dispute_is_the_duties_in_force() -> None:
    one, other = (attribute(Case(CANADA(), threat=name)) for name in ("in_force", "dispute"))
    np.testing.assert_allclose(one.sector, other.sector, atol=1e-6)
    assert "walking out binds nobody" in other.attributed
    assert "in_force" in one.attributed


def test_w9_a_hazard_brings_the_game_in_and_says_so() -> None:
    """No duty on oil is in force: it matters where a breakdown would bring one."""
    calm = attribute(Case(CANADA(escalation_rate_energy=0.25), threat="dispute"))
    assert dict(zip(calm.sectors, calm.sector, strict=True))["OIL"] == pytest.approx(0, abs=1e-3)
    point = CANADA(breakdown_hazard=0.2, escalation_rate_energy=0.25)
    found = attribute(Case(point, threat="dispute"))
    parts = dict(zip(found.sectors, found.sector, strict=True))
    assert abs(parts["OIL"]) > 1.0
    assert "talks that break down lead to the equilibrium" in found.attributed
    assert found.of_the_game


def test_w9_a_walk_out_that_binds_with_everything_at_stake_stays() -> None:
    """The deal itself is then the walk-out, and so are the coalitions'."""
    point = CANADA(retaliation_rate=0.0, escalation_rate_energy=0.3)
    outcome = evaluate(Case(point, threat="dispute"))
    binding = outcome.agreements["nash"].binding
    assert binding[1]
    assert not binding[0]
    found = attribute(Case(point, threat="dispute"), by="tables")
    assert "the US would walk out with everything at stake" in found.attributed
    assert float(found.whole) == pytest.approx(float(outcome.agreements["nash"].concession[0]))


@pytest.mark.full
@pytest.mark.parametrize(
    ("threat", "words"),
    [
        ("posture", "each coalition plays the game"),
        ("dispute", "each coalition is in the dispute as it stands"),
        ("in_force", "each coalition faces in_force"),
    ],
)
def test_w9_the_output_says_what_is_attributed(
    threat: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = command(capsys, "attribute", "canada_us", "--by", "tables", "--threat", threat)
    assert words in found["attributed"]
    assert run(["attribute", "canada_us", "--by", "tables", "--threat", threat]) == 0
    assert f"What is attributed: {words}" in " ".join(capsys.readouterr().out.split())


# --- W12 ------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("values", first(1, [{}, {"elasticities": "high", "markets": "EU27+GBR"}]))
def test_w12_solve_and_audit_look_at_the_same_choices(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    solved = command(capsys, "solve", "canada_us", "--draws", "0", *words)
    audited = command(capsys, "audit", "canada_us", *words)
    choices = next(each for each in audited["findings"] if each["key"] == "choices")
    assert choices["details"]["results"] == solved["other_choices"]
    assert choices["details"]["tried"] == len(solved["other_choices"]) == 21
    assert f"of {21} other choices" in choices["sentence"].lower()
    assert any("21 other choices" in line for line in solved["reading"])


@pytest.mark.full
def test_w12_they_are_listed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", "canada_us", "--draws", "0"]) == 0
    assert "elasticities=u4" not in capsys.readouterr().out
    assert run(["solve", "canada_us", "--draws", "0", "--choices"]) == 0
    out = capsys.readouterr().out
    for each in other_choices(CANADA()).solved:
        assert each.label in out
    assert max(map(len, out.splitlines())) <= 80
    assert run(["solve", "canada_us", "--choices", "--quick"]) == 2
    assert "--quick" in capsys.readouterr().err


def test_w12_what_a_model_refuses_is_counted_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "moody.py"
    path.write_text(
        '"""Two moods, one of them refused."""\n'
        "from dataclasses import dataclass\n"
        "from negotiation import AgreementSet, Model, Talks, errors, parameter\n\n\n"
        "@dataclass(frozen=True)\n"
        "class Moody(Model):\n"
        '    mood: str = parameter("calm", choices=("calm", "mad", "sad"), unit="", source="t")\n'
        '    players = ("a", "b")\n'
        '    actions = (("x",), ("x",))\n\n'
        "    def __post_init__(self):\n"
        "        super().__post_init__()\n"
        '        if self.mood == "mad":\n'
        '            raise errors.ParameterError("moody: mood is mad; be calm")\n\n'
        "    def payoffs(self):\n"
        '        return {("x", "x"): (-2.0 if self.mood == "sad" else -1.0, -1.0)}\n\n'
        "    def talks(self):\n"
        "        return Talks(self.players, (0.0, 0.0), AgreementSet.money(3.0))\n",
        encoding="utf-8",
    )
    solved = command(capsys, "solve", str(path))
    assert set(solved["other_choices"]) == {"mood=mad", "mood=sad"}
    assert solved["other_choices"]["mood=mad"] is None
    sure = next(line for line in solved["reading"] if "other choice" in line and "give" in line)
    assert "1 of 2 other choices" in sure
    assert "1 not solved" in sure
    audited = command(capsys, "audit", str(path))
    choices = next(each for each in audited["findings"] if each["key"] == "choices")
    assert choices["details"]["tried"] == 2
    assert choices["details"]["not_certified"] == ["mood=mad"]
    assert run(["solve", str(path), "--choices"]) == 0
    assert "Refused by the model: mood=mad" in capsys.readouterr().out
