"""What the serial controllers have in common: frames that are reports or answers, and questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.touchscreen.report import Report

LONGEST = 64
"""Bytes of a frame at most; the longest known is MicroTouch's name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A frame that is no report: its kind, where the protocol has kinds, and what it says."""

    kind: str
    body: bytes


Frame = Report | Answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer means: facts for the technician, and the fault that the controller finds in itself."""

    facts: tuple[tuple[str, str], ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A command with what answers it. `read` is given all answers since the command; None: none of them, or
    not all of them yet."""

    name: str
    command: bytes
    read: Callable[[Sequence[Answer]], Reply | None]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One controllers' protocol.

    `cut` looks at bytes that may be the beginning of a frame: the frame's length, 0 while too few have come,
    -1 where no frame begins here. `read` is given such a frame. After opening, and after a silence, `opening`
    is asked and `recovery` before it; then `alive` from time to time; `examine` is the self-test.
    """

    name: str
    cut: Callable[[bytes], int]
    read: Callable[[bytes], Frame]
    alive: Question
    examine: tuple[Question, ...]
    opening: tuple[Question, ...] = ()
    recovery: tuple[Question, ...] = ()


class Framer:
    """Bytes, in whatever pieces they come, to frames. After noise the next good frame is found."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._held = bytearray()
        self.skipped = 0
        """Bytes since the last frame that belong to none."""

    @property
    def held(self) -> int:
        """Bytes of a frame that is not whole: never more than `LONGEST`."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes."""
        found: list[Frame] = []
        for byte in data:
            self._held.append(byte)
            found += self._whole()
        return found

    def reset(self) -> None:
        """Forget what is held and what was skipped: the line was opened anew."""
        self._held.clear()
        self.skipped = 0

    def _whole(self) -> list[Frame]:
        found: list[Frame] = []
        while self._held:
            size = self._dialect.cut(bytes(self._held))
            if size == 0 and len(self._held) < LONGEST:
                break
            if size > 0:
                found.append(self._dialect.read(bytes(self._held[:size])))
                self.skipped = 0
                del self._held[:size]
            else:
                self.skipped += 1
                del self._held[0]
        return found
