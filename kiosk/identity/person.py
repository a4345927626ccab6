"""From a token response to the person it speaks of, with every check on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kiosk.clock import Clock
from kiosk.gateway.answers import text
from kiosk.gateway.outcomes import Unreachable
from kiosk.identity.dpop import ProofKey
from kiosk.identity.outcomes import (
    Authority,
    Business,
    Denied,
    DeniedReason,
    Identity,
    LoggedIn,
    Login,
    Method,
    level_of,
)
from kiosk.identity.provider import OAuthError, Provider
from kiosk.identity.tokens import Invalid, TokenResponse, token_response, verify_id_token

_PERSON = ("name", "id_number", "business")
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")  # GB 32100, 4: the unified social credit code's characters


class Reader:
    """Reads what the token endpoint answered to a login. Safe from several threads; keeps nothing."""

    def __init__(self, *, provider: Provider, client_id: str, clock: Clock) -> None:
        self._provider = provider
        self._client_id = client_id
        self._clock = clock

    def login(
        self,
        members: Mapping[str, Any],
        method: Method,
        ends: float,
        *,
        key: ProofKey | None,
        nonce: str | None = None,
        business: bool = False,
    ) -> Login:
        """Who it is. `key` is what the request's proof was signed with, `nonce` what its assertion said;
        `business`: whether somebody was asked for who acts for a legal person."""
        tokens = token_response(members, key)
        if isinstance(tokens, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, tokens.why)
        claims = self._claims(tokens, method, nonce, ends, business=business)
        if isinstance(claims, Unreachable):
            return claims
        if isinstance(claims, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, claims.why)
        name, id_number = text(claims.get("name"), 100), text(claims.get("id_number"), 40)
        if not name or not id_number:
            return Denied(DeniedReason.NOT_VERIFIED, "no name or no id_number")
        found = _business(claims.get("business")) if business else None
        if isinstance(found, Invalid):
            return Denied(DeniedReason.NOT_VERIFIED, found.why)
        return LoggedIn(
            Identity(
                name=name,
                id_number=id_number,
                level=level_of(claims.get("acr"), method),
                method=method,
                confirmed=True,
                token=tokens.token,
                expires_at=self._clock.now() + timedelta(seconds=tokens.lifetime),
                sub=claims["sub"],
                business=found,
            )
        )

    def _claims(
        self, tokens: TokenResponse, method: Method, nonce: str | None, ends: float, *, business: bool
    ) -> Mapping[str, Any] | Invalid | Unreachable:
        """The ID token's claims, with those of userinfo where the person is not in the token."""
        if tokens.id_token is None:
            if method is not Method.BANK:
                return Invalid("no ID token")
            # RFC 8693 knows none in its answer: the person is asked for, the level is the method's.
            return self._told(tokens, ends)
        claims = verify_id_token(tokens.id_token, self._provider, self._client_id, nonce, ends)
        if isinstance(claims, Invalid | Unreachable):
            return claims
        complete = claims.get("name") and claims.get("id_number") and (claims.get("business") or not business)
        # Many providers keep profile claims out of the ID token.
        metadata = self._provider.metadata(ends)
        if complete or isinstance(metadata, Unreachable) or metadata.userinfo_endpoint is None:
            return claims
        told = self._told(tokens, ends)
        if isinstance(told, Unreachable | Invalid):
            return told
        # OpenID Connect Core, 5.3.2: of the same subject, or not to be used.
        if told.get("sub") != claims["sub"]:
            return Invalid("userinfo does not fit the token")
        return {**claims, **{name: told[name] for name in _PERSON if name in told}}

    def _told(self, tokens: TokenResponse, ends: float) -> Mapping[str, Any] | Invalid | Unreachable:
        """Userinfo, without `acr`: a level is believed only where it is signed."""
        metadata = self._provider.metadata(ends)
        if isinstance(metadata, Unreachable):
            return metadata
        if metadata.userinfo_endpoint is None:
            return Invalid("neither ID token nor userinfo")
        told = self._provider.get(metadata.userinfo_endpoint, ends, tokens.token)
        if isinstance(told, Unreachable):
            return told
        if isinstance(told, OAuthError) or not isinstance(told.get("sub"), str) or not told["sub"]:
            return Invalid("userinfo does not fit the token")
        return {name: value for name, value in told.items() if name != "acr"}


def _business(claim: object) -> Business | Invalid | None:
    """The claim `business`; None where the citizen chose to act for nobody."""
    if claim is None:
        return None
    if not isinstance(claim, Mapping):
        return Invalid("claims: business")
    name, code, authority = text(claim.get("name"), 200), claim.get("code"), claim.get("authority")
    if not name or not isinstance(code, str) or not _CODE.fullmatch(code):
        return Invalid("claims: business")
    if not isinstance(authority, str) or authority not in set(Authority):
        return Invalid("claims: business: authority")
    return Business(name, code, Authority(authority))
