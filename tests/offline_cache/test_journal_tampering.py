"""Every kind of tampering at random places over files and table: it is found, and the place is named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from offline_cache import segments
from offline_cache.chain import Head
from offline_cache.events import JournalDropped, JournalRotated
from offline_cache.folder import DiskFolder
from offline_cache.journal import Break, Broken, Intact, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.offline_cache.folder import SimulatedFolder
from tests.offline_cache.journals import DAY, Book
from tests.offline_cache.tampering import KINDS, Disk
from tests.offline_cache.world import FakeClock

PLACES = 4
"""How many random places each kind is tried at."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with a dropped beginning, several files, a table, and anchors."""
    path = tmp_path_factory.mktemp("sound")
    book = Book(path / "outbox.db", folder=DiskFolder(path / "journal"))
    book.days(60, entries=5)
    book.clock.advance(180 * DAY.total_seconds())
    book.days(2, entries=5)
    found = book.journal.verify()
    assert isinstance(found, Intact)
    assert found.first > 20
    assert len(segments.listed(book.store)) >= 3
    assert len(segments.rows(book.store, 0)) >= 8
    book.close()
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_and_its_place_is_named(kind: str, sound: Path, tmp_path: Path) -> None:
    for seed in range(PLACES):
        shutil.copytree(sound, tmp_path / str(seed))
        disk = Disk(tmp_path / str(seed), random.Random(seed))
        expected = KINDS[kind](disk)
        found = disk.journal.verify()
        assert found in expected, (found, expected)
        disk.store.close()


def test_a_copy_that_nobody_touched_is_intact(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "copy")
    disk = Disk(tmp_path / "copy", random.Random(1))
    assert isinstance(disk.journal.verify(), Intact)
    disk.store.close()


def forged(sound: Path, folder: Path) -> Book:
    """A journal of the same length, with files, that somebody computed from the start."""
    book = Book(folder / "outbox.db", folder=DiskFolder(folder / "journal"), chance=random.Random(99))
    book.write(400)
    book.rotate()
    return book


@pytest.mark.parametrize("where", ["file", "table"])
def test_a_chain_that_was_computed_anew_is_known_by_what_the_gateway_keeps(
    where: str, sound: Path, tmp_path: Path
) -> None:
    disk = Disk(shutil.copytree(sound, tmp_path / "true"), random.Random(1))
    anchors = [anchor.head for anchor in disk.journal.anchors.all()]
    disk.store.close()
    book = forged(sound, tmp_path)
    assert isinstance(book.journal.verify(), Intact)
    end = segments.listed(book.store)[-1].last
    wanted = [anchor for anchor in anchors if (anchor.sequence <= end) == (where == "file")]
    if where == "table":
        wanted = [Head(book.journal.head().sequence, b"x" * 32)]
    found = book.journal.verify(wanted)
    assert isinstance(found, Broken)
    assert (found.what, found.sequence) == (Break.REWRITTEN, wanted[0].sequence)
    assert bool(found.file) == (where == "file")
    book.close()


def test_an_anchor_of_the_last_dropped_entry_holds_the_first_that_is_left(
    sound: Path, tmp_path: Path
) -> None:
    disk = Disk(shutil.copytree(sound, tmp_path / "copy"), random.Random(1))
    first = disk.files[0]
    assert isinstance(disk.journal.verify([Head(first.first - 1, first.before)]), Intact)
    found = disk.journal.verify([Head(first.first - 1, bytes(32))])
    assert found == Broken(Break.REWRITTEN, first.first, first.name)
    assert isinstance(disk.journal.verify([Head(1, bytes(32))]), Intact)  # dropped: nobody can tell any more
    disk.store.close()


def test_the_gateways_refusal_is_told_by_a_chain_that_is_whole(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.write(5)
    book.anchors.refused(book.journal.head())
    book.write(40)
    book.rotate()
    assert book.journal.verify() == Intact(book.journal.head(), refused=5)
    book.close()


def test_a_growing_journal_that_is_rotated_and_shortened_meanwhile_is_intact(tmp_path: Path) -> None:
    """Before each look of the reader the agent writes, closes parts and drops the oldest."""
    folder = SimulatedFolder()
    book = Book(tmp_path / "outbox.db", folder=folder)
    book.days(60, entries=5)
    book.clock.advance(180 * DAY.total_seconds())
    book.anchors.confirmed(book.journal.head(), book.clock.now())
    reader = Store.open_reader(book.path, OUTBOX)
    looked = Journal(reader, FakeClock(), folder)
    left, done = 0, []

    def meanwhile(kind: str) -> None:
        nonlocal left
        if kind == "read" and left:
            left -= 1
            folder.before = lambda _: None
            book.write(11)
            done.append(type(book.journal.rotate(book.clock.now())))
            folder.before = meanwhile

    for _ in range(8):
        folder.before, left = meanwhile, 4
        found = looked.verify()
        assert isinstance(found, Intact), found
        left = 4
        numbers = [entry.sequence for entry in looked.entries(found.first - 1, 10_000)]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert numbers[-1] >= found.head.sequence
    assert done.count(JournalDropped) >= 2
    assert done.count(JournalRotated) >= 2
    reader.close()
    book.close()
