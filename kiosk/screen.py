"""The web room's door to the visit actor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from flows.page import Page, WaitingBody
from kiosk.clock import Clock
from kiosk.loop import Loop
from kiosk.presses import Presses
from kiosk.terminal import Terminal
from kiosk.views import View
from kiosk.web.screen import ScreenBusy

ACT_SECONDS = 3.0
"""How long a touch waits for the actor; the actor itself never waits, so more means a bug."""
SETTLE_SECONDS = 0.4
"""How long an answer to a touch is held back while the page would only say "please wait": most of what a
page waits for (a fetch on the local network, a print of one line) is there sooner."""


class LoopScreen:
    """See `kiosk.web.screen.Screen`."""

    def __init__(
        self,
        terminal: Terminal,
        loop: Loop,
        clock: Clock,
        presses: Presses,
        *,
        fingered: Callable[[], None] = lambda: None,
        camera_told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`fingered` is called when a page saw a finger on the glass, `camera_told` with what a page says of
        the camera: both from a thread of the server."""
        self._terminal = terminal
        self._fingered = fingered
        self._loop = loop
        self._clock = clock
        self._presses = presses
        self._camera_told = camera_told
        self._beat = clock.monotonic()

    def view(self) -> View:
        """What the screen shows now."""
        return self._terminal.view

    def act(self, turn: int, action: str, values: Mapping[str, str]) -> View:
        """Post one touch and wait for what it comes to."""
        done = threading.Event()
        counted = False

        def job() -> None:
            nonlocal counted
            try:
                counted = self._terminal.touch(turn, action, values)
            finally:
                done.set()

        self._loop.post(job)
        if not done.wait(ACT_SECONDS):
            raise ScreenBusy
        ends = self._clock.monotonic() + SETTLE_SECONDS
        view = self._terminal.view
        while _waits(view) and (left := ends - self._clock.monotonic()) > 0:
            view = self._terminal.wait_changed(view.turn, left)
        return view if counted else replace(view, missed=True)

    def changed(self, after: int) -> int:
        """The present turn."""
        return self._terminal.view.turn

    def pressed(self, turn: int) -> tuple[str, ...]:
        """What was pressed on the keypad for the page of `turn`."""
        return self._presses.take(turn)

    def camera(self, word: str) -> None:
        """How it went when a page opened the camera."""
        self._camera_told(word)

    def beat(self) -> None:
        """The page is alive."""
        self._beat = self._clock.monotonic()

    def touched(self, *, finger: bool) -> None:
        """The citizen is busy with the page."""
        self._loop.post(self._terminal.typing)
        if finger:
            self._fingered()

    @property
    def silent_seconds(self) -> float:
        """How long the page has not been heard: what a watchdog of the browser looks at."""
        return self._clock.monotonic() - self._beat


def _waits(view: View) -> bool:
    return isinstance(view.page, Page) and isinstance(view.page.body, WaitingBody)
