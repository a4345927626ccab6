"""The files of a store beside what SQLite does with them: who holds them, moving and deleting them."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from offline_cache.exc import StoreBroken, StoreBusy

UNSOUND = "-unsound"
"""Beside a database that a check found damaged while it was in use: the next opening sets it aside."""

_AHEAD_BYTES = 128 << 10
"""What Linux takes of one such advice at most (`read_ahead_kb`)."""

SIDE_FILES = ("", "-wal", "-shm", "-journal", UNSOUND)
"""What lies beside a database, most of it SQLite's; they move or go together."""


def take_lock(path: Path) -> int:
    """Hold the file at `path` until the returned descriptor is closed. Raises StoreBusy, OSError."""
    fd = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise StoreBusy(f"another agent holds {path}") from error
    return fd


def retake_lock(path: Path, held: int) -> int:
    """The lock that counts now: `held`, or a new one (and `held` is closed) when the folder was exchanged
    under us. Raises StoreBusy, StoreBroken."""
    try:
        if os.path.samestat(os.fstat(held), Path(f"{path}.lock").stat()):
            return held
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreBroken(str(error)) from error
    try:
        fd = take_lock(path)
    except OSError as error:
        raise error if isinstance(error, StoreBusy) else StoreBroken(str(error)) from error
    os.close(held)
    return fd


def is_held(path: Path) -> bool:
    """Whether an agent has the file at `path` open now. Makes nothing, and keeps nobody out."""
    try:
        fd = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False


def read_ahead(path: Path) -> None:
    """Have the kernel fetch the whole file at the disk's own pace, while it begins to be read here and there:
    page by page a cold file of 250 MB took 8 s, like this 3 s. Best effort."""
    with suppress(OSError):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for at in range(0, os.fstat(fd).st_size, _AHEAD_BYTES):
                os.posix_fadvise(fd, at, _AHEAD_BYTES, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(fd)


def touch(path: Path) -> None:
    """Make the file when there is none: by hand, so that it and the log beside it (which takes its mode) are
    the agent's alone. Raises OSError."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def set_aside(path: Path) -> Path:
    """Rename a damaged file and what lies beside it; returns the new name, which no file had before."""
    number = 1
    while (moved := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for side in SIDE_FILES:
        with suppress(FileNotFoundError):
            Path(f"{path}{side}").rename(f"{moved}{side}")
    sync_folder(path.parent)
    return moved


def discard(path: Path) -> None:
    """Delete a file that can be fetched again, and what lies beside it."""
    for side in SIDE_FILES:
        Path(f"{path}{side}").unlink(missing_ok=True)


def mark_unsound(path: Path) -> None:
    """Remember, durably, that the file at `path` is damaged. Raises OSError."""
    touch(Path(f"{path}{UNSOUND}"))
    sync_folder(path.parent)


def is_marked_unsound(path: Path) -> bool:
    """Whether a check found it damaged."""
    return Path(f"{path}{UNSOUND}").exists()


def sync_folder(folder: Path) -> None:
    """Make names that were made, moved or deleted in `folder` durable. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
