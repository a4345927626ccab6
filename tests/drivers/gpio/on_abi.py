"""``python -m tests.drivers.gpio.on_abi STORY LIBRARY``, with LIBRARY (chip.c, built) preloaded and GPIO_NODE
set: one story of a driver on the real gpiod, told on standard output as JSON."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gpiod
from gpiod.line import Direction

from drivers.door import Condition as Door
from drivers.door import DoorClosed, DoorOpened, DoorSwitch
from drivers.gpio import KernelGpio
from drivers.lights import Condition as Lamp
from drivers.lights import Lights, Look
from tests.contract.heard import DEADLINE, Heard

LABEL = "abi-chip"
DOOR, CARD, STATUS = 0, 1, 2


class Abi:
    """The hand at the chip."""

    def __init__(self, library: str) -> None:
        self._library = ctypes.CDLL(library)
        self._library.abi_flags.restype = ctypes.c_ulonglong
        self.gpio = KernelGpio(Path(os.environ["GPIO_NODE"]).parent)

    def __getattr__(self, name: str) -> Callable[..., int]:
        found: Callable[..., int] = getattr(self._library, f"abi_{name}")
        return found

    def door(self, heard: Heard) -> DoorSwitch:
        """Not yet opened."""
        return DoorSwitch(chip=LABEL, line="LINE0", listener=heard, gpio=self.gpio, settle=0.0)


def until(fact: Callable[[], bool]) -> None:
    """Look again and again, until the deadline of tests."""
    ends = time.monotonic() + DEADLINE
    while not fact():
        if time.monotonic() > ends:
            raise TimeoutError
        threading.Event().wait(0.01)


def moves(abi: Abi) -> dict[str, Any]:
    """The door is opened and shut; what the kernel was asked for."""
    heard = Heard()
    door = abi.door(heard)
    door.open()
    heard.condition(Door.CLOSED)
    asked = {"flags": abi.flags(DOOR), "debounce": abi.debounce(DOOR), "room": abi.room(DOOR)}
    abi.drive(DOOR, 1)
    heard.next(DoorOpened)
    heard.condition(Door.OPEN)
    abi.drive(DOOR, 0)
    heard.next(DoorClosed)
    outcome = door.self_test()
    door.close()
    return {**asked, "passed": outcome.passed, "facts": dict(outcome.facts), "held": abi.held(DOOR)}


def unplugged(abi: Abi) -> dict[str, Any]:
    """The chip goes and comes back; the door was opened meanwhile."""
    heard = Heard()
    door = abi.door(heard)
    door.open()
    heard.condition(Door.CLOSED)
    abi.unplug(1)
    heard.condition(Door.NO_CHIP)
    abi.drive(DOOR, 1)
    abi.unplug(0)
    heard.next(DoorOpened)
    heard.condition(Door.OPEN)
    door.close()
    return {"condition": door.health().condition}


def denied(abi: Abi) -> dict[str, Any]:
    """The chip may not be opened."""
    heard = Heard()
    abi.deny(1)
    door = abi.door(heard)
    door.open()
    heard.condition(Door.DENIED)
    door.close()
    return {}


def busy(abi: Abi) -> dict[str, Any]:
    """Another has the line."""
    heard = Heard()
    [path] = abi.gpio.chips()
    with gpiod.request_lines(path, {"LINE0": None}, consumer="somebody"):
        door = abi.door(heard)
        door.open()
        heard.condition(Door.LINE_BUSY)
        cause = door.health().cause
    heard.condition(Door.CLOSED)
    door.close()
    return {"cause": cause}


def lamps(abi: Abi) -> dict[str, Any]:
    """Lights are lit and made dark."""
    heard = Heard()
    lines: dict[str, int | str] = {"id_card": "LINE1", "status": STATUS}
    lights = Lights(chip=LABEL, lines=lines, listener=heard, gpio=abi.gpio, settle=0.0, show_seconds=0.0)
    abi.drive(CARD, 1)  # left on
    lights.open()
    heard.condition(Lamp.READY)
    levels = [[abi.level(CARD), abi.level(STATUS)]]
    outcome = lights.self_test()
    lights.show("status", Look.ON)
    until(lambda: bool(abi.level(STATUS)))
    levels.append([abi.level(CARD), abi.level(STATUS)])
    lights.close()
    levels.append([abi.level(CARD), abi.level(STATUS)])
    return {"levels": levels, "passed": outcome.passed, "held": abi.held(STATUS)}


def unlit(abi: Abi) -> dict[str, Any]:
    """The chip of the lights goes: noticed though nothing is set."""
    heard = Heard()
    lights = Lights(chip=LABEL, lines={"status": STATUS}, listener=heard, gpio=abi.gpio, settle=0.0)
    lights.open()
    heard.condition(Lamp.READY)
    abi.unplug(1)
    heard.condition(Lamp.NO_CHIP)
    lights.close()
    return {}


def wrong_way(abi: Abi) -> dict[str, Any]:
    """An input that is set."""
    [path] = abi.gpio.chips()
    with gpiod.request_lines(path, {STATUS: gpiod.LineSettings(direction=Direction.INPUT)}) as request:
        try:
            request.set_value(STATUS, gpiod.line.Value.ACTIVE)
        except OSError as error:
            return {"errno": error.errno}
    return {}


STORIES: dict[str, Callable[[Abi], dict[str, Any]]] = {
    each.__name__: each for each in (moves, unplugged, denied, busy, lamps, unlit, wrong_way)
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(STORIES[sys.argv[1]](Abi(sys.argv[2]))))
