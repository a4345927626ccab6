"""What the department knows: one SQLite file of migrations, by business id."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

_SCHEMA = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    business TEXT NOT NULL UNIQUE,
    applicant TEXT NOT NULL,
    mover TEXT NOT NULL,
    state TEXT NOT NULL,
    accepted TEXT NOT NULL,
    asked INTEGER NOT NULL DEFAULT 1
) STRICT
"""


@dataclass(frozen=True)
class Migration:
    """One case. `accepted` is civil time, fourteen digits; `state` a digit as the service writes it."""

    number: str
    mover: str
    state: str
    accepted: str


class Register:
    """Safe from several threads: one connection, one lock."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = apsw.Connection(str(path))
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(_SCHEMA)

    def accept(self, business: str, applicant: str, mover: str, now: str) -> Migration:
        """Take it; what is known by its business id already is told again and not done again."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO migrations (business, applicant, mover, state, accepted) "
                "VALUES (?, ?, ?, '1', ?) "
                "ON CONFLICT (business) DO UPDATE SET asked = asked + 1",
                (business, applicant, mover, now),
            )
            return self._some("business = ?", business)[0]

    def of(self, applicant: str) -> list[Migration]:
        """Everything that somebody applied for, oldest first."""
        with self._lock:
            return self._some("applicant = ?", applicant)

    def ledger(self) -> list[dict[str, Any]]:
        """Every case for tests: how often it was asked for, and that it is there once."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, business, state, asked FROM migrations ORDER BY number"
            )
            return [
                {"number": _shown(number), "business": business, "state": state, "asked": asked}
                for number, business, state, asked in rows
            ]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _some(self, where: str, value: str) -> list[Migration]:
        rows = self._connection.execute(
            f"SELECT number, mover, state, accepted FROM migrations WHERE {where} ORDER BY number",  # noqa: S608 - our own words
            (value,),
        )
        return [Migration(_shown(number), mover, state, accepted) for number, mover, state, accepted in rows]


def _shown(number: int) -> str:
    return f"HJQY2026{number:06d}"
