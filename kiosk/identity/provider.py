"""The provider as its discovery document describes it: endpoints, signing keys, and its time.

Nothing here knows which provider it is. Discovery and keys are kept for an hour and, while the
provider cannot be reached, for longer; a provider that rotates its keys is asked again when a token
names a key that is not in hand.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from joserfc.jwk import ECKey, RSAKey

from kiosk.clock import Clock
from kiosk.gateway import answers
from kiosk.gateway.outcomes import Reason, Unreachable
from kiosk.gateway.transport import Http, HttpAnswer
from kiosk.identity.bearer import Token
from kiosk.identity.dpop import ALGORITHM, Nonces, ProofKey
from kiosk.identity.signing_keys import SigningKey, signing_keys

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant

_FRESH = 3600.0
"""Seconds for which discovery and keys are not asked for again."""

_REFETCH = 30.0
"""Seconds between two fetches that an unknown key id may cause, so that bad tokens cause no storm."""

_RETRY = 60.0
"""Seconds until what could not be renewed is asked for again, while what is in hand does."""

_JUMP = 10.0
"""Seconds; whoever dates by whole seconds over a network is a second or two behind."""

BUSY = Unreachable(Reason.TIMEOUT, "another request to the platform took all the time")
_MAX_URL = 1000
_CHALLENGED = re.compile(r'\berror="?([A-Za-z0-9_.-]{1,64})')


@dataclass(frozen=True, slots=True)
class Metadata:
    """Endpoints from discovery; all https. What the provider does not offer is None.

    `grants` is None where it does not say which it takes; `binds` is whether it binds tokens (DPoP) to
    keys of the kind that we make.
    """

    token_endpoint: str
    jwks_uri: str
    device_authorization_endpoint: str | None
    revocation_endpoint: str | None
    userinfo_endpoint: str | None
    grants: frozenset[str] | None = None
    binds: bool = False


@dataclass(frozen=True, slots=True)
class OAuthError:
    """An error answer (RFC 6749, 5.2): `code` is its `error`. Descriptions may be personal: not kept.

    `why` is the member `reason`, a stable word, which docs/identity.md asks of platforms; mostly empty.
    """

    code: str
    why: str = ""


class Lock(Protocol):
    """A mutual exclusion that can be waited for; `threading.Lock` is one."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Have it within `timeout` seconds; False when it was not to be had."""
        ...

    def release(self) -> None:
        """Let it go."""
        ...


@contextlib.contextmanager
def held(lock: Lock, clock: Clock, ends: float) -> Iterator[bool]:
    """Hold `lock`; False when it was not to be had before `ends` (monotonic seconds)."""
    got = lock.acquire(timeout=max(ends - clock.monotonic(), 0.0))
    try:
        yield got
    finally:
        if got:
            lock.release()


class Provider:
    """The identity platform. Safe to use from several threads; one of them fetches, the others wait for it.

    `ends` (monotonic seconds) is when the whole operation must be over, of which a request is a part.
    """

    def __init__(
        self, *, issuer: str, http: Http, clock: Clock, lock: Callable[[], Lock] = threading.Lock
    ) -> None:
        if not issuer.startswith("https://"):
            raise ValueError(f"the issuer must begin with https://, not {issuer!r}")
        self.issuer = issuer
        self._http = http
        self._clock = clock
        self._lock = lock()
        self._metadata: Metadata | None = None
        self._metadata_until = 0.0
        self._keys: tuple[SigningKey, ...] | None = None
        self._keys_until = 0.0
        self._refetch_from = float("-inf")
        self._heard: tuple[float, float] | None = None
        self.nonces = Nonces()
        self.jumps = 0
        """How often the platform's clock was found elsewhere than it was believed to be."""

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

    def heard(self, date: datetime) -> None:
        """The platform says what time it is."""
        self.jumps += abs(date.timestamp() - self.now()) > _JUMP
        self._heard = (date.timestamp(), self._clock.monotonic())

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

    def proof_key(self, metadata: Metadata) -> ProofKey | None:
        """A new key to bind a login's token to, where the provider does that."""
        return ProofKey(self.nonces, self.now) if metadata.binds else None

    def post(
        self,
        url: str,
        form: Mapping[str, str],
        ends: float,
        key: ProofKey | None = None,
        *,
        told_by_status: bool = False,
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        """POST a form (RFC 6749) and read the JSON that comes back.

        With `key`, a proof goes with it. `use_dpop_nonce` is answered as it comes, the nonce noted.
        `told_by_status`: 200 says all, whatever is with it (RFC 7009, 2.2); the answer is then empty.
        """
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if key is not None:
            headers["DPoP"] = key.proof("POST", url)
        return self._ask("POST", url, headers, urlencode(form).encode(), ends, told_by_status)

    def get(
        self, url: str, ends: float, token: Token | None = None
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        """GET a JSON object, with an access token where one is given; again where that needs a nonce."""
        for _ in range(2):
            headers = {"Accept": "application/json"}
            known = self.nonces.of(url)
            if token is not None:
                headers.update(token.headers("GET", url))
            answer = self._ask("GET", url, headers, None, ends)
            if not isinstance(answer, OAuthError) or token is None or self.nonces.of(url) == known:
                break
        return answer

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        ends: float,
        told_by_status: bool = False,
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
            self.heard(answer.date)
        self.nonces.take(url, answer.headers.get("dpop-nonce", ""))
        if answer.status >= 500:
            return answers.server_error(answer, self._clock.now())
        if answer.status == 200:
            return {} if told_by_status else _object(answer)
        return self._error(answer)

    def _error(self, answer: HttpAnswer) -> OAuthError | Unreachable:
        members = answers.decoded(answer.body)
        code = answers.word(members.get("error")) if isinstance(members, Mapping) else ""
        if answer.status == 429 or code in ("temporarily_unavailable", "server_error"):
            wait = answers.retry_after(answer, self._clock.now())
            return Unreachable(Reason.SERVER_ERROR, code or "too many requests", wait)
        if answer.status >= 400 and code:
            return OAuthError(code, answers.word(members.get("reason")))
        if answer.status == 401:
            # RFC 6750, 3: a resource need only say it in the challenge. RFC 6749, 5.2: the token endpoint
            # has 401 for a client that is not taken, and there are those that say no more than that.
            challenged = _CHALLENGED.search(answer.headers.get("www-authenticate", "")[:2000])
            return OAuthError(challenged[1] if challenged else "invalid_client")
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
            _words(document.get("grant_types_supported")),
            ALGORITHM in (_words(document.get("dpop_signing_alg_values_supported")) or ()),
        )

    def _fetch_keys(self, jwks_uri: str, ends: float) -> tuple[SigningKey, ...] | Unreachable:
        document = self.get(jwks_uri, ends)
        if isinstance(document, Unreachable):
            return document
        found = None if isinstance(document, OAuthError) else signing_keys(document)
        return Unreachable(Reason.MALFORMED, "jwks_uri gives no keys") if found is None else found


def _object(answer: HttpAnswer) -> Mapping[str, Any] | Unreachable:
    members = answers.decoded(answer.body)
    if isinstance(members, Mapping | Unreachable):
        return members
    return Unreachable(Reason.MALFORMED, "not a JSON object")


def _url(value: object) -> str | None:
    """An https address, or None."""
    if isinstance(value, str) and value.startswith("https://") and len(value) <= _MAX_URL:
        return value
    return None


def _words(value: object) -> frozenset[str] | None:
    """A list of words, or None where there is none."""
    return frozenset(word for word in value if isinstance(word, str)) if isinstance(value, list) else None
