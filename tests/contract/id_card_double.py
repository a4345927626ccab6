"""An ID card reader in memory: no bytes, no thread; events come from the thread of the hand that moves the
card.

It keeps the same contract as the real driver (tests/contract/test_id_card_contract.py runs on both), so
tests of the agent may use it in the driver's place.
"""

from __future__ import annotations

import threading
import time

from drivers.device import Device, Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.id_card import CardRead, CardRemoved, CardUnreadable, Condition, IdCard, UnreadableReason
from drivers.id_card.health import MEANING


class IdCardDouble(Device):
    """A reader with one field. A card in it is read once while armed, and not again before it was lifted."""

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self._listener = listener
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._is_open = False
        self._plugged = True
        self._armed = False
        self._card: IdCard | UnreadableReason | None = None
        self._spent = False
        self._told_read = False
        self._health = self._as_health(Condition.UNKNOWN)

    # The hand

    def place(self, card: IdCard | UnreadableReason) -> None:
        """Put a card on the reader; a reason stands for a card that cannot be read."""
        with self._lock:
            self._card, self._spent, self._told_read = card, False, False
            self._look()

    def lift(self) -> None:
        """Take the card away."""
        with self._lock:
            told, self._told_read = self._told_read, False
            self._card = None
            if told and self._armed:
                self._listener(CardRemoved())

    def unplug(self) -> None:
        """Pull the cable."""
        with self._lock:
            self._plugged = False
            self._report()

    def replug(self) -> None:
        """Put the cable back; a card that lies there and was not read is new to the reader."""
        with self._lock:
            self._plugged, self._spent = True, self._told_read
            self._report()
            self._look()

    # The device

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return "id_card"

    def open(self) -> None:
        """Begin."""
        with self._lock:
            self._is_open = True
            self._report()
            self._look()

    def close(self) -> None:
        """End."""
        with self._lock:
            self._is_open = self._armed = False
            self._health = self._as_health(Condition.UNKNOWN)

    def attend(self) -> None:
        """Nothing hangs in memory."""

    def health(self) -> Health:
        """Ready while plugged and open."""
        with self._lock:
            return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while plugged and open; takes no time."""
        with self._lock:
            ready = self._health.condition == Condition.READY
            return SelfTest(ready, "in memory" if ready else self._health.condition)

    def arm(self) -> None:
        """Ask for a card."""
        with self._lock:
            self._armed = True
            self._look()

    def disarm(self) -> None:
        """Stop asking."""
        with self._lock:
            self._armed = False

    def _look(self) -> None:
        usable = self._is_open and self._plugged and self._armed and not self._spent
        if not usable or self._card is None:
            return
        self._spent = True
        if isinstance(self._card, UnreadableReason):
            self._listener(CardUnreadable(self._card))
        else:
            self._told_read = True
            self._listener(CardRead(self._card))

    def _report(self) -> None:
        condition = Condition.READY if self._plugged else Condition.UNPLUGGED
        if self._is_open and condition != self._health.condition:
            self._health = self._as_health(condition)
            self._listener(HealthChanged(self._health))

    def _as_health(self, condition: Condition) -> Health:
        meaning = MEANING[condition]
        return Health(meaning.availability, condition.value, self._monotonic(), meaning.cause, meaning.remedy)
