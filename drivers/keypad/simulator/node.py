"""The host's end of a simulated pad: what the driver would ask of /dev/input/eventN is asked of its socket.

No machine of the tests has /dev/input or uinput; bytes and errnos are those of the kernel all the same.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
from pathlib import Path
from typing import Any

_SECONDS = 5.0
"""A simulator that does not answer by then is a device that is gone."""


class SocketNode:
    """Opened and read like an event node. Every call raises OSError, with the kernel's errno."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._events: socket.socket | None = None
        self._about: dict[str, Any] = {}

    def open(self) -> None:
        """Ask what pad it is."""
        self.close()
        self._about, peer = self._ask("about")
        peer.close()

    def grab(self) -> None:
        """Connect as its one reader."""
        _, self._events = self._ask("events")
        self._events.setblocking(False)

    def close(self) -> None:
        """Hang up. May be called twice."""
        peer, self._events = self._events, None
        if peer is not None:
            peer.close()

    @property
    def name(self) -> str:
        """As the pad calls itself."""
        return str(self._about["name"])

    def fileno(self) -> int:
        """What to wait for."""
        return self._opened().fileno()

    def keys(self) -> frozenset[int]:
        """Codes that it can send."""
        return frozenset(self._about["keys"])

    def held(self) -> frozenset[int]:
        """Codes that are down now."""
        self._opened()
        answer, peer = self._ask("held")
        peer.close()
        return frozenset(answer["held"])

    def read(self) -> bytes:
        """What has come."""
        data = self._opened().recv(64 * 24)
        if not data:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return data

    def _ask(self, want: str) -> tuple[dict[str, Any], socket.socket]:
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            peer.settimeout(_SECONDS)
            peer.connect(str(self._path))
            peer.sendall(json.dumps({"want": want}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(_line(peer))
            if "errno" in answer:
                raise OSError(answer["errno"], os.strerror(answer["errno"]))
        except BaseException:
            with contextlib.suppress(OSError):
                peer.close()
            raise
        return answer, peer

    def _opened(self) -> socket.socket:
        if self._events is None:
            raise OSError(errno.ENODEV, "not open")
        return self._events


def _line(peer: socket.socket) -> bytes:
    """One line, and not a byte of what follows it."""
    found = b""
    while not found.endswith(b"\n"):
        byte = peer.recv(1)
        if not byte:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        found += byte
    return found
