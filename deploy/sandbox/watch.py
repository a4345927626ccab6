"""What both services do around every request: meet a fault, tell the platform's time, write the ledger."""

from __future__ import annotations

from email.utils import formatdate

from flask import Flask, Response, g, request

from . import ledger
from .context import Context
from .faults import Fault
from .serving import HANG_UP

PORTAL = "http://portal.invalid/login"
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>网络登录</title>
<p>请先登录本网络（演示数据）</p></html>"""


class HangUpError(Exception):
    """No answer at all: the connection is cut."""


class PortalError(Exception):
    """A captive portal answers in place of the city."""


def meet(context: Context, operation: str) -> Fault | None:
    """Name the request, and meet the fault that was ordered for it.

    Raises HangUpError, PortalError or Problem where the order is not to act; answers the fault that is to be
    met while acting (`slow`, `reset-after-acting`, `clock`, `duplicate`, `changed`), else None.
    """
    g.operation = operation
    fault = context.faults.take(operation)
    if fault is None:
        return None
    if fault.kind == "down":
        raise HangUpError
    if fault.kind in {"portal-redirect", "portal-page"}:
        raise PortalError(fault.kind)
    problem = fault.before_acting()
    if problem is not None:
        raise problem
    g.hang_up = fault.kind == "reset-after-acting"
    g.clock_off = fault.seconds if fault.kind == "clock" else 0.0
    return fault


def drain(most: int) -> None:
    """Read away what is too much, up to `most` bytes, so that the client hears the answer and not a reset."""
    stream = request.environ["wsgi.input"]
    while most > 0:
        chunk = stream.read(65536)
        if not chunk:
            return
        most -= len(chunk)


def around(app: Flask, context: Context) -> None:
    """Hook this into every request of `app`."""

    @app.errorhandler(HangUpError)
    def _hang_up(_: HangUpError) -> Response:
        g.hang_up = True
        return Response(status=503)

    @app.errorhandler(PortalError)
    def _portal(error: PortalError) -> Response:
        if str(error) == "portal-redirect":
            return Response(status=302, headers={"Location": PORTAL})
        return Response(_PAGE, content_type="text/html; charset=utf-8")

    @app.after_request
    def _note(response: Response) -> Response:
        now = context.now()
        response.headers["Date"] = formatdate(now + g.get("clock_off", 0.0), usegmt=True)
        hang_up = bool(g.get("hang_up"))
        if hang_up:
            request.environ[HANG_UP] = True
        with context.db.transaction() as tx:
            ledger.request(
                tx,
                now,
                g.get("operation", "unknown"),
                key=g.get("key"),
                terminal=g.get("terminal"),
                status=0 if hang_up else response.status_code,
                path=request.path,
            )
        return response
