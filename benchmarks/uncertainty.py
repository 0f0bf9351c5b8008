"""Write the tables of the page on what decides in `canada_us`: `python -m benchmarks.uncertainty`.

It takes some minutes, and so is no part of `python -m benchmarks.page`. The marks of a page are the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from benchmarks.page import MODEL, ROOT, made
from benchmarks.registry import markdown
from models.canada_us.model import CanadaUS
from negotiation import Case
from negotiation.report import scenarios as scenarios_report
from negotiation.report.amounts import how_often, in_hundred
from negotiation.study.probability import EventProbability, probability
from negotiation.study.robust import Robust, robust
from negotiation.study.scenarios import scenarios
from negotiation.study.sensitivity import Decided, Sensitivity, sensitivity
from negotiation.words import money

PAGE = MODEL / "uncertainty.md"

SAMPLES, DRAWS, BOX_DRAWS, SEED = 1024, 1000, 3000, 1
THREATS = ("in_force", "posture")
NUMBERS = ("deal.canada", "loss.canada", "loss.us")
SIGNS = ("the US loses without a deal", "Canada loses without a deal", "deal.canada < 0")
LOSES = "the US loses without a deal"
ALONG = "diversification=0:0.4:9"


def _case(**words: Any) -> Case:
    return Case(CanadaUS, seed=SEED, **words)


@cache
def decided() -> Sensitivity:
    """Numbers and events under both threats, from one design."""
    return sensitivity(_case(), [*NUMBERS, *SIGNS], samples=SAMPLES, threats=THREATS)


def _groups(each: Decided, names: list[str]) -> list[str]:
    """First and total order of every group."""
    known = {one.group: one for one in each.indices}
    return [
        f"{max(known[name].first, 0.0):.2f} / {known[name].total:.2f}" if name in known else "-"
        for name in names
    ]


def _moving(found: Sensitivity) -> list[str]:
    """Groups that explain something anywhere; the others are named below the table."""
    return [
        name
        for name in found.groups
        if any(
            one.total > 0.005 for each in found.found for one in each.indices if one.group == name
        )
    ]


def findings() -> str:
    """Return the answers in sentences."""
    found = decided()
    told = [
        _answer(each)
        for number in ("loss.us", "deal.canada")
        for each in found.found
        if each.observable.name == number and each.indices
    ]
    for threat in THREATS:
        points = along().along(threat)
        told.append(
            f"Under `{threat}` {LOSES} {how_often(points[0].probability, DRAWS)} at "
            f"diversification {points[0].at:g} and {how_often(points[-1].probability, DRAWS)} at "
            f"{points[-1].at:g}."
        )
    return "\n".join(f"- {each}" for each in told)


def _answer(each: Decided) -> str:
    """One number: where it lies, its sign, and what explains it."""
    where = f"`{each.threat}`"
    if each.profile:
        where += f", if talks break down into {each.profile},"
    leading = sorted(each.indices, key=lambda one: -one.total)
    shares = ", ".join(
        f"{one.group} {100 * max(one.first, 0.0):.0f} %" for one in leading if one.total > 0.05
    )
    return (
        f"Under {where} {each.observable.about} is {_bn(each.median)} in the median draw (from "
        f"{_bn(each.low)} to {_bn(each.high)} in 90 of 100 draws), and negative "
        f"{how_often(each.negative, 2 * SAMPLES)}. Of its variance these groups explain by "
        f"themselves: {shares}."
    )


def _bn(value: float) -> str:
    return f"{'-' if value < 0.0 else ''}US${abs(value) / 1e3:.1f} billion"


def deciding() -> str:
    """By number, threat and profile: its range, and the indices of every group."""
    found = decided()
    names = _moving(found)
    lines = [
        [
            f"`{each.observable.name}`",
            each.threat,
            each.profile or "any",
            money(each.median, signed=True),
            f"{money(each.low, signed=True)} to {money(each.high, signed=True)}",
            in_hundred(each.negative),
            *_groups(each, names),
        ]
        for each in found.found
        if not each.observable.event and each.indices
    ]
    heads = ["number", "threat", "breakdown", "median", "5 to 95 %", "negative, of 100", *names]
    return markdown(heads, lines, 3 + len(names))


def signs() -> str:
    """By event and threat: how often it holds, and the indices of every group."""
    found = decided()
    names = _moving(found)
    lines = [
        [
            each.observable.about,
            each.threat,
            in_hundred(each.mean),
            *(_groups(each, names) if each.indices else ["-"] * len(names)),
        ]
        for each in found.found
        if each.observable.event
    ]
    return markdown(["event", "threat", "of 100 draws", *names], lines, 1 + len(names))


def errors() -> str:
    """Return the largest and the median half-width of the intervals of both tables, in a line."""
    sizes = sorted(
        error
        for each in decided().found
        for one in each.indices
        if one.total > 0.005
        for error in (one.first_error, one.total_error)
    )
    return (
        f"95 % intervals are +/- {sizes[len(sizes) // 2]:.2f} in the median, and at most "
        f"{sizes[-1]:.2f}. {decided().evaluations:,} evaluations."
    )


def tornado() -> str:
    """What one input does alone: the five that move most, and whether the sign turns."""
    lines = [
        [
            f"`{each.observable.name}`" if k == 0 else "",
            f"{each.threat}{', ' if each.profile else ''}{each.profile}" if k == 0 else "",
            f"`{bar.input}`",
            _at(bar.low_at),
            money(bar.low, signed=True),
            _at(bar.high_at),
            money(bar.high, signed=True),
            "turns" if bar.turns else "",
        ]
        for each in decided().found
        if each.observable.name in ("deal.canada", "loss.us") and each.indices
        for k, bar in enumerate([bar for bar in each.tornado if bar.width][:5])
    ]
    return markdown(["number", "where", "input", "at", "number", "at", "number", "sign"], lines)


def _at(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.3g}"


@cache
def along() -> EventProbability:
    return probability(_case(draws=DRAWS), LOSES, ALONG, threats=THREATS)


def chance() -> str:
    """Probability that the US loses without a deal along diversification, by threat."""
    found = along()
    by = {threat: found.along(threat) for threat in THREATS}
    lines = [
        [
            f"{by[THREATS[0]][k].at:.2f}",
            *(
                f"{by[threat][k].probability:.3f} +/- {by[threat][k].error:.3f}"
                for threat in THREATS
            ),
        ]
        for k in range(len(by[THREATS[0]]))
    ]
    return markdown(["diversification", *THREATS], lines, len(THREATS))


EVENTS = (
    ("the US plays escalate", "posture"),
    ("the US plays lift", "posture"),
    ("Canada plays stand_down", "posture"),
    ("the US gains without a deal", "in_force"),
    ("Canada's walk-out is credible", "in_force"),
)


def boxes() -> str:
    """By event the box in which it holds, as sentences."""
    told = []
    for event, threat in EVENTS:
        found = scenarios(_case(draws=BOX_DRAWS, threat=threat), event)
        told.append(f"- {' '.join(scenarios_report.sentences(found))}")
    return "\n".join(told)


@cache
def chosen(ends: str) -> Robust:
    return robust(_case(draws=DRAWS), ALONG, ends=ends)


def choice() -> str:
    """Payoff of Canada by diversification with a deal, its own effect and its cost counted."""
    lines = [
        [
            f"{each.value:.2f}",
            money(each.expected, signed=True),
            money(each.low, signed=True),
            money(each.high, signed=True),
            money(each.largest_regret),
            in_hundred(each.best),
            money(each.talks, signed=True),
            money(each.own, signed=True),
            money(each.cost),
        ]
        for each in chosen("deal").choices
    ]
    heads = ["diversification", "expected", "5 %", "95 %", "largest regret", "best, of 100"]
    return markdown([*heads, "talks", "by itself", "cost"], lines, 8)


TABLES: Mapping[str, Callable[[], str]] = {
    each.__name__: each
    for each in (findings, deciding, signs, errors, tornado, chance, boxes, choice)
}


def main() -> None:
    before = PAGE.read_text(encoding="utf-8")
    after = made(before, TABLES)
    if after != before:
        PAGE.write_text(after, encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
