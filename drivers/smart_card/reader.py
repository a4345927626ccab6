"""The smart card reader as a device: an owner thread around the poller, and what others may ask of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from drivers.device import Device, DeviceEvent, Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.smart_card.health import MEANING, Condition
from drivers.smart_card.link import DEFAULT_PYTHON, Link, WorkerLink
from drivers.smart_card.poller import Poller

_log = logging.getLogger("drivers.smart_card")

_JOIN_SECONDS = 5.0
"""A call that waits is woken, and ends its worker; that takes 2 s at most."""
_CLOSED = SelfTest(False, "the device is not open")


@dataclass(slots=True)
class _SelfTestWanted:
    done: threading.Event = field(default_factory=threading.Event)
    outcome: SelfTest = _CLOSED


class SmartCardReader(Device):
    """A reader of social-security and bank cards behind pcscd.

    Cards are read only while armed, and each once from its coming to its going. Card events come from the
    owner thread, none of them after `disarm` returned.
    """

    def __init__(
        self,
        *,
        listener: Listener,
        reader: str | None = None,
        python: Path = DEFAULT_PYTHON,
        monotonic: Monotonic = time.monotonic,
        link: Link | None = None,
    ) -> None:
        """Nothing is started yet. `reader` is a part of the reader's PC/SC name; without it all readers are
        watched but those for SAMs. `python` is an interpreter that has pyscard; a `link` takes its place.
        """
        self._what = reader or "any reader"
        self._listener = listener
        self._monotonic = monotonic
        self._lock = threading.Condition(threading.RLock())  # re-entrant: a listener may call disarm()
        self._generation = 0
        self._is_armed = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._self_tests: deque[_SelfTestWanted] = deque()
        self._health = _health(Condition.UNKNOWN, monotonic())
        self._link = link or WorkerLink(python=python, monotonic=monotonic)
        self._poller = Poller(
            self._link,
            reader=reader,
            monotonic=monotonic,
            armed=self._armed,
            stopping=self._stopping.is_set,
            emit=self._emit,
            report=self._report,
        )

    def __repr__(self) -> str:
        return f"<SmartCardReader {self._what}: {self.health().condition}>"

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return "smart_card"

    def open(self) -> None:
        """Start the owner thread, which starts the worker and keeps trying. Nothing when already open."""
        with self._lock:
            if self._thread is not None:
                return
            self._stopping.clear()
            self._link.unwake()
            self._thread = threading.Thread(target=self._run, name="smart_card", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop asking, end owner thread and worker. May be called twice, and before `open`."""
        self.disarm()
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
            self._link.wake()
            self._lock.notify_all()
        if thread is None or thread is threading.current_thread():
            return
        thread.join(_JOIN_SECONDS)
        if thread.is_alive():
            _log.error("smart card reader: the owner thread did not end within %.0f s", _JOIN_SECONDS)

    def health(self) -> Health:
        """The last known health; `condition` is one of `drivers.smart_card.Condition`."""
        with self._lock:
            return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Ask pcscd for its readers, starting the worker first where it is lost. No card is touched."""
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
        """A citizen is asked for a card: read the one that is there, or comes. May be called twice."""
        with self._lock:
            if not self._is_armed:
                self._is_armed = True
                self._generation += 1
                self._lock.notify_all()

    def disarm(self) -> None:
        """Stop asking. A read under way is abandoned at its next APDU, and no card event follows."""
        with self._lock:
            self._is_armed = False
            self._lock.notify_all()

    # The owner thread

    def _armed(self) -> int:
        with self._lock:
            return self._generation if self._is_armed else 0

    def _emit(self, generation: int, event: DeviceEvent) -> None:
        with self._lock:  # held while the listener is called, so that disarm() returns after it or before
            if generation and generation == self._armed():
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
