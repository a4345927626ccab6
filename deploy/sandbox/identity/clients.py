"""Terminals as OAuth clients: enrolled by a public key, authenticated by `private_key_jwt`, ES256 only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ..context import Context

AUTH_METHOD = "private_key_jwt"
LEEWAY_SECONDS = 10
"""How far the terminal's clock may be off."""
GRANTS = frozenset(
    {
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    }
)

_WITH_PICTURE = jws.JWSRegistry(algorithms=["ES256"])
_WITH_PICTURE.max_payload_length = 1536 * 1024


class BadAssertionError(Exception):
    """Why an assertion is not believed; plain ASCII, it goes into `error_description`."""


@dataclass(frozen=True)
class Terminal(ClientMixin):  # type: ignore[misc]  # Authlib ships no types
    """An enrolled terminal, as Authlib sees a client."""

    id: str
    jwk: str

    def get_client_id(self) -> str:
        """The terminal's id."""
        return self.id

    def key(self) -> ECKey:
        """The public key it was enrolled with."""
        return ECKey.import_key(json.loads(self.jwk))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """`private_key_jwt`, everywhere."""
        return method == AUTH_METHOD

    def check_grant_type(self, grant_type: str) -> bool:
        """Those of identity.md; there are no refresh tokens."""
        return grant_type in GRANTS

    def get_allowed_scope(self, scope: str) -> str:
        """Each grant has checked it already."""
        return scope


def terminal(context: Context, client_id: str) -> Terminal | None:
    """The terminal enrolled under this id."""
    with context.db.transaction() as tx:
        row = tx.one("SELECT id, jwk FROM terminals WHERE id = ?", client_id)
    return None if row is None else Terminal(row["id"], row["jwk"])


def verified(context: Context, assertion: str, client: Terminal, audiences: list[str]) -> dict[str, Any]:
    """The claims of an assertion signed by this terminal for us, in time and never seen before.

    It is used up by this, whatever is thought of its claims afterwards. Raises BadAssertionError.
    """
    try:
        token = jwt.decode(assertion, client.key(), registry=_WITH_PICTURE)
        jwt.JWTClaimsRegistry(
            now=int(context.now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": client.id},
            aud={"essential": True, "values": audiences},
            exp={"essential": True},
            jti={"essential": True},
        ).validate(token.claims)
    except (JoseError, ValueError) as error:
        raise BadAssertionError(type(error).__name__) from error
    claims: dict[str, Any] = token.claims
    if not isinstance(claims["jti"], str) or not claims["jti"]:
        raise BadAssertionError("jti is not a string")
    with context.db.transaction() as tx:
        fresh = tx.run(
            "INSERT OR IGNORE INTO assertions VALUES (?, ?, ?)",
            client.id,
            claims["jti"],
            float(claims["exp"]),
        )
    if not fresh:
        raise BadAssertionError("jti was used before")
    return claims


class PrivateKeyJwt(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib ships no types
    """Client authentication by a signed assertion (RFC 7523, 2.2; OpenID Connect Core, 9)."""

    CLIENT_AUTH_METHOD = AUTH_METHOD

    def __init__(self, context: Context, audiences: list[str]) -> None:
        super().__init__()
        self._context = context
        self._audiences = audiences

    def resolve_client_public_key(self, client: Terminal) -> ECKey:
        """The key it was enrolled with."""
        return client.key()

    def process_assertion_claims(self, assertion: str, resolve_key: ECKey) -> dict[str, Any]:
        """Check everything with the platform's clock (Authlib's own check takes the machine's)."""
        _, unverified = self.extract_assertion(assertion)
        client = terminal(self._context, unverified["sub"])
        if client is None:
            raise InvalidClientError(description="unknown client", status_code=401)
        try:
            claims = verified(self._context, assertion, client, self._audiences)
        except BadAssertionError as error:
            raise InvalidClientError(description=f"client assertion: {error}", status_code=401) from error
        if claims.get("sub") != client.id:
            raise InvalidClientError(description="client assertion: sub is not the client", status_code=401)
        return claims
