"""Payments: one bill is paid once. What the payer's side does comes from the control page (`turn`).

pending -> paid | failed | closed | unknown; unknown -> paid | failed; paid -> refunding -> refunded.
"""

from __future__ import annotations

import hashlib
import uuid

from .. import ledger
from ..db import Row, Tx
from ..wire import Json, Problem, Reason, refused, stamp
from . import options
from .bodies import Pay, Refund
from .operations import TERMINAL, Call, Operation, Reply

LIFE_SECONDS = 300
"""How long a QR can be paid."""
REFUND_SECONDS = 30
"""How long a refund is on its way."""
MOST_FEN = 10**11
ACTS = ("pay", "fail", "lose", "refund")


def sweep(tx: Tx, now: float) -> None:
    """What time does by itself: close what nobody paid, tell what was unknown, arrive with a refund."""
    tx.run("UPDATE payments SET state = 'closed' WHERE state = 'pending' AND expires_at <= ?", now)
    tx.run(
        "UPDATE payments SET state = turns_to, "
        "paid_at = CASE turns_to WHEN 'paid' THEN turns_at ELSE paid_at END, "
        "turns_at = NULL, turns_to = NULL WHERE turns_at <= ?",
        now,
    )


def settled(tx: Tx, item: str, bill: str) -> bool:
    """Whether this bill has been paid (and the money is not back)."""
    return (
        tx.one(
            "SELECT 1 AS yes FROM payments WHERE item = ? AND bill = ? AND state IN ('paid', 'refunding')",
            item,
            bill,
        )
        is not None
    )


def create(call: Call) -> Reply:
    """A payment of a bill that is neither paid nor being paid."""
    wish = call.decode(Pay)
    item = call.item(wish.item)
    sweep(call.tx, call.now)
    reasons = _wrong(call, item, wish)
    if reasons:
        raise refused(*reasons, detail="没有发起支付")
    open_ = call.tx.one(
        "SELECT state FROM payments WHERE item = ? AND bill = ? AND state IN ('pending', 'unknown')",
        item["code"],
        wish.bill,
    )
    if open_ is not None:
        pending = open_["state"] == "pending"
        words = "这张账单正在支付，请先完成或取消" if pending else "这张账单的支付结果还在确认"
        raise Problem(409, "CONFLICT", "The bill is being paid", words)
    last = call.tx.one("SELECT coalesce(max(serial), 0) AS serial FROM payments")
    number = uuid.uuid4().hex
    call.tx.run(
        "INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, NULL, NULL, NULL, ?)",
        number,
        (last["serial"] if last else 0) + 1,
        call.key,
        call.caller.terminal,
        call.caller.person,
        item["code"],
        wish.bill,
        wish.fen,
        wish.method,
        call.now + LIFE_SECONDS,
        call.now,
    )
    ledger.effect(call.tx, call.now, "createPayment", call.key, number)
    return Reply(201, told(call.tx, number))


def _wrong(call: Call, item: Row, wish: Pay) -> list[Reason]:
    reasons = []
    if not item["enabled"]:
        reasons.append(Reason(item["reason"], "CLOSED", "/item"))
    if settled(call.tx, item["code"], wish.bill):
        reasons.append(Reason("这张账单已经付过了，不用再付", "BILL_PAID", "/bill"))
        return reasons
    known = options.amount_of(item["code"])
    comes_to = known(call, wish.bill) if known is not None else wish.fen
    if comes_to is None:
        reasons.append(Reason("没有查到这张账单", "NO_BILL", "/bill"))
    elif comes_to != wish.fen or wish.fen > MOST_FEN:
        reasons.append(Reason("金额和账单不一致，请重新查询账单", "AMOUNT", "/fen"))
    return reasons


def _found(call: Call) -> Row:
    """A payment of this terminal, or of the person who stands there. Raises Problem 404."""
    sweep(call.tx, call.now)
    row = call.tx.one("SELECT * FROM payments WHERE id = ?", call.params["id"])
    who = call.caller
    theirs = row is not None and (
        row["terminal"] == who.terminal or (who.person is not None and row["person"] == who.person)
    )
    if row is None or not theirs:
        raise Problem(404, "NO_PAYMENT", "No such payment", "没有查到这笔支付")
    return row


def one(call: Call) -> Reply:
    """How it stands."""
    return Reply(200, told(call.tx, _found(call)["id"]))


def close(call: Call) -> Reply:
    """A pending one can no longer be paid; of any other the answer says how it stands."""
    row = _found(call)
    if row["state"] == "pending":
        call.tx.run("UPDATE payments SET state = 'closed' WHERE id = ?", row["id"])
    return Reply(200, told(call.tx, row["id"]))


def refund(call: Call) -> Reply:
    """The money goes back. Raises Problem 409 where there is none to give back."""
    call.decode(Refund)
    row = _found(call)
    if row["state"] not in {"paid", "refunding", "refunded"}:
        raise Problem(409, "CONFLICT", "Nothing to give back", "这笔支付没有可退的款")
    if row["state"] == "paid":
        call.tx.run(
            "UPDATE payments SET state = 'refunding', turns_at = ?, turns_to = 'refunded' WHERE id = ?",
            call.now + REFUND_SECONDS,
            row["id"],
        )
        ledger.effect(call.tx, call.now, "refundPayment", call.key, row["id"])
    return Reply(200, told(call.tx, row["id"]))


def turn(
    tx: Tx, now: float, number: str, act: str, *, then: str = "paid", seconds: float | None = None
) -> Json:
    """What the payer or the bank does: pay, fail, lose (unknown; turns into `then` after `seconds`, or when
    it is told to), refund (a refund arrives). Raises ValueError where that cannot be."""
    sweep(tx, now)
    row = tx.one("SELECT state FROM payments WHERE id = ?", number)
    if row is None:
        raise ValueError("no such payment")
    into = {"pay": "paid", "fail": "failed", "lose": "unknown", "refund": "refunded"}.get(act)
    if into is None:
        raise ValueError(f"act: one of {', '.join(ACTS)}")
    if then not in {"paid", "failed"}:
        raise ValueError("then: paid or failed")
    allowed = {"pay": {"pending", "unknown"}, "fail": {"pending", "unknown"}, "lose": {"pending"}}
    if row["state"] not in allowed.get(act, {"refunding"}):
        raise ValueError(f"{act}: the payment is {row['state']}")
    waits = act == "lose" and seconds is not None
    tx.run(
        "UPDATE payments SET state = ?, paid_at = CASE ? WHEN 'paid' THEN ? ELSE paid_at END, turns_at = ?, "
        "turns_to = ? WHERE id = ?",
        into,
        into,
        now,
        now + (seconds or 0.0) if waits else None,
        then if waits else None,
        number,
    )
    return told(tx, number)


def told(tx: Tx, number: str) -> Json:
    """The contract's Payment, of one that is there. Bill number and check code are samples: no agency
    numbers its bills so."""
    row = tx.one("SELECT * FROM payments WHERE id = ?", number)
    assert row is not None, "the caller has seen it"  # noqa: S101
    body: dict[str, Json] = {
        "id": number,
        "state": row["state"],
        "fen": row["fen"],
        "subject": f"{_name(tx, row['item'])}（演示数据）",
        "expires_at": stamp(row["expires_at"]),
    }
    if row["method"] == "qr" and row["state"] == "pending":
        body["qr"] = f"https://pay.invalid/demo/{number}"
    if row["paid_at"] is not None:
        body["paid_at"] = stamp(row["paid_at"])
    if row["state"] in {"paid", "refunding", "refunded"}:
        body["bill_no"] = f"DEMO{row['serial']:08d}"
        body["bill_check_code"] = hashlib.sha256(number.encode()).hexdigest()[:6]
    return body


def _name(tx: Tx, item: str) -> str:
    row = tx.one("SELECT name FROM items WHERE code = ?", item)
    return str(row["name"]) if row else item


OPERATIONS = (
    Operation("createPayment", "POST", "/payments", create, body=True, keyed=True),
    Operation("getPayment", "GET", "/payments/<id>", one),
    Operation("closePayment", "DELETE", "/payments/<id>", close),
    Operation(
        "refundPayment", "POST", "/payments/<id>/refund", refund, frozenset({TERMINAL}), body=True, keyed=True
    ),
)
