"""A small validator of JSON Schema: what our schemas use; it refuses what it does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}
_KNOWN = {
    *("$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "anyOf", "oneOf"),
    *("properties", "required", "additionalProperties", "items", "prefixItems", "minItems"),
}


def problems(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None,
             at: str = "$") -> Iterator[str]:  # fmt: skip
    """Yield what is wrong with a value, each with its place."""
    root = schema if root is None else root
    unknown = set(schema) - _KNOWN
    if unknown:
        raise NotImplementedError(f"the validator does not know {sorted(unknown)}")
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from problems(value, root["$defs"][name], root, at)
    for word, least, most in (("anyOf", 1, None), ("oneOf", 1, 1)):
        if word in schema:
            found = [list(problems(value, each, root, at)) for each in schema[word]]
            fits = sum(not each for each in found)
            if fits < least or (most is not None and fits > most):
                yield f"{at}: fits {fits} of {word}: {min(found, key=len)[:2]}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_is(value, each) for each in types):
            yield f"{at}: {value!r} is not of type {types}"
            return
    if isinstance(value, dict):
        yield from _object(value, schema, root, at)
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        if len(value) < schema.get("minItems", 0):
            yield f"{at}: {len(value)} items are too few"
        for k, each in enumerate(value):
            rule = first[k] if k < len(first) else schema.get("items", {})
            if rule is False:
                yield f"{at}[{k}]: one item too many"
            else:
                yield from problems(each, rule, root, f"{at}[{k}]")


def _object(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{at}: '{name}' is missing"
    for name, each in value.items():
        rule = known.get(name, schema.get("additionalProperties", {}))
        if rule is False:
            yield f"{at}: '{name}' is not described"
        else:
            yield from problems(each, rule, root, f"{at}.{name}")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind in ("number", "integer"):
        return isinstance(value, int) or (kind == "number" and isinstance(value, float))
    return isinstance(value, _TYPES[kind])
