"""What comes after an application: withdrawn, or supplemented 补正, by the citizen or from an outbox."""

from __future__ import annotations

import json

import msgspec

from .. import ledger
from ..db import Row
from ..wire import Problem, Reason, dump, refused
from . import bundles, documents, filing, rules
from .bodies import Application, Document, Supplement
from .cases import ONLY_VISIT, concerned
from .operations import Call, Operation, Reply

REFUSED = "补交没有受理"
UNSORTED = "deferred"
"""The role of what was photographed without a network, where the case's list could not be had: the department
sorts it, and the city takes it for what is wanted."""


def withdraw(call: Call) -> Reply:
    """The citizen takes a case back, with what is under it, as long as it is not over."""
    row = concerned(call)
    if row["state"] not in rules.OPEN_STATES:
        raise Problem(409, "CONFLICT", "The case is over", "这个办件已经结束，不能撤回")
    for child in filing.children(call.tx, row["case_no"]):
        if child["state"] in rules.OPEN_STATES:
            filing.move(call, child["case_no"], "withdrawn", "随“一件事”撤回")
    if filing.row(call.tx, row["case_no"])["state"] != "withdrawn":
        filing.move(call, row["case_no"], "withdrawn", "申请人撤回")
    ledger.effect(call.tx, call.now, "withdrawCase", call.key, row["case_no"])
    return Reply(200, filing.as_json(call.tx, row["case_no"]))


def _case(call: Call) -> Row:
    """The case of the path. What an outbox sends may have been filed by another terminal: it is signed."""
    if not call.sealed:
        return concerned(call)
    row = call.tx.one("SELECT * FROM cases WHERE case_no = ?", call.params["id"])
    if row is None:
        raise Problem(404, "NO_CASE", "No such case", "没有查到这个办件")
    return row


def _again(call: Call, row: Row, given: Supplement) -> tuple[str, ...]:
    """Hold a refused child against its item once more; what is still wanted. Raises Problem 422."""
    known = msgspec.convert(json.loads(row["body"]), Application)
    roles = {document.role for document in given.documents}
    application = bundles.replace_application(
        known,
        fields={**known.fields, **given.fields},
        documents=[*given.documents, *(one for one in known.documents if one.role not in roles)],
    )
    beneficiary = call.tx.one("SELECT * FROM persons WHERE id = ?", row["beneficiary"])
    assert beneficiary is not None, "a foreign key"  # noqa: S101
    item = call.item(row["item"])
    parent = call.tx.one("SELECT body FROM cases WHERE case_no = ?", row["parent"])
    assert parent is not None, "a foreign key"  # noqa: S101
    bundle = msgspec.convert(json.loads(parent["body"]), Application)
    verdict = bundles.judge_child(call, bundle, item, application, beneficiary)
    reasons = list(verdict.reasons)
    if not item["enabled"]:
        reasons.append(Reason(item["reason"], "CLOSED"))
    if reasons:
        raise refused(*reasons, detail=REFUSED)
    call.tx.run(
        "UPDATE cases SET body = ?, fields = ?, reasons = '[]', due = ? WHERE case_no = ?",
        dump(msgspec.to_builtins(application)),
        len(application.fields),
        documents.due(call.tx, item, call.today) if verdict.deferred else None,
        row["case_no"],
    )
    return verdict.deferred


def _brought(call: Call, row: Row, given: list[Document]) -> tuple[str, ...]:
    """What is still wanted of a case after these. Raises Problem 422."""
    wanted = json.loads(row["wanted"])
    if row["state"] not in {"accepted-with-deferral", "supplement-needed"} or not wanted:
        raise refused(Reason("这个办件没有要补交的材料", "NOTHING_WANTED"), detail=REFUSED)
    if row["due"] is not None and call.today.isoformat() > row["due"]:
        raise refused(
            Reason(f"补交期限 {row['due']} 已过", "OVERDUE", instead="请到受理窗口办理"), detail=REFUSED
        )
    reasons = documents.damaged(given)
    roles = {document.role for document in given}
    if UNSORTED in roles:
        roles |= set(wanted)
    if not roles & set(wanted):
        reasons.append(Reason("没有收到要补交的材料", "NOT_WANTED", "/documents"))
    if reasons:
        raise refused(*reasons, detail=REFUSED)
    return tuple(role for role in wanted if role not in roles)


def supplement(call: Call) -> Reply:
    """Documents that were deferred or asked for; or what a refused child of a bundle still needs."""
    row = _case(call)
    given = call.decode(Supplement)
    again = row["state"] == "refused" and row["parent"] is not None
    wanted = _again(call, row, given) if again else _brought(call, row, given.documents)
    call.tx.run(
        "INSERT INTO supplements VALUES (?, ?, ?, ?, ?, ?, ?)",
        call.key,
        row["case_no"],
        call.caller.terminal,
        dump([document.role for document in given.documents]),
        int(call.sealed),
        dump(call.body),
        call.now,
    )
    call.tx.run("UPDATE cases SET wanted = ? WHERE case_no = ?", dump(list(wanted)), row["case_no"])
    if again and filing.row(call.tx, row["parent"])["state"] == "identity-to-confirm":
        filing.move(call, row["case_no"], "identity-to-confirm", "收到补交的材料")
    elif row["state"] == "supplement-needed" and not wanted:
        filing.move(call, row["case_no"], "in-progress", "收到补交的材料")
    elif row["state"] != "supplement-needed":
        filing.settle(call, row["case_no"], "收到补交的材料")
    ledger.effect(call.tx, call.now, "supplementCase", call.key, row["case_no"])
    return Reply(201, filing.as_json(call.tx, row["case_no"]))


OPERATIONS = (
    Operation("withdrawCase", "DELETE", "/cases/<id>", withdraw, ONLY_VISIT, keyed=True),
    Operation(
        "supplementCase", "POST", "/cases/<id>/supplements", supplement, body=True, keyed=True, sealed=True
    ),
)
