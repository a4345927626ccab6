"""Opening what a terminal queued: a compact JWE to the gateway's key around its own compact JWS."""

from __future__ import annotations

import base64
import json
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from .. import keys
from ..db import Tx
from ..wire import Json, Problem, load

MAX_BODY = 16_000_000
"""The contract's body limit (16 MB, and the maxLength of `Sealed`)."""


class _Seals(jwe.JWERegistry):
    """joserfc stops at 64 KB, the contract at 16 MB."""

    max_ciphertext_length = MAX_BODY


class _Signatures(jws.JWSRegistry):
    """The same for what is inside."""

    max_payload_length = MAX_BODY


_SEALS = _Seals(algorithms=["ECDH-ES+A256KW", "A256GCM"])
_SIGNATURES = _Signatures(algorithms=["ES256"], strict_check_header=False)  # `idk` is the contract's own


def _bad(detail: str) -> Problem:
    return Problem(400, "BAD_SEAL", "Not a sealed body", detail)


def _header(part: bytes) -> dict[str, Any]:
    try:
        padded = part + b"=" * (-len(part) % 4)
        header = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError as error:
        raise _bad("header") from error
    if not isinstance(header, dict):
        raise _bad("header")
    return header


def _unwrap(tx: Tx, sealed: bytes) -> bytes:
    header = _header(sealed.partition(b".")[0])
    if (header.get("alg"), header.get("enc"), header.get("cty")) != ("ECDH-ES+A256KW", "A256GCM", "JWT"):
        raise _bad("alg, enc or cty is not the contract's")
    if "zip" in header:
        raise _bad("zip is not in the contract")
    key = keys.sealing_key(tx, str(header.get("kid")))
    if key is None:
        raise Problem(422, "SEAL_KEY_GONE", "The sealing key is gone", "封装密钥已失效，请重新提交")
    try:
        opened = jwe.decrypt_compact(sealed, key, registry=_SEALS).plaintext
    except (JoseError, ValueError) as error:
        raise _bad("it does not open") from error
    return opened or b""


def unseal(tx: Tx, sealed: bytes, key: str) -> tuple[Json, str]:
    """The JSON body inside, and the terminal that signed it, for this Idempotency-Key.

    Raises Problem: 400 BAD_SEAL, 401 UNKNOWN_TERMINAL, 422 SEAL_KEY_GONE or KEY_MISMATCH.
    """
    signed = _unwrap(tx, sealed)
    header = _header(signed.partition(b".")[0])
    if header.get("alg") != "ES256" or header.get("typ") != "submission+jws":
        raise _bad("alg or typ of the signature is not the contract's")
    row = tx.one("SELECT id, jwk FROM terminals WHERE thumbprint = ?", str(header.get("kid")))
    unknown = Problem(401, "UNKNOWN_TERMINAL", "Not signed by an enrolled terminal", "终端未登记")
    if row is None:
        raise unknown
    try:
        payload = jws.deserialize_compact(
            signed, ECKey.import_key(json.loads(row["jwk"])), registry=_SIGNATURES
        ).payload
    except (JoseError, ValueError) as error:
        raise unknown from error
    if str(header.get("idk")).lower() != key:  # a UUID may be written in capitals
        raise Problem(422, "KEY_MISMATCH", "idk is not the Idempotency-Key", "提交编号不一致")
    try:
        return load(payload), row["id"]
    except ValueError as error:
        raise _bad("what is inside is not JSON") from error
