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

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.document_printer.client import Timing
from drivers.document_printer.condition import WELL, Condition, condition_of, health_of
from drivers.document_printer.job import JobRunner
from drivers.document_printer.outcome import (
    Failed,
    FailReason,
    JobOutcome,
    Unconfirmed,
    UnconfirmedReason,
)
from drivers.document_printer.status import PrinterState
from drivers.document_printer.transport import CONNECT_SECONDS, HttpTransport, Interrupted, Transport

log = logging.getLogger(__name__)

Done = Callable[[JobOutcome], None]


@dataclass(frozen=True, slots=True)
class _Print:
    document: bytearray = field(repr=False)
    done: Done


@dataclass(frozen=True, slots=True)
class _Test:
    done: Callable[[SelfTest], None]


class DocumentPrinter:
    """An A4 printer that speaks IPP. See `drivers.device.Device` for what every device offers.

    `host` is an address, `path` e.g. ``/ipp/print`` (a printer) or ``/printers/a4`` (a CUPS); ValueError
    for what is not such. `print` never blocks. `done` is called once for each print, from the owner thread.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        *,
        timing: Timing | None = None,
        transport: Transport | None = None,
        name: str = "document_printer",
    ) -> None:
        self._name = name
        self._transport = transport or HttpTransport(host=host, port=port, path=path, monotonic=monotonic)
        self._listener = listener
        self._monotonic = monotonic
        self._timing = timing or Timing()
        self._tasks: queue.SimpleQueue[_Print | _Test | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._health = health_of(Condition.UNKNOWN, monotonic())
        self._runner = self._new_runner()

    def __repr__(self) -> str:
        """Name, address and condition."""
        return f"<DocumentPrinter {self._name} at {self._transport.uri}: {self._health.condition}>"

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    def open(self) -> None:
        """Start the owner thread; a printer that is not there is a health."""
        with self._lock:
            if self._thread is None:
                # A stop of its own each time: an owner that has not ended yet must not be started anew.
                self._stop = threading.Event()
                self._runner = self._new_runner()
                self._thread = threading.Thread(
                    target=self._own, args=(self._stop, self._runner), name=self._name, daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Take back the job in hand (unconfirmed) and refuse those waiting. May be called twice."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stop.set()
            self._tasks.put(None)
        if thread is not None and thread is not threading.current_thread():
            thread.join(2 * CONNECT_SECONDS + 2 * self._timing.closing)

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

    def longest(self, size: int) -> float:
        """The most seconds between the owner's beginning with a document of `size` bytes and its `done`."""
        return self._timing.longest(size)

    def print(self, pdf: bytes, done: Done) -> None:
        """Queue `pdf`. `done` gets its outcome, also when the driver is closed or never opened.

        The driver's copy is overwritten when the outcome is known; the caller's own is the caller's.
        """
        with self._lock:
            if self._thread is not None:
                self._tasks.put(_Print(bytearray(pdf), done))
                return
        done(Failed(FailReason.OFFLINE))

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Ask state, model, formats and paper; prints nothing. A busy printer does not pass."""
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

    def _new_runner(self) -> JobRunner:
        return JobRunner(self._transport, self._monotonic, self._timing, self._stop, self._seen)

    def _own(self, stop: threading.Event, runner: JobRunner) -> None:
        try:
            while not stop.is_set():
                try:
                    self._idle(runner)
                except Interrupted:
                    break
                self._serve(stop, runner)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None
                last = self._thread is None
            if last:
                self._refuse_rest()
                self._seen(Condition.UNKNOWN)

    def _serve(self, stop: threading.Event, runner: JobRunner) -> None:
        """Wait for a task, until the printer is to be looked at again, and do it."""
        try:
            task = self._tasks.get(timeout=self._timing.poll)
        except queue.Empty:
            return
        match task:
            case _Print() if not stop.is_set():
                outcome: JobOutcome = Unconfirmed(UnconfirmedReason.CLOSED)
                try:
                    with memoryview(task.document) as view:
                        outcome = runner.run(view)
                    log.info("%s: job ended: %s", self._name, outcome)
                finally:  # also when a bug ends this thread
                    task.document[:] = bytes(len(task.document))
                    task.done(outcome)
            case _Print():
                _refuse(task)
            case _Test():
                task.done(self._test(runner))

    def _refuse_rest(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            match task:
                case _Print():
                    _refuse(task)
                case _Test():
                    task.done(SelfTest(passed=False, summary="the driver was closed"))

    def _idle(self, runner: JobRunner) -> None:
        """Between jobs: look at the printer, and remove what an earlier visit may have left in it."""
        state = runner.look()
        if state is not None and runner.clear_due:
            runner.clear()
            self._seen(state)

    def _test(self, runner: JobRunner) -> SelfTest:
        try:
            state = runner.look()
        except Interrupted:
            state = None
        condition = Condition(self._health.condition)
        if state is None:
            return SelfTest(passed=False, summary=condition, facts=(("condition", condition),))
        ready = {True: "yes", False: "no", None: "not told"}
        facts = (
            ("condition", condition),
            ("model", state.model or "not told"),
            ("PDF", "yes" if state.takes_pdf else "no"),
            ("A4 in a tray", ready[state.a4_ready]),
            ("toner", state.toner.name.lower()),
        )
        return SelfTest(condition in WELL and state.takes_pdf, condition, facts)

    def _seen(self, what: PrinterState | Condition) -> None:
        condition = what if isinstance(what, Condition) else condition_of(what)
        if condition in WELL and self._runner.leftover:
            condition = Condition.LEFTOVER
        if self._health.condition != condition:
            log.info("%s: %s -> %s", self._name, self._health.condition, condition)
            self._health = health_of(condition, self._monotonic())
            self._listener(HealthChanged(self._health))


def _refuse(task: _Print) -> None:
    task.document[:] = bytes(len(task.document))
    task.done(Failed(FailReason.OFFLINE))
