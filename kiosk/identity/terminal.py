"""The terminal's own standing at the platform: its proof with each request, and its own token.

`private_key_jwt` (RFC 7523, ES256): a short-lived assertion, new for every request.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from kiosk.clock import Clock
from kiosk.gateway.outcomes import Problem, Unreachable
from kiosk.identity.outcomes import Denied, DeniedReason
from kiosk.identity.provider import Metadata, OAuthError, Provider
from kiosk.identity.tokens import Invalid, token_response
from kiosk.keys import TerminalKey

ASSERTION_SECONDS = 60
"""How long an assertion holds: the contract's limit."""

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW = 30.0
"""Seconds before its end at which a token is no longer used: the gateway's clock and a slow line."""

_TERMINAL_ERRORS = frozenset({"invalid_client", "unauthorized_client"})


def sign_assertion(key: TerminalKey, provider: Provider, claims: Mapping[str, Any]) -> str:
    """A JWT by the terminal, dated by the platform's clock, with a `jti` that is never used again."""
    now = int(provider.now())
    dated = {**claims, "iat": now, "exp": now + ASSERTION_SECONDS, "jti": str(uuid.uuid4())}
    return key.sign(msgspec.json.encode(dated), {"typ": "JWT"})


class TerminalAuth:
    """Posts to the platform as this terminal, and keeps the terminal's token. Safe from several threads."""

    def __init__(self, *, provider: Provider, client_id: str, key: TerminalKey, clock: Clock) -> None:
        self._provider = provider
        self._client_id = client_id
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._token: tuple[str, float] | None = None
        self._audience_is_endpoint = False

    def post(
        self, metadata: Metadata, url: str, form: Mapping[str, str]
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        """POST `form` with the terminal's proof.

        Providers differ in whose name they want as its audience: newer ones the issuer, older ones
        the token endpoint (RFC 7523 allows both). The other is tried once after `invalid_client`,
        which did nothing, and what was taken is remembered.
        """
        endpoint_first = self._audience_is_endpoint
        answer = self._post(metadata, url, form, to_endpoint=endpoint_first)
        if answer == OAuthError("invalid_client"):
            answer = self._post(metadata, url, form, to_endpoint=not endpoint_first)
            if not isinstance(answer, Unreachable) and answer != OAuthError("invalid_client"):
                self._audience_is_endpoint = not endpoint_first
        return answer

    def token(self, fresh: bool = False) -> str | Denied | Unreachable:
        """The terminal's access token (client credentials), kept until shortly before its end.

        `fresh`: the one in hand was refused; get another.
        """
        with self._lock:
            now = self._clock.monotonic()
            if self._token is not None and not fresh and now < self._token[1]:
                return self._token[0]
            self._token = None
            metadata = self._provider.metadata()
            if isinstance(metadata, Unreachable):
                return metadata
            answer = self.post(metadata, metadata.token_endpoint, {"grant_type": "client_credentials"})
            if isinstance(answer, Unreachable):
                return answer
            if isinstance(answer, OAuthError):
                return Denied(DeniedReason.TERMINAL_REFUSED, answer.code)
            tokens = token_response(answer)
            if isinstance(tokens, Invalid):
                return Denied(DeniedReason.NOT_VERIFIED, tokens.why)
            # A token that lives for less than twice the skew is still used for half its life.
            self._token = tokens.access_token, now + max(tokens.lifetime - _SKEW, tokens.lifetime / 2)
            return tokens.access_token

    def bearer(self, fresh: bool) -> str | Problem | Unreachable:
        """`token` in the shape that the gateway's client takes."""
        token = self.token(fresh)
        if isinstance(token, Denied):
            return Problem(401, "TERMINAL_REFUSED", token.words)
        return token

    def _post(
        self, metadata: Metadata, url: str, form: Mapping[str, str], *, to_endpoint: bool
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        audience = metadata.token_endpoint if to_endpoint else self._provider.issuer
        proof = {"iss": self._client_id, "sub": self._client_id, "aud": audience}
        return self._provider.post(
            url,
            {
                **form,
                "client_id": self._client_id,
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": sign_assertion(self._key, self._provider, proof),
            },
        )


def refusal(error: OAuthError, otherwise: DeniedReason) -> Denied:
    """What an OAuth error means: about the terminal, about what is offered, or `otherwise`."""
    if error.code in _TERMINAL_ERRORS:
        return Denied(DeniedReason.TERMINAL_REFUSED, error.code)
    if error.code in ("unsupported_grant_type", "invalid_scope"):
        return Denied(DeniedReason.NOT_OFFERED, error.code)
    return Denied(otherwise, error.code)
