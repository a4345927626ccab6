"""The files of a terminal: outbox with journal (never thrown away) and content (may be)."""

from __future__ import annotations

import logging
import random
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from kiosk.clock import Clock
from offline_cache.content import ContentCache
from offline_cache.exc import StoreDamaged, StoreError
from offline_cache.journal import Journal
from offline_cache.notes import Notes
from offline_cache.outbox import Outbox
from offline_cache.schema import OUTBOX
from offline_cache.storage import Store, set_aside

log = logging.getLogger(__name__)
_FLOOR = "time-floor"


@dataclass(slots=True)
class Stores:
    """Opened files. `damaged` names what had to be set aside or made anew."""

    folder: Path
    store: Store
    notes: Notes
    damaged: list[Literal["outbox", "content"]]
    _floor: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _outbox: Outbox | None = None
    _journal: Journal | None = None
    _content: ContentCache | None = None

    @classmethod
    def open(cls, folder: Path) -> Stores:
        """Open the outbox; a damaged one is moved aside and a new one begun. Raises StoreError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "outbox.db"
        damaged: list[Literal["outbox", "content"]] = []
        try:
            store = Store.open(path, OUTBOX)
        except StoreDamaged:
            moved = set_aside(path)
            log.error("the outbox is damaged; it was moved to %s", moved.name)
            damaged.append("outbox")
            store = Store.open(path, OUTBOX)
        return cls(folder=folder, store=store, notes=Notes(store), damaged=damaged)

    def attach(self, clock: Clock) -> None:
        """Open what needs the clock, which itself needs the remembered floor."""
        self._journal = Journal(self.store, clock)
        self._outbox = Outbox(self.store, self._journal, clock, random.SystemRandom())
        self._content = ContentCache(self.folder / "content.db", clock)
        if self._content.thrown_away:
            self.damaged.append("content")

    @property
    def outbox(self) -> Outbox:
        """The queue."""
        assert self._outbox is not None  # noqa: S101 - attached by the composition root
        return self._outbox

    @property
    def journal(self) -> Journal:
        """The journal."""
        assert self._journal is not None  # noqa: S101 - as above
        return self._journal

    @property
    def content(self) -> ContentCache:
        """The public content."""
        assert self._content is not None  # noqa: S101 - as above
        return self._content

    def time_floor(self) -> datetime | None:
        """The latest platform time that was remembered."""
        kept = self.notes.recall(_FLOOR)
        if kept is None:
            return None
        with suppress(ValueError):
            self._floor = datetime.fromisoformat(kept.decode()).astimezone(UTC)
        return self._floor

    def remember_time(self, moment: datetime, step: timedelta) -> None:
        """Keep `moment` as the floor when it is at least `step` past the one that is kept. Any thread."""
        with self._lock:
            if self._floor is not None and moment - self._floor < step:
                return
            self._floor = moment
        with suppress(StoreError):
            self.notes.remember(_FLOOR, moment.astimezone(UTC).isoformat().encode())

    def close(self) -> None:
        """Let go of the files."""
        if self._content is not None:
            self._content.close()
        self.store.close()
