"""Looks at the outbox's file, also beside a running agent; what changes it wants the agent stopped."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.loader import load_names
from kiosk.clock import SystemClock
from offline_cache.desk import Because
from offline_cache.desk import close as put_away
from offline_cache.desk import release as let_go
from offline_cache.exc import StoreBroken, StoreBusy
from offline_cache.journal import Journal
from offline_cache.reading import read_outbox
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from offline_cache.submission import State

WORDS = {
    "seal-key-gone": "平台的密钥已过期，打不开：请市民到窗口重新提交 · the city cannot open it: file anew",
    "key-reused": "单号重复：核对平台是否已有这件 · the number was used before: does the city have it?",
    "key-mismatch": "信封与单号不符：请市民到窗口重新提交 · envelope and number differ: file anew",
    "malformed": "平台不认这个格式：先上报，修好后放行 · not understood: report it, release once mended",
    "forbidden": "平台不许这台终端提交：先上报，登记好后放行 · not allowed: release once enrolled",
    "not-found": "平台没有这一项或这个办件：先核对 · the city has no such item or case",
    "too-large": "材料太大：请市民到窗口提交 · too large: at the desk",
    "damaged": "本机磁盘损坏，送不出去：请市民到窗口重新提交 · damaged on this disk: file anew",
    "conflict": "与平台已有的办件冲突：先核对 · conflicts with what the city has",
    "other": "平台拒收，原因不明：先上报 · not taken, for no known reason: report it",
}
"""Why a submission lies in quarantine, and what the desk does: of each `answers.Rejection`, and one."""

ALL = 1_000_000
"""More rows than the outbox ever holds: a technician's list leaves nothing out."""


def rows(folder: Path, state: State | None = None) -> list[dict[str, Any]]:
    """Every submission (of one state), oldest first. Raises StoreError."""
    return [
        {
            "key": filed.key,
            "operation": filed.operation,
            "target": filed.target,
            "state": filed.state.value,
            "reason": filed.reason,
            "number": filed.number,
            "case_state": filed.case_state,
            "created_at": filed.created_at.isoformat(),
            "expires_at": filed.expires_at.isoformat(),
            "answered_at": filed.answered_at.isoformat() if filed.answered_at else None,
            "size": filed.size,
        }
        for filed in read_outbox(outbox_file(folder), state, limit=ALL)
    ]


def desk(folder: Path) -> list[dict[str, Any]]:
    """What the desk sees to: what lies in quarantine, and what was not sent in time. Raises StoreError."""
    names = load_names()
    late = "到期未送出：请市民重新办理 · not sent in time: file anew"
    found = [*rows(folder, State.QUARANTINED), *rows(folder, State.EXPIRED)]
    return [
        {
            "key": row["key"],
            "item": row["target"],
            "name": names[row["target"]].name if row["target"] in names else row["operation"],
            "state": row["state"],
            "reason": row["reason"],
            "words": late if row["state"] == State.EXPIRED else WORDS[row["reason"]],
            "created_at": row["created_at"],
            "expires_at": row["expires_at"],
        }
        for row in found
    ]


def release(folder: Path, key: str) -> None:
    """Let `key` out of quarantine. Raises StoreError (StoreBusy: the agent runs), NotInQuarantine."""
    _with_file(folder, lambda store, journal, now: let_go(store, journal, key, now))


def close(folder: Path, key: str, because: Because) -> None:
    """The desk has dealt with `key`. Raises as `release`."""
    _with_file(folder, lambda store, journal, now: put_away(store, journal, key, because, now))


def _with_file(folder: Path, act: Callable[[Store, Journal, datetime], None]) -> None:
    """The one writer, for a moment. Another user than the agent's would leave files that it cannot write."""
    path = outbox_file(folder)
    if path.stat().st_uid != os.geteuid():
        raise StoreBroken(f"{path} is another user's; do this as the agent's user")
    clock = SystemClock()
    try:
        store = Store.open(path, OUTBOX)
    except StoreBusy as error:
        raise StoreBusy(f"the agent runs and holds {path}; stop it, do this, and start it again") from error
    try:
        act(store, Journal(store, clock), clock.now())
    finally:
        store.close()


def outbox_file(folder: Path) -> Path:
    """The outbox's file. Raises StoreBroken where it cannot be looked at, with what to do."""
    path = folder / "outbox.db"
    try:
        there = path.exists()
    except OSError as error:
        raise StoreBroken(f"{path}: {error.strerror}; look as the agent's user") from error
    if not there:
        raise StoreBroken(f"{path} is not there; start the agent once, or correct `path` under [store]")
    if not os.access(path, os.R_OK):
        raise StoreBroken(f"{path} is another user's; look as the agent's user")
    return path
