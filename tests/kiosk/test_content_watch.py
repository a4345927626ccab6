"""What becomes of the cached content reaches a person: once, and again when it is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from kiosk.commands.content import check_content
from kiosk.content_watch import ContentWatch
from offline_cache.content import ContentCache
from offline_cache.events import Event, StoreDamaged, StoreTrouble
from offline_cache.origin import Fetched
from tests.kiosk.clocks import TestClock
from tests.offline_cache.disk import FailingDisk


@dataclass
class World:
    folder: Path
    disk: FailingDisk
    cache: ContentCache
    watch: ContentWatch
    told: list[Event]

    def keep(self, key: str = "k", size: int = 100) -> None:
        self.cache.prefetch(key, lambda _: Fetched(bytes(size), None, 60, 600))


def world_at(folder: Path, max_bytes: int = 10_000) -> World:
    disk = FailingDisk()
    cache = ContentCache(folder / "content.db", TestClock(), max_bytes=max_bytes, vfs=disk.name)
    told: list[Event] = []
    return World(folder, disk, cache, ContentWatch(cache, told.append), told)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = world_at(tmp_path)
    yield world
    world.cache.close()


FULL = StoreTrouble(store="content", kind="full")
WELL = StoreTrouble(store="content", kind="none")


def test_nothing_is_said_while_all_is_well(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.keep()
    world.watch.look()
    assert (world.told, caplog.messages) == ([], [])


@pytest.mark.parametrize(("error", "kind"), [(apsw.FullError, "full"), (apsw.IOError, "broken")])
def test_a_disk_that_keeps_nothing_is_said_once_and_so_is_its_recovery(
    world: World, caplog: pytest.LogCaptureFixture, error: type[apsw.Error], kind: str
) -> None:
    world.disk.fault = lambda what, _: error if what == "write" else None
    for key in "abcdef":
        world.keep(key)
        world.watch.look()
    assert [event.kind for event in world.told if isinstance(event, StoreTrouble)] == [kind]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    world.disk.fault = lambda _what, _file: None
    world.keep("g")
    world.watch.look()
    world.watch.look()
    assert world.told[1:] == [WELL]
    assert len(caplog.records) == 2


def test_what_works_offline_and_has_no_room_is_said_until_it_has(world: World) -> None:
    world.keep("a", 6000)
    world.keep("b", 6000)
    for _ in range(3):
        world.keep("a", 6000)  # what is kept already is confirmed, and that is no recovery
        world.watch.look()
    assert world.told == [FULL]
    world.keep("b", 4000)
    world.watch.look()
    assert world.told == [FULL, WELL]


def test_a_file_that_was_thrown_away_is_said_each_time(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for times in (1, 2):
        world.keep()
        world.disk.fault = lambda what, _: apsw.CorruptError if what == "write" else None
        world.keep("other")
        world.disk.fault = lambda _what, _file: None
        world.keep()
        world.watch.look()
        world.watch.look()
        assert world.told == [StoreDamaged(store="content")] * times
        assert len(caplog.records) == times


def test_a_file_that_was_damaged_at_the_start_is_said(tmp_path: Path) -> None:
    (tmp_path / "content.db").write_bytes(b"no database at all" * 100)
    world = world_at(tmp_path)
    world.watch.look()
    assert world.told == [StoreDamaged(store="content")]
    world.cache.close()


def test_a_body_that_rotted_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.keep()
    other = apsw.Connection(str(world.folder / "content.db"))
    other.execute("UPDATE content SET body = zeroblob(99)")
    other.close()
    assert world.cache.peek("k") is None
    world.watch.look()
    world.watch.look()
    assert len(caplog.records) == 1
    assert world.told == []


class TestDoctor:
    """`kiosk doctor`, beside a running agent or without one."""

    def test_it_tells_how_much_there_is_and_how_old(self, world: World) -> None:
        world.keep(size=2 << 10)
        check = check_content(world.folder)
        assert check.state == "good", check.found
        assert check.found.startswith("1 pieces, 0.0 of 256 MB, last confirmed 2026-11-20 09:00 UTC")
        assert "MB free" in check.found

    def test_nothing_there_yet_is_neither_good_nor_bad(self, tmp_path: Path) -> None:
        assert check_content(tmp_path).state == "unknown"

    def test_a_damaged_file_is_bad_and_is_left_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "content.db"
        path.write_bytes(b"no database at all" * 100)
        check = check_content(tmp_path)
        assert (check.state, check.remedy) == ("bad", "start the agent: it fetches it anew")
        assert path.read_bytes() == b"no database at all" * 100

    @pytest.mark.parametrize(
        ("flags", "free", "words"), [(1, 1 << 40, "read-only"), (0, 1 << 20, "1 MB free")]
    )
    def test_a_disk_that_will_not_take_more_is_bad(
        self, world: World, monkeypatch: pytest.MonkeyPatch, flags: int, free: int, words: str
    ) -> None:
        world.keep()

        class Disk:
            f_flag, f_bavail, f_frsize = flags, free, 1

        monkeypatch.setattr("kiosk.commands.content.os.statvfs", lambda _: Disk)
        check = check_content(world.folder)
        assert (check.state, bool(check.remedy)) == ("bad", True)
        assert words in check.found
