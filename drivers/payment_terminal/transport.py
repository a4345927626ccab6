"""Lines to and from the vendor's local service: TCP on the loopback, every read and write with a deadline."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import math
import os
import select
import socket
from typing import Protocol

from drivers.device import Monotonic
from drivers.exc import TransportLost, TransportTimeout
from drivers.payment_terminal.messages import LONGEST_LINE

CONNECT_SECONDS = 3.0
_READ_SIZE = 4096


class Transport(Protocol):
    """A line that can be opened again and again. Times are of the driver's monotonic clock."""

    def open(self) -> None:
        """Connect; raises TransportLost when nobody is there."""
        ...

    def close(self) -> None:
        """Hang up. May be called twice."""
        ...

    def send(self, line: bytes, deadline: float) -> None:
        """Send all of it; raises TransportLost, TransportTimeout."""
        ...

    def receive(self, deadline: float) -> bytes | None:
        """The next line without its end; None at the deadline or when woken; raises TransportLost."""
        ...

    def wake(self) -> None:
        """End a `receive` that waits. From any thread."""
        ...


class TcpTransport:
    """A port of this machine. Raises ValueError for a `host` that is not a loopback address.

    There is no encryption: what is said must not leave the machine.
    """

    def __init__(self, *, host: str, port: int, monotonic: Monotonic) -> None:
        try:
            inside = ipaddress.ip_address(host).is_loopback
        except ValueError:
            inside = False
        if not inside:
            raise ValueError(f"host must be a loopback address such as 127.0.0.1, not {host!r}")
        self._address = (host, port)
        self._monotonic = monotonic
        self._peer: socket.socket | None = None
        self._held = bytearray()
        # As `wake` may come at any time, from any thread, it lives as long as this object.
        self._woken = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def __del__(self) -> None:
        """Give the descriptor back."""
        with contextlib.suppress(OSError, AttributeError):
            os.close(self._woken)

    def __repr__(self) -> str:
        """Where it leads."""
        return f"TcpTransport(host={self._address[0]!r}, port={self._address[1]})"

    def open(self) -> None:
        """See `Transport.open`."""
        self.close()
        try:
            self._peer = socket.create_connection(self._address, timeout=CONNECT_SECONDS)
            self._peer.setblocking(False)
            self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            self.close()
            raise TransportLost(_words(error)) from error

    def close(self) -> None:
        """See `Transport.close`."""
        peer, self._peer = self._peer, None
        self._held.clear()
        if peer is not None:
            peer.close()

    def send(self, line: bytes, deadline: float) -> None:
        """See `Transport.send`."""
        peer = self._present()
        view = memoryview(line)
        while view:
            if not _ready(peer, select.POLLOUT, deadline - self._monotonic()):
                raise TransportTimeout("it takes nothing")
            try:
                view = view[peer.send(view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise TransportLost(_words(error)) from error

    def receive(self, deadline: float) -> bytes | None:
        """See `Transport.receive`."""
        peer = self._present()
        while True:
            line, end, rest = self._held.partition(b"\n")
            if len(line) >= LONGEST_LINE:
                raise TransportLost("a line that is too long")
            if end:
                self._held = rest
                return bytes(line).removesuffix(b"\r")
            if not _ready(peer, select.POLLIN, deadline - self._monotonic(), self._woken):
                return None
            if self._was_woken():
                return None
            try:
                data = peer.recv(_READ_SIZE)
            except BlockingIOError:
                continue
            except OSError as error:
                raise TransportLost(_words(error)) from error
            if not data:
                raise TransportLost("the other end hung up")
            self._held += data

    def wake(self) -> None:
        """See `Transport.wake`."""
        os.eventfd_write(self._woken, 1)

    def _was_woken(self) -> bool:
        try:
            os.eventfd_read(self._woken)
        except BlockingIOError:
            return False
        return True

    def _present(self) -> socket.socket:
        if self._peer is None:
            raise TransportLost("not connected")
        return self._peer


def _ready(peer: socket.socket, event: int, seconds: float, woken: int | None = None) -> bool:
    poll = select.poll()
    poll.register(peer, event)
    if woken is not None:
        poll.register(woken, select.POLLIN)
    return bool(poll.poll(math.ceil(max(0.0, seconds) * 1000)))


def _words(error: OSError) -> str:
    return errno.errorcode.get(error.errno, str(error.errno)) if error.errno else type(error).__name__
