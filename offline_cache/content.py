"""Public content with its age: guides, lists, keys, pictures. Never anything about a person.

RFC 9111: what is fresh (within `max-age`) is answered from here; what is stale is asked for at the origin
every time, with its ETag. RFC 5861: only when the origin does not answer is stale content shown, within
its `stale-if-error`, and it says so. The file may be thrown away at any time, and is when it is damaged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from offline_cache.connection import Durability, Schema
from offline_cache.exc import StoreDamaged, StoreError, StoreForeign, StoreTooNew
from offline_cache.files import discard
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

CONTENT = Schema(application_id=0x544A4354, migrations=(_V1,))  # "TJCT"

_SELECT = "SELECT fetched_at, fresh_for, stale_for, etag, media_type, digest, body FROM content WHERE key = ?"

# Evicted first: what may not be shown any more; then what nobody prefetched; of equals, what the origin
# confirmed longest ago.
_EVICTION = (
    "SELECT key, size FROM content WHERE key <> ?"
    " ORDER BY fetched_at + fresh_for + stale_for > ?, pinned, fetched_at, key"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The origin's new answer. `max_age` (less the `Age` it came with) and `stale_if_error` in seconds;
    both 0 (`no-store`, or nothing said): used once and not kept."""

    body: bytes
    etag: str | None
    max_age: float
    stale_if_error: float
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: what is held is current again."""

    max_age: float
    stale_if_error: float


@dataclass(frozen=True, slots=True)
class Gone:
    """The origin has no such content (404, 410): it is forgotten here as well."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer that can be used: no network, 5xx, nonsense. The case `stale-if-error` is for."""


Fetch = Callable[[str | None], "Fetched | NotModified | Gone | Unreachable"]
"""Ask the origin, with the ETag that is held (If-None-Match). Has a deadline of its own."""


class Content(msgspec.Struct, frozen=True):
    """A body and how old it is.

    `age`: seconds since the origin said or confirmed it; `stale`: it is past its time and the origin could
    not be asked; `stored`: False when it could not be, or was not to be, kept.
    """

    body: bytes
    age: float
    stale: bool
    etag: str | None
    media_type: str
    stored: bool = True

    def __repr__(self) -> str:
        return f"Content({len(self.body)} bytes, age={self.age:.0f}, stale={self.stale})"


class ContentCache:
    """The cache. Safe for threads; the origin is asked outside of every lock."""

    def __init__(
        self, path: Path, clock: Clock, *, max_bytes: int = 256 << 20, vfs: str | None = None
    ) -> None:
        """Open the file, or make it anew when it is damaged, of another release or of something else.

        `max_bytes` bounds the sum of the bodies. Raises StoreBusy, StoreFull, StoreBroken.
        """
        self._path = path
        self._clock = clock
        self._max_bytes = max_bytes
        self._vfs = vfs
        self._lock = threading.RLock()
        self._heard: dict[str, float] = {}  # monotonic time of what was fetched since the start
        self._trouble: StoreError | None = None
        self._thrown_away = 0
        try:
            self._store = self._open()
        except (StoreDamaged, StoreTooNew, StoreForeign):
            discard(path)
            self._thrown_away = 1
            self._store = self._open()

    @property
    def trouble(self) -> StoreError | None:
        """Why content could not be read or kept the last time (StoreFull: disk full); None: all is well."""
        return self._trouble

    @property
    def thrown_away(self) -> int:
        """How often the file was damaged and made anew since the start."""
        return self._thrown_away

    def get(self, key: str, fetch: Fetch) -> Content | None:
        """The content of `key`, asking the origin when what is held is stale; None: there is none to show."""
        row = self._row(key)
        if row is not None:
            age = self._age(key, row[0])
            if 0 <= age < row[1]:
                return Content(row[6], age / 1000, False, row[3], row[4])
        return self._ask(key, row, fetch, False)

    def prefetch(self, key: str, fetch: Fetch) -> Content | None:
        """As `get`, for what an item needs offline: kept longest when room runs out."""
        row = self._row(key)
        if row is not None and 0 <= (age := self._age(key, row[0])) < row[1]:
            self._write("UPDATE content SET pinned = 1 WHERE key = ? AND NOT pinned", (key,))
            return Content(row[6], age / 1000, False, row[3], row[4])
        return self._ask(key, row, fetch, True)

    def peek(self, key: str) -> Content | None:
        """What may be shown of `key` without asking anybody; None when there is none, or it is too old."""
        row = self._row(key)
        return None if row is None else self._usable(key, row)

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._store.close()

    def _ask(self, key: str, row: Row | None, fetch: Fetch, pinned: bool) -> Content | None:
        answer = fetch(row[3] if row is not None else None)
        if isinstance(answer, Fetched):
            return self._keep(key, answer, pinned)
        if isinstance(answer, NotModified) and row is not None:
            return self._confirm(key, row, answer, pinned)
        if isinstance(answer, Gone):
            self._forget(key)
            return None
        return None if row is None else self._usable(key, row)

    def _usable(self, key: str, row: Row) -> Content | None:
        fetched_at, fresh_for, stale_for, etag, media_type, _, body = row
        age = self._age(key, fetched_at)
        if age >= fresh_for + stale_for:
            return None
        return Content(body, max(age, 0) / 1000, not 0 <= age < fresh_for, etag, media_type)

    def _age(self, key: str, fetched_at: int) -> float:
        """Milliseconds since the origin was heard on `key`. Since the start the monotonic clock counts, so
        that a civil clock that jumps ages nothing. Negative when the civil clock was set back before that:
        then nothing is fresh, by nobody's word."""
        heard = self._heard.get(key)
        if heard is not None:
            return (self._clock.monotonic() - heard) * 1000
        return to_ms(self._clock.now()) - fetched_at

    def _row(self, key: str) -> Row | None:
        """The row of `key`, if its body is what was stored."""
        try:
            row = self._store.read_one(_SELECT, (key,))
        except StoreDamaged as error:
            self._start_anew(error)
            return None
        except StoreError as error:
            self._note_trouble(error)
            return None
        if row is None or sha256(row[6]).digest() == row[5]:
            return row
        self._forget(key)
        return None

    def _keep(self, key: str, answer: Fetched, pinned: bool) -> Content:
        size = len(answer.body)
        stored = False
        if answer.max_age + answer.stale_if_error <= 0 or size > self._max_bytes:
            self._forget(key)
        else:
            with self._lock:
                stored = self._make_room(key, size) and self._write(
                    "INSERT INTO content VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET"
                    " etag = excluded.etag, media_type = excluded.media_type,"
                    " fetched_at = excluded.fetched_at, fresh_for = excluded.fresh_for,"
                    " stale_for = excluded.stale_for, pinned = max(pinned, excluded.pinned),"
                    " size = excluded.size, digest = excluded.digest, body = excluded.body",
                    (
                        key,
                        answer.etag,
                        answer.media_type,
                        to_ms(self._clock.now()),
                        round(answer.max_age * 1000),
                        round(answer.stale_if_error * 1000),
                        pinned,
                        size,
                        sha256(answer.body).digest(),
                        answer.body,
                    ),
                )
                self._note(key, stored)
        return Content(answer.body, 0.0, False, answer.etag, answer.media_type, stored)

    def _confirm(self, key: str, row: Row, answer: NotModified, pinned: bool) -> Content:
        stored = self._write(
            "UPDATE content SET fetched_at = ?, fresh_for = ?, stale_for = ?, pinned = max(pinned, ?)"
            " WHERE key = ?",
            (
                to_ms(self._clock.now()),
                round(answer.max_age * 1000),
                round(answer.stale_if_error * 1000),
                pinned,
                key,
            ),
        )
        self._note(key, stored)
        return Content(row[6], 0.0, False, row[3], row[4], stored)

    def _note(self, key: str, stored: bool) -> None:
        """After a failed write the row, if any, is as old as it was: it goes on ageing from there."""
        if stored:
            self._heard[key] = self._clock.monotonic()
            self._trouble = None

    def _make_room(self, key: str, size: int) -> bool:
        """Evict until `size` more bytes fit beside everything but `key`."""
        try:
            held = self._store.read_one("SELECT size FROM content WHERE key = ?", (key,))
            excess = self._sum() - (held[0] if held else 0) + size - self._max_bytes
            if excess <= 0:
                return True
            for other, freed in self._store.read(_EVICTION, (key, to_ms(self._clock.now()))):
                self._forget(other)
                excess -= freed
                if excess <= 0:
                    break
        except StoreError as error:
            self._note_trouble(error)
            return False
        return excess <= 0

    def _forget(self, key: str) -> None:
        self._heard.pop(key, None)
        self._write("DELETE FROM content WHERE key = ?", (key,))

    def _write(self, sql: str, values: tuple[str | int | bytes | None, ...]) -> bool:
        """One statement; False, and the reason in `trouble`, when the disk does not take it."""
        try:
            with self._store.transaction() as db:
                db.execute(sql, values)
        except StoreDamaged as error:
            self._start_anew(error)
            return False
        except StoreError as error:
            self._note_trouble(error)
            return False
        return True

    def _sum(self) -> int:
        row = self._store.read_one("SELECT ifnull(sum(size), 0) FROM content")
        return int(row[0]) if row else 0

    def _open(self) -> Store:
        return Store.open(self._path, CONTENT, durability=Durability.NORMAL, vfs=self._vfs)

    def _start_anew(self, why: StoreError) -> None:
        with self._lock:
            self._store.close()
            discard(self._path)
            self._heard.clear()
            self._thrown_away += 1
            self._note_trouble(why)

    def _note_trouble(self, error: StoreError) -> None:
        """Keep the reason; and where the file was let go of, try to have one again, now or the next time."""
        with self._lock:
            self._trouble = error
            if self._store.closed:
                try:
                    self._store = self._open()
                except StoreError as again:
                    self._trouble = again
