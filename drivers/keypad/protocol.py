"""`struct input_event` from a stream of bytes (linux/input.h). The kernel never tears one; a line may."""

from __future__ import annotations

import struct
from typing import NamedTuple

_LAYOUT = struct.Struct("@llHHi")
"""Seconds and microseconds (`struct timeval`), type, code, value: 24 bytes on 64-bit Linux."""
SIZE = _LAYOUT.size

# linux/input-event-codes.h
EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_MT_REPORT, SYN_DROPPED = 0, 2, 3
KEY_MAX = 0x2FF
_EV_MAX = 0x1F
_RELEASED, _PRESSED, _REPEATED = 0, 1, 2


class InputEvent(NamedTuple):
    """One event. `at` is its time in seconds, by the kernel's clock, which may be set."""

    at: float
    type: int
    code: int
    value: int


OVERRUN = InputEvent(0.0, EV_SYN, SYN_DROPPED, 0)
"""As the kernel says it when its buffer was full: something is lost, ask for the state anew."""


class EventStream:
    """Bytes in, events out. What can be no event spoils all that came after it: that is told as an overrun,
    and the next event is looked for in the next bytes. Holds less than one event."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def torn(self) -> bool:
        """Whether an event began and did not end."""
        return bool(self._rest)

    def forget(self) -> None:
        """What began will not end any more."""
        self._rest = b""

    def feed(self, data: bytes) -> list[InputEvent]:
        """The events that `data` completes, oldest first."""
        data = self._rest + data
        whole = len(data) - len(data) % SIZE
        self._rest = data[whole:]
        found: list[InputEvent] = []
        for seconds, microseconds, kind, code, value in _LAYOUT.iter_unpack(data[:whole]):
            if not _can_be(microseconds, kind, code, value):
                self.forget()
                return [*found, OVERRUN]
            found.append(InputEvent(seconds + microseconds / 1e6, kind, code, value))
        return found


def _can_be(microseconds: int, kind: int, code: int, value: int) -> bool:
    if not 0 <= microseconds < 1_000_000 or kind > _EV_MAX or code > KEY_MAX:
        return False
    if kind == EV_SYN:
        return code <= SYN_DROPPED
    return kind != EV_KEY or value in (_RELEASED, _PRESSED, _REPEATED)
