"""The envelope of the contract (a compact JWS in a compact JWE) made by others: joserfc, and cryptography.

Both are given payload, keys and headers, and know nothing of applications.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from joserfc import jwe, jws
from joserfc.jwk import ECKey

OUTER = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "cty": "JWT"}
MOST = 16_000_000
_KDF_NAME = b"ECDH-ES+A256KW"
# RFC 7518, 4.6.2: the algorithm's name with its length, no PartyUInfo, no PartyVInfo, 256 bits.
_KDF_INFO = len(_KDF_NAME).to_bytes(4) + _KDF_NAME + bytes(8) + (256).to_bytes(4)
_ES256 = ec.ECDSA(hashes.SHA256())


class _Envelopes(jwe.JWERegistry):
    max_ciphertext_length = MOST


class _Signatures(jws.JWSRegistry):
    max_payload_length = MOST


_JWE = _Envelopes(algorithms=[OUTER["alg"], OUTER["enc"]])
_JWS = _Signatures(algorithms=["ES256"], strict_check_header=False)


class Maker(Protocol):
    """Makes and opens envelopes."""

    def seal(self, payload: bytes) -> bytes:
        """Signed, then sealed."""
        ...

    def open(self, envelope: bytes) -> bytes:
        """The payload, its signature checked."""
        ...


@dataclass(frozen=True)
class Joserfc:
    """Two calls each way; `inner` is the header of the signature."""

    terminal: ECKey
    gateway: ECKey
    inner: Mapping[str, Any]

    def seal(self, payload: bytes) -> bytes:
        """See Maker."""
        signed = jws.serialize_compact(dict(self.inner), payload, self.terminal, registry=_JWS)
        return jwe.encrypt_compact(dict(OUTER), signed, self.gateway, registry=_JWE).encode()

    def open(self, envelope: bytes) -> bytes:
        """See Maker."""
        signed = jwe.decrypt_compact(envelope, self.gateway, registry=_JWE).plaintext
        assert signed is not None
        return jws.deserialize_compact(signed, self.terminal, registry=_JWS).payload


@dataclass(frozen=True)
class Primitives:
    """RFC 7515, 7516 and 7518 by hand, for these algorithms only; `inner` as above."""

    terminal: ec.EllipticCurvePrivateKey
    gateway: ec.EllipticCurvePrivateKey
    inner: Mapping[str, Any]

    def seal(self, payload: bytes) -> bytes:
        """See Maker."""
        signing = _part(json.dumps(self.inner).encode()) + b"." + _part(payload)
        r, s = decode_dss_signature(self.terminal.sign(signing, _ES256))
        signed = signing + b"." + _part(r.to_bytes(32) + s.to_bytes(32))
        passing = ec.generate_private_key(ec.SECP256R1())
        point = passing.public_key().public_numbers()
        public = {"crv": "P-256", "kty": "EC"} | {
            name: _part(value.to_bytes(32)).decode() for name, value in (("x", point.x), ("y", point.y))
        }
        header = _part(json.dumps({**OUTER, "epk": public}).encode())
        content, nonce = os.urandom(32), os.urandom(12)
        wrapped = aes_key_wrap(_agreed(passing, self.gateway.public_key()), content)
        closed = AESGCM(content).encrypt(nonce, signed, header)
        return b".".join((header, _part(wrapped), _part(nonce), _part(closed[:-16]), _part(closed[-16:])))

    def open(self, envelope: bytes) -> bytes:
        """See Maker."""
        header, wrapped, nonce, closed, tag = envelope.split(b".")
        public = json.loads(_bytes(header))["epk"]
        x, y = (int.from_bytes(_bytes(public[name].encode())) for name in ("x", "y"))
        passing = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        content = aes_key_unwrap(_agreed(self.gateway, passing), _bytes(wrapped))
        signed = AESGCM(content).decrypt(_bytes(nonce), _bytes(closed) + _bytes(tag), header)
        signing, _, signature = signed.rpartition(b".")
        pair = _bytes(signature)
        encoded = encode_dss_signature(int.from_bytes(pair[:32]), int.from_bytes(pair[32:]))
        self.terminal.public_key().verify(encoded, signing, _ES256)
        return _bytes(signing.partition(b".")[2])


def _agreed(ours: ec.EllipticCurvePrivateKey, theirs: ec.EllipticCurvePublicKey) -> bytes:
    shared = ours.exchange(ec.ECDH(), theirs)
    return ConcatKDFHash(hashes.SHA256(), 32, _KDF_INFO).derive(shared)


def _part(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _bytes(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
