"""A reader that is armed while a card or a code is asked for: its owner thread, and what others ask of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from drivers import owned
from drivers.device import DeviceEvent, Listener, Monotonic
from drivers.keeping import KeptHealth
from drivers.owned import OwnedDevice
from drivers.owner import LONGEST_REST, Turn

C = TypeVar("C", bound=StrEnum)
W = TypeVar("W", bound="Work")


class Work(owned.Work, Protocol):
    """See `drivers.owned.Work`."""

    def step(self) -> float:
        """Do what is due; the monotonic time of the next step. No hand can make it raise."""
        ...

    def wake(self, *, closing: bool) -> None:
        """From any thread: what is wanted changed, so that a wait in `step` is to end; where the device is
        `closing` every wait, now and from here on."""
        ...


class Outside(Protocol[C]):
    """What the work of one turn knows of the outside. Of a turn that is over nothing is heard."""

    def armed(self) -> int:
        """0 while nothing is asked for, and else a number that changes with each arming."""
        ...

    def stopping(self) -> bool:
        """Whether the work has to end. To be asked in every loop: it also says that the thread lives."""
        ...

    def emit(self, generation: int, event: DeviceEvent) -> None:
        """Tell what was read, unless another arming than `generation` is current by now."""
        ...

    def report(self, condition: C, detail: str = "", *, at_once: bool = False) -> None:
        """See `KeptHealth.report`."""
        ...

    def returned(self, condition: C) -> C:
        """See `KeptHealth.returned`."""
        ...


class ArmedReader(OwnedDevice[C, W]):
    """A reader that is read only while armed.

    Events of what was read come from the owner thread, none of them after `disarm` returned. `begin` and
    `failed` as in `OwnedDevice`.
    """

    def __init__(
        self,
        name: str,
        *,
        listener: Listener,
        monotonic: Monotonic,
        kept: KeptHealth[C],
        failed: C,
        begin: Callable[[Outside[C], W | None], W],
    ) -> None:
        self._listener = listener
        self._lock = threading.Condition(threading.RLock())  # re-entrant: a listener may call disarm()
        self._generation = 0
        self._is_armed = False
        super().__init__(
            name,
            monotonic=monotonic,
            kept=kept,
            failed=failed,
            begin=lambda turn, before: begin(_Turned(self, turn), before),
        )

    def close(self) -> None:
        """Stop asking, end the owner thread and release the port. May be called twice, and before `open`."""
        self.disarm()
        self._owner.close()
        self._kept.reset()

    def arm(self) -> None:
        """A page asks for a card or a code: look for one from now on. May be called twice."""
        with self._lock:
            if not self._is_armed:
                self._is_armed = True
                self._generation += 1
                self._wake()

    def disarm(self) -> None:
        """Stop asking. What is being read is abandoned and dropped, and no event of it follows."""
        with self._lock:
            if self._is_armed:
                self._is_armed = False
                self._wake()

    def _wake(self) -> None:
        with self._lock:
            self._lock.notify_all()
            if self._work is not None:
                self._work.wake(closing=not self._owner.is_open)

    def _armed(self) -> int:
        with self._lock:
            return self._generation if self._is_armed else 0

    # The owner thread

    def _round(self, turn: Turn, work: W) -> None:
        armed = self._armed()
        until = min(work.step(), self._kept.due)
        with self._lock:
            self._lock.wait_for(
                lambda: turn.over or self._owner.is_asked or self._armed() != armed,
                timeout=min(max(0.0, until - self._monotonic()), LONGEST_REST),
            )


class _Turned(Generic[C, W]):
    """See `Outside`."""

    def __init__(self, reader: ArmedReader[C, W], turn: Turn) -> None:
        self._reader = reader
        self._turn = turn

    def armed(self) -> int:
        return self._reader._armed()

    def stopping(self) -> bool:
        return not self._turn.beat()

    def emit(self, generation: int, event: DeviceEvent) -> None:
        reader = self._reader
        with reader._lock:  # held while the listener is called, so that disarm() returns after it or before
            if generation and generation == reader._armed() and not self._turn.over:
                reader._listener(event)

    def report(self, condition: C, detail: str = "", *, at_once: bool = False) -> None:
        if not self._turn.over:
            self._reader._kept.report(condition, detail, at_once=at_once)

    def returned(self, condition: C) -> C:
        return condition if self._turn.over else self._reader._kept.returned(condition)
