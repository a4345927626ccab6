"""The printer's side of IPP: requests are read and judged strictly, answers are put together.

Written from RFC 8010 and RFC 8011 for the simulator alone: it shares no line with the driver.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

CHARSET, LANGUAGE, URI, NAME, KEYWORD, TEXT, MIME = 0x47, 0x48, 0x45, 0x42, 0x44, 0x41, 0x49
INTEGER, BOOLEAN, ENUM = 0x21, 0x22, 0x23
_GROUPS = {1: "operation", 2: "job", 4: "printer"}

OPERATIONS = {
    0x02: "print-job",
    0x04: "validate-job",
    0x08: "cancel-job",
    0x09: "get-job-attributes",
    0x0A: "get-jobs",
    0x0B: "get-printer-attributes",
}

OK = 0x0000
BAD_REQUEST = 0x0400
NOT_POSSIBLE = 0x0404
NOT_FOUND = 0x0406
FORMAT_NOT_SUPPORTED = 0x040A
VALUES_NOT_SUPPORTED = 0x040B
CHARSET_NOT_SUPPORTED = 0x040D
OPERATION_NOT_SUPPORTED = 0x0501
NOT_ACCEPTING = 0x0506

Answered = tuple[int, str, tuple[int | bool | str, ...]]
"""Tag, name and values of an attribute in an answer."""


class BadRequest(ValueError):  # noqa: N818 - what the printer thinks of it
    """A request that a printer refuses, and with which status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Request:
    """A request as it came: attributes by group and name, each with its tag and raw values."""

    version: bytes
    operation: int
    request_id: bytes
    groups: dict[str, dict[str, tuple[int, list[bytes]]]] = field(default_factory=dict)
    document: bytes = b""

    def one(self, group: str, name: str, tag: int) -> bytes:
        """The only value of an attribute that must be there, of this type. Raises BadRequest."""
        try:
            found, values = self.groups[group][name]
        except KeyError:
            raise BadRequest(BAD_REQUEST, f"{name} is missing") from None
        if found != tag or len(values) != 1:
            raise BadRequest(BAD_REQUEST, f"{name} is not one value of type {tag:#x}")
        return values[0]

    def maybe(self, group: str, name: str) -> list[str]:
        """The values of an attribute that need not be there, as words."""
        return [value.decode() for value in self.groups.get(group, {}).get(name, (0, []))[1]]


def read(body: bytes) -> Request:
    """A request out of the body of a POST. Raises BadRequest."""
    stream = io.BytesIO(body)
    head = _take(stream, 8)
    request = Request(head[:2], int.from_bytes(head[2:4], "big"), head[4:8])
    group: dict[str, tuple[int, list[bytes]]] | None = None
    last = ""
    while (tag := _take(stream, 1)[0]) != 3:
        if tag in _GROUPS:
            group = request.groups.setdefault(_GROUPS[tag], {})
            continue
        if group is None:
            raise BadRequest(BAD_REQUEST, "a value before any group")
        name = _take(stream, int.from_bytes(_take(stream, 2), "big")).decode("ascii")
        value = _take(stream, int.from_bytes(_take(stream, 2), "big"))
        last = name or last
        if name and name in group:
            raise BadRequest(BAD_REQUEST, f"{name} comes twice")
        group.setdefault(last, (tag, []))[1].append(value)
    request.document = stream.read()
    _judge(request)
    return request


def _judge(request: Request) -> None:
    """What RFC 8011, 4.1.4 and 4.1.5 ask of every request."""
    order = list(request.groups.get("operation", {}))
    if order[:3] != ["attributes-charset", "attributes-natural-language", "printer-uri"]:
        raise BadRequest(BAD_REQUEST, f"operation attributes begin with {order[:3]}")
    if request.one("operation", "attributes-charset", CHARSET) != b"utf-8":
        raise BadRequest(CHARSET_NOT_SUPPORTED, "charset")
    request.one("operation", "attributes-natural-language", LANGUAGE)
    if not request.one("operation", "printer-uri", URI).startswith(b"ipp://"):
        raise BadRequest(BAD_REQUEST, "printer-uri is no ipp address")
    request.one("operation", "requesting-user-name", NAME)


def answer(request: Request, status: int, *groups: tuple[int, list[Answered]]) -> bytes:
    """An answer: the version and number of the request, a status, and groups of attributes."""
    parts = [b"\x01\x01", status.to_bytes(2, "big"), request.request_id]
    common: list[Answered] = [
        (CHARSET, "attributes-charset", ("utf-8",)),
        (LANGUAGE, "attributes-natural-language", ("en",)),
    ]
    for group, attributes in ((1, common), *groups):
        parts.append(bytes([group]))
        for tag, name, values in attributes:
            for at, value in enumerate(values):
                raw = _raw(tag, value)
                label = b"" if at else name.encode()
                parts += [bytes([tag]), len(label).to_bytes(2, "big"), label]
                parts += [len(raw).to_bytes(2, "big"), raw]
    return b"".join([*parts, b"\x03"])


def _raw(tag: int, value: int | bool | str) -> bytes:
    if tag == BOOLEAN:
        return b"\x01" if value else b"\x00"
    if isinstance(value, int):
        return value.to_bytes(4, "big", signed=True)
    return value.encode()


def _take(stream: io.BytesIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BadRequest(BAD_REQUEST, "cut off")
    return data
