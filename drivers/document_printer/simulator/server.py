"""The machine on a TCP port: one thread moves paper and time, the control socket moves hands."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from drivers.document_printer.simulator import ipp
from drivers.document_printer.simulator.answers import HOW, Fault, perform
from drivers.document_printer.simulator.machine import A4, Machine
from drivers.document_printer.simulator.paper import save
from drivers.simkit import ControlServer, Steps

_CHUNK = 16 * 1024
_DRIP_SECONDS = 0.2
_HUGE = 4 * 1024 * 1024
_LONGEST_SILENCE = 60.0
_HTTP_ERROR = 500
_HEAD = 8  # version, operation, request-id


class _Listener(ThreadingHTTPServer):
    """A port that can be pulled: its open connections break with it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, simulator: Simulator) -> None:
        self.simulator = simulator
        self.peers: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def pull(self) -> None:
        self.shutdown()
        self.server_close()
        for peer in list(self.peers):
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.peers.add(self.connection)

    def finish(self) -> None:
        self.server.peers.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        self.server.simulator.serve(self)

    def log_message(self, format: str, *args: Any) -> None:
        """It keeps no log."""

    def take(self, size: int, pace: float) -> bytes:
        """`size` bytes of the request's body, at `pace` bytes a second."""
        begin = time.monotonic()
        parts: list[bytes] = []
        taken = 0
        while taken < size:
            part = self.rfile.read(min(size - taken, _CHUNK))
            if not part:
                raise ConnectionResetError
            parts.append(part)
            taken += len(part)
            time.sleep(max(0.0, begin + taken / pace - time.monotonic()))
        return b"".join(parts)

    def give(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Simulator:
    """`paper` is the folder for what comes out, None to keep it in memory only."""

    def __init__(
        self,
        machine: Machine,
        *,
        port: int = 0,
        paper: Path | None = None,
        control: Path | None = None,
        bytes_per_second: float = 10e6,
    ) -> None:
        self.machine = machine
        self._paper = paper
        self._pace = bytes_per_second
        self._fault = Fault("", times=0)
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._saved = 0
        self._steps = Steps()
        if paper is not None:
            paper.mkdir(parents=True, exist_ok=True)
        self._listener: _Listener | None = None
        self.port = port
        self._plug()
        self._control = ControlServer(control, self.handle) if control else None
        self._thread = threading.Thread(target=self._run, name="simulated-a4-printer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switch off and take away."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(5)
        if self._control:
            self._control.close()
        self._unplug()

    def wait_for(self, condition: Callable[[Machine], bool], timeout: float = 15.0) -> bool:
        """Wait until the machine is as `condition` says; whether it came to that."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self.machine), timeout)

    def serve(self, handler: _Handler) -> None:
        """One request, answered as well or as badly as was ordered."""
        handler.close_connection = True
        size = int(handler.headers["Content-Length"])
        head = handler.take(min(size, _HEAD), self._pace)
        operation = ipp.OPERATIONS.get(int.from_bytes(head[2:4], "big"), "")
        with self._changed:
            how = self._fault.how if self._fault.applies(operation) else ""
        if how == "cut-during":
            handler.take((size - len(head)) // 2, self._pace)
            return
        body = head + handler.take(size - len(head), self._pace)
        if how == "cut-before":
            return
        if how == "mute":
            with self._changed:
                self._changed.wait_for(self._speaks_again, _LONGEST_SILENCE)
            return
        try:
            request = ipp.read(body)
        except ipp.BadRequest as error:
            handler.give(b"\x01\x01" + error.status.to_bytes(2, "big") + body[4:8] + b"\x03")
            return
        with self._changed:
            said = ipp.answer(request, 0x0500) if how == "refuse" else perform(self.machine, request)
            self._changed.notify_all()
        self._say(handler, how, said)

    def _speaks_again(self) -> bool:
        return self._stopped.is_set() or self._fault.how != "mute" or self._fault.times == 0

    def _say(self, handler: _Handler, how: str, said: bytes) -> None:
        match how:
            case "cut-after":
                return
            case "garbage":
                handler.wfile.write(bytes(range(256)) * 8)
            case "no-ipp":
                handler.give(b"<html>It works</html>")
            case "huge":
                handler.give(said[:-1] + b"\x45\x00\x01x\xff\xff" + b"x" * _HUGE)
            case "wrong-version":
                handler.give(b"\x09\x09" + said[2:])
            case "wrong-request-id":
                handler.give(said[:4] + bytes(byte ^ 0xFF for byte in said[4:8]) + said[8:])
            case "http-500":
                handler.give(b"", _HTTP_ERROR)
            case "slow":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said))
                for byte in said:
                    handler.wfile.write(bytes([byte]))
                    if self._stopped.wait(_DRIP_SECONDS):
                        return
            case _:
                handler.give(said)

    def _run(self) -> None:
        while not self._stopped.wait(self._steps.seconds):
            with self._changed:
                self.machine.run(time.monotonic())
                if any(not job.ended for job in self.machine.jobs):
                    self._steps.happened()
                self._changed.notify_all()
                fresh = self.machine.output[self._saved :]
            for output in fresh:
                self._saved += 1
                if self._paper is not None:
                    save(output, self._paper, self._saved)

    def _plug(self) -> None:
        if self._listener is None:
            self._listener = _Listener(self.port, self)
            self.port = int(self._listener.server_address[1])
            threading.Thread(
                target=self._listener.serve_forever, args=(0.05,), name="simulated-ipp", daemon=True
            ).start()

    def _unplug(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.pull()

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """One control request: ``op`` and its arguments. Answers the state. Raises ValueError, KeyError."""
        operation = _OPERATIONS.get(request["op"])
        if operation is None:
            raise ValueError(f"op must be one of {', '.join(sorted(_OPERATIONS))}")
        with self._changed:
            operation(self, request)
            self._steps.happened()
            self._changed.notify_all()
            machine = self.machine
            return {
                "state": {3: "idle", 4: "printing", 5: "stopped"}[machine.state()],
                "reasons": machine.reasons(),
                "toner": machine.toner,
                "sheets": machine.sheets,
                "waiting": sum(not job.ended for job in machine.jobs),
                "documents": len(machine.output),
                "plugged": self._listener is not None,
            }


def _paper_op(simulator: Simulator, request: dict[str, Any]) -> None:
    state = request["state"]
    if state not in ("full", "low", "out"):
        raise ValueError("state must be full, low or out")
    simulator.machine.paper_low = state == "low"
    # `sheets`: so many are left in the tray
    sheets = 0 if state == "out" else request.get("sheets")
    simulator.machine.sheets = sheets if sheets is None else int(sheets)


def _toner(simulator: Simulator, request: dict[str, Any]) -> None:
    if request["state"] not in ("full", "low", "out"):
        raise ValueError("state must be full, low or out")
    simulator.machine.toner = request["state"]


def _answer(simulator: Simulator, request: dict[str, Any]) -> None:
    how = request["how"]
    if how == "well":
        simulator._fault = Fault("", times=0)
        return
    if how not in HOW:
        raise ValueError(f"how must be well or one of {', '.join(HOW)}")
    operation = request.get("operation")
    if operation is not None and operation not in ipp.OPERATIONS.values():
        raise ValueError(f"operation must be one of {', '.join(ipp.OPERATIONS.values())}")
    times = request.get("times")
    simulator._fault = Fault(how, operation, times if times is None else int(times))


def _flag(name: str) -> Callable[[Simulator, dict[str, Any]], None]:
    def set_flag(simulator: Simulator, request: dict[str, Any]) -> None:
        setattr(simulator.machine, name, bool(request.get("on", True)))

    return set_flag


def _media(simulator: Simulator, request: dict[str, Any]) -> None:
    simulator.machine.media = str(request.get("size", A4))


def _accepting(simulator: Simulator, request: dict[str, Any]) -> None:
    simulator.machine.accepting = bool(request["on"])


_OPERATIONS: dict[str, Callable[[Simulator, dict[str, Any]], object]] = {
    "state": lambda simulator, request: None,
    "paper": _paper_op,
    "media": _media,
    "toner": _toner,
    "jam": _flag("jammed"),
    "cover": _flag("cover_open"),
    "pause": _flag("paused"),
    "hold": _flag("hold"),
    "abort": _flag("abort"),
    "errors": _flag("errors"),
    "ignore-cancel": _flag("ignore_cancel"),
    "accepting": _accepting,
    "answer": _answer,
    "power-cycle": lambda simulator, request: simulator.machine.power_cycle(),
    "unplug": lambda simulator, request: simulator._unplug(),
    "replug": lambda simulator, request: simulator._plug(),
}
