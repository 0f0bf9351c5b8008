"""Priors and draws: distributions, designs, texts, and what the shipped model believes."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from negotiation import Case, Model, errors, parameter, prior
from negotiation.draws import DESIGNS
from negotiation.prior import read_prior

GRID = np.linspace(0.01, 0.99, 33)[:, None]


@dataclass(frozen=True)
class Chicken(Model):
    """Two sides that may hold or yield; what is observed today is that one of them holds."""

    worth: float | np.ndarray = parameter(
        3.0, low=0, unit="utils", source="invented", prior=prior.uniform(1.0, 5.0)
    )
    mood: str = parameter("calm", choices=("calm", "angry"), unit="mood", source="invented")
    hold_cost: float | np.ndarray = parameter(
        0.0, low=0, unit="utils", source="invented", prior=prior.revealed(0.5)
    )
    lever: float | np.ndarray = parameter(
        0.0, low=0, high=1, unit="share", source="invented", lever_of="a"
    )

    players = ("a", "b")
    actions = (("yield", "hold"), ("yield", "hold"))
    observed = ("yield", "hold")
    political_costs = {("a", "hold"): "hold_cost"}  # noqa: RUF012 - read, never written

    def payoffs(self) -> dict[tuple[str, str], tuple[object, object]]:
        """Holding against one who holds is worth `worth` to a, and costs it `hold_cost`."""
        gain = self.worth - 2.0 + self.lever - self.hold_cost
        return {
            ("yield", "yield"): (0.0, 0.0),
            ("yield", "hold"): (0.0, 1.0),
            ("hold", "yield"): (1.0, 0.0),
            ("hold", "hold"): (gain, -1.0),
        }

    def at_rest(self) -> Chicken:
        """Without the lever."""
        return self.at_values({"lever": 0.0})


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (prior.uniform(1.0, 3.0), stats.uniform(1.0, 2.0)),
        (prior.triangular(1.0, 2.0, 5.0), stats.triang(0.25, 1.0, 4.0)),
        (prior.triangular(0.0, 0.0, 1.0), stats.triang(0.0, 0.0, 1.0)),
        (prior.normal(2.0, 0.5), stats.norm(2.0, 0.5)),
        (prior.lognormal(0.05, 0.3), stats.lognorm(0.3, 0.0, 0.05)),
        (prior.lognormal(0.5, 0.4, 1.0), stats.lognorm(0.4, 1.0, 0.5)),
    ],
    ids=["uniform", "triangular", "mode at the end", "normal", "lognormal", "above one"],
)
def test_quantiles_are_those_of_the_distribution(
    found: prior.Prior, known: stats.rv_continuous
) -> None:
    np.testing.assert_allclose(found.quantiles(GRID), known.ppf(GRID[:, 0]), rtol=1e-12)
    assert read_prior(found.text, "x").text == found.text


def test_equally_likely_things_take_equal_parts_of_the_unit_interval() -> None:
    drawn = prior.one_of("a", "b", "c").quantiles(np.array([[0.0], [0.34], [0.67], [1.0 - 1e-16]]))
    assert drawn == ["a", "b", "c", "c"]
    numbers = read_prior("1,2,4", "x").quantiles(np.array([[0.1], [0.5], [0.9]]))
    assert numbers.tolist() == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("triangel(1,2,3)", "unknown kind (did you mean 'triangular'?)"),
        ("triangular(1,3,2)", "do not rise"),
        ("triangular(1,2)", "expected triangular(low,mode,high)"),
        ("uniform(1,1)", "do not rise"),
        ("uniform(a,1)", "'a' where a number is expected"),
        ("normal(1,0)", "expected a positive number"),
        ("lognormal(-1,0.2)", "the median -1"),
        ("0.3", "two different values"),
        ("", "two different values"),
        ("a,a", "two different values"),
        ("uniform(0,nan)", "do not rise"),
    ],
)
def test_a_prior_that_says_nothing_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(errors.ParameterError) as caught:
        read_prior(text, "tariff")
    assert words in str(caught.value)
    assert "tariff" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_per_cent_are_read_in_a_prior() -> None:
    assert read_prior("triangular(10%,25%,50%)", "rate").text == "triangular(0.1,0.25,0.5)"


@pytest.mark.parametrize("name", DESIGNS)
def test_designs_lie_inside_the_unit_cube_and_depend_on_the_seed_alone(name: str) -> None:
    one, again, other = (DESIGNS[name](64, 5, seed) for seed in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert ((one > 0.0) & (one < 1.0)).all()
    assert abs(one.mean() - 0.5) < 4.0 * np.sqrt(1.0 / 12.0 / one.size)


@pytest.mark.parametrize("name", ["latin_hypercube", "sobol"])
def test_every_input_has_one_point_in_each_stratum(name: str) -> None:
    points = DESIGNS[name](64, 5, 1)
    assert (np.sort((64 * points).astype(int), axis=0) == np.arange(64)[:, None]).all()


def test_what_is_set_varied_or_fixed_is_not_drawn() -> None:
    assert list(Case(Chicken).uncertain()) == ["worth", "hold_cost"]
    assert list(Case(Chicken, {"worth": 3.0}).uncertain()) == ["hold_cost"]
    assert list(Case(Chicken, fixed=["hold_cost"]).uncertain()) == ["worth"]
    assert list(Case(Chicken).uncertain(["worth"])) == ["hold_cost"]
    given = Case(Chicken, priors={"mood": "calm,angry", "worth": "uniform(2,4)"})
    assert [each.text for each in given.uncertain().values()] == [
        "uniform(2,4)",
        "one_of(calm,angry)",
        "revealed(0.5)",
    ]


def test_a_prior_given_for_what_is_set_is_what_counts() -> None:
    case = Case(Chicken, {"worth": 3.0}, priors={"worth": "uniform(2,4)"}, draws=8)
    assert np.ptp(case.drawn().values["worth"]) > 1.0


def test_values_outside_the_range_of_a_parameter_name_the_prior() -> None:
    case = Case(Chicken, priors={"lever": "uniform(0,2)"}, draws=64)
    with pytest.raises(errors.ParameterError) as caught:
        assert case.drawn().values
    assert "uniform(0,2) of parameter lever draws" in str(caught.value)
    assert "did you mean" not in str(caught.value)  # nobody wrote the number that is drawn
    with pytest.raises(errors.ParameterError, match="'cross'"):
        assert Case(Chicken, priors={"mood": "calm,cross"}, draws=8).drawn().values


def test_revealed_costs_are_gains_of_the_draw_in_the_world_at_rest() -> None:
    case = Case(Chicken, {"lever": 0.5}, draws=200, seed=5)
    values = case.drawn().values
    gain = np.maximum(values["worth"] - 2.0, 0.0)  # the lever is at rest
    cost = values["hold_cost"]
    assert (cost >= gain).all()
    assert (cost[gain == 0.0] == 0.0).all()
    excess = cost[gain > 0.0] / gain[gain > 0.0] - 1.0
    # Mean of an exponential with mean 0.5: standard error 0.5 / sqrt(n), less for a hypercube.
    assert abs(excess.mean() - 0.5) < 3.0 * 0.5 / np.sqrt(len(excess))


def test_revealed_costs_need_what_is_observed() -> None:
    @dataclass(frozen=True)
    class Unseen(Chicken):
        observed = ()  # type: ignore[assignment]

    with pytest.raises(errors.ParameterError, match="does not say which action"):
        assert Case(Unseen, draws=4).drawn().values
    with pytest.raises(errors.ParameterError, match="political costs of actions"):
        assert Case(Chicken, priors={"worth": "revealed(0.5)"}, draws=4).drawn().values


def test_clouds_share_their_words_and_hold_every_draw_once() -> None:
    draws = Case(Chicken, priors={"mood": "calm,angry"}, draws=20).drawn()
    seen = np.concatenate([rows for rows, _ in draws.clouds()])
    assert sorted(seen) == list(range(20))
    for rows, cloud in draws.clouds():
        assert {draws.values["mood"][row] for row in rows} == {cloud.value("mood")}
        assert np.array_equal(cloud.value("worth"), draws.values["worth"][rows])


def test_a_parameter_of_several_numbers_keeps_its_last_axis_out_of_the_cloud() -> None:
    table = {"low": np.array([1.0, 2.0]), "high": np.array([3.0, 4.0])}

    @dataclass(frozen=True)
    class Elastic(Chicken):
        theta: str | np.ndarray = parameter(
            "low",
            choices=tuple(table),
            unit="set",
            source="invented",
            vector=table.__getitem__,
            prior=prior.one_of(*table),
        )

    assert Elastic(theta=np.ones((7, 2))).batch_shape == (7,)
    assert Elastic(theta=np.ones(2)).batch_shape == ()
    for wrong in (np.ones((7, 3)), np.zeros((7, 2)), np.full((7, 2), np.nan), np.array(1.0)):
        with pytest.raises(errors.ParameterError, match=r"positive numbers of shape \(..., 2\)"):
            Elastic(theta=wrong)
    drawn = Case(Elastic, draws=10).drawn().values["theta"]
    assert drawn.shape == (10, 2)
    assert sorted(map(tuple, drawn)) == sorted([(1.0, 2.0), (3.0, 4.0)] * 5)


def test_shipped_beliefs_are_those_of_the_page() -> None:
    case = Case("canada_us", draws=400, fixed=["us_lift_cost"])
    assert "us_lift_cost" not in case.uncertain()
    costs = [name for name, each in case.uncertain().items() if each.of_model]
    draws = Case(case, fixed=[*costs, "us_lift_cost"]).drawn()
    world = case.model.trade_world()
    assert world is not None
    sectors = list(world.sectors)
    theta = draws.values["elasticities"]
    assert theta.shape == (400, 16)
    assert theta.min() >= 0.3
    assert theta.max() <= 20.0
    services = theta[:, sectors.index("SRV")]
    assert np.array_equal(services, theta[:, sectors.index("CNS")])
    assert np.quantile(services, [0.05, 0.5, 0.95]) == pytest.approx([1.6, 2.8, 5.0], rel=0.05)
    assert {name: draws.values["data"].count(name) for name in ("icio", "customs")} == {
        "icio": 200,
        "customs": 200,
    }
    # Ten sets, each in a tenth of the draws: the noise of a sector has sd 0.25 * sqrt(2).
    steel = np.log(theta[:, sectors.index("STL")])
    vector = case.model.parameters()["elasticities"].vector
    assert vector is not None
    known = np.log(
        [
            vector(name)[sectors.index("STL")]
            for name in ("bsy", "cp", "fgo", "gyy", "is", "ll", "shap", "u4", "u2", "u5")
        ]
    )
    spread = np.sqrt(known.var() + 2 * 0.25**2)
    assert steel.mean() == pytest.approx(known.mean(), abs=3.0 * spread / 20.0)
    assert steel.std() == pytest.approx(spread, rel=0.12)


def test_the_same_draws_stand_at_every_point_of_a_sweep() -> None:
    one = Case(Chicken, draws=16, seed=2).drawn(["lever"])
    other = Case(Chicken, {"lever": 1.0}, draws=16, seed=2).drawn()
    for name, values in one.values.items():
        assert np.array_equal(values, other.values[name])
    assert dataclasses.replace(one, design=one.design[:4]).values["worth"].shape == (4,)


@pytest.mark.parametrize(
    "text",
    ["uniform(0,1)", "triangular(0,1,3)", "normal(0,1)", "lognormal(1,0.2)", "a,b", "revealed(1)"],
)
def test_priors_can_be_sent_to_other_processes(text: str) -> None:
    found = read_prior(text, "x")
    again = pickle.loads(pickle.dumps(found))
    asked = (GRID, GRID[:, 0]) if found.of_model else (GRID,)
    assert (again.text, again.source) == (found.text, found.source)
    np.testing.assert_array_equal(again.quantiles(*asked), found.quantiles(*asked))
