"""`kiosk doctor`'s look at the cached content: how much there is, how old, and whether more can be kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from kiosk.commands.check import Check
from offline_cache.content import CONTENT, MAX_BYTES
from offline_cache.exc import StoreDamaged, StoreError, StoreForeign, StoreTooNew
from offline_cache.storage import Store

FREE_BYTES = 64 << 20
"""Less than this on the disk, and content, then the outbox, will soon not be kept."""

_MB = 1 << 20
_SUM = "SELECT count(*), ifnull(sum(size), 0), max(fetched_at) FROM content"


def check_content(folder: Path) -> Check:
    """Looks also beside a running agent; changes nothing."""
    path = folder / "content.db"
    try:
        there = path.exists()
        disk = os.statvfs(folder) if there else None
    except OSError as error:
        return Check("content", "bad", f"{path}: {error.strerror}", "look as the agent's user")
    if disk is None:
        return Check("content", "unknown", "nothing kept yet", "start the agent once, with the network")
    try:
        words = _words(path)
    except (StoreTooNew, StoreForeign):
        return Check("content", "unknown", "of another release", "start the agent: it fetches it anew")
    except StoreDamaged as error:
        return Check("content", "bad", f"damaged: {error}", "start the agent: it fetches it anew")
    except StoreError as error:
        return Check("content", "bad", f"{type(error).__name__}: {error}", "see docs/technician.md, CONTENT")
    if disk.f_flag & os.ST_RDONLY:
        return Check("content", "bad", f"{words}; the disk is read-only", "check the disk, then remount it")
    free = disk.f_bavail * disk.f_frsize
    words += f"; {free // _MB} MB free on the disk"
    if free < FREE_BYTES:
        return Check("content", "bad", words, f"free at least {FREE_BYTES // _MB} MB under {folder}")
    return Check("content", "good", words)


def _words(path: Path) -> str:
    """Raises StoreError."""
    store = Store.open_reader(path, CONTENT)
    try:
        said = store.read_one("PRAGMA quick_check(1)")
        if said != ("ok",):
            raise StoreDamaged(str(said[0]) if said else "no answer")
        count, size, last = store.read_one(_SUM) or (0, 0, None)
    finally:
        store.close()
    if last is None:
        return "nothing kept yet"
    heard = datetime.fromtimestamp(last / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{count} pieces, {size / _MB:.1f} of {MAX_BYTES // _MB} MB, last confirmed {heard}"
