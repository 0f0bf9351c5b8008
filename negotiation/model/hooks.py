"""What the methods an author writes may return: a wrong one is refused where it is returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import ModelError
from negotiation.words import brief

if TYPE_CHECKING:
    from negotiation.model.model import Model


def checked(model: Model, what: str, value: Any) -> Any:
    """Return what a method gave, if it is what the package expects of it.

    Talks and packages check themselves when they are made; payoffs are checked as a `Game`, and
    the trade world where tariffs are chosen, of which models in general know nothing.

    Raises
    ------
    ModelError
        In a phrase that begins with the name of the method; the caller adds file and line.
    """
    check = _CHECKS.get(what)
    if check is not None and value is not None:
        check(model, what, value)
    elif value is None and what in _NEVER_NONE:
        raise _wrong(model, what, value, _NEVER_NONE[what])
    return value


def _wrong(model: Model, what: str, value: Any, expected: str) -> ModelError:
    return ModelError(f"{what} of model {model.name()} is {brief(value)}; expected {expected}")


def _array(model: Model, what: str, value: Any, expected: str) -> Any:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise _wrong(model, what, value, expected) from None


def _shaped(
    model: Model, what: str, value: Any, tail: tuple[int, ...], expected: str, of: str = ""
) -> Any:
    """Numbers that broadcast to the cloud, then `tail`."""
    numbers = _array(model, what + of, value, expected)
    try:
        np.broadcast_to(numbers, (*model.batch_shape, *tail))
    except ValueError:
        cloud = f", after the batch {model.batch_shape}" if model.batch_shape else ""
        raise ModelError(
            f"{what}{of} of model {model.name()} has shape {numbers.shape}; expected {expected}"
            f"{cloud}"
        ) from None
    return numbers


def _each(model: Model) -> str:
    return f"one for each of {', '.join(model.players)}"


def _by_player(model: Model, what: str, value: Any) -> None:
    numbers = _array(model, what, value, _each(model))
    if numbers.ndim == 0 or numbers.shape[-1] != len(model.players):
        raise ModelError(
            f"{what} of model {model.name()} has shape {numbers.shape}; expected {_each(model)}"
        )
    _shaped(model, what, numbers, (len(model.players),), _each(model))
    if np.isinf(numbers).any():
        raise _wrong(model, what, value, "finite numbers, or NaN where they are not known")


def _size(model: Model, what: str, value: Any) -> None:
    _by_player(model, what, value)
    if (np.asarray(value, dtype=float) <= 0.0).any():
        raise _wrong(model, what, value, "positive sizes")


def _cost(model: Model, what: str, value: Any) -> None:
    numbers = _shaped(model, what, value, (), "money per unit of the lever, or None")
    if np.isinf(numbers).any() or (numbers < 0.0).any():
        raise _wrong(model, what, value, "money per unit of the lever, 0 or more, or None")


def _quantity(model: Model, what: str, name: Any, quantity: Any) -> Any:
    from negotiation.model.given import Quantity

    if not isinstance(name, str) or not isinstance(quantity, Quantity):
        raise ModelError(
            f"{what} of model {model.name()} holds {brief(name)}: {brief(quantity)}; expected a "
            "Quantity for each name"
        )
    if not isinstance(quantity.unit, str):
        raise ModelError(
            f"{what} '{name}' of model {model.name()} has unit {brief(quantity.unit)}; expected "
            "words"
        )
    return quantity


def _outcomes(model: Model, what: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _wrong(model, what, value, "a mapping of names to Quantity")
    profiles = tuple(len(own) for own in model.actions)
    for name, quantity in value.items():
        values = _quantity(model, what, name, quantity).values
        _shaped(
            model, what, values, profiles, f"a value for each profile, {profiles}", f" '{name}'"
        )


def _outcomes_now(model: Model, what: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _wrong(model, what, value, "a mapping of names to Quantity, or None")
    for name, quantity in value.items():
        values = _quantity(model, what, name, quantity).values
        _shaped(model, what, values, (), "a value for each point", f" '{name}'")


def _power(model: Model, what: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise _wrong(model, what, value, "a mapping of players to Quantity")
    for name, quantity in value.items():
        if name not in model.players:
            raise ModelError(
                f"{what} of '{name}' in model {model.name()} is given; expected for players only: "
                f"{', '.join(model.players)}"
            )
        values = _quantity(model, what, name, quantity).values
        numbers = _array(model, f"{what} '{name}'", values, "log points by sector")
        if numbers.ndim == 0:
            raise ModelError(
                f"{what} of '{name}' in model {model.name()} is one number; expected one a sector"
            )


def _words(model: Model, what: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise _wrong(model, what, value, "words")


def _sentences(model: Model, what: str, value: Any) -> None:
    several = not isinstance(value, str) and isinstance(value, Sequence)
    if not several or not all(isinstance(each, str) and each for each in value):
        raise _wrong(model, what, value, "sentences, none where there is nothing to say")


def _threat(model: Model, what: str, value: Any) -> None:
    from negotiation.model.given import ThreatPoint

    if not isinstance(value, ThreatPoint):
        raise _wrong(model, what, value, "ThreatPoint")
    _array(model, f"{what} payoffs", value.payoffs, _each(model))
    if np.ndim(value.payoffs) == 0 or np.shape(value.payoffs)[-1] != len(model.players):
        raise ModelError(
            f"payoffs of {what} of model {model.name()} have shape {np.shape(value.payoffs)}; "
            f"expected {_each(model)}"
        )
    if not isinstance(value.about, str) or np.asarray(value.certified).dtype != bool:
        raise _wrong(model, what, value, "about in words, and certified as true or false")


def _sectors(model: Model, what: str, value: Any) -> None:
    names = not isinstance(value, str) and isinstance(value, Sequence)
    if not names or not all(isinstance(each, str) for each in value):
        raise _wrong(model, what, value, "codes of sectors, or None for all")


def _objectives(model: Model, what: str, value: Any) -> None:
    def holds(inner: Any) -> bool:
        return isinstance(inner, Mapping) and all(
            isinstance(code, str) and isinstance(weight, int | float | np.number)
            for code, weight in inner.items()
        )

    if not isinstance(value, Mapping) or not all(holds(inner) for inner in value.values()):
        raise _wrong(model, what, value, "weights by region and sector")


def _duties(model: Model, what: str, value: Any) -> None:
    if not isinstance(value, Mapping) or not all(
        name in model.players
        and not isinstance(each, str)
        and isinstance(each, Sequence)
        and all(hasattr(one, "cell") and hasattr(one, "mean") for one in each)
        for name, each in value.items()
    ):
        raise _wrong(model, what, value, "by player a sequence of Schedule, the kept one first")


_CHECKS: dict[str, Callable[[Model, str, Any], None]] = {
    "outcomes": _outcomes,
    "outcomes_at": _outcomes_now,
    "outcomes_now": _outcomes_now,
    "size": _size,
    "lever_cost": _cost,
    "levers_worth": _by_player,
    "power_to_hurt": _power,
    "horizon_here": _words,
    "cautions": _sentences,
    "threat_point": _threat,
    "tariff_sectors": _sectors,
    "known_duties": _duties,
    "tariff_objectives": _objectives,
}

#: Methods that always say something.
_NEVER_NONE = {
    "outcomes": "a mapping of names to Quantity, empty where there are none",
    "power_to_hurt": "a mapping of players to Quantity, empty where there is none",
    "horizon_here": "words",
    "cautions": "sentences, none where there is nothing to say",
    "threat_point": "ThreatPoint",
    "tariff_objectives": "a mapping, empty where welfare alone counts",
    "known_duties": "a mapping, empty where no duties are known",
}
