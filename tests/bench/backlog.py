"""What a submission costs with ten thousand and a million others in the file, beside a hundred.

Three files, three outboxes, one process; the sizes take turns call by call, in a rotating order, so that a
slow moment of the disk hits all. Wall time, with the disk's sync in it where there is one. Shown of each size
is the round whose ratio to the hundred is the median of all rounds, and within it the median of the calls.
Housekeeping (`maintain`) is between the rounds.

A terminal's own bound is 50,000 (`Limits.rows`); here it is lifted.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from kiosk.clock import SystemClock
from offline_cache.answers import Accepted
from offline_cache.opening import open_outbox
from offline_cache.outbox import Limits
from offline_cache.submission import Submission
from tests.bench.filling import fill
from tests.bench.rows import row
from tests.offline_cache.world import submission

SIZES = (100, 10_000, 1_000_000)
ENVELOPE = 500
"""Bytes, of those that lie there and of the new ones: what counts is how many there are."""
ROUNDS, CALLS_A_ROUND = 9, 60
GOAL = 1.2
TAKEN = Accepted("TJ-2026-1", "received")
UNBOUNDED = Limits(rows=1 << 40, bytes=1 << 50)
PARTS = {
    "enqueue": "durable enqueue of 0.5 KB",
    "due": "the next to be sent, with its envelope",
    "get": "what became of a slip, by its key",
    "record": "an answer written down",
}
TOLD = frozenset({"record"})
"""Issue C asks for the cost to enqueue and to read."""

Times = dict[str, float]
"""Seconds of one call, by part."""


class Backlog:
    """An open outbox with so many in it; one call a part, in the order of PARTS."""

    def __init__(self, path: Path, size: int, chance: random.Random, *, waiting: bool) -> None:
        self._keys = fill(path, size, envelope=ENVELOPE, waiting=waiting)
        self._chance = chance
        self.opened = open_outbox(path, clock=SystemClock(), random=chance, limits=UNBOUNDED)
        assert self.opened.outbox.depth() == (size if waiting else 0), "it is not all there"
        self.opened.outbox.time_confirmed()
        self._due: Submission | None = None

    def call(self, part: str, new: Submission) -> float:
        """Seconds that it took."""
        outbox = self.opened.outbox
        asked = self._chance.choice(self._keys)
        began = time.perf_counter()
        match part:
            case "enqueue":
                outbox.enqueue(new)
            case "due":
                self._due = outbox.due()
            case "get":
                outbox.get(asked)
            case "record":
                assert self._due is not None, "nothing was due"
                outbox.record(self._due.key, TAKEN, new.created_at)
        return time.perf_counter() - began


def run() -> list[dict[str, Any]]:
    """Each part with 10⁴ and 10⁶ waiting beside 10², then with as many answered."""
    return [
        line for waiting in (True, False) for line in measured(SIZES, ROUNDS, CALLS_A_ROUND, waiting=waiting)
    ]


def measured(sizes: tuple[int, ...], rounds: int, calls: int, *, waiting: bool) -> list[dict[str, Any]]:
    """The rows of all sizes but the first, which they are beside."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        backlogs = {
            size: Backlog(Path(folder) / f"{size}.db", size, chance, waiting=waiting) for size in sizes
        }
        taken: list[dict[int, Times]] = []
        for _ in range(rounds + 1):
            taken.append(_round(backlogs, chance, calls))
            for backlog in backlogs.values():
                backlog.opened.outbox.maintain()
        for backlog in backlogs.values():
            backlog.opened.close()
    del taken[0]  # fills caches and logs
    return _rows(sizes, taken, "waiting" if waiting else "answered")


def _round(backlogs: dict[int, Backlog], chance: random.Random, calls: int) -> dict[int, Times]:
    """Medians of the calls, by size."""
    times: dict[int, dict[str, list[float]]] = {size: {part: [] for part in PARTS} for size in backlogs}
    order = list(backlogs)
    for _ in range(calls):
        order.append(order.pop(0))
        new = submission(chance, size=ENVELOPE, at=SystemClock().now())
        for part in PARTS:
            for size in order:
                times[size][part].append(backlogs[size].call(part, new))
    return {
        size: {part: statistics.median(seconds) for part, seconds in parts.items()}
        for size, parts in times.items()
    }


def _rows(sizes: tuple[int, ...], taken: list[dict[int, Times]], state: str) -> list[dict[str, Any]]:
    first, *others = sizes
    lines = []
    for part, name in PARTS.items():
        for size in others:
            by_ratio = sorted(taken, key=lambda each: each[size][part] / each[first][part])
            middle = by_ratio[len(by_ratio) // 2]
            lines.append(
                row(
                    f"{name}, with {size:,} {state}",
                    "µs",
                    middle[size][part] * 1e6,
                    peer=(f"with {first:,}", middle[first][part] * 1e6),
                    goal=None if part in TOLD else GOAL,
                )
            )
    return lines
