"""Looks at the outbox's file, also beside a running agent; writes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from offline_cache.exc import StoreBroken
from offline_cache.reading import read_outbox

ALL = 1_000_000
"""More rows than the outbox ever holds: a technician's list leaves nothing out."""


def rows(folder: Path) -> list[dict[str, Any]]:
    """Every submission, oldest first. Raises StoreError."""
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
        for filed in read_outbox(outbox_file(folder), limit=ALL)
    ]


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
