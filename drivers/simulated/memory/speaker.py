"""A loudspeaker in memory (tests/contract/test_speaker_contract.py)."""

from __future__ import annotations

import time
from typing import Any

from drivers.device import Health, Listener, Monotonic, SelfTest
from drivers.keeping import KeptHealth
from drivers.speaker import Condition
from drivers.speaker.health import MEANING

_BY_EAR = {None: Condition.UNCONFIRMED, True: Condition.READY, False: Condition.UNHEARD}
_FAULTS = frozenset(Condition) - {*_BY_EAR.values(), Condition.UNKNOWN, Condition.DRIVER_FAILED}


class SpeakerDouble:
    """Everything happens at once, on the thread of whoever does it."""

    name = "speaker"

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self.sounds = 0
        self._kept = KeptHealth(MEANING, Condition.UNKNOWN, listener, monotonic)
        self._open = False
        self._fault: Condition | None = None
        self._ear: bool | None = None

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
        """What it was told to be, or how it was heard, while open."""
        return self._kept.now

    def heard(self, confirmed: bool | None) -> None:
        """What somebody said of the tones."""
        self._ear = confirmed
        self._judge()

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while it is heard and open; takes no time."""
        if not self._open:
            return SelfTest(False, "closed")
        self.sounds += self._fault is None
        self._judge()
        condition = self._kept.condition
        return SelfTest(condition is Condition.READY, condition)

    # Hands

    def fail(self, fault: Condition | None) -> None:
        """What the card, or its player, does from now on; it is seen when it is next asked."""
        self._fault = fault

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `be` (with `condition`: a fault, or `ready`), `hear` (with `heard`: true, false or
        null), `state`. Raises ValueError or KeyError for what is none."""
        match request["op"]:
            case "be":
                condition = Condition(request["condition"])
                if condition is not Condition.READY and condition not in _FAULTS:
                    raise ValueError(f"condition is one of ready, {', '.join(sorted(_FAULTS))}")
                self.fail(None if condition is Condition.READY else condition)
                self._judge()
            case "hear":
                self.heard(request["heard"])
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of be, hear, state")
        return {"condition": self._kept.condition, "sounds": self.sounds}

    def _judge(self) -> None:
        if self._open:
            self._kept.report(self._fault or _BY_EAR[self._ear])
