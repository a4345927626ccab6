"""Tokens that only their holder can use: DPoP, RFC 9449.

Each login makes a key of its own, in memory; it goes with the login's token, at the end of the visit at the
latest, and links no two citizens. With every request goes a proof: a JWT by that key for this one request.
"""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_NONCE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,500}")  # RFC 9449, 8.1: 1*NQCHAR
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)


class Nonces:
    """The last nonce of each server (RFC 9449, 8 and 9). Safe from several threads; nobody's data."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def of(self, url: str) -> str | None:
        """What the server of `url` wants to see in the next proof."""
        with self._lock:
            return self._known.get(_origin(url))

    def take(self, url: str, nonce: str) -> None:
        """The server of `url` said so in an answer; what cannot be a nonce is passed over."""
        if _NONCE.fullmatch(nonce):
            with self._lock:
                self._known[_origin(url)] = nonce


class ProofKey:
    """One login's key. `now` is the platform's time in Unix seconds."""

    def __init__(self, nonces: Nonces, now: Callable[[], float]) -> None:
        self._key = ECKey.generate_key("P-256", private=True)
        self._public = {name: self._key.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
        self._now = now
        self.nonces = nonces

    def proof(self, method: str, url: str, *, token: str | None = None) -> str:
        """The `DPoP` header of one request (RFC 9449, 4.2); `token` is the access token that goes with it."""
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": urlunsplit(urlsplit(url)._replace(query="", fragment="")),
            "iat": int(self._now()),
        }
        if token is not None:
            digest = hashlib.sha256(token.encode("ascii")).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        nonce = self.nonces.of(url)
        if nonce is not None:
            claims["nonce"] = nonce
        header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": self._public}
        return jws.serialize_compact(header, msgspec.json.encode(claims), self._key, registry=_REGISTRY)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
