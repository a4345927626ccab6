"""The pages over HTTP: draws the present view, posts what is touched, answers the poll."""

from __future__ import annotations

import hashlib
import re
import secrets
import traceback
from collections.abc import Callable, Mapping

import msgspec
from flask import Flask, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from flows.bodies import CameraBody
from flows.page import Page
from kiosk.views import View
from kiosk.web.icons import icon
from kiosk.web.looks import (
    DOMAIN_ICONS,
    LEVEL_ICONS,
    action_icon,
    art,
    figures,
    labels,
    phrases,
    sentences,
    thousands,
)
from kiosk.web.qr import qr_svg
from kiosk.web.screen import Screen, ScreenBusy
from kiosk.web.wall import BODY_LIMIT, CAMERA, NONCE, Wall

FIELDS_LIMIT = 40
"""Fields of one post: a page asks at most seven questions, and the rest are buttons."""

NAME_LIMIT = 64
ONE_TAP = {"choose": "choice", "rate": "level"}
"""Buttons that carry their answer: ``choose:child`` is the action `choose` with ``choice=child``."""


def create_app(
    screen: Screen, *, secret: str, origin: str, picture: Callable[[str], bytes | None] = lambda _: None
) -> Flask:
    """The app that serves `screen`; `picture` gives the JPEG of a digest, None where there is none.

    `secret` (≥ 16 characters, made anew at every boot) is redeemed at ``/open?k=SECRET``; `origin` is
    the only one that is served, e.g. ``http://127.0.0.1:8080``. The server's own bind must be loopback.
    """
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        icon=icon,
        art=art,
        action_icon=action_icon,
        qr_svg=qr_svg,
        domain_icons=DOMAIN_ICONS,
        level_icons=LEVEL_ICONS,
        nonce=lambda: request.environ[NONCE],
    )
    app.jinja_env.filters.update(
        figures=figures, phrases=phrases, labels=labels, sentences=sentences, thousands=thousands
    )
    app.wsgi_app = Wall(app.wsgi_app, secret=secret, origin=origin)  # type: ignore[method-assign]  # Flask's own seam
    draw = _Drawing()

    @app.get("/")
    def present() -> str:
        return draw(screen.view())

    @app.post("/act")
    def act() -> str:
        turn, action, values = _posted(request.form)
        return draw(screen.act(turn, action, values))

    @app.post("/touch")
    def touch() -> Response:
        screen.touched(finger=request.form.get("by") == "finger")
        return Response(status=204)

    @app.post("/camera")
    def camera() -> Response:
        screen.camera(request.form.get("is", "")[:NAME_LIMIT])
        return Response(status=204)

    @app.get("/media/<digest>")
    def media(digest: str) -> Response:
        jpeg = picture(digest) if re.fullmatch(r"[0-9a-f]{64}", digest) else None
        return Response(status=404) if jpeg is None else Response(jpeg, mimetype="image/jpeg")

    @app.get("/events")
    def events() -> Response:
        screen.beat()
        after = request.args.get("after", type=int, default=-1)
        return jsonify(turn=screen.changed(after), pressed=screen.pressed(after))

    app.register_error_handler(Exception, _failed)
    return app


class _Drawing:
    """View → HTML. Knows a page again by a keyed digest, so that a poll need not redraw what is typed in."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._encoder = msgspec.json.Encoder()

    def __call__(self, view: View) -> str:
        """The whole HTML of `view`."""
        page = view.page
        digest = hashlib.blake2b(self._encoder.encode(page), key=self._key, digest_size=12).hexdigest()
        html = render_template(
            "page.html",
            view=view,
            page=page,
            body=page.body,
            kind=page.body.__struct_config__.tag,
            flow=page if isinstance(page, Page) else None,
            same=digest,
        )
        request.environ[CAMERA] = isinstance(page.body, CameraBody)
        return html


def _posted(form: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
    """Turn, action and values of a post; whatever is malformed becomes a turn that acts on nothing."""
    given = dict(list(form.items())[: FIELDS_LIMIT + 2])
    number = given.pop("turn", "")
    action = given.pop("action", "")[:NAME_LIMIT]
    turn = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else -1
    verb, _, answer = action.partition(":")
    if verb in ONE_TAP and answer:
        action = verb
        given[ONE_TAP[verb]] = answer
    return turn, action, {name: value for name, value in given.items() if len(name) <= NAME_LIMIT}


def _failed(error: Exception) -> Response:
    """Anything that is not a page: said plainly, with a way back, and without details."""
    status = 500
    if isinstance(error, HTTPException):
        status = error.code or 500
    elif isinstance(error, ScreenBusy):
        status = 503
    if status >= 500:
        # Where, and of which kind; never the message, the form or the query: they may be personal.
        where = "".join(traceback.format_tb(error.__traceback__))
        current_app.logger.error("page failed: %d %s\n%s", status, type(error).__name__, where)
    return Response(render_template("fault.html", busy=status == 503), status=status)
