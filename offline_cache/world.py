"""What this package is given of the world: time and chance. Nothing here calls `time` or `random`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The two scales of time (structurally the agent's own clock)."""

    def monotonic(self) -> float:
        """Seconds that only move forwards; for waits."""
        ...

    def now(self) -> datetime:
        """The best known civil time, aware; for dates."""
        ...


class Random(Protocol):
    """The one draw that is needed; `random.Random` and `random.SystemRandom` fit."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number between a and b."""
        ...


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC, as the files keep time. A naive time is a bug: ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The inverse of `to_ms`, in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
