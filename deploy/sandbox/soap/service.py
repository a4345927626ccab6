"""The service itself: one operation over SOAP 1.1, by hand, and a control page beside it."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from deploy.sandbox.serving import HANG_UP
from deploy.sandbox.soap import faults
from deploy.sandbox.soap.faults import Fault, Faults
from deploy.sandbox.soap.register import Migration, Register

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

WSDL = Path(__file__).with_name("zagl.wsdl")
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ZAGL = "urn:zagl:hjqy"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999, the check digit of a citizen's number."""

_MOST_BYTES = 1_000_000


class Service:
    """A WSGI application. `licence` is the code that it takes; `now` gives Unix seconds."""

    def __init__(
        self, *, register: Register, orders: Faults, licence: str, now: Callable[[], float] = time.time
    ) -> None:
        self._register = register
        self._orders = orders
        self._licence = licence
        self._now = now

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSDL by GET, the operation by POST."""
        if environ["REQUEST_METHOD"] == "GET":
            return _answer(start_response, 200, WSDL.read_bytes())
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > _MOST_BYTES:
            return _answer(start_response, 413, b"")
        request = environ["wsgi.input"].read(length)
        fault = self._orders.take()
        kind = fault.kind if fault is not None else ""
        if kind == "down":
            environ[HANG_UP] = True
            return _answer(start_response, 503, b"")
        if kind == "5xx":
            return _answer(start_response, 503, b"busy", "text/plain")
        if kind == "page":
            return _answer(start_response, 200, b"<html><body>sign in</body></html>", "text/html")
        if kind == "soap-fault":
            return _answer(start_response, 500, _fault("soapenv:Server.userException"))
        if fault is not None and kind == "slow":
            time.sleep(fault.seconds)
        try:
            licence, information = _arguments(request)
        except (ET.ParseError, ValueError, TypeError):
            return _answer(start_response, 500, _fault("soapenv:Client"))
        package = self._act(licence, information, fault)
        environ[HANG_UP] = kind == "reset-after-acting"
        envelope = _envelope(_response(faults.inside(kind, package)))
        return _answer(start_response, 200, faults.outside(kind, envelope))

    def _act(self, licence: str, information: str, fault: Fault | None) -> str:
        if fault is not None and fault.kind == "code":
            return _package(fault.code, [])
        if licence != self._licence:
            return _package(-50, [])
        try:
            package = ET.fromstring(information)  # noqa: S314 - as above
        except ET.ParseError:
            return _package(-903, [])
        business = package.findtext("PACKAGEHEAD/YwBh", "").strip()
        record = package.find("DATA/RECORD")
        held = {each.tag: (each.text or "").strip() for each in record} if record is not None else {}
        if package.findtext("PACKAGEHEAD/YwLx") == "CX":
            return _package(0, [_told(one) for one in self._register.of(held.get("SqrGmsfhm", ""))])
        if not business:
            return _package(-901, [])
        wrong = _wrong(held)
        if wrong:
            return _package(0, [f"<FhDm>{code}</FhDm>" for code in wrong])
        civil = time.strftime("%Y%m%d%H%M%S", time.gmtime(self._now() + 8 * 3600))
        case = self._register.accept(business, held["SqrGmsfhm"], held["QyrXm"], civil)
        return _package(0, [_told(case)])


def control(register: Register, orders: Faults) -> Callable[..., Iterable[bytes]]:
    """The control page as a WSGI application: GET /ledger; POST and DELETE /faults."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if asked == ("GET", "/ledger"):
            body = json.dumps(register.ledger()).encode()
            return _answer(start_response, 200, body, "application/json")
        if asked == ("DELETE", "/faults"):
            orders.clear()
            return _answer(start_response, 200, b"{}", "application/json")
        if asked == ("POST", "/faults"):
            try:
                orders.order(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))))
            except (ValueError, TypeError) as error:
                told = json.dumps({"error": str(error)}).encode()
                return _answer(start_response, 400, told, "application/json")
            return _answer(start_response, 200, b"{}", "application/json")
        return _answer(start_response, 404, b"{}", "application/json")

    return app


def _answer(
    start_response: StartResponse, status: int, body: bytes, kind: str = "text/xml; charset=utf-8"
) -> Iterable[bytes]:
    start_response(f"{status} -", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _arguments(request: bytes) -> tuple[str, str]:
    operation = ET.fromstring(request).find(f"{{{_SOAP}}}Body/{{{_ZAGL}}}ZAGL_SQQCJSFW")  # noqa: S314 - as above
    if operation is None:
        raise ValueError("no such operation")
    return operation.findtext(f"{{{_ZAGL}}}sqzcm", ""), operation.findtext(f"{{{_ZAGL}}}information", "")


def _wrong(held: dict[str, str]) -> list[int]:
    """Every reason why not, as the service's numbers."""
    found = []
    if held.get("ZqzBh") and not re.fullmatch(r"[0-9]{8,20}", held["ZqzBh"]):
        found.append(-902)
    if not held.get("QyrXm") or not _is_number(held.get("SqrGmsfhm", "")):
        found.append(-903)
    if not re.fullmatch(r"[0-9]{6}", held.get("QrdSsxqdm", "")) or not held.get("QrdQhnxxdz"):
        found.append(-905)
    return found


def _is_number(number: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def _told(case: Migration) -> str:
    return (
        f"<FhDm>0</FhDm><SlBh>{case.number}</SlBh><SlZt>{case.state}</SlZt>"
        f"<SlSj>{case.accepted}</SlSj><QyrXm>{escape(case.mover)}</QyrXm>"
    )


def _package(code: int, records: list[str]) -> str:
    data = "".join(f"<RECORD>{record}</RECORD>" for record in records)
    head = f"<PACKAGEHEAD><FhDm>{code}</FhDm><JlS>{len(records)}</JlS></PACKAGEHEAD>"
    return f'<?xml version="1.0" encoding="UTF-8"?><PACKAGE>{head}<DATA>{data}</DATA></PACKAGE>'


def _response(package: str) -> str:
    text = escape(package)
    return (
        f'<z:ZAGL_SQQCJSFWResponse xmlns:z="{_ZAGL}"><z:ZAGL_SQQCJSFWReturn>{text}</z:ZAGL_SQQCJSFWReturn>'
        "</z:ZAGL_SQQCJSFWResponse>"
    )


def _fault(code: str) -> bytes:
    return _envelope(
        f"<SOAP-ENV:Fault><faultcode>{code}</faultcode>"
        "<faultstring>java.lang.NullPointerException</faultstring></SOAP-ENV:Fault>"
    )


def _envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="{_SOAP}">'
        f"<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()
