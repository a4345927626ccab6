"""What somebody who can write the whole disk may do to a journal, and what is to be said of it."""

from __future__ import annotations

import gzip
import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from offline_cache import segments
from offline_cache.chain import follow
from offline_cache.journal import Break, Broken, Journal
from offline_cache.schema import HEAD_ROW, OUTBOX
from offline_cache.segments import Segment
from offline_cache.storage import Store
from tests.offline_cache.world import FakeClock

ANY_OF_A_FILE = frozenset(
    {Break.FILE_EDITED, Break.EDITED, Break.REORDERED, Break.DELETED, Break.TRUNCATED, Break.REWRITTEN}
)
"""What a file of damaged bytes may look like."""


class Disk:
    """A copy of it in the hands of somebody who can write everything."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.chance = chance
        self.store = Store.open(path / "outbox.db", OUTBOX)
        self.journal = Journal(self.store, FakeClock())
        self.files = segments.listed(self.store)
        self.table = segments.rows(self.store, 0)

    def run(self, sql: str, *values: bytes | int) -> None:
        with self.store.transaction() as db:
            db.execute(sql, values)

    def file(self) -> Segment:
        return self.chance.choice(self.files)

    def sequence(self, beside: int = 0) -> int:
        """An entry of the table, so many before its end."""
        return int(self.chance.choice(self.table[: len(self.table) - beside])[0])

    def path_of(self, file: Segment) -> Path:
        return self.path / "journal" / file.name

    def lines(self, file: Segment) -> list[bytes]:
        return gzip.decompress(self.path_of(file).read_bytes()).splitlines(keepends=True)

    def write(self, file: Segment, lines: list[bytes], *, row: bool = True) -> None:
        """New content; with `row`, what the row says of the file's bytes fits again."""
        data = gzip.compress(b"".join(lines), mtime=0)
        self.path_of(file).write_bytes(data)
        if row:
            self.run(
                "UPDATE segment SET digest = ? WHERE first = ?", hashlib.sha256(data).digest(), file.first
            )


@dataclass(frozen=True)
class Expected:
    """What is to be said, with which numbers and which file."""

    whats: frozenset[Break]
    sequences: range
    file: str = ""

    def __contains__(self, found: object) -> bool:
        return (
            isinstance(found, Broken)
            and found.what in self.whats
            and found.sequence in self.sequences
            and found.file == self.file
        )


def at(what: Break, sequence: int, file: str = "") -> Expected:
    return Expected(frozenset({what}), range(sequence, sequence + 1), file)


def edited(body: bytes) -> bytes:
    """Another minute: of the same form, and another fact."""
    return body.replace(b'"at":"2026', b'"at":"2025').replace(b'"at":"2027', b'"at":"2026')


# -- the table --------------------------------------------------------------------------------------------


def entry_deleted(disk: Disk) -> Expected:
    place = disk.sequence(1)
    disk.run("DELETE FROM journal WHERE sequence = ?", place)
    return at(Break.DELETED, place)


def entry_edited(disk: Disk) -> Expected:
    place = disk.sequence()
    ((body,),) = disk.store.read("SELECT body FROM journal WHERE sequence = ?", (place,))
    assert edited(body) != body
    disk.run("UPDATE journal SET body = ? WHERE sequence = ?", edited(body), place)
    return at(Break.EDITED, place)


def entry_edited_with_its_hash(disk: Disk) -> Expected:
    place = disk.sequence(1)
    if place == disk.table[0][0]:
        place += 1
    ((body,), (before,)) = disk.store.read(
        "SELECT body FROM journal WHERE sequence = ?1"
        " UNION ALL SELECT hash FROM journal WHERE sequence = ?1 - 1",
        (place,),
    )
    digest = follow(before, edited(body))
    disk.run("UPDATE journal SET body = ?, hash = ? WHERE sequence = ?", edited(body), digest, place)
    return at(Break.EDITED, place + 1)


def entries_swapped(disk: Disk) -> Expected:
    one = disk.sequence(1)
    other = disk.chance.randint(one + 1, disk.table[-1][0])
    for old, new in ((one, -1), (other, one), (-1, other)):
        disk.run("UPDATE journal SET sequence = ? WHERE sequence = ?", new, old)
    return at(Break.REORDERED, one)


def end_cut(disk: Disk) -> Expected:
    place = disk.sequence()
    disk.run("DELETE FROM journal WHERE sequence >= ? AND sequence < ?", place, HEAD_ROW)
    return at(Break.TRUNCATED, place)


def end_cut_and_head_gone(disk: Disk) -> Expected:
    """The newest anchor lies before it."""
    disk.run("DELETE FROM anchor")
    place = disk.sequence(1) + 1
    disk.run("DELETE FROM journal WHERE sequence >= ?", place)
    return at(Break.HEAD_LOST, place - 1)


def end_cut_and_head_set_back(disk: Disk) -> Expected:
    """All that the file itself says is consistent; an anchor knows better."""
    newest = disk.journal.anchors.newest()
    assert newest is not None
    place = disk.table[0][0] + 1
    assert place < newest.head.sequence
    ((digest,),) = disk.store.read("SELECT hash FROM journal WHERE sequence = ?", (place,))
    disk.run("DELETE FROM journal WHERE sequence > ? AND sequence < ?", place, HEAD_ROW)
    body = b'{"sequence":%d}' % place
    disk.run("UPDATE journal SET body = ?, hash = ? WHERE sequence = ?", body, digest, HEAD_ROW)
    return at(Break.TRUNCATED, place + 1)


def entry_added_beyond_the_head(disk: Disk) -> Expected:
    last = disk.table[-1]
    body = last[1].replace(b'"sequence":%d' % last[0], b'"sequence":%d' % (last[0] + 1))
    disk.run("INSERT INTO journal VALUES (?, ?, ?)", last[0] + 1, body, follow(last[2], body))
    return at(Break.HEAD_LOST, last[0])


def entry_put_back_into_the_table(disk: Disk) -> Expected:
    file = disk.file()
    place = disk.chance.randint(file.first, file.last)
    line = disk.lines(file)[place - file.first + 1]
    disk.run("INSERT INTO journal VALUES (?, ?, ?)", place, line[65:-1], bytes.fromhex(line[:64].decode()))
    return at(Break.REORDERED, place)


def whole_table_gone(disk: Disk) -> Expected:
    disk.run("DELETE FROM journal WHERE sequence < ?", HEAD_ROW)
    return at(Break.TRUNCATED, disk.table[0][0])


# -- a file -----------------------------------------------------------------------------------------------


def line_edited(disk: Disk, *, row: bool) -> Expected:
    file = disk.file()
    lines, place = disk.lines(file), disk.chance.randint(1, file.last - file.first + 1)
    assert edited(lines[place]) != lines[place]
    lines[place] = edited(lines[place])
    disk.write(file, lines, row=row)
    return at(Break.EDITED, file.first + place - 1, file.name)


def line_deleted(disk: Disk, *, row: bool) -> Expected:
    file = disk.file()
    lines, place = disk.lines(file), disk.chance.randint(1, file.last - file.first)
    del lines[place]
    disk.write(file, lines, row=row)
    return at(Break.DELETED, file.first + place - 1, file.name)


def lines_swapped(disk: Disk, *, row: bool) -> Expected:
    file = disk.file()
    lines = disk.lines(file)
    one, other = sorted(disk.chance.sample(range(1, len(lines)), 2))
    lines[one], lines[other] = lines[other], lines[one]
    disk.write(file, lines, row=row)
    return at(Break.REORDERED, file.first + one - 1, file.name)


def lines_cut(disk: Disk, *, row: bool) -> Expected:
    file = disk.file()
    lines = disk.lines(file)
    left = disk.chance.randint(1, len(lines) - 1)
    disk.write(file, lines[:left], row=row)
    return at(Break.TRUNCATED, file.first + left - 1, file.name)


def line_added(disk: Disk, *, row: bool) -> Expected:
    file = disk.file()
    lines = disk.lines(file)
    body = lines[-1][65:-1].replace(b'"sequence":%d' % file.last, b'"sequence":%d' % (file.last + 1))
    disk.write(file, [*lines, b"%s %s\n" % (follow(file.hash, body).hex().encode(), body)], row=row)
    return at(Break.FILE_EDITED, file.last, file.name)


def rest_of_a_file_computed_anew(disk: Disk) -> Expected:
    """Content, hashes and row fit each other; the next part no longer follows."""
    file = disk.chance.choice(disk.files[:-1])
    lines, place = disk.lines(file), disk.chance.randint(1, file.last - file.first + 1)
    lines[place] = edited(lines[place])
    last = bytes.fromhex(lines[place - 1][:64].decode())
    for number in range(place, len(lines)):
        body = lines[number][65:-1]
        last = follow(last, body)
        lines[number] = b"%s %s\n" % (last.hex().encode(), body)
    disk.run("UPDATE segment SET hash = ? WHERE first = ?", last, file.first)
    disk.run("DELETE FROM anchor")
    disk.path_of(file).unlink()
    disk.write(next(each for each in segments.listed(disk.store) if each.first == file.first), lines)
    after = disk.files[disk.files.index(file) + 1]
    return at(Break.EDITED, after.first, after.name)


def same_content_in_other_bytes(disk: Disk, *, row: bool) -> Expected:
    file = disk.file()
    disk.path_of(file).write_bytes(gzip.compress(b"".join(disk.lines(file)), 1, mtime=0))
    if not row:
        return at(Break.FILE_EDITED, file.first, file.name)
    digest = hashlib.sha256(disk.path_of(file).read_bytes()).digest()
    disk.run("UPDATE segment SET digest = ? WHERE first = ?", digest, file.first)
    return at(Break.EDITED, file.last, file.name)


def byte_flipped(disk: Disk) -> Expected:
    file = disk.file()
    data = bytearray(disk.path_of(file).read_bytes())
    data[disk.chance.randrange(len(data))] ^= 1 << disk.chance.randrange(8)
    disk.path_of(file).write_bytes(data)
    return Expected(ANY_OF_A_FILE, range(file.first, file.last + 1), file.name)


def bytes_cut(disk: Disk) -> Expected:
    file = disk.file()
    data = disk.path_of(file).read_bytes()
    disk.path_of(file).write_bytes(data[: disk.chance.randrange(len(data))])
    return Expected(ANY_OF_A_FILE, range(file.first, file.last + 1), file.name)


def bytes_added(disk: Disk) -> Expected:
    file = disk.file()
    with disk.path_of(file).open("ab") as stream:
        stream.write(disk.chance.randbytes(9))
    return at(Break.FILE_EDITED, file.last, file.name)


def file_that_unpacks_without_end(disk: Disk) -> Expected:
    file = disk.file()
    disk.path_of(file).write_bytes(gzip.compress(bytes(5_000_000)))
    return at(Break.FILE_EDITED, file.first, file.name)


def file_deleted(disk: Disk) -> Expected:
    file = disk.file()
    disk.path_of(file).unlink()
    return at(Break.FILE_LOST, file.first, file.name)


def file_replaced_by_another(disk: Disk) -> Expected:
    file, other = disk.chance.sample(disk.files, 2)
    shutil.copy(disk.path_of(other), disk.path_of(file))
    return at(Break.FILE_EDITED, file.first, file.name)


# -- rows -------------------------------------------------------------------------------------------------


def row_deleted(disk: Disk, *, with_file: bool) -> Expected:
    place = disk.chance.randrange(len(disk.files))
    file = disk.files[place]
    disk.run("DELETE FROM segment WHERE first = ?", file.first)
    if with_file:
        disk.path_of(file).unlink()
    after = disk.files[place + 1].name if place + 1 < len(disk.files) else ""
    return at(Break.DELETED, file.first, after)


def all_rows_deleted(disk: Disk) -> Expected:
    disk.run("DELETE FROM segment")
    return at(Break.DELETED, 1)


def row_edited(disk: Disk, *, column: str) -> Expected:
    file = disk.file()
    values: dict[str, bytes | int] = {
        "first": file.first + 1,
        "last": file.last - 1,
        "before": bytes(32),
        "hash": file.hash[:31] + bytes([file.hash[31] ^ 1]),
        "digest": bytes(32),
        "closed_at": file.closed_at - 1,
    }
    disk.run(f"UPDATE segment SET {column} = ? WHERE first = ?", values[column], file.first)  # noqa: S608 - ours
    now = next(each for each in segments.listed(disk.store) if each.last in (file.last, file.last - 1))
    first_of_all = file is disk.files[0]
    match column:
        case "first" if first_of_all:
            return at(Break.FILE_LOST, file.first + 1, now.name)
        case "first":
            return at(Break.DELETED, file.first, now.name)
        case "last":
            return at(Break.FILE_LOST, file.first, now.name)
        case "before" if first_of_all:
            return at(Break.FILE_EDITED, file.first, file.name)  # whose own first line says otherwise
        case "before":
            return at(Break.EDITED, file.first, file.name)
        case "digest":
            return at(Break.FILE_EDITED, file.first, file.name)
        case _:
            return at(Break.EDITED, file.last, file.name)


def dropped_part_put_back(disk: Disk) -> Expected:
    """A row as it may have been; its file cannot be there."""
    file = disk.files[0]
    disk.run(
        "INSERT INTO segment VALUES (1, ?, zeroblob(32), ?, zeroblob(32), 0)", file.first - 1, file.before
    )
    name = segments.file_name(1, file.first - 1, file.before.hex())
    return at(Break.FILE_LOST, 1, name)


def dropped_event_edited(disk: Disk) -> Expected:
    """To explain one more missing part: the event stands in the chain like any other."""
    file = disk.files[0]
    for sequence, body, _ in reversed(disk.table):
        if b"journal-dropped" in body:
            said = b'"last":%d' % (file.first - 1)
            assert said in body
            disk.run(
                "UPDATE journal SET body = ? WHERE sequence = ?",
                body.replace(said, b'"last":%d' % file.last),
                sequence,
            )
            disk.run("DELETE FROM segment WHERE first = ?", file.first)
            return at(Break.EDITED, sequence)
    raise AssertionError("the newest drop is in the table")


KINDS: dict[str, Callable[[Disk], Expected]] = {
    made.__name__: made
    for made in (
        entry_deleted,
        entry_edited,
        entry_edited_with_its_hash,
        entries_swapped,
        end_cut,
        end_cut_and_head_gone,
        end_cut_and_head_set_back,
        entry_added_beyond_the_head,
        entry_put_back_into_the_table,
        whole_table_gone,
        rest_of_a_file_computed_anew,
        byte_flipped,
        bytes_cut,
        bytes_added,
        file_that_unpacks_without_end,
        file_deleted,
        file_replaced_by_another,
        all_rows_deleted,
        dropped_part_put_back,
        dropped_event_edited,
    )
}
for made in (line_edited, line_deleted, lines_swapped, lines_cut, line_added, same_content_in_other_bytes):
    for row in (False, True):
        KINDS[f"{made.__name__}{'_with_its_row' if row else ''}"] = partial(made, row=row)
for with_file in (False, True):
    KINDS[f"row_deleted{'_with_its_file' if with_file else ''}"] = partial(row_deleted, with_file=with_file)
for column in ("first", "last", "before", "hash", "digest", "closed_at"):
    KINDS[f"row_edited_{column}"] = partial(row_edited, column=column)
