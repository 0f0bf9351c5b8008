"""A map of regimes as a picture: regions in light colours, the curves between them, labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from negotiation.games.game import Array
from negotiation.model import Model
from negotiation.regimes.regions.regions import Curve, RegimeMap, Region
from negotiation.report.picture import canvas, drawing, save
from negotiation.report.playing import playing, plays
from negotiation.words import opening

_FORMATS = (".png", ".svg")

#: Light tints, two neighbours never alike in lightness: told apart by the colour-blind and in grey.
_TINTS = (
    "#f3e3bd", "#bcd9ee", "#fbf6e6", "#f0bfa0", "#dfeef8", "#b8dccb",
    "#f6dcea", "#c9c9c9", "#e9f5ef", "#dba8c3", "#ececec", "#a9c4d6",
)  # fmt: skip
_UNCERTIFIED = "#ffffff"

#: Line styles by what changes, the first that applies; a legend below the picture names them.
_STYLES = (
    ("status", "what is certified", (0, (1, 1))),
    ("equilibrium", "equilibrium", "-"),
    ("deal", "whether there is a deal", (0, (6, 2, 1, 2))),
    ("walkout", "a walk-out", (0, (3, 1, 1, 1))),
    ("loss", "who loses without a deal", (0, (5, 2))),
    ("pays", "who pays", (0, (1.2, 1.6))),
)

#: The line of a signal that was registered from outside.
_OTHER = (0, (8, 2, 2, 2))

#: Widths to which a label is wrapped, and its sizes, best first.
_WRAPS, _SIZES = (48, 30, 24, 18), (9.0, 8.5, 8.0)


@drawing()
def map_plot(found: RegimeMap, path: Path) -> None:
    """Draw a map; regions too small for their label carry a number, explained below."""
    from matplotlib.collections import PolyCollection

    figure = canvas(figsize=(6.5, 5.0))
    axes = figure.add_axes((0.115, 0.1, 0.865, 0.79))
    plane = found.plane
    axes.set_xlim(plane.low[0], plane.high[0])
    axes.set_ylim(plane.low[1], plane.high[1])
    colours = _colours(found.regions)
    for region in found.regions:
        polygons = [polygon for number, polygon in found.polygons if number == region.number]
        tint = colours[region.label]
        hatched = not region.certified
        axes.add_collection(
            PolyCollection(
                polygons,
                facecolors=tint,
                edgecolors="#bbbbbb" if hatched else tint,
                linewidths=0.0 if hatched else 0.5,
                hatch="////" if hatched else None,
            )
        )
    for curve in found.curves:
        _, _, style = _style(curve)
        main = "equilibrium" in curve.kinds or "status" in curve.kinds
        axes.plot(
            *curve.points.T,
            color="#222222",
            ls=style,
            lw=1.7 if main else 1.3,
            solid_capstyle="round",
            solid_joinstyle="round",
        )
    axes.set_xlabel(_axis_label(found.model, plane.names[0], 76), fontsize=9)
    axes.set_ylabel(_axis_label(found.model, plane.names[1], 56), fontsize=9)
    axes.tick_params(labelsize=8.5)
    for k, axis in enumerate((axes.xaxis, axes.yaxis)):
        if max(abs(plane.low[k]), abs(plane.high[k])) >= 1000:
            axis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    numbered = [region for region in found.regions if not _label(figure, axes, found, region)]
    below = _below(figure, axes, found, numbered, colours)
    figure.suptitle(
        _title(found), fontsize=11, fontweight="bold", x=0.02, y=0.985, ha="left", va="top"
    )
    figure.text(0.02, below, _footer(found), fontsize=8, color="#555555", va="top")
    save(figure, path, pad_inches=0.12)


def _axis_label(model: type[Model], name: str, letters: int) -> str:
    """Return what a parameter is, with its unit: its name in the model, or what it is about."""
    spec = model.find_parameter(name)
    what = model.names.get(name) or spec.about or name.replace("_", " ")
    return fill(opening(f"{what} ({spec.unit})" if spec.unit else what), letters)


def _words(found: RegimeMap, region: Region) -> str:
    """Return the regime of a region in words, its equilibrium as what both sides do."""
    support = region.parts.get("equilibrium", "")
    if not region.certified or not support:
        return region.label
    rest = region.label.removeprefix(support)
    return opening(f"{playing(found.model, support)}{rest}")


def _colours(regions: Sequence[Region]) -> dict[str, str]:
    """A tint for every regime; the same where a regime holds in several regions."""
    labels = list(dict.fromkeys(region.label for region in regions if region.certified))
    tints = {label: _TINTS[k % len(_TINTS)] for k, label in enumerate(labels)}
    return tints | {r.label: _UNCERTIFIED for r in regions if not r.certified}


def _style(curve: Curve) -> tuple[str, str, Any]:
    facets = [curve.legend.facets[f] for f, _, _ in curve.change]
    kinds = [facet.kind for facet in facets]
    other = (facets[0].kind, facets[0].kind.replace("_", " "), _OTHER)
    return next((each for each in _STYLES if each[0] in kinds), other)


def _label(figure: Any, axes: Any, found: RegimeMap, region: Region) -> bool:
    """Write a region's regime into it, where there is room; whether there was."""
    if region.room < 0.03:
        return False
    for size in _SIZES:
        for width in _WRAPS:
            parts = [fill(part, width) for part in _words(found, region).split("; ")]
            text = axes.text(
                *region.inside,
                ";\n".join(parts),
                fontsize=size,
                ha="center",
                va="center",
                color="#111111",
                linespacing=1.25,
            )
            if _fits(figure, axes, found, region, text):
                return True
            text.remove()
    return False


def _fits(figure: Any, axes: Any, found: RegimeMap, region: Region, text: Any) -> bool:
    """Whether the outline of a text lies within a region, with some air."""
    box = text.get_window_extent(figure.canvas.get_renderer()).padded(5.0)
    frame = axes.get_window_extent()
    if box.x0 < frame.x0 or box.y0 < frame.y0 or box.x1 > frame.x1 or box.y1 > frame.y1:
        return False
    x, y = np.linspace(box.x0, box.x1, 9), np.linspace(box.y0, box.y1, 5)
    spots = np.stack([each.ravel() for each in np.meshgrid(x, y)], axis=1)
    return all(
        found.at(*at).number == region.number
        for at in axes.transData.inverted().transform(spots).tolist()
    )


def _written(figure: Any, axes: Any) -> list[tuple[Array, Array]]:
    """Lower left and upper right of the labels so far, as shares of the axes, with some air."""
    renderer, turn = figure.canvas.get_renderer(), axes.transAxes.inverted()
    boxes = [text.get_window_extent(renderer).padded(14.0) for text in axes.texts]
    return [(turn.transform((b.x0, b.y0)), turn.transform((b.x1, b.y1))) for b in boxes]


def _below(
    figure: Any,
    axes: Any,
    found: RegimeMap,
    numbered: Sequence[Region],
    colours: dict[str, str],
) -> float:
    """Number the regions that are too small, and list them and the line styles below the axes."""
    from matplotlib.lines import Line2D

    plane = found.plane
    taken: list[Array] = []
    written = _written(figure, axes)
    size = np.array(plane.high) - np.array(plane.low)
    for region in numbered:
        at = np.array(region.inside)
        share = (at - np.array(plane.low)) / size
        mark = {"fontsize": 8, "ha": "center", "va": "center", "color": "#111111"}
        box = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "#222222", "lw": 0.7}
        if region.room >= 0.028:
            axes.text(*at, str(region.number), bbox=box, **mark)
            taken.append(share)
            continue
        # Step aside towards the middle of the map, clear of the marks before it.
        away = np.array([0.5, 0.5]) - share
        away = away / (np.hypot(*away) or 1.0)
        turns = [away @ [[c, s], [-s, c]] for c, s in _TURNS]
        options = [share + step * turn for step in (0.09, 0.14, 0.2) for turn in turns]
        options = [np.clip(each, 0.04, 0.96) for each in options]
        clear = [
            each
            for each in options
            if all(np.hypot(*(each - other)) > 0.06 for other in taken)
            and not any((low < each).all() and (each < high).all() for low, high in written)
        ]
        place = clear[0] if clear else options[0]
        taken.append(place)
        axes.plot(*at, marker="o", ms=2.5, color="#222222", zorder=5)
        axes.annotate(
            str(region.number),
            at,
            xytext=np.array(plane.low) + place * size,
            bbox=box,
            arrowprops={"arrowstyle": "-", "color": "#222222", "lw": 0.7, "shrinkB": 0},
            zorder=5,
            **mark,
        )
    kinds = dict.fromkeys(_style(curve) for curve in found.curves)
    row = -0.005
    if len(kinds) > 0:
        handles = [
            Line2D([], [], color="#222222", ls=style, lw=1.5, label=name)
            for _, name, style in kinds
        ]
        figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0.1, row + 0.025),
            ncols=min(3, len(handles)),
            frameon=False,
            fontsize=8,
            title="Lines: what changes across them",
            title_fontsize=8,
            alignment="left",
            borderpad=0.0,
        )
        row -= 0.05 + 0.033 * (-(-len(handles) // 3))
    for region in numbered:
        text = fill(f"{region.number}: {_words(found, region)}", 90)
        figure.text(
            0.115, row, text, fontsize=8, va="top", color="#111111",
            bbox={"fc": colours[region.label], "ec": "none", "pad": 1.5},
        )  # fmt: skip
        row -= 0.034 * (1 + text.count("\n"))
    return row - 0.012


#: Directions to step aside in, as cosine and sine of the turn, the straight one first.
_TURNS = tuple(
    (float(np.cos(turn)), float(np.sin(turn))) for turn in (0.0, 0.7, -0.7, 1.4, -1.4, 2.1, -2.1)
)


def _title(found: RegimeMap) -> str:
    """Return what the picture shows, as a sentence; parts of a map are no probabilities."""
    shares: dict[str, float] = {}
    for region in found.regions:
        if support := region.parts.get("equilibrium", "") if region.certified else "":
            shares[support] = shares.get(support, 0.0) + region.share
    ranked = sorted(shares, key=lambda each: -shares[each])
    if not ranked:
        return "Nothing on the map is certified"
    where = "everywhere here" if len(ranked) == 1 else "in the largest part of the map"
    if len(ranked) > 1 and shares[ranked[0]] > 0.5:
        where = "in most of the map"
    what = playing(found.model, ranked[0])
    if len(ranked) == 2 and (moved := _moved(found.model, *ranked)):
        player, one, other = moved
        what, where = f"{player} {one}", f"{where}, and {other} elsewhere"
    return fill(f"Once talks break down, {what} {where}", 66)


def _moved(model: type[Model], one: str, other: str) -> tuple[str, str, str] | None:
    """Return the one player whose action differs between two supports, and what it does in each."""
    sides = list(zip(model.players, one.split("/"), other.split("/"), strict=False))
    differ = [each for each in sides if each[1] != each[2]]
    if len(differ) != 1 or len(sides) != len(model.players) or "+" in one + other:
        return None
    ((player, here, there),) = differ
    return model.named(player), plays(model, player, here), plays(model, player, there)


def _footer(found: RegimeMap) -> str:
    about = found.provenance
    text = (
        "Profiles are the equilibrium once talks have broken down; deals and losses without one "
        f"rest on the threat point. Concept: {about['concept']}. Threat point: "
        f"{about['threat_point']}. Horizon: {about['horizon'].split(';')[0]}. "
        "Parts of the map are no probabilities. "
        f"negotiation {about['negotiation_version']}, model {about['model']} "
        f"{about['model_digest']}; {about['parameters']}."
    )
    return fill(text, 96)
