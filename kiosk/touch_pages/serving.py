"""Serves a bench's pages on loopback until the technician is done, or until it has taken too long."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from kiosk.touch_pages.app import create_app
from kiosk.touch_pages.bench import Bench
from kiosk.web.server import bound

HOST = "127.0.0.1"
DRAIN_SECONDS = 2.0
"""For the last page to reach the browser."""


def serve(bench: Bench, ready: Callable[[str], None], within: float) -> bool:
    """Whether the technician said that they are done, within so many seconds. `ready` is told the address,
    which holds the secret of this time. Raises OSError where there is no port."""
    server = bound(HOST, 0)
    done = threading.Event()
    secret = secrets.token_urlsafe(32)
    origin = f"http://{HOST}:{server.effective_port}"
    server.application = create_app(bench, done.set, secret=secret, origin=origin)
    thread = threading.Thread(target=server.run, name="touch-pages", daemon=True)
    thread.start()
    try:
        ready(f"{origin}/open?k={secret}")
        return done.wait(within)
    finally:
        _drain(server)
        server.close()


def _drain(server: Any) -> None:
    """Wait until what was answered is sent."""
    end = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end and any(
        channel.total_outbufs_len for channel in list(server.active_channels.values())
    ):
        time.sleep(0.02)
