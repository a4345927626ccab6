"""The keypad in memory: what the agent's tests may use instead of a driver and a pad."""

from __future__ import annotations

import time

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.keeping import health_of
from drivers.keypad import Condition, KeyPressed, Press
from drivers.keypad.health import MEANING


class KeypadDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "keypad"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.counts = {"pressed": 0, "bounced": 0, "other": 0, "overruns": 0, "torn": 0}
        self._listener = listener
        self._monotonic = monotonic
        self._open = False
        self._plugged = True
        self._down: set[Press] = set()
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, monotonic())

    def open(self) -> None:
        if not self._open:
            self._open = True
            self._tell(Condition.READY if self._plugged else Condition.UNPLUGGED)

    def close(self) -> None:
        self._open = False
        self._tell(Condition.UNKNOWN)

    def attend(self) -> None:
        """It has no thread."""

    def health(self) -> Health:
        return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        condition = self._health.condition
        return SelfTest(self._open and condition == Condition.READY, condition)

    # Hands

    def hold(self, press: Press) -> None:
        if self._open and self._plugged and press not in self._down:
            self.counts["pressed"] += 1
            self._listener(KeyPressed(press))
        self._down.add(press)

    def release(self, press: Press) -> None:
        self._down.discard(press)

    def press_other(self) -> None:
        if self._open and self._plugged:
            self.counts["other"] += 1

    def unplug(self) -> None:
        self._plug(False)

    def replug(self) -> None:
        self._plug(True)

    def _plug(self, plugged: bool) -> None:
        self._plugged = plugged
        if not plugged:
            self._down.clear()
        if self._open:
            self._tell(Condition.READY if plugged else Condition.UNPLUGGED)

    def _tell(self, condition: Condition) -> None:
        if self._health.condition != condition:
            self._health = health_of(MEANING[condition], condition, self._monotonic())
            self._listener(HealthChanged(self._health))
