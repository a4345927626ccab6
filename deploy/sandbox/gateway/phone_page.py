"""The page that a phone opens to send documents: plain HTML, a form for each, works without script."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from .. import watch
from ..context import Context
from ..db import Row, Tx
from ..wire import stamp
from . import uploads
from .sealing import MAX_BODY

OPERATION = "upload-page"
"""What the page is called in the ledger and in orders to misbehave."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


def add(app: Flask, context: Context) -> None:
    """Put the page beside the operations."""

    @app.route(f"{uploads.PAGE}/<token>", endpoint="upload", methods=["GET", "POST"])
    def _page(token: str) -> Response:
        watch.meet(context, OPERATION)
        message, row, status = "", None, 200
        if request.method == "POST":
            try:
                message = _done(context, token)
            except uploads.NotTakenError as error:
                message, status = str(error), 400
            except RequestEntityTooLarge:
                watch.drain(4 * MAX_BODY)
                message, status = "一次传得太多，请一张一张传", 413
        try:
            with context.db.transaction() as tx:
                row = uploads.look(tx, token, context.now())
        except uploads.NotTakenError as error:
            message, status = message or str(error), status if message else 410
        return _answer(context, message, row, status)


def _done(context: Context, token: str) -> str:
    """One post: a picture, or that this is all; what the citizen is told."""
    if request.form.get("action") == "done":
        with context.db.transaction() as tx:
            uploads.finish(tx, token, context.now())
        return "传完了，请看终端屏幕"
    files = [each for each in request.files.getlist("picture") if each.filename]
    if not files:
        raise uploads.NotTakenError("请先选照片，再点“上传”")
    for each in files:
        raw = each.read()
        with context.db.transaction() as tx:
            uploads.take(tx, token, context.now(), request.form.get("role", ""), raw)
    return f"收到 {len(files)} 张"


def _answer(context: Context, message: str, row: Row | None, status: int) -> Response:
    shown: dict[str, Any] = {}
    if row is not None:
        with context.db.transaction() as tx:
            shown = {"item": _name(tx, row["item"]), "until": stamp(row["expires_at"])[11:16], **row}
    html = render_template("upload.html", message=message, upload=shown)
    response = Response(html, status=status, content_type="text/html; charset=utf-8")
    response.headers.update(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return response


def _name(tx: Tx, item: str) -> str:
    row = tx.one("SELECT name FROM items WHERE code = ?", item)
    return str(row["name"]) if row else item
