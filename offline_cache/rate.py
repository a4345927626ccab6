"""How much the gateway lets this terminal ask of it by itself, as the gateway states it; kept on the
monotonic clock and in memory only.

A rate is so many requests in any so many seconds. The drain leaves one of them for the citizen who waits at
the screen, and spreads the rest over the time, so that a city of terminals is no burst. Without a
statement there is no bound and no gap (docs/decisions/0016-pace.md).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from offline_cache.world import Random

RESERVE = 1
"""Requests of a rate that only somebody who waits at the screen may use."""

MOST_REQUESTS = 10_000
"""A larger quota is kept as this one: it is stricter, and what is remembered is bounded."""

LONGEST_GAP = 15.0
"""Seconds: a quota for a day is not stretched over the day; it ends when it is used up."""

LIFE = 3600.0
"""Seconds that a statement holds, beyond its own window, when it is not repeated."""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `requests` (from 1) in any `seconds`."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """So many `requests` (from 0) are left for the next `seconds`, by the gateway's own count."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Stated:
    """What one answer of the gateway said of its rate. Without `quotas` those stated before hold."""

    quotas: tuple[Quota, ...] = ()
    left: tuple[Left, ...] = ()


class Rate:
    """Counts what is sent and says how long the next must wait. Safe for threads.

    A request counts from its end: it reached the gateway before that, so the gateway's own windows hold
    no more than ours, however slow the line was.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=MOST_REQUESTS)
        self._spread = 1.0
        self._quotas: tuple[Quota, ...] = ()
        self._quotas_end = 0.0
        self._left: list[tuple[int, float]] = []  # requests, and until when that is known

    def stated(self, stated: Stated, now: float) -> None:
        """The gateway said so. The newest statement holds."""
        with self._lock:
            if stated.quotas:
                self._quotas = stated.quotas
                self._quotas_end = now + LIFE + max(quota.seconds for quota in stated.quotas)
            self._left = [(left.requests, now + min(left.seconds, LIFE)) for left in stated.left]

    def sent(self, now: float) -> None:
        """A request has ended: answered, or given up."""
        with self._lock:
            self._sent.append(now)
            self._left = [(max(requests - 1, 0), end) for requests, end in self._left if end > now]
            # Terminals that came back in the same second do not stay in step.
            self._spread = self._random.uniform(0.5, 1.5)

    def wait(self, now: float, *, urgent: bool) -> float:
        """Seconds until one more may be sent; 0 when it may. `urgent`: a citizen waits for it."""
        with self._lock:
            if now >= self._quotas_end:
                self._quotas = ()
            until = now
            for quota in self._quotas:
                until = max(until, self._free(quota, urgent))
            for requests, end in self._left:
                if requests <= (0 if urgent else RESERVE) and end > now:
                    until = max(until, end)
            return until - now

    def _free(self, quota: Quota, urgent: bool) -> float:
        asked = min(quota.requests, MOST_REQUESTS)
        most = asked if urgent else max(asked - RESERVE, 1)
        until = self._sent[-most] + quota.seconds if len(self._sent) >= most else 0.0
        if urgent or not self._sent:
            return until
        return max(until, self._sent[-1] + min(quota.seconds / most, LONGEST_GAP) * self._spread)
