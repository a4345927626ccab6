"""What whoever tests may order of the simulated chips: docs/drivers/gpio.md describes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.gpio.simulator.bus import GpioBus

Order = Mapping[str, Any]


def _power_cycle(bus: GpioBus) -> None:
    bus.unplug()
    bus.replug()


ORDERS: Mapping[str, Callable[[GpioBus, Order], dict[str, Any] | None]] = {
    "drive": lambda bus, order: bus.drive(order["line"], order["level"]),
    "bounce": lambda bus, order: bus.bounce(order["line"], int(order["edges"])),
    "short": lambda bus, order: bus.short(order["line"], order["level"]),
    "hold": lambda bus, order: bus.hold(order["line"], str(order["consumer"])),
    "free": lambda bus, order: bus.free(order["line"]),
    "unplug": lambda bus, _: bus.unplug(),
    "replug": lambda bus, _: bus.replug(),
    "power-cycle": lambda bus, _: _power_cycle(bus),
    "deny": lambda bus, order: bus.deny(on=bool(order["on"])),
    "second-chip": lambda bus, order: bus.second_chip(on=bool(order["on"])),
    "stall": lambda bus, order: bus.stall(on=bool(order["on"])),
    "nonsense": lambda bus, order: bus.spoil(order["how"], int(order.get("times", 1))),
    "state": lambda bus, _: bus.state(),
    "history": lambda bus, order: {"history": bus.history(order.get("event"))},
}


def obey(bus: GpioBus, order: Order) -> dict[str, Any]:
    """Obey one order. Raises ValueError, KeyError or TypeError for what is none."""
    try:
        act = ORDERS[order["op"]]
    except KeyError as error:
        raise ValueError(f"op is one of {', '.join(ORDERS)}") from error
    return act(bus, order) or {}
