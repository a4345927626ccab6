"""The power goes at any point of a rotation: the journal is as before it, or as after it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from offline_cache.connection import Durability
from offline_cache.journal import Bounds, Intact, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.offline_cache.disk import Log, RecordingDisk, after_power_cut
from tests.offline_cache.folder import MARK, SimulatedFolder
from tests.offline_cache.journals import DAY, Book
from tests.offline_cache.world import START as BEGIN
from tests.offline_cache.world import FakeClock


def recorded(folder: Path, *, careful: bool = True) -> tuple[Log, SimulatedFolder, int]:
    """Rotations and drops, one disk for both; also where in the log they begin."""
    log = Log()
    disk, files = RecordingDisk(log), SimulatedFolder(log, careful=careful)
    bounds = Bounds(rows=12, least_rows=5, least_segments=1, kept=2 * DAY)
    book = Book(folder / "outbox.db", folder=files, vfs=disk.name, bounds=bounds, durability=Durability.FULL)
    book.write(14)
    began = len(log.ops)
    for _ in range(3):
        book.clock.advance(DAY.total_seconds())
        book.anchors.confirmed(book.journal.head(), book.clock.now())
        while (event := book.journal.rotate(book.clock.now())) is not None:
            log.ack(f"{event.__struct_config__.tag} {event.last}")
        book.write(7)
        log.ack(f"head {book.journal.head().sequence}")
    done = {op.file.split()[0] for op in log.ops if op.kind == "ack"}
    assert done == {MARK, "journal-rotated", "journal-dropped", "head"}
    book.close()
    return log, files, began


def after_cut(log: Log, files: SimulatedFolder, until: int, image: Path, chance: random.Random) -> list[str]:
    """What is wrong after a cut there; nothing is, before and after the rotation is done again."""
    image.mkdir()
    promises = {
        kind: [int(each.split()[1]) for each in told if each.startswith(kind)]
        for told in [after_power_cut(log.ops[:until], image, chance)]
        for kind in (MARK, "journal-rotated", "journal-dropped", "head")
    }
    folder = files.after_power_cut(max(promises[MARK], default=0), chance)
    store = Store.open(image / "outbox.db", OUTBOX)
    bounds = Bounds(rows=12, least_rows=5, least_segments=1, kept=2 * DAY)
    journal = Journal(store, FakeClock(), folder, bounds)
    wrong = []
    for _ in range(2):
        found = journal.verify()
        if not isinstance(found, Intact):
            wrong.append(str(found))
            break
        head = max([0, *promises["head"], *promises["journal-rotated"], *promises["journal-dropped"]])
        if found.head.sequence < head:
            wrong.append(f"{found.head} for {head}")
        entries = journal.entries(found.first - 1, 1000)
        if [entry.sequence for entry in entries] != list(range(found.first, found.head.sequence + 1)):
            wrong.append("gap")
        while journal.rotate(BEGIN + 5 * DAY) is not None:
            pass
    if not wrong and journal.unnamed():
        wrong.append(f"left over: {journal.unnamed()}")
    store.close()
    return wrong


@pytest.mark.parametrize("seed", [8, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(20, 32))])
def test_a_power_cut_at_any_point_leaves_before_or_after(seed: int, tmp_path: Path) -> None:
    log, files, began = recorded(tmp_path)
    chance = random.Random(seed)
    wrong = {}
    for until in range(began, len(log.ops) + 1):
        found = after_cut(log, files, until, tmp_path / f"cut-{until}", chance)
        if found:
            wrong[until] = found
    assert len(log.ops) - began > 80
    assert wrong == {}


def test_without_the_syncs_of_the_folder_a_power_cut_does_break_the_chain(tmp_path: Path) -> None:
    log, files, began = recorded(tmp_path, careful=False)
    chance = random.Random(8)
    broken = [
        until
        for until in range(began, len(log.ops) + 1, 2)
        if after_cut(log, files, until, tmp_path / f"cut-{until}", chance)
    ]
    assert len(broken) > 10
