"""BER-TLV (ISO/IEC 8825-1 as EMV Book 3, annex B, narrows it): strict, bounded, and never a text search.

A tag is looked for where it may stand: `5A` inside another value is no card number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 4096
"""Bytes that are looked at; no answer of a card is as long."""
DEEPEST = 6
MOST_OBJECTS = 256


class BadTlv(ValueError):  # noqa: N818 - reads as what it is
    """Bytes that are no BER-TLV, or more of it than any card has."""


@dataclass(frozen=True, slots=True, repr=False)
class Tlv:
    """One object. `inner` are the objects in a constructed one, in order; a primitive one has none."""

    tag: int
    value: bytes
    inner: tuple[Tlv, ...] = ()

    def __repr__(self) -> str:
        return f"<Tlv {self.tag:X}, {len(self.value)} bytes withheld>"


def parse(data: bytes) -> tuple[Tlv, ...]:
    """The objects in `data`, all of it. Raises BadTlv.

    00 and FF may stand between objects (ISO/IEC 7816-4, 5.2.2.1). A tag has three bytes at most, a length
    three (82 xx xx); the indefinite length is refused, as EMV does.
    """
    if len(data) > LONGEST:
        raise BadTlv("too long")
    return tuple(_objects(data, 0, [MOST_OBJECTS]))


def _objects(data: bytes, depth: int, left: list[int]) -> Iterator[Tlv]:
    at = 0
    while at < len(data):
        if data[at] in (0x00, 0xFF):
            at += 1
            continue
        if depth >= DEEPEST or not left[0]:
            raise BadTlv("too deep, or too many objects")
        left[0] -= 1
        constructed = bool(data[at] & 0x20)
        tag, at = _tag(data, at)
        length, at = _length(data, at)
        value = data[at : at + length]
        if len(value) < length:
            raise BadTlv("a value is cut off")
        at += length
        yield Tlv(tag, value, tuple(_objects(value, depth + 1, left)) if constructed else ())


def _tag(data: bytes, at: int) -> tuple[int, int]:
    end = at + 1
    if data[at] & 0x1F == 0x1F:
        while True:
            if end >= len(data) or end - at > 2:
                raise BadTlv("a tag is cut off or too long")
            end += 1
            if not data[end - 1] & 0x80:
                break
    return int.from_bytes(data[at:end], "big"), end


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise BadTlv("a length is missing")
    first = data[at]
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if count not in (1, 2) or at + 1 + count > len(data):
        raise BadTlv("a length is indefinite, too long or cut off")
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count


def inside(objects: tuple[Tlv, ...], *path: int) -> Iterator[Tlv]:
    """Every object at `path`, tag after tag from the outermost, in the order of the data."""
    tag, *rest = path
    for each in objects:
        if each.tag == tag:
            if rest:
                yield from inside(each.inner, *rest)
            else:
                yield each


def value(objects: tuple[Tlv, ...], *path: int) -> bytes | None:
    """The value of the first object at `path`; None where there is none."""
    found = next(inside(objects, *path), None)
    return None if found is None else found.value


def data_object_list(data: bytes) -> tuple[tuple[int, int], ...]:
    """Tag and length of each entry of a DOL such as a PDOL (EMV Book 3, 5.4). Raises BadTlv.

    The values of all of them fit into one command: 252 bytes behind `83 81 len`, or fewer.
    """
    found: list[tuple[int, int]] = []
    at = total = 0
    while at < len(data):
        tag, at = _tag(data, at)
        if at >= len(data):
            raise BadTlv("a length is missing")
        length, at = data[at], at + 1  # one byte, whatever it is
        total += length
        if total > 252:
            raise BadTlv("a DOL asks for more than a command holds")
        found.append((tag, length))
    return tuple(found)
