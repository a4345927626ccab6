"""What citizens say about it: 好差评 ratings, and 办不成事 and 12345 escalations with a ticket back."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from .. import ledger
from ..db import Tx
from ..wire import Json, Problem, Reason, dump, refused
from .bodies import Escalation, Rating
from .operations import Call, Operation, Reply

ANSWER_WORKING_DAYS = 5
"""A complex 办不成事 is answered in five working days (Tianjin Binhai, 2021: catalogue README, 2.5)."""


def working_day_after(tx: Tx, start: date, count: int) -> date:
    """The `count`-th working day after `start`, by the week and the calendar's exceptions."""
    exceptions = tx.all("SELECT code, label FROM codes WHERE list = 'calendar'")
    marks = {row["code"]: row["label"] for row in exceptions}
    day = start
    while count:
        day += timedelta(days=1)
        mark = marks.get(day.isoformat())
        if mark == "班" or (mark is None and day.weekday() < 5):
            count -= 1
    return day


def rate(call: Call) -> Reply:
    """Once a case; a slip counts as the case that came of it."""
    rating = call.decode(Rating)
    case_no = rating.case_no
    if case_no is not None and call.tx.one("SELECT 1 AS yes FROM cases WHERE case_no = ?", case_no) is None:
        raise refused(Reason("没有查到这个办件", "NO_CASE", "/case_no"), detail="评价没有记录")
    slip = rating.slip.lower() if rating.slip else None
    if slip is not None and case_no is None:
        row = call.tx.one("SELECT case_no FROM cases WHERE key = ?", slip)
        case_no = row["case_no"] if row else None
    if call.tx.one("SELECT 1 AS yes FROM ratings WHERE case_no = ? OR slip = ?", case_no, slip) is not None:
        raise refused(Reason("这个办件已经评价过了", "RATED", "/case_no"), detail="评价没有记录")
    number = uuid.uuid4().hex
    call.tx.run(
        "INSERT INTO ratings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        call.key,
        call.caller.terminal,
        rating.item,
        case_no,
        slip,
        rating.level,
        dump(rating.reasons),
        rating.comment,
        call.now,
    )
    ledger.effect(call.tx, call.now, "rate", call.key, number)
    return Reply(201, {"id": number})


def escalate(call: Call) -> Reply:
    """A ticket, and by when it is answered."""
    wish = call.decode(Escalation)
    last = call.tx.one("SELECT coalesce(max(serial), 0) AS serial FROM escalations")
    serial = (last["serial"] if last else 0) + 1
    ticket = f"TK{call.today:%Y%m%d}{serial:06d}"
    promised = working_day_after(call.tx, call.today, ANSWER_WORKING_DAYS).isoformat()
    call.tx.run(
        "INSERT INTO escalations VALUES (?, ?, ?, ?, ?, 'received', ?, ?, ?, ?, ?, ?, ?, NULL)",
        ticket,
        serial,
        call.key,
        call.caller.terminal,
        wish.kind,
        promised,
        wish.item,
        wish.step,
        wish.error,
        wish.words,
        wish.contact,
        call.now,
    )
    ledger.effect(call.tx, call.now, "escalate", call.key, ticket)
    return Reply(201, _ticket(call.tx, ticket))


def _ticket(tx: Tx, ticket: str) -> Json:
    row = tx.one("SELECT ticket, kind, state, promised_by, answer FROM escalations WHERE ticket = ?", ticket)
    if row is None:
        raise Problem(404, "NO_TICKET", "No such ticket", "没有查到这个工单")
    return {name: value for name, value in row.items() if value is not None}


def ticket(call: Call) -> Reply:
    """How far it is."""
    return Reply(200, _ticket(call.tx, call.params["id"]))


OPERATIONS = (
    Operation("rate", "POST", "/ratings", rate, body=True, keyed=True, sealed=True),
    Operation("escalate", "POST", "/escalations", escalate, body=True, keyed=True, sealed=True),
    Operation("getTicket", "GET", "/escalations/<id>", ticket),
)
