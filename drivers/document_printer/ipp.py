"""IPP messages: bytes to groups of attributes and back (RFC 8010, section 3).

Bounded: a message has at most `MOST_VALUES` values and as many groups, and nothing in it recurses. Of an
answer only what this driver uses is told: numbers, truths, words. Collections are passed over, and a value
whose length does not fit its type is kept as bytes, so that one odd attribute does not hide the others.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from drivers.exc import DriverError

MOST_VALUES = 5000
"""A printer that tells all it has sends some 500."""

_HEAD = struct.Struct(">BBHI")  # version (two bytes), operation or status, request-id
_SIZE = struct.Struct(">H")
_INTEGER = struct.Struct(">i")
_RANGE = struct.Struct(">ii")


class Malformed(DriverError, ValueError):  # noqa: N818 - says what the bytes are
    """These bytes are no IPP message."""


class GroupTag(IntEnum):
    """What a group of attributes is about (RFC 8010, 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Types of values (RFC 8010, 3.5.2)."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    RANGE = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER_NAME = 0x4A


FIRST_VALUE_TAG = 0x10  # below are delimiters
_NO_VALUE = range(0x10, 0x20)  # unsupported, unknown, no-value and the like
_WORDS = range(0x40, 0x60)  # all character strings
_WITH_LANGUAGE = (Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE)

Value = int | bool | str | bytes | tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute to send: its type, name and values (at least one)."""

    tag: Tag
    name: str
    values: tuple[int | bool | str | tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes of one thing, by name. Of a name that comes twice, the first is kept."""

    tag: int
    attributes: dict[str, tuple[Value, ...]]

    def words(self, name: str) -> tuple[str, ...]:
        """The values of `name` that are words; empty when there are none."""
        return tuple(value for value in self.attributes.get(name, ()) if isinstance(value, str))

    def numbers(self, name: str) -> tuple[int, ...]:
        """The values of `name` that are numbers; empty when there are none."""
        values = self.attributes.get(name, ())
        return tuple(value for value in values if isinstance(value, int) and not isinstance(value, bool))

    def word(self, name: str) -> str:
        """The first word of `name`, or nothing."""
        return next(iter(self.words(name)), "")

    def number(self, name: str) -> int | None:
        """The first number of `name`, or None."""
        return next(iter(self.numbers(name)), None)

    def truth(self, name: str) -> bool | None:
        """The first truth of `name`, or None."""
        return next((value for value in self.attributes.get(name, ()) if isinstance(value, bool)), None)


@dataclass(frozen=True, slots=True)
class Message:
    """A message. `code` is an operation in a request and a status in an answer."""

    version: tuple[int, int]
    code: int
    request_id: int
    groups: tuple[Group, ...]

    def all(self, tag: GroupTag) -> tuple[Group, ...]:
        """The groups of one kind."""
        return tuple(group for group in self.groups if group.tag == tag)


def encode(
    version: tuple[int, int],
    code: int,
    request_id: int,
    groups: Sequence[tuple[GroupTag, Sequence[Attribute]]],
) -> bytes:
    """The bytes of a message without its document. Raises ValueError for what does not fit its type."""
    out = bytearray(_HEAD.pack(*version, code, request_id))
    for group, attributes in groups:
        out.append(group)
        for attribute in attributes:
            name = attribute.name.encode("ascii")
            for value in attribute.values:
                data = _value_bytes(attribute.tag, value)
                out.append(attribute.tag)
                for part in (name, data):
                    try:
                        out += _SIZE.pack(len(part)) + part
                    except struct.error as error:
                        raise ValueError(f"{attribute.name}: {len(part)} bytes are too many") from error
                name = b""  # further values of the same attribute have no name (RFC 8010, 3.1.5)
    out.append(GroupTag.END)
    return bytes(out)


def _value_bytes(tag: Tag, value: int | bool | str | tuple[int, int]) -> bytes:
    try:
        match value:
            case bool() if tag is Tag.BOOLEAN:
                return bytes([value])
            case int() if tag in (Tag.INTEGER, Tag.ENUM):
                return _INTEGER.pack(value)
            case (int(), int()) if tag is Tag.RANGE:
                return _RANGE.pack(*value)
            case str() if tag in _WORDS:
                return value.encode("utf-8")
    except struct.error as error:
        raise ValueError(f"{value!r} is no {tag.name}") from error
    raise ValueError(f"{value!r} is no {tag.name}")


def decode(data: bytes) -> Message:
    """The message that `data` begins with; what follows its end is left alone. Raises Malformed."""
    if len(data) < _HEAD.size:
        raise Malformed("too short")
    major, minor, code, request_id = _HEAD.unpack_from(data)
    gathered = _Gathered()
    at = _HEAD.size
    while True:
        tag = _byte(data, at)
        at += 1
        if tag < FIRST_VALUE_TAG:
            gathered.delimiter(tag)
            if tag == GroupTag.END:
                return Message((major, minor), code, request_id, gathered.groups())
            continue
        name, at = _counted(data, at)
        value, at = _counted(data, at)
        gathered.value(tag, name, value)


class _Gathered:
    """The groups of a message that is being read."""

    def __init__(self) -> None:
        self._groups: list[tuple[int, dict[str, list[Value]]]] = []
        self._present: list[Value] | None = None  # values of the attribute that was named last
        self._depth = 0  # collections that have begun and not ended
        self._count = 0

    def groups(self) -> tuple[Group, ...]:
        return tuple(
            Group(tag, {name: tuple(values) for name, values in attributes.items()})
            for tag, attributes in self._groups
        )

    def delimiter(self, tag: int) -> None:
        if self._depth:
            raise Malformed("a collection that does not end")
        self._groups += [] if tag == GroupTag.END else [(tag, {})]
        if len(self._groups) > MOST_VALUES:
            raise Malformed("too many groups")
        self._present = None

    def value(self, tag: int, name: bytes, data: bytes) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            raise Malformed("too many values")
        if not self._groups:
            raise Malformed("a value outside of every group")
        if not self._depth and name:
            self._present = []
            self._groups[-1][1].setdefault(name.decode("ascii", "replace"), self._present)
        if tag == Tag.BEGIN_COLLECTION:
            self._depth += 1
        elif tag == Tag.END_COLLECTION:
            self._depth -= 1
            if self._depth < 0:
                raise Malformed("an end without a collection")
        elif not self._depth:
            if self._present is None:
                raise Malformed("a value without a name")
            self._present.append(_value(tag, data))


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Malformed("cut off")
    return data[at]


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    end = at + _SIZE.size
    if end > len(data):
        raise Malformed("cut off")
    stop = end + _SIZE.unpack_from(data, at)[0]
    if stop > len(data):
        raise Malformed("cut off")
    return data[end:stop], stop


def _value(tag: int, data: bytes) -> Value:
    if tag in _NO_VALUE:
        return None
    if tag in _WORDS:
        return data.decode("utf-8", "replace")
    if tag in (Tag.INTEGER, Tag.ENUM) and len(data) == _INTEGER.size:
        return int(_INTEGER.unpack(data)[0])
    if tag == Tag.BOOLEAN and data in (b"\x00", b"\x01"):
        return data == b"\x01"
    if tag == Tag.RANGE and len(data) == _RANGE.size:
        lower, upper = _RANGE.unpack(data)
        return (lower, upper)
    if tag in _WITH_LANGUAGE:
        try:
            _, at = _counted(data, 0)
            return _counted(data, at)[0].decode("utf-8", "replace")
        except Malformed:
            return data
    return data
