"""What decides a number as a document: indices by group, and inputs moved one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from negotiation.case import Case, in_words
from negotiation.model import Model
from negotiation.provenance import provenance
from negotiation.report.amounts import how_often
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Items,
    Number,
    Paragraph,
    Rows,
    Table,
    TableColumn,
    small_print,
)
from negotiation.report.figure import Figure
from negotiation.report.schema import because, finished
from negotiation.study.sensitivity import Bar, Decided, Index, Sensitivity
from negotiation.words import money, opening

#: Shares of the variance below it are not told in sentences.
_TOLD = 0.05

#: So many bars stand in a table for people.
_BARS = 10


def document(found: Sensitivity) -> Document:
    """Return what decides as a document: a finding, indices and a tornado for each number."""
    made = provenance(Case(found.case, draws=found.samples))
    return Document(
        study="sensitivity",
        tell=lambda: _blocks(found, made),
        note=lambda: record(found, made),
        made=made,
        list_rows=lambda: _rows(found),
        list_figures=lambda: _figures(found),
    )


def _figures(found: Sensitivity) -> Sequence[Figure]:
    from negotiation.report.sensitivity_plot import figures

    return figures(found)


def _blocks(found: Sensitivity, made: Mapping[str, str]) -> Iterator[Block]:
    model = found.case.model
    yield Heading(f"{model.name()}: what decides ({made['parameters']})", 1)
    yield Items(
        tuple(
            f"{name}: {', '.join(model.find_parameter(each).name for each in parameters)}"
            for name, parameters in found.groups.items()
        ),
        "Groups of assumptions, each of which moves as one:",
    )
    if any(each.profile for each in found.found):
        yield Items(tuple(_profiles(found)), "What talks break down into:")
    for each in found.found:
        yield Heading(title(each, model))
        yield Paragraph(finding(each, found.samples))
        if each.indices:
            yield _indices(each)
        if any(bar.width for bar in each.tornado):
            yield _tornado(each)
    yield small_print(model, _without_threat(found, made), notes(found))


def _profiles(found: Sensitivity) -> Iterator[str]:
    for profile, share in found.profiles.items():
        yield f"{profile} {how_often(share, found.samples)}"
    rest = 1.0 - sum(found.profiles.values())
    if rest > 0.5 / found.samples:
        yield (
            f"another profile, or a mixture, {how_often(rest, found.samples)}; numbers are not "
            "told there"
        )


def notes(found: Sensitivity) -> list[str]:
    """What must be known to read the indices."""
    told = [
        f"{found.evaluations:,} evaluations: Saltelli's design of {found.samples} base points, in "
        "which groups swap jointly. First order: the share of the variance that a group explains "
        "by itself. Total order: the share that is left while everything but the group is known. "
        "Intervals cover 95 of 100 bootstrap samples.",
        "One at a time: the input moves between its 5 % and 95 % quantiles, or over its words, and "
        "everything else stays at the point.",
    ]
    if any(each.profile for each in found.found):
        told.append(
            "A number that depends on what talks break down into is told with one profile in every "
            "draw, also in those in which another would be selected: groups would depend on each "
            "other if draws were picked by what is selected."
        )
    lost = sum(each.left_out for each in found.found)
    if lost:
        told.append(
            f"Left out: {lost} base points (over all numbers) with an evaluation that is not "
            "certified or not defined."
        )
    return told


def _without_threat(found: Sensitivity, made: Mapping[str, str]) -> dict[str, str]:
    """Provenance with every threat that was looked at."""
    threats = dict.fromkeys(each.threat for each in found.found)
    told = "; ".join(f"{threat}: {in_words(Case(found.case, threat=threat))}" for threat in threats)
    return {**made, "threat_point": told}


# --- sentences ------------------------------------------------------------------------------------


def title(each: Decided, model: Model) -> str:
    """What a part is about."""
    where = f"threat {each.threat}"
    if each.profile:
        where += f", talks break down into {each.profile}"
    return f"{opening(each.observable.about)} ({where})"


def finding(each: Decided, samples: int) -> str:
    """The number with its range, and which groups explain its variance."""
    unit, draws = each.observable.unit, 2 * samples
    if each.observable.event:
        told = f"This holds {how_often(each.mean, draws)}."
    else:
        told = (
            f"Median {money(each.median, unit)}; 90 of 100 draws lie between {money(each.low)} and "
            f"{money(each.high)}. At the point without draws it is {money(each.at_point)}. "
        )
        told += (
            f"It is negative {how_often(each.negative, draws)}."
            if 0.0 < each.negative < 1.0
            else f"It is {'negative' if each.negative else 'positive'} in every draw."
        )
    if not each.indices:
        rare = each.observable.event and 0.0 < each.mean < 1.0
        why = "Too few draws differ for indices." if rare else "It does not vary over the draws."
        return f"{told} {why}"
    leading = sorted(each.indices, key=lambda one: -one.total)
    large = [one for one in leading if one.total >= _TOLD]
    parts = [
        f"the group {one.group} explains {_percent(one.first)} by itself "
        f"(95 % interval {_percent(one.first - one.first_error)} to "
        f"{_percent(one.first + one.first_error)}) and {_percent(one.total)} together with others"
        for one in large
    ]
    small = [one.group for one in leading if one.total < _TOLD]
    rest = f" The rest explains less than 5 % each: {', '.join(small)}." if small else ""
    return f"{told} Of its variance {'; '.join(parts)}.{rest}"


def _percent(value: float) -> str:
    return f"{min(max(100.0 * value, 0.0), 100.0):.0f} %"


def _indices(each: Decided) -> Table:
    return Table.of(
        [
            "group",
            TableColumn("first\norder", Form.SHARE),
            TableColumn("+/-", Form.SHARE),
            TableColumn("total\norder", Form.SHARE),
            TableColumn("+/- ", Form.SHARE),
        ],
        [
            [one.group, one.first, one.first_error, one.total, one.total_error]
            for one in sorted(each.indices, key=lambda one: -one.total)
        ],
        "Share of the variance that each group explains (Sobol' indices)",
    )


def _tornado(each: Decided) -> Table:
    bars = [bar for bar in each.tornado if bar.width][:_BARS]
    hidden = len([bar for bar in each.tornado if bar.width]) - len(bars)
    return Table.of(
        [
            "input",
            "from",
            "to",
            TableColumn("number\nthere", Form.CHANGE),
            TableColumn("and\nthere", Form.CHANGE),
            "sign",
        ],
        [
            [
                bar.input,
                _at(bar.low_at),
                _at(bar.high_at),
                bar.low,
                bar.high,
                "turns" if bar.turns else "",
            ]
            for bar in bars
        ],
        f"One input at a time ({each.observable.unit})",
        [f"{hidden} further inputs move it less."] if hidden > 0 else [],
    )


def _at(value: str | float) -> Cell:
    return value if isinstance(value, str) else Number(value, f"{value:.3g}")


# --- record ---------------------------------------------------------------------------------------


class IndexRecord(TypedDict):
    """Sobol' indices of a group."""

    group: str
    first_order: float
    first_order_error: float
    total_order: float
    total_order_error: float


class BarRecord(TypedDict):
    """An input moved alone."""

    input: str
    about: str
    unit: str
    group: str
    low_at: str | float
    high_at: str | float
    low: float
    high: float
    turns_sign: bool


class DecidedRecord(TypedDict):
    """What decides a number."""

    number: str
    about: str
    unit: str
    threat: str
    profile: str
    mean: float
    sd: float
    low: float
    median: float
    high: float
    negative: float
    at_point: float
    left_out: int
    indices: list[IndexRecord]
    tornado: list[BarRecord]


class SensitivityRecord(TypedDict):
    """What decides some numbers of a case."""

    provenance: dict[str, str]
    certified: bool
    samples: int
    evaluations: int
    groups: dict[str, list[str]]
    selected_profiles: dict[str, float]
    decided: list[DecidedRecord]


def record(found: Sensitivity, made: Mapping[str, str]) -> dict[str, Any]:
    """Everything as nested dictionaries, ready for JSON."""
    told: dict[str, Any] = finished(
        {
            "provenance": dict(made),
            "certified": found.certified,
            "samples": found.samples,
            "evaluations": found.evaluations,
            "groups": {name: list(each) for name, each in found.groups.items()},
            "selected_profiles": dict(found.profiles),
            "decided": [_decided(each) for each in found.found],
        },
        SensitivityRecord,
    )
    return told


def _decided(each: Decided) -> DecidedRecord:
    return {
        "number": each.observable.name,
        "about": each.observable.about,
        "unit": each.observable.unit,
        "threat": each.threat,
        "profile": each.profile,
        "mean": each.mean,
        "sd": each.sd,
        "low": each.low,
        "median": each.median,
        "high": each.high,
        "negative": each.negative,
        "at_point": because(each.at_point, "it is not defined at the point"),
        "left_out": each.left_out,
        "indices": [_index(one) for one in each.indices],
        "tornado": [_bar(bar) for bar in each.tornado],
    }


def _index(one: Index) -> IndexRecord:
    return {
        "group": one.group,
        "first_order": one.first,
        "first_order_error": one.first_error,
        "total_order": one.total,
        "total_order_error": one.total_error,
    }


def _bar(bar: Bar) -> BarRecord:
    return {
        "input": bar.input,
        "about": bar.about,
        "unit": bar.unit,
        "group": bar.group,
        "low_at": bar.low_at,
        "high_at": bar.high_at,
        "low": bar.low,
        "high": bar.high,
        "turns_sign": bar.turns,
    }


def _rows(found: Sensitivity) -> Rows:
    """One row for each number and group."""
    lines: list[Sequence[Any]] = [
        [
            each.observable.name,
            each.threat,
            each.profile,
            one.group,
            one.first,
            one.first_error,
            one.total,
            one.total_error,
        ]
        for each in found.found
        for one in each.indices
    ]
    return Rows(
        (
            "number",
            "threat",
            "profile",
            "group",
            "first_order",
            "first_order_error",
            "total_order",
            "total_order_error",
        ),
        lines,
    )


__all__ = ["SensitivityRecord", "document", "finding", "record", "title"]
