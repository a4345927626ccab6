"""Checks answers against the gateway's contract: the schema of the operation's answer with that status."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

CONTRACT = Path(__file__).parents[3] / "kiosk" / "gateway" / "contract" / "gateway.json"
_BASE = "urn:contract"
_BEGINS = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8"}
"""How the files begin that the contract gives."""

# jsonschema checks formats only with libraries that we do not have; these three are all the contract uses.
_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date", ValueError)(lambda text: bool(date.fromisoformat(str(text))))
_FORMATS.checks("uuid", ValueError)(lambda text: bool(uuid.UUID(str(text))))


@_FORMATS.checks("date-time", ValueError)
def _has_offset(text: object) -> bool:
    return datetime.fromisoformat(str(text)).tzinfo is not None


@cache
def document() -> dict[str, Any]:
    """The contract."""
    loaded: dict[str, Any] = json.loads(CONTRACT.read_bytes())
    return loaded


@cache
def operations() -> dict[str, tuple[str, str]]:
    """(path, method) by operationId."""
    return {
        operation["operationId"]: (path, method)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a `$ref` of the contract."""
    while "$ref" in node:
        target: Any = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def answer_of(operation: str, status: int) -> dict[str, Any]:
    """What the contract says of this operation's answer with this status."""
    path, method = operations()[operation]
    responses = document()["paths"][path][method]["responses"]
    return resolve(responses.get(str(status), responses["default"]))


def violations(operation: str, status: int, media_type: str, body: Any) -> list[str]:
    """What is wrong with a JSON answer; empty when nothing is."""
    content = answer_of(operation, status).get("content", {})
    if media_type not in content:
        return [f"{media_type} is not an answer of {operation} with status {status}: {sorted(content)}"]
    whole: Resource[Any] = DRAFT202012.create_resource(document())
    registry: Registry[Any] = Registry().with_resource(_BASE, whole)
    validator = Draft202012Validator(
        _absolute(content[media_type]["schema"]), registry=registry, format_checker=_FORMATS
    )
    return [
        f"{'/'.join(str(step) for step in error.absolute_path)}: {error.message}"
        for error in validator.iter_errors(body)
    ]


def _absolute(schema: Any) -> Any:
    """References out of a part of the contract go to the whole of it."""
    if isinstance(schema, dict):
        return {name: _BASE + value if name == "$ref" else _absolute(value) for name, value in schema.items()}
    return [_absolute(value) for value in schema] if isinstance(schema, list) else schema


def check(operation: str, answer: requests.Response) -> None:
    """Fail where an answer is not the contract's."""
    assert "Date" in answer.headers
    said = answer_of(operation, answer.status_code)
    for name in said.get("headers", {}):
        assert name in answer.headers or name == "Retry-After", f"{operation} lacks {name}"
    if answer.status_code == 304:
        assert not answer.content
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    if media_type in _BEGINS:
        assert media_type in said["content"]
        assert answer.content.startswith(_BEGINS[media_type])
        return
    found = violations(operation, answer.status_code, media_type, answer.json())
    assert not found, f"{operation} {answer.status_code}: {found}"
