"""What the outbox's file holds. One file: a submission and its journal entry are one transaction."""

from __future__ import annotations

from offline_cache.connection import Schema

# `envelope` stands last: a row's short columns are then read without its overflow pages.
_V1 = """
CREATE TABLE submission (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    visit TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    operation TEXT NOT NULL,
    target TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'refused', 'quarantined', 'expired')),
    reason TEXT NOT NULL DEFAULT '',
    case_no TEXT,
    case_state TEXT,
    answered_at INTEGER,
    envelope BLOB CHECK ((envelope IS NOT NULL) = (state IN ('waiting', 'quarantined')))
) STRICT;
CREATE TABLE journal (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE note (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO journal VALUES (9223372036854775807, CAST('{"sequence":0}' AS BLOB), zeroblob(32));
"""

_V2 = """
CREATE TABLE payment (
    key TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    item TEXT NOT NULL,
    fen INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'closed', 'refund-owed', 'refunded')),
    refund_key TEXT,
    refund_reason TEXT,
    opened_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT, WITHOUT ROWID;
"""

# `segment` says which entries of the journal lie in files beside this one, and what they must hash to;
# `anchor` which heads the gateway has confirmed; `undated` which submissions were written under a clock that
# nobody had confirmed since the start.
_V3 = """
CREATE TABLE segment (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    before BLOB NOT NULL,
    hash BLOB NOT NULL,
    digest BLOB NOT NULL,
    closed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE anchor (sequence INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE undated (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""

HEAD_ROW = 2**63 - 1
"""The row of `journal` that says where the chain ends (in `body`) and with which hash. As the last row of the
table it shares a page with the newest entries, so that keeping it costs a promise no page of its own."""

OUTBOX = Schema(application_id=0x544A4F42, migrations=(_V1, _V2, _V3))  # "TJOB"
