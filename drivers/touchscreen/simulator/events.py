"""What the kernel tells of a touch: struct input_event, multitouch type B or a single touch.

linux/input.h and linux/input-event-codes.h, 64 bits: two longs of time, type, code, value.
"""

from __future__ import annotations

import json
import struct
import time

_SYN, _KEY, _ABS = 0, 1, 3
_X, _Y, _SLOT, _MT_X, _MT_Y, _ID = 0x00, 0x01, 0x2F, 0x35, 0x36, 0x39
_BTN_TOUCH = 0x14A
MOST = 4095
SLOTS = 10


def event(kind: int, code: int, value: int) -> bytes:
    """One event."""
    now = time.time()
    return struct.pack("<qqHHi", int(now), int(now % 1 * 1e6), kind, code, value)


REPORT = event(_SYN, 0, 0)
DROPPED = event(_SYN, 3, 0)


def description(*, multi: bool, kind: str = "touchscreen") -> bytes:
    """What a socket says in the place of the ioctls of a node: JSON."""
    axes: dict[int, tuple[int, int]] = {_X: (0, MOST), _Y: (0, MOST)}
    if multi:
        axes |= {_SLOT: (0, SLOTS - 1), _MT_X: (0, MOST), _MT_Y: (0, MOST), _ID: (0, 65535)}
    told = {"name": "Simulated Touch", "axes": axes, "keys": [_BTN_TOUCH], "properties": [1]}
    if kind == "keyboard":
        told |= {"name": "Simulated Keyboard", "axes": {}, "keys": [30], "properties": []}
    return json.dumps(told).encode()


class Hand:
    """The events of up to ten fingers."""

    def __init__(self, *, multi: bool) -> None:
        self._multi = multi
        self._next = 0
        self._slot = 0

    def touch(self, x: float, y: float, phase: str, finger: int = 0) -> list[bytes]:
        """The events of a frame, one by one; the last is SYN_REPORT."""
        place = (round(x * MOST), round(y * MOST))
        found: list[bytes] = []
        if self._multi:
            if finger != self._slot:
                self._slot = finger
                found.append(event(_ABS, _SLOT, finger))
            if phase == "down":
                found.append(event(_ABS, _ID, self._next))
                self._next = (self._next + 1) % 65536
            if phase == "up":
                found.append(event(_ABS, _ID, -1))
            else:
                found += [event(_ABS, _MT_X, place[0]), event(_ABS, _MT_Y, place[1])]
        if phase != "up":
            found += [event(_ABS, _X, place[0]), event(_ABS, _Y, place[1])]
        if phase != "move":
            found.append(event(_KEY, _BTN_TOUCH, int(phase == "down")))
        return [*found, REPORT]
