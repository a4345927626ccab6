"""One parser as a fuzzer sees it: a claim about any bytes, and valid ones to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A target. `check` raises AssertionError, or what the parser must not, on bytes that break it."""

    check: Callable[[bytes], None]
    valid: tuple[bytes, ...]
    """Inputs as a device that is well sends them; at least half of all inputs are these with a few bytes
    changed (`tests.drivers.mutations.mutated`)."""

    longest: int = 2048
    """Bytes of an input at most."""


PIECES = (1, 3, 7, 64, 4096)


def in_pieces(data: bytes) -> list[bytes]:
    """What follows the first byte, cut as that byte says: for parsers that are fed as bytes come."""
    if not data:
        return []
    size = PIECES[data[0] % len(PIECES)]
    return [data[at : at + size] for at in range(1, len(data), size)]


def as_pieces(wire: bytes, size: int) -> bytes:
    """The other way round; `size` is one of `PIECES`."""
    return bytes((PIECES.index(size),)) + wire


def packets(data: bytes) -> list[bytes]:
    """Bytes as packets, each behind one byte of its length; the last may be cut short."""
    found = []
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        found.append(data[at + 1 : end])
        at = end
    return found


def as_packets(sent: Iterable[bytes]) -> bytes:
    """The other way round, of packets of up to 255 bytes."""
    return b"".join(bytes((len(each),)) + each for each in sent)
