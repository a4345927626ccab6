"""How a request to the gateway is signed: pluggable, by name in the configuration.

Gateways differ in this. TLS with a pinned CA and idempotency keys carry the weight whichever is
taken; a signer only adds headers. What each covers is in docs/gateway.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from kiosk import config, keys
from kiosk.clock import Clock
from kiosk.gateway.signers import mac, message, tif
from kiosk.gateway.signers.base import Means, Outgoing, Signer

__all__ = ["SIGNERS", "Means", "NoSigner", "Outgoing", "Signer", "UnknownSigner", "configured", "signer"]


class UnknownSigner(ValueError):  # noqa: N818 - names what is wrong with the configuration
    """The configuration names a signer that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no request signer {name!r}; known: {', '.join(sorted(SIGNERS))}")


class NoSigner:
    """`none`: the bearer token and TLS are enough."""

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        """Nothing to add."""
        return {}


SIGNERS: dict[str, Callable[[Means], Signer]] = {
    "none": lambda _: NoSigner(),
    "hmac-sha256": mac.sha256,
    "hmac-sm3": mac.sm3,
    "x-tif": tif.TifSigner,
    "rfc9421": message.MessageSigner,
}
"""Every signer by its name in the configuration."""


def signer(name: str, means: Means | None = None) -> Signer:
    """The signer called `name`; all but `none` need `means`. Raises UnknownSigner, which lists them."""
    if name not in SIGNERS:
        raise UnknownSigner(name)
    if name == "none":
        return NoSigner()
    if means is None:
        raise ValueError(f"{name} signs with something: give it its means")
    return SIGNERS[name](means)


def configured(gateway: config.Gateway, key: keys.TerminalKey, clock: Clock) -> Signer:
    """The signer that [gateway] names, with what it says. Raises keys.KeyFileError for its secret."""
    secret = keys.load_secret(gateway.secret_file) if gateway.secret_file is not None else b""
    means = Means(
        key=key,
        clock=clock,
        nonce=lambda: secrets.token_hex(16),
        secret=secret,
        key_id=gateway.key_id or "",
    )
    return signer(gateway.signer, means)
