"""Tells people what became of the cached content: a disk that does not keep it, a file that was thrown away.

The cache itself never stops a page: it asks the city instead, so nobody would notice until the network is
gone as well. The first time is logged and journalled, and the recovery; not the hundred in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from offline_cache.content import ContentCache
from offline_cache.events import Event, StoreDamaged, StoreTrouble
from offline_cache.exc import StoreDamaged as Damaged
from offline_cache.exc import StoreError, StoreFull

log = logging.getLogger(__name__)
Kind = Literal["full", "broken", "none"]


class ContentWatch:
    """Looks when it is told to. `write` journals."""

    def __init__(self, content: ContentCache, write: Callable[[Event], None]) -> None:
        self._content = content
        self._write = write
        self._kind: Kind = "none"
        self._thrown_away = 0
        self._rotten = 0

    def look(self) -> None:
        """Say what is new since the last look."""
        thrown_away, rotten = self._content.thrown_away, self._content.rotten
        if thrown_away > self._thrown_away:
            log.warning("the cached content was damaged; it is thrown away and fetched anew")
            self._write(StoreDamaged(store="content"))
        if rotten > self._rotten:
            log.warning("cached content was not what had been stored: %d in all", rotten)
        self._thrown_away, self._rotten = thrown_away, rotten
        trouble = self._content.trouble
        kind = _kind(trouble)
        if kind == self._kind:
            return
        self._kind = kind
        if kind == "none":
            log.warning("content is kept again")
        else:
            log.error("content is not kept, and will be missed offline: %s", trouble)
        self._write(StoreTrouble(store="content", kind=kind))


def _kind(trouble: StoreError | None) -> Kind:
    if trouble is None or isinstance(trouble, Damaged):  # said by itself; a new file is there already
        return "none"
    return "full" if isinstance(trouble, StoreFull) else "broken"
