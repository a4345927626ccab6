"""What a citizen does beside touching the screen: card, camera, phone, bank card; by a demo's handles."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Protocol

from deploy.demo.city import Company, Resident
from deploy.demo.demo import Handles
from deploy.demo.photographs import document

SALE_SECONDS = 15.0
POLL_SECONDS = 0.1
_NEVER = threading.Event()


class Hands(Protocol):
    """The citizen's hands. Whoever walks says which person it is about."""

    def put_card(self, person: Resident) -> None:
        """Put this person's card on the reader."""
        ...

    def lift_card(self) -> None:
        """Take the card back."""
        ...

    def face(self, person: Resident) -> bytes:
        """What the camera takes of this person: a JPEG."""
        ...

    def scan(self, user_code: str, person: Resident, company: Company | None) -> None:
        """Scan the login's QR with this person's phone and say yes, for the company where one is meant."""
        ...

    def pay(self, code: str) -> None:
        """Scan the payment's QR, which says `code`, and pay."""
        ...

    def send(self, link: str, person: Resident) -> list[str]:
        """Scan the QR that says `link`, photograph what the city's page wants with this person's phone, send
        it, and say that this is all; the SHA-256 of each picture."""
        ...

    def swipe(self) -> None:
        """Pay with a bank card at the terminal beside the screen."""
        ...

    def message(self, number: str) -> str:
        """The code in the last text message to the phone of this number; empty where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class TownHands:
    """The citizen's hands in a running demo."""

    town: Handles

    def put_card(self, person: Resident) -> None:
        """See Hands."""
        self.town.reader("place", card=person.card)

    def lift_card(self) -> None:
        """See Hands."""
        self.town.reader("lift")

    def face(self, person: Resident) -> bytes:
        """See Hands."""
        return self.town.city.face(person.id)

    def scan(self, user_code: str, person: Resident, company: Company | None) -> None:
        """See Hands."""
        self.town.city.approve(user_code, person.id, business=company.code if company else None)

    def pay(self, code: str) -> None:
        """See Hands. The payment's number is the last part of the QR's address."""
        self.town.city.pay(code.rpartition("/")[2])

    def send(self, link: str, person: Resident) -> list[str]:
        """See Hands."""
        city, token = self.town.city, link.rpartition("/")[2]
        uploads = [each for each in city.ledger()["uploads"] if each["token"] == token]
        if not uploads:
            raise ValueError(f"the city has no such page: {link}")
        sent = []
        for number, each in enumerate(uploads[0]["wanted"], 1):
            picture = photograph(person, each["name"], number)
            city.upload(token, each["role"], picture)
            sent.append(hashlib.sha256(picture).hexdigest())
        city.uploaded(token)
        return sent

    def swipe(self) -> None:
        """See Hands. Raises OSError where the bank card terminal has nothing to take in time."""
        deadline = time.monotonic() + SALE_SECONDS
        while (sale := self.town.payment_terminal("state")["sale"]) is None:
            if time.monotonic() > deadline:
                raise TimeoutError("the bank card terminal was never asked to take anything")
            _NEVER.wait(POLL_SECONDS)
        self.town.payment_terminal("card")
        self.town.city.pay(sale)
        self.town.payment_terminal("end", result="approved")

    def message(self, number: str) -> str:
        """See Hands."""
        sent = self.town.city.messages()
        return next((str(each["code"]) for each in sent if each["phone"] == number), "")


def photograph(person: Resident, title: str, page: int) -> bytes:
    """A paper of this person's, photographed: what the camera takes of `title`."""
    lines = (
        f"姓名：{person.name}",
        f"第 {page} 页",
        f"编号：YS-{len(title):02d}{page:02d}",
        "内容：演示用的材料，文字清楚",
    )
    return document(title, lines)


def data_url(jpeg: bytes) -> str:
    """As the page's own script posts a picture."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
