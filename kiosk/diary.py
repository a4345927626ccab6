"""Writes what happens into the journal; when that fails, the terminal does not serve."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from drivers.device import Health
from flows.effects import PrintPaper
from kiosk.visit import Visit
from offline_cache import events
from offline_cache.exc import StoreError
from offline_cache.journal import Journal

log = logging.getLogger(__name__)


class JournalDiary:
    """See `ports.Diary`. `broken` is True from the first entry that could not be written until one can."""

    def __init__(self, journal: Journal, changed: Callable[[], None]) -> None:
        self._journal = journal
        self._changed = changed
        self.broken = False

    def write(self, event: events.Event) -> None:
        """One entry, durably."""
        try:
            self._journal.append(event)
        except StoreError as error:
            if not self.broken:
                log.error("the journal cannot be written: %s", type(error).__name__)
            self._set(True)
        else:
            self._set(False)

    def retry(self) -> None:
        """While it cannot be written: see whether it can be now."""
        if not self.broken:
            return
        try:
            self._journal.append()
        except StoreError:
            return
        self._set(False)

    def _set(self, broken: bool) -> None:
        if broken != self.broken:
            self.broken = broken
            self._changed()

    def visit_began(self, visit: str) -> None:
        """Somebody touched the screen."""
        self.write(events.VisitBegan(visit=visit))

    def visit_ended(self, visit: str, how: str, items: int) -> None:
        """The visit is over and wiped."""
        self.write(events.VisitEnded(visit=visit, how=_closed(how), items=items))

    def item_started(self, visit: str, item: str, version: str) -> None:
        """A run began."""
        self.write(events.ItemStarted(visit=visit, item=item, flow_version=version))

    def item_ended(self, visit: str, item: str, outcome: str) -> None:
        """A run ended."""
        self.write(events.ItemEnded(visit=visit, item=item, outcome=_closed(outcome)))

    def identified(self, visit: str, method: str, level: str, confirmed: bool) -> None:
        """Who the citizen is was asked, and answered at this level."""
        self.write(
            events.IdentityChecked(
                visit=visit, method=_closed(method), level=_closed(level), confirmed=confirmed
            )
        )

    def printed(self, visit: Visit, paper: PrintPaper, outcome: str, reason: str) -> None:
        """A print came to an end."""
        self.write(
            events.Printed(visit=visit.id, paper=paper.kind, outcome=_closed(outcome), reason=reason or None)
        )

    def certificate_printed(self, visit: Visit, outcome: str, reason: str, count: int) -> None:
        """A sealed certificate came to the end of its print, by the gateway's count; 0 was not fetched."""
        self.write(
            events.Printed(
                visit=visit.id,
                paper="certificate",
                outcome=_closed(outcome),
                reason=reason or None,
                count=count or None,
            )
        )

    def device(self, name: str, health: Health) -> None:
        """A device's health changed."""
        self.write(
            events.DeviceChanged(
                device=name.replace("_", "-"),
                availability=_closed(health.availability.value),
                condition=health.condition,
            )
        )


def _closed(word: str) -> Any:
    """A word of one of the journal's closed sets: the journal itself refuses any other."""
    return word
