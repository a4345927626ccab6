"""Moves closed parts of the journal into files, and lets the oldest go after half a year
(docs/decisions/0014-journal-segments.md).

The order survives a power cut anywhere. Closing: the file is whole on the disk before one transaction writes
its row, deletes its entries and says so in the chain. Dropping: one transaction deletes the row and says so,
then the file goes. What a cut leaves over is a file that no row names, and the next step deletes it, if the
chain explains it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from offline_cache import chain, segments
from offline_cache.anchors import Write
from offline_cache.chain import START
from offline_cache.events import JournalDropped, JournalRotated
from offline_cache.exc import StoreBroken, StoreDamaged
from offline_cache.folder import Folder
from offline_cache.schema import HEAD_ROW
from offline_cache.segments import Segment
from offline_cache.storage import Store
from offline_cache.world import to_ms


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a part is closed, and when it may go.

    Closed: as soon as there are `rows` entries; or when the oldest is of the age `closes`, if there are
    `least_rows` at all. Gone: `kept` after the gateway confirmed a head that covers it, by the gateway's own
    time; `kept_unanchored` after it was closed, where none was ever confirmed. The newest `least_segments`
    stay, whatever any clock says: of parts that are a week long, half a year.
    """

    rows: int = 20_000
    closes: timedelta = timedelta(days=7)
    least_rows: int = 500
    kept: timedelta = timedelta(days=180)
    kept_unanchored: timedelta = timedelta(days=730)
    least_segments: int = 26


class Rotation:
    """One thing a step. Safe for threads; the store's lock is held only for the transactions."""

    def __init__(self, store: Store, write: Write, folder: Folder, bounds: Bounds) -> None:
        self._store = store
        self._write = write
        self._folder = folder
        self._bounds = bounds
        self._lock = threading.Lock()

    def step(self, now: datetime | None) -> JournalRotated | JournalDropped | None:
        """See `Journal.rotate`."""
        with self._lock:
            self._clean()
            return self._close(now) or (self._drop(now) if now is not None else None)

    def _close(self, now: datetime | None) -> JournalRotated | None:
        found = self._closable(now)
        if found is None:
            return None
        first, last = found
        before = self._before(first)
        data, digest = segments.checked(self._store, before, first, last)
        name = segments.file_name(first, last, digest.hex())
        self._folder.write_durably(name, data)
        if self._folder.read(name) != data:
            raise StoreBroken(f"{name} does not read as it was written; the entries stay where they are")
        said = hashlib.sha256(data)
        event = JournalRotated(first=first, last=last, digest=said.hexdigest())
        with self._store.transaction() as db:
            db.execute("DELETE FROM journal WHERE sequence BETWEEN ? AND ?", (first, last))
            at = self._write(db, event)
            db.execute(
                "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)",
                (first, last, before, digest, said.digest(), to_ms(at)),
            )
        return event

    def _closable(self, now: datetime | None) -> tuple[int, int] | None:
        """The first and last number of the part to be closed."""
        (row,) = self._store.read(
            "SELECT min(sequence), max(sequence) FROM journal WHERE sequence < ?", (HEAD_ROW,)
        )
        first, last = row
        if first is None:
            return None
        count = last - first + 1
        if count >= self._bounds.rows:
            return first, first + self._bounds.rows - 1
        if count < self._bounds.least_rows or now is None:
            return None
        ((_, body, _),) = segments.rows(self._store, first - 1, limit=1)
        since = chain.dated(body)
        return (first, last) if since is not None and now - since >= self._bounds.closes else None

    def _before(self, first: int) -> bytes:
        row = self._store.read_one("SELECT last, hash FROM segment ORDER BY last DESC LIMIT 1")
        last, digest = row or (0, START)
        if first != last + 1:
            raise StoreDamaged(f"the journal's table does not begin after entry {last}; it is not rotated")
        return bytes(digest)

    def _drop(self, now: datetime) -> JournalDropped | None:
        kept = segments.listed(self._store)
        if len(kept) <= self._bounds.least_segments or not self._old(kept[0], now):
            return None
        gone = kept[0]
        event = JournalDropped(first=gone.first, last=gone.last, hash=gone.hash.hex())
        with self._store.transaction() as db:
            db.execute("DELETE FROM segment WHERE first = ?", (gone.first,))
            self._write(db, event)
        self._folder.delete(gone.name)
        return event

    def _old(self, segment: Segment, now: datetime) -> bool:
        """By the gateway's own time where it is known: the entries' dates are this machine's."""
        covered = self._store.read_one(
            "SELECT at, (SELECT at FROM anchor ORDER BY sequence DESC LIMIT 1) FROM anchor"
            " WHERE sequence >= ? ORDER BY sequence LIMIT 1",
            (segment.last,),
        )
        if covered is None:
            return segment.closed_at <= to_ms(now - self._bounds.kept_unanchored)
        at, newest = covered
        return bool(at <= min(to_ms(now), newest) - self._bounds.kept // timedelta(milliseconds=1))

    def _clean(self) -> None:
        """Delete the files that a power cut left over: those whose entries are still in the table, and those
        of which the chain says that they were dropped. Any other file is evidence, and stays."""
        named = {segment.name for segment in segments.listed(self._store)}
        left = set(self._folder.names()) - named
        if left:
            for name in left.intersection(self._explained(left)):
                self._folder.delete(name)

    def _explained(self, left: set[str]) -> Iterator[str]:
        for (body,) in self._store.read(
            "SELECT body FROM journal WHERE instr(body, CAST(? AS BLOB))",
            (JournalDropped.__struct_config__.tag,),
        ):
            event = chain.decode(body).event
            if isinstance(event, JournalDropped):
                yield segments.file_name(event.first, event.last, event.hash)
        for first, last in filter(None, map(segments.numbers, left)):
            row = self._store.read_one(
                "SELECT hash FROM journal WHERE sequence = ?1 AND (SELECT min(sequence) FROM journal) <= ?2",
                (last, first),
            )
            if row is not None:
                yield segments.file_name(first, last, row[0].hex())
