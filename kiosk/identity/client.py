"""Unified identity for the agent: log in by card or by phone, and log out.

Every endpoint comes from the issuer's discovery document; any conforming provider will do.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from kiosk.clock import Clock
from kiosk.gateway.answers import text
from kiosk.gateway.outcomes import Problem, Unreachable
from kiosk.gateway.transport import Http
from kiosk.identity import phone
from kiosk.identity.outcomes import (
    Denied,
    DeniedReason,
    Identity,
    LoggedIn,
    Login,
    Method,
    Revocation,
    Revoked,
    level_of,
)
from kiosk.identity.provider import OAuthError, Provider
from kiosk.identity.terminal import TerminalAuth, refusal, sign_assertion
from kiosk.identity.tokens import Invalid, TokenResponse, token_response, verify_id_token
from kiosk.keys import TerminalKey

_SCOPE = "openid profile"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class CardType(StrEnum):
    """`card_type` of the card assertion."""

    RESIDENT = "resident"
    HMT = "hmt"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, repr=False)
class CardFacts:
    """What the assertion says of the card at the reader. Personal data; not in its repr."""

    number: str
    name: str
    sam_id: str
    card_type: CardType


class IdentityClient:
    """The agent's side of unified identity. Safe to use from several threads; keeps nothing of a citizen.

    Each operation is over within `deadline` seconds, however many requests it takes.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        key: TerminalKey,
        http: Http,
        clock: Clock,
        deadline: float = 10.0,
    ) -> None:
        self._deadline = deadline
        self._provider = Provider(issuer=issuer, http=http, clock=clock)
        self._terminal = TerminalAuth(provider=self._provider, client_id=client_id, key=key, clock=clock)
        self._client_id = client_id
        self._key = key
        self._clock = clock

    def terminal_token(self, *, fresh: bool = False) -> str | Denied | Unreachable:
        """The terminal's own access token, kept until shortly before its end; `fresh` gets another."""
        return self._terminal.token(self._ends(), fresh=fresh)

    def terminal_bearer(self, fresh: bool, deadline: float) -> str | Problem | Unreachable:
        """The same within `deadline` seconds, as `GatewayClient(terminal_token=...)` takes it."""
        token = self._terminal.token(self._clock.monotonic() + deadline, fresh=fresh)
        if isinstance(token, Denied):
            return Problem(401, "TERMINAL_REFUSED", token.words)
        return token

    def _ends(self) -> float:
        return self._clock.monotonic() + self._deadline

    def login_with_card(self, card: CardFacts) -> Login:
        """Log in with the card that was read just now (JWT-bearer grant, RFC 7523)."""
        ends = self._ends()
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        nonce = str(uuid.uuid4())
        claims = {
            "iss": self._client_id,
            "sub": card.number,
            "aud": self._provider.issuer,
            "nonce": nonce,
            "name": card.name,
            "sam_id": card.sam_id,
            "card_type": card.card_type.value,
        }
        assertion = sign_assertion(self._key, self._provider, claims)
        form = {"grant_type": _JWT_BEARER, "assertion": assertion, "scope": _SCOPE}
        answer = self._terminal.post(metadata, metadata.token_endpoint, form, ends)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return refusal(answer, DeniedReason.CARD_REFUSED)
        login = self._finish(answer, Method.ID_CARD, nonce, ends)
        if isinstance(login, LoggedIn) and login.identity.id_number.upper() != card.number.upper():
            return Denied(DeniedReason.NOT_VERIFIED, "another person than the card's")
        return login

    def start_phone_scan(self) -> phone.PhoneScan | Denied | Unreachable:
        """Ask for a QR (device authorization grant, RFC 8628); then call its `poll` until it ends."""
        ends = self._ends()
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        endpoint = metadata.device_authorization_endpoint
        if endpoint is None:
            return Denied(DeniedReason.NOT_OFFERED, "no device_authorization_endpoint")
        answer = self._terminal.post(metadata, endpoint, {"scope": _SCOPE}, ends)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return refusal(answer, DeniedReason.NOT_OFFERED)
        code, shown, timing = phone.device_code_of(answer), phone.shown(answer), phone.timing(answer)
        if isinstance(code, Invalid) or isinstance(shown, Invalid) or isinstance(timing, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, "an incomplete device authorization response")
        form = {"grant_type": _DEVICE_CODE, "device_code": code}
        return phone.PhoneScan(
            uri=shown[0],
            uri_is_complete=shown[1],
            user_code=shown[2],
            lifetime=timing[0],
            interval=timing[1],
            ask=lambda: self._terminal.post(metadata, metadata.token_endpoint, form, self._ends()),
            # RFC 8628 carries no nonce.
            finish=lambda answer: self._finish(answer, Method.PHONE, None, self._ends()),
            clock=self._clock,
        )

    def revoke(self, access_token: str) -> Revocation:
        """End a token before its time (RFC 7009), at the end of the visit.

        `Unreachable`: try again later, at most until the token ends by itself.
        """
        ends = self._ends()
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        if metadata.revocation_endpoint is None:
            return Denied(DeniedReason.NOT_OFFERED, "no revocation_endpoint")
        form = {"token": access_token, "token_type_hint": "access_token"}
        endpoint = metadata.revocation_endpoint
        answer = self._terminal.post(metadata, endpoint, form, ends, told_by_status=True)
        if isinstance(answer, Unreachable):
            return answer
        if isinstance(answer, OAuthError):
            return refusal(answer, DeniedReason.NOT_OFFERED)
        return Revoked()

    def _finish(self, members: Mapping[str, Any], method: Method, nonce: str | None, ends: float) -> Login:
        """From a token response to an identity, with every check on the way."""
        tokens = token_response(members)
        if isinstance(tokens, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, tokens.why)
        claims = self._claims(tokens, nonce, ends)
        if isinstance(claims, Unreachable):
            return claims
        if isinstance(claims, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, claims.why)
        name, id_number = text(claims.get("name"), 100), text(claims.get("id_number"), 40)
        if not name or not id_number:
            return Denied(DeniedReason.NOT_VERIFIED, "no name or no id_number")
        expires_at = self._clock.now() + timedelta(seconds=tokens.lifetime)
        level = level_of(claims.get("acr"))
        return LoggedIn(
            Identity(name, id_number, level, method, True, tokens.access_token, expires_at, claims["sub"])
        )

    def _claims(
        self, tokens: TokenResponse, nonce: str | None, ends: float
    ) -> Mapping[str, Any] | Invalid | Unreachable:
        """The ID token's claims, with those of userinfo where the person is not in the token."""
        if tokens.id_token is None:
            return Invalid("no ID token")
        claims = verify_id_token(tokens.id_token, self._provider, self._client_id, nonce, ends)
        if isinstance(claims, Invalid | Unreachable) or (claims.get("name") and claims.get("id_number")):
            return claims
        # Many providers keep profile claims out of the ID token.
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable) or metadata.userinfo_endpoint is None:
            return claims
        told = self._provider.get(metadata.userinfo_endpoint, ends, tokens.access_token)
        if isinstance(told, Unreachable):
            return told
        # OpenID Connect Core, 5.3.2: of the same subject, or not to be used.
        if isinstance(told, OAuthError) or told.get("sub") != claims["sub"]:
            return Invalid("userinfo does not fit the token")
        return {**claims, "name": told.get("name"), "id_number": told.get("id_number")}
