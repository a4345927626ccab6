"""The printer as a thing: a buffer, sensors, a motor. Time is told to it; no thread, no socket."""

from __future__ import annotations

import tomllib
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.receipt_printer.simulator.interpreter import Interpreter
from drivers.receipt_printer.simulator.paper import Piece, Roll

_PROFILES = Path(__file__).resolve().parent.parent / "profiles"
_CUT_SECONDS = 0.25
_CLEAR = bytes((1, 3, 20, 1, 6, 2, 8))
# Arguments of the real-time commands: DLE EOT n, DLE ENQ n, DLE DC4 fn ...
_REALTIME = {0x04: 1, 0x05: 1, 0x14: 1}
_PULSE, _CLEAR_BUFFERS = 1, 8
_DC4_REST = {_PULSE: 2, 2: 2, _CLEAR_BUFFERS: 7}


@dataclass(frozen=True)
class Model:
    """What kind of printer this is; read from a profile, which is data, by the simulator's own hand."""

    width: int = 576
    charset: str = "gb18030-2byte"
    has_cutter: bool = True
    buffer: int = 4096
    rows_per_second: int = 1200
    process_id: bool = False
    clears_realtime: bool = True
    queued_status: bool = True
    reports: bool = True  # GS a
    draws_qr: bool = True
    font: str | None = None  # what GS I 69 tells; None: the name of `charset`

    @classmethod
    def named(cls, name: str) -> Model:
        """The model that a profile describes. Raises FileNotFoundError."""
        data = tomllib.loads((_PROFILES / f"{name}.toml").read_text(encoding="utf-8"))
        return cls(
            width=data["dots"],
            charset=data["charset"],
            has_cutter=data["cutter"] != "none",
            buffer=data["buffer_bytes"],
            rows_per_second=data["rows_per_second"],
            process_id=data["confirm"] == "process-id",
            clears_realtime="realtime" in data["clear"],
            reports=data["status_back"],
            draws_qr=data["qr"] == "printer",
        )


class Machine:
    """Takes bytes, prints at its speed, answers. All times are seconds of one monotonic clock."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.roll = Roll(model.width)
        self.cover_open = False
        self.low = False
        self.jammed = False
        self.cutter_broken = False  # the next cut fails
        self.cutter_fault = False
        self.hot = False
        self.mute = False
        self.stalled = False
        self.wrong = False
        self._buffer: deque[int] = deque()
        self._realtime = bytearray()
        self._out = bytearray()
        self._time = 0.0
        self._back_mask = 0
        self._back_sent = b""
        self.interpreter = Interpreter(
            self.roll,
            charset=model.charset,
            answer=self._answer,
            cut=self._cut,
            status_back=self._set_back,
            queued_status=self._queued_status if model.queued_status else None,
            process_id=model.process_id,
            draws_qr=model.draws_qr,
            font=model.font,
        )

    @property
    def room(self) -> int:
        """Bytes that the receive buffer still takes; at 0 the line is held (flow control)."""
        return self.model.buffer - len(self._buffer) - len(self._realtime)

    @property
    def buffered(self) -> int:
        """Bytes waiting in the receive buffer."""
        return len(self._buffer)

    @property
    def paper_out(self) -> bool:
        """Whether the roll has come to its end."""
        return self.roll.rows_left is not None and self.roll.rows_left <= 0

    @property
    def offline(self) -> bool:
        """Whether it has stopped for a hand."""
        return self.cover_open or self.paper_out or self.jammed or self.cutter_fault or self.hot

    def receive(self, data: bytes) -> None:
        """Bytes from the line. Real-time commands are obeyed at once, wherever they stand."""
        for byte in data:
            self._realtime.append(byte)
            self._scan()

    def run(self, now: float) -> None:
        """Print what the time since the last call allows."""
        if self.offline or self.stalled or not self._buffer:
            self._time = now
        while self._buffer and self._time <= now and not (self.offline or self.stalled):
            self.interpreter.feed(self._buffer.popleft())
            self._time += self.roll.take_moved() / self.model.rows_per_second
        self.report()

    def take_output(self) -> bytes:
        """Bytes for the host since the last call."""
        out, self._out = bytes(self._out), bytearray()
        return b"" if self.mute else out

    def say(self, data: bytes) -> None:
        """Send bytes nobody asked for."""
        self._out += data

    def power_cycle(self) -> None:
        """Off and on: buffers and settings are gone, the paper hangs where it hung."""
        self._buffer.clear()
        self._realtime.clear()
        self._out.clear()
        self._back_mask = 0
        self._back_sent = b""
        self.cutter_fault = False
        self.interpreter.power_on()
        self.roll.history.append("power")

    def tear(self) -> Piece:
        """A hand tears the paper at the edge."""
        return self.roll.cut("torn")

    def report(self) -> None:
        """Automatic status back, when it is on and something changed."""
        status = self._back()
        if self._back_mask and status != self._back_sent:
            self._back_sent = status
            self._out += status

    def set_status_back(self, on: bool) -> None:
        """Switch automatic status as a printer's memory switch does."""
        self._set_back(0x0E if on else 0)

    # What the interpreter calls.

    def _answer(self, data: bytes) -> None:
        self._out += b"\xff" * len(data) if self.wrong else data

    def _cut(self, how: str) -> None:
        if not self.model.has_cutter or self.paper_out:
            return
        if self.cutter_broken:
            self.cutter_fault = True
            return
        self.roll.cut(how)
        self._time += _CUT_SECONDS

    def _set_back(self, mask: int) -> None:
        self._back_mask = mask if self.model.reports else 0
        self._back_sent = b""
        self.report()

    def _queued_status(self, _sensor: int) -> int:
        return (0x03 if self.low else 0) | (0x0C if self.paper_out else 0)

    # Real-time commands.

    def _scan(self) -> None:
        held = self._realtime
        if held[0] != 0x10 or (len(held) > 1 and held[1] not in _REALTIME):
            # Not one. The second byte may begin one itself.
            self._buffer.append(held.pop(0))
            if held:
                self._scan()
            return
        if len(held) < 3:
            return
        rest = _DC4_REST.get(held[2], 0) if held[1] == 0x14 else 0
        if len(held) < 3 + rest:
            return
        command, arguments = held[1], bytes(held[2:])
        held.clear()
        self._obey(command, arguments)

    def _obey(self, command: int, arguments: bytes) -> None:
        name = {0x04: "DLE EOT", 0x05: "DLE ENQ", 0x14: "DLE DC4"}[command]
        self.roll.command(f"{name} {arguments[0]}")
        if command == 0x04:
            self._answer(bytes([self._status(arguments[0])]))
        elif command == 0x14 and arguments[0] == _PULSE:
            self.roll.history.append("drawer pulse")
        elif command == 0x14 and arguments[1:] == _CLEAR and self.model.clears_realtime:
            self._buffer.clear()
            self.interpreter.abort()
            self._answer(b"7%\x00")

    def _status(self, n: int) -> int:
        stopped = self.jammed or self.cutter_fault or self.hot
        bits = {
            1: 0x08 * self.offline,
            2: 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * stopped,
            3: self._error_bits(),
            4: 0x0C * (self.low or self.paper_out) | 0x60 * self.paper_out,
        }
        return 0x12 | bits.get(n, 0)

    def _error_bits(self) -> int:
        return 0x04 * self.jammed | 0x08 * self.cutter_fault | 0x40 * self.hot

    def _back(self) -> bytes:
        first = 0x10 | 0x08 * self.offline | 0x20 * self.cover_open
        paper = 0x03 * (self.low or self.paper_out) | 0x0C * self.paper_out
        return bytes((first, self._error_bits(), paper, 0))

    def state(self) -> dict[str, Any]:
        """What one sees by looking at it."""
        paper = "out" if self.paper_out else "low" if self.low else "full"
        return {
            "online": not self.offline,
            "cover": "open" if self.cover_open else "closed",
            "paper": paper,
            "jammed": self.jammed,
            "cutter_fault": self.cutter_fault,
            "buffered": self.buffered,
            "pieces": len(self.roll.pieces),
            "history": self.roll.history[-50:],
        }
