"""The dock's server: loopback, a few threads of this process."""

from __future__ import annotations

import threading

from waitress import create_server
from waitress.server import BaseWSGIServer

from deploy.demo.demo import Handles
from deploy.demo.dock.app import create_app

THREADS = 4
STOP_SECONDS = 5.0


class DockServer:
    """Serves the dock of `town` at `url` until `close`. Raises OSError when the port is taken."""

    def __init__(self, town: Handles, port: int = 0) -> None:
        self._host = ""
        app = create_app(town, host=lambda: self._host)
        self._server: BaseWSGIServer = create_server(
            app, host="127.0.0.1", port=port, threads=THREADS, ident=None
        )
        self._host = f"127.0.0.1:{self._server.effective_port}"
        self.url = f"http://{self._host}/"
        self._thread = threading.Thread(target=self._server.run, name="dock", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.close()
        self._thread.join(STOP_SECONDS)
