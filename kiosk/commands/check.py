"""One line of `kiosk doctor`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from kiosk.plugged import shown

_LONGEST = 2000
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
        """One line, and the remedy below. Without control characters: some words are a device's own."""
        mark = {"good": "✓", "bad": "✗", "unknown": "?"}[self.state]
        what, found, remedy = (shown(each, _LONGEST) for each in (self.what, self.found, self.remedy))
        return f"{mark} {what}: {found}" + (f"\n    → {remedy}" if remedy else "")
