"""The folder of the journal's files: a small seam, so that a simulation owns this disk too."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from offline_cache.exc import StoreBroken, StoreError, StoreFull

SUFFIX = ".txt.gz"
DRAFT = "draft"
"""The one name under which a file is written before it gets its own: what a power cut leaves of it is
written over by the next."""


class Folder(Protocol):
    """Files that are written whole, once, and never changed. Every method raises StoreFull or StoreBroken."""

    def write_durably(self, name: str, data: bytes) -> None:
        """On return the file is on the disk, whole, under its name; a power cut before that leaves it there
        whole or not there."""
        ...

    def read(self, name: str) -> bytes | None:
        """The file's bytes; None when there is none of this name."""
        ...

    def names(self) -> list[str]:
        """Every file, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Without effect when there is none. A power cut may bring it back."""
        ...

    def set_aside(self) -> None:
        """Keep all files under another name of the folder, and begin with none."""
        ...


class DiskFolder:
    """The real one. Made when the first file is written; for the agent's user only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write_durably(self, name: str, data: bytes) -> None:
        """See `Folder`. Draft, fsync, rename, fsync of the folder."""
        try:
            if not self._path.is_dir():
                self._path.mkdir(mode=0o700)
                _sync(self._path.parent)
            draft = self._path / DRAFT
            draft.unlink(missing_ok=True)
        except OSError as error:
            raise typed(error) from error
        try:
            fd = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(fd)
            draft.replace(self._path / name)
            _sync(self._path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)  # a full disk needs the room
            raise typed(error) from error

    def read(self, name: str) -> bytes | None:
        """See `Folder`."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise typed(error) from error

    def names(self) -> list[str]:
        """See `Folder`."""
        try:
            return sorted(each.name for each in self._path.iterdir() if each.name.endswith(SUFFIX))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise typed(error) from error

    def delete(self, name: str) -> None:
        """See `Folder`."""
        try:
            (self._path / name).unlink(missing_ok=True)
        except OSError as error:
            raise typed(error) from error

    def set_aside(self) -> None:
        """See `Folder`: ``journal`` becomes ``journal.damaged-1``, or the next number that is free."""
        try:
            if not self._path.is_dir():
                return
            number = 1
            while (moved := self._path.with_name(f"{self._path.name}.damaged-{number}")).exists():
                number += 1
            self._path.rename(moved)
            _sync(self._path.parent)
        except OSError as error:
            raise typed(error) from error


def typed(error: OSError) -> StoreError:
    """What the operating system says, as one of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(str(error))
    return StoreBroken(str(error))


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
