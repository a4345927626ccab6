"""Whether a switch chatters: more edges in some seconds than a hand can make. Pure."""

from __future__ import annotations

from collections import deque

MOST_EDGES = 8
"""A door that is opened and closed makes two; a hand that plays with it makes a few more."""
WINDOW_SECONDS = 4.0
"""In which more than `MOST_EDGES` are chatter; and how long it must then have been quiet."""


class Chatter:
    """Counts edges; times are in monotonic seconds."""

    def __init__(self) -> None:
        self._edges: deque[float] = deque(maxlen=MOST_EDGES + 1)
        self._chatters = False

    def heard(self, count: int, now: float) -> None:
        """So many edges came, or were lost."""
        self._edges.extend([now] * min(count, MOST_EDGES + 1))

    def chatters(self, now: float) -> bool:
        """Whether the switch is not to be believed."""
        full = len(self._edges) == MOST_EDGES + 1
        if full and self._edges[-1] - self._edges[0] <= WINDOW_SECONDS:
            self._chatters = True
        if self._chatters and now - self._edges[-1] > WINDOW_SECONDS:
            self._chatters = False
            self._edges.clear()
        return self._chatters
