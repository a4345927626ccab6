"""Scripts of faults that the dock plays to the demo's devices, and which fidelity each of these has."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from deploy.demo.demo import Handles
from drivers.device import Monotonic
from drivers.simulated import FAULTS, Fault
from drivers.simulated.faults import Order
from drivers.simulated.script import Player
from kiosk.config import load
from kiosk.config_devices import Simulated
from kiosk.home import DEVICE_WORDS

FIDELITIES = {"bytes": "逐字节", "memory": "内存替身"}
BROWSER = "浏览器的假设备"


@dataclass(frozen=True, slots=True)
class Exercise:
    """A script for each device that it troubles; `title` is what a person picks."""

    title: str
    scripts: Mapping[str, tuple[Fault, ...]]


EXERCISES: Mapping[str, Exercise] = {
    "paper": Exercise(
        "10 秒后凭条纸用完，30 秒后换好",
        {"receipt_printer": (Fault(what="paper-out", at_seconds=10, for_seconds=30),)},
    ),
    "cable": Exercise(
        "5 秒后读卡器的线松了，10 秒后插好",
        {"id_card": (Fault(what="unplugged", at_seconds=5, for_seconds=10),)},
    ),
    "card": Exercise(
        "下一张证读不出来",
        {"id_card": (Fault(what="card-unreadable", at_seconds=0),)},
    ),
    "bank": Exercise(
        "刷卡机停用 1 分钟",
        {"payment_terminal": (Fault(what="out-of-service", at_seconds=0, for_seconds=60),)},
    ),
    "morning": Exercise(
        "糟糕的早上：墨粉、读卡器、扫码器、凭条纸依次出故障，共 2 分钟",
        {
            "document_printer": (Fault(what="toner-out", at_seconds=5, for_seconds=60),),
            "id_card": (Fault(what="silent", at_seconds=20, for_seconds=20),),
            "code_scanner": (Fault(what="unplugged", at_seconds=30, for_seconds=30),),
            "receipt_printer": (
                Fault(what="cover-open", at_seconds=50, for_seconds=10),
                Fault(what="paper-out", at_seconds=70, for_seconds=50),
            ),
        },
    ),
}


class Exercises:
    """One at a time. Any thread."""

    def __init__(self, town: Handles, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._orders: Mapping[str, Callable[..., object]] = {
            "id_card": town.reader,
            "receipt_printer": town.printer,
            "document_printer": town.document_printer,
            "code_scanner": town.scanner,
            "payment_terminal": town.payment_terminal,
        }
        self._lock = threading.RLock()
        self._name = ""
        self._players: list[Player] = []

    @property
    def now(self) -> str:
        """Which one is played; empty when it is over."""
        with self._lock:
            return "" if all(player.is_over for player in self._players) else self._name

    def begin(self, name: str) -> None:
        """End the one that is played, then play this. Raises KeyError for one that there is not, OSError,
        ValueError."""
        exercise = EXERCISES[name]
        with self._lock:
            self.end()
            self._name = name
            self._players = [
                Player(device, faults, FAULTS[device]["bytes"], partial(self._give, device), self._monotonic)
                for device, faults in exercise.scripts.items()
            ]
            for player in self._players:
                player.begin()

    def end(self) -> None:
        """Break it off, and take away what it brought about. Raises OSError, ValueError."""
        with self._lock:
            if not self.now:
                return
            for player in self._players:
                player.end()
            self._players.clear()
            for device, faults in EXERCISES[self._name].scripts.items():
                for fault in faults:
                    if (end := FAULTS[device]["bytes"][fault.what].end) is not None:
                        self._give(device, end)

    def _give(self, device: str, order: Order) -> object:
        return self._orders[device](**order)


def fidelities(config: Path) -> list[dict[str, str]]:
    """Each device of the terminal, in words: its name, its fidelity, the driver that the agent has."""
    devices = load(config).devices
    named = [(words, getattr(devices, name)) for name, words in DEVICE_WORDS.items()]
    return [
        {"name": words, "fidelity": _fidelity(spec), "driver": type(spec).__struct_config__.tag}
        for words, spec in named
        if spec is not None
    ]


def _fidelity(spec: Any) -> str:
    """All devices of the demo but the camera are simulators in processes of their own, on a line of bytes."""
    if type(spec).__struct_config__.tag == "browser":
        return BROWSER
    return FIDELITIES[spec.fidelity if isinstance(spec, Simulated) else "bytes"]
