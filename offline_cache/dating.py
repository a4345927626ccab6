"""Submissions that were dated by a clock which nobody had confirmed, and their dates set right.

A terminal that starts without a network may believe any date (a flat battery). What a citizen signs then is
listed in the same transaction; it does not expire as long as it is listed. When the city has told the time,
each listed one that still waits is dated anew: one of this start by the age that the monotonic clock knows,
one of an earlier start from now on, as its age is unknown. So no wrong clock throws an application away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import apsw

from offline_cache.storage import Store
from offline_cache.world import to_ms

BATCH = 200
"""Rows of one transaction: a page each, under a megabyte of log."""


class Dating:
    """The table `undated`. Not safe for threads; the outbox holds its lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listed = {key for (key,) in store.read("SELECT key FROM undated")}
        self._confirmed = False

    def __contains__(self, key: str) -> bool:
        """Whether the date of `key` means nothing."""
        return key in self._listed

    @property
    def confirmed(self) -> bool:
        """Whether the city has told the time since the start."""
        return self._confirmed

    def confirm(self) -> None:
        """The clock is right from now on."""
        self._confirmed = True

    def write(self, db: apsw.Connection, key: str) -> None:
        """In the transaction that writes `key`: its date means nothing."""
        db.execute("INSERT INTO undated VALUES (?)", (key,))

    def written(self, key: str) -> None:
        """The transaction is on the disk."""
        self._listed.add(key)

    def set_right(self, now: datetime, age: Callable[[str], timedelta]) -> None:
        """Date the next batch, once the clock is confirmed. Raises StoreError: they stay listed."""
        if not self._confirmed or not self._listed:
            return
        batch = [key for key, _ in zip(self._listed, range(BATCH), strict=False)]
        with self._store.transaction() as db:
            for key in batch:
                db.execute(
                    "UPDATE submission SET created_at = ?1, expires_at = ?1 + (expires_at - created_at)"
                    " WHERE key = ?2 AND state = 'waiting'",
                    (to_ms(now - age(key)), key),
                )
                db.execute("DELETE FROM undated WHERE key = ?", (key,))
        self._listed.difference_update(batch)
