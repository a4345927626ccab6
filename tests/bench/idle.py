"""What the drivers of a terminal cost together while nobody is there, and while a page waits for something.

The drivers are this process, opened as the agent opens them; the simulators are others, and so is the smart
card reader's worker, whose processor time is added. Nothing else runs here meanwhile.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.cabinet import WELL, Cabinet, cabinet
from tests.bench.rows import row

SECONDS = 30.0
LIMIT = ("issue E: 1 % of a core", 1.0)


def rows(seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Idle, with the goal; and armed, which is told."""
    with tempfile.TemporaryDirectory() as folder, cabinet(Path(folder)) as terminal:
        idle = _percent(terminal, seconds)
        armed = [
            terminal.devices.id_card,
            terminal.devices.smart_card,
            terminal.devices.code_scanner,
        ]
        for each in armed:
            assert each is not None
            each.arm()
        waiting = _percent(terminal, seconds)
    return [
        row(
            f"processor, {len(WELL)} drivers together, nobody there",
            "% of a core",
            idle,
            limit=LIMIT,
            goal=1.0,
        ),
        row("processor, … while a page waits for a card or a code", "% of a core", waiting),
    ]


def _percent(terminal: Cabinet, seconds: float) -> float:
    """Processor time of `seconds`, of them."""
    began, ours, workers = time.monotonic(), time.process_time(), terminal.worker_seconds()
    threading.Event().wait(seconds)
    spent = time.process_time() - ours + terminal.worker_seconds() - workers
    return 100 * spent / (time.monotonic() - began)
