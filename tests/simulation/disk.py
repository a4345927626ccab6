"""The terminal's disk: what SQLite wrote and did not sync may be lost or torn when the power goes.

A VFS over files in memory (a tmpfs), beside it what is known to be durable of each file.
"""

from __future__ import annotations

import itertools
import random
import shutil
from pathlib import Path

import apsw

from tests.offline_cache.disk import Op, apply, lose

_numbers = itertools.count()


class Disk(apsw.VFS):
    """One machine's disk. `trouble` is what goes wrong: an error by the kind of access, or nothing."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.name = f"simulated-{next(_numbers)}"
        self.folder = folder
        self.trouble: dict[str, type[apsw.Error]] = {}
        self.met = 0
        self.dead = False
        self._chance = chance
        self._synced: dict[str, bytearray] = {}
        self._pending: dict[str, list[Op]] = {}
        super().__init__(self.name, base="unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # noqa: N802
        """Every file that SQLite opens is one of these."""
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Deleted for good: SQLite deletes only what it can do without."""
        self.ask("delete")
        name = Path(filename).name
        self._synced.pop(name, None)
        self._pending.pop(name, None)
        super().xDelete(filename, syncdir)

    def ask(self, kind: str) -> None:
        """Raises what is to go wrong now."""
        error = self.trouble.get(kind)
        if error is not None and not self.dead:
            self.met += 1
            raise error("the simulated disk")

    def did(self, op: Op) -> None:
        """Something was written and not yet synced."""
        if not self.dead and not _shared(op.file):
            self._pending.setdefault(op.file, []).append(op)

    def sync(self, file: str) -> None:
        """What was written to `file` is durable."""
        if self.dead:
            return
        content = self._synced.setdefault(file, bytearray())
        for op in self._pending.pop(file, []):
            apply(content, op)

    def left(self, *, power: bool) -> Disk:
        """The disk after the agent was killed, or the power went. Nobody writes to this one any more."""
        self.dead = True
        base, _, number = self.folder.name.partition("~")
        left = Disk(self.folder.with_name(f"{base}~{int(number or 0) + 1}"), self._chance)
        shutil.copytree(self.folder, left.folder, ignore=lambda _, names: list(filter(_shared, names)))
        if power:
            for name in {*self._synced, *self._pending}:
                content = bytearray(self._synced.get(name, b""))
                lose(content, self._pending.get(name, []), self._chance)
                (left.folder / name).write_bytes(content)
        left.adopt()
        shutil.rmtree(self.folder)
        return left

    def adopt(self) -> None:
        """What lies in the folder is durable: before a start."""
        for path in self.folder.iterdir():
            if ".db" in path.name and not _shared(path.name):
                self._synced[path.name] = bytearray(path.read_bytes())


def _shared(name: str) -> bool:
    """What is only between processes: made anew by whoever comes first."""
    return name.endswith((".lock", "-shm"))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        disk.ask("open")
        super().__init__("unix", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else (name or "temporary")
        self._name = Path(path).name
        self._disk = disk

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.ask("read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.ask("write")
        super().xWrite(data, offset)
        self._disk.did(Op("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.ask("truncate")
        super().xTruncate(newsize)
        self._disk.did(Op("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.ask("sync")
        super().xSync(flags)
        self._disk.sync(self._name)
