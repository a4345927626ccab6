"""Codes out of a serial line's bytes: each ends with a terminator, or with silence. Pure.

Nothing is kept of a code that began while nobody asked for one: its bytes are counted and forgotten.
"""

from __future__ import annotations

from enum import StrEnum

from drivers.code_scanner.events import UnreadableReason
from drivers.code_scanner.raw import LONGEST, Raw

_LINE_ENDS = b"\r\n"


class Terminator(StrEnum):
    """What the module is set to send behind each code."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    SILENCE = "silence"  # nothing: a code has ended when no more comes


_BYTES = {Terminator.CR: b"\r", Terminator.LF: b"\n", Terminator.CRLF: b"\r\n", Terminator.SILENCE: b""}


class Framer:
    """Turns bytes, in any chunks, into codes. Holds `longest` bytes and a terminator at most."""

    def __init__(self, terminator: Terminator, longest: int = LONGEST) -> None:
        self._end = _BYTES[terminator]
        self._longest = longest
        self._body = bytearray()
        self._asked = 0
        self._length = 0
        self._tail = b""

    @property
    def busy(self) -> bool:
        """Whether a code has begun and has not ended."""
        return self._length > 0

    @property
    def held(self) -> int:
        """Bytes held of it."""
        return len(self._body)

    def feed(self, data: bytes, asked: int) -> list[Raw]:
        """What `data` completes. A code that begins in it belongs to the asking `asked`."""
        found: list[Raw] = []
        for byte in data:
            if not self._length:
                if byte in _LINE_ENDS:
                    continue  # a module that is set to CR LF where CR is expected; never part of a code
                self._asked = asked
            self._length += 1
            if self._asked and len(self._body) < self._longest + len(self._end):
                self._body.append(byte)
            if self._end:
                self._tail = (self._tail + bytes([byte]))[-len(self._end) :]
                if self._tail == self._end:
                    found.append(self._finish())
        return found

    def idle(self) -> list[Raw]:
        """The line has been quiet for so long that nothing more of this code comes."""
        if not self.busy:
            return []
        return [self._finish() if not self._end else self._ended(UnreadableReason.UNFINISHED)]

    def forget(self) -> None:
        """What is under way is nobody's any more. Its end is waited for, so that its rest is no code."""
        self._asked = 0
        self._wipe()

    def reset(self) -> None:
        """The line was opened anew."""
        self._ended(None)

    def _finish(self) -> Raw:
        too_long = self._length - len(self._end) > self._longest
        return self._ended(UnreadableReason.TOO_LONG if too_long else None)

    def _ended(self, reason: UnreadableReason | None) -> Raw:
        kept = b"" if reason else bytes(self._body[: len(self._body) - len(self._end)])
        raw = Raw(self._asked, kept, reason=reason)
        self._wipe()
        self._asked, self._length, self._tail = 0, 0, b""
        return raw

    def _wipe(self) -> None:
        """Overwritten first: it may be personal."""
        self._body[:] = bytes(len(self._body))
        self._body.clear()
