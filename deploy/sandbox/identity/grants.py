"""The grants of identity.md: the terminal itself, an ID card at its reader, a phone that scanned its QR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7523 import JWTBearerGrant
from authlib.oauth2.rfc8628 import DeviceCodeGrant

from ..context import Context
from ..db import Row
from ..wire import BEIJING
from . import device, tokens
from .clients import AUTH_METHOD, BadAssertionError, Terminal, terminal, verified

CARD_SECONDS = 60
"""identity.md: a card assertion lives at most this long."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who was identified, how well, and the nonce that the terminal wants to see again."""

    person: Row
    acr: str
    nonce: str | None = None


class TerminalGrant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types
    """Client credentials: the terminal's own token, which the outbox uses."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def generate_token(self, **known: Any) -> dict[str, Any]:
        """With the one scope that a terminal has."""
        known["scope"] = tokens.scope_within(known.get("scope"), (tokens.TERMINAL_SCOPE,))
        token: dict[str, Any] = super().generate_token(**known)
        return token


class _VisitGrant(BaseGrant):  # type: ignore[misc]  # Authlib ships no types
    """A grant that ends with a person: adds the ID token."""

    context: Context

    def generate_token(self, **known: Any) -> dict[str, Any]:
        """Access token and, as `openid` is in the scope, ID token."""
        known["scope"] = tokens.scope_within(known.get("scope"), tokens.VISIT_SCOPES)
        token: dict[str, Any] = super().generate_token(**known)
        if "openid" in known["scope"].split():
            visitor: Visitor = self.request.user
            token["id_token"] = tokens.id_token(
                self.context, self.request.client.id, visitor.person, visitor.acr, visitor.nonce
            )
        return token


class CardGrant(_VisitGrant, JWTBearerGrant):  # type: ignore[misc]  # Authlib ships no types
    """JWT-bearer: the terminal vouches for a card that it has read (RFC 7523, 2.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def validate_token_request(self) -> None:
        """The terminal proves itself first, then vouches."""
        self._client: Terminal = self.authenticate_token_endpoint_client()
        super().validate_token_request()

    def process_assertion_claims(self, assertion: str) -> dict[str, Any]:
        """The contract's claims, signed by the very terminal that asks. Raises InvalidGrantError."""
        try:
            claims = verified(self.context, assertion, self._client, [self.context.issuer])
        except BadAssertionError as error:
            raise InvalidGrantError(description=f"card assertion: {error}") from error
        missing = [
            name
            for name in ("sub", "name", "sam_id", "card_type")
            if not isinstance(claims.get(name), str) or not claims[name]
        ]
        if missing:
            raise InvalidGrantError(description=f"card assertion: lacks {', '.join(missing)}")
        issued = claims.get("iat")
        if not isinstance(issued, int) or not 0 < claims["exp"] - issued <= CARD_SECONDS:
            raise InvalidGrantError(description=f"card assertion: lives longer than {CARD_SECONDS} s")
        sent, vouched = self.request.form.get("nonce"), claims.get("nonce")
        if sent and vouched and sent != vouched:
            raise InvalidRequestError(description="nonce of the request is not that of the assertion")
        self._claims, self._nonce = claims, sent or vouched
        return claims

    def resolve_issuer_client(self, issuer: str) -> Terminal | None:
        """The terminal; `iss` has been found to be the client that asks."""
        return terminal(self.context, issuer)

    def authenticate_user(self, subject: str) -> Visitor:
        """The person of this card. Raises InvalidGrantError with the reason where the register disagrees."""
        with self.context.db.transaction() as tx:
            person = tx.one("SELECT * FROM persons WHERE id_number = ?", subject)
        if person is None:
            raise InvalidGrantError(description="card: number is not in the register")
        if person["name"] != self._claims["name"]:
            raise InvalidGrantError(description="card: name does not match the number")
        if person["card_type"] != self._claims["card_type"]:
            raise InvalidGrantError(description="card: type does not match the number")
        today = datetime.fromtimestamp(self.context.now(), UTC).astimezone(BEIJING).date().isoformat()
        if person["valid_to"] != "长期" and person["valid_to"] < today:
            raise InvalidGrantError(description="card: no longer valid")
        return Visitor(person, "card", self._nonce)

    def has_granted_permission(self, client: Terminal, user: Visitor) -> bool:
        """Every enrolled terminal serves everybody."""
        return True


class PhoneGrant(_VisitGrant, DeviceCodeGrant):  # type: ignore[misc]  # Authlib ships no types
    """Device authorization: the terminal polls until a phone has approved (RFC 8628, 3.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def query_device_credential(self, device_code: str) -> device.Credential | None:
        """The code, unless it has been exchanged already."""
        credential = device.find(self.context, device_code)
        if credential is not None and credential.row["state"] == "used":
            raise InvalidGrantError(description="device_code was used before")
        return credential

    def query_user_grant(self, user_code: str) -> tuple[Visitor | None, bool] | None:
        """What the phone said, if it has."""
        with self.context.db.transaction() as tx:
            row = tx.one("SELECT state, person FROM device_grants WHERE user_code = ?", user_code)
            assert row is not None, "the credential was found just now"  # noqa: S101
            if row["state"] == "denied":
                return None, False
            if row["state"] != "approved":
                return None
            person = tx.one("SELECT * FROM persons WHERE id = ?", row["person"])
        assert person is not None, "a foreign key"  # noqa: S101
        return Visitor(person, "phone"), True

    def should_slow_down(self, credential: device.Credential) -> bool:
        """Polled again before the interval was over; it grows by five seconds then (RFC 8628, 3.5)."""
        return device.polled_too_soon(self.context, credential)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The tokens, once."""
        if not device.use(self.context, self.request.credential):
            raise InvalidGrantError(description="device_code was used before")
        answer: tuple[int, dict[str, Any], list[tuple[str, str]]] = super().create_token_response()
        return answer
