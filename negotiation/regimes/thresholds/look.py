"""What is to reach a target, over moves of one parameter at a time; targets share the moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from negotiation.case import Case
from negotiation.errors import ParameterError
from negotiation.games.game import Array
from negotiation.model import Model, Parameter
from negotiation.outcome import Outcome, evaluate
from negotiation.regimes.thresholds.target import Target

#: Points evaluated together.
_CHUNK = 256


@dataclasses.dataclass(frozen=True, eq=False)
class Look:
    """The functions that are to reach zero, over moves of one parameter at a time.

    Attributes
    ----------
    case : Case
    targets : tuple of Target
    payoffs : dict
        Those of every move whose values were asked for.
    """

    case: Case
    targets: tuple[Target, ...]
    payoffs: dict[tuple[str, float], Array] = dataclasses.field(default_factory=dict)

    @property
    def model(self) -> Model:
        """The point that is moved from."""
        return self.case.model

    def outcome(self, moves: Sequence[tuple[str, float]]) -> Outcome:
        """Evaluate the moves as one cloud."""
        cloud = self.cloud(moves)
        return evaluate(self.case.at(self.model.at_values(cloud)))

    def cloud(self, moves: Sequence[tuple[str, float]]) -> dict[str, Array]:
        """Parameter values of a cloud in which each point moves one parameter.

        A parameter that is not set follows the one it inherits from, so parents come first.
        """
        names = {name for name, _ in moves}
        cloud: dict[str, Array] = {}
        for name in sorted(names, key=lambda each: len(self._ancestors(each))):
            parents = [each for each in self._ancestors(name) if each in cloud]
            start = cloud[parents[0]] if parents else float(self.model.value(name))
            column = np.array(np.broadcast_to(start, len(moves)), dtype=float)
            for k, (moved, value) in enumerate(moves):
                if moved == name:
                    column[k] = value
            cloud[name] = column
        return cloud

    def _ancestors(self, name: str) -> list[str]:
        found = []
        spec = self.model.find_parameter(name)
        while spec.inherits and getattr(self.model, spec.field) is None:
            found.append(spec.inherits)
            spec = self.model.find_parameter(spec.inherits)
        return found

    def values(self, moves: Sequence[tuple[str, float]], *, strict: bool = False) -> Array:
        """(T, B) values of the function of each target; NaN where nothing is certified.

        They are NaN too where the model refuses a value, unless it is `strict`: it raises then.

        Raises
        ------
        ParameterError
        """
        parts = [
            self._values(moves[start : start + _CHUNK], strict=strict)
            for start in range(0, len(moves), _CHUNK)
        ]
        return np.concatenate(parts, axis=1) if parts else np.empty((len(self.targets), 0))

    def _values(self, some: Sequence[tuple[str, float]], *, strict: bool) -> Array:
        try:
            outcome = self.outcome(some)
        except ParameterError:
            if strict:
                raise
            if len(some) == 1:
                return np.full((len(self.targets), 1), np.nan)
            half = len(some) // 2
            parts = [self._values(each, strict=False) for each in (some[:half], some[half:])]
            return np.concatenate(parts, axis=1)
        game = outcome.game
        own = game.payoffs.shape[-len(game.players) - 1 :]
        payoffs = np.broadcast_to(game.payoffs, (len(some), *own))
        self.payoffs.update(zip(some, payoffs, strict=True))
        return np.stack([target.value(outcome) for target in self.targets])

    def ties(self, name: str, low: float, high: float) -> Array:
        """Shares of the way at which two payoffs of a player change places, as by a straight line.

        Of actions against the same actions of the others: where an equilibrium may end.
        """
        ends = [self.payoffs.get((name, x)) for x in (low, high)]
        if ends[0] is None or ends[1] is None:  # the value in use is no move
            return np.empty(0)
        found = []
        for p, (a, b) in enumerate(zip(ends[0], ends[1], strict=True)):
            one, other = np.triu_indices(a.shape[p], 1)
            before = np.take(a, one, axis=p) - np.take(a, other, axis=p)
            after = np.take(b, one, axis=p) - np.take(b, other, axis=p)
            change = before * after < 0.0
            found.append(before[change] / (before[change] - after[change]))
        return np.concatenate(found)

    def untried(self, specs: Sequence[Parameter]) -> dict[str, str]:
        """Why parameters cannot be moved, by name; the others can."""
        try:
            self.outcome([(spec.name, float(self.model.value(spec.name))) for spec in specs])
        except ParameterError as error:
            if len(specs) == 1:
                return {specs[0].name: str(error)}
            half = len(specs) // 2
            return self.untried(specs[:half]) | self.untried(specs[half:])
        return {}
