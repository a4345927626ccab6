"""Requests are held against the contract itself: parameters and bodies, every mistake at once.

The contract may grow, so members that it does not know are let through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ..wire import Json, Problem, Reason

CONTRACT = Path(__file__).parents[3] / "kiosk" / "gateway" / "contract" / "gateway.json"
"""One contract for both sides; the file is all that the city has in common with the agent."""
_BASE = "urn:contract"
MOST_REASONS = 50

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date", ValueError)
def _is_date(text: object) -> bool:
    # Python takes 20261123 and 2026-W48-1 too; RFC 3339 does not.
    if not isinstance(text, str):
        return True
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) and date.fromisoformat(text))


_STAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@_FORMATS.checks("date-time", ValueError)
def _is_stamp(text: object) -> bool:
    if not isinstance(text, str):
        return True
    found = _STAMP.fullmatch(text)
    if found is None:
        return False
    # RFC 3339 has leap seconds, Python has not.
    plain = text if found[1] != "60" else text[: found.start(1)] + "59" + text[found.end(1) :]
    datetime.fromisoformat(re.sub(r"\.\d+", "", plain).upper())
    return True


@cache
def _document() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(CONTRACT.read_bytes())
    return loaded


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        target: Any = _document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@cache
def _operations() -> Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(path item, operation) by operationId."""
    return {
        operation["operationId"]: (path, operation)
        for path in _document()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    }


def _absolute(schema: Any) -> Any:
    """References out of a part of the contract go to the whole of it."""
    if isinstance(schema, dict):
        return {name: _BASE + value if name == "$ref" else _absolute(value) for name, value in schema.items()}
    return [_absolute(value) for value in schema] if isinstance(schema, list) else schema


def _validator(schema: Any) -> Draft202012Validator:
    whole: Resource[Any] = DRAFT202012.create_resource(dict(_document()))
    registry: Registry[Any] = Registry().with_resource(_BASE, whole)
    return Draft202012Validator(_absolute(schema), registry=registry, format_checker=_FORMATS)


@cache
def _parameters(operation: str) -> Mapping[tuple[str, str], tuple[bool, bool, Draft202012Validator]]:
    """(where, name) -> (required, whether it is a number, its validator)."""
    path, said = _operations()[operation]
    found = {}
    for entry in [*path.get("parameters", []), *said.get("parameters", [])]:
        one = _resolved(entry)
        number = one["schema"].get("type") == "integer"
        found[one["in"], one["name"]] = (one.get("required", False), number, _validator(one["schema"]))
    return found


def parameters(operation: str, path: Mapping[str, str], query: Mapping[str, str]) -> None:
    """Check what stands in the URL. Raises Problem 400."""
    for (where, name), (required, number, validator) in _parameters(operation).items():
        given = {"path": path, "query": query}.get(where, {})
        if name not in given:
            if required and where == "query":
                raise _bad([Reason(f"{name} is missing", "BAD_PARAMETER")])
            continue
        text = given[name]
        value: Json = int(text) if number and re.fullmatch(r"-?\d{1,1000}", text, re.ASCII) else text
        if not validator.is_valid(value):
            raise _bad([Reason(f"{name} is not the contract's", "BAD_PARAMETER")])


@cache
def _body(operation: str) -> Draft202012Validator:
    said = _resolved(_operations()[operation][1]["requestBody"])
    return _validator(said["content"]["application/json"]["schema"])


def _place(error: ValidationError) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in error.absolute_path)


def _names(error: ValidationError) -> list[str]:
    return [str(name) for name in error.validator_value] if isinstance(error.validator_value, list) else []


def _words(error: ValidationError) -> str:
    """What is wrong, without quoting the body: problems are logged, bodies are not."""
    if error.validator == "required":
        given = error.instance if isinstance(error.instance, dict) else {}
        return "required: " + ", ".join(name for name in _names(error) if name not in given)
    return f"{error.validator}: {error.validator_value}"


def body(operation: str, value: Json) -> None:
    """Check a body, unsealed. Raises Problem 400 with JSON Pointers."""
    errors = sorted(_body(operation).iter_errors(value), key=_place)
    if errors:
        raise _bad([Reason(_words(error), "BAD_BODY", _place(error)) for error in errors[:MOST_REASONS]])


def _bad(reasons: list[Reason]) -> Problem:
    return Problem(400, "BAD_BODY", "Not the contract's request", errors=tuple(reasons))
