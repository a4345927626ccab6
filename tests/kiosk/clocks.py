"""A clock that a test owns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class TestClock:
    """`kiosk.clock.Clock` that moves only when told."""

    __test__ = False

    def __init__(self, now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)) -> None:
        self.wall = now
        self.passed = 0.0

    def monotonic(self) -> float:
        """Seconds since the test began."""
        return self.passed

    def now(self) -> datetime:
        """Civil time."""
        return self.wall

    def advance(self, seconds: float) -> None:
        """Both scales move."""
        self.passed += seconds
        self.wall += timedelta(seconds=seconds)
