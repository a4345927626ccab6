"""A simulated device that can be plugged in and out, sends in pieces, and keeps a history."""

from __future__ import annotations

import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

_HISTORY = 2000
_OBEY_SECONDS = 5.0
_STALL_SECONDS = 0.1


class Pluggable(ABC):
    """Start with `start`; `stop` ends it. Its own thread makes the line, takes it away and listens to it.

    The history holds ``{"t": monotonic seconds, "event": ..., ...}``; `unplugged` and `replugged` come of
    itself.
    """

    def __init__(self, name: str) -> None:
        """`name` of the thread."""
        self._wanted = True  # to be plugged in
        self._plugged = False
        self._history: deque[dict[str, Any]] = deque(maxlen=_HISTORY)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._sending = threading.Lock()

    def start(self) -> None:
        """Plug in; returns when the line is there."""
        self._thread.start()
        self.wait_for(lambda: self._plugged)

    def stop(self) -> None:
        """Unplug and end."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(_OBEY_SECONDS)

    def wait_for(self, fact: Callable[[], bool], deadline: float = _OBEY_SECONDS) -> None:
        """Wait until `fact` holds, looked at after every change; raises TimeoutError at the deadline."""
        with self._changed:
            if not self._changed.wait_for(fact, deadline):
                raise TimeoutError("the simulator did not come to the awaited state")

    def history(self, event: str | None = None) -> list[dict[str, Any]]:
        """What happened, oldest first; only `event` where given."""
        with self._changed:
            return [dict(entry) for entry in self._history if event in (None, entry["event"])]

    def plug(self, wanted: bool) -> None:
        """In or out; returns when it is so."""
        with self._changed:
            self._wanted = wanted
            self._changed.notify_all()
        self.wait_for(lambda: self._plugged == wanted)

    def set(self, name: str, value: bool) -> None:
        """Turn a property of it on or off."""
        with self._changed:
            setattr(self, name, value)
            self._changed.notify_all()

    def note(self, event: str, **facts: Any) -> None:
        """Put it into the history."""
        with self._changed:
            self._history.append({"t": time.monotonic(), "event": event, **facts})
            self._changed.notify_all()

    def send(self, pieces: Iterable[bytes], *, stall: bool = False) -> None:
        """One piece after the other, with a pause between them where it stalls; nothing else goes between."""
        with self._sending:
            for number, piece in enumerate(pieces):
                if number and stall:
                    time.sleep(_STALL_SECONDS)
                with contextlib.suppress(OSError):
                    self._put(piece)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._wanted != self._plugged:
                self._move()
            elif self._plugged:
                self._listen()
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._wanted or self._stopping.is_set())
        if self._plugged:
            self._pull_out()

    def _move(self) -> None:
        wanted = self._wanted
        with self._sending:
            if wanted:
                self._plug_in()
            else:
                self._pull_out()
        with self._changed:
            self._plugged = wanted
            self.note("replugged" if wanted else "unplugged")

    @abstractmethod
    def _put(self, piece: bytes) -> None:
        """One piece on the line, if there is one."""

    @abstractmethod
    def _listen(self) -> None:
        """Wait a little for what the host says."""

    @abstractmethod
    def _plug_in(self) -> None:
        """Make the line."""

    @abstractmethod
    def _pull_out(self) -> None:
        """Take it away."""
