"""What happened, in a chain that shows any change: deletion, edit, reorder, truncation.

Each entry's hash is SHA-256 over the hash before it and the entry's canonical JSON (keys sorted, no
blanks), which holds its own number and time. The head stands in a row of its own, so that a shortened
chain is seen. The newest entries lie in a table of the outbox's file; closed parts in files beside it
(`segments`), which `rotation` writes and, after half a year, deletes; `verify` walks all of it. Heads that
the gateway has confirmed are kept as `anchors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

import apsw

from offline_cache import chain, segments
from offline_cache.anchors import Anchors
from offline_cache.chain import START, Head
from offline_cache.events import Entry, Event, JournalDropped, JournalRotated, check
from offline_cache.exc import StoreDamaged
from offline_cache.folder import DiskFolder, Folder
from offline_cache.rotation import Bounds, Rotation
from offline_cache.schema import HEAD_ROW
from offline_cache.segments import BATCH
from offline_cache.storage import Store
from offline_cache.verify import Break, Broken, Intact, read_head, verify
from offline_cache.world import Clock

__all__ = ["Bounds", "Break", "Broken", "Head", "Intact", "Journal"]

FOLDER = "journal"
"""Beside the outbox's file: the closed parts."""

_SET_HEAD = "UPDATE journal SET body = ?, hash = ? WHERE sequence = ?"


class Journal:
    """Appends typed events and verifies the chain. Shares the outbox's file and transactions."""

    def __init__(
        self, store: Store, clock: Clock, folder: Folder | None = None, bounds: Bounds | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._folder = folder or DiskFolder(store.path.with_name(FOLDER))
        self._rotation = Rotation(store, self.write, self._folder, bounds or Bounds())
        self._last = (0, START)
        self._last_seen = -1  # the store's count of rollbacks when `_last` was right
        self.anchors = Anchors(store, self.write)

    def append(self, *events: Event) -> None:
        """Write events down, durably, in one transaction.

        Raises UnfitEvent (nothing written), StoreFull, StoreBroken: the agent does not serve then.
        """
        check(*events)
        with self._store.transaction() as db:
            self.write(db, *events)

    def write(self, db: apsw.Connection, *events: Event) -> datetime:
        """Append within the caller's transaction what `check` has passed; returns the time that the entries
        bear. Raises StoreDamaged (no head)."""
        if self._last_seen != self._store.rollbacks:
            head = self.head()
            self._last = (head.sequence, head.hash)
            self._last_seen = self._store.rollbacks
        sequence, last = self._last
        at = self._clock.now()
        for event in events:
            sequence += 1
            body = chain.encode(Entry(sequence=sequence, at=at, event=event))
            last = chain.follow(last, body)
            db.execute("INSERT INTO journal VALUES (?, ?, ?)", (sequence, body, last))
        db.execute(_SET_HEAD, (b'{"sequence":%d}' % sequence, last, HEAD_ROW))
        self._last = (sequence, last)
        return at

    def head(self) -> Head:
        """The end of the chain as the head row says it. Raises StoreDamaged when there is none."""
        head = read_head(self._store)
        if head is None:
            raise StoreDamaged("the journal has lost its head")
        return head

    def entries(self, after: int = 0, limit: int = BATCH) -> list[Entry]:
        """The entries that follow number `after`, at most `limit`. Raises StoreDamaged as `bodies`."""
        return [chain.decode(body) for body in islice(self.bodies(after), limit)]

    def bodies(self, after: int = 0) -> Iterator[bytes]:
        """The canonical JSON of the entries that follow number `after`, also of those in files; also while
        the journal grows. Raises StoreDamaged for a file that is missing or not what was written."""
        return segments.bodies(self._store, self._folder, after)

    def verify(self, anchors: Iterable[Head] = ()) -> Intact | Broken:
        """Walk the whole chain, files and table; `anchors` are heads that were kept elsewhere.

        A chain that goes on growing meanwhile is verified up to where it ended when this began.
        """
        return verify(self._store, self._folder, anchors)

    def unnamed(self) -> list[str]:
        """Files that no row names: what a power cut left over until the next rotation, or what was put or
        left there by other hands."""
        named = {segment.name for segment in segments.listed(self._store)}
        return [name for name in self._folder.names() if name not in named]

    def rotate(self, now: datetime | None) -> JournalRotated | JournalDropped | None:
        """One step of housekeeping: close a part, or drop the oldest; None when there was nothing to do.

        For idle moments, never inside a promise: a full part takes a fraction of a second, of which the
        store's lock is held for the last transaction only. `now` is the platform's time, and None while it
        is not confirmed: then nothing is judged by its age. Raises StoreFull, StoreBroken, StoreDamaged (the
        chain does not hold there, so it is left as it is); done again, it goes on where it was.
        """
        return self._rotation.step(now)
