"""Which of the ways that a USB reader's endpoints allow is the one it speaks: found by asking.

The question is the one that settles every line (`link.fence`): the SAM id. It does what a SAM status would,
and more, for no other command has its answer: one that comes late is not taken for it.
"""

from __future__ import annotations

import logging

from drivers.exc import TransportTimeout
from drivers.id_card.link import FENCE_SECONDS, Link
from drivers.id_card.usb.transport import UsbTransport

_log = logging.getLogger("drivers.id_card")


class Way:
    """The counterpart of `LineSpeed` for a line that has ways instead of speeds."""

    def __init__(self, link: Link, transport: UsbTransport) -> None:
        self._link = link
        self._transport = transport
        self._now = ""
        self.heard = False
        """Whether anything at all came while it was looked for: noise rather than silence."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Where the reader is, and how it is spoken to."""
        return (("usb", self._transport.path), ("pipes", self._now))

    def settle(self, within: float) -> bool:
        """Find the way, the last one that was right tried for `within` seconds, or else the likeliest, and
        each other for three questions: what an earlier way left of a frame eats the first. False when the
        reader answers in none. Raises TransportLost, and TransportTimeout where every way ended with it."""
        self.heard = False
        refused: TransportTimeout | None = None
        ways = sorted(self._transport.ways, key=lambda way: way != self._now)
        for way in ways:
            self._transport.speak_by(way)
            self._link.unsettled = True
            try:
                found = self._link.fence(within if way == ways[0] else FENCE_SECONDS)
            except TransportTimeout as error:  # a pipe that is there and takes nothing: not this way
                refused = error
                continue
            if found:
                if way != self._now:
                    _log.info("id card reader: answers over USB, %s", way)
                self._now = way
                return True
            self.heard = self.heard or self._link.heard
            refused = None
        if refused is not None:
            raise refused
        return False
