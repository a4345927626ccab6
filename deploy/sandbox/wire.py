"""What goes over the wire: stamps, canonical JSON, and the problem that any operation may answer with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8), "+08:00")
"""Civil time of the city; it has no summer time."""

MAX_DEPTH = 64


def today() -> date:
    """The city's day, wherever this machine stands."""
    return datetime.now(BEIJING).date()


Json = Any
"""What `json.loads` gives; checked where it is used."""


def stamp(seconds: float) -> str:
    """RFC 3339 with an offset, whole seconds, from Unix seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).astimezone(BEIJING).isoformat()


def dump(value: Json) -> str:
    """JSON as the city sends it: UTF-8 text, no needless spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def load(data: bytes) -> Json:
    """Strict JSON from UTF-8 bytes. Raises ValueError; NaN and Infinity are not JSON (RFC 8259, 6), half of
    a surrogate pair is not text (RFC 7493, 2.1), and no body of the contract is deeper than MAX_DEPTH."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in data:
            dump(value).encode("utf-8")
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    level, depth = [value], 0
    while level:
        level = [inner for each in level for inner in _inner(each)]
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")
    return value


def _inner(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def plain(value: Json) -> Json:
    """Numbers that are equal look equal: 1.0 is 1."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def fingerprint(value: Json) -> str:
    """SHA-256 (hex) that is the same exactly for equal JSON, whatever the order of members or the spacing."""
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Reason:
    """One of the reasons why not. `field` is a JSON Pointer into the body."""

    message: str
    code: str = ""
    field: str = ""
    instead: str = ""

    def as_json(self) -> dict[str, str]:
        """As an entry of the contract's `Problem.errors`."""
        full = {"field": self.field, "code": self.code, "message": self.message, "instead": self.instead}
        return {name: text for name, text in full.items() if text}


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - the contract's word for it (RFC 9457)
    """An answer that is not the wished-for one; `detail` is for the citizen, in zh-CN."""

    status: int
    code: str
    title: str
    detail: str = ""
    retryable: bool = False
    errors: tuple[Reason, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    offers: list[Json] = field(default_factory=list)
    """Other slots, when one was taken meanwhile."""

    def as_json(self) -> dict[str, Json]:
        """The contract's `Problem`."""
        body: dict[str, Json] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "retryable": self.retryable,
        }
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = [reason.as_json() for reason in self.errors]
        if self.offers:
            body["offers"] = self.offers
        return body


def refused(*reasons: Reason, detail: str = "暂时不能办理") -> Problem:
    """422 REFUSED with every reason at once; it is remembered with the key."""
    return Problem(422, "REFUSED", "Refused", detail=detail, errors=reasons)
