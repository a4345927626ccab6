"""One simulated line, and a request that holds some: as Linux's gpiolib has them.

Sources: include/uapi/linux/gpio.h (v2) and drivers/gpio/gpiolib-cdev.c. An edge is numbered when it happens;
where its request has no room, the oldest is dropped, so that the numbers have a gap. With a debounce period
an edge counts once its level has stayed for that long, and until then the line reads as it was.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

BIASES = {"pull-up": 1, "pull-down": 0}
"""Levels of a line that nothing drives."""


@dataclass
class SimLine:
    """A pin. Levels are physical: 0 or 1."""

    name: str = ""
    input_only: bool = False
    driven: int | None = None
    """By the world outside; None is a loose end."""
    stuck: int | None = None
    """An output that a short holds at this level."""
    consumer: str = ""
    request: SimRequest | None = None
    bias: str = "as-is"
    output: int | None = None
    active_low: bool = False
    edges: str = "none"
    debounce: float = 0.0
    settled: int = 0
    numbered: int = 0
    timer: threading.Timer | None = field(default=None, repr=False)

    @property
    def used(self) -> bool:
        """Whether somebody has it."""
        return bool(self.consumer)

    @property
    def level(self) -> int:
        """What is at the pin."""
        if self.stuck is not None:
            return self.stuck
        if self.output is not None:
            return self.output
        return BIASES.get(self.bias, 0) if self.driven is None else self.driven

    @property
    def read(self) -> int:
        """What a reader is told: logical, debounced."""
        return self.logical(self.settled if self.debounce else self.level)

    def logical(self, level: int) -> int:
        """1 is active."""
        return level ^ self.active_low

    def settle_now(self) -> None:
        """A debounce period that is set begins with what is there."""
        self.stop()
        self.settled = self.level

    def stop(self) -> None:
        """Nothing settles any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def freed(self) -> None:
        """Its request was released: an output keeps its level here, as most controllers do; nothing drives it
        any more for whom takes it next as an input."""
        self.stop()
        self.request, self.consumer = None, ""
        self.edges, self.debounce, self.numbered = "none", 0.0, 0

    def described(self, offset: int) -> dict[str, Any]:
        """As GPIO_V2_GET_LINEINFO tells it."""
        return {
            "offset": offset,
            "name": self.name,
            "consumer": self.consumer,
            "output": self.output is not None,
            "active_low": self.active_low,
            "bias": self.bias,
            "edges": self.edges,
            "debounce": self.debounce,
        }


class SimRequest:
    """Lines that one host holds, and the edges that it has not read. Under the bus's lock."""

    def __init__(self, lines: dict[int, SimLine], room: int) -> None:
        self.lines = lines
        self.bell: Callable[[], None] = lambda: None
        self.gone = False
        """Whether its chip was taken away."""
        self._events: deque[dict[str, int | str]] = deque(maxlen=room)
        self._numbered = 0

    @property
    def waiting(self) -> bool:
        """Whether there is something to read."""
        return bool(self._events) or self.gone

    def edge(self, offset: int) -> None:
        """The level of a line changed, and stayed for its debounce period."""
        line = self.lines[offset]
        rising = bool(line.logical(line.settled if line.debounce else line.level))
        if line.edges not in ("both", "rising" if rising else "falling"):
            return
        line.numbered += 1
        self._numbered += 1
        event: dict[str, int | str] = {
            "type": "rising" if rising else "falling",
            "timestamp": time.monotonic_ns(),
            "offset": offset,
            "global": self._numbered,
            "line": line.numbered,
        }
        self._events.append(event)  # full, it drops its oldest
        self.bell()

    def read(self, most: int) -> list[dict[str, int | str]]:
        """The oldest edges."""
        return [self._events.popleft() for _ in range(min(most, len(self._events)))]
