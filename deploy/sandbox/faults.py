"""Misbehaviour on command: the next `count` requests are slow, refused, lost or answered in vain."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .pace import Pace
from .wire import Problem

Kind = Literal[
    "slow",
    "5xx",
    "down",
    "reset-after-acting",
    "409",
    "429",
    "clock",
    "duplicate",
    "changed",
    "portal-redirect",
    "portal-page",
]
KINDS: tuple[str, ...] = get_args(Kind)
PACE = "pace"
"""No fault but a statement, and in force beside them: `count` requests in any `seconds`."""

DAY = 86400
IDENTITY = "identity."
"""Operations of the identity platform are named `identity.token` and so on; `identity.*` means them all."""

_INSTEAD = {
    "5xx": (503, "UNAVAILABLE", "Out of order", "平台暂时不可用，请稍后再试"),
    "409": (409, "IN_PROGRESS", "Still running", "正在处理，请稍候"),
    "429": (429, "TOO_MANY", "Too many requests", "请求过多，请稍后再试"),
}


@dataclass
class Fault:
    """One order. `left` is how many requests it still meets; None is all until it is cleared."""

    operation: str
    kind: Kind
    left: int | None
    seconds: float

    def meets(self, operation: str) -> bool:
        """`*` means every operation of the gateway, `identity.*` every one of the identity platform."""
        if self.operation == "*":
            return not operation.startswith(IDENTITY)
        if self.operation == IDENTITY + "*":
            return operation.startswith(IDENTITY)
        return self.operation == operation

    def as_json(self) -> dict[str, Any]:
        """As the control page shows it."""
        return {"operation": self.operation, "kind": self.kind, "count": self.left, "seconds": self.seconds}

    def before_acting(self) -> Problem | None:
        """The answer that replaces the real one, where this kind does not act at all."""
        if self.kind not in _INSTEAD:
            return None
        status, code, title, detail = _INSTEAD[self.kind]
        later = {"Retry-After": str(max(1, int(self.seconds)))}
        return Problem(status, code, title, detail, retryable=True, headers=later)


class Faults:
    """The orders in force, oldest first; a request is met by one of them at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._refusals: dict[str, tuple[str, int]] = {}
        self.pace: Pace | None = None

    def order(self, wish: dict[str, Any]) -> None:
        """Add one from `{"operation", "kind", "count", "seconds"}`. Raises ValueError with what is wrong."""
        unknown = set(wish) - {"operation", "kind", "count", "seconds"}
        if unknown:
            raise ValueError(f"unknown members: {', '.join(sorted(unknown))}")
        operation, kind = wish.get("operation"), wish.get("kind")
        count, seconds = wish.get("count", 1), wish.get("seconds", 1.0)
        if not isinstance(operation, str) or not operation:
            raise ValueError("operation: an operationId, `*`, `identity.token` ... or `identity.*`")
        if kind not in {*KINDS, PACE}:
            raise ValueError(f"kind: one of {', '.join((*KINDS, PACE))}")
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
            raise ValueError("count: a whole number from 1, or null for all until cleared")
        least, most = (-DAY, DAY) if kind == "clock" else (0, 600)
        if not isinstance(seconds, int | float) or not least <= seconds <= most:
            raise ValueError(f"seconds: {least} to {most}")
        if kind == PACE:
            if count is None or seconds != int(seconds) or seconds < 1:
                raise ValueError("pace: count requests in seconds, both whole and from 1")
            self.pace = Pace(count, float(seconds))
            return
        with self._lock:
            self._faults.append(Fault(operation, kind, count, float(seconds)))

    def take(self, operation: str) -> Fault | None:
        """The fault that meets this request, counted down."""
        with self._lock:
            for fault in self._faults:
                if fault.meets(operation):
                    if fault.left is not None:
                        fault.left -= 1
                        if fault.left == 0:
                            self._faults.remove(fault)
                    return fault
        return None

    def refuse(self, item: str, message: str, count: int) -> None:
        """The next `count` applications for this item are refused by its department, with these words."""
        with self._lock:
            self._refusals[item] = (message, count)

    def refusal(self, item: str) -> str | None:
        """Why the department refuses this one, counted down; None where it was not told to."""
        with self._lock:
            message, left = self._refusals.pop(item, (None, 0))
            if message is not None and left > 1:
                self._refusals[item] = (message, left - 1)
            return message

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._faults.clear()
            self._refusals.clear()
            self.pace = None

    def as_json(self) -> list[dict[str, Any]]:
        """What is in force."""
        with self._lock:
            told = [fault.as_json() for fault in self._faults]
        if (pace := self.pace) is not None:
            told.append({"operation": "*", "kind": PACE, "count": pace.requests, "seconds": pace.seconds})
        return told
