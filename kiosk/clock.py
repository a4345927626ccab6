"""Time as the agent sees it: monotonic for waits, wall time for dates.

Everything that waits or dates is given a `Clock`; nothing else in the agent may call `time` or
`datetime.now`. The simulation of issue C and the tests own both scales.
"""

from __future__ import annotations

import time
from collections.abc import Callable
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


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _civil() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The machine's civil clock, read once: from then on what the kernel has counted since the boot.

    So nobody who sets the civil clock while a citizen files (a technician, NTP after a flat battery) moves a
    date in the middle of an application. The platform's time replaces what was read, and a remembered floor
    bounds it from below. CLOCK_BOOTTIME counts while the machine sleeps as well, and nobody can set it.
    """

    def __init__(
        self, civil: Callable[[], datetime] = _civil, since_boot: Callable[[], float] = _since_boot
    ) -> None:
        """`civil` and `since_boot` (seconds) are the machine's two clocks."""
        self._since_boot = since_boot
        self._known = (civil(), since_boot())  # one value: any thread reads, any thread corrects
        self._floor = datetime(2026, 1, 1, tzinfo=UTC)
        self._confirmed = False

    @property
    def confirmed(self) -> bool:
        """Whether the platform has told the time since the start."""
        return self._confirmed

    def not_before(self, floor: datetime | None) -> None:
        """It is later than `floor`, a platform time that was remembered."""
        if floor is not None:
            self._floor = max(self._floor, floor)

    def monotonic(self) -> float:
        """Seconds of the kernel's monotonic clock."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time that was last known and what has passed since, and never before the floor."""
        known, at = self._known
        return max(known + timedelta(seconds=self._since_boot() - at), self._floor)

    def correct(self, platform_time: datetime) -> None:
        """Take the platform's time (from an authenticated `Date` header) as the truth."""
        self._known = (platform_time, self._since_boot())
        self._floor = max(self._floor, platform_time)
        self._confirmed = True
