"""What is queued: signed by the terminal, sealed to the gateway.

`application/jose` of the gateway's contract: the JSON body as a compact JWS (ES256, `typ:
submission+jws`, `idk` the Idempotency-Key) inside a compact JWE (ECDH-ES+A256KW, A256GCM, `cty:
JWT`) to a P-256 key of the gateway. A stolen terminal cannot read its own outbox, and nobody else
can fill one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.keys import TerminalKey

MAX_SEALED = 16_000_000
"""Bytes of an envelope: `Sealed.maxLength` in the contract."""

_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
_MAX_KEYS = 64
"""Keys looked at in one JWKS: a gateway has a handful, and the list comes from outside."""

_LAST_DATE = 253_402_300_800
"""9999-12-31 in Unix seconds: what comes after is not a date."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key of the gateway to seal to, valid until `expires_at` (Unix seconds)."""

    kid: str
    expires_at: float
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope for the outbox.

    `payload_hash` (SHA-256, hex, over the canonical body) lets the outbox tell two bodies apart
    without opening either; `kid` names the gateway's key it was sealed to.
    """

    envelope: bytes
    payload_hash: str
    kid: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The citizen's papers do not fit into one submission. Sizes in bytes."""

    size: int
    limit: int


def canonical(body: Mapping[str, Any]) -> bytes:
    """JSON with keys sorted by code point, no blanks, UTF-8: equal bodies give equal bytes.

    Raises ValueError for NaN and infinities, TypeError for what JSON does not have.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def payload_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the canonical body."""
    return hashlib.sha256(canonical(body)).hexdigest()


def choose_key(jwks: object, now: datetime) -> SealingKey | None:
    """The `use: enc` P-256 key of `jwks` that is valid longest, or None: then nothing can be queued.

    `jwks` is the answer of GET /keys as decoded JSON. A key without `exp` is not taken: the contract
    dates every sealing key, and what has no end cannot be known to be in force.
    """
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list):
        return None
    usable = [key for key in map(_sealing_key, keys[:_MAX_KEYS]) if key and key.expires_at > now.timestamp()]
    return max(usable, key=lambda key: (key.expires_at, key.kid), default=None)


def seal(
    body: Mapping[str, Any], key: TerminalKey, gateway_key: SealingKey, idempotency_key: str
) -> Sealed | TooLarge:
    """Sign `body` with the terminal's key and seal it to the gateway's, for this `idempotency_key` only."""
    payload = canonical(body)
    signed = key.sign(payload, {"typ": "submission+jws", "idk": idempotency_key})
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "cty": "JWT", "kid": gateway_key.kid}
    envelope = jwe.encrypt_compact(header, signed, _public(gateway_key), algorithms=_ALGORITHMS).encode()
    if len(envelope) > MAX_SEALED:
        return TooLarge(len(envelope), MAX_SEALED)
    return Sealed(envelope, hashlib.sha256(payload).hexdigest(), gateway_key.kid)


def _sealing_key(jwk: object) -> SealingKey | None:
    """One entry of a JWKS as a sealing key, or None for anything else; it may be any JSON."""
    if not isinstance(jwk, Mapping) or jwk.get("use") != "enc" or jwk.get("kty") != "EC":
        return None
    kid, x, y, expires = (jwk.get(name) for name in ("kid", "x", "y", "exp"))
    # The upper bound also keeps NaN and infinities out, which would be the latest `exp` of all.
    if jwk.get("crv") != "P-256" or not isinstance(expires, int | float) or not 0 < expires < _LAST_DATE:
        return None
    if not (isinstance(kid, str) and isinstance(x, str) and isinstance(y, str)) or not 0 < len(kid) <= 128:
        return None
    key = SealingKey(kid, expires, x, y)
    try:
        _public(key)
    except (JoseError, ValueError, TypeError):
        return None  # e.g. a point that is not on the curve
    return key


def _public(key: SealingKey) -> ECKey:
    return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": key.x, "y": key.y})
