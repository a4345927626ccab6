"""The terminal's own standing at the platform: its proof with each request, and its own token.

`private_key_jwt` (RFC 7523, ES256): a short-lived assertion, new for every request.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from kiosk.clock import Clock
from kiosk.gateway.outcomes import Unreachable
from kiosk.identity.dpop import ProofKey
from kiosk.identity.outcomes import Denied, DeniedReason
from kiosk.identity.provider import BUSY, Lock, Metadata, OAuthError, Provider, held
from kiosk.identity.tokens import Invalid, TokenResponse, token_response
from kiosk.keys import TerminalKey

ASSERTION_SECONDS = 60
"""How long an assertion holds: the contract's limit."""

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SKEW = 30.0
"""Seconds before its end at which a token is no longer used: the gateway's clock and a slow line."""

_TERMINAL_ERRORS = frozenset({"invalid_client", "unauthorized_client"})
_DATED_ERRORS = ("invalid_client", "invalid_grant", "invalid_dpop_proof")
"""What is answered to an assertion or a proof that is not of the platform's present."""

_FACE_REASONS = {
    "face-not-found": DeniedReason.FACE_NOT_FOUND,
    "face-too-dark": DeniedReason.FACE_TOO_DARK,
    "face-differs": DeniedReason.FACE_DIFFERS,
}
"""The words that docs/identity.md asks of a platform that compares faces, in the error's member `reason`."""


def sign_assertion(key: TerminalKey, provider: Provider, claims: Mapping[str, Any]) -> str:
    """A JWT by the terminal, dated by the platform's clock, with a `jti` that is never used again."""
    now = int(provider.now())
    dated = {**claims, "iat": now, "exp": now + ASSERTION_SECONDS, "jti": str(uuid.uuid4())}
    return key.sign(msgspec.json.encode(dated), {"typ": "JWT"})


class TerminalAuth:
    """Posts to the platform as this terminal, and keeps the terminal's token. Safe from several threads."""

    def __init__(
        self,
        *,
        provider: Provider,
        client_id: str,
        key: TerminalKey,
        clock: Clock,
        lock: Callable[[], Lock] = threading.Lock,
    ) -> None:
        self._provider = provider
        self._client_id = client_id
        self._key = key
        self._clock = clock
        self._lock = lock()
        self._token: tuple[str, float] | None = None
        self._audience_is_endpoint = False

    def post(
        self,
        metadata: Metadata,
        url: str,
        form: Callable[[], Mapping[str, str]],
        ends: float,
        key: ProofKey | None = None,
        *,
        told_by_status: bool = False,
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        """POST a form with the terminal's proof, and a proof by `key` where the answer is to be bound to it.

        Providers differ in whose name they want as its audience: newer ones the issuer, older ones
        the token endpoint (RFC 7523 allows both). The other is tried once after `invalid_client`,
        which did nothing, and what was taken is remembered. A provider that wants a nonce of its own in
        proofs says so once (RFC 9449, 8). `form` is made anew each time: no assertion is sent twice.
        `told_by_status` as in `Provider.post`.
        """
        endpoint_first = self._audience_is_endpoint

        def once(*, to_endpoint: bool) -> Mapping[str, Any] | OAuthError | Unreachable:
            return self._post_once(
                metadata, url, form, ends, key, to_endpoint=to_endpoint, told_by_status=told_by_status
            )

        answer = once(to_endpoint=endpoint_first)
        if _is(answer, "invalid_client"):
            answer = once(to_endpoint=not endpoint_first)
            if not isinstance(answer, Unreachable) and not _is(answer, "invalid_client"):
                self._audience_is_endpoint = not endpoint_first
        return answer

    def _post_once(
        self,
        metadata: Metadata,
        url: str,
        form: Callable[[], Mapping[str, str]],
        ends: float,
        key: ProofKey | None,
        *,
        to_endpoint: bool,
        told_by_status: bool,
    ) -> Mapping[str, Any] | OAuthError | Unreachable:
        dated = challenged = False
        while True:
            jumps = self._provider.jumps
            answer = self._post(
                metadata, url, form(), ends, key, to_endpoint=to_endpoint, told_by_status=told_by_status
            )
            misdated = self._provider.jumps != jumps and any(_is(answer, code) for code in _DATED_ERRORS)
            if misdated and not dated:
                # The platform's clock was set meanwhile: what it was shown is dated anew.
                dated = True
            elif key is not None and _is(answer, "use_dpop_nonce") and not challenged:
                challenged = True
            else:
                return answer

    def token(self, ends: float, *, fresh: bool = False) -> str | Denied | Unreachable:
        """The terminal's access token (client credentials), kept until shortly before its end.

        `fresh`: the one in hand was refused; get another. One thread asks, the others wait for it.
        """
        with held(self._lock, self._clock, ends) as in_time:
            if not in_time:
                return BUSY
            if fresh:
                self._token = None
            if self._token is None or self._clock.monotonic() >= self._token[1]:
                tokens = self._ask(ends)
                if not isinstance(tokens, TokenResponse):
                    return tokens
                # A token that lives for less than twice the skew is still used for half its life.
                lasts = max(tokens.lifetime - _SKEW, tokens.lifetime / 2)
                self._token = tokens.token.text, self._clock.monotonic() + lasts
            return self._token[0]

    def _ask(self, ends: float) -> TokenResponse | Denied | Unreachable:
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        form = {"grant_type": "client_credentials"}
        answer = self.post(metadata, metadata.token_endpoint, lambda: form, ends)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return Denied(DeniedReason.TERMINAL_REFUSED, answer.code)
        tokens = token_response(answer, None)
        return Denied(DeniedReason.NOT_VERIFIED, tokens.why) if isinstance(tokens, Invalid) else tokens

    def _post(
        self,
        metadata: Metadata,
        url: str,
        form: Mapping[str, str],
        ends: float,
        key: ProofKey | None,
        *,
        to_endpoint: bool,
        told_by_status: bool,
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
            ends,
            key,
            told_by_status=told_by_status,
        )


def refusal(error: OAuthError, otherwise: DeniedReason) -> Denied:
    """What an OAuth error means: about the terminal, what is offered, the face, or `otherwise`."""
    if error.code in _TERMINAL_ERRORS:
        return Denied(DeniedReason.TERMINAL_REFUSED, error.code)
    if error.code in ("unsupported_grant_type", "invalid_scope"):
        return Denied(DeniedReason.NOT_OFFERED, error.code)
    return Denied(_FACE_REASONS.get(error.why, otherwise), error.why or error.code)


def _is(answer: object, code: str) -> bool:
    return isinstance(answer, OAuthError) and answer.code == code
