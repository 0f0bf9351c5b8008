"""Events: where along a parameter something changes, or how far it is from doing so. Data only."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from importlib import import_module
from typing import Any, Final

import numpy as np

from negotiation.model import Model
from negotiation.regimes.signal import EQUILIBRIUM, LOSS, TIE, Signal


class EventNature(StrEnum):
    """What happens at an event."""

    #: A continuous function passes zero.
    CROSSING = "crossing"
    #: A signal jumps over zero, because the equilibrium changes; or the equilibrium does change.
    JUMP = "jump"
    #: A signal reaches zero and turns.
    TOUCH = "touch"
    #: A signal is zero from here on, or up to here; in a sweep across an interval.
    FLAT = "flat"
    #: A signal changes sign across an interval in which it is not defined.
    HOLE = "hole"
    #: Payoffs are exactly equal at a point, so that more equilibria exist there than beside it.
    TIE = "tie"
    #: Something changes between two neighbouring whole numbers.
    STEP = "step"
    #: Nothing changes in the range; `value` is where it does beyond it, if that was found.
    NONE = "none"
    #: There are more lines than are followed.
    UNFOLLOWED = "not followed"


@dataclasses.dataclass(frozen=True)
class EventSide:
    """What holds at a value of the parameter.

    Attributes
    ----------
    at : float
    support : str
        Of the selected equilibrium; empty where none is certified.
    payoffs : tuple of (player, float)
        There, where they are asked for.
    value : float
        Of the signal, as it is shown.
    sign : int
        Of the signal: 0 where it is as good as zero, or is not defined.
    """

    at: float = np.nan
    support: str = ""
    payoffs: tuple[tuple[str, float], ...] = ()
    value: float = np.nan
    sign: int = 0


@dataclasses.dataclass(frozen=True)
class Event:
    """A regime change, or the finding that there is none.

    Attributes
    ----------
    kind : str
        `equilibrium`, `tie`, `no-deal payoff of PLAYER`, `ncl of PLAYER`, or a registered signal.
    nature : EventNature
    model : type of Model
    parameter : str
    value : float
        Where it happens, halfway between two whole numbers; NaN where it does not.
    within : bool
        Whether it lies in the swept range.
    below, above : EventSide
        What holds on either side.
    signal : Signal or None
        Whose sign changes; None of the equilibrium.
    place : tuple of (name, value)
        The line it is on: the other swept parameters; empty where there is one line.
    between : tuple of int
        Two neighbouring whole numbers, where the parameter is one; else empty.
    span : (float, float)
        The swept range.
    remains : bool
        The equilibrium below is still one above, but not selected.
    chosen : str
        The equilibrium that is selected at a tie, or throughout where it does not change.
    tied : tuple of str
        All equilibria at a tie, by their supports.
    zeros : tuple of (float, float)
        Intervals, and places, at which the signal is zero.
    nearest : EventSide or None
        Where nothing changes: the point of the sweep at which it comes nearest to that; of the
        equilibrium `value` is what the best deviation there would lose.
    deviation : (str, str)
        Whose deviation that is, and which.
    defined, points : int
        Points of the sweep at which the signal is defined, and all of them.
    tried : tuple of float
        How far beyond the range was looked, up and down; NaN for not at all.
    """

    kind: str
    nature: EventNature
    model: type[Model]
    parameter: str
    value: float
    within: bool
    below: EventSide = EventSide()
    above: EventSide = EventSide()
    signal: Signal | None = None
    place: tuple[tuple[str, Any], ...] = ()
    between: tuple[int, ...] = ()
    span: tuple[float, float] = (np.nan, np.nan)
    remains: bool = False
    chosen: str = ""
    tied: tuple[str, ...] = ()
    zeros: tuple[tuple[float, float], ...] = ()
    nearest: EventSide | None = None
    deviation: tuple[str, str] = ("", "")
    defined: int = 0
    points: int = 0
    tried: tuple[float, float] = (np.nan, np.nan)

    @property
    def before(self) -> str:
        """What holds below it, in words."""
        return str(_words().sides(self)[0])

    @property
    def after(self) -> str:
        """What holds above it, in words."""
        return str(_words().sides(self)[1])

    @property
    def sentence(self) -> str:
        """The whole of it in words."""
        return str(_words().sentence(self))


def _words() -> Any:
    # Reports stand on this room; the names of release 0.1 reach up to them when they are asked for.
    return import_module("negotiation.report.events")


#: What the change of a signal is called in a record, where that is not the signal's own name.
_KINDS: Final = {LOSS: "no-deal payoff"}


def kind_of(signal: Signal | None) -> str:
    """Return what the change of a signal, or of the equilibrium, is called in a record."""
    if signal is None:
        return EQUILIBRIUM
    name = _KINDS.get(signal.name, signal.name)
    return f"{name} of {signal.side}" if signal.side else name


__all__ = ["TIE", "Event", "EventNature", "EventSide", "kind_of"]
