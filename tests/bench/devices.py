"""The drivers against their lines, their peers and the hands of a technician.

Each part's own file says what is timed; the status query and the polled card have sections of their own
(`printer`, `card_reader`).
"""

from __future__ import annotations

from typing import Any

from tests.bench import card_reader, idle, receipt, recovery

SPEEDS = (115_200, 9600)
CARDS = 12


def run() -> list[dict[str, Any]]:
    """Card, receipt, idle processor time, recovery."""
    return [
        *(card_reader.reading(speed, CARDS) for speed in SPEEDS),
        *receipt.rows(),
        *idle.rows(),
        *recovery.rows(),
    ]
