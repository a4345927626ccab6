"""The adapter on a TCP port: one thread moves lines, the control socket moves cards and fingers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.payment_terminal.simulator.machine import HOW, Adapter
from drivers.simkit import ControlServer, Steps, TcpLine

_READ_SIZE = 4096


class Simulator:
    """`auto` plays the customer: a card after so many seconds, approved after as many again."""

    def __init__(self, *, port: int = 0, control: Path | None = None, auto: float | None = None) -> None:
        self.adapter = Adapter()
        self._auto = auto
        self._line: TcpLine | None = TcpLine(port=port)
        self.port = self._line.port
        self._plugged = True
        self._moved = threading.Condition()
        self._stopped = False
        self._steps = Steps()
        self._held = b""
        self._due: tuple[float, Callable[[], None]] | None = None
        self._control = ControlServer(control, self.handle) if control else None
        self._thread = threading.Thread(target=self._run, name="simulated-pos", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switch off and take away."""
        self._stopped = True
        self._thread.join(5)
        if self._control:
            self._control.close()
        if self._line:
            self._line.close()

    def wait_for(self, condition: Callable[[Adapter], bool], timeout: float = 15.0) -> bool:
        """Wait until the adapter is as `condition` says; whether it came to that."""
        with self._moved:
            return self._moved.wait_for(lambda: condition(self.adapter), timeout)

    def _run(self) -> None:
        while not self._stopped:
            with self._moved:
                self._plug()
            if self._line is None:
                time.sleep(self._steps.seconds)
                continue
            had = self._line.has_peer
            data = self._line.read(_READ_SIZE, self._steps.seconds)
            with self._moved:
                if had and not self._line.has_peer:
                    self.adapter.left_alone()
                    self._held = b""
                self._hear(data)
                self._play()
                said, self.adapter.said = self.adapter.said, []
                if data or said:
                    self._steps.happened()
                hung_up, self.adapter.hung_up = self.adapter.hung_up, False
                self._moved.notify_all()
            self._line.write(b"".join(said))
            if hung_up:
                self._line.hang_up()

    def _hear(self, data: bytes) -> None:
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            try:
                self.adapter.hear(line)
            except (ValueError, KeyError, TypeError):
                self.adapter.hung_up = True

    def _play(self) -> None:
        now = time.monotonic()
        if self._auto is None or self.adapter.sale is None:
            self._due = None
        elif self._due is None:
            self._due = (now + self._auto, self._play_card)
        elif now >= self._due[0]:
            self._due[1]()

    def _play_card(self) -> None:
        self.adapter.card()
        self._due = (time.monotonic() + (self._auto or 0.0), lambda: self.adapter.end("approved"))

    def _plug(self) -> None:
        """Pull or plug the cable, from the thread that uses it."""
        if self._plugged and self._line is None:
            self._line = TcpLine(port=self.port)
        elif not self._plugged and self._line is not None:
            self._line.close()
            self._line = None
            self.adapter.left_alone()
        self._moved.notify_all()

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """One control request: ``op`` and its arguments. Answers the state. Raises ValueError, KeyError."""
        operation = _OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op must be one of {', '.join(sorted(_OPERATIONS))}")
        with self._moved:
            operation(self, request)
            self._steps.happened()
            adapter = self.adapter
            return {
                "sale": adapter.sale.reference if adapter.sale else None,
                "amount_fen": adapter.sale.amount_fen if adapter.sale else None,
                "sales": [[sale.reference, sale.amount_fen, sale.result] for sale in adapter.history],
                "out_of_service": adapter.out_of_service,
                "how": adapter.how,
            }

    def _set_plugged(self, plugged: bool) -> None:
        self._plugged = plugged
        if not self._moved.wait_for(lambda: (self._line is not None) == plugged, 5):
            raise ValueError("the line did not follow")


def _how(simulator: Simulator, request: dict[str, Any]) -> None:
    how = request["how"]
    if how not in ("well", *HOW):
        raise ValueError(f"how must be well or one of {', '.join(HOW)}")
    simulator.adapter.how = how


def _raw(simulator: Simulator, request: dict[str, Any]) -> None:
    simulator.adapter.said.append(bytes.fromhex(request["hex"]))


def _flag(name: str) -> Callable[[Simulator, dict[str, Any]], None]:
    def set_flag(simulator: Simulator, request: dict[str, Any]) -> None:
        setattr(simulator.adapter, name, bool(request.get("on", True)))

    return set_flag


_OPERATIONS: dict[str, Callable[[Simulator, dict[str, Any]], object]] = {
    "state": lambda simulator, request: None,
    "card": lambda simulator, request: simulator.adapter.card(),
    "end": lambda simulator, request: simulator.adapter.end(request["result"]),
    "out-of-service": _flag("out_of_service"),
    "refuse": _flag("refuses"),
    "obey-cancel": _flag("obeys_cancel"),
    "answer": _how,
    "raw": _raw,
    "unplug": lambda simulator, request: simulator._set_plugged(False),
    "replug": lambda simulator, request: simulator._set_plugged(True),
}
