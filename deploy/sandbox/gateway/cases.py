"""Applications become cases 办件: filed once, found again by number, by slip, by person."""

from __future__ import annotations

import json

from .. import ledger
from ..db import Row, Tx
from ..wire import Json, Problem, Reason, dump, refused, stamp
from . import rules
from .bodies import Application
from .content import ITEM
from .operations import LEVELS, TERMINAL, VISIT, Call, Operation, Reply

CONFIRM_NEXT = "身份还要确认：请用津心办扫码，或带身份证到任一自助终端确认，确认后即受理"
ACCEPTED_NEXT = "已受理，请留意办理进度"


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
    reasons += rules.conditions(item["code"], beneficiary, call.today)
    for name in rules.REQUIRED.get(item["code"], ()):
        if name not in application.fields or not application.fields[name].text():
            reasons.append(Reason("缺少必填的内容", "MISSING", f"/fields/{name}"))
    twice = rules.open_case(call.tx, item["code"], beneficiary)
    reasons += [twice] if twice else []
    if reasons:
        raise refused(*reasons, detail="申请没有受理")
    enough = LEVELS[application.identity.level] >= LEVELS[item["level"]]
    settled = application.identity.confirmed and enough
    case_no = _file(call, item, application, applicant, beneficiary, settled=settled)
    ledger.effect(call.tx, call.now, "submitApplication", call.key, case_no)
    return Reply(201, _case(call.tx, case_no))


def _file(
    call: Call, item: Row, application: Application, applicant: Row, beneficiary: Row, *, settled: bool
) -> str:
    last = call.tx.one("SELECT coalesce(max(serial), 0) AS serial FROM cases")
    serial = (last["serial"] if last else 0) + 1
    case_no = f"SB{call.today:%Y%m%d}{serial:06d}"
    state = "accepted" if settled else "identity-to-confirm"
    call.tx.run(
        "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        case_no,
        serial,
        call.key,
        item["code"],
        call.caller.terminal,
        applicant["id"],
        beneficiary["id"],
        state,
        ACCEPTED_NEXT if settled else CONFIRM_NEXT,
        call.now,
        len(application.fields),
        int(call.sealed),
        dump(call.body),
    )
    _remember(call, case_no, "received", "平台收到申请")
    _remember(call, case_no, state, None)
    return case_no


def _remember(call: Call, case_no: str, state: str, note: str | None) -> None:
    call.tx.run(
        "INSERT INTO case_history SELECT ?, count(*), ?, ?, ? FROM case_history WHERE case_no = ?",
        case_no,
        call.now,
        state,
        note,
        case_no,
    )


def _case(tx: Tx, case_no: str) -> Json:
    """The contract's Case; it has no personal data."""
    row = tx.one("SELECT * FROM cases WHERE case_no = ?", case_no)
    assert row is not None, "the caller has seen it"  # noqa: S101
    history = []
    for step in tx.all(
        "SELECT at, state, note FROM case_history WHERE case_no = ? ORDER BY position", case_no
    ):
        entry = {"at": stamp(step["at"]), "state": step["state"]}
        history.append(entry if step["note"] is None else {**entry, "note": step["note"]})
    body = {
        "case_no": case_no,
        "item": row["item"],
        "state": row["state"],
        "accepted_at": stamp(row["accepted_at"]),
        "history": history,
    }
    return body if row["next"] is None else {**body, "next": row["next"]}


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
    case = call.tx.one("SELECT case_no, state, next FROM cases WHERE key = ?", key)
    if case is None:
        return Reply(200, {"state": "accepted"})
    told = {"identity-to-confirm": "identity-to-confirm", "refused": "refused", "withdrawn": "refused"}
    answer = {"state": told.get(case["state"], "accepted"), "case_no": case["case_no"]}
    return Reply(200, answer if case["next"] is None else {**answer, "next": case["next"]})


def mine(call: Call) -> Reply:
    """The citizen's cases, their own and those they filed for others; newest first."""
    person = call.person()
    rows = call.tx.all(
        "SELECT case_no FROM cases WHERE applicant = ? OR beneficiary = ? ORDER BY serial DESC",
        person["id"],
        person["id"],
    )
    return Reply(200, [_case(call.tx, row["case_no"]) for row in rows])


def _found(call: Call) -> Row:
    """The case of the path, if the caller has to do with it. Raises Problem 404."""
    row = call.tx.one("SELECT * FROM cases WHERE case_no = ?", call.params["id"])
    who = call.caller
    concerned = row is not None and (
        who.person in {row["applicant"], row["beneficiary"]}
        if who.person
        else who.terminal == row["terminal"]
    )
    if row is None or not concerned:
        raise Problem(404, "NO_CASE", "No such case", "没有查到这个办件")
    return row


def one(call: Call) -> Reply:
    """One case: to the citizen their own, to a terminal those it filed."""
    return Reply(200, _case(call.tx, _found(call)["case_no"]))


def confirm(call: Call) -> Reply:
    """The applicant, now identified as well as the item wants, confirms what was queued offline."""
    row = _found(call)
    item = call.tx.one("SELECT level FROM items WHERE code = ?", row["item"])
    assert item is not None, "a foreign key"  # noqa: S101
    if call.person(item["level"])["id"] != row["applicant"]:
        raise Problem(403, "NOT_YOURS", "Not the applicant", "只能由申请人本人确认")
    if row["state"] != "identity-to-confirm":
        raise Problem(409, "CONFLICT", "Nothing to confirm", "这个办件不需要确认身份")
    call.tx.run(
        "UPDATE cases SET state = 'accepted', next = ? WHERE case_no = ?", ACCEPTED_NEXT, row["case_no"]
    )
    _remember(call, row["case_no"], "accepted", "申请人已确认身份")
    ledger.effect(call.tx, call.now, "confirmIdentity", call.key, row["case_no"])
    return Reply(200, _case(call.tx, row["case_no"]))


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
