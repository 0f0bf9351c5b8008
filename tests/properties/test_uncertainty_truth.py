"""Studies of uncertainty against what is known in closed form, or planted."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter, prior
from negotiation.case import Case
from negotiation.study.probability import probability, probability_at
from negotiation.study.robust import compared, robust
from negotiation.study.scenarios import Dimension, prim, scenarios
from negotiation.study.sensitivity import sensitivity, sobol_indices


def cells(*payoffs: Any) -> Any:
    """(..., 2, 1, 1) payoffs of both where nobody has a choice."""
    both = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in payoffs))
    return np.stack(both, axis=-1)[..., None, None]


class Alone(Model):
    players = ("a", "b")
    actions = (("go",), ("go",))
    payoff_unit = "points"
    horizon = "once"


def angle(group: str = "") -> Any:
    return parameter(0.0, prior=prior.uniform(-math.pi, math.pi).told("", group))


def share(group: str = "") -> Any:
    return parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0).told("", group))


@dataclasses.dataclass(frozen=True)
class Ishigami(Alone):
    """Ishigami and Homma (1990)."""

    x1: Any = angle()
    x2: Any = angle()
    x3: Any = angle()

    def payoffs(self) -> Any:
        first = np.sin(self.x1)
        return cells(first + 7.0 * np.sin(self.x2) ** 2 + 0.1 * self.x3**4 * first, 0.0)


_V = 49 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18 + 0.5
ISHIGAMI = {
    "x1": (0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2 / _V, 0.0),
    "x2": (49 / 8 / _V, 49 / 8 / _V),
    "x3": (0.0, 8 * 0.01 * math.pi**8 / 225 / _V),
}
ISHIGAMI["x1"] = (ISHIGAMI["x1"][0], ISHIGAMI["x1"][0] + ISHIGAMI["x3"][1])


@dataclasses.dataclass(frozen=True)
class GFunction(Alone):
    """Sobol's g-function (Saltelli and Sobol' 1995); two of its inputs are one group."""

    x1: Any = share("both")
    x2: Any = share("both")
    x3: Any = share()
    x4: Any = share()
    WEIGHTS: ClassVar[tuple[float, ...]] = (0.0, 1.0, 4.5, 9.0)

    def payoffs(self) -> Any:
        value: Any = 1.0
        for x, a in zip((self.x1, self.x2, self.x3, self.x4), self.WEIGHTS, strict=True):
            value = value * (np.abs(4.0 * np.asarray(x) - 2.0) + a) / (1.0 + a)
        return cells(value, 0.0)


def g_indices() -> dict[str, tuple[float, float]]:
    parts = {f"x{k + 1}": 1.0 / (3.0 * (1.0 + a) ** 2) for k, a in enumerate(GFunction.WEIGHTS)}
    whole = math.prod(1.0 + v for v in parts.values()) - 1.0
    groups = {"both": ("x1", "x2"), "x3": ("x3",), "x4": ("x4",)}
    found = {}
    for name, members in groups.items():
        own = math.prod(1.0 + parts[x] for x in members)
        rest = math.prod(1.0 + v for x, v in parts.items() if x not in members)
        found[name] = ((own - 1.0) / whole, (own - 1.0) * rest / whole)
    return found


@pytest.mark.full
@pytest.mark.parametrize(("model", "known"), [(Ishigami, ISHIGAMI), (GFunction, g_indices())])
def test_indices_are_those_of_the_closed_form(model: Any, known: dict[str, Any]) -> None:
    found = sensitivity(model, "breakdown.a", samples=512).found[0]
    assert {one.group for one in found.indices} == set(known)
    for one in found.indices:
        first, total = known[one.group]
        # Six intervals at once: each one for 99.7 of 100 cases.
        assert abs(one.first - first) < min(max(1.5 * one.first_error, 0.01), 0.2)
        assert abs(one.total - total) < min(max(1.5 * one.total_error, 0.01), 0.2)
    assert found.profile == ""  # there is one profile, so that nothing depends on it


@pytest.mark.full
def test_another_seed_draws_another_design_and_the_same_seed_the_same() -> None:
    def indices(seed: int) -> Any:
        case = Case(Ishigami, seed=seed)
        return sensitivity(case, "breakdown.a", samples=64, tornado=False).found[0].indices

    assert indices(1) == indices(1)
    assert indices(1) != indices(2)


@pytest.mark.full
def test_intervals_cover_the_truth_in_95_of_100_cases() -> None:
    """Independent base points, for which the bootstrap is made; Sobol' points only do better."""
    names = list(ISHIGAMI)
    problem = {
        "num_vars": 3,
        "names": names,
        "bounds": [[0.0, 1.0]] * 3,
        "groups": names,
    }

    def function(u: Any) -> Any:
        x = -math.pi + 2.0 * math.pi * u
        return np.sin(x[:, 0]) * (1 + 0.1 * x[:, 2] ** 4) + 7.0 * np.sin(x[:, 1]) ** 2

    hits, count = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        one, other = rng.random((512, 3)), rng.random((512, 3))
        rows = [function(one)]
        for k in range(3):
            mixed = one.copy()
            mixed[:, k] = other[:, k]
            rows.append(function(mixed))
        rows.append(function(other))
        for found in sobol_indices(np.stack(rows), names, problem, seed):
            first, total = ISHIGAMI[found.group]
            hits += abs(found.first - first) <= found.first_error
            hits += abs(found.total - total) <= found.total_error
            count += 2
    assert 0.92 < hits / count < 0.98


# --- one input at a time --------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Plain(Alone):
    x: Any = parameter(0.0, prior=prior.uniform(-1.0, 1.0))
    y: Any = parameter(0.0, prior=prior.normal(0.0, 1.0))
    word: str = parameter("one", choices=("one", "two"), prior=prior.one_of("one", "two"))

    def payoffs(self) -> Any:
        more = {"one": 0.0, "two": 5.0}[self.word]
        return cells(1.0 + 4.0 * np.asarray(self.x) - np.asarray(self.y) + more, 0.0)


def test_a_tornado_moves_each_input_between_its_quantiles() -> None:
    found = sensitivity(Plain, "payoff_a", samples=128).found[0]
    bars = {bar.input: bar for bar in found.tornado}
    assert list(bars) == ["x", "word", "y"]
    assert (bars["x"].low, bars["x"].high) == pytest.approx((1 - 3.6, 1 + 3.6), abs=0.05)
    assert bars["x"].turns
    assert (bars["word"].low_at, bars["word"].high_at) == ("one", "two")
    assert (bars["word"].low, bars["word"].high) == (1.0, 6.0)
    assert (bars["y"].low, bars["y"].high) == pytest.approx((1 + 1.645, 1 - 1.645), abs=0.1)
    assert found.at_point == 1.0


# --- probability ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Chooser(Model):
    """Goes where what is drawn exceeds a bar; only there, and beyond a second bar, in the box."""

    x: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    y: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    z: Any = parameter(0.5, low=0, high=1, prior=prior.uniform(0.0, 1.0))
    word: str = parameter("m", choices=("m", "n"), prior=prior.one_of("m", "n"))
    bar: Any = parameter(0.4, low=0, high=1)

    players = ("a", "b")
    actions = (("go", "stay"), ("watch",))
    payoff_unit = "points"
    horizon = "once"

    def payoffs(self) -> Any:
        own = np.minimum(np.asarray(self.bar) - self.x, np.asarray(self.y) - 0.3)
        if self.word == "n":
            own = own * 0.0 - 1.0
        zero = np.zeros(np.shape(own))
        return np.stack([np.stack([own, zero], axis=-1), np.stack([zero, zero], axis=-1)], axis=-2)[
            ..., None
        ]


@pytest.mark.full
@pytest.mark.parametrize("design", ["random", "latin_hypercube", "sobol"])
def test_a_probability_is_that_of_the_closed_form(design: str) -> None:
    case = Case(Chooser, draws=1000, design=design, seed=3)
    found = probability(case, "a plays go", "bar=0.1:0.9:3", threats="posture")
    for each in found.points:
        true = 0.5 * 0.7 * each.at
        assert each.error == pytest.approx(math.sqrt(true * (1 - true) / 1000), rel=0.15)
        assert abs(each.probability - true) < 3.0 * each.error
        assert each.undecided == 0
    assert [each.at for each in found.points] == pytest.approx([0.1, 0.5, 0.9])


@pytest.mark.full
def test_errors_are_those_of_repeated_estimates() -> None:
    estimates = [
        probability(Case(Chooser, draws=200, design="random", seed=s), "a plays go").points[0]
        for s in range(40)
    ]
    spread = float(np.std([each.probability for each in estimates], ddof=1))
    assert spread == pytest.approx(np.mean([each.error for each in estimates]), rel=0.35)


def test_draws_are_the_same_along_a_parameter() -> None:
    found = probability(Case(Chooser, draws=100), "a plays go", "bar=0.2,0.5,0.8")
    assert (np.diff(found.holds[0], axis=0) >= 0.0).all()


def test_what_no_draw_has_is_bounded() -> None:
    point = probability_at("posture", None, np.zeros(299))
    assert point.probability == point.error == 0.0
    assert (1.0 - point.limit) ** 299 == pytest.approx(0.05)
    lost = probability_at("posture", None, np.array([np.nan, 1.0, 0.0]))
    assert (lost.probability, lost.decided, lost.undecided) == (0.5, 2, 1)


# --- the box --------------------------------------------------------------------------------------


@pytest.mark.full
def test_a_planted_box_is_found() -> None:
    found = scenarios(Case(Chooser, draws=2000, seed=5), "a plays go", density=0.99)
    box = {each.name: each for each in found.box}
    assert set(box) == {"x", "y", "word"}
    assert box["x"].high == pytest.approx(0.4, abs=0.03)
    assert box["x"].low == -math.inf
    assert box["y"].low == pytest.approx(0.3, abs=0.03)
    assert box["word"].words == ("m",)
    assert found.share == pytest.approx(0.14, abs=0.025)
    assert found.coverage > 0.9
    assert found.density >= 0.97
    assert found.mass == pytest.approx(0.14, abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_a_box_is_found_through_noise_and_nothing_is_added_to_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.random((3000, 5))
    inside = (x[:, 0] < 0.5) & (x[:, 3] > 0.4)
    holds = inside ^ (rng.random(3000) < 0.05)
    box, quality, _ = prim([Dimension(f"x{k}", "", "", "", x[:, k]) for k in range(5)], holds, 0.9)
    assert {each.name for each in box} == {"x0", "x3"}
    limits = {each.name: each for each in box}
    assert limits["x0"].high == pytest.approx(0.5, abs=0.05)
    assert limits["x3"].low == pytest.approx(0.4, abs=0.05)
    assert quality.density >= 0.9
    assert all(each.p < 1e-6 for each in box)


def test_noise_has_no_box() -> None:
    rng = np.random.default_rng(0)
    x, holds = rng.random((2000, 4)), rng.random(2000) < 0.5
    dimensions = [Dimension(f"x{k}", "", "", "", x[:, k]) for k in range(4)]
    learned, _, _ = prim(dimensions, holds, 0.9)
    fresh = rng.random((2000, 4))
    there = np.ones(2000, dtype=bool)
    for each in learned:
        values = fresh[:, int(each.name[1])]
        there &= (values >= each.low) & (values <= each.high)
    # Whatever is found in noise does not last: of other draws half are in such a box by chance.
    assert abs((rng.random(2000) < 0.5)[there].mean() - 0.5) < 0.15


# --- the choice -----------------------------------------------------------------------------------


def test_a_choice_by_hand() -> None:
    payoffs = np.array([[10.0, 0.0, 2.0, 4.0], [5.0, 4.0, 4.0, 4.0], [0.0, 0.0, 9.0, 1.0]])
    found = compared(np.array([1.0, 2.0, 3.0]), payoffs)
    assert [each.expected for each in found] == [4.0, 4.25, 2.5]
    assert [each.largest_regret for each in found] == [7.0, 5.0, 10.0]
    assert [each.expected_regret for each in found] == [2.75, 2.5, 4.25]
    assert [each.best for each in found] == [0.5, 0.5, 0.25]


@dataclasses.dataclass(frozen=True)
class Puller(Alone):
    """A lever that is worth 2 by itself, costs 3, and helps without a deal in half of the cases."""

    helps: Any = parameter(0.0, low=0, high=4, prior=prior.one_of(0.0, 4.0))
    lever: Any = parameter(0.0, low=0, high=1, lever_of="a")
    free: Any = parameter(0.0, low=0, high=1, lever_of="a")

    def payoffs(self) -> Any:
        return cells(-10.0 + np.asarray(self.helps) * self.lever, -10.0)

    def talks(self) -> Talks:
        return Talks(self.players, status_quo=(0.0, 0.0), agreement=AgreementSet.money(0.0))

    def levers_worth(self) -> Any:
        own = 2.0 * np.asarray(self.lever)
        return np.stack([own, np.zeros(np.shape(own))], axis=-1)

    def lever_cost(self, name: str) -> Any:
        return 3.0 if name == "lever" else None


def test_a_robust_choice_counts_the_lever_by_itself_and_its_cost() -> None:
    found = robust(Case(Puller, draws=40), "lever=0,1", ends="no_deal")
    zero, one = found.choices
    assert (zero.expected, one.expected) == pytest.approx((-10.0, -9.0))
    assert (zero.largest_regret, one.largest_regret) == pytest.approx((3.0, 1.0))
    assert (zero.best, one.best) == (0.5, 0.5)
    assert (one.talks, one.own, one.cost) == pytest.approx((-8.0, 2.0, 3.0))
    assert (found.by_expected, found.by_regret) == (1, 1)
    assert found.by_low == 0  # in the worst cases the lever does not pay
    dear = robust(Case(Puller, draws=40), "lever=0,1", ends="no_deal", cost=10.0)
    assert dear.by_expected == dear.by_regret == 0
