"""What the touches of a panel tell of its health: one that never lifts, and touches of nobody's hand.

Pure: it is given the time. Positions are held for ten seconds at most, and told to nobody.
"""

from __future__ import annotations

from collections import deque

from drivers.touchscreen.health import Condition
from drivers.touchscreen.report import Report

STUCK_SECONDS = 60.0
"""A contact that has been down for so long is no hand's; a signature takes ten."""
GHOST_SECONDS = 10.0
GHOST_TOUCHES = 50
"""Short touches at one place within `GHOST_SECONDS`: five a second for ten seconds."""
SHORT_SECONDS = 0.2
PLACE = 0.05
"""One place: so much of the width and of the height."""
FLOOD_SECONDS = 2.0
FLOOD_TOUCHES = 40
"""Touches anywhere within `FLOOD_SECONDS`: ten fingers tap twice a second."""
CALM_SECONDS = 60.0
"""Ghosts are over when none of this was seen for so long."""


class Touches:
    """Follows the contacts of one panel from its opening."""

    def __init__(self) -> None:
        self._down: dict[int, tuple[float, float, float]] = {}
        self._begun: deque[float] = deque(maxlen=FLOOD_TOUCHES)
        self._short: deque[tuple[float, float, float]] = deque(maxlen=GHOST_TOUCHES)
        self._haunted: float | None = None
        self.count = 0
        """Touches that have begun."""

    def heard(self, report: Report, now: float) -> None:
        """A contact came down, moved or was lifted; `now` in seconds."""
        if report.down:
            if report.contact not in self._down:
                self.count += 1
                self._down[report.contact] = (now, report.x, report.y)
                self._begun.append(now)
            self._judge_flood(now)
            return
        begun = self._down.pop(report.contact, None)
        if begun is not None and now - begun[0] <= SHORT_SECONDS:
            self._short.append((now, begun[1], begun[2]))
            self._judge_place(now)

    def condition(self, now: float) -> Condition | None:
        """What is wrong with the panel by its touches, or None."""
        while self._short and now - self._short[0][0] > GHOST_SECONDS:
            self._short.popleft()
        if self._haunted is not None and now - self._haunted < CALM_SECONDS:
            return Condition.GHOST
        if any(now - begun >= STUCK_SECONDS for begun, _, _ in self._down.values()):
            return Condition.STUCK
        return None

    def due(self, now: float) -> float | None:
        """Seconds until `condition` may say another thing without a report; None: never."""
        ends = [begun + STUCK_SECONDS for begun, _, _ in self._down.values()]
        ends += [at + GHOST_SECONDS for at, _, _ in list(self._short)[:1]]
        if self._haunted is not None:
            ends.append(self._haunted + CALM_SECONDS)
        return min((end - now for end in ends if end > now), default=None)

    def _judge_flood(self, now: float) -> None:
        if len(self._begun) == FLOOD_TOUCHES and now - self._begun[0] <= FLOOD_SECONDS:
            self._haunted = now

    def _judge_place(self, now: float) -> None:
        if len(self._short) < GHOST_TOUCHES or now - self._short[0][0] > GHOST_SECONDS:
            return
        across = [x for _, x, _ in self._short]
        along = [y for _, _, y in self._short]
        if max(across) - min(across) <= PLACE and max(along) - min(along) <= PLACE:
            self._haunted = now
