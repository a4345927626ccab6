"""The control page, for what is asked of the city: the phone with its code, the payer, the department."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, jsonify

from .context import Context
from .gateway import certificates, filing, payments, uploads
from .gateway.operations import Call
from .identity.tokens import Caller
from .wire import Json, dump, stamp

Wish = dict[str, Any]
Kind = TypeVar("Kind")
MOST_SECONDS = 30 * 86400
CASE_STATES = ("in-progress", "supplement-needed", "done", "refused")
CONTROL = "control-"
"""What the control page put into a register begins with this: a reset takes it out again."""
TICKET_STATES = ("received", "classified", "dispatched", "answered", "verified", "filed")


def _of(wish: Wish, name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    """A member of the wish. Raises ValueError where it is of another kind, or missing without a default."""
    value = wish.get(name, default)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name}: {kind.__name__} is needed")
    return value


def _seconds(wish: Wish, default: float) -> float:
    value = wish.get("seconds", default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_SECONDS:
        raise ValueError(f"seconds: 0 to {MOST_SECONDS}")
    return float(value)


def phone_codes(context: Context) -> Json:
    """What was sent to phones, newest first: the phone's own view."""
    with context.db.transaction() as tx:
        rows = tx.all("SELECT * FROM phone_codes ORDER BY sent_at DESC, rowid DESC")
    return [
        {
            "id": row["id"],
            "phone": row["phone"],
            "code": row["code"],
            "terminal": row["terminal"],
            "tries_left": row["tries_left"],
            "verified": row["verified_at"] is not None,
            "expires_at": stamp(row["expires_at"]),
        }
        for row in rows
    ]


def _pictures(body: str) -> list[dict[str, str]]:
    """Role and hash of each page that came: of what is really there, not of what was said of it."""
    return [
        {"role": one["role"], "sha256": hashlib.sha256(base64.b64decode(one["content"])).hexdigest()}
        for one in json.loads(body).get("documents") or []
    ]


def filed(context: Context, number: str) -> Json:
    """What a case came with, and what it still wants; nothing that a citizen typed. Raises ValueError."""
    with context.db.transaction() as tx:
        row = tx.one("SELECT * FROM cases WHERE case_no = ?", number)
        if row is None:
            raise ValueError("no such case")
        later = tx.all("SELECT body FROM supplements WHERE case_no = ? ORDER BY rowid", number)
        children = filing.children(tx, number)
    body = json.loads(row["body"])
    return {
        "case_no": number,
        "state": row["state"],
        "documents": _pictures(row["body"]),
        "supplemented": [picture for each in later for picture in _pictures(each["body"])],
        "wanted": json.loads(row["wanted"]),
        "due": row["due"],
        "committed": (body.get("commitment") or {}).get("text_sha256"),
        "region": (body.get("region") or {}).get("mode"),
        "unchecked": body.get("unchecked") or [],
        "children": [
            {"case_no": child["case_no"], "item": child["item"], "state": child["state"]}
            for child in children
        ],
    }


def paid(context: Context, number: str) -> Json:
    """A payment as the bank has it, with its bill number. Raises ValueError."""
    with context.db.transaction() as tx:
        if tx.one("SELECT 1 AS yes FROM payments WHERE id = ?", number) is None:
            raise ValueError("no such payment")
        return payments.told(tx, number)


def printed(context: Context, number: str) -> Response:
    """The very bytes of a print of a certificate; the code that it is verified by in a header.

    Raises ValueError.
    """
    with context.db.transaction() as tx:
        row = tx.one(
            "SELECT pdf, code FROM prints JOIN certificates ON certificates.id = certificate "
            "WHERE prints.id = ?",
            number,
        )
    if row is None:
        raise ValueError("no such print")
    headers = {"X-Verification-Code": certificates.shown(row["code"])}
    return Response(row["pdf"], content_type="application/pdf", headers=headers)


def put_draft(context: Context, wish: Wish) -> Json:
    """A draft as the phone would leave it. Raises ValueError."""
    number = CONTROL + uuid.uuid4().hex
    person, item = _of(wish, "person", str), _of(wish, "item", str)
    fields: Wish = _of(wish, "fields", dict, {})
    for name, value in fields.items():
        if not isinstance(value, dict) or not {"value", "source"} <= set(value):
            raise ValueError(f"fields.{name}: must be {{value, source}}")
    with context.db.transaction() as tx:
        if tx.one("SELECT 1 AS yes FROM persons WHERE id = ?", person) is None:
            raise ValueError("person: not in the register")
        if tx.one("SELECT 1 AS yes FROM items WHERE code = ?", item) is None:
            raise ValueError("item: not in the catalogue")
        tx.run(
            "INSERT INTO drafts VALUES (?, ?, ?, ?, ?, ?)",
            number,
            person,
            item,
            _of(wish, "flow_version", str, "1"),
            dump(fields),
            context.now() + _seconds(wish, 7 * 86400.0),
        )
    return {"id": number}


def turn_payment(context: Context, wish: Wish) -> Json:
    """The payer's or the bank's act: `{"id", "act", "then", "seconds"}`. Raises ValueError."""
    with context.db.transaction() as tx:
        return payments.turn(
            tx,
            context.now(),
            _of(wish, "id", str),
            _of(wish, "act", str),
            then=_of(wish, "then", str, "paid"),
            seconds=_seconds(wish, 0.0) if wish.get("seconds") is not None else None,
        )


def upload(context: Context, wish: Wish) -> Json:
    """What the phone does on its page: `{"token", "role", "image"}` sends a JPEG (base64), and is told the
    SHA-256 of what the terminal gets; without a role it says that this was all. Raises ValueError."""
    token = _of(wish, "token", str)
    try:
        with context.db.transaction() as tx:
            if "role" not in wish:
                uploads.finish(tx, token, context.now())
                return {"ok": True}
            image = base64.b64decode(_of(wish, "image", str))
            return {"sha256": uploads.take(tx, token, context.now(), _of(wish, "role", str), image)}
    except uploads.NotTakenError as error:
        raise ValueError(str(error)) from error


def take_slot(context: Context, wish: Wish) -> Json:
    """Somebody else takes what is left of a slot. Raises ValueError."""
    slot = _of(wish, "slot", str)
    with context.db.transaction() as tx:
        taken = tx.run(
            "UPDATE slots SET capacity = (SELECT count(*) FROM bookings WHERE slot = slots.id "
            "AND (state = 'confirmed' OR (state = 'held' AND held_until > ?))) WHERE id = ?",
            context.now(),
            slot,
        )
    if not taken:
        raise ValueError("slot: no such slot")
    return {"ok": True}


def record_dishonesty(context: Context, wish: Wish) -> Json:
    """From today on, for a year, this person has to prove. Raises ValueError."""
    person = _of(wish, "person", str)
    call = _call(context)
    with context.db.transaction() as tx:
        if tx.one("SELECT 1 AS yes FROM persons WHERE id = ?", person) is None:
            raise ValueError("person: not in the register")
        tx.run(
            "INSERT INTO dishonesties (id, person, what, since, until) VALUES (?, ?, ?, ?, ?)",
            f"{CONTROL}{uuid.uuid4().hex}",
            person,
            "承诺不实（演示数据）",
            call.today.isoformat(),
            call.today.replace(year=call.today.year + 1, day=1).isoformat(),
        )
    return {"ok": True}


def refuse(context: Context, wish: Wish) -> Json:
    """The department refuses the next applications for an item. Raises ValueError."""
    count = _of(wish, "count", int, 1)
    if count < 1:
        raise ValueError("count: a whole number from 1")
    context.faults.refuse(_of(wish, "item", str), _of(wish, "message", str, "现场条件不具备（演示）"), count)
    return {"ok": True}


def _call(context: Context, tx: Any = None) -> Call:
    return Call(context, tx, Caller("", ""), {}, {})


def judge(context: Context, wish: Wish) -> Json:
    """The department moves a case: `{"case_no", "state", "note", "documents", "certificate"}`.

    Raises ValueError.
    """
    number, state = _of(wish, "case_no", str), _of(wish, "state", str)
    if state not in CASE_STATES:
        raise ValueError(f"state: one of {', '.join(CASE_STATES)}")
    note: str | None = wish.get("note")
    documents: list[str] = _of(wish, "documents", list, [])
    with context.db.transaction() as tx:
        row = tx.one("SELECT * FROM cases WHERE case_no = ?", number)
        if row is None:
            raise ValueError("case_no: no such case")
        call = _call(context, tx)
        reasons = [note] if state == "refused" and note else []
        tx.run(
            "UPDATE cases SET wanted = ?, due = NULL, reasons = ? WHERE case_no = ?",
            dump(documents if state == "supplement-needed" else []),
            dump(reasons),
            number,
        )
        if state == "done" and _of(wish, "certificate", bool, False):
            item = tx.one("SELECT * FROM items WHERE code = ?", row["item"])
            person = tx.one("SELECT * FROM persons WHERE id = ?", row["beneficiary"])
            assert item is not None and person is not None, "foreign keys"  # noqa: S101, PT018
            content = {"columns": [{"key": "case_no", "label": "办件编号"}], "rows": [{"case_no": number}]}
            paper = certificates.issue(tx, item, person, content, call.today)
            tx.run("UPDATE cases SET certificate = ? WHERE case_no = ?", paper, number)
        words = f"请补交：{'、'.join(documents)}" if state == "supplement-needed" else None
        filing.move(call, number, state, note, words)
        return filing.as_json(tx, number)


def answer_ticket(context: Context, wish: Wish) -> Json:
    """How far a ticket is, and what is answered: `{"ticket", "state", "answer"}`. Raises ValueError."""
    state, answer = _of(wish, "state", str), wish.get("answer")
    if state not in TICKET_STATES:
        raise ValueError(f"state: one of {', '.join(TICKET_STATES)}")
    if answer is not None and not isinstance(answer, str):
        raise ValueError("answer: words")
    with context.db.transaction() as tx:
        changed = tx.run(
            "UPDATE escalations SET state = ?, answer = coalesce(?, answer) WHERE ticket = ?",
            state,
            answer,
            _of(wish, "ticket", str),
        )
    if not changed:
        raise ValueError("ticket: no such ticket")
    return {"ok": True}


_ACTS = {
    "/drafts": put_draft,
    "/payments": turn_payment,
    "/uploads": upload,
    "/slots/take": take_slot,
    "/dishonesty": record_dishonesty,
    "/refusals": refuse,
    "/cases": judge,
    "/tickets": answer_ticket,
}


def add(app: Flask, context: Context, wish: Callable[[], Wish]) -> None:
    """Put these pages beside the others; `wish` reads the body. A ValueError is the caller's 400."""

    @app.get("/phone-codes")
    def _phone_codes() -> Response:
        return jsonify(phone_codes(context))

    @app.get("/cases/<number>")
    def _filed(number: str) -> Response:
        return jsonify(filed(context, number))

    @app.get("/payments/<number>")
    def _paid(number: str) -> Response:
        return jsonify(paid(context, number))

    @app.get("/prints/<number>.pdf")
    def _printed(number: str) -> Response:
        return printed(context, number)

    def page(act: Callable[[Context, Wish], Json]) -> Callable[[], Response]:
        return lambda: jsonify(act(context, wish()))

    for path, act in _ACTS.items():
        app.add_url_rule(path, endpoint=path, view_func=page(act), methods=["POST"])
