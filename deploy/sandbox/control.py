"""The control page of the sandbox: plain HTTP on loopback, for dock, walk and tests; never for a terminal."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from . import control_asked, ledger
from .context import Context
from .identity import device
from .people import Person
from .wire import Json


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
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Flask's default provider has it

    @app.errorhandler(ValueError)
    def _wrong(error: ValueError) -> Response:
        return _refuse(str(error))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _refuse(error.name, error.code or 500)

    @app.get("/people")
    def _people() -> Response:
        everybody: list[dict[str, Any]] = [
            {
                "id": person.id,
                "name": person.name,
                "id_number": person.id_number,
                "birth": person.birth.isoformat(),
                "card_type": person.card_type,
                "card": dict(person.card),
                "mobile": person.mobile,
                "address": person.address,
                "bank_card": person.bank_card,
            }
            for person in residents
        ]
        return jsonify(everybody)

    @app.get("/ledger")
    def _ledger() -> Response:
        with context.db.transaction() as tx:
            return jsonify(ledger.read(tx))

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
            )
        except device.PhoneError as error:
            return _refuse(str(error), 409)
        return jsonify(ok=True)

    control_asked.add(app, context, _wish)
    return app
