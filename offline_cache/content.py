"""Public content with its age: guides, lists, keys, pictures. Never anything about a person.

RFC 9111: what is fresh (within `max-age`) is answered from here; what is stale is asked for at the origin
every time, with its ETag. RFC 5861: only when the origin does not answer is stale content shown, within
its `stale-if-error`, and it says so. The file may be thrown away at any time, and is when it is damaged.

Two bounds. Age: what is past both its times is never shown, and `prune` deletes it. Bytes: in which order
content goes when room runs out says `room.victims`; what can then not be kept is said by `trouble`.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import apsw
import msgspec

from offline_cache.connection import Durability, Schema
from offline_cache.exc import StoreDamaged, StoreError, StoreForeign, StoreFull, StoreTooNew
from offline_cache.files import discard
from offline_cache.origin import Answer, Fetch, Fetched, Gone, NotModified
from offline_cache.room import PREFETCHED, Held, rank, victims
from offline_cache.storage import Row, Store
from offline_cache.world import Clock, to_ms

_V1 = """
CREATE TABLE content (
    key TEXT PRIMARY KEY,
    etag TEXT,
    media_type TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    fresh_for INTEGER NOT NULL,
    stale_for INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    size INTEGER NOT NULL,
    digest BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
"""
_V2 = """
CREATE INDEX content_digest ON content (digest);
CREATE INDEX content_worth ON content (fetched_at, fresh_for, stale_for, pinned, media_type, size, key);
"""
"""Finding a picture by its digest, and weighing everything, without a look at the bodies."""

CONTENT = Schema(application_id=0x544A4354, migrations=(_V1, _V2))  # "TJCT"

MAX_BYTES = 256 << 20
"""The sum of the bodies: all guides, lists and some hundred pictures several times over."""

_COLUMNS = "fetched_at, fresh_for, stale_for, etag, media_type, digest, body"
_SELECT = f"SELECT {_COLUMNS} FROM content WHERE key = ?"  # noqa: S608 - names of our own
_BY_DIGEST = f"SELECT key, {_COLUMNS} FROM content WHERE digest = ? AND media_type = ?"  # noqa: S608
_WEIGH = "SELECT key, size, pinned, media_type, fetched_at, fresh_for, stale_for FROM content"


class Content(msgspec.Struct, frozen=True):
    """A body and how old it is.

    `age`: seconds since the origin said or confirmed it, None when nobody knows (the clock was set back);
    `stale`: it is past its time, or may be, and the origin could not be asked; `stored`: False when it
    could not be, or was not to be, kept.
    """

    body: bytes
    age: float | None
    stale: bool
    etag: str | None
    media_type: str
    stored: bool = True

    def __repr__(self) -> str:
        age = "unknown" if self.age is None else f"{self.age:.0f}"
        return f"Content({len(self.body)} bytes, age={age}, stale={self.stale})"


class ContentCache:
    """The cache. Safe for threads; the origin is asked outside of every lock. After it is opened, no error of
    the disk is raised: content is then asked for at the origin, and `trouble` says what is wrong."""

    def __init__(
        self, path: Path, clock: Clock, *, max_bytes: int = MAX_BYTES, vfs: str | None = None
    ) -> None:
        """Open the file, or make it anew when it is damaged, of another release or of something else.

        `max_bytes` bounds the sum of the bodies. Raises StoreBusy, StoreFull, StoreBroken.
        """
        self._path = path
        self._clock = clock
        self._max_bytes = max_bytes
        self._vfs = vfs
        self._lock = threading.RLock()
        self._heard: dict[str, float] = {}  # monotonic time at which what was fetched since the start was new
        self._trouble: StoreError | None = None
        self._refused: set[str] = set()  # prefetched, and there was no room within the bound
        self._thrown_away = 0
        self._rotten = 0
        self._closed = False
        try:
            self._store = self._open()
        except (StoreDamaged, StoreTooNew, StoreForeign):
            discard(path)
            self._thrown_away = 1
            self._store = self._open()

    @property
    def trouble(self) -> StoreError | None:
        """Why content could not be read or kept the last time (StoreFull: disk or bound); None: well."""
        if self._trouble is None and self._refused:
            return StoreFull(f"what works offline is more than {self._max_bytes} bytes")
        return self._trouble

    @property
    def thrown_away(self) -> int:
        """How often the file was damaged and made anew since the start."""
        return self._thrown_away

    @property
    def rotten(self) -> int:
        """How many bodies were not what had been stored, since the start; each was forgotten."""
        return self._rotten

    def get(self, key: str, fetch: Fetch) -> Content | None:
        """The content of `key`, asking the origin when what is held is stale; None: there is none to show."""
        row = self._row(key)
        if row is not None and (fresh := self._fresh(key, row)) is not None:
            return fresh
        return self._ask(key, row, fetch(row[3] if row is not None else None), False)

    def prefetch(self, key: str, fetch: Fetch) -> Content | None:
        """As `get`, for what an item needs offline: kept longest when room runs out."""
        row = self._row(key)
        if row is not None and (fresh := self._fresh(key, row)) is not None:
            self._write("UPDATE content SET pinned = 1 WHERE key = ? AND NOT pinned", (key,))
            return fresh
        return self._ask(key, row, fetch(row[3] if row is not None else None), True)

    def peek(self, key: str) -> Content | None:
        """What may be shown of `key` without asking anybody; None when there is none, or it is too old."""
        row = self._row(key)
        return None if row is None else self._usable(key, row)

    def by_digest(self, digest: bytes, media_type: str) -> Content | None:
        """As `peek`, of what has this SHA-256 and is of this type, under whatever key."""
        found = self._read(_BY_DIGEST, (digest, media_type))
        if found is None or self._rots(found[0], found[1:]):
            return None
        return self._usable(found[0], found[1:])

    def prune(self) -> int:
        """Delete what is past both its times; how many that were.

        Only for when the origin has just been heard, and has so told the time: by a clock that is years
        ahead everything is past its time, and offline it would be missed.
        """
        past = [each.key for each in self._weigh() if each.past]
        for key in past:
            self._forget(key)
        return len(past)

    def close(self) -> None:
        """Let go of the file. May be called twice; afterwards nothing is held, and the origin is asked."""
        with self._lock:
            self._closed = True
            self._store.close()

    def _ask(self, key: str, row: Row | None, answer: Answer, pinned: bool) -> Content | None:
        if isinstance(answer, Fetched):
            return self._keep(key, answer, pinned)
        if isinstance(answer, NotModified) and row is not None:
            return self._confirm(key, row, answer, pinned)
        if isinstance(answer, Gone):
            self._forget(key)
            return None
        return None if row is None else self._usable(key, row)

    def _fresh(self, key: str, row: Row) -> Content | None:
        age = self._age(key, row[0])
        if age is None or age >= row[1]:
            return None
        return Content(row[6], age / 1000, False, row[3], row[4])

    def _usable(self, key: str, row: Row) -> Content | None:
        fetched_at, fresh_for, stale_for, etag, media_type, _, body = row
        age = self._age(key, fetched_at)
        if age is None:
            return Content(body, None, True, etag, media_type) if stale_for else None
        if age >= fresh_for + stale_for:
            return None
        return Content(body, age / 1000, age >= fresh_for, etag, media_type)

    def _age(self, key: str, fetched_at: int) -> float | None:
        """Milliseconds since the origin was heard on `key`. Since the start the monotonic clock counts, so
        that a civil clock that jumps ages nothing. None when the civil clock was set back before that: then
        nothing is fresh, by nobody's word."""
        heard = self._heard.get(key)
        if heard is not None:
            return (self._clock.monotonic() - heard) * 1000
        age = to_ms(self._clock.now()) - fetched_at
        return age if age >= 0 else None

    def _row(self, key: str) -> Row | None:
        """The row of `key`, if its body is what was stored."""
        row = self._read(_SELECT, (key,))
        return None if row is None or self._rots(key, row) else row

    def _rots(self, key: str, row: Row) -> bool:
        """Whether the body is not what was stored; then it is forgotten."""
        if sha256(row[6]).digest() == row[5]:
            return False
        self._rotten += 1
        self._forget(key)
        return True

    def _keep(self, key: str, answer: Fetched, pinned: bool) -> Content:
        size = len(answer.body)
        stored = False
        if _worthless(answer) or size > self._max_bytes:
            self._forget(key)
        else:
            with self._lock:
                stored = self._make_room(key, size, rank(pinned, answer.media_type)) and self._write(
                    "INSERT INTO content VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET"
                    " etag = excluded.etag, media_type = excluded.media_type,"
                    " fetched_at = excluded.fetched_at, fresh_for = excluded.fresh_for,"
                    " stale_for = excluded.stale_for, pinned = max(pinned, excluded.pinned),"
                    " size = excluded.size, digest = excluded.digest, body = excluded.body",
                    (
                        key,
                        answer.etag,
                        answer.media_type,
                        to_ms(self._clock.now()) - round(answer.age * 1000),
                        round(answer.max_age * 1000),
                        round(answer.stale_if_error * 1000),
                        pinned,
                        size,
                        sha256(answer.body).digest(),
                        answer.body,
                    ),
                )
                self._note(key, stored, answer.age)
        return Content(answer.body, answer.age, False, answer.etag, answer.media_type, stored)

    def _confirm(self, key: str, row: Row, answer: NotModified, pinned: bool) -> Content:
        fresh_for = row[1] if answer.max_age is None else round(answer.max_age * 1000)
        stale_for = row[2] if answer.stale_if_error is None else round(answer.stale_if_error * 1000)
        stored = fresh_for + stale_for > 0
        if not stored:
            self._forget(key)
        else:
            stored = self._write(
                "UPDATE content SET fetched_at = ?, fresh_for = ?, stale_for = ?, pinned = max(pinned, ?)"
                " WHERE key = ?",
                (to_ms(self._clock.now()) - round(answer.age * 1000), fresh_for, stale_for, pinned, key),
            )
            self._note(key, stored, answer.age)
        return Content(row[6], answer.age, False, row[3], row[4], stored)

    def _note(self, key: str, stored: bool, age: float) -> None:
        """After a failed write the row, if any, is as old as it was: it goes on ageing from there."""
        if stored:
            self._heard[key] = self._clock.monotonic() - age
            self._refused.discard(key)
            self._trouble = None

    def _make_room(self, key: str, size: int, dear: int) -> bool:
        """Evict until `size` more bytes fit beside all but `key`; nothing goes when that does not do."""
        going = victims(self._weigh(), key, size, dear, self._max_bytes)
        if going is None:
            if dear >= PREFETCHED:
                self._refused.add(key)
            return False
        for victim in going:
            self._forget(victim)
        return True

    def _weigh(self) -> list[Held]:
        """Everything that is held; nothing when it cannot be read (the next write finds that as well)."""
        store = self._store
        try:
            rows = store.read(_WEIGH)
        except (StoreError, apsw.Error) as error:
            self._failed(store, error)
            return []
        held = []
        for key, size, pinned, media_type, fetched_at, fresh_for, stale_for in rows:
            age = self._age(key, fetched_at)
            past = age is not None and age >= fresh_for + stale_for
            held.append(Held(key, size, rank(pinned, media_type), past, age))
        return held

    def _forget(self, key: str) -> None:
        self._heard.pop(key, None)
        self._refused.discard(key)
        self._write("DELETE FROM content WHERE key = ?", (key,))

    def _read(self, sql: str, values: tuple[str | bytes, ...]) -> Row | None:
        store = self._store
        try:
            return store.read_one(sql, values)
        except (StoreError, apsw.Error) as error:
            self._failed(store, error)
            return None

    def _write(self, sql: str, values: tuple[str | int | bytes | None, ...]) -> bool:
        """One statement; False, and the reason in `trouble`, when the disk does not take it."""
        store = self._store
        try:
            with store.transaction() as db:
                db.execute(sql, values)
        except (StoreError, apsw.Error) as error:
            self._failed(store, error)
            return False
        return True

    def _open(self) -> Store:
        return Store.open(self._path, CONTENT, durability=Durability.NORMAL, vfs=self._vfs)

    def _failed(self, store: Store, error: StoreError | apsw.Error) -> None:
        """Note why, and throw a damaged file away; another thread may have done that in the meantime."""
        if not isinstance(error, StoreError):
            error = StoreDamaged(str(error))  # our statements are right: the tables are not there any more
        with self._lock:
            if isinstance(error, StoreDamaged) and store is self._store:
                with suppress(StoreError, apsw.Error):
                    store.close()
                self._discard()
            self._note_trouble(error)

    def _discard(self) -> None:
        self._heard.clear()
        self._thrown_away += 1
        with suppress(OSError):  # a disk that is read-only now: it is tried again the next time
            discard(self._path)

    def _note_trouble(self, error: StoreError) -> None:
        """Keep the reason; and where the file was let go of, try to have one again, now or the next time."""
        with self._lock:
            self._trouble = error
            if not self._store.closed or self._closed:
                return
            try:
                self._store = self._open()
            except (StoreDamaged, StoreTooNew, StoreForeign) as again:
                self._trouble = again
                self._discard()
            except StoreError as again:
                self._trouble = again


def _worthless(answer: Fetched) -> bool:
    """Whether it is past both its times as it comes, or may not be kept at all."""
    return answer.max_age + answer.stale_if_error <= answer.age
