"""One thread, one queue, one heap of timers: where a visit lives.

Whatever happens elsewhere (a touch, a device, an answer) is posted here as a callable and runs here,
one after the other. `step` works off one thing without a thread, so that a simulation can own the order.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from kiosk.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")
Job = Callable[[], object]


@dataclass(order=True, slots=True)
class Timer:
    """A job that is due later; `cancel` may be called at any time."""

    due: float
    number: int
    job: Job | None = field(compare=False)

    def cancel(self) -> None:
        """It will not run."""
        self.job = None


class Loop:
    """The queue and the timers. Only `post` may be called from other threads."""

    def __init__(self, clock: Clock, crashed: Callable[[Exception], None]) -> None:
        self._clock = clock
        self._crashed = crashed
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def post(self, job: Job) -> None:
        """Run `job` in the loop's thread, after what was posted before."""
        self._queue.put(job)

    def later(self, seconds: float, job: Job) -> Timer:
        """Run `job` in `seconds`, unless the timer is cancelled. Loop's thread only."""
        timer = Timer(self._clock.monotonic() + seconds, next(self._numbers), job)
        heapq.heappush(self._timers, timer)
        return timer

    def step(self, patience: float = 0.0) -> bool:
        """Work off one job or due timer; wait at most `patience` seconds. False when there was none."""
        while self._timers and self._timers[0].job is None:
            heapq.heappop(self._timers)
        wait = patience
        if self._timers:
            until = self._timers[0].due - self._clock.monotonic()
            if until <= 0:
                job = heapq.heappop(self._timers).job
                if job is not None:
                    self._run(job)
                return True
            wait = min(wait, until)
        try:
            posted = self._queue.get(timeout=wait) if wait > 0 else self._queue.get_nowait()
        except queue.Empty:
            return False
        if posted is None:
            self._thread = None
        else:
            self._run(posted)
        return True

    def _run(self, job: Job) -> None:
        try:
            job()
        except Exception as error:  # a bug must end the visit, not the terminal
            log.exception("a job of the visit failed")
            try:
                self._crashed(error)
            except Exception:  # without this thread the page would be dead for good
                log.exception("ending the visit failed")

    def start(self) -> None:
        """Work in a thread of its own until `stop`."""
        thread = threading.Thread(target=self._forever, name="visit", daemon=True)
        self._thread = thread
        thread.start()

    def _forever(self) -> None:
        me = threading.current_thread()
        while self._thread is me:
            self.step(patience=0.5)

    def stop(self, deadline: float = 5.0) -> None:
        """End the thread within `deadline` seconds; what was posted before still runs."""
        thread = self._thread
        self._queue.put(None)
        if thread is not None:
            thread.join(deadline)


class Executor(Protocol):
    """Where slow work (network, disk) is done, so that the loop never waits."""

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run `work` elsewhere; `done` gets its result in the loop. `work` returns values, never raises."""
        ...


class ThreadExecutor:
    """A few daemon threads. A stuck one delays others, but each piece of work has its own deadline."""

    def __init__(self, loop: Loop, threads: int = 6, name: str = "work") -> None:
        self._loop = loop
        self._queue: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Queue `work`."""

        def job() -> None:
            try:
                result = work()
            except Exception as error:
                log.exception("a piece of work failed")
                self._loop.post(_raiser(error))
                return
            self._loop.post(lambda: done(result))

        self._queue.put(job)

    def _work(self) -> None:
        while True:
            self._queue.get()()


def _raiser(error: Exception) -> Job:
    def job() -> None:
        raise error

    return job
