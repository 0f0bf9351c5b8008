"""Chosen tariffs: a reading for people, a record for machines, rows for a spreadsheet."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from negotiation.moved import names_of
from negotiation.report.document import (
    Block,
    Cell,
    Document,
    Form,
    Heading,
    Number,
    Paragraph,
    Provenance,
    Rows,
    Table,
    TableColumn,
)
from negotiation.report.schema import because, finished
from negotiation.words import opening

if TYPE_CHECKING:
    from negotiation.trade import (
        Certificate,
        ChosenTariffs,
        TariffSchedule,
        TradeEquilibrium,
        World,
    )

Array = NDArray[np.float64]

#: Gain, percent of income, that is rounding in two payoffs and not worth a number.
_ROUNDING = 1e-9

#: Columns of rates beside each other, two for every country, that fit the terminal.
_BESIDE = 2


@dataclasses.dataclass(frozen=True, eq=False)
class Chosen:
    """Tariffs that were found, and what a reader must know of them.

    Attributes
    ----------
    found : ChosenTariffs
    war : ChosenTariffs or None
        The disagreement point of efficient tariffs.
    players : mapping of player to region code
        Those who choose.
    objectives : mapping of region to mapping of sector to weight
    assumptions, not_modelled : tuple of str
    provenance : mapping
    seconds : float
    asked : bool
        Whether a certificate was asked for.
    """

    found: ChosenTariffs
    war: ChosenTariffs | None
    players: Mapping[str, str]
    objectives: Mapping[str, Mapping[str, float]]
    assumptions: tuple[str, ...]
    not_modelled: tuple[str, ...]
    provenance: Mapping[str, str]
    seconds: float
    asked: bool

    @property
    def world(self) -> World:
        """What changes are counted from."""
        return self.equilibrium.world

    @property
    def equilibrium(self) -> TradeEquilibrium:
        """The trade equilibrium under the tariffs."""
        return self.found.equilibrium

    @property
    def what(self) -> str:
        """What was chosen, in words."""
        return what(self.found.instruments)

    def sides(self, kind: str, found: ChosenTariffs | None = None) -> dict[str, TariffSchedule]:
        """Return tariffs or export taxes of each player, of these tariffs or of others."""
        own = {code: player for player, code in self.players.items()}
        schedules = (found or self.found).schedules
        return {own[each.country]: each for each in schedules if each.kind == kind}

    @property
    def certificate(self) -> Certificate | None:
        """The global search: of the tariffs, or of the disagreement point of efficient ones."""
        return (self.war or self.found).certificate

    @property
    def verdict(self) -> str:
        """What may be said of the tariffs, and of their disagreement point."""
        if self.war is None:
            return self.found.status.value
        return f"{self.found.status.value}; disagreement point {self.war.status.value}"

    @property
    def certified(self) -> bool:
        """Whether the search found nothing better; for efficient tariffs, than their threat."""
        return self.found.status.certified and (self.war is None or self.war.status.certified)

    @property
    def reliable(self) -> bool:
        """Whether the tariffs are certified, or hold their conditions where that was enough."""
        from negotiation.trade import TariffStatus

        searched = self.war or self.found
        return self.certified or (
            not self.asked
            and searched.status is TariffStatus.NOT_CHECKED
            and (self.war is None or self.found.status.certified)
        )


def what(instruments: Sequence[str]) -> str:
    """Return what is chosen, in words."""
    names = {"import": "tariffs", "export": "export taxes"}
    return " and ".join(names[kind] for kind in instruments)


def baseline(world: World, schedule: TariffSchedule) -> Array:
    """Baseline rates on what a schedule taxes, weighted by trade; shaped like its rates.

    There are no export taxes in a world.
    """
    place = world.region(schedule.country)
    partners = [world.region(code) for code in schedule.partners]
    goods = [world.sector(code) for code in schedule.sectors]
    cells = np.ix_(partners, goods)
    if schedule.kind == "export":
        bought = world.flows[place][cells]
        paid = 0.0 * bought
    else:
        bought = world.flows[:, place][cells]  # (partners, sectors, 2)
        paid = bought * world.tariff[:, place][cells]
    over = {"uniform": (0, 1, 2), "sector": (0, 2), "partner": (1, 2), "both": (2,)}[schedule.by]
    total = bought.sum(axis=over)
    return np.where(total > 0.0, paid.sum(axis=over) / np.where(total > 0.0, total, 1.0), np.nan)


Rates = dict[str, float | dict[str, float]]


class Searched(TypedDict):
    """The global search for better rates."""

    of: str
    gain_pct: dict[str, float]
    deviation: dict[str, Rates]
    export_deviation: NotRequired[dict[str, Rates]]
    points: dict[str, int]
    unconverged: dict[str, int]


class WarRecord(TypedDict):
    """The tariff war that efficient tariffs are bargained out of."""

    status: str
    tariffs: dict[str, Rates]
    export_taxes: NotRequired[dict[str, Rates]]
    welfare_pct: dict[str, float]


class TariffRecord(TypedDict):
    """Chosen tariffs."""

    provenance: dict[str, str]
    status: str
    certified: bool
    players: dict[str, str]
    by: str
    bounds: list[float]
    tariffs: dict[str, Rates]
    baseline_tariffs: dict[str, Rates]
    at_bound: dict[str, dict[str, str]]
    export_bounds: NotRequired[list[float]]
    export_taxes: NotRequired[dict[str, Rates]]
    export_taxes_at_bound: NotRequired[dict[str, dict[str, str]]]
    export_tax_revenue_usd_m: NotRequired[dict[str, float]]
    welfare_pct: dict[str, float]
    ev_usd_m: dict[str, float]
    tariff_revenue_usd_m: dict[str, float]
    objectives: dict[str, dict[str, float]]
    rounds: int | None
    evaluations: int
    seconds: float
    certificate_pct: float
    certificate: Searched | None
    gains_pct: dict[str, float] | None
    disagreement: WarRecord | None
    assumptions: list[str]
    not_modelled: list[str]


def record(chosen: Chosen) -> dict[str, Any]:
    """Everything about chosen tariffs, ready for JSON."""
    why = "nothing is traded, no certificate was asked for, or it could not be solved"
    told: dict[str, Any] = finished(because(_record(chosen), why), TariffRecord)
    return told


def _record(chosen: Chosen) -> dict[str, Any]:
    world, at = chosen.world, chosen.equilibrium
    sides, sold = chosen.sides("import"), chosen.sides("export")
    found = chosen.found
    result: dict[str, Any] = {
        "provenance": dict(chosen.provenance),
        "status": chosen.verdict,
        "certified": chosen.certified,
        "players": dict(chosen.players),
        "by": found.by,
        "bounds": _bounds(sides),
        "tariffs": _dicts(sides),
        "baseline_tariffs": {
            player: dataclasses.replace(side, rates=baseline(world, side)).as_dict()
            for player, side in sides.items()
        },
        "at_bound": {player: _at_bound(side) for player, side in sides.items()},
        "welfare_pct": dict(zip(world.regions, found.welfare_pct, strict=True)),
        "ev_usd_m": dict(zip(world.regions, at.ev, strict=True)),
        "tariff_revenue_usd_m": dict(zip(world.regions, at.tariff_revenue, strict=True)),
        "objectives": {code: dict(own) for code, own in chosen.objectives.items()},
        "rounds": found.rounds,
        "evaluations": found.evaluations + (chosen.war.evaluations if chosen.war else 0),
        "seconds": chosen.seconds,
        "certificate_pct": None,
        "certificate": None,
        "gains_pct": None,
        "disagreement": None,
    }
    if sold:
        result |= {
            "export_bounds": _bounds(sold),
            "export_taxes": _dicts(sold),
            "export_taxes_at_bound": {player: _at_bound(side) for player, side in sold.items()},
            "export_tax_revenue_usd_m": dict(
                zip(world.regions, at.export_tax_revenue, strict=True)
            ),
        }
    if chosen.certificate is not None:
        search = chosen.certificate
        result["certificate_pct"] = search.largest_pct
        result["certificate"] = {
            "of": "disagreement" if chosen.war else "tariffs",
            "gain_pct": dict(zip(search.countries, search.gain_pct, strict=True)),
            **{
                name: {
                    each.country: each.as_dict() for each in search.deviations if each.kind == kind
                }
                for name, kind in (("deviation", "import"), ("export_deviation", "export"))
                if kind == "import" or sold
            },
            "points": dict(zip(search.countries, search.points, strict=True)),
            "unconverged": dict(zip(search.countries, search.unconverged, strict=True)),
        }
    if chosen.war is not None:
        result["gains_pct"] = dict(zip(chosen.players, 100.0 * found.gains, strict=True))
        result["disagreement"] = {
            "status": chosen.war.status.value,
            "tariffs": _dicts(chosen.sides("import", chosen.war)),
            **({"export_taxes": _dicts(chosen.sides("export", chosen.war))} if sold else {}),
            "welfare_pct": dict(zip(world.regions, chosen.war.welfare_pct, strict=True)),
        }
    result["assumptions"] = list(chosen.assumptions)
    result["not_modelled"] = list(chosen.not_modelled)
    return result


def _dicts(sides: Mapping[str, TariffSchedule]) -> dict[str, Any]:
    return {player: side.as_dict() for player, side in sides.items()}


def _bounds(sides: Mapping[str, TariffSchedule]) -> list[float]:
    """Bounds of any, since they are those of all; none where there are no schedules."""
    return next(([side.low, side.high] for side in sides.values()), [])


def _at_bound(side: TariffSchedule) -> dict[str, str]:
    """Which rates are at a bound, and at which."""
    touch = side.at_bound.reshape(-1)
    labels = _labels(side)
    return {
        label: "upper" if t > 0 else "lower" for label, t in zip(labels, touch, strict=True) if t
    }


def _labels(side: TariffSchedule) -> list[str]:
    """A word for each rate, in the order of the flattened rates."""
    if side.by == "uniform":
        return ["all"]
    if side.by == "both":
        return [f"{partner}.{sector}" for partner in side.partners for sector in side.sectors]
    return list(side.sectors if side.by == "sector" else side.partners)


def document(chosen: Chosen) -> Document:
    """Return chosen tariffs as a document: rates, welfare, the certificate, what it rests on."""
    return Document(
        study="tariffs",
        tell=lambda: _blocks(chosen),
        note=lambda: record(chosen),
        made=chosen.provenance,
        list_rows=lambda: _rows(chosen),
    )


def _rows(chosen: Chosen) -> Rows:
    """One row per rate, with its baseline; a column says which tax it is where there are two."""
    lines, heads = [], ["player", "region", "partner", "sector"]
    named = "export" in chosen.found.instruments
    for kind in chosen.found.instruments:
        for player, side in chosen.sides(kind).items():
            rates, before = side.rates.reshape(-1), baseline(chosen.world, side).reshape(-1)
            touch = side.at_bound.reshape(-1)
            for k, label in enumerate(_labels(side)):
                partner, _, sector = label.partition(".")
                if side.by != "both":
                    partner, sector = (label, "all") if side.by == "partner" else ("all", label)
                bound = {-1: "lower", 0: "", 1: "upper"}[int(touch[k])]
                lines.append(
                    [
                        *(player, side.country, partner, sector, *([kind] if named else ())),
                        *(rates[k], before[k], bound, chosen.verdict),
                    ]
                )
    heads += ["instrument"] if named else []
    return Rows((*heads, "tariff", "baseline_tariff", "at_bound", "status"), lines)


def _blocks(chosen: Chosen) -> Iterator[Block]:
    made = chosen.provenance
    yield Heading(f"{made['model']} ({made['parameters']})", 1)
    yield Paragraph(f"{opening(made['concept'])}.")
    if not chosen.reliable:
        yield Paragraph(f"Do not rely on this result: {chosen.verdict}.")
    yield from _rates(chosen)
    yield _welfare(chosen)
    yield Provenance(made, tuple(_small_print(chosen)))


def _rates(chosen: Chosen) -> Iterator[Table]:
    """Tables of rates: the players side by side, or each by partner."""
    for kind in chosen.found.instruments:
        yield from _of_kind(chosen.world, chosen.sides(kind), opening(what((kind,))))


def _of_kind(world: World, sides: Mapping[str, TariffSchedule], head: str) -> Iterator[Table]:
    if any(side.by == "both" for side in sides.values()):
        for player, side in sides.items():
            before = baseline(world, side)
            columns = [
                (partner, side.rates[k], before[k]) for k, partner in enumerate(side.partners)
            ]
            for at in range(0, len(columns), _BESIDE):
                some = columns[at : at + _BESIDE]
                yield _block(world, side.sectors, some, f"{head} of {player}, %")
        return
    labels = list(dict.fromkeys(label for side in sides.values() for label in _labels(side)))
    columns = []
    for player, side in sides.items():
        own = {label: k for k, label in enumerate(_labels(side))}
        before, now = baseline(world, side).reshape(-1), side.rates.reshape(-1)
        pair = [
            np.array([values[own[label]] if label in own else np.nan for label in labels])
            for values in (now, before)
        ]
        columns.append((player, pair[0], pair[1]))
    for at in range(0, len(columns), _BESIDE):
        yield _block(world, labels, columns[at : at + _BESIDE], f"{head}, %: before and chosen")


def _block(
    world: World,
    labels: Sequence[str],
    columns: Sequence[tuple[str, Array, Array]],
    title: str,
) -> Table:
    heads = ["", ""]
    for name, _, _ in columns:
        heads += [f"{name}\nbefore", f"{name}\nchosen"]
    rows = [
        [
            label,
            _named(world, label),
            *(
                Number(float(values[k]), f"{100 * values[k]:.2f}", share=True)
                if np.isfinite(values[k])
                else None
                for _, now, before in columns
                for values in (before, now)
            ),
        ]
        for k, label in enumerate(labels)
    ]
    if not any(row[1] for row in rows):
        heads, rows = [heads[0], *heads[2:]], [[row[0], *row[2:]] for row in rows]
    return Table.of(heads, rows, title)


def _named(world: World, label: str) -> str:
    """Name of a sector or region, empty where it is its code."""
    for codes, names in ((world.sectors, world.sector_names), (world.regions, world.region_names)):
        if label in codes and names:
            name = names[codes.index(label)]
            return "" if name == label else name
    return ""


def _welfare(chosen: Chosen) -> Table:
    """Return a line per region, those who choose first."""
    world, found = chosen.world, chosen.found
    own = {code: player for player, code in chosen.players.items()}
    order = [*own, *(code for code in world.regions if code not in own)]
    rows: list[list[Cell]] = []
    for code in order:
        n = world.region(code)
        rows.append(
            [
                code,
                _named(world, code),
                own.get(code, "") if own.get(code) != code else "chooses",
                Number(
                    float(found.welfare_pct[n]) / 100, f"{found.welfare_pct[n]:.4f}", share=True
                ),
                float(chosen.equilibrium.ev[n]),
            ]
        )
    heads: list[TableColumn | str] = [
        "",
        "",
        "",
        "welfare\n%",
        TableColumn("EV\nUS$ m a year", Form.CHANGE),
    ]
    kept = [c for c in range(5) if c > 2 or any(row[c] for row in rows)]
    return Table.of(
        [heads[c] for c in kept],
        [[row[c] for c in kept] for row in rows],
        "What each region gains",
    )


def _small_print(chosen: Chosen) -> Iterator[str]:
    made = chosen.provenance
    for kind in chosen.found.instruments:
        whose = " export taxes of" if kind == "export" else ""
        for player, side in chosen.sides(kind).items():
            touch = _at_bound(side)
            if touch:
                told = ", ".join(f"{label} ({which})" for label, which in touch.items())
                yield f"At a bound of [{side.low:g}, {side.high:g}],{whose} {player}: {told}."
            if side.held is not None:
                rate = float(side.rates.reshape(-1)[side.held])
                yield (
                    f"The tariff of {player} on {_labels(side)[side.held]} is held at "
                    f"{100 * rate:g} %: with balanced trade, a country that taxes all it buys and "
                    "all it sells changes nothing real by raising every 1 + tariff and lowering "
                    "every 1 + export tax in the same proportion (Lerner symmetry)."
                )
    yield _certificate(chosen)
    if chosen.war is not None:
        gains = ", ".join(
            f"{player} {100 * gain:+.4f} %"
            for player, gain in zip(chosen.players, chosen.found.gains, strict=True)
        )
        yield f"Gains over the Nash equilibrium in {chosen.what}: {gains}."
    yield f"Changes are against the status quo: {made['status_quo']}."
    if chosen.objectives:
        told = "; ".join(
            f"{code} {', '.join(f'{s} {weight:g}' for s, weight in own.items())}"
            for code, own in chosen.objectives.items()
        )
        goal = f"Political weights on real value added beside welfare: {told}."
    else:
        goal = "Welfare is maximised."
    yield f"{goal} Rates are total, the same on both uses."
    if chosen.assumptions:
        yield f"Assumed: {'; '.join(chosen.assumptions)}."
    if chosen.not_modelled:
        yield f"Not modelled: {', '.join(chosen.not_modelled)}."


def _certificate(chosen: Chosen) -> str:
    """What the global search found, in a sentence."""
    search = chosen.certificate
    whose = "the disagreement point" if chosen.war else f"these {chosen.what}"
    if search is None:
        return f"{opening(whose)}: {(chosen.war or chosen.found).status.value}."
    points = ", ".join(
        f"{count} for {code}" for code, count in zip(search.countries, search.points, strict=True)
    )
    failed = int(search.unconverged.sum())
    lost = f" ({failed} did not converge and are not used)" if failed else ""
    gain = search.largest_pct
    told = "found no better rates"
    if gain > _ROUNDING:
        told = f"found at most {gain:.1g} % of income to gain by other rates, for {search.country}"
    return (
        f"{opening((chosen.war or chosen.found).status.value)}. Certificate of {whose}: a "
        f"search of other rates by payoffs alone ({points}){lost} {told}."
    )


if not TYPE_CHECKING:  # a checker would take any name for one that is there
    __getattr__ = names_of(__name__)
