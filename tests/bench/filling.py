"""An outbox's file with very many submissions in it, made by SQL in seconds.

The tables, the settings and the shape of each row are the agent's own; keys and visits are random, so that
the index is as scattered as a real one. Nothing is journalled of them: a journal's old entries lie in files
of their own (docs/decisions/0014-journal-segments.md), and the newest ones do not become more with the queue.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw

from kiosk.clock import SystemClock
from offline_cache.opening import open_outbox
from offline_cache.world import to_ms

LASTS = timedelta(days=30)
_MAKE = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT :rows),
made AS MATERIALIZED (
  SELECT n, lower(hex(randomblob(16))) AS id, lower(hex(randomblob(16))) AS visit FROM numbers)
INSERT INTO submission (key, visit, sequence, operation, target, payload_hash, created_at, expires_at, state,
  case_no, case_state, answered_at, envelope)
SELECT
  format('%s-%s-4%s-a%s-%s', substr(id, 1, 8), substr(id, 9, 4), substr(id, 13, 3), substr(id, 16, 3),
    substr(id, 19, 12)),
  visit, 1, 'submitApplication', 'civil.senior-allowance-apply', visit || visit, :made, :ends,
  iif(:waits, 'waiting', 'done'), iif(:waits, NULL, 'TJ' || n), iif(:waits, NULL, 'received'),
  iif(:waits, NULL, :made),
  iif(:waits, CAST('eyJh.b.c.' || substr(visit, 1, 8) || :filler || '.g' AS BLOB), NULL)
FROM made
"""
_AROUND = len(b"eyJh.b.c.12345678.g")


def fill(path: Path, rows: int, *, envelope: int = 500, waiting: bool = True) -> list[str]:
    """Make the file at `path` with so many submissions of `envelope` bytes, or as many answered ones, whose
    envelopes are gone. The reserve lies beside it afterwards. Returns up to 1,000 of the keys, by chance."""
    open_outbox(path, clock=SystemClock(), random=random.Random(1)).close()
    now = datetime.now(UTC)
    db = apsw.Connection(str(path))
    try:
        db.execute("PRAGMA journal_mode=OFF")  # a measuring that is cut off begins anew
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA temp_store=MEMORY")
        db.execute("PRAGMA cache_size=-400000")
        db.execute("BEGIN")
        db.execute(
            _MAKE,
            {
                "rows": rows,
                "made": to_ms(now),
                "ends": to_ms(now + LASTS),
                "waits": waiting,
                "filler": "x" * (envelope - _AROUND),
            },
        )
        db.execute("COMMIT")
        step = max(rows // 1000, 1)
        found = db.execute("SELECT key FROM submission WHERE id % ? = 0 LIMIT 1000", (step,))
        return [str(key) for (key,) in found]
    finally:
        db.close()
        with path.open("rb") as file:
            os.fsync(file.fileno())  # else the kernel writes it back while syncs are timed
