"""Lines out of what the adapter sends, in whatever pieces it comes."""

from __future__ import annotations

import random
import socket

import pytest

from drivers.exc import TransportLost
from drivers.payment_terminal.messages import LONGEST_LINE
from drivers.payment_terminal.transport import TcpTransport
from tests.drivers.mutations import mutated, todays
from tests.drivers.payment_terminal.test_messages import MODELS
from tests.fuzz.target import Fuzzed, as_pieces, in_pieces

LONG = b"x" * (LONGEST_LINE - 1) + b"\n"
SHORT = (b"\n".join(MODELS) + b"\n", b"\r\n".join(MODELS) + b"\r\n", b"{}\n" * 20)


class _OnAPair(TcpTransport):
    """Whose other end is in hand. Its clock stands."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=9000, monotonic=lambda: 0.0)
        self._peer, self.adapter = socket.socketpair()
        self._peer.setblocking(False)

    def hang_up(self) -> None:
        self.close()
        self.adapter.close()

    def lines(self) -> list[bytes]:
        """All that are there."""
        found = []
        while (line := self.receive(0.0)) is not None:
            found.append(line)
        return found


def read(pieces: list[bytes]) -> list[bytes]:
    transport = _OnAPair()
    try:
        found = []
        for piece in pieces:
            transport.adapter.sendall(piece)
            found += transport.lines()
            assert len(transport._held) < LONGEST_LINE
        return found
    finally:
        transport.hang_up()


@pytest.mark.parametrize("size", [1, 3, 64, 4096])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_are_read_without_their_ends_whatever_the_pieces(end: bytes, size: int) -> None:
    assert read(in_pieces(as_pieces(end.join((b"one", b"", b"two", b"thr")), size))) == [b"one", b"", b"two"]


def test_longest_is_read_and_longer_is_hung_up_on() -> None:
    assert read([LONG]) == [LONG[:-1]]
    with pytest.raises(TransportLost, match="too long"):
        read([b"x", LONG])


def are_read_or_hung_up_on(pieces: list[bytes]) -> None:
    """The lines are those that were sent, up to one that is too long, at which it hangs up."""
    sent = b"".join(pieces).split(b"\n")
    too_long = any(len(line) >= LONGEST_LINE for line in sent)
    try:
        found = read(pieces)
    except TransportLost:
        assert too_long
    else:
        assert not too_long
        assert found == [line.removesuffix(b"\r") for line in sent[:-1]]


FUZZED = Fuzzed(
    lambda data: are_read_or_hung_up_on(in_pieces(data)),
    tuple(as_pieces(wire, size) for wire in (*SHORT, LONG, b"x" + LONG) for size in (64, 4096)),
    longest=2 * LONGEST_LINE,
)


def mutated_lines_are_read_or_hung_up_on(count: int, seed: int) -> None:
    """Short ones, in pieces of two sizes."""
    chance = random.Random(seed)
    for _ in range(count):
        wire = mutated(chance.choice(SHORT), chance)
        are_read_or_hung_up_on(in_pieces(as_pieces(wire, chance.choice((64, 4096)))))


def test_mutated_lines_are_read_or_hung_up_on() -> None:
    todays(mutated_lines_are_read_or_hung_up_on)
