"""The simulated touchscreen: obeys the control socket, and puts what a finger does on its line."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.simkit import PacedLine, PtyLine
from drivers.simkit.pluggable import Pluggable
from drivers.touchscreen.simulator.controllers import CONTROLLERS, EGalax
from drivers.touchscreen.simulator.events import DROPPED, REPORT, Hand, description

_LOOK_SECONDS = 0.1
"""How often a quiet line looks up for unplugging."""

SPOILS = (
    "noise",  # bytes or events that are none come first
    "half",  # the rest is never sent
    "glued",  # two touches without a pause
    "one-byte-at-a-time",  # serial; of an input device, one event at a time
    "chunks",  # 64 bytes at a time; of an input device, all events at once
    "stall",  # a pause of 0.1 s in the middle
    "unplug",  # half of it, then the cable is out
    "wrong-sum",  # serial: the check, or the shape where there is none, is wrong
    "wrong-length",  # serial: a byte is missing in the middle
    "stale",  # serial: an answer that nobody waits for comes first
    "dropped",  # input device: the kernel's buffer ran over (SYN_DROPPED)
)


class TouchSimulator(Pluggable):
    """A touchscreen. Orders come by `control`.

    The history holds `touched`, `asked`, `muted`, `unplugged`, `replugged`. It never holds where.
    """

    def __init__(self) -> None:
        super().__init__("touch-simulator")
        self._muted = False
        self._deaf = False  # its touches come, its answers do not

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey one order (docs/drivers/touchscreen.md). Raises ValueError or KeyError for what is none."""
        operation = _OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op {request['op']!r} is none of {', '.join(_OPERATIONS)}")
        operation(self, request)
        return {"plugged": self._plugged, "muted": self._muted, "touches": len(self.history("touched"))}

    # What a hand does

    def tap(self, request: dict[str, Any]) -> None:
        """Down, moved, and up again, `count` times at one place."""
        for _ in range(int(request.get("count", 1))):
            self._touch(request, ("down", "move", "up"))

    def press(self, request: dict[str, Any]) -> None:
        """Down, and it stays there."""
        self._touch(request, ("down",))

    def lift(self, request: dict[str, Any]) -> None:
        """Up again."""
        self._touch(request, ("up",))

    def spoil(self, request: dict[str, Any]) -> None:
        """A tap, spoilt as `how` says."""
        if request["how"] not in SPOILS:
            raise ValueError(f"how must be one of {', '.join(SPOILS)}")
        x, y = _place(request)
        if self._muted:
            self.note("muted")
            return
        self.send(self._spoilt(x, y, request["how"]), stall=request["how"] == "stall")
        if request["how"] == "unplug":
            self.plug(False)
        self.note("touched")

    def noise(self, request: dict[str, Any]) -> None:
        """These bytes."""
        self.send([bytes.fromhex(request["hex"])])

    def fail(self, on: bool) -> None:
        """Its own diagnostics find it broken, or well again."""
        raise ValueError("an input device has no diagnostics")

    def _touch(self, request: dict[str, Any], phases: tuple[str, ...]) -> None:
        x, y = _place(request)
        if self._muted:
            self.note("muted")
            return
        for phase in phases:
            self.send(self._frame(x, y, phase, int(request.get("finger", 0))))
        if phases[0] == "down":
            self.note("touched")

    # What the kinds of line differ in

    @abstractmethod
    def _frame(self, x: float, y: float, phase: str, finger: int) -> list[bytes]:
        """What is sent for a phase of a touch, in the pieces in which it is sent."""

    @abstractmethod
    def _spoilt(self, x: float, y: float, how: str) -> list[bytes]:
        """The pieces of a tap that is spoilt."""


class SerialSimulator(TouchSimulator):
    """A serial controller on a pty at `link`, at the line's speed."""

    def __init__(
        self, link: Path, *, controller: str = "elo", baudrate: int = 9600, pressure: bool = False
    ) -> None:
        super().__init__()
        self._link = link
        self._baudrate = baudrate
        self._controller = CONTROLLERS[controller]()
        if isinstance(self._controller, EGalax):
            self._controller.pressure = pressure
        self._line: PacedLine | None = None
        self._said = bytearray()

    def fail(self, on: bool) -> None:
        """See `TouchSimulator`. Not every controller can say so."""
        self._controller.broken = on

    def _frame(self, x: float, y: float, phase: str, finger: int) -> list[bytes]:
        return [self._controller.touch(x, y, phase)]

    def _spoilt(self, x: float, y: float, how: str) -> list[bytes]:
        down, up = (self._controller.touch(x, y, phase) for phase in ("down", "up"))
        match how:
            case "half" | "unplug":
                return [down[: len(down) // 2]]
            case "noise":
                return [bytes.fromhex("00 FF 7F 55 01 0A 80 C0"), down, up]
            case "glued":
                return [(down + up) * 2]
            case "one-byte-at-a-time":
                return [bytes([byte]) for byte in down + up]
            case "chunks":
                return _chunks((down + up) * 7)
            case "stall":
                return [down[:3], down[3:], up]
            case "wrong-sum":
                return [self._controller.spoil_sum(down)]
            case "wrong-length":
                return [down[:2] + down[3:]]
            case "stale":
                return [self._controller.stale(), down, up]
        raise ValueError(f"a serial line is not spoilt by {how}")

    def _put(self, chunk: bytes) -> None:
        if self._line is not None:
            self._line.write(chunk)

    def _listen(self) -> None:
        if self._line is None:
            return
        said = self._line.read(64, _LOOK_SECONDS)
        if not said:
            return
        self._said += said
        for answer in self._controller.hear(self._said):
            self.note("asked")
            if not (self._muted or self._deaf):
                self.send([answer])
        del self._said[:-64]

    def _plug_in(self) -> None:
        self._line = PacedLine(PtyLine(self._link), self._baudrate)
        self._said.clear()

    def _pull_out(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class InputSimulator(TouchSimulator):
    """An input device, as a socket at `path` in the place of a node under /dev/input.

    Where a node answers ioctls, the first message describes the device; every other is a read's worth of
    whole struct input_event, as evdev delivers them. Many may listen, as with a node.
    """

    def __init__(self, path: Path, *, multi: bool = True) -> None:
        super().__init__()
        self._path = path
        self._multi = multi
        self._kind = "touchscreen"
        self._hand = Hand(multi=multi)
        self._server: socket.socket | None = None
        self._hosts: list[socket.socket] = []

    def be(self, kind: str) -> None:
        """Come back as another kind of device."""
        self.plug(False)
        self._kind = kind
        self.plug(True)

    def _frame(self, x: float, y: float, phase: str, finger: int) -> list[bytes]:
        return [b"".join(self._hand.touch(x, y, phase, finger))]

    def _spoilt(self, x: float, y: float, how: str) -> list[bytes]:
        down, up = (self._hand.touch(x, y, phase) for phase in ("down", "up"))
        match how:
            case "half":
                return [b"".join(down[:-1])]
            case "unplug":
                return [b"".join(down)]
            case "noise":
                rubbish = [os.urandom(16) + bytes([0x15, 0]) + os.urandom(6), REPORT, *down]
                return [b"".join(rubbish), b"".join(up)]
            case "glued":
                again = self._hand.touch(x, y, "down") + self._hand.touch(x, y, "up")
                return [b"".join(down + up + again)]
            case "one-byte-at-a-time":
                return [*down, *up]
            case "chunks":
                return [b"".join(down + up)]
            case "stall":
                return [b"".join(down[:2]), b"".join(down[2:]), b"".join(up)]
            case "dropped":
                return [b"".join([*down, DROPPED, *up])]
        raise ValueError(f"an input device is not spoilt by {how}")

    def _put(self, chunk: bytes) -> None:
        for host in list(self._hosts):
            try:
                host.send(chunk)
            except OSError:
                self._hosts.remove(host)
                host.close()

    def _listen(self) -> None:
        if self._server is None:
            return
        ready, _, _ = select.select([self._server], [], [], _LOOK_SECONDS)
        if not ready:
            return
        host, _ = self._server.accept()
        with self._sending:
            host.send(description(multi=self._multi, kind=self._kind))
            self._hosts.append(host)

    def _plug_in(self) -> None:
        self._hand = Hand(multi=self._multi)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server.bind(str(self._path))
        self._server.listen(4)

    def _pull_out(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        for each in (*self._hosts, self._server):
            if each is not None:
                each.close()
        self._hosts, self._server = [], None


def _chunks(wire: bytes) -> list[bytes]:
    return [wire[start : start + 64] for start in range(0, len(wire), 64)]


def _place(request: dict[str, Any]) -> tuple[float, float]:
    x, y = float(request.get("x", 0.5)), float(request.get("y", 0.5))
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError("x and y are parts of the panel, 0 to 1")
    return x, y


def _be(simulator: TouchSimulator, request: dict[str, Any]) -> None:
    if not isinstance(simulator, InputSimulator) or request["kind"] not in {"touchscreen", "keyboard"}:
        raise ValueError("only an input device can be a touchscreen or a keyboard")
    simulator.be(request["kind"])


_OPERATIONS: dict[str, Callable[[TouchSimulator, dict[str, Any]], object]] = {
    "state": lambda simulator, request: None,
    "tap": lambda simulator, request: simulator.tap(request),
    "press": lambda simulator, request: simulator.press(request),
    "lift": lambda simulator, request: simulator.lift(request),
    "spoil": lambda simulator, request: simulator.spoil(request),
    "noise": lambda simulator, request: simulator.noise(request),
    "mute": lambda simulator, request: simulator.set("_muted", bool(request.get("on", True))),
    "deaf": lambda simulator, request: simulator.set("_deaf", bool(request.get("on", True))),
    "fail": lambda simulator, request: simulator.fail(bool(request.get("on", True))),
    "be": _be,
    "unplug": lambda simulator, request: simulator.plug(False),
    "replug": lambda simulator, request: simulator.plug(True),
}
