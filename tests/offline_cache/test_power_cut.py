"""The power goes at a random moment; every promise made before it holds afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from offline_cache import connection
from offline_cache.answers import Accepted, Refused
from offline_cache.connection import Durability
from offline_cache.journal import Intact, Journal
from offline_cache.notes import Notes
from offline_cache.opening import Opened
from offline_cache.outbox import Outbox
from offline_cache.payments import PaymentBook
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from offline_cache.submission import State, Submission
from tests.offline_cache.disk import Log, RecordingDisk, after_power_cut
from tests.offline_cache.world import START, FakeClock, open_at, submission

CUTS_EACH = 60
SEEDS = (11, 12, 13, 14)


def an_evening(folder: Path, seed: int, durability: Durability) -> tuple[Log, dict[str, Submission]]:
    """Citizens file, the gateway answers, notes and checkpoints are made, dates are set right, the agent
    restarts once. Each promise goes into the log at the moment at which it was made."""
    chance = random.Random(seed)
    log = Log()
    disk = RecordingDisk(log)
    filed: dict[str, Submission] = {}
    for day in range(2):
        opened = _open(folder / "outbox.db", durability, disk.name)
        if day == 1:
            opened.outbox.time_confirmed()  # what waits from the first day is dated anew
        for turn in range(18):
            one = submission(chance, size=chance.choice((40, 500, 2000, 9000, 30000)))
            opened.outbox.enqueue(one)
            filed[one.key] = one
            log.ack(f"stored {one.key}")
            log.ack(f"journal {opened.journal.head().sequence}")
            if chance.random() < 0.4:
                answer = chance.choice((Accepted("TJ-1", "received"), Refused(())))
                key = chance.choice([filed.key for filed in opened.outbox.list(State.WAITING)])
                log.ack(f"{opened.outbox.record(key, answer, START)} {key}")
            if chance.random() < 0.3:
                opened.notes.remember("time-floor", b"%d" % (100 * day + turn))
                log.ack(f"note {100 * day + turn}")
            if chance.random() < 0.15:
                opened.store.checkpoint()
                opened.outbox.maintain()
        if day == 0:
            opened.close()
    opened.close()
    return log, filed


def _open(path: Path, durability: Durability, vfs: str) -> Opened:
    store = Store.open(path, OUTBOX, durability=durability, vfs=vfs)
    clock = FakeClock()
    journal = Journal(store, clock)
    outbox = Outbox(store, journal, clock, random.Random(1))
    return Opened(store, journal, Notes(store), outbox, PaymentBook(store, journal, clock), None)


def cuts(log: Log, folder: Path, seed: int) -> Iterator[tuple[Path, set[str]]]:
    """CUTS_EACH images of the disk after a cut, each with the promises made until then."""
    chance = random.Random(seed)
    for number in range(CUTS_EACH):
        image = folder / f"cut-{number}"
        image.mkdir()
        until = chance.randrange(len(log.ops))
        yield image / "outbox.db", after_power_cut(log.ops[:until], image, chance)


def broken_promises(opened: Opened, promises: set[str], filed: dict[str, Submission]) -> list[str]:
    broken = []
    verdict = opened.journal.verify()
    assert isinstance(verdict, Intact)
    for promise in promises:
        kind, what = promise.split()
        if kind == "note":
            kept = opened.notes.recall("time-floor")
            holds = kept is not None and int(kept) >= int(what)
        elif kind == "journal":
            holds = verdict.head.sequence >= int(what)
        else:
            holds = _holds(opened, kind, filed[what])
        if not holds:
            broken.append(promise)
    return broken


def _holds(opened: Opened, kind: str, promised: Submission) -> bool:
    try:
        now = opened.outbox.get(promised.key)
    except KeyError:
        return False
    return kind in ("stored", now.state)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_promise_is_broken_by_a_power_cut(seed: int, tmp_path: Path) -> None:
    log, filed = an_evening(tmp_path, seed, Durability.FULL)
    cut_with_promises = 0
    for path, promises in cuts(log, tmp_path, seed):
        opened = open_at(path)
        assert opened.damage is None
        assert broken_promises(opened, promises, filed) == []
        _drain_is_unharmed(opened, filed)
        opened.close()
        cut_with_promises += bool(promises)
    assert cut_with_promises >= CUTS_EACH / 2


def _drain_is_unharmed(opened: Opened, filed: dict[str, Submission]) -> None:
    while (due := opened.outbox.due()) is not None:
        assert due == filed[due.key]
        opened.outbox.record(due.key, Accepted(), START)


def test_the_same_evening_with_synchronous_normal_does_lose_promises(tmp_path: Path) -> None:
    log, filed = an_evening(tmp_path, 11, Durability.NORMAL)
    lost = 0
    for path, promises in cuts(log, tmp_path, 11):
        opened = open_at(path)
        lost += bool(broken_promises(opened, promises, filed))
        opened.close()
    assert lost > CUTS_EACH / 4


def test_trusting_the_disk_to_spare_the_neighbours_of_a_torn_write_does_lose_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "POWERSAFE_OVERWRITE", 1)
    log, filed = an_evening(tmp_path, 11, Durability.FULL)
    lost = 0
    for path, promises in cuts(log, tmp_path, 11):
        opened = open_at(path)
        lost += bool(broken_promises(opened, promises, filed))
        opened.close()
    assert lost > 0


def test_every_promise_stands_behind_exactly_one_sync_of_the_log(tmp_path: Path) -> None:
    """What strace counts in `test_one_fsync`, seen from inside SQLite: between two promises there is one."""
    log = Log()
    disk = RecordingDisk(log)
    opened = _open(tmp_path / "outbox.db", Durability.FULL, disk.name)
    chance = random.Random(3)
    for _ in range(20):
        log.ack("begin")
        opened.outbox.enqueue(submission(chance, size=2000))
        log.ack("end")
        opened.store.checkpoint()
    marks = [index for index, op in enumerate(log.ops) if op.kind == "ack"]
    for begin, end in list(pairwise(marks))[::2]:
        kinds = [(op.kind, op.file) for op in log.ops[begin + 1 : end] if op.kind in ("sync", "truncate")]
        assert kinds == [("sync", "outbox.db-wal")]
    opened.close()
