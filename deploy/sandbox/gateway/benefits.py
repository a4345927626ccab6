"""免申即享: what comes without applying; where only the account is missing, it is confirmed (samples)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from .. import ledger
from ..db import Row
from ..wire import Json, Problem, Reason, refused
from . import entitled, rules
from .bodies import Account
from .filing import Filing, as_json, file
from .operations import VISIT, Call, Operation, Reply

ONLY_VISIT = frozenset({VISIT})
CONFIRM = entitled.CONFIRM


def _years(call: Call, person: Row) -> int:
    return rules.age(date.fromisoformat(person["birth"]), call.today)


def _allowance(call: Call, person: Row) -> Json | None:
    if _years(call, person) < rules.ALLOWANCE_AGE or not person["domicile"].startswith("12"):
        return None
    drawing = person["allowance_since"] is not None
    if not drawing and rules.open_case(call.tx, rules.ALLOWANCE, person) is not None:
        return None
    missing = "can-apply" if person["bank_card"] else "needs-account"
    return {
        "policy": {"id": "sample-allowance", "title": "高龄津贴（演示数据）", "items": [rules.ALLOWANCE]},
        "result": "will-receive" if drawing else missing,
        "reasons": [f"年满 {rules.ALLOWANCE_AGE} 周岁的本市户籍老年人"],
    }


def _checkup(call: Call, person: Row) -> Json | None:
    if _years(call, person) < 65:
        return None
    return {
        "policy": {"id": "sample-checkup", "title": "老年人健康体检（演示数据）", "no_application": True},
        "result": "will-receive",
        "reasons": ["年满 65 周岁，由社区卫生服务中心通知，不用申请"],
    }


BENEFITS: list[Callable[[Call, Row], Json | None]] = [_allowance, _checkup, *entitled.BENEFITS]
"""Each answers the contract's Match for this person, or None. One that can be confirmed has `needs-account`
as its result and, first of `policy.items`, the item that the case is of."""


def _all(call: Call, person: Row) -> list[Json]:
    return [match for benefit in BENEFITS if (match := benefit(call, person)) is not None]


def benefits(call: Call) -> Reply:
    """What there is for whoever stands there."""
    return Reply(200, _all(call, call.person()))


def confirm(call: Call) -> Reply:
    """The account for a benefit that waits for nothing else; a case comes of it."""
    person = call.person(call.item(CONFIRM)["level"])
    match = next((one for one in _all(call, person) if one["policy"]["id"] == call.params["id"]), None)
    if match is None:
        raise Problem(404, "NO_BENEFIT", "No such benefit", "没有查到这项待遇")
    if match["result"] != "needs-account":
        raise Problem(409, "CONFLICT", "Nothing to confirm", "这项待遇不需要补充收款账户")
    account = call.decode(Account).account.text()
    if not re.fullmatch(r"\d{8,30}", account, re.ASCII):
        raise refused(Reason("请核对收款账号", "ACCOUNT", "/account/value"), detail="没有确认")
    case_no = file(call, Filing(call.item(match["policy"]["items"][0]), person, person, 1, call.body))
    ledger.effect(call.tx, call.now, "confirmBenefit", call.key, case_no)
    return Reply(201, as_json(call.tx, case_no))


OPERATIONS = (
    Operation("listBenefits", "GET", "/benefits", benefits, ONLY_VISIT),
    Operation("confirmBenefit", "POST", "/benefits/<id>/confirm", confirm, ONLY_VISIT, body=True, keyed=True),
)
