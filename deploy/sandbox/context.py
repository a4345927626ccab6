"""What every part of the city is given: database, clock, public names, orders to misbehave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .db import Database
from .faults import Faults


@dataclass(frozen=True)
class Context:
    """`now`: Unix seconds, the platform's time; `pause` spends seconds, fewer when the city stops."""

    db: Database
    now: Callable[[], float]
    pause: Callable[[float], None]
    issuer: str
    gateway_url: str
    faults: Faults
