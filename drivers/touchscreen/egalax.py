"""eGalax (EETI) on a serial line: reports of five or six bytes, and diagnostics packets each way.

A diagnostics packet is 0Ah, a length, a command and what it says. Sources: EETI, *eGalaxTouch Software
Programming Guide* 2.0 (chapter 1); Linux, drivers/input/touchscreen/egalax_ts_serial.c.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivers.touchscreen.dialect import Answer, Dialect, Frame, Question, Reply
from drivers.touchscreen.report import Report, part

_START, _PRESSURE, _DOWN = 0x80, 0x40, 0x01
_RESOLUTION = 0x06
_NONE = 0x18
"""Bits of the first byte that are always 0."""
_DIAGNOSTICS = 0x0A
_LONGEST = 14
"""Of a diagnostics packet, behind its length: 16 bytes in all."""
RANGE = (0, 0x3FFF)


def packet(command: str, said: bytes = b"") -> bytes:
    """A diagnostics packet."""
    return bytes([_DIAGNOSTICS, 1 + len(said), ord(command)]) + said


def _cut(held: bytes) -> int:
    if held[0] & _START:
        size = 6 if held[0] & _PRESSURE else 5
        if held[0] & _NONE or any(byte & _START for byte in held[1:size]):
            return -1
        return size if len(held) >= size else 0
    if held[0] != _DIAGNOSTICS:
        return -1
    if len(held) < 3:
        return 0 if len(held) < 2 or 1 <= held[1] <= _LONGEST else -1
    size = 2 + held[1]
    if (
        not 1 <= held[1] <= _LONGEST
        or not 0x41 <= held[2] <= 0x5A
        or any(each & 0x80 for each in held[:size])
    ):
        return -1
    return size if len(held) >= size else 0


def _read(frame: bytes) -> Frame:
    if frame[0] == _DIAGNOSTICS:
        return Answer(chr(frame[2]), frame[3:])
    shift = 3 - ((frame[0] & _RESOLUTION) >> 1)  # 11 to 14 bits, brought to 14
    mask = 0x7F >> shift
    x, y = (((frame[at] & mask) << 7 | frame[at + 1]) << shift for at in (1, 3))
    return Report(0, bool(frame[0] & _DOWN), part(x, *RANGE), part(y, *RANGE))


def _plain(body: bytes) -> str:
    """Without the zeros it is filled up with, and without what a terminal would obey."""
    return "".join(each for each in body.decode("ascii") if each.isprintable()).strip()


def _asked(name: str, letter: str, means: Callable[[str], Reply] = lambda _: Reply()) -> Question:
    def read(answers: Sequence[Answer]) -> Reply | None:
        said = [each.body for each in answers if each.kind == letter]
        return means(_plain(said[-1])) if said else None

    return Question(name, packet(letter), read)


ACTIVE = _asked("active", "A")
EGALAX = Dialect(
    "egalax",
    _cut,
    _read,
    alive=ACTIVE,
    examine=(
        ACTIVE,
        _asked("firmware", "D", lambda said: Reply((("firmware", said),))),
        _asked("controller", "E", lambda said: Reply((("controller", said),))),
    ),
)
