"""What the pages need of the visit actor, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kiosk.views import View


class ScreenBusy(RuntimeError):  # noqa: N818 - a state of the world, not a mistake
    """The actor did not answer within its deadline; nothing is known about the act."""


class Screen(Protocol):
    """The present view and a way to act on it. Called from several server threads at once.

    Every method returns within the actor's own deadline (a few seconds), or raises `ScreenBusy`.
    """

    def view(self) -> View:
        """What the screen shows now."""
        ...

    def act(self, turn: int, action: str, values: Mapping[str, str]) -> View:
        """Post one touch. A `turn` that is not the present one acts on nothing, and the view says `missed`.

        `values` are the form's fields as posted: untrusted text, bounded in number and length by
        the web room. Returns the view after it.
        """
        ...

    def changed(self, after: int) -> int:
        """The present turn, at once. `after` is the turn that the page shows."""
        ...

    def pressed(self, turn: int) -> tuple[str, ...]:
        """What was pressed on the keypad while the browser showed the page of `turn`, and was not told yet:
        ``previous``, ``next``, ``select`` or ``help``. Each is told once."""
        ...

    def camera(self, word: str) -> None:
        """A page that wanted a picture says how it went: a word of `kiosk.camera.Condition`, or any other
        text, which is passed over."""
        ...

    def beat(self) -> None:
        """The page is alive. Does not count as a touch."""
        ...

    def touched(self, *, finger: bool) -> None:
        """The citizen is typing, paging or drawing: the idle clock starts anew. `finger`: on the glass."""
        ...
