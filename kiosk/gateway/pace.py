"""What the gateway states of its rate: `RateLimit-Policy` and `RateLimit` of an answer, read strictly.

draft-ietf-httpapi-ratelimit-headers (of 2024 and later): each a List of Structured Fields (RFC 9651),

    RateLimit-Policy: "outbox";q=6;w=60        at most 6 requests in any 60 seconds
    RateLimit: "outbox";r=3;t=30               3 are left for the next 30 seconds

A field that is not that is as none, and so is a policy in another unit than requests (`qu`): the rate is a
courtesy that the gateway asks for, and 429 with Retry-After stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kiosk.gateway.transport import HttpAnswer
from offline_cache.rate import Left, Quota, Stated

_MOST_BYTES = 500
_MOST_ITEMS = 4
"""Policies that are kept to at once: a minute's, an hour's, a day's, and one to spare."""

_MOST_SECONDS = 86400
"""A longer window says nothing of a pace."""


def stated(answer: HttpAnswer) -> Stated | None:
    """The rate that comes with `answer`, or None where it states none."""
    policies = _items(answer.headers.get("ratelimit-policy", ""))
    limits = _items(answer.headers.get("ratelimit", ""))
    quotas = tuple(
        Quota(q, float(w))
        for each in policies
        if each.get("qu", "requests") == "requests"
        and (q := _whole(each.get("q"), 1)) is not None
        and (w := _whole(each.get("w"), 1, _MOST_SECONDS)) is not None
    )
    left = tuple(
        Left(r, float(t))
        for each in limits
        if (r := _whole(each.get("r"), 0)) is not None
        and (t := _whole(each.get("t"), 1, _MOST_SECONDS)) is not None
    )
    return Stated(quotas, left) if quotas or left else None


def _items(field: str) -> list[dict[str, Any]]:
    """The parameters of the list's first items; none of a field that is not a list of named items."""
    if not field or len(field) > _MOST_BYTES or not field.isascii():
        return []
    import http_sf  # noqa: PLC0415 - 0.2 s, which no start need wait for where no rate is stated

    try:
        members = http_sf.parse(field.encode(), tltype="list")
    except http_sf.StructuredFieldError:
        return []
    return list(_named(members))[:_MOST_ITEMS]


def _named(members: Any) -> Iterator[dict[str, Any]]:
    for name, parameters in members:
        if isinstance(name, str) and name:
            yield parameters


def _whole(value: Any, least: int, most: int = 10**9) -> int | None:
    """An Integer within its bounds; sf's Booleans and Decimals are none."""
    fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    return value if fits else None
