"""Elo SmartSet: packets of ten bytes, each way.

``U``, a type, seven bytes of data, a checksum (AAh and the nine bytes before it, modulo 256). Sources: Elo's
support page *SmartSet Data Protocol*; Linux, drivers/input/touchscreen/elo.c (E271-2210); the command
descriptions (``a``) of the 2201L manual.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.touchscreen.dialect import Answer, Dialect, Frame, Question, Reply
from drivers.touchscreen.report import Report, part

SIZE = 10
_LEAD = 0x55
_SEED = 0xAA
_DOWN = 0x03
"""Initial touch (bit 0) and stream (bit 1); bit 2 is untouch, bit 7 says that Z is pressure."""
RANGE = (0, 4095)
_TYPES = ("AccuTouch", "DuraTouch", "IntelliTouch", "CarrollTouch")
_ERRORS = {
    "1": "divide by zero",
    "2": "bad input packet",
    "3": "bad input checksum",
    "4": "input packet overrun",
    "5": "illegal command",
    "6": "calibration command cancelled",
    "8": "bad serial setup combination",
    "9": "NVRAM not valid",
}


def packet(kind: str, data: bytes = b"") -> bytes:
    """A packet of this type with up to seven bytes of data."""
    body = bytes([_LEAD, ord(kind)]) + data.ljust(SIZE - 3, b"\0")
    return body + bytes([_checksum(body)])


def _checksum(body: bytes) -> int:
    return (_SEED + sum(body)) & 0xFF


def _cut(held: bytes) -> int:
    if held[0] != _LEAD:
        return -1
    if len(held) < SIZE:
        return 0
    return SIZE if _checksum(held[: SIZE - 1]) == held[SIZE - 1] else -1


def _read(frame: bytes) -> Frame:
    kind = chr(frame[1])
    if kind != "T":
        return Answer(kind, frame[2:9])
    x, y = (int.from_bytes(frame[at : at + 2], "little") for at in (3, 5))
    return Report(0, bool(frame[2] & _DOWN), part(x, *RANGE), part(y, *RANGE))


def _acknowledged(answers: Sequence[Answer], kind: str) -> tuple[bytes, bytes] | None:
    """What the first answer of `kind` says, and the acknowledgement behind it, which every command has."""
    kinds = [each.kind for each in answers]
    if kind not in kinds or "A" not in kinds[kinds.index(kind) + 1 :]:
        return None
    at = kinds.index(kind)
    return answers[at].body, answers[kinds.index("A", at + 1)].body


def _identity(answers: Sequence[Answer]) -> Reply | None:
    found = _acknowledged(answers, "I")
    if found is None:
        return None
    body, _ = found
    return Reply(
        (
            ("controller", f"{body[6]:02x}h"),
            ("touchscreen", _TYPES[(body[0] - ord("0")) & 3]),
            ("firmware", f"{body[4]:x}.{body[3]:02x}"),
        )
    )


def _errors(answers: Sequence[Answer]) -> Reply | None:
    """The query ``a`` is answered by an acknowledgement: up to four codes of errors, ``0`` for none."""
    for each in answers:
        if each.kind == "A":
            codes = [chr(code) for code in each.body[:4] if code not in {0, ord("0")}]
            return Reply(fault="; ".join(_ERRORS.get(code, f"error {code!r}") for code in codes))
    return None


IDENTIFY = Question("identify", packet("i"), _identity)
ERRORS = Question("errors", packet("a"), _errors)
ELO = Dialect("elo", _cut, _read, alive=IDENTIFY, examine=(IDENTIFY, ERRORS))
