"""One deadline over name lookup, connection, handshake, request and answer.

requests and urllib3 bound each single wait, not their sum: a peer that sends one byte every few
seconds, or a name server that does not answer, would hold a citizen for minutes. Here every wait of
a thread's present request is cut to what is left of its total. The state is per thread, because a
request is carried out wholly by the thread that asks.
"""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.util.connection import create_connection

_NO_REQUEST = (float("inf"), 60.0)
"""Between requests: no deadline, and a finite single wait, because a socket refuses an infinite one."""


class _Present(threading.local):
    """The present request of this thread: when it ends (monotonic), and the longest single wait (seconds)."""

    ends, single = _NO_REQUEST


_present = _Present()


@contextlib.contextmanager
def started(timeout: float, single: float) -> Iterator[None]:
    """A request begins: `timeout` seconds for all of it, `single` for one wait on the line."""
    _present.ends, _present.single = time.monotonic() + timeout, single
    try:
        yield
    finally:
        _present.ends, _present.single = _NO_REQUEST


def remaining(at_most: float = float("inf")) -> float:
    """Seconds that the next wait may take. Raises TimeoutError when the deadline has passed."""
    left = _present.ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline of the whole request has passed")
    return min(left, at_most)


class DeadlineSocket(ssl.SSLSocket):
    """A TLS socket of which every read and write minds the deadline, headers that drip included."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """See `socket.recv_into`."""
        self.settimeout(remaining(_present.single))
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """See `socket.send`; `sendall` goes through here, piece by piece."""
        self.settimeout(remaining(_present.single))
        return super().send(*args, **kwargs)


class _Connection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        """Connect to the first address that answers. (urllib3's own SOCKS support extends it here too.)"""
        at_most = self.timeout if isinstance(self.timeout, int | float) else _present.single
        failure: OSError = OSError("no address")
        for address in _resolve(self._dns_host, self.port, remaining(at_most)):
            try:
                return create_connection(
                    (address, self.port), remaining(at_most), socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
        raise failure


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class DeadlineAdapter(HTTPAdapter):
    """requests' adapter with our TLS context and connections. Retries nothing by itself."""

    def __init__(self, context: ssl.SSLContext) -> None:
        context.sslsocket_class = DeadlineSocket
        self._context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """See requests: the pool is made here once."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}


def _resolve(host: str, port: int, timeout: float) -> list[str]:
    """Addresses of `host` in the resolver's order.

    `getaddrinfo` has no deadline of its own (a dead name server costs up to half a minute), so it
    runs beside; a thread left behind ends when the resolver gives up.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([str(entry[4][0]) for entry in entries])
        except OSError as error:
            found.put(error)
        except UnicodeError:  # a name that IDNA does not take
            found.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        answer = found.get(timeout=timeout)
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
