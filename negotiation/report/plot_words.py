"""What a picture of a sweep at many draws says: title, axis and small print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.report.amounts import how_often, in_hundred
from negotiation.report.drawn_rows import chance_name, chances
from negotiation.report.drawn_sweep import made_of
from negotiation.report.playing import plays
from negotiation.report.plot_labels import SIDE, TINY, WIDTH, minus, wrapped
from negotiation.report.ranges import place, sized
from negotiation.report.shown import PicturePanel
from negotiation.study.bands import Bands
from negotiation.study.lines import DrawnLine, change
from negotiation.tolerances import RARE_REGIME, SURE_SIGN
from negotiation.words import opening

#: Most probabilities in a panel: those that change most.
_CHANCES: Final = 5


def shown_chances(bands: Bands, panel: PicturePanel, line: DrawnLine) -> list[tuple[str, Array]]:
    """Return the events of a panel in words, with their probabilities (N,) along a line.

    Those that are asked for, or else those that change most.
    """
    names = [curve.column for curve in panel.curves]
    found = []
    for signal, phrase, probability in chances(bands):
        share = probability[line.rows]
        known = share[np.isfinite(share)]
        moves = float(np.ptp(known)) if known.size else 0.0
        if chance_name(signal) in names or (not names and moves >= 0.01):
            found.append((moves, phrase, share))
    least = sorted((moves for moves, _, _ in found), reverse=True)[:_CHANCES]
    told = [(phrase, share) for moves, phrase, share in found if moves >= least[-1]]
    return told[:_CHANCES]


def when(bands: Bands, regime: int, regimes: Sequence[int]) -> str:
    """What tells a regime from the others that are drawn: `if the US escalates`."""
    model = bands.drawn.case.model
    sides = [bands.regimes[r].support.split("/") for r in regimes]
    own = bands.regimes[regime].support.split("/")
    told = []
    for p, player in enumerate(model.players):
        if len(own) != len(model.players) or len({side[p] for side in sides if len(side) > p}) < 2:
            continue
        does = " or ".join(plays(model, player, each) for each in own[p].split("+"))
        told.append(f"{model.named(player)} {does}")
    out = [model.named(player) for player in bands.regimes[regime].walkouts]
    told += [f"{player} walks out" for player in out]
    return f"if {' and '.join(told)}" if told else bands.regimes[regime].label


def axis_label(model: type[Model], name: str) -> str:
    """Say what a parameter is, and its name."""
    spec = model.find_parameter(name)
    told = opening(spec.about or spec.unit)
    return f"{told} ({name})" if told else name


def value_of(model: type[Model], line: DrawnLine, value: float) -> str:
    """Write a value of a parameter as its axis has it."""
    spec = model.find_parameter(line.parameter)
    return f"{100 * value:.6g} %" if spec.fraction else place(value)


def finding(bands: Bands, panel: PicturePanel, every: Sequence[DrawnLine]) -> str:
    """Say what the first panel shows: what its number changes by along the parameter."""
    model, line = type(bands.drawn.case.model), every[0]
    low, high = (value_of(model, line, float(line.values[k])) for k in (0, -1))
    if panel.kind == "chance":
        phrase, share = shown_chances(bands, panel, line)[0]
        ends = share[np.isfinite(share)][[0, -1]]
        one, two = (how_often(float(each), bands.draws) for each in ends)
        told = f"{opening(phrase)} {one} at {low}, {two} at {high}"
    else:
        told = opening("; ".join(_changes(bands, panel, line, low, high)[:2]))
    if not told:
        told = f"{panel.title} against {line.parameter}"
    if len(every) > 1:
        told += f" ({', '.join(f'{n} = {place(v)}' for n, v in line.place.items())})"
    return minus(told)


def _changes(bands: Bands, panel: PicturePanel, line: DrawnLine, low: str, high: str) -> list[str]:
    """What the numbers of a panel change by, draw by draw, from one end to the other."""
    found: list[str] = []
    ends = line.rows[[0, -1]]
    shown = [r for r in range(len(bands.regimes)) if not bands.rare[ends, r].any()]
    for curve in panel.curves:
        for way in [None] if bands.pooled(curve.column) else shown[:1]:
            step = change(bands, line, curve.column, way)
            if not step.draws:
                continue
            where = "" if way is None or len(shown) < 2 else f" {when(bands, way, shown)}"
            if found and curve.label and not where.startswith(f" {curve.label.lower()}"):
                where = f" {curve.label[:1].lower()}{curve.label[1:]}{where}"
            middle = curve.sign * step.middle
            sure_ = step.middle == 0.0 or step.agree >= SURE_SIGN
            size = sized(np.nan, abs(middle), np.nan, panel.unit)
            way_ = "more" if middle > 0.0 else "less"
            verb = "rises" if middle > 0.0 else "falls"
            if panel.kind == "deal" and max(bands.band(curve.column, way).middle[ends]) < 0.0:
                way_ = "less" if middle > 0.0 else "more"
                deal = f"{_who(bands, panel)} concedes {size} {way_}"
            else:
                deal = f"{_who(bands, panel)} gets {size} {way_} in a deal"
            if not sure_:
                told = f"{'it' if found else panel.subject} may rise or fall"
            elif step.middle == 0.0:
                told = f"{'it' if found else panel.subject} does not move"
            elif panel.kind == "deal":
                told = f"{size} {way_}" if found else f"{deal} at {high} than at {low}"
            else:
                told = f"{'it' if found else panel.subject} {verb} by {size}"
            if not found and not (panel.kind == "deal" and sure_ and step.middle):
                told += f" from {low} to {high}"
            found.append(f"{told}{where}")
    return found


def _who(bands: Bands, panel: PicturePanel) -> str:
    return type(bands.drawn.case.model).named(panel.player)


def notes(bands: Bands, regimes: Sequence[int], *, ribbon: bool) -> list[str]:
    """Small print: what lines and bands are, what is left out, and where numbers come from."""
    made = made_of(bands)
    told = f"ONLY A PART: {made['unfinished']}. " if "unfinished" in made else ""
    told += (
        f"Lines: medians of {bands.draws} draws, thick where at least {100 * SURE_SIGN:g} of 100 "
        "agree on the sign. Bands: 90 of 100 draws; one in ten lies outside."
    )
    if ribbon:
        told += " The more draws a regime has, the darker its band."
    other = float(np.nanmax(bands.other, initial=0.0))
    if other > 0.0:
        told += (
            f" Regimes with fewer than {100 * RARE_REGIME:g} of 100 draws are not drawn (together "
            f"up to {in_hundred(other)})."
        )
    elif len(regimes) == 1:
        told += f" Without a deal: {bands.regimes[regimes[0]].label}."
    told += " Changes are against the status quo."
    horizon = made["horizon"].split(":")[0]
    if horizon != Model.horizon:
        told += f" {opening(horizon)}."
    source = (
        f"Source: negotiation {made['negotiation_version']}, model {made['model']} "
        f"{made['model_digest']}; {made['parameters']}; seed {made['seed'].split(',')[0]}."
    )
    return [line for text in (told, source) for line in wrapped(text, TINY, WIDTH - 2 * SIDE)]
