"""Which waiting submission may be sent, and when. In memory only, on the monotonic scale.

The file keeps what waits; when to try again is not worth a write, and a date on disk would be at the
mercy of a clock that jumps. After a restart everything is due at once.
"""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from itertools import count


class Schedule:
    """Visits in the order in which their next submission may go; within a visit strictly one after another.

    What has waited longest goes first, so nothing starves: each failure moves its visit behind what
    is due meanwhile. Before all that goes the one visit whose citizen stands at the screen: a terminal has
    one screen, so the next citizen takes the place of the last. Not safe for threads; the outbox holds its
    lock.
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, str] = OrderedDict()  # key → visit, oldest first
        # visit → (sequence, key), in order. A list: few each, and a deque takes seven times as much memory.
        self._queues: dict[str, list[tuple[int, str]]] = {}
        self._turns: dict[str, tuple[float, int]] = {}  # visit → (not before, tie-break) that counts
        self._heap: list[tuple[float, int, str]] = []  # the same, and outdated ones
        self._held: dict[str, float] = {}  # visit → not before, of those that are held
        self._ties = count()
        self._hurried: str | None = None  # the visit of the citizen who was last at the screen

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: str) -> bool:
        return key in self._waiting

    @property
    def oldest(self) -> str | None:
        """The key that was added first."""
        return next(iter(self._waiting), None)

    def fits(self, visit: str, sequence: int) -> bool:
        """Whether `sequence` comes after everything of `visit` that waits."""
        queue = self._queues.get(visit)
        return queue is None or queue[-1][0] < sequence

    def add(self, key: str, visit: str, sequence: int, now: float) -> None:
        """A new last one of its visit, due at once when nothing of the visit is before it."""
        self._waiting[key] = visit
        queue = self._queues.get(visit)
        if queue is None:
            self._queues[visit] = [(sequence, key)]
            self._turn(visit, now)
        else:
            queue.append((sequence, key))

    def remove(self, key: str) -> None:
        """It left the queue. The next of its visit takes its turn."""
        visit = self._waiting.pop(key)
        queue = self._queues[visit]
        first = queue[0][1] == key
        queue.remove(next(entry for entry in queue if entry[1] == key))
        if not queue:
            del self._queues[visit], self._turns[visit]
            self._held.pop(visit, None)
            self._hurried = None if self._hurried == visit else self._hurried
        elif first or visit in self._held:
            self._turn(visit, self._held.pop(visit, self._turns[visit][0]))

    def postpone(self, key: str, until: float) -> None:
        """Its visit is not due before `until`."""
        visit = self._waiting[key]
        self._held.pop(visit, None)
        self._turn(visit, until)

    def hold(self, key: str) -> None:
        """Its visit is not due before `key` is removed or postponed."""
        visit = self._waiting[key]
        self._held.setdefault(visit, self._turns[visit][0])
        self._turn(visit, math.inf)

    def hurry(self, key: str) -> None:
        """Somebody waits for it: its visit goes next, whenever it is due."""
        self._hurried = self._waiting.get(key, self._hurried)

    def hurried(self, now: float) -> float:
        """Seconds until what somebody at the screen waits for may go; infinity when nobody does."""
        return math.inf if self._hurried is None else max(self._turns[self._hurried][0] - now, 0.0)

    def due(self, now: float) -> str | None:
        """The key to send now."""
        if self._hurried is not None and not self.hurried(now):
            return self._queues[self._hurried][0][1]
        top = self._top()
        return self._queues[top[2]][0][1] if top is not None and top[0] <= now else None

    def wait(self, now: float) -> float:
        """Seconds until something is due; 0 when something is, infinity when nothing waits."""
        top = self._top()
        return math.inf if top is None else max(top[0] - now, 0.0)

    def _turn(self, visit: str, not_before: float) -> None:
        turn = (not_before, next(self._ties))
        self._turns[visit] = turn
        heapq.heappush(self._heap, (*turn, visit))

    def _top(self) -> tuple[float, int, str] | None:
        while self._heap:
            top = self._heap[0]
            if self._turns.get(top[2]) == top[:2]:
                return top
            heapq.heappop(self._heap)
        return None
