"""For how long an answer may be kept and shown: `Cache-Control` and `Age` (RFC 9111, RFC 5861).

The terminal is one user of the gateway, with a token of its own, so it keeps a private cache: `s-maxage` and
`proxy-revalidate` are said to others. Where there is a choice, less is kept: content that does not say how
old it may become is asked for each time (no heuristics, no `Expires`), and `private` is not kept, because
many people look at one screen.
"""

from __future__ import annotations

from typing import NamedTuple

from kiosk.gateway import answers
from kiosk.gateway.outcomes import NotModified, Reason, Unreachable
from kiosk.gateway.transport import HttpAnswer

_MAX_AGE = 366 * 86400.0
"""Seconds; more than that is no promise that anybody keeps (RFC 9111, 1.2.2 lets a cache take less)."""

_NEVER = frozenset({"no-store", "private", "no-cache"})
"""Not kept. `no-cache` could be, to be confirmed before each use (5.2.2.4): it is fetched each time."""


class Freshness(NamedTuple):
    """Seconds: `max_age` and `stale_if_error` as said, `age` as it was when the answer was here."""

    max_age: float
    stale_if_error: float
    age: float


def freshness(answer: HttpAnswer, took: float = 0.0) -> Freshness:
    """Of a new answer that took `took` seconds to come. What is not said is 0.

    The apparent age of RFC 9111, 4.2.3 (our clock less `Date`) is left out: our clock is set by that `Date`.
    """
    age = _seconds(answer.headers.get("age", "")) + took
    said = _directives(answer)
    if said.keys() & _NEVER or "*" in answer.headers.get("vary", "")[:1000]:
        return Freshness(0.0, 0.0, age)
    stale = 0.0 if "must-revalidate" in said else _seconds(said.get("stale-if-error", ""))
    return Freshness(_seconds(said.get("max-age", "")), stale, age)


def not_modified(answer: HttpAnswer, etag: str, took: float = 0.0) -> NotModified | Unreachable:
    """A 304 to `etag`. What it does not say of its time holds as it was said before (RFC 9111, 3.2).

    One that names another version than was asked about confirms nothing (4.3.4).
    """
    named = answers.etag(answer)
    if named is not None and named.removeprefix("W/") != etag.removeprefix("W/"):
        return Unreachable(Reason.MALFORMED, "304 for another version than was asked about")
    told = freshness(answer, took)
    if "cache-control" in answer.headers:
        return NotModified(*told)
    return NotModified(None, None, told.age)


def _directives(answer: HttpAnswer) -> dict[str, str]:
    """The directives in lower case. Of two of a name the first counts (RFC 9111, 4.2.1)."""
    said: dict[str, str] = {}
    for part in answer.headers.get("cache-control", "")[:1000].lower().split(","):
        name, _, value = part.strip().partition("=")
        said.setdefault(name.strip(), value.strip().strip('"'))
    return said


def _seconds(value: str) -> float:
    digits = value.strip()
    return min(float(digits), _MAX_AGE) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0.0
