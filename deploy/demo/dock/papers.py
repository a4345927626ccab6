"""The papers that came out of the printer: what hangs in the slot, and the pile beside it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"receipt-(\d{4,})\.png")
PILE = 12
"""Papers of the pile that are shown; older ones stay in the folder."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One piece: its number as the printer counted it, and its picture."""

    number: int
    picture: Path


class Papers:
    """Looks into the simulator's folder `receipt-NNNN.png`. What was taken is known here alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = 0
        self._lock = threading.Lock()

    def all(self) -> list[Paper]:
        """Every piece, newest first."""
        found = ((NAME.fullmatch(path.name), path) for path in self._folder.iterdir())
        pieces = (Paper(int(match[1]), path) for match, path in found if match)
        return sorted(pieces, key=lambda each: -each.number)

    def in_slot(self) -> list[Paper]:
        """What came out and nobody took yet, newest first."""
        return [each for each in self.all() if each.number > self._taken]

    def pile(self) -> list[Paper]:
        """What was taken, newest first."""
        return [each for each in self.all() if each.number <= self._taken][:PILE]

    def take(self) -> None:
        """Take everything out of the slot."""
        newest = max((each.number for each in self.all()), default=0)
        with self._lock:
            self._taken = max(self._taken, newest)

    def picture(self, number: int) -> Path | None:
        """The picture of one piece."""
        return next((each.picture for each in self.all() if each.number == number), None)
