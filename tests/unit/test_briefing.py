"""The report of a briefing: what it says follows the numbers, and what is missing is said once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from negotiation import AgreementSet, Model, Talks, parameter
from negotiation.bargaining import Packages
from negotiation.case import Case
from negotiation.errors import ModelError, ParameterError
from negotiation.report import document as d
from negotiation.report.briefing import document
from negotiation.report.figure import BandChart, Figure, IntervalChart
from negotiation.report.render import render
from negotiation.study.bands import Bands
from negotiation.study.briefing import Briefing, Missing, brief, variance_explained
from negotiation.study.drawn import drawn

NASTY = "<script>alert('1')</script>\"&\u202e"


@dataclass(frozen=True)
class Quarrel(Model):
    """North and South quarrel over steel and cars; South may hit, which pays it where it is angry.

    The dispute costs north `cost` and south 1; a deal is worth nothing to both before money.
    """

    steel: Any = parameter(1.0, low=0, high=1, unit="share", source="test", stake="steel")
    cars: Any = parameter(1.0, low=0, high=1, unit="share", source="test", stake="cars")
    cost: Any = parameter(
        4.0, unit="US$ million a year", source="test", about="cost of the dispute"
    )
    anger: Any = parameter(1.0, unit="US$ million a year", source="test", about="what a hit pays")
    outlets: Any = parameter(
        0.0, low=0, high=1, unit="share", source="test", about="other buyers", lever_of="north"
    )

    players = ("north", "south")
    actions = (("hold",), ("hold", "hit"))
    payoff_unit = "US$ million a year"
    horizon = "one year"
    default_threat = "dispute"
    names = MappingProxyType(
        {
            "north": "North",
            "south": "the South",
            "north.hold": "holds",
            "south.hold": "holds",
            "south.hit": "hits",
        }
    )
    harshest = MappingProxyType({"south": "hit"})
    chunk = 4096

    def payoffs(self) -> Any:
        lost = (3.0 * self.steel + self.cars) * (1.0 - self.outlets) * self.cost / 4.0
        return {
            ("hold", "hold"): (-lost, -1.0),
            ("hold", "hit"): (-lost - 6.0, -1.0 + self.anger),
        }

    def talks(self) -> Talks:
        lost = (3.0 * self.steel + self.cars) * (1.0 - self.outlets) * self.cost / 4.0
        inside = np.stack(np.broadcast_arrays(-lost, -1.0), axis=-1)
        rates = np.full(inside.shape, 0.05)
        return Talks(
            self.players,
            status_quo=(0.0, 0.0),
            agreement=AgreementSet.money(0.0),
            inside=inside,
            discount=rates,
        )

    def packages(self) -> Packages:
        value = np.stack(np.broadcast_arrays(-self.cost, 0.0 * self.cost, -1.0), axis=-1)
        other = np.stack(np.broadcast_arrays(-1.0 + 0.0 * self.cost, 0.0, -2.0), axis=-1)
        return Packages(
            players=("north", "south"),
            tables=("steel",),
            options=(("nothing", "peace", "half a peace"),),
            payoffs=np.stack([value, other], axis=-2),
        )


PRIORS = {"cost": "uniform(2,6)", "anger": "uniform(-1,1)"}


def asked(priors: dict[str, str] | None = None, **settings: Any) -> Case:
    return Case(Quarrel, settings, draws=200, priors=PRIORS if priors is None else priors)


def text(found: Briefing, **more: Any) -> str:
    return " ".join(render(document(found, **more), "md").split())


def titles(found: Briefing) -> dict[str, str]:
    blocks = document(found).blocks
    return {each.name: each.title for each in blocks if isinstance(each, Figure)}


@pytest.fixture(scope="module")
def whole() -> Briefing:
    return brief(asked())


def test_the_first_screen_says_today_the_breakdown_and_the_deal(whole: Briefing) -> None:
    told = text(whole)
    assert told.startswith("# A deal leaves both sides better off than the dispute as it is")
    assert "If talks break down instead, the South hits in 50 of 100 draws." in told
    assert "Where otherwise North holds and the South hits, a deal is worth US$" in told
    assert "range: 1.0 to 1.0" not in told
    once = text(brief(asked({"cost": "uniform(2,6)"}, anger=-1.0)))
    assert "In a deal North concedes US$1.5 million a year (90 % range: " in once
    assert (
        "to the South and saves today's loss of US$4.0 million a year, so that it is about US$2.5 "
        "million a year better off. If no deal means that today's dispute goes on, North may "
        "concede up to US$4.0 million a year before it is worse off" in once
    )


def test_regimes_are_never_pooled(whole: Briefing) -> None:
    """A hit costs North 6 more: with it -10 (-12 to -8), without it -4 (-6 to -2)."""
    chart = next(each for each in document(whole).blocks if isinstance(each, IntervalChart))
    broken = [each for each in chart.rows if each.name.startswith("Talks break down")]
    assert [each.detail for each in broken] == ["50 of 100 draws", "50 of 100 draws"]
    north = sorted(each.ranges[0].median for each in broken if each.ranges[0] is not None)
    assert north == pytest.approx([-10.0, -4.0], abs=0.2)
    for each in broken:
        found = each.ranges[0]
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.quarter < found.median < found.three_quarters < found.high  # type: ignore[operator]
        assert found.high - found.low < 4.0


def test_titles_follow_the_numbers() -> None:
    mostly_steel = titles(brief(asked()))
    mostly_cars = titles(brief(asked(steel=0.1)))
    assert mostly_steel["tables"] == "More than half of the concession of North comes from steel"
    assert mostly_cars["tables"] == "More than half of the concession of North comes from cars"
    assert mostly_steel["leverage"].startswith(
        "Each 10 % of other buyers improves a deal for North by US$"
    )
    assert mostly_steel["leverage"].endswith(" a year, little beside its range")
    sure = titles(brief(asked({"anger": "uniform(-1,1)", "cost": "uniform(3.9,4.1)"})))
    assert sure["leverage"].endswith("much beside its range")
    none = titles(brief(asked({"anger": "uniform(-1,1)"}, cost=0.0)))
    assert none["leverage"] == "With more other buyers a deal is the same for North"


def test_an_assumption_keeps_its_capitals_within_a_title() -> None:
    cls = type(
        "Named", (Quarrel,), {"names": MappingProxyType({**Quarrel.names, "cost": "US cost"})}
    )
    found = titles(brief(Case(dataclass(frozen=True)(cls), draws=60, priors=PRIORS)))
    assert found["assumptions-one-by-one"].endswith("most depends on US cost")


def test_what_is_worse_is_said_first() -> None:
    """From a breakdown that pays South a deal gives North less than the dispute it ends."""
    found = brief(Case(Quarrel, threat="posture", draws=200, priors={"anger": "uniform(8,9)"}))
    told = text(found)
    assert told.startswith("# For North a deal is worse than the dispute as it is in all draws")
    assert told.index("A deal is worse for North") < told.index("In a deal North")


def test_the_lever_of_a_kept_run_has_its_own_points_and_is_marked_where_it_is_a_part() -> None:
    run = drawn(asked(), "outlets=0,0.25,0.5")
    found = brief(
        asked(), kept=dataclasses.replace(run, unfinished="2 of 3 chunks, 400 of 600 rows")
    )
    chart = next(each for each in document(found).blocks if isinstance(each, BandChart))
    assert chart.x == (0.0, 0.25, 0.5)
    told = text(found)
    assert told.count("rests on a run that is not finished: 2 of 3 chunks") == 2
    assert found.bands is not None
    np.testing.assert_array_equal(
        found.bands.values("inside_north"),
        brief(asked()).bands.values("inside_north"),  # type: ignore[union-attr]
    )


def test_what_a_model_does_not_say_is_said_in_one_place() -> None:
    found = brief(Case("tariff_standoff"))
    assert set(found.missing.values()) == {
        Missing.DRAWS,
        Missing.STAKES,
        Missing.PACKAGES,
        Missing.WORLD,
    }
    told = text(found)
    assert "Who depends on whom and Duties: this needs a trade world in the model" in told
    assert "## Packages" not in told
    assert "Without a deal, the exporter retaliates and the importer imposes the tariff." in told
    assert "in 100 draws" not in told


def test_a_report_is_on_two_players_and_follows_a_number() -> None:
    with pytest.raises(ParameterError, match="no parameter 'nothing'"):
        brief(asked(), lever="nothing")

    class Alone(Model):
        players = ("one",)
        actions = (("a",),)

        def payoffs(self) -> Any:
            return {("a",): (1.0,)}

    with pytest.raises(ModelError, match="has 1 players: one; a report is about two"):
        brief(Case(dataclass(frozen=True)(Alone)))


def test_the_variance_is_explained_by_what_moves_the_deal(whole: Briefing) -> None:
    assert list(whole.explained) == ["cost", "anger"]
    assert whole.explained["cost"] > 0.98
    assert whole.explained["anger"] < 0.05
    assert whole.bars[0].input == "cost"


def test_names_of_a_model_are_inert() -> None:
    nasty = {**Quarrel.names, "north": NASTY, "steel": NASTY, "south.hit": NASTY}
    cls = type("Nasty", (Quarrel,), {"names": MappingProxyType(nasty), "horizon": NASTY})
    page = render(
        document(brief(Case(dataclass(frozen=True)(cls), draws=60, priors=PRIORS)), command=NASTY),
        "html",
    )
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_the_record_has_every_figure(whole: Briefing) -> None:
    record = document(whole).record
    names = [each["name"] for each in record["figures"]]
    assert names == ["answer", "leverage", "tables", "packages", "assumptions-one-by-one"]
    for each in record["figures"]:
        assert all(len(row) == len(each["columns"]) for row in each["cells"])


def test_every_block_is_rendered_everywhere(whole: Briefing) -> None:
    made = document(whole, command="negotiation report quarrel.py -o report.html")
    for kind in ("table", "md", "json", "html"):
        assert "North" in render(made, kind)
    assert any(isinstance(each, d.Command) for each in made.blocks)


def test_without_draws_nothing_is_said_of_draws() -> None:
    """From a breakdown that pays South 8 more than the dispute: a deal is worse for North."""
    told = text(brief(Case(Quarrel, {"anger": 8.0}, threat="posture")))
    assert told.startswith("# For North a deal is worse than the dispute as it is ")
    assert "A deal is worse for North than the dispute as it is." in told
    assert "If talks break down, North holds and the South hits." in told
    assert "draws" not in told.partition("## What this report does not have")[0]


def test_words_that_are_drawn_have_the_names_that_the_model_gives_them() -> None:
    cls = type("Named", (Quarrel,), {"names": {**Quarrel.names, "cost.2": "a small, cheap one"}})
    case = Case(cls, draws=20, priors={"cost": "one_of(2,6)", "anger": "uniform(-1,1)"})
    told = text(brief(case))
    assert "one of these, all alike: a small, cheap one and 6 |" in told
    assert "1.0 to 1.0, all alike |" in told


def test_cells_of_the_game_are_medians_over_the_draws(whole: Briefing) -> None:
    """North loses its cost, 2 to 6, and 6 more where it is hit; South gets its anger then."""
    assert whole.bands is not None
    found = {
        name: float(np.median(each.values)) for name, each in whole.bands.drawn.profiles.items()
    }
    assert found["hold/hold.north"] == pytest.approx(-4.0, abs=0.05)
    assert found["hold/hit.north"] == pytest.approx(-10.0, abs=0.05)
    assert found["hold/hold.south"] == -1.0
    told = text(whole)
    assert "median of North / median of the South" in told
    assert "\u221210 / " in told


def test_a_number_without_draws_has_no_variance_and_warns_of_nothing() -> None:
    @dataclass(frozen=True)
    class Settled(Quarrel):
        def talks(self) -> Talks:
            return Talks(
                self.players, status_quo=(-90.0, -90.0), agreement=AgreementSet.money(-300.0)
            )

    case = Case(Settled, draws=8, priors=PRIORS, threat="posture")
    bands = Bands.of(drawn(case))
    assert not np.isfinite(bands.values("delta_north")[0]).any()
    assert variance_explained(bands, "delta_north") == {}


def test_what_is_believed_is_told_without_names_of_distributions() -> None:
    priors = {"cost": "triangular(2,4,6)", "anger": "lognormal(1,0.3)", "outlets": "uniform(0,0.5)"}
    told = text(brief(asked(priors)))
    assert "2.0 to 6.0, most likely 4.0" in told
    assert "most often 0.61 to 1.6, half above 1.0" in told
    assert "0 % to 50 %, all alike" in told
    for word in ("triangular", "lognormal", "uniform"):
        assert word not in told.partition("## Provenance")[0]


def test_a_model_without_numbers_to_set_has_a_report() -> None:
    @dataclass(frozen=True)
    class Fixed(Model):
        mood: str = parameter("calm", choices=("calm", "angry"), unit="", source="test")
        players = ("one", "two")
        actions = (("wait",), ("wait", "hit"))

        def payoffs(self) -> dict[tuple[str, str], tuple[float, float]]:
            return {("wait", "wait"): (-1.0, 0.0), ("wait", "hit"): (-3.0, 2.0)}

    assert "Without a deal, one plays" in text(brief(Case(Fixed)))
