"""The contract of a model file, checked: every broken clause is one sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation import interrupts
from negotiation.bargaining import Packages
from negotiation.case import Case
from negotiation.catalogue import find, load_model
from negotiation.errors import ModelError, NegotiationError, place_in, told
from negotiation.games.game import Game
from negotiation.games.revealed import revealed
from negotiation.model import Kind, Model, Parameter

#: Relative difference allowed between a cloud of points and the same points one by one: twice the
#: accuracy of a converged trade equilibrium in payoffs of order one.
_BATCH = 1e-9


@dataclasses.dataclass(frozen=True)
class Finding:
    """One clause of the contract and whether it holds.

    Attributes
    ----------
    clause : str
    problem : str
        Empty where the clause holds; otherwise one sentence.
    """

    clause: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the clause holds."""
        return not self.problem


def check(name: str) -> list[Finding]:
    """Check a model file against the contract; report every clause, not only the first broken.

    Clauses: loads; documented; parameters have unit, source, default in range and owners that
    play; constructs; labelled; payoffs cover every profile with finite numbers, at the default and
    at the ends of every range; a cloud of points equals the points one by one; talks fit; results
    of `outcomes` fit.

    Raises
    ------
    CatalogueError
        If there is no such file.
    """
    entry = find(name)
    try:
        cls = load_model(name)
    except NegotiationError as error:
        return [Finding("loads", str(error))]
    findings = [Finding("loads")]
    findings.append(
        Finding(
            "documented",
            ""
            if entry.about
            else f"{entry.path} has no docstring; say in one line what is modelled",
        )
    )
    labelled = _labels(cls)
    findings.append(labelled)
    if labelled.ok and (cls.observed or cls.political_costs):
        findings.append(_observed(cls))
    try:
        specs = cls.parameters()
    except NegotiationError as error:
        return [*findings, Finding("parameters", str(error))]
    findings += _parameters(cls, specs)
    try:
        model = cls()
    except BaseException as error:
        return [*findings, Finding("constructs", _told(error, entry.path))]
    findings.append(Finding("constructs"))
    if not labelled.ok:
        return findings
    try:
        game = model.game()
    except BaseException as error:
        return [*findings, Finding("payoffs", _told(error, entry.path))]
    problem = _not_finite(game, "at the default parameters")
    findings.append(Finding("payoffs: finite at the default", problem))
    findings += list(_ranges(cls, specs, entry.path))
    findings += list(_batches(cls, specs, entry.path))
    findings += list(_extras(model, game, entry.path))
    return findings


def _told(error: BaseException, path: Any) -> str:
    """Say what the author's code raised, which may be an attempt to end the program."""
    if interrupts.wanted(error):
        raise error
    if isinstance(error, NegotiationError):
        return str(error)
    return f"{place_in(path, error)}: {told(error)}"


def _labels(cls: type[Model]) -> Finding:
    players, actions = cls.players, cls.actions
    problem = ""
    if len(players) < 2 or not all(isinstance(player, str) and player for player in players):
        problem = f"players is {players!r}; expected at least two names"
    elif len(actions) != len(players):
        problem = f"actions holds {len(actions)} lists; expected one for each of {players}"
    else:
        for player, own in zip(players, actions, strict=True):
            if not own or len(set(own)) != len(own) or any("/" in a or "+" in a for a in own):
                problem = (
                    f"actions of {player} are {own!r}; expected different names without '/' or '+'"
                )
    return Finding("labelled: players and actions", problem)


def _observed(cls: type[Model]) -> Finding:
    """Whether what is observed, and what has a political cost, are actions of the game."""
    problem = ""
    actions = dict(zip(cls.players, cls.actions, strict=True))
    shape = tuple(len(own) for own in cls.actions)
    if cls.observed:
        try:
            game = Game(cls.players, cls.actions, np.zeros((len(shape), *shape)))
            revealed(game, cls.observed)
        except NegotiationError as error:
            problem = str(error)
    for (player, action), name in cls.political_costs.items():
        if action not in actions.get(player, ()):
            problem = f"political_costs name {player}'s '{action}', which is no action of the game"
        elif name not in cls.parameters():
            problem = f"the political cost of {action} is '{name}', which is no parameter"
    return Finding("observed: actions and political costs", problem)


def _parameters(cls: type[Model], specs: Mapping[str, Parameter]) -> Iterator[Finding]:
    for name, spec in specs.items():
        lacking = [what for what in ("unit", "source") if not getattr(spec, what).strip()]
        yield Finding(
            f"sourced: {name}",
            f"parameter {name} has no {' and no '.join(lacking)}; write "
            f"{', '.join(f'{what}=...' for what in lacking)} beside its default"
            if lacking
            else "",
        )
        if spec.lever_of and spec.lever_of not in cls.players:
            yield Finding(
                f"owned: {name}",
                f"parameter {name} is a lever of '{spec.lever_of}', who is not a player; players "
                f"are {', '.join(cls.players)}",
            )
        whole = spec.kind is Kind.BOOLEAN and spec.default is True
        if spec.stake and (spec.low, spec.high, spec.default) != (0, 1, 1) and not whole:
            yield Finding(
                f"at stake: {name}",
                f"parameter {name} puts '{spec.stake}' at stake with default {spec.default} in "
                f"{spec.range}; write parameter(1.0, low=0, high=1, stake='{spec.stake}', ...)",
            )
        if spec.inherits and spec.inherits not in specs:
            yield Finding(
                f"inherits: {name}",
                f"parameter {name} inherits '{spec.inherits}', which does not exist",
            )


def _not_finite(game: Game, where: str) -> str:
    for c, profile in enumerate(product(*game.actions)):
        values = game.payoffs.reshape(*game.batch_shape, len(game.players), -1)[..., c]
        for p, player in enumerate(game.players):
            bad = ~np.isfinite(values[..., p])
            if bad.any():
                return (
                    f"payoff of {player} at '{'/'.join(profile)}' is {values[..., p][bad].flat[0]} "
                    f"{where}; expected a finite number"
                )
    return ""


def _ends(spec: Parameter) -> list[Any]:
    """Values at and near the ends of a range, or every word."""
    if spec.kind in (Kind.WORD, Kind.BOOLEAN):
        return list(spec.options)
    if spec.kind is Kind.INTEGER and spec.options:
        return [spec.options[0], spec.options[-1]]
    default = spec.default if spec.default is not None else 0.0
    low = spec.low if spec.low is not None else default - 1.0 - abs(default)
    if spec.below is not None:
        return [low, low + 0.9 * (spec.below - low)]
    high = spec.high if spec.high is not None else max(low, default) + 1.0 + abs(default)
    return [low, high]


def _ranges(cls: type[Model], specs: Mapping[str, Parameter], path: Any) -> Iterator[Finding]:
    default = cls()
    for name, spec in specs.items():
        if spec.kind is Kind.TEXT:
            continue
        problem = ""
        for value in _ends(spec):
            try:
                game = default.at_values({name: value}).game()
            except BaseException as error:
                problem = f"with {name}={value}: {_told(error, path)}"
                break
            problem = _not_finite(game, f"with {name}={value}")
            if problem:
                break
        yield Finding(f"payoffs: finite over the range of {name}", problem)


def _three(spec: Parameter) -> NDArray[Any]:
    """Three values of a parameter that can be an array."""
    if spec.kind is Kind.BOOLEAN:
        return np.array([False, True, False])
    low, high = _ends(spec)
    points = np.linspace(low, high, 3)
    if spec.kind is Kind.INTEGER:
        return np.array([int(low), int(points[1]), int(high)])
    return points


def _batches(cls: type[Model], specs: Mapping[str, Parameter], path: Any) -> Iterator[Finding]:
    default = cls()
    for name, spec in specs.items():
        if spec.kind in (Kind.WORD, Kind.TEXT):
            continue
        points = _three(spec)
        try:
            cloud = default.at_values({name: points}).game().payoffs
            single = np.stack(
                [default.at_values({name: x}).game().payoffs for x in points.tolist()]
            )
        except BaseException as error:
            yield Finding(
                f"batched: {name}",
                f"payoffs fail where {name} is an array of 3 points ({_told(error, path)}); write "
                "them with array arithmetic (np.where, np.maximum), without if or max",
            )
            continue
        problem = ""
        try:
            cloud = np.broadcast_to(cloud, single.shape)
        except ValueError:
            problem = f"have shape {cloud.shape}, the points one by one {single.shape}"
        else:
            finite = np.isfinite(single)
            scale = np.abs(single[finite]).max(initial=1e-300)
            gap = float(np.abs(cloud[finite] - single[finite]).max(initial=0.0) / scale)
            if gap > _BATCH or (np.isfinite(cloud) != finite).any():
                problem = f"differ from the points one by one by {gap:.1e} of the largest payoff"
        if problem:
            problem = f"payoffs over an array of 3 values of {name} {problem}; every point counts "
            problem += "by itself: look for sums or maxima over the whole array"
        yield Finding(f"batched: {name}", problem)


def _extras(model: Model, game: Game, path: Any) -> Iterator[Finding]:
    from negotiation.outcome import DISPUTE, evaluate

    try:
        talks = model.ask("talks")
        if talks is not None and tuple(talks.players) != tuple(model.players):
            raise ModelError(f"talks are between {talks.players}, the game between {model.players}")
        for name, quantity in model.ask("outcomes").items():
            np.broadcast_to(quantity.values, game.payoffs.shape[1:])
            if not quantity.unit:
                raise ModelError(f"outcome {name} has no unit")
        _ = evaluate(model).quantities
        if talks is not None:
            evaluate(Case(model, threat=DISPUTE))
    except BaseException as error:
        yield Finding("talks and outcomes", _told(error, path))
    else:
        yield Finding("talks and outcomes")
    try:
        _check_hooks(model)
    except BaseException as error:
        yield Finding("packages, levers and power", _told(error, path))
    else:
        yield Finding("packages, levers and power")


def _check_hooks(model: Model) -> None:
    """Whether what a model says beyond its payoffs and talks has the shapes it should have."""
    packages = model.ask("packages")
    if packages is not None:
        if not isinstance(packages, Packages):
            raise ModelError(f"packages are {packages!r:.60}; expected bargaining.Packages or None")
        if tuple(packages.players) != tuple(model.players):
            raise ModelError(
                f"packages are between {packages.players}, the game between {model.players}"
            )
    worth = model.ask("levers_worth")
    if worth is not None and np.shape(worth) != (len(model.players),):
        raise ModelError(
            f"levers_worth has shape {np.shape(worth)}; expected one number for each of "
            f"{', '.join(model.players)}"
        )
    for player, quantity in model.ask("power_to_hurt").items():
        if player not in model.players or np.ndim(quantity.values) != 1 or not quantity.unit:
            raise ModelError(
                f"power_to_hurt of '{player}' is {quantity!r:.60}; expected for players only, a "
                "Quantity of one value a sector, with its unit"
            )
