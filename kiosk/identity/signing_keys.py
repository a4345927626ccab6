"""The keys that a provider signs ID tokens with, from its JWKS (RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

_MAX_KEYS = 64
_MIN_RSA_BITS = 2048
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
SIGNING_ALGORITHMS = (*_CURVES, *_RSA)
"""What an ID token may be signed with: asymmetric only. `none` and HS* are not here, and so are refused."""


class SigningKey:
    """One key of the provider's JWKS."""

    __slots__ = ("alg", "crv", "key", "kid")

    def __init__(self, key: ECKey | RSAKey, kid: str | None, alg: str | None) -> None:
        self.key = key
        self.kid = kid
        self.alg = alg
        self.crv = key.curve_name if isinstance(key, ECKey) else None

    def fits(self, kid: str | None, alg: str) -> bool:
        """Whether it may have signed a token with this header; without `kid`, any key of the kind may."""
        return (
            self.crv == _CURVES.get(alg)
            and self.alg in (None, alg)
            and (kid is None or self.kid in (None, kid))
        )


def signing_keys(document: Mapping[str, object]) -> tuple[SigningKey, ...] | None:
    """Those keys of a JWKS that can be used; None for what is no JWKS."""
    listed = document.get("keys")
    if not isinstance(listed, list):
        return None
    return tuple(key for key in map(_signing_key, listed[:_MAX_KEYS]) if key is not None)


def _signing_key(jwk: object) -> SigningKey | None:
    """One entry of a JWKS; None for what we cannot use (RFC 7517, 5: such keys are ignored)."""
    if not isinstance(jwk, Mapping) or jwk.get("use") not in (None, "sig"):
        return None
    kid, alg = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str | None) or not isinstance(alg, str | None):
        return None
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") in _CURVES.values():
            key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
            return SigningKey(key, kid, alg)
        if jwk.get("kty") == "RSA":
            rsa = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
            return SigningKey(rsa, kid, alg) if rsa.public_key.key_size >= _MIN_RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None
