"""Outbox first: what a citizen confirmed is on the disk, by one fsync, before anything is promised.

The row and its journal entry are one transaction. A row leaves the queue only by a final answer or by its
expiry, and its envelope goes then; the key, the state and the case number stay for whoever asks
with a slip. Sending twice is harmless (the key never changes), so a crash between sending and
`record` loses nothing and doubles nothing. That is also why the answers of a drain are written down several
at a time (`note`).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import apsw

from offline_cache.answers import (
    InProgress,
    Outcome,
    Rejected,
    Rejection,
    Temporary,
    TooMany,
    Unauthorised,
    Unreachable,
)
from offline_cache.dating import Dating
from offline_cache.events import AnswerKind, Event, SubmissionAnswered, check
from offline_cache.exc import DuplicateKey, OutboxFull, StoreError, StoreFull
from offline_cache.journal import Journal
from offline_cache.reading import COLUMNS, filed, listed
from offline_cache.reserve import RESERVE_BYTES, Reserve
from offline_cache.schedule import Schedule
from offline_cache.settling import Final, delay, final
from offline_cache.storage import Store
from offline_cache.submission import MAX_ENVELOPE, Filed, State, Submission
from offline_cache.world import Clock, Random, from_ms, to_ms

_INSERT = (
    "INSERT INTO submission (key, visit, sequence, operation, target, payload_hash, created_at, expires_at,"
    " envelope, state) VALUES (?,?,?,?,?,?,?,?,?,'waiting')"
)
_PRUNE_WINDOW = 2000
"""Rows that one pruning looks at: a disk with a million answered ones holds up nobody for it."""
NOTED, NOTED_SECONDS = 16, 1.0
"""So many answers, or those of so long, are written down together while there is more to send."""
_DATED = timedelta(hours=1)
"""A submission whose date is further from now was dated before the clock was set right."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds and pace. New work is refused at a bound; old work is never dropped.

    `rows` and `bytes` count what waits or lies in quarantine. Waits are in seconds: the n-th failure waits a
    random time up to `base` · 2ⁿ, at most `cap` (full jitter); a Retry-After is kept, up to `longest_wait`,
    and spread by up to `base` more. Answered rows are kept for `keep` (the gateway knows a key for 180 days).
    `reserve` is in bytes, see `RESERVE_BYTES`.
    """

    rows: int = 50_000
    bytes: int = 1 << 30
    base: float = 2.0
    cap: float = 300.0
    longest_wait: float = 3600.0
    keep: timedelta = timedelta(days=180)
    reserve: int = RESERVE_BYTES


class Outbox:
    """The queue. Safe for threads; the one `Sync` sends from it."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
        reserve: Reserve | None = None,
    ) -> None:
        """`reserve` is None where the disk is not what is looked at: bounds are then all there is."""
        self._store = store
        self._journal = journal
        self._clock = clock
        self._random = random
        self._limits = limits or Limits()
        self._reserve = reserve
        self._dating = Dating(store)
        self._lock = threading.RLock()
        self._schedule = Schedule()
        self._attempts: dict[str, int] = {}
        self._troubles: dict[str, str] = {}
        self._ids: dict[str, int] = {}  # of what waits: the row, found without the index of all keys
        self._since: dict[str, float] = {}  # when it was written, monotonic; only what was since the start
        self._noted: dict[str, tuple[Final, datetime]] = {}  # answered, and not written down yet
        self._noted_since = 0.0
        self._disowned: set[str] = set()  # what a failing disk may hold although it was said not to
        self._pruned = 0  # the last row that was looked at
        self._rows = 0
        self._bytes = 0
        now = clock.monotonic()
        for number, key, visit, sequence, size, state in store.read(
            "SELECT id, key, visit, sequence, length(envelope), state FROM submission"
            " WHERE envelope IS NOT NULL ORDER BY id"
        ):
            self._rows += 1
            self._bytes += size
            if state == State.WAITING:
                self._ids[key] = number
                self._schedule.add(key, visit, sequence, now)

    def has_room(self, size: int = MAX_ENVELOPE) -> bool:
        """Whether a submission of `size` bytes would be taken; asked before a citizen begins to fill in. No,
        when the reserve is gone or the disk nearly full, although what was begun before is still taken."""
        return self._within(size) and (self._reserve is None or self._reserve.has_room())

    def enqueue(self, submission: Submission, *events: Event) -> None:
        """Write it down with its `SubmissionStored` and `events`. On return it is on the disk.

        A full disk is given the reserve for it, once. Raises OutboxFull, StoreFull, StoreBroken (nothing is
        kept, nothing may be promised); DuplicateKey, UnfitEvent (bugs of the caller).
        """
        check(*events)
        size = len(submission.envelope)
        with self._lock:
            if not self._within(size):
                self.settle()  # what is answered and only noted takes no room once it is written down
            if not self._within(size):
                raise OutboxFull(f"{self._rows} submissions of {self._bytes} bytes wait")
            if not self._schedule.fits(submission.visit, submission.sequence):
                raise DuplicateKey("a later submission of this visit waits already")
            undated = not self._dating.confirmed or abs(submission.created_at - self._clock.now()) > _DATED
            try:
                row = self._write(submission, undated, events)
            except apsw.ConstraintError as error:
                raise DuplicateKey("this key is in the outbox already") from error
            except StoreError:
                self._disowned.add(submission.key)
                raise
            if undated:
                self._dating.written(submission.key)
            now = self._clock.monotonic()
            self._schedule.add(submission.key, submission.visit, submission.sequence, now)
            self._ids[submission.key] = row
            self._since[submission.key] = now
            self._rows += 1
            self._bytes += size
            self._disowned.discard(submission.key)

    def due(self) -> Submission | None:
        """The submission to send now, with its envelope; None when nothing is due.

        One that is no longer what was written (a rotten disk) goes into quarantine and holds nobody up.
        """
        with self._lock:
            while (key := self._schedule.due(self._clock.monotonic())) is not None:
                try:
                    return self._load(key)
                except ValueError:
                    self.record(key, Rejected(Rejection.DAMAGED), self._clock.now())
            return None

    def expired(self, submission: Submission, now: datetime) -> bool:
        """Whether it is too old to be sent; `now` is the platform's time. What was written since the start is
        as old as the monotonic clock says: the civil clock may have been wrong when it was written."""
        age = self._age(submission.key)
        if age is not None:
            return age >= submission.expires_at - submission.created_at
        return submission.key not in self._dating and submission.expires_at <= now

    def time_confirmed(self) -> None:
        """The city has told the time since the start: what was written before is dated anew. Any thread."""
        with self._lock:
            self._dating.confirm()

    def wait(self) -> float:
        """Seconds until something is due; 0 when something is, infinity when nothing waits."""
        with self._lock:
            return self._schedule.wait(self._clock.monotonic())

    def hurried(self) -> float:
        """Seconds until what a citizen at the screen waits for may go; infinity when nobody does."""
        with self._lock:
            return self._schedule.hurried(self._clock.monotonic())

    def hurry(self, key: str) -> None:
        """A citizen waits for `key`: it goes next, after what its visit put before it."""
        with self._lock:
            self._schedule.hurry(key)

    def record(self, key: str, outcome: Outcome, now: datetime) -> State:
        """What came of sending `key`; returns where it is now. `now` is written as the time of the answer.

        A final answer is durable on return. One that comes again, or too late, changes nothing. Raises
        KeyError for an unknown key, StoreFull or StoreBroken: the row still waits then, and is sent again.
        """
        with self._lock:
            state = self.note(key, outcome, now)
            self.settle()
            return state

    def note(self, key: str, outcome: Outcome, now: datetime) -> State:
        """As `record`, but a final answer may wait for the next ones while there is more to send: at most
        `NOTED` of them, and no longer than `NOTED_SECONDS` once another one comes. Until `settle` the row
        waits on the disk and is not sent by this process; after a power cut it is sent again, and the gateway
        says the same again. The next of its visit goes only after it is written down."""
        with self._lock:
            if key not in self._schedule:
                return self.get(key).state
            if key in self._noted:
                return self._noted[key][0].state
            if isinstance(outcome, (InProgress, TooMany, Temporary, Unreachable, Unauthorised)):
                self.postpone(key, *delay(outcome))
                return State.WAITING
            monotonic = self._clock.monotonic()
            if not self._noted:
                self._noted_since = monotonic
            left = final(outcome)
            self._noted[key] = (left, now)
            self._schedule.hold(key)
            more = self._schedule.wait(monotonic) <= 0 and len(self._noted) < NOTED
            if not more or monotonic - self._noted_since >= NOTED_SECONDS:
                self.settle()
            return left.state

    def settle(self) -> None:
        """Write down, by one fsync, the answers that were noted. Raises StoreFull or StoreBroken: then those
        submissions wait, and are sent again later."""
        with self._lock:
            if not self._noted:
                return
            noted, self._noted = self._noted, {}
            try:
                self._finish(noted)
            except StoreError:
                for key in noted:
                    self.postpone(key, "store-trouble")
                raise

    @property
    def noted(self) -> int:
        """How many answers are noted and not written down yet."""
        return len(self._noted)

    def postpone(self, key: str, reason: str, retry_after: float | None = None) -> None:
        """Try `key` again later: by full jitter, and not before `retry_after`. Kept in memory only.
        Raises KeyError when it does not wait."""
        with self._lock:
            attempts = self._attempts.get(key, 0)
            wait = self.backoff(attempts, retry_after)
            self._schedule.postpone(key, self._clock.monotonic() + wait)
            self._attempts[key] = attempts + 1
            self._troubles[key] = reason

    def backoff(self, failures: int, retry_after: float | None = None) -> float:
        """Seconds to wait after so many failures before this one."""
        limits = self._limits
        wait = self._random.uniform(0.0, min(limits.cap, limits.base * 2.0 ** min(failures, 30)))
        if retry_after is None:
            return wait
        asked = min(max(retry_after, 0.0), limits.longest_wait)
        return max(wait, asked + self._random.uniform(0.0, limits.base))

    def get(self, key: str) -> Filed:
        """What is known of `key`. Raises KeyError."""
        self._settled()
        row = self._store.read_one(f"SELECT {COLUMNS} FROM submission WHERE key = ?", (key,))  # noqa: S608 - a constant
        if row is None:
            raise KeyError(key)
        return self._with_tries(filed(row))

    def list(self, state: State | None = None, limit: int = 1000) -> list[Filed]:
        """The oldest `limit` submissions (of one state), without their contents."""
        self._settled()
        return [self._with_tries(one) for one in listed(self._store, state, limit)]

    def depth(self) -> int:
        """How many wait."""
        return len(self._schedule)

    def oldest(self) -> datetime | None:
        """Since when the oldest one waits."""
        with self._lock:
            key = self._schedule.oldest
        return None if key is None else self.get(key).created_at

    def maintain(self) -> None:
        """Housekeeping that no promise may wait for: the checkpoint, the reserve, dates that are to be set
        right. Cheap when there is nothing to do. Raises StoreError."""
        self._store.maintain()
        if self._reserve is not None:
            self._reserve.keep()
        with self._lock:
            if self._disowned:
                self._disown()
            self._dating.set_right(self._clock.now(), lambda key: self._age(key) or timedelta(0))

    def prune(self, now: datetime) -> int:
        """Forget answered submissions older than `keep`, of the next so many rows; returns how many."""
        rows = self._store.read(
            "SELECT id, state IN ('done', 'refused', 'expired') AND answered_at < ? FROM submission"
            " WHERE id > ? ORDER BY id LIMIT ?",
            (to_ms(now - self._limits.keep), self._pruned, _PRUNE_WINDOW),
        )
        old = [row for row, forget in rows if forget]
        if old:
            with self._store.transaction() as db:
                db.executemany("DELETE FROM submission WHERE id = ?", ((row,) for row in old))
        self._pruned = rows[-1][0] if len(rows) == _PRUNE_WINDOW else 0
        return len(old)

    def _within(self, size: int) -> bool:
        return self._rows < self._limits.rows and self._bytes + size <= self._limits.bytes

    def _age(self, key: str) -> timedelta | None:
        since = self._since.get(key)
        return None if since is None else timedelta(seconds=self._clock.monotonic() - since)

    def _write(self, submission: Submission, undated: bool, events: tuple[Event, ...]) -> int:
        """Returns the row's id."""
        try:
            return self._write_once(submission, undated, events)
        except StoreFull:
            if self._reserve is None or not self._reserve.give_back():
                raise
            return self._write_once(submission, undated, events)

    def _write_once(self, submission: Submission, undated: bool, events: tuple[Event, ...]) -> int:
        with self._store.transaction() as db:
            db.execute(_INSERT, submission.row)
            row = db.last_insert_rowid()
            if undated:
                self._dating.write(db, submission.key)
            self._journal.write(db, submission.stored, *events)
        return row

    def _disown(self) -> None:
        """What was refused because its fsync failed may lie in the log complete, and be found by whoever
        opens the file anew (`Store` overwrites it, unless that failed too). It was not promised, so it is
        not sent."""
        with self._store.transaction() as db:
            for key in self._disowned:
                db.execute("DELETE FROM submission WHERE key = ?", (key,))
                if db.changes():
                    self._journal.write(db, SubmissionAnswered(key=key, kind=AnswerKind.REJECTED))
        self._disowned.clear()

    def _load(self, key: str) -> Submission:
        """Raises ValueError for one that is no longer what was written, or no longer there."""
        row = self._store.read_one(
            "SELECT key, visit, sequence, operation, target, envelope, payload_hash, created_at, expires_at"
            " FROM submission WHERE id = ? AND +key = ?",
            (self._ids[key], key),
        )
        if row is None:
            raise ValueError(f"{key} is not in the row in which it was written")
        key, visit, sequence, operation, target, envelope, payload_hash, created, expires = row
        return Submission(
            key=key,
            visit=visit,
            sequence=sequence,
            operation=operation,
            target=target,
            envelope=envelope,
            payload_hash=payload_hash,
            created_at=from_ms(created),
            expires_at=from_ms(expires),
        )

    def _finish(self, noted: dict[str, tuple[Final, datetime]]) -> None:
        freed = []  # bytes
        with self._store.transaction() as db:
            for key, (left, now) in noted.items():
                kept = left.state is State.QUARANTINED  # the desk may still need it; nobody else can open it
                if not kept:
                    size = db.execute("SELECT length(envelope) FROM submission WHERE key = ?", (key,)).get
                    freed.append(size or 0)
                db.execute(
                    "UPDATE submission SET state = ?, reason = ?, case_no = ?, case_state = ?,"
                    " answered_at = ?, envelope = iif(?, envelope, NULL) WHERE key = ?",
                    (left.state, left.reason, left.number, left.case_state, to_ms(now), kept, key),
                )
            answers = (SubmissionAnswered(key=key, kind=left.kind) for key, (left, _) in noted.items())
            self._journal.write(db, *answers)
        for key in noted:
            self._schedule.remove(key)
            del self._ids[key]
            self._attempts.pop(key, None)
            self._troubles.pop(key, None)
            self._since.pop(key, None)
        self._rows -= len(freed)
        self._bytes -= sum(freed)

    def _settled(self) -> None:
        """Before somebody reads. What cannot be written down waits, and is told so."""
        with suppress(StoreError):
            self.settle()

    def _with_tries(self, one: Filed) -> Filed:
        if one.state is not State.WAITING:
            return one
        tries = self._attempts.get(one.key, 0)
        return replace(one, attempts=tries, reason=self._troubles.get(one.key, ""))
