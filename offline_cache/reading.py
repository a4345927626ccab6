"""The outbox as it lies in its file, without contents: for the agent, and for who looks from beside it."""

from __future__ import annotations

from pathlib import Path

from offline_cache.schema import OUTBOX
from offline_cache.storage import Row, Store
from offline_cache.submission import Filed, State
from offline_cache.world import from_ms

COLUMNS = (
    "key, visit, sequence, operation, target, payload_hash, created_at, expires_at, state, reason, case_no,"
    " case_state, answered_at, length(envelope)"
)


def read_outbox(path: Path, state: State | None = None, limit: int = 1000) -> list[Filed]:
    """The outbox as it lies on the disk, also while an agent runs (`kiosk outbox list`).

    Raises StoreBroken (no such file), StoreTooNew, StoreForeign, StoreDamaged.
    """
    store = Store.open_reader(path, OUTBOX)
    try:
        return listed(store, state, limit)
    finally:
        store.close()


def listed(store: Store, state: State | None, limit: int) -> list[Filed]:
    """The oldest `limit` submissions (of one state). Raises StoreBroken, StoreDamaged."""
    rows = store.read(
        f"SELECT {COLUMNS} FROM submission WHERE ?1 IS NULL OR state = ?1 ORDER BY id LIMIT ?2",  # noqa: S608 - a constant
        (state, limit),
    )
    return [filed(row) for row in rows]


def filed(row: Row) -> Filed:
    """A row of `COLUMNS`."""
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
