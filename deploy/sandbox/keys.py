"""The city's keys, kept in its database: what identity and gateway sign with, what terminals seal to."""

from __future__ import annotations

import json
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from .db import Tx

DAY = 86400.0
SEAL_KEY_DAYS = 90
"""How long a sealing key is offered; a successor is made in the last third of it."""
RETIRED_KEY_DAYS = 30
"""The contract: a retired sealing key is kept for at least 30 days after its `exp`."""


def public_jwk(text: str) -> ECKey:
    """The P-256 key of a terminal from its public JWK (JSON). Raises ValueError for anything else."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("kty") != "EC" or data.get("crv") != "P-256":
        raise ValueError("not a P-256 key (kty EC, crv P-256)")
    if "d" in data:
        raise ValueError("this is a private key: it must never leave the terminal")
    try:
        return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": data["x"], "y": data["y"]})
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("not a P-256 key: x and y are not its coordinates") from error


def _make(tx: Tx, purpose: str, expires_at: float | None) -> None:
    key = ECKey.generate_key("P-256", private=True, auto_kid=True)
    tx.run(
        "INSERT INTO keys VALUES (?, ?, ?, ?)",
        key.thumbprint(),
        purpose,
        json.dumps(key.as_dict(private=True)),
        expires_at,
    )


def ensure(tx: Tx, now: float) -> None:
    """Make what is missing, a successor for a sealing key that runs out, and forget what is too old."""
    for purpose in ("identity-sig", "gateway-sig", "bank-sig"):
        if tx.one("SELECT kid FROM keys WHERE purpose = ? AND expires_at IS NULL", purpose) is None:
            _make(tx, purpose, None)
    lasting = now + SEAL_KEY_DAYS / 3 * DAY
    if tx.one("SELECT kid FROM keys WHERE purpose = 'gateway-enc' AND expires_at > ?", lasting) is None:
        _make(tx, "gateway-enc", float(int(now + SEAL_KEY_DAYS * DAY)))
    tx.run("DELETE FROM keys WHERE expires_at < ?", now - RETIRED_KEY_DAYS * DAY)


def rotate(tx: Tx, until: float) -> None:
    """A new key for identity to sign with; what the old one signed is honoured until `until`."""
    tx.run("UPDATE keys SET expires_at = ? WHERE purpose = 'identity-sig' AND expires_at IS NULL", until)
    _make(tx, "identity-sig", None)


def signing_key(tx: Tx, purpose: str) -> ECKey:
    """The private key to sign with, its `kid` set to the RFC 7638 thumbprint."""
    row = tx.one("SELECT kid, jwk FROM keys WHERE purpose = ? AND expires_at IS NULL", purpose)
    assert row is not None, "ensure() has run"  # noqa: S101 - a bug, not an input
    return ECKey.import_key({**json.loads(row["jwk"]), "kid": row["kid"]})


def identity_keys(tx: Tx, now: float) -> list[ECKey]:
    """What identity signs with and what it signed with lately."""
    rows = tx.all(
        "SELECT kid, jwk FROM keys WHERE purpose = 'identity-sig' AND (expires_at IS NULL OR expires_at > ?)",
        now,
    )
    return [ECKey.import_key({**json.loads(row["jwk"]), "kid": row["kid"]}) for row in rows]


def sealing_key(tx: Tx, kid: str) -> ECKey | None:
    """The private key of a seal, retired ones included; None when it is gone (or never was)."""
    row = tx.one("SELECT jwk FROM keys WHERE kid = ? AND purpose = 'gateway-enc'", kid)
    return None if row is None else ECKey.import_key(json.loads(row["jwk"]))


def identity_jwks(tx: Tx, now: float) -> dict[str, Any]:
    """What ID tokens and access tokens are verified with."""
    return {
        "keys": [
            {**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": "ES256"}
            for key in identity_keys(tx, now)
        ]
    }


def gateway_jwks(tx: Tx, now: float) -> dict[str, Any]:
    """The contract's getKeys: what it signs with, and keys to seal to that have not run out (newest last)."""
    ensure(tx, now)
    signs = signing_key(tx, "gateway-sig")
    offered: list[dict[str, Any]] = [
        {**signs.as_dict(private=False), "kid": signs.kid, "use": "sig", "alg": "ES256"}
    ]
    for row in tx.all(
        "SELECT kid, jwk, expires_at FROM keys WHERE purpose = 'gateway-enc' AND expires_at > ? "
        "ORDER BY expires_at",
        now,
    ):
        key = ECKey.import_key(json.loads(row["jwk"]))
        use = {"kid": row["kid"], "use": "enc", "alg": "ECDH-ES+A256KW", "exp": int(row["expires_at"])}
        offered.append({**key.as_dict(private=False), **use})
    return {"keys": offered}
