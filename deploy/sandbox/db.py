"""The city's database: one SQLite file, one writer at a time, rows as dictionaries."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

SCHEMA_VERSION = 4
_SCHEMA = Path(__file__).with_name("schema.sql")

Row = dict[str, Any]


class DatabaseUnfitError(Exception):
    """The file in the directory belongs to another version or another seed; the message says what to do."""


class Tx:
    """What may be asked of the database inside one transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, *values: Any) -> int:
        """Change something; how many rows it touched."""
        self._connection.execute(sql, values)
        return self._connection.changes()

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """The same change for every row."""
        self._connection.executemany(sql, rows)

    def all(self, sql: str, *values: Any) -> list[Row]:
        """Every row, by column name."""
        return self._rows(sql, values)

    def named(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """Every row, by column name; `values` are those of `:names` in the statement."""
        return self._rows(sql, values)

    def _rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Row]:
        cursor = self._connection.execute(sql, values)
        rows = iter(cursor)
        first = next(rows, None)
        if first is None:
            return []
        names = [column[0] for column in cursor.get_description()]
        return [dict(zip(names, row, strict=True)) for row in (first, *rows)]

    def one(self, sql: str, *values: Any) -> Row | None:
        """The first row, if there is one."""
        rows = self.all(sql, *values)
        return rows[0] if rows else None


class Database:
    """Transactions are serialised by a lock: a small city has time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = apsw.Connection(str(path))
        self._connection.execute("PRAGMA journal_mode=WAL")
        # Power cuts are the terminal's problem to prove, not the sandbox's: NORMAL survives a kill -9.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        version = next(iter(self._connection.execute("PRAGMA user_version")))[0]
        if version == 0:
            with self.transaction():
                self._connection.execute(_SCHEMA.read_text(encoding="utf-8"))
                self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            self._connection.close()
            raise DatabaseUnfitError(f"{path} is of version {version}, not {SCHEMA_VERSION}: remove it")

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """All of it or nothing of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Tx(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        with self._lock:
            self._connection.close()
