"""Checking what the token endpoint gave: the response's members, and the ID token inside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError

from kiosk.gateway.outcomes import Unreachable
from kiosk.identity.bearer import Token
from kiosk.identity.dpop import ProofKey
from kiosk.identity.provider import Provider
from kiosk.identity.signing_keys import SIGNING_ALGORITHMS

_LEEWAY = 30
"""Seconds between the clocks of one platform's own machines; ours does not matter, its `Date` is used."""

_MAX_TOKEN = 16384
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750, 2.1
_DEFAULT_LIFETIME = 300.0
"""Seconds, where the provider does not say `expires_in` (RFC 6749 only recommends it)."""

_REGISTRY = jws.JWSRegistry(algorithms=list(SIGNING_ALGORITHMS), strict_check_header=False)
"""Providers may add header members; a `crit` that is not understood is refused all the same."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """A token that is not believed, and why (no personal data)."""

    why: str


@dataclass(frozen=True, slots=True, repr=False)
class TokenResponse:
    """A successful answer of the token endpoint (RFC 6749, 5.1). `lifetime` in seconds."""

    token: Token
    lifetime: float
    id_token: str | None


def token_response(members: Mapping[str, Any], key: ProofKey | None) -> TokenResponse | Invalid:
    """The members that we use, checked; `key` is the one that a proof was sent by.

    A provider may answer such a request with a plain token all the same (RFC 9449, 5); a bound one that
    was not asked for could not be used.
    """
    access_token, id_token = members.get("access_token"), members.get("id_token")
    if not isinstance(access_token, str) or len(access_token) > _MAX_TOKEN:
        return Invalid("no access token")
    if not _BEARER.fullmatch(access_token):
        return Invalid("an access token that no header can carry")
    kind = str(members.get("token_type")).lower()
    if kind != "bearer" and not (kind == "dpop" and key is not None):
        return Invalid("another token type than Bearer or DPoP")
    if not isinstance(id_token, str | None):
        return Invalid("an ID token that is no text")
    lifetime = number(members.get("expires_in"))
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | float) or not 0 < lifetime < 10**8:
        lifetime = _DEFAULT_LIFETIME
    return TokenResponse(Token(access_token, key if kind == "dpop" else None), float(lifetime), id_token)


def number(value: object) -> object:
    """`value`, or the number in it: some providers send seconds as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return float(value[:10])
    return value


def verify_id_token(
    token: str, provider: Provider, client_id: str, nonce: str | None, ends: float
) -> Mapping[str, Any] | Invalid | Unreachable:
    """The claims of an ID token (OpenID Connect Core, 3.1.3.7): signature, issuer, audience, times, nonce.

    `nonce` is what the request carried; a flow without one passes None. Times are judged by the
    platform's clock. `ends` (monotonic seconds) bounds the fetching of keys.
    """
    if len(token) > _MAX_TOKEN:
        return Invalid("an ID token that is too long")
    claims = _signed_claims(token, provider, ends)
    if isinstance(claims, Invalid | Unreachable):
        return claims
    rules = jwt.JWTClaimsRegistry(
        now=int(provider.now()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(dict(claims))
    except JoseError as error:
        return Invalid(f"claims: {error.error}: {getattr(error, 'claim', '')}")
    # A token for several parties names the one it was made for.
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        return Invalid("claims: azp")
    if nonce is not None and claims.get("nonce", nonce) != nonce:
        return Invalid("claims: nonce")
    return claims


def _signed_claims(token: str, provider: Provider, ends: float) -> Mapping[str, Any] | Invalid | Unreachable:
    """The payload, once a key of the provider's is found that signed it."""
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError):
        return Invalid("not a signed token")
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in SIGNING_ALGORITHMS:
        return Invalid("signed with none or a shared secret, or unknown")
    if not isinstance(kid, str | None):
        return Invalid("a key id that is no text")
    for again in (False, True):
        keys = provider.keys(kid, alg, ends, again=again)
        if isinstance(keys, Unreachable):
            return keys
        for key in keys:
            try:
                payload = jws.deserialize_compact(token, key, registry=_REGISTRY).payload
                return msgspec.json.decode(payload or b"", type=dict[str, Any])
            except (JoseError, ValueError):  # msgspec's errors are ValueErrors
                continue
    return Invalid("signed by none of the provider's keys")
