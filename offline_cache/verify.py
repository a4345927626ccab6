"""Walks the whole chain, through the files and then the table, and says where it does not hold.

Who can rewrite everything on this disk can compute a new chain; heads that were kept elsewhere (the gateway's
anchors) tell. Everything less is found by the chain itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from offline_cache import chain, segments
from offline_cache.chain import START, Head
from offline_cache.events import AnchorRefused, Event, JournalDropped, JournalRotated
from offline_cache.exc import StoreBroken
from offline_cache.folder import Folder
from offline_cache.schema import HEAD_ROW
from offline_cache.segments import Segment, UnreadableError
from offline_cache.storage import Store
from offline_cache.world import to_ms

ATTEMPTS = 5
"""A walk during which the agent drops a file begins anew; that happens once a week at most."""


class Break(StrEnum):
    """What is wrong with a chain."""

    DELETED = "deleted"
    """An entry is missing where `sequence` says; later ones are there."""
    EDITED = "edited"
    """The entry, or what is kept about it (the hash before it, its file's row), is not what was written."""
    REORDERED = "reordered"
    """The entry that stands at `sequence` was written at another place."""
    TRUNCATED = "truncated"
    """The entries from `sequence` on are gone."""
    REWRITTEN = "rewritten"
    """The chain is whole, but not the one that was anchored at `sequence`."""
    HEAD_LOST = "head-lost"
    """The row that says where the chain ends is gone or was set back; `sequence` is the last entry."""
    FILE_LOST = "file-lost"
    """The file that begins with `sequence` is not there under the name that its row gives it."""
    FILE_EDITED = "file-edited"
    """The file's bytes are not those that were written; it can be read up to the entry before `sequence`."""


@dataclass(frozen=True, slots=True)
class Intact:
    """The chain holds from entry `first` (those before it were old enough to be dropped, and the chain says
    so) to `head`. `refused`: of that entry the gateway has said that it keeps another hash."""

    head: Head
    first: int = 1
    refused: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold; `file` is empty for the database's own table."""

    what: Break
    sequence: int
    file: str = ""


def read_head(store: Store) -> Head | None:
    """The end of the chain as the head row says it; None when there is none."""
    row = store.read_one("SELECT body, hash FROM journal WHERE sequence = ?", (HEAD_ROW,))
    sequence = None if row is None else chain.number(row[0])
    return None if row is None or sequence is None else Head(sequence, row[1])


def verify(store: Store, folder: Folder, anchors: Iterable[Head]) -> Intact | Broken:
    """Walk everything, in constant memory, up to where the chain ended when this began.

    `anchors` are heads that were kept elsewhere; those of this file's own table are always compared. Raises
    StoreBroken for a disk that does not read.
    """
    wanted = [*anchors]
    for _ in range(ATTEMPTS):
        try:
            return _Walk(store, folder, wanted).result()
        except _DroppedMeanwhileError:
            continue
    raise StoreBroken("the journal's files change faster than they can be read; try again")


class _DroppedMeanwhileError(Exception):
    """The file that was to be read next is old and has just been deleted by the agent."""


class _Walk:
    """One walk: how far it has come, with which hash, and what the entries said about the files."""

    def __init__(self, store: Store, folder: Folder, anchors: list[Head]) -> None:
        self._store = store
        self._folder = folder
        self._files = segments.listed(store)  # before the head, which says of each what it is
        local = (Head(*row) for row in store.read("SELECT sequence, hash FROM anchor"))
        self._anchors: dict[int, set[bytes]] = {}
        for each in (*anchors, *local):
            self._anchors.setdefault(each.sequence, set()).add(each.hash)
        self._head = read_head(store)
        self._reached, self._last = 0, START
        if self._files:
            self._reached, self._last = self._files[0].first - 1, self._files[0].before
        self._start = self._reached + 1
        self._begin = self._last
        self._at_head = self._last if self._head and self._head.sequence == self._reached else None
        self._rotated: dict[int, tuple[int, str, int]] = {}
        self._dropped: JournalDropped | None = None
        self._refused: int | None = None

    def result(self) -> Intact | Broken:
        return (
            self._walk() or self._end() or self._beginning() or self._said_of_files() or self._leftover()
        ) or Intact(self._head or Head(0, START), self._start, self._refused)

    def _walk(self) -> Broken | None:
        until = self._head.sequence if self._head else HEAD_ROW - 1
        found = None
        while found is None and self._reached < until:
            file = segments.holding(self._store, self._reached + 1)
            if file is not None:
                found = self._file(file)
                continue
            rows = segments.rows(self._store, self._reached, until)
            if segments.holding(self._store, self._reached + 1) is not None:
                continue  # rotated between the two looks
            if not rows:
                break
            found = self._table(rows)
        return found

    def _table(self, rows: list[tuple[int, bytes, bytes]]) -> Broken | None:
        for sequence, body, said in rows:
            if sequence != self._reached + 1:
                return Broken(Break.DELETED, self._reached + 1)
            if (found := self._entry(said, body)) is not None:
                return found
        return None

    def _file(self, file: Segment) -> Broken | None:
        if file.first > self._reached + 1:
            self._still_there(*self._files[:1])
            return Broken(Break.DELETED, self._reached + 1, file.name)
        if file.first <= self._reached or file.before != self._last:
            return Broken(Break.EDITED, self._reached + 1, file.name)
        data = self._folder.read(file.name)
        if data is None:
            self._still_there(file)
            return Broken(Break.FILE_LOST, file.first, file.name)
        found = self._lines(file, data)
        if found is not None:
            return found
        if hashlib.sha256(data).digest() != file.digest:
            return Broken(Break.FILE_EDITED, file.first, file.name)
        return Broken(Break.EDITED, file.last, file.name) if self._last != file.hash else None

    def _still_there(self, *files: Segment) -> None:
        if not set(files) <= set(segments.listed(self._store)):
            raise _DroppedMeanwhileError

    def _lines(self, file: Segment, data: bytes) -> Broken | None:
        lines = segments.unpack(data)
        try:
            before, _ = next(lines, (b"", b""))
            if before != file.before:
                return Broken(Break.FILE_EDITED, file.first, file.name)
            for said, body in lines:
                if self._reached == file.last:
                    return Broken(Break.FILE_EDITED, file.last, file.name)
                place = chain.number(body)
                if place is not None and place > self._reached + 1:
                    later = any(chain.number(rest) == self._reached + 1 for _, rest in lines)
                    what = Break.REORDERED if later else Break.DELETED
                    return Broken(what, self._reached + 1, file.name)
                if (found := self._entry(said, body, file.name)) is not None:
                    return found
        except UnreadableError:
            return Broken(Break.FILE_EDITED, min(self._reached + 1, file.last), file.name)
        if self._reached < file.last:
            return Broken(Break.TRUNCATED, self._reached + 1, file.name)
        return None

    def _entry(self, said: bytes, body: bytes, file: str = "") -> Broken | None:
        sequence, place = self._reached + 1, chain.number(body)
        if chain.follow(self._last, body) != said:
            return Broken(Break.EDITED if place in (sequence, None) else Break.REORDERED, sequence, file)
        if place != sequence:
            return Broken(Break.REORDERED, sequence, file)
        if self._anchors.pop(sequence, {said}) != {said}:
            return Broken(Break.REWRITTEN, sequence, file)
        self._reached, self._last = sequence, said
        if self._head is not None and sequence == self._head.sequence:
            self._at_head = said
        if any(mark in body for mark in _MARKS):
            self._heed(body)
        return None

    def _heed(self, body: bytes) -> None:
        """What the chain itself says about its files and anchors."""
        try:
            entry = chain.decode(body)
        except msgspec.MsgspecError:
            return  # a newer release's; the hash holds
        match entry.event:
            case JournalRotated(first=first, last=last, digest=digest):
                self._rotated[last] = (first, digest, to_ms(entry.at))
            case JournalDropped():
                self._dropped = entry.event
            case AnchorRefused(sequence=sequence):
                self._refused = sequence
            case _:
                pass

    def _end(self) -> Broken | None:
        beyond = any(sequence > self._reached for sequence in self._anchors)
        if beyond or (self._head is not None and self._head.sequence > self._reached):
            return Broken(Break.TRUNCATED, self._reached + 1)
        if self._head is None or self._head.hash != self._at_head or self._goes_beyond_head():
            return Broken(Break.HEAD_LOST, self._reached)
        return None

    def _goes_beyond_head(self) -> bool:
        """Entries that the head row does not know; one statement, because the chain may be growing."""
        row = self._store.read_one(
            "SELECT max(coalesce((SELECT max(sequence) FROM journal WHERE sequence < ?1), 0),"
            " coalesce((SELECT max(last) FROM segment), 0)) >"
            " (SELECT json_extract(CAST(body AS TEXT), '$.sequence') FROM journal WHERE sequence = ?1)",
            (HEAD_ROW,),
        )
        return row is None or bool(row[0])

    def _beginning(self) -> Broken | None:
        """The chain begins where the last thing that was dropped ended, and with the hash that it had."""
        gone = self._dropped
        ended, digest = (gone.last, gone.hash) if gone else (0, START.hex())
        file = self._files[0].name if self._files else ""
        if self._start > ended + 1:
            return Broken(Break.DELETED, ended + 1, file)
        if self._start <= ended:
            return Broken(Break.REORDERED, self._start, file)
        if self._begin.hex() != digest:
            return Broken(Break.EDITED, self._start, file)
        if ended and self._anchors.get(ended, {self._begin}) != {self._begin}:
            return Broken(Break.REWRITTEN, self._start, file)
        return None

    def _said_of_files(self) -> Broken | None:
        for file in self._files:
            if self._rotated.get(file.last) != (file.first, file.digest.hex(), file.closed_at):
                return Broken(Break.EDITED, file.last, file.name)
        return None

    def _leftover(self) -> Broken | None:
        """An entry in the table that is in a file already was put there by hand."""
        row = self._store.read_one(
            "SELECT (SELECT min(sequence) FROM journal), (SELECT max(last) FROM segment)"
        )
        if row is not None and row[1] is not None and row[0] <= row[1]:
            return Broken(Break.REORDERED, row[0])
        return None


def _mark(event: type[Event]) -> bytes:
    return f'"{event.__struct_config__.tag}"'.encode()


_MARKS = tuple(_mark(event) for event in (JournalRotated, JournalDropped, AnchorRefused))
