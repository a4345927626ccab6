"""A few small things that must outlive a power cut: such as the time floor."""

from __future__ import annotations

from offline_cache.storage import Store

MAX_NOTE = 64 * 1024
"""Bytes of one note. What is larger is content, or belongs into an envelope."""


class Notes:
    """Names and bytes in the outbox's file. A secret is the caller's to seal before it comes here."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def remember(self, name: str, value: bytes) -> None:
        """Keep `value` under `name`, durably. Raises StoreFull, StoreBroken, ValueError (too large)."""
        if len(value) > MAX_NOTE:
            raise ValueError(f"a note of {len(value)} bytes")
        with self._store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> bytes | None:
        """What is kept under `name`, or None."""
        row = self._store.read_one("SELECT value FROM note WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

    def forget(self, name: str) -> None:
        """Keep nothing under `name`. Raises StoreFull, StoreBroken."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM note WHERE name = ?", (name,))

    def names(self, prefix: str = "") -> list[str]:
        """The names that begin with `prefix`, sorted."""
        rows = self._store.read(
            "SELECT name FROM note WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name", (prefix,)
        )
        return [name for (name,) in rows]
