"""A socket in the place of a node under /dev/input: python-evdev reads its events; its ioctls are told."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import replace
from pathlib import Path

from evdev import InputEvent
from evdev.eventio import EventIO

from drivers.exc import TransportLost
from drivers.serial_port import Waiter, lost
from drivers.touchscreen.panel import Panel, panel_of


class SocketNode(EventIO):
    """`drivers.touchscreen.transport.Node` on the simulator's socket."""

    def __init__(self, path: Path, slot: int = 0) -> None:
        self._path = path
        self._slot = slot
        self._socket: socket.socket | None = None
        self._waiter = Waiter()

    def fileno(self) -> int:
        if self._socket is None:
            raise TransportLost("not open")
        return self._socket.fileno()

    @property
    def fd(self) -> int:
        """What EventIO reads."""
        return self.fileno()

    def open(self) -> Panel:
        self.close()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(5.0)
        try:
            self._socket.connect(str(self._path))
            told = json.loads(self._socket.recv(4096))
        except (OSError, ValueError) as error:
            self.close()
            raise lost(str(self._path), error) from error
        self._socket.setblocking(False)
        axes = {int(code): (least, most) for code, (least, most) in told["axes"].items()}
        panel = panel_of(told["name"], axes, told["keys"], told["properties"])
        return replace(panel, slot=self._slot)

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def read(self, timeout: float = 0.0) -> list[InputEvent]:  # type: ignore[override]  # a Node's, with a deadline
        fd = self.fileno()
        if not self._waiter.ready(fd, timeout):
            return []
        if self._socket is not None and self._socket.recv(1, socket.MSG_PEEK) == b"":
            raise TransportLost("the device is gone")
        return list(super().read())

    def slot(self) -> int:
        return self._slot

    def wake(self) -> None:
        self._waiter.wake()
