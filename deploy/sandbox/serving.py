"""Threaded HTTP servers on loopback: TLS for the city's services, plain for its control page."""

from __future__ import annotations

import errno
import io
import logging
import socket
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot.makefile import MakeFile
from cheroot.ssl import Adapter
from cheroot.wsgi import Server

log = logging.getLogger(__name__)

HANG_UP = "sandbox.hang_up"
"""Set in the WSGI environment by an application that wants the connection cut instead of an answer."""

READ_SECONDS = 10.0
"""How long a client may be silent in the middle of a request or a handshake."""

LOOK_SECONDS = 0.1
"""How often the accepting thread looks whether it is to stop."""


class _WorkerHandshake(Adapter):
    """TLS whose handshake runs in the worker thread.

    cheroot shakes hands in the accepting thread: one client cut off in the middle (a pulled cable, which is
    what the sandbox is for) would keep everybody else out for the length of the time-out. Its adapter also
    talks to itself once, with all authorities of the machine read twice, to tell applications about a
    certificate that none here asks about: a third of what a start of the city took.
    """

    def __init__(self, certificate: Path, private_key: Path) -> None:
        super().__init__(str(certificate), str(private_key))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate, private_key)

    def bind(self, sock: socket.socket) -> socket.socket:
        """The listening socket as it is."""
        return sock

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """The socket, whose first read shakes hands, and what the WSGI environment is told about it."""
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, str]:
        """What the WSGI environment is told."""
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: ssl.SSLSocket, mode: str = "r", bufsize: int = io.DEFAULT_BUFFER_SIZE) -> Any:
        """The stream in which cheroot reads or writes."""
        return MakeFile(sock, mode, bufsize)


class _CanHangUp:
    """Lets an application answer with a cut connection."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hang up (cheroot closes a connection whose handler says that it was reset)."""
        answer = self._app(environ, start_response)
        if environ.get(HANG_UP):
            raise ConnectionResetError(errno.ECONNRESET, "hung up on purpose")
        return answer


def _not_served_yet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []


class _Quiet(Server):
    """cheroot, telling the log instead of stderr."""

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """A client that leaves in the middle of something is an everyday thing here. With a traceback `msg`
        is the exception in words, which may be of somebody: `bugs` tells what may be told of it."""
        words = "an exception that nobody took" if traceback else msg
        log.log(logging.DEBUG if level <= logging.WARNING else level, "%s", words, exc_info=traceback)


class HttpServer:
    """One server on 127.0.0.1. The port is known (and taken) at once, the application comes later:
    an identity provider has to know its own URL before it can be built."""

    def __init__(self, port: int, *, tls: tuple[Path, Path] | None = None, threads: int = 16) -> None:
        self._server = _Quiet(
            ("127.0.0.1", port),
            _not_served_yet,
            numthreads=threads,
            request_queue_size=64,
            shutdown_timeout=1,
        )
        self._server.timeout = READ_SECONDS
        self._server.expiration_interval = LOOK_SECONDS
        if tls is not None:
            self._server.ssl_adapter = _WorkerHandshake(*tls)
        self._server.prepare()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that was bound."""
        address: tuple[Any, ...] = self._server.bind_addr
        return int(address[1])

    def serve(self, app: WSGIApplication, name: str) -> None:
        """Answer with `app` from now on."""
        self._server.wsgi_app = _CanHangUp(app)
        self._thread = threading.Thread(target=self._server.serve, name=f"city-{name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join(timeout=5)
