"""Journals with closed parts, small enough to be walked thousands of times."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from offline_cache.anchors import Anchors
from offline_cache.connection import Durability
from offline_cache.events import ConnectivityChanged, Event, JournalDropped, JournalRotated, VisitBegan
from offline_cache.folder import Folder
from offline_cache.journal import Bounds, Journal
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store
from tests.offline_cache.folder import SimulatedFolder
from tests.offline_cache.world import FakeClock, visit_id

SMALL = Bounds(rows=20, least_rows=5, least_segments=3)
DAY = timedelta(days=1)


@dataclass
class Book:
    """A journal on a disk of its own, and the clock that dates it."""

    path: Path
    folder: Folder = field(default_factory=SimulatedFolder)
    clock: FakeClock = field(default_factory=FakeClock)
    bounds: Bounds = SMALL
    vfs: str | None = None
    durability: Durability = Durability.NORMAL
    """What is not about power cuts need not wait for the disk."""
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    def __post_init__(self) -> None:
        self.store = Store.open(self.path, OUTBOX, durability=self.durability, vfs=self.vfs)
        self.journal = Journal(self.store, self.clock, self.folder, self.bounds)

    @property
    def anchors(self) -> Anchors:
        return self.journal.anchors

    def write(self, count: int) -> None:
        """So many entries, most of them unlike any other."""
        events: list[Event] = [
            VisitBegan(visit=visit_id(self.chance)) if number % 3 else ConnectivityChanged(online=True)
            for number in range(count)
        ]
        self.journal.append(*events)

    def rotate(self, now: datetime | None = None) -> list[JournalRotated | JournalDropped]:
        """Every step that there is to do."""
        done = []
        while (event := self.journal.rotate(now)) is not None:
            done.append(event)
        return done

    def days(self, count: int, entries: int = 4, anchored: bool = True) -> None:
        """Days on which a little happens; each ends with an anchor (or none) and housekeeping."""
        for _ in range(count):
            self.write(entries)
            self.clock.advance(DAY.total_seconds())
            if anchored:
                self.anchors.confirmed(self.journal.head(), self.clock.now())
            self.rotate(self.clock.now())

    def close(self) -> None:
        self.store.close()
