"""The explorer's table against what is solved, and its cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter, prior
from negotiation.bargaining import bargain
from negotiation.case import Case
from negotiation.errors import ModelError, ParameterError
from negotiation.games import select, solve
from negotiation.outcome.threats import talks_of
from negotiation.study import explorer_kept
from negotiation.study.drawn import drawn
from negotiation.study.explorer import Explorer, explorer
from negotiation.study.explorer_table import Tabulation, explored


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(explorer_kept.FOLDER, str(tmp_path / "kept"))


@dataclass(frozen=True)
class Duel(Model):
    """A game of which one cell depends on both rates, and which is drawn from."""

    rate: float = parameter(0.3, low=0, high=1, unit="rate", source="test", lever_of="one")
    answer: float = parameter(0.2, low=0, high=2, unit="rate", source="test", lever_of="two")
    stake: float = parameter(
        10.0, low=1, unit="money", source="test", prior=prior.uniform(8.0, 12.0)
    )
    anger: float = parameter(0.5, low=0, unit="money", source="test")

    players = ("one", "two")
    actions = (("calm", "hit"), ("calm", "hit"))
    explored = {"rate": (0.0, 1.0), "answer": (0.0, 0.8)}  # noqa: RUF012
    political_costs = {("two", "hit"): "anger"}  # noqa: RUF012

    def payoffs(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        gain = self.stake * self.rate * np.exp(-self.rate)
        loss = self.stake * self.answer / (1.0 + self.answer)
        return {
            ("calm", "calm"): (0.0 * self.stake, 0.0 * self.stake),
            ("hit", "calm"): (gain, -gain),
            ("calm", "hit"): (-loss, loss - self.anger),
            ("hit", "hit"): (gain - loss - gain * loss, -self.anger - gain * loss / 2),
        }

    def talks(self) -> Talks:
        return Talks(self.players, (0.0, 0.0), AgreementSet.money(0.2 * self.stake), weight=0.4)


def test_numbers_are_those_of_the_model_within_the_stated_error() -> None:
    table = explorer(Case(Duel, seed=3), draws=12)
    rng = np.random.default_rng(1)
    worst = 0.0
    for rate, answer in rng.uniform(0.0, 0.8, (6, 2)):
        found = table.payoffs({"rate": rate, "answer": answer})
        drawn = Case(Duel, {"rate": rate, "answer": answer}, seed=3).drawn(draws=12)
        for rows, cloud in drawn.clouds():
            worst = max(worst, float(np.abs(cloud.game().payoffs - found[rows]).max()))
    assert 0.0 < worst < 0.02
    assert 1e-4 < table.error.median < table.error.largest < 0.1


def test_a_state_is_what_solving_the_case_gives() -> None:
    case = Case(Duel, seed=3)
    state = explorer(case, draws=12).at({"rate": [0.3, 0.7]})
    for k, rate in enumerate((0.3, 0.7)):
        drawn = Case(Duel, {"rate": rate, "answer": 0.2}, seed=3).drawn(draws=12)
        for rows, cloud in drawn.clouds():
            chosen = select(solve(cloud.game()), "pareto")
            talks = talks_of(cloud)
            assert talks is not None
            deal = bargain(talks, chosen.payoffs).concession
            assert state.support[k, rows].tolist() == chosen.support.tolist()
            assert np.allclose(state.deal[k, rows], deal, atol=0.02, equal_nan=True)


def test_a_number_is_tabulated_over_what_moves_it_only() -> None:
    table = explorer(Duel, draws=5)
    where = {int(q): part.axes for part in table.series for q in part.numbers}
    assert where[0] == ()
    assert where[8 + 4] == ()  # nobody moves; the weight
    assert where[1] == (1,)
    assert where[2] == (0,)
    assert where[3] == (0, 1)


def test_costs_are_apart_from_money() -> None:
    table = explorer(Duel, draws=5)
    free = table.payoffs({}, {"anger": 0.0})
    assert np.allclose(free[:, 1, :, 1] - table.payoffs({})[:, 1, :, 1], 0.5)
    state = table.at({"rate": 0.1, "answer": 0.8})
    assert (state.support == "calm/hit").all()
    assert (state.breakdown[:, 1] > 0.5).all()


def test_parameters_are_those_that_the_model_says_or_its_levers() -> None:
    told = explored(Case(Duel))
    assert [(each.name, each.low, each.high, each.start) for each in told] == [
        ("rate", 0.0, 1.0, 0.3),
        ("answer", 0.0, 0.8, 0.2),
    ]
    found = explored(Case("tariff_standoff"))
    assert [each.name for each in found] == ["diversification", "tariff"]
    assert explored(Case(Duel, {"answer": 1.5}))[1].high == 1.5


def test_what_cannot_be_explored_is_refused() -> None:
    @dataclass(frozen=True)
    class Fixed(Model):
        width: float = parameter(1.0, unit="money", source="test")
        players = ("one", "two")
        actions: ClassVar[Any] = (("a", "b"), ("c", "d"))

        def payoffs(self) -> Any:
            return np.zeros((2, 2, 2))

    @dataclass(frozen=True)
    class Wide(Fixed):
        actions = (tuple("abcdefg"), ("c", "d"))

    with pytest.raises(ModelError, match="7 actions of a player; expected 6 at most"):
        explorer(Wide)
    with pytest.raises(ModelError, match="nothing to explore"):
        explorer(Fixed)
    with pytest.raises(ParameterError, match="from 1 to"):
        explorer(Duel, draws=0)


def test_a_table_is_found_again_and_a_broken_one_is_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = explorer("tariff_standoff")
    where = explorer_kept.folder()
    assert where is not None
    (file,) = where.glob("explorer-*.npz")

    def refuse(*_: Any) -> Any:
        raise AssertionError("was solved again")

    monkeypatch.setattr(Tabulation, "tabulated", refuse)
    again = explorer("tariff_standoff")
    assert _alike(first, again)
    with pytest.raises(AssertionError, match="solved again"):
        explorer(Case("tariff_standoff", {"damage": 9.0}))
    with pytest.raises(AssertionError, match="solved again"):
        explorer("tariff_standoff", cache=False)
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(AssertionError, match="solved again"):
        explorer("tariff_standoff")
    monkeypatch.undo()


def test_a_table_is_known_by_all_that_it_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def key(case: Case, draws: int = 60) -> str:
        return explorer_kept.key(case, explored(case), draws)

    usual = Case("tariff_standoff")
    assert len(key(usual)) == 32
    assert key(usual) == key(Case("tariff_standoff"))
    others = [
        key(usual, 40),
        key(Case("tariff_standoff", seed=1)),
        key(Case("tariff_standoff", {"damage": 9.0})),
        key(Case("tariff_standoff", priors={"damage": "uniform(7,9)"})),
        key(Case("tariff_standoff", priors={"damage": "uniform(7,10)"})),
        key(Case("tariff_standoff", design="sobol")),
    ]
    monkeypatch.setattr(explorer_kept, "code", lambda: "changed")
    others.append(key(usual))
    monkeypatch.undo()
    assert len({key(usual), *others}) == len(others) + 1
    assert key(Case(Duel)) == ""  # no file, no digest
    own = prior.Prior("mine", lambda u: u[:, 0])
    assert key(Case("tariff_standoff", priors={"damage": own})) == ""


def test_a_table_depends_on_what_its_model_reads_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "cost.txt"
    own = tmp_path / "own.py"
    text = (Path(__file__).parents[2] / "models" / "tariff_standoff.py").read_text("utf-8")
    cost = f"float(__import__('pathlib').Path({str(other)!r}).read_text())"
    own.write_text(text.replace("loss / 2 - self.damage", f"loss / 2 - {cost}"), encoding="utf-8")
    keys = set()
    for number in ("8", "9"):
        other.write_text(number, encoding="utf-8")
        case = Case(str(own))
        keys.add(explorer_kept.key(case, explored(case), 60))
    assert len(keys) == 2


def test_nothing_is_kept_where_that_is_switched_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(explorer_kept.FOLDER, "off")
    assert explorer_kept.folder() is None
    explorer("tariff_standoff")
    assert not list(tmp_path.rglob("*.npz"))
    monkeypatch.setenv(explorer_kept.FOLDER, str(tmp_path / "file"))
    (tmp_path / "file").write_text("a file where a folder is wanted")
    explorer("tariff_standoff")  # and is no error


def _alike(one: Explorer, other: Explorer) -> bool:
    return one.error == other.error and all(
        np.array_equal(a.codes, b.codes) and np.array_equal(a.step, b.step) and a.axes == b.axes
        for a, b in zip(one.series, other.series, strict=True)
    )


@pytest.mark.full
def test_canada_and_the_us() -> None:
    table = explorer("canada_us", draws=4)
    assert table.lever == "diversification"
    assert len(table.moves("diversification")) == 4
    assert table.fallbacks == ("in_force",)
    assert 0.0 < table.error.median < 20.0
    assert table.error.largest < 200.0
    values = {"diversification.autos": 0.3, "escalation_rate": 0.35, "retaliation_rate": 0.1}
    found = table.payoffs(values, dict.fromkeys(table.costs, 0.0))
    fixed = ("diversification", "diversification.metals_energy", "diversification.forestry")
    case = Case("canada_us", values, fixed=(*fixed, "diversification.other"))
    for rows, cloud in case.drawn(("diversification",), draws=4).clouds():
        assert np.abs(cloud.game().payoffs - found[rows]).max() < table.error.largest + 60.0
    # The command below the chart solves the same draws.
    settings = {"diversification": 0.2, "escalation_rate": 0.4, "retaliation_rate": 0.12}
    exact = drawn(Case("canada_us", settings, threat="posture", draws=4))
    moved = {**settings, **dict.fromkeys(table.moves("diversification"), 0.2)}
    state = table.at(moved)
    assert state.support.tolist() == exact.columns["equilibrium"].values[0].tolist()
    deal = np.asarray(exact.columns["delta_canada"].values)[0]
    assert np.allclose(state.deal[:, 0], deal, atol=table.error.largest, equal_nan=True)
    # A profile is tabulated over the parameters that move it.
    parts = {int(q): part.axes for part in table.series for q in part.numbers}
    assert parts[0] == ()
    assert parts[4] == (0, 1, 2, 3)
    assert parts[8] == (0, 1, 2, 3, 4, 5)
