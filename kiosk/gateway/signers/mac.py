"""`hmac-sha256` and `hmac-sm3`: a code over the request with a secret that the gateway shares.

No standard says what such a code covers, and gateways differ; this is the usual set (method, target,
time, nonce, key of the operation, body), in one unambiguous order. SM3 is GB/T 32905-2016; the code
is HMAC (RFC 2104, GB/T 15852.2-2012) over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, hmac

from kiosk.gateway.signers.base import Means, Outgoing


class MacSigner:
    """Adds X-Key-Id, X-Timestamp, X-Nonce and X-Signature (the code in lower-case hex)."""

    def __init__(self, means: Means, algorithm: hashes.HashAlgorithm) -> None:
        self._means = means
        self._algorithm = algorithm

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        """See `Signer.headers`."""
        at, nonce = str(int(self._means.clock.now().timestamp())), self._means.nonce()
        code = hmac.HMAC(self._means.secret, self._algorithm)
        code.update(self._covered(request, at, nonce))
        return {
            "X-Key-Id": self._means.key_id,
            "X-Timestamp": at,
            "X-Nonce": nonce,
            "X-Signature": code.finalize().hex(),
        }

    def _covered(self, request: Outgoing, at: str, nonce: str) -> bytes:
        """Six lines, each ended by a line feed; none of them can hold one, so no two requests look alike."""
        digest = hashes.Hash(self._algorithm)
        digest.update(request.body or b"")
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        key = request.headers.get("Idempotency-Key", "")
        lines = (request.method, target, at, nonce, key, digest.finalize().hex())
        return "".join(f"{line}\n" for line in lines).encode()


def sha256(means: Means) -> MacSigner:
    """The signer `hmac-sha256`."""
    return MacSigner(means, hashes.SHA256())


def sm3(means: Means) -> MacSigner:
    """The signer `hmac-sm3`."""
    return MacSigner(means, hashes.SM3())
