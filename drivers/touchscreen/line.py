"""What a touchscreen hangs on, a serial controller or an input device, as a source of reports.

Used by one thread, except for `wake`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Protocol

from drivers.device import Monotonic
from drivers.touchscreen.contacts import Contacts
from drivers.touchscreen.dialect import Answer, Dialect, Framer, Question, Reply
from drivers.touchscreen.panel import Panel
from drivers.touchscreen.report import Report
from drivers.touchscreen.transport import Node, Transport

ANSWER_SECONDS = 1.0
"""For an answer of a serial controller, as Linux waits (elo.c)."""
LIFT_SECONDS = 2.0
"""A serial controller reports for as long as it is touched: one that stops without a lift lost it."""
_MOST_READS = 64
"""Of what had come before a question: the kernel holds 4,096 bytes of a tty."""
_MOST_HELD = 256
"""Reports that came while an answer was waited for."""


class Source(Protocol):
    """Reports of one touchscreen. Raises TransportLost, TransportTimeout and NotATouchscreen."""

    asks: bool
    """Whether it can be asked if it is well: a serial controller can, an input device can not."""

    def open(self) -> None:
        """Open it anew."""
        ...

    def close(self) -> None:
        """Release it. May be called twice."""
        ...

    def receive(self, timeout: float) -> list[Report]:
        """What came within `timeout` seconds, or sooner."""
        ...

    def answers(self) -> bool:
        """Whether the controller answers, within `ANSWER_SECONDS` a question."""
        ...

    def examine(self) -> list[Reply]:
        """What it says of itself; stops at the first question that it does not answer."""
        ...

    @property
    def skipped(self) -> int:
        """Bytes, since the last that were understood, that were not."""
        ...

    def wake(self) -> None:
        """End a `receive` that waits. From any thread."""
        ...


class ControllerLine:
    """A serial controller."""

    asks = True

    def __init__(self, transport: Transport, dialect: Dialect, monotonic: Monotonic) -> None:
        """Not opened yet."""
        self._transport = transport
        self._dialect = dialect
        self._monotonic = monotonic
        self._framer = Framer(dialect)
        self._waiting: deque[Report] = deque(maxlen=_MOST_HELD)
        self._greeted = False
        self._failed = False
        self._down: Report | None = None
        self._heard_at = 0.0

    @property
    def skipped(self) -> int:
        """See `Source`."""
        return self._framer.skipped

    def open(self) -> None:
        """Open the port; nothing is asked yet."""
        self._transport.open()
        self._framer.reset()
        self._waiting.clear()
        self._greeted = self._failed = False
        self._down = None

    def close(self) -> None:
        """Release the port."""
        self._transport.close()

    def receive(self, timeout: float) -> list[Report]:
        """See `Source`. Answers that nobody waits for are dropped."""
        if not self._waiting:
            if self._down is not None:
                timeout = min(timeout, self._heard_at + LIFT_SECONDS - self._monotonic())
            self._take(max(0.0, timeout))
        if self._down is not None and self._monotonic() - self._heard_at >= LIFT_SECONDS:
            self._told(replace(self._down, down=False))
        found = list(self._waiting)
        self._waiting.clear()
        return found

    def answers(self) -> bool:
        """See `Source`. After opening, and after a silence, it is also told how to report."""
        asked = [self._dialect.alive]
        if not self._greeted:
            recovery = self._dialect.recovery if self._failed else ()
            asked = [*recovery, *self._dialect.opening, *asked]
        self._greeted = all(self._ask(each) is not None for each in asked)
        self._failed = not self._greeted
        return self._greeted

    def examine(self) -> list[Reply]:
        """See `Source`."""
        found: list[Reply] = []
        for question in self._dialect.examine:
            reply = self._ask(question)
            if reply is None:
                break
            found.append(reply)
        return found

    def wake(self) -> None:
        """See `Source`."""
        self._transport.wake()

    def _ask(self, question: Question) -> Reply | None:
        for _ in range(_MOST_READS):  # an answer that comes late is not this question's
            if not self._take(0.0):
                break
        end = self._monotonic() + ANSWER_SECONDS
        self._transport.write(question.command)
        answers: list[Answer] = []
        while (left := end - self._monotonic()) > 0:
            answers += self._heard(self._transport.read(left))
            reply = question.read(answers)
            if reply is not None:
                return reply
        return None

    def _take(self, timeout: float) -> bool:
        """Whether something came."""
        data = self._transport.read(timeout)
        self._heard(data)
        return bool(data)

    def _heard(self, data: bytes) -> list[Answer]:
        answers: list[Answer] = []
        for frame in self._framer.feed(data):
            if isinstance(frame, Report):
                self._told(frame)
            else:
                answers.append(frame)
        return answers

    def _told(self, report: Report) -> None:
        self._waiting.append(report)
        self._down = report if report.down else None
        self._heard_at = self._monotonic()


class EvdevLine:
    """An input device of the kernel."""

    asks = False
    skipped = 0

    def __init__(self, node: Node) -> None:
        """Not opened yet."""
        self._node = node
        self._panel: Panel | None = None
        self._contacts: Contacts | None = None

    def open(self) -> None:
        """Open the node and read what it says of itself; another kind of device is let go at once."""
        self._panel = self._contacts = None
        try:
            self._panel = self._node.open()
        except Exception:
            self._node.close()
            raise
        self._contacts = Contacts(self._panel)

    def close(self) -> None:
        """Release the node."""
        self._node.close()

    def receive(self, timeout: float) -> list[Report]:
        """See `Source`."""
        assert self._contacts is not None  # noqa: S101 - it is open
        before = self._contacts.dropped
        found = self._contacts.feed(self._node.read(timeout))
        if self._contacts.dropped != before and self._panel is not None and self._panel.slots:
            self._contacts.resume(self._node.slot())
        return found

    def answers(self) -> bool:
        """An open node is there, and says no more."""
        return True

    def examine(self) -> list[Reply]:
        """What the kernel says of it."""
        if self._panel is None:
            return []
        touches = str(self._panel.slots or 1)
        return [Reply((("panel", self._panel.name), ("touches at once", touches)))]

    def wake(self) -> None:
        """See `Source`."""
        self._node.wake()
