"""SOAP through zeep, on our own line: the pinned TLS, the one deadline, no schema from the network.

zeep writes the envelope and reads it by the WSDL, which lies beside the adapter; the bytes travel
through `Http`, and what comes back is judged by `plain_xml` before zeep sees it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zeep
import zeep.exceptions
from lxml import etree
from zeep.transports import Transport

from kiosk.gateway import answers
from kiosk.gateway.adapters import plain_xml
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.transport import Http, HttpAnswer

_XML = ("text/xml", "application/soap+xml", "application/xml")


class SoapService:
    """One service of a department. Safe from several threads.

    `wsdl` is a file of ours, `url` where the service is; `binding` is the qualified name of the WSDL's
    binding ("{namespace}name").
    """

    def __init__(self, *, wsdl: Path, binding: str, url: str, http: Http) -> None:
        self._line = _Line(wsdl, http)
        client = zeep.Client(
            str(wsdl),
            transport=self._line,
            settings=zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True),
        )
        self._service = client.create_service(binding, url)

    def ask(self, operation: str, arguments: Mapping[str, str], deadline: float) -> str | Unreachable:
        """The text that `operation` answers with, within `deadline` seconds, or why there is none."""
        with self._line.within(deadline):
            try:
                said = self._service[operation](**arguments)
            except _NoAnswerError as error:
                return error.why
            except zeep.exceptions.Fault:
                return Unreachable(Reason.SERVER_ERROR, "a SOAP fault")
            # lxml and zeep's own value types raise as they please for what fits no schema.
            except (
                zeep.exceptions.Error,
                etree.LxmlError,
                ValueError,
                TypeError,
                LookupError,
                AttributeError,
            ):
                return Unreachable(Reason.MALFORMED, "not the answer that the WSDL says")
        return said if isinstance(said, str) else Unreachable(Reason.MALFORMED, "an answer without its text")


class _NoAnswerError(Exception):
    def __init__(self, why: Unreachable) -> None:
        super().__init__(why.reason.value)
        self.why = why


@dataclass(frozen=True, slots=True, repr=False)
class _Reply:
    """What zeep reads of an answer."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    encoding: str = "utf-8"


class _Deadline(threading.local):
    seconds = 0.0


class _Line(Transport):  # type: ignore[misc]  # zeep has no types
    """zeep's way out. It has no session of its own, and so no other way."""

    def __init__(self, wsdl: Path, http: Http) -> None:  # not zeep's: that one opens a session
        self._close_session = False
        self._wsdl = wsdl
        self._http = http
        self._deadline = _Deadline()

    def within(self, seconds: float) -> _Within:
        """The deadline of this thread's next request; a call makes exactly one."""
        return _Within(self._deadline, seconds)

    def load(self, url: Any) -> bytes:
        """The WSDL, and nothing that it or an answer may refer to."""
        if Path(str(url)) != self._wsdl:
            raise zeep.exceptions.ExternalReferenceForbidden(str(url))
        return self._wsdl.read_bytes()

    def post(self, address: str, message: Any, headers: Mapping[str, str]) -> _Reply:
        """Send the envelope once."""
        data = message if isinstance(message, bytes) else str(message).encode()
        answer = self._http.send("POST", address, headers=headers, body=data, timeout=self._deadline.seconds)
        if isinstance(answer, Unreachable):
            raise _NoAnswerError(answer)
        if trouble := _trouble(answer):
            raise _NoAnswerError(trouble)
        return _Reply(answer.status, {"Content-Type": "text/xml; charset=utf-8"}, answer.body)

    def get(self, address: str, params: Any, headers: Any) -> _Reply:
        """No binding of ours asks by GET."""
        raise zeep.exceptions.ExternalReferenceForbidden(address)


class _Within:
    def __init__(self, deadline: _Deadline, seconds: float) -> None:
        self._deadline, self._seconds = deadline, seconds

    def __enter__(self) -> None:
        self._deadline.seconds = self._seconds

    def __exit__(self, *_: object) -> None:
        self._deadline.seconds = 0.0


def _trouble(answer: HttpAnswer) -> Unreachable | None:
    """Why this is no envelope that zeep may read. A fault comes with 500 (SOAP 1.1, 6.2), and is one."""
    if intercepted := answers.intercepted(answer):
        return intercepted
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if answer.status not in (200, 500):
            raise plain_xml.BadXml(f"status {answer.status}")
        if media_type not in _XML:
            raise plain_xml.BadXml("not XML")
        plain_xml.read(answer.body)
    except plain_xml.BadXml as error:
        reason = Reason.SERVER_ERROR if answer.status >= 500 else Reason.MALFORMED
        return Unreachable(reason, str(error))
    return None
