"""The web server: waitress on loopback, with bounds, and with our headers on what it answers by itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from kiosk.web.wall import BODY_LIMIT, security_headers


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress carries no types
    """A request that waitress itself refuses (malformed, too large): the wall never hears of it."""

    def execute(self) -> None:
        """Answer, with the headers of every response."""
        self.response_headers.extend(security_headers(secrets.token_urlsafe(16)))
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


def bound(host: str, port: int) -> Any:
    """The server, bound to one address; its application comes when the origin is known. Raises OSError."""

    def not_yet(environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return [b""]

    # What a citizen posts (a signature) stays in memory: waitress would write it to a file from
    # 512 KB on, and take up to 1 GB from anybody before the wall is asked.
    server = create_server(
        not_yet,
        host=host,
        port=port,
        ipv4=":" not in host,  # `localhost` is two addresses on most machines, and the origin is one
        ipv6=":" in host,
        threads=4,
        ident="kiosk",
        max_request_body_size=2 * BODY_LIMIT,
        inbuf_overflow=4 * BODY_LIMIT,
        outbuf_overflow=16 * BODY_LIMIT,
    )
    server.channel_class = _Channel
    return server
