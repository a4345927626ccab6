"""The simulated chips on a Unix socket: one JSON object a line, answered by one.

An answer with ``errno`` is an error as the kernel would give it. A connection that ends lets go what it took.
One that begins with ``{"op": "bell", "key": ...}`` is asked nothing more: a byte comes over it whenever that
request has something to read.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
from pathlib import Path

from drivers.gpio.simulator.bus import GpioBus
from drivers.gpio.simulator.client import ringing
from drivers.gpio.simulator.host import Host
from drivers.simkit.peers import Peers


class GpioServer:
    """Serves `bus` at `path` from its making on, until `close`."""

    def __init__(self, path: Path, bus: GpioBus) -> None:
        self._bus = bus
        self._peers = Peers(path, self._serve, name="simulator-gpio")

    def close(self) -> None:
        """Stop listening."""
        self._peers.close()

    def _serve(self, peer: socket.socket) -> None:
        host = Host(self._bus)
        with contextlib.suppress(OSError), peer, peer.makefile("rwb") as stream:
            for line in stream:
                question = json.loads(line)
                if question["op"] == "bell":
                    self._ring(peer, question["key"])
                    break
                try:
                    answer = host.obey(question)
                except OSError as error:
                    answer = {"errno": error.errno, "error": error.strerror}
                except (KeyError, ValueError, TypeError, IndexError):
                    answer = {"errno": errno.EINVAL, "error": "Invalid argument"}
                stream.write(json.dumps(answer).encode() + b"\n")
                stream.flush()
        host.leave()

    def _ring(self, peer: socket.socket, key: int) -> None:
        """Until the host hangs up."""
        with contextlib.suppress(KeyError):  # it was released already
            rope = peer.dup()
            with rope:
                self._bus.ring_at(key, ringing(rope))
                _left(peer)


def _left(peer: socket.socket) -> None:
    peer.setblocking(True)
    while peer.recv(64):
        pass
