"""Misbehaviour on command: what an old service does, and what somebody in its place could send."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

KINDS = (
    "slow",
    "5xx",
    "down",
    "reset-after-acting",
    "soap-fault",
    "page",
    "entities",
    "external-entity",
    "deep",
    "huge",
    "other-encoding",
    "no-string",
    "not-xml-inside",
    "entities-inside",
    "deep-inside",
    "no-code-inside",
    "code",
)
_BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@dataclass
class Fault:
    """One order: meets `left` requests; `seconds` is for `slow`, `code` for `code`."""

    kind: str
    left: int
    seconds: float
    code: int


class Faults:
    """Orders in turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []

    def order(self, wish: Any) -> None:
        """Add one from `{"kind", "count", "seconds", "code"}`. Raises ValueError with what is wrong."""
        if not isinstance(wish, dict) or wish.get("kind") not in KINDS:
            raise ValueError(f"kind: one of {', '.join(KINDS)}")
        fault = Fault(
            wish["kind"],
            int(wish.get("count", 1)),
            float(wish.get("seconds", 1.0)),
            int(wish.get("code", -50)),
        )
        with self._lock:
            self._orders.append(fault)

    def take(self) -> Fault | None:
        """The order that meets this request, counted down."""
        with self._lock:
            if not self._orders:
                return None
            fault = self._orders[0]
            fault.left -= 1
            if fault.left <= 0:
                self._orders.pop(0)
            return fault

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._orders.clear()


def inside(kind: str, package: str) -> str:
    """The string inside, spoilt."""
    match kind:
        case "not-xml-inside":
            return "系统繁忙"
        case "entities-inside":
            return _BOMB + "<PACKAGE><PACKAGEHEAD><FhDm>&c;</FhDm></PACKAGEHEAD></PACKAGE>"
        case "deep-inside":
            return "<PACKAGE>" + "<a>" * 5000 + "</a>" * 5000 + "</PACKAGE>"
        case "no-code-inside":
            return "<PACKAGE><PACKAGEHEAD></PACKAGEHEAD><DATA></DATA></PACKAGE>"
        case _:
            return package


def outside(kind: str, envelope: bytes) -> bytes:
    """The envelope, spoilt."""
    text = envelope.decode()
    declaration, _, rest = text.partition("?>")
    match kind:
        case "entities":
            return f"{declaration}?>{_BOMB}{rest}".encode()
        case "external-entity":
            read = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
            return f"{declaration}?>{read}{rest.replace('<SOAP-ENV:Body>', '<SOAP-ENV:Body>&x;')}".encode()
        case "deep":
            return rest.replace("<SOAP-ENV:Body>", "<SOAP-ENV:Body>" + "<a>" * 5000 + "</a>" * 5000).encode()
        case "huge":
            return rest.replace("<SOAP-ENV:Body>", "<SOAP-ENV:Body>" + " " * 2_000_000).encode()
        case "other-encoding":
            return text.replace("UTF-8", "UTF-16", 1).encode("utf-16")
        case "no-string":
            begin, end = text.index("<z:ZAGL_SQQCJSFWReturn>"), text.index("</z:ZAGL_SQQCJSFWResponse>")
            return (text[:begin] + text[end:]).encode()
        case _:
            return envelope
