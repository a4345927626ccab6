"""A terminal's files opened with 50,000 submissions in the queue: a start after the longest night.

Ours is `kiosk.store.Stores.open`, all of it: locks, the reserve, the check of the file, migrations, the
list of what waits, the journal's head, the content cache. Beside it bare SQLite, which opens the same file
and reads the same list. Warm: the file lies in the kernel's memory. Cold: written back and dropped from it
(`posix_fadvise(DONTNEED)`, these files only) before each opening; below a virtual disk its host may still
hold it. Both take turns, each closed before the next; shown are medians.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw

from kiosk.clock import SystemClock
from kiosk.store import Stores
from tests.bench.filling import fill
from tests.bench.rows import row

QUEUED = 50_000
ENVELOPE = 4096
OPENINGS = {"warm": 7, "cold": 5}
LIMIT_MS = 2000.0
"""Issue C."""

_LIST = (
    "SELECT key, visit, sequence, length(envelope), state FROM submission"
    " WHERE envelope IS NOT NULL ORDER BY id"
)


def run() -> list[dict[str, Any]]:
    """Warm and cold: beside issue C's limit, and beside bare SQLite."""
    return measured(QUEUED, OPENINGS)


def measured(queued: int, openings: dict[str, int]) -> list[dict[str, Any]]:
    """The rows of so many queued, of so many openings each after one that does not count."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        store = Path(folder)
        fill(store / "outbox.db", queued, envelope=ENVELOPE)
        return [line for way, times in openings.items() for line in _way(store, queued, way, times)]


def _way(store: Path, queued: int, way: str, times: int) -> list[dict[str, Any]]:
    work: dict[str, Callable[[Path], tuple[float, int]]] = {"ours": _ours, "bare": _bare}
    took: dict[str, list[float]] = {name: [] for name in work}
    for number in range(times + 1):
        for name in work if number % 2 else reversed(work):
            if way == "cold":
                _drop(store)
            seconds, found = work[name](store)
            took[name].append(seconds)
            assert found == queued, f"{name} found {found} of {queued}"
    ours, bare = (statistics.median(seconds[1:]) * 1000 for seconds in took.values())
    name = f"files opened with {queued:,} queued of 4 KB, {way}"
    return [
        row(name, "ms", ours, limit=("issue C", LIMIT_MS), goal=1.0),
        row(f"{name}, beside", "ms", ours, peer=("bare SQLite: open, read the list", bare)),
    ]


def _ours(store: Path) -> tuple[float, int]:
    """Seconds, and how many wait."""
    began = time.perf_counter()
    stores = Stores.open(store, SystemClock(), random.Random(1))
    seconds = time.perf_counter() - began
    depth = stores.outbox.depth()
    stores.close()
    return seconds, depth


def _bare(store: Path) -> tuple[float, int]:
    began = time.perf_counter()
    db = apsw.Connection(str(store / "outbox.db"))
    rows = db.execute(_LIST).fetchall()
    seconds = time.perf_counter() - began
    db.close()
    return seconds, len(rows)


def _drop(store: Path) -> None:
    for path in store.iterdir():
        if path.is_file():
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)  # what is not written yet is not dropped
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)
