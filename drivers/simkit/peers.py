"""A Unix socket at which a simulator serves whoever connects, each in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path


class Peers:
    """Serves at `path`, for this user alone, from its making on until `close`."""

    def __init__(self, path: Path, serve: Callable[[socket.socket], None], *, name: str) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._serve = serve
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(8)
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    def close(self) -> None:
        """Stop listening. Whoever is connected is served on."""
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()
