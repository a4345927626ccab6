"""The links of the journal's chain: one hash over the hash before it and an entry's very bytes.

An entry's bytes are its canonical JSON: UTF-8, keys sorted, no blanks, so never a line break.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec

from offline_cache.events import Entry

START = bytes(32)
"""The hash before the first entry."""

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: its number (0: none yet) and its hash. What is anchored elsewhere."""

    sequence: int
    hash: bytes


def follow(before: bytes, body: bytes) -> bytes:
    """The hash of the entry `body`, which stands after the hash `before`."""
    return hashlib.sha256(before + body).digest()


def encode(entry: Entry) -> bytes:
    """The canonical bytes of an entry."""
    return _encoder.encode(entry)


def decode(body: bytes) -> Entry:
    """The inverse of `encode`. Raises msgspec.MsgspecError for what this release does not know."""
    return _decoder.decode(body)


def number(body: bytes) -> int | None:
    """The number that an entry says it has, whatever release wrote it; None where it says none."""
    try:
        place: int = msgspec.json.decode(body, type=_Numbered).sequence
    except msgspec.MsgspecError:
        return None
    return place


def dated(body: bytes) -> datetime | None:
    """When an entry says it was written, whatever release wrote it; None where it does not say."""
    try:
        at: datetime = msgspec.json.decode(body, type=_Dated).at
    except msgspec.MsgspecError:
        return None
    return at


class _Numbered(msgspec.Struct):
    """As much of an entry as tells its place."""

    sequence: int


class _Dated(msgspec.Struct):
    """As much of an entry as tells its time."""

    at: datetime
