"""Figures beside the model add up to what was published, and say how far to trust them."""

from __future__ import annotations

import numpy as np
import pytest

from models.canada_us import facts
from models.canada_us.calibration import world

WORLD = world("central")
SECTORS = WORLD.sectors
STATUSES = {"measured", "computed", "sourced", "second-hand", "judgement"}
CANADIAN = ("WOD", "PAP", "OIL", "ELY", "STL", "NFM", "MVH", "CNS")


def found(country: str, sector: str, year: int = facts.BEFORE) -> facts.Jobs:
    one = facts.jobs(country, sector, year)
    assert one is not None
    return one


def test_jobs_are_known_where_the_page_says_so() -> None:
    for sector in SECTORS:
        assert (facts.jobs("USA", sector) is None) == (sector == "SRV")
        assert (facts.jobs("CAN", sector) is not None) == (sector in CANADIAN)
    assert facts.jobs("MEX", "MVH") is None


def test_jobs_stand_where_a_world_has_the_sector() -> None:
    counted = facts.jobs_of(WORLD)
    assert counted.shape == WORLD.output.shape
    assert counted[WORLD.region("CAN"), WORLD.sector("MVH")] == 125_000
    known = ~np.isnan(counted)
    assert known.sum(axis=1)[WORLD.region("CAN")] == len(CANADIAN)
    assert known.sum() == len(CANADIAN) + len(SECTORS) - 1


def test_jobs_are_of_the_nearest_year_and_the_later_of_two() -> None:
    assert found("USA", "CHM").year == 2024
    assert found("USA", "CHM", 1990).year == 2022
    assert found("CAN", "CNS", 2022).year == 2024  # 2020 is as near
    assert found("CAN", "OIL").year == 2019


@pytest.mark.parametrize(
    ("country", "pair", "published"),
    [
        ("USA", ("STL", "NFM"), 369_600),  # primary metals
        ("USA", ("MVH", "OTE"), 1_787_600),  # transportation equipment
        ("CAN", ("WOD", "PAP"), 199_345),  # forest sector
    ],
)
def test_what_is_split_adds_up_and_is_a_judgement(
    country: str, pair: tuple[str, str], published: int
) -> None:
    both = [found(country, sector) for sector in pair]
    assert sum(each.jobs for each in both) == pytest.approx(published, abs=100)
    assert {each.status for each in both} == {"judgement"}
    assert {each.covers for each in both} == {"split"}


def test_every_figure_has_a_status_and_a_source() -> None:
    jobs = [one for code in SECTORS for c in ("CAN", "USA") if (one := facts.jobs(c, code))]
    every = [*jobs, facts.exchange_rate(), *facts.published_results()]
    assert {each.status for each in [*every, *facts.imports_from_canada()]} <= STATUSES
    assert all(each.source for each in every)


def test_the_exchange_rate_is_the_latest_that_has_a_source() -> None:
    rate = facts.exchange_rate()
    assert rate.date == "2026-10-05"
    assert rate.usd_per_cad == 0.702
    assert rate.status == "sourced"


def test_imports_fell_as_much_as_the_customs_data_say() -> None:
    seen = facts.observed_imports("2025-08", "2026-02")
    assert set(seen) == set(SECTORS) - {"CNS", "SRV"}
    fell = {code: 100.0 * (since / before - 1.0) for code, (before, since) in seen.items()}
    for code, percent in (("STL", -56), ("WOD", -32), ("MVH", -17)):
        assert fell[code] == pytest.approx(percent, abs=0.5)
    # 411.7 US$ billion in all, of which special provisions and scrap belong to no sector.
    whole = sum(each.value for each in facts.imports_from_canada() if each.period == "2024")
    assert whole == pytest.approx(411_694, abs=1)
    assert sum(before for before, _ in seen.values()) == pytest.approx(whole - 21_778, abs=1)


def test_published_results_are_of_the_two_countries_and_numbers_or_signs() -> None:
    for each in facts.published_results():
        assert each.country in ("CAN", "USA")
        assert each.value in ("gains", "loses") if each.unit == "sign" else float(each.value) < 2
