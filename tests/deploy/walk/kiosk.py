"""A kiosk made of nothing but pages: a script of HTML that knows what must be posted to get on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

FACE = b"a picture of a face"
SENT = "5e" * 32
"""The hash of what the phone sends."""

PHONE = "19900009002"

CARD_WORDS = "放在读卡区"
"""A page that says so asks for a card."""

PAGE = """<!doctype html><html><body data-kind="{kind}"><div role="status">{banner}</div>
<form id="page" method="post" action="/act"><input type="hidden" name="turn" value="{turn}">
<main><h1>{title}</h1>{work}</main><footer>
<div class="left"><button class="btn" name="action" value="back">返回</button></div>
<button class="btn help" name="action" value="help">求助</button>
<div class="right">{primary}</div></footer></form></body></html>"""


def button(value: str, label: str, more: str = "") -> str:
    return f'<button name="action" value="{value}"{more}>{label}</button>'


@dataclass(frozen=True)
class Scene:
    """One page. `wants` is what a post must carry to go on; a page without it goes on after `polls` polls,
    or when a card is put down (`card`)."""

    title: str
    work: str = ""
    primary: str = ""
    wants: Mapping[str, str] | None = None
    polls: int = 0
    card: bool = False
    kind: str = ""


@dataclass
class Kiosk:
    """Serves the scenes in order; the last one stays. `posts` is what was posted."""

    scenes: list[Scene]
    at: int = 0
    posts: list[dict[str, str]] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    lifted: int = 0
    polled: int = 0
    scanned: list[tuple[str, str, str]] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        kiosk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/events"):
                    kiosk.poll()
                    self.answer(f'{{"turn": {kiosk.at}}}')
                else:
                    self.answer(kiosk.html())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                kiosk.post(dict(parse_qsl(body, keep_blank_values=True)))
                self.answer(kiosk.html())

            def answer(self, text: str) -> None:
                data = text.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/open?k=secret"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def scene(self) -> Scene:
        return self.scenes[self.at]

    def html(self) -> str:
        scene = self.scene
        primary = button("next", scene.primary, ' class="btn primary"') if scene.primary else ""
        return PAGE.format(
            kind="identify" if CARD_WORDS in scene.work else scene.kind,
            banner="",
            turn=self.at,
            title=scene.title,
            work=scene.work,
            primary=primary,
        )

    def poll(self) -> None:
        self.polled += 1
        if self.scene.polls and self.polled >= self.scene.polls:
            self.on()

    def post(self, posted: dict[str, str]) -> None:
        self.posts.append(posted)
        wanted = self.scene.wants
        fits = wanted is not None and all(posted.get(name) == value for name, value in wanted.items())
        if fits and posted.get("turn") == str(self.at):
            self.on()

    def on(self) -> None:
        self.polled = 0
        self.at = min(self.at + 1, len(self.scenes) - 1)

    # walker.Hands

    def put_card(self, person: object) -> None:
        self.cards.append(str(getattr(person, "id", "")))
        if self.scene.card:
            self.on()

    def lift_card(self) -> None:
        self.lifted += 1

    def face(self, person: object) -> bytes:
        return FACE

    def scan(self, user_code: str, person: object, company: object) -> None:
        self.scanned.append((user_code, str(getattr(person, "id", "")), str(getattr(company, "code", ""))))
        self.on()

    def pay(self, code: str) -> None:
        self.paid.append(code)
        self.on()

    def send(self, link: str, person: object) -> list[str]:
        self.sent.append((link, str(getattr(person, "id", ""))))
        self.on()
        return [SENT]

    def swipe(self) -> None:
        self.paid.append("card")
        self.on()

    def message(self, number: str) -> str:
        return "246810" if number == PHONE else ""
