"""The journal's folder on a disk that the test owns: in memory, with faults, and with its power cut."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.offline_cache.disk import Log

MARK = "folder"


@dataclass(frozen=True, slots=True)
class Act:
    """One call to the operating system. `file` numbers what was written; a rename gives it a name."""

    kind: Literal["write", "sync-file", "rename", "sync-folder", "delete"]
    file: int = 0
    name: str = ""
    data: bytes = b""


@dataclass
class SimulatedFolder:
    """A `Folder` in memory that remembers every act, and where it stood among those of the database (`log`).

    `careful` is what the real one is: without it nothing is synced, which a test shows to be a broken
    promise. `before` is called before each act and may raise, or let somebody else do something first.
    """

    log: Log = field(default_factory=Log)
    careful: bool = True
    files: dict[str, bytes] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    before: Callable[[str], None] = lambda _kind: None
    aside: list[dict[str, bytes]] = field(default_factory=list)

    def _act(self, act: Act) -> None:
        self.before(act.kind)
        self.acts.append(act)
        self.log.ack(f"{MARK} {len(self.acts)}")

    def write_durably(self, name: str, data: bytes) -> None:
        number = len(self.acts)
        self._act(Act("write", number, data=data))
        if self.careful:
            self._act(Act("sync-file", number))
        self._act(Act("rename", number, name))
        self.files[name] = data
        if self.careful:
            self._act(Act("sync-folder"))

    def read(self, name: str) -> bytes | None:
        self.before("read")
        return self.files.get(name)

    def names(self) -> list[str]:
        self.before("names")
        return sorted(self.files)

    def delete(self, name: str) -> None:
        self._act(Act("delete", name=name))
        self.files.pop(name, None)

    def set_aside(self) -> None:
        self.aside.append(self.files)
        self.files = {}

    def after_power_cut(self, done: int, chance: random.Random) -> SimulatedFolder:
        """What the disk may hold when the power goes after `done` acts: the folder's own changes are kept in
        their order up to some point at or after its last sync; a file that was not synced is torn."""
        acts = self.acts[:done]
        synced = {act.file for act in acts if act.kind == "sync-file"}
        changes = [act for act in acts if act.kind in ("rename", "delete", "sync-folder")]
        sure = max((place for place, act in enumerate(changes, 1) if act.kind == "sync-folder"), default=0)
        written = {act.file: act.data for act in acts if act.kind == "write"}
        files: dict[str, bytes] = {}
        for act in changes[: chance.randint(sure, len(changes))]:
            if act.kind == "rename":
                data = written[act.file]
                whole = act.file in synced
                files[act.name] = data if whole else _torn(data, chance)
            elif act.kind == "delete":
                files.pop(act.name, None)
        return SimulatedFolder(files=files)


def _torn(data: bytes, chance: random.Random) -> bytes:
    kept = data[: chance.randrange(len(data))]
    return kept + bytes(len(data) - len(kept)) if chance.random() < 0.5 else kept
