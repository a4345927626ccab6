"""The lights as a device: others say how each is to look, an owner thread sees to it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Mapping

import gpiod
from gpiod.line import Direction

from drivers.device import Listener, Monotonic, SelfTest
from drivers.gpio import Gpio, KernelGpio, Line, LineOwner, Lines, LinesLost, Trouble, Wanted
from drivers.gpio.lines import SETTLE_SECONDS
from drivers.gpio.owner import ROUND_SECONDS
from drivers.gpio.trouble import untold
from drivers.keeping import KeptHealth
from drivers.kept import KeptDevice
from drivers.lights.condition import LOSSES, MEANING, Condition
from drivers.lights.plan import Look, Plan

__all__ = ["Lights", "Look"]

_log = logging.getLogger("drivers.lights")

SHOW_SECONDS = 0.5
"""How long the self-test lights each: somebody is to see it."""


class Lights(KeptDevice[LineOwner]):
    """Lights by name, each on a line that is active while it is lit. All are dark from `open` on, and after
    `close`.

    Each line is read back after it was set. That the lamp behind it shines, no line can tell.
    """

    def __init__(
        self,
        *,
        chip: str,
        lines: Mapping[str, Line],
        listener: Listener,
        active_low: bool = False,
        gpio: Gpio | None = None,
        settle: float = SETTLE_SECONDS,
        show_seconds: float = SHOW_SECONDS,
        monotonic: Monotonic = time.monotonic,
        name: str = "lights",
    ) -> None:
        """Nothing is opened yet. `chip` is a path or a label, `lines` has an offset or name a light."""
        self._name = name
        self._show_seconds = show_seconds
        self._monotonic = monotonic
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic, losses=LOSSES)
        self._lock = threading.Lock()
        self._plan = Plan(lines)
        settings = gpiod.LineSettings(direction=Direction.OUTPUT, active_low=active_low)
        wanted = Wanted(chip, dict(lines), settings, gpio or KernelGpio(), settle)
        self._owner = LineOwner(name, wanted, self, log=_log, monotonic=monotonic)
        self._lit: dict[str, bool] = {}  # of the owner thread: as it was set last

    def __repr__(self) -> str:
        return f"<Lights {self._name}: {self.health().condition}>"

    def show(self, name: str, look: Look, seconds: float = math.inf) -> bool:
        """How a light is to look from now on, dark again after `seconds`. From any thread; returns at once.

        False for a light that this terminal does not have. What was shown while the lines are lost is seen
        once they are back, if it is not over by then.
        """
        with self._lock:
            there = self._plan.set(name, look, self._monotonic() + seconds)
        self._owner.wake()
        return there

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Light each for a moment and read its line back, lit and dark; then all are as they were."""
        return self._owner.ask(self._test, deadline) or SelfTest(
            False, "the device is not open, or took too long"
        )

    # The owner thread

    def begin(self, lines: Lines) -> None:
        """The lines were taken, all dark."""
        self._lit = {}
        self._apply(lines)

    def round(self, lines: Lines) -> None:
        """Wait until something changes, or the chip is gone; then set what has to be."""
        with self._lock:
            rest = self._plan.rest(self._monotonic(), ROUND_SECONDS)
        lines.edges(rest)
        self._apply(lines)

    def lost(self, trouble: Trouble, detail: str) -> None:
        """The lines are not held."""
        self._kept.report(Condition(trouble), detail)

    def fell(self) -> None:
        """Nothing is known."""
        self._kept.report(Condition.DRIVER_FAILED)

    def _apply(self, lines: Lines) -> None:
        """Set what is to change, and read all back: a light that is stuck is tried again each time."""
        with self._lock:
            lit = self._plan.lit(self._monotonic())
        if lit != self._lit:
            lines.set(lit)
            self._lit = lit
        self._judge(lines.values())

    def _judge(self, read: Mapping[str, bool]) -> None:
        stuck = sorted(name for name, lit in self._lit.items() if read[name] is not lit)
        if stuck:
            self._lit = {}
            self._kept.report(Condition.STUCK, ", ".join(stuck))
        else:
            self._kept.report(Condition.READY)

    def _test(self, lines: Lines | None) -> SelfTest:
        if lines is None:
            return SelfTest(False, untold(self.health()))
        facts = [("chip", lines.label)]
        try:
            names = list(lines.values())
            for name in names:
                facts.append((name, self._tested(lines, name, names)))
        except LinesLost as lost:
            return SelfTest(False, str(lost), tuple(facts))
        passed = all(word == "set and read back" for _, word in facts[1:])
        words = "each was lit in turn: look whether you saw it" if passed else "a line is not as it was set"
        return SelfTest(passed, words, tuple(facts))

    def _tested(self, lines: Lines, name: str, names: list[str]) -> str:
        """One light alone."""
        self._lit = {}  # whatever comes of it, all is set anew afterwards
        for lit in (True, False):
            lines.set({each: lit and each == name for each in names})
            if lit:
                self._pause(lines)
            if lines.values()[name] is not lit:
                return f"stuck {'off' if lit else 'on'}"
        return "set and read back"

    def _pause(self, lines: Lines) -> None:
        """Whoever looks on sees the light; what wakes us is not for now."""
        until = self._monotonic() + self._show_seconds
        while (left := until - self._monotonic()) > 0:
            lines.edges(left)
