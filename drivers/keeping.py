"""The health of a device, kept and told: once for each change, never once for each failed attempt."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from drivers.device import Health, HealthChanged, Listener, Meaning, Monotonic

C = TypeVar("C", bound=StrEnum)


class KeptHealth(Generic[C]):
    """One of the device class's closed set of conditions, with what `meanings` says of it.

    Asked from any thread; `report` is for the owner thread, which also calls the listener.
    """

    def __init__(
        self, meanings: Mapping[C, Meaning], at_first: C, listener: Listener, monotonic: Monotonic
    ) -> None:
        self._meanings = meanings
        self._listener = listener
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._health = health_of(meanings[at_first], at_first, monotonic())

    @property
    def now(self) -> Health:
        """The last that was reported."""
        with self._lock:
            return self._health

    def report(self, condition: C, detail: str = "") -> bool:
        """Keep it, and tell the listener where it is another condition. `detail` is added to the cause, and
        holds nothing of a person."""
        with self._lock:
            if condition.value == self._health.condition:
                return False
            self._health = health = health_of(self._meanings[condition], condition, self._monotonic(), detail)
        self._listener(HealthChanged(health))
        return True


def health_of(meaning: Meaning, condition: StrEnum, since: float, detail: str = "") -> Health:
    """The health that says this condition; `since` in monotonic seconds."""
    cause = f"{meaning.cause} ({detail})" if detail else meaning.cause
    return Health(meaning.availability, condition.value, since, cause, meaning.remedy)
