"""An ID card reader in memory: no bytes, no thread; events come from the thread of the hand that moves the
card.

It keeps the same contract as the real driver (tests/contract/test_id_card_contract.py runs on both).
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

from drivers.device import Device, Health, HealthChanged, Listener, Monotonic, SelfTest
from drivers.id_card import CardRead, CardRemoved, CardUnreadable, Condition, IdCard, UnreadableReason
from drivers.id_card.health import MEANING
from drivers.id_card.simulator.chip import make_chip
from drivers.id_card.text import read_new_address, read_text
from drivers.keeping import health_of


class IdCardDouble(Device):
    """A reader with one field. A card in it is read once while armed, and not again before it was lifted."""

    def __init__(self, *, listener: Listener, monotonic: Monotonic = time.monotonic) -> None:
        self._listener = listener
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._is_open = False
        self._condition = Condition.READY
        self._armed = False
        self._card: IdCard | UnreadableReason | None = None
        self._spent = False
        self._told_read = False
        self._spoil_next = False
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
        self.be(Condition.UNPLUGGED)

    def replug(self) -> None:
        """Put the cable back; a card that lies there and was not read is new to the reader."""
        with self._lock:
            self._spent = self._told_read
            self.be(Condition.READY)

    def be(self, condition: Condition) -> None:
        """Come into this condition; in all but `READY` no card is read."""
        with self._lock:
            self._condition = condition
            self._report()
            self._look()

    def spoil_next(self) -> None:
        """The next card cannot be read."""
        with self._lock:
            self._spoil_next = True

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `place` (with `card`), `lift`, `be` (with `condition`), `spoil`, `state`.

        Raises ValueError or KeyError for what is none.
        """
        match request["op"]:
            case "place":
                chip = make_chip(request["card"])
                card = read_text(chip.text)
                if chip.new_address is not None:
                    card = replace(card, new_address=read_new_address(chip.new_address))
                self.place(card)
            case "lift":
                self.lift()
            case "be":
                self.be(Condition(request["condition"]))
            case "spoil":
                self.spoil_next()
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of place, lift, be, spoil, state")
        with self._lock:
            return {
                "condition": self._health.condition,
                "card": self._card is not None,
                "spoilt": self._spoil_next,
            }

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
        """What it was told to be, while open."""
        with self._lock:
            return self._health

    def self_test(self, deadline: float = 5.0) -> SelfTest:
        """Passes while ready and open; takes no time."""
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
        usable = self._is_open and self._condition is Condition.READY and self._armed and not self._spent
        if not usable or self._card is None:
            return
        self._spent = True
        spoilt, self._spoil_next = self._spoil_next, False
        if spoilt or isinstance(self._card, UnreadableReason):
            reason = UnreadableReason.SELECT_FAILED if isinstance(self._card, IdCard) else self._card
            self._listener(CardUnreadable(reason))
        else:
            self._told_read = True
            self._listener(CardRead(self._card))

    def _report(self) -> None:
        if self._is_open and self._condition.value != self._health.condition:
            self._health = self._as_health(self._condition)
            self._listener(HealthChanged(self._health))

    def _as_health(self, condition: Condition) -> Health:
        return health_of(MEANING[condition], condition, self._monotonic())
