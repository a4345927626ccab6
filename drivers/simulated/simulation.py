"""All the simulated devices of one agent, begun before its devices are opened and ended after."""

from __future__ import annotations

import contextlib
import logging
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drivers.device import DeviceEvent, Listener, Monotonic
from drivers.simulated.faults import FAULTS, Fidelity
from drivers.simulated.made import JOBS, USES, Counting, Made, Place, make
from drivers.simulated.script import Fault, Player

_log = logging.getLogger("drivers.simulated")


class Simulation:
    """Devices are made by `device`; `begin` starts what stands behind them, `end` ends it.

    `folder` is made by `begin` and, with all that came out of the printers, taken away by `end`. It holds a
    control socket for each device, ``NAME.sock`` (``python -m drivers.simulated``).
    """

    def __init__(self, monotonic: Monotonic) -> None:
        """Nothing is begun yet."""
        # Short, for the path of a Unix socket has 107 bytes at most; told anew at each start.
        self.folder = Path(tempfile.gettempdir()) / f"kiosk-simulated-{secrets.token_hex(4)}"
        self._monotonic = monotonic
        self._made: list[Made] = []
        self._players: list[Player] = []
        self._ends = contextlib.ExitStack()

    def device(self, name: str, fidelity: Fidelity, faults: Sequence[Fault], listener: Listener) -> Any:
        """The device of the class `name` (as in the configuration), not yet opened. Raises KeyError for a
        class or a fault that there is not."""
        player: Player | None = None

        def heard(event: DeviceEvent) -> None:
            listener(event)
            if player is not None and isinstance(event, USES.get(name, ())):
                player.used()

        made = make(Place(self.folder, name, heard, self._monotonic), fidelity)
        self._made.append(made)
        if not faults:
            return made.device
        player = Player(name, faults, FAULTS[name][fidelity], made.order, self._monotonic)
        self._players.append(player)
        return Counting(made.device, JOBS[name], player.used) if name in JOBS else made.device

    def begin(self) -> None:
        """Start the simulators and the scripts. Raises OSError."""
        self.folder.mkdir(mode=0o700)
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        for made in self._made:
            self._ends.callback(made.end)
            made.begin()
        for player in self._players:
            self._ends.callback(player.end)
            player.begin()
        _log.warning("simulated devices: their control sockets are in %s", self.folder)

    def end(self) -> None:
        """End the scripts, then the simulators. May be called twice."""
        self._ends.close()
