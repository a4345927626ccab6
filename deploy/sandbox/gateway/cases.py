"""Applications become cases 办件: filed once, found again by number, by slip, by person."""

from __future__ import annotations

import json

from .. import ledger
from ..db import Row, Tx
from ..wire import Problem, Reason, refused
from . import bundles, documents, filing, judging, rules
from .bodies import Application
from .content import ITEM
from .filing import as_json
from .operations import LEVELS, TERMINAL, VISIT, Call, Operation, Reply


def _by_number(tx: Tx, number: str, name: str) -> Row | None:
    row = tx.one("SELECT * FROM persons WHERE id_number = ?", number)
    return row if row is not None and name in {"", row["name"]} else None


def _applicant(call: Call, application: Application) -> Row | None:
    """Who applies: by the visit's token, by the card in the seal, by the fields unless for somebody else."""
    if call.caller.person is not None:
        return call.person()
    card = application.identity.card
    if card.get("id_number"):
        return _by_number(call.tx, str(card["id_number"]), str(card.get("name", "")))
    if application.proxy is None and "resident_id_number" in application.fields:
        name = application.fields.get("person_name")
        number = application.fields["resident_id_number"].text()
        return _by_number(call.tx, number, name.text() if name else "")
    return None


def _parties(call: Call, application: Application) -> tuple[Row, Row, list[Reason]]:
    """Applicant, beneficiary, and what is wrong between the two. Raises Problem 422 when one is unknown."""
    applicant = _applicant(call, application)
    if applicant is None:
        raise refused(
            Reason("没有查到申请人的身份信息，或姓名与号码不符", "PERSON_UNKNOWN", "/identity"),
            detail="申请没有受理",
        )
    if application.proxy is None:
        return applicant, applicant, []
    principal = application.proxy.principal
    number = principal["resident_id_number"].text() if "resident_id_number" in principal else ""
    name = principal["person_name"].text() if "person_name" in principal else ""
    beneficiary = _by_number(call.tx, number, name)
    if beneficiary is None:
        raise refused(
            Reason("没有查到被代办人的身份信息，或姓名与号码不符", "PRINCIPAL_UNKNOWN", "/proxy/principal"),
            detail="申请没有受理",
        )
    wrong = rules.may_act(call.tx, applicant, beneficiary, application.item, call.today)
    return applicant, beneficiary, [wrong] if wrong else []


def submit(call: Call) -> Reply:
    """File it, or refuse it with every reason."""
    item = call.item()
    application = call.decode(Application)
    if application.item != item["code"]:
        raise Problem(
            400, "BAD_BODY", "item is not that of the path", errors=(Reason("item", field="/item"),)
        )
    if not item["enabled"]:
        raise refused(Reason(item["reason"], "CLOSED"), detail="申请没有受理")
    applicant, beneficiary, reasons = _parties(call, application)
    verdict = judging.judge(call, item, application, beneficiary)
    reasons += [*bundles.shape(application), *verdict.reasons]
    children = [] if reasons else bundles.judge(call, application, beneficiary)
    if children and all(child.verdict.reasons for child in children):
        reasons += [reason for child in children for reason in child.verdict.reasons]
    if reasons:
        raise refused(*reasons, detail="申请没有受理")
    enough = LEVELS[application.identity.level] >= LEVELS[item["level"]]
    whole = filing.Filing(
        item,
        applicant,
        beneficiary,
        len(application.fields),
        call.body,
        settled=application.identity.confirmed and enough,
        wanted=verdict.deferred,
        due=documents.due(call.tx, item, call.today) if verdict.deferred else None,
    )
    case_no = filing.file(call, whole, later=bool(children))
    if children:
        bundles.submit(call, case_no, whole, children)
    ledger.effect(call.tx, call.now, "submitApplication", call.key, case_no)
    return Reply(201, as_json(call.tx, case_no))


def slip(call: Call) -> Reply:
    """What became of a queued submission, by its key; nothing personal."""
    key = call.params["id"].lower()
    row = call.tx.one("SELECT status, answer FROM idempotency WHERE key = ?", key)
    if row is None:
        return Reply(200, {"state": "not-received"})
    if row["status"] is None:
        return Reply(200, {"state": "in-progress"})
    if row["status"] == 422:
        errors = json.loads(row["answer"]).get("errors", [])
        return Reply(200, {"state": "refused", "reasons": [error["message"] for error in errors]})
    case = call.tx.one(
        "SELECT case_no, state, next FROM cases WHERE (parent IS NULL AND key = ?) "
        "OR case_no = (SELECT case_no FROM supplements WHERE key = ?)",
        key,
        key,
    )
    if case is None:
        row = call.tx.one("SELECT ticket FROM escalations WHERE key = ?", key)
        told_next = {"next": f"工单编号 {row['ticket']}，可以在任一自助终端查询进度"} if row else {}
        return Reply(200, {"state": "accepted", **told_next})
    told = {"identity-to-confirm": "identity-to-confirm", "refused": "refused", "withdrawn": "refused"}
    answer = {"state": told.get(case["state"], "accepted"), "case_no": case["case_no"]}
    return Reply(200, answer if case["next"] is None else {**answer, "next": case["next"]})


_FOR = (
    "json_extract(coalesce((SELECT whole.body FROM cases AS whole WHERE whole.case_no = cases.parent), body)"
    ", '$.identity.handler.business')"
)
"""The legal person that a case was filed for; of a child of a bundle, the bundle's."""


def mine(call: Call) -> Reply:
    """The citizen's cases, their own and those they filed for others, and those of the legal person that they
    act for, whoever filed them; newest first."""
    person = call.person()
    rows = call.tx.all(
        f"SELECT case_no FROM cases WHERE applicant = ? OR beneficiary = ? OR {_FOR} = ? "  # noqa: S608 - ours
        "ORDER BY serial DESC",
        person["id"],
        person["id"],
        call.caller.business,
    )
    return Reply(200, [as_json(call.tx, row["case_no"]) for row in rows])


def concerned(call: Call) -> Row:
    """The case of the path, if the caller has to do with it. Raises Problem 404."""
    row = call.tx.one(f"SELECT *, {_FOR} AS business FROM cases WHERE case_no = ?", call.params["id"])  # noqa: S608
    who = call.caller
    theirs = row is not None and (
        who.person in {row["applicant"], row["beneficiary"]}
        or (who.business is not None and who.business == row["business"])
        if who.person
        else who.terminal == row["terminal"]
    )
    if row is None or not theirs:
        raise Problem(404, "NO_CASE", "No such case", "没有查到这个办件")
    return row


def one(call: Call) -> Reply:
    """One case: to the citizen their own, to a terminal those it filed."""
    return Reply(200, as_json(call.tx, concerned(call)["case_no"]))


def confirm(call: Call) -> Reply:
    """The applicant, now identified as well as the item wants, confirms what was queued offline."""
    row = concerned(call)
    item = call.tx.one("SELECT level FROM items WHERE code = ?", row["item"])
    assert item is not None, "a foreign key"  # noqa: S101
    if call.person(item["level"])["id"] != row["applicant"]:
        raise Problem(403, "NOT_YOURS", "Not the applicant", "只能由申请人本人确认")
    if row["state"] != "identity-to-confirm":
        raise Problem(409, "CONFLICT", "Nothing to confirm", "这个办件不需要确认身份")
    for child in filing.children(call.tx, row["case_no"]):
        if child["state"] == "identity-to-confirm":
            filing.settle(call, child["case_no"], "申请人已确认身份")
    filing.settle(call, row["case_no"], "申请人已确认身份")
    ledger.effect(call.tx, call.now, "confirmIdentity", call.key, row["case_no"])
    return Reply(200, as_json(call.tx, row["case_no"]))


ONLY_VISIT = frozenset({VISIT})
OPERATIONS = (
    Operation(
        "submitApplication", "POST", ITEM + "/applications", submit, body=True, keyed=True, sealed=True
    ),
    Operation("getSlip", "GET", "/slips/<id>", slip, frozenset({TERMINAL})),
    Operation("listCases", "GET", "/cases", mine, ONLY_VISIT),
    Operation("getCase", "GET", "/cases/<id>", one),
    Operation("confirmIdentity", "POST", "/cases/<id>/identity", confirm, ONLY_VISIT, keyed=True),
)
