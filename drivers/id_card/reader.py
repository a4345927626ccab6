"""The ID card reader as a device: an owner thread around the poller, and what others may ask of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from drivers.device import Device, DeviceEvent, Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.id_card.health import MEANING, Condition
from drivers.id_card.photo import PhotoDecoder
from drivers.id_card.poller import Poller
from drivers.id_card.speed import FASTEST
from drivers.id_card.transport import SerialTransport, Transport
from drivers.id_card.usb.choice import Way
from drivers.id_card.usb.transport import UsbTransport

_log = logging.getLogger("drivers.id_card")

_JOIN_SECONDS = 5.0
"""The owner thread hears the wish to stop every 50 ms, and a write to a stuck port ends after 1 s."""
_CLOSED = SelfTest(False, "the device is not open")


@dataclass(slots=True)
class _SelfTestWanted:
    done: threading.Event = field(default_factory=threading.Event)
    outcome: SelfTest = _CLOSED


class IdCardReader(Device):
    """A resident ID card reader that speaks SDT over a serial line or USB.

    Cards are read only while armed. Card events come from the owner thread, none of them after `disarm`
    returned. A card that was read must leave the field before it, or another, is read: also when it still
    lies there at the next arming, in which case `CardRemoved` tells when it went.
    """

    def __init__(
        self,
        *,
        port: str,
        baudrate: int | None = None,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        poll_interval: float = 0.3,
        health_interval: float = 10.0,
        photo_decoder: PhotoDecoder | None = None,
        transport: Transport | None = None,
        fingerprints: bool = False,
    ) -> None:
        """Nothing is opened yet. Intervals are in seconds; a `transport` takes the serial port's place, and
        `port` is then its name in messages.

        `poll_interval` is from one find to the next (readers ask for 0.3 s at least); `health_interval`
        from one status request to the next while no card is wanted. Without a `baudrate` (bit/s) the one
        that the reader is set to is found, and raised to the highest. `fingerprints` are read only where they
        are asked for here. Raises ValueError for a speed that no
        SAM has.
        """
        self._port = port
        self._listener = listener
        self._monotonic = monotonic
        self._lock = threading.Condition(threading.RLock())  # re-entrant: a listener may call disarm()
        self._generation = 0
        self._is_armed = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._self_tests: deque[_SelfTestWanted] = deque()
        self._health = _health(Condition.UNKNOWN, monotonic())
        usb = transport if isinstance(transport, UsbTransport) else None
        self._poller = Poller(
            transport or SerialTransport(port, FASTEST if baudrate is None else baudrate),
            baudrate=baudrate,
            manner=None if usb is None else lambda link: Way(link, usb),
            poll_interval=poll_interval,
            health_interval=health_interval,
            monotonic=monotonic,
            armed=self._armed,
            stopping=self._stopping.is_set,
            emit=self._emit,
            report=self._report,
            decoder=photo_decoder,
            fingerprints=fingerprints,
        )

    def __repr__(self) -> str:
        return f"<IdCardReader {self._port}: {self.health().condition}>"

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return "id_card"

    def open(self) -> None:
        """Start the owner thread, which opens the port and keeps trying. Does nothing when already open."""
        with self._lock:
            if self._thread is not None:
                return
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="id_card", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop asking, end the owner thread and release the port. May be called twice, and before `open`."""
        self.disarm()
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
            self._lock.notify_all()
        if thread is None or thread is threading.current_thread():
            return
        thread.join(_JOIN_SECONDS)
        if thread.is_alive():
            _log.error("id card reader: the owner thread did not end within %.0f s", _JOIN_SECONDS)

    def health(self) -> Health:
        """The last known health; `condition` is one of `drivers.id_card.Condition`."""
        with self._lock:
            return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Ask the SAM for its id and status, opening the port first where it is lost."""
        wanted = _SelfTestWanted()
        with self._lock:
            if self._thread is None:
                return wanted.outcome
            self._self_tests.append(wanted)
            self._lock.notify_all()
        if not wanted.done.wait(deadline):
            return SelfTest(False, f"no outcome within {deadline:g} s")
        return wanted.outcome

    def arm(self) -> None:
        """A citizen is asked for a card: look for one now and at every poll interval. May be called twice."""
        with self._lock:
            if not self._is_armed:
                self._is_armed = True
                self._generation += 1
                self._lock.notify_all()

    def disarm(self) -> None:
        """Stop asking. A read under way is abandoned and dropped, and no card event follows."""
        with self._lock:
            self._is_armed = False
            self._lock.notify_all()

    # The owner thread

    def _armed(self) -> int:
        with self._lock:
            return self._generation if self._is_armed else 0

    def _emit(self, generation: int, event: DeviceEvent) -> None:
        with self._lock:  # held while the listener is called, so that disarm() returns after it or before
            if generation == self._armed():
                self._listener(event)

    def _report(self, condition: Condition, detail: str) -> None:
        with self._lock:
            if condition.value == self._health.condition:
                return
            self._health = health = _health(condition, self._monotonic(), detail)
        self._listener(HealthChanged(health))

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._run_self_tests()
                seen = self._armed()
                self._wait_until(self._poller.step(), seen)
        finally:
            # Also when a bug ends this thread: a reader that nobody watches is not known to be well.
            self._poller.close()
            with self._lock:
                self._health = _health(Condition.UNKNOWN, self._monotonic())
                while self._self_tests:
                    self._self_tests.popleft().done.set()

    def _run_self_tests(self) -> None:
        while True:
            with self._lock:
                if not self._self_tests:
                    return
                wanted = self._self_tests.popleft()
            wanted.outcome = self._poller.self_test()
            wanted.done.set()

    def _wait_until(self, due: float, seen: int) -> None:
        with self._lock:
            self._lock.wait_for(
                lambda: self._stopping.is_set() or bool(self._self_tests) or self._armed() != seen,
                timeout=max(0.0, due - self._monotonic()),
            )


def _health(condition: Condition, since: float, detail: str = "") -> Health:
    meaning = MEANING[condition]
    cause = f"{meaning.cause} ({detail})" if detail else meaning.cause
    return Health(meaning.availability, condition.value, since, cause, meaning.remedy)
