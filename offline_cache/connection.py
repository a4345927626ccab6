"""One connection to a file of ours: how it is opened, set, checked and migrated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw

from offline_cache.exc import StoreBroken, StoreDamaged, StoreForeign, StoreTooNew

BUSY_MS = 200
"""How long a statement waits for a reader in another process (`kiosk outbox list`); then it gives up."""

LOG_BYTES = 8 << 20
"""A log that one huge envelope has made longer than this is shortened when it starts anew."""

POWERSAFE_OVERWRITE = 0
"""SQLite's `psow`. 1, its default, trusts that an interrupted write leaves its neighbours in the same block
whole; cheap flash does not, and promises are lost (shown in test_power_cut). With 0 each commit is filled up
to a block's end, which costs 4 KB and no measurable time."""

WHOLE_BYTES = 32 << 20
"""A file of up to this size is read from end to end at opening, which takes some 0.1 s; of a larger one the
trees are walked, and the whole is checked while the agent serves (docs/decisions/0015-damage.md)."""


class Durability(StrEnum):
    """What a commit is worth when the power goes."""

    FULL = "FULL"
    """Every commit is on the disk before it returns."""
    NORMAL = "NORMAL"
    """The last commits may be gone; the file is sound. Only for what can be fetched again."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds. `migrations[n]` is the SQL that takes version n to n + 1; `application_id` marks
    the file as ours (SQLite file format, offset 68)."""

    application_id: int
    migrations: tuple[str, ...]

    @property
    def version(self) -> int:
        """The version this agent writes."""
        return len(self.migrations)


def connect(path: Path, flags: int, vfs: str | None) -> apsw.Connection:
    """A connection with no settings yet. Raises apsw.Error."""
    uri = f"file:{quote(str(path.resolve()))}?psow={POWERSAFE_OVERWRITE}"
    db = apsw.Connection(uri, flags=flags | apsw.SQLITE_OPEN_URI, vfs=vfs)
    db.set_busy_timeout(BUSY_MS)
    return db


def pragma(db: apsw.Connection, name: str) -> Any:
    """The value of one of SQLite's settings."""
    return db.execute(f"PRAGMA {name}").get


def check_version(db: apsw.Connection, schema: Schema) -> int:
    """The file's version. Raises StoreForeign, StoreTooNew."""
    version = int(pragma(db, "user_version"))
    mark = pragma(db, "application_id")
    empty = db.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if mark != schema.application_id and not (empty and version == 0):
        raise StoreForeign(f"{db.filename} is not a file of this agent")
    if version > schema.version:
        raise StoreTooNew(f"{db.filename} has version {version}; this agent knows up to {schema.version}")
    return version


def set_pragmas(db: apsw.Connection, durability: Durability) -> None:
    """The settings of docs/decisions/0003-outbox-first.md. Raises StoreBroken."""
    if pragma(db, "journal_mode=WAL") != "wal":
        raise StoreBroken("the file system has no shared memory for SQLite's log")
    db.execute(f"PRAGMA synchronous={durability}")
    # FULL: checkpoints only where the agent says so, never inside a promise.
    db.execute(f"PRAGMA wal_autocheckpoint={0 if durability is Durability.FULL else 1000}")
    db.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
    db.execute("PRAGMA secure_delete=ON")  # deleted envelopes are overwritten, not unlinked
    db.execute("PRAGMA trusted_schema=OFF")
    db.execute("PRAGMA cell_size_check=ON")
    db.execute("PRAGMA mmap_size=0")  # an I/O error is an error code, not a SIGBUS
    db.execute("PRAGMA temp_store=MEMORY")
    db.execute("PRAGMA cache_size=-512")  # KiB; the default of 2 MB would fill over the first days
    db.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)


def check(db: apsw.Connection) -> None:
    """What can be checked of a file while somebody waits for the agent. Raises StoreDamaged."""
    if pragma(db, "page_count") * pragma(db, "page_size") <= WHOLE_BYTES:
        check_whole(db)
    else:
        check_trees(db)


def check_whole(db: apsw.Connection) -> None:
    """Read every page and compare every index with its table: at the disk's own pace.
    Raises StoreDamaged."""
    said = db.execute("PRAGMA integrity_check(1)").get
    if said != "ok":
        raise StoreDamaged(str(said))


def check_trees(db: apsw.Connection) -> None:
    """Walk every table and index but for what overflows their pages (the envelopes), and see that an index
    has as many entries as its table. Raises StoreDamaged; apsw.CorruptError for a page that is none."""
    trees = db.execute("SELECT type, name, tbl_name FROM sqlite_schema WHERE rootpage > 0").fetchall()
    rows = {
        name: db.execute(f'SELECT count(*) FROM "{name}" NOT INDEXED').get  # noqa: S608 - from our own schema
        for kind, name, _ in trees
        if kind == "table"
    }
    for kind, name, table in trees:
        if kind == "index":  # `sum`, as SQLite counts in whichever index is the smallest
            entries = db.execute(f'SELECT sum(1) FROM "{table}" INDEXED BY "{name}"').get or 0  # noqa: S608
            if entries != rows[table]:
                raise StoreDamaged(f"{table} has {rows[table]} rows, an index of it {entries}")


def migrate(db: apsw.Connection, schema: Schema) -> None:
    """Take the file to the present version, in one transaction."""
    version = int(pragma(db, "user_version"))
    if version == schema.version:
        return
    with db:
        for script in schema.migrations[version:]:
            db.execute(script)
        db.execute(f"PRAGMA application_id={schema.application_id}")
        db.execute(f"PRAGMA user_version={schema.version}")


def touch_log(db: apsw.Connection) -> None:
    """Commit one page that changes nothing.

    The first commit of an empty log costs a second fsync, of the log's header; made by this, no promise waits
    for it. At opening it also shows that the disk can be written.
    """
    db.execute(f"PRAGMA user_version={pragma(db, 'user_version')}")
