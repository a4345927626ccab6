"""An `Http` that answers from a script and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.gateway.outcomes import Unreachable
from kiosk.gateway.transport import HttpAnswer
from kiosk.slips import Slips
from offline_cache.submission import Filed

NO_SLIPS = Slips(dict[str, Filed]().__getitem__)
"""Of a terminal that printed none."""

DATE = "Fri, 20 Nov 2026 09:00:00 GMT"


@dataclass(frozen=True)
class Asked:
    """One request as it reached the network."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float


Answer = HttpAnswer | Unreachable


class ScriptedHttp:
    """Gives `answers` one after the other, the last for ever; an answer may be a function of the request."""

    def __init__(self, *answers: Answer | Callable[[Asked], Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float
    ) -> Answer:
        """See `kiosk.gateway.transport.Http`."""
        self.asked.append(Asked(method, url, dict(headers), body, timeout))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer(self.asked[-1]) if callable(answer) else answer


def answer(status: int, data: Any = None, **headers: str) -> HttpAnswer:
    """A JSON answer; `retry_after="3"` names a header; `content_type` replaces the usual one."""
    kind = "application/json" if status < 400 else "application/problem+json"
    named = {"content-type": kind, "date": DATE}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
    return HttpAnswer(status, named, body)


def problem(status: int, code: str, **members: Any) -> HttpAnswer:
    """An RFC 9457 answer."""
    return answer(status, {"type": "about:blank", "title": "No", "status": status, "code": code, **members})
