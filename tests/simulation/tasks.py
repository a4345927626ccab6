"""Simulated time, and everybody who lives in it: one task at a time, in an order that the seed decides."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable

import greenlet

LEAST = 1e-6
"""Seconds."""
Work = Callable[[], object]


class Tasks:
    """Tasks are greenlets: each runs until it sleeps. Of those that are due at once chance takes one."""

    def __init__(self, chance: random.Random) -> None:
        self.now = 0.0
        self.after: Callable[[], float] = lambda: float("inf")
        """Called after every turn; says at which time (seconds) it wants to be called again at the latest."""
        self._chance = chance
        self._hub = greenlet.getcurrent()
        self._due: list[tuple[float, float, int, greenlet.greenlet]] = []
        self._turn: dict[greenlet.greenlet, int] = {}
        self._numbers = itertools.count()

    def spawn(self, work: Work, delay: float = 0.0) -> greenlet.greenlet:
        """A task that begins in `delay` seconds."""
        task = greenlet.greenlet(work, parent=self._hub)
        self._put(task, self.now + delay)
        return task

    def sleep(self, seconds: float) -> None:
        """Only within a task: the others go on. Less than `LEAST` would not move a float, and stop time."""
        self._put(greenlet.getcurrent(), self.now + max(seconds, LEAST))
        self._hub.switch()

    def wake(self, task: greenlet.greenlet) -> None:
        """It is due now, whatever it sleeps for."""
        if not task.dead:
            self._put(task, self.now)

    def kill(self, task: greenlet.greenlet) -> None:
        """It ends where it sleeps; nothing in it may sleep again."""
        self._turn.pop(task, None)
        if task and not task.dead:
            task.parent = greenlet.getcurrent()  # whoever kills goes on when it is dead
            task.throw()

    def run(self, until: Callable[[], bool], seconds: float) -> bool:
        """Let everybody live until `until` holds; False when `seconds` have passed before."""
        ends = self.now + seconds
        wanted = self.after()
        while not until():
            at = self._due[0][0] if self._due else float("inf")
            if min(at, wanted) > ends:
                self.now = ends
                return False
            if wanted <= at:
                self.now = max(self.now, wanted)
            else:
                self._next()
            wanted = self.after()
        return True

    def _next(self) -> None:
        at, _, number, task = heapq.heappop(self._due)
        if self._turn.get(task) != number:
            return
        self.now = max(self.now, at)
        del self._turn[task]
        task.switch()

    def _put(self, task: greenlet.greenlet, at: float) -> None:
        number = next(self._numbers)
        self._turn[task] = number
        heapq.heappush(self._due, (at, self._chance.random(), number, task))
