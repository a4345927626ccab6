"""Closes parts of the journal and lets the oldest go, when nobody stands at the screen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from kiosk.clock import Clock
from kiosk.loop import Executor, Loop
from offline_cache.events import JournalDropped, JournalRotated
from offline_cache.exc import StoreError
from offline_cache.journal import Journal

log = logging.getLogger(__name__)
LOOK_SECONDS = 600.0
BUSY_SECONDS = 60.0
MORE_SECONDS = 5.0
"""Between two parts, when there is more than one to close: after a long time without a network, say."""


class Archiving:
    """Loop's thread, but for the work it hands out."""

    def __init__(
        self,
        *,
        journal: Journal,
        executor: Executor,
        loop: Loop,
        clock: Clock,
        idle: Callable[[], bool],
    ) -> None:
        self._journal = journal
        self._executor = executor
        self._loop = loop
        self._idle = idle
        self._clock = clock
        self._known: tuple[datetime, float] | None = None  # platform time, and when it was heard
        self._troubled = False

    def platform_time(self, moment: datetime) -> None:
        """An authenticated answer told the city's time. From any thread."""
        self._known = (moment, self._clock.monotonic())

    def begin(self) -> None:
        """Look from time to time."""
        self._loop.later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        if self._idle():
            now = self._now()
            self._executor.submit(lambda: self._step(now), self._done)
        else:
            self._loop.later(BUSY_SECONDS, self._look)

    def _now(self) -> datetime | None:
        """Platform time as last heard, and what the monotonic clock has counted since: a civil clock that
        jumps deletes nothing. None when it was not heard since the start."""
        if self._known is None:
            return None
        moment, since = self._known
        return moment + timedelta(seconds=self._clock.monotonic() - since)

    def _step(self, now: datetime | None) -> JournalRotated | JournalDropped | StoreError | None:
        try:
            return self._journal.rotate(now)
        except StoreError as error:
            return error

    def _done(self, event: JournalRotated | JournalDropped | StoreError | None) -> None:
        if isinstance(event, StoreError):
            if not self._troubled:
                log.error("the journal cannot be rotated: %s", event)
        elif event is not None:
            log.info("entries %d to %d: %s", event.first, event.last, event.__struct_config__.tag)
        self._troubled = isinstance(event, StoreError)
        more = isinstance(event, JournalRotated | JournalDropped)
        self._loop.later(MORE_SECONDS if more else LOOK_SECONDS, self._look)
