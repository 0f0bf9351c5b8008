"""B7: everything public pickles and deep-copies, also into a fresh process."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import negotiation
from negotiation import Axis, Case, Grid, Model, evaluate, load_model
from negotiation.bargaining import (
    CONCEPTS,
    AgreementSet,
    Delay,
    Packages,
    SmoothFrontier,
    Talks,
    alternating,
    attrition,
    bargain,
    beliefs,
    enforcement,
    honoured,
    impasse,
    link,
    nash_in_nash,
    partners,
    settle,
    take_it_or_leave_it,
    utilitarian,
    zeuthen,
)
from negotiation.catalogue import find
from negotiation.contract import check
from negotiation.errors import CatalogueError, ModelError, Named, NegotiationError, ResultError
from negotiation.games import correlated, dominance, logit, sequential, solve, stability
from negotiation.games.files import backward_induction, parse
from negotiation.model import ThreatPoint
from negotiation.regimes import regimes
from negotiation.regimes.regions import regime_map
from negotiation.regimes.thresholds import thresholds
from negotiation.regimes.thresholds.inverse import reach
from negotiation.study import sweep
from negotiation.study.attribution import attribute
from negotiation.study.audit.anticipation import anticipate
from negotiation.study.audit.audit import audit
from negotiation.study.chance_map import chance_map
from negotiation.study.credibility.credibility import credibility
from negotiation.study.places import places
from negotiation.study.probability import probability
from negotiation.study.reading import read
from negotiation.study.revealed import resolve
from negotiation.study.robust import robust
from negotiation.study.scenarios import scenarios
from negotiation.study.sensitivity import sensitivity
from negotiation.trade import (
    counterfactual,
    decomposition,
    dependence,
    formula_tariffs,
    gradient,
    optimal_tariff,
)
from tests.unit.hand_made import by_hand

FILE = '''"""Talks over a smooth frontier; figures invented."""

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

import numpy as np

from negotiation import Model, Quantity, Talks, ThreatPoint, parameter
from negotiation.bargaining import SmoothFrontier


class Mood(Enum):
    """Of the day."""

    CALM = "calm"


@dataclass(frozen=True)
class Curved(Model):
    """Both may hold out."""

    stake: float = parameter(1.0, low=0.1, unit="bn USD a year", source="invented", lever_of="a")
    rounds: int = parameter(2, low=1, unit="rounds", source="invented")

    players = ("a", "b")
    actions = (("hold", "yield"), ("hold", "yield"))
    payoff_unit = "bn USD a year"
    threats = MappingProxyType({"storm": "a storm"})

    def payoffs(self):
        """A chicken game."""
        s = np.asarray(self.stake)
        return {
            ("hold", "hold"): (-2.0 * s, -2.0 * s),
            ("hold", "yield"): (0.2 * s, 0.0 * s),
            ("yield", "hold"): (0.0 * s, 0.2 * s),
            ("yield", "yield"): (0.1 * s, 0.1 * s),
        }

    def talks(self):
        """Over a curve that is a function made here, which no pickle can hold."""
        return Talks(self.players, (0.0, 0.0), SmoothFrontier(lambda x: 1.0 - x**2, 0.0, 1.0))

    def outcomes(self):
        """Jobs."""
        return {"jobs": Quantity(np.zeros((2, 2)), "%")}

    def threat_point(self, name):
        """A storm."""
        facts = MappingProxyType({"mood": Mood.CALM, "name": name})
        return ThreatPoint(np.array([-1.0, -1.0]), "a storm", True, facts)
'''

TREE = """EFG 2 R "entry" { "E" "I" }
""
p "" 1 1 "" { "in" "out" } 0
p "" 2 1 "" { "fight" "share" } 0
t "" 1 "" { -1, -1 }
t "" 2 "" { 1, 1 }
t "" 3 "" { 0, 2 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "curved.py"
    path.write_text(FILE, encoding="utf-8")
    return path


def there_and_back(value: Any) -> list[Any]:
    every = [pickle.loads(pickle.dumps(value, protocol)) for protocol in (2, 4, 5)]
    return [*every, copy.deepcopy(value), copy.copy(value)]


def fresh(statement: str, value: Any, tmp_path: Path) -> str:
    """What a process of its own prints of a pickled value, which it knows as `found`."""
    (tmp_path / "found.pkl").write_bytes(pickle.dumps(value))
    return arriving(statement, tmp_path)


def arriving(statement: str, tmp_path: Path) -> str:
    script = "import pathlib, pickle\n"
    script += "found = pickle.loads(pathlib.Path('found.pkl').read_bytes())\n"
    script += statement
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def same(one: Any, other: Any, where: str = "") -> None:
    """The same content, whatever holds it."""
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, err_msg=where)
    elif isinstance(one, Enum | str | float | int | None | type):
        assert one == other or one != one, where  # noqa: PLR0124 - NaN
    elif dataclasses.is_dataclass(one):
        assert type(one).__qualname__ == type(other).__qualname__
        for field in dataclasses.fields(one):
            value = getattr(one, field.name)
            if not callable(value) or isinstance(value, type):
                same(value, getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, dict | MappingProxyType):
        assert list(one) == list(other), where
        for key in one:
            same(one[key], other[key], f"{where}[{key}]")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for k, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{k}]")


def results() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Something of every kind that a public function returns."""
    standoff = load_model("tariff_standoff")
    canada = load_model("canada_us")
    talks = Talks(("a", "b"), (0, 0), AgreementSet.money(1.0))
    table = Packages(("a", "b"), ("t",), (("no", "yes"),), np.array([[0.0, 2.0], [0.0, -1.0]]), 1.0)
    game = standoff().game()
    tree = parse(TREE, "entry")
    yield "parameter", lambda: list(standoff.parameters().values())
    yield "class", lambda: standoff
    yield "model", lambda: standoff(tariff=0.1)
    yield "model beyond", lambda: canada(escalation_rate="2500%")
    yield "cloud", lambda: standoff(tariff=np.linspace(0.0, 1.0, 3))
    yield "outcome", lambda: evaluate(standoff(), marginal=True)
    yield "outcomes", lambda: evaluate(standoff(tariff=np.linspace(0.0, 1.0, 3)))
    yield "outcome of canada_us", lambda: evaluate(canada())
    yield "quantities", lambda: evaluate(canada()).quantities
    yield "dispute", lambda: evaluate(Case(canada(), threat="dispute"))
    yield "axis", lambda: Axis("tariff", (0.1, 0.2))
    yield "grid", lambda: Grid.of(["tariff=0:1:3"])
    yield "regimes", lambda: regimes(standoff, sweep(standoff, {"tariff": [0.0, 0.2]}))
    yield "thresholds", lambda: thresholds(standoff, "diversification=0:0.6")
    yield "reach", lambda: reach(standoff, "ncl.exporter=-0.4")
    yield "reach a phrase", lambda: reach(standoff, "exporter plays accept")
    ranges = ("diversification=0:0.6", "tariff=0:1")
    yield "map", lambda: regime_map(standoff, *ranges, points=(3, 3))
    yield "credibility", lambda: credibility(Case(standoff(), draws=4), ranges[0], ["tariff=0:1"])
    uncertain = Case(standoff(), draws=4, priors={"damage": "uniform(4,20)"})
    yield "credibility of a prior", lambda: credibility(uncertain)
    yield "places", lambda: places(uncertain, ranges[0], points=3)
    yield "map of chances", lambda: chance_map(uncertain, *ranges, points=(3, 3))
    yield "audit", lambda: audit(standoff())
    yield "revealed", lambda: resolve(standoff(), "accept,refrain")
    drawn = Case(canada, draws=100, fixed=["elasticities"])
    yield "sensitivity", lambda: sensitivity(drawn, ["loss.us", "us pays"], samples=16)
    yield "probability", lambda: probability(drawn, "us plays escalate")
    yield "scenarios", lambda: scenarios(drawn, "us plays escalate")
    yield "robust", lambda: robust(drawn, "diversification=0,0.2")
    yield "attribution", lambda: attribute(canada(), by="tables")
    yield "reading", lambda: read(evaluate(standoff(), marginal=True))
    yield "anticipation", lambda: anticipate(standoff(), "diversification")
    yield "contract", lambda: check("tariff_standoff")
    yield "entry", lambda: find("tariff_standoff")
    yield "game", lambda: game
    yield "equilibria", lambda: [solve(game), *solve(game, exact=True).at()]
    yield "dominance", lambda: [*dominance.dominance(game), dominance.eliminate(game)]
    yield "correlated", lambda: [correlated.correlated(game), correlated.correlated_range(game)]
    yield "stability", lambda: stability.stability(game, solve(game).at()[0])
    yield "orders", lambda: [sequential.sequential(game), sequential.commitment(game, "exporter")]
    yield "logit", lambda: logit.logit_branch(game)
    yield "file", lambda: tree
    yield "backward induction", lambda: backward_induction(tree.tree, "x") if tree.tree else None
    yield "talks", lambda: talks
    yield "agreements", lambda: [bargain(talks, (-1, -2), each) for each in CONCEPTS]
    frontier = AgreementSet.frontier([(-1.0, 1.0), (0.0, 0.0)])
    yield "utilitarian", lambda: utilitarian(Talks(("a", "b"), (0, 0), frontier), (-2, -2))
    yield "zeuthen", lambda: zeuthen(talks, (-1, -2))
    yield "packages", lambda: [table, settle(table, (0, 0)), link(table, (0, 0))]
    pause = Delay(np.array([0.1, 0.1]), np.zeros(2))
    yield "offers", lambda: alternating(AgreementSet.money(1.0), pause)
    yield "attrition", lambda: attrition(cost=(1, 2), prize=(3, 4))
    yield "promises", lambda: [enforcement((1, 1), (2, 2), (0, 0)), honoured((1,), (2,), (0,), 0.9)]
    yield "impasse", lambda: impasse(inside=(-1, -2), discount=(0.1, 0.1))
    yield "nash in nash", lambda: nash_in_nash(np.zeros((3, 4)), [(0, 1), (0, 2)])
    yield "partners", lambda: partners(np.zeros((3, 4)))
    yield "beliefs", lambda: [beliefs.uniform(0, 1), beliefs.normal(0, 1), beliefs.sampled([1, 2])]
    world = by_hand()
    after = counterfactual(world, 0.1 * np.ones((3, 3, 2, 2)) * (1 - np.eye(3))[..., None, None])
    yield "world", lambda: [world, canada().trade_world()]
    yield "trade", lambda: [after, decomposition(after), dependence.table(world, "A", "B")]
    yield "gradient", lambda: gradient(after, {"welfare": np.ones(3)})
    yield "optimal tariff", lambda: optimal_tariff(world, "A", certify=False)
    yield "formula", lambda: formula_tariffs(world, ["A", "B"])
    yield "private", lambda: take_it_or_leave_it(2.0, 0.0, beliefs.uniform(0, 1))


@pytest.mark.parametrize("name", [name for name, _ in results()])
def test_b7_every_result_pickles_and_copies(name: str) -> None:
    value = dict(results())[name]()
    for other in there_and_back(value):
        same(value, other, name)


def test_b7_every_result_arrives_in_a_fresh_process(tmp_path: Path) -> None:
    # Of the larger ones, so that one process does for all.
    chosen = ("outcome of canada_us", "thresholds", "reach", "map", "reading", "world")
    made = {name: make() for name, make in results() if name in chosen}
    assert fresh("print(*found)", made, tmp_path).split() == " ".join(made).split()


def test_b7_what_arrives_can_be_asked_on(tmp_path: Path) -> None:
    found = reach("tariff_standoff", "ncl.exporter=-0.4")
    again = pickle.loads(pickle.dumps(found))
    cloud = evaluate(load_model("tariff_standoff")(tariff=np.array([0.1, 0.3])))
    np.testing.assert_array_equal(found.target.value(cloud), again.target.value(cloud))
    belief = pickle.loads(pickle.dumps(beliefs.normal([0.0, 1.0], 2.0)))
    np.testing.assert_array_equal(
        belief.cdf(np.zeros(2)), beliefs.normal([0.0, 1.0], 2.0).cdf(np.zeros(2))
    )


def test_b7_a_world_stays_one_that_nobody_writes_to() -> None:
    world = by_hand()
    for other in (pickle.loads(pickle.dumps(world)), copy.deepcopy(world)):
        same(world, other)
        assert isinstance(other.elasticity_sets, MappingProxyType)
        with pytest.raises(ValueError, match="read-only"):
            other.flows[0] = 0.0
    shipped = load_model("canada_us")().trade_world()
    assert shipped is not None
    solved = counterfactual(shipped)
    again = pickle.loads(pickle.dumps(solved))
    np.testing.assert_array_equal(again.welfare, solved.welfare)


# --- models from files ----------------------------------------------------------------------------


def test_b7_an_outcome_of_a_file_model_in_a_fresh_process(file: Path, tmp_path: Path) -> None:
    cls = load_model(str(file))
    outcome = evaluate(cls(stake=2.0, rounds=3), marginal=True)
    here = tmp_path / "elsewhere"
    here.mkdir()
    said = fresh(
        "print(found.model, found.selection.payoffs, found.talks.players, list(found.quantities),"
        "      found.leverage.loss)",
        outcome,
        here,
    )
    wanted = f"Curved(stake=2.0, rounds=3) {outcome.selection.payoffs} ('a', 'b') ['jobs'] "
    assert outcome.leverage is not None
    assert said.strip() == f"{wanted}{outcome.leverage.loss}"


def test_b7_classes_clouds_and_what_a_file_defines_besides(file: Path, tmp_path: Path) -> None:
    cls = load_model(str(file))
    storm = evaluate(Case(cls(), threat="storm"))
    assert there_and_back(cls) == [cls] * 5
    assert there_and_back(cls(stake=3.0)) == [cls(stake=3.0)] * 5
    for other in there_and_back(storm):
        assert other.threat.details["mood"] is storm.threat.details["mood"]
        assert other.talks.players == ("a", "b")
    said = fresh("print(found[0], found[1].batch_shape)", (cls, cls(stake=[1, 2])), tmp_path)
    assert said.split() == ["<class", f"'{cls.__module__}.Curved'>", "(2,)"]


def test_b7_a_folder_with_data(tmp_path: Path) -> None:
    folder = tmp_path / "curved"
    (folder / "data").mkdir(parents=True)
    (folder / "model.py").write_text(FILE, encoding="utf-8")
    (folder / "data" / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    point = load_model(str(folder))(stake=2.0)
    text = pickle.dumps(point)
    assert pickle.loads(text) == point
    (folder / "data" / "table.csv").write_text("a,b\n1,3\n", encoding="utf-8")
    with pytest.raises(ModelError, match="changed since"):
        pickle.loads(text)


def test_b7_a_shipped_model_is_found_by_its_name() -> None:
    text = pickle.dumps(load_model("tariff_standoff")(tariff=0.1), 4)
    assert b"tariff_standoff" in text
    assert str(find("tariff_standoff").path).encode() not in text


def test_b7_a_file_that_is_gone_or_changed_is_said_to_be(file: Path, tmp_path: Path) -> None:
    outcome = evaluate(load_model(str(file))())
    text = pickle.dumps(outcome)
    kept = shutil.copy(file, tmp_path / "kept")
    file.write_text(FILE + "\n# other\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"curved\.py .*changed since .*solve again"):
        pickle.loads(text)
    file.unlink()
    with pytest.raises(CatalogueError, match=r"curved\.py, which is no longer there"):
        pickle.loads(text)
    (tmp_path / "found.pkl").write_bytes(text)
    said = arriving("print(found)", tmp_path).strip().split("\n")[-1]
    assert said.startswith("negotiation.errors.CatalogueError: what was pickled is of the model ")
    shutil.copy(kept, file)
    assert repr(pickle.loads(text).model) == repr(outcome.model)


def test_b7_the_digest_is_that_of_the_code_in_use(file: Path) -> None:
    # Written to after it was loaded: what is pickled belongs to the code that made it.
    point = load_model(str(file))()
    file.write_text(FILE.replace("-2.0 * s, -2.0 * s", "-9.0 * s, -9.0 * s"), encoding="utf-8")
    text = pickle.dumps(point)
    with pytest.raises(ModelError, match="changed since"):
        pickle.loads(text)


def test_b7_what_a_model_worked_out_is_left_behind() -> None:
    point = load_model("canada_us")()
    small = len(pickle.dumps(point))
    point.game()
    evaluate(point).at_selection("welfare_pct.CAN")
    assert len(pickle.dumps(point)) == small


def test_b7_a_model_of_a_module_is_pickled_as_python_does() -> None:
    assert there_and_back(Plain(x=2.0)) == [Plain(x=2.0)] * 5
    assert pickle.loads(pickle.dumps(Plain)) is Plain


@dataclasses.dataclass(frozen=True)
class Plain(Model):
    """Not from a file of the catalogue."""

    x: float = negotiation.parameter(1.0, unit="-", source="-")


def test_b7_a_mapping_that_shows_another() -> None:
    point = ThreatPoint(np.zeros(2), "a storm", True, MappingProxyType({"a": 1}))
    for other in there_and_back(point):
        assert dict(other.details) == {"a": 1}


def test_b7_a_frontier_that_is_a_function_copies() -> None:
    talks = Talks(("a", "b"), (0, 0), SmoothFrontier(lambda x: 1.0 - x**2, 0.0, 1.0))
    again = copy.deepcopy(talks)
    assert bargain(again, (0, 0)).payoffs == pytest.approx(bargain(talks, (0, 0)).payoffs)


# --- errors and enums -----------------------------------------------------------------------------


def every_module() -> Iterator[Any]:
    root = Path(negotiation.__file__).parent
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        if "shipped_models" in parts or parts[-1] == "__main__":
            continue
        yield import_module(".".join(parts).removesuffix(".__init__"))


def test_b7_every_error_pickles_with_its_message() -> None:
    def below(cls: type[NegotiationError]) -> Iterator[type[NegotiationError]]:
        yield cls
        for each in cls.__subclasses__():
            yield from below(each)

    list(every_module())
    found = list(below(NegotiationError))
    assert len(found) > 10
    for cls in found:
        error = cls("steel.csv, row 3: what to do")
        error.add_note("a note")
        for other in there_and_back(error):
            assert type(other) is cls
            assert str(other) == str(error)
            assert other.exit_code == error.exit_code


def test_b7_every_enum_pickles_as_itself() -> None:
    found = {
        value
        for module in every_module()
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Enum) and value.__module__ in sys.modules
    }
    ours = [each for each in found if each.__module__.startswith("negotiation")]
    assert len(ours) > 5
    for member in (member for each in ours for member in each):
        assert there_and_back(member) == [member] * 5


def test_b7_named_results_stay_named() -> None:
    for other in there_and_back(Named("result", {"jobs": 1})):
        with pytest.raises(ResultError, match="did you mean 'jobs'"):
            other["job"]
