"""T4: what a sweep prints, `explain` and `threshold --target` take by the name in the CSV."""

from __future__ import annotations

import pytest

from negotiation.cli.console import run
from negotiation.regimes.thresholds import reach
from negotiation.study import sweep

KINDS = ("payoff", "gain", "delta", "ncl", "staying", "walkout")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("player", ["exporter", "importer"])
def test_t4_a_column_is_explained_and_sought_by_its_name(
    kind: str, player: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = sweep("tariff_standoff", {"tariff": [0.25]})
    for name in (f"{kind}_{player}", f"{kind}.{player}"):
        assert run(["explain", "tariff_standoff", name]) == 0
        assert capsys.readouterr().out
        assert reach("tariff_standoff", f"{name}=0.1").result == pytest.approx(
            float(data[f"{kind}_{player}"].item())
        )
