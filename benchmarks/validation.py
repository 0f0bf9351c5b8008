"""Tables of the page on validation: published models solved again. `python -m benchmarks.page`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import observed_trade
from benchmarks.registry import markdown
from benchmarks.subjects import published
from negotiation.errors import DataError
from negotiation.trade import counterfactual
from negotiation.trade.decomposition import decomposition
from negotiation.trade.tariffs.formula import formula_tariffs

#: What the papers print, in %.
NAFTA_PRINTED = {"Canada": -0.06, "Mexico": 1.31, "USA": 0.08}
WAR_SHOWN = ("USA", "CAN", "MEX", "CHN")


def _needs(folder: Path) -> None:
    if not folder.is_dir():
        raise DataError(f"{folder} is not there: the data of a published model are not shipped")


def nafta() -> str:
    """Welfare effects of NAFTA: what the paper prints, and what comes out here."""
    _needs(published.NAFTA)
    case = published.nafta()
    found = decomposition(counterfactual(case.world, case.tariff))
    lines = [
        [region, f"{printed:+.2f}", f"{found.welfare_pct[case.world.region(region)]:+.4f}"]
        for region, printed in NAFTA_PRINTED.items()
    ]
    expected = np.array([case.expected[region]["Welfare"] for region in case.world.regions])
    gap = float(np.abs(found.welfare_pct - expected).max())
    lines.append([f"largest gap, {len(expected)} regions, points", "", _power(gap)])
    return markdown(["region", "printed, %", "here, %"], lines, numbers=2)


def war() -> str:
    """Rates and welfare of a global tariff war: the solution of the paper's method, and ours."""
    _needs(published.TARIFF_WAR)
    case = published.tariff_war()
    found = formula_tariffs(case.world)
    rates, welfare = 100.0 * found.rates, found.welfare_pct
    theirs = [case.expected[name] for name in ("nash_tariff_pct", "welfare_pct")]
    lines = [
        [code, *(f"{each[case.world.region(code)]:.3f}" for each in (theirs[0], rates))]
        + [f"{each[case.world.region(code)]:+.4f}" for each in (theirs[1], welfare)]
        for code in WAR_SHOWN
    ]
    gaps = [
        _power(float(np.abs(a - b).max())) for a, b in zip(theirs, (rates, welfare), strict=True)
    ]
    lines.append([f"largest gap, {len(rates)} countries, points", "", gaps[0], "", gaps[1]])
    heads = ["country", "published method, rate %", "here", "welfare %", "here"]
    return markdown(heads, lines, numbers=4)


def fit() -> str:
    """Mean gap between modelled and observed imports, by run."""
    found = observed_trade.evidence()
    lines = [[run, f"{found.gap(run):.1f}"] for run in found.model]
    return markdown(["run", "mean gap, points"], lines, numbers=1)


def _power(gap: float) -> str:
    """Return the power of ten that a gap stays below: the digits behind it belong to a machine."""
    return f"below 1e{int(np.ceil(np.log10(max(gap, 1e-15))))}"
