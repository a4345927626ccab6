"""The gateway's contract as an index: which operations there are, and what their answers look like.

`gateway.openapi.yaml` is the city's, byte for byte; `gateway.json`, which is read, is the same document
(`deploy/contract.py` writes it). No other file of the agent knows an address.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import quote

import msgspec

_METHODS = ("get", "post", "put", "patch", "delete")
SHIPPED = "gateway.json"
PUBLISHED = frozenset({"getOptions"})
"""May be published by a department, though the contract has no If-None-Match here; HTTP has, for any GET."""
_MAX_PARAMETER = 200
"""Characters of a path parameter for which the contract gives no limit of its own."""


class UnknownOperation(LookupError):  # noqa: N818 - names what is wrong, as LookupError's own kin do
    """No such operation in the contract: a mistake in a flow or in our code."""

    def __init__(self, name: str, known: list[str]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        super().__init__(f"the gateway's contract has no operation {name!r}{hint}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the path, and what may stand there."""

    name: str
    pattern: str | None
    max_length: int

    def takes(self, value: str) -> bool:
        """Whether `value` may stand in the path. Dots alone would climb to another path."""
        if not 0 < len(value) <= self.max_length or value.strip(".") == "" or not value.isprintable():
            return False
        return self.pattern is None or re.search(self.pattern, value) is not None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `tokens` is the set of `visit` and `terminal` (empty: none is needed); `takes_body` says that it has
    a body, `body` of which JSON type each property of it is (empty: any), `required` which must be there;
    `keyed` that an Idempotency-Key is due, `conditional` that If-None-Match may be sent, `jose`
    that a sealed body is taken; `answers` has the schema of the JSON that comes with each 2xx status,
    `binary` the media type of an answer that is none.
    """

    name: str
    method: str
    template: str
    parameters: tuple[Parameter, ...]
    query: frozenset[str]
    tokens: frozenset[str]
    takes_body: bool
    body: Mapping[str, str]
    required: frozenset[str]
    keyed: bool
    conditional: bool
    jose: bool
    answers: Mapping[int, Mapping[str, Any]]
    binary: str | None

    @property
    def public(self) -> bool:
        """Whether anybody may keep a copy of what a terminal, with nobody at it, is answered to this."""
        return self.conditional or self.name in PUBLISHED

    def path(self, values: Mapping[str, str]) -> str | None:
        """The path with `values` in it, percent-encoded; None when one of them cannot be an id.

        Raises KeyError for a parameter that is missing: that is the caller's mistake, not a citizen's.
        """
        path = self.template
        for parameter in self.parameters:
            value = values[parameter.name]
            if not parameter.takes(value):
                return None
            path = path.replace("{" + parameter.name + "}", quote(value, safe=""))
        return path


class Contract(Mapping[str, Operation]):
    """The operations by `operationId`. A missing one raises UnknownOperation."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._operations = {
            operation.name: operation
            for template, entry in document["paths"].items()
            for operation in self._of_path(template, entry)
        }

    def __getitem__(self, name: str) -> Operation:
        try:
            return self._operations[name]
        except KeyError:
            raise UnknownOperation(name, list(self._operations)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._operations

    def __iter__(self) -> Iterator[str]:
        return iter(self._operations)

    def __len__(self) -> int:
        return len(self._operations)

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """`node`, or what its `$ref` points at."""
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _of_path(self, template: str, entry: Mapping[str, Any]) -> Iterator[Operation]:
        for method in _METHODS:
            if method in entry:
                spec = entry[method]
                shared = entry.get("parameters", []) + spec.get("parameters", [])
                yield self._operation(method, template, spec, [self.resolve(one) for one in shared])

    def _operation(
        self, method: str, template: str, spec: Mapping[str, Any], parameters: list[Mapping[str, Any]]
    ) -> Operation:
        headers = {one["name"] for one in parameters if one["in"] == "header"}
        schemes = spec.get("security", self._document["security"])
        body = self.resolve(spec.get("requestBody", {}))
        schema = self.resolve(body.get("content", {}).get("application/json", {}).get("schema", {}))
        return Operation(
            name=spec["operationId"],
            method=method.upper(),
            template=template,
            parameters=tuple(_parameter(one) for one in parameters if one["in"] == "path"),
            query=frozenset(one["name"] for one in parameters if one["in"] == "query"),
            tokens=frozenset(scheme for alternative in schemes for scheme in alternative),
            takes_body=bool(body),
            body={
                name: self.resolve(each).get("type", "")
                for name, each in schema.get("properties", {}).items()
            },
            required=frozenset(schema.get("required", ())),
            keyed="Idempotency-Key" in headers,
            conditional="If-None-Match" in headers,
            jose="application/jose" in body.get("content", {}),
            answers=self._answers(spec["responses"]),
            binary=self._binary(spec["responses"]),
        )

    def _binary(self, responses: Mapping[str, Any]) -> str | None:
        media = self.resolve(responses.get("200", {})).get("content", {})
        return next((kind for kind in media if kind != "application/json"), None)

    def _answers(self, responses: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
        found = {}
        for status, response in responses.items():
            media = self.resolve(response).get("content", {}).get("application/json")
            if status.startswith("2") and media is not None:
                found[int(status)] = media["schema"]
        return found


def _parameter(spec: Mapping[str, Any]) -> Parameter:
    schema = spec["schema"]
    return Parameter(spec["name"], schema.get("pattern"), schema.get("maxLength", _MAX_PARAMETER))


@functools.cache
def load() -> Contract:
    """The contract that is shipped with the agent; read once."""
    return Contract(msgspec.json.decode(resources.files(__name__).joinpath(SHIPPED).read_bytes()))
