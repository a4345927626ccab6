"""The control page of the sandbox: plain HTTP on loopback, for dock, walk and tests; never for a terminal."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from . import control_asked, faces, keys, ledger, people, sheets, suited
from .bugs import Application
from .context import Context
from .identity import businesses, device
from .identity.launching import launch_token
from .identity.tokens import VISIT_SECONDS
from .people import Person
from .wire import Json

NOBODY = "nobody"
"""In place of a person's id: a picture with no face in it."""


def _refuse(message: str, status: int = 400) -> Response:
    answer = jsonify(error=message)
    answer.status_code = status
    return answer


def _wish() -> dict[str, Json]:
    wish = request.get_json(silent=True)
    if not isinstance(wish, dict):
        raise ValueError("a JSON object is needed")  # noqa: TRY004 - the caller's mistake, a 400
    return wish


def create(context: Context, residents: tuple[Person, ...]) -> Flask:
    """The WSGI application of the control page."""
    app = Application(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's default provider has it

    @app.errorhandler(ValueError)
    def _wrong(error: ValueError) -> Response:
        return _refuse(str(error))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _refuse(error.name, error.code or 500)

    @app.get("/people")
    def _people() -> Response:
        words = request.args.get("q", "").split()
        everybody = bool(words) or request.args.get("all") == "1"
        with context.db.transaction() as tx:
            told = sheets.sheets(tx, residents)
        well_known = {person.id for person in people.people()}
        return jsonify(
            [
                sheet
                for sheet in told
                if (everybody or sheet["id"] in well_known) and all(sheets.has(sheet, word) for word in words)
            ]
        )

    @app.get("/ledger")
    def _ledger() -> Response:
        since = request.args.get("since", 0, int)
        with context.db.transaction() as tx:
            return jsonify(ledger.read(tx, since))

    @app.get("/anchors/<terminal>")
    def _anchors(terminal: str) -> Response:
        with context.db.transaction() as tx:
            return jsonify(ledger.anchors(tx, terminal))

    @app.get("/faults")
    def _faults() -> Response:
        return jsonify(context.faults.as_json())

    @app.post("/faults")
    def _order() -> Response:
        context.faults.order(_wish())
        return jsonify(context.faults.as_json())

    @app.delete("/faults")
    def _clear() -> Response:
        context.faults.clear()
        return jsonify(context.faults.as_json())

    @app.post("/reset")
    def _reset() -> Response:
        context.faults.clear()
        with context.db.transaction() as tx:
            ledger.forget(tx)
        return jsonify(ok=True)

    @app.post("/approve")
    def _approve() -> Response:
        wish = _wish()
        try:
            device.say(
                context,
                str(wish.get("user_code", "")),
                str(wish.get("person", "")),
                approve=wish.get("approve", True) is True,
                business=wish.get("business"),
            )
        except device.PhoneError as error:
            return _refuse(str(error), 409)
        return jsonify(ok=True)

    @app.get("/businesses")
    def _businesses() -> Response:
        with context.db.transaction() as tx:
            return jsonify(businesses.everybody(tx))

    @app.get("/face/<person>.jpg")
    def _face(person: str) -> Response:
        known = {one.id for one in residents}
        if person != NOBODY and person not in known:
            return _refuse("no such person", 404)
        jpeg = faces.picture(None if person == NOBODY else person, dark="dark" in request.args)
        return Response(jpeg, content_type="image/jpeg")

    @app.post("/launch-token")
    def _launch_token() -> Response:
        wish = _wish()
        customer = next((one.id_number for one in residents if one.id == wish.get("person")), None)
        instead = wish.get("instead", {})
        if not isinstance(instead, dict):
            raise ValueError("instead must be an object of claims")  # noqa: TRY004 - the caller's mistake
        token = launch_token(context, str(wish.get("terminal", "")), customer, instead)
        return jsonify(launch_token=token)

    @app.post("/rotate")
    def _rotate() -> Response:
        with context.db.transaction() as tx:
            keys.rotate(tx, context.now() + VISIT_SECONDS)
        return jsonify(ok=True)

    control_asked.add(app, context, _wish)
    suited.add(app, context, residents, _wish)
    return app
