"""What every desk is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from flows.events import Outcome

Tell = Callable[[Outcome], None]
"""Tells the run; to be called in the loop's thread."""

CHINA = timezone(timedelta(hours=8), "CST")
"""The city's civil time (no daylight saving since 1991)."""


def civil(moment: datetime) -> str:
    """RFC 3339 with the city's offset, whole seconds."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")
