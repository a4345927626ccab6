"""The files of a terminal: outbox with journal (never thrown away) and content (may be)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.clock import Clock
from offline_cache.content import ContentCache
from offline_cache.exc import StoreBroken, StoreError
from offline_cache.folder import DiskFolder, Folder
from offline_cache.journal import FOLDER, Journal
from offline_cache.opening import DISK, Opened, open_outbox
from offline_cache.outbox import Outbox
from offline_cache.payments import PaymentBook
from offline_cache.reserve import FileSystem
from offline_cache.world import Random

log = logging.getLogger(__name__)
_FLOOR = "time-floor"


@dataclass(slots=True)
class Stores:
    """Opened files. An outbox that was damaged has been set aside, logged and journalled; of content
    that was, `content_watch` tells."""

    content: ContentCache
    _opened: Opened
    _floor: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(
        cls,
        folder: Path,
        clock: Clock,
        random: Random,
        vfs: str | None = None,
        files: Callable[[Path], Folder] = DiskFolder,
        room: FileSystem = DISK,
    ) -> Stores:
        """Open or create; `vfs` names SQLite's disk, `files` makes the folder of the journal's closed parts,
        `room` is asked how full the disk is. Raises StoreError."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            remedy = "correct `path` under [store], or give the folder above to the agent's user"
            raise StoreBroken(f"{folder} cannot be made ({error.strerror}); {remedy}") from error
        opened = open_outbox(
            folder / "outbox.db",
            clock=clock,
            random=random,
            vfs=vfs,
            folder=files(folder / FOLDER),
            disk=room,
        )
        if opened.damage is not None:
            log.error("the outbox is damaged; it was moved to %s", opened.damage.moved_to.name)
        content = ContentCache(folder / "content.db", clock, vfs=vfs)
        return cls(content=content, _opened=opened)

    @property
    def outbox(self) -> Outbox:
        """The queue."""
        return self._opened.outbox

    @property
    def payments(self) -> PaymentBook:
        """The payments of this terminal."""
        return self._opened.payments

    @property
    def journal(self) -> Journal:
        """The journal."""
        return self._opened.journal

    def time_floor(self) -> datetime | None:
        """The latest platform time that was remembered."""
        kept = self._opened.notes.recall(_FLOOR)
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
            self._opened.notes.remember(_FLOOR, moment.astimezone(UTC).isoformat().encode())

    def check(self) -> bool:
        """Read the outbox's file from end to end, beside whatever goes on; False when it is damaged. It is
        written no more then, and set aside at the next start. Seconds of a worker's time."""
        try:
            sound = self._opened.store.check()
        except StoreError as error:
            log.warning("the outbox could not be checked: %s", type(error).__name__)
            return True
        if not sound:
            log.error("the outbox is damaged; start the agent again, and it is set aside")
        return sound

    def close(self) -> None:
        """Let go of the files."""
        self.content.close()
        self._opened.close()
