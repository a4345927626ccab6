"""A simulated machine's GPIO chips: what the kernel lets hosts do with them, and what the world does to them.

Errors for hosts are OSError with the kernel's errno. Orders of whoever tests come by `orders.obey`.
"""

from __future__ import annotations

import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from drivers.gpio.simulator.line import SimLine, SimRequest

LABEL = "sim-gpio"
NAMES = (
    "DOOR",
    "LIGHT_ID_CARD",
    "LIGHT_RECEIPT",
    "LIGHT_HELP",
    "LIGHT_STATUS",
    "SENSOR",
    "TWIN",
    "TWIN",
    "",
)
"""Of the lines by offset. SENSOR can only be an input; two lines have one name, one has none."""
NONSENSE = ("empty", "foreign", "no-number", "what")
"""How an answer can be wrong: without what was asked, of a line that nobody asked for, words for numbers, an
edge of no kind."""
_HISTORY = 2000
_WAIT_SECONDS = 5.0


class GpioBus:
    """One chip of nine lines, and a second with the same label on order.

    The history holds ``{"t": monotonic seconds, "event": ..., ...}``: `opened`, `requested`, `released`,
    `set` (with the logical `values` by the lines' names), `unplugged`, `replugged`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._lines = [SimLine(name, input_only=name == "SENSOR") for name in NAMES]
        self._number: int | None = 0  # of the node; None while the chip is away
        self._next_number = 1
        self._second = False
        self._denied = False
        self._going = threading.Event()
        self._going.set()
        self._stalled = 0
        self._nonsense: deque[str] = deque()
        self._requests: dict[int, SimRequest] = {}
        self._history: deque[dict[str, Any]] = deque(maxlen=_HISTORY)

    def wait_for(self, fact: Callable[[], bool], deadline: float = _WAIT_SECONDS) -> None:
        """Wait until `fact` holds, looked at after every change; raises TimeoutError at the deadline."""
        with self._changed:
            if not self._changed.wait_for(fact, deadline):
                raise TimeoutError("the simulator did not come to the awaited state")

    def history(self, event: str | None = None) -> list[dict[str, Any]]:
        """What happened, oldest first; only `event` where given."""
        with self._changed:
            return [dict(entry) for entry in self._history if event in (None, entry["event"])]

    def state(self) -> dict[str, Any]:
        """How everything is now."""
        with self._changed:
            return {
                "chips": self.paths(),
                "lines": [line.described(offset) for offset, line in enumerate(self._lines)],
                "levels": [line.level for line in self._lines],
                "stalled": self._stalled,
            }

    def close(self) -> None:
        """Let go whoever waits, and take the chip away."""
        self.stall(on=False)
        self.unplug()

    # The world

    def drive(self, name: str, level: int | None) -> None:
        """What is at the end of the line: a level, or None for nothing."""
        with self._changed:
            self._change(NAMES.index(name), level)
            self._changed.notify_all()

    def bounce(self, name: str, edges: int) -> None:
        """So many changes at once: after an even number the level is what it was."""
        with self._changed:
            offset = NAMES.index(name)
            for _ in range(edges):
                self._change(offset, 1 - self._lines[offset].level)
            self._changed.notify_all()

    def short(self, name: str, level: int | None) -> None:
        """Something holds the line at this level, whatever it is set to; None ends it."""
        with self._changed:
            self._lines[NAMES.index(name)].stuck = level

    def hold(self, name: str, consumer: str) -> None:
        """Another program takes the line. Raises ValueError where it is taken."""
        with self._changed:
            line = self._lines[NAMES.index(name)]
            if line.used:
                raise ValueError(f"{line.consumer} has it")
            line.consumer = consumer

    def free(self, name: str) -> None:
        """That program lets it go."""
        with self._changed:
            line = self._lines[NAMES.index(name)]
            if line.request is None:
                line.freed()

    def deny(self, *, on: bool) -> None:
        """Whether the chip may not be opened."""
        with self._changed:
            self._denied = on

    def second_chip(self, *, on: bool) -> None:
        """Whether there is another with the same label."""
        with self._changed:
            self._second = on

    def stall(self, *, on: bool) -> None:
        """Whether the chip answers nobody. What was asked meanwhile is answered afterwards."""
        if on:
            self._going.clear()
        else:
            self._going.set()

    def spoil(self, how: str, times: int) -> None:
        """The next answers of values and edges are wrong. Raises ValueError."""
        if how not in NONSENSE:
            raise ValueError(f"how is one of {', '.join(NONSENSE)}")
        with self._changed:
            self._nonsense.extend([how] * times)

    def unplug(self) -> None:
        """The chip is gone, and every line of it; nothing where it is gone already."""
        with self._changed:
            if self._number is None:
                return
            self._number = None
            for request in self._requests.values():
                request.gone = True
                request.bell()
            for line in self._lines:
                line.freed()
                line.output, line.bias, line.active_low = None, "as-is", False
            self.note("unplugged")

    def replug(self) -> None:
        """It is back with the next number, as a chip that is plugged in again may be."""
        with self._changed:
            if self._number is None:
                self._number, self._next_number = self._next_number, self._next_number + 1
                self.note("replugged")

    def _change(self, offset: int, level: int | None) -> None:
        line = self._lines[offset]
        before = line.level
        line.driven = level
        request = line.request
        if line.level == before or request is None or line.edges == "none":
            line.settled = line.settled if line.debounce else line.level
            return
        if not line.debounce:
            request.edge(offset)
            return
        line.stop()
        line.timer = threading.Timer(line.debounce, self._settle, (offset, request))
        line.timer.daemon = True
        line.timer.start()

    def _settle(self, offset: int, request: SimRequest) -> None:
        """A debounce period went by without a change."""
        with self._changed:
            line = self._lines[offset]
            if line.request is request and line.settled != line.level:
                line.settled = line.level
                request.edge(offset)
                self._changed.notify_all()

    def note(self, event: str, **facts: Any) -> None:
        """Into the history."""
        self._history.append({"t": time.monotonic(), "event": event, **facts})
        self._changed.notify_all()

    # Hosts

    def paths(self) -> list[str]:
        """The nodes of chips."""
        if self._number is None:
            return []
        return [f"/dev/gpiochip{self._number}", *(["/dev/gpiochip90"] if self._second else [])]

    def enter(self) -> None:
        """A host's call begins: it waits while the chip is stalled, and has no deadline, as in the kernel."""
        if self._going.is_set():
            return
        with self._changed:
            self._stalled += 1
            self._changed.notify_all()
        self._going.wait()
        with self._changed:
            self._stalled -= 1
            self._changed.notify_all()

    def spoilt(self) -> str | None:
        """How the present answer is wrong, if it is to be."""
        with self._changed:
            return self._nonsense.popleft() if self._nonsense else None

    def opened(self, path: str) -> int:
        """The number by which a host's open chip is known. Raises OSError."""
        with self._changed:
            if path not in self.paths():
                raise OSError(errno.ENOENT, "No such file or directory")
            if self._denied:
                raise OSError(errno.EACCES, "Permission denied")
            self.note("opened", path=path)
            return int(path.removeprefix("/dev/gpiochip"))

    def present(self, number: int) -> list[SimLine]:
        """The lines of a chip that a host has open. Raises OSError when it is gone."""
        if self._number is None or number not in (self._number, 90):
            raise OSError(errno.ENODEV, "No such device")
        return self._lines

    def request(self, number: int, wanted: list[dict[str, Any]], consumer: str, room: int) -> int:
        """Take lines; the request's number. Raises OSError."""
        with self._changed:
            lines = self.present(number)
            if any(not 0 <= each["offset"] < len(lines) for each in wanted):
                raise OSError(errno.EINVAL, "Invalid argument")
            if any(lines[each["offset"]].used for each in wanted):
                raise OSError(errno.EBUSY, "Device or resource busy")
            if any(each["output"] is not None and lines[each["offset"]].input_only for each in wanted):
                raise OSError(errno.EIO, "Input/output error")
            request = SimRequest({each["offset"]: lines[each["offset"]] for each in wanted}, room)
            for each in wanted:
                _take(lines[each["offset"]], each, consumer, request)
            key = max(self._requests, default=0) + 1
            self._requests[key] = request
            self.note("requested", lines=[lines[each["offset"]].name for each in wanted])
            return key

    def held(self, key: int) -> SimRequest:
        """Raises OSError when its chip is gone."""
        request = self._requests[key]
        if request.gone:
            request.bell()  # it stays readable
            raise OSError(errno.ENODEV, "No such device")
        return request

    def ring_at(self, key: int, bell: Callable[[], None]) -> None:
        """`bell` is rung whenever there is something to read."""
        with self._changed:
            request = self._requests[key]
            request.bell = bell
            if request.waiting:
                bell()

    def release(self, key: int) -> None:
        """The host let its lines go, or died. May be called twice."""
        with self._changed:
            request = self._requests.pop(key, None)
            if request is None:
                return
            for line in request.lines.values():
                if line.request is request:
                    line.freed()
            self.note("released", lines=[line.name for line in request.lines.values()])

    def values(self, key: int, offsets: list[int]) -> list[int]:
        """Logical values. Raises OSError."""
        with self._changed:
            lines = self.held(key).lines
            if any(offset not in lines for offset in offsets):
                raise OSError(errno.EINVAL, "Invalid argument")
            return [lines[offset].read for offset in offsets]

    def set(self, key: int, values: dict[int, int]) -> None:
        """Logical values of outputs. Raises OSError."""
        with self._changed:
            lines = self.held(key).lines
            if any(offset not in lines for offset in values):
                raise OSError(errno.EINVAL, "Invalid argument")
            if any(lines[offset].output is None for offset in values):
                raise OSError(errno.EPERM, "Operation not permitted")
            for offset, value in values.items():
                lines[offset].output = lines[offset].logical(value)
            self.note("set", values={lines[offset].name: value for offset, value in values.items()})

    def read(self, key: int, most: int) -> list[dict[str, int | str]]:
        """Edges, the oldest first. Raises OSError."""
        with self._changed:
            request = self.held(key)
            edges = request.read(most)
            if request.waiting:
                request.bell()
            return edges


def _take(line: SimLine, wanted: dict[str, Any], consumer: str, request: SimRequest) -> None:
    line.request, line.consumer = request, consumer or "?"
    line.active_low = bool(wanted["active_low"])
    line.bias = wanted["bias"]
    line.output = None if wanted["output"] is None else line.logical(int(wanted["output"]))
    line.edges = wanted["edges"]
    line.debounce = float(wanted["debounce"])
    line.settle_now()
