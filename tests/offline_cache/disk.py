"""A disk that the test owns: SQLite VFS shims that record, fail, or are cut from their power."""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

import apsw

BLOCK = 4096
"""What a write may damage around itself when it is interrupted: the erase unit is larger, but a flash
controller rewrites mapped blocks of this size."""

_names = count()


@dataclass(frozen=True, slots=True)
class Op:
    """One thing that happened on the disk, or a promise (`ack`) that was made meanwhile."""

    kind: Literal["write", "truncate", "sync", "delete", "ack"]
    file: str
    offset: int = 0
    data: bytes = b""


@dataclass
class Log:
    """Everything that happened, in order."""

    ops: list[Op] = field(default_factory=list)

    def ack(self, promise: str) -> None:
        self.ops.append(Op("ack", promise))


class RecordingDisk(apsw.VFS):
    """Passes everything on to the real disk and writes it into a log."""

    def __init__(self, log: Log) -> None:
        self.name = f"recording-{next(_names)}"
        self.log = log
        super().__init__(self.name, base="unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _RecordingFile:  # noqa: N802
        return _RecordingFile(self.log, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.log.ops.append(Op("delete", Path(filename).name))
        super().xDelete(filename, syncdir)


class _RecordingFile(apsw.VFSFile):
    def __init__(self, log: Log, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else (name or "temporary")
        self._name = Path(path).name
        self._log = log

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._log.ops.append(Op("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._log.ops.append(Op("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._log.ops.append(Op("sync", self._name))


def after_power_cut(ops: list[Op], folder: Path, chance: random.Random) -> set[str]:
    """Write to `folder` what the disk may hold when the power goes after `ops`; returns the promises made.

    What was synced is there. Of what was not, each write is there, missing or torn, in any order; a torn one
    may take the rest of its blocks with it. A deletion holds once anything was synced after it.
    """
    synced: dict[str, bytearray] = {}
    pending: dict[str, list[Op]] = {}
    deleted: dict[str, tuple[bytearray, list[Op]]] = {}
    promises = set()
    for op in ops:
        if op.kind == "ack":
            promises.add(op.file)
        elif op.kind == "delete":
            deleted[op.file] = (synced.pop(op.file, bytearray()), pending.pop(op.file, []))
        elif op.kind == "sync":
            content = synced.setdefault(op.file, bytearray())
            for earlier in pending.pop(op.file, []):
                apply(content, earlier)
            deleted.clear()
        else:
            synced.setdefault(op.file, bytearray())
            pending.setdefault(op.file, []).append(op)
    for name, (content, unsynced) in deleted.items():
        if chance.random() < 0.5 and name not in synced:
            synced[name], pending[name] = content, unsynced
    for name, content in synced.items():
        lose(content, pending.get(name, []), chance)
        if not name.endswith("-shm"):
            (folder / name).write_bytes(content)
    return promises


def lose(content: bytearray, unsynced: list[Op], chance: random.Random) -> None:
    """What of `unsynced` reached the disk before the power went: each whole, torn or not at all."""
    unsynced = list(unsynced)
    keep = chance.random()
    if chance.random() < 0.5:
        chance.shuffle(unsynced)
    for op in unsynced:
        fate = chance.random()
        if fate < keep:
            apply(content, op)
        elif op.kind == "write" and fate < keep + (1 - keep) / 2:
            _tear(content, op, chance)


def apply(content: bytearray, op: Op) -> None:
    """Write or truncate, as `op` says."""
    if op.kind == "truncate":
        del content[op.offset :]
        return
    end = op.offset + len(op.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[op.offset : end] = op.data


def _tear(content: bytearray, op: Op, chance: random.Random) -> None:
    """Some blocks of the write arrive, some do not, one may be rubbish from end to end."""
    for block in range(op.offset // BLOCK, (op.offset + len(op.data) - 1) // BLOCK + 1):
        start, end = max(block * BLOCK, op.offset), min((block + 1) * BLOCK, op.offset + len(op.data))
        fate = chance.random()
        if fate < 0.4:
            apply(content, Op("write", op.file, start, op.data[start - op.offset : end - op.offset]))
        elif fate < 0.6:
            part = chance.randrange(start, end)
            apply(content, Op("write", op.file, start, op.data[start - op.offset : part - op.offset]))
        elif fate < 0.8:
            whole = min((block + 1) * BLOCK, max(len(content), end))
            apply(content, Op("write", op.file, block * BLOCK, chance.randbytes(whole - block * BLOCK)))


class FailingDisk(apsw.VFS):
    """Passes on to the real disk until `fault` says otherwise.

    `fault` is asked before each open, read, write, sync and truncate with the kind and the file's name; what
    it returns is raised (`apsw.FullError`, `apsw.IOError`). What was written before a failing sync stays.
    """

    def __init__(self) -> None:
        self.name = f"failing-{next(_names)}"
        self.fault: Callable[[str, str], type[apsw.Error] | None] = lambda _kind, _file: None
        self.plugged = 0
        """How often the disk was pulled out: handles from before are dead for good."""
        super().__init__(self.name, base="unix")

    def pull_out(self) -> None:
        """The disk goes and comes back: what was opened before answers nothing any more."""
        self.plugged += 1

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _FailingFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else (name or "temporary")
        error = self.fault("open", Path(path).name)
        if error is not None:
            raise error("injected by the test")
        return _FailingFile(self, name, flags)

    def grow(self, size: int, wanted: int) -> None:
        """A file of `size` bytes is to have `wanted`. Raises apsw.FullError on a disk with an end."""


class _FailingFile(apsw.VFSFile):
    def __init__(self, disk: FailingDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else (name or "temporary")
        self._name = Path(path).name
        self._disk = disk
        self._plugged = disk.plugged

    def _ask(self, kind: str) -> None:
        if self._plugged != self._disk.plugged:
            raise apsw.IOError("this handle is dead")
        error = self._disk.fault(kind, self._name)
        if error is not None:
            raise error("injected by the test")

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._ask("read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._ask("write")
        self._disk.grow(self.xFileSize(), offset + len(data))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._ask("truncate")
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._ask("sync")
        super().xSync(flags)


class SmallDisk(FailingDisk):
    """A disk with an end: `capacity` bytes for the files in `folder` and for the `others` of the machine.

    It is both what SQLite writes to and what is asked for room (`offline_cache.reserve.FileSystem`).
    """

    def __init__(self, folder: Path, capacity: int) -> None:
        super().__init__()
        self.folder = folder
        self.capacity = capacity
        self.others = 0
        self.reserved: dict[Path, int] = {}

    def fill(self, leave: int = 0) -> None:
        """Somebody else writes until only so much is left."""
        self.others += self.free(self.folder) - leave

    def grow(self, size: int, wanted: int) -> None:
        if wanted > size and wanted - size > self.free(self.folder):
            raise apsw.FullError("no space left on the disk")

    def free(self, folder: Path) -> int:
        files = [each for each in folder.iterdir() if not each.name.endswith(("-shm", ".lock"))]
        used = sum(each.stat().st_size for each in files) + sum(self.reserved.values())
        return self.capacity - used - self.others

    def held(self, path: Path) -> int:
        return self.reserved.get(path, 0)

    def allocate(self, path: Path, size: int) -> None:
        if size > self.free(path.parent):
            raise OSError(errno.ENOSPC, "no space left on the disk")
        self.reserved[path] = size

    def release(self, path: Path) -> None:
        self.reserved.pop(path, None)
