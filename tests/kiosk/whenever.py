"""Work that is done when a test says so, in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kiosk.loop import Loop

T = TypeVar("T")


class Whenever:
    """An executor that does one piece of work when it is told to: any of them, or the first."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.queue: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        def job() -> None:
            result = work()
            self._loop.post(lambda: done(result))

        self.queue.append(job)


class Later:
    """An executor whose results wait to be handed over."""

    def __init__(self) -> None:
        self.done: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        result = work()
        self.done.append(lambda: done(result))

    def hand_over(self) -> None:
        """All that has been done."""
        while self.done:
            self.done.pop(0)()
