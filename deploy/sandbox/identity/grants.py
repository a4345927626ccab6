"""Grants: the terminal itself, and a phone that scanned its QR. Assertions and launch tokens stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc8628 import DeviceCodeGrant

from ..context import Context
from ..db import Row
from . import businesses, device, tokens
from .clients import AUTH_METHOD


class RefusedError(InvalidGrantError):  # type: ignore[misc]  # Authlib ships no types
    """`invalid_grant` with the member `reason`: a stable word for the terminal (docs/identity.md)."""

    def __init__(self, reason: str, description: str) -> None:
        super().__init__(description=description)
        self.reason = reason

    def get_body(self) -> list[tuple[str, str]]:
        """Error, description and reason."""
        return [*super().get_body(), ("reason", self.reason)]


@dataclass(frozen=True)
class Visitor:
    """Somebody who was identified, how well, the nonce that the terminal wants to see again, and the legal
    person that is acted for (the contract's claim `business`)."""

    person: Row
    acr: str
    nonce: str | None = None
    business: dict[str, str] | None = None


class TerminalGrant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types
    """Client credentials: the terminal's own token, which the outbox uses."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def generate_token(self, **known: Any) -> dict[str, Any]:
        """With the one scope that a terminal has."""
        known["scope"] = tokens.scope_within(known.get("scope"), (tokens.TERMINAL_SCOPE,))
        token: dict[str, Any] = super().generate_token(**known)
        return token


class VisitGrant(BaseGrant):  # type: ignore[misc]  # Authlib ships no types
    """A grant that ends with a person: adds the ID token."""

    context: Context

    def generate_token(self, **known: Any) -> dict[str, Any]:
        """Access token and, as `openid` is in the scope, ID token."""
        known["scope"] = tokens.scope_within(known.get("scope"), tokens.VISIT_SCOPES)
        token: dict[str, Any] = super().generate_token(**known)
        if "openid" in known["scope"].split():
            visitor: Visitor = self.request.user
            token["id_token"] = tokens.id_token(
                self.context,
                self.request.client.id,
                visitor.person,
                visitor.acr,
                visitor.nonce,
                visitor.business,
            )
        return token


class PhoneGrant(VisitGrant, DeviceCodeGrant):  # type: ignore[misc]  # Authlib ships no types
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
            row = tx.one("SELECT state, person, business FROM device_grants WHERE user_code = ?", user_code)
            assert row is not None, "the credential was found just now"  # noqa: S101
            if row["state"] == "denied":
                return None, False
            if row["state"] != "approved":
                return None
            person = tx.one("SELECT * FROM persons WHERE id = ?", row["person"])
            acted_for = businesses.of(tx, row["person"])
        assert person is not None, "a foreign key"  # noqa: S101
        business = next((one for one in acted_for if one["code"] == row["business"]), None)
        return Visitor(person, "phone", business=business), True

    def should_slow_down(self, credential: device.Credential) -> bool:
        """Polled again before the interval was over; it grows by five seconds then (RFC 8628, 3.5)."""
        return device.polled_too_soon(self.context, credential)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The tokens, once."""
        if not device.use(self.context, self.request.credential):
            raise InvalidGrantError(description="device_code was used before")
        answer: tuple[int, dict[str, Any], list[tuple[str, str]]] = super().create_token_response()
        return answer
