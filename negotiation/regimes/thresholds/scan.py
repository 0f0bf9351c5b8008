"""A model along one parameter: all that has been looked at so far."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation.case import Case, repeated
from negotiation.errors import ParameterError
from negotiation.games.game import Array, Game
from negotiation.model import Model
from negotiation.model.commands import command_about
from negotiation.outcome import POSTURE, STATUS_QUO, Outcome, Status, evaluate
from negotiation.outcome.columns import deviations
from negotiation.regimes.thresholds.watch import EQUILIBRIUM, Watch, equilibrium
from negotiation.shell import mention
from negotiation.tolerances import ZERO_LOSS

T = TypeVar("T", bound=np.generic)

#: Points evaluated together.
_CHUNK = 256

#: Where something can be said; elsewhere a watched function has no value.
_KNOWN = (Status.CERTIFIED.value, Status.PARTIAL.value)


@dataclasses.dataclass(eq=False)
class Scan:
    """A model along one parameter.

    Attributes
    ----------
    case : Case
        A point; everything else is fixed.
    name : str
        The parameter.
    low, high : float
        The range that is looked at.
    watches : list of Watch
        Supports of equilibria join it as they are seen.
    x : (N,) array
        Rising.
    values : (N, W) array
    labels : (N,) array of str
        The selected equilibrium and all of them, by their supports, and whether anything is known.
    status : (N,) array of str
    firmness : mapping of player to two (N,) arrays
        What its best move out of the equilibrium loses, and that move.
    payoffs : (N, P, A1, ..., AP) array
    """

    case: Case
    name: str
    low: float
    high: float
    watches: list[Watch] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.x: Array = np.empty(0)
        self.values: Array = np.empty((0, len(self.watches)))
        self.labels: NDArray[np.str_] = np.empty(0, dtype="<U1")
        self.status: NDArray[np.str_] = np.empty(0, dtype="<U1")
        self.payoffs: Array = np.empty(0)
        self.firmness: dict[str, tuple[Array, NDArray[np.str_]]] = {}
        self.supports: set[str] = set()

    @property
    def model(self) -> Model:
        """The point."""
        return self.case.model

    # --- looking --------------------------------------------------------------------------------

    @cached_property
    def width(self) -> float:
        """The range."""
        return self.high - self.low

    def outcome(self, x: Array) -> Outcome:
        """Outcome over a batch of one axis."""
        cloud = self.model.at_values({self.name: np.asarray(x, dtype=float)})
        return evaluate(self.case.at(cloud))

    def add(self, x: Array) -> None:
        """Look at more places, and remember them."""
        x = np.setdiff1d(np.asarray(x, dtype=float), self.x)
        for start in range(0, len(x), _CHUNK):
            self._add(x[start : start + _CHUNK])

    def _add(self, x: Array) -> None:
        outcome = self.outcome(x)
        sets = outcome.equilibria.supports
        for each in sorted({str(one) for one in sets.reshape(-1)} - {""} - self.supports):
            self._watch(equilibrium(outcome.game, each))
            self.supports.add(each)
        values = np.empty((len(x), len(self.watches)))
        for w, watch in enumerate(self.watches):
            values[:, w] = watch.value(outcome)
        values[~np.isin(outcome.status, _KNOWN)] = np.nan
        x = np.concatenate([self.x, x])
        order = np.argsort(x, kind="stable")
        first = len(order) == len(values)

        def merged(old: NDArray[T], new: NDArray[T]) -> NDArray[T]:
            return (new if first else np.concatenate([old, new]))[order]

        none = (np.empty(0), np.empty(0, dtype="<U1"))
        for player, (loss, action) in deviations(outcome).items():
            old = self.firmness.get(player, none)
            self.firmness[player] = (merged(old[0], loss), merged(old[1], action))
        self.payoffs = merged(self.payoffs, outcome.game.payoffs)
        self.values = merged(self.values, values)
        self.labels = merged(self.labels, labels_of(outcome))
        self.status = merged(self.status, outcome.status)
        self.x = x[order]

    def _watch(self, watch: Watch) -> None:
        """Watch one more support, at the places looked at before as well."""
        self.watches.append(watch)
        column = np.empty((len(self.x), 1))
        if len(self.x):
            game = Game(type(self.model).players, type(self.model).actions, self.payoffs)
            seen = dataclasses.replace(self.outcome(self.x[:1]), game=game)
            column[:, 0] = watch.value(seen)
            column[~self.known] = np.nan
        self.values = np.concatenate([self.values, column], axis=1)

    @cached_property
    def tied(self) -> tuple[bool, bool]:
        """Whether payoffs are exactly tied at the lower and at the upper end of the range."""
        ends = self.outcome(np.array([self.low, self.high]))
        low, high = np.broadcast_to(ends.equilibria.degenerate, (2,)).tolist()
        return bool(low), bool(high)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N,) whether anything can be said of a place."""
        return np.isin(self.status, _KNOWN)

    def call(self, x: Array, which: NDArray[np.int64]) -> Array:
        """Values of one watched function each at several places, which are not remembered."""
        some, back = np.unique(x, return_inverse=True)
        values = np.empty(len(x))
        for start in range(0, len(some), _CHUNK):
            outcome = self.outcome(some[start : start + _CHUNK])
            known = np.isin(outcome.status, _KNOWN)
            here = np.flatnonzero((back >= start) & (back < start + _CHUNK))
            for w in np.unique(which[here]):
                found = np.where(known, self.watches[w].value(outcome), np.nan)
                mine = here[which[here] == w]
                values[mine] = found[back[mine] - start]
        return values

    def labels_at(self, x: Array) -> NDArray[np.str_]:
        """Labels of places that are not remembered."""
        some, back = np.unique(x, return_inverse=True)
        parts = [
            labels_of(self.outcome(some[start : start + _CHUNK]))
            for start in range(0, len(some), _CHUNK)
        ]
        return np.concatenate(parts)[back]

    def sized(self, w: int) -> float:
        """Largest size of a watched function so far."""
        values = self.values[:, w]
        return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))

    def zero(self, w: int) -> float:
        """Size below which a watched function is rounding: a share of the payoffs behind it."""
        finite = np.abs(self.payoffs[np.isfinite(self.payoffs)])
        return ZERO_LOSS * max(self.sized(w), float(finite.max(initial=0.0)))

    def signs(self, w: int) -> Array:
        """(N,) sign of a watched function: -1, 0 or 1; NaN where it is not defined."""
        values = self.values[:, w]
        with np.errstate(invalid="ignore"):
            small = np.abs(values) <= self.zero(w)
        if self.watches[w].kind == "surplus":  # where its size says nothing, its sign does
            small &= np.abs(values) > np.finfo(float).tiny
        small &= self.watches[w].kind != EQUILIBRIUM
        return np.where(small, 0.0, np.sign(values))


def check_many(case: Case, name: str) -> None:
    """Check that a threat point can be had at many points of a model at once.

    Raises
    ------
    ParameterError
    """
    model, threat = case.model, case.threat
    if threat in (POSTURE, STATUS_QUO):
        return
    try:
        cloud = model.at_values({name: np.full(2, float(model.value(name)))})
        evaluate(case.at(cloud))
    except ParameterError as error:
        here = f"--set {name}={float(model.value(name)):g}"
        one = command_about("solve", model, here, *repeated(case, [name]))
        raise ParameterError(
            f"threat point {threat} cannot be looked at along {name} ({error}); take another "
            f"--threat, or one point at a time, as {mention(one)} does"
        ) from None


def labels_of(outcome: Outcome) -> NDArray[np.str_]:
    """(B,) the selected equilibrium, then every equilibrium, by their supports; `?` if unknown."""
    known = np.isin(outcome.status, _KNOWN)
    chosen, sets = outcome.selection.support, outcome.equilibria.supports
    return np.array(
        [
            "|".join([one, *sorted({str(each) for each in every if each})]) if sure else "?"
            for sure, one, every in zip(known, chosen, sets, strict=True)
        ]
    )
