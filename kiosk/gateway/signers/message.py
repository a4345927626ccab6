"""`rfc9421`: HTTP Message Signatures, by the terminal's own key, or with a shared secret.

With a secret the algorithm is hmac-sha256 (RFC 9421, 3.3.3) and `key_id` names it; without one it is
ecdsa-p256-sha256 (3.3.4) by the terminal's key, whose id is its thumbprint. The signature covers
method, address, the digest of the body (RFC 9530) and the headers that carry meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, hmac
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ECDSA_P256_SHA256, HMAC_SHA256, HTTPSignatureAlgorithm

from kiosk.gateway.signers.base import Means, Outgoing

LABEL = "kiosk"
"""The signature's label in both headers (RFC 9421, 4)."""

_COVERED = ("content-type", "idempotency-key", "authorization", "dpop")
"""Headers that are covered where the request has them."""


@dataclass(slots=True)
class _Message:
    """The request as the library wants to see it; it writes into `headers`."""

    method: str
    url: str
    headers: dict[str, str]


class MessageSigner:
    """Adds Signature-Input, Signature and, where there is a body, Content-Digest."""

    def __init__(self, means: Means) -> None:
        self._means = means
        algorithm: type[HTTPSignatureAlgorithm] = HMAC_SHA256 if means.secret else ECDSA_P256_SHA256
        self._sign: Callable[[bytes], bytes] = self._code if means.secret else means.key.sign_bytes
        self._key_id = means.key_id if means.secret else means.key.kid
        self._library = HTTPMessageSigner(signature_algorithm=algorithm)

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        """See `Signer.headers`."""
        message = _Message(request.method, request.url, dict(request.headers))
        there = {name.lower() for name in request.headers}
        prepared = self._library.prepare(
            message,
            key_id=self._key_id,
            created=self._means.clock.now(),
            nonce=self._means.nonce(),
            label=LABEL,
            covered_component_ids=["@method", "@target-uri", *(name for name in _COVERED if name in there)],
            body=request.body,
        )
        self._library.apply(message, prepared, self._sign(prepared.signature_base))
        return {name: value for name, value in message.headers.items() if name not in request.headers}

    def _code(self, covered: bytes) -> bytes:
        code = hmac.HMAC(self._means.secret, hashes.SHA256())
        code.update(covered)
        return code.finalize()
