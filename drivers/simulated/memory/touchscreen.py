"""The touchscreen in memory: what an agent's tests may use instead of a driver and a panel."""

from __future__ import annotations

import time

from drivers.device import Health, Listener, Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.touchscreen import Condition
from drivers.touchscreen.health import MEANING
from drivers.touchscreen.report import Report
from drivers.touchscreen.watch import Touches


class TouchscreenDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "touchscreen"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self._listener = listener
        self._monotonic = monotonic
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic)
        self._touches = Touches()
        self._open = False
        self._plugged = True
        self._counted = 0

    @property
    def counts(self) -> dict[str, int]:
        return {"touches": self._counted + self._touches.count, "reports": 0, "unanswered": 0}

    def open(self) -> None:
        if not self._open:
            self._open = True
            self._kept.report(Condition.READY if self._plugged else Condition.UNPLUGGED)

    def close(self) -> None:
        self._open = False
        self._kept.reset()

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        return self._kept.now

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        condition = self._kept.now.condition
        facts = tuple((name, str(count)) for name, count in self.counts.items())
        return SelfTest(self._open and condition == Condition.READY, condition, facts)

    def page_touched(self) -> None:
        """Of a double nothing follows from it."""

    # Hands

    def touch(self, x: float, y: float, phase: str, finger: int = 0) -> None:
        if not (self._open and self._plugged):
            return
        now = self._monotonic()
        self._touches.heard(Report(finger, phase != "up", x, y), now)
        self._kept.report(self._touches.condition(now) or Condition.READY)

    def plug(self, plugged: bool) -> None:
        self._plugged = plugged
        self._counted += self._touches.count
        self._touches = Touches()
        if self._open:
            self._kept.report(Condition.READY if plugged else Condition.UNPLUGGED)
