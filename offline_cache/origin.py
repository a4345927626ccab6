"""What the origin of public content can answer, in the words of RFC 9111. The cache is given a `Fetch`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fetched:
    """The origin's new answer. All in seconds: `age` is what it had reached when it came (RFC 9111, 4.2.3),
    `max_age` and `stale_if_error` are as said; both 0 (`no-store`, or nothing said): used once, not kept."""

    body: bytes
    etag: str | None
    max_age: float
    stale_if_error: float
    media_type: str = "application/json"
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: what is held is current again. None: it says nothing of its time, and what was said before goes on
    to hold (RFC 9111, 3.2)."""

    max_age: float | None
    stale_if_error: float | None
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Gone:
    """The origin has no such content (404, 410): it is forgotten here as well."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer that can be used: no network, 5xx, nonsense. The case `stale-if-error` is for."""


Answer = Fetched | NotModified | Gone | Unreachable

Fetch = Callable[[str | None], Answer]
"""Ask the origin, with the ETag that is held (If-None-Match). Has a deadline of its own."""
