"""The outcome at one point: a reading for people, a record for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from textwrap import wrap
from typing import Any

import numpy as np

from negotiation.leverage import Leverage, Marginal, NclStatus, Slope
from negotiation.outcome import POSTURE, STATUS_QUO, Outcome, deal_range
from negotiation.outcome.choices import Choices, choices_record
from negotiation.outcome.columns import column_name
from negotiation.provenance import provenance
from negotiation.report.reading import lines, sentences
from negotiation.report.small_print import signature
from negotiation.report.tables import markdown_table, text_table
from negotiation.study.reading import Reading
from negotiation.words import money, opening, per_cost, share

WIDTH = 80


def record(
    outcome: Outcome, parameters: Mapping[str, Any], around: Reading | None = None
) -> dict[str, Any]:
    """Everything about a point as nested dictionaries, ready for JSON."""
    game, players = outcome.game, outcome.game.players
    found = outcome.equilibria
    rule = outcome.selection.rule
    profiles = list(product(*game.actions))
    cells = list(np.ndindex(*(len(actions) for actions in game.actions)))
    result: dict[str, Any] = {
        "provenance": provenance(outcome.case, about=outcome.threat.about),
        "status": str(outcome.status),
        "certified": bool(outcome.certified),
        "reading": sentences(around or Reading.of(outcome)),
        "other_choices": None if around is None else choices_record(around.choices, players),
        "parameters": {
            name: outcome.model.value(name) for name in type(outcome.model).parameters()
        },
        "units": {"payoffs": type(outcome.model).payoff_unit},
        "payoffs": {
            "/".join(profile): {
                player: game.payoffs[(p, *cell)] for p, player in enumerate(players)
            }
            for profile, cell in zip(profiles, cells, strict=True)
        },
        "complete": str(found.completeness) == "complete",
        "completeness": str(found.completeness),
        "equilibria": [
            {
                "profile": equilibrium.profile,
                "support": equilibrium.support,
                "strategies": {
                    player: dict(zip(actions, strategy, strict=True))
                    for player, actions, strategy in zip(
                        players, game.actions, equilibrium.strategies, strict=True
                    )
                },
                "payoffs": dict(zip(players, equilibrium.payoffs, strict=True)),
                "regret": equilibrium.regret,
                "component": equilibrium.component if equilibrium.component >= 0 else None,
                "proposed_by": equilibrium.proposed_by,
                "selected": k == int(outcome.selection.index),
                "complete": str(found.completeness) == "complete",
            }
            for k, equilibrium in enumerate(found.at())
        ],
        "selection": {
            "rule": rule,
            "support": str(outcome.selection.support),
            "equilibria": int(found.count),
            "payoffs_over_all": _ends(players, outcome.selection.lowest, outcome.selection.highest),
            "delta_over_all": (
                _ends(players, *deal_range(outcome)) if outcome.leverage is not None else None
            ),
        },
        "threat": {
            "name": outcome.threat.name,
            "about": outcome.threat.about,
            "payoffs": dict(zip(players, outcome.threat.payoffs, strict=True)),
            "certified": bool(outcome.threat.certified),
            **({"details": dict(outcome.threat.details)} if outcome.threat.details else {}),
        },
        "agreements": {
            concept: {
                "payoffs": dict(zip(players, each.payoffs, strict=True)),
                "disagreement": dict(zip(players, each.disagreement, strict=True)),
                "concession": dict(zip(players, each.concession, strict=True)),
                "surplus": each.surplus,
                "status": str(each.status),
            }
            for concept, each in outcome.agreements.items()
        },
        "leverage": _leverage_record(outcome.leverage),
        "scores": {
            name: {
                "values": dict(zip(players, each.values, strict=True)),
                "unit": each.unit,
                "about": each.about,
            }
            for name, each in outcome.scores.items()
        },
        "outcomes": {
            "/".join(profile): _nested(
                {name: quantity.values[cell] for name, quantity in outcome.quantities.items()}
            )
            for profile, cell in zip(profiles, cells, strict=True)
        },
        "outcome_units": {name: quantity.unit for name, quantity in outcome.quantities.items()},
        "assumptions": list(type(outcome.model).assumptions),
        "not_modelled": list(type(outcome.model).not_modelled),
    }
    return result


def _ends(players: Sequence[str], low: Any, high: Any) -> dict[str, Any]:
    """Name the least and the most of each player."""
    return {
        player: {"min": least, "max": most}
        for player, least, most in zip(players, low, high, strict=True)
    }


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dotted names into nested dictionaries."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        head, dot, tail = name.partition(".")
        if dot:
            tree.setdefault(head, {})[tail] = value
        else:
            tree[head] = value
    return tree


def _leverage_record(scores: Leverage | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    players = scores.players

    def by_player(values: Any) -> dict[str, Any]:
        return dict(zip(players, values, strict=True))

    spread = {part: scores.spread(part) for part in ("delta", "ncl")}
    return {
        "no_deal_loss": by_player(scores.loss),
        "net_concession": {
            concept: {
                part: by_player(getattr(each, part))
                for part in ("delta", "ncl", "power_share", "exposure_share")
            }
            | {"ncl_status": str(each.status)}
            for concept, each in scores.concession.items()
        },
        "net_concession_spread": {
            part: {"min": by_player(low), "max": by_player(high)}
            for part, (low, high) in spread.items()
        },
        "credibility": {
            "outside": by_player(scores.credibility.outside),
            "staying": by_player(scores.credibility.staying),
            "margin": by_player(scores.credibility.margin),
        },
        "asymmetry": {
            "log_ratio": scores.asymmetry.log_ratio,
            "relative_to_size": scores.asymmetry.relative,
            "bounded": scores.asymmetry.bounded,
            "status": str(scores.asymmetry.status),
        },
        "marginal": {
            name: {
                "owner": each.owner,
                "unit": each.unit,
                "from_the_left": _slope_record(each.left, each.cost),
                "from_the_right": _slope_record(each.right, each.cost),
            }
            for name, each in scores.marginal.items()
        },
    }


def _slope_record(slope: Slope, cost: Any) -> dict[str, Any]:
    return {
        "per_percentage_point": slope.total / 100.0,
        "per_unit": slope.total,
        "per_usd_spent": slope.total / cost if cost else np.nan,
        "own_fallback": slope.own_fallback,
        "their_fallback": slope.their_fallback,
        "pie": slope.pie,
        "regime_change": bool(slope.regime_change),
    }


def text(
    outcome: Outcome,
    parameters: Mapping[str, Any],
    around: Reading | None = None,
    *,
    markdown: bool = False,
    choices: bool = False,
) -> str:
    """Return a point in words and tables: a reading of ten lines, then what it rests on.

    Without `around` the reading says only where the sides stand; `choices` lists every other
    choice that was looked at there.
    """
    model = type(outcome.model)
    table = markdown_table if markdown else text_table
    unit = model.payoff_unit
    made = provenance(outcome.case, about=outcome.threat.about)
    posture = outcome.threat.name == POSTURE
    blocks = [
        f"{model.name()} ({made['parameters']}), {unit}",
        _reading(around or Reading.of(outcome), markdown),
        f"Payoffs, {unit}: {' / '.join(outcome.game.players)}\n\n" + _matrix(outcome, table),
        "\n".join(_equilibria(outcome)),
    ]
    if outcome.leverage is not None:
        blocks.append("\n".join(_deal(outcome)))
        if outcome.leverage.marginal:
            blocks.append(_marginals(outcome.leverage.marginal, unit, table))
    if choices and around is not None:
        blocks.append(_choices(around.choices, outcome, table))
    if outcome.scores:
        rows = [
            [name, *(money(value, signed=True) for value in each.values), each.unit]
            for name, each in outcome.scores.items()
        ]
        blocks.append(f"Scores added\n\n{table(['', *outcome.game.players, 'unit'], rows)}")
    if outcome.quantities and posture:
        blocks.append("At the selected equilibrium\n\n" + _quantities(outcome, table))
    blocks.append("\n".join(_small_print(outcome, made)))
    return "\n\n".join(blocks)


def _reading(around: Reading, markdown: bool) -> str:
    """Ten lines for a terminal; in Markdown, where lines flow together, a list of sentences."""
    if markdown:
        return "\n".join(f"- {sentence}" for sentence in sentences(around))
    return "\n".join(lines(around))


def _matrix(outcome: Outcome, table: Any) -> str:
    game = outcome.game
    if len(game.players) != 2:
        lines = [
            [
                "/".join(profile),
                *(money(game.payoffs[(p, *cell)], signed=True) for p in range(len(game.players))),
            ]
            for profile, cell in zip(
                product(*game.actions),
                np.ndindex(*(len(actions) for actions in game.actions)),
                strict=True,
            )
        ]
        return str(table(["profile", *game.players], lines))
    lines = [
        [
            action,
            *(
                f"{money(game.payoffs[0, i, j], signed=True)} / "
                f"{money(game.payoffs[1, i, j], signed=True)}"
                for j in range(len(game.actions[1]))
            ),
        ]
        for i, action in enumerate(game.actions[0])
    ]
    return str(table(["", *game.actions[1]], lines))


def _equilibria(outcome: Outcome) -> list[str]:
    found = outcome.equilibria.at()
    claim = {
        "complete": "all there are",
        "partial": "there may be others",
        "empty": "none was found",
    }[str(outcome.equilibria.completeness)]
    several = len(found) != 1
    where = "without a deal" if outcome.threat.name == POSTURE else "of the game, not the threat"
    lines = [f"{len(found)} {'equilibria' if several else 'equilibrium'} {where}, {claim}"]
    for k, each in enumerate(found):
        payoffs = ", ".join(
            f"{player} {money(value, signed=True)}"
            for player, value in zip(each.players, each.payoffs, strict=True)
        )
        mark = " <- selected" if several and k == int(outcome.selection.index) else ""
        lines.append(f"  {each.profile}: {payoffs}; regret {each.regret:.1e}{mark}")
    if bool(outcome.equilibria.degenerate):
        lines.append("  The game is degenerate: equilibria of one component are connected.")
    return lines


def _deal(outcome: Outcome) -> list[str]:
    assert outcome.leverage is not None
    assert outcome.talks is not None
    players, scores = outcome.game.players, outcome.leverage
    lines = wrap(f"The deal: {outcome.talks.about or 'an agreement'}", WIDTH)
    for concept, each in outcome.agreements.items():
        if str(each.status) != "agreed":
            lines += wrap(f"  {concept}: {each.status}", WIDTH, subsequent_indent="  ")
            continue
        gains = ", ".join(
            f"{player} {money(value, signed=True)}"
            for player, value in zip(players, each.concession, strict=True)
        )
        lines.append(f"  {concept}: {gains}; surplus {money(float(each.surplus))}")
    nash = outcome.concession
    if np.isfinite(nash.ncl).all():
        lines.append(
            f"  NCL of {outcome.model.named(players[0])} {nash.ncl[0]:+.3f} = power share "
            f"{nash.power_share[0]:.3f} - exposure share {nash.exposure_share[0]:.3f}"
        )
    elif str(nash.status) != NclStatus.NO_DEAL.value:
        lines += wrap(f"  NCL: {nash.status}", WIDTH, subsequent_indent="  ")
    two = scores.asymmetry
    told = (
        f"{share(float(two.log_ratio))} log points, relative to size "
        f"{share(float(two.relative))}, bounded {share(float(two.bounded))}"
        if np.isfinite(two.log_ratio)
        else str(two.status)
    )
    lines += wrap(f"  No-deal asymmetry: {told}", WIDTH, subsequent_indent="  ")
    if outcome.threat.name != POSTURE:
        why = (
            "no lever moves it"
            if outcome.threat.name == STATUS_QUO
            else "it would take this threat point at several steps of every lever"
        )
        lines += wrap(f"  Marginal leverage is left out: {why}.", WIDTH, subsequent_indent="  ")
    return lines


def _marginals(marginal: Mapping[str, Marginal], unit: str, table: Any) -> str:
    """One line per lever: what a percentage point is worth to its owner's deal, and why."""
    lines, notes = [], []
    for name, each in marginal.items():
        slope = each.right if np.isfinite(each.right.total) else each.left
        if not np.isfinite(slope.total):
            broken = bool(each.right.regime_change) or bool(each.left.regime_change)
            why = "the equilibrium changes within a step" if broken else "there is no deal to move"
            notes.append(f"{name} has none: {why}.")
            continue
        cost = float(each.cost)
        lines.append(
            [
                name,
                each.owner,
                money(float(slope.total) / 100, signed=True),
                money(float(slope.own_fallback) / 100, signed=True),
                money(float(slope.their_fallback) / 100, signed=True),
                f"{float(slope.total) / cost:.2f}" if cost > 0 else "none",
            ]
        )
    per = per_cost(unit)
    spent = "per $\nspent" if per == "$" else f"per\n{per}"
    heads = ["lever", "owner", "in all", "own\nfallback", "their\nfallback", spent]
    blocks = [f"One more hundredth of a lever adds to its owner's deal, {unit}\n"]
    if lines:
        blocks.append(str(table(heads, lines)))
    return "\n".join([*blocks, *notes])


def _choices(found: Choices, outcome: Outcome, table: Any) -> str:
    """Every other choice of a word, and what a point would be with it."""
    unit = type(outcome.model).payoff_unit
    if not found.count:
        return "Other choices: none was looked at."
    players = outcome.game.players
    heads = ["choice", "equilibrium", f"deal,\n{players[0]}"]
    heads += [f"no deal,\n{player}" for player in players] if outcome.leverage is not None else []
    lines = [
        [
            each.label + ("" if each.certified else " (not certified)"),
            each.equilibrium or "none",
            money(each.delta, signed=True),
            *(money(-loss, signed=True) for loss in each.losses),
        ]
        for each in found.solved
    ]
    blocks = [f"Other choices, one at a time: {found.count}. {opening(unit)}\n"]
    if lines:
        blocks.append(str(table(heads, lines)))
    if found.refused:
        blocks.append(f"Refused by the model: {', '.join(found.refused)}.")
    return "\n".join(blocks)


def _quantities(outcome: Outcome, table: Any) -> str:
    lines = []
    for name, quantity in outcome.quantities.items():
        value = float(outcome.at_selection(name))
        finite = np.isfinite(value) and "million" not in quantity.unit
        shown = f"{value:.4g}" if finite else money(value)
        lines.append([column_name(name), shown, quantity.unit])
    return str(table(["", "value", "unit"], lines))


def _small_print(outcome: Outcome, made: Mapping[str, str]) -> list[str]:
    model = type(outcome.model)
    lines = [*wrap(f"Horizon: {made['horizon']}.", WIDTH)]
    if outcome.agreements:
        lines += wrap(f"Threat point: {made['threat_point']}. Concept: {made['concept']}.", WIDTH)
    if model.assumptions:
        lines += wrap(f"Assumed: {'; '.join(model.assumptions)}.", WIDTH)
    if model.not_modelled:
        lines += wrap(f"Not modelled: {', '.join(model.not_modelled)}.", WIDTH)
    lines.append(signature(made))
    return lines
