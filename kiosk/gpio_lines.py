"""The drivers of what hangs on GPIO lines, as the configuration names it: door switch and lights."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

from gpiod.line import Bias

from drivers.device import Listener, Monotonic
from drivers.door import DoorSwitch
from drivers.gpio import Gpio, KernelGpio
from drivers.lights import Lights
from kiosk.config_gpio import SIMULATED_GPIO, DoorOnGpio, LightsOnGpio

_BIASES = {
    "as-is": Bias.AS_IS,
    "disabled": Bias.DISABLED,
    "pull-up": Bias.PULL_UP,
    "pull-down": Bias.PULL_DOWN,
}


def door_switch(spec: DoorOnGpio, listener: Listener, monotonic: Monotonic = time.monotonic) -> DoorSwitch:
    """Not yet opened."""
    return DoorSwitch(
        chip=spec.chip,
        line=spec.line,
        active_low=spec.active_low,
        bias=_BIASES[spec.bias],
        debounce=spec.debounce_ms / 1000,
        gpio=_gpio(spec.simulator),
        listener=listener,
        monotonic=monotonic,
    )


def status_lights(spec: LightsOnGpio, listener: Listener, monotonic: Monotonic = time.monotonic) -> Lights:
    """Not yet opened."""
    return Lights(
        chip=spec.chip,
        lines=spec.lines,
        active_low=spec.active_low,
        gpio=_gpio(spec.simulator),
        listener=listener,
        monotonic=monotonic,
    )


def _gpio(simulator: Path | None) -> Gpio:
    """The kernel's chips, or a simulator's in their stead. Imported by name: a field build has no simulators,
    and its configuration may name none."""
    if simulator is None:
        return KernelGpio()
    simulated: Gpio = importlib.import_module(SIMULATED_GPIO).SocketGpio(simulator)
    return simulated
