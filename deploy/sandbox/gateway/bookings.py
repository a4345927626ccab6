"""Bookings 预约: a slot is held, confirmed before the hold runs out, moved, cancelled."""

from __future__ import annotations

import uuid
from datetime import date

from .. import ledger
from ..db import Row
from ..wire import Json, Problem, Reason, refused, stamp
from . import slots
from .bodies import Hold, Move
from .operations import VISIT, Call, Operation, Reply

HOLD_SECONDS = 300
ONLY_VISIT = frozenset({VISIT})


def list_slots(call: Call) -> Reply:
    """Free slots; none for an item that needs no booking."""
    item = call.item(call.query["item"])["code"]
    if not slots.bookable(item):
        return Reply(200, [])
    slots.opened(call, item)
    since = date.fromisoformat(call.query["from"]) if "from" in call.query else None
    return Reply(200, [slots.as_json(row) for row in slots.free(call, item, since, call.query.get("place"))])


def _place(call: Call, number: str, item: str) -> Row:
    """A slot of this item with a place left. Raises Problem 404, or 409 with offers."""
    row = slots.find(call.tx, number, call.now)
    if row is None or row["item"] != item:
        raise Problem(404, "NO_SLOT", "No such slot", "没有这个时段")
    if row["free"] < 1 or row["starts_at"] <= call.now or call.changed:
        raise _taken(call, row)
    return row


def _taken(call: Call, slot: Row) -> Problem:
    words = "这个时段刚刚约满，请另选时段"
    return Problem(409, "CONFLICT", "Taken meanwhile", words, offers=slots.offers(call, slot))


def hold(call: Call) -> Reply:
    """Keep a place for some minutes; what this person still holds for the item is let go."""
    wish = call.decode(Hold)
    item, person = call.item(wish.item), call.person()
    mine = call.tx.all(
        "SELECT bookings.* FROM bookings JOIN slots ON slots.id = slot "
        "WHERE person = ? AND item = ? AND (state = 'held' OR (state = 'confirmed' AND ends_at > ?))",
        person["id"],
        item["code"],
        call.now,
    )
    if any(row["state"] == "confirmed" for row in mine):
        raise refused(
            Reason("您已经预约了这一项", "BOOKED", "/item", instead="要改约或取消，请用津心办，或拨打 12345"),
            detail="没有预约",
        )
    for row in mine:
        call.tx.run("UPDATE bookings SET state = 'cancelled' WHERE id = ?", row["id"])
    slot = _place(call, wish.slot, item["code"])
    last = call.tx.one("SELECT coalesce(max(serial), 0) AS serial FROM bookings")
    number = uuid.uuid4().hex
    call.tx.run(
        "INSERT INTO bookings VALUES (?, ?, ?, ?, ?, ?, 'held', ?, NULL, ?)",
        number,
        (last["serial"] if last else 0) + 1,
        call.key,
        call.caller.terminal,
        person["id"],
        slot["id"],
        call.now + HOLD_SECONDS,
        call.now,
    )
    ledger.effect(call.tx, call.now, "holdSlot", call.key, number)
    return Reply(201, _booking(call, number))


def _state(call: Call, row: Row) -> str:
    expired = row["state"] == "held" and row["held_until"] <= call.now
    return "expired" if expired else str(row["state"])


def _found(call: Call) -> Row:
    """The person's own booking. Raises Problem 404."""
    row = call.tx.one(
        "SELECT * FROM bookings WHERE id = ? AND person = ?", call.params["id"], call.person()["id"]
    )
    if row is None:
        raise Problem(404, "NO_BOOKING", "No such booking", "没有查到这个预约")
    return row


def _slot(call: Call, row: Row) -> Row:
    slot = slots.find(call.tx, row["slot"], call.now)
    assert slot is not None, "a foreign key"  # noqa: S101
    return slot


def confirm(call: Call) -> Reply:
    """Held becomes confirmed, with a ticket to show at the window."""
    row = _found(call)
    state = _state(call, row)
    if state == "expired":
        raise _taken(call, _slot(call, row))
    if state != "held":
        raise Problem(409, "CONFLICT", "Nothing to confirm", "这个预约不需要确认")
    ticket = f"YY{call.today:%m%d}{row['serial']:04d}"
    call.tx.run("UPDATE bookings SET state = 'confirmed', ticket = ? WHERE id = ?", ticket, row["id"])
    ledger.effect(call.tx, call.now, "confirmBooking", call.key, row["id"])
    return Reply(200, _booking(call, row["id"]))


def reschedule(call: Call) -> Reply:
    """Another slot of the same item; where that is taken, the booking stays as it is."""
    row = _found(call)
    state, before = _state(call, row), _slot(call, row)
    wish = call.decode(Move).slot
    if state not in {"held", "confirmed"}:
        raise Problem(409, "CONFLICT", "Nothing to move", "这个预约已经取消或过期，请重新预约")
    if wish != before["id"]:
        slot = _place(call, wish, before["item"])
        call.tx.run("UPDATE bookings SET slot = ? WHERE id = ?", slot["id"], row["id"])
    ledger.effect(call.tx, call.now, "rescheduleBooking", call.key, row["id"])
    return Reply(200, _booking(call, row["id"]))


def cancel(call: Call) -> Reply:
    """Let go of it; once more says the same."""
    row = _found(call)
    if _state(call, row) != "expired":
        call.tx.run("UPDATE bookings SET state = 'cancelled' WHERE id = ?", row["id"])
    return Reply(200, _booking(call, row["id"]))


def _booking(call: Call, number: str) -> Json:
    """The contract's Booking."""
    row = call.tx.one("SELECT * FROM bookings WHERE id = ?", number)
    assert row is not None, "the caller has seen it"  # noqa: S101
    state = _state(call, row)
    body = {"id": number, "slot": slots.as_json(_slot(call, row)), "state": state}
    if state == "held":
        body["held_until"] = stamp(row["held_until"])
    return body if row["ticket"] is None else {**body, "ticket": row["ticket"]}


OPERATIONS = (
    Operation("getSlots", "GET", "/slots", list_slots),
    Operation("holdSlot", "POST", "/bookings", hold, ONLY_VISIT, body=True, keyed=True),
    Operation("confirmBooking", "POST", "/bookings/<id>", confirm, ONLY_VISIT, keyed=True),
    Operation("rescheduleBooking", "PATCH", "/bookings/<id>", reschedule, ONLY_VISIT, body=True, keyed=True),
    Operation("cancelBooking", "DELETE", "/bookings/<id>", cancel, ONLY_VISIT),
)
