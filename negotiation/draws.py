"""`Draws`: points drawn of what is uncertain in a case, one uniform for every input."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import ParameterError, nearest
from negotiation.games.game import Array
from negotiation.model import Kind, Model, Parameter
from negotiation.model.values import same
from negotiation.prior import Prior, gains


def latin_hypercube(count: int, inputs: int, seed: int) -> Array:
    """(D, K) a Latin hypercube: of every input one point in each of D equal intervals.

    McKay, Beckman and Conover (1979). Written out because loading scipy.stats takes longer than
    most of what is drawn for.
    """
    rng = np.random.default_rng(seed)
    strata = np.stack([rng.permutation(count) for _ in range(inputs)], axis=1)
    return np.asarray((strata + rng.random((count, inputs))) / count)


def sobol(count: int, inputs: int, seed: int) -> Array:
    """(D, K) a scrambled Sobol' sequence (Owen 1995), as scipy makes it."""
    import warnings

    from scipy.stats import qmc

    with warnings.catch_warnings():
        # A count that is no power of two loses a balance that bands do not need.
        warnings.simplefilter("ignore", UserWarning)
        found = qmc.Sobol(inputs, scramble=True, rng=np.random.default_rng(seed)).random(count)
    return np.asarray(np.clip(found, np.finfo(float).eps, 1.0 - np.finfo(float).eps))


def random(count: int, inputs: int, seed: int) -> Array:
    """(D, K) independent points, for which the errors of frequencies are binomial."""
    return np.random.default_rng(seed).random((count, inputs))


DESIGNS: dict[str, Callable[[int, int, int], Array]] = {
    "latin_hypercube": latin_hypercube,
    "sobol": sobol,
    "random": random,
}


def check_design(name: str) -> str:
    """Check the name of a design.

    Raises
    ------
    ParameterError
    """
    if name not in DESIGNS:
        raise ParameterError(
            f"design '{name}' is unknown{nearest(name, DESIGNS)}; choose from {', '.join(DESIGNS)}"
        )
    return name


@dataclasses.dataclass(frozen=True)
class Input:
    """The uniforms of one parameter.

    Attributes
    ----------
    parameter : str
    group : str
        What its indices of sensitivity are counted under.
    columns : slice
        Its columns of the design.
    """

    parameter: str
    group: str
    columns: slice


@dataclasses.dataclass(frozen=True, eq=False)
class Draws:
    """Values of uncertain parameters, drawn together.

    Attributes
    ----------
    model : Model
        The point around which is drawn: settings included, levers as they are set.
    priors : mapping of str to Prior
        By parameter, in the order of the inputs.
    design : (D, K) array
        Uniforms on (0, 1).
    """

    model: Model
    priors: Mapping[str, Prior]
    design: Array

    @classmethod
    def make(
        cls, model: Model, priors: Mapping[str, Prior], count: int, seed: int, design: str
    ) -> Draws:
        """Draw `count` points of a design, one of `DESIGNS`."""
        inputs = sum(each.inputs for each in priors.values())
        points = DESIGNS[design](count, inputs, seed) if inputs else np.empty((count, 0))
        return cls(model, priors, points)

    def __len__(self) -> int:
        return len(self.design)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What the columns of the design are."""
        found, at = [], 0
        for name, prior in self.priors.items():
            group = prior.group or name
            found.append(Input(name, group, slice(at, at + prior.inputs)))
            at += prior.inputs
        return tuple(found)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of inputs that enter the answer, in order."""
        return tuple(
            dict.fromkeys(
                each.group for each in self.inputs if not self.priors[each.parameter].beside
            )
        )

    def columns_of(self, group: str) -> NDArray[np.int64]:
        """Return the columns of the design that belong to a group."""
        every = np.arange(self.design.shape[1])
        return np.concatenate([every[each.columns] for each in self.inputs if each.group == group])

    @property
    def main(self) -> Draws:
        """The same without what is shown beside the answer, whose draws take evaluations."""
        enter = [each for each in self.inputs if not self.priors[each.parameter].beside]
        every = np.arange(self.design.shape[1])
        columns = [every[each.columns] for each in enter]
        kept = np.concatenate(columns) if columns else every[:0]
        priors = {each.parameter: self.priors[each.parameter] for each in enter}
        return dataclasses.replace(self, priors=priors, design=self.design[:, kept])

    def at(self, design: Array) -> Draws:
        """Return the same at other points of the unit cube (D', K)."""
        return dataclasses.replace(self, design=np.asarray(design, dtype=float))

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """By parameter: D numbers (D, ...), or a tuple of D words."""
        found = dict(self.plain)
        late = [each for each in self.inputs if self.priors[each.parameter].of_model]
        if late:
            gained = self._gained(found)
            whose = {name: key for key, name in self.model.political_costs.items()}
            for each in late:
                if each.parameter not in whose:
                    raise ParameterError(
                        f"prior {self.priors[each.parameter].text} is for political costs of "
                        f"actions, and parameter {each.parameter} of model {self.model.name()} is "
                        "none; give it another prior"
                    )
                drawn = self.priors[each.parameter].quantiles(
                    self.design[:, each.columns], gained[whose[each.parameter]]
                )
                found[each.parameter] = self._checked(each.parameter, drawn)
        return {each.parameter: found[each.parameter] for each in self.inputs}

    @cached_property
    def plain(self) -> Mapping[str, Any]:
        """Values that do not depend on the rest of the draw."""
        return {
            each.parameter: self._checked(
                each.parameter,
                self.priors[each.parameter].quantiles(self.design[:, each.columns]),
            )
            for each in self.inputs
            if not self.priors[each.parameter].of_model
        }

    def blocks(self, size: int) -> list[NDArray[np.int64]]:
        """Return the draws in blocks of about a size, those that share their words together."""
        words = [each for each in self.plain.values() if isinstance(each, tuple)]
        order = sorted(range(len(self)), key=lambda d: tuple(each[d] for each in words))
        count = max(1, -(-len(self) // size))
        return [np.sort(each) for each in np.array_split(np.array(order), count)]

    def _checked(self, name: str, drawn: Any) -> Any:
        spec = self.model.find_parameter(name)
        if not isinstance(drawn, np.ndarray):
            drawn = list(drawn)
            for word in dict.fromkeys(drawn):
                spec.check(word, self.model.name())
            if spec.vector is not None:
                return np.stack([spec.vector(word) for word in drawn])
            return np.array(drawn) if spec.clouds else tuple(drawn)
        try:
            return spec.check(drawn, self.model.name(), ask=False)
        except ParameterError as error:
            raise ParameterError(
                f"prior {self.priors[name].text} of parameter {name} draws what it does not take: "
                f"{error}"
            ) from None

    def _gained(self, drawn: Mapping[str, Any]) -> dict[tuple[str, str], Array]:
        """(D,) gains of actions over what is observed today, where actions cost nothing."""
        none = dict.fromkeys(self.model.political_costs.values(), 0.0)
        today = self.model.at_rest().at_values(none)
        found: dict[tuple[str, str], Array] = {}
        for rows, cloud in self._clouds(today, drawn):
            self._solved.append((rows, cloud))
            for key, values in gains(cloud).items():
                into = found.setdefault(key, np.empty(len(self)))
                into[rows] = values
        return found

    def clouds(
        self, model: Model | None = None, rows: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Model]]:
        """Yield clouds (d,) of the draws that share their words, with the draws' numbers.

        Parameters
        ----------
        model : Model, optional
            The point to draw around; a cloud of shape (K, 1) makes clouds of (K, d).
        rows : array of int, optional
            Which draws; all if not given.
        """
        main = {name: each for name, each in self.values.items() if not self.priors[name].beside}
        solved = list(self._solved)
        self._solved.clear()  # what is kept of them is large
        if solved and rows is None and (model is None or model is self.model) and self._rests():
            # They are this model's but for costs, on which nothing that takes long depends.
            costs = set(self.model.political_costs.values())
            for index, cloud in solved:
                own = {name: self.model.value(name) for name in costs}
                own |= {name: each[index] for name, each in main.items() if name in costs}
                yield index, cloud.at_values(own)
            return
        yield from self._clouds(self.model if model is None else model, main, rows)

    @cached_property
    def _solved(self) -> list[tuple[NDArray[np.int64], Model]]:
        """Clouds of today's world that were solved for what they reveal of costs."""
        return []

    def _rests(self) -> bool:
        """Whether the model is that of today's world, but for costs."""
        costs = set(self.model.political_costs.values())
        today = self.model.at_rest()
        names = [name for name in self.model.parameters() if name not in costs]
        alike = all(same(today.value(name), self.model.value(name)) for name in names)
        return alike and not any(self.priors[name].beside for name in self.plain)

    @property
    def beside(self) -> tuple[str, ...]:
        """Parameters whose draws are shown beside the answer, and do not enter it."""
        return tuple(name for name, each in self.priors.items() if each.beside)

    def with_beside(self, cloud: Model, rows: NDArray[np.int64]) -> Model:
        """Return a cloud of `clouds` with what is shown beside the answer drawn as well."""
        return cloud.at_values({name: self.values[name][rows] for name in self.beside})

    def _clouds(
        self, model: Model, drawn: Mapping[str, Any], rows: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Model]]:
        chosen = np.arange(len(self)) if rows is None else np.asarray(rows)
        words = {name: each for name, each in drawn.items() if isinstance(each, tuple)}
        alike: dict[tuple[str, ...], list[int]] = {}
        for row in chosen.tolist():
            alike.setdefault(tuple(each[row] for each in words.values()), []).append(row)
        for key in sorted(alike):
            index = np.array(alike[key])
            numbers = {
                name: each[index] for name, each in drawn.items() if not isinstance(each, tuple)
            }
            yield index, model.at_values({**dict(zip(words, key, strict=True)), **numbers})


def uncertain(
    model: Model,
    given: Mapping[str, Prior],
    held: frozenset[str],
) -> dict[str, Prior]:
    """Return the priors that a case draws from, by parameter.

    Parameters
    ----------
    given : mapping of str to Prior
        Those of the user, which go before those that the model declares.
    held : frozenset of str
        Parameters that are set, varied or fixed.
    """
    believed = {name: each for name, each in model.believed().items() if name not in held}
    found = {}
    for name in model.parameters():
        prior = given.get(name, believed.get(name))
        if prior is not None:
            _fits(model.find_parameter(name), prior, model)
            found[name] = prior
    return found


def _fits(spec: Parameter, prior: Prior, model: Model) -> None:
    """Refuse a prior for what cannot be drawn."""
    if spec.kind in (Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN):
        raise ParameterError(
            f"prior {prior.text} was given for parameter {spec.name} of model {model.name()}, "
            f"which takes {spec.takes}; give priors to numbers and to words with choices"
        )


__all__ = ["DESIGNS", "Draws", "Input", "check_design", "uncertain"]
