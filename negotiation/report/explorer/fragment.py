"""The explorer's HTML: controls, sentences, a table, a chart, and the numbers for the script."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.case import POSTURE, repeated
from negotiation.model import Model
from negotiation.model.commands import command_about
from negotiation.report.explorer.chart import ChartTexts, chart, round_ticks
from negotiation.report.explorer.inputs import IDS, folded, plain, select, slider
from negotiation.report.explorer.view import (
    BREAKDOWN,
    FEW,
    PLACES,
    TOLD,
    Curves,
    DrawnSpread,
    Scale,
    StateRow,
    curves,
    instead,
    marker,
    regimes,
    rows,
)
from negotiation.study.explorer import ExploredState, Explorer
from negotiation.tolerances import RARE_REGIME
from negotiation.words import opening

#: Widths for which the chart is drawn; the style shows one of them.
WIDE, SLIM = 720, 360

_MINUS, _SPACE = "\u2212", "\u00a0"


class Page:
    """The fragment while it is made."""

    def __init__(self, explorer: Explorer, words: Mapping[str, Any], lang: str) -> None:
        self.explorer, self.words, self.lang = explorer, words, lang
        self.model = explorer.case.model
        self.talks = explorer.talks
        own = explorer.case.threat
        self.fallback = own if own in explorer.fallbacks else POSTURE
        self.marked = marker(explorer)

    def html(self) -> str:
        """Return all of it."""
        data = json.dumps(self.record(), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        for mark, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            data = data.replace(mark, code)
        lines, measure = self.command_words, self.say("table", unit=self.scale.unit)
        return (
            f'<div class="explorer" id="{IDS}-app">'
            f'<noscript><p class="note">{self.say("no_script")}</p></noscript>'
            f"{self._controls()}"
            f'<p id="{IDS}-say" class="x-say">{plain(self.sentences())}</p>'
            f'<p id="{IDS}-live" class="x-hidden" role="status"></p>'
            f'<div class="wide" tabindex="0" role="group" aria-label="{measure}">'
            f'<table class="answer" id="{IDS}-table">'
            f"<caption>{measure}</caption>"
            f"<thead><tr><td></td>{self._heads()}</tr></thead>"
            f'<tbody id="{IDS}-rows">{self._rows()}</tbody></table></div>'
            f'<p class="note">{self._notes()}</p>'
            f"{self._chart()}"
            f'<p class="x-command">{self.say("command")}</p>'
            f'<pre><code id="{IDS}-command">{plain(" ".join(lines))}</code></pre>'
            f'<p class="note">{plain(self.error())}</p>'
            f'<script type="application/json" id="{IDS}-data">{data}</script></div>\n'
        )

    # --- words ----------------------------------------------------------------------------------

    def told(self, name: str, variant: str = "", /, **given: Any) -> str:
        """Return a sentence with its fields, as it is said of this game."""
        found = self.words[name]
        for more in self._variants:
            found = self.words.get(f"{name}{more}", found)
        text: str = found[variant] if variant else found
        return text.format_map(given)

    def say(self, name: str, variant: str = "", /, **given: Any) -> str:
        """Return the same, its first letter large, as HTML."""
        return plain(opening(self.told(name, variant, **given)))

    @cached_property
    def _variants(self) -> tuple[str, ...]:
        """Ends of the ids of sentences without talks, and without draws: the last one holds."""
        game, one = not self.talks, self.explorer.draws == 1
        return ("_game",) * game + ("_one",) * one + ("_game_one",) * (game and one)

    @cached_property
    def actor(self) -> dict[str, str]:
        """Who does what tells the draws apart."""
        player, action = self.marked
        return self._does(player, action)

    def _does(self, player: int, action: int) -> dict[str, str]:
        who, what = self.model.players[player], self.model.actions[player][action]
        does = type(self.model).names.get(f"{who}.{what}") or self.told("plays", action=what)
        return {"actor": self.model.named(who), "does": does}

    def label(self, name: str) -> str:
        """What a parameter is, by its name in the model or by what it is about."""
        known = type(self.model).names.get(name)
        return known or self.model.find_parameter(name).about or readable(name)

    def _plays(self, action: int) -> str:
        """What the marked player does where it takes an action."""
        return self._does(self.marked[0], action)["does"]

    def instead(self, actions: Sequence[int]) -> str:
        """What the marked player does in other draws than those that are told apart."""
        words = [self._plays(k) for k in actions]
        if not words:
            return self.told("otherwise")
        found = words[-1]
        for k, each in enumerate(reversed(words[:-1])):
            found = self.told("comma" if k else "either", first=each, last=found)
        return found

    @cached_property
    def _instead(self) -> dict[str, str]:
        """The same at the case, as a field of sentences."""
        return {"instead": self.instead(instead(self.state, self.marked))}

    def fallback_words(self, name: str) -> str:
        """What happens if there is no deal, within a sentence."""
        if name == POSTURE:
            return self.told("fallback.breakdown")
        found: str = self.words.get(f"threat.{name}") or self.model.threats[name]
        return found

    @cached_property
    def scale(self) -> Scale:
        """How money is written."""
        payoffs = self.explorer.payoffs({})
        return Scale.of(type(self.model).payoff_unit, float(np.abs(payoffs).max()))

    def error(self) -> str:
        """How far interpolation is off."""
        found = self.explorer.error
        if found.largest * self.scale.factor < 0.05 * 10.0**-self.scale.decimals:
            return self.told("error_exact", points=found.points)
        tell = Scale.of(type(self.model).payoff_unit, 0.0).told
        return self.told(
            "error",
            digits=self.scale.money(10.0**-self.scale.decimals / self.scale.factor),
            points=found.points,
            draws=found.draws,
            largest=tell(f"{found.largest:.2g}"),
            median=tell(f"{found.median:.2g}"),
        )

    # --- the state ------------------------------------------------------------------------------

    @cached_property
    def state(self) -> ExploredState:
        """The case itself."""
        return self.explorer.at({}, self.fallback)

    def sentences(self) -> str:
        """Say what the case gives: what the script says as controls are moved."""
        state, draws = self.state, self.explorer.draws
        found = [self.told("say_start")]
        if self.fallback != POSTURE:
            found.append(self.told("say_none", fallback=self.fallback_words(self.fallback)))
        count = int(regimes(state, self.marked).sum())
        variant = "say_never" if not count else "say_always" if count == draws else "say_often"
        found.append(self.told(variant, **self.actor, **self._instead, count=count, draws=draws))
        told = [
            row
            for row in rows(self.explorer, state, self.fallback)
            if row.name.startswith("row_deal")
        ]
        found += [self._deal(row, len(told) == 1) for row in told if row.spreads is not None]
        found += self._worse(state)
        none = int(np.isnan(state.deal[:, 0]).sum()) if self.talks else 0
        if none:
            found.append(self.told("say_no_deal", count=none, draws=draws))
        return " ".join(opening(each) for each in found if each)

    def _deal(self, row: StateRow, whole: bool) -> str:
        assert row.spreads is not None
        spread = row.spreads[0]
        shown = self.scale.number(spread.median)
        if math.isnan(spread.median):
            return ""
        effect = "gains" if shown[0] == "+" else "loses" if shown[0] == _MINUS else "even"
        span = ""
        if not math.isnan(spread.low):
            span = self._range_words(spread)
        return self.told(
            "say_deal" if whole else row.name.replace("row_", "say_"),
            effect,
            **self.actor,
            **self._instead,
            player=self.model.named(self.model.players[0]),
            amount=self.scale.money(spread.median),
            range=span,
        )

    def _range_words(self, spread: DrawnSpread) -> str:
        """A range without signs: of what is conceded, of what is gained, or from one to other."""
        low, high = (self.scale.number(each) for each in (spread.low, spread.high))
        bare = [each.lstrip(f"+{_MINUS}") for each in (low, high)]
        if low[0] == _MINUS and high[0] == "+":
            return self.told("range_across", low=bare[0], high=bare[1])
        down = low[0] == _MINUS
        return self.told("range", low=bare[down], high=bare[not down])

    def _worse(self, state: ExploredState) -> Iterable[str]:
        """Whether a deal is worse than what is at hand, for each side in more than no draw."""
        own = self.explorer.fallbacks
        if not self.talks or not own or self.fallback != POSTURE:
            return
        other = self.explorer.at({}, own[0]).fallback
        for p in (0, 1):
            count = int((state.deal[:, p] < other[:, p]).sum())
            if count:
                yield self.told(
                    "say_worse",
                    player=self.model.named(self.model.players[p]),
                    fallback=self.fallback_words(own[0]),
                    count=count,
                    draws=self.explorer.draws,
                )

    def _notes(self) -> str:
        """What is below the table."""
        found = [self.say("table_few", few=FEW)] if self.explorer.draws > 1 else []
        if type(self.model).trade_world is not Model.trade_world:
            found.append(self.say("status_quo_trade"))
        return " ".join(found)

    # --- the table ------------------------------------------------------------------------------

    def _heads(self) -> str:
        return "".join(
            f'<th scope="col">{plain(opening(self.model.named(each)))}</th>'
            for each in self.model.players
        )

    def _rows(self) -> str:
        every = rows(self.explorer, self.state, self.fallback)
        return "".join(self._row(each) for each in every)

    def _row(self, row: StateRow) -> str:
        fallback = self.fallback_words(self.fallback)
        name = self.say(row.name, **self.actor, **self._instead, fallback=fallback)
        detail = ""
        if row.count is not None:
            detail = self.told("of_draws", count=row.count, draws=self.explorer.draws)
        elif row.name == "row_deal" and not self.weighted:
            detail = self.told("row_deal_detail")
        small = f"<small>{plain(detail)}</small>" if detail else ""
        strong = ' class="strong"' if row.name.startswith("row_deal") else ""
        cells = "".join(f"<td>{self._cell(each)}</td>" for each in row.spreads or (None, None))
        return f'<tr{strong}><th scope="row">{name}{small}</th>{cells}</tr>'

    def _cell(self, spread: DrawnSpread | None) -> str:
        if spread is None:
            return f"<span>{plain(self.told('rare', rare=self._rare))}</span>"
        return self._number(spread, "<b>{}</b>", " <span>{}</span>")

    def _number(self, spread: DrawnSpread, median: str, span: str) -> str:
        if math.isnan(spread.median):
            return median.format("\u2013")
        found = median.format(self.scale.number(spread.median))
        if math.isnan(spread.low):
            return found
        low, high = self.scale.number(spread.low), self.scale.number(spread.high)
        return found + span.format(plain(self.told("span", low=low, high=high)))

    @cached_property
    def _rare(self) -> str:
        return f"{100 * RARE_REGIME:g}"

    @property
    def weighted(self) -> bool:
        """Whether gains are shared by a weight that is not one half everywhere."""
        if not self.talks or self.explorer.case.concept != "nash":
            return False
        return bool((np.abs(self.explorer.numbers({})[..., -1] - 0.5) > 1e-9).any())

    # --- the chart ------------------------------------------------------------------------------

    @cached_property
    def curves(self) -> Curves:
        """Along the lever, at the case."""
        return curves(self.explorer, self.explorer.start, self.fallback)

    @cached_property
    def ticks(self) -> list[float]:
        """Numbers of the y axis: they hold whatever is moved, but for rare extremes."""
        low = high = 0.0
        ends = [each for each in self.explorer.axes if each.name not in self._along]
        corners = [self.explorer.start]
        corners += [
            {**self.explorer.start, each.name: value}
            for each in ends
            for value in (each.low, each.high)
        ]
        corners += [
            {**self.explorer.start, **{each.name: getattr(each, end) for each in ends}}
            for end in ("low", "high")
        ]
        choices = (POSTURE, *self.explorer.fallbacks)
        for values in corners:
            for fallback in choices:
                found = curves(self.explorer, values, fallback, 5)
                for each in (*found.spreads[0], *found.spreads[1]):
                    known = [x for x in (each.low, each.median, each.high) if not math.isnan(x)]
                    low, high = min([low, *known]), max([high, *known])
        return round_ticks(low * self.scale.factor, high * self.scale.factor)

    @property
    def _along(self) -> tuple[str, ...]:
        return self.explorer.moves(self.explorer.lever)

    def _chart(self) -> str:
        lever = self.model.find_parameter(self.explorer.lever)
        first = opening(self.model.named(self.model.players[0]))
        what = self.told("chart_deal" if self.talks else "chart_breakdown")
        about = self.label(lever.name)
        title = self.told("chart", player=first, what=what, lever=about)
        names = (self.told("chart_fallback", fallback=self.fallback_words(self.fallback)), "")
        if self.fallback == POSTURE:
            other = self.instead(self.curves.instead)
            names = (self.told("chart_if", **self.actor), self.told("chart_else", instead=other))
        places = [
            (x, self._value(self.explorer.lever, x))
            for x in np.linspace(self.curves.x[0], self.curves.x[-1], TOLD).tolist()
        ]
        texts = ChartTexts(
            title,
            self.told("chart_alt", **self.actor),
            about,
            names,
            self.told("chart_ribbon", **self.actor),
            places,
        )
        drawn = "".join(
            f'<div class="{name}">'
            + chart(self.curves, self.ticks, self.scale.factor, texts, width, f"{IDS}-{name}")
            + "</div>"
            for name, width in (("broad", WIDE), ("slim", SLIM))
        )
        unit = self.say("chart_unit", unit=self.scale.unit)
        return (
            f'<figure aria-labelledby="{IDS}-chart"><h3 id="{IDS}-chart">{plain(title)}</h3>'
            f'<p class="note">{unit}</p>{drawn}'
            f"<figcaption>{plain(opening(about))}"
            f'<span id="{IDS}-apart" hidden>. {self.say("chart_together")}</span></figcaption>'
            f"{self._numbers(about, names)}</figure>"
        )

    def _numbers(self, lever: str, names: tuple[str, str]) -> str:
        """The numbers of the chart, folded away."""
        share = self.say("share", **self.actor)
        alone = self.fallback != POSTURE
        hidden = " hidden" * alone
        heads = "".join(
            f'<th scope="col"{extra}>{each}</th>'
            for each, extra in (
                (plain(opening(lever)), ""),
                (plain(opening(names[0])), f' id="{IDS}-head-0"'),
                (plain(opening(names[1])), f' id="{IDS}-head-1"{hidden}'),
                (share, f' id="{IDS}-head-2"'),
            )
        )
        lines = []
        for k in range(0, PLACES, (PLACES - 1) // (TOLD - 1)):
            cells = [self._number(each[k], "{}", " ({})") for each in self.curves.spreads]
            cells = cells[:1] if alone else cells
            cells.append(f"{100 * self.curves.share[k]:.0f}")
            told = "".join(f"<td>{each}</td>" for each in cells)
            place = plain(self._value(self.explorer.lever, float(self.curves.x[k])))
            lines.append(f'<tr><th scope="row">{place}</th>{told}</tr>')
        return (
            f'<details id="{IDS}-numbers"><summary>{self.say("numbers")}</summary>'
            f'<div class="wide" tabindex="0" role="group" aria-label="{self.say("numbers")}">'
            f'<table class="x-numbers">'
            f"<caption>{plain(self.scale.unit)}</caption>"
            f'<thead><tr>{heads}</tr></thead><tbody id="{IDS}-places">{"".join(lines)}</tbody>'
            "</table></div></details>"
        )

    # --- controls -------------------------------------------------------------------------------

    def _value(self, name: str, value: float) -> str:
        """A value as people read it."""
        spec = self.model.find_parameter(name)
        if spec.fraction:
            return self.told("percent", number=f"{round(100 * value, 6):g}", space=_SPACE)
        return f"{round(value, 9):g}"

    def _controls(self) -> str:
        record = self.record()
        parts = []
        if record["fallbacks"]:
            options = [(BREAKDOWN, self.fallback_words(POSTURE))]
            options += [(each["name"], each["words"]) for each in record["fallbacks"]]
            now = BREAKDOWN if self.fallback == POSTURE else address(self.fallback)
            parts.append(select("f", "fallback", self.told("fallback"), options, now))
        grouped = {k for each in record["groups"] for k in each["axes"]}
        parts += [slider(each, "group") for each in record["groups"]]
        parts += [slider(each, "axis") for k, each in enumerate(record["axes"]) if k not in grouped]
        for each in record["sets"]:
            options = [("", self.told("all"))]
            options += zip(each["options"], each["words"], strict=True)
            parts.append(select(each["key"], "set", each["label"], options, ""))
        inner = "".join(
            slider(record["axes"][k], "axis") for each in record["groups"] for k in each["axes"]
        )
        if inner:
            about = f"{self.told('apart')}: {record['groups'][0]['label']}"
            parts.append(folded(about, inner))
        if record["costs"]:
            options = [(way, self.told(f"costs.{way}")) for way in record["ways"]]
            label = self.told("costs")
            parts.insert(
                1 if record["fallbacks"] else 0, select("c", "costs", label, options, "case")
            )
            inner = "".join(slider(each, "cost") for each in record["costs"] if each["key"])
            parts += [folded(self.told("costs_by_hand"), inner)] if inner else []
        return (
            f'<div class="x-controls" id="{IDS}-controls" role="group" '
            f'aria-label="{self.say("controls")}" hidden>'
            f'<p class="note">{self.say("intro", draws=self.explorer.draws)} '
            f'{self.say("keeps")}</p><p id="{IDS}-address" class="x-address" hidden></p>'
            f'<div class="x-grid">{"".join(parts)}</div>'
            f'<p><button type="button" id="{IDS}-reset">{self.say("reset")}</button></p></div>'
        )

    # --- what the script gets -------------------------------------------------------------------

    @cached_property
    def keys(self) -> dict[str, str]:
        """Short names of parameters in the address of the page."""
        taken = {"f", "c"}
        found: dict[str, str] = {}
        names = [*self.explorer.groups, *(each.name for each in self.explorer.axes)]
        for name in (*names, *self.explorer.sets, *self._hand):
            head, _, tail = name.partition(".")
            if tail and head in found:
                found[name] = f"{found[head]}.{tail}"
                continue
            key = next(
                key
                for key in (*(name[:k] for k in range(1, len(name) + 1)), f"p{len(found)}")
                if key not in taken
            )
            taken.add(key)
            found[name] = key
        return found

    @cached_property
    def _hand(self) -> dict[str, tuple[int, int]]:
        """Political costs that can be set by hand: of what each side threatens with."""
        model = self.model
        return {
            name: (p, k)
            for p, k, name in self.explorer.charged
            if model.harshest.get(model.players[p]) == model.actions[p][k]
        }

    @cached_property
    def _record(self) -> dict[str, Any]:
        explorer, model = self.explorer, self.model
        drawn = explorer.case.uncertain()
        m, n = explorer.shape
        axes = [
            {
                **self._slider(each.name, each.low, each.high, each.start),
                "drawn": each.name in drawn,
            }
            for each in explorer.axes
        ]
        names = [each.name for each in explorer.axes]
        groups = []
        for parent, members in explorer.groups.items():
            own = [each for each in explorer.axes if each.name in members]
            low, high = max(each.low for each in own), min(each.high for each in own)
            start = own[0].start
            groups.append(
                {
                    **self._slider(parent, low, high, start),
                    "axes": [names.index(each) for each in members],
                }
            )
        kept = [
            option
            for option in repeated(explorer.case, (*names, *explorer.groups))
            if not option.startswith("--threat ")
        ]
        if explorer.draws > 1:
            kept.append(f"--draws {explorer.draws}")
        series = [
            {
                "axes": list(each.axes),
                "degrees": each.degrees.tolist(),
                "numbers": each.numbers.tolist(),
                "step": each.step.ravel().tolist(),
            }
            for each in explorer.series
        ]
        codes = b"".join(each.codes.astype("<i2").tobytes() for each in explorer.series)
        player, action = self.marked
        return {
            "ids": IDS,
            "lang": self.lang,
            "words": dict(self.words),
            "draws": explorer.draws,
            "m": m,
            "n": n,
            "players": [model.named(each) for each in model.players],
            "actions": [list(own) for own in model.actions],
            "marker": {
                "player": player,
                "action": action,
                **self.actor,
                "plays": [self._plays(k) for k in range(len(model.actions[player]))],
                "harsher": [
                    model.find_parameter(each).lever_of == model.players[player] for each in names
                ],
            },
            "rule": self._rule(),
            "weighted": explorer.case.concept == "nash",
            "shared": self.weighted,
            "talks": explorer.talks,
            "axes": axes,
            "groups": groups,
            "lever": explorer.lever,
            "fallback": BREAKDOWN if self.fallback == POSTURE else address(self.fallback),
            "breakdown": self.fallback_words(POSTURE),
            "fallbacks": [
                {"name": address(each), "threat": each, "words": self.fallback_words(each)}
                for each in explorer.fallbacks
            ],
            "charged": [
                {"player": p, "action": k, "name": name} for p, k, name in explorer.charged
            ],
            "costs": self._costs(),
            "ways": ["case", *(["believed"] if explorer.believed else []), "fixed"],
            "sets": [self._set(name, words) for name, words in explorer.sets.items()],
            "scale": self.scale.record(),
            "few": FEW,
            "rare": RARE_REGIME,
            "places": PLACES,
            "told": TOLD,
            "threat": model.default_threat,
            "command": command_about("solve", model, *kept),
            "series": series,
            "codes": base64.b64encode(codes).decode("ascii"),
        }

    def record(self) -> dict[str, Any]:
        """Return everything that the script needs, ready for JSON."""
        return self._record

    def _rule(self) -> str:
        rule, players = self.explorer.case.rule, self.model.players
        for p, player in enumerate(players):
            if rule == f"best_for_{player}":
                return f"best_for_{p}"
        return rule

    def _slider(self, name: str, low: float, high: float, start: float) -> dict[str, Any]:
        spec = self.model.find_parameter(name)
        scale = 100.0 if spec.fraction else 1.0
        default = spec.default
        if default is None and spec.inherits:
            default = self.model.find_parameter(spec.inherits).default
        return {
            "key": self.keys[name],
            "name": name,
            "label": self.label(name),
            "unit": spec.unit,
            "percent": spec.fraction,
            "low": low,
            "high": high,
            "start": start,
            "scale": scale,
            "step": _step(low * scale, high * scale, start * scale),
            "default": default,
        }

    def _set(self, name: str, words: tuple[str, ...]) -> dict[str, Any]:
        """Words of which one may be kept, as a user writes them and as people read them."""
        names = type(self.model).names
        options = sorted(set(words), key=lambda word: names.get(f"{name}.{word}", word))
        return {
            "key": self.keys[name],
            "name": name,
            "label": self.label(name),
            "options": options,
            "words": [names.get(f"{name}.{word}", word) for word in options],
            "of": list(words),
        }

    def _costs(self) -> list[dict[str, Any]]:
        """Political costs, with sliders for those that can be set by hand."""
        explorer = self.explorer
        found = []
        largest = float(np.abs(explorer.payoffs({})).max())
        for _, _, name in explorer.charged:
            believed = explorer.believed.get(name)
            most = largest / 2.0
            high = round_ticks(0.0, most * self.scale.factor, 4)[-1] / self.scale.factor
            found.append(
                {
                    "key": self.keys.get(name, "") if name in self._hand else "",
                    "name": name,
                    "label": self.label(name),
                    "unit": self.scale.unit,
                    "percent": False,
                    "low": 0.0,
                    "high": high,
                    "start": min(float(np.median(explorer.costs[name])), high),
                    "scale": self.scale.factor,
                    "step": _step(0.0, high * self.scale.factor, 0.0),
                    "case": [_short(each) for each in explorer.costs[name].tolist()],
                    "believed": None
                    if believed is None
                    else [_short(x) for x in believed.tolist()],
                }
            )
        return found

    @property
    def command_words(self) -> list[str]:
        """The command for the case."""
        explorer = self.explorer
        found = [self._record["command"]]
        for each in self._record["axes"]:
            if each["drawn"] or each["start"] != each["default"]:
                found += [f"--set {each['name']}={round(each['start'], 6):g}"]
        if explorer.talks and self.fallback != self.model.default_threat:
            found.append(f"--threat {self.fallback}")
        return found


def address(fallback: str) -> str:
    """Return what a fallback is called in the address of a page."""
    return "today" if fallback == "in_force" else fallback


def readable(name: str) -> str:
    """Return the name of a parameter about which nothing is said, as words."""
    return re.sub(r"[._]+", " ", name)


def _short(value: float) -> float:
    return float(f"{value:.12g}")


def _step(low: float, high: float, start: float) -> float:
    """A round step of a slider: about fifty of them, on which its start lies."""
    power = 10.0 ** math.floor(math.log10((high - low) / 40.0))
    rough = next(k * power for k in (5.0, 2.0, 1.0) if k * power <= (high - low) / 40.0 * 1.0001)
    for divisor in (1, 2, 4, 10, 20, 100):
        step = rough / divisor
        if abs((start - low) / step - round((start - low) / step)) < 1e-6:
            return step
    return rough / 100


__all__ = ["IDS", "Page", "plain"]
