"""`x-tif`: the headers of a service bus that many of China's government platforms stand behind.

The code covers neither body nor path: it shows only that the sender knows the secret, for 180 seconds
around the gateway's time. Idempotency keys and TLS with a pinned CA carry the weight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from kiosk.gateway.signers.base import Means, Outgoing


class TifSigner:
    """Adds x-tif-paasid (`key_id`), x-tif-timestamp (Unix seconds), x-tif-nonce and x-tif-signature."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        """See `Signer.headers`."""
        at, nonce = str(int(self._means.clock.now().timestamp())), self._means.nonce()
        # UPPER(HEX(SHA256(timestamp + secret + nonce + timestamp))), contracts/identity.md.
        covered = at.encode() + self._means.secret + nonce.encode() + at.encode()
        return {
            "x-tif-paasid": self._means.key_id,
            "x-tif-timestamp": at,
            "x-tif-nonce": nonce,
            "x-tif-signature": hashlib.sha256(covered).hexdigest().upper(),
        }
