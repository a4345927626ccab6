"""One request, one answer: what a half-duplex line without sequence numbers makes hard.

After a request that was not cleanly answered, its answer may still be on its way, and it may look just like
the next one's. The SAM answers in order; so before anything else is asked the line is *fenced*: the SAM id
is requested, whose answer no other command has, and all that comes before it is dropped. Only then is the
next answer believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import Monotonic
from drivers.exc import TransportDamaged
from drivers.id_card.protocol import REQUEST_DAMAGED, SAM_ID, Command, Damaged, Frame, FrameParser
from drivers.id_card.transport import Transport

_BITS_PER_BYTE = 10  # 8-N-1
_QUIET = 0.05
"""Seconds without a byte after which the line counts as quiet, and the wish to stop is heard."""
_GRACE = 0.1
"""Seconds that a right answer may still come after a damaged one (USB adapters deliver late)."""
_SLACK = 1.25
"""Wire times are multiplied by this: adapters and pauses between bytes make a line slower than its speed."""
FENCE_SECONDS = 1.5
"""How long a silent reader is asked for its SAM id before it counts as gone: three requests at full speed."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer before the deadline, or damaged ones only."""

    damaged: bool = False


def _never() -> bool:
    return False


class Link:
    """Requests over one transport; used by one thread. All of its errors are the transport's."""

    def __init__(
        self, transport: Transport, baudrate: int, monotonic: Monotonic, stopping: Callable[[], bool]
    ) -> None:
        self._transport = transport
        self._baudrate = baudrate
        self._monotonic = monotonic
        self._stopping = stopping
        self._parser = FrameParser()
        self._heard = False
        self.unsettled = True
        """Whether an old answer may still come. True for a line just opened."""
        self.sam_id = b""
        """The data of the last answer to a fence; empty when the reader would not tell."""

    @property
    def heard(self) -> bool:
        """Whether anything at all came since the last fence began: noise rather than silence."""
        return self._heard

    def timeout(self, command: Command) -> float:
        """Seconds that a whole exchange may take: SAM and card, plus the wire at this line's speed."""
        return command.wait + self._wire_seconds(command)

    def request(self, command: Command, unwanted: Callable[[], bool] = _never) -> Frame | NoAnswer:
        """The answer to `command`, asked a second time when question or answer was damaged.

        `unwanted` ends the wait early, within 50 ms; the outcome is then NoAnswer. Takes at most two
        timeouts and a fence. Raises TransportLost and TransportTimeout.
        """
        outcome: Frame | NoAnswer = NoAnswer()
        for _ in range(2):
            if self.unsettled and not self.fence():
                return NoAnswer(damaged=self._heard)
            outcome = self._ask(command, unwanted)
            if isinstance(outcome, Frame) and outcome.sw3 in REQUEST_DAMAGED:
                outcome = NoAnswer(damaged=True)
            elif isinstance(outcome, Frame):
                return outcome
            self.unsettled = True
            if not (outcome.damaged and command.repeatable):
                break
        return outcome

    def fence(self, within: float = FENCE_SECONDS) -> bool:
        """Settle the line: ask for the SAM id until it is answered; False if not `within` seconds."""
        end = self._monotonic() + within
        self._heard = False
        while self._monotonic() < end and not self._stopping():
            if (answer := self._id_told()) is not None:
                self.unsettled = False
                self.sam_id = answer.data
                return True
        return False

    def speak_at(self, baudrate: int) -> None:
        """At `baudrate` bit/s from now on; what was under way at another speed is never believed."""
        self._transport.speak_at(baudrate)
        self._baudrate = baudrate
        self.unsettled = True

    def proves(self, times: int) -> bool:
        """Whether so many questions in a row are answered undamaged."""
        for _ in range(times):
            self.unsettled = self._id_told() is None
            if self.unsettled:
                return False
        return True

    def tell(self, command: Command) -> None:
        """Send `command` on a line whose answers are damaged; whether it was heard is not known."""
        self._ask(command, _never)
        self.unsettled = True

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long, and drop what comes."""
        end = self._monotonic() + seconds
        while (left := end - self._monotonic()) > 0:
            self._transport.read(left)

    def _id_told(self) -> Frame | None:
        """The answer to one request for the SAM id; None where it, or the request, was damaged or lost."""
        outcome = self._ask(SAM_ID, _never)
        return outcome if isinstance(outcome, Frame) and outcome.sw3 not in REQUEST_DAMAGED else None

    def _wire_seconds(self, command: Command) -> float:
        return command.wire_bytes * _BITS_PER_BYTE / self._baudrate * _SLACK

    def _ask(self, command: Command, unwanted: Callable[[], bool]) -> Frame | NoAnswer:
        self._parser.reset()
        self._transport.discard_input()
        self._transport.write(command.frame)
        try:
            return self._listen(command, unwanted)
        finally:
            self._parser.reset()

    def _listen(self, command: Command, unwanted: Callable[[], bool]) -> Frame | NoAnswer:
        deadline = self._monotonic() + self.timeout(command)
        damaged = False
        while (left := deadline - self._monotonic()) > 0 and not (self._stopping() or unwanted()):
            try:
                data = self._transport.read(min(left, _QUIET))
            except TransportDamaged:
                self._heard = damaged = True
                deadline = self._soon(command, deadline)
                continue
            self._heard = self._heard or bool(data)
            for item in self._parser.feed(data) if data else self._parser.overtake():
                if isinstance(item, Frame) and command.answered_by(item):
                    return item
                if isinstance(item, Damaged) and item.length in command.lengths():
                    damaged = True
                    deadline = self._soon(command, deadline)
        return NoAnswer(damaged)

    def _soon(self, command: Command, deadline: float) -> float:
        """Until when a right answer may still follow a damaged one."""
        return min(deadline, self._monotonic() + _GRACE + self._wire_seconds(command))
