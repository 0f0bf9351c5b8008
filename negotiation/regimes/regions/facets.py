"""What makes a regime, facet by facet, at points of a plane of two parameters."""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np
from numpy.typing import NDArray

from negotiation.case import DISPUTE, Case
from negotiation.games.game import Array, Game
from negotiation.model import Model
from negotiation.outcome import Outcome, Status, evaluate
from negotiation.regimes.regions.breaks import Rows
from negotiation.regimes.regions.plane import Plane
from negotiation.regimes.signal import (
    CONCESSION,
    LOSS,
    SURPLUS,
    WALK_OUT,
    Signal,
    SignalUse,
    margin,
    signals_of,
)
from negotiation.tolerances import SAME_PROFILE, ZERO_LOSS

Codes = NDArray[np.int64]

#: A facet that says nothing, because another does: there is no deal, or nothing is certified.
NONE: Final = -9

#: Points evaluated together.
_CHUNK = 256

#: Slack of the selected equilibrium, scaled payoffs, below which a point is on its boundary: there
#: games are degenerate, or an action's probability too small to count.
_ON_BOUNDARY = 10.0 * SAME_PROFILE


@dataclasses.dataclass(frozen=True)
class Facet:
    """One of the things that make a regime.

    Attributes
    ----------
    kind : str
        `status`, `equilibrium`, `deal`, `pays`, `loss`, `walkout` or the name of a registered
        signal.
    player : str
        Whose signal it is; the first side for `pays`.
    signal : Signal, optional
        Whose sign it is; None for the status and the equilibrium.
    sign : float
        Of a loss -1: what is positive is the loss, and not the gain.
    """

    kind: str
    player: str = ""
    signal: Signal | None = None
    sign: float = 1.0

    @property
    def name(self) -> str:
        """What the facet is called in records."""
        whose = self.signal is not None and self.kind not in ("pays", "deal") and self.player
        return f"{self.kind} of {self.player}" if whose else self.kind

    @property
    def signed(self) -> bool:
        """Whether it has three states: negative, as good as zero, and positive."""
        return self.signal is not None and self.kind not in ("deal", "walkout")


@dataclasses.dataclass(frozen=True, eq=False)
class Legend:
    """What the codes of a map stand for.

    Attributes
    ----------
    model : type of Model
    facets : tuple of Facet
    supports : tuple of str
    statuses : tuple of Status
        The certified one is the first.
    """

    model: type[Model]
    facets: tuple[Facet, ...]
    supports: tuple[str, ...]
    statuses: tuple[Status, ...]


class ModelFacets:
    """The facets of a model's regimes over a plane; everything looked at is kept, row by row.

    Attributes
    ----------
    facets : list of Facet
    supports, statuses : list of str
        What the codes of the equilibrium and of the status stand for; the certified status is 0.
    size : int
        Rows so far.
    """

    def __init__(self, case: Case, plane: Plane) -> None:
        self.case, self.model, self.plane = case, case.model, plane
        self.facets: list[Facet] = []
        self.supports: list[str] = []
        self.statuses: list[str] = [Status.CERTIFIED.value]
        self.size = 0
        self.last: Outcome | None = None
        self._money = 1.0
        self._stored: dict[str, NDArray[np.generic]] = {}

    def legend(self) -> Legend:
        """Say what the codes stand for, so far."""
        statuses = tuple(map(Status, self.statuses))
        return Legend(type(self.model), tuple(self.facets), tuple(self.supports), statuses)

    # --- looking --------------------------------------------------------------------------------

    def look(self, points: Array) -> Rows:
        """Evaluate points (K, 2), in cells of the grid; return their rows."""
        first = self.size
        for start in range(0, len(points), _CHUNK):
            values = self.plane.values(points[start : start + _CHUNK])
            x, y = self.plane.names
            cloud = self.model.at_values({x: values[:, 0].copy(), y: values[:, 1].copy()})
            self._record(evaluate(self.case.at(cloud)), len(values))
        return np.arange(first, self.size)

    def _record(self, outcome: Outcome, count: int) -> None:
        game = outcome.game
        payoffs = np.broadcast_to(
            game.payoffs, (count, *game.payoffs.shape[len(game.batch_shape) :])
        )
        if not self.facets:
            self._begin(outcome, payoffs)
        self.last = outcome
        values = self._values(outcome, count)
        codes = self._codes(outcome, values, count)
        for name, part in (("payoffs", payoffs), ("values", values), ("codes", codes)):
            kept = self._stored.get(name)
            if kept is None or self.size + count > len(kept):
                room = np.empty((2 * (self.size + count), *part.shape[1:]), dtype=part.dtype)
                if kept is not None:
                    room[: self.size] = kept[: self.size]
                kept = self._stored[name] = room
            kept[self.size : self.size + count] = part
        self.size += count

    def _begin(self, outcome: Outcome, payoffs: Array) -> None:
        self.facets = [Facet("status"), Facet("equilibrium")]
        self._money = float(np.abs(payoffs[np.isfinite(payoffs)]).max(initial=0.0)) or 1.0
        if outcome.leverage is None:
            return
        by_name: dict[str, list[Signal]] = {}
        for signal in signals_of(self.model, SignalUse.MAP):
            by_name.setdefault(signal.name, []).append(signal)
        self.facets += [Facet("deal", "", each) for each in by_name.pop(SURPLUS, [])]
        self.facets += [Facet("pays", each.side, each) for each in by_name.pop(CONCESSION, [])[:1]]
        self.facets += [Facet("loss", each.side, each, -1.0) for each in by_name.pop(LOSS, [])]
        walks = [Facet("walkout", each.side, each) for each in by_name.pop(WALK_OUT, [])]
        if self.case.threat == DISPUTE:
            self.facets += walks
        self.facets += [
            Facet(each.name, each.side, each) for some in by_name.values() for each in some
        ]

    def _values(self, outcome: Outcome, count: int) -> Array:
        """(K, C) the signal of each facet; NaN for one that is no signal."""
        values = np.full((count, len(self.facets)), np.nan)
        for f, facet in enumerate(self.facets):
            if facet.signal is not None:
                values[:, f] = facet.sign * facet.signal.value(outcome)
        return values

    def _codes(self, outcome: Outcome, values: Array, count: int) -> Codes:
        codes = np.empty((count, len(self.facets)), dtype=np.int64)
        codes[:, 0] = _interned(np.broadcast_to(outcome.status, (count,)), self.statuses)
        support = np.broadcast_to(outcome.selection.support, (count,))
        codes[:, 1] = _interned(support, self.supports)
        pays = next((f for f, facet in enumerate(self.facets) if facet.kind == "pays"), None)
        deal = np.zeros(count, dtype=bool) if pays is None else np.isfinite(values[:, pays])
        zero = ZERO_LOSS * self._money
        for f, facet in enumerate(self.facets):
            if facet.kind == "deal":
                codes[:, f] = deal
            elif facet.signal is not None:
                value = values[:, f]
                with np.errstate(invalid="ignore"):
                    sign = np.where(np.abs(value) > zero, np.sign(value), 0.0)
                    sign = np.where(np.isfinite(value), sign, NONE)
                    if facet.kind == "walkout":
                        sign = np.where(np.isfinite(value) & deal, value > zero, NONE)
                codes[:, f] = sign.astype(np.int64)
        # What is not certified is a regime of its own, whatever else might be said of it.
        codes[codes[:, 0] != 0, 1:] = NONE
        return codes

    # --- what the tracing asks ------------------------------------------------------------------

    def states(self, rows: Rows) -> Codes:
        """(K, C) codes by facet; signs have 0 where as good as zero."""
        return np.asarray(self._stored["codes"][rows], dtype=np.int64)

    def settled(self, rows: Rows, low: Codes, high: Codes) -> Codes:
        """(K, C) codes between two points with codes low and high.

        Between a plus and a minus zero is no state of its own: the sign decides to the last bit.
        """
        states = self.states(rows)
        values = self._read("values", rows)
        for f, facet in enumerate(self.facets):
            value = values[:, f]
            if facet.kind == "walkout":
                small = (states[:, f] == 0) & (value > 0.0) & (low[:, f] != high[:, f])
                states[small, f] = 1
            if not facet.signed:
                continue
            between = (states[:, f] == 0) & (low[:, f] != 0) & (high[:, f] != 0)
            sign = np.sign(np.nan_to_num(value)).astype(np.int64)
            sign = np.where(sign == 0, high[:, f], sign)
            sign = np.where(low[:, f] == high[:, f], low[:, f], sign)
            states[:, f] = np.where(between, sign, states[:, f])
        return states

    def slack(self, rows: Rows, facet: Codes, state: Codes) -> Array:
        """(K,) what is positive where a facet is in a state and zero at its end; NaN: unknown."""
        slack = np.full(len(rows), np.nan)
        values = self._read("values", rows)
        for f in np.unique(facet):
            kind = self.facets[f].kind
            here = facet == f
            if kind == "equilibrium":
                for code in np.unique(state[here]):
                    some = np.flatnonzero(here & (state == code))
                    slack[some] = self._margin(rows[some], int(code))
            elif self.facets[f].signed:
                sign = np.where(np.abs(state[here]) == 1, state[here], np.nan)
                slack[here] = sign * values[here, f]
            elif kind in ("walkout", "deal"):
                sign = np.where(state[here] == NONE, np.nan, np.where(state[here] == 1, 1.0, -1.0))
                slack[here] = sign * values[here, f]
        return slack

    def _margin(self, rows: Rows, code: int) -> Array:
        """Slack of a support, by its code, in the games of some rows."""
        if code == NONE or not self.supports[code] or len(self.model.players) != 2:
            return np.full(len(rows), np.nan)
        game = Game(self.model.players, self.model.actions, self._read("payoffs", rows))
        return margin(game, self.supports[code])

    def close(self, slack: Array, facet: Codes) -> NDArray[np.bool_]:
        """(K,) whether a slack is so small that its sign says more than the state."""
        equilibrium = np.array([each.kind == "equilibrium" for each in self.facets])
        with np.errstate(invalid="ignore"):
            return np.asarray(equilibrium[facet] & (np.abs(slack) <= _ON_BOUNDARY))

    def tied(self, rows: Rows) -> NDArray[np.bool_]:
        """(K,) whether a point lies on a boundary, so that its state says little."""
        states = self.states(rows)
        tied = np.zeros(len(rows), dtype=bool)
        for f, facet in enumerate(self.facets):
            if facet.signed:
                tied |= states[:, f] == 0
            elif facet.kind == "status":
                tied |= states[:, f] != 0
            elif facet.kind == "equilibrium":
                slack = self.slack(rows, np.full(len(rows), f), states[:, f])
                with np.errstate(invalid="ignore"):
                    tied |= np.abs(slack) <= _ON_BOUNDARY
        return tied

    def scale(self, facet: int) -> float:
        """Size of a facet's slack: one for scaled payoffs, the largest payoff for money."""
        return 1.0 if self.facets[facet].signal is None else self._money

    def _read(self, name: str, rows: Rows) -> Array:
        return np.asarray(self._stored[name][rows], dtype=float)


def _interned(words: NDArray[np.str_], known: list[str]) -> Codes:
    """Places of words in a list that grows with them."""
    unique, inverse = np.unique(words, return_inverse=True)
    for word in unique.tolist():
        if word not in known:
            known.append(word)
    places = np.array([known.index(word) for word in unique.tolist()], dtype=np.int64)
    return np.asarray(places[inverse.reshape(-1)])
