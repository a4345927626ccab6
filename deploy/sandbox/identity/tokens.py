"""Access tokens and ID tokens: signed with ES256, remembered by `jti` so that one can be revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from .. import keys
from ..context import Context
from ..db import Row

TERMINAL_SCOPE = "gateway"
VISIT_SCOPES = ("openid", "profile")
TERMINAL_SECONDS = 600
VISIT_SECONDS = 900
"""Not longer than a visit may last (identity.md: token lifetime <= the visit)."""


class BadTokenError(Exception):
    """Not a token of ours, or no longer; the message says which."""


@dataclass(frozen=True)
class Caller:
    """Who a token speaks for: a terminal, and in a visit the person who stands there at a level (`acr`)."""

    terminal: str
    jti: str
    person: str | None = None
    acr: str | None = None
    jkt: str | None = None
    """The key that the token is bound to."""
    business: str | None = None
    """The legal person that the person acts for."""


def scope_within(scope: str | None, allowed: tuple[str, ...]) -> str:
    """What was asked for, or everything allowed where nothing was. Raises InvalidScopeError."""
    wanted = (scope or "").split()
    if not set(wanted) <= set(allowed):
        raise InvalidScopeError(description=f"allowed here: {' '.join(allowed)}")
    return " ".join(wanted) or " ".join(allowed)


def issue(
    context: Context,
    terminal: str,
    scope: str,
    person: Row | None = None,
    acr: str | None = None,
    *,
    jkt: str | None = None,
    business: str | None = None,
) -> str:
    """A new access token (RFC 9068) for the gateway, bound to the key of thumbprint `jkt` if there is one."""
    now = int(context.now())
    lifetime = VISIT_SECONDS if person else TERMINAL_SECONDS
    jti = secrets.token_urlsafe(18)
    claims: dict[str, Any] = {
        "iss": context.issuer,
        "aud": context.gateway_url,
        "sub": person["sub"] if person else terminal,
        "client_id": terminal,
        "scope": scope,
        "iat": now,
        "exp": now + lifetime,
        "jti": jti,
    }
    if acr:
        claims["acr"] = acr
    if jkt:
        claims["cnf"] = {"jkt": jkt}
    with context.db.transaction() as tx:
        key = keys.signing_key(tx, "identity-sig")
        tx.run(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)",
            jti,
            terminal,
            person["id"] if person else None,
            acr,
            scope,
            now,
            now + lifetime,
            jkt,
            business,
        )
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, claims, key)


def id_token(
    context: Context,
    terminal: str,
    person: Row,
    acr: str,
    nonce: str | None,
    business: dict[str, str] | None = None,
) -> str:
    """Who was identified, for the terminal itself (OpenID Connect Core, 2)."""
    now = int(context.now())
    claims: dict[str, Any] = {
        "iss": context.issuer,
        "sub": person["sub"],
        "aud": terminal,
        "iat": now,
        "auth_time": now,
        "exp": now + VISIT_SECONDS,
        "acr": acr,
        "name": person["name"],
        "id_number": person["id_number"],
    }
    if nonce:
        claims["nonce"] = nonce
    if business:
        claims["business"] = business
    with context.db.transaction() as tx:
        key = keys.signing_key(tx, "identity-sig")
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def _jti(context: Context, token: str) -> str:
    with context.db.transaction() as tx:
        known = keys.identity_keys(tx, context.now())
    try:
        decoded = jwt.decode(token, KeySet([*known]), algorithms=["ES256"])
    except (JoseError, ValueError) as error:
        raise BadTokenError("not a token of this platform") from error
    if decoded.header.get("typ") != "at+jwt":
        raise BadTokenError("not an access token")
    return str(decoded.claims["jti"])


def find(context: Context, token: str) -> Row | None:
    """The row of an access token of ours, expired and revoked ones included; None for anything else."""
    try:
        jti = _jti(context, token)
    except BadTokenError:
        return None
    with context.db.transaction() as tx:
        return tx.one("SELECT * FROM tokens WHERE jti = ?", jti)


def revoke(context: Context, jti: str) -> None:
    """From now on it is refused."""
    with context.db.transaction() as tx:
        tx.run("UPDATE tokens SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL", context.now(), jti)


def caller(context: Context, token: str) -> Caller:
    """Who presents this token to the gateway. Raises BadTokenError."""
    row = find(context, token)
    if row is None:
        raise BadTokenError("not a token of this platform")
    if row["revoked_at"] is not None:
        raise BadTokenError("revoked")
    if row["expires_at"] <= context.now():
        raise BadTokenError("expired")
    return Caller(row["terminal"], row["jti"], row["person"], row["acr"], row["jkt"], row["business"])
