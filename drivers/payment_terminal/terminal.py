"""The device: one owner thread that leads a dialogue at the terminal, or watches it while idle."""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.exc import TransportLost
from drivers.payment_terminal.health import Condition, SaleStep, health_of
from drivers.payment_terminal.link import Link, Timing
from drivers.payment_terminal.messages import Result, State, Step
from drivers.payment_terminal.transport import CONNECT_SECONDS, TcpTransport, Transport

log = logging.getLogger(__name__)

LARGEST_AMOUNT = 10_000_000_00
"""Fen: ten million yuan, beyond any fee of a city."""
_REFERENCE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

Done = Callable[[], None]


@dataclass(eq=False, slots=True)
class _Sale:
    fen: int
    reference: str
    done: Done


@dataclass(frozen=True, slots=True)
class _Test:
    done: Callable[[SelfTest], None]


class PaymentTerminal:
    """A certified card terminal behind its vendor's adapter. See `drivers.device.Device`.

    The card and the PIN never pass through here. `host` is a loopback address (ValueError otherwise).
    `sale` and `cancel` never block.
    """

    def __init__(
        self,
        host: str,
        port: int,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        *,
        timing: Timing | None = None,
        transport: Transport | None = None,
        name: str = "payment_terminal",
    ) -> None:
        self._name = name
        self._transport = transport or TcpTransport(host=host, port=port, monotonic=monotonic)
        self._listener = listener
        self._monotonic = monotonic
        self._timing = timing or Timing()
        self._link = Link(self._transport, monotonic, self._timing)
        self._tasks: queue.SimpleQueue[_Sale | _Test | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._sale: _Sale | None = None  # in hand or waiting: one at most
        self._cancelled = threading.Event()
        self._opened = False  # owner thread only, as the next
        self._model = ""
        self._health = health_of(Condition.UNKNOWN, monotonic())

    def __repr__(self) -> str:
        """Name, address and condition."""
        return f"<PaymentTerminal {self._name} on {self._transport!r}: {self._health.condition}>"

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    @property
    def faults(self) -> int:
        """How many of the adapter's messages were refused since the driver was made."""
        return self._link.faults

    def open(self) -> None:
        """Start the owner thread; an adapter that is not there is a health."""
        with self._lock:
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._own, name=self._name, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Cancel the dialogue in hand, end it, and hang up. May be called twice."""
        with self._lock:
            thread = self._thread
            self._stop.set()
            self._tasks.put(None)
            self._transport.wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join(CONNECT_SECONDS + 5 * self._timing.answer)

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

    @property
    def longest(self) -> float:
        """The most seconds from `sale` to its `done`, when no other sale is in hand."""
        return self._timing.longest + self._timing.poll + CONNECT_SECONDS

    def sale(self, fen: int, reference: str, done: Done) -> None:
        """Begin a dialogue for `fen` (1 yuan is 100). `done` is called once when it has ended in any way.

        It says nothing of the payment: the gateway does. It is called from the owner's thread, or at once
        where no dialogue can begin: not open, another in hand, an amount or reference that no terminal takes.
        """
        sale = _Sale(fen, reference, done)
        fits = 0 < fen <= LARGEST_AMOUNT and _REFERENCE.fullmatch(reference) is not None
        with self._lock:
            begun = fits and self._sale is None and self._thread is not None and not self._stop.is_set()
            if begun:
                self._sale = sale
                self._cancelled.clear()
                self._tasks.put(sale)
        if not begun:
            log.warning("%s: a sale could not begin", self._name)
            done()

    def cancel(self) -> None:
        """Ask the terminal to end the dialogue in hand, if there is one. It may be paid all the same."""
        with self._lock:
            if self._sale is not None:
                self._cancelled.set()
                self._transport.wake()

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Ask state and model; moves no money. A busy terminal does not pass."""
        finished = threading.Event()
        results: list[SelfTest] = []

        def done(result: SelfTest) -> None:
            results.append(result)
            finished.set()

        with self._lock:
            if self._thread is None or self._stop.is_set():
                return SelfTest(passed=False, summary="the driver is not open")
            self._tasks.put(_Test(done))
        if not finished.wait(deadline):
            return SelfTest(passed=False, summary=f"busy or silent for {deadline:g} s")
        return results[0]

    # The owner thread.

    def _own(self) -> None:
        try:
            while not self._stop.is_set():
                self._look()
                self._serve()
        finally:
            with self._lock:
                self._stop.set()  # also when a bug ends this thread: nothing more is queued
            self._hang_up()
            self._refuse_rest()
            self._publish(Condition.UNKNOWN)
            with self._lock:
                self._thread = None

    def _serve(self) -> None:
        try:
            task = self._tasks.get(timeout=self._timing.poll)
        except queue.Empty:
            return
        match task:
            case _Sale():
                try:
                    if not self._stop.is_set():
                        self._run(task)
                finally:  # also when a bug ends this thread
                    self._end(task)
            case _Test():
                task.done(self._test())

    def _refuse_rest(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            match task:
                case _Sale():
                    self._end(task)
                case _Test():
                    task.done(SelfTest(passed=False, summary="the driver was closed"))

    def _end(self, sale: _Sale) -> None:
        with self._lock:
            if self._sale is not sale:
                return
            self._sale = None
        sale.done()

    def _look(self) -> Condition:
        """Ask the terminal's state, connecting first where that is needed, and tell it."""
        condition = Condition.OFFLINE
        try:
            if not self._opened:
                self._link.open()
                self._opened = True
            condition = Condition.UNKNOWN
            answer = self._link.answer(self._link.request("status"))
            if answer is not None and answer.state is not None:
                self._model = answer.model or ""
                condition = {
                    State.READY: Condition.READY,
                    State.BUSY: Condition.IN_USE,
                    State.OUT_OF_SERVICE: Condition.OUT_OF_SERVICE,
                }[answer.state]
            else:
                self._hang_up()  # what comes late must not be taken for the next answer
        except TransportLost as lost:
            log.debug("%s: %s", self._name, lost)
            self._hang_up()
        return self._publish(condition)

    def _run(self, sale: _Sale) -> None:
        """Lead one dialogue to its end. Whatever is left open at its end is hung up on."""
        if self._look() not in (Condition.READY, Condition.CARD_DATA) or self._cancelled.is_set():
            return
        self._publish(Condition.IN_USE)
        result = Result.UNKNOWN
        try:
            number = self._link.request("sale", amount_fen=sale.fen, reference=sale.reference)
            answer = self._link.answer(number)
            if answer is not None and answer.answer == "refused":
                log.info("%s: a sale was refused", self._name)
                return
            # Without an answer it may have begun: it is followed, and cancelled at the first deadline.
            result = self._follow(sale, number, accepted=answer is not None)
        except TransportLost as lost:
            log.warning("%s: the line was lost in a dialogue: %s", self._name, lost)
            self._hang_up()
        else:
            if result is Result.UNKNOWN:
                self._hang_up()  # the adapter ends it; a late word of it finds nobody
        log.info("%s: a dialogue ended: %s", self._name, result)

    def _follow(self, sale: _Sale, number: int, *, accepted: bool) -> Result:
        """Until the terminal says that it has ended, or there is no more waiting."""
        deadline = self._monotonic() + (self._timing.card if accepted else 0.0)
        told: Step | None = None
        cancelling = extended = False
        while True:
            stopped = self._stop.is_set()
            if not cancelling and (self._cancelled.is_set() or stopped or self._monotonic() >= deadline):
                cancelling = True
                self._link.request("cancel", sale=number)
                deadline = self._monotonic() + (self._timing.answer if stopped else self._timing.cancel)
            if self._monotonic() >= deadline:
                return Result.UNKNOWN
            message = self._link.next(deadline)
            if message is None or message.id != number or message.event is None:
                continue
            if message.event == "ended":
                return message.result or Result.UNKNOWN
            step = Step(message.event)
            if step is not told:
                told = step
                self._listener(SaleStep(sale.reference, step))
            if step is Step.PROCESSING and not (extended or cancelling):
                extended = True  # once: a terminal that goes to and fro does not get more time each time
                deadline = self._monotonic() + self._timing.processing

    def _test(self) -> SelfTest:
        condition = self._look()
        facts = (
            ("condition", condition.value),
            ("model", self._model or "not told"),
            ("messages refused", str(self._link.faults)),
        )
        return SelfTest(condition is Condition.READY, condition.value, facts)

    def _hang_up(self) -> None:
        self._opened = False
        with contextlib.suppress(OSError):
            self._link.close()

    def _publish(self, condition: Condition) -> Condition:
        if condition is Condition.READY and self._link.card_data:
            condition = Condition.CARD_DATA
        if self._health.condition != condition:
            log.info("%s: %s -> %s", self._name, self._health.condition, condition)
            self._health = health_of(condition, self._monotonic())
            self._listener(HealthChanged(self._health))
        return condition
