"""The journal is rotated when nobody stands at the screen, a part at a time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.archiving import BUSY_SECONDS, LOOK_SECONDS, MORE_SECONDS, Archiving
from kiosk.loop import Loop
from offline_cache.events import ConnectivityChanged, JournalRotated
from offline_cache.exc import StoreBroken
from offline_cache.folder import DiskFolder
from offline_cache.journal import Bounds, Intact, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.kiosk.clocks import TestClock
from tests.kiosk.test_filing import Inline


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = TestClock()
        self.crashes: list[Exception] = []
        self.loop = Loop(self.clock, self.crashes.append)
        self.store = Store.open(folder / "outbox.db", OUTBOX)
        self.files = DiskFolder(folder / "journal")
        self.journal = Journal(self.store, self.clock, self.files, Bounds(rows=20, least_rows=5))
        self.idle = True
        self.archiving = Archiving(
            journal=self.journal,
            executor=Inline(),
            loop=self.loop,
            clock=self.clock,
            idle=lambda: self.idle,
        )
        self.archiving.begin()

    def write(self, count: int) -> None:
        self.journal.append(*[ConnectivityChanged(online=True)] * count)

    def wait(self, seconds: float) -> None:
        ends = self.clock.passed + seconds
        while self.clock.passed < ends:
            self.clock.advance(1.0)
            while self.loop.step():
                pass
        assert self.crashes == []


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_one_part_after_the_other_is_closed_in_idle_moments(world: World) -> None:
    world.write(65)
    world.wait(LOOK_SECONDS)
    assert len(world.files.names()) == 1
    world.wait(2 * MORE_SECONDS)
    assert len(world.files.names()) == 3
    assert isinstance(world.journal.verify(), Intact)


def test_while_somebody_stands_there_it_waits(world: World) -> None:
    world.write(25)
    world.idle = False
    world.wait(3 * LOOK_SECONDS)
    assert world.files.names() == []
    world.idle = True
    world.wait(BUSY_SECONDS)
    assert len(world.files.names()) == 1


def test_age_is_by_the_platforms_time_and_what_passed_since_whatever_the_civil_clock_does(
    world: World,
) -> None:
    world.write(6)
    began = world.clock.now()
    world.clock.wall = began.replace(year=2036)
    world.wait(2 * LOOK_SECONDS)
    assert world.files.names() == []
    world.archiving.platform_time(began + timedelta(days=7, seconds=-2 * LOOK_SECONDS))
    world.wait(LOOK_SECONDS)
    assert world.files.names() == []
    world.wait(LOOK_SECONDS + 10)
    assert len(world.files.names()) == 1


def test_trouble_is_logged_once_and_it_goes_on_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world.write(25)

    def broken(name: str, data: bytes) -> None:
        raise StoreBroken("read-only")

    with monkeypatch.context() as patch:
        patch.setattr(world.files, "write_durably", broken)
        world.wait(5 * LOOK_SECONDS)
    assert [record.getMessage() for record in caplog.records] == ["the journal cannot be rotated: read-only"]
    world.wait(LOOK_SECONDS)
    assert isinstance(world.journal.entries(20)[-1].event, JournalRotated)
