"""Time as the agent sees it: monotonic for waits, wall time for dates.

Everything that waits or dates is given a `Clock`; nothing else in the agent may call `time` or
`datetime.now`. The simulation of issue C and the tests own both scales.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The two scales of time."""

    def monotonic(self) -> float:
        """Seconds that only move forwards; the origin means nothing."""
        ...

    def now(self) -> datetime:
        """The best known civil time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clocks, corrected by the platform's time and never below a remembered floor."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._floor = datetime(2026, 1, 1, tzinfo=UTC)

    def not_before(self, floor: datetime | None) -> None:
        """It is later than `floor`, a platform time that was remembered."""
        if floor is not None:
            self._floor = max(self._floor, floor)

    def monotonic(self) -> float:
        """Seconds of the kernel's monotonic clock."""
        return time.monotonic()

    def now(self) -> datetime:
        """Platform time as last heard, and never before the floor."""
        return max(datetime.now(UTC) + self._offset, self._floor)

    def correct(self, platform_time: datetime) -> None:
        """Take the platform's time (from an authenticated `Date` header) as the truth."""
        self._offset = platform_time - datetime.now(UTC)
        self._floor = max(self._floor, platform_time)
