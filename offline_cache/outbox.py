"""Outbox first: what a citizen confirmed is on the disk, by one fsync, before anything is promised.

The row and its journal entry are one transaction. A row leaves the queue only by a final answer or by its
expiry, and its envelope goes then; the key, the state and the case number stay for whoever asks
with a slip. Sending twice is harmless (the key never changes), so a crash between sending and
`record` loses nothing and doubles nothing.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import apsw

from offline_cache.answers import (
    Accepted,
    Expired,
    InProgress,
    Outcome,
    Refused,
    Rejected,
    Rejection,
    SealKeyGone,
    Temporary,
    TooMany,
    Unauthorised,
    Unreachable,
)
from offline_cache.events import AnswerKind, Event, SubmissionAnswered, check
from offline_cache.exc import DuplicateKey, OutboxFull
from offline_cache.journal import Journal
from offline_cache.schedule import Schedule
from offline_cache.schema import OUTBOX
from offline_cache.storage import Row, Store
from offline_cache.submission import MAX_ENVELOPE, Filed, State, Submission
from offline_cache.world import Clock, Random, from_ms, to_ms

_COLUMNS = (
    "key, visit, sequence, operation, target, payload_hash, created_at, expires_at, state, reason, case_no,"
    " case_state, answered_at, length(envelope)"
)
_INSERT = (
    "INSERT INTO submission (key, visit, sequence, operation, target, payload_hash, created_at, expires_at,"
    " envelope, state) VALUES (?,?,?,?,?,?,?,?,?,'waiting')"
)
_CODE = re.compile(r"(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")  # as in the contract: a stable word
_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")  # `case_no` has at most 40, `id` at most 64
_MAX_CODES = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds and pace. New work is refused at a bound; old work is never dropped.

    `rows` and `bytes` count what waits or lies in quarantine. Waits are in seconds: the n-th failure waits a
    random time up to `base` · 2ⁿ, at most `cap` (full jitter); a Retry-After is kept, up to `longest_wait`,
    and spread by up to `base` more. Answered rows are kept for `keep` (the gateway knows a key for 180 days).
    """

    rows: int = 50_000
    bytes: int = 1 << 30
    base: float = 2.0
    cap: float = 300.0
    longest_wait: float = 3600.0
    keep: timedelta = timedelta(days=180)


class Outbox:
    """The queue. Safe for threads; the one `Sync` sends from it."""

    def __init__(
        self, store: Store, journal: Journal, clock: Clock, random: Random, limits: Limits | None = None
    ) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._random = random
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._schedule = Schedule()
        self._attempts: dict[str, int] = {}
        self._troubles: dict[str, str] = {}
        self._since: dict[str, float] = {}  # when it was written, monotonic; only what was since the start
        self._rows = 0
        self._bytes = 0
        now = clock.monotonic()
        for key, visit, sequence, size, state in store.read(
            "SELECT key, visit, sequence, length(envelope), state FROM submission"
            " WHERE envelope IS NOT NULL ORDER BY id"
        ):
            self._rows += 1
            self._bytes += size
            if state == State.WAITING:
                self._schedule.add(key, visit, sequence, now)

    def has_room(self, size: int = MAX_ENVELOPE) -> bool:
        """Whether a submission of `size` bytes would be taken; asked before a citizen begins to fill in."""
        return self._rows < self._limits.rows and self._bytes + size <= self._limits.bytes

    def enqueue(self, submission: Submission, *events: Event) -> None:
        """Write it down with its `SubmissionStored` and `events`. On return it is on the disk.

        Raises OutboxFull, StoreFull, StoreBroken (nothing is kept, nothing may be promised); DuplicateKey,
        UnfitEvent (bugs of the caller).
        """
        check(*events)
        size = len(submission.envelope)
        with self._lock:
            if not self.has_room(size):
                raise OutboxFull(f"{self._rows} submissions of {self._bytes} bytes wait")
            if not self._schedule.fits(submission.visit, submission.sequence):
                raise DuplicateKey("a later submission of this visit waits already")
            try:
                with self._store.transaction() as db:
                    db.execute(_INSERT, submission.row)
                    self._journal.write(db, submission.stored, *events)
            except apsw.ConstraintError as error:
                raise DuplicateKey("this key is in the outbox already") from error
            now = self._clock.monotonic()
            self._schedule.add(submission.key, submission.visit, submission.sequence, now)
            self._since[submission.key] = now
            self._rows += 1
            self._bytes += size

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
        since = self._since.get(submission.key)
        if since is None:
            return submission.expires_at <= now
        lifetime = submission.expires_at - submission.created_at
        return self._clock.monotonic() - since >= lifetime.total_seconds()

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
            if key not in self._schedule:
                return self.get(key).state
            if isinstance(outcome, (InProgress, TooMany, Temporary, Unreachable, Unauthorised)):
                self.postpone(key, *_delay(outcome))
                return State.WAITING
            final = _final(outcome)
            self._finish(key, final, now)
            return final.state

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
        row = self._store.read_one(f"SELECT {_COLUMNS} FROM submission WHERE key = ?", (key,))  # noqa: S608 - a constant
        if row is None:
            raise KeyError(key)
        return self._with_tries(_filed(row))

    def list(self, state: State | None = None, limit: int = 1000) -> list[Filed]:
        """The oldest `limit` submissions (of one state), without their contents."""
        return [self._with_tries(filed) for filed in _listed(self._store, state, limit)]

    def depth(self) -> int:
        """How many wait."""
        return len(self._schedule)

    def oldest(self) -> datetime | None:
        """Since when the oldest one waits."""
        with self._lock:
            key = self._schedule.oldest
        return None if key is None else self.get(key).created_at

    def maintain(self) -> None:
        """Housekeeping that no promise may wait for: the checkpoint. Cheap when there is nothing to do."""
        self._store.maintain()

    def prune(self, now: datetime) -> int:
        """Forget answered submissions older than `keep`, a few hundred at a time; returns how many."""
        with self._store.transaction() as db:
            db.execute(
                "DELETE FROM submission WHERE id IN (SELECT id FROM submission"
                " WHERE state IN ('done', 'refused', 'expired') AND answered_at < ? LIMIT 500)",
                (to_ms(now - self._limits.keep),),
            )
            return db.changes()

    def _load(self, key: str) -> Submission:
        row = self._store.read_one(
            "SELECT key, visit, sequence, operation, target, envelope, payload_hash, created_at, expires_at"
            " FROM submission WHERE key = ?",
            (key,),
        )
        if row is None:
            raise KeyError(key)
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

    def _finish(self, key: str, final: _Final, now: datetime) -> None:
        kept = final.state is State.QUARANTINED  # the desk may still need it; nobody else can open it
        with self._store.transaction() as db:
            size = db.execute("SELECT length(envelope) FROM submission WHERE key = ?", (key,)).get
            db.execute(
                "UPDATE submission SET state = ?, reason = ?, case_no = ?, case_state = ?, answered_at = ?,"
                " envelope = iif(?, envelope, NULL) WHERE key = ?",
                (final.state, final.reason, final.number, final.case_state, to_ms(now), kept, key),
            )
            self._journal.write(db, SubmissionAnswered(key=key, kind=final.kind))
        self._schedule.remove(key)
        self._attempts.pop(key, None)
        self._troubles.pop(key, None)
        self._since.pop(key, None)
        if not kept:
            self._rows -= 1
            self._bytes -= size

    def _with_tries(self, filed: Filed) -> Filed:
        if filed.state is not State.WAITING:
            return filed
        tries = self._attempts.get(filed.key, 0)
        return replace(filed, attempts=tries, reason=self._troubles.get(filed.key, ""))


@dataclass(frozen=True, slots=True)
class _Final:
    """What a final outcome leaves in the row."""

    state: State
    kind: AnswerKind
    reason: str = ""
    number: str | None = None
    case_state: str | None = None


def _final(outcome: Accepted | Refused | Expired | SealKeyGone | Rejected) -> _Final:
    match outcome:
        case Accepted(number, case_state):
            return _Final(
                State.DONE,
                AnswerKind.ACCEPTED,
                number=number if number and _NUMBER.match(number) else None,
                case_state=case_state if case_state and _CODE.match(case_state) else None,
            )
        case Refused(reasons):
            codes = (r.code if _CODE.match(r.code) else "OTHER" for r in reasons[:_MAX_CODES])
            return _Final(State.REFUSED, AnswerKind.REFUSED, ",".join(codes))
        case Expired():
            return _Final(State.EXPIRED, AnswerKind.EXPIRED, "expired")
        case SealKeyGone():
            return _Final(State.QUARANTINED, AnswerKind.SEAL_KEY_GONE, "seal-key-gone")
        case Rejected(reason):
            return _Final(State.QUARANTINED, AnswerKind.REJECTED, reason)


def _delay(
    outcome: InProgress | TooMany | Temporary | Unreachable | Unauthorised,
) -> tuple[str, float | None]:
    match outcome:
        case InProgress(retry_after):
            return "in-progress", retry_after
        case TooMany(retry_after):
            return "too-many", retry_after
        case Temporary(reason, retry_after, _):
            return reason, retry_after
        case Unreachable(reason) | Unauthorised(reason):
            return reason, None


def read_outbox(path: Path, state: State | None = None, limit: int = 1000) -> list[Filed]:
    """The outbox as it lies on the disk, also while an agent runs (`kiosk outbox list`).

    Raises StoreBroken (no such file), StoreTooNew, StoreForeign, StoreDamaged.
    """
    store = Store.open_reader(path, OUTBOX)
    try:
        return _listed(store, state, limit)
    finally:
        store.close()


def _listed(store: Store, state: State | None, limit: int) -> list[Filed]:
    rows = store.read(
        f"SELECT {_COLUMNS} FROM submission WHERE ?1 IS NULL OR state = ?1 ORDER BY id LIMIT ?2",  # noqa: S608 - a constant
        (state, limit),
    )
    return [_filed(row) for row in rows]


def _filed(row: Row) -> Filed:
    key, visit, sequence, operation, target, payload_hash, created, expires, state, reason, *answer = row
    number, case_state, answered, size = answer
    return Filed(
        key=key,
        visit=visit,
        sequence=sequence,
        operation=operation,
        target=target,
        payload_hash=payload_hash,
        created_at=from_ms(created),
        expires_at=from_ms(expires),
        state=State(state),
        reason=reason,
        number=number,
        case_state=case_state,
        answered_at=None if answered is None else from_ms(answered),
        size=size or 0,
        attempts=None,
    )
