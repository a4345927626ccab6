"""The device: one owner thread that prints, watches the printer while idle, and tells what changed."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from drivers.device import Availability, DeviceEvent, Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.exc import TransportLost
from drivers.receipt_printer.charset import holds
from drivers.receipt_printer.condition import Condition, condition_of, health_of
from drivers.receipt_printer.document import Document
from drivers.receipt_printer.encoder import Unencodable, encode
from drivers.receipt_printer.fonts import FontChain, system_fonts
from drivers.receipt_printer.job import JobRunner
from drivers.receipt_printer.link import Link, Timing
from drivers.receipt_printer.outcome import (
    Failed,
    FailReason,
    JobOutcome,
    Printed,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.receipt_printer.profile import Profile
from drivers.receipt_printer.status import PrinterStatus, nothing_known
from drivers.receipt_printer.transport import Transport

log = logging.getLogger(__name__)

Done = Callable[[JobOutcome], None]


@dataclass(frozen=True, slots=True)
class StatusChanged(DeviceEvent):
    """Paper, cover, cutter, head or availability is not what it was."""

    status: PrinterStatus


@dataclass(frozen=True, slots=True)
class _Print:
    document: Document = field(repr=False)
    done: Done


@dataclass(frozen=True, slots=True)
class _Test:
    done: Callable[[SelfTest], None]


class ReceiptPrinter:
    """An ESC/POS receipt printer. See `drivers.device.Device` for what every device offers.

    `print` and `status` never block. `done` is called once for each print, from the owner thread.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        profile: Profile,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        timing: Timing | None = None,
        fonts: FontChain | None = None,
        name: str = "receipt_printer",
    ) -> None:
        self._name = name
        self._transport = transport
        self._profile = profile
        self._listener = listener
        self._monotonic = monotonic
        self._timing = timing or Timing()
        self._fonts = fonts
        self._tasks: queue.SimpleQueue[_Print | _Test | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._link = Link(transport, monotonic, self._timing)
        self._runner = JobRunner(self._link, profile, self._timing, monotonic, self._stop.is_set)
        self._opened = False  # owner thread only, as the next
        self._clear_due = True
        self._status = nothing_known(monotonic())
        self._health = health_of(Condition.UNKNOWN, Availability.UNKNOWN, monotonic())

    def __repr__(self) -> str:
        """Name, port and condition."""
        return f"<ReceiptPrinter {self._name} on {self._transport!r}: {self._health.condition}>"

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    def open(self) -> None:
        """Start the owner thread; a port that is not there is a health."""
        with self._lock:
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._own, name=self._name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the job in hand (unconfirmed) and those waiting (failed), and release the port."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
            self._tasks.put(None)
        if thread is not None:
            # The owner's longest single wait is a stalled write.
            thread.join(self._timing.stall + self._timing.confirm)

    def __enter__(self) -> Self:
        """Open."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def health(self) -> Health:
        """Last known health; conditions are those of `Condition`."""
        return self._health

    def status(self) -> PrinterStatus:
        """Last known status; each part may be unknown."""
        return self._status

    def print(self, document: Document, done: Done) -> None:
        """Queue `document`. `done` gets its outcome, also when the driver is closed or never opened."""
        with self._lock:
            if self._thread is not None:
                self._tasks.put(_Print(document, done))
                return
        done(Failed(FailReason.OFFLINE))

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Ask the status and the model, look for the fonts; prints nothing. A busy printer does not pass."""
        finished = threading.Event()
        results: list[SelfTest] = []

        def done(result: SelfTest) -> None:
            results.append(result)
            finished.set()

        with self._lock:
            if self._thread is None:
                return SelfTest(passed=False, summary="the driver is not open")
            self._tasks.put(_Test(done))
        if not finished.wait(deadline):
            return SelfTest(passed=False, summary=f"busy or silent for {deadline:g} s")
        return results[0]

    # The owner thread.

    def _own(self) -> None:
        try:
            while not self._stop.is_set():
                self._idle()
                self._serve(self._timing.poll if self._opened else self._timing.reopen)
        finally:
            self._transport.close()
            self._opened = False
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None
            self._refuse_rest()
            self._publish(nothing_known(self._monotonic()))

    def _serve(self, timeout: float) -> None:
        """Wait for a task, at most `timeout` seconds, and do it."""
        try:
            task = self._tasks.get(timeout=timeout)
        except queue.Empty:
            return
        match task:
            case _Print() if not self._stop.is_set():
                outcome: JobOutcome = Unconfirmed(UnconfirmedReason.CLOSED)
                try:
                    outcome = self._print(task.document)
                finally:  # whoever waits is told, also when a bug ends this thread
                    task.done(outcome)
            case _Print():
                task.done(Failed(FailReason.OFFLINE))
            case _Test():
                task.done(self._test())

    def _refuse_rest(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            match task:
                case _Print():
                    task.done(Failed(FailReason.OFFLINE))
                case _Test():
                    task.done(SelfTest(passed=False, summary="the driver was closed"))

    def _idle(self) -> None:
        """Between jobs: reopen, look at the status, remove leftovers once the printer is well again."""
        try:
            self._ensure_open()
            self._publish(self._link.status())
            # Once each time it becomes well: clearing may cost paper.
            well = self._health.condition in (Condition.READY, Condition.PAPER_LOW)
            if well and self._clear_due:
                self._runner.clear()
            self._clear_due = not well
        except TransportLost as lost:
            self._lost(lost)

    def _ensure_open(self) -> None:
        if not self._opened:
            self._transport.open()
            self._opened = True
            self._link.forget()

    def _print(self, document: Document) -> JobOutcome:
        try:
            job = encode(document, self._profile, self._fonts or system_fonts())
        except Unencodable as error:
            log.warning("%s: document not encoded: %s", self._name, error)
            return Failed(FailReason.DOCUMENT)
        try:
            self._ensure_open()
        except TransportLost as lost:
            job.wipe()
            self._lost(lost)
            return Failed(FailReason.OFFLINE)
        outcome = self._runner.run(job)
        self._clear_due = not isinstance(outcome, Printed)
        if self._runner.last_status is not None:
            self._publish(self._runner.last_status)
        log.info("%s: job ended: %s", self._name, outcome)
        return outcome

    def _test(self) -> SelfTest:
        try:
            self._ensure_open()
            self._publish(self._link.status())
            online = self._health.availability is Availability.ONLINE
            model, font = (self._link.identity(), self._link.told(69)) if online else ("", "")
        except TransportLost as lost:
            self._lost(lost)
            model = font = ""
        fonts = self._fonts or system_fonts()
        facts = (
            ("condition", self._health.condition),
            ("model", model or "not told"),
            ("font", font or "not told"),
            ("profile", self._profile.title),
            ("fonts", "complete" if not fonts.missing else "missing: " + ", ".join(fonts.missing)),
        )
        if not holds(font, self._profile.charset):
            return SelfTest(False, f"its font is {font}, the profile's {self._profile.charset}", facts)
        passed = self._health.condition in (Condition.READY, Condition.PAPER_LOW) and not fonts.missing
        return SelfTest(passed, self._health.condition, facts)

    def _lost(self, lost: TransportLost) -> None:
        self._transport.close()
        self._opened = False
        self._publish(nothing_known(self._monotonic()), Condition.NO_PORT)
        log.debug("%s: %s", self._name, lost)

    def _publish(self, status: PrinterStatus, condition: Condition | None = None) -> None:
        changed = not status.same_as(self._status)
        self._status = status
        condition = condition or condition_of(status)
        before = self._health
        # A vanished port is known to be offline; a mute printer is not known to be anything.
        availability = Availability.OFFLINE if condition is Condition.NO_PORT else status.availability
        if (before.availability, before.condition) != (availability, condition):
            self._health = health_of(condition, availability, self._monotonic())
            log.info("%s: %s -> %s", self._name, before.condition, condition)
            self._listener(HealthChanged(self._health))
        if changed:
            self._listener(StatusChanged(status))
