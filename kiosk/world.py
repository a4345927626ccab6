"""Everything an agent is given of the world: time, network, threads, chance, disk, devices.

`REAL` is the world as it is. The simulation (tests/simulation) makes its own, and is otherwise given the
very agent that runs at a terminal.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from flows.itemset import ItemSet
from flows.loader import BUILTIN, load_all, load_names
from flows.model import Flow
from flows.tables import load_tables
from kiosk import __version__
from kiosk.attached import Attached, Heard
from kiosk.clock import Clock, SystemClock
from kiosk.config_devices import Devices
from kiosk.gateway import contract
from kiosk.gateway.contract import Contract
from kiosk.gateway.transport import Http, PinnedHttp
from kiosk.identity.provider import Lock
from kiosk.loop import Executor, Loop, ThreadExecutor
from offline_cache.folder import DiskFolder, Folder
from offline_cache.reserve import FileSystem, RealFileSystem


class SetClock(Clock, Protocol):
    """A clock that can be told the platform's time."""

    def not_before(self, floor: datetime | None) -> None:
        """It is later than `floor`."""
        ...

    def correct(self, platform_time: datetime) -> None:
        """It is `platform_time` now."""
        ...


class Random(Protocol):
    """Chance for waits; `random.Random` fits."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number between a and b."""
        ...

    def random(self) -> float:
        """A number from 0, below 1."""
        ...


@dataclass(frozen=True, slots=True)
class Material:
    """What the agent is delivered with: its items, their names, the gateway's contract."""

    items: ItemSet
    ours: Mapping[str, Flow]
    """What a terminal offers of its own."""
    contract: Contract

    @classmethod
    def load(cls) -> Material:
        """From the package's own files. Raises FlowError."""
        items = ItemSet(__version__, load_all(), load_names(), load_tables())
        return cls(items, load_all(BUILTIN), contract.load())


@dataclass(frozen=True, slots=True)
class World:
    """What can be had of the world. `executor` is asked for so many workers; `lock` is for what waits for the
    network while it is held; `vfs` names SQLite's disk, `files` the folder of the journal's closed parts, and
    `room` is asked how full the disk is;
    `new_key` makes Idempotency-Keys and `token` the ids of visits."""

    clock: Callable[[], SetClock] = SystemClock
    http: Callable[[Path], Http] = PinnedHttp
    executor: Callable[[Loop, int, str], Executor] = ThreadExecutor
    lock: Callable[[], Lock] = threading.Lock
    random: Random = field(default_factory=random.SystemRandom)
    pause: Callable[[float], None] = time.sleep
    new_key: Callable[[], str] = lambda: str(uuid.uuid4())
    token: Callable[[], str] = lambda: secrets.token_hex(16)
    attach: Callable[[Devices, Heard, Callable[[], float]], Attached] = Attached.make
    material: Callable[[], Material] = Material.load
    vfs: str | None = None
    files: Callable[[Path], Folder] = DiskFolder
    room: FileSystem = field(default_factory=RealFileSystem)


REAL = World()
