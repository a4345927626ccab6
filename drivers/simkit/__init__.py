"""What the simulators share: a paced line (pty or TCP), a control socket. No device's bytes are parsed here.

A pseudo-terminal is not paced by the kernel (a real UART is), so `PacedLine` spends the time that the
bytes would spend on the wire: ten bit times a byte at 8-N-1. Control is one JSON object a line over a
Unix socket: ``{"op": "place", ...}`` is answered by ``{"ok": true, ...}`` or ``{"ok": false, "error": ...}``.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import termios
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from drivers.simkit.peers import Peers

BITS_PER_BYTE = 10  # 8-N-1: start, eight data, stop
_SPEEDS = {
    getattr(termios, f"B{speed}"): speed for speed in (4800, 9600, 19200, 38400, 57600, 115200, 230400)
}


class Steps:
    """How long a simulator's thread rests between two looks at the time: shortly while something goes on, and
    longer once nobody has asked anything for a while, for five of them beside each other cost a third of a
    processor otherwise."""

    BUSY, QUIET = 0.01, 0.05
    """Seconds."""
    WHILE = 0.25
    """Seconds after the last that happened."""

    def __init__(self) -> None:
        self._busy_until = 0.0

    def happened(self) -> None:
        """Something did: a byte, an order."""
        self._busy_until = time.monotonic() + self.WHILE

    @property
    def seconds(self) -> float:
        """For the next rest."""
        return self.BUSY if time.monotonic() < self._busy_until else self.QUIET


class Line(Protocol):
    """Raw bytes to and from the host."""

    def read(self, size: int, timeout: float) -> bytes:
        """At most `size` bytes; empty when nothing came within `timeout` seconds."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def close(self) -> None:
        """Pull the cable."""
        ...


class PtyLine:
    """The device's end of a pseudo-terminal; the host opens `link` like any serial port."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._master, slave = os.openpty()
        tty.setraw(slave)
        # Our own descriptor of the slave stays open: a host that closes its port is no hang-up here.
        self._slave = slave
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        link.symlink_to(os.ttyname(slave))

    @property
    def host_speed(self) -> int | None:
        """Bit/s that the host has set its end to; None for a speed that has no name."""
        return _SPEEDS.get(termios.tcgetattr(self._slave)[5])

    def read(self, size: int, timeout: float) -> bytes:
        """At most `size` bytes; empty when nothing came within `timeout` seconds."""
        ready, _, _ = select.select([self._master], [], [], timeout)
        return os.read(self._master, size) if ready else b""

    def write(self, data: bytes) -> None:
        """Send all of `data`; what a host does not read within a second is dropped (a UART drops at once)."""
        view = memoryview(data)
        while view:
            _, ready, _ = select.select([], [self._master], [], 1.0)
            if not ready:
                return
            view = view[os.write(self._master, view) :]

    def close(self) -> None:
        """Pull the cable: the port vanishes for the host."""
        with contextlib.suppress(OSError):
            self._link.unlink()
        for fd in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(fd)


class TcpLine:
    """The device's end of a raw TCP port (9100-style): one host at a time, the next when it has left."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = socket.create_server((host, port))
        self._peer: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self._server.getsockname()[1])

    @property
    def has_peer(self) -> bool:
        """Whether a host is connected, as far as the last read told."""
        return self._peer is not None

    def read(self, size: int, timeout: float) -> bytes:
        """At most `size` bytes; accepts a new host when the last one left."""
        source = self._peer or self._server
        ready, _, _ = select.select([source], [], [], timeout)
        if not ready:
            return b""
        if self._peer is None:
            self._peer, _ = self._server.accept()
            self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return b""
        data = b""
        with contextlib.suppress(OSError):
            data = self._peer.recv(size)
        if not data:
            self.hang_up()
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data` to the present host, if there is one."""
        if self._peer is None:
            return
        try:
            self._peer.sendall(data)
        except OSError:
            self.hang_up()

    def hang_up(self) -> None:
        """Drop the present host; the port goes on listening."""
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def close(self) -> None:
        """Pull the cable."""
        self.hang_up()
        self._server.close()


class PacedLine:
    """A line that costs the time its bytes would take at `baudrate`, in each direction."""

    def __init__(self, line: Line, baudrate: int) -> None:
        self._line = line
        self.baudrate = baudrate
        self._read_free_at = 0.0

    def seconds(self, count: int) -> float:
        """Time that `count` bytes spend on the wire."""
        return count * BITS_PER_BYTE / self.baudrate

    def read(self, size: int, timeout: float) -> bytes:
        """Bytes that have finished arriving by the line's speed."""
        data = self._line.read(size, timeout)
        if data:
            self._read_free_at = max(self._read_free_at, time.monotonic()) + self.seconds(len(data))
            time.sleep(max(0.0, self._read_free_at - time.monotonic()))
        return data

    def write(self, data: bytes, chunk: int = 64) -> None:
        """Send `data` in chunks, each at the moment its last bit would have left."""
        begin = time.monotonic()
        for start in range(0, len(data), chunk):
            part = data[start : start + chunk]
            due = begin + self.seconds(start + len(part))
            time.sleep(max(0.0, due - time.monotonic()))
            self._line.write(part)

    def close(self) -> None:
        """Pull the cable."""
        self._line.close()


Handler = Callable[[dict[str, Any]], dict[str, Any]]


class ControlServer:
    """The control socket of a simulator: one JSON object a line, answered by one."""

    def __init__(self, path: Path, handler: Handler) -> None:
        self._handler = handler
        self._peers = Peers(path, self._serve, name="simulator-control")

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rwb") as stream:
            for line in stream:
                try:
                    answer = {"ok": True, **self._handler(json.loads(line))}
                except (KeyError, ValueError, TypeError) as error:
                    answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
                stream.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                stream.flush()

    def close(self) -> None:
        """Stop listening."""
        self._peers.close()


def control(path: Path, request: dict[str, Any], timeout: float = 5.0) -> dict[str, Any]:
    """Send one request to a simulator's control socket and return its answer.

    Raises OSError when the simulator is not there, ValueError when it refuses the request.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout)
        client.connect(str(path))
        with client.makefile("rwb") as stream:
            stream.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            stream.flush()
            answer: dict[str, Any] = json.loads(stream.readline())
    if not answer.pop("ok"):
        raise ValueError(answer["error"])
    return answer
