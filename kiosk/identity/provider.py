"""The provider as its discovery document describes it: endpoints, signing keys, and its time.

Nothing here knows which provider it is. Discovery and keys are kept for an hour and, while the
provider cannot be reached, for longer; a provider that rotates its keys is asked again when a token
names a key that is not in hand.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from kiosk.clock import Clock
from kiosk.gateway import answers
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.transport import Http, HttpAnswer

_FRESH = 3600.0
"""Seconds for which discovery and keys are not asked for again."""

_REFETCH = 30.0
"""Seconds between two fetches that an unknown key id may cause, so that bad tokens cause no storm."""

_RETRY = 60.0
"""Seconds until what could not be renewed is asked for again, while what is in hand does."""

BUSY = Unreachable(Reason.TIMEOUT, "another request to the platform took all the time")
_MAX_KEYS = 64
_MAX_URL = 1000
_MIN_RSA_BITS = 2048
_KEY_TYPES = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA"}
SIGNING_ALGORITHMS = tuple(_KEY_TYPES)
"""What an ID token may be signed with: asymmetric only. `none` and HS* are not here, and so are refused."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Endpoints from discovery; all https. What the provider does not offer is None."""

    token_endpoint: str
    jwks_uri: str
    device_authorization_endpoint: str | None
    revocation_endpoint: str | None
    userinfo_endpoint: str | None


@dataclass(frozen=True, slots=True)
class OAuthError:
    """An error answer (RFC 6749, 5.2): `code` is its `error`. Descriptions may be personal: not kept."""

    code: str


@contextlib.contextmanager
def held(lock: threading.Lock, clock: Clock, ends: float) -> Iterator[bool]:
    """Hold `lock`; False when it was not to be had before `ends` (monotonic seconds)."""
    got = lock.acquire(timeout=max(ends - clock.monotonic(), 0.0))
    try:
        yield got
    finally:
        if got:
            lock.release()


class _SigningKey:
    """One key of the provider's JWKS."""

    __slots__ = ("alg", "key", "kid", "kty")

    def __init__(self, key: ECKey | RSAKey, kid: str | None, alg: str | None) -> None:
        self.key = key
        self.kid = kid
        self.alg = alg
        self.kty = key.key_type

    def fits(self, kid: str | None, alg: str) -> bool:
        """Whether it may have signed a token with this header; without `kid`, any key of the kind may."""
        return (
            self.kty == _KEY_TYPES[alg]
            and self.alg in (None, alg)
            and (kid is None or self.kid in (None, kid))
        )


class Provider:
    """The identity platform. Safe to use from several threads; one of them fetches, the others wait for it.

    `ends` (monotonic seconds) is when the whole operation must be over, of which a request is a part.
    """

    def __init__(self, *, issuer: str, http: Http, clock: Clock) -> None:
        if not issuer.startswith("https://"):
            raise ValueError(f"the issuer must begin with https://, not {issuer!r}")
        self.issuer = issuer
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: Metadata | None = None
        self._metadata_until = 0.0
        self._keys: tuple[_SigningKey, ...] | None = None
        self._keys_until = 0.0
        self._refetch_from = float("-inf")
        self._heard: tuple[float, float] | None = None

    def now(self) -> float:
        """The platform's time in Unix seconds: its last `Date` plus what has passed since.

        `Date` has whole seconds and comes over a network, so this runs up to a second or two behind the
        platform and never ahead of it: what we sign is never from its future.
        """
        heard = self._heard
        if heard is None:
            return self._clock.now().timestamp()
        date, at = heard
        return date + (self._clock.monotonic() - at)

    def metadata(self, ends: float) -> Metadata | Unreachable:
        """The discovery document's endpoints."""
        with held(self._lock, self._clock, ends) as in_time:
            if not in_time:
                return BUSY
            if self._metadata is None or self._clock.monotonic() >= self._metadata_until:
                found = self._discover(ends)
                if not isinstance(found, Unreachable):
                    self._metadata, self._metadata_until = found, self._clock.monotonic() + _FRESH
                elif self._metadata is None:
                    return found
                else:
                    self._metadata_until = self._clock.monotonic() + _RETRY
            return self._metadata

    def keys(
        self, kid: str | None, alg: str, ends: float, *, again: bool = False
    ) -> list[ECKey | RSAKey] | Unreachable:
        """Keys that a token with this header may have been signed with.

        `again`: what was given did not do; the keys are fetched anew unless that was just done.
        """
        metadata = self.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        with held(self._lock, self._clock, ends) as in_time:
            if not in_time:
                return BUSY
            now = self._clock.monotonic()
            if again and now < self._refetch_from:
                return []
            if again or self._keys is None or now >= self._keys_until:
                found = self._fetch_keys(metadata.jwks_uri, ends)
                if not isinstance(found, Unreachable):
                    self._keys, self._keys_until = found, now + _FRESH
                    self._refetch_from = now + _REFETCH if again else self._refetch_from
                elif again or self._keys is None:
                    return found
                else:
                    self._keys_until = now + _RETRY
            return [one.key for one in self._keys if one.fits(kid, alg)]

    def post(
        self, url: str, form: Mapping[str, str], ends: float
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        """POST a form (RFC 6749) and read the JSON that comes back, which may be empty for 200."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, headers, urlencode(form).encode(), ends)

    def get(
        self, url: str, ends: float, token: str | None = None
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        """GET a JSON object, with a bearer token where one is given."""
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self._ask("GET", url, headers, None, ends)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, ends: float
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        left = ends - self._clock.monotonic()
        if left <= 0:
            return Unreachable(Reason.TIMEOUT, "the deadline passed before the request was sent")
        answer = self._http.send(method, url, headers=headers, body=body, timeout=left)
        if isinstance(answer, Unreachable):
            return answer
        if intercepted := answers.intercepted(answer):
            return intercepted
        if answer.date is not None:
            self._heard = (answer.date.timestamp(), self._clock.monotonic())
        if answer.status >= 500:
            return answers.server_error(answer, self._clock.now())
        if answer.status == 200:
            return _object(answer)
        return self._error(answer)

    def _error(self, answer: HttpAnswer) -> OAuthError | Unreachable:
        members = answers.decoded(answer.body)
        code = answers.word(members.get("error")) if isinstance(members, Mapping) else ""
        if answer.status == 429 or code in ("temporarily_unavailable", "server_error"):
            wait = answers.retry_after(answer, self._clock.now())
            return Unreachable(Reason.SERVER_ERROR, code or "too many requests", wait)
        if answer.status >= 400 and code:
            return OAuthError(code)
        return Unreachable(Reason.MALFORMED, f"status {answer.status} without an error code")

    def _discover(self, ends: float) -> Metadata | Unreachable:
        document = self.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", ends)
        if isinstance(document, OAuthError):
            return Unreachable(Reason.MALFORMED, f"discovery: {document.code}")
        if isinstance(document, Unreachable):
            return document
        # OpenID Connect Discovery 4.3: exactly the issuer that was asked for, else someone else's
        # document would send the terminal's proofs to someone else's endpoints.
        if document.get("issuer") != self.issuer:
            named = answers.text(document.get("issuer"), 200) or "none"
            return Unreachable(Reason.MALFORMED, f"discovery names another issuer: {named}")
        token_endpoint, jwks_uri = _url(document.get("token_endpoint")), _url(document.get("jwks_uri"))
        if token_endpoint is None or jwks_uri is None:
            return Unreachable(Reason.MALFORMED, "discovery without https token_endpoint and jwks_uri")
        return Metadata(
            token_endpoint,
            jwks_uri,
            _url(document.get("device_authorization_endpoint")),
            _url(document.get("revocation_endpoint")),
            _url(document.get("userinfo_endpoint")),
        )

    def _fetch_keys(self, jwks_uri: str, ends: float) -> tuple[_SigningKey, ...] | Unreachable:
        document = self.get(jwks_uri, ends)
        if isinstance(document, Unreachable):
            return document
        listed = None if isinstance(document, OAuthError) else document.get("keys")
        if not isinstance(listed, list):
            return Unreachable(Reason.MALFORMED, "jwks_uri gives no keys")
        return tuple(key for key in map(_signing_key, listed[:_MAX_KEYS]) if key is not None)


def _object(answer: HttpAnswer) -> Mapping[str, Any] | Unreachable:
    if not answer.body:
        return {}  # RFC 7009: a revocation's answer may be empty
    members = answers.decoded(answer.body)
    if isinstance(members, Mapping | Unreachable):
        return members
    return Unreachable(Reason.MALFORMED, "not a JSON object")


def _url(value: object) -> str | None:
    """An https address, or None."""
    if isinstance(value, str) and value.startswith("https://") and len(value) <= _MAX_URL:
        return value
    return None


def _signing_key(jwk: object) -> _SigningKey | None:
    """One entry of a JWKS; None for what we cannot use (RFC 7517, 5: such keys are ignored)."""
    if not isinstance(jwk, Mapping) or jwk.get("use") not in (None, "sig"):
        return None
    kid, alg = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str | None) or not isinstance(alg, str | None):
        return None
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
            return _SigningKey(
                ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")}), kid, alg
            )
        if jwk.get("kty") == "RSA":
            key = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
            return _SigningKey(key, kid, alg) if key.public_key.key_size >= _MIN_RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None
