"""The dock over HTTP: panels drawn on the server, fetched every second, replaced where they changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from deploy.demo.demo import Handles
from deploy.demo.dock.desk import DOCUMENTS, Desk, NotDoneError
from deploy.demo.dock.exercise import EXERCISES
from deploy.demo.dock.phone import DRAFT_ITEMS

PANELS = (
    "reader",
    "camera",
    "paper",
    "pages",
    "phone",
    "pos",
    "scanner",
    "keypad",
    "network",
    "devices",
    "agent",
    "ledger",
)
BODY_LIMIT = 16 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(town: Handles, *, host: Callable[[], str]) -> Flask:
    """The dock of `town`. `host` is the only Host that is served, e.g. ``127.0.0.1:8700``."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT, MAX_FORM_MEMORY_SIZE=BODY_LIMIT)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    desk = Desk(town)

    def panels() -> dict[str, str]:
        return {name: render_template(f"panels/{name}.html", **_seen(desk, name)) for name in PANELS}

    @app.before_request
    def _wall() -> ResponseReturnValue | None:
        """A page of another site cannot act here: neither by its own name for us, nor across origins."""
        ours = host()
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin", f"http://{ours}")
        crossing = request.method == "POST" and (origin != f"http://{ours}" or site != "same-origin")
        return Response(status=403) if request.host != ours or crossing else None

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    def _page() -> str:
        return render_template(
            "dock.html",
            panels=panels(),
            people=desk.faces(),
            holders=desk.holders(),
            documents=DOCUMENTS,
            draft_items=DRAFT_ITEMS,
            exercises=EXERCISES,
            terminal=town.terminal,
        )

    @app.get("/panels")
    def _panels() -> Response:
        return jsonify(panels=panels())

    @app.post("/do")
    def _do() -> ResponseReturnValue:
        words = ""
        try:
            desk.do(request.form.get("do", ""), request.form.to_dict())
        except NotDoneError as error:
            words = str(error)
        if request.headers.get("Accept") == "application/json":
            return jsonify(words=words, panels=panels())
        return redirect("/", 303)

    @app.get("/paper/<int:number>.png")
    def _paper(number: int) -> Response:
        picture = desk.papers.picture(number)
        if picture is None:
            raise NotFound
        return send_file(picture, mimetype="image/png")

    @app.get("/pages/<name>")
    def _document(name: str) -> Response:
        file = desk.pages.file(name)
        if file is None:
            raise NotFound
        return send_file(file)

    @app.get("/camera/<int:_>.jpg")
    def _camera(_: int) -> Response:
        return Response(town.camera.picture(), mimetype="image/jpeg")

    @app.get("/kiosk")
    def _kiosk() -> ResponseReturnValue:
        try:
            return redirect(town.kiosk_url, 303)
        except OSError:
            return Response("终端程序没有在运行 · the agent is not running", 503, mimetype="text/plain")

    return app


def _seen(desk: Desk, panel: str) -> dict[str, Any]:
    """What a panel's template is given."""
    match panel:
        case "reader":
            return {"reader": desk.reader(), "people": desk.faces()}
        case "paper":
            return {"slot": desk.papers.in_slot(), "pile": desk.papers.pile(), "printer": desk.printer()}
        case "camera":
            return {"camera": desk.camera()}
        case "pages":
            return {"pages": desk.pages.all(), "printer": desk.document_printer()}
        case "phone":
            return {"phone": desk.phone()}
        case "pos":
            return {"pos": desk.payment_terminal()}
        case "scanner":
            return {"scanner": desk.scanner()}
        case "keypad":
            return {"keypad": desk.keypad()}
        case "network":
            return {"network": desk.network()}
        case "devices":
            return {"devices": desk.devices, "exercises": EXERCISES, "now": desk.exercises.now}
        case "agent":
            return {"agent": desk.agent()}
        case _:
            return {"ledger": desk.ledger()}
