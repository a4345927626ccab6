"""Answers of a drain are written down several at a time; what a power cut takes is asked again."""

from __future__ import annotations

import random
from pathlib import Path

import apsw
import pytest

from offline_cache.answers import Accepted, Refused, TooMany
from offline_cache.exc import StoreFull
from offline_cache.journal import Intact
from offline_cache.opening import Opened
from offline_cache.outbox import NOTED, NOTED_SECONDS
from offline_cache.submission import State, Submission
from tests.offline_cache.disk import FailingDisk, Log, RecordingDisk
from tests.offline_cache.test_sync import Scene
from tests.offline_cache.world import START, FakeClock, open_at, submission, visit_id


class Drain:
    """An outbox with so many in it, of a visit each, all due."""

    def __init__(self, path: Path, count: int, vfs: str | None = None) -> None:
        self.path, self.vfs, self.clock = path, vfs, FakeClock()
        chance = random.Random(3)
        self.opened: Opened = open_at(path, self.clock, vfs=vfs)
        self.filed = [submission(chance) for _ in range(count)]
        for one in self.filed:
            self.opened.outbox.enqueue(one)

    def note(self, one: Submission) -> None:
        assert self.opened.outbox.note(one.key, Accepted("TJ-1"), START) is State.DONE

    def on_disk(self) -> list[str]:
        """The states that somebody beside the agent would read."""
        return [state for (state,) in self.opened.store.read("SELECT state FROM submission ORDER BY id")]

    def cut(self) -> None:
        """The process is gone, and starts again."""
        self.opened.store.close()
        self.opened = open_at(self.path, self.clock, vfs=self.vfs)


def test_a_drain_writes_its_answers_down_by_one_sync_for_many(tmp_path: Path) -> None:
    log = Log()
    disk = RecordingDisk(log)
    drain = Drain(tmp_path / "outbox.db", 2 * NOTED, disk.name)
    before = sum(op.kind == "sync" for op in log.ops)
    for one in drain.filed:
        assert drain.opened.outbox.due() == one
        drain.note(one)
    assert sum(op.kind == "sync" for op in log.ops) - before == 2
    assert drain.on_disk() == ["done"] * 2 * NOTED
    assert drain.opened.journal.verify() == Intact(drain.opened.journal.head())
    assert drain.opened.journal.head().sequence == 4 * NOTED
    drain.opened.close()


def test_the_last_answer_is_written_down_at_once(tmp_path: Path) -> None:
    drain = Drain(tmp_path / "outbox.db", 1)
    drain.note(drain.filed[0])
    assert drain.on_disk() == ["done"]
    drain.opened.close()


def test_a_slow_gateway_leaves_no_answer_unwritten_for_long(tmp_path: Path) -> None:
    drain = Drain(tmp_path / "outbox.db", 3)
    drain.note(drain.filed[0])
    assert drain.on_disk() == ["waiting"] * 3
    drain.clock.advance(NOTED_SECONDS)
    drain.note(drain.filed[1])
    assert drain.on_disk() == ["done", "done", "waiting"]
    drain.opened.close()


def test_who_asks_reads_what_was_answered(tmp_path: Path) -> None:
    drain = Drain(tmp_path / "outbox.db", 3)
    drain.note(drain.filed[0])
    assert drain.opened.outbox.get(drain.filed[0].key).state is State.DONE
    drain.note(drain.filed[1])
    assert [filed.state for filed in drain.opened.outbox.list(State.DONE)] == [State.DONE] * 2
    drain.opened.close()


def test_after_a_power_cut_what_was_only_noted_waits_and_an_orderly_end_writes_it(tmp_path: Path) -> None:
    drain = Drain(tmp_path / "outbox.db", 3)
    drain.note(drain.filed[0])
    drain.cut()
    assert drain.opened.outbox.depth() == 3
    assert drain.opened.outbox.due() == drain.filed[0]
    drain.note(drain.filed[0])
    drain.opened.close()
    drain.cut()
    assert drain.opened.outbox.depth() == 2


def test_an_answer_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    drain = Drain(tmp_path / "outbox.db", 2)
    first = drain.filed[0].key
    drain.note(drain.filed[0])
    assert drain.opened.outbox.note(first, Refused(()), START) is State.DONE
    assert drain.opened.outbox.note(first, TooMany(5.0), START) is State.DONE
    assert drain.opened.outbox.get(first).state is State.DONE
    assert drain.opened.outbox.note(first, Refused(()), START) is State.DONE
    drain.opened.close()


def test_the_next_of_a_visit_goes_when_the_answer_to_the_one_before_is_on_the_disk(tmp_path: Path) -> None:
    chance, visit = random.Random(3), visit_id(random.Random(4))
    opened = open_at(tmp_path / "outbox.db")
    first, second, other = submission(chance, visit, 1), submission(chance, visit, 2), submission(chance)
    for one in (first, second, other):
        opened.outbox.enqueue(one)
    opened.outbox.note(first.key, Accepted(), START)
    opened.outbox.hurry(second.key)
    assert opened.outbox.due() == other
    opened.outbox.settle()
    assert opened.outbox.due() == second
    opened.close()


def test_answers_that_a_full_disk_does_not_take_are_asked_for_again(tmp_path: Path) -> None:
    disk = FailingDisk()
    drain = Drain(tmp_path / "outbox.db", 3, disk.name)
    drain.note(drain.filed[0])
    drain.note(drain.filed[1])
    disk.fault = lambda kind, _: apsw.FullError if kind == "write" else None
    with pytest.raises(StoreFull):
        drain.opened.outbox.settle()
    disk.fault = lambda _kind, _file: None
    assert drain.opened.outbox.depth() == 3
    assert drain.opened.outbox.get(drain.filed[0].key).reason == "store-trouble"
    drain.clock.advance(60.0)
    assert drain.opened.outbox.due() in drain.filed
    drain.opened.close()


def test_told_to_wait_the_terminal_writes_down_what_it_was_told_before(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    first, *others = scene.file(4)
    scene.gateway.script = lambda one: Accepted("TJ-1") if one.key == first.key else TooMany(30.0)
    scene.run(5)
    assert scene.gateway.received == [first.key, others[0].key]
    states = scene.opened.store.read("SELECT state FROM submission ORDER BY id")
    assert [state for (state,) in states] == ["done", "waiting", "waiting", "waiting"]
    scene.opened.close()
