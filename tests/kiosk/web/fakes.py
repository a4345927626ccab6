"""A screen that shows what it is told and remembers what was touched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Condition

from msgspec.structs import replace

from kiosk.presses import Presses
from kiosk.views import View
from kiosk.web import ScreenBusy

SECRET = "a-secret-made-for-the-tests"


class FakeScreen:
    """`show` puts up a view under a new turn; `acts` are the touches that counted, `late` the others."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.acts: list[tuple[str, dict[str, str]]] = []
        self.late: list[tuple[int, str]] = []
        self.after: dict[str, View] = {}
        """What the screen shows once this action was touched; without an entry it stays as it is."""
        self.beats = 0
        self.touches = 0
        self.fingers = 0
        self.busy = False
        self.changed_now = Condition()
        self.presses = Presses(time.monotonic)
        self.polls: list[int] = []
        """The turns that the page showed when it polled."""
        self.cameras: list[str] = []
        """What pages told of the camera."""
        self.told = 0
        """How many presses it was told."""

    def show(self, view: View) -> View:
        """Put `view` up, with the next turn."""
        with self.changed_now:
            self._view = replace(view, turn=self._view.turn + 1)
            self.changed_now.notify_all()
            return self._view

    def view(self) -> View:
        if self.busy:
            raise ScreenBusy
        return self._view

    def act(self, turn: int, action: str, values: Mapping[str, str]) -> View:
        with self.changed_now:
            if turn != self._view.turn:
                self.late.append((turn, action))
                return replace(self._view, missed=True)
            self.acts.append((action, dict(values)))
            return self.show(self.after.get(action, self._view))

    def changed(self, after: int) -> int:
        del after
        return self._view.turn

    def camera(self, word: str) -> None:
        with self.changed_now:
            self.cameras.append(word)
            self.changed_now.notify_all()

    def pressed(self, turn: int) -> tuple[str, ...]:
        with self.changed_now:
            found = self.presses.take(turn)
            self.polls.append(turn)
            self.told += len(found)
            self.changed_now.notify_all()
        return found

    def beat(self) -> None:
        self.beats += 1

    def touched(self, *, finger: bool) -> None:
        with self.changed_now:
            self.touches += 1
            self.fingers += finger
            self.changed_now.notify_all()
