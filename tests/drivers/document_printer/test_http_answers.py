"""HTTP as a printer answers it: a whole body that is not too long, or an error of our own."""

from __future__ import annotations

import random
import socket

import pytest

from drivers.document_printer.transport import LARGEST_ANSWER, BadAnswer, HttpTransport
from drivers.exc import DriverError
from tests.drivers.mutations import mutated, todays
from tests.fuzz.target import Fuzzed

BODY = b"0123456789"
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Type: application/ipp\r\nContent-Length: 10\r\n\r\n" + BODY
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6;note=x\r\n456789\r\n0\r\nX: y\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE
UNTIL_CLOSED = b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n" + BODY
VALID = (WHOLE, CHUNKED, CONTINUED, UNTIL_CLOSED)


class _Answering(HttpTransport):
    """A printer that answers with `wire` at once and hangs up. Its clock stands."""

    def __init__(self, wire: bytes) -> None:
        super().__init__(host="192.0.2.7", port=631, path="/ipp/print", monotonic=lambda: 0.0)
        self._wire = wire
        self._printer: socket.socket | None = None

    def _connect(self, deadline: float) -> socket.socket:
        ours, self._printer = socket.socketpair()
        ours.setblocking(False)
        self._printer.sendall(self._wire)
        self._printer.shutdown(socket.SHUT_WR)
        return ours

    def ask(self) -> bytes:
        try:
            return self.exchange([b"asked"], deadline=1.0, interrupted=lambda: False)
        finally:
            assert self._printer is not None
            self._printer.close()


@pytest.mark.parametrize("wire", VALID)
def test_body_is_read_however_it_is_framed(wire: bytes) -> None:
    assert _Answering(wire).ask() == BODY


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"\x00\x01",
        WHOLE[:-1],
        CHUNKED[:-9],
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: 10\r\nContent-Length: 11\r\n\r\n" + BODY,
        OK + b"X: " + b"y" * 20_000,
    ],
)
def test_what_is_no_whole_answer_is_refused(wire: bytes) -> None:
    with pytest.raises(BadAnswer):
        _Answering(wire).ask()


def read_or_refused(wire: bytes) -> None:
    """What is read is bounded; what is refused is refused by an error of ours."""
    try:
        body = _Answering(wire).ask()
    except DriverError:
        return
    assert len(body) <= min(LARGEST_ANSWER, len(wire))


FUZZED = Fuzzed(read_or_refused, VALID)


def mutated_http_answers_are_read_or_refused(count: int, seed: int) -> None:
    """In each of the framings of HTTP."""
    chance = random.Random(seed)
    for _ in range(count):
        read_or_refused(mutated(chance.choice(VALID), chance))


def test_mutated_http_answers_are_read_or_refused() -> None:
    todays(mutated_http_answers_are_read_or_refused)
