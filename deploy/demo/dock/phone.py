"""The phone: scans what the kiosk shows, pays, sends documents, receives codes, begins an item.

The city is asked; no HTML.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from deploy.demo.city import City, PaymentAct
from deploy.demo.photographs import document
from deploy.demo.screen import Screen

LOOK_SECONDS = 2.0
"""For a look at the kiosk's page, which the dock takes every second."""

MESSAGES = 3
OPEN = frozenset({"pending", "unknown"})
TAKES = frozenset({"waiting", "open"})
DRAFT_ITEMS = {
    "social-insurance.rights-record": "社保权益记录",
    "civil.senior-allowance-apply": "高龄津贴申请",
    "social-insurance.employee-pension-transfer": "养老关系转移",
}
"""What the phone of the demo can begin; any item of the terminal would do."""


class Town(Protocol):
    """Of a running demo, what the phone needs."""

    city: City

    @property
    def kiosk_url(self) -> str:
        """Opens the pages."""
        ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose account the phone is logged in to: a person's, or that of a company they may act for.

    `value` is ``person`` or ``person business``.
    """

    value: str
    name: str
    company: str = ""


class Phone:
    """One phone in everybody's pocket. Any thread."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._eyes: Screen | None = None
        self._eyes_for = ""
        self._lock = threading.Lock()
        self._drafts: list[tuple[str, str]] = []

    def holders(self, names: Mapping[str, str]) -> list[Holder]:
        """Every account; `names` of the people by id."""
        those = self._town.city.businesses()
        own = [Holder(person, name) for person, name in names.items()]
        return own + [
            Holder(f"{person} {company.code}", names[person], company.name)
            for person, companies in those.items()
            if person in names
            for company in companies
        ]

    def code_on_screen(self) -> str:
        """What a phone's camera sees: the kiosk's page is looked at, and never touched.

        Raises ScreenGoneError, OSError, ValueError.
        """
        with self._lock:
            url = self._town.kiosk_url
            if self._eyes is None or url != self._eyes_for:
                self._eyes, self._eyes_for = Screen(url, seconds=LOOK_SECONDS), url
            return self._eyes.look().user_code

    def approve(self, code: str, holder: str, *, approve: bool) -> None:
        """Say yes or no to a login, as the account that is named."""
        person, _, business = holder.partition(" ")
        self._town.city.approve(code, person, approve=approve, business=business or None)

    def payment(self) -> dict[str, Any] | None:
        """The youngest payment that can still be paid, by the city's record; None where there is none."""
        open_ = [each for each in self._town.city.ledger()["payments"] if each["state"] in OPEN]
        return open_[-1] if open_ else None

    def pay(self, act: PaymentAct) -> bool:
        """What becomes of that payment; False where there is none."""
        payment = self.payment()
        if payment is None:
            return False
        self._town.city.pay(payment["id"], act)
        return True

    def upload(self) -> dict[str, Any] | None:
        """The youngest page that takes documents, by the city's record; None where there is none."""
        open_ = [each for each in self._town.city.ledger()["uploads"] if each["state"] in TAKES]
        return open_[-1] if open_ else None

    def send(self) -> bool:
        """Photograph whatever that page still wants, send it, and say that this is all; False without one."""
        upload = self.upload()
        if upload is None:
            return False
        came = {each["role"] for each in upload["documents"]}
        for each in upload["wanted"]:
            if each["role"] not in came:
                picture = document(each["name"], ("演示用的材料，文字清楚", f"编号：{each['role'].upper()}"))
                self._town.city.upload(upload["token"], each["role"], picture)
        self._town.city.uploaded(upload["token"])
        return True

    def messages(self) -> list[dict[str, Any]]:
        """The last text messages, newest first."""
        return self._town.city.messages()[:MESSAGES]

    def begin(self, holder: str, item: str) -> str:
        """Leave `item` half done on the phone; the draft's number."""
        number = self._town.city.draft(holder.partition(" ")[0], item)
        with self._lock:
            self._drafts.insert(0, (number, DRAFT_ITEMS.get(item, item)))
        return number

    def drafts(self) -> list[tuple[str, str]]:
        """Numbers of what was left half done here, newest first, each with the item's name."""
        with self._lock:
            return self._drafts[:MESSAGES]
