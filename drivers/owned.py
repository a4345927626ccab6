"""A device that its owner thread has: what is the same of one that is armed and of one that does jobs.

What the thread does in each of its turns is the device's own: see `Work`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from drivers.device import Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.kept import KeptDevice
from drivers.owner import Fall, Owner, Turn

C = TypeVar("C", bound=StrEnum)
W = TypeVar("W", bound="Work")


class Work(Protocol):
    """What one turn of the owner thread works with; all of it made anew. Used by that thread."""

    def self_test(self) -> SelfTest:
        """See `Device.self_test`."""
        ...

    def close(self) -> None:
        """Release the line. May be called twice; also by the next turn, where this one hangs."""
        ...


class OwnedDevice(KeptDevice[Owner], Generic[C, W]):
    """A device with an owner thread, and a health that is kept.

    `begin` makes the work of a turn; it is given that of the turn before, of which it may copy what outlives
    a fall, and use nothing else: the thread that has it may still hang. `failed` is the condition of a driver
    that fell.
    """

    def __init__(
        self,
        name: str,
        *,
        monotonic: Monotonic,
        kept: KeptHealth[C],
        failed: C,
        begin: Callable[[Turn, W | None], W],
    ) -> None:
        self._name = name
        self._monotonic = monotonic
        self._kept = kept
        self._failed = failed
        self._begin = begin
        self._work: W | None = None
        self._owner = Owner(name, self._body, fell=self._fell, wake=self._wake, monotonic=monotonic)

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """See the class's own words. One that is busy for the whole `deadline` does not pass."""
        return self._owner.self_test(lambda: self._current().self_test(), deadline)

    def _wake(self) -> None:
        """End the present wait, for something is asked, or the device closes. From any thread."""
        raise NotImplementedError

    def _fell(self, _fall: Fall) -> None:
        if self._owner.is_open:
            self._kept.report(self._failed)

    # The owner thread

    def _current(self) -> W:
        assert self._work is not None  # noqa: S101 - only asked of a turn that has begun
        return self._work

    def _body(self, turn: Turn) -> None:
        before = self._work
        self._work = work = self._begin(turn, before)
        try:
            if before is not None:
                before.close()  # a turn that hangs still has the line; of one that ended nothing is left
            self._begun(turn)
            while turn.beat():
                self._owner.serve()
                self._kept.settle()
                self._round(turn, work)
        finally:
            work.close()

    def _begun(self, turn: Turn) -> None:
        """Before the first round."""

    def _round(self, turn: Turn, work: W) -> None:
        """Do what is due, and wait for what comes: at most until `KeptHealth.due`, and `LONGEST_REST`."""
        raise NotImplementedError
