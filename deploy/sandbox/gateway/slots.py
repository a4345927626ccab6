"""What can be booked: windows by the hour, their capacity in the database, and what of it is free."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from .. import offer
from ..db import Row, Tx
from ..wire import BEIJING, Json, stamp
from .feedback import working_day_after
from .operations import Call

DAYS = 10
"""How many working days ahead windows are opened."""
OFFERS = 3
MOST = 200
_FREE = (
    "SELECT slots.*, capacity - (SELECT count(*) FROM bookings WHERE slot = slots.id "
    "AND (state = 'confirmed' OR (state = 'held' AND held_until > ?))) AS free FROM slots"
)


def _plan(item: str) -> Mapping[str, Any]:
    """hours, capacity, and either names of counters (`places`) or what those serve (`serves`)."""
    plan: Mapping[str, Any] = offer.entry(item)["booking"]
    return plan


def counters(tx: Tx, item: str) -> list[Row]:
    """Where an item can be booked; the halls, for one that needs no booking."""
    rows = tx.all("SELECT * FROM counters ORDER BY code")
    plan = _plan(item) if bookable(item) else {"serves": "hall"}
    if "places" in plan:
        return [row for row in rows if row["name"] in plan["places"]]
    return [row for row in rows if row["serves"] == plan["serves"]]


def bookable(item: str) -> bool:
    """Whether this item has windows to book."""
    return "booking" in offer.entry(item)


def _number(item: str, place: str, starts: datetime) -> str:
    return hashlib.sha256(f"{item} {place} {starts.isoformat()}".encode()).hexdigest()[:20]


def opened(call: Call, item: str) -> None:
    """Open the windows of the working days to come, where they are not open yet."""
    plan = _plan(item)
    places = [row["name"] for row in counters(call.tx, item)]
    day = call.today
    for _ in range(DAYS):
        day = working_day_after(call.tx, day, 1)
        for place in places:
            for hour in plan["hours"]:
                starts = datetime.combine(day, time(hour), BEIJING)
                call.tx.run(
                    "INSERT OR IGNORE INTO slots VALUES (?, ?, ?, ?, ?, ?)",
                    _number(item, place, starts),
                    item,
                    place,
                    starts.timestamp(),
                    (starts + timedelta(hours=1)).timestamp(),
                    plan["capacity"],
                )


def find(tx: Tx, slot: str, now: float) -> Row | None:
    """A slot with `free` places, whoever holds them; None when there is no such slot."""
    return tx.one(_FREE + " WHERE slots.id = ?", now, slot)


def free(call: Call, item: str, since: date | None = None, place: str | None = None) -> list[Row]:
    """Slots to come with a free place, by time; `place`: a counter's name or its code."""
    first = datetime.combine(since, time(), BEIJING).timestamp() if since else call.now
    return call.tx.all(
        _FREE + " WHERE item = ? AND starts_at > ? AND starts_at >= ? AND free > 0 "  # noqa: S608 - no one else's
        "AND (? IS NULL OR place = ? OR place = (SELECT name FROM counters WHERE code = ?)) "
        "ORDER BY starts_at, place LIMIT ?",
        call.now,
        item,
        call.now,
        first,
        place,
        place,
        place,
        MOST,
    )


def offers(call: Call, slot: Row) -> list[Json]:
    """Others that are free, at the same place first, then those nearest in time."""
    rows = [row for row in free(call, slot["item"]) if row["id"] != slot["id"]]
    rows.sort(key=lambda row: (row["place"] != slot["place"], abs(row["starts_at"] - slot["starts_at"])))
    return [as_json(row) for row in rows[:OFFERS]]


def as_json(row: Row) -> Json:
    """The contract's Slot."""
    return {
        "id": row["id"],
        "place": row["place"],
        "starts_at": stamp(row["starts_at"]),
        "ends_at": stamp(row["ends_at"]),
        "free": max(0, row["free"]),
    }
