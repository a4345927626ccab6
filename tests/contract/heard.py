"""A listener for tests: keeps what a device said and lets a test wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from drivers.device import DeviceEvent, HealthChanged

DEADLINE = 15.0
"""Seconds after which a test gives up; far more than any driver's own deadline."""

E = TypeVar("E", bound=DeviceEvent)


class Heard:
    """Called from the device's thread; asked from the test's."""

    def __init__(self) -> None:
        self.then: Callable[[DeviceEvent], None] = lambda _event: None
        """What the listener does besides, on the device's thread."""
        self._events: list[DeviceEvent] = []
        self._taken = 0
        self._changed = threading.Condition()

    def __call__(self, event: DeviceEvent) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
        self.then(event)

    @property
    def events(self) -> list[DeviceEvent]:
        """All so far."""
        with self._changed:
            return list(self._events)

    def of(self, kind: type[E]) -> list[E]:
        """All of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def next(self, *kinds: type[E]) -> E:
        """The next event of one of `kinds` that was not taken yet; others before it are passed over."""
        with self._changed:
            while True:
                while self._taken < len(self._events):
                    event = self._events[self._taken]
                    self._taken += 1
                    if isinstance(event, kinds):
                        return event
                if not self._changed.wait(DEADLINE):
                    raise TimeoutError(f"none of {kinds} came; heard {self._events}")

    def condition(self, wanted: str) -> None:
        """Wait until the device tells this condition."""
        while self.next(HealthChanged).health.condition != wanted:
            pass
