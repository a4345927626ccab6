"""Files of older agents, full to the brim, become the present version whole, or stay what they were."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from offline_cache.connection import Schema
from offline_cache.events import Entry, VisitBegan
from offline_cache.exc import StoreTooNew
from offline_cache.journal import Intact
from offline_cache.schema import HEAD_ROW, OUTBOX
from offline_cache.storage import Store
from offline_cache.submission import State
from tests.offline_cache.disk import Log, RecordingDisk, after_power_cut
from tests.offline_cache.world import START, open_at, submission, visit_id

OLD = (1, 2)
MANY = 3000
CUTS = 25
TABLES = {"submission": 1, "journal": 1, "note": 1, "payment": 2}
"""Each table and the version that brought it."""


def of_version(version: int) -> Schema:
    return Schema(OUTBOX.application_id, OUTBOX.migrations[:version])


def old_file(path: Path, version: int, rows: int, vfs: str | None = None) -> None:
    """As an agent of `version` left it, written by the SQL of its day and not by today's code."""
    chance = random.Random(version)
    store = Store.open(path, of_version(version), vfs=vfs)
    with store.transaction() as db:
        for number in range(rows):
            state = list(State)[number % len(State)]
            one = submission(chance, size=chance.choice((60, 900, 5000)))
            held = state in (State.WAITING, State.QUARANTINED)
            db.execute(
                "INSERT INTO submission (key, visit, sequence, operation, target, payload_hash, created_at,"
                " expires_at, envelope, state, reason, answered_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (*one.row[:8], one.envelope if held else None, state, "" if held else "X", 1),
            )
        _journal(db, chance, rows)
        db.execute("INSERT INTO note VALUES ('time-floor', ?)", (b"2026-07-01T08:00:00+00:00",))
        if version >= 2:
            for number in range(rows // 10):
                db.execute(
                    "INSERT INTO payment (key, id, item, fen, state, opened_at)"
                    " VALUES (?, ?, 'i', 100, 'open', 1)",
                    (f"k{number}", f"p{number}"),
                )
    store.close()


def _journal(db: apsw.Connection, chance: random.Random, entries: int) -> None:
    encoder = msgspec.json.Encoder(order="sorted")
    last = bytes(32)
    for sequence in range(1, entries + 1):
        event = VisitBegan(visit=visit_id(chance))
        body = encoder.encode(Entry(sequence=sequence, at=START, event=event))
        last = hashlib.sha256(last + body).digest()
        db.execute("INSERT INTO journal VALUES (?, ?, ?)", (sequence, body, last))
    db.execute(
        "UPDATE journal SET body = ?, hash = ? WHERE sequence = ?",
        (b'{"sequence":%d}' % entries, last, HEAD_ROW),
    )


def content(path: Path, version: int) -> dict[str, list[Any]]:
    """Every row of every table that `version` has."""
    db = apsw.Connection(str(path))
    tables = [table for table, since in TABLES.items() if since <= version]
    rows = {table: db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}  # noqa: S608
    db.close()
    return rows


@pytest.mark.parametrize("version", OLD)
def test_full_outbox_of_an_older_agent_is_migrated_without_a_change(version: int, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    old_file(path, version, MANY)
    before = content(path, version)
    assert len(before["submission"]) == MANY
    opened = open_at(path)
    assert opened.damage is None
    assert opened.store.read("PRAGMA user_version") == [(OUTBOX.version,)]
    assert opened.outbox.depth() == MANY / len(State)
    assert isinstance(opened.journal.verify(), Intact)
    waiting = [row for row in before["submission"] if row[9] == State.WAITING]
    due = opened.outbox.due()
    assert due is not None
    assert (due.key, due.envelope) == (waiting[0][1], waiting[0][-1])
    opened.close()
    assert content(path, version) == before


@pytest.mark.parametrize("version", OLD)
def test_older_agent_refuses_the_newer_file_and_leaves_it_alone(version: int, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    old_file(path, version, 10)
    open_at(path).close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew):
        Store.open(path, of_version(version))
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*damaged*"))


@pytest.mark.parametrize("version", OLD)
def test_power_cut_in_a_migration_leaves_the_old_version_or_the_new_one_whole(
    version: int, tmp_path: Path
) -> None:
    assert cut_while_it_migrates(version, tmp_path, CUTS) == {version, OUTBOX.version}


def cut_while_it_migrates(version: int, tmp_path: Path, cuts: int) -> set[int]:
    """Cut the power so often; returns the versions that were found afterwards."""
    log = Log()
    disk = RecordingDisk(log)
    path = tmp_path / "outbox.db"
    old_file(path, version, 100, disk.name)
    before = content(path, version)
    begin = len(log.ops)
    Store.open(path, OUTBOX, vfs=disk.name).close()
    chance = random.Random(version)
    met: set[int] = set()
    for number in range(cuts):
        image = tmp_path / f"cut-{number}"
        image.mkdir()
        after_power_cut(log.ops[: chance.randrange(begin, len(log.ops) + 1)], image, chance)
        cut = image / "outbox.db"
        met.add(_version(cut))
        assert content(cut, version) == before
        opened = open_at(cut)
        assert opened.damage is None
        assert opened.outbox.depth() == 20
        assert isinstance(opened.journal.verify(), Intact)
        opened.close()
        assert content(cut, version) == before
        assert _version(cut) == OUTBOX.version
    return met


def _version(path: Path) -> int:
    db = apsw.Connection(str(path))
    version = int(db.execute("PRAGMA user_version").get)
    db.close()
    return version
