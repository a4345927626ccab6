"""The last confirmed submission fits on a full disk, and nobody new is let in until there is room again."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.catalogue import Catalogue
from kiosk.conditions import Cabinet, Now
from kiosk.home import Offer
from kiosk.opening import Hours
from offline_cache.answers import Accepted
from offline_cache.exc import StoreFull
from offline_cache.journal import Intact
from offline_cache.opening import Opened, open_outbox
from offline_cache.outbox import Outbox
from offline_cache.reserve import RESERVE_BYTES, RealFileSystem, Reserve
from offline_cache.submission import MAX_ENVELOPE, State
from tests.flows.shipped import shipped
from tests.offline_cache.disk import SmallDisk
from tests.offline_cache.world import START, FakeClock, submission

CAPACITY = 4 * RESERVE_BYTES
LARGEST = MAX_ENVELOPE


@pytest.fixture
def disk(tmp_path: Path) -> SmallDisk:
    return SmallDisk(tmp_path, CAPACITY)


@pytest.fixture
def opened(disk: SmallDisk) -> Iterator[Opened]:
    there = opened_on(disk)
    yield there
    disk.others = 0
    there.close()


def opened_on(disk: SmallDisk) -> Opened:
    return open_outbox(
        disk.folder / "outbox.db", clock=FakeClock(), random=random.Random(1), vfs=disk.name, disk=disk
    )


def test_largest_submission_fits_on_a_full_disk_is_checkpointed_and_answered(
    disk: SmallDisk, opened: Opened
) -> None:
    chance = random.Random(1)
    while disk.folder.joinpath("outbox.db-wal").stat().st_size < 400 * 4096:
        opened.outbox.enqueue(submission(chance, size=50_000))  # the log is nearly due for its checkpoint
    disk.fill()
    last = submission(chance, size=LARGEST)
    opened.outbox.enqueue(last)
    opened.outbox.maintain()
    assert disk.free(disk.folder) >= 0
    assert (disk.folder / "outbox.db").stat().st_size > LARGEST  # the checkpoint found its room, too
    assert not disk.reserved
    opened.outbox.hurry(last.key)
    assert opened.outbox.due() == last
    assert opened.outbox.record(last.key, Accepted("TJ-1"), START) is State.DONE
    assert isinstance(opened.journal.verify(), Intact)


def test_without_the_reserve_it_does_not_fit(disk: SmallDisk, opened: Opened) -> None:
    clock = FakeClock()
    bare = Outbox(opened.store, opened.journal, clock, random.Random(1))
    disk.fill()
    with pytest.raises(StoreFull):
        bare.enqueue(submission(random.Random(1), size=LARGEST))
    assert bare.depth() == 0


def test_what_does_not_fit_even_then_is_refused_and_not_kept(disk: SmallDisk, opened: Opened) -> None:
    chance = random.Random(1)
    disk.fill()
    opened.outbox.enqueue(submission(chance, size=LARGEST))
    disk.fill()
    with pytest.raises(StoreFull):
        opened.outbox.enqueue(submission(chance, size=LARGEST))
    assert opened.outbox.depth() == 1


def test_nobody_new_is_let_in_before_the_reserve_is_touched(disk: SmallDisk, opened: Opened) -> None:
    assert opened.outbox.has_room()
    disk.fill(leave=RESERVE_BYTES)
    assert opened.outbox.has_room()
    disk.fill(leave=RESERVE_BYTES - 1)
    assert not opened.outbox.has_room()
    assert not opened.outbox.has_room(100)
    assert disk.reserved
    opened.outbox.enqueue(submission(random.Random(1)))  # who had begun before is still served


def test_room_that_comes_and_goes_does_not_flicker(disk: SmallDisk, opened: Opened) -> None:
    disk.fill(leave=RESERVE_BYTES - 1)
    assert not opened.outbox.has_room()
    disk.others -= 1
    assert not opened.outbox.has_room()
    disk.others -= RESERVE_BYTES // 4
    assert opened.outbox.has_room()


def test_reserve_that_was_given_back_is_made_again_when_there_is_room_for_it_and_for_work(
    disk: SmallDisk, opened: Opened
) -> None:
    disk.fill()
    opened.outbox.enqueue(submission(random.Random(1), size=20_000))
    assert not opened.outbox.has_room()
    for free, made in ((RESERVE_BYTES, False), (2 * RESERVE_BYTES, False), (3 * RESERVE_BYTES, True)):
        disk.fill(leave=free)
        opened.outbox.maintain()
        assert bool(disk.reserved) is made
        assert opened.outbox.has_room() is made


def test_outbox_on_a_full_disk_opens_sends_what_waits_and_lets_nobody_in(disk: SmallDisk) -> None:
    opened = opened_on(disk)
    waiting = submission(random.Random(1), size=20_000)
    opened.outbox.enqueue(waiting)
    opened.close()
    disk.fill()
    again = opened_on(disk)
    assert not again.outbox.has_room()
    assert again.outbox.due() == waiting
    assert again.outbox.record(waiting.key, Accepted(), START) is State.DONE
    disk.others = 0
    again.close()


def test_disk_that_does_not_say_how_full_it_is_takes_nothing_new(
    disk: SmallDisk, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> int:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(disk, "free", broken)
        assert not opened.outbox.has_room()
    assert opened.outbox.has_room()


def test_home_page_says_that_nothing_can_be_filed_and_is_right_again_by_itself(
    disk: SmallDisk, opened: Opened
) -> None:
    key: Any = object()
    conditions = Now(
        devices={"id_card": _Sound(), "receipt_printer": _Sound(), "camera": _Sound()},
        sync=_Line(),
        outbox=opened.outbox,
        sealing_key=lambda: key,
        closed_items=dict,
        diary=SimpleNamespace(broken=False),
        clock=FakeClock(),
        hours=Hours(()),
        cabinet=Cabinet(),
    )
    flow = shipped()["civil.senior-allowance-apply"]
    offer = Offer(Catalogue({flow.item: flow}), conditions)
    assert offer.why_not(flow) == ""
    disk.fill()
    opened.outbox.enqueue(submission(random.Random(1), size=20_000))
    assert offer.why_not(flow) == "暂不能提交"
    disk.others = 0
    opened.outbox.maintain()
    assert offer.why_not(flow) == ""


class _Line:
    online: bool | None = True
    trouble: Exception | None = None


class _Sound:
    def health(self) -> Any:
        return SimpleNamespace(availability="", condition="")


def test_real_reserve_has_real_blocks_and_gives_them_back(tmp_path: Path) -> None:
    real, path = RealFileSystem(), tmp_path / "outbox.db.reserve"
    reserve = Reserve(path, 1 << 20, real)
    reserve.keep()
    assert reserve.held
    assert real.held(path) >= 1 << 20
    assert path.stat().st_mode & 0o777 == 0o600
    assert Reserve(path, 1 << 20, real).held  # another start finds it
    assert reserve.give_back()
    assert not path.exists()
    assert not reserve.give_back()
    assert real.held(path) == 0


def test_on_a_real_small_file_system(tmp_path: Path) -> None:
    """A tmpfs of 150 MB in a mount namespace of its own, filled by another file to the last block."""
    mount = f"mount -t tmpfs -o size=150m none {tmp_path}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace for this user")
    here = f"{mount} && exec {sys.executable} -m tests.offline_cache.small_disk {tmp_path}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", here],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    said = [
        "with the reserve: stored, checkpointed, answered; room: False",
        "freed: room True",
        "without: StoreFull",
    ]
    assert (done.stdout.splitlines(), done.stderr) == (said, "")
