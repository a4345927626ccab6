"""A disk that fails, goes read-only, or is pulled out, under the real outbox, journal and sync.

What was acknowledged is delivered, what was refused is not, and all is well again by itself when the disk is.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw
import pytest

from offline_cache.exc import StoreBroken, StoreError
from offline_cache.journal import Intact
from offline_cache.opening import Opened
from offline_cache.outbox import Outbox
from offline_cache.submission import State
from offline_cache.sync import Sync
from tests.offline_cache.disk import FailingDisk
from tests.offline_cache.world import FakeClock, Gateway, Told, open_at, submission, visit_id

EVERY = (1, 2, 3, 4, 5, 7, 11, 16, 23)
"""Every n-th call fails. 1: all of them."""
KINDS: dict[str, type[apsw.Error]] = {
    "read": apsw.IOError,
    "write": apsw.IOError,
    "sync": apsw.IOError,
    "truncate": apsw.IOError,
    "open": apsw.CantOpenError,
    "full": apsw.FullError,
}


class Evening:
    """One terminal on a disk that the test makes fail."""

    def __init__(self, folder: Path) -> None:
        self.disk = FailingDisk()
        self.path = folder / "outbox.db"
        self.clock = FakeClock()
        self.chance = random.Random(5)
        self.opened: Opened = open_at(self.path, self.clock, vfs=self.disk.name)
        self.opened.outbox.time_confirmed()
        self.gateway = Gateway()
        self.sync = Sync(
            self.opened.outbox,
            self.gateway.send,
            probe=self.gateway.probe,
            clock=self.clock,
            random=random.Random(5),
            on_answer=Told().on_answer,
            on_connectivity=lambda _: None,
        )
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def file(self, visit: str, sequence: int) -> None:
        one = submission(self.chance, visit, sequence, size=9000, at=self.clock.now())
        try:
            self.opened.outbox.enqueue(one)
            self.acknowledged.append(one.key)
        except StoreError:
            self.refused.append(one.key)

    def run(self, seconds: float) -> None:
        ends = self.clock.seconds + seconds
        while self.clock.seconds < ends:
            self.clock.advance(min(max(self.sync.step(), 0.2), 5.0))

    def citizens(self, count: int) -> None:
        """Some file twice in one visit; sync works meanwhile."""
        for turn in range(count):
            visit = visit_id(self.chance)
            for sequence in range(1 + turn % 2):
                self.file(visit, sequence)
            self.run(8)

    def holds(self) -> None:
        """The disk is well: all is delivered, in order, nothing that was refused; and it lies in the file."""
        self.disk.fault = lambda _kind, _file: None
        self.run(700)  # longer than any back-off
        before = len(self.acknowledged)
        self.file(visit_id(self.chance), 0)
        assert len(self.acknowledged) == before + 1
        self.run(700)
        assert self.sync.trouble is None
        assert list(dict.fromkeys(self.gateway.received)) == self.acknowledged
        states = {filed.key: filed.state for filed in self.opened.outbox.list()}
        assert states == dict.fromkeys(self.acknowledged, State.DONE)
        assert isinstance(self.opened.journal.verify(), Intact)
        self.opened.close()
        after = open_at(self.path)
        assert after.damage is None
        assert {filed.key: filed.state for filed in after.outbox.list()} == states
        after.close()


def every(n: int, kind: str) -> Callable[[str, str], type[apsw.Error] | None]:
    calls = 0

    def fault(asked: str, _file: str) -> type[apsw.Error] | None:
        nonlocal calls
        if asked != ("write" if kind == "full" else kind):
            return None
        calls += 1
        return KINDS[kind] if calls % n == 0 else None

    return fault


@pytest.mark.parametrize("n", EVERY)
@pytest.mark.parametrize("kind", KINDS)
def test_error_at_every_nth_call_loses_nothing_and_is_over_with_the_fault(
    kind: str, n: int, tmp_path: Path
) -> None:
    evening = Evening(tmp_path)
    evening.citizens(2)
    evening.disk.fault = every(n, kind)
    evening.citizens(4)
    if n == 1 and kind in ("write", "sync", "full"):
        assert len(evening.refused) == 6  # that the fault bites
    evening.holds()


def test_read_only_remount_refuses_and_is_over_with_the_remount(tmp_path: Path) -> None:
    evening = Evening(tmp_path)
    evening.citizens(2)
    evening.disk.fault = lambda kind, _: (
        apsw.ReadOnlyError
        if kind in ("write", "truncate")
        else apsw.CantOpenError
        if kind == "open"
        else None
    )
    evening.citizens(4)
    assert len(evening.refused) == 6
    assert isinstance(evening.sync.trouble, StoreBroken)
    evening.holds()


def test_disk_that_goes_and_comes_back_is_opened_anew(tmp_path: Path) -> None:
    evening = Evening(tmp_path)
    evening.citizens(2)
    evening.disk.pull_out()
    evening.disk.fault = lambda kind, _: apsw.CantOpenError if kind == "open" else None
    evening.citizens(3)
    assert len(evening.refused) == 4
    evening.holds()


def test_without_opening_anew_it_stays_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline_cache.storage.REOPEN_AFTER", 10**9)
    evening = Evening(tmp_path)
    evening.disk.pull_out()
    evening.citizens(3)
    evening.run(700)
    assert evening.acknowledged == []
    with suppress(StoreError):
        evening.opened.store.close()


def test_folder_that_comes_back_empty_is_not_taken_for_the_outbox(tmp_path: Path) -> None:
    """The disk is not mounted again: what lies there now is an empty folder, and no new outbox is begun."""
    evening = Evening(tmp_path)
    evening.citizens(1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    files = [each for each in tmp_path.iterdir() if each.is_file()]
    for each in files:
        each.rename(elsewhere / each.name)
    evening.disk.pull_out()
    evening.citizens(4)
    assert evening.refused
    assert not evening.path.exists()
    for each in elsewhere.iterdir():
        shutil.move(each, tmp_path / each.name)
    evening.holds()


@pytest.mark.parametrize("disowned", [True, False])
def test_what_a_failing_disk_was_told_to_forget_is_not_kept_when_it_comes_back(
    disowned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fsync fails with the whole commit in the log, then the disk goes: who opens it anew finds it."""
    evening = Evening(tmp_path)
    evening.citizens(1)
    syncs = 0

    def sync_fails_then_all(kind: str, _file: str) -> type[apsw.Error] | None:
        nonlocal syncs
        syncs += kind == "sync"
        return apsw.IOError if syncs and kind in ("sync", "write", "open") else None

    evening.disk.fault = sync_fails_then_all
    evening.file(visit_id(evening.chance), 0)
    refused = evening.refused[-1]
    evening.disk.pull_out()
    evening.run(20)
    cut = tmp_path / "cut"
    cut.mkdir()
    for name in ("outbox.db", "outbox.db-wal"):
        shutil.copy(tmp_path / name, cut / name)
    found = open_at(cut / "outbox.db")
    assert refused in [filed.key for filed in found.outbox.list()]  # it does lie there
    found.close()
    if not disowned:
        monkeypatch.setattr(Outbox, "_disown", lambda _: None)
        with pytest.raises(AssertionError):
            evening.holds()
        return
    evening.holds()
