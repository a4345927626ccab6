"""The simulated devices that a configuration names. Imported by name: a field build has none."""

from __future__ import annotations

import importlib
from typing import Any

from msgspec.structs import asdict

from drivers.device import Listener, Monotonic
from kiosk.config_devices import SIMULATED, Simulated
from kiosk.fault_script import read_script


class SimulatedDevices:
    """Nothing of them is loaded before the first is asked for."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._simulation: Any = None

    def device(self, name: str, spec: Simulated, listener: Listener) -> Any:
        """The device, not yet opened: it keeps the contract of the driver in whose place it stands. Raises
        ConfigError for a script that is no longer what it was when the configuration was read."""
        made = importlib.import_module(SIMULATED)
        if self._simulation is None:
            self._simulation = made.Simulation(self._monotonic)
        script = [] if spec.script is None else read_script(name, spec.script)
        faults = [made.Fault(**asdict(fault)) for fault in script]
        return self._simulation.device(name, spec.fidelity, faults, listener)

    def begin(self) -> None:
        """Start what stands behind them. Raises OSError."""
        if self._simulation is not None:
            self._simulation.begin()

    def end(self) -> None:
        """End it. May be called twice."""
        if self._simulation is not None:
            self._simulation.end()
