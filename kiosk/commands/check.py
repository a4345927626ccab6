"""One line of `kiosk doctor`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["good", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `state` is `unknown` where it could not be looked at: neither good nor bad."""

    what: str
    state: State
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """For --json."""
        return asdict(self)

    def __str__(self) -> str:
        """One line, and the remedy below."""
        mark = {"good": "✓", "bad": "✗", "unknown": "?"}[self.state]
        return f"{mark} {self.what}: {self.found}" + (f"\n    → {self.remedy}" if self.remedy else "")
