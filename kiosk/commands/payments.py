"""Looks at the payments of this terminal, also beside a running agent; writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kiosk.clock import SystemClock
from kiosk.commands.outbox import outbox_file
from offline_cache.journal import Journal
from offline_cache.payments import PaymentBook
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store


def rows(folder: Path) -> list[dict[str, Any]]:
    """Every payment that is kept, oldest first; money in fen. Raises StoreError."""
    store = Store.open_reader(outbox_file(folder), OUTBOX)
    try:
        clock = SystemClock()
        found = PaymentBook(store, Journal(store, clock), clock).all()
    finally:
        store.close()
    return [
        {
            "id": each.id,
            "item": each.item,
            "fen": each.fen,
            "state": each.state.value,
            "opened_at": each.opened_at.isoformat(),
            "settled_at": each.settled_at.isoformat() if each.settled_at else None,
            "refund_reason": each.refund_reason,
        }
        for each in found
    ]
