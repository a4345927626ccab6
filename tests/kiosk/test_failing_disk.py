"""The disk fails under a terminal: a plain page, nothing claimed, and the home page again by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from kiosk.views import OutOfServiceBody
from offline_cache.journal import Intact, Journal
from offline_cache.submission import State
from tests.kiosk.any_order import AnyOrder
from tests.offline_cache.disk import FailingDisk

Fault = Callable[[FailingDisk], None]


def dead(disk: FailingDisk) -> None:
    disk.fault = lambda _kind, _file: apsw.IOError


def read_only(disk: FailingDisk) -> None:
    said = {"write": apsw.ReadOnlyError, "truncate": apsw.ReadOnlyError, "open": apsw.CantOpenError}
    disk.fault = lambda kind, _: said.get(kind)


def full(disk: FailingDisk) -> None:
    disk.fault = lambda kind, _: apsw.FullError if kind == "write" else None


def pulled_out(disk: FailingDisk) -> None:
    disk.pull_out()
    disk.fault = lambda kind, _: apsw.CantOpenError if kind == "open" else None


@pytest.mark.parametrize("fault", [dead, read_only, full, pulled_out])
def test_terminal_says_so_claims_nothing_and_serves_again_when_the_disk_is_well(
    fault: Fault, tmp_path: Path
) -> None:
    disk = FailingDisk()
    world = AnyOrder(tmp_path, 3, disk.name)
    for _ in world.steps(2000):
        kept = {filed.key for filed in world.outbox.list()}
        if kept and not world.full:
            break
    assert kept
    fault(disk)
    for _ in world.steps(200):  # citizens, sync and devices go on; the world's own `full` may come on top
        assert not world.crashes
    world.full = False
    world.pass_time(2000)
    body = world.terminal.view.page.body
    assert isinstance(body, OutOfServiceBody)
    assert body.code == "JOURNAL-BROKEN"

    disk.fault = lambda _kind, _file: None
    world.up = True
    for _ in range(300):  # what the agent does every so often: look whether it can write, send what waits
        world.diary.retry()
        world.sync.step()
        world.pass_time(5)
    assert world.terminal.view.page.body.__struct_config__.tag == "home"
    filed = {each.key: each.state for each in world.outbox.list()}
    assert kept <= set(filed)
    assert State.WAITING not in filed.values()
    assert set(filed) == world.acted
    assert isinstance(Journal(world.store, world.clock).verify(), Intact)
    world.store.close()
