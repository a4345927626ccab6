"""The store against raw SQLite, beside the queues and caches that one would otherwise take.

All contenders run in this process and take turns in a rotating order, so that a slow moment of the disk
hits all. What is shown is one round, the one whose ratio is the median of all rounds: within it, medians for
the enqueue; for the guide, which is read from memory, best turns (what disturbs one can only add to it).
"""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from kiosk import keys, seal
from offline_cache.content import ContentCache
from offline_cache.opening import open_outbox
from offline_cache.origin import Fetched, Unreachable
from offline_cache.submission import Submission
from tests.bench import peers
from tests.bench.rows import row
from tests.offline_cache import fsyncs
from tests.offline_cache.world import submission

ENVELOPE = 2048
ROUNDS = 9
ENQUEUES_A_ROUND = 120
ENQUEUE_GOAL = 1.3
GUIDE = 2048
"""Bytes: several times a guide of the sandbox; about a long real one."""
READS_A_TURN = 50
TURNS_A_ROUND = 12
GUIDE_GOAL = 2.5
STRACED = 40


class _Clock:
    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)


def run() -> list[dict[str, Any]]:
    """Rows of the enqueue, of the fsyncs it waits for, of sealing, and of the cached guide."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_enqueue(Path(folder)), _sync_count(Path(folder)), _sealing(), *_guide(Path(folder))]


def _enqueue(folder: Path) -> list[dict[str, Any]]:
    chance = random.Random(1)
    opened = open_outbox(folder / "outbox" / "outbox.db", clock=_Clock(), random=chance)
    opened.outbox.enqueue(submission(chance, size=ENVELOPE))
    (body,) = opened.store.read("SELECT body FROM journal WHERE sequence = 1")[0]
    raw = peers.raw_database(folder / "raw.db")
    rows = 0

    def plain(one: Submission) -> None:
        nonlocal rows
        rows += 1
        raw.execute("BEGIN IMMEDIATE")
        raw.execute(
            peers.INSERT,
            (
                one.key,
                one.visit,
                one.sequence,
                one.operation,
                one.target,
                one.payload_hash,
                1_790_000_000_000,
                1_790_000_000_000,
                one.envelope,
            ),
        )
        raw.execute("INSERT INTO journal VALUES (?, ?, ?)", (rows, body, bytes(32)))
        raw.execute("COMMIT")

    with peers.queues(folder) as queues:
        contenders: dict[str, Callable[[Submission], object]] = {
            "ours": opened.outbox.enqueue,
            "raw": plain,
            **{name: _of_envelope(put) for name, put in queues.items()},
        }
        rounds = []
        for number in range(-1, ROUNDS):  # the first fills caches and logs, and does not count
            filed = [submission(chance, size=ENVELOPE) for _ in range(ENQUEUES_A_ROUND)]
            times = _taking_turns(contenders, filed)
            opened.outbox.maintain()
            if number >= 0:
                rounds.append({name: statistics.median(seconds) * 1e6 for name, seconds in times.items()})
    opened.close()
    raw.close()
    figures = _the_middle_one(rounds)
    limit = ("raw SQLite, WAL FULL, same rows", figures["raw"])
    first = row("durable enqueue of 2 KB", "µs", figures["ours"], limit=limit, goal=ENQUEUE_GOAL)
    beside = [
        row("durable enqueue of 2 KB, beside", "µs", figures["ours"], peer=(name, figures[name]))
        for name in queues
    ]
    return [first, *beside]


def _the_middle_one(rounds: list[dict[str, float]]) -> dict[str, float]:
    return sorted(rounds, key=lambda figures: figures["ours"] / figures["raw"])[len(rounds) // 2]


def _of_envelope(put: peers.Put) -> Callable[[Submission], object]:
    return lambda one: put(one.envelope)


def _taking_turns(
    contenders: dict[str, Callable[[Submission], object]], filed: Sequence[Submission]
) -> dict[str, list[float]]:
    """Seconds of each call."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for one in filed:
        order.append(order.pop(0))
        for name in order:
            file = contenders[name]
            begin = time.perf_counter()
            file(one)
            times[name].append(time.perf_counter() - begin)
    return times


def _sync_count(folder: Path) -> dict[str, Any]:
    straced = folder / "straced"
    straced.mkdir()
    counts = fsyncs.per_enqueue(straced, STRACED)
    worst = max(counts, key=lambda count: abs(count - 1))
    shown = row("syncs that one promise waits for (strace)", "count", worst, limit=("one", 1), goal=1)
    shown["holds"] = set(counts) == {1}  # none would be no better than two
    return shown


def _sealing() -> dict[str, Any]:
    key = keys.generate()
    gateway = ECKey.import_key(ec.generate_private_key(ec.SECP256R1())).as_dict(private=False)
    sealing_key = seal.SealingKey("k", 4_000_000_000, str(gateway["x"]), str(gateway["y"]))
    body = {"item": "civil.senior-allowance-apply", "filler": "a" * 900}
    times = []
    for number in range(60):
        begin = time.perf_counter()
        sealed = seal.seal(body, key, sealing_key, str(number))
        times.append(time.perf_counter() - begin)
        if isinstance(sealed, seal.TooLarge):
            raise TypeError("1 KB does not fit")
    return row("signing and sealing of 2 KB, before the enqueue", "µs", statistics.median(times) * 1e6)


def _guide(folder: Path) -> list[dict[str, Any]]:
    key, body = (
        "/items/service.item-guide/guide",
        hashlib.shake_128(b"guide").digest(GUIDE // 2).hex().encode(),
    )
    cache = ContentCache(folder / "content.db", _Clock())
    guide = Fetched(body, '"1"', 3600, 86400)
    for number in range(100):
        cache.get(f"{key}/{number}", lambda _etag: guide)
    cache.get(key, lambda _etag: guide)
    raw = peers.raw_content(folder / "raw-content.db", key, body, 100)

    def plain() -> object:
        return raw.execute("SELECT body FROM content WHERE key = ?", (key,)).fetchone()

    with peers.caches(folder, body) as caches:
        contenders: dict[str, peers.Get] = {
            "ours": lambda: cache.get(key, _nobody),
            "raw": plain,
            **caches,
        }
        rounds = []
        for _ in range(ROUNDS):
            times = _reading_in_turns(contenders)
            rounds.append({name: min(seconds) * 1e6 for name, seconds in times.items()})
    cache.close()
    raw.close()
    figures = _the_middle_one(rounds)
    limit = ("raw select of the same body", figures["raw"])
    first = row("cached guide, policy and age included", "µs", figures["ours"], limit=limit, goal=GUIDE_GOAL)
    beside = [
        row("cached guide, beside", "µs", figures["ours"], peer=(name, figures[name])) for name in caches
    ]
    return [first, *beside]


def _nobody(_etag: str | None) -> Unreachable:
    raise RuntimeError("fresh content was asked for at the origin")


def _reading_in_turns(contenders: dict[str, peers.Get]) -> dict[str, list[float]]:
    """Seconds of one read, averaged over a turn."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(TURNS_A_ROUND):
        order.append(order.pop(0))
        for name in order:
            get = contenders[name]
            begin = time.perf_counter()
            for _ in range(READS_A_TURN):
                get()
            times[name].append((time.perf_counter() - begin) / READS_A_TURN)
    return times
