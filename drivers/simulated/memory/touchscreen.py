"""A touchscreen in memory (tests/contract/test_touchscreen_contract.py)."""

from __future__ import annotations

import time
from typing import Any

from drivers.device import Health, Listener, Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.touchscreen import Condition
from drivers.touchscreen.health import MEANING
from drivers.touchscreen.report import Report
from drivers.touchscreen.watch import Touches

_PHASES = {"tap": ("down", "up"), "press": ("down",), "lift": ("up",)}


class TouchscreenDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "touchscreen"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic)
        self._touches = Touches()
        self._open = False
        self._condition = Condition.READY
        self._counted = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many `touches` began; no line has reports or questions here."""
        return {"touches": self._counted + self._touches.count, "reports": 0, "unanswered": 0}

    def open(self) -> None:
        """Begin."""
        self._open = True
        self._judge()

    def close(self) -> None:
        """End."""
        self._open = False
        self._kept.reset()

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        """What it was told to be, or what its touches tell, while open."""
        return self._kept.now

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while ready and open; takes no time."""
        self._judge()
        condition = self._kept.condition
        facts = tuple((name, str(count)) for name, count in self.counts.items())
        return SelfTest(self._open and condition is Condition.READY, condition, facts)

    def page_touched(self) -> None:
        """Of a double nothing follows from it."""

    # Hands

    def touch(self, x: float, y: float, phase: str, finger: int = 0) -> None:
        """A finger's phase at a part of the panel: `down`, `move` or `up`."""
        if self._open and self._condition is Condition.READY:
            self._touches.heard(Report(finger, phase != "up", x, y), self._monotonic())
            self._judge()

    def plug(self, plugged: bool) -> None:
        """Put the cable in, or pull it."""
        self._counted += self._touches.count
        self._touches = Touches()
        self.be(Condition.READY if plugged else Condition.UNPLUGGED)

    def be(self, condition: Condition) -> None:
        """Come into this condition; but while it is `ready` its touches may tell of another."""
        self._condition = condition
        self._judge()

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `tap`, `press`, `lift` (with `x`, `y`, `finger`, as the simulator's), `be` (with
        `condition`), `unplug`, `replug`, `state`. Raises ValueError or KeyError for what is none."""
        match request["op"]:
            case "tap" | "press" | "lift" as what:
                x, y = float(request.get("x", 0.5)), float(request.get("y", 0.5))
                if not (0 <= x <= 1 and 0 <= y <= 1):
                    raise ValueError("x and y are parts of the panel, 0 to 1")
                for phase in _PHASES[what]:
                    self.touch(x, y, phase, int(request.get("finger", 0)))
            case "be":
                self.be(Condition(request["condition"]))
            case "unplug":
                self.plug(False)
            case "replug":
                self.plug(True)
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of tap, press, lift, be, unplug, replug, state")
        return {"condition": self._kept.condition, "touches": self.counts["touches"]}

    def _judge(self) -> None:
        if not self._open:
            return
        wrong = self._touches.condition(self._monotonic()) if self._condition is Condition.READY else None
        self._kept.report(wrong or self._condition)
