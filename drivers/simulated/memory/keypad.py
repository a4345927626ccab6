"""A keypad in memory (tests/contract/test_keypad_contract.py)."""

from __future__ import annotations

import time
from typing import Any

from drivers.device import Health, Listener, Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.keypad import Condition, KeyPressed, Press
from drivers.keypad.health import MEANING


class KeypadDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "keypad"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.counts = {"pressed": 0, "bounced": 0, "other": 0, "overruns": 0, "torn": 0}
        self._listener = listener
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic)
        self._open = False
        self._condition = Condition.READY
        self._down: set[Press] = set()

    def open(self) -> None:
        """Begin."""
        self._open = True
        self._kept.report(self._condition)

    def close(self) -> None:
        """End."""
        self._open = False
        self._kept.reset()

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        """What it was told to be, while open."""
        return self._kept.now

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while ready and open; takes no time."""
        condition = self._kept.condition
        return SelfTest(self._open and condition is Condition.READY, condition)

    # Hands

    def hold(self, press: Press) -> None:
        """A key goes down."""
        if self._is_well and press not in self._down:
            self.counts["pressed"] += 1
            self._listener(KeyPressed(press))
        self._down.add(press)

    def release(self, press: Press) -> None:
        """And up."""
        self._down.discard(press)

    def press_other(self) -> None:
        """A key that is none of the four."""
        if self._is_well:
            self.counts["other"] += 1

    def unplug(self) -> None:
        """Pull the cable."""
        self._down.clear()
        self.be(Condition.UNPLUGGED)

    def replug(self) -> None:
        """Put the cable back."""
        self.be(Condition.READY)

    def be(self, condition: Condition) -> None:
        """Come into this condition."""
        self._condition = condition
        if self._open:
            self._kept.report(condition)

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `press`, `hold`, `release` (with `key`, one of the four), `be` (with `condition`),
        `unplug`, `replug`, `state`. Raises ValueError or KeyError for what is none."""
        match request["op"]:
            case "press":
                self.hold(Press(request["key"]))
                self.release(Press(request["key"]))
            case "hold":
                self.hold(Press(request["key"]))
            case "release":
                self.release(Press(request["key"]))
            case "be":
                self.be(Condition(request["condition"]))
            case "unplug":
                self.unplug()
            case "replug":
                self.replug()
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of press, hold, release, be, unplug, replug, state")
        return {"condition": self._kept.condition, "pressed": self.counts["pressed"]}

    @property
    def _is_well(self) -> bool:
        return self._open and self._condition is Condition.READY
