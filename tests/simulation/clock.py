"""The machine's two clocks over simulated time; the civil one may jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kiosk.clock import SystemClock
from tests.simulation.tasks import Tasks

START = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
"""09:30 in Tianjin, a Monday."""


class Machine:
    """What the hardware says: seconds since it was switched on, and a civil time that may be wrong."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._on = tasks.now
        self.wrong = timedelta(0)

    def boot(self) -> None:
        """Switched on again."""
        self._on = self._tasks.now

    def monotonic(self) -> float:
        """Seconds since then."""
        return self._tasks.now - self._on

    def civil(self) -> datetime:
        """What the battery-backed clock says."""
        return true_time(self._tasks) + self.wrong


def true_time(tasks: Tasks) -> datetime:
    """What time it is in the city."""
    return START + timedelta(seconds=tasks.now)


class SimulatedClock(SystemClock):
    """The agent's own clock, on the machine's."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = machine

    def monotonic(self) -> float:
        """The machine's."""
        return self._machine.monotonic()

    def now(self) -> datetime:
        """As the agent's own."""
        return max(self._machine.civil() + self._offset, self._floor)

    def correct(self, platform_time: datetime) -> None:
        """As the agent's own."""
        self._offset = platform_time - self._machine.civil()
        self._floor = max(self._floor, platform_time)
