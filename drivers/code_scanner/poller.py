"""What the owner thread does: keep the line, take up who asks, judge what comes.

Used by one thread, except for `wake`. See `drivers.armed.Work`.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from drivers.armed import Outside
from drivers.code_scanner.events import CodeRead, CodeUnreadable
from drivers.code_scanner.health import Condition, condition_of_error
from drivers.code_scanner.line import REST_SECONDS, Source, Unfit
from drivers.code_scanner.raw import Raw
from drivers.code_scanner.text import read
from drivers.device import Monotonic, SelfTest
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
_WORDS = {
    Condition.READY: "扫码器在线",
    Condition.LISTENING: "端口已打开，还没有读到过码",
}


class Counts:
    """How many codes were `read`, `unreadable` and `dropped` because nobody asked; asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {"read": 0, "unreadable": 0, "dropped": 0}

    def add(self, what: str) -> None:
        """One more."""
        with self._lock:
            self._counts[what] += 1

    @property
    def now(self) -> dict[str, int]:
        """All of them."""
        with self._lock:
            return dict(self._counts)


class Poller:
    """One turn's work on `source`."""

    def __init__(
        self, source: Source, *, name: str, counts: Counts, monotonic: Monotonic, outside: Outside[Condition]
    ) -> None:
        self._source = source
        self._name = name
        self._counts = counts
        self._monotonic = monotonic
        self._outside = outside
        self._online = False
        self._condition = Condition.UNKNOWN
        self._failures = 0
        self._due = monotonic()
        self._taken = 0  # the asking that codes which begin now belong to
        self._trigger_due = 0.0
        self._bad = 0
        self._told: deque[float] = deque(maxlen=MOST_A_SECOND)

    def step(self) -> float:
        """Connect, or wait for what comes."""
        if self._online:
            self._do(self._listen)
        elif self._monotonic() >= self._due:
            self._do(self._connect)
        return self._monotonic() if self._online else self._due

    def self_test(self) -> SelfTest:
        """Whether a scanner is known to be there, and the counts, once who asks now is taken up. No code is
        asked for: a serial scanner that has not read one yet does not pass."""
        if not self._online:
            self._do(self._connect)
        if self._online:
            self._do(self._take_up)
        facts = tuple((name, str(count)) for name, count in self._counts.now.items())
        words = _WORDS.get(self._condition, self._condition.value)
        return SelfTest(self._online and self._condition is Condition.READY, words, facts)

    def wake(self, *, closing: bool) -> None:
        """End the wait."""
        self._source.wake()

    def close(self) -> None:
        """The scanner is not left reading, where it can be told; and the port is released."""
        if self._online and self._taken:
            try:
                self._source.trigger(on=False)
            except (TransportLost, TransportTimeout) as error:
                _log.debug("%s: %s", self._name, error)
        self._online = False
        self._source.close()

    def _do(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Unfit as unfit:
            self._lost(unfit.condition, str(unfit))
        except (TransportLost, TransportTimeout) as error:
            self._lost(condition_of_error(error), str(error))

    def _connect(self) -> None:
        self._source.open()
        self._source.trigger(on=False)
        if self._failures:
            _log.info("%s is back after %d failed attempts", self._name, self._failures)
        self._online, self._failures, self._bad = True, 0, 0
        self._taken, self._trigger_due = 0, 0.0
        if self._source.proven:
            self._report(Condition.READY)
        else:
            self._condition = self._outside.returned(Condition.LISTENING)

    def _listen(self) -> None:
        self._take_up()
        timeout = REST_SECONDS
        if self._taken:
            timeout = min(timeout, max(0.0, self._trigger_due - self._monotonic()))
        for raw in self._source.receive(timeout, self._taken):
            self._judge(raw)

    def _take_up(self) -> None:
        """Begin or end an asking: what has come by now was shown before it."""
        asked = self._outside.armed()
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

    def _judge(self, raw: Raw) -> None:
        wanted = bool(raw.asked) and raw.asked == self._outside.armed()
        event = read(raw, identified=self._source.identified) if wanted else None
        bad = isinstance(event, CodeUnreadable) or raw.reason is not None
        self._bad = self._bad + 1 if bad else 0
        if not bad:
            self._report(Condition.READY)
        elif self._bad == _GARBLED:
            self._report(Condition.GARBLED, raw.reason.value if raw.reason else "")
        if event is None or self._too_many():
            self._counts.add("dropped")
            return
        self._counts.add("read" if isinstance(event, CodeRead) else "unreadable")
        self._outside.emit(raw.asked, event)

    def _too_many(self) -> bool:
        now = self._monotonic()
        if len(self._told) == MOST_A_SECOND and now - self._told[0] < 1.0:
            return True
        self._told.append(now)
        return False

    def _lost(self, condition: Condition, detail: str) -> None:
        self._source.close()
        self._online, self._taken = False, 0
        if self._outside.stopping():
            return
        if not self._failures:
            _log.warning("%s: %s (%s); trying again until it is back", self._name, condition.value, detail)
        self._due = self._monotonic() + BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        self._report(condition, detail)

    def _report(self, condition: Condition, detail: str = "") -> None:
        self._condition = condition
        self._outside.report(condition, detail)
