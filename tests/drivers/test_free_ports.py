"""Free ports."""

from __future__ import annotations

import random
import socket

import pytest

from drivers.simkit.ports import FIRST, LAST, free_ports


def test_ports_are_different_free_and_not_those_of_outgoing_connections() -> None:
    found = free_ports(20)
    assert len(set(found)) == 20
    assert all(FIRST <= port < LAST for port in found)
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()


def test_a_port_on_which_somebody_listens_is_passed_over() -> None:
    first = free_ports(1, random.Random(7))[0]
    with socket.create_server(("127.0.0.1", first)):
        assert free_ports(1, random.Random(7)) != [first]


class OnePort(random.Random):
    """Chance that always throws the same."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return self._port


def test_no_free_port_is_an_error() -> None:
    port = free_ports(1)[0]
    with socket.create_server(("127.0.0.1", port)), pytest.raises(OSError, match="no free ports"):
        free_ports(1, OnePort(port))
