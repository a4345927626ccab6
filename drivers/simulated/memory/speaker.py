"""The loudspeaker in memory: what the agent's tests may use instead of a driver and a card."""

from __future__ import annotations

import time

from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.keeping import health_of
from drivers.speaker import Condition
from drivers.speaker.health import MEANING

_BY_EAR = {None: Condition.UNCONFIRMED, True: Condition.READY, False: Condition.UNHEARD}


class SpeakerDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "speaker"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.sounds = 0
        self._listener = listener
        self._monotonic = monotonic
        self._open = False
        self._fault: Condition | None = None
        self._ear: bool | None = None
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, monotonic())

    def open(self) -> None:
        self._open = True
        self._judge()

    def close(self) -> None:
        self._open = False
        self._tell(Condition.UNKNOWN)

    def attend(self) -> None:
        """It has no thread."""

    def health(self) -> Health:
        return self._health

    def heard(self, confirmed: bool | None) -> None:
        self._ear = confirmed
        self._judge()

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        if not self._open:
            return SelfTest(False, "closed")
        self.sounds += self._fault is None
        self._judge()
        condition = self._health.condition
        return SelfTest(condition == Condition.READY, condition)

    def fail(self, fault: Condition | None) -> None:
        """What the card, or its player, does from now on."""
        self._fault = fault

    def _judge(self) -> None:
        if self._open:
            self._tell(self._fault or _BY_EAR[self._ear])

    def _tell(self, condition: Condition) -> None:
        if self._health.condition != condition:
            self._health = health_of(MEANING[condition], condition, self._monotonic())
            self._listener(HealthChanged(self._health))
