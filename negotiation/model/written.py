"""A model as it is written in Python: the keywords it takes, and how it shows itself."""

from __future__ import annotations

import dataclasses
from abc import ABCMeta
from collections.abc import Mapping
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any

import numpy as np

from negotiation.errors import ParameterError, nearest
from negotiation.model.values import Percent

if TYPE_CHECKING:
    from negotiation.model.model import Model


class ModelType(ABCMeta):
    """The type of model classes: the catalogue pickles those that come from files by their path."""

    @property
    def __signature__(cls) -> Signature:
        """What help and completion show: the fields, not the catch-all that refuses strangers."""
        found = signature(cls.__init__)  # type: ignore[misc]
        return found.replace(parameters=list(found.parameters.values())[1:])


def refuse_strangers(
    cls: type[Model], positional: tuple[Any, ...], named: Mapping[str, Any]
) -> None:
    """Refuse a keyword that is no field of a model, or more values than it has."""
    if not dataclasses.is_dataclass(cls):
        return
    fields = [field.name for field in dataclasses.fields(cls) if field.init]
    if len(positional) > len(fields):
        raise ParameterError(
            f"{cls.name()}: {len(positional)} values were given, but there are {len(fields)} "
            f"parameters; name those you set, e.g. {cls.__name__}({fields[0]}=...)"
            if fields
            else f"{cls.name()}: {len(positional)} values were given, but it has no parameters"
        )
    for name in named:
        if name in fields:
            continue
        spec = cls.parameters().get(name)
        if spec is not None:
            raise ParameterError(
                f"model {cls.name()} holds parameter '{name}' in the field {spec.field}; write "
                f"{spec.field}=..., or build({{'{name}': ...}})"
            )
        renamed = [each for each in cls.parameters().values() if name in each.formerly]
        if renamed:
            raise ParameterError(
                f"parameter {name} of model {cls.name()} is now called {renamed[0].name}; write "
                f"{renamed[0].field}=..."
            )
        raise ParameterError(
            f"model {cls.name()} has no parameter '{name}'{nearest(name, fields)}; "
            f"'negotiation models show {cls.name()}' lists them"
        )
    for name in fields[: len(positional)]:
        if name in named:
            raise ParameterError(
                f"{cls.name()}: parameter {name} is given twice, by place and by name; keep one"
            )


def same(value: Any, default: Any) -> bool:
    """Whether a value is that of a default."""
    if value is default:
        return True
    if value is None or default is None or np.ndim(value) or np.ndim(default):
        return False
    return bool(value == default)


def short(value: Any) -> str:
    """Write a value as in Python; an array by its shape and its ends."""
    if isinstance(value, Percent):
        return f"'{value * 100:.12g}%'"
    if np.ndim(value):
        numbers = np.asarray(value)
        if numbers.size <= 3:
            return repr(numbers.tolist())
        size = " x ".join(str(length) for length in numbers.shape)
        if numbers.dtype.kind == "b":
            return f"<{size} truth values>"
        return f"<{size} values, {numbers.min():g} to {numbers.max():g}>"
    return repr(value)
