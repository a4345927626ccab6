"""Reads and writes end; ports come and go."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.exc import TransportLost
from drivers.receipt_printer import SerialTransport, TcpTransport, Transport


class Far:
    """The far end of a port, under the test's own hand."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.peer: socket.socket | None = None
        if kind == "tcp":
            self.server = socket.create_server(("127.0.0.1", 0))
            self.transport: Transport = TcpTransport(host="127.0.0.1", port=self.server.getsockname()[1])
            return
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        folder.mkdir(exist_ok=True)
        link = folder / "port"
        link.symlink_to(os.ttyname(self.slave))
        self.transport = SerialTransport(port=str(link), baudrate=9600)

    def open(self) -> None:
        self.transport.open()
        if hasattr(self, "server"):
            self.peer, _ = self.server.accept()
            self.master = self.peer.fileno()

    def hang_up(self) -> None:
        if self.peer is not None:
            self.peer.close()
        else:
            os.close(self.master)
            os.close(self.slave)

    def received(self) -> bytes:
        ready, _, _ = select.select([self.master], [], [], 0.5)
        return os.read(self.master, 1 << 20) if ready else b""


@pytest.fixture(params=["serial", "tcp"])
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Far]:
    far = Far(request.param, tmp_path)
    far.open()
    yield far
    far.transport.close()


def read_to_the_end(peer: socket.socket) -> None:
    while peer.recv(1 << 20):
        pass


def write_again_and_again(transport: Transport) -> None:
    """TCP learns of a reset only from the answer to what it sent."""
    for _ in range(3):
        transport.write(b"x" * 1000, time.monotonic() + 2)


def soon() -> float:
    return time.monotonic() + 0.05


def test_bytes_go_both_ways(far: Far) -> None:
    assert far.transport.write(b"\x1b@\x00\x11\x13\n", time.monotonic() + 1) == 6
    assert far.received() == b"\x1b@\x00\x11\x13\n"
    os.write(far.master, b"\x12\x00\xff")
    assert far.transport.read(time.monotonic() + 1) == b"\x12\x00\xff"


def test_a_read_of_silence_ends_at_its_deadline(far: Far) -> None:
    begin = time.monotonic()
    assert far.transport.read(begin + 0.05) == b""
    assert 0.05 <= time.monotonic() - begin < 2


def test_a_write_to_a_peer_that_takes_nothing_ends_at_its_deadline(far: Far) -> None:
    """200 kB to a printer that stopped draining never returned in python-escpos."""
    data = bytes(20_000_000)
    begin = time.monotonic()
    taken = far.transport.write(data, begin + 0.1)
    assert 0 < taken < len(data)
    assert time.monotonic() - begin < 5


def test_closing_tcp_resets_instead_of_delivering_later(tmp_path: Path) -> None:
    far = Far("tcp", tmp_path)
    far.open()
    far.transport.write(bytes(20_000_000), soon())
    far.transport.close()
    assert far.peer is not None
    with pytest.raises(ConnectionResetError):
        read_to_the_end(far.peer)


def test_a_hang_up_is_told_to_readers_and_writers(far: Far) -> None:
    far.hang_up()
    with pytest.raises(TransportLost):
        far.transport.read(time.monotonic() + 2)
    with pytest.raises(TransportLost):
        write_again_and_again(far.transport)


def test_a_read_in_progress_notices_the_hang_up(far: Far) -> None:
    threading.Timer(0.05, far.hang_up).start()
    with pytest.raises(TransportLost):
        far.transport.read(time.monotonic() + 10)


def test_discard_drops_what_was_not_read(far: Far) -> None:
    os.write(far.master, b"late")
    far.transport.read(time.monotonic() + 1)
    os.write(far.master, b"later")
    if far.peer is None:
        select.select([far.slave], [], [], 1)
    far.transport.discard()
    assert far.transport.read(soon()) == b""


def test_a_connection_is_ended_only_to_take_back_what_was_not_sent(tmp_path: Path) -> None:
    """Many printers refuse the next connection for a while after the last one ended."""
    far = Far("tcp", tmp_path)
    far.open()
    far.transport.write(b"question", time.monotonic() + 1)
    assert far.received() == b"question"
    far.transport.discard()
    assert not select.select([far.server], [], [], 0.1)[0]
    assert far.transport.write(bytes(1 << 24), time.monotonic() + 0.5) < 1 << 24
    far.transport.discard()
    assert select.select([far.server], [], [], 5.0)[0]
    far.transport.close()


@pytest.mark.parametrize("operation", ["read", "write", "discard"])
def test_a_closed_port_is_lost(tmp_path: Path, operation: str) -> None:
    transport = SerialTransport(port=str(tmp_path / "none"))
    calls = {
        "read": lambda: transport.read(soon()),
        "write": lambda: transport.write(b"x", soon()),
        "discard": transport.discard,
    }
    with pytest.raises(TransportLost):
        calls[operation]()
    transport.close()
    transport.close()


def test_a_port_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransportLost, match="ENOENT"):
        SerialTransport(port=str(tmp_path / "none")).open()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TransportLost, match="ECONNREFUSED"):
        TcpTransport(host="127.0.0.1", port=port).open()


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(TransportLost):
        SerialTransport(port=str(file)).open()


def test_a_serial_port_is_not_shared(tmp_path: Path) -> None:
    far = Far("serial", tmp_path)
    far.open()
    assert isinstance(far.transport, SerialTransport)
    with pytest.raises(TransportLost):
        SerialTransport(port=far.transport.port).open()


def test_a_host_is_an_address() -> None:
    with pytest.raises(ValueError, match=r"192\.0\.2\.7"):
        TcpTransport(host="printer.example")


def test_time_on_the_wire_scales_with_length_and_speed() -> None:
    assert SerialTransport(port="x", baudrate=9600).seconds(960) == pytest.approx(1.0)
    assert SerialTransport(port="x", baudrate=115_200).seconds(11_520) == pytest.approx(1.0)
    assert TcpTransport(host="127.0.0.1").seconds(100_000) == pytest.approx(1.0)


def test_hardware_flow_control_can_be_asked_for(tmp_path: Path) -> None:
    master, slave = os.openpty()
    transport = SerialTransport(port=os.ttyname(slave), rtscts=True)
    transport.open()
    assert transport.write(b"x", time.monotonic() + 1) == 1
    assert os.read(master, 10) == b"x"
    transport.close()
    os.close(master)
    os.close(slave)


class Waits:
    """Waits that take as long as a test wants: `then` happens in the first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then
        monkeypatch.setattr(select, "poll", lambda: self)

    def register(self, fd: int, event: int) -> None:
        """Whatever it is, it is ready."""
        self._ready = [(fd, event)]

    def poll(self, _milliseconds: int) -> list[tuple[int, int]]:
        then, self._then = self._then, None
        if then is not None:
            then()
        return self._ready


@pytest.mark.parametrize("operation", ["read", "write"])
def test_a_call_that_hung_touches_no_port_that_has_its_number_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """The turn that takes the place of one that hangs closes its port and opens another."""
    old, new = (Far("serial", tmp_path / name) for name in ("old", "new"))
    old.open()

    def taken_over() -> None:
        assert isinstance(old.transport, SerialTransport)
        number = old.transport._fd()
        old.transport.close()
        new.open()
        assert isinstance(new.transport, SerialTransport)
        assert new.transport._fd() == number
        os.write(new.master, b"answer")

    Waits(monkeypatch, taken_over)
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: old.transport.read(soon()),
        "write": lambda: old.transport.write(b"the rest", soon()),
    }
    with pytest.raises(TransportLost, match="closed"):
        calls[operation]()
    monkeypatch.undo()
    assert new.received() == b""
    assert new.transport.read(time.monotonic() + 5) == b"answer"
    new.transport.close()


def test_a_write_that_hung_past_its_deadline_sends_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its port may still be open: the next turn begins after a while."""
    far, now = Far("serial", tmp_path), [1000.0]
    far.transport = SerialTransport(port=str(tmp_path / "port"), monotonic=lambda: now[0])
    far.open()

    def hang() -> None:
        now[0] += 61.0

    Waits(monkeypatch, hang)
    assert far.transport.write(b"the rest", 1002.0) == 0
    monkeypatch.undo()
    assert far.received() == b""
    far.transport.close()
