"""A value as a register has it, and what finds one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..wire import Json
from .holdings import Asker


@dataclass(frozen=True)
class Fact:
    """A value as a register has it. Trust: A issued by an agency, B checked by one."""

    value: Any
    source: str
    trust: str = "A"

    def as_json(self, as_of: str) -> Json:
        """The contract's Value."""
        return {"value": self.value, "source": self.source, "trust": self.trust, "as_of": as_of}


Finder = Callable[[Asker], Fact | None]
