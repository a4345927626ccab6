"""The city's control page, as dock, walker and tests use it: who lives there, what was filed, misbehave."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import requests

from deploy.sandbox.gateway.rules import age
from deploy.sandbox.wire import today

SECONDS = 5.0
PaymentAct = Literal["pay", "fail", "lose"]
FaultKind = Literal["slow", "5xx", "down", "reset-after-acting", "409", "429"]


class CityRefusedError(ValueError):
    """The city's control page refuses an order; the text is what it says."""


@dataclass(frozen=True, slots=True)
class Company:
    """A legal person that somebody may act for; `code` is its credit code."""

    name: str
    code: str
    authority: str


@dataclass(frozen=True, slots=True)
class Resident:
    """A fictional person. `card` is what the ID-card simulator's op `place` takes; empty: has none yet.

    `knows` is the whole of the city's sheet about them: family, flats, bills (docs/sandbox.md).
    """

    id: str
    name: str
    id_number: str
    birth: str
    card_type: str
    card: dict[str, str]
    address: str
    mobile: str
    bank_card: str | None
    knows: Mapping[str, Any] = field(default_factory=dict)

    @property
    def age(self) -> int:
        """Whole years on the city's day."""
        return age(date.fromisoformat(self.birth), today())

    def has(self, what: str) -> list[Mapping[str, Any]]:
        """What the sheet lists under this name; empty where there is nothing."""
        found = self.knows.get(what) or []
        return found if isinstance(found, list) else [found]


@dataclass(frozen=True, slots=True)
class Suited:
    """Somebody who can do an item: `company` for which they act; `facts` by field, as the city holds them
    (sums in fen); `lists`: by list, the entry that is theirs."""

    person: str
    company: Company | None
    facts: Mapping[str, Any]
    lists: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """A print of a certificate, as the city drew it, and the code that it is verified by."""

    pdf: bytes
    code: str


class City:
    """Asks the control page at `control` (``http://127.0.0.1:PORT``). Any thread.

    Every method raises requests.RequestException when the city is away, CityRefusedError when it refuses.
    """

    def __init__(self, control: str) -> None:
        self.control = control

    def people(self, *, everybody: bool = False) -> list[Resident]:
        """The well-known ones, or all three hundred; in the city's order."""
        names = [name for name in Resident.__slots__ if name != "knows"]
        return [
            Resident(
                **{**{name: entry.get(name) for name in names}, "card": entry["card"] or {}}, knows=entry
            )
            for entry in self._ask("GET", "/people?all=1" if everybody else "/people")
        ]

    def businesses(self) -> dict[str, list[Company]]:
        """By person's id: the legal persons that they may act for."""
        found: dict[str, list[dict[str, str]]] = self._ask("GET", "/businesses")
        return {person: [Company(**each) for each in those] for person, those in found.items()}

    def face(self, person: str = "nobody") -> bytes:
        """The picture (JPEG) that is this person's face; of an empty head without a name."""
        return self._answer("GET", f"/face/{person}.jpg").content

    def suited(self, wish: Mapping[str, Any]) -> list[Suited]:
        """Residents for whom the registers have what an item needs; `wish` as deploy.sandbox.suited.Wish."""
        return [
            Suited(
                each["person"],
                Company(**each["company"], authority="") if each["company"] else None,
                each["facts"],
                each["lists"],
            )
            for each in self._ask("POST", "/suited", dict(wish))
        ]

    def ledger(self, since: int = 0) -> dict[str, Any]:
        """What the city was asked and what took effect: cases, bookings, payments, prints, requests ...

        Of the requests those after number `since`.
        """
        found: dict[str, Any] = self._ask("GET", f"/ledger?since={since}")
        return found

    def filed(self, case_no: str) -> dict[str, Any]:
        """What a case came with and what it still wants: documents by role and hash, due day, children."""
        found: dict[str, Any] = self._ask("GET", f"/cases/{case_no}")
        return found

    def paid(self, payment: str) -> dict[str, Any]:
        """A payment as the bank has it, with its bill number."""
        found: dict[str, Any] = self._ask("GET", f"/payments/{payment}")
        return found

    def printed(self, number: str) -> PrintedPage:
        """The very bytes of a print of a certificate."""
        answer = self._answer("GET", f"/prints/{number}.pdf")
        return PrintedPage(answer.content, answer.headers["X-Verification-Code"])

    def approve(
        self, user_code: str, person: str, *, approve: bool = True, business: str | None = None
    ) -> None:
        """What `person`'s phone says about the code that it scanned; `business`: for which legal person."""
        order = {"user_code": user_code, "person": person, "approve": approve, "business": business}
        self._ask("POST", "/approve", order)

    def pay(self, payment: str, act: PaymentAct = "pay") -> None:
        """What the payer or the bank does: pay, fail, or lose the answer (nobody knows until it is told)."""
        self._ask("POST", "/payments", {"id": payment, "act": act})

    def upload(self, token: str, role: str, image: bytes) -> str:
        """What the phone sends on the city's page; the SHA-256 of what the terminal is given."""
        order = {"token": token, "role": role, "image": base64.b64encode(image).decode()}
        return str(self._ask("POST", "/uploads", order)["sha256"])

    def uploaded(self, token: str) -> None:
        """The phone says that this was all."""
        self._ask("POST", "/uploads", {"token": token})

    def messages(self) -> list[dict[str, Any]]:
        """What was sent to phones, newest first: `phone`, `code`."""
        found: list[dict[str, Any]] = self._ask("GET", "/phone-codes")
        return found

    def draft(self, person: str, item: str) -> str:
        """The number of a draft that `person` leaves half done on the phone."""
        return str(self._ask("POST", "/drafts", {"person": person, "item": item})["id"])

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
        return self._answer(method, path, body).json()

    def _answer(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no business on loopback
            answer = session.request(method, self.control + path, json=body, timeout=SECONDS)
        if not answer.ok:
            raise CityRefusedError(str(answer.json().get("error", answer.status_code)))
        return answer
