"""The tables of trade that `canada_us` can be calibrated on differ where they say they do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.canada_us.calibration import (
    CANADA,
    CENTRES,
    DATA,
    PUBLISHED,
    TRADE,
    US,
    world,
)
from models.canada_us.model import CanadaUS
from negotiation.errors import DataError
from negotiation.trade import World

ICIO, CUSTOMS = (world(data=name) for name in ("icio", "customs"))
#: Sectors whose customs and table values agree, so that they were left as they are.
UNTOUCHED = ("OIL", "PET", "ELY", "CNS", "SRV")


def test_the_default_is_the_table_at_basic_prices_with_published_elasticities() -> None:
    assert list(TRADE) == ["icio", "customs"]
    assert_array_equal(CanadaUS().world.flows, ICIO.flows)
    assert_array_equal(CanadaUS(data="customs").world.flows, CUSTOMS.flows)
    assert_array_equal(ICIO.flows, World.from_csv(DATA).flows)
    assert_array_equal(ICIO.trade_elasticity, ICIO.elasticity_sets["published"])
    assert_array_equal(CUSTOMS.trade_elasticity, ICIO.trade_elasticity)


def test_duties_of_the_us_are_those_paid_in_2024() -> None:
    us = ICIO.region(US)
    # Nothing like the statutory averages, of up to 81 % on agri-food: nobody paid those.
    assert ICIO.tariff[:, us].max() < 0.25
    assert_array_equal(ICIO.tariff[ICIO.region("EU27"), us, ICIO.sector("AGF")], 0.02783)
    assert not ICIO.tariff[[ICIO.region(code) for code in (CANADA, "MEX")], us].any()
    # Duties paid over customs values of all goods in 2024, in percent; weights here are of 2022.
    paid = {"CHN": 10.7, "OAS": 2.9, "EU27": 1.2, "GBR": 1.0, "JKT": 0.9, "ROW": 0.7}
    goods = [s for s, code in enumerate(ICIO.sectors) if code not in ("ELY", "CNS", "SRV")]
    for code, percent in paid.items():
        bought = ICIO.flows[ICIO.region(code), us, goods]
        mean = (ICIO.tariff[ICIO.region(code), us, goods] * bought).sum() / bought.sum()
        assert 100 * mean == pytest.approx(percent, abs=1.0), code


def test_customs_levels_leave_what_everybody_makes_and_buys() -> None:
    assert_array_equal(CUSTOMS.tariff, ICIO.tariff)
    assert_allclose(CUSTOMS.output, ICIO.output, rtol=1e-6)
    assert_allclose(CUSTOMS.flows.sum(axis=0), ICIO.flows.sum(axis=0), rtol=1e-5, atol=1e-3)
    kept = [ICIO.sector(code) for code in UNTOUCHED]
    assert_array_equal(CUSTOMS.flows[:, :, kept], ICIO.flows[:, :, kept])
    canada, us = ICIO.region(CANADA), ICIO.region(US)
    goods = [s for s, code in enumerate(ICIO.sectors) if code not in ("ELY", "CNS", "SRV")]
    # Published with the table, in US$ billion.
    for table, there, back in ((ICIO, 317.5, 181.9), (CUSTOMS, 350.0, 245.4)):
        assert table.flows[canada, us, goods].sum() / 1e3 == pytest.approx(there, abs=0.05)
        assert table.flows[us, canada, goods].sum() / 1e3 == pytest.approx(back, abs=0.05)


def test_the_published_set_is_the_median_of_the_published_sets() -> None:
    sets = ICIO.elasticity_sets
    median = np.median([sets[name] for name in PUBLISHED], axis=0)
    services = [ICIO.sector(code) for code in ("CNS", "SRV")]
    median[services] = 2.8
    assert_allclose(sets["published"], median, atol=6e-5)
    assert set(sets["u2"]) == {2.0}
    assert set(sets["u5"]) == {5.0}
    for code in ("MVH", "OTE"):
        assert sets["cp"][ICIO.sector(code)] == 8.22  # parameter file of Caliendo and Parro (2015)


@pytest.mark.parametrize("centre", CENTRES)
def test_the_short_run_takes_short_run_elasticities(centre: str) -> None:
    short = world(centre, 1.5, "icio")
    assert_array_equal(short.trade_elasticity, ICIO.elasticity_sets["short_run"])
    assert short.labour_elasticity == 1.5
    named = world("fgo", 1.5, "icio")
    assert_array_equal(named.trade_elasticity, ICIO.elasticity_sets["fgo"])


def test_a_fault_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    path = folder / TRADE["customs"]
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("MVH,CAN,USA,"))
    cells = lines[at].split(",")
    lines[at] = ",".join([*cells[:3], str(2.0 * float(cells[3])), *cells[4:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"flows_customs\.csv delivers"):
        World.from_csv(folder, flows_file=TRADE["customs"])
    assert World.from_csv(folder).source == str(folder)
