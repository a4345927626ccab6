"""The simulated reader on a serial line: serves requests at its speed and obeys the control socket."""

from __future__ import annotations

import time
from pathlib import Path

from drivers.id_card.simulator.bench import Bench
from drivers.id_card.simulator.faults import SERIAL, Fault, Kind, spoil
from drivers.id_card.simulator.uart import Uart
from drivers.simkit import PacedLine, PtyLine

_LOOK_SECONDS = 0.05  # how often a quiet line looks up for unplugging; also the silence that ends a request


class CardSimulator(Bench):
    """A reader on a pty at `link`. Start with `start`; `stop` ends it."""

    def __init__(self, link: Path, *, baudrate: int = 115200, power_on: float = 1.5) -> None:
        """`power_on`: seconds after (re)plugging in which the SAM does not answer yet."""
        super().__init__(baudrate=baudrate, power_on=power_on, kinds=SERIAL)
        self._link = link
        self._line: PacedLine | None = None

    @property
    def is_there(self) -> bool:
        """Whether the port is there."""
        return self._line is not None

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._line is None and self._plugged:
                self._plug_in()
            elif self._line is not None and not self._plugged:
                self._pull_out()
            elif self._line is None:
                with self._changed:
                    self._changed.wait_for(lambda: self._plugged or self._stopping.is_set())
            else:
                self._serve(self._line)
        self._pull_out()

    def _plug_in(self) -> None:
        line = Uart(PtyLine(self._link), self._sam.baudrate)
        with self._changed:
            self._wake()
            self._line = line
            self._note("replugged")

    def _pull_out(self) -> None:
        if self._line is not None:
            self._line.close()
            with self._changed:
                self._line = None
                self._note("unplugged")

    def _serve(self, line: PacedLine) -> None:
        data = line.read(64, _LOOK_SECONDS)
        whole = [body for byte in data if (body := self._reader.push(byte)) is not None]
        if not data and (rest := self._reader.idle()) is not None:
            whole.append(rest)
        for body in whole:
            if self._line is not None and time.monotonic() >= self._awake_at:
                self._handle(body)
                line.baudrate = self._sam.baudrate

    def _send_late(self, frame: bytes) -> None:
        if self._line is not None:
            self._line.write(frame)

    def _send(self, frame: bytes, fault: Fault | None) -> int:
        parts = spoil(frame, fault)
        for at, part in enumerate(parts):
            if at and fault is not None and fault.kind is Kind.STALL_MID_FRAME:
                self._stopping.wait(fault.seconds)
            if self._line is not None:
                self._line.write(part)
        if fault is not None and fault.kind is Kind.UNPLUG_MID_FRAME:
            self._plugged = False
            self._pull_out()
        return sum(map(len, parts))
