"""An application held against its item: conditions, fields, documents, commitment, region, delivery."""

from __future__ import annotations

import json

from ..db import Row
from ..wire import Reason
from . import documents, regions, rules
from .bodies import Application
from .conditions import conditions
from .documents import Verdict
from .operations import Call


def judge(call: Call, item: Row, application: Application, beneficiary: Row, at: str = "") -> Verdict:
    """Every reason at once. `at`: where the application stands in the body (JSON Pointer)."""
    guide = json.loads(item["guide"])
    reasons = conditions(call, item["code"], beneficiary)
    for name in rules.REQUIRED.get(item["code"], ()):
        if name not in application.fields or not application.fields[name].text():
            reasons.append(Reason("缺少必填的内容", "MISSING", f"{at}/fields/{name}"))
    twice = rules.open_case(call.tx, item["code"], beneficiary)
    reasons += [twice] if twice else []
    committed = application.commitment is not None
    papers = documents.judge(
        guide, application.documents, application.deferred_documents, committed=committed, at=at
    )
    reasons += papers.reasons
    reasons += documents.commitment(call, guide, application, beneficiary, at)
    reasons += regions.judge(guide, application.region, at)
    delivery = application.delivery
    if delivery is not None and delivery.method == "courier" and not (delivery.address or "").strip():
        reasons.append(Reason("请填写寄送地址", "MISSING", f"{at}/delivery/address"))
    ordered = call.context.faults.refusal(item["code"])
    reasons += [Reason(ordered, "BY_DEPARTMENT", at)] if ordered else []
    return Verdict(tuple(reasons), papers.deferred)
