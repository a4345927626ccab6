"""What was begun to be paid: the id of every payment is on the disk before anybody can pay it.

So a crash loses none: after it each open payment is asked about, closed if nobody paid, and kept as paid if
somebody did. Nothing here says who pays, or for what but the item.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from offline_cache.events import PaymentOpened, PaymentSettled, check
from offline_cache.journal import Journal
from offline_cache.storage import Row, Store
from offline_cache.world import Clock, from_ms, to_ms

_COLUMNS = "key, id, item, fen, state, refund_key, refund_reason, opened_at, settled_at"
KEEP = timedelta(days=180)
"""How long a settled payment can be looked up by a technician."""


class PaymentState(StrEnum):
    """`OPEN` and `REFUND_OWED` are not over: somebody has to ask the gateway about them."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"
    REFUND_OWED = "refund-owed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class KeptPayment:
    """One payment. Money in fen; `refund_key` is there once a refund is owed, and never changes."""

    key: str
    id: str
    item: str
    fen: int
    state: PaymentState
    refund_key: str
    refund_reason: str
    opened_at: datetime
    settled_at: datetime | None


class PaymentBook:
    """The payments of this terminal, in the outbox's file. Safe for threads."""

    def __init__(self, store: Store, journal: Journal, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock

    def opened(self, *, key: str, payment: str, item: str, fen: int, visit: str) -> None:
        """Write down that `payment` exists, one fsync. The same key or id again changes nothing.

        Raises StoreFull, StoreBroken (then it must not be shown to anybody), UnfitEvent.
        """
        event = PaymentOpened(visit=visit, key=key)
        check(event)
        now = to_ms(self._clock.now())
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO payment (key, id, item, fen, state, opened_at)"
                " VALUES (?, ?, ?, ?, 'open', ?)",
                (key, payment, item, fen, now),
            )
            if db.changes():
                self._journal.write(db, event)
                db.execute("DELETE FROM payment WHERE settled_at < ?", (to_ms(self._clock.now() - KEEP),))

    def settled(self, payment: str, state: PaymentState) -> None:
        """What became of it. Only forwards: what is over stays as it is. Raises StoreFull, StoreBroken.

        A payment that was taken for closed and turns out to be paid is paid.
        """
        now = to_ms(self._clock.now())
        with self._store.transaction() as db:
            row = db.execute("SELECT key, state FROM payment WHERE id = ?", (payment,)).fetchone()
            if row is None or not _may_become(PaymentState(row[1]), state):
                return
            db.execute("UPDATE payment SET state = ?, settled_at = ? WHERE id = ?", (state, now, payment))
            event = PaymentSettled(key=row[0], state=_word(state))
            self._journal.write(db, event)

    def owe(self, payment: str, *, refund_key: str, reason: str) -> str:
        """Paid, not rendered: to be paid back, and asked for until it is. Gives the key of the refund: the
        first one stays. Raises StoreFull, StoreBroken."""
        with self._store.transaction() as db:
            row = db.execute("SELECT key, refund_key FROM payment WHERE id = ?", (payment,)).fetchone()
            if row is None:
                return refund_key
            if row[1] is not None:
                return str(row[1])
            db.execute(
                "UPDATE payment SET state = 'refund-owed', refund_key = ?, refund_reason = ?,"
                " settled_at = NULL WHERE id = ?",
                (refund_key, reason, payment),
            )
            self._journal.write(db, PaymentSettled(key=row[0], state="refund-owed"))
        return refund_key

    def unsettled(self) -> list[KeptPayment]:
        """Those that are not over, oldest first. Raises StoreBroken."""
        return [
            _kept(row)
            for row in self._store.read(
                f"SELECT {_COLUMNS} FROM payment WHERE state IN ('open', 'refund-owed')"  # noqa: S608 - ours
                " ORDER BY opened_at, key"
            )
        ]

    def all(self) -> list[KeptPayment]:
        """Every payment that is kept, oldest first. Raises StoreBroken."""
        rows = self._store.read(f"SELECT {_COLUMNS} FROM payment ORDER BY opened_at, key")  # noqa: S608
        return [_kept(row) for row in rows]


def _word(state: PaymentState) -> Literal["paid", "failed", "closed", "refund-owed", "refunded"]:
    """The journal's word. A payment never becomes open again."""
    words: dict[PaymentState, Literal["paid", "failed", "closed", "refund-owed", "refunded"]] = {
        PaymentState.PAID: "paid",
        PaymentState.FAILED: "failed",
        PaymentState.CLOSED: "closed",
        PaymentState.REFUND_OWED: "refund-owed",
        PaymentState.REFUNDED: "refunded",
    }
    return words[state]


def _may_become(before: PaymentState, after: PaymentState) -> bool:
    if before is PaymentState.OPEN:
        return after is not PaymentState.OPEN
    if before is PaymentState.REFUND_OWED:
        return after in {PaymentState.REFUNDED, PaymentState.CLOSED, PaymentState.FAILED}
    return before in {PaymentState.CLOSED, PaymentState.FAILED} and after is PaymentState.PAID


def _kept(row: Row) -> KeptPayment:
    key, payment, item, fen, state, refund_key, reason, opened, settled = row
    return KeptPayment(
        key=key,
        id=payment,
        item=item,
        fen=fen,
        state=PaymentState(state),
        refund_key=refund_key or "",
        refund_reason=reason or "",
        opened_at=from_ms(opened),
        settled_at=None if settled is None else from_ms(settled),
    )
