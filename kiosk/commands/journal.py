"""Looks at the journal, also beside a running agent; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from kiosk.clock import SystemClock
from kiosk.commands.outbox import outbox_file
from offline_cache.chain import Head
from offline_cache.journal import FOLDER, Intact, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store


class _Exported(msgspec.Struct, frozen=True):
    """One anchor, as an operator exports it from the gateway."""

    sequence: int
    hash: str
    at: datetime


class BadAnchors(ValueError):  # noqa: N818 - reads as what it is
    """The file of anchors is not a list of {sequence, hash, at}."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the chain holds, whether the gateway ever contradicted it, and all of it in words."""

    whole: bool
    contradicted: bool
    words: str


def verified(folder: Path, anchors: Path | None = None) -> Verified:
    """Walk the chain and hold it against the anchors that were kept here, and those in the file `anchors`.
    Raises StoreError, BadAnchors."""
    heads = [] if anchors is None else _heads(anchors)
    with _journal(folder) as journal:
        found = journal.verify(heads)
        newest = journal.anchors.newest()
        unnamed = journal.unnamed()
    if not isinstance(found, Intact):
        where = f"{FOLDER}/{found.file}" if found.file else "outbox.db"
        return Verified(False, False, f"broken at entry {found.sequence}: {found.what.value}, in {where}")
    words = [f"intact: entries {found.first} to {found.head.sequence}, head {found.head.hash.hex()[:16]}…"]
    if newest is None:
        words.append("the gateway has confirmed nothing of it yet")
    else:
        words.append(f"the gateway confirmed entry {newest.head.sequence} on {newest.at:%Y-%m-%d}")
    if heads:
        words.append(f"{len(heads)} anchors of {anchors} fit")
    if unnamed:
        words.append(f"files that the journal does not name: {', '.join(unnamed)}")
    if found.refused is not None:
        words.append(f"ALARM: the gateway keeps another hash for entry {found.refused}")
    return Verified(True, found.refused is not None, "; ".join(words))


def shown(folder: Path, after: int, limit: int) -> Iterator[bytes]:
    """The canonical JSON of at most `limit` entries that follow number `after`. Raises StoreError."""
    with _journal(folder) as journal:
        yield from islice(journal.bodies(after), limit)


@contextmanager
def _journal(folder: Path) -> Iterator[Journal]:
    store = Store.open_reader(outbox_file(folder), OUTBOX)
    try:
        yield Journal(store, SystemClock())
    finally:
        store.close()


def _heads(path: Path) -> list[Head]:
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[_Exported])
        heads = [Head(row.sequence, bytes.fromhex(row.hash)) for row in rows]
    except OSError as error:
        raise BadAnchors(f"{path}: {error.strerror}") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadAnchors(
            f"{path}: {error}; export it from the gateway anew, a list of {{sequence, hash, at}}"
        ) from error
    return [head for head in heads if head.sequence]
