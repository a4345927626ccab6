"""The contract that every device class keeps: open, close, health, self-test, events.

A driver is built in three layers: transport (bytes), protocol (frames), device (meaning). What a
hand can cause (card lifted, paper out, cable pulled) is a value: an event or a condition, never an
exception that reaches the visit. `unknown` is a state of its own and is never shown as good or bad.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

Monotonic = Callable[[], float]
"""Seconds that only move forwards; injected, so that tests and the simulation own the time."""


class Availability(StrEnum):
    """Whether the device answers (words follow XFS)."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class Meaning(NamedTuple):
    """What a condition means for whoever asks; `cause` and `remedy` as in `Health`."""

    availability: Availability
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a device now.

    `condition` is one of the device class's closed set of words (each class documents its own);
    `since` is in monotonic seconds; `cause` and `remedy` are for the technician, in plain words.
    """

    availability: Availability
    condition: str
    since: float
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Outcome of a self-test: what was tried, whether it passed, and facts found (never personal data)."""

    passed: bool
    summary: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something a device has to say. Subclasses carry the meaning."""


@dataclass(frozen=True, slots=True)
class HealthChanged(DeviceEvent):
    """The health is no longer what it was; sent once per change, not once per failed poll."""

    health: Health


Listener = Callable[[DeviceEvent], None]
"""Called from the device's own thread; must only post to a queue and return."""


class Device(Protocol):
    """What every device offers. One owner thread each; every wait inside has a deadline."""

    @property
    def name(self) -> str:
        """Name in the configuration, e.g. ``id_card``."""
        ...

    def open(self) -> None:
        """Start the owner thread. A port that is not there is a health, not an exception."""
        ...

    def close(self) -> None:
        """Stop the owner thread and release the port. May be called twice."""
        ...

    def attend(self) -> None:
        """Look whether the owner thread hangs, and begin another in its place then. To be called every few
        seconds from outside; never blocks on the device."""
        ...

    def health(self) -> Health:
        """The last known health; never blocks on the device."""
        ...

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Exercise the device for at most `deadline` seconds."""
        ...
