"""A code scanner in memory (tests/contract/test_code_scanner_contract.py)."""

from __future__ import annotations

import time
from typing import Any

from drivers.code_scanner import CodeRead, CodeUnreadable, Condition, Symbology, UnreadableReason
from drivers.code_scanner.health import MEANING
from drivers.code_scanner.poller import MOST_A_SECOND
from drivers.code_scanner.raw import Raw
from drivers.code_scanner.simulator.module import body_of, identifier_of
from drivers.code_scanner.text import read
from drivers.device import Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.keeping import health_of

_AIM = {Symbology.QR_CODE: b"]Q1", Symbology.CODE_128: b"]C0", Symbology.EAN_UPC: b"]E0"}


class CodeScannerDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "code_scanner"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.counts = {"read": 0, "unreadable": 0, "dropped": 0}
        self._listener = listener
        self._monotonic = monotonic
        self._open = False
        self._plugged = True
        self._muted = False
        self._armed = False
        self._bad = 0
        self._told: list[float] = []
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, monotonic())

    def open(self) -> None:
        """Begin."""
        if not self._open:
            self._open = True
            self._tell(Condition.READY if self._plugged else Condition.UNPLUGGED)

    def close(self) -> None:
        """End."""
        self._open = self._armed = False
        self._health = health_of(MEANING[Condition.UNKNOWN], Condition.UNKNOWN, self._monotonic())

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        """Ready while plugged and open."""
        return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while ready and open; takes no time."""
        condition = self._health.condition
        return SelfTest(self._open and condition == Condition.READY, condition)

    def arm(self) -> None:
        """Ask for a code."""
        self._armed = True

    def disarm(self) -> None:
        """Stop asking."""
        self._armed = False

    # Hands

    def show(self, body: bytes, symbology: Symbology = Symbology.QR_CODE) -> None:
        """Hold a code under it."""
        self._came(read(Raw(1, body, _AIM[symbology]), identified=False))

    def spoil(self, reason: UnreadableReason) -> None:
        """Hold a code under it that cannot be read."""
        self._came(CodeUnreadable(reason))

    def unplug(self) -> None:
        """Pull the cable."""
        self._plug(False)

    def replug(self) -> None:
        """Put the cable back."""
        self._plug(True)

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `show` (as the simulator's), `mute` (with `on`), `unplug`, `replug`, `state`.

        Raises ValueError or KeyError for what is none.
        """
        match request["op"]:
            case "show":
                self._came(read(Raw(1, body_of(request), identifier_of(request)), identified=False))
            case "mute":
                self._muted = bool(request.get("on", True))
            case "unplug":
                self.unplug()
            case "replug":
                self.replug()
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of show, mute, unplug, replug, state")
        return {"plugged": self._plugged, "muted": self._muted, **self.counts}

    def _plug(self, plugged: bool) -> None:
        self._plugged = plugged
        if self._open:
            self._tell(Condition.READY if plugged else Condition.UNPLUGGED)

    def _came(self, event: CodeRead | CodeUnreadable) -> None:
        if not (self._open and self._plugged) or self._muted:
            return
        now = self._monotonic()
        self._told = [each for each in self._told if now - each < 1.0]
        bad = isinstance(event, CodeUnreadable) and self._armed
        self._bad = self._bad + 1 if bad else 0
        if self._bad in (0, 3):
            self._tell(Condition.GARBLED if bad else Condition.READY)
        if not self._armed or len(self._told) >= MOST_A_SECOND:
            self.counts["dropped"] += 1
            return
        self._told.append(now)
        self.counts["unreadable" if isinstance(event, CodeUnreadable) else "read"] += 1
        self._listener(event)

    def _tell(self, condition: Condition) -> None:
        if self._health.condition != condition:
            self._health = health_of(MEANING[condition], condition, self._monotonic())
            self._listener(HealthChanged(self._health))
