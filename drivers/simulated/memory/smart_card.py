"""PC/SC in memory: the driver's link without a worker, with simulated cards in its slot
(tests/contract/test_smart_card_contract.py)."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from drivers.smart_card.link import Connected, Link, LinkError, Slot, SlotState, Trouble
from drivers.smart_card.simulator.card import Card
from drivers.smart_card.simulator.server import fault_of

READER = "Double Reader 00 00"
TROUBLES = {
    "ready": None,
    "unplugged": Trouble.NO_READER,
    "no-service": Trouble.NO_SERVICE,
    "silent": Trouble.HUNG,
}
"""What every call runs into, by the driver's condition that comes of it."""
_KEPT = 100
"""Cards at most, with all that each was asked; the oldest goes first."""


class LinkDouble(Link):
    """A hang is told at once, and nothing takes any time but a watch that sees no change."""

    def __init__(self) -> None:
        self.cards: deque[Card] = deque(maxlen=_KEPT)
        self.starts = 0
        self.connects = 0
        self._moved = threading.Condition()
        self._card: Card | None = None
        self._count = 0
        self._seen = -1
        self._started = self._woken = False
        self._away: Trouble | None = None
        self._powered = False

    # Hands

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey an order: `insert` (with `card` and, perhaps, `faults`, as the simulator's), `remove`, `be`
        (with `condition`, one of `TROUBLES`), `state`. Raises ValueError or KeyError for what is none."""
        match request["op"]:
            case "insert":
                self.insert(request["card"], request.get("faults"))
            case "remove":
                self.remove()
            case "be":
                self.fail(TROUBLES[request["condition"]])
            case "state":
                pass
            case unknown:
                raise ValueError(f"op {unknown!r} is none of insert, remove, be, state")
        with self._moved:
            return {"in": self._card is not None, "well": self._away is None}

    def insert(self, order: dict[str, Any], faults: list[dict[str, Any]] | None = None) -> None:
        """Put a card in that is wrong in these ways."""
        made = Card.ordered(order)
        made.faults += [fault_of(each) for each in faults or []]
        self.cards.append(made)
        self._change(made)

    def remove(self) -> None:
        """Take the card out."""
        self._change(None)

    def fail(self, trouble: Trouble | None) -> None:
        """Every call runs into it, until it is None."""
        with self._moved:
            self._away = trouble
            self._moved.notify_all()

    def _change(self, card: Card | None) -> None:
        with self._moved:
            self._card, self._powered = card, False
            self._count += 1
            self._moved.notify_all()

    # The link

    def start(self) -> None:
        self._check()
        self.starts += not self._started
        self._started = True

    def watch(self, seconds: float) -> tuple[Slot, ...]:
        with self._moved:
            self._moved.wait_for(
                lambda: self._count != self._seen or self._away is not None or self._woken, seconds
            )
            self._check()
            self._seen = self._count
            state = SlotState.PRESENT if self._card is not None else SlotState.EMPTY
            return (Slot(READER, state, self._count),)

    def connect(self, reader: str) -> Connected:
        if reader != READER:
            raise LinkError(Trouble.NO_READER)
        self.connects += 1
        card = self._present()
        card.power()
        self._powered = True
        return Connected(card.atr, card.t0)

    def transmit(self, apdu: bytes) -> bytes:
        card = self._present()
        said = card.hear(apdu)
        if said.pull is not None:
            self.remove()
            raise LinkError(Trouble.NOT_TRANSACTED)
        if said.answer in (None, b""):
            raise LinkError(Trouble.HUNG)
        return said.answer or b""

    def disconnect(self) -> None:
        self._check()
        self._powered = False

    def stop(self) -> None:
        self._started = self._powered = False
        self._seen = -1

    def wake(self) -> None:
        with self._moved:
            self._woken = True
            self._moved.notify_all()

    def anew(self) -> LinkDouble:
        """As the driver makes a link for each of its turns."""
        self._woken = False
        return self

    def _present(self) -> Card:
        self._check()
        if self._card is None:
            raise LinkError(Trouble.NO_CARD)
        return self._card

    def _check(self) -> None:
        if self._woken:
            raise LinkError(Trouble.HUNG)
        if self._away is not None:
            raise LinkError(self._away)
