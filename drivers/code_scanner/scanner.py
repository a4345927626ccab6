"""The code scanner as a device: an owner thread, and what others may ask of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from drivers.code_scanner.events import CodeRead, CodeUnreadable
from drivers.code_scanner.health import Condition, condition_of_error, health_of
from drivers.code_scanner.line import REST_SECONDS, Source, Unfit
from drivers.code_scanner.raw import Raw
from drivers.code_scanner.text import read
from drivers.device import Device, Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.exc import TransportLost, TransportTimeout

_log = logging.getLogger("drivers.code_scanner")

BACK_OFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to get the scanner back; the last repeats."""
TRIGGER_SECONDS = 3.0
"""A trigger ends with a code, and after the module's own reading time: while armed it is given again."""
MOST_A_SECOND = 5
"""Codes that are told in one second; no hand shows more. The rest is dropped and counted."""
_GARBLED = 3
"""Times in a row that what came was no code, after which the line's settings are doubted."""
_JOIN_SECONDS = 5.0
_CLOSED = SelfTest(False, "the device is not open")


@dataclass(slots=True)
class _SelfTestWanted:
    done: threading.Event = field(default_factory=threading.Event)
    outcome: SelfTest = _CLOSED


class CodeScanner(Device):
    """A bar code and QR scanner; never a keyboard.

    Codes are told only while armed, from the owner thread, none of them after `disarm` returned. What comes
    at any other time is dropped and counted; so is a code that had begun before it was asked for.
    """

    def __init__(
        self,
        *,
        source: Source,
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        name: str = "code_scanner",
    ) -> None:
        """Nothing is opened yet."""
        self._source = source
        self._listener = listener
        self._monotonic = monotonic
        self._name = name
        self._lock = threading.Condition(threading.RLock())  # re-entrant: a listener may call disarm()
        self._generation = 0
        self._is_armed = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._self_tests: deque[_SelfTestWanted] = deque()
        self._health = health_of(Condition.UNKNOWN, monotonic())
        self._counts = {"read": 0, "unreadable": 0, "dropped": 0}
        # Of the owner thread:
        self._online = False
        self._failures = 0
        self._due = monotonic()
        self._taken = 0  # the asking that codes which begin now belong to
        self._trigger_due = 0.0
        self._bad = 0
        self._told: deque[float] = deque(maxlen=MOST_A_SECOND)

    def __repr__(self) -> str:
        return f"<CodeScanner {self._name}: {self.health().condition}>"

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    @property
    def counts(self) -> dict[str, int]:
        """How many codes were `read`, `unreadable`, and `dropped` because nobody asked, since it was made."""
        with self._lock:
            return dict(self._counts)

    def open(self) -> None:
        """Start the owner thread, which opens the port and keeps trying. Does nothing when already open."""
        with self._lock:
            if self._thread is not None:
                return
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop asking, end the owner thread and release the port. May be called twice, and before `open`."""
        self.disarm()
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
            self._moved()
        if thread is None or thread is threading.current_thread():
            return
        thread.join(_JOIN_SECONDS)
        if thread.is_alive():
            _log.error("%s: the owner thread did not end within %.0f s", self._name, _JOIN_SECONDS)

    def health(self) -> Health:
        """The last known health; `condition` is one of `drivers.code_scanner.Condition`."""
        with self._lock:
            return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Whether a scanner is known to be there, opening the port first where it is lost; and the counts.

        No code is asked for: a serial scanner that has not read one yet does not pass.
        """
        wanted = _SelfTestWanted()
        with self._lock:
            if self._thread is None:
                return wanted.outcome
            self._self_tests.append(wanted)
            self._moved()
        if not wanted.done.wait(deadline):
            return SelfTest(False, f"no outcome within {deadline:g} s")
        return wanted.outcome

    def arm(self) -> None:
        """A page asks for a code: whatever is held under the scanner from now on is told. May be called
        twice."""
        with self._lock:
            if not self._is_armed:
                self._is_armed = True
                self._generation += 1
                self._moved()

    def disarm(self) -> None:
        """Stop asking. A code under way is forgotten, and none follows."""
        with self._lock:
            if self._is_armed:
                self._is_armed = False
                self._moved()

    def _moved(self) -> None:
        """Whatever the owner thread waits for, it looks up."""
        self._lock.notify_all()
        self._source.wake()

    # The owner thread

    def _armed(self) -> int:
        with self._lock:
            return self._generation if self._is_armed else 0

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._step()
                except Unfit as unfit:
                    self._lost(unfit.condition, str(unfit))
                except (TransportLost, TransportTimeout) as error:
                    self._lost(condition_of_error(error), str(error))
        finally:
            # Also when a bug ends this thread: a scanner that nobody watches is not known to be well.
            self._rest()
            self._source.close()
            with self._lock:
                self._online, self._taken, self._failures = False, 0, 0
                self._due = self._monotonic()
                self._health = health_of(Condition.UNKNOWN, self._monotonic())
                while self._self_tests:
                    self._self_tests.popleft().done.set()

    def _step(self) -> None:
        if not self._online:
            if self._monotonic() < self._due and not self._self_tests:
                self._wait()
                return
            self._connect()
        self._take_up()
        self._run_self_tests()
        timeout = REST_SECONDS
        if self._taken:
            timeout = min(timeout, max(0.0, self._trigger_due - self._monotonic()))
        for raw in self._source.receive(timeout, self._taken):
            self._judge(raw)

    def _wait(self) -> None:
        with self._lock:
            self._lock.wait_for(
                lambda: self._stopping.is_set() or bool(self._self_tests),
                timeout=max(0.0, self._due - self._monotonic()),
            )

    def _connect(self) -> None:
        self._source.open()
        if self._failures:
            _log.info("%s is back after %d failed attempts", self._name, self._failures)
        self._online, self._failures, self._bad = True, 0, 0
        self._taken, self._trigger_due = 0, 0.0
        self._source.trigger(on=False)
        self._report(Condition.READY if self._source.proven else Condition.LISTENING)

    def _take_up(self) -> None:
        """Begin or end an asking: what has come by now was shown before it."""
        asked = self._armed()
        if asked != self._taken:
            for raw in self._source.drain():
                self._judge(raw)
            self._source.forget()
            self._taken, self._trigger_due = asked, 0.0
            if not asked:
                self._source.trigger(on=False)
        if asked and self._monotonic() >= self._trigger_due:
            self._source.trigger(on=True)
            self._trigger_due = self._monotonic() + TRIGGER_SECONDS

    def _rest(self) -> None:
        """The scanner is not left reading, where it can be told."""
        if self._online and self._taken:
            try:
                self._source.trigger(on=False)
            except (TransportLost, TransportTimeout) as error:
                _log.debug("%s: %s", self._name, error)

    def _judge(self, raw: Raw) -> None:
        wanted = bool(raw.asked) and raw.asked == self._armed()
        event = read(raw, identified=self._source.identified) if wanted else None
        bad = isinstance(event, CodeUnreadable) or raw.reason is not None
        self._bad = self._bad + 1 if bad else 0
        if not bad:
            self._report(Condition.READY)
        elif self._bad == _GARBLED:
            self._report(Condition.GARBLED, raw.reason.value if raw.reason else "")
        if event is None or self._too_many():
            self._count("dropped")
            return
        self._count("read" if isinstance(event, CodeRead) else "unreadable")
        with self._lock:  # held while the listener is called, so that disarm() returns after it or before
            if raw.asked == self._armed():
                self._listener(event)

    def _too_many(self) -> bool:
        now = self._monotonic()
        if len(self._told) == MOST_A_SECOND and now - self._told[0] < 1.0:
            return True
        self._told.append(now)
        return False

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def _lost(self, condition: Condition, detail: str) -> None:
        self._source.close()
        self._online, self._taken = False, 0
        if self._stopping.is_set():
            return
        if not self._failures:
            _log.warning("%s: %s (%s); trying again until it is back", self._name, condition.value, detail)
        self._due = self._monotonic() + BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._report(condition, detail)
        self._run_self_tests()

    def _report(self, condition: Condition, detail: str = "") -> None:
        with self._lock:
            if condition.value == self._health.condition:
                return
            self._health = health = health_of(condition, self._monotonic(), detail)
        self._listener(HealthChanged(health))

    def _run_self_tests(self) -> None:
        while True:
            with self._lock:
                if not self._self_tests:
                    return
                wanted = self._self_tests.popleft()
                condition = Condition(self._health.condition)
                facts = tuple((name, str(count)) for name, count in self._counts.items())
            passed = self._online and condition is Condition.READY
            wanted.outcome = SelfTest(passed, _WORDS.get(condition, condition.value), facts)
            wanted.done.set()


_WORDS = {
    Condition.READY: "the scanner is there",
    Condition.LISTENING: "the port is open, and no code has come yet",
}
