"""The wall before Flask: who may speak to the pages at all, and the headers on everything that leaves.

A WSGI middleware, so that nothing of Flask (routing, hooks, form parsing) runs for a request that
does not come from the kiosk browser's own page (``standards/security.md``, points 1 and 2).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COOKIE = "kiosk"
NONCE = "kiosk.nonce"
"""Key of the WSGI environment under which the templates find the response's nonce."""

CAMERA = "kiosk.camera"
"""Key of the WSGI environment: True when the page that is answered shows the camera. Nobody outside can
set it (what a browser sends arrives under ``HTTP_``), and only the document it answers may use the camera."""

BODY_LIMIT = 1 << 20
"""Bytes of a POST. The largest are a picture (700,000 characters of base64, of which percent-encoding
lengthens about three in a hundred) and a signature (200 KB of PNG and 200 KB of strokes)."""

FORM = "application/x-www-form-urlencoded"
POSTED = frozenset({"/act", "/touch", "/camera"})
OPEN = "/open"

_FORBIDDEN_FEATURES = (
    "accelerometer",
    "autoplay",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)


def security_headers(nonce: str, *, camera: bool = False) -> list[tuple[str, str]]:
    """The headers of every response. `nonce` is fresh for each; `camera`: the page shows the camera."""
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )
    features = [f"camera={'(self)' if camera else '()'}", *(f"{name}=()" for name in _FORBIDDEN_FEATURES)]
    return [
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", ", ".join(features)),
        ("X-DNS-Prefetch-Control", "off"),
    ]


class RefusedError(Exception):
    """The request does not pass; `status` is all that is said about it."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Wall:
    """Lets through only what the kiosk browser's own page sends.

    `secret` is made anew at every boot and given to the kiosk browser alone; ``/open?k=SECRET``, as a
    top-level page, redeems it for the cookie. `origin` is where the pages are served, e.g.
    ``http://127.0.0.1:8080``; Host and Origin must be exactly that.
    """

    def __init__(self, app: WSGIApplication, *, secret: str, origin: str) -> None:
        if len(secret) < 16:
            raise ValueError("the secret of the pages must have at least 16 characters")
        self._app = app
        self._secret = secret.encode()
        self._origin = origin
        self._host = urlsplit(origin).netloc
        # The cookie is not the secret itself, and is the same after the agent alone is restarted.
        self._pass = hmac.new(self._secret, b"kiosk page cookie", hashlib.sha256).hexdigest()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Judge, then hand on; every answer gets the headers."""
        nonce = secrets.token_urlsafe(16)
        environ[NONCE] = nonce

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., object]:
            ours = security_headers(nonce, camera=environ.get(CAMERA) is True)
            names = {name.lower() for name, _ in ours}
            kept = [(name, value) for name, value in headers if name.lower() not in names]
            return start_response(status, kept + ours, exc_info)

        try:
            self._judge(environ)
            if environ["PATH_INFO"] == OPEN:
                return self._open(environ, start)
        except RefusedError as refusal:
            return _plain(refusal.status, start)
        return self._app(environ, start)

    def _judge(self, environ: WSGIEnvironment) -> None:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if environ.get("HTTP_HOST", "") != self._host:
            raise RefusedError(HTTPStatus.FORBIDDEN)
        if method != ("POST" if path in POSTED else "GET"):
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
        self._came_from_here(environ, method)
        if path != OPEN and not self._has_pass(environ):
            raise RefusedError(HTTPStatus.FORBIDDEN)
        if method == "POST":
            _bounded_form(environ)

    def _came_from_here(self, environ: WSGIEnvironment, method: str) -> None:
        """Origin and Fetch Metadata. A browser cannot be made to lie about either."""
        site = environ.get("HTTP_SEC_FETCH_SITE")
        origin = environ.get("HTTP_ORIGIN")
        opening = environ["PATH_INFO"] == OPEN
        if method == "POST":
            if site not in {None, "same-origin"}:
                raise RefusedError(HTTPStatus.FORBIDDEN)
            # With `Referrer-Policy: no-referrer` a form posted without script says `Origin: null`
            # (Fetch standard, 3.1); then the browser's own word for same-origin must stand beside.
            if origin != self._origin and not (origin == "null" and site == "same-origin"):
                raise RefusedError(HTTPStatus.FORBIDDEN)
            return
        if origin not in {None, self._origin}:
            raise RefusedError(HTTPStatus.FORBIDDEN)
        navigation = environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        if opening and site is not None and environ.get("HTTP_SEC_FETCH_DEST") != "document":
            raise RefusedError(HTTPStatus.FORBIDDEN)
        # `none`: typed, or the browser's own start page. The launching page of a demo or a bank is
        # another port of this machine (`same-site`); it may open, as it must know the secret.
        allowed = {None, "same-origin"} | ({"none"} if navigation else set())
        if site not in (allowed | {"same-site"} if opening else allowed):
            raise RefusedError(HTTPStatus.FORBIDDEN)

    def _has_pass(self, environ: WSGIEnvironment) -> bool:
        jar = SimpleCookie()
        try:
            jar.load(environ.get("HTTP_COOKIE", ""))
        except CookieError:
            return False
        given = jar[COOKIE].value if COOKIE in jar else ""
        return hmac.compare_digest(given.encode(), self._pass.encode())

    def _open(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        given = parse_qs(environ.get("QUERY_STRING", "")).get("k", [""])[0]
        if not hmac.compare_digest(given.encode(), self._secret):
            raise RefusedError(HTTPStatus.FORBIDDEN)
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Set-Cookie", f"{COOKIE}={self._pass}; Path=/; HttpOnly; SameSite=Strict"),
        ]
        if environ.get("HTTP_SEC_FETCH_SITE") != "same-site":
            start("303 See Other", [*headers, ("Location", "/")])
            return [b""]
        # A redirect would carry `same-site` on to the pages, which take none but their own.
        start("200 OK", headers)
        return [
            b'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>...</title>'
            b'<meta http-equiv="refresh" content="0; url=/">'
        ]


def _bounded_form(environ: WSGIEnvironment) -> None:
    length = environ.get("CONTENT_LENGTH") or "0"
    if "HTTP_TRANSFER_ENCODING" in environ or not re.fullmatch(r"[0-9]{1,12}", length):
        raise RefusedError(HTTPStatus.LENGTH_REQUIRED)
    if int(length) > BODY_LIMIT:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != FORM and int(length) > 0:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _plain(status: HTTPStatus, start: StartResponse) -> list[bytes]:
    """A page without details: who is refused learns nothing, and no citizen ever gets here."""
    body = f'<!doctype html><html lang="en"><title>{status.value}</title><p>{status.phrase}</p></html>'
    start(f"{status.value} {status.phrase}", [("Content-Type", "text/html; charset=utf-8")])
    return [body.encode()]
