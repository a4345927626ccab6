"""How a request to the gateway is signed: pluggable, by name in the configuration.

Gateways differ in this. TLS with a pinned CA and idempotency keys carry the weight whichever is
taken; a signer only adds headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """A request as it will be sent; a signer may cover any of it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


class Signer(Protocol):
    """Adds what a gateway wants to see. Called from several threads."""

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        """Headers to add to `request`; made anew for each attempt, because most carry time and nonce."""
        ...


class UnknownSigner(ValueError):  # noqa: N818 - names what is wrong with the configuration
    """The configuration names a signer that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no request signer {name!r}; known: {', '.join(sorted(SIGNERS))}")


class NoSigner:
    """`none`: the bearer token and TLS are enough."""

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        """Nothing to add."""
        return {}


SIGNERS: dict[str, Callable[[], Signer]] = {"none": NoSigner}
"""Every signer by its name in the configuration."""


def signer(name: str) -> Signer:
    """The signer called `name`. Raises UnknownSigner, which lists the known ones."""
    try:
        return SIGNERS[name]()
    except KeyError:
        raise UnknownSigner(name) from None
