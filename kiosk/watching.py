"""What a desk goes on asking the city about while a citizen waits: begun, looked at again, over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from kiosk.desks.desk import Tell
from kiosk.loop import Loop, Timer
from kiosk.visit import Visit


@dataclass(slots=True)
class Watch:
    """`target` is the effect that waits, `id` what the city calls the thing, once it has said so; `until` in
    seconds of the monotonic clock."""

    target: str
    visit: Visit
    tell: Tell
    id: str = ""
    until: float = 0.0
    timer: Timer | None = None
    over: bool = False


W = TypeVar("W", bound=Watch)


class Watches(Generic[W]):
    """What is watched now, by the effect that waits for it. Loop's thread only."""

    def __init__(self, loop: Loop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._open: dict[str, W] = {}

    def begin(self, watch: W) -> None:
        """Watch it, until `end`."""
        self._open[watch.target] = watch

    def end(self, target: str) -> W | None:
        """Its outcome is no longer wanted; what it was, or None where nothing was watched."""
        watch = self._open.pop(target, None)
        if watch is not None:
            watch.over = True
            if watch.timer is not None:
                watch.timer.cancel()
        return watch

    def again(self, watch: W, look: Callable[[W], None]) -> None:
        """Look after so many seconds, instead of when it was to be looked at."""
        if watch.timer is not None:
            watch.timer.cancel()
        watch.timer = self._loop.later(self._seconds, lambda: look(watch))

    def of(self, visit: Visit) -> list[str]:
        """The effects of `visit` that wait."""
        return [target for target, watch in self._open.items() if watch.visit is visit]

    def ids(self) -> set[str]:
        """What the city calls all that is watched."""
        return {watch.id for watch in self._open.values()}
