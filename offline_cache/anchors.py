"""The heads of the journal that the gateway has confirmed: whoever rewrites the journal is found by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import apsw

from offline_cache.chain import Head
from offline_cache.events import AnchorRefused, Event, JournalAnchored
from offline_cache.storage import Store
from offline_cache.world import from_ms, to_ms

KEPT = 400
"""Rows: more than a year of days, so that what is deleted after 180 days still has the one that covers it."""


class Write(Protocol):
    """`Journal.write`."""

    def __call__(self, db: apsw.Connection, *events: Event) -> datetime:
        """Append within the caller's transaction; returns the time that the entries bear."""
        ...


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head, and the platform's time at which the gateway had it."""

    head: Head
    at: datetime


class Anchors:
    """Table `anchor`. Its rows and the journal's entries about them are one transaction."""

    def __init__(self, store: Store, write: Write) -> None:
        self._store = store
        self._write = write

    def confirmed(self, head: Head, at: datetime) -> None:
        """The gateway keeps `head`, since platform time `at`. Raises StoreFull, StoreBroken."""
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO anchor VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (head.sequence, head.hash, to_ms(at)),
            )
            db.execute(
                "DELETE FROM anchor WHERE sequence <="
                " (SELECT sequence FROM anchor ORDER BY sequence DESC LIMIT 1 OFFSET ?)",
                (KEPT,),
            )
            self._write(db, JournalAnchored(sequence=head.sequence))

    def refused(self, head: Head) -> None:
        """The gateway keeps another hash for this number. Raises StoreFull, StoreBroken."""
        with self._store.transaction() as db:
            self._write(db, AnchorRefused(sequence=head.sequence))

    def newest(self) -> Anchor | None:
        """The last one that was confirmed."""
        row = self._store.read_one("SELECT sequence, hash, at FROM anchor ORDER BY sequence DESC LIMIT 1")
        return None if row is None else Anchor(Head(row[0], row[1]), from_ms(row[2]))

    def all(self) -> list[Anchor]:
        """Every one that is kept, oldest first."""
        return [
            Anchor(Head(sequence, digest), from_ms(at))
            for sequence, digest, at in self._store.read("SELECT * FROM anchor ORDER BY sequence")
        ]
