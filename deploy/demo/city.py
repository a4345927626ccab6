"""The city's control page, as dock, walker and tests use it: who lives there, what was filed, misbehave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import requests

SECONDS = 5.0
FaultKind = Literal["slow", "5xx", "down", "reset-after-acting", "409", "429"]


class CityRefusedError(ValueError):
    """The city's control page refuses an order; the text is what it says."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A fictional person. `card` is what the ID-card simulator's op `place` takes."""

    id: str
    name: str
    id_number: str
    birth: str
    card_type: str
    card: dict[str, str]
    address: str
    mobile: str
    bank_card: str | None


class City:
    """Asks the control page at `control` (``http://127.0.0.1:PORT``). Any thread.

    Every method raises requests.RequestException when the city is away, CityRefusedError when it refuses.
    """

    def __init__(self, control: str) -> None:
        self.control = control

    def people(self) -> list[Resident]:
        """Everybody, in the city's order."""
        names = Resident.__slots__
        return [
            Resident(**{name: entry.get(name) for name in names}) for entry in self._ask("GET", "/people")
        ]

    def ledger(self) -> dict[str, Any]:
        """What the city was asked and what took effect: cases, ratings, escalations, requests, effects."""
        found: dict[str, Any] = self._ask("GET", "/ledger")
        return found

    def approve(self, user_code: str, person: str, *, approve: bool = True) -> None:
        """What `person`'s phone says about the code that it scanned."""
        self._ask("POST", "/approve", {"user_code": user_code, "person": person, "approve": approve})

    def faults(self) -> list[dict[str, Any]]:
        """The orders to misbehave that are in force."""
        found: list[dict[str, Any]] = self._ask("GET", "/faults")
        return found

    def misbehave(
        self, operation: str, kind: FaultKind, *, count: int | None = 1, seconds: float = 1.0
    ) -> None:
        """The next `count` requests of `operation` (`*`, `identity.*`) meet a fault; None is all of them."""
        order = {"operation": operation, "kind": kind, "count": count, "seconds": seconds}
        self._ask("POST", "/faults", order)

    def behave(self) -> None:
        """Take all such orders back."""
        self._ask("DELETE", "/faults")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no business on loopback
            answer = session.request(method, self.control + path, json=body, timeout=SECONDS)
        found = answer.json()
        if not answer.ok:
            raise CityRefusedError(str(found.get("error", answer.status_code)))
        return found
