"""What happened, in a chain that shows any change: deletion, edit, reorder, truncation.

Each entry's hash is SHA-256 over the hash before it and the entry's canonical JSON (keys sorted, no
blanks), which holds its own number and time. The head stands in a row of its own, so that a shortened
chain is seen. Who can rewrite the whole file can rewrite all of that; heads that were kept elsewhere
(the gateway's anchors) tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import apsw
import msgspec

from offline_cache.events import Entry, Event, check
from offline_cache.exc import StoreDamaged
from offline_cache.schema import HEAD_ROW
from offline_cache.storage import Store
from offline_cache.world import Clock

START = bytes(32)
"""The hash before the first entry."""

_SET_HEAD = "UPDATE journal SET body = ?, hash = ? WHERE sequence = ?"

BATCH = 500
"""Rows read at once: the store's lock is not held over the whole journal."""

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: its number (0: none yet) and its hash. What is anchored elsewhere."""

    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Intact:
    """The chain holds from its first entry to `head`."""

    head: Head


class Break(StrEnum):
    """What is wrong with a chain."""

    DELETED = "deleted"
    """An entry is missing where `sequence` says; later ones are there."""
    EDITED = "edited"
    """The entry, or the hash before it, is not what was written."""
    REORDERED = "reordered"
    """The entry that stands at `sequence` was written at another place."""
    TRUNCATED = "truncated"
    """The entries from `sequence` on are gone."""
    REWRITTEN = "rewritten"
    """The chain is whole, but not the one that was anchored at `sequence`."""
    HEAD_LOST = "head-lost"
    """The row that says where the chain ends is gone or was set back; `sequence` is the last entry."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold."""

    what: Break
    sequence: int


class Journal:
    """Appends typed events and verifies the chain. Shares the outbox's file and transactions."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._last = (0, START)
        self._last_seen = -1  # the store's count of rollbacks when `_last` was right

    def append(self, *events: Event) -> None:
        """Write events down, durably, in one transaction.

        Raises UnfitEvent (nothing written), StoreFull, StoreBroken: the agent does not serve then.
        """
        check(*events)
        with self._store.transaction() as db:
            self.write(db, *events)

    def write(self, db: apsw.Connection, *events: Event) -> None:
        """Append within the caller's transaction what `check` has passed. Raises StoreDamaged (no head)."""
        if self._last_seen != self._store.rollbacks:
            head = self.head()
            self._last = (head.sequence, head.hash)
            self._last_seen = self._store.rollbacks
        sequence, last = self._last
        at = self._clock.now()
        for event in events:
            sequence += 1
            body = _encoder.encode(Entry(sequence=sequence, at=at, event=event))
            last = hashlib.sha256(last + body).digest()
            db.execute("INSERT INTO journal VALUES (?, ?, ?)", (sequence, body, last))
        db.execute(_SET_HEAD, (b'{"sequence":%d}' % sequence, last, HEAD_ROW))
        self._last = (sequence, last)

    def head(self) -> Head:
        """The end of the chain as the head row says it. Raises StoreDamaged when there is none."""
        head = self._head()
        if head is None:
            raise StoreDamaged("the journal has lost its head")
        return head

    def entries(self, after: int = 0, limit: int = BATCH) -> list[Entry]:
        """The entries that follow number `after`, at most `limit`."""
        rows = self._store.read(
            "SELECT body FROM journal WHERE sequence > ? AND sequence < ? ORDER BY sequence LIMIT ?",
            (after, HEAD_ROW, limit),
        )
        return [_decoder.decode(body) for (body,) in rows]

    def verify(self, anchors: Iterable[Head] = ()) -> Intact | Broken:
        """Walk the whole chain; `anchors` are heads that were kept elsewhere.

        A chain that goes on growing meanwhile is verified up to where it ended when this began.
        """
        kept = self._head()
        wanted = {anchor.sequence: anchor.hash for anchor in anchors if anchor.sequence}
        reached, last = 0, START
        while rows := self._rows(reached, kept.sequence if kept else HEAD_ROW - 1):
            for sequence, body, digest in rows:
                if sequence != reached + 1:
                    return Broken(Break.DELETED, reached + 1)
                if hashlib.sha256(last + body).digest() != digest:
                    return Broken(_what(sequence, body), sequence)
                if _number(body) != sequence:
                    return Broken(Break.REORDERED, sequence)
                if wanted.pop(sequence, digest) != digest:
                    return Broken(Break.REWRITTEN, sequence)
                reached, last = sequence, digest
        if wanted or (kept is not None and kept.sequence > reached):
            return Broken(Break.TRUNCATED, reached + 1)
        if kept is None or kept.hash != last or self._goes_beyond_head():
            return Broken(Break.HEAD_LOST, reached)
        return Intact(kept)

    def _head(self) -> Head | None:
        row = self._store.read_one("SELECT body, hash FROM journal WHERE sequence = ?", (HEAD_ROW,))
        sequence = None if row is None else _number(row[0])
        return None if row is None or sequence is None else Head(sequence, row[1])

    def _rows(self, after: int, end: int) -> list[tuple[int, bytes, bytes]]:
        return self._store.read(
            "SELECT sequence, body, hash FROM journal WHERE sequence > ? AND sequence <= ?"
            " ORDER BY sequence LIMIT ?",
            (after, end, BATCH),
        )

    def _goes_beyond_head(self) -> bool:
        """Entries that the head row does not know; one statement, because the chain may be growing."""
        row = self._store.read_one(
            "SELECT (SELECT max(sequence) FROM journal WHERE sequence < ?1) >"
            " (SELECT json_extract(CAST(body AS TEXT), '$.sequence') FROM journal WHERE sequence = ?1)",
            (HEAD_ROW,),
        )
        return row is None or bool(row[0])


def _number(body: bytes) -> int | None:
    try:
        number: int = msgspec.json.decode(body, type=_Numbered).sequence
    except msgspec.MsgspecError:
        return None
    return number


def _what(sequence: int, body: bytes) -> Break:
    return Break.REORDERED if _number(body) not in (sequence, None) else Break.EDITED


class _Numbered(msgspec.Struct):
    """As much of an entry as tells its place, whatever release wrote it."""

    sequence: int
