"""The libraries that the store is measured beside, each configured to promise the same as it does."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import diskcache
import hishel
import litequeue
import persistqueue
import requests
import requests_cache
from hishel.requests import CacheAdapter
from huey.storage import SqliteStorage

from offline_cache.content import CONTENT
from offline_cache.schema import OUTBOX

INSERT = (
    "INSERT INTO submission (key, visit, sequence, operation, target, payload_hash, created_at, expires_at,"
    " state, envelope) VALUES (?,?,?,?,?,?,?,?,'waiting',?)"
)
Put = Callable[[bytes], object]
Get = Callable[[], object]


def raw_database(path: Path) -> apsw.Connection:
    """The outbox's tables in plain SQLite: WAL, FULL, and for the rest its defaults."""
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(OUTBOX.migrations[0])
    return db


def raw_content(path: Path, key: str, body: bytes, others: int) -> apsw.Connection:
    """The content's table in plain SQLite, with `body` under `key` among others of its size."""
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode=WAL")
    db.execute(CONTENT.migrations[0])
    with db:
        for name in (*(f"{key}/{number}" for number in range(others)), key):
            db.execute(
                "INSERT INTO content VALUES (?, 'x', 'x', 0, 0, 0, 0, ?, zeroblob(32), ?)",
                (name, len(body), body),
            )
    return db


@contextmanager
def queues(folder: Path) -> Iterator[dict[str, Put]]:
    """How to put 2 KB into each queue, durably: `synchronous` is FULL in all of them."""
    lite = litequeue.LiteQueue(str(folder / "litequeue.db"))
    lite.conn.execute("PRAGMA synchronous = FULL")  # its own choice is NORMAL
    huey = SqliteStorage(filename=str(folder / "huey.db"), fsync=True, journal_mode="wal")
    persist = persistqueue.SQLiteQueue(str(folder / "persist"), auto_commit=True)
    putter: Any = persist._putter
    putter.execute("PRAGMA synchronous = FULL")
    _is_full(lite.conn.execute("PRAGMA synchronous").fetchone())
    _is_full(huey.conn.execute("PRAGMA synchronous").fetchone())
    _is_full(putter.execute("PRAGMA synchronous").fetchone())
    try:
        yield {
            "litequeue, forced FULL": lambda envelope: lite.put(envelope.decode()),
            "huey SqliteStorage, forced FULL": huey.enqueue,
            "persist-queue, forced FULL": persist.put,
        }
    finally:
        lite.conn.close()
        huey.close()
        persist.close()


def _is_full(answer: Any) -> None:
    if answer[0] != 2:
        raise RuntimeError(f"a peer runs with synchronous={answer[0]}")


@contextmanager
def caches(folder: Path, body: bytes) -> Iterator[dict[str, Get]]:
    """How to get the cached guide from each cache; the HTTP ones had it from a server on loopback."""
    with _origin(body) as url, diskcache.Cache(str(folder / "diskcache")) as disk:
        disk.set(url, body)
        plain = requests_cache.CachedSession(
            str(folder / "requests_cache"), backend="sqlite", cache_control=True, stale_if_error=True
        )
        storage = hishel.SqliteStorage(database_path=folder / "hishel.db")
        session = requests.Session()
        session.mount("http://", CacheAdapter(storage=storage, rfc=True))
        with plain, session, closing(storage):
            getters: dict[str, Get] = {
                "requests-cache (RFC 9111, SQLite)": lambda: plain.get(url).content,
                "hishel (RFC 9111, SQLite)": lambda: session.get(url).content,
                "diskcache (no policy, no age)": lambda: disk[url],
            }
            for get in (*getters.values(), *getters.values()):
                if get() != body:
                    raise RuntimeError("a peer does not return the guide")
            if not plain.get(url).from_cache or session.get(url).headers["X-Hishel-From-Cache"] != "true":
                raise RuntimeError("a peer asks the origin")
            yield getters


@contextmanager
def _origin(body: bytes) -> Iterator[str]:
    class Guide(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=3600, stale-if-error=86400")
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the bench prints a table."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Guide) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/items/service.item-guide/guide"
        finally:
            server.shutdown()
            thread.join(10)
