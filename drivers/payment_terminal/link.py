"""One conversation with the adapter: requests with numbers, the answers that carry them, faults counted."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass

from drivers.device import Monotonic
from drivers.exc import TransportLost, TransportTimeout
from drivers.payment_terminal.messages import BadMessage, CardData, Message, decode, encode
from drivers.payment_terminal.transport import Transport

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Waits, in seconds."""

    answer: float = 3.0  # one request
    card: float = 60.0  # from the sale's being accepted to its processing, or to its end
    processing: float = 90.0  # from there to its end
    cancel: float = 10.0  # from our cancelling to its end
    poll: float = 5.0  # between two looks at an idle terminal, or two attempts to connect

    @property
    def longest(self) -> float:
        """The most that a sale takes, from its beginning to `done`."""
        return 3 * self.answer + self.card + self.processing + self.cancel


class Link:
    """Owner thread only. Every method may raise TransportLost."""

    MOST_FAULTS = 20
    """In a row: an adapter that talks nothing but nonsense is hung up on."""

    def __init__(self, transport: Transport, monotonic: Monotonic, timing: Timing) -> None:
        self._transport = transport
        self._monotonic = monotonic
        self._timing = timing
        self._numbers = itertools.count(1)
        self._bad = 0  # in a row
        self.faults = 0
        """Messages refused since the driver was made."""
        self.card_data = False
        """Whether one of them carried something of a card."""

    def open(self) -> None:
        """Connect."""
        self._transport.open()
        self._bad = 0

    def close(self) -> None:
        """Hang up: an adapter ends a dialogue whose connection is gone."""
        self._transport.close()

    def request(self, operation: str, **arguments: int | str) -> int:
        """Send a request and return its number."""
        number = next(self._numbers)
        try:
            self._transport.send(
                encode({"op": operation, "id": number, **arguments}),
                self._monotonic() + self._timing.answer,
            )
        except TransportTimeout as error:
            raise TransportLost("it takes nothing") from error
        return number

    def answer(self, number: int) -> Message | None:
        """The answer to request `number`; None when it did not come in time. Everything else is dropped."""
        deadline = self._monotonic() + self._timing.answer
        while self._monotonic() < deadline:
            message = self.next(deadline)
            if message is not None and message.id == number and message.answer is not None:
                return message
        return None

    def next(self, deadline: float) -> Message | None:
        """The next message; None at the deadline, when woken, and in place of a line that was refused."""
        line = self._transport.receive(deadline)
        if line is None:
            return None
        try:
            message = decode(line)
        except BadMessage as error:
            self.faults += 1
            self._bad += 1
            self.card_data = self.card_data or isinstance(error, CardData)
            log.warning("a message was refused: %s", error)
            if self._bad >= self.MOST_FAULTS:
                raise TransportLost("too much nonsense") from error
            return None
        self._bad = 0
        return message
