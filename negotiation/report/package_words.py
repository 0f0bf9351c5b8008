"""What an analyst can paste about package deals: the deal, linking tables, kinds of tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from negotiation.bargaining import Deal
from negotiation.bargaining.agenda import Nature
from negotiation.bargaining.package_deal import closest
from negotiation.report.package_study import Study
from negotiation.words import money, opening


def reading(found: Study) -> list[str]:
    """Return what an analyst can paste: the deal, what linking tables does, which table is which.

    Sentences, the first about the deal that is told.
    """
    p, nash = found.packages, found.deal
    one, two = p.names
    said = []
    if not found.certified:
        said.append(f"Not to be relied on: {found.status}.")
    if bool(nash.agreed):
        said.append(_deal_sentence(found, nash))
        firsts = [float(each.payoffs[0]) for each in found.deals.values() if bool(each.agreed)]
        low, high = min(firsts), max(firsts)
        if high - low > 1e-6 * max(abs(low), abs(high)):
            said.append(
                f"Over concepts {one} ends between {money(low, signed=True)} and "
                f"{money(high, signed=True)}."
            )
        if len(found.packages.tables) > 1:
            said.append(_linkage_sentence(found))
    else:
        k = int(closest(p, found.disagreement))
        gains = p.points[k] - found.disagreement
        said.append(
            f"No package, with or without {'lotteries' if p.transfer is None else 'money'}, is "
            f"better for both sides than no deal. The nearest is "
            f"[{p.label(k)}]: {one} {money(gains[0], signed=True)}, {two} "
            f"{money(gains[1], signed=True)} against no deal."
        )
    said.append(_natures(found))
    return said


_MEANING = {
    Nature.COMPATIBLE: "one option is best for both sides",
    Nature.DISTRIBUTIVE: "settling creates no value, what one side gains the other loses",
    Nature.INTEGRATIVE: "there is value to be made, but the sides want different options",
    Nature.UNKNOWN: "a package could not be solved",
}


def _natures(found: Study) -> str:
    """Which table is of which kind when taken by itself."""
    parts = []
    for nature, meaning in _MEANING.items():
        names = [each.name for each in found.tables if each.nature == nature.value]
        if names:
            told = ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
            verb = "is" if len(names) == 1 else "are each"
            parts.append(f"{told} {verb} {nature.value}: {meaning}")
    return f"By itself, {'; '.join(parts)}."


def _deal_sentence(found: Study, deal: Deal) -> str:
    p = found.packages
    one, two = p.names
    line = f"The package deal ({found.outcome.case.called}): {p.told(deal.weights)}"
    if float(deal.paid) > 0.0:
        line += (
            f"; {one} concedes {money(float(deal.paid))} a year, worth "
            f"{money(float(deal.received))} to {two}"
            if "a year" in p.unit
            else f"; {one} pays {money(float(deal.paid))}, worth {money(float(deal.received))} to "
            f"{two}"
        )
    gain1, gain2 = (money(float(each)) for each in deal.gains)
    unit = f" ({p.unit})" if p.unit else ""
    return f"{line}. Against no deal {one} gains {gain1} and {two} {gain2}{unit}."


def _same(gains: Any, size: float) -> bool:
    return bool((np.abs(gains) <= 1e-6 * size).all())


def _linkage_sentence(found: Study) -> str:
    """What taking the tables together is worth, with money and without."""
    parts = []
    points = found.packages.points
    size = float(np.abs(points[np.isfinite(points)]).max())
    one = found.packages.names[0]
    both = found.packages.transfer is not None
    for linkage, how in ((found.linkage, ""), (found.moneyless, "without money "))[: 1 + both]:
        gains = np.array([linkage.gain(order) for order in linkage.agendas])
        if not bool(linkage.package.agreed):
            parts.append(f"{how}there is no deal")
        elif _same(gains, size):
            why = " (money already links them)" if both and not how else ""
            parts.append(f"{how}table by table, in any order, leads to the same payoffs{why}")
        else:
            ends = {order: float(deal.reached[0]) for order, deal in linkage.agendas.items()}
            worst, best = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
            at_once = money(float(linkage.package.payoffs[0]), signed=True)
            if _same(np.ptp(list(ends.values())), size):
                each = money(ends[worst], signed=True)
                parts.append(
                    f"{how}{one} ends at {at_once} with all tables at once, and at {each} one by "
                    "one, in any order"
                )
                continue
            parts.append(
                f"{how}the agenda matters: {one} ends at {at_once} with all tables at once, and "
                f"one by one between {money(ends[worst], signed=True)} ({', '.join(worst)}) and "
                f"{money(ends[best], signed=True)} ({', '.join(best)})"
            )
    return f"{opening('; '.join(parts))}."
