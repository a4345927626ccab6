"""The server itself, by hand over a socket: what it answers before the wall is asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from kiosk.web import create_app
from kiosk.web.server import bound
from kiosk.web.wall import BODY_LIMIT, security_headers
from tests.kiosk.web.fakes import SECRET, FakeScreen
from tests.kiosk.web.samples import SAMPLES

HEADERS = {name.lower() for name, _ in security_headers("x")}


@pytest.fixture
def port() -> Iterator[int]:
    server = bound("127.0.0.1", 0)
    number = int(server.effective_port)
    server.application = create_app(
        FakeScreen(SAMPLES["home"]), secret=SECRET, origin=f"http://127.0.0.1:{number}"
    )

    def serve() -> None:
        with suppress(OSError):  # it is closed under its feet, as the agent does
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield number
    server.close()
    thread.join(timeout=5)


def answered(port: int, request: bytes) -> tuple[str, set[str]]:
    """Status line and names of the headers of the answer to `request`."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        with line.makefile("rb") as stream:
            status = stream.readline().decode()
            names = {row.decode().partition(":")[0].lower() for row in iter(stream.readline, b"\r\n")}
    return status.partition(" ")[2].strip(), names


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        ("400 Bad Request", b"GET\r\n\r\n"),
        ("400 Bad Request", b"\x16\x03\x01\x02\x00\r\n\r\n"),
        ("400 Bad Request", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
        ("400 Bad Request", b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        ("501 Not Implemented", b"POST /act HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ("431 Request Header Fields Too Large", b"GET / HTTP/1.1\r\nCookie: " + b"a" * 300_000 + b"\r\n\r\n"),
        (
            "413 Request Entity Too Large",
            b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (3 * BODY_LIMIT),
        ),
    ],
)
def test_what_the_server_refuses_by_itself_carries_the_headers_too(
    port: int, status: str, request_: bytes
) -> None:
    said, names = answered(port, request_)

    assert said == status
    assert names >= HEADERS


def test_what_the_wall_refuses_carries_the_headers_once(port: int) -> None:
    said, names = answered(port, b"GET / HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n")

    assert said == "403 Forbidden"
    assert names >= HEADERS


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_one_address_is_served_whatever_the_name_stands_for(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = socket.getaddrinfo

    def both(name: str, *rest: object, **options: object) -> object:
        """A machine whose ``localhost`` is ``::1`` as well, as Debian's is."""
        family = options.get("family", rest[1] if len(rest) > 1 else 0)
        four = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))
        six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0))
        if name != "localhost":
            return found(name, *rest, **options)  # type: ignore[arg-type]
        return [each for each in (four, six) if family in {0, each[0]}]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    server = bound(host, 0)
    try:
        assert int(server.effective_port) > 0
        assert server.effective_host == "127.0.0.1"
    finally:
        server.close()
