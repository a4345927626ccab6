"""Plays a script of faults: each begins after so many uses of its device, or so many seconds, and ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from drivers.device import Monotonic
from drivers.simulated.faults import Order, Orders

_log = logging.getLogger("drivers.simulated")

AGAIN_SECONDS = 0.5
"""Between two attempts to give an order to a simulator that is not there (yet)."""
_JOIN_SECONDS = 10.0
"""An order waits for its answer for 5 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One line of a script: `what` is a word of `FAULTS`, and one of the next two is given.

    `after_uses`: how many uses have ended when it begins (cards read or not read, papers printed or not,
    codes, sales, openings of the door, presses); `at_seconds`: since the devices were opened. `for_seconds`
    after its beginning it is taken away; None leaves that to a hand.
    """

    what: str
    after_uses: int | None = None
    at_seconds: float | None = None
    for_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Due:
    """An order that waits for its time (seconds since `begin`) or for a number of uses."""

    order: Order
    words: str
    at: float | None
    uses: int | None = None
    lasts: float | None = None
    end: Order | None = None


class Player:
    """The script of one device. `used` may be called from any thread; `begin` starts a thread that calls
    `step`, until `end`."""

    def __init__(
        self,
        name: str,
        faults: Sequence[Fault],
        orders: Mapping[str, Orders],
        order: Callable[[Order], object],
        monotonic: Monotonic,
    ) -> None:
        """`order` gives one to the device, and raises OSError where it is not there, ValueError where it
        refuses. Raises KeyError for a fault that is none of `orders`."""
        self._name = name
        self._order = order
        self._monotonic = monotonic
        self._moved = threading.Condition()
        self._begun = monotonic()
        self._uses = 0
        self._stopped = False
        self._away = False
        self._thread: threading.Thread | None = None
        self._waiting = [_due(fault, orders[fault.what]) for fault in faults]

    def used(self) -> None:
        """One use of the device has ended."""
        with self._moved:
            self._uses += 1
            self._moved.notify_all()

    def begin(self) -> None:
        """The devices are opened: times count from now."""
        self._begun = self._monotonic()
        self._thread = threading.Thread(target=self._run, name=f"script-{self._name}", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Give no further order."""
        with self._moved:
            self._stopped = True
            self._moved.notify_all()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    @property
    def is_over(self) -> bool:
        """Whether nothing of the script is left."""
        with self._moved:
            return not self._waiting

    def step(self) -> float | None:
        """Give the orders that are due; seconds until the next look, None where nothing waits for a time."""
        with self._moved:
            ready = [due for due in self._waiting if self._is_due(due)]
        if not all(map(self._give, ready)):  # the first that nobody takes holds up those behind it
            return AGAIN_SECONDS
        with self._moved:
            times = [due.at for due in self._waiting if due.at is not None]
        return max(0.0, min(times) - self._now()) if times else None

    def _now(self) -> float:
        return self._monotonic() - self._begun

    def _is_due(self, due: _Due) -> bool:
        if due.uses is not None:
            return self._uses >= due.uses
        return due.at is not None and self._now() >= due.at

    def _give(self, due: _Due) -> bool:
        """False where nobody is there to take it."""
        try:
            self._order(due.order)
        except OSError as error:
            if not self._away:
                _log.warning("script of %s: %s waits: %s", self._name, due.words, type(error).__name__)
            self._away = True
            return False
        except ValueError as error:
            _log.warning("script of %s: %s was refused: %s", self._name, due.words, error)
        else:
            _log.info("script of %s: %s", self._name, due.words)
        self._away = False
        with self._moved:
            self._waiting.remove(due)
            if due.end is not None and due.lasts is not None:
                words = due.words.replace(" begins", " ends")
                self._waiting.append(_Due(due.end, words, at=self._now() + due.lasts))
        return True

    def _run(self) -> None:
        while not self._stopped:
            uses = self._uses
            seconds = self.step()
            with self._moved:
                self._moved.wait_for(partial(self._moved_since, uses), seconds)

    def _moved_since(self, uses: int) -> bool:
        return self._stopped or self._uses != uses


def _due(fault: Fault, orders: Orders) -> _Due:
    words = f"{fault.what} begins"
    return _Due(
        orders.begin, words, fault.at_seconds, fault.after_uses, lasts=fault.for_seconds, end=orders.end
    )
