"""A citizen's access token, and the headers that a request with it carries."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.identity.dpop import ProofKey


class Token:
    """An access token; bound to `key` where the platform binds tokens (DPoP). Personal: not in its repr.

    `headers` is all that whoever sends a request needs; the token itself need not be known there.
    """

    __slots__ = ("_key", "text")

    def __init__(self, text: str, key: ProofKey | None = None) -> None:
        self.text = text
        self._key = key

    def __repr__(self) -> str:
        return f"Token(bound={self.bound})"

    @property
    def bound(self) -> bool:
        """Whether it is of no use without its key."""
        return self._key is not None

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """For one sending of `method` to `url` (RFC 6750, 2.1; RFC 9449, 7.1): no proof is sent twice."""
        if self._key is None:
            return {"Authorization": f"Bearer {self.text}"}
        return {
            "Authorization": f"DPoP {self.text}",
            "DPoP": self._key.proof(method, url, token=self.text),
        }

    def heard(self, url: str, headers: Mapping[str, str]) -> bool:
        """Told of each answer's headers (names in lower case).

        True where they bring a nonce that was not known before: an answer that asked for one (401 with
        `use_dpop_nonce`) did not act, and the request may be sent again, with new `headers`.
        """
        return self._key is not None and self._key.nonces.heard(url, headers)
