"""`attribute(model)`: a score of a model taken apart by what is at stake."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from negotiation import bargaining
from negotiation.bargaining import Agreement, AgreementStatus
from negotiation.bargaining.shapley import PLAYERS, members, owen_coalitions
from negotiation.case import DISPUTE, POSTURE, STATUS_QUO, Case, study
from negotiation.errors import ParameterError, nearest
from negotiation.games.game import Array
from negotiation.glossary import AT_STAKE
from negotiation.leverage import losses_at_stake
from negotiation.leverage.attribution import Attribution, Coalitions, attribution
from negotiation.model import Model, Parameter
from negotiation.outcome import Outcome, evaluate, in_clouds
from negotiation.outcome.columns import columns
from negotiation.outcome.threats import dispute_of
from negotiation.tolerances import TIE, ZERO_LOSS

#: Into what a score is taken apart: whole tables, or the sectors at each as well.
PARTS = ("tables", "sectors")

#: Scores of a side whose names are `SCORE.PLAYER`; `ncl` is `delta` per unit of the losses of both.
OF_A_SIDE = ("delta", "ncl", "loss", "payoff", "gain", "staying", "walkout")


@dataclasses.dataclass(frozen=True)
class _Score:
    """A score by its name: what of it there is to read off an outcome."""

    name: str
    head: str
    player: str

    @property
    def bargained(self) -> bool:
        """Whether it depends on the deal, so that a concept is needed."""
        return self.head in ("delta", "ncl", "surplus")


@study
def attribute(case: Case, *, of: str = "delta", by: str = "sectors") -> Attribution:
    """Attribute a score to tables, and to the sectors at each.

    Every parameter with a `stake` is a sector, and the stake is the table it belongs to. v(T) is
    the score with the sectors in T at stake as much as they are in `model`, and no others; a sector
    that is not at stake there at all takes no part. Tables share v by the Shapley value, sectors
    by the Owen value. All the coalitions needed are evaluated as one cloud.

    Where no agreement makes both sides better off, v is what the disagreement point gives: with
    nothing at stake it is zero. If that is so with everything at stake, there is no deal to take
    apart, and all values are NaN.

    Parameters
    ----------
    case : Case, or what makes one
        A point or a cloud; of a deal its concept is the solution that is taken apart.
    of : str
        `delta`, the net concession; `ncl`, the same per unit of the losses with everything at
        stake; `loss`, `payoff`, `gain`, `staying`, `walkout`: of the first player, or of the one
        named after a dot (`loss.us`). `surplus`. Or any number that a sweep records, by its name.
    by : {"sectors", "tables"}
        Whole tables need far fewer coalitions.

    Raises
    ------
    ParameterError
        For unknown words; if the model puts nothing at stake, or too much.
    ModelError
        If the author's code fails.
    """
    model, threat, concept = case.model, case.threat, case.concept
    if by not in PARTS:
        raise ParameterError(
            f"attribution by '{by}' is unknown{nearest(by, PARTS)}; choose from {', '.join(PARTS)}"
        )
    score = _score(model, of)
    stakes = _stakes(model)
    tables = list(dict.fromkeys(spec.stake for spec in stakes))
    groups = [[k for k, spec in enumerate(stakes) if spec.stake == table] for table in tables]
    unions = [[k] for k in range(len(tables))] if by == "tables" else groups
    units = sum(map(len, unions))
    if units > PLAYERS:
        raise ParameterError(
            f"model {model.name()} has {units} {by} at stake; coalitions of at most {PLAYERS} are "
            f"taken apart{', use by=tables' if by == 'sectors' else ''}"
        )
    masks = owen_coalitions(unions)
    inside = members(masks, units)
    if by == "tables":
        inside = inside[:, [tables.index(spec.stake) for spec in stakes]]
    single = (1,) * len(model.batch_shape)
    cloud = model.at_values(
        {
            spec.name: inside[:, k].reshape(-1, *single) * np.asarray(model.value(spec.name))
            for k, spec in enumerate(stakes)
        }
    )
    try:
        outcome = evaluate(case.at(cloud))
    except ParameterError as error:
        if in_clouds(case):
            raise
        raise ParameterError(
            f"attribution looks at {len(masks)} points at once, which threat point {threat} does "
            f"not take: {error}"
        ) from error
    values, unit, no_deal = _read(outcome, score, concept)
    told, of_the_game = _attributed(outcome, score, concept)
    evidence = Coalitions(
        masks=masks,
        status=outcome.status,
        certified=outcome.certified,
        equilibrium=outcome.selection.support,
        departs=_departs(outcome),
        several=_several(outcome),
        no_deal=no_deal,
    )
    return attribution(
        np.moveaxis(values, 0, -1),
        evidence,
        tables,
        [spec.name.rpartition(".")[2] for spec in stakes] if by == "sectors" else [],
        unions,
        of=score.name,
        unit=unit,
        concept=concept if score.bargained else "",
        threat=threat,
        fails=outcome.threat.about,
        rule=case.rule,
        by_concept={
            name: np.moveaxis(_read(outcome, score, name)[0], 0, -1)
            for name in outcome.agreements
            if score.bargained and name != concept
        },
        attributed=told,
        of_the_game=of_the_game,
    )


def _stakes(model: Model) -> list[Parameter]:
    """Return the parameters that put something at stake at this point."""
    every = [spec for spec in model.parameters().values() if spec.stake]
    used = [spec for spec in every if np.any(np.asarray(model.value(spec.name)) != 0.0)]
    if not every:
        raise ParameterError(
            f"no parameter of model {model.name()} puts anything at stake, so that there is "
            "nothing to attribute to; declare one as parameter(1.0, low=0, high=1, stake='TABLE')"
        )
    if not used:
        raise ParameterError(
            f"nothing is at stake at this point of model {model.name()}: {every[0].name} and the "
            "others are 0; leave one at 1"
        )
    return used


def _score(model: Model, of: str) -> _Score:
    """Look a score up by name; columns of a sweep are looked up once there are any."""
    head, dot, player = of.partition(".")
    if of == "surplus":
        return _Score(of, of, model.players[0])
    if head not in OF_A_SIDE:
        return _Score(of, "", "")
    side = player if dot else model.players[0]
    if side not in model.players:
        raise ParameterError(
            f"'{of}' is of no player of model {model.name()}{nearest(side, model.players)}; they "
            f"are {', '.join(model.players)}"
        )
    return _Score(f"{head}.{side}", head, side)


def _read(outcome: Outcome, score: _Score, concept: str) -> tuple[Array, str, Any]:
    """(M, ...) values of a score, its unit, and where there is no deal."""
    money = type(outcome.model).payoff_unit
    none = np.zeros(outcome.status.shape, dtype=bool)
    if outcome.leverage is None and score.head not in ("", "payoff"):
        raise ParameterError(
            f"model {outcome.model.name()} has no talks(), so that there is no {score.head} to "
            f"attribute; take payoff.{score.player}"
        )
    if score.bargained:
        assert outcome.leverage is not None
        side = outcome.leverage.players.index(score.player)
        deal, fallback = _deal(outcome, concept)
        known = np.isfinite(fallback).all(axis=-1)
        no_deal = known & (deal.status != AgreementStatus.AGREED.value)
        without = (fallback - _status_quo(outcome))[..., side]
        values = np.where(no_deal, without, deal.concession[..., side])
        if score.head == "surplus":
            values = np.where(no_deal, 0.0, deal.surplus)
        values[-1] = np.where(no_deal[-1], np.nan, values[-1])
        if score.head == "ncl":
            at_stake, _ = losses_at_stake(outcome.leverage.loss[-1])
            values = values / at_stake
            return values, AT_STAKE, no_deal
        return values, money, no_deal
    if score.head == "loss":
        assert outcome.leverage is not None
        side = outcome.leverage.players.index(score.player)
        return np.asarray(outcome.leverage.loss[..., side]), money, none
    found = columns(outcome)
    name = f"{score.head}_{score.player}" if score.head else score.name.replace(".", "_")
    known_names = [key for key, column in found.items() if column.values.dtype.kind == "f"]
    if name not in known_names:
        words = [f"{head}.{player}" for head in OF_A_SIDE for player in outcome.game.players]
        raise ParameterError(
            f"there is no score '{score.name}' to attribute"
            f"{nearest(score.name, [*words, *OF_A_SIDE, *known_names])}; choose from "
            f"{', '.join(OF_A_SIDE)}, each .PLAYER, or a number that a sweep records"
        )
    return np.asarray(found[name].values), found[name].unit, none


def _status_quo(outcome: Outcome) -> Array:
    assert outcome.talks is not None
    return np.asarray(outcome.talks.status_quo, dtype=float)


def _deal(outcome: Outcome, concept: str) -> tuple[Agreement, Array]:
    """Return the agreement by a concept, and what both get where there is none.

    In a dispute only a walk-out that binds with everything at stake is one in a coalition: with
    little at stake the game's equilibrium is better than the dispute for one side or the other,
    and walk-outs that nobody threatens would be what is taken apart.
    """
    assert outcome.talks is not None
    d, walking_out = outcome.threat.payoffs, outcome.selection.payoffs
    dispute = outcome.threat.name == DISPUTE
    deal = outcome.agreements.get(concept)
    if not dispute:
        if deal is None:
            deal = bargaining.bargain(outcome.talks, d, concept)
        return deal, d
    talks = dispute_of(outcome.talks, walking_out).talks
    if deal is None:
        deal = bargaining.bargain(talks, d, concept, outside=walking_out)
    alone = bargaining.bargain(talks, d, concept).payoffs
    staying = np.where(np.isnan(alone), d, alone)
    outside = np.where(deal.binding[-1:], walking_out, np.minimum(walking_out, staying))
    deal = bargaining.bargain(talks, d, concept, outside=outside)
    # In a dispute without a deal whoever is better off outside walks out, for both.
    return deal, np.where((outside > d).any(axis=-1, keepdims=True), walking_out, d)


def _attributed(outcome: Outcome, score: _Score, concept: str) -> tuple[str, bool]:
    """Say what of the threat point is taken apart; and whether the game's equilibrium counts."""
    threat, model = outcome.threat.name, outcome.model
    of_threat = score.bargained or score.head in ("loss", "gain")
    if threat == POSTURE or not of_threat or outcome.talks is None:
        told = "each coalition plays the game with only its own parts at stake, and "
        told += (
            "the deal follows from that equilibrium"
            if score.bargained
            else "the score is read off that equilibrium"
        )
        return told, True
    if threat == STATUS_QUO:
        return "nothing changes, so that nothing at stake is threatened", False
    if threat != DISPUTE:
        return f"each coalition faces {threat} with only its own parts in it", False
    talks = outcome.talks
    clauses = ["each coalition is in the dispute as it stands, with only its own parts in it"]
    counts = talks.inside is None
    if counts:
        clauses = ["each coalition is in a dispute that gives what its own game gives"]
    if score.bargained:
        deal = outcome.agreements.get(concept) or next(iter(outcome.agreements.values()))
        binding = np.broadcast_to(deal.binding, (*outcome.status.shape, 2))[-1]
        walks = [
            model.named(player)
            for p, player in enumerate(talks.players)
            if bool(binding[..., p].any())
        ]
        if walks:
            clauses.append(
                f"{' and '.join(walks)} would walk out with everything at stake, and so in every "
                "coalition, into the equilibrium of its game"
            )
            counts = True
        else:
            clauses.append(
                "walking out binds nobody with everything at stake, and so nobody in a coalition"
            )
    if talks.discount is not None and np.any(np.asarray(talks.hazard) > 0.0):
        clauses.append("talks that break down lead to the equilibrium of the coalition's game")
        counts = True
    return "; ".join(clauses), counts


def _departs(outcome: Outcome) -> Any:
    """(M, ...) whether the equilibrium is another than that of the last coalition, everything.

    Not where actions differ in name only: with nothing at stake to tax, keeping and lifting a duty
    are the same.
    """
    game, chosen = outcome.game, outcome.selection
    whole = [np.broadcast_to(each[-1], each.shape) for each in chosen.strategies]
    apart = np.abs(game.expected(whole) - chosen.payoffs)
    same_payoffs = (apart <= _rounding(outcome)).all(axis=-1)
    with np.errstate(invalid="ignore"):
        still = game.regret(whole) <= TIE
    return (chosen.support != chosen.support[-1]) & ~(same_payoffs & still)


def _several(outcome: Outcome) -> Any:
    """(M, ...) whether equilibria have other payoffs than the one selected."""
    spread = outcome.selection.highest - outcome.selection.lowest
    return (spread > _rounding(outcome)).any(axis=-1)


def _rounding(outcome: Outcome) -> Array:
    """(..., P) difference of payoffs that counts as none: a share of the largest anywhere."""
    game = outcome.game
    every = (0, *range(-len(game.players), 0))
    return np.asarray(ZERO_LOSS * np.abs(game.payoffs).max(axis=every))


__all__ = ["OF_A_SIDE", "PARTS", "attribute"]
