"""A page turn, POST to HTML, through all that stands between a finger and the actor, beside plain Flask.

Ours: waitress with the agent's four threads, the wall, Flask, the loop's screen and the visit actor in its
own thread; effects are answered at once (no network, no device, no disk). The senior allowance is walked from
home to goodbye again and again, every POST timed by the visitor, a signature of 20 KB included.

The peer is a plain Flask and Jinja application on waitress with as many threads, in the same process. After
each of our pages it is posted the same body and renders a page with as many elements and as many bytes
(headers aside) from a template with one loop. It has no wall, no turn, no actor and no state.
"""

from __future__ import annotations

import http.client
import multiprocessing
import threading
import time
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask, render_template, request
from jinja2 import DictLoader
from waitress import create_server

from flows.effects import Effect
from flows.loader import load_all
from kiosk.clock import SystemClock
from kiosk.loop import Loop
from kiosk.ports import Tell
from kiosk.presses import Presses
from kiosk.screen import LoopScreen
from kiosk.terminal import Terminal
from kiosk.visit import Visit
from kiosk.web.app import create_app
from tests.bench.engine import FORM, ITEM
from tests.bench.rows import percentile, row
from tests.bench.visitor import SECONDS, Visitor
from tests.flows.world import PICTURE, SIGNATURE, World
from tests.kiosk.shell import CONFIG, Notebook, Situation

WALKS, WARM_UP = 60, 5
THREADS = 4
"""As in kiosk.agent."""
GOAL = 2.0
SECRET = "a-secret-made-for-the-bench"
STROKES = "[" + ",".join("[123,456]" for _ in range(2000)) + "]"
TOUCHES: tuple[tuple[str, dict[str, str], str], ...] = (
    (f"start:{ITEM}", {}, "notice"),
    ("next", {}, "consent"),
    ("next", {}, "face-consent"),
    ("face", {}, "camera"),
    ("next", PICTURE, "choice"),
    ("choose", {"choice": "self"}, "form"),
    ("next", FORM, "review"),
    ("next", {}, "sign"),
    ("next", {**SIGNATURE, "strokes": STROKES}, "result"),
    ("next", {}, "rate"),
    ("rate", {"level": "5"}, "ended"),
    ("finish", {}, "home"),
)
"""Action, values, and the page that must come."""

PLAIN = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body>
<form method="post" action="/act"><input type="hidden" name="turn" value="{{ turn }}">
{% for each in elements %}<p class="{{ each.kind }}">{{ each.words }}</p>
{% endfor %}</form>
</body>
</html>
"""


class _Prompt:
    """Performs at once: the outcome is in the loop's queue before the touch has ended."""

    def __init__(self) -> None:
        self.loop: Loop
        self._world = World(load_all()[ITEM])

    def perform(self, effect: Effect, visit: Visit, tell: Tell) -> None:
        for outcome in self._world.outcomes(effect):
            self.loop.post(partial(tell, outcome))

    def cancel(self, target: str) -> None:
        """Nothing is ever under way."""

    def forget(self, visit: Visit) -> None:
        """Nothing is kept."""


def run() -> list[dict[str, Any]]:
    """One row: p95 over all POSTs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    served = context.Process(target=_serve, args=(there,), daemon=True)
    served.start()
    try:
        assert here.poll(SECONDS), "the servers did not start"
        ours_at, peer_at = here.recv()
        ours, peer = _measure(Visitor(ours_at), http.client.HTTPConnection(peer_at, timeout=SECONDS))
    finally:
        here.close()  # which is what the process waits for
        served.join(SECONDS)
        served.kill()
    return [
        row(
            f"page turn, POST to HTML, p95 of {len(ours)} (p50 {percentile(ours, 50) * 1000:.2f})",
            "ms",
            percentile(ours, 95) * 1000,
            peer=(
                f"plain Flask + Jinja, page of the same size (p50 {percentile(peer, 50) * 1000:.2f})",
                percentile(peer, 95) * 1000,
            ),
            goal=GOAL,
        )
    ]


def _measure(visitor: Visitor, plain: http.client.HTTPConnection) -> tuple[list[float], list[float]]:
    """Seconds of each POST, ours and the peer's in turns."""
    ours: list[float] = []
    peer: list[float] = []
    for walk in range(WARM_UP + WALKS):
        for action, values, kind in TOUCHES:
            posted = visitor.posted(action, values)
            took = visitor.touch(action, values)
            assert visitor.kind == kind, f"{kind} was to come after {action}, not {visitor.kind}"
            also = _post_plain(plain, posted, visitor.html)
            if walk >= WARM_UP:
                ours.append(took)
                peer.append(also)
    return ours, peer


def _post_plain(plain: http.client.HTTPConnection, posted: str, html: str) -> float:
    """The peer's page of the size of `html`, for the same body."""
    size = len(html.encode())
    path = f"/act?elements={html.count('<') - html.count('</')}&size={size}"
    began = time.perf_counter()
    plain.request("POST", path, posted, {"Content-Type": "application/x-www-form-urlencoded"})
    response = plain.getresponse()
    body = response.read()
    took = time.perf_counter() - began
    assert response.status == 200
    assert abs(len(body) - size) < 16, f"a page of {len(body)} bytes, not {size}"
    return took


def _serve(pipe: Connection) -> None:
    """Both servers, until the other end of `pipe` is closed."""
    loop, screen = _actor()
    ours = _listen()
    origin = f"http://127.0.0.1:{ours.effective_port}"
    ours.application = create_app(screen, secret=SECRET, origin=origin)
    peer = _listen()
    peer.application = _plain_app()
    loop.start()
    for server in (ours, peer):
        threading.Thread(target=server.run, daemon=True).start()
    pipe.send((f"{origin}/open?k={SECRET}", f"127.0.0.1:{peer.effective_port}"))
    pipe.poll(None)


def _actor() -> tuple[Loop, LoopScreen]:
    clock = SystemClock()
    performer = _Prompt()
    crashes: list[Exception] = []
    loop = performer.loop = Loop(clock, crashes.append)
    terminal = Terminal(
        config=CONFIG,
        flows=load_all(),
        loop=loop,
        clock=clock,
        performer=performer,
        conditions=Situation(),
        diary=Notebook(),
    )
    return loop, LoopScreen(terminal, loop, clock, Presses(clock.monotonic))


def _listen() -> Any:
    def not_yet(environ: object, start_response: Any) -> list[bytes]:
        start_response("503 Service Unavailable", [])
        return []

    return create_server(not_yet, host="127.0.0.1", port=0, threads=THREADS)


def _plain_app() -> Flask:
    """As many elements, as many bytes; every word escaped, as words from outside must be."""
    app = Flask(__name__)
    app.jinja_loader = DictLoader({"plain.html": PLAIN})
    pages: dict[tuple[int, int], list[dict[str, str]]] = {}

    def draw(elements: list[dict[str, str]]) -> str:
        return render_template("plain.html", title="办事须知", turn=request.form["turn"], elements=elements)

    @app.post("/act")
    def act() -> str:
        count, size = int(request.args["elements"]), int(request.args["size"])
        if (count, size) not in pages:
            words = max(0, size - len(draw(_elements(count, 0)).encode()))
            pages[count, size] = _elements(count, words)
        return draw(pages[count, size])

    return app


def _elements(count: int, size: int) -> list[dict[str, str]]:
    """`count` elements with `size` bytes of words between them."""
    shares = [size // count + (number < size % count) for number in range(count)]
    return [{"kind": "line", "words": "字" * (share // 3) + "a" * (share % 3)} for share in shares]
