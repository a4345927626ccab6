"""The machine on a line: one thread moves bytes and time, the control socket moves hands."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.receipt_printer.simulator.machine import Machine
from drivers.receipt_printer.simulator.paper import save
from drivers.simkit import ControlServer, Line, Steps

_CHUNK = 64


class Simulator:
    """`plug` makes the line; it is called again after each `replug`."""

    def __init__(self, machine: Machine, plug: Callable[[], Line], paper: Path, control: Path | None) -> None:
        self.machine = machine
        self._plug = plug
        self._paper = paper
        self._line: Line | None = plug()
        self._plugged = True
        self._lock = threading.Condition()
        self._stopped = False
        self._saved = 0
        self._steps = Steps()
        paper.mkdir(parents=True, exist_ok=True)
        self._control = ControlServer(control, self.handle) if control else None
        self._thread = threading.Thread(target=self._run, name="simulated-printer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switch off and take away."""
        self._stopped = True
        self._thread.join(5)
        if self._control:
            self._control.close()
        if self._line:
            self._line.close()

    def wait_for(self, condition: Callable[[Machine], bool], timeout: float = 10.0) -> bool:
        """Wait until the machine is as `condition` says; whether it came to that."""
        with self._lock:
            return self._lock.wait_for(lambda: condition(self.machine), timeout)

    def _run(self) -> None:
        while not self._stopped:
            self._connect()
            room = min(self.machine.room, _CHUNK)
            data = b""
            if self._line is None or room <= 0:
                time.sleep(self._steps.seconds)
            else:
                with contextlib.suppress(OSError):
                    data = self._line.read(room, self._steps.seconds)
            with self._lock:
                self.machine.receive(data)
                self.machine.run(time.monotonic())
                out = self.machine.take_output()
                if data or out:
                    self._steps.happened()
                self._save()
                self._lock.notify_all()
            if out and self._line is not None:
                with contextlib.suppress(OSError):
                    self._line.write(out)

    def _connect(self) -> None:
        """Pull or plug the cable, from the thread that uses it."""
        with self._lock:
            if self._plugged == (self._line is not None):
                return
            if self._line is None:
                self._line = self._plug()
            else:
                self._line.close()
                self._line = None
            self._lock.notify_all()

    def _save(self) -> None:
        pieces = self.machine.roll.pieces
        while self._saved < len(pieces):
            save(pieces[self._saved], self._paper, self._saved + 1)
            self._saved += 1

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """One control request: ``op`` and its arguments. Answers the state. Raises ValueError, KeyError."""
        operation = _OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op must be one of {', '.join(sorted(_OPERATIONS))}")
        with self._lock:
            operation(self, request)
            self._steps.happened()
            self.machine.report()
            self._save()
            self._lock.notify_all()
            return {**self.machine.state(), "plugged": self._line is not None, "receipts": self._saved}

    def _set_plugged(self, plugged: bool) -> None:
        self._plugged = plugged
        if not self._lock.wait_for(lambda: (self._line is not None) == plugged, 5):
            raise ValueError("the line did not follow")


def _paper(simulator: Simulator, request: dict[str, Any]) -> None:
    state = request["state"]
    if state not in ("full", "low", "out"):
        raise ValueError("state must be full, low or out")
    simulator.machine.low = state == "low"
    # `rows`: the roll ends that many rows (an eighth of a millimetre each) from now
    rows = 0 if state == "out" else request.get("rows")
    simulator.machine.roll.rows_left = rows if rows is None else int(rows)


def _flag(name: str) -> Callable[[Simulator, dict[str, Any]], None]:
    def set_flag(simulator: Simulator, request: dict[str, Any]) -> None:
        setattr(simulator.machine, name, bool(request.get("on", True)))

    return set_flag


def _cover(simulator: Simulator, request: dict[str, Any]) -> None:
    simulator.machine.cover_open = bool(request["open"])


def _stray(simulator: Simulator, request: dict[str, Any]) -> None:
    simulator.machine.say(bytes.fromhex(request["hex"]))


_OPERATIONS: dict[str, Callable[[Simulator, dict[str, Any]], object]] = {
    "state": lambda simulator, request: None,
    "cover": _cover,
    "paper": _paper,
    "jam": _flag("jammed"),
    "cutter": _flag("cutter_broken"),
    "hot": _flag("hot"),
    "mute": _flag("mute"),
    "stall": _flag("stalled"),
    "wrong-answers": _flag("wrong"),
    "stray-bytes": _stray,
    "asb": lambda simulator, request: simulator.machine.set_status_back(bool(request.get("on", True))),
    "power-cycle": lambda simulator, request: simulator.machine.power_cycle(),
    "tear": lambda simulator, request: simulator.machine.tear(),
    "unplug": lambda simulator, request: simulator._set_plugged(False),
    "replug": lambda simulator, request: simulator._set_plugged(True),
}
