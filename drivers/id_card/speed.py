"""The speed of the line: the one that a reader is set to is found by asking, and raised to the highest.

A reader keeps its speed without power (protocols/card-readers.md 1.3), so that one taken from another machine
may speak at any of five. At 9600 bit/s a card takes 1.35 s longer than at 115200.
"""

from __future__ import annotations

import logging

from drivers.id_card.link import Link
from drivers.id_card.protocol import Command, Frame, Sw3
from drivers.id_card.transport import SPEEDS

_log = logging.getLogger("drivers.id_card")

FASTEST = SPEEDS[0]
PROBE_SECONDS = 0.5
"""How long a speed is tried at which the reader was not heard before: one question, and its answer's time."""
PROOF = 5
"""Answers in a row that must come undamaged before a raised speed is kept."""
TAKEN_BACK = 5
"""How often a reader that cannot be understood at its new speed is told to go back."""
_CHANGING = 0.01
"""Seconds; a reader wants 5 ms before it is asked at another speed."""


class LineSpeed:
    """Which speed is spoken. `fixed` (bit/s) is spoken and nothing else, for a cable too long for more."""

    def __init__(self, link: Link, fixed: int | None) -> None:
        self._link = link
        self._fixed = fixed
        self._raises = fixed is None
        self.now = FASTEST if fixed is None else fixed
        """Bit/s at which the reader answered last; the first to be tried."""
        self.heard = False
        """Whether anything at all came while it was looked for: noise rather than silence."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The speed at which the reader answered last."""
        return (("baudrate", str(self.now)),)

    def settle(self, within: float) -> bool:
        """Find the reader, tried for `within` seconds where it was last and shortly elsewhere; and make it as
        fast as it can be. False when it answers at no speed. Raises what the transport raises."""
        if not self._found(within):
            return False
        while self._raises and self.now != FASTEST:
            if not self._raised(SPEEDS[SPEEDS.index(self.now) - 1]):
                return False
        return True

    def _found(self, within: float) -> bool:
        others = [] if self._fixed is not None else [speed for speed in SPEEDS if speed != self.now]
        self.heard = False
        for speed in (self.now, *others):
            self._link.speak_at(speed)
            if self._link.fence(within if speed == self.now else PROBE_SECONDS):
                if speed != self.now:
                    _log.info("id card reader: answers at %d bit/s", speed)
                self.now = speed
                return True
            self.heard = self.heard or self._link.heard
        return False

    def _raised(self, faster: int) -> bool:
        """One step up where that works, else as before; False when the reader was lost over it.

        Step by step, for what a cable cannot carry must still be taken back over it.
        """
        slower = self.now
        if self._set(faster) and self._link.proves(PROOF):
            _log.info("id card reader: raised from %d to %d bit/s", slower, faster)
            self.now = faster
            return True
        _log.warning("id card reader: stays at %d bit/s, more is not understood", slower)
        self._raises = False
        return any(self._taken_back(faster, slower) for _ in range(TAKEN_BACK)) or self._found(PROBE_SECONDS)

    def _taken_back(self, faster: int, slower: int) -> bool:
        """Tell it at the speed at which its answers are damaged, and listen for it at the other."""
        self._link.speak_at(faster)
        self._link.tell(_to(slower))
        self._link.pause(_CHANGING)
        self._link.speak_at(slower)
        return self._link.fence(PROBE_SECONDS)

    def _set(self, speed: int) -> bool:
        """Tell the reader, and follow it; whether it said yes."""
        answer = self._link.request(_to(speed))
        if not (isinstance(answer, Frame) and answer.sw3 == Sw3.OK):
            return False
        self._link.pause(_CHANGING)
        self._link.speak_at(speed)
        return True


def _to(speed: int) -> Command:
    return Command("set-speed", bytes((0x60, SPEEDS.index(speed))), (Sw3.OK, 0x0004), frozenset(), wait=0.5)
