"""Pictures of sweeps at many draws: what they say, what is asked for, where labels go."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from negotiation.case import Case
from negotiation.errors import GridError, ParameterError
from negotiation.model.grid import Grid
from negotiation.report.band_plot import bands_plot, check_bands_plot
from negotiation.report.layout.lettering import spread_out
from negotiation.report.plot_labels import minus, wrapped
from negotiation.report.shown import panels
from negotiation.study.bands import Bands
from negotiation.study.drawn import drawn
from tests.unit.drawn_by_hand import Dispute, swept

KEEP, WAR = "counter/keep", "counter/escalate"


@pytest.fixture(scope="module")
def bands() -> Bands:
    return Bands.of(drawn(Case(Dispute, draws=200), "outlets=0:0.4:9"))


def texts(found: Bands, path: Path, *show: str) -> str:
    """Draw, and return all that the picture says, a line break for a space."""
    bands_plot(found, path, show)
    root = ET.parse(path).getroot()
    said = [
        " ".join("".join(each.itertext()).split()) for each in root.iter() if "text" in each.tag
    ]
    return " ".join(said)


def test_the_picture_says_what_it_shows(bands: Bands, tmp_path: Path) -> None:
    said = texts(bands, tmp_path / "a.svg")
    assert "Away concedes US$200 million a year less at 40 % than at 0 %" in said
    assert "US$800 million a year less after a breakdown if Home escalates" in said
    assert "What a deal gives Away, US$ billion a year" in said
    assert "Home without a deal" in said
    assert "Draws in each regime, of 100" in said
    assert "Home escalates: 67" in said
    assert "Share that is sold elsewhere (outlets)" in said
    assert "medians of 200 draws" in said
    assert "Long run." in said
    assert "seed 0." in said


@pytest.mark.full
def test_the_same_picture_is_the_same_file(bands: Bands, tmp_path: Path) -> None:
    for form in ("svg", "png"):
        made = []
        for name in ("one", "two"):
            bands_plot(bands, tmp_path / f"{name}.{form}", ["deal"])
            made.append((tmp_path / f"{name}.{form}").read_bytes())
        assert made[0] == made[1]
    assert b"<dc:date>" not in (tmp_path / "one.svg").read_bytes()


def test_what_is_asked_for_is_shown_and_nothing_else(bands: Bands, tmp_path: Path) -> None:
    said = texts(bands, tmp_path / "a.svg", "today.away", "chances")
    assert "Away while the dispute lasts" in said
    assert "Home's walk-out is credible 30" in said
    assert "Home loses" not in said  # of which the probability does not change
    assert "What a deal gives" not in said
    assert "Draws in each regime" not in said  # nothing here depends on one


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("deal", ["What a deal gives Away"]),
        ("deal.home", ["What a deal gives Home"]),
        ("loss.home", ["What Home loses without a deal"]),
        ("breakdown.home", ["Home once talks have broken down"]),
        ("no_deal.away", ["Away without a deal"]),
        ("payoff.home", ["Payoff of home at the selected equilibrium of the game"]),
        ("p_loss_home", ["In how many of 100 draws"]),
    ],
)
def test_names_stand_for_panels(bands: Bands, name: str, titles: list[str]) -> None:
    assert [each.title for each in panels(Dispute, bands.columns, [name])] == titles


@pytest.mark.parametrize("name", ["deel", "deal.nobody", "equilibrium", "", "p_nothing"])
def test_an_unknown_name_is_refused_with_those_that_are_known(bands: Bands, name: str) -> None:
    with pytest.raises(ParameterError, match=r"choose from deal\.away, deal\.home, today\.away"):
        panels(Dispute, bands.columns, [name])


@pytest.mark.full
def test_two_points_one_regime_and_gaps_are_drawn(tmp_path: Path) -> None:
    values = np.linspace(-1.0, 1.0, 60) + np.arange(6.0)[:, None]
    values[2] = np.nan
    values[4] = np.nan  # a point that stands alone
    one = swept(np.linspace(0.0, 1.0, 6), [[KEEP] * 60] * 6, inside_away=values)
    said = texts(one, tmp_path / "a.svg", "today.away")
    assert "What Away has while the dispute lasts rises by US$5.0 million a year" in said
    two = swept([0.0, 1.0], [[KEEP] * 60] * 2, inside_away=values[:2])
    assert texts(two, tmp_path / "b.svg", "today.away")
    none = swept([0.0, 1.0], [[KEEP] * 60] * 2, inside_away=np.nan)
    assert "Nothing that was asked for" in texts(none, tmp_path / "c.svg", "today.away")


def test_an_axis_starts_where_the_data_are(tmp_path: Path) -> None:
    values = np.linspace(900.0, 910.0, 60) + np.zeros((3, 1))
    found = swept([0.1, 0.5, 0.9], [[KEEP] * 60] * 3, inside_away=values)
    said = texts(found, tmp_path / "a.svg", "today.away").split()
    ticks = [float(each) for each in said if re.fullmatch(r"9\d\d(\.\d)?", each)]
    assert min(ticks) >= 899.0
    assert "0" not in said


@pytest.mark.full
def test_a_second_parameter_has_a_column_for_each_value(tmp_path: Path) -> None:
    found = Bands.of(drawn(Case(Dispute, draws=60), ["outlets=0:0.4:3", "table=one,two"]))
    said = texts(found, tmp_path / "a.svg", "deal")
    assert "table = one" in said
    assert "table = two" in said
    assert "(table = one)" in said  # of which the title speaks


def test_more_columns_than_fit_are_refused_with_what_to_choose() -> None:
    grid = Grid.of(["outlets=0:0.4:5", "cost=1,2,3,4"], Dispute)
    with pytest.raises(GridError, match=r"at most 3 columns.*--vary cost=1,2,3"):
        check_bands_plot(Dispute, grid)


def test_where_half_of_the_draws_turn_is_marked_with_its_range(tmp_path: Path) -> None:
    gains = np.stack([np.where(np.arange(100) < k, -1.0, 1.0) for k in (0, 20, 60, 100)])
    found = swept([0.0, 0.1, 0.2, 0.3], [[KEEP] * 100] * 4, gain_home=gains)
    said = texts(found, tmp_path / "a.svg", "p_loss_home")
    assert "Where the draws turn" in said
    assert "Home loses without a deal: 17.5 % (2.5 % to 28.7 %)" in said


def test_a_run_that_is_not_finished_says_so(tmp_path: Path) -> None:
    whole = swept([0.0, 1.0], [[KEEP] * 60] * 2, inside_away=np.arange(60.0))
    part = dataclasses.replace(whole.drawn, unfinished="3 of 8 chunks")
    said = texts(Bands.of(part), tmp_path / "a.svg", "today.away")
    assert "ONLY A PART: 3 of 8 chunks." in said


# --- labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "sizes"),
    [([50.0, 50.0, 50.0], [20.0] * 3), ([0.0, 99.0, 98.0], [30.0, 10.0, 30.0]), ([5.0], [10.0])],
)
def test_labels_keep_apart_and_within_their_axes(wanted: list[float], sizes: list[float]) -> None:
    found = spread_out(wanted, sizes, 0.0, 100.0)
    edges = sorted(
        (at - 0.5 * size, at + 0.5 * size) for at, size in zip(found, sizes, strict=True)
    )
    assert all(one[1] <= two[0] for one, two in pairwise(edges))
    assert edges[0][0] >= 0.0
    assert edges[-1][1] <= 100.0


def test_long_names_are_broken_to_fit() -> None:
    lines = wrapped("a " + 60 * "x" + " b", 8.5, 1.5)
    assert "".join(lines).replace(" ", "") == "a" + 60 * "x" + "b"
    assert max(map(len, lines)) < 25
    assert wrapped("two words", 8.5, 9.0) == ["two words"]


def test_signs_of_numbers_are_minus_signs_and_hyphens_stay() -> None:
    assert minus("a walk-out costs -3.5 or -US$2") == "a walk-out costs \u22123.5 or \u2212US$2"
