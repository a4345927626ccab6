"""The published `View`: the one thing of a visit that other threads see."""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec.structs import replace

from kiosk.views import View, asks


class Display:
    """What the screen shows now. `show` and `takes` are for the loop's thread, the rest for any."""

    def __init__(self, first: View, shown: Callable[[View], None]) -> None:
        """`shown` is told of each view after the `first`, in the loop's thread."""
        self._view = first
        self._shown = shown
        self._fresh_from = first.turn
        self._changed = threading.Condition()

    @property
    def view(self) -> View:
        """What the screen shows now."""
        return self._view

    def wait_changed(self, after: int, seconds: float) -> View:
        """The view, as soon as its turn is past `after` or `seconds` have gone by."""
        with self._changed:
            self._changed.wait_for(lambda: self._view.turn > after, seconds)
            return self._view

    def takes(self, turn: int) -> bool:
        """Whether a tap on the view of `turn` counts: the page is still the same, and none counted since."""
        return self._fresh_from <= turn <= self._view.turn

    def show(self, drawn: View, *, acted: bool) -> None:
        """Show `drawn`, which has the present turn and gets the next one if it differs or a tap `acted`. A
        tap is taken on any turn of the same page, but never twice on the same turn."""
        before = self._view
        if acted or drawn != before:
            drawn = replace(drawn, turn=before.turn + 1)
        if acted or asks(drawn) != asks(before):
            self._fresh_from = drawn.turn
        with self._changed:
            self._view = drawn
            self._changed.notify_all()
        self._shown(drawn)
