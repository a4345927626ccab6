"""Which lights are lit at a moment, and when that changes next. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum

BLINK_SECONDS = 0.5
"""Lit so long, dark so long: once a second, far below the three flashes that WCAG 2.3.1 allows."""


class Look(StrEnum):
    """How a light looks."""

    OFF = "off"
    ON = "on"
    BLINK = "blink"


class Plan:
    """What every light is to look like, and until when. Times are in monotonic seconds."""

    def __init__(self, names: Iterable[str]) -> None:
        """All dark."""
        self._looks: dict[str, tuple[Look, float]] = dict.fromkeys(names, (Look.OFF, math.inf))

    def set(self, name: str, look: Look, until: float = math.inf) -> bool:
        """One light, dark from `until` on. False for a light that is none of these."""
        if name not in self._looks:
            return False
        self._looks[name] = (look, until)
        return True

    def lit(self, now: float) -> dict[str, bool]:
        """Whether each light is lit. All that blink are lit together."""
        phase = math.floor(now / BLINK_SECONDS) % 2 == 0
        return {
            name: now < until and (look is Look.ON or (look is Look.BLINK and phase))
            for name, (look, until) in self._looks.items()
        }

    def rest(self, now: float, most: float) -> float:
        """Seconds until something changes by itself, at most `most`."""
        waits = [most]
        for look, until in self._looks.values():
            if now < until and look is not Look.OFF:
                waits.append(until - now)
                if look is Look.BLINK:
                    waits.append(BLINK_SECONDS - now % BLINK_SECONDS)
        return min(waits)
