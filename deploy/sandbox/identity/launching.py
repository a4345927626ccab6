"""A bank's host vouches for its customer: launch tokens, and their exchange (RFC 8693)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, InvalidRequestError, TokenEndpointMixin
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError

from .. import keys
from ..context import Context
from .clients import AUTH_METHOD, LEEWAY_SECONDS, Terminal
from .grants import RefusedError, VisitGrant, Visitor

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind
BANK = "bank-demo"
"""The one bank whose teller machines run the agent here."""
SECONDS = 120
"""identity.md: a launch token lives at most this long."""


def launch_token(
    context: Context, terminal: str, customer: str | None, instead: Mapping[str, Any] = MappingProxyType({})
) -> str:
    """What the bank's host hands to the agent on this terminal.

    `customer` is the identity number that the bank vouches for; `instead` are claims that are to differ, or
    to lack (None).
    """
    now = int(context.now())
    claims: dict[str, Any] = {
        "iss": BANK,
        "aud": terminal,
        "sub": customer,
        "terminal": terminal,
        "branch": "demo-branch-01",
        "iat": now,
        "exp": now + SECONDS,
        "jti": str(uuid.uuid4()),
        **instead,
    }
    with context.db.transaction() as tx:
        key = keys.signing_key(tx, "bank-sig")
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, present, key)


class LaunchGrant(VisitGrant, BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib ships no types
    """Token exchange: a launch token in, the customer's access token out."""

    GRANT_TYPE = TOKEN_EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def validate_token_request(self) -> None:
        """RFC 8693, 2.1. Raises RefusedError, each reason with its own word."""
        client: Terminal = self.authenticate_token_endpoint_client()
        self.request.client = client
        form = self.request.form
        token = form.get("subject_token")
        if not token or form.get("subject_token_type") != JWT_TYPE:
            raise InvalidRequestError(description="a subject_token that is a JWT is needed")
        if form.get("requested_token_type", ACCESS_TOKEN_TYPE) != ACCESS_TOKEN_TYPE:
            raise InvalidRequestError(description="only access tokens are given")
        claims = self._opened(token)
        self._check(claims, client)
        with self.context.db.transaction() as tx:
            fresh = tx.run(
                "INSERT OR IGNORE INTO assertions VALUES (?, ?, ?)", BANK, claims["jti"], float(claims["exp"])
            )
            person = tx.one("SELECT * FROM persons WHERE id_number = ?", str(claims.get("sub")))
        if not fresh:
            raise RefusedError("launch-replayed", "launch token: used before")
        if person is None:
            raise RefusedError("launch-no-customer", "launch token: no customer of the register")
        self.request.user = Visitor(person, "card")

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """RFC 8693, 2.2."""
        token = self.generate_token(
            user=self.request.user, scope=self.request.payload.scope, include_refresh_token=False
        )
        return 200, {**token, "issued_token_type": ACCESS_TOKEN_TYPE}, self.TOKEN_RESPONSE_HEADER

    def _opened(self, token: str) -> dict[str, Any]:
        with self.context.db.transaction() as tx:
            key = keys.signing_key(tx, "bank-sig")
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"]).claims
        except BadSignatureError as error:
            raise RefusedError("launch-tampered", "launch token: not what the bank signed") from error
        except (JoseError, ValueError) as error:
            raise RefusedError("launch-malformed", "launch token: no signed token") from error
        return claims

    def _check(self, claims: dict[str, Any], client: Terminal) -> None:
        if claims.get("iss") != BANK:
            raise RefusedError("launch-wrong-issuer", "launch token: of another bank")
        if claims.get("aud") != client.id:
            raise RefusedError("launch-wrong-audience", "launch token: for somebody else")
        if claims.get("terminal") != client.id:
            raise RefusedError("launch-wrong-terminal", "launch token: for another machine")
        issued, ends, now = claims.get("iat"), claims.get("exp"), self.context.now()
        if not isinstance(issued, int) or not isinstance(ends, int) or not 0 < ends - issued <= SECONDS:
            raise RefusedError("launch-too-long", f"launch token: lives longer than {SECONDS} s")
        if not issued - LEEWAY_SECONDS <= now < ends + LEEWAY_SECONDS:
            raise RefusedError("launch-expired", "launch token: not of this time")
        if any(not isinstance(claims.get(name), str) or not claims[name] for name in ("jti", "branch")):
            raise RefusedError("launch-incomplete", "launch token: lacks jti or branch")
