"""Tells, once each, what is plugged in while the agent runs and no table of the configuration claims."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from kiosk.config_devices import Devices
from kiosk.unclaimed import unclaimed

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0
MOST_TOLD = 20
"""At once; a machine that shows more has another trouble."""


class PluggedWatch:
    """What was there at the last look is not told again; what was away meanwhile is."""

    def __init__(self, devices: Devices, root: Path = Path("/")) -> None:
        """`root` is where /sys and /dev are looked for."""
        self._devices = devices
        self._root = root
        self._told: frozenset[str] = frozenset()

    def look(self) -> None:
        """Look once."""
        found = {str(each): each.remedy for each in unclaimed(self._devices, self._root)[0][:MOST_TOLD]}
        for words, remedy in found.items():
            if words not in self._told:
                log.warning("plugged in and not configured: %s; %s", words, remedy)
        self._told = frozenset(found)

    def run(self, stopped: threading.Event) -> None:
        """Look again and again until `stopped` is set."""
        self.look()
        while not stopped.wait(LOOK_SECONDS):
            self.look()
