"""An application held against its item: conditions, fields, documents, commitment, region, delivery."""

from __future__ import annotations

import json
from collections.abc import Collection

from .. import offer
from ..db import Row
from ..wire import Reason
from . import documents, holdings, regions, rules, views
from .bodies import Application
from .conditions import conditions
from .documents import Verdict
from .operations import Call


def judge(
    call: Call,
    item: Row,
    application: Application,
    beneficiary: Row,
    at: str = "",
    *,
    committed: bool = False,
    elsewhere: Collection[str] = (),
) -> Verdict:
    """Every reason at once. `at`: where the application stands in the body (JSON Pointer). Of a child:
    `committed`, that its bundle has a commitment; `elsewhere`, papers (roles) that the bundle answers for."""
    guide = json.loads(item["guide"])
    reasons = conditions(call, item["code"], beneficiary)
    for name in rules.REQUIRED.get(item["code"], ()):
        if name not in application.fields or not application.fields[name].text():
            reasons.append(Reason("缺少必填的内容", "MISSING", f"{at}/fields/{name}"))
    twice = rules.open_case(call.tx, item["code"], beneficiary)
    reasons += [twice] if twice else []
    papers = documents.judge(
        guide,
        application.documents,
        application.deferred_documents,
        committed=committed or application.commitment is not None,
        elsewhere={
            *elsewhere,
            *_of_children(item["code"]),
            *_not_now(call, item["code"], application, beneficiary),
        },
        at=at,
    )
    reasons += papers.reasons
    reasons += documents.commitment(call, guide, application, beneficiary, at)
    reasons += regions.judge(guide, application.region, at)
    delivery = application.delivery
    if delivery is not None and delivery.method == "courier" and not (delivery.address or "").strip():
        reasons.append(Reason("请填写寄送地址", "MISSING", f"{at}/delivery/address"))
    ordered = call.context.faults.refusal(item["code"])
    reasons += [Reason(ordered, "BY_DEPARTMENT", at)] if ordered else []
    return Verdict(tuple(reasons), papers.deferred, documents.lacks(guide, application.documents, reasons))


def _not_now(call: Call, code: str, application: Application, beneficiary: Row) -> set[str]:
    """Roles of papers that are wanted only `when` a field has one of some values, and it has another; and of
    those that stand in a register (`known_by`)."""
    given = {name: value.text() for name, value in application.fields.items()}
    who = views.Who(call.tx, call.today, code, beneficiary, holdings.company(call))
    papers = offer.entry(code)["documents"]
    other = {
        each["role"]
        for each in papers
        for field, values in each.get("when", {}).items()
        if given.get(field) not in values
    }
    return other | {
        each["role"] for each in papers if "known_by" in each and views.rows(who, each["known_by"])
    }


def _of_children(code: str) -> set[str]:
    """Roles of a bundle's papers that only some of its items want: those miss them, where they are filed."""
    return {each["role"] for each in offer.entry(code)["documents"] if each.get("for_children")}
