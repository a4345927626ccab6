"""How long the screen waits for a citizen who does nothing, and how long a visit may last in all."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.config import VisitTimes
from kiosk.loop import Loop, Timer
from kiosk.visit import Visit

GOODBYE_SECONDS = 15.0
PHONE_SECONDS = 180.0
"""How long the screen is left alone at least while documents are photographed with a phone."""
STORE_SECONDS = 5.0
"""Beside the wait for an answer: what sealing and writing may take when a visit has reached its cap."""


class Patience:
    """One timer, armed anew with every sign of a citizen. Loop's thread only.

    `warned` is whether the screen says that it is about to end the visit.
    """

    def __init__(self, times: VisitTimes, loop: Loop, clock: Clock, over: Callable[[], None]) -> None:
        """`over` is called when the citizen was waited for long enough."""
        self._times = times
        self._loop = loop
        self._clock = clock
        self._over = over
        self._timer: Timer | None = None
        self.warned = False

    @property
    def armed(self) -> bool:
        """Whether a citizen was waited for since the last `stop`."""
        return self._timer is not None

    @property
    def seconds_left(self) -> int:
        """Until the wait is over."""
        left = self._timer.due - self._clock.monotonic() if self._timer is not None else 0.0
        return max(0, round(left))

    def arm(self, visit: Visit, *, elder: bool, ended: bool, busy: bool) -> None:
        """Wait from now on. `ended`: on a page of goodbye; `busy`: see `cap`."""
        self._cancel()
        times = self._times
        slow = 2.0 if elder else 1.0
        wait = GOODBYE_SECONDS if ended else times.idle_seconds * slow
        if visit.run is not None and visit.run.upload is not None:
            wait = max(wait, PHONE_SECONDS)
        if self.warned:
            wait = times.warning_seconds * slow
        self._timer = self._loop.later(max(0.0, min(wait, self.cap(visit, busy=busy))), self._over)

    def cap(self, visit: Visit, *, busy: bool) -> float:
        """Seconds until the visit ends in any case. A submission under way (`busy`) gets its answer or its
        slip."""
        times = self._times
        longest = times.cap_seconds + (times.answer_seconds + STORE_SECONDS if busy else 0.0)
        return visit.began + longest - self._clock.monotonic()

    def stop(self) -> None:
        """Nobody is waited for any more."""
        self.warned = False
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
