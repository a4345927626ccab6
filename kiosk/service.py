"""Runs an agent: a thread for the visit, one for sync, one that looks what is plugged in, and the pages on
loopback."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from kiosk.agent import Agent
from kiosk.config import Config
from kiosk.plugged_watch import PluggedWatch
from kiosk.web.app import create_app
from kiosk.web.server import bound

STOP_SECONDS = 8.0


class CannotServe(OSError):  # noqa: N818 - reads as what it is
    """The pages have no port: another program has it, or it may not be had."""


class Service:
    """One terminal, running. `start` returns when the pages are served; `stop` is bounded in time."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._server: Any = None
        self._stopped = threading.Event()

    def start(self) -> str:
        """Start everything; returns the address that gives a browser the per-boot secret. Raises
        CannotServe."""
        agent = self.agent
        agent.loop.start()
        agent.begin()
        agent.sync.start()
        secret = secrets.token_urlsafe(32)
        web = agent.config.web
        self._server = _server(web.host, web.port)
        port = int(self._server.effective_port)
        host = f"[{web.host}]" if ":" in web.host else web.host
        origin = f"http://{host}:{port}"
        self._server.application = create_app(
            agent.screen, secret=secret, origin=origin, picture=agent.pictures.shown
        )
        threading.Thread(target=self._server.run, name="web", daemon=True).start()
        watch = PluggedWatch(agent.config.devices)
        threading.Thread(target=watch.run, args=(self._stopped,), name="plugged", daemon=True).start()
        return f"{origin}/open?k={secret}"

    def stop(self, deadline: float = STOP_SECONDS) -> None:
        """End the visit, let go of devices and files, within about `deadline` seconds."""
        self._stopped.set()
        if self._server is not None:
            self._server.close()
        self.agent.loop.post(self.agent.terminal.shut)
        self.agent.loop.stop(deadline / 4)
        self.agent.end(deadline / 4)


def _server(host: str, port: int) -> Any:
    """The web server, bound. Raises CannotServe."""
    try:
        return bound(host, port)
    except OSError as error:
        raise CannotServe(
            f"[web] {host}:{port}: {error.strerror or error}; stop what serves there, or change [web] port"
        ) from error


def run(config: Config, ready: Callable[[str], None], stopped: threading.Event) -> None:
    """Run a terminal until `stopped` is set."""
    service = Service(Agent(config))
    try:
        ready(service.start())
        stopped.wait()
    finally:
        service.stop()
