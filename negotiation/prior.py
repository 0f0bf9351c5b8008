"""Priors: what is believed about an uncertain parameter, and how it is drawn from uniforms."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import ParameterError, nearest
from negotiation.games.game import Array
from negotiation.words import brief

if TYPE_CHECKING:
    from negotiation.model.model import Model

#: Turns uniforms (D, inputs) into D values: numbers (D, ...), or words.
Quantiles = Callable[[Array], Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Prior:
    """What is believed about a parameter: how uniforms on (0, 1) become its values.

    Every input is one uniform, so that designs such as Latin hypercubes and Sobol' sequences fit.

    Attributes
    ----------
    text : str
        As a user writes it, such as `triangular(0.1,0.25,0.5)`.
    quantiles : callable
        From uniforms (D, `inputs`) to (D, ...) numbers, or a list of D words.
    inputs : int
        Number of uniforms that one value takes.
    source : str
        Where the belief comes from; `judgement` where it is one.
    group : str
        Inputs of a group are one in the indices of sensitivity; by default the parameter's name.
    of_model : bool
        Whether the value depends on the rest of the draw: `quantiles` then takes the cloud of
        today's world with everything else drawn as a second argument.
    beside : bool
        Whether it is shown beside the answer and does not enter it: outcomes are then told without
        it, and what changes with it stands next to them.
    parts : mapping of str to callable
        What else a draw tells of itself by name, such as the set that it was picked from: from
        uniforms (D, `inputs`) to a list of D words.
    """

    text: str
    quantiles: Callable[..., Any]
    inputs: int = 1
    source: str = "judgement"
    group: str = ""
    of_model: bool = False
    beside: bool = False
    parts: Mapping[str, Callable[[Array], Sequence[str]]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.inputs < 1:
            raise ParameterError(
                f"prior {self.text} takes {self.inputs} inputs; expected 1 or more"
            )

    def __repr__(self) -> str:
        return f"<Prior {self.text}>"

    def record(self) -> dict[str, str | int]:
        """Return what is known of it, ready for JSON."""
        return {
            "prior": self.text,
            "source": self.source,
            "group": self.group,
            "inputs": self.inputs,
        }

    def told(self, source: str, group: str = "", *, beside: bool = False) -> Prior:
        """Return the same with its source, the group that it belongs to, and where it is shown."""
        return dataclasses.replace(
            self, source=source, group=group or self.group, beside=beside or self.beside
        )


_normal = NormalDist()


def normal_quantiles(u: Array) -> Array:
    """Standard normal quantiles of uniforms, by Wichura's algorithm AS 241."""
    flat = np.asarray(u, dtype=float).ravel()
    return np.array([_normal.inv_cdf(each) for each in flat.tolist()]).reshape(np.shape(u))


def uniform(low: float, high: float) -> Prior:
    """Any value between two, all alike."""
    _ordered("uniform", (low, high))
    return Prior(_text("uniform", low, high), partial(_uniform, low, high))


def triangular(low: float, mode: float, high: float) -> Prior:
    """Values between two, the more likely the nearer to a third one."""
    _ordered("triangular", (low, mode, high))
    return Prior(_text("triangular", low, mode, high), partial(_triangular, low, mode, high))


def normal(mean: float, sd: float) -> Prior:
    """Return a normal distribution."""
    _positive("normal", "sd", sd)
    return Prior(_text("normal", mean, sd), partial(_normal_of, mean, sd))


def lognormal(median: float, sd: float, above: float = 0.0) -> Prior:
    """A number whose log is normal, by its median and the standard deviation of the log.

    Parameters
    ----------
    above : float
        What the number exceeds: the log is that of what comes on top.
    """
    _positive("lognormal", "median", median)
    _positive("lognormal", "sd", sd)
    text = _text("lognormal", median, sd, *([above] if above else []))
    return Prior(text, partial(_lognormal, median, sd, above))


def one_of(*values: Any) -> Prior:
    """One of several words or numbers, each as likely as the others."""
    if len(values) < 2 or len(set(values)) != len(values):
        raise ParameterError(
            f"prior one_of was given {brief(values)}; expected two different values or more"
        )
    words = any(isinstance(each, str) for each in values)
    options = tuple(map(str, values)) if words else tuple(map(float, values))
    return Prior(_text("one_of", *values), partial(_one_of, options))


def picked(u: Array, count: int) -> Any:
    """(D,) which of `count` equally likely things a uniform stands for: the integer part of n u."""
    return np.minimum((count * np.asarray(u)).astype(np.int64), count - 1)


def revealed(excess: float = 0.5) -> Prior:
    """Political cost of an action that is not taken, as what is observed reveals it.

    The action cannot be worth more than its cost: cost = max(0, gain of the action over the one
    observed, in this draw) times 1 + `excess` times a standard exponential. The prior belongs to
    the parameters in `political_costs` of a model that declares what is `observed`.

    Parameters
    ----------
    excess : float
        Mean of what the cost exceeds the gain by, relative to the gain.
    """
    _positive("revealed", "excess", excess)
    return Prior(_text("revealed", excess), partial(_revealed, excess), of_model=True)


# Functions of their own, and not within the above, so that a prior can be sent to other processes.


def _uniform(low: float, high: float, u: Array) -> Array:
    return np.asarray(low + (high - low) * u[:, 0])


def _triangular(low: float, mode: float, high: float, u: Array) -> Array:
    u, width, left = u[:, 0], high - low, (mode - low) / (high - low)
    rising = low + width * np.sqrt(u * left)
    falling = high - width * np.sqrt((1.0 - u) * (1.0 - left))
    return np.asarray(np.where(u < left, rising, falling))


def _normal_of(mean: float, sd: float, u: Array) -> Array:
    return np.asarray(mean + sd * normal_quantiles(u[:, 0]))


def _lognormal(median: float, sd: float, above: float, u: Array) -> Array:
    return np.asarray(above + median * np.exp(sd * normal_quantiles(u[:, 0])))


def _one_of(options: tuple[Any, ...], u: Array) -> Any:
    chosen = picked(u[:, 0], len(options))
    words = isinstance(options[0], str)
    return [options[k] for k in chosen] if words else np.array(options)[chosen]


def _revealed(excess: float, u: Array, gain: Array) -> Array:
    return np.asarray(np.maximum(gain, 0.0) * (1.0 - excess * np.log1p(-u[:, 0])))


def gains(at: Model) -> dict[tuple[str, str], Array]:
    """(D,) by player and action: its gain over what is observed, while the others stay with it.

    Parameters
    ----------
    at : Model
        A cloud of today's world, without costs of actions.

    Raises
    ------
    ParameterError
        If the model does not say what is observed, or only in part.
    """
    observed = at.observed
    known = len(observed) == len(at.players) and all(isinstance(each, str) for each in observed)
    if not known:
        raise ParameterError(
            f"political costs of model {at.name()} are to be drawn as they are revealed, but it "
            "does not say which action of each player is observed; give observed = (...)"
        )
    place = tuple(own.index(each) for own, each in zip(at.actions, observed, strict=True))
    payoffs = at.game().payoffs
    found = {}
    for p, (player, own) in enumerate(zip(at.players, at.actions, strict=True)):
        table = payoffs[(Ellipsis, p, *[slice(None) if q == p else k for q, k in enumerate(place)])]
        for k, action in enumerate(own):
            found[player, action] = np.asarray(table[..., k] - table[..., place[p]])
    return found


#: Distributions by the name that a user writes.
DISTRIBUTIONS: dict[str, Callable[..., Prior]] = {
    "uniform": uniform,
    "triangular": triangular,
    "normal": normal,
    "lognormal": lognormal,
    "one_of": one_of,
    "revealed": revealed,
}

_CALL = re.compile(r"\s*([a-z_]+)\s*\((.*)\)\s*", re.DOTALL)


def read_prior(text: str, name: str) -> Prior:
    """Read a prior as a user writes it: `triangular(0.1,0.25,0.5)`, or values joined by commas.

    Parameters
    ----------
    name : str
        Of the parameter, for what is wrong.

    Raises
    ------
    ParameterError
    """
    example = f"e.g. --prior {name}=triangular(0.1,0.25,0.5), or the values themselves: a,b,c"
    call = _CALL.fullmatch(text)
    kind, inside = call.groups() if call else ("one_of", text)
    if kind not in DISTRIBUTIONS:
        raise ParameterError(
            f"prior '{text}' of parameter {name} is of an unknown kind"
            f"{nearest(kind, DISTRIBUTIONS)}; choose from {', '.join(DISTRIBUTIONS)}, {example}"
        )
    words = [each.strip() for each in inside.split(",")] if inside.strip() else []
    values: list[Any] = []
    for word in words:
        try:
            values.append(0.01 * float(word[:-1]) if word.endswith("%") else float(word))
        except ValueError:
            if kind != "one_of" or not word:
                raise ParameterError(
                    f"prior '{text}' of parameter {name} has '{word}' where a number is expected, "
                    f"{example}"
                ) from None
            values.append(word)
    if any(isinstance(each, str) for each in values):
        values = words
    try:
        found = DISTRIBUTIONS[kind](*values)
    except TypeError:
        raise ParameterError(
            f"prior '{text}' of parameter {name} has {len(values)} values, which is not what "
            f"{kind} takes; {_TAKES[kind]}"
        ) from None
    except ParameterError as error:
        raise ParameterError(f"parameter {name}: {error}") from None
    return dataclasses.replace(found, source="as given by the user")


_TAKES = {
    "uniform": "expected uniform(low,high)",
    "triangular": "expected triangular(low,mode,high)",
    "normal": "expected normal(mean,sd)",
    "lognormal": "expected lognormal(median,sd of the log)",
    "one_of": "expected one_of(value,value,...)",
    "revealed": "expected revealed(mean excess relative to the gain)",
}


def _text(kind: str, *values: Any) -> str:
    told = (each if isinstance(each, str) else f"{each:.12g}" for each in values)
    return f"{kind}({','.join(told)})"


def _ordered(kind: str, values: tuple[float, ...]) -> None:
    rising = all(one <= other for one, other in pairwise(values))
    if not all(np.isfinite(values)) or not rising or values[0] == values[-1]:
        raise ParameterError(
            f"prior {_text(kind, *values)} has values that do not rise; {_TAKES[kind]}"
        )


def _positive(kind: str, what: str, value: float) -> None:
    if not 0.0 < value < np.inf:
        raise ParameterError(
            f"prior {kind} has the {what} {value:g}; expected a positive number: {_TAKES[kind]}"
        )
