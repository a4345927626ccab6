"""Bytes to and from the printer: one HTTP/1.1 POST a connection, within one deadline, of a bounded size.

h11 knows HTTP; this knows sockets and time. There is no TLS: the line is a cable inside of the cabinet,
or the loopback to a CUPS that runs on the terminal. `host` is an address: looking up a name has no deadline.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import math
import select
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Protocol, cast
from urllib.parse import urlsplit

import h11

from drivers.device import Monotonic
from drivers.exc import DriverError, TransportLost, TransportTimeout

CONNECT_SECONDS = 3.0
LARGEST_ANSWER = 256 * 1024
"""Bytes of an answer. A printer that ignores what was asked and tells everything sends up to 100 kB."""
_LARGEST_HEADERS = 16 * 1024
_READ_SIZE = 16 * 1024
_LOOK_SECONDS = 0.1  # between two looks at whether the driver is being closed
_OK = 200

Part = bytes | memoryview


class Unreachable(TransportLost):
    """There is no connection, so nothing at all was sent."""


class BadAnswer(DriverError, ValueError):  # noqa: N818 - says what the answer is
    """What came back is no answer to what was asked."""


class Interrupted(DriverError, InterruptedError):  # noqa: N818 - mirrors InterruptedError
    """The driver is being closed."""


class Transport(Protocol):
    """Where requests go."""

    uri: str
    """The printer's address as IPP wants it: ``ipp://192.0.2.7:631/ipp/print``."""

    def exchange(self, parts: Sequence[Part], deadline: float, interrupted: Callable[[], bool]) -> bytes:
        """Send `parts` as one request and return the answer's body.

        `deadline` is of the driver's monotonic clock. Raises Unreachable when nothing was sent;
        TransportLost, TransportTimeout, BadAnswer and Interrupted when something may have been.
        """
        ...


class HttpTransport:
    """A printer's IPP port. `path` begins with a slash, e.g. ``/ipp/print``. Raises ValueError for a name."""

    def __init__(self, *, host: str, port: int, path: str, monotonic: Monotonic) -> None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError as error:
            raise ValueError(f"host must be an address such as 192.0.2.7, not {host!r}") from error
        if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
            raise ValueError(f"path must be such as /ipp/print, not {path!r}")
        self._address = (str(address), port)
        self._authority = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
        self._path = path
        self._monotonic = monotonic
        self.uri = f"ipp://{self._authority}{path}"

    def __repr__(self) -> str:
        """Where it leads."""
        return f"HttpTransport({self.uri!r})"

    def exchange(self, parts: Sequence[Part], deadline: float, interrupted: Callable[[], bool]) -> bytes:
        """See `Transport.exchange`."""
        peer = self._connect(deadline)
        exchange = _Exchange(peer, self._monotonic, deadline, interrupted)
        try:
            exchange.send(self._authority, self._path, parts)
            return exchange.answer()
        except OSError as error:
            # What was not sent yet is dropped (a reset) instead of being delivered later.
            with contextlib.suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if isinstance(error, DriverError):
                raise
            raise TransportLost(_words(error)) from error
        finally:
            peer.close()

    def _connect(self, deadline: float) -> socket.socket:
        left = min(CONNECT_SECONDS, deadline - self._monotonic())
        if left <= 0:
            raise Unreachable("no time left to connect")
        try:
            peer = socket.create_connection(self._address, timeout=left)
        except OSError as error:
            raise Unreachable(f"{self.uri}: {_words(error)}") from error
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return peer


def behind(device: str, monotonic: Monotonic) -> HttpTransport | None:
    """The printer at a CUPS queue's device-uri; None where no plain IPP to an address leads there."""
    try:
        parts = urlsplit(device)
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        if parts.scheme != "ipp":
            return None
        return HttpTransport(host=host, port=parts.port or 631, path=parts.path or "/", monotonic=monotonic)
    except ValueError:
        return None


class _Exchange:
    """One request and its answer on an open connection."""

    def __init__(
        self, peer: socket.socket, monotonic: Monotonic, deadline: float, interrupted: Callable[[], bool]
    ) -> None:
        self._peer = peer
        self._monotonic = monotonic
        self._deadline = deadline
        self._interrupted = interrupted
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEADERS)

    def send(self, authority: str, path: str, parts: Sequence[Part]) -> None:
        headers = [
            ("Host", authority),
            ("Content-Type", "application/ipp"),
            ("Content-Length", str(sum(len(part) for part in parts))),
            ("Connection", "close"),
        ]
        self._write(self._http.send(h11.Request(method="POST", target=path, headers=headers)) or b"")
        for part in parts:
            # h11 hands data on as it is; a document is not copied on its way to the socket.
            passed = self._http.send_with_data_passthrough(h11.Data(data=cast("bytes", part))) or []
            for piece in passed:
                self._write(piece)
        self._http.send(h11.EndOfMessage())

    def answer(self) -> bytes:
        body = bytearray()
        taken = 0
        try:
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    data = self._read()
                    taken += len(data)
                    if taken > LARGEST_ANSWER:
                        raise BadAnswer("larger than any answer")
                    self._http.receive_data(data)
                elif isinstance(event, h11.Response) and event.status_code != _OK:
                    raise BadAnswer(f"HTTP status {event.status_code}")
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return bytes(body)
                elif isinstance(event, h11.ConnectionClosed):
                    raise TransportLost("the other end hung up")
        except h11.RemoteProtocolError as error:
            # Also what an answer is that was cut off.
            raise BadAnswer("no HTTP") from error

    def _write(self, data: Part) -> None:
        view = memoryview(data)
        while view:
            self._wait(select.POLLOUT)
            with contextlib.suppress(BlockingIOError):
                view = view[self._peer.send(view) :]

    def _read(self) -> bytes:
        while True:
            self._wait(select.POLLIN)
            with contextlib.suppress(BlockingIOError):
                return self._peer.recv(_READ_SIZE)

    def _wait(self, event: int) -> None:
        poll = select.poll()
        poll.register(self._peer, event)
        while True:
            if self._interrupted():
                raise Interrupted("the driver is being closed")
            left = self._deadline - self._monotonic()
            if left <= 0:
                raise TransportTimeout("no answer in time")
            if poll.poll(math.ceil(min(left, _LOOK_SECONDS) * 1000)):
                return  # a hang-up counts: the read or write that follows tells it


def _words(error: OSError) -> str:
    return errno.errorcode.get(error.errno, str(error.errno)) if error.errno else type(error).__name__
