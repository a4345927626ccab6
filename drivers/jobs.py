"""A device that is given jobs, one after the other: its owner thread, and what becomes of each job."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from drivers import owned
from drivers.device import Monotonic
from drivers.keeping import KeptHealth
from drivers.owned import OwnedDevice
from drivers.owner import LONGEST_REST, Fall, Turn

_log = logging.getLogger("drivers")

C = TypeVar("C", bound=StrEnum)
J = TypeVar("J")
O = TypeVar("O")  # noqa: E741 - outcome
W = TypeVar("W", bound="Work[Any, Any]")
J_contra = TypeVar("J_contra", contravariant=True)
O_co = TypeVar("O_co", covariant=True)


class Work(owned.Work, Protocol[J_contra, O_co]):
    """See `drivers.owned.Work`."""

    def idle(self) -> float:
        """Look at the device between two jobs; seconds until it is to be looked at again."""
        ...

    def do(self, job: J_contra) -> O_co:
        """What became of it."""
        ...

    def wake(self) -> None:
        """From any thread: look at once whether the job, or the device, is still wanted."""
        ...


class Job(Generic[J, O]):
    """A job, and who waits for its outcome: told once, whoever tells it."""

    def __init__(self, job: J, done: Callable[[O], None]) -> None:
        self.job = job
        self._done: Callable[[O], None] | None = done
        self._lock = threading.Lock()

    def tell(self, outcome: O) -> None:
        """Nothing where an outcome was told already."""
        with self._lock:
            done, self._done = self._done, None
        if done is not None:
            done(outcome)


class Jobs(Generic[J, O]):
    """The jobs that wait, and the one in hand; from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Job[J, O]] = deque()
        self._in_hand: Job[J, O] | None = None
        self._takes = self._woken = False

    def begin(self) -> None:
        """Jobs are taken from now on."""
        with self._changed:
            self._takes = True

    def put(self, job: Job[J, O], *, alone: bool = False) -> bool:
        """Whether it was taken: not while nobody works here; and where it wants to be `alone`, not beside
        another."""
        with self._changed:
            if not self._takes or (alone and (self._waiting or self._in_hand is not None)):
                return False
            self._waiting.append(job)
            self._changed.notify_all()
            return True

    @property
    def present(self) -> J | None:
        """The job in hand, or else the first that waits."""
        with self._changed:
            first = self._in_hand or (self._waiting[0] if self._waiting else None)
            return None if first is None else first.job

    def wake(self) -> None:
        """End the wait of `next`, or the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def next(self, seconds: float) -> Job[J, O] | None:
        """The next job, in hand from now on until `finished`; None after `seconds`, or when woken."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._woken, max(0.0, seconds))
            self._woken = False
            self._in_hand = self._waiting.popleft() if self._takes and self._waiting else None
            return self._in_hand

    def finished(self, job: Job[J, O]) -> None:
        """It is no longer in hand."""
        with self._changed:
            if self._in_hand is job:
                self._in_hand = None

    def end(self) -> tuple[Job[J, O] | None, list[Job[J, O]]]:
        """No job is taken any more; the one in hand, and those that waited."""
        with self._changed:
            self._takes = False
            in_hand, self._in_hand = self._in_hand, None
            waiting = list(self._waiting)
            self._waiting.clear()
            return in_hand, waiting


class JobDevice(OwnedDevice[C, W], Generic[C, J, O, W]):
    """A device that does jobs.

    A job in hand when the thread falls, or does not end on closing, has the outcome `lost`; those that wait
    have `refused`, as have those that come before the thread is begun anew. `closing` seconds are waited for
    the thread to end. `begin` and `failed` as in `OwnedDevice`.
    """

    def __init__(
        self,
        name: str,
        *,
        monotonic: Monotonic,
        kept: KeptHealth[C],
        failed: C,
        closing: float,
        lost: Callable[[J], O],
        refused: Callable[[J], O],
        begin: Callable[[Turn, W | None], W],
    ) -> None:
        self._closing = closing
        self._lost = lost
        self._refused = refused
        self._jobs: Jobs[J, O] = Jobs()
        super().__init__(name, monotonic=monotonic, kept=kept, failed=failed, begin=begin)

    def open(self) -> None:
        """Start the owner thread, which opens the line and keeps trying. Does nothing when already open."""
        if not self._owner.is_open:
            self._jobs.begin()
            super().open()

    def close(self) -> None:
        """End the job in hand, refuse those waiting, and release the line. May be called twice."""
        itself = self._owner.is_caller  # which then tells of the job that it has in hand
        self._owner.close(self._closing)
        self._end_jobs(also_in_hand=not itself)
        self._forget()
        self._kept.reset()

    def __enter__(self) -> Self:
        """Open."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def put(self, job: J, done: Callable[[O], None], *, alone: bool = False) -> None:
        """Queue `job`; never blocks. `done` gets its outcome once: from the owner thread, or from whoever saw
        it fall, or closed it, or at once where no job can begin."""
        made = Job(job, done)
        if not self._jobs.put(made, alone=alone):
            made.tell(self._refused(job))

    def _wake(self) -> None:
        self._jobs.wake()
        if self._work is not None and not self._owner.is_open:
            self._work.wake()

    def _fell(self, fall: Fall) -> None:
        self._end_jobs(also_in_hand=True)
        self._forget()
        super()._fell(fall)

    def _forget(self) -> None:
        """What else than the health was known of the device is not known any more."""

    def _end_jobs(self, *, also_in_hand: bool) -> None:
        in_hand, waiting = self._jobs.end()
        with contextlib.ExitStack() as everyone:  # is told, also where one that is told has a bug
            for job in reversed(waiting):
                everyone.callback(job.tell, self._refused(job.job))
            if in_hand is not None and also_in_hand:
                everyone.callback(in_hand.tell, self._lost(in_hand.job))

    def _report(self, turn: Turn, condition: C, *, at_once: bool = False) -> bool:
        """Keep and tell `condition`, where `turn` is not over; whether it is the one that is told now."""
        if turn.over:
            return False
        before = self._kept.condition
        if self._kept.report(condition, at_once=at_once):
            _log.info("%s: %s -> %s", self._name, before.value, condition.value)
        return self._kept.condition is condition

    # The owner thread

    def _begun(self, turn: Turn) -> None:
        if not turn.over:
            self._jobs.begin()

    def _round(self, turn: Turn, work: W) -> None:
        pause = min(work.idle(), LONGEST_REST, self._kept.due - self._monotonic())
        job = self._jobs.next(pause) if turn.beat() else None
        if job is not None:
            self._do(turn, work, job)

    def _do(self, turn: Turn, work: W, job: Job[J, O]) -> None:
        try:
            outcome = self._refused(job.job) if turn.over else work.do(job.job)
        except Exception:  # whoever waits is told, also when a bug ends this turn
            self._jobs.finished(job)
            job.tell(self._lost(job.job))
            raise
        self._jobs.finished(job)
        job.tell(outcome)
