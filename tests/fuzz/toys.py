"""Parsers with a fault planted in each, by which the harness is shown to find one."""

from __future__ import annotations

from tests.fuzz.target import Fuzzed

_GOOD = b"\xaa\x03\x01ok!"


def _crashes(data: bytes) -> None:
    """At a length that no valid input has, behind three bytes that random ones seldom have."""
    if len(data) > 3 and data[0] == 0xAA and data[2] == 0x01:  # noqa: SIM102 - each step is a branch to be found
        if data[1] > 0xF0:
            raise IndexError("planted")


def _hangs(data: bytes) -> None:
    while data[:1] == b"\xaa" and data[1:2] == b"\x00":
        pass


def _hoards(data: bytes, held: list[bytes] = []) -> None:  # noqa: B006 - that it is kept is the fault
    held.append(bytes(4000) + data)


def _is_sound(data: bytes) -> None:
    assert len(data) >= 0


CRASHES = Fuzzed(_crashes, (_GOOD,), longest=16)
HANGS = Fuzzed(_hangs, (_GOOD,), longest=16)
HOARDS = Fuzzed(_hoards, (_GOOD,), longest=16)
SOUND = Fuzzed(_is_sound, (_GOOD,), longest=16)
