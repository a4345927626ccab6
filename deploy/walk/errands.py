"""Errands: for each item somebody for whom it can be done, and what they bring along to it.

All is found by the city's sheets about its residents, so that `kiosk walk ITEM` needs no person to be named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from deploy.demo.city import Company, Resident
from deploy.sandbox.wire import today
from deploy.walk.sheet import Facts

GROWN_UP, OLD, OLDEST, CHILD = 18, 70, 80, 16
_OWN = "terminal."
HOME = "12"
"""Divisions of the city begin with it (GB/T 2260)."""

Ledger = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody brings to an item; see `sheet.Sheet`. `bill`: the one that is to be paid."""

    facts: Facts = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    instead: Facts = ()
    wishes: tuple[str, ...] = ()
    company: Company | None = None
    bill: str = ""


def errand(item: str, person: Resident, ledger: Ledger) -> Errand | None:
    """What `person` would do `item` with; None where it is not for them, by what their sheet says."""
    if not person.card or person.age < GROWN_UP:
        return None
    known = _ERRANDS.get(item)
    return Errand() if known is None else known(person, ledger)


def has_errand(item: str) -> bool:
    """Whether the item wants more than whom the registers suit it to; the terminal's own have no register."""
    return item in _ERRANDS or item.startswith(_OWN)


def somebody(item: str, people: Sequence[Resident], ledger: Ledger) -> Resident | None:
    """The first for whom `item` can be done and who has no case of it yet; None where there is nobody."""
    busy = {case["beneficiary"] for case in ledger["cases"] if case["item"] in {item, _AFTER.get(item)}}
    free = (each for each in people if each.id not in busy and errand(item, each, ledger) is not None)
    return next(free, None)


def _local(person: Resident) -> bool:
    return str(person.knows.get("domicile") or "").startswith(HOME)


def _new_number(person: Resident) -> str:
    """Of a phone of theirs that the city does not know yet: it has to be proved by a code."""
    return f"19900009{person.id_number[14:17]}"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _allowance(person: Resident, _: Ledger) -> Errand | None:
    return Errand() if person.age >= OLDEST and _local(person) else None


def _first_card(person: Resident, _: Ledger) -> Errand | None:
    """For a child of the city without a card."""
    born_after = today().year - CHILD
    young = [
        child
        for child in person.has("children")
        if not child["has_card"] and date.fromisoformat(child["birth"]).year > born_after
    ]
    return Errand(wishes=("天津",)) if young else None


def _residence_permit(person: Resident, _: Ledger) -> Errand | None:
    """For who is registered elsewhere; the permit is sent by courier."""
    lives_here = person.card_type == "resident" and person.address.startswith("天津")
    stranger = lives_here and not _local(person) and not person.has("residence_permit")
    return (
        Errand(wishes=("邮寄", "寄", "签承诺书"), instead=(("手机", _new_number(person)),))
        if stranger
        else None
    )


def _rental(person: Resident, _: Ledger) -> Errand | None:
    """For a landlord: without a network the contract is typed from the paper."""
    for each in person.has("rentals"):
        if not each["filed"] and each["as_what"] == "landlord" and not person.has("dishonesty"):
            facts = (
                ("坐落", each["address"]),
                ("出租人", person.id_number),
                ("租金", _yuan(each["rent_fen"])),
                ("开始", each["since"]),
                ("结束", each["until"]),
            )
            return Errand(facts=facts, wishes=(each["address"], "签承诺书"))
    return None


def _reimbursement(person: Resident, _: Ledger) -> Errand | None:
    """For who has an invoice that nobody claimed yet."""
    for each in person.has("treatments"):
        facts = (
            ("票据号码", each["invoice"]),
            ("医院", each["hospital_name"]),
            ("开始", each["since"]),
            ("结束", each["until"]),
            ("金额", _yuan(each["fen"])),
        )
        return Errand(facts=facts, wishes=(each["invoice"],))
    return None


def _joint(person: Resident, _: Ledger) -> Errand | None:
    return Errand(facts=(("用电容量", "8"),)) if person.has("flats") else None


def _benefit(person: Resident, _: Ledger) -> Errand | None:
    """For who is old enough for heating, not yet for the allowance, and has told the city no account."""
    return Errand() if OLD <= person.age < OLDEST and _local(person) and not person.bank_card else None


def _policies(person: Resident, _: Ledger) -> Errand | None:
    """For who may act for a company."""
    for each in person.has("companies"):
        company = Company(each["name"], each["code"], each["authority"])
        return Errand(company=company, facts=(("营业收入", "1200000"),))
    return None


def _transfer(person: Resident, _: Ledger) -> Errand | None:
    """For who paid elsewhere and draws no pension yet; with a new number, which has to be proved."""
    for each in person.has("insured_elsewhere"):
        if not person.has("pension"):
            division = str(each["division"])
            return Errand(wishes=(division, f"{division[:2]}0000"), instead=(("手机", _new_number(person)),))
    return None


def _electricity(person: Resident, ledger: Ledger) -> Errand | None:
    """For who has a bill that is still due."""
    paid = {each["bill"] for each in ledger["payments"] if each["state"] in {"paid", "refunding"}}
    for each in person.has("bills"):
        if each["kind"] == "electricity" and each["id"] not in paid:
            return Errand(facts=(("户号", each["account"]),), wishes=(each["id"],), bill=each["id"])
    return None


def _report(person: Resident, _: Ledger) -> Errand:
    return Errand(facts=(("哪里没办成", "窗口说缺一份材料，没有说是哪一份。"), ("称呼", person.name)))


_ERRANDS: dict[str, Callable[[Resident, Ledger], Errand | None]] = {
    "civil.senior-allowance-apply": _allowance,
    "household.id-card-first-book": _first_card,
    "household.residence-permit-apply": _residence_permit,
    "housing.rental-filing": _rental,
    "medical-insurance.reimbursement-submit": _reimbursement,
    "one-thing.utilities-joint-connection": _joint,
    "service.cannot-do-report": _report,
    "service.no-application-confirm": _benefit,
    "service.policy-match-enterprise": _policies,
    "service.supplement-materials": _reimbursement,
    "social-insurance.employee-pension-transfer": _transfer,
    "utility.electricity-pay": _electricity,
}
"""What is not listed can be done by any grown-up."""

_AFTER = {"service.supplement-materials": "medical-insurance.reimbursement-submit"}
"""Of what must be filed first, nobody has a case yet either: the city takes one of a kind at a time."""
