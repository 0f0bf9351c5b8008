"""What is shown of a point at its draws: situations side by side, how often what, the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

import numpy as np

from negotiation.case import POSTURE, STATUS_QUO
from negotiation.report.amounts import hundredths
from negotiation.report.document import Block, Cell, Notes, Number, Table, TableColumn
from negotiation.report.playing import playing
from negotiation.report.point_bands import RANGE, PointBands
from negotiation.report.schema import because
from negotiation.study.bands import LEVELS, Band, Bands, Shown
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME, SAME_VALUE
from negotiation.words import opening


class BandRecord(TypedDict):
    """A number over the draws."""

    low: float
    median: float
    high: float
    draws: int
    unit: str


class RegimeRecord(TypedDict):
    """What players do, how often, and every number that depends on it."""

    support: str
    walk_outs: list[str]
    sentence: str
    share: float
    draws: int
    bands: dict[str, BandRecord]


class PriorRecord(TypedDict):
    """What is believed about a parameter."""

    prior: str
    source: str
    group: str
    beside: bool


class ChanceOfEvent(TypedDict):
    """How often a signal has which sign."""

    name: str
    side: str
    positive: str
    negative: str
    probability: float
    opposite: float
    error: float


class OverDisputeRecord(TypedDict):
    """What a deal adds to the dispute while it lasts, by player."""

    support: str | None
    gain: dict[str, BandRecord]


class DrawsRecord(TypedDict):
    """The answer over the draws."""

    draws: int
    counted: int
    seed: int
    design: str
    levels: list[float]
    priors: dict[str, PriorRecord]
    regimes: list[RegimeRecord]
    all_regimes: dict[str, BandRecord]
    deal_over_dispute: list[OverDisputeRecord]
    events: list[ChanceOfEvent]
    at_revealed_costs: list[RegimeRecord] | None


#: A situation, in how many of 100 draws it is, and what it is to each side.
Row = tuple[str, Cell, list[Band]]


def blocks(at: PointBands) -> Iterator[Block]:
    """Situations of both sides, and how often what happens."""
    if not at.counted:
        return
    yield from _situations(at)
    yield from _events(at)


def _situations(at: PointBands) -> Iterator[Block]:
    bands, unit = at.bands, type(at.model).payoff_unit
    rows: list[Row] = []
    if at.lasting:
        rows.append(("today: the dispute as it is", "", at.of_players("inside_{}", None)))
    if at.talks and at.case.threat not in (POSTURE, STATUS_QUO):
        apart = at.bands.pooled(f"gain_{at.players[0]}")
        if apart and not at.same("gain_{}", "inside_{}"):
            what = f"no deal: {at.case.threat.replace('_', ' ')}"
            rows.append((what, "", at.of_players("gain_{}", None)))
    head = "breakdown" if at.lasting else "no deal" if at.talks else "equilibrium"
    rows += _regime_rows(at, bands, head)
    if bands.beside is not None and bands.beside.counted[0]:
        rows += _regime_rows(at, bands.beside, "breakdown, revealed costs")
    if at.talks:
        delta = "delta_{}"
        if at.whole(delta.format(at.players[0])):
            rows.append((f"deal, {at.case.solution}", "", at.of_players(delta, None)))
        else:
            for regime in bands.shown():
                label = at.plays(regime)
                often = hundredths(float(bands.share[0, regime]))
                rows.append((f"deal, if {label}", often, at.of_players(delta, regime)))
    rows += _revealed_deals(at)
    large = any(at.amounts(each).billions for *_, found in rows for each in found)
    heads: list[TableColumn | str] = ["", "draws\nin 100"]
    for name in at.names:
        heads += [TableColumn(name), TableColumn(RANGE.replace(" to ", " to\n"))]
    cells: list[list[Cell]] = []
    scale = unit
    for label, count, found in rows:
        row: list[Cell] = [label, count]
        for band in found:
            amounts = at.amounts(band, large)
            scale = amounts.scale
            none = str(band.shown[0]) == Shown.NONE.value
            row += [amounts.number_cell(none=none), amounts.span_cell()]
        cells.append(row + [""] * (2 + 2 * len(at.players) - len(row)))
    yield Table.of(heads, cells, f"Situations: median and range, {scale}")
    costs = bands.beside is not None or f"money_{at.players[0]}" in bands.columns
    notes = [
        f"A range of its own has an outcome that occurs in at least "
        f"{100 * RARE_REGIME:g} of 100 draws and in {FEW_DRAWS} draws; with fewer draws only "
        "the median is shown."
    ]
    if costs:
        notes.append("Political costs decide what is chosen and are not in these amounts.")
    yield Notes(tuple(notes))


def _revealed_deals(at: PointBands) -> list[Row]:
    """Deals from a breakdown at the costs that today reveals, where a deal starts from one.

    Where these costs count in the bargain as well the deal is another: both are told.
    """
    beside = at.bands.beside
    if (
        beside is None
        or at.case.threat != POSTURE
        or f"delta_{at.players[0]}" not in beside.columns
    ):
        return []
    rows: list[Row] = []
    for regime in beside.shown():
        often = hundredths(float(beside.share[0, regime]))
        label = at.plays(regime, beside)
        counted = at.of_players("delta_{}", regime, beside)
        alone = at.of_players("money_delta_{}", regime, beside)
        rows.append((f"deal, revealed costs, if {label}", often, counted))
        middles = [
            (float(one.middle[0]), float(two.middle[0]))
            for one, two in zip(counted, alone, strict=True)
        ]
        if any(abs(one - two) > SAME_VALUE * max(abs(one), abs(two)) for one, two in middles):
            rows.append((f"deal from the money alone, if {label}", often, alone))
    return rows


def _regime_rows(at: PointBands, bands: Bands, head: str) -> list[Row]:
    rows: list[Row] = []
    money = at.money(bands)
    for regime in bands.shown():
        label = at.plays(regime, bands)
        often = hundredths(float(bands.share[0, regime]))
        rows.append((f"{head}: {label}", often, at.of_players(money, regime, bands)))
    other = float(bands.other[0])
    if other > 0.0:
        rows.append((f"{head}: other outcomes", hundredths(other), []))
    return rows


def _events(at: PointBands) -> Iterator[Block]:
    found = at.bands.events()
    if not found:
        return
    rows: list[list[Cell]] = []
    for each in found:
        chance = each.probability
        value, opposite = float(chance.value[0]), float(chance.opposite[0])
        percent = 100.0 * float(chance.error[0])
        error = Number(percent, f"{percent:.1f}")
        positive, negative = at.phrases(each.signal)
        rows.append([opening(positive), hundredths(value), error])
        if value + opposite < 1.0 - 0.5 / max(at.counted, 1):
            rows.append([opening(negative), hundredths(opposite), error])
    yield Table.of(
        ["", "draws\nin 100", "standard\nerror"],
        rows,
        "How often",
    )


def prior_table(at: PointBands) -> Table:
    """What is believed of everything that is drawn, and where that comes from."""
    rows = []
    for name, each in at.bands.drawn.draws.priors.items():
        beside = "; beside the answer" if each.beside else ""
        about = at.model.find_parameter(name).about or name
        rows.append([about, each.text.replace(",", ", "), each.source + beside])
    return Table.of(["assumption", "drawn from", "source"], rows, "What is drawn")


def draws_record(at: PointBands) -> DrawsRecord:
    """Everything about the draws, ready for JSON."""
    bands, case = at.bands, at.case
    draws = bands.drawn.draws
    numeric = [name for name, each in bands.columns.items() if _numeric(each.values)]
    apart = [name for name in numeric if bands.pooled(name)]
    beside = bands.beside
    return {
        "draws": bands.draws,
        "counted": at.counted,
        "seed": case.seed,
        "design": case.design,
        "levels": list(LEVELS),
        "priors": {
            name: {
                "prior": each.text,
                "source": each.source,
                "group": each.group or name,
                "beside": each.beside,
            }
            for name, each in draws.priors.items()
        },
        "regimes": _regime_records(bands, [n for n in numeric if n not in apart]),
        "all_regimes": {name: _band_record(bands.band(name)) for name in apart}
        if at.counted
        else {},
        "deal_over_dispute": _over_dispute(at),
        "events": [
            {
                "name": each.signal.name,
                "side": each.signal.side,
                "positive": at.phrases(each.signal)[0],
                "negative": at.phrases(each.signal)[1],
                "probability": float(each.probability.value[0]),
                "opposite": float(each.probability.opposite[0]),
                "error": float(each.probability.error[0]),
            }
            for each in bands.events()
        ],
        "at_revealed_costs": None
        if beside is None
        else _regime_records(
            beside, [n for n, each in beside.columns.items() if _numeric(each.values)]
        ),
    }


def _over_dispute(at: PointBands) -> list[OverDisputeRecord]:
    """What a deal adds to the dispute, draw by draw, by regime where it depends on one."""
    if not (at.talks and at.lasting and at.counted):
        return []
    bands = at.bands
    return [
        {
            "support": None if regime is None else bands.regimes[regime].support,
            "gain": {
                player: _band_record(
                    bands.difference(f"delta_{player}", f"inside_{player}", regime)
                )
                for player in at.players
            },
        }
        for regime in at.regimes_of(f"delta_{at.players[0]}")
    ]


def _regime_records(bands: Bands, names: Sequence[str]) -> list[RegimeRecord]:
    point = bands.drawn.case.model
    return [
        {
            "support": regime.support,
            "walk_outs": list(regime.walkouts),
            "sentence": opening(f"{playing(point, regime.support)}."),
            "share": float(bands.share[0, r]),
            "draws": int(bands.count[0, r]),
            "bands": {}
            if bands.rare[0, r]
            else {name: _band_record(bands.band(name, r)) for name in names},
        }
        for r, regime in enumerate(bands.regimes)
        if bands.count[0, r]
    ]


def _band_record(band: Band) -> BandRecord:
    made: BandRecord = {
        "low": float(band.low[0]),
        "median": float(band.middle[0]),
        "high": float(band.high[0]),
        "draws": int(band.draws[0]),
        "unit": band.unit,
    }
    return because(made, str(band.shown[0]))


def _numeric(values: object) -> bool:
    return np.asarray(values).dtype.kind == "f"
