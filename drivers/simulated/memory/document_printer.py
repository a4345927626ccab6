"""A document printer in memory (tests/contract/test_document_printer_contract.py)."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.document_printer import (
    Condition,
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Timing,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.document_printer.condition import MEANING, WELL, fault_of
from drivers.keeping import health_of

Done = Callable[[JobOutcome], None]

_KEPT = 100
"""Documents at most; the oldest goes first."""


class DocumentPrinterDouble:
    """Prints at once. `be` sets its condition, `ending` what a job that is taken comes to."""

    name = "document_printer"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.printed: deque[bytes] = deque(maxlen=_KEPT)
        self.ending: JobOutcome | None = None
        """None: as many pages as it has, when nothing holds it."""
        self._listener = listener
        self._monotonic = monotonic
        self._moved = threading.Condition()
        self._jobs: queue.SimpleQueue[tuple[bytes, Done] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._held = False
        self._busy = False
        self._ended = 0
        self._condition = Condition.IDLE
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, monotonic())

    def open(self) -> None:
        """Start its thread."""
        with self._moved:
            if self._thread is None:
                self._thread = threading.Thread(target=self._own, name=self.name, daemon=True)
                self._thread.start()
        self._tell(self._condition)

    def close(self) -> None:
        """End it; the job in hand is unconfirmed, those that wait failed."""
        with self._moved:
            thread, self._thread = self._thread, None
            self._jobs.put(None)
            self._moved.notify_all()
        if thread is not None:
            thread.join(5)
            self._tell(Condition.UNKNOWN)

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        """What it was told to be, while open."""
        return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while well and open; takes no time."""
        passed = self._thread is not None and self._condition in WELL
        return SelfTest(passed, self._condition, (("model", "DOUBLE A4-1"),))

    def longest(self, size: int) -> float:
        """As the driver says it."""
        return Timing().longest(size)

    def print(self, pdf: bytes, done: Done) -> None:
        """Queue `pdf`."""
        with self._moved:
            if self._thread is not None:
                self._jobs.put((pdf, done))
                return
        done(Failed(FailReason.OFFLINE))

    # Hands.

    def be(self, condition: Condition) -> None:
        """Come into this condition."""
        with self._moved:
            self._condition = condition
            self._moved.notify_all()
        self._tell(condition)

    def hold(self, on: bool = True) -> None:
        """Let the job in hand not come to its end."""
        with self._moved:
            self._held = on
            self._moved.notify_all()

    def until_busy(self, deadline: float) -> bool:
        """Wait until a job is in hand; whether one came to be."""
        with self._moved:
            return self._moved.wait_for(lambda: self._busy, deadline)

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `be` (with `condition`), `state`. Raises ValueError or KeyError for what is none."""
        match request["op"]:
            case "be":
                self.be(Condition(request["condition"]))
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of be, state")
        return {"condition": self._condition.value, "documents": self._ended}

    def _own(self) -> None:
        me = threading.current_thread()
        while True:
            job = self._jobs.get()
            if job is None:
                if self._thread is me:
                    continue
                break
            job[1](self._print(job[0], me))
        while not self._jobs.empty():
            waiting = self._jobs.get()
            if waiting is not None:
                waiting[1](Failed(FailReason.OFFLINE))

    def _print(self, pdf: bytes, me: threading.Thread) -> JobOutcome:
        with self._moved:
            fault = fault_of(self._condition)
            if self._thread is not me:
                return Failed(FailReason.OFFLINE)
            if fault is not None:
                return Failed(fault)
            if not pdf.startswith(b"%PDF-"):
                return Failed(FailReason.REJECTED)
            self._busy = True
            self._moved.notify_all()
            self._moved.wait_for(lambda: not self._held or self._thread is not me)
            self._busy = False
            if self._thread is not me:
                return Unconfirmed(UnconfirmedReason.CLOSED)
            if self.ending is not None:
                return self.ending
            self.printed.append(pdf)
            self._ended += 1
            return Printed(pdf.count(b"/Type/Page/"))

    def _tell(self, condition: Condition) -> None:
        if self._health.condition != condition:
            self._health = health_of(MEANING[condition], condition, self._monotonic())
            self._listener(HealthChanged(self._health))
