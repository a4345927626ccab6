"""The pages over HTTP, behind the same wall as those for citizens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, redirect, render_template, request, send_from_directory
from werkzeug.wrappers import Response as Answer

from kiosk import web
from kiosk.touch_pages.bench import BadPost, Bench
from kiosk.web.wall import NONCE, Wall

_LOOK = Path(web.__file__).parent / "static" / "css"
_LIMIT = 1 << 18
"""Bytes of a post: a grid of 6,400 cells, twice, percent-encoded."""


def create_app(bench: Bench, done: Callable[[], None], *, secret: str, origin: str) -> Flask:
    """The app of one bench; `done` is called when the technician says so. `secret` and `origin`: see
    `kiosk.web.create_app`."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=_LIMIT, MAX_FORM_MEMORY_SIZE=_LIMIT)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(nonce=lambda: request.environ[NONCE])
    app.wsgi_app = Wall(app.wsgi_app, secret=secret, origin=origin)  # type: ignore[method-assign]  # Flask's own seam
    one = threading.Lock()

    @app.get("/")
    def present() -> str:
        with one:
            template, words = bench.shown()
            return render_template(template, **words)

    @app.post("/act")
    def act() -> Answer:
        with one:
            if "again" in request.form:
                bench.again()
            elif "done" in request.form:
                over = Response(render_template("over.html"))
                over.call_on_close(done)  # once it is in the server's hands
                return over
            else:
                bench.take(request.form.get("result", "").encode())
        return redirect("/", 303)

    @app.get("/look/<sheet>")
    def look(sheet: str) -> Answer:
        return send_from_directory(_LOOK, sheet)

    @app.errorhandler(BadPost)
    def refused(_: BadPost) -> Response:
        return Response(status=400)

    return app
