"""Bytes to and from the printer, every read and write with a deadline: serial or raw TCP (USB is `usblp`).

A transport keeps no handle across a loss: it reopens by the configured path (use
``/dev/serial/by-path/...``) or address. What was not sent when it is closed or told to `discard` is
dropped, in the kernel too: nothing of a receipt may come out later by itself.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import math
import os
import select
import socket
import struct
import termios
import time
from typing import Protocol

import serial

from drivers.device import Monotonic
from drivers.exc import TransportLost

BITS_PER_BYTE = 10  # 8-N-1
CONNECT_SECONDS = 3.0
_READ_SIZE = 512
# pyserial's SerialException is an OSError; termios has an error of its own.
_GONE = (OSError, termios.error)


class Transport(Protocol):
    """A port that can be opened again and again. Times are of the driver's monotonic clock."""

    def open(self) -> None:
        """Open the port; raises TransportLost when it is not there."""
        ...

    def close(self) -> None:
        """Close it and drop what was not sent. May be called twice."""
        ...

    def discard(self) -> None:
        """Drop what was not sent and not read; raises TransportLost."""
        ...

    def read(self, deadline: float) -> bytes:
        """What has come, as soon as something has; empty at the deadline; raises TransportLost."""
        ...

    def write(self, data: bytes, deadline: float) -> int:
        """Bytes taken: fewer than `data` has when the printer stopped taking them; raises TransportLost."""
        ...

    def seconds(self, count: int) -> float:
        """Time that `count` bytes spend on the wire."""
        ...

    def paper_out(self) -> bool:
        """Whether the line itself says that the paper is out; False where it says nothing.

        For a printer that cannot be asked, or not any more: that it is well is never concluded from this.
        Raises TransportLost.
        """
        ...


class _FdTransport:
    """What serial and TCP share: non-blocking reads and writes of a file descriptor."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic

    def paper_out(self) -> bool:
        """See `Transport.paper_out`: these lines carry bytes, and know nothing of paper."""
        return False

    def _fd(self) -> int:
        """The descriptor; raises TransportLost when the port is closed."""
        raise NotImplementedError

    def read(self, deadline: float) -> bytes:
        """See `Transport.read`."""
        fd = self._fd()
        while True:
            if not self._ready(fd, select.POLLIN, deadline):
                return b""
            try:
                data = os.read(fd, _READ_SIZE)
            except BlockingIOError:
                continue
            except OSError as error:
                raise TransportLost(words(error)) from error
            if not data:
                raise TransportLost("the other end hung up")
            return data

    def write(self, data: bytes, deadline: float) -> int:
        """See `Transport.write`."""
        fd = self._fd()
        view = memoryview(data)
        while view and self._ready(fd, select.POLLOUT, deadline):
            if self._monotonic() >= deadline:
                break  # after a call that hung: whoever waited for this has given up
            try:
                view = view[os.write(fd, view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise TransportLost(words(error)) from error
        return len(data) - len(view)

    def _ready(self, fd: int, event: int, deadline: float) -> bool:
        """Whether it is; raises TransportLost when the port was closed meanwhile, by the turn that took the
        place of this one. The descriptor's number is that turn's by then, and so is what lies behind it."""
        poll = select.poll()
        poll.register(fd, event)
        # Rounded up: a wait that ends a millisecond early would spin to its deadline.
        found = poll.poll(math.ceil(max(0.0, deadline - self._monotonic()) * 1000))
        if self._fd() != fd:
            raise TransportLost("the port was opened anew")
        return bool(found)  # a hang-up counts: the read or write that follows tells it


class SerialTransport(_FdTransport):
    """A serial port. `rtscts` when the cable carries the printer's busy line."""

    def __init__(
        self,
        *,
        port: str,
        baudrate: int = 115200,
        rtscts: bool = False,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        super().__init__(monotonic)
        self.port = port
        self.baudrate = baudrate
        self.rtscts = rtscts
        self._serial: serial.Serial | None = None

    def __repr__(self) -> str:
        """Port and speed."""
        return f"SerialTransport(port={self.port!r}, baudrate={self.baudrate})"

    def open(self) -> None:
        """See `Transport.open`."""
        self.close()
        try:
            self._serial = serial.Serial(
                self.port, self.baudrate, timeout=0, write_timeout=0, rtscts=self.rtscts, exclusive=True
            )
            _ignore_breaks(self._serial.fileno())
        except (*_GONE, ValueError) as error:
            self.close()
            raise TransportLost(f"{self.port}: {words(error)}") from error

    def close(self) -> None:
        """See `Transport.close`."""
        port, self._serial = self._serial, None
        if port is not None:
            # Without this a close waits up to 30 s for a printer that takes nothing (tty closing_wait).
            with contextlib.suppress(*_GONE):
                port.reset_output_buffer()
            with contextlib.suppress(*_GONE):
                port.close()

    def discard(self) -> None:
        """See `Transport.discard`."""
        if self._serial is None:
            raise TransportLost("the port is closed")
        try:
            self._serial.reset_output_buffer()
            self._serial.reset_input_buffer()
        except _GONE as error:
            raise TransportLost(words(error)) from error

    def seconds(self, count: int) -> float:
        """See `Transport.seconds`."""
        return count * BITS_PER_BYTE / self.baudrate

    def _fd(self) -> int:
        if self._serial is None:
            raise TransportLost("the port is closed")
        return int(self._serial.fileno())


class TcpTransport(_FdTransport):
    """A raw TCP port (9100). `host` is an address: looking up a name has no deadline.

    Raises ValueError for a name.
    """

    BYTES_PER_SECOND = 100_000
    """What the slowest network interface of a printer takes (for deadlines only)."""

    def __init__(self, *, host: str, port: int = 9100, monotonic: Monotonic = time.monotonic) -> None:
        super().__init__(monotonic)
        try:
            self.host = str(ipaddress.ip_address(host))
        except ValueError as error:
            raise ValueError(f"host must be an address such as 192.0.2.7, not {host!r}") from error
        self.port = port
        self._socket: socket.socket | None = None

    def __repr__(self) -> str:
        """Address and port."""
        return f"TcpTransport(host={self.host!r}, port={self.port})"

    def open(self) -> None:
        """See `Transport.open`."""
        self.close()
        try:
            peer = socket.create_connection((self.host, self.port), timeout=CONNECT_SECONDS)
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A printer switched off says nothing: probes find out within 30 s, as does unanswered data.
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
            # Closing drops what was not sent (a reset) instead of delivering it later.
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError as error:
            raise TransportLost(f"{self.host}:{self.port}: {words(error)}") from error
        self._socket = peer

    def close(self) -> None:
        """See `Transport.close`."""
        peer, self._socket = self._socket, None
        if peer is not None:
            peer.close()

    def discard(self) -> None:
        """See `Transport.discard`: only a new connection takes back what was not sent.

        Where nothing waits the connection stays: many printers refuse the next one for a while.
        """
        try:
            (waiting,) = struct.unpack("i", fcntl.ioctl(self._fd(), termios.TIOCOUTQ, bytes(4)))
        except OSError as error:
            raise TransportLost(words(error)) from error
        if waiting:
            self.open()
        end = self._monotonic() + CONNECT_SECONDS  # a line that babbles does not end by itself
        while self._monotonic() < end and self.read(self._monotonic()):
            pass

    def seconds(self, count: int) -> float:
        """See `Transport.seconds`."""
        return count / self.BYTES_PER_SECOND

    def _fd(self) -> int:
        if self._socket is None:
            raise TransportLost("the port is closed")
        return self._socket.fileno()


def _ignore_breaks(fd: int) -> None:
    """A printer that is switched off sends a break, read as a zero, which is also a status."""
    attributes = termios.tcgetattr(fd)
    attributes[0] |= termios.IGNBRK
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def words(error: Exception) -> str:
    """The name of an error's number, which says nothing of what was sent."""
    number = getattr(error, "errno", None)
    return f"{errno.errorcode.get(number, number)}" if number else type(error).__name__
