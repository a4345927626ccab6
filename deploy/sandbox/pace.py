"""A rate that the gateway states, and holds each terminal to, on command
(draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from math import ceil

from .wire import Problem

POLICY = "outbox"
PACED = frozenset({"submitApplication", "supplementCase", "rate", "escalate"})
"""What a terminal sends by itself; what a citizen at the screen asks is not counted."""


@dataclass
class Pace:
    """`requests` of PACED in any `seconds`, for each terminal. Safe for threads."""

    requests: int
    seconds: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: dict[str, deque[float]] = field(default_factory=dict)

    @property
    def policy(self) -> str:
        """The value of `RateLimit-Policy`."""
        return f'"{POLICY}";q={self.requests};w={int(self.seconds)}'

    def ask(self, operation: str, terminal: str, now: float) -> str | None:
        """Count a request; the value of `RateLimit`, or None where it is not counted. Raises Problem 429."""
        if operation not in PACED:
            return None
        with self._lock:
            asked = self._asked.setdefault(terminal, deque())
            while asked and asked[0] <= now - self.seconds:
                asked.popleft()
            if len(asked) >= self.requests:
                wait = ceil(asked[0] + self.seconds - now)
                headers = {"Retry-After": str(wait), "RateLimit": f'"{POLICY}";r=0;t={wait}'}
                raise Problem(
                    429,
                    "TOO_MANY",
                    "Above the stated rate",
                    "请求过多，请稍后再试",
                    retryable=True,
                    headers=headers,
                )
            asked.append(now)
            wait = ceil(asked[0] + self.seconds - now)
            return f'"{POLICY}";r={self.requests - len(asked)};t={wait}'
