"""The JSON of every study: one description of a record makes its schema and its reasons.

A record is described by a `TypedDict` beside the function that makes it, or by the dataclass that
a study returns; the meaning of a name is that of the glossary. Beside every number that is null
stands, in the same object, `<name>_reason`: a sentence that says why. Where the name holds a list
or an object of numbers, the reason is that of all its nulls.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import numpy as np

from negotiation import __version__
from negotiation.errors import ParameterError, nearest
from negotiation.glossary import meaning

T = TypeVar("T")

#: What is said of a null where nothing better is known.
_UNKNOWN = "not known"

#: The records of each study: module of `report` and names.
_SHAPES = {
    "solve": ("solution", "Solved"),
    "sweep": ("sweep", "Swept", "drawn_sweep", "SweptDraws"),
    "threshold": ("thresholds", "Located", "reach", "Reached"),
    "map": ("map", "Mapped", "chance_map", "LikelyMap"),
    "attribute": ("attribution", "Attributed"),
    "package": ("packages", "Bargained"),
    "credibility": ("credibility", "Believed"),
    "revealed": ("revealed", "RevealedRecord"),
    "sensitivity": ("sensitivity", "SensitivityRecord"),
    "scenarios": ("scenarios", "ScenarioRecord"),
    "probability": ("probability", "ProbabilityRecord"),
    "robust": ("robust", "RobustRecord"),
    "audit": ("audit", "AuditRecord"),
    "explain": ("derivation", "Explained", "derivation", "Explainable"),
    "report": ("briefing", "BriefingRecord"),
    "tariffs": ("tariffs", "TariffRecord"),
    "game": ("games", "SolvedFile"),
}


class _Because(NamedTuple):
    value: Any
    why: str


def because(value: T, why: str) -> T:
    """Mark a part of a record: numbers that are missing within it are missing for this reason."""
    return cast("T", _Because(value, why))


# --- records --------------------------------------------------------------------------------------


def finished(value: Any, shape: Any) -> Any:
    """Return a record as JSON has it, with a reason beside every number that is missing.

    Parameters
    ----------
    value : mapping or dataclass
        With `because` where it says why numbers may be missing.
    shape : type
        The `TypedDict` or dataclass that describes it.
    """
    return _plain(value, shape, "")[0]


def _plain(value: Any, shape: Any, why: str) -> tuple[Any, str]:
    """Return a value for JSON, and the reason of the first number within it that is missing."""
    if isinstance(value, _Because):
        return _plain(value.value, shape, value.why or why)
    shape = _fitting(value, shape)
    if value is None and shape is not float:
        return None, ""
    if _fields(shape) is not None:
        return _record(value, shape, why), ""
    origin = get_origin(shape)
    if origin is dict or origin is Mapping:
        return _gathered({str(k): _plain(v, get_args(shape)[1], why) for k, v in value.items()})
    if origin in (list, tuple, Sequence):
        each = [_plain(v, k, why) for v, k in zip(value, _elements(shape, value), strict=True)]
        return [got for got, _ in each], next((told for _, told in each if told), "")
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if shape is float:
        return _number(value, why)
    if shape is Any:
        return _anything(value, why)
    return (str(value) if isinstance(value, StrEnum) else value), ""


def _number(value: Any, why: str) -> tuple[Any, str]:
    if value is None or math.isnan(value):
        return None, why or _UNKNOWN
    return (value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"), ""


def _gathered(parts: Mapping[str, tuple[Any, str]]) -> tuple[dict[str, Any], str]:
    told = next((why for _, why in parts.values() if why), "")
    return {name: got for name, (got, _) in parts.items()}, told


def _anything(value: Any, why: str) -> tuple[Any, str]:
    """Return what has no description: settings of a model, its own facts."""
    if isinstance(value, Mapping):
        return _gathered({str(name): _plain(each, Any, why) for name, each in value.items()})
    if isinstance(value, list | tuple):
        each = [_plain(part, Any, why) for part in value]
        return [got for got, _ in each], next((told for _, told in each if told), "")
    return _number(value, why) if isinstance(value, float) else (value, "")


def _record(value: Any, shape: Any, why: str) -> dict[str, Any]:
    fields = _fields(shape) or {}
    items = value if isinstance(value, Mapping) else {n: getattr(value, n) for n in fields}
    unknown = [name for name in items if name not in fields]
    if unknown:
        raise KeyError(f"{shape.__name__} describes no '{unknown[0]}'")
    result = {}
    for name, field in fields.items():
        if name in items:
            result[name], missing = _plain(items[name], field, why)
            if missing:
                result[f"{name}_reason"] = missing
    return result


@cache
def _fields(shape: Any) -> dict[str, Any] | None:
    """Names and types of a described object; None of anything else."""
    if not (is_typeddict(shape) or (isinstance(shape, type) and dataclasses.is_dataclass(shape))):
        return None
    hints = get_type_hints(shape)
    if is_typeddict(shape):
        return hints
    return {field.name: hints[field.name] for field in dataclasses.fields(shape)}


def _parts(shape: Any) -> tuple[Any, ...]:
    return get_args(shape) if get_origin(shape) in (Union, UnionType) else (shape,)


def _fitting(value: Any, shape: Any) -> Any:
    """Return the one of several alternatives that a value is."""
    parts = [part for part in _parts(shape) if part is not NoneType]
    if len(parts) == 1:
        return parts[0]
    if isinstance(value, Mapping):
        for part in parts:
            fields = _fields(part)
            if fields is not None and set(value) <= set(fields):
                return part
        return next(part for part in parts if get_origin(part) is dict)
    if isinstance(value, str):
        return next(part for part in parts if part is not float)
    return next((part for part in parts if _fields(part) is None), parts[0])


def _elements(shape: Any, value: Any) -> list[Any]:
    parts = get_args(shape)
    if get_origin(shape) is tuple and parts[-1:] != (Ellipsis,):
        return list(parts)
    return [parts[0]] * len(value)


# --- schemas --------------------------------------------------------------------------------------


def studies() -> list[str]:
    """Return the studies whose JSON has a schema."""
    return list(_SHAPES)


def shapes(study: str) -> list[Any]:
    """Return the descriptions of the records of a study.

    Raises
    ------
    ParameterError
        If there is no such study.
    """
    if study not in _SHAPES:
        raise ParameterError(
            f"'{study}' is no study with a schema{nearest(study, _SHAPES)}; choose from "
            f"{', '.join(_SHAPES)}"
        )
    words = _SHAPES[study]
    return [
        getattr(import_module(f"negotiation.report.{module}"), name)
        for module, name in zip(words[::2], words[1::2], strict=True)
    ]


def schema(study: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what a study writes with `--format json`."""
    definitions: dict[str, Any] = {}
    found = [_schema(shape, definitions) for shape in shapes(study)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:negotiation:{__version__}:{study}",
        "title": f"negotiation {study}",
        **(found[0] if len(found) == 1 else {"oneOf": found}),
        "$defs": dict(sorted(definitions.items())),
    }


_NUMBER = {"anyOf": [{"type": ["number", "null"]}, {"enum": ["Infinity", "-Infinity"]}]}
_WORDS = {str: "string", bool: "boolean", int: "integer", NoneType: "null"}


def _schema(shape: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    parts = _parts(shape)
    if len(parts) > 1:
        rest = [part for part in parts if not (part is NoneType and float in parts)]
        found = [_schema(part, definitions) for part in rest]
        return found[0] if len(found) == 1 else {"anyOf": found}
    shape = parts[0]
    fields = _fields(shape)
    if fields is not None:
        if shape.__name__ not in definitions:
            definitions[shape.__name__] = {}
            definitions[shape.__name__] = _object(shape, fields, definitions)
        return {"$ref": f"#/$defs/{shape.__name__}"}
    origin, inner = get_origin(shape), get_args(shape)
    if shape is float:
        definitions["number"] = _NUMBER
        return {"$ref": "#/$defs/number"}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is dict or origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(inner[1], definitions)}
    if origin is tuple and inner[-1:] != (Ellipsis,):
        each = [_schema(part, definitions) for part in inner]
        return {"type": "array", "prefixItems": each, "minItems": len(each), "items": False}
    if origin in (list, tuple, Sequence):
        return {"type": "array", "items": _schema(inner[0], definitions)}
    if isinstance(shape, type) and issubclass(shape, StrEnum):
        return {"enum": [str(member) for member in shape]}
    return {"type": _WORDS[shape]} if shape in _WORDS else {}


def _object(shape: Any, fields: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, field in fields.items():
        properties[name] = {**_schema(field, definitions), "description": meaning(name)}
        if _may_miss(field):
            properties[f"{name}_reason"] = {
                "type": "string",
                "description": f"why {name}, or a part of it, is null",
            }
    required = _required(shape)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in fields if name in required],
        "additionalProperties": False,
    }


def _required(shape: Any) -> set[str]:
    """Names that every object has; `NotRequired` is found behind annotations that are texts too."""
    hints = get_type_hints(shape, include_extras=True)
    optional: frozenset[str] = getattr(shape, "__optional_keys__", frozenset())
    return {name for name, hint in hints.items() if get_origin(hint) is not NotRequired} - optional


def _may_miss(shape: Any) -> bool:
    """Whether numbers of it, but not of an object with a description of its own, may be null."""
    parts = _parts(shape)
    if len(parts) > 1:
        return any(_may_miss(part) for part in parts)
    if _fields(parts[0]) is not None or parts[0] is Ellipsis:
        return False
    return parts[0] in (float, Any) or any(
        _may_miss(part) for part in get_args(parts[0]) if get_origin(parts[0]) is not Literal
    )
