"""Registering from outside: what is refused, and how the failure of an author's code is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from negotiation import (
    Case,
    Game,
    evaluate,
    games,
    load_model,
    register_concept,
    register_rule,
    register_score,
    register_threat,
)
from negotiation.bargaining import bargain
from negotiation.case import THREATS
from negotiation.catalogue import load_extension
from negotiation.cli.console import run
from negotiation.errors import CatalogueError, ExitCode, ModelError, ParameterError
from negotiation.games import RULES
from negotiation.outcome import SCORES
from negotiation.outcome.columns import columns
from negotiation.registry import restored

HERE = Path(__file__).name


def rule(payoffs: Any, same: Any, game: Any, strategies: Any) -> Any:
    """All of them."""
    return np.ones(len(payoffs), dtype=bool)


CHICKEN = Game(("a", "b"), (("x", "y"), ("x", "y")), np.array([[[0, 2], [3, 1]], [[0, 3], [2, 1]]]))


# --- names and signatures -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Mine", "my rule", "1st", "my-rule", 3, None])
def test_a_name_is_a_word(name: Any) -> None:
    with pytest.raises(ModelError, match="is no name for a selection rule; expected a word"):
        register_rule(name)(rule)


def test_a_decorator_without_its_name_is_refused() -> None:
    with pytest.raises(ModelError, match="is no name for a selection rule"):
        register_rule(rule)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["best_for_a", "best_for_"])
def test_a_name_with_a_meaning_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="has a meaning of its own"):
        register_rule(name)(rule)
    with pytest.raises(ModelError, match="has a meaning of its own"):
        register_concept("proportional")(lambda zone, weight: zone.best)


@pytest.mark.parametrize(
    ("register", "name"),
    [(register_rule, "pareto"), (register_concept, "nash"), (register_threat, "posture")],
)
def test_what_the_package_brings_is_not_replaced(register: Any, name: str) -> None:
    with pytest.raises(ModelError, match=f"the .* of the package, '{name}', has this name already"):
        register(name, about="mine")(lambda *_: None)


def test_a_name_that_is_taken_says_by_whom() -> None:
    register_rule("mine")(rule)

    def other(payoffs: Any, same: Any, game: Any, strategies: Any) -> Any:
        """Others."""

    with pytest.raises(ModelError, match=rf"{HERE}, line \d+: selection rule 'mine' has this name"):
        register_rule("mine")(other)
    register_rule("mine")(rule)  # the same again is no error
    RULES.unregister("mine")
    register_rule("mine")(other)


def _loosely(register: Any) -> Any:
    """Let a test give what a type checker refuses."""
    return register


def test_a_function_takes_what_it_is_called_with() -> None:
    with pytest.raises(
        ModelError, match=r"takes \(payoffs\); expected \(payoffs, same, game, strategies\)"
    ):
        _loosely(register_rule("mine", about="mine"))(lambda payoffs: payoffs)
    with pytest.raises(ModelError, match="is 3; expected a function"):
        _loosely(register_rule("mine", about="mine"))(3)


def test_it_is_said_what_it_is_and_in_which_unit() -> None:
    with pytest.raises(ModelError, match="does not say what it is"):
        _loosely(register_rule("mine"))(lambda payoffs, same, game, strategies: payoffs)
    with pytest.raises(ModelError, match="score 'mine' has no unit"):
        register_score("mine", about="mine")(lambda outcome: None)
    register_rule("mine")(rule)
    assert RULES["mine"].about == "All of them"


def test_what_was_registered_is_forgotten() -> None:
    with restored():
        register_rule("mine")(rule)
        assert "mine" in RULES
    assert "mine" not in RULES


# --- what a function gives ------------------------------------------------------------------------


@pytest.mark.parametrize("best", [[True], [1, 0, 0], [False] * 3, "all", None])
def test_a_rule_chooses(best: Any) -> None:
    register_rule("mine", about="mine")(lambda payoffs, same, game, strategies: best)
    with pytest.raises(ModelError, match="for 3 equilibria; expected 3 truth values"):
        games.select(games.solve(CHICKEN), "mine")


def test_a_rule_is_listed_and_used() -> None:
    register_rule("last", about="mine")(
        lambda payoffs, same, game, strategies: np.arange(len(payoffs)) == len(payoffs) - 1
    )
    found = games.solve(CHICKEN)
    assert int(games.select(found, "last").index) == int(found.count) - 1
    with pytest.raises(ParameterError, match=r"did you mean 'last'\?.*choose from .*last"):
        games.select(found, "lst")


@pytest.mark.parametrize(
    ("gains", "told"),
    [
        ([1.0, 2.0, 3.0], "expected the gains of both sides, of shape"),
        ("all", "expected the gains of both sides"),
        (None, "expected the gains of both sides"),
        ([1e6, 1e6], "gains of 1e.06 and 1e.06; expected gains of 0 or more that an agreement"),
        ([-1.0, 1.0], "gains of -1 and 1; expected gains of 0 or more"),
    ],
)
def test_a_concept_gives_what_an_agreement_gives(gains: Any, told: str) -> None:
    register_concept("mine", about="mine")(lambda zone, weight: gains)
    here = evaluate("tariff_standoff")
    assert here.talks is not None
    with pytest.raises(ModelError, match=f"{HERE}, line .*bargaining concept 'mine' .*{told}"):
        bargain(here.talks, here.threat.payoffs, "mine")


def test_a_concept_that_is_not_solved_says_so() -> None:
    register_concept("mine", about="mine")(lambda zone, weight: np.full(zone.best.shape, np.nan))
    here = evaluate("tariff_standoff")
    assert here.talks is not None
    deal = bargain(here.talks, here.threat.payoffs, "mine")
    assert str(deal.status).startswith("not solved")


@pytest.mark.parametrize("payoffs", [[1.0, 2.0, 3.0], "all", None])
def test_a_threat_point_has_payoffs_of_every_player(payoffs: Any) -> None:
    register_threat("mine", about="mine")(lambda at: payoffs)
    with pytest.raises(ModelError, match=r"threat point 'mine' .*payoffs of exporter, importer"):
        evaluate(Case("tariff_standoff", threat="mine"))


def test_a_threat_point_without_payoffs_is_not_certified() -> None:
    register_threat("mine", about="mine")(lambda at: np.full(at.selection.payoffs.shape, np.nan))
    found = evaluate(Case("tariff_standoff", threat="mine"))
    assert str(found.status).startswith("not certified: the game is solved, but its threat point")
    assert run(["solve", "tariff_standoff", "--quick", "--threat", "mine"]) == ExitCode.UNCERTIFIED


def test_a_threat_point_moves_with_the_equilibrium() -> None:
    """The range over all equilibria is of a threat point that each of them moves."""
    from negotiation.outcome import deals

    register_threat("mine", about="mine")(lambda at: at.selection.payoffs)
    cloud = load_model("tariff_standoff").build({"tariff": np.array([0.1, 0.25, 0.4])})
    same, posture = (evaluate(Case(cloud, threat=name)) for name in ("mine", "posture"))
    assert np.array_equal(same.threat.payoffs, posture.threat.payoffs)
    assert np.array_equal(same.threat.certified, posture.threat.certified)
    assert np.array_equal(deals(same), deals(posture), equal_nan=True)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], "all", ["1", "2"], [1j, 2.0]])
def test_a_score_is_a_number_for_each_player(values: Any) -> None:
    register_score("mine", unit="share", about="mine")(lambda outcome: values)
    with pytest.raises(ModelError, match=r"score 'mine' .*a number for each of exporter, importer"):
        _ = evaluate("tariff_standoff").scores


def test_a_score_may_be_missing() -> None:
    register_score("mine", unit="share", about="mine")(lambda outcome: None)
    assert dict(evaluate("tariff_standoff").scores) == {}


@pytest.mark.parametrize("name", ["payoff", "delta", "gain", "walkout"])
def test_a_score_takes_nobody_elses_column(name: str) -> None:
    register_score(name, unit="share", about="mine")(lambda outcome: (1.0, 2.0))
    cloud = load_model("tariff_standoff").build({"tariff": np.array([0.1])})
    with pytest.raises(ModelError, match=f"another column '{name}_exporter'"):
        columns(evaluate(cloud))


# --- an author's error ----------------------------------------------------------------------------


def test_an_error_inside_is_told_with_its_place() -> None:
    @register_score("mine", unit="share", about="mine")
    def mine(outcome: Any) -> Any:
        return outcome.leverage.nothing

    with pytest.raises(
        ModelError, match=rf"{HERE}, line \d+: score 'mine' failed with AttributeError: .*nothing"
    ):
        _ = evaluate("tariff_standoff").scores


def test_an_interrupt_is_no_error_of_the_author() -> None:
    def stop(outcome: Any) -> Any:
        raise KeyboardInterrupt

    register_score("mine", unit="share", about="mine")(stop)
    with pytest.raises(KeyboardInterrupt):
        _ = evaluate("tariff_standoff").scores


# --- files ----------------------------------------------------------------------------------------

EXTENSION = """
from negotiation import register_score

@register_score("mine", unit="share", about="mine")
def mine(outcome):
    return outcome.selection.payoffs * {factor}
"""


def test_a_file_may_be_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    for factor in (1, 2):
        file.write_text(EXTENSION.format(factor=factor), encoding="utf-8")
        load_extension(file)
    found = evaluate("tariff_standoff")
    assert np.allclose(found.scores["mine"].values, 2 * found.selection.payoffs)


def test_another_file_may_not_take_the_name(tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(EXTENSION.format(factor=1), encoding="utf-8")
    load_extension(tmp_path / "one.py")
    with pytest.raises(ModelError, match=r"two\.py does not load: .*one\.py, line 4: score 'mine'"):
        load_extension(tmp_path / "two.py")


def test_the_file_of_a_model_may_register(tmp_path: Path) -> None:
    shipped = (Path(str(load_model("tariff_standoff").catalogue_path))).read_text(encoding="utf-8")
    (tmp_path / "standoff.py").write_text(shipped + EXTENSION.format(factor=3), encoding="utf-8")
    found = evaluate(tmp_path / "standoff.py")
    assert np.allclose(found.scores["mine"].values, 3 * found.selection.payoffs)
    assert SCORES["mine"].outside


@pytest.mark.parametrize("name", ["nowhere.py", "no_such_module", "no/such/place", "a..b"])
def test_an_extension_that_is_not_there(name: str) -> None:
    with pytest.raises(CatalogueError, match=f"there is no extension {name}; expected the path"):
        load_extension(name)


def test_an_extension_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import math\nmath.nothing\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"broken\.py, line 2: AttributeError"):
        load_extension(tmp_path / "broken.py")


def test_threat_points_of_the_package_are_registered_alike() -> None:
    assert list(THREATS) == ["posture", "status_quo", "dispute"]
    entries: list[Any] = [*THREATS.values(), *RULES.values()]
    assert not any(each.outside for each in entries)
