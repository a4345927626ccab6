"""Room that is kept for the last promise: real blocks beside the outbox, given back when the disk is full.

A citizen who has filled in a form was let in because there was room. If something else fills the disk
meanwhile, what they confirm must fit all the same: the blocks of the reserve file are given back and the
write is made again. From then on nobody new is let in, until the disk has room for the reserve again.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from offline_cache.files import sync_folder

RESERVE_BYTES = 40 << 20
"""What the largest admissible submission needs until it lies in the file. `MAX_ENVELOPE` is 16,000,000 bytes,
3,911 overflow pages. The log takes each with a frame's header (4,120 bytes): 16.1 MB. The checkpoint then
makes the file grow by the same pages: 16.0 MB. What the log held already and the file has not yet
(`CHECKPOINT_PAGES`): 2.0 MB. The answer overwrites the envelope in a log that starts anew, but was
shortened to 8 MB: within what it gave back. The log's index, the tables' own pages, and what a file system
keeps of its own for such a file (extents, indirect blocks): under 1 MB. In all 35.2 MB; the rest is for
the journal's entries of visits that have begun."""


class FileSystem(Protocol):
    """What is asked of the disk beside SQLite's calls, which a VFS answers. Raises OSError."""

    def free(self, folder: Path) -> int:
        """Bytes that this user may still write there."""
        ...

    def held(self, path: Path) -> int:
        """Bytes of real blocks that the file has; 0 when there is none."""
        ...

    def allocate(self, path: Path, size: int) -> None:
        """Make the file, with real blocks, durably. When that fails, nothing of it stays."""
        ...

    def release(self, path: Path) -> None:
        """Give the file's blocks back: on return they can be written elsewhere."""
        ...


class RealFileSystem:
    """The kernel's."""

    def free(self, folder: Path) -> int:
        """See `FileSystem`; without what is set apart for root."""
        about = os.statvfs(folder)
        return about.f_bavail * about.f_frsize

    def held(self, path: Path) -> int:
        """See `FileSystem`."""
        with suppress(FileNotFoundError):
            return path.stat().st_blocks * 512
        return 0

    def allocate(self, path: Path, size: int) -> None:
        """See `FileSystem`."""
        fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, size)
            os.fsync(fd)
            sync_folder(path.parent)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)

    def release(self, path: Path) -> None:
        """See `FileSystem`. ext4 lends freed blocks again only after its own commit: the folder's fsync."""
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


class Reserve:
    """The file of `size` bytes at `path`, and whether new work may begin. Safe for threads.

    New work needs the reserve, and as much free room again: so ordinary work stops before the reserve is
    touched. It begins again only with a quarter more than that, so that the pages do not flicker.
    """

    def __init__(self, path: Path, size: int, disk: FileSystem) -> None:
        self._path = path
        self._size = size
        self._disk = disk
        self._lock = threading.Lock()
        self._held = self._is_there()
        self._tight = False

    @property
    def held(self) -> bool:
        """Whether the blocks are there."""
        return self._held

    def has_room(self) -> bool:
        """Whether new work may begin. Asks the file system, which takes microseconds."""
        with self._lock:
            return self._held and self._roomy()

    def give_back(self) -> bool:
        """A promise does not fit: let go of the blocks. False when there were none to let go of."""
        with self._lock:
            if not self._held:
                return False
            self._held = False
            self._tight = True
            with suppress(OSError):
                self._disk.release(self._path)
                return True
            return False

    def keep(self) -> None:
        """Make the reserve when there is none and room for it. Housekeeping: promises do not wait for it."""
        with self._lock, suppress(OSError):
            if self._held:
                return
            if not self._is_there():
                wanted = self._size + (self._enough() if self._tight else 0)
                if self._disk.free(self._path.parent) < wanted:
                    self._tight = True
                    return
                self._disk.allocate(self._path, self._size)
            self._held = True

    def _is_there(self) -> bool:
        try:
            return self._disk.held(self._path) >= self._size
        except OSError:
            return False

    def _roomy(self) -> bool:
        try:
            free = self._disk.free(self._path.parent)
        except OSError:
            return False  # a disk that does not even say so is no place for a promise
        self._tight = free < (self._enough() if self._tight else self._size)
        return not self._tight

    def _enough(self) -> int:
        return self._size + self._size // 4
