"""A child of `umockdev-run`: the driver on the node that is named, until so many presses came; tells what it
heard as JSON."""

from __future__ import annotations

import json
import sys
import threading

from drivers.device import DeviceEvent, HealthChanged
from drivers.keypad import EvdevNode, Keypad, KeyPressed


def main(node: str, wanted: int) -> None:
    """At most 20 s."""
    conditions: list[str] = []
    presses: list[str] = []
    enough = threading.Event()

    def listen(event: DeviceEvent) -> None:
        if isinstance(event, HealthChanged):
            conditions.append(event.health.condition)
        elif isinstance(event, KeyPressed):
            presses.append(event.press)
        if len(presses) >= wanted and conditions:
            enough.set()

    keypad = Keypad(node=lambda: EvdevNode(node), listener=listen)
    keypad.open()
    enough.wait(20)
    outcome = keypad.self_test()
    keypad.close()
    told = {"conditions": conditions, "presses": presses, "passed": outcome.passed, "facts": outcome.facts}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
