"""The agent of the walks: that of `memory_agent`, and a record of what it shows and what it waits for.

Waiting for the city is what its TLS sockets wait: in a handshake, and in a read, from the moment the thread
asks for bytes until it has them. All above that (requests, urllib3, http.client, headers, JSON, the check
against the contract) is the agent's own. Its other sockets (the pages) speak no TLS.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flows.page import IdentifyBody, Page, WaitingBody
from kiosk import config
from kiosk.agent import Agent
from kiosk.gateway.transport import PinnedHttp
from kiosk.screen import LoopScreen
from kiosk.service import Service
from kiosk.views import View
from tests.bench.memory_agent import attached

LOOK_SECONDS = 1.0
Span = tuple[float, float]


@dataclass(slots=True)
class Record:
    """All of it in seconds of `time.perf_counter`, which is one clock for all processes of a machine.

    `wire`: when a thread waited for the city's bytes; `asked`: when a request to the city was under way;
    `shown`: when a turn came on the screen, its number, and whether it only says to wait; `processor`:
    seconds of it that the process has used so far.
    """

    wire: list[Span] = field(default_factory=list)
    asked: list[Span] = field(default_factory=list)
    shown: list[tuple[float, int, bool]] = field(default_factory=list)
    processor: float = 0.0


def timed(spans: Callable[[], list[Span]], work: Callable[..., Any]) -> Callable[..., Any]:
    """`work`, which notes when it began and ended, however it ended."""

    def noted(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*arguments, **named)
        finally:
            spans().append((began, time.perf_counter()))

    return noted


class _Recorder:
    def __init__(self) -> None:
        self.record = Record()
        ssl.SSLSocket.recv_into = timed(self._wire, ssl.SSLSocket.recv_into)  # type: ignore[method-assign]
        ssl.SSLSocket.do_handshake = timed(self._wire, ssl.SSLSocket.do_handshake)  # type: ignore[method-assign]
        PinnedHttp.send = timed(lambda: self.record.asked, PinnedHttp.send)  # type: ignore[method-assign]

    def _wire(self) -> list[Span]:
        return self.record.wire

    def watch(self, screen: LoopScreen, wait_changed: Callable[[int, float], View]) -> None:
        """Note every turn, in a thread that ends with the process."""

        def forever() -> None:
            view = screen.view()
            while True:
                after = view.turn
                view = wait_changed(after, LOOK_SECONDS)
                if view.turn > after:
                    self.record.shown.append((time.perf_counter(), view.turn, waits(view)))

        threading.Thread(target=forever, name="recorder", daemon=True).start()

    def take(self) -> Record:
        """What was recorded since the last time."""
        taken, self.record = self.record, Record()
        taken.processor = time.process_time()
        return taken


def waits(view: View) -> bool:
    """Whether there is nothing to do on it but to wait (whoever is asked for a card has put it down)."""
    return isinstance(view.page, Page) and isinstance(view.page.body, WaitingBody | IdentifyBody)


def serve(pipe: Connection, config_file: Path, card: dict[str, str]) -> None:
    """Run until the other end of `pipe` is closed; a `Record` for whatever comes through it."""
    recorder = _Recorder()
    agent = Agent(config.load(config_file), attached(card))
    running = Service(agent)
    url = running.start()
    recorder.watch(agent.screen, agent.terminal.wait_changed)
    pipe.send((os.getpid(), url))
    try:
        while pipe.recv():
            pipe.send(recorder.take())
    except EOFError:
        running.stop()
