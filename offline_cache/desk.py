"""What the desk has dealt with: a submission in quarantine is released to be sent again, or closed.

Only while no agent holds the file, which has one writer; each act is one transaction with its journal entry.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from offline_cache.events import Event, SubmissionClosed, SubmissionReleased, check
from offline_cache.exc import NotInQuarantine
from offline_cache.journal import Journal
from offline_cache.storage import Store
from offline_cache.submission import State
from offline_cache.world import from_ms, to_ms


class Because(StrEnum):
    """Why a submission is closed."""

    DESK = "desk"
    """The citizen has filed it at the desk."""
    DUPLICATE = "duplicate"
    """The city has it under another number."""


CLOSED = frozenset(f"closed-{because}" for because in Because)
"""The reasons of a row that was closed: its state is `refused`, for nothing of it will ever be sent."""


def release(store: Store, journal: Journal, key: str, now: datetime) -> None:
    """It waits again, with the same key, and is sent when the agent runs.

    Raises NotInQuarantine (also when the day until which it is sent is over, or its envelope is not what was
    sealed), StoreError.
    """
    state, reason, expires_at = _found(store, key)
    if state != State.QUARANTINED:
        raise NotInQuarantine(f"{key} is {state}, not quarantined")
    if from_ms(expires_at) <= now:
        raise NotInQuarantine(f"{key} was to be sent until {from_ms(expires_at).date()}; close it")
    if reason == "damaged":
        raise NotInQuarantine(f"{key} is damaged on the disk and can never be sent; close it")
    _change(
        store, journal, SubmissionReleased(key=key), "state = 'waiting', reason = '', answered_at = NULL", ()
    )


def close(store: Store, journal: Journal, key: str, because: Because, now: datetime) -> None:
    """It is over: its envelope goes, and the slip's number is answered with that. Raises NotInQuarantine,
    StoreError."""
    state, _, _ = _found(store, key)
    if state != State.QUARANTINED:
        raise NotInQuarantine(f"{key} is {state}, not quarantined")
    _change(
        store,
        journal,
        SubmissionClosed(key=key, because=because.value),
        "state = 'refused', reason = ?, answered_at = ?, envelope = NULL",
        (f"closed-{because}", to_ms(now)),
    )


def _found(store: Store, key: str) -> tuple[str, str, int]:
    row = store.read_one("SELECT state, reason, expires_at FROM submission WHERE key = ?", (key,))
    if row is None:
        raise NotInQuarantine(f"{key} is not in the outbox")
    state, reason, expires_at = row
    return state, reason, expires_at


def _change(
    store: Store,
    journal: Journal,
    event: SubmissionReleased | SubmissionClosed,
    change: str,
    values: tuple[str | int, ...],
) -> None:
    events: tuple[Event, ...] = (event,)
    check(*events)
    with store.transaction() as db:
        db.execute(f"UPDATE submission SET {change} WHERE key = ?", (*values, event.key))  # noqa: S608 - ours
        journal.write(db, *events)
