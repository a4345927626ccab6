"""An access token on its way: plain (RFC 6750), or bound to a key (DPoP, RFC 9449)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Bearer(Protocol):
    """A token that makes its own headers. Called from several threads.

    The plain one is `PlainBearer`; that of a bound token (``Authorization: DPoP`` and a proof) is made
    by whoever holds the key, `kiosk.identity`.
    """

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers for one request, made anew for each: a proof has a time and a `jti` of its own.

        `url` is whole; a proof's `htu` is without query and fragment (RFC 9449, 4.2).
        """
        ...

    def nonce(self, value: str) -> None:
        """The gateway wants `value` in the proofs made from now on (RFC 9449, 8.2 and 9)."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class PlainBearer:
    """Whoever has it may use it. Its repr does not show it."""

    token: str

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """See `Bearer.headers`."""
        return {"Authorization": f"Bearer {self.token}"}

    def nonce(self, value: str) -> None:
        """There is no proof to put it in."""


def bearer(token: str | Bearer) -> Bearer:
    """`token` as a Bearer."""
    return PlainBearer(token) if isinstance(token, str) else token
