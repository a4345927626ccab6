"""The owner thread of a device that is GPIO lines: takes them, works, takes them again when they are lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, TypeVar

from drivers.device import Monotonic
from drivers.gpio.lines import Lines, Wanted
from drivers.gpio.trouble import LinesLost, Trouble
from drivers.owner import Fall, Owner, Turn
from drivers.serial_port import Waiter

T = TypeVar("T")

BACK_OFF = (0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to get the lines back; the last repeats."""
STEADY_SECONDS = 10.0
"""Lines that are lost again before that are at a plug that wobbles: the pauses grow on."""
ROUND_SECONDS = 1.0
"""The longest that one round waits."""
HANG_SECONDS = 10.0
"""A call of libgpiod takes microseconds, and has no deadline in the kernel: a thread that is silent for so
long hangs in one."""


class Work(Protocol):
    """What a device does with its lines; called by the owner thread."""

    def begin(self, lines: Lines) -> None:
        """They are held now. Raises LinesLost."""
        ...

    def round(self, lines: Lines) -> None:
        """One round, which waits at most `ROUND_SECONDS` by `lines.edges`. Raises LinesLost."""
        ...

    def lost(self, trouble: Trouble, detail: str) -> None:
        """They are not held; said again after each attempt."""
        ...

    def fell(self) -> None:
        """The thread was lost: nothing is known. Perhaps from another thread."""
        ...


class LineOwner:
    """Open, closed and asked as `drivers.owner.Owner`."""

    def __init__(
        self, name: str, wanted: Wanted, work: Work, *, log: logging.Logger, monotonic: Monotonic
    ) -> None:
        self._name = name
        self._wanted = wanted
        self._work = work
        self._log = log
        self._monotonic = monotonic
        self._waiter = Waiter()
        self._lines: Lines | None = None
        self._owner = Owner(
            name,
            self._body,
            fell=self._fell,
            wake=self._waiter.wake,
            patience=HANG_SECONDS,
            monotonic=monotonic,
        )
        self.open = self._owner.open
        self.close = self._owner.close
        self.attend = self._owner.attend
        self.wake = self._waiter.wake

    @property
    def is_open(self) -> bool:
        """Whether it was opened and not closed."""
        return self._owner.is_open

    def ask(self, what: Callable[[Lines | None], T], within: float) -> T | None:
        """What `what` gives of the lines, or of None while they are lost; see `Owner.ask`."""
        return self._owner.ask(lambda: what(self._lines), within)

    def _body(self, turn: Turn) -> None:
        lines = Lines(self._wanted, self._waiter, lambda: turn.over)
        failures = 0
        while turn.beat():
            try:
                lines.open(turn.wait)
                self._work.begin(lines)
                steady = self._monotonic() + STEADY_SECONDS
                while turn.beat():
                    if failures and self._monotonic() >= steady:
                        self._log.info("%s is back after %d failures", self._name, failures)
                        failures = 0
                    self._serve(lines)
                    self._work.round(lines)
            except LinesLost as lost:
                if turn.over:
                    return
                if not failures:
                    self._log.warning(
                        "%s: %s (%s); tried again until it is back", self._name, lost.trouble, lost
                    )
                self._work.lost(lost.trouble, str(lost))
                lines.close()
                self._serve(None)
                self._waiter.rest(BACK_OFF[min(failures, len(BACK_OFF) - 1)])
                self._serve(None)
                failures += 1
            finally:
                lines.close()

    def _serve(self, lines: Lines | None) -> None:
        """Do what was asked. Only by a thread that was not given up."""
        self._lines = lines
        self._owner.serve()

    def _fell(self, _fall: Fall) -> None:
        self._work.fell()
