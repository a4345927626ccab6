"""Takes another set of items from the file where it was put, between two visits, whole or not at all.

Who puts it there (an update, a technician) renames a whole file into its place. A file that cannot be taken
is said once, and what was offered still is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from pathlib import Path

from flows.itemset import BYTES_MOST, ItemSet, SetError, unpacked
from kiosk.loop import Executor
from offline_cache.events import Event, ItemsRefused, ItemsTaken

log = logging.getLogger(__name__)
_NOTHING = (0, 0, 0)


class SetRefused(Exception):  # noqa: N818 - a state of the world, not a mistake
    """The file holds no set for this agent; `event` is what is journalled, the text is for a person."""

    def __init__(self, words: str, event: ItemsRefused) -> None:
        super().__init__(words)
        self.event = event


def read(file: Path, operations: Collection[str]) -> ItemSet:
    """The set in `file`, whose steps ask for nothing but `operations`. Raises SetRefused."""
    try:
        with file.open("rb") as stream:
            data = stream.read(BYTES_MOST + 1)
    except OSError as error:
        raise SetRefused(f"{file}: {error.strerror}", ItemsRefused(reason="unreadable")) from error
    if len(data) > BYTES_MOST:
        raise SetRefused(f"{file}: more than {BYTES_MOST >> 20} MB", ItemsRefused(reason="malformed"))
    try:
        found = unpacked(data)
    except SetError as error:
        raise SetRefused(f"{file}: {error}", ItemsRefused(reason="malformed")) from error
    for flow in found.flows.values():
        for step in flow.steps:
            wanted = getattr(step, "operation", "")
            if wanted and wanted not in operations:
                raise SetRefused(
                    f"{file}: {flow.item} needs `{wanted}`, which this agent's contract does not have",
                    ItemsRefused(reason="unknown-operation"),
                )
    return found


class ItemWatch:
    """`first` reads when the agent starts; `look` is called now and then, in the loop's thread.

    `idle` says whether nobody is there; `take` offers a set; `write` journals.
    """

    def __init__(
        self,
        file: Path | None,
        operations: Collection[str],
        *,
        executor: Executor,
        idle: Callable[[], bool],
        take: Callable[[ItemSet], None],
        write: Callable[[Event], None],
    ) -> None:
        self._file = file
        self._operations = operations
        self._executor = executor
        self._idle = idle
        self._take = take
        self._write = write
        self._seen = _NOTHING
        self._waiting: ItemSet | None = None
        self._unsaid: Event | None = None
        self._reading = False

    def first(self) -> ItemSet | None:
        """What is to be offered at once; None for what the agent came with. `look` journals it."""
        if self._file is None or (seen := _stamp(self._file)) == _NOTHING:
            return None
        self._seen = seen
        found = _tried(self._file, self._operations)
        self._unsaid = _event(found)
        return found if isinstance(found, ItemSet) else None

    def look(self) -> None:
        """Read what is new, beside the loop; take what was read, once nobody is there."""
        if self._unsaid is not None:
            self._write(self._unsaid)
            self._unsaid = None
        self._take_waiting()
        file = self._file
        if file is None or self._reading or (seen := _stamp(file)) in {self._seen, _NOTHING}:
            return
        self._seen, self._reading = seen, True
        self._executor.submit(lambda: _tried(file, self._operations), self._read)

    def _read(self, found: ItemSet | SetRefused) -> None:
        self._reading = False
        if isinstance(found, ItemSet):
            self._waiting = found
            self._take_waiting()
        else:
            self._write(_event(found))

    def _take_waiting(self) -> None:
        waiting = self._waiting
        if waiting is not None and self._idle():
            self._waiting = None
            self._take(waiting)
            self._write(_event(waiting))


def _tried(file: Path, operations: Collection[str]) -> ItemSet | SetRefused:
    try:
        return read(file, operations)
    except SetRefused as refused:
        log.error("a set of items is not taken: %s", refused)
        return refused


def _event(found: ItemSet | SetRefused) -> Event:
    if isinstance(found, SetRefused):
        return found.event
    return ItemsTaken(version=found.version, items=len(found.flows))


def _stamp(file: Path) -> tuple[int, int, int]:
    """What another file in the same place has otherwise; nothing where there is none."""
    try:
        found = file.stat()
    except OSError:
        return _NOTHING
    return (found.st_ino, found.st_size, found.st_mtime_ns)
