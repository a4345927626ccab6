"""The cable, with a small echoing city behind it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from deploy.demo.cable import MAX_CONNECTIONS, Cable, Connected, CutAfter, Slow, Unplugged

SOON = 5.0


class Echo:
    """Answers every byte with itself; half-closes when the other side has said all."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                while data := peer.recv(4096):
                    peer.sendall(data)
            except OSError:
                return

    def close(self) -> None:
        # A thread that waits in accept() holds the socket: wake it first.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def city() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.close()


@pytest.fixture
def cable(city: Echo) -> Iterator[Cable]:
    with Cable({"gateway": city.port}) as cable:
        yield cable


def call(cable: Cable, timeout: float = SOON) -> socket.socket:
    return socket.create_connection(("127.0.0.1", cable.ports["gateway"]), timeout)


def say(line: socket.socket, data: bytes) -> bytes:
    line.sendall(data)
    heard = b""
    while len(heard) < len(data):
        part = line.recv(4096)
        if not part:
            break
        heard += part
    return heard


def test_connected_carries_both_ways_and_half_close(cable: Cable) -> None:
    data = bytes(range(256)) * 400
    with call(cable) as line:
        assert say(line, data) == data
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""
    assert cable.carried == 2 * len(data)


def test_pulling_cuts_what_is_established(cable: Cable) -> None:
    with call(cable) as line:
        assert say(line, b"before") == b"before"
        cable.set(Unplugged())
        with pytest.raises(ConnectionResetError):
            line.recv(1)
    assert cable.connections == 0


def test_a_new_connection_behind_a_pulled_cable_meets_silence(cable: Cable) -> None:
    cable.set(Unplugged())
    with call(cable, 0.3) as line:
        line.sendall(b"is anybody there?")
        with pytest.raises(TimeoutError):
            line.recv(1)
        assert cable.carried == 0
        cable.set(Connected())
        line.settimeout(SOON)
        with pytest.raises(ConnectionResetError):
            line.recv(1)


def test_refused_when_the_outage_is_known_and_the_port_stays_ours(cable: Cable) -> None:
    cable.set(Unplugged(refuse=True))
    with pytest.raises(ConnectionRefusedError):
        call(cable)
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", cable.ports["gateway"]))
    cable.set(Connected())
    with call(cable) as line:
        assert say(line, b"again") == b"again"


def test_slow_is_late_and_no_faster_than_told(cable: Cable) -> None:
    cable.set(Slow(delay=0.05, bytes_per_second=2000))
    begin = time.monotonic()
    with call(cable) as line:
        assert say(line, bytes(600)) == bytes(600)
    assert time.monotonic() - begin >= 600 / 2000 + 0.05


def test_pulling_does_not_wait_for_what_is_slow(cable: Cable) -> None:
    cable.set(Slow(delay=60))
    with call(cable) as line:
        line.sendall(b"late")
        ends = time.monotonic() + SOON
        while cable.connections == 0:  # taken by the cable, or there is nothing to cut
            assert time.monotonic() < ends
        begin = time.monotonic()
        cable.set(Unplugged())
        assert time.monotonic() - begin < SOON
        with pytest.raises(ConnectionResetError):
            line.recv(1)


@pytest.mark.parametrize("count", [0, 1, 10, 5000])
def test_cut_after_n_bytes_carries_exactly_n(cable: Cable, count: int) -> None:
    cable.set(CutAfter(count))
    heard = b""
    with call(cable) as line:
        line.sendall(bytes(4000))
        with pytest.raises(ConnectionResetError):  # noqa: PT012 - how many reads there are is not ours to say
            while part := line.recv(4096):
                heard += part
            raise ConnectionResetError
    assert cable.carried == count
    assert len(heard) == max(0, count - 4000)


def test_connections_are_bounded(cable: Cable) -> None:
    lines = [call(cable) for _ in range(MAX_CONNECTIONS)]
    for line in lines:
        assert say(line, b"x") == b"x"
    assert_cut(cable)
    for line in lines:
        line.close()


def assert_cut(cable: Cable) -> None:
    """A call is cut: at once, or when it listens."""
    try:
        with call(cable) as line:
            assert line.recv(1) == b""
    except ConnectionResetError:
        return


def test_close_is_idempotent_and_lets_nobody_in(city: Echo) -> None:
    cable = Cable({"gateway": city.port})
    cable.start()
    cable.close()
    cable.close()
    with pytest.raises(ConnectionRefusedError):
        call(cable)


def test_a_city_that_is_down_cuts_the_terminal() -> None:
    gone = Echo()
    gone.close()
    with Cable({"gateway": gone.port}) as cable:
        assert_cut(cable)
