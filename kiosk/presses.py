"""What is pressed on the keypad, on its way to the page that was seen when it was pressed. Any thread."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from drivers.device import Monotonic
from drivers.keypad import Press

FRESH_SECONDS = 2.0
"""A press that no page asked for by then is nothing: the page polls some three times a second."""
MOST = 16


class _Pressed(NamedTuple):
    turn: int
    at: float
    press: Press


class Presses:
    """Each press goes to the page that the browser showed, once or never: not to a page that has come since,
    and not to one that was asleep."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._shown = -1
        self._waiting: deque[_Pressed] = deque(maxlen=MOST)

    def pressed(self, press: Press) -> None:
        """A key went down."""
        with self._lock:
            self._waiting.append(_Pressed(self._shown, self._monotonic(), press))

    def take(self, turn: int) -> tuple[str, ...]:
        """What was pressed since the last asking, for the page of `turn`, which the browser shows now."""
        with self._lock:
            self._shown = turn
            found, now = tuple(self._waiting), self._monotonic()
            self._waiting.clear()
        return tuple(
            str(each.press) for each in found if each.turn == turn and now - each.at <= FRESH_SECONDS
        )
