"""The simulated scanner: obeys the control socket, and puts what it reads on its line."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.code_scanner.simulator.module import (
    DESCRIPTOR,
    ENDS,
    KEYBOARD,
    body_of,
    identifier_of,
    reports,
)
from drivers.simkit import PacedLine, PtyLine
from drivers.simkit.pluggable import Pluggable

_TRIGGERS = {b"\x16T\r": True, b"\x16U\r": False, b"\x01T\x04": True, b"\x01P\x04": False}
_TRIGGER_REPORT, _TRIGGER_SIZE = 4, 2
_LOOK_SECONDS = 0.1
"""How often a quiet line looks up for unplugging."""


class ScannerSimulator(Pluggable):
    """A scanner. Orders come by `control`.

    The history holds `shown` (with `bytes`), `muted`, `blind`, `trigger` (with `on`), `unplugged`,
    `replugged`. It never holds what a code says.
    """

    def __init__(self) -> None:
        super().__init__("scanner-simulator")
        self._muted = False
        self._obeys = False  # reads only while triggered
        self._triggered = False

    def control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Obey one order (docs/drivers/code-scanner.md). Raises ValueError or KeyError for what is none."""
        operation = _OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op {request['op']!r} is none of {', '.join(_OPERATIONS)}")
        operation(self, request)
        return {
            "plugged": self._plugged,
            "muted": self._muted,
            "triggered": self._triggered,
            "codes": len(self.history("shown")),
        }

    # What a hand does

    def _show(self, request: dict[str, Any], *, spoil: str = "") -> None:
        body, identifier = body_of(request), identifier_of(request)
        with self._changed:
            silent = "muted" if self._muted else "blind" if self._obeys and not self._triggered else ""
            if silent:
                self.note(silent)
                return
        chunks = self._wire(body, identifier, spoil)
        if spoil == "glued":
            chunks = self._glue(chunks, self._wire(body_of({"text": request["second"]}), identifier, ""))
        self.send(chunks, stall=spoil == "stall")
        if spoil == "unplug":
            self.plug(False)
        with self._changed:
            self.note("shown", bytes=len(body))

    def _burst(self, request: dict[str, Any]) -> None:
        symbology = request.get("symbology", "qr-code")
        for number in range(int(request["count"])):
            self._show({"text": f"{request['text']}{number}", "symbology": symbology})

    def _noise(self, request: dict[str, Any]) -> None:
        self.send([bytes.fromhex(request["hex"])])

    def _heard(self, on: bool) -> None:
        with self._changed:
            self._triggered = on
            self.note("trigger", on=on)

    def _move(self) -> None:
        self._triggered = False
        super()._move()

    def _be_keyboard(self, on: bool) -> None:
        raise ValueError("a serial line has no keyboard")

    # What the kinds of line differ in

    @abstractmethod
    def _wire(self, body: bytes, identifier: bytes, spoil: str) -> list[bytes]:
        """What is sent for a code, in the pieces in which it is sent."""

    @abstractmethod
    def _glue(self, first: list[bytes], second: list[bytes]) -> list[bytes]:
        """Two codes without a pause."""


class SerialSimulator(ScannerSimulator):
    """A fixed-mount module on a pty at `link`, at the line's speed."""

    def __init__(
        self, link: Path, *, baudrate: int = 9600, terminator: str = "crlf", aim: bool = False
    ) -> None:
        super().__init__()
        self._link = link
        self._baudrate = baudrate
        self._end = ENDS[terminator]
        self._aim = aim
        self._line: PacedLine | None = None
        self._said = b""

    def _wire(self, body: bytes, identifier: bytes, spoil: str) -> list[bytes]:
        frame = (identifier if self._aim else b"") + body + (b"" if spoil == "no-terminator" else self._end)
        if spoil in ("half", "unplug"):
            frame = frame[: max(1, len(frame) // 2)]
        if spoil == "noise":
            frame = bytes.fromhex("00 FF 0D 0A 80 7F 0D 0A") + frame
        size = 1 if spoil == "one-byte-at-a-time" else 64
        if spoil == "stall":
            middle = max(1, len(frame) // 2)
            return [frame[:middle], frame[middle:]]
        return [frame[start : start + size] for start in range(0, len(frame), size)]

    def _glue(self, first: list[bytes], second: list[bytes]) -> list[bytes]:
        return [b"".join(first + second)]

    def _put(self, chunk: bytes) -> None:
        if self._line is not None:
            self._line.write(chunk)

    def _listen(self) -> None:
        if self._line is None:
            return
        self._said = (self._said + self._line.read(64, _LOOK_SECONDS))[-8:]
        for command, on in _TRIGGERS.items():
            if self._said.endswith(command):
                self._said = b""
                self._heard(on)

    def _plug_in(self) -> None:
        self._line, self._said = PacedLine(PtyLine(self._link), self._baudrate), b""

    def _pull_out(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class HidSimulator(ScannerSimulator):
    """A HID POS scanner, as a socket at `path` in the place of a character device.

    A message is a report, as with hidraw. Where hidraw answers an ioctl, the report descriptor is the first
    message. One host at a time: the next is turned away.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._server: socket.socket | None = None
        self._host: socket.socket | None = None
        self._keyboard = False

    def _wire(self, body: bytes, identifier: bytes, spoil: str) -> list[bytes]:
        found = reports(body, identifier)
        match spoil:
            case "half" | "unplug" | "no-terminator":
                found[-1] = found[-1][:-1] + b"\x01"  # another should follow
            case "wrong-length":
                found[0] = found[0][:1] + b"\xff" + found[0][2:]
            case "short-report":
                found[-1] = found[-1][:-5]
            case "noise":
                found = [b"\x07" + os.urandom(8), bytes(3), *found]
            case "no-symbology":
                found = [each[:2] + b"\0\0\0" + each[5:] for each in found]
        return found

    def _glue(self, first: list[bytes], second: list[bytes]) -> list[bytes]:
        return first + second

    def _put(self, chunk: bytes) -> None:
        if self._host is not None:
            self._host.send(chunk)

    def _listen(self) -> None:
        server, host = self._server, self._host
        if server is None:
            return
        open_ = [each for each in (server, host) if each is not None]
        ready, _, _ = select.select(open_, [], [], _LOOK_SECONDS)
        if host is not None and host in ready:
            self._hear(host)
        if server in ready:
            self._accept(server)

    def _accept(self, server: socket.socket) -> None:
        peer, _ = server.accept()
        if self._host is not None:
            peer.close()
            return
        with self._sending:
            peer.send(KEYBOARD if self._keyboard else DESCRIPTOR)
            self._host = peer

    def _hear(self, host: socket.socket) -> None:
        try:
            said = host.recv(64)
        except OSError:
            said = b""
        if not said:
            with self._sending:
                self._host = None
                host.close()
        elif said[0] == _TRIGGER_REPORT and len(said) == _TRIGGER_SIZE:
            self._heard(bool(said[1] & 1))

    def _plug_in(self) -> None:
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server.bind(str(self._path))
        self._server.listen(4)

    def _pull_out(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        for each in (self._host, self._server):
            if each is not None:
                each.close()
        self._host = self._server = None

    def _be_keyboard(self, on: bool) -> None:
        self.plug(False)
        self._keyboard = on
        self.plug(True)


SPOILS = (
    "noise",  # bytes or reports that are none come first
    "half",  # the rest is never sent
    "glued",  # `second` follows without a pause
    "no-terminator",
    "one-byte-at-a-time",
    "stall",  # a pause of 0.1 s in the middle
    "unplug",  # half of it, then the cable is out
    "wrong-length",  # HID: a length beyond the report
    "short-report",  # HID: a report that is cut short
    "no-symbology",  # HID: zeros in the place of the AIM identifier
)


def _spoilt(simulator: ScannerSimulator, request: dict[str, Any]) -> None:
    if request["how"] not in SPOILS:
        raise ValueError(f"how must be one of {', '.join(SPOILS)}")
    simulator._show(request, spoil=request["how"])


_OPERATIONS: dict[str, Callable[[ScannerSimulator, dict[str, Any]], object]] = {
    "state": lambda simulator, request: None,
    "show": lambda simulator, request: simulator._show(request),
    "spoil": _spoilt,
    "burst": lambda simulator, request: simulator._burst(request),
    "noise": lambda simulator, request: simulator._noise(request),
    "mute": lambda simulator, request: simulator.set("_muted", bool(request.get("on", True))),
    "obey": lambda simulator, request: simulator.set("_obeys", bool(request.get("on", True))),
    "keyboard": lambda simulator, request: simulator._be_keyboard(bool(request.get("on", True))),
    "unplug": lambda simulator, request: simulator.plug(False),
    "replug": lambda simulator, request: simulator.plug(True),
}
