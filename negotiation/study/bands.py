"""`Bands`: what is shown of a case at many draws, by regime: ranges, frequencies, probabilities."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from negotiation.case import DISPUTE, STATUS_QUO, own_threat
from negotiation.coded import Coded
from negotiation.errors import ParameterError, ResultError, nearest
from negotiation.games.game import Array
from negotiation.glossary import APART, OF_THREAT
from negotiation.outcome.columns import Column, column_name
from negotiation.regimes.signal import Signal, SignalUse, signals_of
from negotiation.study.drawn import Drawn
from negotiation.tolerances import FEW_DRAWS, RARE_REGIME, ZERO_LOSS

#: What a range reaches from and to, and what lies between: shares of the draws.
LEVELS: Final = (0.05, 0.5, 0.95)


class Shown(StrEnum):
    """How much of a range is shown, and why not all of it."""

    RANGE = ""
    MEDIAN = f"fewer than {FEW_DRAWS} draws: no more than the median is shown"
    RARE = f"fewer than {100 * RARE_REGIME:g} in 100 draws: no more than the frequency is shown"
    NONE = "no draw has this number"


@dataclasses.dataclass(frozen=True)
class DrawnRegime:
    """What happens where talks break down: actions in use, and which walk-outs bind.

    Attributes
    ----------
    label : str
    support : str
        Of the selected equilibrium, such as `retaliate/escalate`.
    walkouts : tuple of str
        Players whose walk-out binds. It can where the dispute itself is the threat point; under
        any other it is an event, and moves no deal.
    """

    label: str
    support: str
    walkouts: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, eq=False)
class Band:
    """A number over the draws, at every point: its median and the range from 5 to 95 %.

    Attributes
    ----------
    low, middle, high : (K,) array
        Quantiles; NaN where they are not shown.
    draws : (K,) array of int
        How many draws they rest on.
    shown : (K,) array of str
        `Shown` values.
    unit : str
    """

    low: Array
    middle: Array
    high: Array
    draws: NDArray[np.int64]
    shown: NDArray[np.str_]
    unit: str


@dataclasses.dataclass(frozen=True, eq=False)
class Probability:
    """Shares of the counted draws, at every point.

    Attributes
    ----------
    value : (K,) array
        In which the signal is positive.
    opposite : (K,) array
        In which it is negative. What is missing to one is in neither: it is zero, or not defined.
    error : (K,) array
        Standard error of `value` if draws were independent; other designs have smaller ones.
    draws : (K,) array of int
        Draws that are counted.
    """

    value: Array
    opposite: Array
    error: Array
    draws: NDArray[np.int64]

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.array(self.value, dtype=dtype)


@dataclasses.dataclass(frozen=True, eq=False)
class EventOdds:
    """A signal and how often it has which sign.

    Attributes
    ----------
    signal : Signal
        With the words on what holds on either side of zero.
    probability : Probability
    """

    signal: Signal
    probability: Probability


@dataclasses.dataclass(frozen=True, eq=False)
class Bands:
    """A case at its draws, as it is shown; made by `Bands.of`.

    Numbers that depend on the selected equilibrium have no range over several regimes: a regime
    has its own, and its frequency.

    Attributes
    ----------
    drawn : Drawn
    columns : mapping of str to Column
        Values (K, D).
    regimes : tuple of DrawnRegime
        Over all points together, the most frequent first.
    index : (K, D) array of int
        Which of them each draw is in; -1 for draws that are not counted.
    """

    drawn: Drawn
    columns: Mapping[str, Column]
    regimes: tuple[DrawnRegime, ...]
    index: NDArray[np.int64]
    _pools: frozenset[str]

    @classmethod
    def of(cls, drawn: Drawn, columns: Iterable[str] | None = None) -> Bands:
        """Find the regimes of every draw at every point.

        Parameters
        ----------
        columns : iterable of str, optional
            Those to keep; all if not given.

        Raises
        ------
        ParameterError
            For a column that there is not.
        """
        kept = _kept(drawn.columns, columns)
        players = drawn.case.model.players
        walkouts = []
        if drawn.case.threat == DISPUTE:
            walkouts = [
                (player, np.asarray(drawn.columns[f"walkout_{player}"].values) > 0.0)
                for player in players
                if f"walkout_{player}" in drawn.columns
            ]
        counted = drawn.certified & _finite(drawn.columns, players)
        regimes, index = _regimes(drawn.columns["equilibrium"], walkouts, counted)
        return cls(drawn, kept, regimes, index, _pooled(drawn))

    @cached_property
    def beside(self) -> Bands | None:
        """The breakdown where political costs are those that today reveals; None without any."""
        found = self.drawn.beside
        if not found:
            return None
        counted = self.drawn.certified & _finite(found, self.drawn.case.model.players)
        regimes, index = _regimes(found["equilibrium"], [], counted)
        return Bands(self.drawn, found, regimes, index, frozenset())

    @cached_property
    def counted(self) -> NDArray[np.int64]:
        """(K,) draws that are certified and finite; no other enters anything."""
        return np.asarray((self.index >= 0).sum(axis=1))

    @property
    def draws(self) -> int:
        """Draws in all."""
        return int(self.index.shape[1])

    @cached_property
    def count(self) -> NDArray[np.int64]:
        """(K, R) counted draws in each regime."""
        return (
            np.stack([(self.index == r).sum(axis=1) for r in range(len(self.regimes))], axis=1)
            if self.regimes
            else np.zeros((len(self.index), 0), dtype=np.int64)
        )

    @cached_property
    def share(self) -> Array:
        """(K, R) share of the counted draws in each regime; NaN where none is counted."""
        return _ratio(self.count, self.counted[:, None])

    @cached_property
    def rare(self) -> NDArray[np.bool_]:
        """(K, R) whether so few draws are in a regime that it is put together with others."""
        return np.asarray(~(self.share >= RARE_REGIME))

    @cached_property
    def other(self) -> Array:
        """(K,) share of the counted draws in regimes that are rare at a point."""
        share = np.where(self.rare, np.nan_to_num(self.share), 0.0).sum(axis=1)
        return np.asarray(np.where(self.counted > 0, share, np.nan))

    def pooled(self, name: str) -> bool:
        """Whether a column is the same whichever equilibrium is selected.

        Raises
        ------
        ParameterError
            If there is no such column.
        """
        self.values(name)
        return column_name(name) in self._pools

    def values(self, name: str) -> NDArray[Any]:
        """(K, D) values of a column, draws that are not counted included.

        Raises
        ------
        ParameterError
            If there is no such column.
        """
        return np.asarray(self._column(name).values)

    def _column(self, name: str) -> Column:
        key = column_name(name)
        if key not in self.columns:
            raise ParameterError(
                f"'{name}' is not a column of these draws{nearest(key, self.columns)}; "
                "'negotiation columns' lists what columns mean"
            )
        return self.columns[key]

    def band(self, name: str, regime: int | None = None) -> Band:
        """Return the median and the range of a column, at every point.

        Parameters
        ----------
        name : str
        regime : int, optional
            Position in `regimes`. Without one, a column that depends on the regime has a range
            only at points where one regime has more than 95 in 100 draws, and it is that of these.

        Raises
        ------
        ParameterError
            If there is no such column, or it holds words.
        ResultError
            If a point has several regimes, and none is given.
        """
        column = self._column(name)
        values = np.asarray(column.values)
        if values.dtype.kind not in "fiub":
            raise ParameterError(f"column {name} holds words, which have no range")
        return self._band(values, column.unit, self.pooled(name), regime, name)

    def difference(self, name: str, other: str | Bands, regime: int | None = None) -> Band:
        """Return the range of a difference that is taken draw by draw: medians do not subtract.

        Parameters
        ----------
        name : str
            The column to subtract from.
        other : str or Bands
            The column that is subtracted, or the same column of the same draws at other points;
            draws are then counted where they are in both, in the regimes that they have here.
        regime : int, optional
            As for `band`.

        Raises
        ------
        ParameterError, ResultError
            As `band`, or if the draws are not the same.
        """
        one = self._column(name)
        if isinstance(other, str):
            two, pooled = self._column(other), self.pooled(name) and self.pooled(other)
            return self._band(draw_by_draw(one.values, two.values), one.unit, pooled, regime, name)
        if other.draws != self.draws or not np.array_equal(
            other.drawn.draws.design, self.drawn.draws.design
        ):
            raise ParameterError(
                f"the difference of {name} is between draws that are not the same; take both with "
                "the same number of draws, seed, design and priors"
            )
        both = np.where(other.index >= 0, np.asarray(other.values(name), dtype=float), np.nan)
        pooled = self.pooled(name) and other.pooled(name)
        return self._band(draw_by_draw(one.values, both), one.unit, pooled, regime, name)

    def _band(
        self, values: NDArray[Any], unit: str, pooled: bool, regime: int | None, name: str
    ) -> Band:
        taken = self._taken(pooled, regime, name)
        numbers = np.where(taken, np.asarray(values, dtype=float), np.nan)
        rare = np.zeros(len(numbers), dtype=bool) if regime is None else self.rare[:, regime]
        return summarised(numbers, rare, unit)

    def _taken(self, pooled: bool, regime: int | None, name: str) -> NDArray[np.bool_]:
        """(K, D) draws that a range is over."""
        if regime is not None:
            if not 0 <= regime < len(self.regimes):
                raise ParameterError(
                    f"regime {regime} was asked for; there are {len(self.regimes)}, from 0"
                )
            return np.asarray(self.index == regime)
        if pooled or not self.regimes:
            return np.asarray(self.index >= 0)
        most = np.nan_to_num(self.share).max(axis=1)
        if (mixed := np.flatnonzero((most <= 1.0 - RARE_REGIME) & (self.counted > 0))).size:
            raise ResultError(
                f"{name} depends on the regime, and draws at point {int(mixed[0])} are in several: "
                "a range over all of them means nothing; ask for one of the regimes"
            )
        return np.asarray(self.index == self.share.argmax(axis=1)[:, None])

    def shown(self, point: int = 0) -> Iterator[int]:
        """Give the regimes at a point that are not rare there, the most frequent first."""
        order = np.argsort(-np.nan_to_num(self.share[point]), kind="stable")
        yield from (int(r) for r in order if not self.rare[point, r])

    def probability(self, signal: Signal | str) -> Probability:
        """Return how often a signal has which sign, over the draws of all regimes.

        A value as small as rounding has none.

        Parameters
        ----------
        signal : Signal or str
            Or the name of a column.
        """
        name = signal if isinstance(signal, str) else signal.column
        sized = isinstance(signal, str) or signal.sized
        values = np.asarray(self.values(name), dtype=float)
        zero = ZERO_LOSS * self._size if sized else np.zeros_like(values)
        there = (self.index >= 0) & np.isfinite(values)
        n = self.counted
        up = _ratio((there & (values > zero)).sum(axis=1), n)
        down = _ratio((there & (values < -zero)).sum(axis=1), n)
        with np.errstate(invalid="ignore"):
            error = np.sqrt(up * (1.0 - up) / np.where(n > 0, n, 1))
        return Probability(up, down, error, n)

    @cached_property
    def _size(self) -> Array:
        """(K, D) the largest payoff of a draw, against which rounding is judged."""
        every = {**self.drawn.columns, **self.columns}
        names = [
            f"{kind}_{player}"
            for kind in ("payoff", "inside", "gain")
            for player in self.drawn.case.model.players
        ]
        sizes = [np.abs(every[name].values) for name in names if name in every]
        return np.asarray(np.nanmax(np.stack([*sizes, np.zeros(self.index.shape)]), axis=0))

    def events(self) -> list[EventOdds]:
        """Return every signal that a sweep looks at with how often it has which sign."""
        return [
            EventOdds(signal, self.probability(signal))
            for signal in signals_of(self.drawn.case.model, SignalUse.SWEEP)
            if signal.column in self.columns
        ]


def draw_by_draw(one: Any, other: Any) -> Array:
    """(K, D) one less the other in the same draw; a point of the one may stand for many."""
    return np.asarray(np.asarray(one, dtype=float) - np.asarray(other, dtype=float))


def quantiles(values: Array, levels: tuple[float, ...] = LEVELS) -> Array:
    """(L, K) quantiles of the rows of (K, D) values, NaN left out.

    Definition 8 of Hyndman and Fan (1996), which numpy calls `median_unbiased`: whatever the
    distribution, its estimates lie above the quantile nearly as often as below.
    """
    ranked = np.sort(np.asarray(values, dtype=float), axis=1)  # NaN last
    n = np.isfinite(ranked).sum(axis=1)
    if not ranked.shape[1]:
        return np.full((len(levels), len(ranked)), np.nan)
    found = []
    for level in levels:
        place = np.clip(level * n + (level + 1.0) / 3.0 - 1.0, 0.0, np.maximum(n - 1, 0))
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(n - 1, 0))
        rows = np.arange(len(ranked))
        low, high = ranked[rows, below], ranked[rows, above]
        found.append(low + (place - below) * (high - low))
    return np.stack(found)


def summarised(numbers: Array, rare: NDArray[np.bool_], unit: str) -> Band:
    """Return the median and the range of the rows of (K, D) numbers; no range where `rare`."""
    n = np.isfinite(numbers).sum(axis=1)
    low, middle, high = quantiles(np.where(np.isfinite(numbers), numbers, np.nan))
    shown = np.select(
        [n == 0, rare, n < FEW_DRAWS],
        [Shown.NONE.value, Shown.RARE.value, Shown.MEDIAN.value],
        default=Shown.RANGE.value,
    )
    whole = shown == Shown.RANGE.value
    return Band(
        np.where(whole, low, np.nan),
        np.where(whole | (shown == Shown.MEDIAN.value), middle, np.nan),
        np.where(whole, high, np.nan),
        n,
        shown,
        unit,
    )


def _ratio(count: NDArray[Any], of: NDArray[Any]) -> Array:
    return np.asarray(np.where(of > 0, count / np.maximum(of, 1), np.nan))


def _kept(columns: Mapping[str, Column], wanted: Iterable[str] | None) -> Mapping[str, Column]:
    if wanted is None:
        return columns
    found = {}
    for name in wanted:
        key = column_name(name)
        if key not in columns:
            raise ParameterError(
                f"'{name}' is not a column of these draws{nearest(key, columns)}; "
                "'negotiation columns' lists what columns mean"
            )
        found[key] = columns[key]
    return found


def _finite(columns: Mapping[str, Column], players: Iterable[str]) -> NDArray[np.bool_]:
    """(K, D) whether the payoffs of all players are known."""
    known = [np.isfinite(columns[f"payoff_{player}"].values) for player in players]
    return np.asarray(np.logical_and.reduce(known))


def _regimes(
    support: Column,
    walkouts: list[tuple[str, NDArray[np.bool_]]],
    counted: NDArray[np.bool_],
) -> tuple[tuple[DrawnRegime, ...], NDArray[np.int64]]:
    """Regimes by frequency over all points, and (K, D) which each draw is in."""
    coded = support.words or Coded.of(np.asarray(support.values))
    words, code = coded.words, np.broadcast_to(coded.codes, counted.shape)[counted].astype(np.int64)
    for _, binds in walkouts:
        code = 2 * code + binds[counted]
    kinds, where, often = np.unique(code, return_inverse=True, return_counts=True)
    order = np.argsort(-often, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    index = np.full(counted.shape, -1, dtype=np.int64)
    index[counted] = rank[where.reshape(-1)]
    found = []
    for kind in kinds[order].tolist():
        out = tuple(
            player for k, (player, _) in enumerate(walkouts) if kind >> (len(walkouts) - 1 - k) & 1
        )
        name = str(words[kind >> len(walkouts)])
        label = name if not out else f"{name}, walk-out of {' and '.join(out)}"
        found.append(DrawnRegime(label, name, out))
    return tuple(found), index


def _pooled(drawn: Drawn) -> frozenset[str]:
    """Columns that are the same whichever equilibrium is selected, as it is declared."""
    case, model = drawn.case, drawn.case.model
    apart = case.threat == STATUS_QUO or own_threat(model, case.threat)
    templates = APART | OF_THREAT if apart else APART
    found = {
        template.format(player=player, profile="")
        for template in templates
        for player in (model.players if "{player}" in template else ("",))
    }
    found |= {f"{column_name(name)}_inside" for name in model.headline}
    found |= {column_name(name) for name in model.own_effects}
    return frozenset(found)


__all__ = [
    "LEVELS",
    "Band",
    "Bands",
    "DrawnRegime",
    "EventOdds",
    "Probability",
    "Shown",
    "draw_by_draw",
    "quantiles",
]
