"""Proofs of possession as identity and gateway check them (RFC 9449, 4.3), with a reading of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import unquote, urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ..context import Context

WINDOW_SECONDS = 60
"""How old a proof may be, or how far from the future, by the platform's clock."""
NONCE_SECONDS = 300
"""How long a nonce is given out; it is taken for as long again."""

_LOOSE = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)


class BadProofError(Exception):
    """The proof is not taken; `code` is the OAuth error, the message plain ASCII."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Nonces:
    """The nonces that a server wants to see, made from the time and a secret of this process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._secret = secrets.token_bytes(32)

    def now(self) -> str:
        """What it gives out."""
        return self._of(0)

    def good(self, nonce: object) -> bool:
        """Whether it was given out lately."""
        return isinstance(nonce, str) and nonce in {self._of(0), self._of(1)}

    def _of(self, ago: int) -> str:
        window = int(self._context.now() // NONCE_SECONDS) - ago
        digest = hmac.digest(self._secret, str(window).encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:18]).decode()


def thumbprint_of(
    context: Context,
    proof: str,
    method: str,
    url: str,
    *,
    token: str | None = None,
    nonces: Nonces | None = None,
) -> str:
    """The thumbprint (RFC 7638) of the key that signed this proof for `method` at `url`. It serves once.

    `token` is the access token that it has to fit; with `nonces`, one of those has to be in it. Raises
    BadProofError with `invalid_dpop_proof` or `use_dpop_nonce`.
    """
    key, claims = _opened(proof)
    if claims.get("htm") != method:
        raise _bad("htm is another method")
    if not _same(claims.get("htu"), url):
        raise _bad("htu is another address")
    if token is not None and claims.get("ath") != _hash(token):
        raise _bad("ath is not of this token")
    if nonces is not None and not nonces.good(claims.get("nonce")):
        raise BadProofError("use_dpop_nonce", "a nonce of this server is needed")
    issued = claims.get("iat")
    now = context.now()
    if not isinstance(issued, int) or isinstance(issued, bool) or abs(now - issued) > WINDOW_SECONDS:
        raise _bad("iat is not of this minute")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 200:
        raise _bad("jti is missing")
    thumbprint: str = key.thumbprint()
    with context.db.transaction() as tx:
        tx.run("DELETE FROM proofs WHERE expires_at < ?", now)
        fresh = tx.run(
            "INSERT OR IGNORE INTO proofs VALUES (?, ?, ?)", thumbprint, jti, now + 2 * WINDOW_SECONDS
        )
    if not fresh:
        raise _bad("jti was used before")
    return thumbprint


def _bad(why: str) -> BadProofError:
    return BadProofError("invalid_dpop_proof", why)


def _opened(proof: str) -> tuple[ECKey, dict[str, Any]]:
    """The key in the header and the claims, once the one has been found to have signed the other."""
    try:
        header = jws.extract_compact(proof.encode(), registry=_LOOSE).headers()
        jwk = header.get("jwk")
        if header.get("typ") != "dpop+jwt" or header.get("alg") != "ES256" or not isinstance(jwk, dict):
            raise _bad("not a proof (typ, alg, jwk)")
        if "d" in jwk:
            raise _bad("the private key is in it")
        key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        claims = json.loads(jws.deserialize_compact(proof, key, registry=_LOOSE).payload or b"")
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _bad("not signed by the key in it") from error
    if not isinstance(claims, dict):
        raise _bad("no claims")
    return key, claims


def _same(told: object, url: str) -> bool:
    """RFC 9449, 4.3 (9): without query and fragment, after normalising what says the same."""
    if not isinstance(told, str):
        return False
    said, meant = urlsplit(told), urlsplit(url)
    return (said.scheme.lower(), said.netloc.lower(), unquote(said.path)) == (
        meant.scheme.lower(),
        meant.netloc.lower(),
        unquote(meant.path),
    )


def _hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
