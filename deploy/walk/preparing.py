"""Who walks an item and with what: an errand of its own, else whom the city's registers suit it to.

And what must be there before: a case that lacks something, a certificate, a slip, a draft.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from deploy.demo import Handles
from deploy.demo.city import Resident
from deploy.walk import papers
from deploy.walk.errands import Errand, errand, has_errand, somebody
from deploy.walk.sheet import Sheet
from deploy.walk.verdict import Report
from flows import kinds
from flows.loader import BUILTIN, load_all
from flows.model import Flow

SUPPLEMENT, REIMBURSEMENT = "service.supplement-materials", "medical-insurance.reimbursement-submit"
VERIFY, CERTIFICATE = "service.certificate-verify", "social-insurance.contribution-certificate"
RATING = "service.rating"
SLIP, REPORT = "terminal.slip", "service.cannot-do-report"
DRAFT, DRAFTED = "terminal.resume-draft", "social-insurance.rights-record"

Say = Callable[[str], None]

_PEOPLE: weakref.WeakKeyDictionary[Handles, list[Resident]] = weakref.WeakKeyDictionary()
"""Who lives in a demo's city: their names, numbers and cards do not change."""


class NobodyError(ValueError):
    """The city has no such person, or nobody for whom the item can be done."""


class NotPreparedError(RuntimeError):
    """What must be there before the item can be walked could not be brought about; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be walked, by whom, for whom.

    `defer`: what may follow later is said to follow later; `upload`: documents are sent from the phone;
    `card`: paid by bank card; `rates`: whether the service is rated.
    """

    item: str
    offline: bool = False
    person: str = ""
    proxy: str = ""
    defer: bool = False
    upload: bool = False
    card: bool = False
    rates: bool = True


Walks = Callable[[Handles, "Order", Say], Report]
"""Walks something else first; raises NotPreparedError where it does not come to its end."""


@cache
def flows() -> dict[str, Flow]:
    """All that a terminal offers: the city's items, then its own."""
    return {**load_all(), **load_all(BUILTIN)}


def prepare(town: Handles, order: Order, say: Say, first: Walks) -> tuple[Sheet, frozenset[str]]:
    """The sheet of who walks, with what must be there before, which `first` brings about; and the bills of
    which one is to be paid.

    Raises NobodyError, NotPreparedError.
    """
    principal = _named(residents(town), order.proxy) if order.proxy else None
    if principal is not None and order.person == principal.id:
        raise NobodyError(f"{principal.id} cannot act for themselves: name another with --person")
    person, brought = _who(town, order)
    brings = _FIRST.get(order.item)
    if brings is not None and can_begin(order):
        brought = brings(town, person, brought, lambda other: first(town, other, say))
    sheet = Sheet(
        person,
        principal,
        facts=brought.facts,
        known=brought.known,
        instead=brought.instead,
        wishes=(*brought.wishes, *(("刷银行卡",) if order.card else ())),
        company=brought.company,
        defer=order.defer,
        uploads=order.upload,
        rates=order.rates,
    )
    return sheet, frozenset({brought.bill} - {""})


def residents(town: Handles) -> list[Resident]:
    """Everybody, asked for once."""
    if town not in _PEOPLE:
        _PEOPLE[town] = town.city.people(everybody=True)
    return _PEOPLE[town]


def can_begin(order: Order) -> bool:
    """Whether the item is offered at all; where it is not, nothing need be there, and anybody may come."""
    return not order.offline or flows()[order.item].offline != "unavailable"


def wants_another(item: str) -> bool:
    """Whether something else is walked first: then somebody has a case of that."""
    return item in _FIRST


def _who(town: Handles, order: Order) -> tuple[Resident, Errand]:
    """Who is named, else somebody for whom the item can be done; and what they bring."""
    if not can_begin(order):
        others = [each for each in residents(town) if each.id != order.proxy and each.card]
        return (_named(others, order.person) if order.person else others[0]), Errand()
    if has_errand(order.item) or order.item in _FIRST:
        people, ledger = town.city.people(everybody=True), town.city.ledger()
        others = [each for each in people if each.id != order.proxy]
        found = _named(people, order.person) if order.person else somebody(order.item, others, ledger)
        if found is None:
            raise NobodyError(f"there is nobody for whom {order.item} can be done: name one with --person")
        return found, errand(order.item, found, ledger) or Errand()
    people = residents(town)
    for each in town.city.suited(_wish(flows()[order.item])):
        if each.person != order.proxy and order.person in {"", each.person}:
            wishes = tuple(each.lists.values())
            bill = each.lists.get("bill", "")
            brought = Errand(known=each.facts, wishes=wishes, company=each.company, bill=bill)
            return _named(people, each.person), brought
    if order.person:
        return _named(people, order.person), Errand()
    raise NobodyError(f"there is nobody for whom {order.item} can be done: name one with --person")


def _wish(flow: Flow) -> dict[str, Any]:
    """What the registers have to know, by the item's own file: what is asked, and what is chosen of lists."""
    lists = [step for step in flow.steps if isinstance(step, kinds.Options)]
    return {
        "item": flow.item,
        "fields": [name for name, field in flow.fields.items() if field.required],
        "chosen": [step.field for step in lists],
        "by": {step.field: step.by for step in lists if step.by},
        "business": flow.audience == "business",
        "children": [child.item for child in flow.bundle.children] if flow.bundle else [],
        "queries": any(isinstance(step, kinds.Query) for step in flow.steps),
    }


def _named(people: list[Resident], name: str) -> Resident:
    for each in people:
        if each.id == name:
            return each
    known = ", ".join(each.id for each in people if each.id.startswith("p-"))
    raise NobodyError(f"nobody is called {name}; there are: {known}")


First = Callable[["Order"], Report]


def _a_deferral(town: Handles, person: Resident, brought: Errand, first: First) -> Errand:
    """A case of this person's that lacks a document: filed first, without it."""
    report = first(Order(REIMBURSEMENT, person=person.id, defer=True, rates=False))
    number = str(report.case_no)
    return Errand(facts=(("办件编号", number),), wishes=(number,))


def _a_certificate(town: Handles, person: Resident, brought: Errand, first: First) -> Errand:
    """The code on a certificate: of one that came out of the printer, else of one that is printed first."""
    sheets = papers.read_sheets(town.pages)[-1:]
    if not sheets:
        first(Order(CERTIFICATE, person=person.id))
        sheets = papers.read_sheets(town.pages)
    codes = sheets[-1].codes
    if not codes:
        raise NotPreparedError(f"no code can be read from {sheets[-1].name}")
    return replace(brought, facts=(("验证码", codes[0]),))


def _a_slip(town: Handles, person: Resident, brought: Errand, first: First) -> Errand:
    """The number under which a report went to the city, which was not rated then."""
    first(Order(REPORT, person=person.id, rates=False))
    return replace(brought, facts=(("暂存单号", str(town.city.ledger()["escalations"][-1]["key"])),))


def _a_case(town: Handles, person: Resident, brought: Errand, first: First) -> Errand:
    """The number of a case that was not rated when it was filed."""
    report = first(Order(REIMBURSEMENT, rates=False))
    return replace(brought, facts=(("编号", str(report.case_no)),))


def _a_draft(town: Handles, person: Resident, brought: Errand, first: First) -> Errand:
    """Something that was left half done on the phone."""
    return replace(brought, facts=(("草稿编号", town.city.draft(person.id, DRAFTED)),))


_FIRST: dict[str, Callable[[Handles, Resident, Errand, First], Errand]] = {
    SUPPLEMENT: _a_deferral,
    VERIFY: _a_certificate,
    SLIP: _a_slip,
    DRAFT: _a_draft,
    RATING: _a_case,
}
