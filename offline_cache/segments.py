"""Closed parts of the journal: a file each, and a row of table `segment` that says what it must be.

A file is gzip over lines of text. The first line is the hash before the first entry, in hexadecimal; each
other line is an entry's hash, a blank, and the entry's very bytes. So it is checked with no tool of ours::

    zcat FILE | python3 -c 'import sys, hashlib
    last = bytes.fromhex(sys.stdin.buffer.readline().decode())
    for line in sys.stdin.buffer:
        last = hashlib.sha256(last + line[65:-1]).digest()
        assert line[:64].decode() == last.hex(), line'

The name holds the first and last number and the beginning of the last hash: files of two journals (one was
damaged and set aside) never have the same.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from offline_cache.chain import follow
from offline_cache.exc import StoreDamaged
from offline_cache.folder import SUFFIX, Folder
from offline_cache.schema import HEAD_ROW
from offline_cache.storage import Row, Store

BATCH = 500
"""Rows read at once: the store's lock is not held over the whole journal."""

MAX_LINE = 64 * 1024
"""Bytes. An entry has a few hundred; a file that unpacks to a longer line was not written by us."""

_NAME = re.compile(rf"([0-9]{{9}})-([0-9]{{9}})-[0-9a-f]{{8}}{re.escape(SUFFIX)}")
_GZIP = 31  # zlib's name for a gzip frame with the largest window; its header bears no time, no name
_CHUNK = 256 * 1024
_COLUMNS = "first, last, before, hash, digest, closed_at"


class UnreadableError(ValueError):
    """The file's bytes are not what this module writes."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A row: entries `first` to `last`, the hash before and at their end, SHA-256 of the file, and when it
    was closed (ms since 1970; the time of the `JournalRotated` that says so)."""

    first: int
    last: int
    before: bytes
    hash: bytes
    digest: bytes
    closed_at: int

    @property
    def name(self) -> str:
        """The file's name."""
        return file_name(self.first, self.last, self.hash.hex())


def file_name(first: int, last: int, digest: str) -> str:
    """The name of the file with entries `first` to `last`, whose last hash is `digest` in hexadecimal."""
    return f"{first:09}-{last:09}-{digest[:8]}{SUFFIX}"


def numbers(name: str) -> tuple[int, int] | None:
    """The first and last number that a file's name tells; None where it is no name of ours."""
    found = _NAME.fullmatch(name)
    return None if found is None else (int(found[1]), int(found[2]))


def listed(store: Store) -> list[Segment]:
    """Every row, in order."""
    return [Segment(*row) for row in store.read(f"SELECT {_COLUMNS} FROM segment ORDER BY first")]  # noqa: S608 - a constant


def holding(store: Store, sequence: int) -> Segment | None:
    """The first segment that ends at entry `sequence` or later."""
    row = store.read_one(
        f"SELECT {_COLUMNS} FROM segment WHERE last >= ? ORDER BY first LIMIT 1",  # noqa: S608 - a constant
        (sequence,),
    )
    return None if row is None else Segment(*row)


def rows(store: Store, after: int, end: int = HEAD_ROW - 1, limit: int = BATCH) -> list[Row]:
    """Number, bytes and hash of the entries of the table that follow `after`, up to number `end`."""
    return store.read(
        "SELECT sequence, body, hash FROM journal WHERE sequence > ? AND sequence <= ?"
        " ORDER BY sequence LIMIT ?",
        (after, end, limit),
    )


class Packer:
    """Makes the bytes of a file; the same entries make the same bytes."""

    def __init__(self, before: bytes) -> None:
        self._zip = zlib.compressobj(wbits=_GZIP)
        self._parts = [self._zip.compress(f"{before.hex()}\n".encode())]

    def add(self, digest: bytes, body: bytes) -> None:
        """The next entry and its hash."""
        self._parts.append(self._zip.compress(b"%s %s\n" % (digest.hex().encode(), body)))

    def data(self) -> bytes:
        """The whole file. Once."""
        return b"".join([*self._parts, self._zip.flush()])


def unpack(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The hash before the first entry (with no bytes), then each entry's hash and bytes.

    What can be read comes; UnreadableError is raised where it ends otherwise than with a whole line.
    """
    for line in _lines(data):
        said, _, body = line.partition(b" ")
        try:
            digest = bytes.fromhex(said.decode("ascii"))
        except ValueError as error:
            raise UnreadableError("a line without a hash") from error
        yield digest, body


def _lines(data: bytes) -> Iterator[bytes]:
    unzip = zlib.decompressobj(wbits=_GZIP)
    rest = b""
    while not unzip.eof:
        try:
            part = unzip.decompress(data, _CHUNK)
        except zlib.error as error:
            raise UnreadableError(str(error)) from error
        data = unzip.unconsumed_tail
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
        if len(rest) > MAX_LINE:
            raise UnreadableError("a line of more than 64 KiB")
        if not part and not data and not unzip.eof:
            raise UnreadableError("the file ends in the middle")
    if rest or unzip.unused_data:
        raise UnreadableError("there is more after the end")


def bodies(store: Store, folder: Folder, after: int) -> Iterator[bytes]:
    """The entries' bytes that follow number `after`, from files and table, also while the journal grows and
    is rotated. Raises StoreDamaged for a file that is not there or not what its row says."""
    while True:
        segment = holding(store, after + 1)
        if segment is None:
            found = rows(store, after)
            if holding(store, after + 1) is not None:
                continue  # rotated between the two looks: what the table no longer has is in a file now
            if not found:
                return
            yield from (body for _, body, _ in found)
            after = found[-1][0]
        else:
            yield from _of(store, folder, segment, after)
            after = segment.last


def _of(store: Store, folder: Folder, segment: Segment, after: int) -> Iterator[bytes]:
    data = folder.read(segment.name)
    if data is None and segment not in listed(store):
        return  # dropped this very moment
    if data is None or hashlib.sha256(data).digest() != segment.digest:
        raise StoreDamaged(f"{segment.name} is {'missing' if data is None else 'not what was written'}")
    try:
        for place, (_, body) in enumerate(unpack(data), segment.first - 1):
            if place > max(after, segment.first - 1):
                yield body
    except UnreadableError as error:
        raise StoreDamaged(f"{segment.name}: {error}") from error


def checked(store: Store, before: bytes, first: int, last: int) -> tuple[bytes, bytes]:
    """The bytes of the file for entries `first` to `last` of the table, and the hash of the last.

    Raises StoreDamaged where the chain does not hold: what was tampered with stays where it is.
    """
    packer, reached, digest = Packer(before), first - 1, before
    while reached < last:
        for sequence, body, said in rows(store, reached, last) or [(0, b"", b"")]:
            digest = follow(digest, body)
            if sequence != reached + 1 or digest != said:
                raise StoreDamaged(f"the journal does not hold at entry {reached + 1}; it is not rotated")
            packer.add(digest, body)
            reached = sequence
    return packer.data(), digest
