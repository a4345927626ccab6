"""Closed parts go into files, and the chain holds through files and table."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import apsw
import pytest

from offline_cache import segments
from offline_cache.chain import START
from offline_cache.events import JournalRotated
from offline_cache.exc import StoreBroken, StoreDamaged, StoreFull
from offline_cache.folder import DiskFolder
from offline_cache.journal import Break, Broken, Intact
from tests.offline_cache.disk import FailingDisk
from tests.offline_cache.folder import SimulatedFolder
from tests.offline_cache.journals import DAY, SMALL, Book
from tests.offline_cache.world import START as BEGIN
from tests.offline_cache.world import open_at

AUDITORS_CHECK = dedent((segments.__doc__ or "").partition("::\n\n")[2].partition("\n\n")[0])
"""The command that the module's own text gives to an auditor."""


def rows(book: Book) -> int:
    return len(segments.rows(book.store, 0))


def test_a_full_part_is_closed_and_the_chain_holds_through_file_and_table(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.write(45)
    before = book.journal.entries(limit=100)
    (first, second) = book.rotate()
    assert (type(first), type(second)) == (JournalRotated, JournalRotated)
    assert [(each.first, each.last) for each in (first, second)] == [(1, 20), (21, 40)]
    assert book.journal.verify() == Intact(book.journal.head())
    assert rows(book) == 5 + 2
    assert book.journal.entries(limit=100) == [*before, *book.journal.entries(45)]
    assert [entry.event for entry in book.journal.entries(45)] == [first, second]
    book.close()


def test_entries_are_read_from_any_place_across_files(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.write(55)
    book.rotate()
    numbers = [[entry.sequence for entry in book.journal.entries(after, 22)] for after in range(57)]
    assert numbers == [list(range(after + 1, min(after + 22, 57) + 1)) for after in range(57)]
    book.close()


def test_a_part_is_closed_by_its_age_only_at_a_confirmed_time_and_only_if_it_is_worth_a_file(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path / "outbox.db")
    book.write(SMALL.least_rows)
    assert book.journal.rotate(BEGIN + 7 * DAY - timedelta(seconds=1)) is None
    assert book.journal.rotate(None) is None
    assert isinstance(book.journal.rotate(BEGIN + 7 * DAY), JournalRotated)
    book.write(SMALL.least_rows - 2)
    assert book.journal.rotate(BEGIN + 700 * DAY) is None
    book.close()


def test_an_auditor_checks_a_file_with_no_tool_of_ours(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db", folder=DiskFolder(tmp_path / "journal"))
    book.write(45)
    book.rotate()
    for path in (tmp_path / "journal").iterdir():
        sound = gzip.decompress(path.read_bytes())
        for text, code in ((sound, 0), (sound.replace(b"visit-began", b"visit-begun", 1), 1)):
            done = subprocess.run(
                ["bash", "-c", AUDITORS_CHECK.replace("zcat FILE", "cat").replace("python3", sys.executable)],
                input=text,
                capture_output=True,
                check=False,
            )
            assert done.returncode == code, done.stderr
    book.close()


def test_the_same_entries_make_the_same_file(tmp_path: Path) -> None:
    """So that a rotation that was interrupted after its file was written is simply done again."""
    made = []
    for name in ("a.db", "b.db"):
        book = Book(tmp_path / name)
        book.write(25)
        book.rotate()
        assert isinstance(book.folder, SimulatedFolder)
        made.append(book.folder.files)
        book.close()
    assert made[0] == made[1]
    ((name, data),) = made[0].items()
    assert name.startswith("000000001-000000020-")
    assert data[4:8] == bytes(4)  # no time in gzip's header


def test_the_real_folder_syncs_the_file_before_it_has_its_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(fd: int) -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        told.append(
            f"sync {path.relative_to(tmp_path)} {path.stat().st_size if path.is_file() else ''}".strip()
        )
        sync(fd)

    def rename(self: Path, target: Path) -> Path:
        told.append(f"rename {self.name} {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    folder = DiskFolder(tmp_path / "journal")
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "draft").write_bytes(b"left over from a power cut")
    folder.write_durably("a.txt.gz", b"12345")
    assert told == ["sync journal/draft 5", "rename draft a.txt.gz", "sync journal"]
    assert (folder.read("a.txt.gz"), folder.names()) == (b"12345", ["a.txt.gz"])
    assert (tmp_path / "journal" / "a.txt.gz").stat().st_mode & 0o777 == 0o600
    folder.delete("a.txt.gz")
    folder.delete("a.txt.gz")
    assert (folder.read("a.txt.gz"), folder.names()) == (None, [])


def test_a_full_or_broken_disk_leaves_the_entries_in_the_table(tmp_path: Path) -> None:
    for error in (StoreFull("no room"), StoreBroken("read-only")):
        folder = SimulatedFolder()
        book = Book(tmp_path / f"{type(error).__name__}.db", folder=folder)
        book.write(25)
        for kind in ("write", "sync-file", "rename", "sync-folder", "read", "names"):

            def fails(act: str, kind: str = kind, error: OSError = error) -> None:
                if act == kind:
                    raise error

            folder.before = fails
            with pytest.raises(type(error)):
                book.rotate()
            folder.before = lambda _: None
            assert rows(book) == 25
            assert book.journal.verify() == Intact(book.journal.head())
        assert len(book.rotate()) == 1
        assert (rows(book), book.journal.unnamed()) == (6, [])
        book.close()


def test_a_file_that_does_not_read_as_it_was_written_costs_no_entry(tmp_path: Path) -> None:
    class Rotten(SimulatedFolder):
        def read(self, name: str) -> bytes | None:
            return (super().read(name) or b"")[:-1]

    book = Book(tmp_path / "outbox.db", folder=Rotten())
    book.write(25)
    with pytest.raises(StoreBroken):
        book.rotate()
    assert rows(book) == 25
    book.close()


def test_an_io_error_at_every_call_of_the_database_leaves_before_or_after(tmp_path: Path) -> None:
    disk = FailingDisk()
    book = Book(tmp_path / "outbox.db", vfs=disk.name)
    book.write(25)
    failed = 0
    for nth in range(40):
        calls = 0

        def fault(kind: str, file: str, nth: int = nth) -> type[apsw.Error] | None:
            nonlocal calls
            calls += 1
            return apsw.IOError if calls - 1 == nth else None

        disk.fault = fault
        try:
            book.rotate()
        except (StoreBroken, StoreFull):
            failed += 1
        finally:
            disk.fault = lambda _kind, _file: None
        assert isinstance(book.journal.verify(), Intact)
        if rows(book) < 25:
            break
    assert failed >= 3
    assert book.journal.verify() == Intact(book.journal.head())
    book.close()


def test_what_was_tampered_with_stays_in_the_table(tmp_path: Path) -> None:
    book = Book(tmp_path / "outbox.db")
    book.write(25)
    with book.store.transaction() as db:
        db.execute("UPDATE journal SET hash = zeroblob(32) WHERE sequence = 7")
    with pytest.raises(StoreDamaged, match="entry 7"):
        book.rotate()
    assert (rows(book), book.folder.names()) == (25, [])
    assert book.journal.verify() == Broken(Break.EDITED, 7)
    book.close()


def test_a_file_that_nothing_explains_is_kept_as_evidence(tmp_path: Path) -> None:
    folder = SimulatedFolder()
    book = Book(tmp_path / "outbox.db", folder=folder)
    book.write(65)
    book.rotate()
    with book.store.transaction() as db:
        db.execute("DELETE FROM segment WHERE first = 21")
    folder.files["999999999-000000020-00000000.txt.gz"] = b"?"
    folder.files["strange.txt.gz"] = b"?"
    kept = set(folder.files)
    book.rotate(BEGIN + 800 * DAY)
    assert set(folder.files) >= kept
    assert len(book.journal.unnamed()) == 3
    assert isinstance(book.journal.verify(), Broken)
    book.close()


def test_a_damaged_database_takes_its_files_with_it(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    book = Book(path, folder=DiskFolder(tmp_path / "journal"))
    book.write(25)
    book.rotate()
    names = book.folder.names()
    book.close()
    path.write_bytes(b"rubbish" * 1000)
    opened = open_at(path)
    assert opened.damage is not None
    assert sorted(each.name for each in (tmp_path / "journal.damaged-1").iterdir()) == names
    assert (opened.journal.unnamed(), opened.journal.verify()) == ([], Intact(opened.journal.head()))
    opened.close()


def test_a_first_entry_follows_the_start_and_the_file_says_from_where(tmp_path: Path) -> None:
    folder = SimulatedFolder()
    book = Book(tmp_path / "outbox.db", folder=folder)
    book.write(45)
    book.rotate()
    first, second = (list(segments.unpack(data)) for _, data in sorted(folder.files.items()))
    assert first[0] == (START, b"")
    assert second[0] == (first[-1][0], b"")
    assert second[1][0] == hashlib.sha256(second[0][0] + second[1][1]).digest()
    book.close()


def test_the_real_folder_says_what_the_disk_says_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DiskFolder(tmp_path / "journal")
    for code, kind in ((errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, StoreBroken)):

        def fails(fd: int, code: int = code) -> None:
            if Path(f"/proc/self/fd/{fd}").readlink().is_file():
                raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fails)
            with pytest.raises(kind):
                folder.write_durably("a.txt.gz", b"12345")
        assert list((tmp_path / "journal").iterdir()) == []
    folder.write_durably("a.txt.gz", b"12345")
    (tmp_path / "journal" / "b.txt.gz").mkdir()
    with pytest.raises(StoreBroken):
        folder.read("b.txt.gz")
    with pytest.raises(StoreBroken):
        folder.delete("b.txt.gz")


def test_real_folders_are_set_aside_one_after_the_other(tmp_path: Path) -> None:
    folder = DiskFolder(tmp_path / "journal")
    folder.set_aside()
    for number in (1, 2):
        folder.write_durably("a.txt.gz", b"%d" % number)
        folder.set_aside()
        assert folder.names() == []
        assert (tmp_path / f"journal.damaged-{number}" / "a.txt.gz").read_bytes() == b"%d" % number
