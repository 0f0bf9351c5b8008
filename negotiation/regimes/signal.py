"""Signals: numbers whose signs say in which regime a point is. Every study reads this one list."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import product
from typing import Any, Concatenate, Final, ParamSpec

import numpy as np

from negotiation.bargaining import AgreementSet, AgreementStatus, Talks
from negotiation.errors import ModelError
from negotiation.games import indices, support_margin
from negotiation.games.game import Array, Game
from negotiation.model import Model
from negotiation.outcome import Outcome
from negotiation.outcome.dispute import breaks_off, yields
from negotiation.registry import Registered, Registry, numbers
from negotiation.tolerances import ZERO_LOSS
from negotiation.words import brief

P = ParamSpec("P")

#: A function of an outcome over a batch of one axis, and of the side or what else it is about.
Function = Callable[..., Array]

#: Most functions for best replies: beyond it (a game of many players) they are left out.
MOST_REPLIES: Final = 600


#: Names of signals.
LOSS, CONCESSION, NCL = "loss", "concession", "ncl"
WALK_OUT, SURPLUS, CONCEPTS = "walk-out", "surplus", "concepts"
BREAK_OFF, YIELDS = "break-off", "yields"
REPLY, EQUILIBRIUM = "reply", "equilibrium"

#: What changes besides signals: equilibria other than the selected one; payoffs that are exactly
#: equal at a point, or on one side of it, so that equilibria exist there and not on the other.
SET, TIE = "equilibria", "tie"

_TAKEN = (REPLY, EQUILIBRIUM, SET, TIE, CONCEPTS)


class SignalKind(StrEnum):
    """How a signal changes along a parameter."""

    #: It depends on which equilibrium is selected, and jumps where that changes.
    SELECTED = "of the selected equilibrium"
    #: It is a continuous function of the payoffs.
    PAYOFFS = "of the payoffs"
    #: It is a support's distance from ceasing to be an equilibrium, located to the last bit.
    MARGIN = "of a support"


class SignalUse(StrEnum):
    """Where a signal is looked at: at a point, along a sweep, by `thresholds`, in the plane."""

    POINT = "solve"
    SWEEP = "sweep"
    THRESHOLD = "threshold"
    MAP = "map"


class Sides(StrEnum):
    """Whose signal it is: one for each side of the talks, the first side's, or nobody's."""

    EACH = "each"
    FIRST = "first"
    NOBODY = "nobody"


@dataclasses.dataclass(frozen=True)
class Phrases:
    """A signal in words; `{who}` stands for its side.

    Attributes
    ----------
    subject : str
        The signal, as the subject of a sentence.
    negative, positive : str
        What holds where it is negative, and where it is positive.
    even : str
        What holds at zero; empty for plain words, as are the next two.
    not_negative, not_positive : str
        What holds throughout where it is never negative, and where it is never positive.
    """

    subject: str
    negative: str
    positive: str
    even: str = ""
    not_negative: str = ""
    not_positive: str = ""

    def of(self, who: str) -> Phrases:
        """Return the words for one side."""
        return Phrases(*(each.replace("{who}", who) for each in dataclasses.astuple(self)))


@dataclasses.dataclass(frozen=True)
class Signal:
    """A function of an outcome over a cloud whose sign says in which regime a point is.

    Attributes
    ----------
    name : str
        `loss`, `concession`, `ncl`, `walk-out`, `surplus`, `concepts`, `reply`, `equilibrium`, or
        as it was registered.
    side : str
        Whose it is; empty for nobody's.
    kind : SignalKind
    function : callable
        From an outcome over a batch of one axis, and `place`, to (B,) values; NaN where undefined.
    place : tuple
        The number of the side; of a best reply: player, the others' actions, own action; of an
        equilibrium: its support; of the concepts: 0 for the smallest, 1 for the largest.
    unit : str
    phrases : Phrases
    column : str
        The column of a sweep that holds it; empty if none does.
    shown : str
        The column of a sweep that is shown for it, which has the same sign.
    tells_zeros : bool
        Whether intervals in which it is zero are events.
    sized : bool
        Whether a value as small as rounding counts as zero; its sign says more otherwise.
    """

    name: str
    side: str
    kind: SignalKind
    function: Function
    place: tuple[Any, ...]
    unit: str
    phrases: Phrases
    column: str = ""
    shown: str = ""
    tells_zeros: bool = False
    sized: bool = True

    def value(self, outcome: Outcome) -> Array:
        """(B,) values; NaN where it is not defined."""
        return np.asarray(self.function(outcome, *self.place))

    @property
    def subject(self) -> str:
        """The signal, as the subject of a sentence."""
        return self.phrases.subject

    @property
    def negative(self) -> str:
        """What holds where it is negative."""
        return self.phrases.negative

    @property
    def positive(self) -> str:
        """What holds where it is positive."""
        return self.phrases.positive

    @property
    def even(self) -> str:
        """What holds where it is zero."""
        return self.phrases.even or f"{self.subject} is zero"

    def holds(self, value: float) -> str:
        """What holds at a value that is not zero."""
        return self.positive if value > 0.0 else self.negative

    def never(self, positive: bool) -> str:
        """What holds throughout where it is never negative, or never positive."""
        told = self.phrases.not_negative if positive else self.phrases.not_positive
        return told or f"{self.subject} is never {'negative' if positive else 'positive'}"


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Declaration(Registered[Function]):
    """What is known of a signal before there is a model; see `register_signal`.

    An empty `unit` is that of the payoffs.
    """

    phrases: Phrases
    sides: Sides
    column: str
    shown: str
    studies: frozenset[SignalUse]
    tells_zeros: bool
    sized: bool
    applies: Callable[[Model, Talks], bool]

    def of(self, model: Model, talks: Talks) -> Iterator[Signal]:
        """Give the signal of every side it is asked for."""
        players = list(enumerate(talks.players))
        if self.sides is not Sides.EACH:
            players = players[:1]
        for p, player in players:
            nobody = self.sides is Sides.NOBODY
            column = self.column.format(side=player)
            yield Signal(
                name=self.name,
                side="" if nobody else player,
                kind=SignalKind.SELECTED,
                function=self,
                place=() if nobody else (p,),
                unit=self.unit or type(model).payoff_unit,
                phrases=self.phrases.of(model.named(player)),
                column=column,
                shown=self.shown.format(side=player) or column,
                tells_zeros=self.tells_zeros,
                sized=self.sized,
            )


def _values(signal: Registered[Function], found: Any, asked: tuple[Any, ...]) -> Array:
    """Refuse what is not a number for each point."""
    shape = asked[0].status.shape
    try:
        return numbers(found, shape)
    except (TypeError, ValueError):
        raise ModelError(
            f"{signal.title} returned {brief(found)}; expected a number for each point, {shape}"
        ) from None


#: Every signal of the talks, by name, in the order in which studies tell of them.
SIGNALS: Registry[Function] = Registry("signal", (), reserved="|".join(_TAKEN))


def _always(model: Model, talks: Talks) -> bool:
    """Whether a signal applies that is for every model; results that hold it are pickled."""
    del model, talks
    return True


def register_signal(
    name: str,
    *,
    subject: str,
    negative: str,
    positive: str,
    even: str = "",
    not_negative: str = "",
    not_positive: str = "",
    sides: Sides = Sides.EACH,
    unit: str | None = None,
    column: str | None = None,
    shown: str = "",
    studies: frozenset[SignalUse] = frozenset(SignalUse),
    tells_zeros: bool = True,
    sized: bool = True,
    applies: Callable[[Model, Talks], bool] = _always,
) -> Callable[[Callable[Concatenate[Outcome, P], Array]], Callable[Concatenate[Outcome, P], Array]]:
    """Register a function whose sign defines a regime: sweeps, thresholds and maps then follow it.

    The function takes an outcome over a batch of one axis and the number of a side (nothing else
    for `Sides.NOBODY`), and returns (B,) values, NaN where there is none. Take it out again with
    ``SIGNALS.unregister(name)``.

    Parameters
    ----------
    name : str
        How the signal is called in columns and records.
    subject, negative, positive : str
        The signal as the subject of a sentence, and what holds on either side of zero; `{who}`
        stands for the side.
    even, not_negative, not_positive : str, optional
        What holds at zero, and where it is never negative or never positive.
    sides : Sides
        Whether each side has one, only the first, or nobody.
    unit : str, optional
        That of the payoffs if not given.
    column, shown : str, optional
        Columns of a sweep that hold it and that are shown for it, with `{side}`.
    studies : set of SignalUse
        Where it is looked at: everywhere if not given.
    tells_zeros : bool
        Whether intervals in which it is zero are events.
    sized : bool
        Whether a value as small as rounding in the payoffs counts as zero.
    applies : function, optional
        Whether a model with its talks has the signal at all.

    Raises
    ------
    ModelError
        If the name is taken.

    Examples
    --------
    >>> @register_signal(
    ...     "reserves",
    ...     subject="what {who} has left of its reserves",
    ...     negative="{who} runs out of reserves",
    ...     positive="{who} has reserves left",
    ... )
    ... def reserves(outcome, side):
    ...     return 10.0 + outcome.selection.payoffs[..., side]
    >>> SIGNALS.unregister("reserves")  # this is no more than an example
    """
    own = name if sides is Sides.NOBODY else f"{name}_{{side}}"
    words = {"subject": subject, "negative": negative, "positive": positive}
    for word, given in words.items():
        if not isinstance(given, str):
            raise ModelError(f"signal '{name}': {word} is {brief(given)}; expected a phrase")

    def register(
        function: Callable[Concatenate[Outcome, P], Array],
    ) -> Callable[Concatenate[Outcome, P], Array]:
        SIGNALS.enter(
            Declaration(
                kind="signal",
                name=name,
                function=function,
                about=subject.replace("{who}", "a side"),
                unit=unit or "",
                check=_values,
                arguments=("outcome",) if sides is Sides.NOBODY else ("outcome", "side"),
                phrases=Phrases(subject, negative, positive, even, not_negative, not_positive),
                sides=sides,
                column=own if column is None else column,
                shown=shown,
                studies=frozenset(studies),
                tells_zeros=tells_zeros,
                sized=sized,
                applies=applies,
            )
        )
        return function

    return register


def signals_of(model: Model, study: SignalUse, talks: Talks | None = None) -> list[Signal]:
    """Return the signals of a model's talks that a study looks at; none without talks."""
    talks = model.ask("talks") if talks is None else talks
    if talks is None:
        return []
    found = [
        signal
        for each in SIGNALS.values()
        if isinstance(each, Declaration) and study in each.studies and each.applies(model, talks)
        for signal in each.of(model, talks)
    ]
    if study is SignalUse.THRESHOLD:
        found += _concepts(model, talks)
    return found


# --- signals of the talks -------------------------------------------------------------------------


@register_signal(
    LOSS,
    subject="the no-deal payoff of {who} against the status quo",
    negative="{who} loses without a deal",
    positive="{who} gains without a deal",
    even="{who} breaks even without a deal",
    not_negative="{who} never loses without a deal",
    not_positive="{who} never gains without a deal",
    column="gain_{side}",
)
def _gain(outcome: Outcome, side: int) -> Array:
    assert outcome.leverage is not None
    return -outcome.leverage.loss[..., side]


@register_signal(
    CONCESSION,
    subject="the net concession of {who} (Delta, and with it NCL)",
    negative="{who} pays",
    positive="{who} is paid",
    even="{who} neither pays nor is paid",
    not_negative="{who} never pays",
    not_positive="{who} is never paid",
    column="delta_{side}",
    studies=frozenset({SignalUse.THRESHOLD, SignalUse.MAP}),
    tells_zeros=False,
)
def _concession(outcome: Outcome, side: int) -> Array:
    assert outcome.leverage is not None
    return outcome.concession.delta[..., side]


@register_signal(
    NCL,
    subject="the net concession leverage (NCL) of {who}",
    negative="{who} pays for the deal",
    positive="{who} is paid",
    even="nobody pays {who} and {who} pays nobody",
    not_negative="{who} never pays for the deal",
    not_positive="{who} is never paid",
    sides=Sides.FIRST,
    column="delta_{side}",
    shown="ncl_{side}",
    studies=frozenset({SignalUse.SWEEP}),
)
def _leverage(outcome: Outcome, side: int) -> Array:
    # In money, which says what is rounding.
    assert outcome.leverage is not None
    told = outcome.concession
    return np.where(np.isfinite(told.ncl[..., side]), told.delta[..., side], np.nan)


@register_signal(
    WALK_OUT,
    subject="what {who} gains by walking out instead of staying in the talks",
    negative="{who}'s walk-out is not credible",
    positive="{who}'s walk-out is credible",
    even="{who} gets as much by walking out as by staying",
    not_negative="{who} never gets less by walking out",
    not_positive="{who}'s walk-out is never credible",
    column="walkout_{side}",
    studies=frozenset({SignalUse.SWEEP, SignalUse.THRESHOLD, SignalUse.MAP}),
    tells_zeros=False,
)
def _walk_out(outcome: Outcome, side: int) -> Array:
    assert outcome.leverage is not None
    return outcome.leverage.credibility.margin[..., side]


def _has_dispute(model: Model, talks: Talks) -> bool:
    del model
    return talks.inside is not None


def _has_harshest(model: Model, talks: Talks) -> bool:
    return talks.inside is not None and bool(model.harshest) and bool(model.softest)


@register_signal(
    BREAK_OFF,
    subject="what {who} gains where talks break down, over the dispute while it lasts",
    negative="{who} would rather stay in the dispute than see talks break down",
    positive="{who} would rather see talks break down than stay in the dispute",
    even="{who} gets as much from a breakdown as from the dispute",
    not_negative="{who} never loses by a breakdown against the dispute",
    not_positive="{who} never gains by a breakdown against the dispute",
    column="break_off_{side}",
    studies=frozenset({SignalUse.SWEEP, SignalUse.THRESHOLD}),
    tells_zeros=False,
    applies=_has_dispute,
)
def _break_off(outcome: Outcome, side: int) -> Array:
    return breaks_off(outcome, side)


@register_signal(
    YIELDS,
    subject="what {who} gains by giving way when the other escalates",
    negative="{who} does not give way when the other escalates",
    positive="{who} gives way when the other escalates",
    even="{who} gains nothing by giving way when the other escalates",
    not_negative="{who} always gives way when the other escalates",
    not_positive="{who} never gives way when the other escalates",
    column="yields_{side}",
    studies=frozenset({SignalUse.SWEEP, SignalUse.THRESHOLD}),
    tells_zeros=False,
    applies=_has_harshest,
)
def _gives_way(outcome: Outcome, side: int) -> Array:
    found = yields(outcome, side)
    return np.full(outcome.status.shape, np.nan) if found is None else found


@register_signal(
    SURPLUS,
    subject="the gain that both sides can have from a deal",
    negative="there is no deal",
    positive="there is a deal",
    even="a deal has nothing to share",
    not_negative="the gain that both sides can have is never negative",
    not_positive="there is never a deal",
    sides=Sides.NOBODY,
    column="",
    studies=frozenset({SignalUse.THRESHOLD, SignalUse.MAP}),
    tells_zeros=False,
    sized=False,
)
def _surplus(outcome: Outcome) -> Array:
    """The largest gain that both sides can have at once, negative where there is none.

    Its size is that of the equal gains on the frontier from the disagreement point, whichever side
    of the frontier that is on; its sign is that of the solved talks.
    """
    assert outcome.talks is not None
    agreement = outcome.agreement
    status, disagreed = agreement.status, agreement.disagreement
    size = _equal_gains(outcome.talks, disagreed)
    agreed = status == AgreementStatus.AGREED.value
    # The sign is the solver's, so that nothing here contradicts it. But the solver calls gains no
    # larger than rounding no surplus; where the size is as small as that it stays as it is, so that
    # it passes through zero where it does.
    signed = np.where(agreed, np.maximum(size, 0.0), np.minimum(size, 0.0))
    least = np.where(agreed, np.finfo(float).tiny, -np.finfo(float).tiny)
    signed = np.where(signed == 0.0, least, signed)
    payoffs = np.abs(outcome.game.payoffs)
    largest = np.where(np.isfinite(payoffs), payoffs, 0.0).max(
        axis=tuple(range(-len(outcome.game.players) - 1, 0))
    )
    curved = not isinstance(outcome.talks.agreement, AgreementSet)
    rounding = np.abs(size) <= 2.0 * ZERO_LOSS * np.maximum(largest, np.abs(disagreed).max(axis=-1))
    signed = np.where(rounding & (not curved), size, signed)
    return np.where(status == AgreementStatus.UNKNOWN.value, np.nan, signed)


def _equal_gains(talks: Talks, disagreement: Array) -> Array:
    """Equal gains (..., ) that lead from the disagreement point to the frontier; may be negative.

    Zero where the agreement set is not made of line pieces.
    """
    pieces = talks.agreement
    if not isinstance(pieces, AgreementSet):
        return np.zeros(disagreement.shape[:-1])
    start = pieces.start - disagreement[..., None, :]
    direction = np.broadcast_to(pieces.direction, start.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (start[..., 1] - start[..., 0]) / (direction[..., 0] - direction[..., 1])
        t = np.where(np.isfinite(t), t, 0.0)
        t = np.clip(t, pieces.low, pieces.high)
        gains = start + t[..., None] * direction
    return np.asarray(gains.min(axis=-1).max(axis=-1))


def _concepts(model: Model, talks: Talks) -> Iterator[Signal]:
    """Give the smallest and the largest net concession over concepts: two signals, one question."""
    for which, name in enumerate(("smallest", "largest")):
        yield Signal(
            CONCEPTS,
            talks.players[0],
            SignalKind.SELECTED,
            _concept,
            (which,),
            type(model).payoff_unit,
            Phrases(
                f"the {name} net concession of {model.named(talks.players[0])} over the concepts",
                "the concepts disagree on who pays",
                "the concepts agree on who pays",
            ),
        )


def _concept(outcome: Outcome, which: int) -> Array:
    assert outcome.leverage is not None
    return outcome.leverage.spread("delta")[which][..., 0]


def concepts_disagree(low: float, high: float) -> bool:
    """Whether the smallest and the largest net concession over concepts differ in sign."""
    zero = ZERO_LOSS * max(abs(low), abs(high))
    return low < -zero and high > zero


# --- signals of the game --------------------------------------------------------------------------


def replies(model: Model) -> list[Signal]:
    """For every player, what the others may do and own action: by how much it is the best reply."""
    players, actions = type(model).players, type(model).actions
    sizes = [len(each) for each in actions]
    if sum(int(np.prod(sizes)) for size in sizes if size > 1) > MOST_REPLIES:
        return []
    found: list[Signal] = []
    for p, player in enumerate(players):
        if sizes[p] < 2:
            continue
        who = model.named(player)
        rest = [q for q in range(len(players)) if q != p]
        for cell in product(*(range(sizes[q]) for q in rest)):
            told = "/".join(actions[q][k] for q, k in zip(rest, cell, strict=True))
            for i, action in enumerate(actions[p]):
                words = Phrases(
                    f"the lead of {action} as the answer of {who} to {told}",
                    f"{who} would not answer {told} with {action}",
                    f"{who} would answer {told} with {action}",
                )
                unit = type(model).payoff_unit
                place = (p, cell, i)
                found.append(Signal(REPLY, player, SignalKind.PAYOFFS, _lead, place, unit, words))
    return found


def _lead(outcome: Outcome, p: int, cell: tuple[int, ...], i: int) -> Array:
    game = outcome.game
    # Own actions last, so that what the others do picks the rest.
    own = np.moveaxis(game.payoffs, -len(game.players) + p, -1)
    index: tuple[Any, ...] = (..., p, *cell, slice(None))
    line = own[index]
    return np.asarray(line[..., i] - np.delete(line, i, axis=-1).max(axis=-1))


def equilibrium(support: str) -> Signal:
    """How far a support is from ceasing to be an equilibrium, or from becoming one."""
    return Signal(
        EQUILIBRIUM,
        "",
        SignalKind.MARGIN,
        _of_support,
        (support,),
        "share of the payoff range",
        Phrases(
            f"the margin of {support}",
            f"{support} is not an equilibrium",
            f"{support} is an equilibrium",
        ),
    )


def _of_support(outcome: Outcome, support: str) -> Array:
    return margin(outcome.game, support)


def margin(game: Game, support: str) -> Array:
    """Slack of a support, payoffs of each player scaled to [0, 1]; NaN where payoffs are not known.

    With more than two players NaN for mixtures.
    """
    places = indices(game, support)
    axes = tuple(range(len(game.batch_shape), game.payoffs.ndim))
    known = np.isfinite(game.payoffs).all(axis=axes)
    values = np.full(known.shape, np.nan)
    if known.any():
        some = Game(game.players, game.actions, game.payoffs[known])
        if len(game.players) == 2:
            values[known] = support_margin(some, (places[0], places[1]))
        elif all(len(each) == 1 for each in places):
            values[known] = _pure_margin(some, [each[0] for each in places])
    return values


def _pure_margin(game: Game, cell: list[int]) -> Array:
    """Smallest loss from a deviation from a pure profile, payoffs of each player scaled."""
    slack = np.full(game.batch_shape, np.inf)
    for p, k in enumerate(cell):
        if len(game.actions[p]) > 1:
            index: tuple[Any, ...] = (..., p, *cell[:p], slice(None), *cell[p + 1 :])
            line = game.scaled[index]
            slack = np.minimum(slack, line[..., k] - np.delete(line, k, axis=-1).max(axis=-1))
    return slack
