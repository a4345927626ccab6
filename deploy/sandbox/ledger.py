"""The city's own record of what it was asked and what took effect: the witness against the agent's word."""

from __future__ import annotations

import json
from typing import Any

from .db import Row, Tx
from .wire import stamp


def request(
    tx: Tx, at: float, operation: str, *, key: str | None, terminal: str | None, status: int, path: str
) -> None:
    """One request; status 0 when no answer was sent. Paths hold item codes and numbers, no personal data."""
    tx.run(
        "INSERT INTO requests (at, operation, key, terminal, status, path) VALUES (?, ?, ?, ?, ?, ?)",
        at,
        operation,
        key,
        terminal,
        status,
        path,
    )


def effect(tx: Tx, at: float, operation: str, key: str, made: str) -> None:
    """Something came to be for this key; said by whoever made it, where it is made."""
    tx.run("INSERT INTO effects (key, operation, made, at) VALUES (?, ?, ?, ?)", key, operation, made, at)


def _stamped(rows: list[Row], *names: str) -> list[Row]:
    return [{**row, **{name: stamp(row[name]) for name in names}} for row in rows]


def read(tx: Tx, since: int = 0) -> dict[str, Any]:
    """Everything, oldest first; of `requests` those after number `since`, which are many.

    `effects` counts by key: more than one is something done twice.
    """
    cases = tx.all(
        "SELECT case_no, key, item, terminal, applicant, beneficiary, state, fields, sealed, parent, "
        "accepted_at AS at FROM cases ORDER BY serial"
    )
    supplements = tx.all("SELECT key, case_no, terminal, roles, sealed, at FROM supplements ORDER BY rowid")
    ratings = tx.all(
        "SELECT id, key, terminal, item, case_no, slip, level, reasons, at FROM ratings ORDER BY rowid"
    )
    return {
        "cases": [{**row, "sealed": bool(row["sealed"])} for row in _stamped(cases, "at")],
        "ratings": [{**row, "reasons": json.loads(row["reasons"])} for row in _stamped(ratings, "at")],
        "escalations": _stamped(
            tx.all(
                "SELECT ticket, key, terminal, kind, state, item, step, error, answer, at FROM escalations "
                "ORDER BY serial"
            ),
            "at",
        ),
        "supplements": [
            {**row, "roles": json.loads(row["roles"]), "sealed": bool(row["sealed"])}
            for row in _stamped(supplements, "at")
        ],
        "bookings": _stamped(
            tx.all(
                "SELECT bookings.id, key, terminal, person, item, slot, state, ticket, at FROM bookings "
                "JOIN slots ON slots.id = slot ORDER BY serial"
            ),
            "at",
        ),
        "payments": _stamped(
            tx.all(
                "SELECT id, key, terminal, item, bill, fen, method, state, at FROM payments ORDER BY serial"
            ),
            "at",
        ),
        "uploads": [
            {**row, "wanted": json.loads(row["wanted"]), "documents": _uploaded(tx, row["id"])}
            for row in _stamped(
                tx.all(
                    "SELECT id, key, terminal, item, token, wanted, state, at FROM uploads ORDER BY rowid"
                ),
                "at",
            )
        ],
        "prints": _stamped(
            tx.all(
                "SELECT prints.id, key, terminal, certificate, item, number, at FROM prints "
                "JOIN certificates ON certificates.id = certificate ORDER BY prints.rowid"
            ),
            "at",
        ),
        "anchors": _stamped(tx.all("SELECT terminal, sequence, hash, at FROM anchors ORDER BY rowid"), "at"),
        "requests": _stamped(
            tx.all(
                "SELECT id, at, operation, key, terminal, status, path FROM requests "
                "WHERE id > ? ORDER BY id",
                since,
            ),
            "at",
        ),
        "effects": {
            row["key"]: row["times"]
            for row in tx.all("SELECT key, count(*) AS times FROM effects GROUP BY key ORDER BY min(id)")
        },
    }


def _uploaded(tx: Tx, upload: str) -> list[Row]:
    return tx.all("SELECT role, sha256 FROM uploaded WHERE upload = ? ORDER BY n", upload)


def anchors(tx: Tx, terminal: str) -> list[Row]:
    """The heads of a terminal's journal, in order: what `kiosk journal verify --anchors` takes."""
    rows = tx.all("SELECT sequence, hash, at FROM anchors WHERE terminal = ? ORDER BY sequence", terminal)
    return _stamped(rows, "at")


def forget(tx: Tx) -> None:
    """Forget everything that happened; people, items, keys, terminals and tokens stay, slots open anew."""
    for table in (
        "supplements",
        "case_history",
        "ratings",
        "escalations",
        "cases",
        "effects",
        "idempotency",
        "requests",
        "device_grants",
        "bookings",
        "slots",
        "payments",
        "uploads",
        "prints",
        "certificates",
        "phone_codes",
        "anchors",
    ):
        tx.run(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
    for table in ("drafts", "dishonesties"):  # those that the control page put there
        tx.run(f"DELETE FROM {table} WHERE id LIKE 'control-%'")  # noqa: S608
