"""MicroTouch (3M): Format Tablet for touches, SOH ... CR for commands and their answers.

Sources: 3M, *MicroTouch Controller EX Serial Reference Guide* (TSD-29087; commands and table 11) and *SC400
Controller Reference Guide* (unit type); Linux, drivers/input/touchscreen/mtouch.c.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from drivers.touchscreen.dialect import LONGEST, Answer, Dialect, Frame, Question, Reply
from drivers.touchscreen.report import Report, part

_SYNC, _DOWN = 0x80, 0x40
_TABLET = 5
_SOH, _CR = 0x01, 0x0D
RANGE = (0, 0x3FFF)
_YES = re.compile(rb"0")
_IDENTITY = re.compile(rb"[ -~]{6}")
_UNIT = re.compile(rb"[ -~]{6}[0-9A-F]{2}")
_DIAGNOSIS = re.compile(rb"[012]")


def command(words: str) -> bytes:
    """As it is sent."""
    return b"\x01" + words.encode("ascii") + b"\r"


def _cut(held: bytes) -> int:
    if held[0] & _SYNC:
        if any(byte & _SYNC for byte in held[1:_TABLET]):
            return -1  # the next one began before this one ended
        return _TABLET if len(held) >= _TABLET else 0
    if held[0] != _SOH:
        return -1
    end = held.find(_CR)
    said = held[1:end] if end > 0 else held[1:]
    if any(not 0x20 <= byte < 0x7F for byte in said) or len(said) > LONGEST - 2:
        return -1
    return end + 1 if end > 0 else 0


def _read(frame: bytes) -> Frame:
    if frame[0] == _SOH:
        return Answer("", frame[1:-1])
    x, y = frame[1] | frame[2] << 7, frame[3] | frame[4] << 7
    # The controller counts from the bottom.
    return Report(0, bool(frame[0] & _DOWN), part(x, *RANGE), 1.0 - part(y, *RANGE))


def _asked(
    words: str, shape: re.Pattern[bytes], means: Callable[[str], Reply] = lambda _: Reply()
) -> Question:
    """Answers carry no name of what they answer: one of another shape is another's, and came late."""

    def read(answers: Sequence[Answer]) -> Reply | None:
        fits = [each.body for each in answers if shape.fullmatch(each.body)]
        return means(fits[-1].decode("ascii")) if fits else None

    return Question(words, command(words), read)


def _identity(said: str) -> Reply:
    return Reply((("controller", said[:2]), ("firmware", said[2:])))


def _unit(said: str) -> Reply:
    fault = "" if said[6:] == "00" else f"its own status is {said[6:]}h"
    return Reply((("unit", said[:6].rstrip("*")),), fault)


def _diagnosis(said: str) -> Reply:
    """``1``: the controller does not have this command."""
    return Reply(fault="it finds its sensor broken" if said == "2" else "")


RESET = _asked("R", _YES)
NULL = _asked("Z", _YES)
MICROTOUCH = Dialect(
    "microtouch",
    _cut,
    _read,
    alive=NULL,
    examine=(
        _asked("OI", _IDENTITY, _identity),
        _asked("UT", _UNIT, _unit),
        _asked("DX", _DIAGNOSIS, _diagnosis),
    ),
    opening=(_asked("FT", _YES), _asked("MS", _YES)),
    recovery=(RESET,),
)
