"""Cases 办件 in the database: made, moved from state to state with their history, shown without a person."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..db import Row, Tx
from ..wire import Json, dump, stamp
from .operations import Call

CONFIRM_NEXT = "身份还要确认：请用津心办扫码，或带身份证到任一自助终端确认，确认后即受理"
ACCEPTED_NEXT = "已受理，请留意办理进度"
REFUSED_NEXT = "这一项没有受理：请按原因补齐材料，在任一自助终端用办件编号补交后接着办"
NOT_MENDED_NEXT = "这一项没有受理：请按原因到窗口改，或重新单独办理"
PARTLY_NEXT = "其中有的事项没有受理，其余已受理：怎么办，看没有受理的那一项"


@dataclass(frozen=True)
class Filing:
    """What is to become a case. `settled`: the applicant is identified as well as the item wants.

    `wanted` names the roles of documents that may still come, until `due` (ISO date); `reasons` say why it is
    refused, which only a child of a bundle is: then those that would mend it.
    """

    item: Row
    applicant: Row
    beneficiary: Row
    fields: int
    body: Json
    settled: bool = True
    wanted: tuple[str, ...] = ()
    due: str | None = None
    reasons: tuple[str, ...] = ()
    parent: str | None = None


def file(call: Call, filing: Filing, *, later: bool = False) -> str:
    """Make the case; its number. `later`: its state is for `begin` to say, when its children are there."""
    last = call.tx.one("SELECT coalesce(max(serial), 0) AS serial FROM cases")
    serial = (last["serial"] if last else 0) + 1
    case_no = f"SB{call.today:%Y%m%d}{serial:06d}"
    call.tx.run(
        "INSERT INTO cases (case_no, serial, key, item, terminal, applicant, beneficiary, state, "
        "accepted_at, fields, sealed, body, parent, wanted, due, reasons) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 'received', ?, ?, ?, ?, ?, ?, ?, ?)",
        case_no,
        serial,
        call.key,
        filing.item["code"],
        call.caller.terminal,
        filing.applicant["id"],
        filing.beneficiary["id"],
        call.now,
        filing.fields,
        int(call.sealed),
        dump(filing.body),
        filing.parent,
        dump(list(filing.wanted)),
        filing.due,
        dump(list(filing.reasons)),
    )
    _remember(call, case_no, "received", "平台收到申请")
    if not later:
        begin(call, case_no, filing)
    return case_no


def begin(call: Call, case_no: str, filing: Filing) -> None:
    """The first state of a new case."""
    if filing.reasons:
        move(call, case_no, "refused")
    elif filing.settled:
        settle(call, case_no)
    else:
        move(call, case_no, "identity-to-confirm")


def row(tx: Tx, case_no: str) -> Row:
    """A case that is there."""
    found = tx.one("SELECT * FROM cases WHERE case_no = ?", case_no)
    assert found is not None, "the caller has seen it"  # noqa: S101
    return found


def children(tx: Tx, case_no: str) -> list[Row]:
    """Those of a bundle, in their order."""
    return tx.all("SELECT * FROM cases WHERE parent = ? ORDER BY serial", case_no)


def settle(call: Call, case_no: str, note: str | None = None) -> None:
    """The state of a case whose applicant is known: by what is still wanted, and by its children."""
    case = row(call.tx, case_no)
    states = {child["state"] for child in children(call.tx, case_no)}
    if states == {"withdrawn"}:
        state = "withdrawn"
    elif "refused" in states:
        state = "supplement-needed"
    elif case["wanted"] != "[]" or "accepted-with-deferral" in states:
        state = "accepted-with-deferral"
    else:
        state = "accepted"
    if state != case["state"]:
        move(call, case_no, state, note)


def move(call: Call, case_no: str, state: str, note: str | None = None, next_: str | None = None) -> None:
    """Into `state`, with a line of history; `next_` in place of what the state says to the citizen."""
    case = row(call.tx, case_no)
    call.tx.run(
        "UPDATE cases SET state = ?, next = ? WHERE case_no = ?", state, next_ or _next(case, state), case_no
    )
    _remember(call, case_no, state, note)
    if case["parent"] is not None and row(call.tx, case["parent"])["state"] not in {
        "received",
        "identity-to-confirm",
    }:
        settle(call, case["parent"])


def _next(case: Row, state: str) -> str | None:
    if state == "accepted-with-deferral":
        return f"已受理，请在 {case['due']} 前补交还缺的材料" if case["due"] else ACCEPTED_NEXT
    return {
        "identity-to-confirm": CONFIRM_NEXT,
        "accepted": ACCEPTED_NEXT,
        "refused": NOT_MENDED_NEXT if case["wanted"] == "[]" else REFUSED_NEXT,
        "supplement-needed": PARTLY_NEXT,
        "withdrawn": "已撤回；需要时可以重新申请",
        "done": "已办结",
    }.get(state)


def _remember(call: Call, case_no: str, state: str, note: str | None) -> None:
    call.tx.run(
        "INSERT INTO case_history SELECT ?, count(*), ?, ?, ? FROM case_history WHERE case_no = ?",
        case_no,
        call.now,
        state,
        note,
        case_no,
    )


def as_json(tx: Tx, case_no: str) -> Json:
    """The contract's Case; it has no personal data."""
    case = row(tx, case_no)
    history = []
    for step in tx.all(
        "SELECT at, state, note FROM case_history WHERE case_no = ? ORDER BY position", case_no
    ):
        entry = {"at": stamp(step["at"]), "state": step["state"]}
        history.append(entry if step["note"] is None else {**entry, "note": step["note"]})
    body: dict[str, Json] = {
        "case_no": case_no,
        "item": case["item"],
        "state": case["state"],
        "accepted_at": stamp(case["accepted_at"]),
        "history": history,
    }
    item = tx.one("SELECT guide FROM items WHERE code = ?", case["item"])
    promised = json.loads(item["guide"]).get("promised_working_days") if item else None
    if promised is not None:
        body["promised_working_days"] = promised
    wanted = json.loads(case["wanted"])
    if wanted:
        body["deferral"] = {"documents": wanted} | ({"due": case["due"]} if case["due"] else {})
    more = {
        "children": [as_json(tx, child["case_no"]) for child in children(tx, case_no)],
        "reasons": json.loads(case["reasons"]),
        "certificate": case["certificate"],
        "next": case["next"],
    }
    return body | {name: value for name, value in more.items() if value}
