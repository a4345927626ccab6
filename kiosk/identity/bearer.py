"""A citizen's access token, and the headers that a request with it carries."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.identity.dpop import ProofKey


class Token:
    """An access token; bound to `key` where the platform binds tokens (DPoP). Personal: not in its repr.

    `headers` is all that whoever sends a request needs; the token itself need not be known there.
    """

    __slots__ = ("_key", "_sent_to", "text")

    def __init__(self, text: str, key: ProofKey | None = None) -> None:
        self.text = text
        self._key = key
        self._sent_to = ""

    def __repr__(self) -> str:
        return f"Token(bound={self.bound})"

    @property
    def bound(self) -> bool:
        """Whether it is of no use without its key."""
        return self._key is not None

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """For one sending of `method` to `url` (RFC 6750, 2.1; RFC 9449, 7.1): no proof is sent twice."""
        self._sent_to = url
        if self._key is None:
            return {"Authorization": f"Bearer {self.text}"}
        return {
            "Authorization": f"DPoP {self.text}",
            "DPoP": self._key.proof(method, url, token=self.text),
        }

    def nonce(self, value: str) -> None:
        """The server that was sent to last wants `value` in proofs from now on (RFC 9449, 8.2 and 9)."""
        if self._key is not None:
            self._key.nonces.take(self._sent_to, value)
