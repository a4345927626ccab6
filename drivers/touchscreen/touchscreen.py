"""The touchscreen as a device: an owner thread that listens and asks, and what is known of it.

It tells its health and counts its touches. Where they were never leaves it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from drivers.device import Listener, Monotonic, SelfTest
from drivers.exc import TransportLost, TransportTimeout
from drivers.keeping import KeptHealth
from drivers.kept import KeptDevice
from drivers.owner import Fall, Owner, Turn
from drivers.touchscreen.health import MEANING, Condition, condition_of_error
from drivers.touchscreen.line import Source
from drivers.touchscreen.panel import NotATouchscreen
from drivers.touchscreen.watch import Touches

_log = logging.getLogger("drivers.touchscreen")

BACK_OFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to get the panel back; the last repeats."""
BOUNCE_SECONDS = 1.5
"""A panel that is back within so long was never told as gone."""
ASK_SECONDS = 30.0
"""A serial controller that said nothing for so long is asked whether it is there."""
AGAIN_SECONDS = 1.0
"""After a question that was not answered."""
UNANSWERED = 3
"""Questions in a row without an answer, and it is silent."""
GARBLED_BYTES = 64
"""In a row that belong to no frame: six packets of Elo's, twelve reports of the others."""
STALE_SECONDS = 4 * 3600.0
"""An input device that nobody touched for so long is not known to be well any more."""
PAGE_SECONDS = 3.0
"""Between a touch that the page saw and the same touch here, at most."""
PAGE_TOUCHES = 3
"""Touches in a row that the page saw and nothing came here."""
REST_SECONDS = 5.0
"""Between two looks at a line on which nothing happens; whatever does happen ends the wait."""
_MOST_PAGES = 16
"""Touches of the page that are held against the line at a time."""
_CLOSED = SelfTest(False, "the device is not open")


class Touchscreen(KeptDevice[Owner]):
    """A panel on a serial line or behind the kernel's input devices."""

    def __init__(
        self,
        *,
        source: Callable[[], Source],
        listener: Listener,
        monotonic: Monotonic = time.monotonic,
        name: str = "touchscreen",
    ) -> None:
        """Nothing is opened yet. `source` makes the line anew for each owner thread."""
        self._make = source
        self._monotonic = monotonic
        self._name = name
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic)
        self._owner = Owner(name, self._body, fell=self._fell, wake=self._wake, monotonic=monotonic)
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._source: Source | None = None
        self._seen: deque[float] = deque(maxlen=PAGE_TOUCHES)
        self._counts = {"touches": 0, "reports": 0, "unanswered": 0}
        self._state: _State | None = None

    def __repr__(self) -> str:
        return f"<Touchscreen {self._name}: {self.health().condition}>"

    @property
    def counts(self) -> dict[str, int]:
        """How many `touches` began, `reports` came, and questions were `unanswered`, since it was made."""
        with self._lock:
            return dict(self._counts)

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """What the controller answers, or what the kernel says of the input device, and the counts; the port
        is opened first where it is lost. An input device that nobody has touched does not pass."""
        if not self._owner.is_open:
            return _CLOSED
        outcome = self._owner.ask(self._examine, deadline)
        return outcome or SelfTest(False, f"no outcome within {deadline:g} s")

    def page_touched(self) -> None:
        """From any thread: a page of the terminal saw a finger. Of a serial line nothing follows from it."""
        with self._lock:
            self._seen.append(self._monotonic())
        self._wake()

    # The owner thread

    def _wake(self) -> None:
        self._woken.set()
        source = self._source
        if source is not None:
            source.wake()

    def _fell(self, _: Fall) -> None:
        self._kept.report(Condition.DRIVER_FAILED)

    def _body(self, turn: Turn) -> None:
        self._source = source = self._make()
        self._state = state = _State(self._monotonic(), turn)
        try:
            while turn.beat():
                try:
                    self._round(source, state)
                except NotATouchscreen as error:
                    self._lost(source, state, Condition.NOT_A_TOUCHSCREEN, str(error))
                except (TransportLost, TransportTimeout) as error:
                    self._lost(source, state, condition_of_error(error), str(error))
        finally:
            source.close()

    def _round(self, source: Source, state: _State) -> None:
        self._owner.serve()
        now = self._monotonic()
        if not state.online:
            if now < state.due:
                self._woken.wait(min(REST_SECONDS, state.due - now))
                self._woken.clear()
                return
            self._connect(source, state)
        self._ask_when_due(source, state)
        self._judge(source, state)
        for report in source.receive(self._rest(source, state)):
            now = self._monotonic()
            state.heard = now
            state.elsewhere = state.unanswered = 0
            state.touches.heard(report, now)
            self._count("reports")
        with self._lock:
            self._counts["touches"] += state.touches.count - state.counted
        state.counted = state.touches.count
        self._judge(source, state)

    def _connect(self, source: Source, state: _State) -> None:
        source.open()
        if state.failures:
            _log.info("%s is back after %d failed attempts", self._name, state.failures)
        state.begin(self._monotonic())

    def _ask_when_due(self, source: Source, state: _State) -> None:
        now = self._monotonic()
        if not source.asks or now < state.ask_due or now - (state.heard or -ASK_SECONDS) < ASK_SECONDS:
            return
        if source.answers():
            state.unanswered = 0
            state.answered = True
            state.ask_due = self._monotonic() + ASK_SECONDS
            return
        self._count("unanswered")
        state.unanswered += 1
        state.ask_due = self._monotonic() + AGAIN_SECONDS

    def _rest(self, source: Source, state: _State) -> float:
        """Seconds until something is to be done without a report."""
        now = self._monotonic()
        waits = [REST_SECONDS]
        if source.asks:
            waits.append(max(state.ask_due, (state.heard or -ASK_SECONDS) + ASK_SECONDS) - now)
        if state.pages:
            waits.append(state.pages[0] + PAGE_SECONDS - now)
        due = state.touches.due(now)
        return max(0.0, min(waits if due is None else [*waits, due]))

    def _judge(self, source: Source, state: _State) -> None:
        """Fold what is known into one condition; nothing where the turn is over."""
        if state.turn.over:
            return
        now = self._monotonic()
        self._hold_against_the_page(source, state, now)
        silent = state.unanswered >= UNANSWERED or state.elsewhere >= PAGE_TOUCHES
        proven = state.answered or (state.heard is not None and now - state.heard < STALE_SECONDS)
        wrong = state.touches.condition(now)
        if source.skipped >= GARBLED_BYTES:
            self._kept.report(Condition.GARBLED)
        elif silent:
            self._kept.report(Condition.SILENT)
        elif state.fault:
            self._kept.report(Condition.FAILED, state.fault)
        elif wrong is not None:
            self._kept.report(wrong)
        elif proven and not state.unanswered:
            self._kept.report(Condition.READY)
        elif not proven and not (source.asks and state.unanswered < UNANSWERED):
            self._kept.report(Condition.LISTENING)

    def _hold_against_the_page(self, source: Source, state: _State, now: float) -> None:
        with self._lock:
            seen = list(self._seen)
            self._seen.clear()
        if source.asks:
            return
        state.pages += [at for at in seen if at - PAGE_SECONDS >= state.opened]
        del state.pages[_MOST_PAGES:]
        while state.pages and now >= state.pages[0] + PAGE_SECONDS:
            at = state.pages.pop(0)
            heard = state.heard is not None and state.heard >= at - PAGE_SECONDS
            state.elsewhere = 0 if heard else state.elsewhere + 1

    def _lost(self, source: Source, state: _State, condition: Condition, detail: str) -> None:
        source.close()
        if state.turn.over:
            return
        now = self._monotonic()
        if state.online:
            state.lost_at = now
        if not state.failures:
            _log.warning("%s: %s (%s); trying again until it is back", self._name, condition.value, detail)
        bounces = condition is Condition.UNPLUGGED and now - state.lost_at < BOUNCE_SECONDS
        state.due = now + BACK_OFF[min(state.failures, len(BACK_OFF) - 1)]
        state.online = False
        state.failures += 1
        if not bounces:
            self._kept.report(condition, detail)

    def _examine(self) -> SelfTest:
        source, state = self._source, self._state
        assert source is not None  # noqa: S101 - of the owner thread, which has one
        assert state is not None  # noqa: S101 - as above
        try:
            if not state.online:
                self._connect(source, state)
            replies = source.examine()
        except NotATouchscreen as error:
            self._lost(source, state, Condition.NOT_A_TOUCHSCREEN, str(error))
            replies = []
        except (TransportLost, TransportTimeout) as error:
            self._lost(source, state, condition_of_error(error), str(error))
            replies = []
        if source.asks and replies:
            state.answered, state.unanswered = True, 0
            state.fault = "; ".join(each.fault for each in replies if each.fault)
        if state.online:
            self._judge(source, state)
        condition = Condition(self._kept.now.condition)
        facts = [fact for reply in replies for fact in reply.facts]
        facts += [(name, str(count)) for name, count in self.counts.items()]
        passed = state.online and bool(replies) and condition is Condition.READY
        return SelfTest(passed, _WORDS.get(condition, condition.value), tuple(facts))

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1


class _State:
    """What one turn of the owner thread knows of its line; times in seconds."""

    def __init__(self, now: float, turn: Turn) -> None:
        self.turn = turn
        self.due = now
        self.failures = 0
        self.lost_at = now - BOUNCE_SECONDS  # never online: a port that is missing is told at once
        self.online = False
        self.begin(now, online=False)

    def begin(self, now: float, *, online: bool = True) -> None:
        """The line was opened."""
        self.online = online
        if online:
            self.failures = 0
        self.opened = now
        self.heard: float | None = None
        self.touches = Touches()
        self.counted = 0
        self.ask_due = now
        self.unanswered = 0
        self.answered = False
        self.fault = ""
        self.pages: list[float] = []
        self.elsewhere = 0


_WORDS = {
    Condition.READY: "the touchscreen is there",
    Condition.LISTENING: "the input device is there, and nobody has touched it yet",
}
