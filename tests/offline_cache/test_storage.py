"""Opening, refusing, setting aside; a disk that is full or broken."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from offline_cache import connection
from offline_cache.answers import Accepted
from offline_cache.connection import Schema
from offline_cache.events import StoreDamaged as StoreDamagedEvent
from offline_cache.exc import (
    StoreBroken,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreTooNew,
)
from offline_cache.journal import Intact
from offline_cache.reading import read_outbox
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from offline_cache.submission import State
from tests.offline_cache.disk import FailingDisk
from tests.offline_cache.world import START, open_at, submission

Fault = Callable[[str, str], type[apsw.Error] | None]


def test_pragmas_are_those_of_the_decision(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db")
    settings = {
        name: opened.store.read(f"PRAGMA {name}")[0][0]
        for name in ("journal_mode", "synchronous", "secure_delete", "trusted_schema", "wal_autocheckpoint")
    }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "trusted_schema": 0,
        "wal_autocheckpoint": 0,
    }
    assert opened.store.read("PRAGMA mmap_size") in ([], [(0,)])
    opened.close()


def test_files_are_the_agents_alone(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db")
    opened.outbox.enqueue(submission(random.Random(1)))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes) == {
        "outbox.db",
        "outbox.db-wal",
        "outbox.db-shm",
        "outbox.db.lock",
    }
    assert set(modes.values()) == {0o600}
    opened.close()


def test_second_agent_on_the_same_file_is_refused(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db")
    with pytest.raises(StoreBusy):
        open_at(tmp_path / "outbox.db")
    opened.close()
    open_at(tmp_path / "outbox.db").close()


def test_file_of_a_newer_agent_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    newer = Schema(OUTBOX.application_id, (*OUTBOX.migrations, "CREATE TABLE later (a);"))
    Store.open(path, newer).close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew):
        open_at(path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*damaged*"))


def test_older_file_is_migrated_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    one = submission(random.Random(1))
    opened.outbox.enqueue(one)
    opened.close()
    newer = Schema(OUTBOX.application_id, (*OUTBOX.migrations, "CREATE TABLE later (a TEXT) STRICT;"))
    store = Store.open(path, newer)
    assert store.read("SELECT key FROM submission") == [(one.key,)]
    assert store.read("PRAGMA user_version") == [(len(newer.migrations),)]
    assert store.read("SELECT * FROM later") == []
    store.close()


def test_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreForeign):
        open_at(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("where", [0, 8192])
def test_damaged_outbox_is_set_aside_and_a_new_one_begins_with_the_alarm(where: int, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    chance = random.Random(1)
    for _ in range(20):
        opened.outbox.enqueue(submission(chance, size=2000))
    opened.close()
    content = bytearray(path.read_bytes())
    content[where : where + 3000] = chance.randbytes(3000)
    path.write_bytes(content)

    opened = open_at(path)
    assert opened.damage is not None
    assert opened.damage.moved_to == tmp_path / "outbox.db.damaged-1"
    assert opened.damage.moved_to.read_bytes() == content
    assert opened.outbox.depth() == 0
    assert [entry.event for entry in opened.journal.entries()] == [StoreDamagedEvent(store="outbox")]
    opened.outbox.enqueue(submission(chance))
    opened.close()


def large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as too large to be read from end to end at opening."""
    path = folder / "outbox.db"
    opened = open_at(path)
    chance = random.Random(1)
    for _ in range(30):
        opened.outbox.enqueue(submission(chance, size=20_000))
    opened.close()
    monkeypatch.setattr(connection, "WHOLE_BYTES", 0)
    return path


def pages(path: Path, kind: str) -> list[int]:
    """The places of all pages of this kind (`leaf`, `internal`, `overflow`), by SQLite's own list."""
    db = apsw.Connection(str(path))
    numbers = db.execute("SELECT pageno FROM dbstat WHERE pagetype = ? ORDER BY 1", (kind,)).fetchall()
    db.close()
    return [(int(str(number)) - 1) * 4096 for (number,) in numbers]


def rot(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place : place + 4096] = random.Random(1).randbytes(4096)
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["leaf", "internal"])
def test_rotten_tree_of_a_large_file_is_found_at_opening(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = large(tmp_path, monkeypatch)
    for number, place in enumerate(pages(path, kind)):
        copy = tmp_path / f"{number}.db"
        shutil.copy(path, copy)
        rot(copy, place)
        opened = open_at(copy)
        assert opened.damage is not None
        opened.close()


def test_index_that_has_lost_a_row_is_found_at_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = large(tmp_path, monkeypatch)
    db = apsw.Connection(str(path))
    root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_submission_1'").get
    db.close()
    content = bytearray(path.read_bytes())
    cells = (int(root) - 1) * 4096 + 3  # number of cells, two bytes (SQLite file format, 1.6)
    content[cells + 1] -= 1
    path.write_bytes(content)
    opened = open_at(path)
    assert opened.damage is not None
    opened.close()


def test_rotten_envelope_of_a_large_file_is_found_while_the_agent_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = large(tmp_path, monkeypatch)
    assert open_and_check(path)
    rot(path, pages(path, "overflow")[-1])
    opened = open_at(path)
    assert opened.damage is None
    assert opened.outbox.depth() == 30
    assert not opened.store.check()
    with pytest.raises(StoreDamaged):  # nothing more is promised on it
        opened.outbox.enqueue(submission(random.Random(2)))
    with pytest.raises(StoreDamaged):
        opened.journal.append()
    opened.close()
    again = open_at(path)
    assert again.damage is not None
    assert again.damage.moved_to.exists()
    assert [entry.event for entry in again.journal.entries()] == [StoreDamagedEvent(store="outbox")]
    again.close()
    assert open_and_check(path)


def open_and_check(path: Path) -> bool:
    opened = open_at(path)
    sound = opened.damage is None and opened.store.check()
    opened.close()
    return sound


def test_disk_that_does_not_read_is_no_damage(tmp_path: Path) -> None:
    disk = FailingDisk()
    opened = open_at(tmp_path / "outbox.db", vfs=disk.name)
    opened.outbox.enqueue(submission(random.Random(1)))
    opened.store.checkpoint()
    disk.fault = lambda kind, file: apsw.IOError if (kind, file) == ("read", "outbox.db") else None
    with pytest.raises(StoreBroken):
        opened.store.check()
    disk.fault = lambda _kind, _file: None
    assert opened.store.check()
    opened.close()


def test_second_damage_does_not_overwrite_the_first(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    for number in (1, 2):
        open_at(path).close()
        path.write_bytes(b"rubbish" * 1000)
        opened = open_at(path)
        assert opened.damage is not None
        assert opened.damage.moved_to.name == f"outbox.db.damaged-{number}"
        opened.close()


def test_reader_sees_the_outbox_while_the_agent_has_it_and_after(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    one = submission(random.Random(1))
    opened.outbox.enqueue(one)
    assert [filed.key for filed in read_outbox(path)] == [one.key]
    assert opened.store.checkpoint()
    opened.close()
    assert [filed.key for filed in read_outbox(path)] == [one.key]
    with pytest.raises(StoreBroken):
        read_outbox(tmp_path / "nothing.db")


def test_checkpoint_gives_way_to_a_reader_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    opened = open_at(path)
    chance = random.Random(1)
    opened.outbox.enqueue(submission(chance))
    reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM submission").get == 1
    opened.outbox.enqueue(submission(chance))
    assert opened.store.checkpoint() is False
    opened.outbox.enqueue(submission(chance))
    reader.execute("COMMIT")
    reader.close()
    assert opened.store.checkpoint() is True
    assert opened.outbox.depth() == 3
    opened.close()


def test_log_stays_bounded_through_housekeeping(tmp_path: Path) -> None:
    opened = open_at(tmp_path / "outbox.db")
    chance = random.Random(1)
    for _ in range(600):
        opened.outbox.enqueue(submission(chance, size=2000))
        opened.outbox.maintain()
    assert (tmp_path / "outbox.db-wal").stat().st_size < 4 << 20
    opened.close()


def test_full_disk_is_said_and_is_over_when_there_is_room_again(tmp_path: Path) -> None:
    disk = FailingDisk()
    opened = open_at(tmp_path / "outbox.db", vfs=disk.name)
    chance = random.Random(1)
    kept, refused, again = (submission(chance) for _ in range(3))
    opened.outbox.enqueue(kept)
    disk.fault = lambda kind, _: apsw.FullError if kind == "write" else None
    with pytest.raises(StoreFull):
        opened.outbox.enqueue(refused)
    with pytest.raises(StoreFull):
        opened.notes.remember("floor", b"1")
    disk.fault = lambda _kind, _file: None
    opened.outbox.enqueue(again)
    assert [filed.key for filed in opened.outbox.list()] == [kept.key, again.key]
    assert opened.outbox.depth() == 2
    assert isinstance(opened.journal.verify(), Intact)
    opened.close()


def test_what_was_refused_for_a_failed_sync_does_not_come_back_after_a_power_cut(tmp_path: Path) -> None:
    """The commit of a failed sync may lie in the log complete; a restart must not find it."""
    disk = FailingDisk()
    path = tmp_path / "outbox.db"
    opened = open_at(path, vfs=disk.name)
    chance = random.Random(1)
    kept, refused = submission(chance), submission(chance)
    opened.outbox.enqueue(kept)
    faults = iter([apsw.IOError])
    disk.fault = lambda kind, _: next(faults, None) if kind == "sync" else None
    with pytest.raises(StoreBroken):
        opened.outbox.enqueue(refused)

    cut = tmp_path / "cut"
    cut.mkdir()
    for name in ("outbox.db", "outbox.db-wal"):
        shutil.copy(tmp_path / name, cut / name)
    after = open_at(cut / "outbox.db")
    assert [filed.key for filed in after.outbox.list()] == [kept.key]
    assert isinstance(after.journal.verify(), Intact)
    after.close()
    opened.close()


@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
def test_error_at_every_nth_call_breaks_no_promise_and_stays_typed(
    error: type[apsw.Error], tmp_path: Path
) -> None:
    """One fault at the n-th call, for every n until the evening passes without meeting it."""
    nth = 0
    met = True
    while met:
        nth += 1
        folder = tmp_path / str(nth)
        met = _evening_with_a_fault(folder, error, nth)
    assert nth > 30


def _evening_with_a_fault(folder: Path, error: type[apsw.Error], nth: int) -> bool:
    disk = FailingDisk()
    calls = 0

    def fault(kind: str, _file: str) -> type[apsw.Error] | None:
        nonlocal calls
        if kind == "read" or (kind == "sync" and error is apsw.FullError):
            return None
        calls += 1
        return error if calls == nth else None

    disk.fault = fault
    chance = random.Random(nth)
    stored, done = set(), set()
    path = folder / "outbox.db"
    try:
        opened = open_at(path, vfs=disk.name)
    except StoreError:
        opened = open_at(path, vfs=disk.name)
    for turn in range(3):
        one = submission(chance, size=3000)
        try:
            opened.outbox.enqueue(one)
            stored.add(one.key)
            if turn == 1:
                opened.store.checkpoint()
            opened.outbox.record(one.key, Accepted(), START)
            done.add(one.key)
        except StoreError:
            continue
    if calls < nth:
        disk.fault = lambda _kind, _file: None  # the n-th call was never made: that was the last round
    opened.outbox.enqueue(last := submission(chance))  # the fault is over: it works again by itself
    shutil.copytree(folder, folder / "cut")
    after = open_at(folder / "cut" / "outbox.db")
    assert after.damage is None
    assert {filed.key for filed in after.outbox.list()} == stored | {last.key}
    assert {filed.key for filed in after.outbox.list(State.DONE)} == done
    assert isinstance(after.journal.verify(), Intact)
    after.close()
    opened.store.close()
    return calls >= nth
