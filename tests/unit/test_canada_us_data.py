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
    DATA_SETS,
    DEFAULT_DATA,
    PUBLISHED,
    US,
    world,
)
from negotiation.errors import DataError
from negotiation.trade import World

FIRST, ICIO, CUSTOMS = (world("central", data=name) for name in ("first", "icio", "customs"))
#: Sectors whose customs and table values agree, so that they were left as they are.
UNTOUCHED = ("OIL", "PET", "ELY", "CNS", "SRV")


def test_the_default_is_one_of_the_tables() -> None:
    assert DEFAULT_DATA in DATA_SETS
    assert_array_equal(world("central").flows, world("central", data=DEFAULT_DATA).flows)


def test_the_revision_changes_us_duties_on_others_than_canada_and_mexico_alone() -> None:
    assert_array_equal(FIRST.flows, ICIO.flows)
    changed = np.argwhere(FIRST.tariff != ICIO.tariff)
    assert len(changed)
    assert set(changed[:, 1]) == {ICIO.region(US)}
    kept = {ICIO.region(code) for code in (US, CANADA, "MEX")}
    assert not kept & set(changed[:, 0])
    # Average duties paid in 2024: nothing like the statutory 81 % on agri-food.
    us = ICIO.region(US)
    assert FIRST.tariff[:, us].max() > 0.8
    assert ICIO.tariff[:, us].max() < 0.25


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
    sectors, flows = DATA_SETS["customs"]
    path = folder / flows
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("MVH,CAN,USA,"))
    cells = lines[at].split(",")
    lines[at] = ",".join([*cells[:3], str(2.0 * float(cells[3])), *cells[4:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"flows_customs\.csv delivers"):
        World.from_csv(folder, sectors_file=sectors, flows_file=flows)
    assert World.from_csv(folder).source == str(folder)
