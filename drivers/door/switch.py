"""The door switch as a device: an owner thread that hears its edges, and reads the line to be sure."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta

import gpiod
from gpiod.line import Bias, Direction, Edge

from drivers.device import DeviceEvent, Listener, Monotonic, SelfTest
from drivers.door.chatter import Chatter
from drivers.door.condition import LOSSES, MEANING, Condition
from drivers.door.events import DoorClosed, DoorOpened
from drivers.gpio import Gpio, KernelGpio, Line, LineOwner, Lines, LinesLost, Trouble, Wanted
from drivers.gpio.lines import SETTLE_SECONDS
from drivers.gpio.owner import ROUND_SECONDS
from drivers.gpio.trouble import untold
from drivers.keeping import KeptHealth
from drivers.kept import KeptDevice

_log = logging.getLogger("drivers.door")

DEBOUNCE_SECONDS = 0.05
"""A micro switch bounces for some ms, a reed contact at a door that shakes for some tens."""
_RISING = gpiod.EdgeEvent.Type.RISING_EDGE
_DOOR = "door"


class DoorSwitch(KeptDevice[LineOwner]):
    """One line, active while the door is closed: a cable that is cut reads as an open door.

    Edges are told in their order; the line itself is read after each, and once a second, so that an edge
    which was lost costs no more than a moment.
    """

    def __init__(
        self,
        *,
        chip: str,
        line: Line,
        listener: Listener,
        active_low: bool = True,
        bias: Bias = Bias.PULL_UP,
        debounce: float = DEBOUNCE_SECONDS,
        gpio: Gpio | None = None,
        settle: float = SETTLE_SECONDS,
        monotonic: Monotonic = time.monotonic,
        name: str = "door",
    ) -> None:
        """Nothing is opened yet. `chip` is a path or a label, `line` an offset or a name; seconds."""
        self._name = name
        self._line = line
        self._listener = listener
        self._monotonic = monotonic
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES)
        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=Edge.BOTH,
            bias=bias,
            active_low=active_low,
            debounce_period=timedelta(seconds=debounce),
        )
        wanted = Wanted(chip, {_DOOR: line}, settings, gpio or KernelGpio(), settle)
        self._owner = LineOwner(name, wanted, self, log=_log, monotonic=monotonic)
        # Of the owner thread:
        self._closed: bool | None = None  # as it was last told, or seen first
        self._chatter = Chatter()
        self._number = 0  # of the last edge since the line was taken
        self._edges = 0
        self._lost = 0

    def __repr__(self) -> str:
        return f"<DoorSwitch {self._name}: {self.health().condition}>"

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Read the line now. Passes with the door open: whoever tests stands before it."""
        return self._owner.ask(self._test, deadline) or SelfTest(False, "the device is not open, or hangs")

    # The owner thread

    def begin(self, lines: Lines) -> None:
        """The line was taken: see how the door stands."""
        self._number = 0
        self._take([], lines.values()[_DOOR])

    def round(self, lines: Lines) -> None:
        """Hear edges, and read the line."""
        self._take(lines.edges(ROUND_SECONDS), lines.values()[_DOOR])

    def lost(self, trouble: Trouble, detail: str) -> None:
        """The line is not held. How the door stood is remembered: it may be opened meanwhile."""
        self._kept.report(Condition(trouble), detail)

    def fell(self) -> None:
        """Nothing is known."""
        self._kept.report(Condition.DRIVER_FAILED)

    def _take(self, edges: Sequence[gpiod.EdgeEvent], closed: bool) -> None:
        now = self._monotonic()
        self._chatter.heard(self._count(edges), now)
        if self._chatter.chatters(now):
            self._kept.report(Condition.CHATTERING)
            return
        for edge in edges:
            self._tell(edge.event_type is _RISING)
        self._tell(closed)
        if self._owner.is_open:  # the listener may have closed it
            self._kept.report(Condition.CLOSED if closed else Condition.OPEN)

    def _count(self, edges: Sequence[gpiod.EdgeEvent]) -> int:
        """How many there were, with those that the kernel had no room for: it numbers them all."""
        before = self._number
        for edge in edges:
            self._lost += max(0, edge.line_seqno - self._number - 1)
            self._number = max(self._number, edge.line_seqno)
        self._edges += self._number - before
        return self._number - before

    def _tell(self, closed: bool) -> None:
        before, self._closed = self._closed, closed
        if before is not None and before != closed and self._owner.is_open:
            event: DeviceEvent = DoorClosed() if closed else DoorOpened()
            self._listener(event)

    def _test(self, lines: Lines | None) -> SelfTest:
        facts = [("line", str(self._line)), ("edges", str(self._edges)), ("lost edges", str(self._lost))]
        if lines is None:
            return SelfTest(False, untold(self.health()), tuple(facts))
        try:
            closed = lines.values()[_DOOR]
        except LinesLost as lost:
            return SelfTest(False, str(lost), tuple(facts))
        chatters = self._chatter.chatters(self._monotonic())
        words = "the switch chatters" if chatters else f"the door is {'closed' if closed else 'open'}"
        return SelfTest(not chatters, words, (("chip", lines.label), *facts))
