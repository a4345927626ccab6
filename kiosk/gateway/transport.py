"""HTTPS with a pinned CA and a deadline that holds: how bytes get to the city and back.

`Http` is the seam: the agent is given a `PinnedHttp`, the simulation its own. A failure is an
`Unreachable` value; an answer is handed on whatever its status. Cookies are never kept and
redirects never followed: one session serves one citizen after another.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import logging
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol

import requests
import urllib3.exceptions

from kiosk.gateway.deadline import DeadlineAdapter, remaining, started
from kiosk.gateway.outcomes import Reason, Unreachable

_CHUNK = 65536


@dataclass(frozen=True, slots=True, repr=False)
class HttpAnswer:
    """What came back, whole. Header names are in lower case; `body` is as sent, without any coding.

    Its repr shows neither headers nor body: they may be a citizen's.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"HttpAnswer({self.status}, {len(self.body)} bytes)"

    @property
    def date(self) -> datetime | None:
        """The sender's time (`Date`, whole seconds, UTC), or None where it is missing or odd."""
        try:
            date = parsedate_to_datetime(self.headers.get("date", "")[:64])
        except (ValueError, TypeError, OverflowError):
            return None
        return date.astimezone(UTC) if date.tzinfo else None


class Http(Protocol):
    """Asks one question over HTTPS. Called from several threads."""

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """The answer, or why there is none; `timeout` seconds is for everything together."""
        ...


class PinError(ValueError):
    """The file of the city's CA cannot be used."""


class PinnedHttp:
    """The real network. Trusts `ca_file` and nothing else: no environment, no system store, no proxy.

    `connect_timeout` and `read_timeout` (seconds) end a single wait; the caller's `timeout` ends the
    whole. `max_answer` is in bytes. Raises PinError when `ca_file` is not a PEM of certificates.
    """

    def __init__(
        self,
        ca_file: Path,
        *,
        connect_timeout: float = 4.0,
        read_timeout: float = 10.0,
        max_answer: int = 4 * 1024 * 1024,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._max_answer = max_answer
        self._session = _session(ca_file)
        # urllib3 writes addresses into its warnings and debug lines, and an address may hold what a
        # citizen typed. What matters comes back as a value.
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> HttpAnswer | Unreachable:
        """See `Http.send`. Only https:// is known here."""
        with started(timeout, self._read_timeout):
            try:
                return self._send(method, url, headers, body)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                return _failure(error)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpAnswer | Unreachable:
        # Compressed answers are not asked for: their size is not known before they are unpacked.
        response = self._session.request(
            method,
            url,
            headers={"Accept-Encoding": "identity", **headers},
            data=body,
            timeout=(self._connect_timeout, self._read_timeout),
            allow_redirects=False,
            stream=True,
        )
        with response:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                return Unreachable(Reason.MALFORMED, "a coded answer, which was not asked for")
            raw = _read(response, self._max_answer)
        if raw is None:
            return Unreachable(Reason.TOO_LARGE, f"more than {self._max_answer} bytes")
        return HttpAnswer(
            response.status_code, {name.lower(): text for name, text in response.headers.items()}, raw
        )


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is looked at: with `allow_redirects=False` alone, its body is read without a limit."""


def _session(ca_file: Path) -> requests.Session:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies the chain and the name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:  # ssl.SSLError, for a file that is not PEM, is an OSError too
        why = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        raise PinError(
            f"{ca_file} holds no CA certificates ({why}); name the city's CA, as PEM, in `ca_file`"
        ) from error
    session = _Session()
    session.trust_env = False  # else REQUESTS_CA_BUNDLE beats `verify`, and HTTPS_PROXY sees every call
    session.verify = str(ca_file)
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    session.mount("https://", DeadlineAdapter(context))
    return session


def _read(response: requests.Response, limit: int) -> bytes | None:
    """The body, or None when it is longer than `limit`. `read1` gives what has arrived, so that each
    turn sees the deadline; `read` would wait until its buffer is full."""
    if int(_digits(response.headers.get("Content-Length", ""))) > limit:
        return None
    whole = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        whole += chunk
        if len(whole) > limit:
            return None
        remaining()
    return bytes(whole)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 20 else "0"


def _failure(error: Exception) -> Unreachable:
    """What went wrong, from the chain of what requests, urllib3, http.client and ssl wrapped around it."""
    chain = list(_chain(error))
    # First the certificate: the exceptions that wrap it are the same for all TLS trouble.
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(Reason.TLS, f"certificate refused: {cause.verify_message}")
    for kinds, reason, detail in _FAILURES:
        for cause in chain:
            if isinstance(cause, kinds):
                return Unreachable(reason, detail)
    root = next((cause for cause in reversed(chain) if isinstance(cause, OSError)), error)
    return Unreachable(Reason.NO_NETWORK, type(root).__name__)


_FAILURES: tuple[tuple[tuple[type[BaseException], ...], Reason, str], ...] = (
    # A line that is cut in the middle of TLS is a cut line, not a false city.
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), Reason.NO_NETWORK, "the line was cut"),
    ((TimeoutError, urllib3.exceptions.TimeoutError), Reason.TIMEOUT, "no answer before the deadline"),
    ((ssl.SSLError,), Reason.TLS, "what answers does not speak TLS with us"),
    ((http.client.RemoteDisconnected, http.client.IncompleteRead), Reason.NO_NETWORK, "the line was cut"),
    ((http.client.HTTPException,), Reason.MALFORMED, "what answers does not speak HTTP"),
    # Addresses come from the configuration, which is checked, or from discovery, which is not ours.
    ((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema), Reason.MALFORMED, "not an address"),
    ((requests.exceptions.InvalidHeader,), Reason.MALFORMED, "not a header"),
)
"""Looked at in this order: which exception in the chain means what."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and all it was made from: causes, contexts, and exceptions handed on as arguments."""
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < 40:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
        waiting.extend(one for one in inner if isinstance(one, BaseException))
