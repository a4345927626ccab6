"""Orders to the simulated card: what a hand does, and how the card is to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.simkit import ControlServer
from drivers.smart_card.simulator.card import COMMANDS, FAULTS, Card, Fault
from drivers.smart_card.simulator.vpcd import PORT, Slot


class Simulator:
    """A slot, its card, and the control socket. The history is of all cards that were in."""

    def __init__(self, *, port: int = PORT, control: Path | None = None) -> None:
        self._slot = Slot(port)
        self._cards: list[Card] = []
        self._control = ControlServer(control, self.handle) if control else None

    def close(self) -> None:
        """Take the card out and end."""
        self._slot.close()
        if self._control:
            self._control.close()

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """One control request: ``op`` and its arguments. Answers the state. Raises ValueError, KeyError."""
        operation = _OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op must be one of {', '.join(sorted(_OPERATIONS))}")
        operation(self, request)
        card = self._slot.card
        return {
            "in": card is not None,
            "connected": self._slot.connected,
            "apdus": [apdu for each in self._cards for apdu in each.history],
            "options_asked": [each.options_asked for each in self._cards],
            "pin_tries": [each.pin_tries for each in self._cards],
        }

    def insert(self, request: dict[str, Any]) -> None:
        """Put a new card in."""
        card = Card.ordered(request["card"])
        self._cards.append(card)
        card.faults += [fault_of(each) for each in request.get("faults", [])]
        self._slot.insert(card)

    def fault(self, request: dict[str, Any]) -> None:
        """Spoil the card that is in."""
        made = fault_of(request)
        self._slot.under_lock(lambda card: card.faults.append(made))

    def clear(self, _: dict[str, Any]) -> None:
        """No fault is left."""
        self._slot.under_lock(lambda card: card.faults.clear())

    def remove(self, _: dict[str, Any]) -> None:
        """Take the card out."""
        self._slot.remove()


def fault_of(request: dict[str, Any]) -> Fault:
    """Raises ValueError for what there is not."""
    kind, on = request["kind"], request.get("on")
    if kind not in FAULTS:
        raise ValueError(f"kind must be one of {', '.join(FAULTS)}")
    if on not in (None, "other", *COMMANDS.values()):
        raise ValueError(f"on must be one of {', '.join(COMMANDS.values())}")
    return Fault(
        kind,
        on,
        int(request.get("times", 1)),
        int(request.get("sw", "6F00"), 16),
        float(request.get("seconds", 0.2)),
    )


_OPERATIONS: dict[str, Callable[[Simulator, dict[str, Any]], None]] = {
    "state": lambda simulator, request: None,
    "insert": Simulator.insert,
    "remove": Simulator.remove,
    "fault": Simulator.fault,
    "clear": Simulator.clear,
}
