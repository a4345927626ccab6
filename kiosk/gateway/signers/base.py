"""What a signer sees and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kiosk.clock import Clock
from kiosk.keys import TerminalKey


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


@dataclass(frozen=True, slots=True, repr=False)
class Means:
    """What signers are made from. `clock` gives the platform's time, `nonce` a text that was never given.

    `secret` is shared with the gateway, which knows it as `key_id`; the configuration sees to it that
    both are there for the signers that need them.
    """

    key: TerminalKey
    clock: Clock
    nonce: Callable[[], str]
    secret: bytes = b""
    key_id: str = ""
