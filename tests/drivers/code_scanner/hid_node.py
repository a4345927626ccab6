"""The simulator's socket in the place of a hidraw node: a message is a report, the first the descriptor."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from drivers.exc import TransportLost
from drivers.serial_port import Waiter

_SECONDS = 5.0


class SocketNode:
    """See `drivers.code_scanner.hidraw.Node`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._peer: socket.socket | None = None
        self._descriptor = b""
        self._waiter = Waiter()

    def open(self) -> None:
        self.close()
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.settimeout(_SECONDS)
        try:
            peer.connect(str(self._path))
            self._descriptor = peer.recv(4096)
        except OSError as error:
            peer.close()
            raise TransportLost(error.errno or errno.EIO, str(error)) from error
        if not self._descriptor:
            peer.close()
            raise TransportLost(errno.EBUSY, "another host has it")
        self._peer = peer

    def close(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()

    def descriptors(self) -> tuple[bytes, ...]:
        return (self._descriptor,)

    def write(self, data: bytes) -> None:
        try:
            self._opened().send(data)
        except OSError as error:
            raise TransportLost(error.errno or errno.EIO, str(error)) from error

    def read(self, timeout: float) -> bytes:
        peer = self._opened()
        if not self._waiter.ready(peer.fileno(), timeout):
            return b""
        try:
            report = peer.recv(4096)
        except OSError as error:
            raise TransportLost(error.errno or errno.EIO, str(error)) from error
        if not report:
            raise TransportLost(errno.ENODEV, "gone")
        return report

    def wake(self) -> None:
        self._waiter.wake()

    def _opened(self) -> socket.socket:
        if self._peer is None:
            raise TransportLost("not open")
        return self._peer
