"""Whether an answer has the shape that the contract gives it.

Checked are `type`, `required`, `properties`, `items` and `additionalProperties`: what code relies on
when it reads a value. Not checked are `enum`, `format` and lengths: the contract may grow, and a
case that the gateway accepted stays accepted even if its state is a word that we do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.gateway.contract import Contract

_MAX_DEPTH = 32
"""Levels of nesting in an answer. The contract's own deepest is a case within a case, ten or so."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def misfit(
    value: Any, schema: Mapping[str, Any], contract: Contract, at: str = "", depth: int = 0
) -> str | None:
    """Where `value` does not fit `schema` (a JSON Pointer and a word), or None when it does.

    The pointer names places of the contract, never what a citizen said: names that the contract
    does not list are shown as `*`.
    """
    schema = contract.resolve(schema)
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        return f"{at or '/'}: not {kind}"
    if depth > _MAX_DEPTH:
        return f"{at}: too deep"
    if isinstance(value, dict):
        return _misfit_object(value, schema, contract, at, depth)
    if isinstance(value, list) and "items" in schema:
        places = (misfit(one, schema["items"], contract, f"{at}/*", depth + 1) for one in value)
        return next((place for place in places if place), None)
    return None


def _misfit_object(
    value: dict[str, Any], schema: Mapping[str, Any], contract: Contract, at: str, depth: int
) -> str | None:
    for name in schema.get("required", ()):
        if name not in value:
            return f"{at}/{name}: missing"
    listed = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for name, inner in value.items():
        place = None
        if name in listed:
            place = misfit(inner, listed[name], contract, f"{at}/{name}", depth + 1)
        elif isinstance(others, Mapping):
            place = misfit(inner, others, contract, f"{at}/*", depth + 1)
        if place:
            return place
    return None


def _is(value: Any, kind: str) -> bool:
    # In Python a bool is an int; in JSON it is not.
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])
