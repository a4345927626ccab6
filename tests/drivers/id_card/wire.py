"""The simulator's SAM on a wire without a kernel: time is a number, answers come when a test says."""

from __future__ import annotations

from collections.abc import Callable

from drivers.exc import TransportLost
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.simulator.sam import RequestReader, Sam, reply

Delivery = list[tuple[float, bytes]]
"""Seconds after the request at which bytes come, and the bytes."""


class Clock:
    """Monotonic time that moves when something waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Wire:
    """A Transport. `deliver` turns the answer to a command into what comes; as it is, at once, by default."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.sam = Sam(115200)
        self.speed = 115200
        self.garbled_above = 115200
        """Bit/s above which answers arrive damaged."""
        self.asked: list[str] = []
        self.deliver: Callable[[str, bytes], Delivery] = lambda _name, frame: [(0.0, frame)]
        self.plugged = True
        self.refused = ""
        """A command that this reader does not know."""
        self.opened = 0
        self._requests = RequestReader()
        self._coming: Delivery = []

    def place(self, person: dict[str, str]) -> None:
        self.sam.place(make_chip(person))

    def spoil(self, *commands: str, frame: bytes = b"", late: float | None = None) -> None:
        """The next answers to `commands`, in turn, come as `frame` (empty: not), or `late` seconds late."""
        waiting = list(commands)

        def deliver(name: str, answer: bytes) -> Delivery:
            if not waiting or name != waiting[0]:
                return [(0.0, answer)]
            waiting.pop(0)
            return [(late, answer)] if late is not None else [(0.0, frame)]

        self.deliver = deliver

    # The transport

    def open(self) -> None:
        self._check()
        self.opened += 1
        self._coming.clear()

    def close(self) -> None:
        self._coming.clear()

    def write(self, data: bytes) -> None:
        self._check()
        if self.speed != self.sam.baudrate:
            self._coming.append((self.clock.now + 0.01, b"\xf8\x00\x80"))
            return
        for byte in data:
            if (body := self._requests.push(byte)) is not None:
                at = self.sam.baudrate
                name, frame = self.sam.answer(body)
                if name == self.refused:
                    self.sam.baudrate, frame = at, reply(0x21)
                self.asked.append(name)
                if at > self.garbled_above:
                    frame = frame[:-1] + bytes([frame[-1] ^ 1])
                self._coming += [(self.clock.now + after, part) for after, part in self.deliver(name, frame)]
                self._coming.sort(key=lambda item: item[0])

    def read(self, timeout: float) -> bytes:
        self._check()
        until = self.clock.now + timeout
        if self._coming and self._coming[0][0] <= until:
            at, data = self._coming.pop(0)
            self.clock.now = max(self.clock.now, at)
            return data
        self.clock.now = until
        return b""

    def discard_input(self) -> None:
        self._check()
        self._coming = [item for item in self._coming if item[0] > self.clock.now]

    def speak_at(self, baudrate: int) -> None:
        self.speed = baudrate

    def _check(self) -> None:
        if not self.plugged:
            raise TransportLost("unplugged")
